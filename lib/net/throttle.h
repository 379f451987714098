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
	unsigned attempts;     /* of a stage; 1: none waits for a host */
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
	/* since the last reply that was no fault */
	unsigned faults_in_row;
	uint64_t witness; /* the call that met the first of them */
	bool proven;      /* they cannot be that call's own */
	bool reached;     /* some request of this run had a connection */
	bool down, probing;
	int64_t down_since, probe_at, probe_wait;
};

/* A request on its way: filled by throttle_enter(), read by _leave(). */
struct pass {
	/* set by the caller */
	bool retry;        /* again after a fault */
	unsigned requests; /* its stage sent so many */
	uint64_t call;     /* whose content it carries */
	/* the gates' */
	bool probe;    /* while the host is down: no attempt is counted */
	bool slow;     /* one of those that leave one by one */
	bool queued;   /* waits to be one of those: see `waiting` */
	bool has_slot; /* in the rate's row, at `slot` */
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
	REPLY_GOOD,      /* an answer, or an error that shows it alive */
	REPLY_FAULT,     /* transport fault or an error of the host's */
	REPLY_UNREACHED, /* the same, before there was a connection */
	REPLY_LIMITED,   /* 429 */
	REPLY_CROWDED,   /* not sent for want of something: fewer at once */
	REPLY_NONE       /* it was not sent after all */
};

/* What is held of the host, now that a reply is there. */
enum host {
	HOST_UP,   /* a fault is the request's own, as far as is known */
	HOST_DOWN, /* its faults are counted for nobody */
	/* no request of this run was ever connected, nor will be soon */
	HOST_UNREACHABLE
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
 *
 * The host is taken to be down when faults came in a row, 5 of them and no
 * retry is left, or as many as a stage has attempts and a stage would be lost;
 * and when they prove it: two calls met them, for one call's may be due to its
 * content, or there was not even a connection.  A host that never was
 * connected is not waited for: it is more likely misspelt than down.
 */
enum host throttle_leave(struct throttle *t, const struct clock *clock,
			 const struct pass *pass, enum reply_kind kind,
			 bool last);

/* Requests that have entered and not left. */
unsigned throttle_in_flight(struct throttle *t);

/* Wakes all who wait: ENTRY_STOPPED.  From any thread. */
void throttle_stop(struct throttle *t);

#endif
