/*
 * Gates and purse under real threads, for the thread sanitizer: 64 workers
 * come, go and are stopped, and every one of them ends.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/cancel.h"
#include "llm/budget.h"
#include "net/throttle.h"

enum { WORKERS = 64, ROUNDS = 60, FASTER = 1000 };

/* The scene: time runs a thousand times as fast as it does. */
struct scene {
	struct throttle throttle;
	struct budget budget;
	struct cancel cancel;
	struct clock clock;
	unsigned jobs;
	bool retry;
	unsigned first_requests; /* worker i has sent i modulo this */
	atomic_uint in_flight, next, wrong, through, stopped;
	pthread_t threads[WORKERS];
};

static int64_t fast_now(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 * FASTER +
	       t.tv_nsec / (1000000 / FASTER);
}

static bool fast_sleep(void *ctx, int64_t ms)
{
	struct scene *s = ctx;

	return cancel_sleep(&s->cancel, ms / FASTER + 1);
}

static double fast_chance(void *ctx)
{
	(void)ctx;
	return 0.5;
}

static void scene_init(struct scene *s, const struct throttle_options *gates,
		       const struct budget_options *purse)
{
	struct throttle_options options = *gates;

	*s = (struct scene){ .jobs = gates->jobs, .first_requests = 1 };
	s->clock = (struct clock){ .now = fast_now,
				   .sleep = fast_sleep,
				   .chance = fast_chance,
				   .ctx = s };
	options.attempts = 3;
	throttle_init(&s->throttle, &options);
	budget_init(&s->budget, purse);
	assert_int_equal(cancel_init(&s->cancel, NULL), 0);
}

static void scene_release(struct scene *s)
{
	cancel_release(&s->cancel);
	budget_release(&s->budget);
	throttle_release(&s->throttle);
}

static void start(struct scene *s, void *(*live)(void *))
{
	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&s->threads[i], NULL, live, s),
				 0);
}

static void join(struct scene *s)
{
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(s->threads[i], NULL);
	assert_int_equal(atomic_load(&s->wrong), 0);
	assert_int_equal(s->throttle.in_flight, 0);
	assert_false(s->throttle.probing);
	for (size_t i = 0; i < THROTTLE_REQUESTS; i++)
		assert_int_equal(s->throttle.waiting[i], 0);
}

static void stop(struct scene *s)
{
	const struct error why = { .code = ERR_BUDGET_REACHED };

	throttle_stop(&s->throttle);
	budget_stop(&s->budget);
	cancel_stop(&s->cancel, &why);
}

/* ---- coming and going ------------------------------------------------- */

static void pass_once(struct scene *s, unsigned n, enum reply_kind kind,
		      bool last)
{
	struct pass pass = { .retry = n % 7 == 0,
			     .requests = n % 5,
			     .call = n };
	const struct usage u = { .cost = 1, .cost_known = true };
	double amount;

	if (throttle_enter(&s->throttle, &s->clock, &pass) != ENTRY_GO) {
		atomic_fetch_add(&s->wrong, 1);
		return;
	}
	if (atomic_fetch_add(&s->in_flight, 1) >= s->jobs)
		atomic_fetch_add(&s->wrong, 1);
	if (budget_reserve(&s->budget, 3, 0, &amount) == BUDGET_GO) {
		sched_yield();
		if (!budget_settle(&s->budget, amount, &u, BILLING_NONE))
			atomic_fetch_add(&s->wrong, 1);
		atomic_fetch_add(&s->through, 1);
	} else {
		kind = REPLY_NONE;
	}
	atomic_fetch_sub(&s->in_flight, 1);
	throttle_leave(&s->throttle, &s->clock, &pass, kind, last);
}

/* Storms, halvings, holds; each worker in its own order. */
static void *come_and_go(void *scene)
{
	struct scene *s = scene;
	unsigned n = atomic_fetch_add(&s->next, 1);

	for (unsigned i = 0; i < ROUNDS; i++, n = n * 1103515245u + 12345u) {
		unsigned luck = n >> 16 & 63;

		if (luck == 0)
			throttle_hold(&s->throttle, fast_now(s) + 500);
		pass_once(s, n >> 8,
			  luck < 4    ? REPLY_LIMITED
			  : luck < 24 ? REPLY_FAULT
			  : luck < 26 ? REPLY_NONE
				      : REPLY_GOOD,
			  luck % 5 == 0);
	}
	return NULL;
}

static void all_come_through(void **state)
{
	static const struct throttle_options rows[] = {
		{ .jobs = 1, .max_outage_ms = 86400000 },
		{ .jobs = 8, .max_outage_ms = 86400000 },
		{ .jobs = 64, .max_outage_ms = 86400000 },
		{ .jobs = 64, .per_second = 50, .max_outage_ms = 86400000 },
	};
	static const struct budget_options purse = { .max_cost = 3000,
						     .price_in = 1 };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct scene s;

		scene_init(&s, &rows[i], &purse);
		start(&s, come_and_go);
		join(&s);
		/* all that could be afforded, and no more */
		assert_int_equal(atomic_load(&s.through), 3000);
		assert_true(s.budget.spent <= 3000 + 1e-6);
		scene_release(&s);
	}
}

/* ---- stopped in front of each gate ------------------------------------ */

static void *wait_once(void *scene)
{
	struct scene *s = scene;
	unsigned n = atomic_fetch_add(&s->next, 1);
	struct pass pass = { .retry = s->retry,
			     .requests = n % s->first_requests };

	switch (throttle_enter(&s->throttle, &s->clock, &pass)) {
	case ENTRY_GO:
		atomic_fetch_add(&s->through, 1);
		while (!cancel_stopped(&s->cancel))
			sched_yield();
		throttle_leave(&s->throttle, &s->clock, &pass, REPLY_NONE,
			       false);
		break;
	case ENTRY_STOPPED:
		atomic_fetch_add(&s->stopped, 1);
		break;
	case ENTRY_OUTAGE:
		atomic_fetch_add(&s->wrong, 1);
		break;
	}
	return NULL;
}

static void set_up(struct scene *s, const char *gate)
{
	struct pass pass = { .retry = true, .requests = 1 };
	const int64_t far = fast_now(s) + (int64_t)3600000 * FASTER;

	if (gate[0] == 'h')
		throttle_hold(&s->throttle, far);
	for (int i = 0; i < 10 && (gate[0] == 'o' || gate[0] == 'b'); i++) {
		pass.call = (uint64_t)i;
		assert_int_equal(throttle_enter(&s->throttle, &s->clock, &pass),
				 ENTRY_GO);
		throttle_leave(&s->throttle, &s->clock, &pass,
			       gate[0] == 'o' ? REPLY_FAULT : REPLY_GOOD, true);
		if (s->throttle.down)
			break;
	}
	if (gate[0] == 'o' || gate[0] == 'b')
		s->throttle.probe_at = far;
}

static void a_stop_reaches_all(void **state)
{
	static const struct {
		const char *gate;
		struct throttle_options options;
		bool retry;
		unsigned first_requests, through;
	} rows[] = {
		{ "hold", { .jobs = 64 }, false, 3, 0 },
		{ "rate", { .jobs = 64, .per_second = 1e-6 }, false, 3, 1 },
		{ "concurrency", { .jobs = 5 }, false, 3, 5 },
		{ "outage", { .jobs = 64 }, false, 1, 0 },
		{ "outage, by requests", { .jobs = 64 }, false, 30, 0 },
		{ "bucket", { .jobs = 64 }, true, 1, 0 },
		{ "bucket, by requests", { .jobs = 64 }, true, 30, 0 },
	};
	static const struct budget_options purse = { .max_cost = 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows) * 5; i++) {
		size_t r = i / 5;
		struct throttle_options options = rows[r].options;
		struct scene s;

		options.max_outage_ms = INT64_MAX / 2;
		scene_init(&s, &options, &purse);
		s.retry = rows[r].retry;
		s.first_requests = rows[r].first_requests;
		set_up(&s, rows[r].gate);
		start(&s, wait_once);
		while (atomic_load(&s.next) < WORKERS ||
		       atomic_load(&s.through) < rows[r].through)
			sched_yield();
		stop(&s);
		join(&s);
		if (atomic_load(&s.through) != rows[r].through)
			fail_msg("%s: %u came through", rows[r].gate,
				 atomic_load(&s.through));
		assert_int_equal(atomic_load(&s.stopped),
				 WORKERS - rows[r].through);
		scene_release(&s);
	}
}

/* ---- stopped in front of the purse ------------------------------------ */

static void *buy_once(void *scene)
{
	struct scene *s = scene;
	double amount;

	switch (budget_reserve(&s->budget, 3, 0, &amount)) {
	case BUDGET_GO:
		atomic_fetch_add(&s->through, 1);
		while (!cancel_stopped(&s->cancel))
			sched_yield();
		if (!budget_settle(&s->budget, amount,
				   &(struct usage){ .cost = 0 }, BILLING_MAYBE))
			atomic_fetch_add(&s->wrong, 1);
		break;
	case BUDGET_STOPPED:
		atomic_fetch_add(&s->stopped, 1);
		break;
	default:
		atomic_fetch_add(&s->wrong, 1);
	}
	return NULL;
}

static void a_stop_reaches_the_purse(void **state)
{
	static const struct throttle_options gates = { .jobs = 64 };
	static const struct budget_options purse = { .max_cost = 7,
						     .price_in = 1 };

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct scene s;

		scene_init(&s, &gates, &purse);
		start(&s, buy_once);
		while (atomic_load(&s.through) < 7)
			sched_yield();
		stop(&s);
		join(&s);
		assert_int_equal(atomic_load(&s.through), 7);
		assert_int_equal(atomic_load(&s.stopped), WORKERS - 7);
		scene_release(&s);
	}
}

/* ---- an outage -------------------------------------------------------- */

/* Every one waits for the same probe; the host comes back with the third. */
static void *probe_once(void *scene)
{
	struct scene *s = scene;
	unsigned n = atomic_fetch_add(&s->next, 1);
	struct pass pass = { .retry = true, .requests = n % s->first_requests };
	bool again = true;

	while (again) {
		if (throttle_enter(&s->throttle, &s->clock, &pass) !=
		    ENTRY_GO) {
			atomic_fetch_add(&s->wrong, 1);
			return NULL;
		}
		pass.requests++;
		again = atomic_fetch_add(&s->through, 1) < 2;
		throttle_leave(&s->throttle, &s->clock, &pass,
			       again ? REPLY_FAULT : REPLY_GOOD, true);
	}
	return NULL;
}

static void an_outage_ends_for_all(void **state)
{
	static const unsigned first_requests[] = { 1, 2, 64 };
	static const struct throttle_options gates = {
		.jobs = 64, .max_outage_ms = 86400000
	};
	static const struct budget_options purse = { .max_cost = 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(first_requests); i++) {
		struct scene s;

		scene_init(&s, &gates, &purse);
		s.first_requests = first_requests[i];
		set_up(&s, "outage");
		s.throttle.probe_at = 0;
		start(&s, probe_once);
		join(&s);
		assert_int_equal(atomic_load(&s.through), WORKERS + 2);
		assert_false(s.throttle.down);
		scene_release(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_come_through),
		cmocka_unit_test(a_stop_reaches_all),
		cmocka_unit_test(a_stop_reaches_the_purse),
		cmocka_unit_test(an_outage_ends_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
