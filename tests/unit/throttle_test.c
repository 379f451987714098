/* The gates in front of a host, in a time of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cancel.h"
#include "net/throttle.h"

/* A clock that only sleeping moves. */
struct fake {
	int64_t now;
	unsigned sleeps;
	double chance;
	bool stop;             /* the next sleep ends the run */
	struct throttle *shut; /* held anew during the first sleep */
	int64_t shut_until;
};

static int64_t fake_now(void *ctx)
{
	struct fake *f = ctx;

	return f->now;
}

static bool fake_sleep(void *ctx, int64_t ms)
{
	struct fake *f = ctx;

	assert_true(ms > 0);
	f->sleeps++;
	if (f->stop)
		return true;
	f->now += ms;
	if (f->shut)
		throttle_hold(f->shut, f->shut_until);
	f->shut = NULL;
	return false;
}

static double fake_chance(void *ctx)
{
	struct fake *f = ctx;

	return f->chance;
}

static struct clock fake_clock(struct fake *f)
{
	return (struct clock){ .now = fake_now,
			       .sleep = fake_sleep,
			       .chance = fake_chance,
			       .ctx = f };
}

static const struct throttle_options plain = { .jobs = 8,
					       .max_outage_ms = 600000 };

/* In and, with a good reply, out again. */
static enum entry pass_once(struct throttle *t, const struct clock *clock)
{
	struct pass pass = { .retry = false };
	enum entry entry = throttle_enter(t, clock, &pass);

	if (entry == ENTRY_GO)
		throttle_leave(t, clock, &pass, REPLY_GOOD, false);
	return entry;
}

static void waits_as_told(void **state)
{
	static const struct {
		int64_t now;
		int64_t holds[3]; /* 0: none */
		double chance;
		/* expected */
		int64_t leaves;
		unsigned sleeps;
	} rows[] = {
		{ 1000, { 0 }, 0, 1000, 0 },
		{ -5, { 0 }, 0, -5, 0 },
		{ 1000, { 1 }, 0, 1000, 0 },
		{ 1000, { 1000 }, 0, 1000, 0 },
		{ 1000, { 1001 }, 0, 1001, 1 },
		{ 1000, { 3000 }, 0, 3000, 1 },
		/* the latest counts, in any order */
		{ 1000, { 3000, 2000 }, 0, 3000, 1 },
		{ 1000, { 2000, 3000 }, 0, 3000, 1 },
		{ 1000, { 500, 3000, 700 }, 0, 3000, 1 },
		/* apart: by a tenth of the wait, a second at most */
		{ 1000, { 3000 }, 0.5, 3100, 1 },
		{ 0, { 5 }, 0.5, 5, 1 },
		{ 0, { 9000 }, 0.5, 9450, 1 },
		{ 0, { 100000 }, 0.5, 100500, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct fake f = { .now = rows[i].now,
				  .chance = rows[i].chance };
		struct clock clock = fake_clock(&f);
		struct throttle t;

		throttle_init(&t, &plain);
		for (size_t k = 0; k < 3 && rows[i].holds[k]; k++)
			throttle_hold(&t, rows[i].holds[k]);
		assert_int_equal(pass_once(&t, &clock), ENTRY_GO);
		assert_int_equal(f.now, rows[i].leaves);
		assert_int_equal(f.sleeps, rows[i].sleeps);
		throttle_release(&t);
	}
}

/* Shut again while somebody waits: who waited goes on waiting. */
static void looks_again(void **state)
{
	struct throttle t;
	struct fake f = { .shut = &t, .shut_until = 7000 };
	struct clock clock = fake_clock(&f);

	(void)state;
	throttle_init(&t, &plain);
	throttle_hold(&t, 2000);
	assert_int_equal(pass_once(&t, &clock), ENTRY_GO);
	assert_int_equal(f.now, 7000);
	assert_int_equal(f.sleeps, 2);
	assert_int_equal(pass_once(&t, &clock), ENTRY_GO);
	assert_int_equal(f.sleeps, 2);
	throttle_release(&t);
}

static void tells_of_a_stop(void **state)
{
	struct throttle t;
	struct fake f = { .stop = true };
	struct clock clock = fake_clock(&f);

	(void)state;
	throttle_init(&t, &plain);
	throttle_hold(&t, 2000);
	assert_int_equal(pass_once(&t, &clock), ENTRY_STOPPED);
	assert_int_equal(f.sleeps, 1);
	throttle_release(&t);
}

/* The lock: many hold and wait at once, in real time, for a short one. */
static void *hold_and_wait(void *arg)
{
	struct throttle *t = arg;
	struct cancel cancel;
	struct clock clock;
	void *failed = NULL;

	if (cancel_init(&cancel, NULL) < 0)
		return arg;
	clock = clock_system(&cancel);
	for (int i = 0; i < 20; i++) {
		int64_t until = clock.now(clock.ctx) + 1;

		throttle_hold(t, until);
		if (pass_once(t, &clock) != ENTRY_GO ||
		    clock.now(clock.ctx) < until)
			failed = arg;
	}
	cancel_release(&cancel);
	return failed;
}

static void serves_many_threads(void **state)
{
	pthread_t threads[8];
	struct throttle t;
	void *failed;

	(void)state;
	throttle_init(&t, &plain);
	for (size_t i = 0; i < LENGTH(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, hold_and_wait, &t),
			0);
	for (size_t i = 0; i < LENGTH(threads); i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	throttle_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_as_told),
		cmocka_unit_test(looks_again),
		cmocka_unit_test(tells_of_a_stop),
		cmocka_unit_test(serves_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
