/*
 * The thread that waits for signals: the first asks the run to drain, a later
 * one to give up, one more kills.
 *
 * A thread and no handler: to stop a run takes locks, which a handler cannot.
 */
#ifndef RUN_SIGNALS_H
#define RUN_SIGNALS_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"

/* What a signal is about. */
struct signals_run {
	struct cancel *cancel;
	/* Requests in flight are given so long; then `cancel` is abandoned. */
	int64_t grace_ms;
	/* How many there are; NULL: none.  In the thread of signals. */
	unsigned (*in_flight)(void *ctx);
	/* SIGUSR1: tells how far the run is; likewise; NULL: nothing. */
	void (*show)(void *ctx);
	void *ctx;
};

struct signals {
	/* set before start, read-only */
	sigset_t waited_for, before;
	bool show_wanted;
	struct clock clock;
	pthread_t thread;
	/* atomic */
	atomic_int caught; /* the first that asked for an end; 0: none */
	atomic_bool ending;
	/* guarded by lock */
	pthread_mutex_t lock;
	const struct signals_run *run; /* NULL: nothing could be lost yet */
	/* owned by the thread */
	int64_t counted_at; /* when the last signal came that counted */
	int64_t drained_ms; /* since the first, while we were running */
	int64_t looked_at;  /* until when that is counted */
	bool again;         /* a second one came */
};

/*
 * From here on SIGINT, SIGTERM, SIGHUP and SIGUSR1 are the thread's, in this
 * thread and in those it starts later; those that were ignored or blocked stay
 * so.  Until signals_attach() they end the process as ever.  -1 with *err when
 * there is no thread.
 */
int signals_start(struct signals *s, struct error *err) MUST_USE;

/*
 * From here on they are about this run (borrowed), and no more about the one
 * before, when this returns.  The first stops it with ERR_STOPPED; one that
 * comes at least a second later abandons it; one more at least a second later
 * ends the process.
 */
void signals_attach(struct signals *s, const struct signals_run *run);

/* The first signal that asked for an end, 0 for none. */
int signals_caught(struct signals *s);

/*
 * Ends the thread and restores the mask: what comes now ends the process.
 * Returns what signals_caught() would.
 */
int signals_stop(struct signals *s);

#endif
