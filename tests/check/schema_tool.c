/*
 * The schema engine for scripts.  Reads NDJSON on stdin, one line each
 * {"model": NAME, "wire": bool, "items": [names]|null, "document": ...}, and
 * prints {"faults": [...], "warnings": [...], "converted": ...|null}.
 * With a model's name as argument (and `:wire`) prints its schema and exits.
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
	if (!q->document)
		die("no document");
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

static int print_schema(const char *name)
{
	char model_name[64];
	size_t n = strcspn(name, ":");
	const struct model *model;
	struct schema_context context = { .exact = true };
	json_t *schema;

	snprintf(model_name, sizeof(model_name), "%.*s", (int)n, name);
	model = model_by_name(model_name);
	if (!model)
		die("no such model");
	schema = schema_json(model, name[n] ? SCHEMA_WIRE : SCHEMA_FULL,
			     &context);
	if (!schema)
		die("no such form");
	json_dumpf(schema, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(schema);
	return 0;
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (argc > 1)
		return print_schema(argv[1]);
	while ((len = getline(&line, &size, stdin)) > 0) {
		json_error_t fault;
		json_t *value = json_loadb(line, (size_t)len, JSON_ALLOW_NUL,
					   &fault);
		struct question q;

		if (!value)
			die(fault.text);
		read_question(&q, value);
		answer(&q);
		json_decref(value);
	}
	free(line);
	return 0;
}
