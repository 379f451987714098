/* A play of requests at the gates of net/throttle.h. */
#include "support/gates.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void gates_init(struct gates *g, const struct throttle_options *options,
		uint64_t seed)
{
	sim_init(&g->sim, seed);
	throttle_init(&g->throttle, options);
}

void gates_release(struct gates *g)
{
	sim_release(&g->sim);
	throttle_release(&g->throttle);
}

static void sleep_until(struct gates *g, int64_t at)
{
	const struct clock *clock = &g->sim.clock;
	int64_t wait = g->start + at - clock->now(clock->ctx);

	if (wait > 0)
		clock->sleep(clock->ctx, wait);
}

static void act(void *arg)
{
	struct request_act *a = arg;
	struct gates *g = a->gates;
	const struct clock *clock = &g->sim.clock;
	struct pass pass = { .retry = a->retry,
			     .requests = a->requests,
			     .call = a->call };

	sleep_until(g, a->at);
	a->entry = throttle_enter(&g->throttle, clock, &pass);
	a->left = clock->now(clock->ctx) - g->start;
	a->probe = pass.probe;
	a->slow = pass.slow;
	if (a->entry == ENTRY_GO) {
		sim_spend(&g->sim, a->takes);
		a->host = throttle_leave(&g->throttle, clock, &pass, a->kind,
					 a->last);
	}
	a->done = true;
}

void gates_play(struct gates *g, struct request_act *acts, size_t count)
{
	g->start = g->sim.now;
	for (size_t i = 0; i < count; i++) {
		acts[i].gates = g;
		if (!acts[i].call)
			acts[i].call = i + 1;
		sim_add(&g->sim, act, &acts[i]);
	}
	assert_int_equal(sim_run(&g->sim), SIM_ALL_ENDED);
	for (size_t i = 0; i < count; i++)
		assert_true(acts[i].done);
	assert_int_equal(g->throttle.in_flight, 0);
	assert_false(g->throttle.probing);
}

static struct gates *stopping; /* one play at a time */

static void stop(void *at)
{
	sleep_until(stopping, *(int64_t *)at);
	throttle_stop(&stopping->throttle);
	sim_stop(&stopping->sim);
}

void gates_stop_at(struct gates *g, int64_t *at)
{
	stopping = g;
	sim_add(&g->sim, stop, at);
}

void gates_faults(struct gates *g, unsigned count)
{
	struct pass pass = { .retry = false };

	while (count-- > 0) {
		pass.call++;
		assert_int_equal(
			throttle_enter(&g->throttle, &g->sim.clock, &pass),
			ENTRY_GO);
		throttle_leave(&g->throttle, &g->sim.clock, &pass, REPLY_FAULT,
			       false);
	}
}

void gates_empty_bucket(struct gates *g)
{
	struct pass pass = { .retry = true, .requests = 1 };

	for (int i = 0; i < 10; i++) {
		assert_int_equal(
			throttle_enter(&g->throttle, &g->sim.clock, &pass),
			ENTRY_GO);
		throttle_leave(&g->throttle, &g->sim.clock, &pass, REPLY_GOOD,
			       false);
	}
}
