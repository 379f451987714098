/*
 * The schema engine for scripts.  Reads NDJSON on stdin, one line each
 * {"model": NAME, "wire": bool, "items": [names]|null, "document": ...}, and
 * prints {"faults": [...], "omitted": N, "warnings": [...], "converted": ...}.
 * A line without a document asks for the model's schemas: {"schema": ...,
 * "prompt": ...}, the one of that form and the short one of prompts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/schema.h"
#include "model/record.h"

enum { MOST_NAMES = 64 };

struct question {
	const struct model *model;
	struct schema_context context;
	const char *names[MOST_NAMES + 1];
	json_t *document;
};

static void die(const char *text)
{
	fprintf(stderr, "schema_tool: %s\n", text);
	exit(2);
}

static void read_names(struct question *q, const json_t *items)
{
	size_t n = json_array_size(items);

	if (n > MOST_NAMES)
		die("too many items");
	for (size_t i = 0; i < n; i++)
		q->names[i] = json_string_value(json_array_get(items, i));
	q->names[n] = NULL;
	if (json_is_array(items))
		q->context.item_names = q->names;
}

/* A reply's stages are matched without case; all others are exact. */
static bool is_reply(const struct model *model)
{
	return schema_has_wire(model);
}

static void read_question(struct question *q, json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "model"));

	*q = (struct question){ .model = name ? model_by_name(name) : NULL };
	if (!q->model)
		die("no such model");
	q->context.exact = !is_reply(q->model);
	q->context.wire = json_is_true(json_object_get(line, "wire"));
	read_names(q, json_object_get(line, "items"));
	q->document = json_object_get(line, "document");
}

static void answer(const struct question *q)
{
	struct faults faults;
	json_t *converted, *out;

	faults_init(&faults);
	converted = schema_convert(q->model, q->document, &q->context, &faults);
	out = json_pack("{sOsOsisO*}", "faults", faults.list, "warnings",
			faults.warnings, "omitted", (int)faults.omitted,
			"converted", converted);
	json_dumpf(out, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(out);
	json_decref(converted);
	faults_release(&faults);
}

static void print_schemas(const struct question *q)
{
	enum schema_form form = q->context.wire ? SCHEMA_WIRE : SCHEMA_FULL;
	json_t *out = json_pack(
		"{so*so}", "schema", schema_json(q->model, form, &q->context),
		"prompt", schema_json(q->model, SCHEMA_PROMPT, &q->context));

	json_dumpf(out, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(out);
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	setvbuf(stdout, NULL, _IOLBF, 0); /* the script waits for each answer */
	while ((len = getline(&line, &size, stdin)) > 0) {
		json_error_t fault;
		json_t *value = json_loadb(line, (size_t)len, JSON_ALLOW_NUL,
					   &fault);
		struct question q;

		if (!value)
			die(fault.text);
		read_question(&q, value);
		if (q.document)
			answer(&q);
		else
			print_schemas(&q);
		json_decref(value);
	}
	free(line);
	return 0;
}
