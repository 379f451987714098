/* --print-schema: a record's JSON Schema, or what is sent to a model. */
#include "run/print_schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "model/record.h"
#include "pipeline/stage.h"
#include "prompt/prompts.h"

/* The stage whose answers the model describes; STAGE_COUNT for none. */
static enum stage stage_of(const struct model *model)
{
	int s = 0;

	while (s < STAGE_COUNT && stages[s].prompt.reply != model)
		s++;
	return s;
}

/* The model that "NAME" or, for what is sent to a model, "NAME:wire" names. */
static const struct model *find_model(const char *name, bool *wire,
				      struct error *err)
{
	size_t len = strcspn(name, ":");
	char *stem = xstrndup(name, len);
	const struct model *model = model_by_name(stem);

	free(stem);
	*wire = strcmp(name + len, ":wire") == 0;
	if (model && (!name[len] || (*wire && stage_of(model) < STAGE_COUNT)))
		return model;
	error_set(err, ERR_USAGE, NULL,
		  "--print-schema: no schema is named %s; there are request, "
		  "report, error, summary, record, and classification, "
		  "script_deviation, compliance, communication, deep_dive, "
		  "these also as NAME:wire",
		  name);
	return NULL;
}

static int print_schema(const struct settings *settings, struct error *err)
{
	struct schema_context context = { 0 };
	bool wire;
	const struct model *model = find_model(settings->argument, &wire, err);
	struct prompts *prompts = NULL;
	json_t *schema;
	struct buf text;
	int rc = 0;

	if (!model)
		return -1;
	prompts = prompts_load(settings->prompts, stage_prompts(), STAGE_COUNT,
			       err);
	if (!prompts)
		return -1;
	if (stage_of(model) < STAGE_COUNT)
		context.item_names = (const char *const *)prompts
					     ->stages[stage_of(model)]
					     .item_names;
	schema = schema_json(model, wire ? SCHEMA_WIRE : SCHEMA_FULL, &context);
	buf_init(&text, LIMIT_REPORT_BYTES);
	json_write(&text, schema, JSON_STYLE_PAGE);
	json_decref(schema);
	prompts_free(prompts);
	if (puts(text.data) < 0 || fflush(stdout) != 0)
		rc = error_set(err, ERR_OUTPUT, "stdout", "%s",
			       strerror(errno));
	buf_release(&text);
	return rc;
}

int run_print_schema(const struct settings *settings)
{
	struct error err = ERROR_INIT;

	json_setup();
	if (print_schema(settings, &err) == 0)
		return EXIT_OK;
	log_say(LOG_ERROR, "%s%s%s", err.where, *err.where ? ": " : "",
		err.text);
	return error_status(err.code);
}
