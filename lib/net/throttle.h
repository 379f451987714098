/*
 * When may the next request to the host leave?  One row of gates for all
 * workers, in this order:
 *
 *   outage       nothing but probes while the host is down
 *   hold         the host asked to wait (Retry-After)
 *   rate         so many requests a second
 *   concurrency  halved by a 429, one more for every 10 good replies
 *   retries      at most 10 and a tenth of the first requests; what is beyond
 *                leaves one by one, as a probe does
 *
 * The numbers are those of the token bucket in Finagle's retry budgets and of
 * additive increase, multiplicative decrease (Chiu and Jain, 1989).
 */
#ifndef NET_THROTTLE_H
#define NET_THROTTLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/compiler.h"

/* Stages with more requests than this are counted with those of so many. */
#define THROTTLE_REQUESTS 16

struct throttle_options {
	unsigned jobs;         /* greatest number in flight */
	double per_second;     /* rate; 0: none */
	int64_t max_outage_ms; /* how long the host may be down */
};

struct throttle {
	/* set before start, read-only */
	struct throttle_options options;

	/* guarded by lock; times are the clock's now, in ms */
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool stopped;
	/* who waits for a turn one by one, by the requests of their stages */
	unsigned waiting[THROTTLE_REQUESTS];
	int64_t not_before;
	double next_slot; /* rate: of who comes next */
	double next_left; /* rate: before this nobody leaves */
	unsigned in_flight;
	double limit; /* concurrency */
	unsigned good_replies, epoch;
	unsigned retries; /* tenths of tokens left */
	unsigned faults_in_row;
	bool seen_life; /* some reply of this run was no fault */
	bool down, probing;
	int64_t down_since, probe_at, probe_wait;
};

/* A request on its way: filled by throttle_enter(), read by _leave(). */
struct pass {
	bool retry;        /* set by the caller: again after a fault */
	unsigned requests; /* set by the caller: its stage sent so many */
	bool probe;        /* while the host is down: no attempt is counted */
	bool slow;         /* one of those that leave one by one */
	bool queued;       /* waits to be one of those: see `waiting` */
	bool has_slot;     /* in the rate's row, at `slot` */
	double slot;
	unsigned epoch; /* of the concurrency limit */
};

enum entry {
	ENTRY_GO,
	ENTRY_STOPPED, /* the run was stopped meanwhile */
	ENTRY_OUTAGE   /* the host has been down for max_outage_ms */
};

/* What a request came to, as far as the gates care. */
enum reply_kind {
	REPLY_GOOD,    /* an answer, or an error that shows it alive */
	REPLY_FAULT,   /* transport fault or an error of the host's */
	REPLY_LIMITED, /* 429 */
	REPLY_CROWDED, /* not sent for want of something: fewer at once */
	REPLY_NONE     /* it was not sent after all */
};

/* All gates open. */
void throttle_init(struct throttle *t, const struct throttle_options *options);
/* Nobody may be waiting. */
void throttle_release(struct throttle *t);

/* The host asked that nothing be sent before this time; the latest counts. */
void throttle_hold(struct throttle *t, int64_t not_before);

/*
 * Waits until the request may leave; the clock's sleep does the waiting where
 * its length is known.  After ENTRY_GO, throttle_leave() must follow.
 */
enum entry throttle_enter(struct throttle *t, const struct clock *clock,
			  struct pass *pass) MUST_USE;

/*
 * The reply is there.  `last`: after this fault its stage would give up.
 * Returns whether the host is now taken to be down: the last 5 replies were
 * faults, and no retry is left or a stage would be lost (where the host has
 * been seen alive; one that never was fails soon, as a person would want).
 */
bool throttle_leave(struct throttle *t, const struct clock *clock,
		    const struct pass *pass, enum reply_kind kind, bool last);

/* Requests that have entered and not left. */
unsigned throttle_in_flight(struct throttle *t);

/* Wakes all who wait: ENTRY_STOPPED.  From any thread. */
void throttle_stop(struct throttle *t);

#endif
