/*
 * Whole calls, from the bytes of a request to the bytes of its line, with the
 * real engine: no socket, no thread, no waiting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "data/json.h"
#include "support/records.h"
#include "support/samples.h"
#include "support/whole_call.h"

/* ---- the far end ----------------------------------------------------------
 */

static void fail_three_times(struct whole_call *w)
{
	for (int i = 0; i < 3; i++)
		fake_http_status(&w->far, 503, "{\"error\":{\"code\":503}}");
}

/* The text of the last message of the i-th request. */
static const char *asked_with(json_t *body)
{
	const json_t *messages = json_object_get(body, "messages");
	const json_t *last = json_array_get(messages,
					    json_array_size(messages) - 1);

	return json_string_value(json_object_get(last, "content"));
}

/* Which stage a request is for, by what only its schema names. */
static enum stage stage_asked(const struct whole_call *w, size_t i)
{
	static const char *const marks[STAGE_COUNT] = {
		"\"call_outcome\"", "\"content_accuracy\"", "\"violations\"",
		"\"skills\"",       "\"root_cause\"",
	};
	json_auto_t *body = fake_http_body(&w->far, i);
	const char *text = asked_with(body);
	int s = 0;

	while (s < STAGE_COUNT && !strstr(text, marks[s]))
		s++;
	return s;
}

/* ---- calls that go well ---------------------------------------------------
 */

static void a_quiet_call(void **state)
{
	struct whole_call *w = whole_call_new();
	json_auto_t *line = NULL;

	(void)state;
	for (int s = 0; s < STAGE_DEEP_DIVE; s++) {
		whole_call_reply(w, s);
		w->far.script[s].takes_ms = 100 * (s + 1);
	}
	line = whole_call_run_sample(w);
	assert_int_equal(w->far.count, 4);
	for (int s = 0; s < STAGE_DEEP_DIVE; s++)
		assert_int_equal(stage_asked(w, s), s);
	record_expect(line, "status", "'ok'");
	record_expect(line, "call_id", "'call-0'");
	record_expect(line, "overall_score", "100");
	record_expect(line, "processing_time_ms", "1000");
	record_expect(line, "timestamp", "'2026-01-15T10:30:01.000Z'");
	record_expect(line, "evaluation.deep_dive", "null");
	record_expect(line, "needs_review", "[]");
	record_expect(line, "meta.model", "'acme/grader-2'");
	record_expect(line, "meta.stages.compliance",
		      "{'status':'ok','attempts':1,'re_asks':0,"
		      "'latency_ms':300,'tokens':{'in':100,'out':20,"
		      "'cached':60},'cost':0.25,'cached':false}");
	record_expect(line, "meta.stages.deep_dive.status", "'not_needed'");
	assert_int_equal(json_object_size(record_at(line, "meta.prompts")),
			 STAGE_COUNT + 1);
	assert_int_equal(w->clock.sleep_count, 0);
	whole_call_free(w);
}

static void a_red_flag_is_looked_into(void **state)
{
	struct whole_call *w = whole_call_new();
	json_t *class = whole_call_answer(w, STAGE_CLASSIFICATION);
	json_auto_t *line = NULL, *dive = NULL;

	(void)state;
	json_object_set_new(class, "red_flags",
			    sample_json("['promised \\\"yes\\\"','rude']"));
	fake_http_answer_take(&w->far, class);
	for (int s = 1; s < STAGE_COUNT; s++)
		whole_call_reply(w, s);
	line = whole_call_run_sample(w);
	assert_int_equal(w->far.count, 5);
	assert_int_equal(stage_asked(w, 4), STAGE_DEEP_DIVE);
	dive = fake_http_body(&w->far, 4);
	assert_non_null(strstr(asked_with(dive), "promised \"yes\"\nrude\n"));
	record_expect(line, "status", "'ok'");
	record_expect(line, "evaluation.deep_dive.root_cause", "'Haste.'");
	whole_call_free(w);
}

/* One breach, told as an item and in other words in the summary. */
static void a_breach_is_charged_once(void **state)
{
	struct whole_call *w = whole_call_new();
	json_t *rules = whole_call_answer(w, STAGE_COMPLIANCE);
	json_auto_t *line = NULL, *dive = NULL;

	(void)state;
	sample_set_item(rules, "No Guarantee of Approval", "Violation");
	json_object_set_new(json_object_get(rules, "summary"), "violations",
			    sample_json("['Guaranteed an approval']"));
	whole_call_reply(w, STAGE_CLASSIFICATION);
	whole_call_reply(w, STAGE_SCRIPT_DEVIATION);
	fake_http_answer_take(&w->far, rules);
	whole_call_reply(w, STAGE_COMMUNICATION);
	whole_call_reply(w, STAGE_DEEP_DIVE);
	line = whole_call_run_sample(w);
	assert_int_equal(w->far.count, 5);
	record_expect(line, "overall_score", "85");
	record_expect(line, "evaluation.compliance.summary.violations",
		      "['No Guarantee of Approval']");
	record_expect(line, "summary.critical_issues",
		      "['No Guarantee of Approval']");
	record_expect(line, "meta.reconciled",
		      "[{'stage':'compliance','list':'violations',"
		      "'entry':'Guaranteed an approval'}]");
	assert_int_equal(json_array_size(record_at(line, "needs_review")), 1);
	dive = fake_http_body(&w->far, 4);
	assert_non_null(strstr(asked_with(dive),
			       "<violations>\nNo Guarantee of Approval\n"));
	whole_call_free(w);
}

static void retried_and_asked_again(void **state)
{
	struct whole_call *w = whole_call_new();
	json_auto_t *line = NULL;

	(void)state;
	fake_http_fault(&w->far, HTTP_TIMEOUT);
	whole_call_reply(w, STAGE_CLASSIFICATION);
	fake_http_chat(&w->far, "I would rather not.", NULL);
	whole_call_reply(w, STAGE_SCRIPT_DEVIATION);
	fake_http_chat(&w->far, "{\"items\":[", "length");
	whole_call_reply(w, STAGE_COMPLIANCE);
	whole_call_reply(w, STAGE_COMMUNICATION);
	line = whole_call_run_sample(w);
	assert_int_equal(w->far.count, 7);
	record_expect(line, "status", "'ok'");
	record_expect(line, "overall_score", "100");
	record_expect(line, "meta.stages.classification.attempts", "2");
	record_expect(line, "meta.stages.classification.re_asks", "0");
	record_expect(line, "meta.stages.script_deviation.attempts", "2");
	record_expect(line, "meta.stages.script_deviation.re_asks", "1");
	record_expect(line, "meta.stages.script_deviation.tokens.in", "200");
	record_expect(line, "meta.stages.script_deviation.cost", "0.5");
	record_expect(line, "meta.stages.compliance.attempts", "2");
	assert_int_equal(w->clock.sleep_count, 1);
	whole_call_free(w);
}

/* The words of a call reach the model as they are, and expand to nothing. */
static void the_transcript_is_sent_byte_for_byte(void **state)
{
	static const char *const words = "Agent: {{marker}} {{ideal_script}} "
					 "{{transcript}}\n\"q\" \\ \t \xc3\xbc "
					 "</script> ```json {\"a\":1}";
	struct whole_call *w = whole_call_new();
	json_auto_t *request = sample_request(), *line = NULL;

	(void)state;
	json_object_set_new(json_object_get(request, "transcript"),
			    "transcript", json_string(words));
	for (int s = 0; s < STAGE_DEEP_DIVE; s++)
		whole_call_reply(w, s);
	line = whole_call_run(w, request);
	record_expect(line, "status", "'ok'");
	for (size_t i = 0; i < w->far.count; i++) {
		json_auto_t *body = fake_http_body(&w->far, i);
		const char *text = asked_with(body);
		const char *at = strstr(text, words);

		assert_non_null(at);
		assert_null(strstr(at + 1, words));
	}
	whole_call_free(w);
}

/* Maps come as pairs, and the report shows the map. */
static void with_strict_schemas(void **state)
{
	struct whole_call *w = whole_call_new();
	json_auto_t *line = NULL;

	(void)state;
	w->options.chat.json_schema = true;
	fake_http_answer_take(
		&w->far,
		sample_json("{'sections_completed':[1],'sections_attempted':"
			    "[1],'call_outcome':'completed',"
			    "'script_adherence_preview':[{'section':"
			    "'Section 1','value':'high'}],'red_flags':[],"
			    "'requires_deep_dive':false,"
			    "'early_termination_justified':false}"));
	fake_http_answer_take(
		&w->far,
		sample_json("{'sections':[{'section':'2','content_accuracy':"
			    "'Met','sequence_adherence':'met',"
			    "'language_phrasing':'Met','customization':'N/A',"
			    "'critical_misses':['APR'],'quote':null}]}"));
	whole_call_reply(w, STAGE_COMPLIANCE);
	whole_call_reply(w, STAGE_COMMUNICATION);
	line = whole_call_run_sample(w);
	record_expect(line, "status", "'ok'");
	record_expect(line,
		      "evaluation.classification."
		      "script_adherence_preview",
		      "{'1':'high'}");
	record_expect(line,
		      "evaluation.script_deviation.sections.2."
		      "sequence_adherence",
		      "'Met'");
	record_expect(line, "summary.areas_for_improvement",
		      "['Section 2: APR']");
	whole_call_free(w);
}

/* ---- calls that do not ----------------------------------------------------
 */

static void each_stage_fails_alone(void **state)
{
	static const char *const ranges[STAGE_COUNT] = {
		[STAGE_COMPLIANCE] = "[1,100]",
		[STAGE_COMMUNICATION] = "[73,100]",
	};

	(void)state;
	for (int failing = 0; failing < STAGE_DEEP_DIVE; failing++) {
		struct whole_call *w = whole_call_new();
		json_auto_t *line = NULL;
		char path[64];

		for (int s = 0; s < STAGE_DEEP_DIVE; s++) {
			if (s == failing)
				fail_three_times(w);
			else
				whole_call_reply(w, s);
		}
		line = whole_call_run_sample(w);
		/* nobody else suffers, nothing is asked for in its place */
		assert_int_equal(w->far.count, 6);
		record_expect(line, "status", "'partial'");
		record_expect(line, "overall_score",
			      ranges[failing] ? "null" : "100");
		if (ranges[failing])
			record_expect(line, "score_range", ranges[failing]);
		record_expect(line, "summary.critical_issues", "[]");
		record_expect(line, "summary.areas_for_improvement", "[]");
		snprintf(path, sizeof(path), "meta.stages.%s.error.code",
			 stages[failing].name);
		record_expect(line, path, "'UPSTREAM_STATUS'");
		snprintf(path, sizeof(path), "meta.stages.%s.attempts",
			 stages[failing].name);
		record_expect(line, path, "3");
		record_expect(line, "meta.stages.deep_dive.status",
			      "'not_needed'");
		assert_false(cancel_stopped(&w->cancel));
		whole_call_free(w);
	}
}

static void the_dive_fails(void **state)
{
	struct whole_call *w = whole_call_new();
	json_t *rules = whole_call_answer(w, STAGE_COMPLIANCE);
	json_auto_t *line = NULL;

	(void)state;
	sample_set_item(rules, "Fair Lending", "Violation");
	whole_call_reply(w, STAGE_CLASSIFICATION);
	whole_call_reply(w, STAGE_SCRIPT_DEVIATION);
	fake_http_answer_take(&w->far, rules);
	whole_call_reply(w, STAGE_COMMUNICATION);
	for (int i = 0; i < 3; i++)
		fake_http_chat(&w->far, "{}", NULL);
	line = whole_call_run_sample(w);
	assert_int_equal(w->far.count, 7);
	record_expect(line, "status", "'partial'");
	record_expect(line, "overall_score", "85");
	record_expect(line, "evaluation.deep_dive", "null");
	record_expect(line, "meta.stages.deep_dive.error.code",
		      "'UPSTREAM_SCHEMA'");
	record_expect(line, "meta.stages.deep_dive.re_asks", "2");
	whole_call_free(w);
}

static void nothing_is_answered(void **state)
{
	struct whole_call *w = whole_call_new();
	json_auto_t *line = NULL;

	(void)state;
	for (int s = 0; s < STAGE_DEEP_DIVE; s++)
		fail_three_times(w);
	line = whole_call_run_sample(w);
	assert_int_equal(w->far.count, 12);
	record_expect(line, "status", "'failed'");
	record_expect(line, "error.code", "'UPSTREAM_STATUS'");
	assert_int_equal(json_array_size(record_at(line, "error.details")), 4);
	assert_null(record_at(line, "overall_score"));
	whole_call_free(w);
}

/* Refused content fails a stage; its words go nowhere, the run goes on. */
static void moderated_content(void **state)
{
	struct whole_call *w = whole_call_new();
	json_auto_t *line = NULL;

	(void)state;
	whole_call_reply(w, STAGE_CLASSIFICATION);
	whole_call_reply(w, STAGE_SCRIPT_DEVIATION);
	fake_http_status(&w->far, 403,
			 "{\"error\":{\"code\":403,\"message\":\"flagged\","
			 "\"metadata\":{\"reasons\":[\"x\"],"
			 "\"flagged_input\":\"my SSN is 078\"}}}");
	whole_call_reply(w, STAGE_COMMUNICATION);
	line = whole_call_run_sample(w);
	assert_int_equal(w->far.count, 4);
	record_expect(line, "status", "'partial'");
	record_expect(line, "meta.stages.compliance.error.code",
		      "'UPSTREAM_REFUSED'");
	assert_null(strstr(w->line.data, "078"));
	assert_false(cancel_stopped(&w->cancel));
	whole_call_free(w);
}

static void a_refused_key_stops_the_run(void **state)
{
	struct whole_call *w = whole_call_new();
	json_auto_t *line = NULL, *next = NULL;
	struct error why = ERROR_INIT;

	(void)state;
	fake_http_status(&w->far, 401, "{\"error\":{\"code\":401}}");
	line = whole_call_run_sample(w);
	record_expect(line, "status", "'failed'");
	record_expect(line, "error.code", "'UPSTREAM_AUTH'");
	record_expect(line, "meta.stages.compliance.status", "'skipped'");
	assert_true(cancel_why(&w->cancel, &why));
	assert_int_equal(error_status(why.code), EXIT_REFUSED);
	next = whole_call_run_sample(w);
	record_expect(next, "status", "'skipped'");
	record_expect(next, "error.code", "'STOPPED'");
	assert_int_equal(w->far.count, 1);
	whole_call_free(w);
}

/* The first host name is wrong: exit status 2, and a record that is valid. */
static void a_wrong_host_stops_the_run(void **state)
{
	struct whole_call *w = whole_call_new();
	json_auto_t *line = NULL;
	struct error why = ERROR_INIT;

	(void)state;
	fake_http_fault(&w->far, HTTP_RESOLVE);
	line = whole_call_run_sample(w);
	record_expect(line, "status", "'failed'");
	record_expect(line, "error.code", "'UPSTREAM_CONNECT'");
	assert_true(cancel_why(&w->cancel, &why));
	assert_int_equal(error_status(why.code), EXIT_USAGE);
	whole_call_free(w);
}

/* Stopped while the host asks all to wait: nothing was sent for this call. */
static void a_call_nothing_was_sent_for_is_skipped(void **state)
{
	struct whole_call *w = whole_call_new();
	json_auto_t *line = NULL;

	(void)state;
	w->clock.stop_at = 0;
	w->hold_ms = 5000;
	line = whole_call_run_sample(w);
	assert_int_equal(w->far.count, 0);
	record_expect(line, "status", "'skipped'");
	record_expect(line, "error.code", "'STOPPED'");
	whole_call_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_call),
		cmocka_unit_test(a_red_flag_is_looked_into),
		cmocka_unit_test(a_breach_is_charged_once),
		cmocka_unit_test(retried_and_asked_again),
		cmocka_unit_test(the_transcript_is_sent_byte_for_byte),
		cmocka_unit_test(with_strict_schemas),
		cmocka_unit_test(each_stage_fails_alone),
		cmocka_unit_test(the_dive_fails),
		cmocka_unit_test(nothing_is_answered),
		cmocka_unit_test(moderated_content),
		cmocka_unit_test(a_wrong_host_stops_the_run),
		cmocka_unit_test(a_call_nothing_was_sent_for_is_skipped),
		cmocka_unit_test(a_refused_key_stops_the_run),
	};

	/* failures are wanted here; what the log says of them is not */
	log_setup("call_inprocess_test", LOG_ERROR, false);
	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
