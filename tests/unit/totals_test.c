/* What a run came to: counts that add up, sums, the summary. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "model/record.h"
#include "run/totals.h"
#include "support/fake_clock.h"
#include "support/records.h"
#include "support/samples.h"

enum { THREADS = 8, EACH = 200 };

static json_t *summary_of(const struct totals *t, const struct run_facts *facts)
{
	struct buf line;
	json_t *value;

	buf_init(&line, LIMIT_REPORT_BYTES);
	totals_write(t, facts, &line);
	assert_int_equal(line.data[line.len - 1], '\n');
	value = record_read(line.data, line.len - 1, &summary_model);
	buf_release(&line);
	return value;
}

/* A call of which every stage sent two requests of three, or one remembered. */
static struct call *paid_call(bool cached, bool cost_known)
{
	struct call *call = sample_call(0);

	for (int s = 0; s < STAGE_DEEP_DIVE; s++) {
		struct outcome *o = &call->results[s].outcome;

		sample_end_ok_take(call, s, sample_answer(s, NULL));
		o->cached = cached;
		o->usage = (struct usage){ .attempts = cached ? 0 : 3,
					   .sent = cached ? 0 : 2,
					   .re_asks = cached ? 0 : 1,
					   .tokens_in = 100,
					   .tokens_out = 20,
					   .tokens_cached = 60,
					   .cost = 0.25,
					   .cost_known = cost_known };
	}
	call->results[STAGE_DEEP_DIVE].state = STAGE_NOT_NEEDED;
	return call;
}

static void count_paid(struct totals *t, bool cached, bool cost_known)
{
	struct call *call = paid_call(cached, cost_known);

	totals_read(t);
	totals_spent(t, call);
	totals_count(t, CALL_OK);
	call_free(call);
}

static void records_in_are_lines_out(void **state)
{
	struct totals t;

	(void)state;
	totals_init(&t);
	assert_true(totals_conserved(&t));
	for (int status = CALL_OK; status <= CALL_SKIPPED; status++) {
		totals_read(&t);
		assert_false(totals_conserved(&t));
		totals_count(&t, (enum call_status)status);
		assert_true(totals_conserved(&t));
	}
	/* a line too many is as wrong as one too few */
	totals_count(&t, CALL_OK);
	assert_false(totals_conserved(&t));
	totals_release(&t);
}

static void the_exit_status_of_records(void **state)
{
	static const struct {
		enum call_status status;
		int exit;
	} rows[] = { { CALL_OK, EXIT_OK },
		     { CALL_SKIPPED, EXIT_OK },
		     { CALL_PARTIAL, EXIT_RECORDS },
		     { CALL_FAILED, EXIT_RECORDS } };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct totals t;

		totals_init(&t);
		totals_count(&t, rows[i].status);
		assert_int_equal(t.status, rows[i].exit);
		totals_count(&t, CALL_OK);
		assert_int_equal(t.status, rows[i].exit);
		totals_release(&t);
	}
}

static void the_summary(void **state)
{
	const struct run_facts facts = { .started_wall = FAKE_WALL,
					 .duration_ms = 1234,
					 .exit_status = 3,
					 .input_unread = true };
	json_auto_t *line = NULL;
	struct totals t;

	(void)state;
	totals_init(&t);
	count_paid(&t, false, true);
	count_paid(&t, false, true);
	for (int status = CALL_OK; status <= CALL_SKIPPED; status++) {
		totals_read(&t);
		totals_count(&t, (enum call_status)status);
	}
	line = summary_of(&t, &facts);
	record_expect(line, "total", "6");
	record_expect(line, "successful", "3");
	record_expect(line, "partial", "1");
	record_expect(line, "failed", "1");
	record_expect(line, "skipped", "1");
	record_expect(line, "duration_ms", "1234");
	record_expect(line, "exit", "3");
	record_expect(line, "requests", "16");
	record_expect(line, "re_asks", "8");
	record_expect(line, "tokens", "{'in':800,'out':160,'cached':480}");
	record_expect(line, "cost", "2.0");
	record_expect(line, "stages.compliance",
		      "{'requests':4,'re_asks':2,'tokens':{'in':200,"
		      "'out':40,'cached':120},'cost':0.5}");
	record_expect(line, "stages.deep_dive",
		      "{'requests':0,'re_asks':0,'tokens':{'in':0,"
		      "'out':0,'cached':0},'cost':0.0}");
	record_expect(line, "input_unread", "true");
	record_expect(line, "started_at", "'2026-01-15T10:30:00.000Z'");
	totals_release(&t);
}

/* What a scraper reads; tests/check/metrics.py has it parsed. */
static void the_metrics(void **state)
{
	static const char *const lines[] = {
		"callqa_last_run_exit_status 3\n",
		"callqa_last_run_timestamp_seconds 1768473001.234\n",
		"callqa_last_run_duration_seconds 1.234\n",
		"callqa_last_run_input_unread 1\n",
		"callqa_last_run_records{status=\"ok\"} 2\n",
		"callqa_last_run_records{status=\"partial\"} 0\n",
		"callqa_last_run_requests{stage=\"compliance\"} 4\n",
		"callqa_last_run_re_asks{stage=\"compliance\"} 2\n",
		"callqa_last_run_tokens{stage=\"communication\","
		"direction=\"input\"} 200\n",
		"callqa_last_run_tokens{stage=\"communication\","
		"direction=\"output\"} 40\n",
		"callqa_last_run_cached_tokens{stage=\"communication\"} 120\n",
		"callqa_last_run_cost_dollars{stage=\"deep_dive\"} 0\n",
		"# TYPE callqa_last_run_cost_dollars gauge\n",
	};
	const struct run_facts facts = { .started_wall = FAKE_WALL,
					 .duration_ms = 1234,
					 .exit_status = 3,
					 .input_unread = true };
	struct totals t;
	struct buf text;

	(void)state;
	buf_init(&text, LIMIT_REPORT_BYTES);
	totals_init(&t);
	count_paid(&t, false, true);
	count_paid(&t, false, false);
	totals_write_metrics(&t, &facts, &text);
	for (size_t i = 0; i < LENGTH(lines); i++)
		if (!strstr(text.data, lines[i]))
			fail_msg("no %s in\n%s", lines[i], text.data);
	/* what is not known is not said */
	assert_null(strstr(text.data, "cost_dollars{stage=\"compliance"));
	buf_release(&text);
	totals_release(&t);
}

/* Remembered answers were paid for before. */
static void what_is_remembered_costs_nothing_now(void **state)
{
	const struct run_facts facts = { .started_wall = FAKE_WALL };
	json_auto_t *line = NULL;
	struct totals t;

	(void)state;
	totals_init(&t);
	count_paid(&t, true, false);
	line = summary_of(&t, &facts);
	record_expect(line, "requests", "0");
	record_expect(line, "tokens", "{'in':0,'out':0,'cached':0}");
	record_expect(line, "cost", "0.0");
	totals_release(&t);
}

/* A sum with a part missing would be taken for the whole. */
static void a_cost_not_told_makes_the_sum_null(void **state)
{
	const struct run_facts facts = { .started_wall = FAKE_WALL };
	json_auto_t *line = NULL;
	struct totals t;

	(void)state;
	totals_init(&t);
	count_paid(&t, false, true);
	count_paid(&t, false, false);
	line = summary_of(&t, &facts);
	record_expect(line, "cost", "null");
	record_expect(line, "tokens.in", "800");
	totals_release(&t);
}

/* When it was and what it cost differs from run to run. */
static void a_reproducible_summary(void **state)
{
	const struct run_facts facts = { .started_wall = FAKE_WALL,
					 .duration_ms = 1234,
					 .reproducible = true };
	json_auto_t *line = NULL;
	struct totals t;

	(void)state;
	totals_init(&t);
	count_paid(&t, false, true);
	line = summary_of(&t, &facts);
	record_expect(line, "total", "1");
	record_expect(line, "started_at", "null");
	record_expect(line, "duration_ms", "0");
	assert_null(json_object_get(line, "requests"));
	assert_null(json_object_get(line, "re_asks"));
	assert_null(json_object_get(line, "tokens"));
	assert_null(json_object_get(line, "stages"));
	totals_release(&t);
}

static void *count_many(void *totals)
{
	for (int i = 0; i < EACH; i++)
		count_paid(totals, false, true);
	return NULL;
}

static void threads_count_together(void **state)
{
	pthread_t threads[THREADS];
	struct totals t;

	(void)state;
	totals_init(&t);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, count_many, &t);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_true(totals_conserved(&t));
	assert_int_equal(t.read, THREADS * EACH);
	assert_int_equal(totals_sum(&t).requests, THREADS * EACH * 8);
	assert_true(totals_sum(&t).cost == THREADS * EACH * 1.0);
	totals_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_in_are_lines_out),
		cmocka_unit_test(the_exit_status_of_records),
		cmocka_unit_test(the_summary),
		cmocka_unit_test(the_metrics),
		cmocka_unit_test(what_is_remembered_costs_nothing_now),
		cmocka_unit_test(a_cost_not_told_makes_the_sum_null),
		cmocka_unit_test(a_reproducible_summary),
		cmocka_unit_test(threads_count_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
