/* One call as tests need it. */
#include "support/samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "data/schema.h"
#include "model/request.h"

static const char request_text[] =
	"{'call_id':'call-0','agent_id':'agent-7','call_context':'First Call',"
	"'transcript':{'transcript':'Agent: Hello, this is Ann of Acme.\\n"
	"Customer: Hi. \\u00dcber 5 000 \\u20ac?\\nAgent: Let me see.',"
	"'metadata':{'duration':300,'timestamp':'2026-01-15T10:30:00Z',"
	"'disposition':'completed'}},"
	"'ideal_script':'Section 1: Opening\\nSay hello.\\n"
	"Section 2: Offer\\nName the APR.',"
	"'client_data':{'script_progress':{'sections_attempted':[1,2],"
	"'last_completed_section':2,'termination_reason':'completed'}}}";

/* By stage; the lists of items are filled in where a prompt names them. */
static const char *const answer_texts[STAGE_COUNT] = {
	"{'sections_completed':[1,2],'sections_attempted':[1,2],"
	"'call_outcome':'completed','script_adherence_preview':{'1':'high'},"
	"'red_flags':[],'requires_deep_dive':false,"
	"'early_termination_justified':false}",
	"{'sections':{'1':{'content_accuracy':'Met','sequence_adherence':'Met',"
	"'language_phrasing':'Met','customization':'N/A',"
	"'critical_misses':[],'quote':null}}}",
	"{'items':[{'name':'Disclosure','status':'No Infraction',"
	"'details':null},{'name':'Guarantee','status':'N/A',"
	"'details':null}],'summary':{'no_infraction':['Disclosure'],"
	"'coaching_needed':[],'violations':[],"
	"'not_applicable':['Guarantee']}}",
	"{'skills':[{'skill':'Empathy','rating':'Met','example':null},"
	"{'skill':'Clarity','rating':'N/A','example':null}],"
	"'summary':{'exceeded':[],'met':['Empathy'],'missed':[]}}",
	"{'findings':[{'issue':'No APR','severity':'High','evidence':'none',"
	"'recommendation':'Name it.'}],'root_cause':'Haste.',"
	"'customer_impact':'Low','urgent_actions':[]}",
};

/* A test that cannot go on: says where, and ends the program. */
static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "samples: %s\n", what);
	abort();
}

json_t *sample_json(const char *text)
{
	char *copy = xstrdup(text);
	json_t *value;

	for (char *at = copy; (at = strchr(at, '\'')); at++)
		*at = '"';
	value = json_loads(copy, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	must(value != NULL, copy);
	free(copy);
	return value;
}

void sample_expect(const json_t *value, const char *text)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	json_auto_t *wanted = sample_json(text);
	char *expected = json_dumps(wanted, flags);
	char *got = value ? json_dumps(value, flags) : xstrdup("nothing");

	assert_string_equal(got, expected);
	free(expected);
	free(got);
}

json_t *sample_request(void)
{
	return sample_json(request_text);
}

struct call *sample_call_take(json_t *request)
{
	const struct schema_context context = { .exact = true };
	struct call *call = call_new();
	struct faults faults;

	faults_init(&faults);
	call->request = schema_convert(&request_model, request, &context,
				       &faults);
	must(call->request != NULL, "the request does not fit");
	faults_release(&faults);
	json_decref(request);
	snprintf(call->source, sizeof(call->source), "calls.ndjson:1");
	memset(call->sha256, 'a', SHA256_HEX_SIZE - 1);
	snprintf(call->correlation_id, sizeof(call->correlation_id),
		 "eval_%032d", 7);
	return call;
}

struct call *sample_call(size_t number)
{
	json_t *request = sample_request();
	struct call *call;

	json_object_set_new(request, "call_id",
			    json_sprintf("call-%zu", number));
	call = sample_call_take(request);
	call->number = number;
	snprintf(call->source, sizeof(call->source), "calls.ndjson:%zu",
		 number + 1);
	return call;
}

/* Rows for the prompt's names in place of our two; the lists stay empty. */
static void name_items(json_t *answer, enum stage stage, char *const *names)
{
	const struct roll_up *rule = stages[stage].roll_up;
	bool skills = stage == STAGE_COMMUNICATION;
	json_t *rows = json_array(), *list;
	const char *key;

	for (; *names; names++)
		json_array_append_new(
			rows, json_pack("{s:s, s:s}", rule->name, *names,
					rule->status,
					skills ? "Met" : "No Infraction"));
	json_object_set_new(answer, rule->items, rows);
	json_object_foreach (json_object_get(answer, "summary"), key, list)
		json_array_clear(list);
}

json_t *sample_answer(enum stage stage, const struct prompt *prompt)
{
	json_t *answer = sample_json(answer_texts[stage]);

	if (prompt && prompt->item_names)
		name_items(answer, stage, prompt->item_names);
	return answer;
}

void sample_set_item(json_t *answer, const char *name, const char *status)
{
	bool skills = json_object_get(answer, "skills") != NULL;
	const char *key = skills ? "skill" : "name";
	json_t *row;
	size_t i;

	json_array_foreach (
		json_object_get(answer, skills ? "skills" : "items"), i, row) {
		if (strcmp(json_string_value(json_object_get(row, key)),
			   name) != 0)
			continue;
		json_object_set_new(row, skills ? "rating" : "status",
				    json_string(status));
		return;
	}
	must(0, name);
}

void sample_end_ok_take(struct call *call, enum stage stage, json_t *answer)
{
	struct result *result = &call->results[stage];
	const struct roll_up *rule = stages[stage].roll_up;

	result->state = STAGE_OK;
	result->outcome.answer = answer;
	if (rule) {
		result->unmatched = json_array();
		result->alarm = roll_up_summary(rule, answer,
						result->unmatched);
	}
}

void sample_end_failed(struct call *call, enum stage stage,
		       enum error_code code)
{
	struct result *result = &call->results[stage];

	result->state = STAGE_FAILED;
	error_set(&result->outcome.error, code, NULL, "%s went wrong",
		  stages[stage].name);
}
