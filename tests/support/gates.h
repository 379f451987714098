/*
 * A play of requests at the gates of net/throttle.h, in the time of sim.h: who
 * comes when, how long each is away and what it brings back.
 *
 * For a test that includes "support/sim_threads.h" and "net/throttle.c".
 */
#ifndef SUPPORT_GATES_H
#define SUPPORT_GATES_H

#include "net/throttle.h"
#include "support/sim.h"

/* One request; times in ms since the play's start. */
struct request_act {
	int64_t at, takes;
	enum reply_kind kind;
	bool retry, last;
	unsigned requests;
	uint64_t call; /* 0: one of its own */
	/* what came of it */
	bool done;
	enum entry entry;
	int64_t left; /* or turned away */
	bool probe, slow;
	enum host host; /* after its reply */
	struct gates *gates;
};

struct gates {
	struct sim sim;
	struct throttle throttle;
	int64_t start;
};

/* Seed as sim_init() has it. */
void gates_init(struct gates *g, const struct throttle_options *options,
		uint64_t seed);
void gates_release(struct gates *g);

/* Plays all acts to the end; asserts that nobody is left behind. */
void gates_play(struct gates *g, struct request_act *acts, size_t count);

/* Everybody waiting is told to stop at that time: one more act. */
void gates_stop_at(struct gates *g, int64_t *at);

/* So many requests that end in faults at once, or well: before the play. */
void gates_faults(struct gates *g, unsigned count);

/* Takes all tokens: no retry is free any more. */
void gates_empty_bucket(struct gates *g);

#endif
