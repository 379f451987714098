/*
 * Time that passes only when somebody sleeps or the test says so.
 *
 * Thread-safe.  Sleeping never waits: it moves both clocks on and is noted.
 */
#ifndef SUPPORT_FAKE_CLOCK_H
#define SUPPORT_FAKE_CLOCK_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/clock.h"

enum { FAKE_SLEEPS = 64 };

struct fake_clock {
	struct clock clock; /* what is given to the code under test */
	double chance;      /* what chance() returns */
	/* The sleep of this number (from 0) is cut short by a stop; -1: none */
	int stop_at;
	struct cancel *cancel; /* which is stopped then; NULL: none */
	/* guarded by lock */
	pthread_mutex_t lock;
	int64_t now, wall;
	int64_t sleeps[FAKE_SLEEPS]; /* as asked for, in order */
	size_t sleep_count;
};

/* 2026-01-15 10:30:00 UTC */
#define FAKE_WALL INT64_C(1768473000000)

/* now = 1,000,000; wall = FAKE_WALL; chance = 0.5. */
void fake_clock_init(struct fake_clock *c);
void fake_clock_release(struct fake_clock *c);

/* Lets time pass, in milliseconds. */
void fake_clock_pass(struct fake_clock *c, int64_t ms);

#endif
