/* The scheduler, with an engine that is a table and a clock that is still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/deadline.h"
#include "base/limits.h"
#include "base/log.h"
#include "pipeline/pipeline.h"
#include "pipeline/report.h"
#include "pipeline/workers.h"
#include "support/fake_clock.h"
#include "support/samples.h"
#include "support/table_engine.h"

enum { CALLS = 48, PATIENCE_MS = 20000 };

/* A pipeline and what came out of it. */
struct bench {
	struct fake_clock clock;
	struct table_engine table;
	struct cancel cancel;
	struct pipeline pipeline;
	/* guarded by lock */
	pthread_mutex_t lock;
	char *lines[CALLS];
	enum call_status status[CALLS];
	enum stage_state states[CALLS][STAGE_COUNT];
	int finished[CALLS], total;
};

static void take_finished(void *ctx, struct call *call)
{
	const struct report_options options = { .engine = "llm",
						.evaluation_version = "v1",
						.reproducible = true,
						.max_items = 12,
						.max_skills = 9 };
	struct report_facts facts;
	struct bench *b = ctx;
	struct buf line;

	buf_init(&line, LIMIT_REPORT_BYTES);
	report_write(&line, call, &options, 0, 0, &facts);
	pthread_mutex_lock(&b->lock);
	free(b->lines[call->number]);
	b->lines[call->number] = buf_take(&line);
	b->status[call->number] = facts.status;
	for (int s = 0; s < STAGE_COUNT; s++)
		b->states[call->number][s] = call->results[s].state;
	b->finished[call->number]++;
	b->total++;
	pthread_mutex_unlock(&b->lock);
	call_free(call);
}

static struct bench *bench_new(const struct table_row *rows, size_t count)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	fake_clock_init(&b->clock);
	table_engine_init(&b->table, rows, count, &b->clock);
	assert_int_equal(cancel_init(&b->cancel, NULL), 0);
	pipeline_init(&b->pipeline, &b->table.engine, &b->clock.clock,
		      &b->cancel, take_finished, b);
	pthread_mutex_init(&b->lock, NULL);
	return b;
}

static void bench_free(struct bench *b)
{
	for (size_t i = 0; i < CALLS; i++)
		free(b->lines[i]);
	pthread_mutex_destroy(&b->lock);
	pipeline_release(&b->pipeline);
	cancel_release(&b->cancel);
	table_engine_release(&b->table);
	fake_clock_release(&b->clock);
	free(b);
}

/* Adds `calls` calls, the last first, and lets `jobs` workers do them. */
static void bench_run(struct bench *b, size_t calls, size_t jobs)
{
	struct workers workers;

	for (size_t i = calls; i > 0; i--)
		pipeline_add(&b->pipeline, sample_call(i - 1));
	assert_int_equal(workers_start(&workers, &b->pipeline, jobs, NULL), 0);
	pipeline_close(&b->pipeline);
	workers_join(&workers);
	assert_false(b->table.misused);
	assert_int_equal(b->total, calls);
	for (size_t i = 0; i < calls; i++)
		assert_int_equal(b->finished[i], 1);
}

static int started(const struct bench *b, size_t call, enum stage stage)
{
	return table_engine_when(&b->table, call, TABLE_START, stage);
}

static int answered(const struct bench *b, size_t call, enum stage stage)
{
	return table_engine_when(&b->table, call, TABLE_ANSWER, stage);
}

/* ---- meeting points: threads that must be somewhere at the same time ---- */

struct meeting {
	pthread_mutex_t lock;
	pthread_cond_t came;
	int here, wanted;
	bool late; /* somebody did not come in time */
};

static void meeting_init(struct meeting *m, int wanted)
{
	*m = (struct meeting){ .wanted = wanted };
	pthread_mutex_init(&m->lock, NULL);
	deadline_cond_init(&m->came);
}

static void meeting_release(struct meeting *m)
{
	pthread_cond_destroy(&m->came);
	pthread_mutex_destroy(&m->lock);
}

static void meeting_arrive(struct meeting *m)
{
	pthread_mutex_lock(&m->lock);
	m->here++;
	pthread_cond_broadcast(&m->came);
	pthread_mutex_unlock(&m->lock);
}

static void meeting_wait(struct meeting *m)
{
	struct timespec end = deadline_in(PATIENCE_MS);

	pthread_mutex_lock(&m->lock);
	while (m->here < m->wanted && !m->late)
		m->late = pthread_cond_timedwait(&m->came, &m->lock, &end) != 0;
	pthread_mutex_unlock(&m->lock);
}

/* ---- order ----------------------------------------------------------- */

static const struct table_row dive_row = {
	.call = -1,
	.stage = STAGE_CLASSIFICATION,
	.answer = "{'sections_completed':[],'sections_attempted':[],"
		  "'call_outcome':'lost','script_adherence_preview':{},"
		  "'red_flags':['promise'],'requires_deep_dive':false,"
		  "'early_termination_justified':false}",
};

static void the_classifier_comes_first(void **state)
{
	struct bench *b = bench_new(&dive_row, 1);
	int done;

	(void)state;
	pipeline_run_inline(&b->pipeline, sample_call(0));
	assert_int_equal(b->total, 1);
	done = answered(b, 0, STAGE_CLASSIFICATION);
	assert_int_equal(table_engine_when(&b->table, 0, TABLE_BEGIN, 0), 0);
	assert_int_equal(started(b, 0, STAGE_CLASSIFICATION), 1);
	assert_true(started(b, 0, STAGE_SCRIPT_DEVIATION) > done);
	assert_true(started(b, 0, STAGE_COMPLIANCE) > done);
	assert_true(started(b, 0, STAGE_COMMUNICATION) > done);
	assert_true(started(b, 0, STAGE_DEEP_DIVE) >
		    answered(b, 0, STAGE_COMPLIANCE));
	assert_int_equal(table_engine_when(&b->table, 0, TABLE_END, 0),
			 (int)b->table.event_count - 1);
	assert_int_equal(table_engine_times(&b->table, 0, TABLE_START),
			 STAGE_COUNT);
	bench_free(b);
}

static void meet_evaluators(void *ctx, const struct call *call,
			    enum stage stage)
{
	(void)call;
	if (stage == STAGE_CLASSIFICATION || stage == STAGE_DEEP_DIVE)
		return;
	meeting_arrive(ctx);
	meeting_wait(ctx);
}

static void three_evaluators_run_together(void **state)
{
	struct bench *b = bench_new(NULL, 0);
	struct meeting meeting;

	(void)state;
	meeting_init(&meeting, 3);
	b->table.hook = meet_evaluators;
	b->table.hook_ctx = &meeting;
	bench_run(b, 1, 3);
	assert_false(meeting.late);
	assert_int_equal(b->status[0], CALL_OK);
	meeting_release(&meeting);
	bench_free(b);
}

/* The script's evaluator goes on only once the deep dive has begun. */
static void hold_script(void *ctx, const struct call *call, enum stage stage)
{
	(void)call;
	if (stage == STAGE_DEEP_DIVE)
		meeting_arrive(ctx);
	if (stage == STAGE_SCRIPT_DEVIATION)
		meeting_wait(ctx);
}

static void the_dive_does_not_wait_for_the_script(void **state)
{
	struct bench *b = bench_new(&dive_row, 1);
	struct meeting meeting;

	(void)state;
	meeting_init(&meeting, 1);
	b->table.hook = hold_script;
	b->table.hook_ctx = &meeting;
	bench_run(b, 1, 2);
	assert_false(meeting.late);
	assert_true(started(b, 0, STAGE_DEEP_DIVE) <
		    answered(b, 0, STAGE_SCRIPT_DEVIATION));
	assert_int_equal(b->status[0], CALL_OK);
	meeting_release(&meeting);
	bench_free(b);
}

/* One worker, calls added last first: it ends each before the next. */
static void earlier_calls_come_first(void **state)
{
	struct bench *b = bench_new(&dive_row, 1);

	(void)state;
	bench_run(b, 5, 1);
	for (size_t i = 1; i < b->table.event_count; i++)
		assert_true(b->table.events[i].call >=
			    b->table.events[i - 1].call);
	bench_free(b);
}

/* A heap of many calls in a scrambled order gives them back in theirs. */
static void the_heap_keeps_the_order(void **state)
{
	struct bench *b = bench_new(NULL, 0);

	(void)state;
	for (size_t i = 0; i < CALLS; i++)
		pipeline_add(&b->pipeline, sample_call(i * 29 % CALLS));
	pipeline_close(&b->pipeline);
	pipeline_work(&b->pipeline);
	for (size_t i = 1; i < b->table.event_count; i++)
		assert_true(b->table.events[i].call >=
			    b->table.events[i - 1].call);
	assert_int_equal(b->total, CALLS);
	bench_free(b);
}

/* ---- the same lines, however many work ------------------------------- */

static const struct table_row mixed_rows[] = {
	{ .call = 3,
	  .stage = STAGE_CLASSIFICATION,
	  .code = ERR_UPSTREAM_TIMEOUT,
	  .takes_ms = 60000 },
	{ .call = 5, .stage = STAGE_COMPLIANCE, .code = ERR_UPSTREAM_SCHEMA },
	{ .call = 8,
	  .stage = STAGE_COMPLIANCE,
	  .answer = "{'items':[{'name':'A','status':'Violation',"
		    "'details':null}],'summary':{'no_infraction':[],"
		    "'coaching_needed':[],'violations':['A','B'],"
		    "'not_applicable':[]}}",
	  .takes_ms = 40 },
	{ .call = 8, .stage = STAGE_DEEP_DIVE, .code = ERR_UPSTREAM_REFUSED },
	{ .call = 13,
	  .stage = STAGE_CLASSIFICATION,
	  .code = ERR_UPSTREAM_CONNECT },
	{ .call = 13,
	  .stage = STAGE_SCRIPT_DEVIATION,
	  .code = ERR_UPSTREAM_CONNECT },
	{ .call = 13, .stage = STAGE_COMPLIANCE, .code = ERR_UPSTREAM_CONNECT },
	{ .call = 13,
	  .stage = STAGE_COMMUNICATION,
	  .code = ERR_UPSTREAM_STATUS },
	{ .call = 21,
	  .stage = STAGE_COMMUNICATION,
	  .takes_ms = 5,
	  .code = ERR_UPSTREAM_LENGTH },
};

static void same_lines_with_any_number_of_workers(void **state)
{
	static const size_t jobs[] = { 8, 64 };
	struct bench *one = bench_new(mixed_rows, LENGTH(mixed_rows));

	(void)state;
	bench_run(one, CALLS, 1);
	assert_int_equal(one->status[3], CALL_PARTIAL);
	assert_int_equal(one->status[5], CALL_PARTIAL);
	assert_int_equal(one->status[8], CALL_PARTIAL);
	assert_int_equal(one->status[13], CALL_FAILED);
	assert_int_equal(one->status[14], CALL_OK);
	assert_int_equal(one->status[21], CALL_PARTIAL);
	for (size_t j = 0; j < LENGTH(jobs); j++) {
		struct bench *b = bench_new(mixed_rows, LENGTH(mixed_rows));

		bench_run(b, CALLS, jobs[j]);
		for (size_t i = 0; i < CALLS; i++)
			assert_string_equal(b->lines[i], one->lines[i]);
		bench_free(b);
	}
	bench_free(one);
}

static void begins_and_ends_once_per_call(void **state)
{
	struct bench *b = bench_new(mixed_rows, LENGTH(mixed_rows));

	(void)state;
	bench_run(b, CALLS, 16);
	for (size_t i = 0; i < CALLS; i++) {
		int end = table_engine_when(&b->table, i, TABLE_END, 0);
		int begin = table_engine_when(&b->table, i, TABLE_BEGIN, 0);

		assert_int_equal(table_engine_times(&b->table, i, TABLE_BEGIN),
				 1);
		assert_int_equal(table_engine_times(&b->table, i, TABLE_END),
				 1);
		for (int s = 0; s < STAGE_COUNT; s++) {
			if (started(b, i, s) < 0)
				continue;
			assert_true(started(b, i, s) > begin);
			assert_true(answered(b, i, s) < end);
		}
	}
	bench_free(b);
}

static void an_engine_needs_no_begin_and_end(void **state)
{
	struct bench *b = bench_new(NULL, 0);

	(void)state;
	b->table.engine.begin = NULL;
	b->table.engine.end = NULL;
	pipeline_run_inline(&b->pipeline, sample_call(0));
	assert_int_equal(b->status[0], CALL_OK);
	bench_free(b);
}

/* ---- failures -------------------------------------------------------- */

/*
 * Every set of failing stages, and of stages that call for a dive: states and
 * status as the rules have them, and nothing more was evaluated.
 */
struct chance_row {
	unsigned failing;  /* STAGE_BIT()s */
	bool flag, breach; /* in the real answers */
};

static size_t make_rows(const struct chance_row *c, struct table_row *rows)
{
	static const char breach[] =
		"{'items':[{'name':'A','status':'Violation','details':null}],"
		"'summary':{'no_infraction':[],'coaching_needed':[],"
		"'violations':[],'not_applicable':[]}}";
	size_t n = 0;

	for (int s = 0; s < STAGE_COUNT; s++)
		if (c->failing & STAGE_BIT(s))
			rows[n++] = (struct table_row){
				.call = -1,
				.stage = s,
				.code = ERR_UPSTREAM_STATUS
			};
	if (c->flag)
		rows[n++] = dive_row;
	if (c->breach)
		rows[n++] = (struct table_row){ .call = -1,
						.stage = STAGE_COMPLIANCE,
						.answer = breach };
	return n;
}

static void check_states(const struct bench *b, const struct chance_row *c)
{
	const bool class_ok = !(c->failing & STAGE_BIT(STAGE_CLASSIFICATION));
	const bool rules_ok = !(c->failing & STAGE_BIT(STAGE_COMPLIANCE));
	const bool dive = (class_ok && c->flag) || (rules_ok && c->breach);
	int ok = 0, failed = 0;

	for (int s = 0; s < STAGE_COUNT; s++) {
		enum stage_state expected = c->failing & STAGE_BIT(s)
						    ? STAGE_FAILED
						    : STAGE_OK;

		if (s == STAGE_DEEP_DIVE && !dive)
			expected = STAGE_NOT_NEEDED;
		assert_int_equal(b->states[0][s], expected);
		assert_int_equal(started(b, 0, s) >= 0,
				 expected != STAGE_NOT_NEEDED);
		ok += expected == STAGE_OK;
		failed += expected == STAGE_FAILED;
	}
	assert_int_equal(b->status[0], !failed ? CALL_OK
				       : ok    ? CALL_PARTIAL
					       : CALL_FAILED);
}

static void every_set_of_failures(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4 * (STAGE_ALL + 1); i++) {
		const struct chance_row c = { .failing = i & STAGE_ALL,
					      .flag = i & (STAGE_ALL + 1),
					      .breach = i &
							(2 * STAGE_ALL + 2) };
		struct table_row rows[STAGE_COUNT + 2];
		struct bench *b = bench_new(rows, make_rows(&c, rows));

		pipeline_run_inline(&b->pipeline, sample_call(0));
		check_states(b, &c);
		bench_free(b);
	}
}

/* ---- stopping -------------------------------------------------------- */

static void stopped_at_the_first_stage(void **state)
{
	static const struct table_row row = { .call = 0,
					      .stage = STAGE_CLASSIFICATION,
					      .code = ERR_UPSTREAM_AUTH,
					      .stop = ERR_UPSTREAM_AUTH };
	struct bench *b = bench_new(&row, 1);
	struct error why = ERROR_INIT;

	(void)state;
	bench_run(b, 3, 1);
	assert_true(cancel_why(&b->cancel, &why));
	assert_int_equal(why.code, ERR_UPSTREAM_AUTH);
	assert_int_equal(b->states[0][STAGE_CLASSIFICATION], STAGE_FAILED);
	assert_int_equal(b->states[0][STAGE_COMPLIANCE], STAGE_SKIPPED);
	/* nobody can say any more whether it was needed */
	assert_int_equal(b->states[0][STAGE_DEEP_DIVE], STAGE_SKIPPED);
	assert_int_equal(b->status[0], CALL_FAILED);
	/* for the others no request was sent: they are skipped, not failed */
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(b->status[i], CALL_SKIPPED);
		assert_int_equal(b->states[i][STAGE_CLASSIFICATION],
				 STAGE_SKIPPED);
		assert_int_equal(table_engine_times(&b->table, i, TABLE_BEGIN),
				 0);
		assert_int_equal(table_engine_times(&b->table, i, TABLE_END),
				 0);
	}
	bench_free(b);
}

static void stopped_half_way(void **state)
{
	static const struct table_row rows[] = {
		{ .call = 0,
		  .stage = STAGE_SCRIPT_DEVIATION,
		  .code = ERR_UPSTREAM_CREDIT,
		  .stop = ERR_UPSTREAM_CREDIT },
		{ .call = -1,
		  .stage = STAGE_CLASSIFICATION,
		  .answer = "{'sections_completed':[],'sections_attempted':[],"
			    "'call_outcome':'lost',"
			    "'script_adherence_preview':{},'red_flags':['x'],"
			    "'requires_deep_dive':true,"
			    "'early_termination_justified':false}" },
	};
	struct bench *b = bench_new(rows, LENGTH(rows));

	(void)state;
	pipeline_run_inline(&b->pipeline, sample_call(0));
	assert_int_equal(b->states[0][STAGE_CLASSIFICATION], STAGE_OK);
	assert_int_equal(b->states[0][STAGE_SCRIPT_DEVIATION], STAGE_FAILED);
	assert_int_equal(b->states[0][STAGE_COMPLIANCE], STAGE_SKIPPED);
	assert_int_equal(b->states[0][STAGE_COMMUNICATION], STAGE_SKIPPED);
	assert_int_equal(b->states[0][STAGE_DEEP_DIVE], STAGE_SKIPPED);
	assert_int_equal(b->status[0], CALL_PARTIAL);
	assert_int_equal(table_engine_times(&b->table, 0, TABLE_START), 2);
	assert_int_equal(table_engine_times(&b->table, 0, TABLE_END), 1);
	bench_free(b);
}

/* No flag so far, but compliance was not asked: nobody knows. */
static void stopped_before_it_was_decided(void **state)
{
	static const struct table_row row = { .call = 0,
					      .stage = STAGE_SCRIPT_DEVIATION,
					      .code = ERR_UPSTREAM_CREDIT,
					      .stop = ERR_UPSTREAM_CREDIT };
	struct bench *b = bench_new(&row, 1);

	(void)state;
	pipeline_run_inline(&b->pipeline, sample_call(0));
	assert_int_equal(b->states[0][STAGE_CLASSIFICATION], STAGE_OK);
	assert_int_equal(b->states[0][STAGE_COMPLIANCE], STAGE_SKIPPED);
	assert_int_equal(b->states[0][STAGE_DEEP_DIVE], STAGE_SKIPPED);
	bench_free(b);
}

/* Decided before: a stop does not change it. */
static void stopped_after_it_was_decided(void **state)
{
	static const struct table_row row = { .call = 0,
					      .stage = STAGE_COMMUNICATION,
					      .code = ERR_UPSTREAM_CREDIT,
					      .stop = ERR_UPSTREAM_CREDIT };
	struct bench *b = bench_new(&row, 1);

	(void)state;
	pipeline_run_inline(&b->pipeline, sample_call(0));
	assert_int_equal(b->states[0][STAGE_COMPLIANCE], STAGE_OK);
	assert_int_equal(b->states[0][STAGE_COMMUNICATION], STAGE_FAILED);
	assert_int_equal(b->states[0][STAGE_DEEP_DIVE], STAGE_NOT_NEEDED);
	bench_free(b);
}

/* Stopped while stages are in flight: those end, nothing else begins. */
struct stopper {
	struct meeting meeting;
	struct cancel *cancel;
};

static void stop_when_all_meet(void *ctx, const struct call *call,
			       enum stage stage)
{
	const struct error why = { .code = ERR_OUTPUT, .text = "disk full" };
	struct stopper *s = ctx;

	if (stage == STAGE_CLASSIFICATION) {
		if (call->number > 0) /* no other call gets further */
			cancel_sleep(s->cancel, PATIENCE_MS);
		return;
	}
	meeting_arrive(&s->meeting);
	meeting_wait(&s->meeting);
	cancel_stop(s->cancel, &why);
}

static void what_is_in_flight_ends(void **state)
{
	struct bench *b = bench_new(&dive_row, 1);
	struct stopper stopper = { .cancel = &b->cancel };

	(void)state;
	meeting_init(&stopper.meeting, 3);
	b->table.hook = stop_when_all_meet;
	b->table.hook_ctx = &stopper;
	bench_run(b, 4, 6); /* three calls wait, one has three evaluators */
	assert_false(stopper.meeting.late);
	assert_int_equal(b->states[0][STAGE_SCRIPT_DEVIATION], STAGE_OK);
	assert_int_equal(b->states[0][STAGE_COMPLIANCE], STAGE_OK);
	assert_int_equal(b->states[0][STAGE_COMMUNICATION], STAGE_OK);
	assert_int_equal(b->states[0][STAGE_DEEP_DIVE], STAGE_SKIPPED);
	assert_int_equal(b->status[0], CALL_PARTIAL);
	assert_true(started(b, 0, STAGE_DEEP_DIVE) < 0);
	for (size_t i = 1; i < 4; i++)
		assert_true(b->states[i][STAGE_COMPLIANCE] == STAGE_SKIPPED);
	meeting_release(&stopper.meeting);
	bench_free(b);
}

/* Calls that come in while others are worked on, from the thread that reads. */
static void calls_come_while_workers_wait(void **state)
{
	struct bench *b = bench_new(mixed_rows, LENGTH(mixed_rows));
	struct workers workers;

	(void)state;
	assert_int_equal(workers_start(&workers, &b->pipeline, 8, NULL), 0);
	for (size_t i = 0; i < CALLS; i++)
		pipeline_add(&b->pipeline, sample_call(i));
	pipeline_close(&b->pipeline);
	workers_join(&workers);
	assert_int_equal(b->total, CALLS);
	assert_false(b->table.misused);
	bench_free(b);
}

static void no_calls_no_work(void **state)
{
	struct bench *b = bench_new(NULL, 0);
	struct workers workers;

	(void)state;
	assert_int_equal(workers_start(&workers, &b->pipeline, 64, NULL), 0);
	pipeline_close(&b->pipeline);
	workers_join(&workers);
	assert_int_equal(b->total, 0);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_classifier_comes_first),
		cmocka_unit_test(three_evaluators_run_together),
		cmocka_unit_test(the_dive_does_not_wait_for_the_script),
		cmocka_unit_test(earlier_calls_come_first),
		cmocka_unit_test(the_heap_keeps_the_order),
		cmocka_unit_test(same_lines_with_any_number_of_workers),
		cmocka_unit_test(begins_and_ends_once_per_call),
		cmocka_unit_test(an_engine_needs_no_begin_and_end),
		cmocka_unit_test(every_set_of_failures),
		cmocka_unit_test(stopped_at_the_first_stage),
		cmocka_unit_test(stopped_half_way),
		cmocka_unit_test(stopped_before_it_was_decided),
		cmocka_unit_test(stopped_after_it_was_decided),
		cmocka_unit_test(what_is_in_flight_ends),
		cmocka_unit_test(calls_come_while_workers_wait),
		cmocka_unit_test(no_calls_no_work),
	};

	/* failures are wanted here; what the log says of them is not */
	log_setup("pipeline_test", LOG_ERROR, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
