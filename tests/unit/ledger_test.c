/* The ledger: which strings are looked up, what weighs, what is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/limits.h"
#include "model/record.h"
#include "pipeline/ledger.h"
#include "pipeline/report.h"
#include "support/fake_clock.h"
#include "support/records.h"
#include "support/samples.h"

static const struct report_options plain = { .engine = "llm",
					     .evaluation_version = "v1",
					     .max_items = 12,
					     .max_skills = 9 };

static const char transcript[] =
	"Agent: Good morning, this is Dana from Harbor Lending.\n"
	"Customer: I never agreed to any credit check.\n"
	"Agent: You are approved, I guarantee it.\n";

/* A call about it, answered; answers are JSON with ' for ", NULL: quiet. */
static struct call *make_call(const char *const answers[STAGE_COUNT])
{
	json_t *request = sample_request();
	struct call *call;

	json_object_set_new(json_object_get(request, "transcript"),
			    "transcript", json_string(transcript));
	call = sample_call_take(request);
	for (int s = 0; s < STAGE_COUNT; s++)
		sample_end_ok_take(call, s,
				   answers[s] ? sample_json(answers[s])
					      : sample_answer(s, NULL));
	return call;
}

static json_t *report_of(const char *const answers[STAGE_COUNT])
{
	struct call *call = make_call(answers);
	struct report_facts facts;
	struct buf line;
	json_t *report;

	buf_init(&line, LIMIT_REPORT_BYTES);
	report_write(&line, call, &plain, 0, FAKE_WALL, &facts);
	report = record_read(line.data, line.len, &report_model);
	buf_release(&line);
	call_free(call);
	return report;
}

/* ---- which strings --------------------------------------------------- */

#define RATINGS                                                \
	"'content_accuracy':'Met','sequence_adherence':'Met'," \
	"'language_phrasing':'Met','customization':'Met',"     \
	"'critical_misses':['Said \\\"never said\\\" once']"

static const char *const everywhere[STAGE_COUNT] = {
	[STAGE_CLASSIFICATION] =
		"{'sections_completed':[],'sections_attempted':[],"
		"'call_outcome':'lost','script_adherence_preview':{},"
		"'red_flags':['No quote','Promise: Agent: \\\"You are "
		"approved, I guarantee it.\\\"'],"
		"'requires_deep_dive':true,'early_termination_justified':"
		"false}",
	[STAGE_SCRIPT_DEVIATION] = "{'sections':{'3':{" RATINGS
				   ",'quote':'this is Dana from'}}}",
	[STAGE_COMPLIANCE] =
		"{'items':[{'name':'n','status':'Violation','details':"
		"'First. Agent: \\\"I guarantee it\\\" and Customer: \\\"I "
		"never agreed to anything here\\\"'}],'summary':"
		"{'no_infraction':[],'coaching_needed':[],'violations':[],"
		"'not_applicable':[]}}",
	[STAGE_COMMUNICATION] =
		"{'skills':[{'skill':'k','rating':'Met','example':null}],"
		"'summary':{'exceeded':[],'met':[],'missed':[]}}",
	[STAGE_DEEP_DIVE] =
		"{'findings':[{'issue':'He said \\\"good day to you\\\"',"
		"'severity':'Low','evidence':'Agent: good morning this is "
		"Dana','recommendation':'r'}],'root_cause':'c',"
		"'customer_impact':'Low','urgent_actions':[]}",
};

static void strings_that_hold_quotes(void **state)
{
	static const struct {
		const char *path, *quote, *claimed, *class;
	} rows[] = {
		{ "classification.red_flags[1]",
		  "You are approved, I guarantee it.", "Agent", "exact" },
		{ "script_deviation.sections.3.quote", "this is Dana from",
		  NULL, "exact" },
		{ "compliance.items[0].details", "I guarantee it", "Agent",
		  "exact" },
		{ "compliance.items[0].details",
		  "I never agreed to anything here", "Customer", "absent" },
		{ "deep_dive.findings[0].evidence", "good morning this is Dana",
		  "Agent", "normalised" },
	};
	json_auto_t *report = report_of(everywhere);
	const json_t *quotes = record_at(report, "evidence.quotes");

	(void)state;
	assert_int_equal(json_array_size(quotes), LENGTH(rows));
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const json_t *quote = json_array_get(quotes, i);
		const char *claimed = json_string_value(
			json_object_get(quote, "claimed"));

		assert_string_equal(
			json_string_value(json_object_get(quote, "path")),
			rows[i].path);
		assert_string_equal(
			json_string_value(json_object_get(quote, "quote")),
			rows[i].quote);
		assert_string_equal(
			json_string_value(json_object_get(quote, "class")),
			rows[i].class);
		assert_string_equal(claimed ? claimed : "",
				    rows[i].claimed ? rows[i].claimed : "");
	}
	record_expect(report, "evidence.counts",
		      "{'exact':3,'normalised':1,'near':0,'absent':1,"
		      "'too_short':0}");
	/* one of the violation's two quotes is there */
	record_expect(report, "evidence.unsupported", "[]");
	record_expect(report, "needs_review", "[]");
}

static void one_entry_whole(void **state)
{
	json_auto_t *report = report_of(everywhere);
	const json_t *first = json_array_get(
		record_at(report, "evidence.quotes"), 0);

	(void)state;
	sample_expect(first,
		      "{'path':'classification.red_flags[1]','quote':"
		      "'You are approved, I guarantee it.','claimed':'Agent',"
		      "'class':'exact','distance':0,'turn':3,"
		      "'span':[108,140],'speaker':'Agent','role':'agent',"
		      "'speaker_fits':true}");
	assert_memory_equal(transcript + 108,
			    "You are approved, I guarantee it", 32);
	first = json_array_get(record_at(report, "evidence.quotes"), 3);
	sample_expect(first,
		      "{'path':'compliance.items[0].details','quote':"
		      "'I never agreed to anything here','claimed':"
		      "'Customer','class':'absent','distance':null,"
		      "'turn':null,'span':null,'speaker':null,'role':null,"
		      "'speaker_fits':null}");
}

/* ---- what weighs ----------------------------------------------------- */

#define ITEM(name, status, details) \
	"{'name':'" name "','status':'" status "','details':" details "}"
#define COMPLIANCE(items)                                     \
	"{'items':[" items "],'summary':{'no_infraction':[]," \
	"'coaching_needed':[],'violations':[],'not_applicable':[]}}"
#define ABSENT_QUOTE "'Agent: \\\"nobody ever said these words\\\"'"
#define THERE        "'Agent: \\\"I guarantee it\\\"'"
#define CUSTOMERS    "'Agent: \\\"I never agreed to any\\\"'"
#define SHORT        "'Agent: \\\"approved, yes\\\"'"

static void items_without_support(void **state)
{
	static const struct {
		const char *compliance;
		const char *score, *supported, *unsupported, *wrong, *codes;
	} rows[] = {
		{ COMPLIANCE(ITEM("a", "Violation", THERE)), "85", "85", "[]",
		  "0", "" },
		{ COMPLIANCE(ITEM("a", "Violation", ABSENT_QUOTE)), "85", "100",
		  "['compliance.items[0]']", "0", "UNSUPPORTED" },
		/* nothing quoted, or too little, is not absent */
		{ COMPLIANCE(ITEM("a", "Violation", "null")), "85", "85", "[]",
		  "0", "" },
		{ COMPLIANCE(ITEM("a", "Violation", "'left out'")), "85", "85",
		  "[]", "0", "" },
		{ COMPLIANCE(ITEM("a", "Violation", SHORT)), "85", "85", "[]",
		  "0", "" },
		/* what says that nothing was wrong weighs nothing */
		{ COMPLIANCE(ITEM("a", "No Infraction", ABSENT_QUOTE)), "100",
		  "100", "[]", "0", "" },
		{ COMPLIANCE(ITEM("a", "No Infraction", CUSTOMERS)), "100",
		  "100", "[]", "0", "" },
		{ COMPLIANCE(ITEM("a", "Violation", CUSTOMERS)), "85", "85",
		  "[]", "1", "WRONG_SPEAKER" },
		{ COMPLIANCE(ITEM("a", "Violation", ABSENT_QUOTE) "," ITEM(
			  "b", "Coaching Needed",
			  ABSENT_QUOTE) "," ITEM("c", "Violation", THERE)),
		  "65", "85", "['compliance.items[0]','compliance.items[1]']",
		  "0", "UNSUPPORTED" },
		/* one name twice counts once, and one support is enough */
		{ COMPLIANCE(ITEM("a", "Violation", ABSENT_QUOTE) "," ITEM(
			  "a", "Violation", ABSENT_QUOTE)),
		  "85", "100", "['compliance.items[0]','compliance.items[1]']",
		  "0", "UNSUPPORTED" },
		{ COMPLIANCE(ITEM("a", "Violation", ABSENT_QUOTE) "," ITEM(
			  "a", "Violation", THERE)),
		  "85", "85", "['compliance.items[0]']", "0", "UNSUPPORTED" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const char *answers[STAGE_COUNT] = {
			[STAGE_COMPLIANCE] = rows[i].compliance
		};
		json_auto_t *report = report_of(answers);
		const json_t *reasons = record_at(report, "needs_review");
		const char *code = json_string_value(
			json_object_get(json_array_get(reasons, 0), "code"));

		record_expect(report, "overall_score", rows[i].score);
		record_expect(report, "score_supported", rows[i].supported);
		record_expect(report, "evidence.unsupported",
			      rows[i].unsupported);
		record_expect(report, "evidence.wrong_speaker", rows[i].wrong);
		assert_string_equal(code ? code : "", rows[i].codes);
		assert_int_equal(json_array_size(reasons),
				 rows[i].codes[0] ? 1 : 0);
	}
}

static void findings_and_flags_without_support(void **state)
{
	const char *const answers[STAGE_COUNT] = {
		[STAGE_CLASSIFICATION] =
			"{'sections_completed':[],'sections_attempted':[],"
			"'call_outcome':'lost','script_adherence_preview':{},"
			"'red_flags':[" ABSENT_QUOTE "],'requires_deep_dive':"
			"true,'early_termination_justified':false}",
		[STAGE_SCRIPT_DEVIATION] =
			"{'sections':{'3':{" RATINGS
			",'quote':'words that are not in there'}}}",
		[STAGE_DEEP_DIVE] =
			"{'findings':[{'issue':'i','severity':'Low',"
			"'evidence':'none','recommendation':'r'},{'issue':'i',"
			"'severity':'Low','evidence':'these words are of my "
			"own','recommendation':'r'}],'root_cause':'c',"
			"'customer_impact':'Low','urgent_actions':[]}",
	};
	json_auto_t *report = report_of(answers);

	(void)state;
	record_expect(report, "evidence.unsupported",
		      "['classification.red_flags[0]',"
		      "'script_deviation.sections.3','deep_dive.findings[1]']");
	record_expect(report, "overall_score", "100");
	record_expect(report, "score_supported", "100");
}

/* What a failed stage leaves behind is nobody's quote. */
static void fallbacks_are_no_evidence(void **state)
{
	struct call *call = make_call((const char *const[STAGE_COUNT]){ 0 });
	struct ledger ledger;
	struct turns turns;

	(void)state;
	json_decref(call->results[STAGE_COMPLIANCE].outcome.answer);
	call->results[STAGE_COMPLIANCE].outcome.answer = NULL;
	sample_end_failed(call, STAGE_COMPLIANCE, ERR_UPSTREAM_TIMEOUT);
	turns_init(&turns, call_transcript(call), call_script(call));
	ledger_init(&ledger, call, &turns);
	for (size_t i = 0; i < ledger.count; i++)
		assert_int_not_equal(
			strncmp(ledger.entries[i].path, "compliance", 10), 0);
	ledger_release(&ledger);
	turns_release(&turns);
	call_free(call);
}

static void more_quotes_than_are_looked_up(void **state)
{
	const char *answers[STAGE_COUNT] = {
		[STAGE_COMPLIANCE] = COMPLIANCE(ITEM(
			"a", "Violation",
			"'\\\"a\\\" \\\"b\\\" \\\"c\\\" \\\"d\\\" \\\"e\\\" "
			"\\\"f\\\" \\\"g\\\" \\\"h\\\" \\\"i\\\" \\\"j\\\" "
			"\\\"k\\\" \\\"l\\\" \\\"m\\\" \\\"n\\\" \\\"o\\\" "
			"\\\"p\\\" \\\"q\\\" \\\"r\\\"'")),
	};
	json_auto_t *report = report_of(answers);

	(void)state;
	record_expect(report, "evidence.omitted", "2");
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(record_at(report, "evidence.quotes"),
				       15),
			"quote")),
		"p");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_that_hold_quotes),
		cmocka_unit_test(one_entry_whole),
		cmocka_unit_test(items_without_support),
		cmocka_unit_test(findings_and_flags_without_support),
		cmocka_unit_test(fallbacks_are_no_evidence),
		cmocka_unit_test(more_quotes_than_are_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
