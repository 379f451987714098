/*
 * Renders templates for templates.py.  Reads lines {"stage", "format",
 * "source", "values": {name: text}}; answers each with {"text"} or {"where",
 * "error"}.  Values that are not given are empty.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "data/json.h"
#include "pipeline/stage.h"
#include "prompt/template.h"

enum { NAMES_MAX = 16 };

struct job {
	const char *names[NAMES_MAX + 1];
	const struct field *json[NAMES_MAX];
	struct text values[NAMES_MAX];
};

static const struct offer *offers_of(const char *stage)
{
	for (int s = 0; s < STAGE_COUNT; s++)
		if (stage && strcmp(stages[s].name, stage) == 0)
			return stages[s].prompt.offered;
	fprintf(stderr, "no stage\n");
	exit(2);
}

static enum template_format format_of(const char *name)
{
	for (int f = 0; f < TEMPLATE_FORMATS; f++)
		if (name && strcmp(template_formats[f], name) == 0)
			return (enum template_format)f;
	fprintf(stderr, "no format\n");
	exit(2);
}

static void fill(struct job *job, const json_t *line)
{
	const json_t *values = json_object_get(line, "values");
	const struct offer *offer = offers_of(json_string_peek(line, "stage"));

	for (size_t i = 0; offer[i].name && i < NAMES_MAX; i++) {
		const json_t *value = json_object_get(values, offer[i].name);

		job->names[i] = offer[i].name;
		job->json[i] = offer[i].json;
		job->values[i] = (struct text){ json_string_value(value),
						json_string_length(value) };
	}
}

static json_t *answer(const json_t *line)
{
	const json_t *source = json_object_get(line, "source");
	struct job job = { .names = { NULL } };
	const struct template_names names = { job.names, job.json };
	const struct template_source from = {
		.name = "t",
		.text = { json_string_value(source),
			  json_string_length(source) },
		.format = format_of(json_string_peek(line, "format")),
	};
	struct error err = ERROR_INIT;
	struct template *t;
	json_t *result;
	struct buf out;

	fill(&job, line);
	t = template_compile(&from, &names, &err);
	if (!t)
		return json_pack("{s:s, s:s}", "where", err.where, "error",
				 err.text);
	buf_init(&out, LIMIT_BODY_BYTES);
	buf_puts(&out, "");
	template_render(t, job.values, &out);
	result = json_object();
	json_object_set_new(result, "text",
			    json_stringn(out.data ? out.data : "", out.len));
	template_free(t);
	buf_release(&out);
	return result;
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	json_setup();
	while ((len = getline(&line, &size, stdin)) > 0) {
		json_auto_t *given = json_read(line, (size_t)len,
					       &json_default_limits, NULL);
		json_auto_t *result = answer(given);
		struct buf out;

		buf_init(&out, LIMIT_BODY_BYTES);
		json_write(&out, result, JSON_STYLE_LINE);
		puts(out.data);
		buf_release(&out);
	}
	free(line);
	return 0;
}
