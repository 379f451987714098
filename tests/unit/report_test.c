/* Reports: every set of failures, each line valid by its schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "model/record.h"
#include "pipeline/report.h"
#include "support/fake_clock.h"
#include "support/records.h"
#include "support/samples.h"

/* A run's options; with the built-in lists there are 12 items, 9 skills. */
static const struct report_options plain = { .engine = "llm",
					     .evaluation_version = "v1",
					     .max_items = 12,
					     .max_skills = 9 };

static struct report_options with_fallbacks(void)
{
	struct report_options options = plain;

	options.score_fallbacks = true;
	return options;
}

static struct report_options reproducible(void)
{
	struct report_options options = plain;

	options.reproducible = true;
	return options;
}

static json_t *line_of(const struct call *call,
		       const struct report_options *options,
		       struct report_facts *facts)
{
	struct report_facts unused;
	const struct model *model;
	struct buf line;
	json_t *value;

	facts = facts ? facts : &unused;
	buf_init(&line, LIMIT_REPORT_BYTES);
	report_write(&line, call, options, 1250, FAKE_WALL, facts);
	assert_false(buf_failed(&line));
	model = facts->status == CALL_OK || facts->status == CALL_PARTIAL
			? &report_model
			: &error_record_model;
	value = record_read(line.data, line.len, model);
	buf_release(&line);
	return value;
}

/* ---- calls ----------------------------------------------------------- */

static void set_usage(struct call *call, enum stage stage)
{
	struct outcome *o = &call->results[stage].outcome;

	o->usage = (struct usage){ .attempts = 2,
				   .re_asks = 1,
				   .latency_ms = 321,
				   .tokens_in = 100,
				   .tokens_out = 20,
				   .tokens_cached = 60,
				   .cost = 0.25,
				   .cost_known = true };
	snprintf(o->model, sizeof(o->model), "acme/grader-2");
}

/*
 * A call with one violation, two coaching, one missed and one exceeded name,
 * whose stages in `failing` failed, in `skipping` were not begun.
 */
static struct call *make_call(unsigned failing, unsigned skipping)
{
	static const char *const texts[STAGE_COUNT] = {
		[STAGE_COMPLIANCE] =
			"{'items':[],'summary':{'no_infraction':['n'],"
			"'coaching_needed':['c1','c2'],'violations':['v1'],"
			"'not_applicable':[]}}",
		[STAGE_COMMUNICATION] =
			"{'skills':[],'summary':{'exceeded':['e1'],"
			"'met':['m'],'missed':['x1']}}",
	};
	struct call *call = sample_call(4);

	call->started = 250;
	for (int s = 0; s < STAGE_COUNT; s++) {
		if (skipping & STAGE_BIT(s)) {
			call->results[s].state = STAGE_SKIPPED;
			error_set(&call->results[s].outcome.error, ERR_STOPPED,
				  NULL, "no more");
			continue;
		}
		if (failing & STAGE_BIT(s))
			sample_end_failed(call, s, ERR_UPSTREAM_TIMEOUT);
		else
			sample_end_ok_take(call, s,
					   texts[s] ? sample_json(texts[s])
						    : sample_answer(s, NULL));
		set_usage(call, s);
	}
	return call;
}

/* ---- an ok report, member by member ---------------------------------- */

static void an_ok_report(void **state)
{
	static const struct {
		const char *path, *value;
	} rows[] = {
		{ "call_id", "'call-4'" },
		{ "agent_id", "'agent-7'" },
		{ "correlation_id", "'eval_00000000000000000000000000000007'" },
		{ "timestamp", "'2026-01-15T10:30:00.000Z'" },
		{ "status", "'ok'" },
		{ "processing_time_ms", "1000" },
		{ "overall_score", "74" },
		{ "score_basis", "{'violations':1,'coaching_needed':2,"
				 "'missed':1,'exceeded':1}" },
		{ "summary", "{'strengths':['e1'],'areas_for_improvement':"
			     "['c1','c2','x1'],'critical_issues':['v1']}" },
		{ "needs_review", "[]" },
		{ "score_supported", "74" },
		{ "evidence.unsupported", "[]" },
		{ "metrics.roles.basis", "'labels'" },
		{ "meta.report_version", "1" },
		{ "meta.callqa", "'" CALLQA_VERSION "'" },
		{ "meta.engine", "'llm'" },
		{ "meta.model", "'acme/grader-2'" },
		{ "meta.redacted", "null" },
		{ "meta.evaluation_version", "'v1'" },
		{ "meta.prompts", "{}" },
		{ "meta.reconciled", "[]" },
		{ "meta.warnings", "[]" },
		{ "meta.stages.compliance",
		  "{'status':'ok','attempts':2,'re_asks':1,'latency_ms':321,"
		  "'tokens':{'in':100,'out':20,'cached':60},'cost':0.25,"
		  "'cached':false}" },
	};
	struct call *call = make_call(0, 0);
	json_auto_t *line = line_of(call, &plain, NULL);

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		record_expect(line, rows[i].path, rows[i].value);
	assert_null(json_object_get(line, "score_range"));
	for (int s = 0; s < STAGE_COUNT; s++) {
		json_auto_t *all = json_deep_copy(
			record_at(line, "evaluation"));

		assert_true(json_equal(json_object_get(all, stages[s].name),
				       call_answer(call, s)));
	}
	call_free(call);
}

/* The members and their order are the contract: readers diff and cut. */
static void members_stand_in_their_order(void **state)
{
	static const char *const paths[][2] = {
		{ "", "call_id agent_id correlation_id timestamp status "
		      "processing_time_ms evaluation overall_score "
		      "score_basis score_supported summary needs_review "
		      "evidence metrics "
		      "meta " },
		{ "evaluation", "classification script_deviation compliance "
				"communication deep_dive " },
		{ "meta.stages", "classification script_deviation compliance "
				 "communication deep_dive " },
		{ "meta", "report_version callqa engine model input_sha256 "
			  "redacted evaluation_version prompts stages "
			  "reconciled warnings " },
	};
	struct call *call = make_call(0, 0);
	json_auto_t *line = line_of(call, &plain, NULL);

	(void)state;
	for (size_t i = 0; i < LENGTH(paths); i++) {
		json_t *object = (json_t *)record_at(line, paths[i][0]),
		       *member;
		char keys[512] = "";
		const char *key;
		size_t n = 0;

		json_object_foreach (object, key, member)
			n += (size_t)snprintf(keys + n, sizeof(keys) - n, "%s ",
					      key);
		assert_string_equal(keys, paths[i][1]);
	}
	call_free(call);
}

/* ---- every set of failures ------------------------------------------- */

enum { SCORED = STAGE_BIT(STAGE_COMPLIANCE) | STAGE_BIT(STAGE_COMMUNICATION) };

static void check_evaluation(const json_t *line, unsigned failing)
{
	for (int s = 0; s < STAGE_COUNT; s++) {
		const json_t *shown = json_object_get(
			record_at(line, "evaluation"), stages[s].name);
		const json_t *meta = json_object_get(
			record_at(line, "meta.stages"), stages[s].name);
		json_auto_t *fallback = json_loads(stages[s].fallback,
						   JSON_DECODE_ANY, NULL);
		bool failed = failing & STAGE_BIT(s);

		assert_int_equal(json_equal(shown, fallback), failed);
		record_expect(meta, "status", failed ? "'failed'" : "'ok'");
		assert_int_equal(json_object_get(meta, "error") != NULL,
				 failed);
		if (failed)
			record_expect(meta, "error.code", "'UPSTREAM_TIMEOUT'");
	}
}

/* By which of compliance (1) and communication (2) failed. */
static void check_score(const json_t *line, unsigned lacking)
{
	static const char *const basis[] = {
		"{'violations':1,'coaching_needed':2,'missed':1,"
		"'exceeded':1}",
		"{'violations':null,'coaching_needed':null,'missed':1,"
		"'exceeded':1}",
		"{'violations':1,'coaching_needed':2,'missed':null,"
		"'exceeded':null}",
		"{'violations':null,'coaching_needed':null,'missed':null,"
		"'exceeded':null}",
	};
	static const char *const ranges[] = { NULL, "[1,99]", "[48,93]",
					      "[1,100]" };

	record_expect(line, "overall_score", lacking ? "null" : "74");
	record_expect(line, "score_basis", basis[lacking]);
	if (lacking)
		record_expect(line, "score_range", ranges[lacking]);
	else
		assert_null(record_at(line, "score_range"));
}

/* No word of a fallback may stand in a summary or start a review's reason. */
static void check_summary(const json_t *line, unsigned lacking)
{
	static const char *const rows[] = {
		"{'strengths':['e1'],'areas_for_improvement':"
		"['c1','c2','x1'],'critical_issues':['v1']}",
		"{'strengths':['e1'],'areas_for_improvement':['x1'],"
		"'critical_issues':[]}",
		"{'strengths':[],'areas_for_improvement':['c1','c2'],"
		"'critical_issues':['v1']}",
		"{'strengths':[],'areas_for_improvement':[],"
		"'critical_issues':[]}",
	};

	record_expect(line, "summary", rows[lacking]);
}

static size_t count_bits(unsigned bits)
{
	size_t n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

static void every_set_of_failures(void **state)
{
	(void)state;
	for (unsigned failing = 0; failing < STAGE_ALL; failing++) {
		struct call *call = make_call(failing, 0);
		struct report_facts facts;
		json_auto_t *line = line_of(call, &plain, &facts);
		unsigned lacking = (failing & SCORED) >> STAGE_COMPLIANCE;

		assert_int_equal(facts.status,
				 failing ? CALL_PARTIAL : CALL_OK);
		assert_int_equal(facts.code, ERR_NONE);
		assert_int_equal(facts.score, lacking ? -1 : 74);
		record_expect(line, "status", failing ? "'partial'" : "'ok'");
		check_evaluation(line, failing);
		check_score(line, lacking);
		check_summary(line, lacking);
		assert_int_equal(
			json_array_size(record_at(line, "needs_review")),
			count_bits(failing));
		call_free(call);
	}
}

/* Skipped stages are as missing as failed ones. */
static void every_set_of_skips(void **state)
{
	(void)state;
	for (unsigned skipping = 1; skipping < STAGE_ALL; skipping++) {
		struct call *call = make_call(0, skipping);
		struct report_facts facts;
		json_auto_t *line = line_of(call, &plain, &facts);

		assert_int_equal(facts.status, CALL_PARTIAL);
		check_score(line, (skipping & SCORED) >> STAGE_COMPLIANCE);
		for (int s = 0; s < STAGE_COUNT; s++) {
			const json_t *meta = json_object_get(
				record_at(line, "meta.stages"), stages[s].name);

			record_expect(meta, "status",
				      skipping & STAGE_BIT(s) ? "'skipped'"
							      : "'ok'");
		}
		call_free(call);
	}
}

static void a_dive_that_is_not_needed_is_null(void **state)
{
	struct call *call = make_call(0, 0);
	json_auto_t *line = NULL;

	(void)state;
	json_decref(call->results[STAGE_DEEP_DIVE].outcome.answer);
	call->results[STAGE_DEEP_DIVE] = (struct result){
		.state = STAGE_NOT_NEEDED,
	};
	line = line_of(call, &plain, NULL);
	record_expect(line, "status", "'ok'");
	record_expect(line, "evaluation.deep_dive", "null");
	record_expect(line, "meta.stages.deep_dive.status", "'not_needed'");
	record_expect(line, "needs_review", "[]");
	call_free(call);
}

/* The seed's way, on demand: the agent pays for our outage. */
static void fallbacks_can_be_scored(void **state)
{
	static const struct {
		unsigned failing;
		const char *score, *basis, *summary;
	} rows[] = {
		{ STAGE_BIT(STAGE_COMPLIANCE), "84",
		  "{'violations':1,'coaching_needed':0,'missed':1,"
		  "'exceeded':1}",
		  "{'strengths':['e1'],'areas_for_improvement':['x1'],"
		  "'critical_issues':['Manual review required due to "
		  "evaluation failure']}" },
		{ STAGE_BIT(STAGE_COMMUNICATION), "72",
		  "{'violations':1,'coaching_needed':2,'missed':1,"
		  "'exceeded':0}",
		  "{'strengths':[],'areas_for_improvement':['c1','c2',"
		  "'Manual evaluation required'],'critical_issues':['v1']}" },
		{ SCORED, "82",
		  "{'violations':1,'coaching_needed':0,'missed':1,"
		  "'exceeded':0}",
		  "{'strengths':[],'areas_for_improvement':"
		  "['Manual evaluation required'],'critical_issues':"
		  "['Manual review required due to evaluation failure']}" },
		{ STAGE_BIT(STAGE_CLASSIFICATION), "74",
		  "{'violations':1,'coaching_needed':2,'missed':1,"
		  "'exceeded':1}",
		  "{'strengths':['e1'],'areas_for_improvement':"
		  "['c1','c2','x1'],'critical_issues':['v1']}" },
	};
	const struct report_options options = with_fallbacks();

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct call *call = make_call(rows[i].failing, 0);
		json_auto_t *line = line_of(call, &options, NULL);

		record_expect(line, "overall_score", rows[i].score);
		record_expect(line, "score_basis", rows[i].basis);
		record_expect(line, "summary", rows[i].summary);
		assert_null(record_at(line, "score_range"));
		/* status and review stay what they are */
		record_expect(line, "status", "'partial'");
		assert_int_equal(
			json_array_size(record_at(line, "needs_review")),
			count_bits(rows[i].failing));
		call_free(call);
	}
}

/* ---- --reproducible, reviews, warnings ------------------------------- */

static void nothing_of_a_run_in_a_reproducible_report(void **state)
{
	const struct report_options options = reproducible();
	struct call *call = make_call(STAGE_BIT(STAGE_SCRIPT_DEVIATION), 0);
	json_auto_t *line = line_of(call, &options, NULL);

	(void)state;
	record_expect(line, "timestamp", "'2026-01-15T10:30:00.000Z'");
	record_expect(line, "processing_time_ms", "0");
	for (int s = 0; s < STAGE_COUNT; s++) {
		const json_t *meta = json_object_get(
			record_at(line, "meta.stages"), stages[s].name);

		record_expect(meta, "latency_ms", "0");
		record_expect(meta, "tokens",
			      "{'in':100,'out':20,'cached':60}");
		record_expect(meta, "cost", "0.25");
		assert_null(record_at(meta, "attempts"));
		assert_null(record_at(meta, "re_asks"));
		assert_null(record_at(meta, "cached"));
	}
	call_free(call);
}

/* Whenever and however it was made, it is the same line. */
static void a_replay_gives_the_same_line(void **state)
{
	const struct report_options options = reproducible();
	struct call *call = make_call(0, 0);
	struct report_facts facts;
	struct buf live, replayed;

	(void)state;
	buf_init(&live, LIMIT_REPORT_BYTES);
	buf_init(&replayed, LIMIT_REPORT_BYTES);
	report_write(&live, call, &options, 5000, FAKE_WALL, &facts);
	for (int s = 0; s < STAGE_COUNT; s++) {
		struct outcome *o = &call->results[s].outcome;

		o->cached = true;
		o->usage.attempts = o->usage.re_asks = 0;
		o->usage.latency_ms = 0;
	}
	call->started = 3;
	report_write(&replayed, call, &options, 9, 17, &facts);
	assert_string_equal(live.data, replayed.data);
	buf_release(&live);
	buf_release(&replayed);
	call_free(call);
}

static void unmatched_entries_ask_for_a_review(void **state)
{
	struct call *call = make_call(0, 0);
	json_t *answer = sample_answer(STAGE_COMPLIANCE, NULL);
	json_auto_t *line = NULL;

	(void)state;
	json_array_append_new(
		json_object_get(json_object_get(answer, "summary"),
				"violations"),
		json_string("Rude \"tone\""));
	json_decref(call->results[STAGE_COMPLIANCE].outcome.answer);
	json_decref(call->results[STAGE_COMPLIANCE].unmatched);
	sample_end_ok_take(call, STAGE_COMPLIANCE, answer);
	json_array_append_new(call->warnings, json_string("odd \"reason\""));
	line = line_of(call, &plain, NULL);
	record_expect(line, "meta.reconciled",
		      "[{'stage':'compliance','list':'violations',"
		      "'entry':'Rude \\\"tone\\\"'}]");
	record_expect(line, "meta.warnings", "['odd \\\"reason\\\"']");
	assert_int_equal(json_array_size(record_at(line, "needs_review")), 1);
	record_expect(line, "status", "'ok'");
	record_expect(line, "score_basis.violations", "0");
	record_expect(line, "summary.critical_issues", "[]");
	call_free(call);
}

static void an_unknown_cost_is_null_and_a_fence_is_told(void **state)
{
	struct call *call = make_call(0, 0);
	struct outcome *o = &call->results[STAGE_COMMUNICATION].outcome;
	json_auto_t *line = NULL;

	(void)state;
	o->usage.cost_known = false;
	o->fence_stripped = true;
	o->cached = true;
	line = line_of(call, &plain, NULL);
	record_expect(line, "meta.stages.communication.cost", "null");
	record_expect(line, "meta.stages.communication.fence_stripped", "true");
	record_expect(line, "meta.stages.communication.cached", "true");
	assert_null(record_at(line, "meta.stages.compliance.fence_stripped"));
	call_free(call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ok_report),
		cmocka_unit_test(members_stand_in_their_order),
		cmocka_unit_test(every_set_of_failures),
		cmocka_unit_test(every_set_of_skips),
		cmocka_unit_test(a_dive_that_is_not_needed_is_null),
		cmocka_unit_test(fallbacks_can_be_scored),
		cmocka_unit_test(nothing_of_a_run_in_a_reproducible_report),
		cmocka_unit_test(a_replay_gives_the_same_line),
		cmocka_unit_test(unmatched_entries_ask_for_a_review),
		cmocka_unit_test(an_unknown_cost_is_null_and_a_fence_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
