/*
 * Workers in a time of the test's own, one running at a time: whoever sleeps
 * or waits for a condition hands over, and time passes when all of them do.
 * The same seed is the same run; a run in which nobody can go on is told.
 *
 * The code under test waits through pthread_cond_wait(): include
 * "support/sim_threads.h" and then its .c file to have it wait here.
 */
#ifndef SUPPORT_SIM_H
#define SUPPORT_SIM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

enum { SIM_ACTORS = 128 };

struct sim;

struct sim_actor {
	struct sim *sim;
	void (*run)(void *arg);
	void *arg;
	pthread_t thread;
	pthread_cond_t turn;
	enum { SIM_READY, SIM_SLEEPS, SIM_WAITS, SIM_ENDED } state;
	int64_t wake_at;
	bool deaf; /* a stop does not wake it */
	const void *waits_for;
};

struct sim {
	struct clock clock; /* what is given; outside of workers, a sleep
			     * just lets time pass */
	double chance;      /* what chance() returns; < 0: random */
	int64_t now;        /* ms */
	uint64_t random;
	bool shuffled, stopped;
	size_t steps;
	pthread_mutex_t lock;
	pthread_cond_t back;
	struct sim_actor *running; /* NULL: the scheduler */
	struct sim_actor actors[SIM_ACTORS];
	size_t count;
};

/* How a run ended. */
enum sim_end {
	SIM_ALL_ENDED,
	SIM_STUCK, /* some wait, and nobody is left to wake them */
	SIM_ENDLESS
};

/*
 * now = 1,000,000.  Seed 0: always the first that can run; else any of them,
 * and locks are places to hand over, too.
 */
void sim_init(struct sim *sim, uint64_t seed);
/* Everybody must have ended. */
void sim_release(struct sim *sim);

/* One more worker, before sim_run(). */
void sim_add(struct sim *sim, void (*run)(void *arg), void *arg);

enum sim_end sim_run(struct sim *sim);

/* Sleepers wake and are told so, as are those that sleep from now on. */
void sim_stop(struct sim *sim);

/* A worker is away for so long, stopped or not: a request on its way. */
void sim_spend(struct sim *sim, int64_t ms);

/* Lets the others run; nothing outside of a worker. */
void sim_yield(struct sim *sim);

/* Uniform in 0 .. below - 1. */
uint64_t sim_random(struct sim *sim, uint64_t below);

/* What sim_threads.h puts in place of those of pthread. */
int sim_mutex_lock(pthread_mutex_t *mutex);
int sim_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int sim_cond_broadcast(pthread_cond_t *cond);

#endif
