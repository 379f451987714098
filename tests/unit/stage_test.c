/* The table of stages: order, variables byte for byte, what starts a dive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "data/json.h"
#include "data/schema.h"
#include "pipeline/stage.h"
#include "support/samples.h"

static void the_table_is_sound(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	if (stage_check(&err) < 0)
		fail_msg("%s: %s", err.where, err.text);
	assert_false(error_is(&err));
}

/* Is it a name that the seed does not know? */
static bool is_ours(const char *name)
{
	static const char *const ours[] = {
		"script_sections",   "client_data",        "ideal_script",
		"expected_sections", "evaluation_results", "marker"
	};

	for (size_t i = 0; i < LENGTH(ours); i++)
		if (strcmp(ours[i], name) == 0)
			return true;
	return false;
}

/* Names, prompts and variables are the contract of records and prompts. */
static void names(void **state)
{
	static const struct {
		const char *name, *prompt, *offered;
	} rows[STAGE_COUNT] = {
		{ "classification", "call_qa_router_classifier",
		  "transcript call_context clientData migo_call_script "
		  "script_progress financial_profile " },
		{ "script_deviation", "call_qa_script_deviation",
		  "actual_transcript ideal_transcript sections_attempted "
		  "last_completed_section termination_reason "
		  "evaluation_scope " },
		{ "compliance", "call_qa_compliance",
		  "transcript sections_attempted financial_profile " },
		{ "communication", "call_qa_communication", "transcript " },
		{ "deep_dive", "call_qa_deep_dive",
		  "transcript red_flags violations " },
	};
	const struct prompt_spec *specs = stage_prompts();

	(void)state;
	for (int s = 0; s < STAGE_COUNT; s++) {
		const struct offer *offered = specs[s].offered;
		char text[256] = "";

		assert_string_equal(stages[s].name, rows[s].name);
		assert_string_equal(specs[s].name, rows[s].prompt);
		/* ours beside the seed's tell nothing new of the call */
		for (size_t n = 0; offered->name; offered++)
			if (!is_ours(offered->name))
				n += (size_t)snprintf(text + n,
						      sizeof(text) - n, "%s ",
						      offered->name);
		assert_string_equal(text, rows[s].offered);
	}
}

/* The classifier alone, then three at once; the dive waits for two of them. */
static void order(void **state)
{
	const unsigned first = STAGE_BIT(STAGE_CLASSIFICATION);

	(void)state;
	assert_int_equal(stages[STAGE_CLASSIFICATION].after, 0);
	assert_int_equal(stages[STAGE_SCRIPT_DEVIATION].after, first);
	assert_int_equal(stages[STAGE_COMPLIANCE].after, first);
	assert_int_equal(stages[STAGE_COMMUNICATION].after, first);
	assert_int_equal(stages[STAGE_DEEP_DIVE].after,
			 first | STAGE_BIT(STAGE_COMPLIANCE));
	for (int s = 0; s < STAGE_DEEP_DIVE; s++)
		assert_null(stages[s].wanted);
}

static void fallbacks_are_the_seeds(void **state)
{
	static const char *const texts[STAGE_COUNT] = {
		"{'sections_completed':[],'sections_attempted':[],"
		"'call_outcome':'incomplete','script_adherence_preview':{},"
		"'red_flags':['Evaluation failed - manual review required'],"
		"'requires_deep_dive':true,"
		"'early_termination_justified':false}",
		"{'sections':{}}",
		("{'items':[],'summary':{'no_infraction':[],"
		 "'coaching_needed':[],'violations':['Manual review required "
		 "due to evaluation failure'],'not_applicable':[]}}"),
		("{'skills':[],'summary':{'exceeded':[],'met':[],"
		 "'missed':['Manual evaluation required']}}"),
		"null",
	};

	(void)state;
	for (int s = 0; s < STAGE_COUNT; s++) {
		json_auto_t *value = json_loads(stages[s].fallback,
						JSON_DECODE_ANY, NULL);

		sample_expect(value, texts[s]);
	}
}

/* ---- variables ------------------------------------------------------- */

static const char *value_of(enum stage stage, const char *name,
			    const struct variables *v, size_t *len)
{
	const struct offer *offered = stages[stage].prompt.offered;
	size_t i = 0;

	while (offered[i].name && strcmp(offered[i].name, name) != 0)
		i++;
	assert_non_null(offered[i].name);
	*len = v->values[i].len;
	return v->values[i].data;
}

static void check_value(const struct call *call, enum stage stage,
			const char *name, const char *expected)
{
	const char *value;
	struct variables v;
	size_t len;

	variables_fill(&v, call, stage, "0123456789abcdef");
	value = value_of(stage, name, &v, &len);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(value, expected, len);
	variables_release(&v);
}

/* As little as a request may have, and keys that no model knows. */
static json_t *spare_request(void)
{
	return sample_json(
		"{'extra':1,'client_data':{'zeal':[1],'script_progress':{"
		"'termination_reason':'lunch','last_completed_section':0,"
		"'sections_attempted':[3],'note':'x'}},"
		"'ideal_script':'S','agent_id':'a','call_id':'c',"
		"'call_context':'Follow-up Call',"
		"'transcript':{'metadata':{'disposition':'d','duration':1,"
		"'timestamp':'2026-01-15'},'transcript':'T'}}");
}

/* Everything a request may have, in the wrong order and loosely typed. */
static json_t *full_request(void)
{
	return sample_json(
		"{'client_data':{'financial_profile':{"
		"'has_existing_debt':'yes','loan_approval_status':'pending',"
		"'dti_ratio':'0.35','annual_income':50000},"
		"'script_progress':{'pitch_outcome':'\\u00fc\\u20ac \\\\ \\\"q"
		"\\\" \\n \\u0007 \\u007f','termination_reason':'agent_error',"
		"'last_completed_section':'2','sections_attempted':"
		"['1',2.0,10]},'campaign_id':42,'lead_id':'L-9'},"
		"'ideal_script':'S','agent_id':'a','call_id':'c',"
		"'call_context':'First Call',"
		"'transcript':{'metadata':{'disposition':'d','duration':1,"
		"'timestamp':'2026-01-15'},'transcript':'T\\u0000U'}}");
}

#define SPARE_PROGRESS                                                  \
	"{\"sections_attempted\": [3], \"last_completed_section\": 0, " \
	"\"termination_reason\": \"lunch\", \"pitch_outcome\": null}"
#define FULL_PROGRESS                                                   \
	"{\"sections_attempted\": [1, 2, 10], "                         \
	"\"last_completed_section\": 2, "                               \
	"\"termination_reason\": \"agent_error\", "                     \
	"\"pitch_outcome\": \"\xc3\xbc\xe2\x82\xac \\\\ \\\"q\\\" \\n " \
	"\\u0007 \x7f\"}"
#define FULL_PROFILE                                         \
	"{\"annual_income\": 50000.0, \"dti_ratio\": 0.35, " \
	"\"loan_approval_status\": \"pending\", "            \
	"\"has_existing_debt\": true}"

static void dumps_a_spare_request(void **state)
{
	static const struct {
		enum stage stage;
		const char *name, *value;
	} rows[] = {
		{ STAGE_CLASSIFICATION, "transcript", "T" },
		{ STAGE_CLASSIFICATION, "call_context", "Follow-up Call" },
		{ STAGE_CLASSIFICATION, "clientData",
		  "{\"lead_id\": null, \"campaign_id\": null, "
		  "\"script_progress\": " SPARE_PROGRESS
		  ", \"financial_profile\": null}" },
		{ STAGE_CLASSIFICATION, "migo_call_script", "S" },
		{ STAGE_CLASSIFICATION, "script_progress", SPARE_PROGRESS },
		{ STAGE_CLASSIFICATION, "financial_profile", "{}" },
		{ STAGE_CLASSIFICATION, "script_sections", "1: S\n" },
		{ STAGE_SCRIPT_DEVIATION, "actual_transcript", "T" },
		{ STAGE_SCRIPT_DEVIATION, "ideal_transcript", "S" },
		{ STAGE_SCRIPT_DEVIATION, "sections_attempted", "[3]" },
		{ STAGE_SCRIPT_DEVIATION, "last_completed_section", "0" },
		{ STAGE_SCRIPT_DEVIATION, "termination_reason", "lunch" },
		{ STAGE_SCRIPT_DEVIATION, "evaluation_scope",
		  "{\"sectionsToEvaluate\": [3], "
		  "\"contextualTermination\": true}" },
		{ STAGE_COMPLIANCE, "transcript", "T" },
		{ STAGE_COMPLIANCE, "sections_attempted", "[3]" },
		{ STAGE_COMPLIANCE, "financial_profile", "{}" },
		{ STAGE_COMMUNICATION, "transcript", "T" },
		{ STAGE_CLASSIFICATION, "marker", "0123456789abcdef" },
		{ STAGE_SCRIPT_DEVIATION, "marker", "0123456789abcdef" },
		{ STAGE_COMPLIANCE, "marker", "0123456789abcdef" },
		{ STAGE_COMMUNICATION, "marker", "0123456789abcdef" },
		{ STAGE_DEEP_DIVE, "marker", "0123456789abcdef" },
	};
	struct call *call = sample_call_take(spare_request());

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		check_value(call, rows[i].stage, rows[i].name, rows[i].value);
	call_free(call);
}

static void dumps_a_full_request(void **state)
{
	static const struct {
		enum stage stage;
		const char *name, *value;
	} rows[] = {
		/* U+0000 would not survive: it is replaced on the way in */
		{ STAGE_CLASSIFICATION, "transcript", "T\xef\xbf\xbdU" },
		{ STAGE_CLASSIFICATION, "call_context", "First Call" },
		{ STAGE_CLASSIFICATION, "clientData",
		  "{\"lead_id\": \"L-9\", \"campaign_id\": 42, "
		  "\"script_progress\": " FULL_PROGRESS
		  ", \"financial_profile\": " FULL_PROFILE "}" },
		{ STAGE_CLASSIFICATION, "script_progress", FULL_PROGRESS },
		{ STAGE_CLASSIFICATION, "financial_profile", FULL_PROFILE },
		{ STAGE_SCRIPT_DEVIATION, "sections_attempted", "[1, 2, 10]" },
		{ STAGE_SCRIPT_DEVIATION, "last_completed_section", "2" },
		/* the agent's own fault is no excuse */
		{ STAGE_SCRIPT_DEVIATION, "evaluation_scope",
		  "{\"sectionsToEvaluate\": [1, 2, 10], "
		  "\"contextualTermination\": false}" },
		{ STAGE_COMPLIANCE, "sections_attempted", "[1, 2, 10]" },
		{ STAGE_COMPLIANCE, "financial_profile", FULL_PROFILE },
		/* the same by its other names */
		{ STAGE_CLASSIFICATION, "client_data",
		  "{\"lead_id\": \"L-9\", \"campaign_id\": 42, "
		  "\"script_progress\": " FULL_PROGRESS
		  ", \"financial_profile\": " FULL_PROFILE "}" },
		{ STAGE_CLASSIFICATION, "ideal_script", "S" },
		{ STAGE_CLASSIFICATION, "expected_sections", "1: S\n" },
		{ STAGE_SCRIPT_DEVIATION, "ideal_script", "S" },
		{ STAGE_SCRIPT_DEVIATION, "expected_sections", "1: S\n" },
	};
	struct call *call = sample_call_take(full_request());

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		check_value(call, rows[i].stage, rows[i].name, rows[i].value);
	call_free(call);
}

/* A profile that says nothing is a profile: Python dumps its nulls. */
static void an_empty_profile_is_dumped(void **state)
{
	json_t *request = sample_request();
	struct call *call;

	(void)state;
	json_object_set_new(json_object_get(request, "client_data"),
			    "financial_profile", json_object());
	call = sample_call_take(request);
	check_value(call, STAGE_COMPLIANCE, "financial_profile",
		    "{\"annual_income\": null, \"dti_ratio\": null, "
		    "\"loan_approval_status\": null, "
		    "\"has_existing_debt\": null}");
	call_free(call);
}

static void lists_are_joined_by_newlines(void **state)
{
	struct call *call = sample_call(1);

	(void)state;
	sample_end_ok_take(
		call, STAGE_CLASSIFICATION,
		sample_json("{'red_flags':['one','two, \\u00fc','three']}"));
	sample_end_ok_take(
		call, STAGE_COMPLIANCE,
		sample_json("{'items':[],'summary':{'violations':['v1',"
			    "'v2']}}"));
	check_value(call, STAGE_DEEP_DIVE, "red_flags",
		    "one\ntwo, \xc3\xbc\nthree");
	check_value(call, STAGE_DEEP_DIVE, "violations", "v1\nv2");
	check_value(call, STAGE_DEEP_DIVE, "evaluation_results",
		    "{\"classification\": {\"red_flags\": [\"one\", "
		    "\"two, \xc3\xbc\", \"three\"]}, \"compliance\": "
		    "{\"items\": [], \"summary\": {\"violations\": "
		    "[\"v1\", \"v2\"]}}}");
	call_free(call);
}

/* A fallback stands in no prompt: not under any name. */
static void the_dive_sees_no_fallback(void **state)
{
	struct call *call = sample_call(1);

	(void)state;
	sample_end_ok_take(call, STAGE_CLASSIFICATION,
			   sample_json("{'red_flags':['one']}"));
	sample_end_failed(call, STAGE_COMPLIANCE, ERR_UPSTREAM_TIMEOUT);
	check_value(call, STAGE_DEEP_DIVE, "violations", "");
	check_value(call, STAGE_DEEP_DIVE, "evaluation_results",
		    "{\"classification\": {\"red_flags\": [\"one\"]}, "
		    "\"compliance\": null}");
	call_free(call);
}

/* The dive sees the lists as they were rebuilt, not as the model had them. */
static void the_dive_sees_rebuilt_lists(void **state)
{
	struct call *call = sample_call(1);
	json_t *answer = sample_answer(STAGE_COMPLIANCE, NULL);

	(void)state;
	sample_set_item(answer, "Guarantee", "Violation");
	sample_end_ok_take(call, STAGE_CLASSIFICATION,
			   sample_answer(STAGE_CLASSIFICATION, NULL));
	sample_end_ok_take(call, STAGE_COMPLIANCE, answer);
	check_value(call, STAGE_DEEP_DIVE, "violations", "Guarantee");
	check_value(call, STAGE_DEEP_DIVE, "red_flags", "");
	call_free(call);
}

/* A failed stage enters no prompt: its fallback's words are nobody's. */
static void the_dive_sees_no_fallbacks(void **state)
{
	struct call *call = sample_call(1);

	(void)state;
	sample_end_failed(call, STAGE_CLASSIFICATION, ERR_UPSTREAM_TIMEOUT);
	sample_end_failed(call, STAGE_COMPLIANCE, ERR_UPSTREAM_TIMEOUT);
	check_value(call, STAGE_DEEP_DIVE, "red_flags", "");
	check_value(call, STAGE_DEEP_DIVE, "violations", "");
	call_free(call);
}

/* ---- what starts a deep dive ----------------------------------------- */

/* flags, asks, violations: of real answers; NULL: that stage failed. */
static const struct dive_row {
	const char *classification, *compliance;
	bool wanted;
} dive_rows[] = {
#define CLASS(flags, asks) \
	"{'red_flags':" flags ",'requires_deep_dive':" asks "}"
#define RULES(items, violations)                            \
	"{'items':" items ",'summary':{'no_infraction':[]," \
	"'coaching_needed':['x'],'violations':" violations  \
	",'not_applicable':[]}}"
	/* nothing */
	{ CLASS("[]", "false"), RULES("[]", "[]"), false },
	{ NULL, NULL, false },
	/* each alone */
	{ CLASS("[]", "true"), RULES("[]", "[]"), true },
	{ CLASS("['flag']", "false"), RULES("[]", "[]"), true },
	{ CLASS("[]", "false"), RULES("[]", "['v']"), true },
	/* each fallback: neither its flag nor its violation counts */
	{ NULL, RULES("[]", "[]"), false },
	{ CLASS("[]", "false"), NULL, false },
	/* one failed, the other asks */
	{ NULL, RULES("[]", "['v']"), true },
	{ CLASS("[]", "true"), NULL, true },
	{ CLASS("['flag']", "false"), NULL, true },
	/* a violation that names no item still asks, a lesser one not */
	{ CLASS("[]", "false"),
	  RULES("[{'name':'A','status':'No Infraction'}]", "['B']"), true },
	{ CLASS("[]", "false"),
	  RULES("[{'name':'A','status':'No Infraction'}]", "[]"), false },
	/* a violation that its own item denies does not */
	{ CLASS("[]", "false"),
	  RULES("[{'name':'A','status':'No Infraction'}]", "['a']"), false },
	/* an item's violation that the summary forgot does */
	{ CLASS("[]", "false"),
	  RULES("[{'name':'A','status':'Violation'}]", "[]"), true },
};

static void end_as(struct call *call, enum stage stage, const char *answer)
{
	if (answer)
		sample_end_ok_take(call, stage, sample_json(answer));
	else
		sample_end_failed(call, stage, ERR_UPSTREAM_STATUS);
}

static void what_starts_a_deep_dive(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(dive_rows); i++) {
		struct call *call = sample_call(i);

		end_as(call, STAGE_CLASSIFICATION, dive_rows[i].classification);
		end_as(call, STAGE_COMPLIANCE, dive_rows[i].compliance);
		assert_int_equal(stages[STAGE_DEEP_DIVE].wanted(call),
				 dive_rows[i].wanted);
		call_free(call);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(names),
		cmocka_unit_test(order),
		cmocka_unit_test(fallbacks_are_the_seeds),
		cmocka_unit_test(dumps_a_spare_request),
		cmocka_unit_test(dumps_a_full_request),
		cmocka_unit_test(an_empty_profile_is_dumped),
		cmocka_unit_test(lists_are_joined_by_newlines),
		cmocka_unit_test(the_dive_sees_no_fallback),
		cmocka_unit_test(the_dive_sees_rebuilt_lists),
		cmocka_unit_test(the_dive_sees_no_fallbacks),
		cmocka_unit_test(what_starts_a_deep_dive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
