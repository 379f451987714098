/* The table of stages: what each is asked, when, with which variables. */
#include "pipeline/stage.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "model/evaluation.h"
#include "model/request.h"
#include "pipeline/call.h"
#include "transcript/script.h"

void variables_fill(struct variables *v, const struct call *call,
		    enum stage stage, const char *marker)
{
	const struct stage_row *row = &stages[stage];
	size_t last = 0;

	*v = (struct variables){ .owned = { NULL } };
	row->variables(call, v);
	while (row->prompt.offered[last + 1].name)
		last++;
	v->values[last] = (struct text){ marker, strlen(marker) };
}

void variables_release(struct variables *v)
{
	for (size_t i = 0; i < VARIABLES_MAX; i++)
		free(v->owned[i]);
	*v = (struct variables){ .owned = { NULL } };
}

/* ---- values ---------------------------------------------------------- */

/* Takes the buffer's bytes as value i. */
static void put_owned(struct variables *v, size_t i, struct buf *b)
{
	size_t len = b->len;

	v->failed = v->failed || buf_failed(b);
	v->owned[i] = buf_take(b);
	v->values[i] = (struct text){ v->owned[i], len };
}

/* The model's dump, as Python's json.dumps() writes it. */
static void put_dump(struct variables *v, size_t i, const json_t *value)
{
	struct buf b;

	buf_init(&b, LIMIT_BODY_BYTES);
	json_write(&b, value, JSON_STYLE_DUMP);
	put_owned(v, i, &b);
}

static void put_string(struct variables *v, size_t i, const json_t *string)
{
	v->values[i] = (struct text){ json_string_value(string),
				      json_string_length(string) };
}

static void put_lines(struct variables *v, size_t i, const json_t *strings)
{
	struct buf b;
	json_t *string;
	size_t k;

	buf_init(&b, LIMIT_BODY_BYTES);
	json_array_foreach (strings, k, string) {
		if (k > 0)
			buf_putc(&b, '\n');
		buf_put(&b, json_string_value(string),
			json_string_length(string));
	}
	put_owned(v, i, &b);
}

static void put_sections(struct variables *v, size_t i, const struct call *call)
{
	struct buf b;

	buf_init(&b, LIMIT_BODY_BYTES);
	script_sections(call_script(call), &b);
	put_owned(v, i, &b);
}

/* `{}` where the client's financial profile is not known. */
static void put_profile(struct variables *v, size_t i, const json_t *client)
{
	const json_t *profile = json_object_get(client, "financial_profile");
	struct buf b;

	if (json_is_object(profile)) {
		put_dump(v, i, profile);
		return;
	}
	buf_init(&b, LIMIT_BODY_BYTES);
	buf_puts(&b, "{}");
	put_owned(v, i, &b);
}

static const json_t *client_data(const struct call *call)
{
	return json_object_get(call->request, "client_data");
}

static const json_t *progress(const struct call *call)
{
	return json_object_get(client_data(call), "script_progress");
}

/* ---- what a prompt may see inside JSON --------------------------------- */

/* clang-format off */
static const struct field a_number = { .type = T_INTEGER };
static const struct field numbers = { .type = T_ARRAY, .item = &a_number };
static const struct field client_json = { .type = T_OBJECT,
					  .model = &client_data_model };
static const struct field progress_json = { .type = T_OBJECT,
					    .model = &script_progress_model };
static const struct field profile_json = { .type = T_OBJECT,
					   .model = &financial_profile_model };

static const struct field scope_fields[] = {
	{ .name = "sectionsToEvaluate", .type = T_ARRAY, .item = &a_number },
	{ .name = "contextualTermination", .type = T_BOOLEAN },
	{ .name = NULL },
};
static const struct model scope_model = { .name = "evaluation_scope",
					  .fields = scope_fields };
static const struct field scope_json = { .type = T_OBJECT,
					 .model = &scope_model };

static const struct field results_fields[] = {
	{ .name = "classification",
	  .type = T_OBJECT,
	  .model = &classification_model },
	{ .name = "compliance", .type = T_OBJECT, .model = &compliance_model },
	{ .name = NULL },
};
static const struct model results_model = { .name = "evaluation_results",
					    .fields = results_fields };
static const struct field results_json = { .type = T_OBJECT,
					   .model = &results_model };

/* ---- one builder and one list of offers a stage ------------------------ */

/*
 * First the product's own names, then what else the owners of templates call
 * these values; the marker is last.
 */
static const struct offer classification_offers[] = {
	{ "transcript", NULL },
	{ "call_context", NULL },
	{ "clientData", &client_json },
	{ "migo_call_script", NULL },
	{ "script_progress", &progress_json },
	{ "financial_profile", &profile_json },
	{ "script_sections", NULL },
	{ "client_data", &client_json },
	{ "ideal_script", NULL },
	{ "expected_sections", NULL },
	{ "marker", NULL },
	{ NULL, NULL }
};

static void classification_variables(const struct call *call,
				     struct variables *v)
{
	v->values[0] = call_transcript(call);
	put_string(v, 1, json_object_get(call->request, "call_context"));
	put_dump(v, 2, client_data(call));
	v->values[3] = call_script(call);
	put_dump(v, 4, progress(call));
	put_profile(v, 5, client_data(call));
	put_sections(v, 6, call);
	v->values[7] = v->values[2];
	v->values[8] = v->values[3];
	v->values[9] = v->values[6];
}

static const struct offer script_deviation_offers[] = {
	{ "actual_transcript", NULL },
	{ "ideal_transcript", NULL },
	{ "sections_attempted", &numbers },
	{ "last_completed_section", &a_number },
	{ "termination_reason", NULL },
	{ "evaluation_scope", &scope_json },
	{ "script_sections", NULL },
	{ "ideal_script", NULL },
	{ "expected_sections", NULL },
	{ "marker", NULL },
	{ NULL, NULL }
};
/* clang-format on */

/*
 * The seed's evaluation_scope: which sections count, and whether the call's
 * end has a cause outside the agent.
 */
static void put_scope(struct variables *v, size_t i, const json_t *p)
{
	const char *reason = json_string_peek(p, "termination_reason");
	json_auto_t *scope = json_pack("{s:O, s:b}", "sectionsToEvaluate",
				       json_object_get(p, "sections_attempted"),
				       "contextualTermination",
				       strcmp(reason, "agent_error") != 0);

	put_dump(v, i, scope);
}

static void script_deviation_variables(const struct call *call,
				       struct variables *v)
{
	const json_t *p = progress(call);

	v->values[0] = call_transcript(call);
	v->values[1] = call_script(call);
	put_dump(v, 2, json_object_get(p, "sections_attempted"));
	put_dump(v, 3, json_object_get(p, "last_completed_section"));
	put_string(v, 4, json_object_get(p, "termination_reason"));
	put_scope(v, 5, p);
	put_sections(v, 6, call);
	v->values[7] = v->values[1];
	v->values[8] = v->values[6];
}

static const struct offer compliance_offers[] = {
	{ "transcript", NULL },
	{ "sections_attempted", &numbers },
	{ "financial_profile", &profile_json },
	{ "marker", NULL },
	{ NULL, NULL },
};

static void compliance_variables(const struct call *call, struct variables *v)
{
	v->values[0] = call_transcript(call);
	put_dump(v, 1, json_object_get(progress(call), "sections_attempted"));
	put_profile(v, 2, client_data(call));
}

static const struct offer communication_offers[] = {
	{ "transcript", NULL },
	{ "marker", NULL },
	{ NULL, NULL },
};

static void communication_variables(const struct call *call,
				    struct variables *v)
{
	v->values[0] = call_transcript(call);
}

static const struct offer deep_dive_offers[] = {
	{ "transcript", NULL }, { "red_flags", NULL },
	{ "violations", NULL }, { "evaluation_results", &results_json },
	{ "marker", NULL },     { NULL, NULL },
};

/* The answers that red flags and violations come from; null: it failed. */
static void put_results(struct variables *v, size_t i, const struct call *call)
{
	json_auto_t *results = json_pack(
		"{s:O?, s:O?}", "classification",
		call_answer(call, STAGE_CLASSIFICATION), "compliance",
		call_answer(call, STAGE_COMPLIANCE));

	put_dump(v, i, results);
}

static void deep_dive_variables(const struct call *call, struct variables *v)
{
	v->values[0] = call_transcript(call);
	put_lines(v, 1,
		  json_object_get(call_answer(call, STAGE_CLASSIFICATION),
				  "red_flags"));
	put_lines(v, 2,
		  json_object_get(
			  json_object_get(call_answer(call, STAGE_COMPLIANCE),
					  "summary"),
			  "violations"));
	put_results(v, 3, call);
}

/*
 * A fallback starts nothing: only a real classification that asks for it or
 * has a red flag, or a real compliance with a violation.
 */
static bool deep_dive_wanted(const struct call *call)
{
	const json_t *c = call_answer(call, STAGE_CLASSIFICATION);
	const json_t *k = call_answer(call, STAGE_COMPLIANCE);

	return json_is_true(json_object_get(c, "requires_deep_dive")) ||
	       json_array_size(json_object_get(c, "red_flags")) > 0 ||
	       json_array_size(json_object_get(json_object_get(k, "summary"),
					       "violations")) > 0 ||
	       call->results[STAGE_COMPLIANCE].alarm;
}

/* ---- roll-ups -------------------------------------------------------- */

static const struct roll_up compliance_roll_up = {
	.items = "items",
	.name = "name",
	.status = "status",
	.lists = { { "violations", "Violation" },
		   { "coaching_needed", "Coaching Needed" },
		   { "no_infraction", "No Infraction" },
		   { "not_applicable", "N/A" } },
	.alarm_list = "violations",
};

static const struct roll_up communication_roll_up = {
	.items = "skills",
	.name = "skill",
	.status = "rating",
	.lists = { { "missed", "Missed" },
		   { "met", "Met" },
		   { "exceeded", "Exceeded" } },
};

/* ---- the table ------------------------------------------------------- */

const struct stage_row stages[STAGE_COUNT] = {
	[STAGE_CLASSIFICATION] = {
		.name = "classification",
		.prompt = { .name = "call_qa_router_classifier",
			    .offered = classification_offers,
			    .transcript_name = "transcript",
			    .reply = &classification_model },
		.variables = classification_variables,
		.fallback =
			"{\"sections_completed\":[],\"sections_attempted\":[],"
			"\"call_outcome\":\"incomplete\","
			"\"script_adherence_preview\":{},\"red_flags\":"
			"[\"Evaluation failed - manual review required\"],"
			"\"requires_deep_dive\":true,"
			"\"early_termination_justified\":false}",
	},
	[STAGE_SCRIPT_DEVIATION] = {
		.name = "script_deviation",
		.prompt = { .name = "call_qa_script_deviation",
			    .offered = script_deviation_offers,
			    .transcript_name = "actual_transcript",
			    .reply = &script_deviation_model },
		.after = STAGE_BIT(STAGE_CLASSIFICATION),
		.variables = script_deviation_variables,
		.fallback = "{\"sections\":{}}",
	},
	[STAGE_COMPLIANCE] = {
		.name = "compliance",
		.prompt = { .name = "call_qa_compliance",
			    .offered = compliance_offers,
			    .transcript_name = "transcript",
			    .reply = &compliance_model },
		.after = STAGE_BIT(STAGE_CLASSIFICATION),
		.variables = compliance_variables,
		.roll_up = &compliance_roll_up,
		.fallback =
			"{\"items\":[],\"summary\":{\"no_infraction\":[],"
			"\"coaching_needed\":[],\"violations\":[\"Manual "
			"review required due to evaluation failure\"],"
			"\"not_applicable\":[]}}",
	},
	[STAGE_COMMUNICATION] = {
		.name = "communication",
		.prompt = { .name = "call_qa_communication",
			    .offered = communication_offers,
			    .transcript_name = "transcript",
			    .reply = &communication_model },
		.after = STAGE_BIT(STAGE_CLASSIFICATION),
		.variables = communication_variables,
		.roll_up = &communication_roll_up,
		.fallback = "{\"skills\":[],\"summary\":{\"exceeded\":[],"
			    "\"met\":[],\"missed\":[\"Manual evaluation "
			    "required\"]}}",
	},
	[STAGE_DEEP_DIVE] = {
		.name = "deep_dive",
		.prompt = { .name = "call_qa_deep_dive",
			    .offered = deep_dive_offers,
			    .transcript_name = "transcript",
			    .reply = &deep_dive_model },
		/* not script or communication: it starts before slow ones */
		.after = STAGE_BIT(STAGE_CLASSIFICATION) |
			 STAGE_BIT(STAGE_COMPLIANCE),
		.wanted = deep_dive_wanted,
		.variables = deep_dive_variables,
		.fallback = "null",
	},
};

const struct prompt_spec *stage_prompts(void)
{
	static struct prompt_spec specs[STAGE_COUNT];

	for (int s = 0; s < STAGE_COUNT; s++)
		specs[s] = stages[s].prompt;
	return specs;
}

static int check_fallback(const struct stage_row *row, struct error *err)
{
	const struct schema_context context = { .exact = true };
	json_auto_t *value = json_read(row->fallback, strlen(row->fallback),
				       &json_default_limits, err);
	json_auto_t *converted = NULL;
	struct faults faults;
	int rc = 0;

	if (!value)
		return -1;
	if (json_is_null(value))
		return 0;
	faults_init(&faults);
	converted = schema_convert(row->prompt.reply, value, &context, &faults);
	if (!converted)
		rc = error_set(err, ERR_INTERNAL, row->name,
			       "the fallback does not fit the model");
	faults_release(&faults);
	return rc;
}

int stage_check(struct error *err)
{
	for (int s = 0; s < STAGE_COUNT; s++) {
		size_t n = 0;

		while (stages[s].prompt.offered[n].name)
			n++;
		if (n > VARIABLES_MAX)
			return error_set(err, ERR_INTERNAL, stages[s].name,
					 "more variables than fit");
		if (stages[s].after & ~(STAGE_BIT(s) - 1))
			return error_set(err, ERR_INTERNAL, stages[s].name,
					 "waits for a later stage");
		if (check_fallback(&stages[s], err) < 0)
			return -1;
	}
	return 0;
}
