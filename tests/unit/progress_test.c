/* progress: the words for each width, and the rate they tell. */
#include "run/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/log.h"
#include "pipeline/call.h"

static const struct progress_view busy = {
	.read = 500,
	.by_status = { [CALL_OK] = 380,
		       [CALL_PARTIAL] = 14,
		       [CALL_FAILED] = 5,
		       [CALL_SKIPPED] = 1 },
	.in_flight = 8,
	.cost = 12.345,
	.cost_known = true,
	.fraction = 0.75,
	.per_second = 3.21,
	.left_ms = 83500,
};

static void expect(const struct progress_view *v, size_t width,
		   const char *wanted)
{
	struct buf line;

	buf_init(&line, 1000);
	progress_format(v, width, &line);
	assert_string_equal(line.data ? line.data : "", wanted);
	buf_release(&line);
}

static void what_matters_least_goes_first(void **state)
{
	static const struct {
		size_t width;
		const char *line;
	} rows[] = {
		{ 0, "400 records, 60 %, 380 ok, 14 partial, 5 failed, "
		     "1 skipped, 3.2/s, $12.35, 8 in flight, 2 min left" },
		{ 98, "400 records, 60 %, 380 ok, 14 partial, 5 failed, "
		      "1 skipped, 3.2/s, $12.35, 8 in flight, 2 min left" },
		{ 97, "400 records, 60 %, 380 ok, 14 partial, 5 failed, "
		      "3.2/s, $12.35, 8 in flight, 2 min left" },
		{ 80, "400 records, 60 %, 14 partial, 5 failed, 3.2/s, "
		      "$12.35, 8 in flight, 2 min left" },
		{ 66, "400 records, 60 %, 14 partial, 5 failed, 3.2/s, "
		      "$12.35, 2 min left" },
		{ 50, "400 records, 60 %, 14 partial, 5 failed" },
		{ 30, "400 records, 5 failed" },
		{ 11, "400 records" },
		{ 4, "400 " },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		expect(&busy, rows[i].width, rows[i].line);
		if (rows[i].width)
			assert_true(strlen(rows[i].line) <= rows[i].width);
	}
}

static void what_is_not_known_is_not_said(void **state)
{
	struct progress_view v = { .fraction = -1,
				   .per_second = -1,
				   .left_ms = -1,
				   .cost_known = true };

	(void)state;
	expect(&v, 0, "0 records");
	v.by_status[CALL_OK] = v.read = 1;
	expect(&v, 0, "1 record, 1 ok");
	v.cost = 3;
	v.cost_known = false;
	expect(&v, 0, "1 record, 1 ok");
	v.fraction = 0;
	expect(&v, 0, "1 record, 0 %, 1 ok");
}

static void rates_and_times(void **state)
{
	static const struct {
		double per_second;
		int64_t left_ms;
		const char *line;
	} rows[] = {
		{ 1234.4, 0, "0 records, 1234/s, 0 s left" },
		{ 9.96, 1, "0 records, 10.0/s, 1 s left" },
		{ 0.1, 59000, "0 records, 0.1/s, 59 s left" },
		{ 0.05, 59001, "0 records, 3.0/min, 1 min left" },
		{ 0, 3540000, "0 records, 0.0/min, 59 min left" },
		{ -1, 3540001, "0 records, 1 h 0 min left" },
		{ -1, 90060000, "0 records, 25 h 1 min left" },
		{ -1, INT64_C(9000000000000),
		  "0 records, 2500000 h 0 min left" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct progress_view v = { .fraction = -1,
					   .per_second = rows[i].per_second,
					   .left_ms = rows[i].left_ms };

		expect(&v, 0, rows[i].line);
	}
}

static void note(struct meter *m, int64_t at, size_t over, double fraction,
		 struct progress_view *v)
{
	*v = (struct progress_view){ .read = over,
				     .by_status = { over },
				     .fraction = fraction };
	meter_note(m, at, v);
}

static void a_rate_needs_time(void **state)
{
	struct meter m = { .count = 0 };
	struct progress_view v;

	(void)state;
	note(&m, 5000, 0, 0, &v);
	assert_true(v.per_second < 0 && v.left_ms < 0);
	note(&m, 6000, 10, 0.1, &v);
	assert_true(v.per_second < 0 && v.left_ms < 0);
	note(&m, 9000, 40, 0.4, &v);
	assert_true(v.per_second == 10);
	assert_true(v.left_ms >= 5999 && v.left_ms <= 6001);
}

/* An hour's outage, or a start from a recording, is no rate of now. */
static void only_the_last_minutes_count(void **state)
{
	struct meter m = { .count = 0 };
	struct progress_view v;
	size_t over = 100000;
	int64_t at = 0;

	(void)state;
	note(&m, at, 0, -1, &v);
	for (int i = 0; i < 2000; i++) {
		at += 500;
		over++;
		note(&m, at, over, -1, &v);
		assert_true(m.count <= METER_MOMENTS);
	}
	assert_true(v.per_second > 1.99 && v.per_second < 2.01);
	assert_true(v.left_ms < 0);
	/* nothing more comes: that is told, and no time is promised */
	for (int i = 0; i < 1000; i++)
		note(&m, at += 500, over, 0.5, &v);
	assert_true(v.per_second == 0 && v.left_ms < 0);
}

/* What was read and waits for its turn is not done. */
static void the_time_left_counts_what_is_over(void **state)
{
	struct meter m = { .count = 0 };
	struct progress_view v = { .fraction = 0 };

	(void)state;
	meter_note(&m, 0, &v);
	v = (struct progress_view){ .read = 40,
				    .by_status = { 10 },
				    .fraction = 1 };
	meter_note(&m, 10000, &v);
	assert_true(v.left_ms >= 29999 && v.left_ms <= 30001);
}

static void look(void *ctx, struct progress_view *v)
{
	(void)ctx;
	v->by_status[CALL_OK] = v->read = 7;
}

static void silent_until_asked(void **state)
{
	struct progress p;
	char text[100] = "";
	int fds[2], saved = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	log_setup("prog", LOG_ERROR, false);
	assert_int_equal(progress_start(&p, PROGRESS_SILENT, look, NULL, NULL),
			 0);
	progress_show(&p);
	progress_stop(&p);
	dup2(saved, STDERR_FILENO);
	close(saved);
	log_setup("prog", LOG_ERROR, false); /* also the end of the pipe */
	assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "prog: 7 records, 7 ok\n");
	assert_int_equal(read(fds[0], text, sizeof(text)), 0);
	close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_matters_least_goes_first),
		cmocka_unit_test(what_is_not_known_is_not_said),
		cmocka_unit_test(rates_and_times),
		cmocka_unit_test(a_rate_needs_time),
		cmocka_unit_test(only_the_last_minutes_count),
		cmocka_unit_test(the_time_left_counts_what_is_over),
		cmocka_unit_test(silent_until_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
