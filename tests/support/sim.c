/* Workers in a time of the test's own, one running at a time. */
#include "support/sim.h"

#include <stdlib.h>

#include "support/fake_clock.h"

enum { STEPS_MOST = 2000000, YIELD_ONE_IN = 3 };

static _Thread_local struct sim_actor *me;

uint64_t sim_random(struct sim *sim, uint64_t below)
{
	/* xorshift64*, Vigna 2016 */
	sim->random ^= sim->random >> 12;
	sim->random ^= sim->random << 25;
	sim->random ^= sim->random >> 27;
	return (sim->random * UINT64_C(2685821657736338717) >> 16) % below;
}

/* ---- the clock ------------------------------------------------------- */

static int64_t sim_now(void *ctx)
{
	return ((struct sim *)ctx)->now;
}

static int64_t sim_wall(void *ctx)
{
	return FAKE_WALL + ((struct sim *)ctx)->now;
}

static double sim_chance(void *ctx)
{
	struct sim *sim = ctx;

	sim_yield(sim);
	return sim->chance >= 0 ? sim->chance
				: (double)sim_random(sim, 1000) / 1000;
}

/* The worker's turn is over; returns when it is its turn again. */
static void hand_over(struct sim *sim)
{
	pthread_mutex_lock(&sim->lock);
	sim->running = NULL;
	pthread_cond_signal(&sim->back);
	while (sim->running != me)
		pthread_cond_wait(&me->turn, &sim->lock);
	pthread_mutex_unlock(&sim->lock);
}

static void doze(struct sim *sim, int64_t ms)
{
	me->state = SIM_SLEEPS;
	me->wake_at = sim->now + (ms > 0 ? ms : 0);
	hand_over(sim);
}

static bool sim_sleep(void *ctx, int64_t ms)
{
	struct sim *sim = ctx;

	if (sim->stopped)
		return true;
	if (!me) {
		sim->now += ms;
		return false;
	}
	doze(sim, ms);
	return sim->stopped;
}

void sim_spend(struct sim *sim, int64_t ms)
{
	me->deaf = true;
	doze(sim, ms);
	me->deaf = false;
}

/* ---- in place of pthread's ------------------------------------------- */

void sim_yield(struct sim *sim)
{
	if (me && sim->shuffled && sim_random(sim, YIELD_ONE_IN) == 0)
		hand_over(sim);
}

int sim_mutex_lock(pthread_mutex_t *mutex)
{
	if (!me)
		return pthread_mutex_lock(mutex);
	sim_yield(me->sim);
	/* nobody hands over with a lock held */
	if (pthread_mutex_trylock(mutex) != 0)
		abort();
	return 0;
}

int sim_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	if (!me)
		abort();
	me->state = SIM_WAITS;
	me->waits_for = cond;
	pthread_mutex_unlock(mutex);
	hand_over(me->sim);
	if (pthread_mutex_trylock(mutex) != 0)
		abort();
	return 0;
}

int sim_cond_broadcast(pthread_cond_t *cond)
{
	struct sim *sim = me ? me->sim : NULL;

	for (size_t i = 0; sim && i < sim->count; i++)
		if (sim->actors[i].state == SIM_WAITS &&
		    sim->actors[i].waits_for == cond)
			sim->actors[i].state = SIM_READY;
	return 0;
}

/* ---- the scheduler --------------------------------------------------- */

static void *live(void *arg)
{
	struct sim_actor *actor = arg;
	struct sim *sim = actor->sim;

	me = actor;
	pthread_mutex_lock(&sim->lock);
	while (sim->running != me)
		pthread_cond_wait(&me->turn, &sim->lock);
	pthread_mutex_unlock(&sim->lock);
	actor->run(actor->arg);
	pthread_mutex_lock(&sim->lock);
	actor->state = SIM_ENDED;
	sim->running = NULL;
	pthread_cond_signal(&sim->back);
	pthread_mutex_unlock(&sim->lock);
	return NULL;
}

void sim_init(struct sim *sim, uint64_t seed)
{
	*sim = (struct sim){ .chance = seed ? -1 : 0,
			     .now = 1000000,
			     .random = seed * 0x9e3779b97f4a7c15u + 1,
			     .shuffled = seed != 0 };
	sim->clock = (struct clock){ .now = sim_now,
				     .wall = sim_wall,
				     .sleep = sim_sleep,
				     .chance = sim_chance,
				     .ctx = sim };
	pthread_mutex_init(&sim->lock, NULL);
	pthread_cond_init(&sim->back, NULL);
}

void sim_release(struct sim *sim)
{
	for (size_t i = 0; i < sim->count; i++) {
		pthread_join(sim->actors[i].thread, NULL);
		pthread_cond_destroy(&sim->actors[i].turn);
	}
	pthread_cond_destroy(&sim->back);
	pthread_mutex_destroy(&sim->lock);
}

void sim_add(struct sim *sim, void (*run)(void *arg), void *arg)
{
	struct sim_actor *actor = &sim->actors[sim->count];

	if (sim->count++ == SIM_ACTORS)
		abort();
	*actor = (struct sim_actor){ .sim = sim, .run = run, .arg = arg };
	pthread_cond_init(&actor->turn, NULL);
	if (pthread_create(&actor->thread, NULL, live, actor) != 0)
		abort();
}

/* The next to run; NULL if all sleep, wait or have ended. */
static struct sim_actor *choose(struct sim *sim)
{
	struct sim_actor *ready[SIM_ACTORS];
	size_t n = 0;

	for (size_t i = 0; i < sim->count; i++)
		if (sim->actors[i].state == SIM_READY)
			ready[n++] = &sim->actors[i];
	if (n == 0)
		return NULL;
	return ready[sim->shuffled ? sim_random(sim, n) : 0];
}

/* On to the first who wakes; false if nobody sleeps. */
static bool pass_time(struct sim *sim)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < sim->count; i++)
		if (sim->actors[i].state == SIM_SLEEPS &&
		    sim->actors[i].wake_at < next)
			next = sim->actors[i].wake_at;
	if (next == INT64_MAX)
		return false;
	if (next > sim->now)
		sim->now = next;
	for (size_t i = 0; i < sim->count; i++)
		if (sim->actors[i].state == SIM_SLEEPS &&
		    sim->actors[i].wake_at <= sim->now)
			sim->actors[i].state = SIM_READY;
	return true;
}

static void give_turn(struct sim *sim, struct sim_actor *actor)
{
	pthread_mutex_lock(&sim->lock);
	sim->running = actor;
	pthread_cond_signal(&actor->turn);
	while (sim->running)
		pthread_cond_wait(&sim->back, &sim->lock);
	pthread_mutex_unlock(&sim->lock);
}

enum sim_end sim_run(struct sim *sim)
{
	struct sim_actor *next;

	for (; sim->steps < STEPS_MOST; sim->steps++) {
		next = choose(sim);
		if (next)
			give_turn(sim, next);
		else if (!pass_time(sim))
			break;
	}
	if (sim->steps == STEPS_MOST)
		return SIM_ENDLESS;
	for (size_t i = 0; i < sim->count; i++)
		if (sim->actors[i].state != SIM_ENDED)
			return SIM_STUCK;
	return SIM_ALL_ENDED;
}

void sim_stop(struct sim *sim)
{
	sim->stopped = true;
	for (size_t i = 0; i < sim->count; i++)
		if (sim->actors[i].state == SIM_SLEEPS && !sim->actors[i].deaf)
			sim->actors[i].state = SIM_READY;
}
