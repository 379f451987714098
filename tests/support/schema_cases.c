/* A document with one place changed, and what becomes of it. */
#include "support/schema_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

json_t *parse(const char *text)
{
	json_error_t fault;
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL,
				   &fault);

	if (!value)
		fail_msg("%s: %s", text, fault.text);
	return value;
}

char *dump(const json_t *value)
{
	return value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
}

/* One step of a path: a member's name, or an element's index. */
struct step {
	char name[80];
	size_t index;
	bool element;
};

/* Reads the step at *path and moves beyond it; false at the end. */
static bool next_step(const char **path, struct step *step)
{
	const char *at = *path;
	char *end;
	size_t n;

	if (!*at)
		return false;
	step->element = at[0] == '[' && at[1] != '"';
	if (step->element) {
		step->index = strtoul(at + 1, &end, 10);
		*path = end + 1;
		return true;
	}
	if (*at == '[') {
		at += 2;
		n = strcspn(at, "\"");
		*path = at + n + 2;
	} else {
		at += *at == '.';
		n = strcspn(at, ".[");
		*path = at + n;
	}
	assert_true(n < sizeof(step->name));
	memcpy(step->name, at, n);
	step->name[n] = '\0';
	return true;
}

static json_t *peek(json_t *value, const struct step *step)
{
	return step->element ? json_array_get(value, step->index)
			     : json_object_get(value, step->name);
}

/* The value at a path, or NULL; borrowed. */
static json_t *look_up(json_t *document, const char *path)
{
	struct step step;

	while (next_step(&path, &step))
		document = peek(document, &step);
	return document;
}

static void put(json_t *parent, const struct step *step, json_t *value)
{
	if (!value)
		assert_int_equal(json_object_del(parent, step->name), 0);
	else if (!step->element)
		json_object_set_new(parent, step->name, value);
	else if (step->index < json_array_size(parent))
		json_array_set_new(parent, step->index, value);
	else
		json_array_append_new(parent, value);
}

/* Puts the case's value into a copy of the document.  New. */
static json_t *change(const json_t *base, const struct schema_case *c)
{
	json_t *value = c->value ? parse(c->value) : NULL;
	json_t *document, *parent;
	const char *path = c->path;
	struct step step, next;

	if (!*path)
		return value;
	parent = document = json_deep_copy(base);
	next_step(&path, &step);
	while (next_step(&path, &next)) {
		parent = peek(parent, &step);
		assert_non_null(parent);
		step = next;
	}
	put(parent, &step, value);
	return document;
}

static void check_fault(const struct schema_case *c,
			const struct faults *faults)
{
	const json_t *fault = json_array_get(faults->list, 0);
	const char *path, *message, *got;

	if (faults_count(faults) != 1) {
		char *text = dump(faults->list);

		fail_msg("%s = %s: one fault expected, not %s", c->path,
			 c->value, text);
	}
	path = json_string_value(json_object_get(fault, "path"));
	message = json_string_value(json_object_get(fault, "message"));
	got = json_string_value(json_object_get(fault, "got"));
	if (strcmp(path, c->at ? c->at : c->path) != 0 ||
	    strcmp(message, c->message) != 0 || !got != !c->got ||
	    (got && strcmp(got, c->got) != 0))
		fail_msg("%s = %s: got {%s, %s, %s}", c->path, c->value, path,
			 message, got ? got : "null");
}

static void check_value(const struct schema_case *c, json_t *converted,
			const struct faults *faults)
{
	json_t *found = converted ? look_up(converted, c->path) : NULL;
	const char *text = c->to ? c->to : c->value;
	json_t *wanted = text ? parse(text) : NULL;

	if (!converted) {
		char *list = dump(faults->list);

		fail_msg("%s = %s: refused: %s", c->path, c->value, list);
	}
	if (wanted ? !json_equal(found, wanted) : found != NULL) {
		char *shown = dump(found);

		fail_msg("%s = %s: became %s", c->path, c->value, shown);
	}
	json_decref(wanted);
}

void run_cases(const struct model *model, const struct schema_context *context,
	       const char *base, const struct schema_case *cases, size_t count)
{
	json_t *good = parse(base);

	for (size_t i = 0; i < count; i++) {
		json_t *document = change(good, &cases[i]), *converted;
		struct faults faults;

		faults_init(&faults);
		converted = schema_convert(model, document, context, &faults);
		if (cases[i].message)
			check_fault(&cases[i], &faults);
		else
			check_value(&cases[i], converted, &faults);
		/* NULL and a fault are the same thing, said twice. */
		assert_true(!converted == (faults_count(&faults) > 0));
		json_decref(converted);
		json_decref(document);
		faults_release(&faults);
	}
	json_decref(good);
}
