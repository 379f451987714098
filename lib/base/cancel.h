/*
 * One flag that ends a run: sleepers wake, readers see a readable fd.
 *
 * Whoever stops first says why; later reasons are ignored.  A second flag
 * says that what still goes on is not waited for any more.
 */
#ifndef BASE_CANCEL_H
#define BASE_CANCEL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct cancel {
	/* set before start, read-only */
	int pipe[2];
	/* set before start, gone after cancel_detach(); guarded by calling */
	pthread_mutex_t calling;
	void (*notify)(void *ctx); /* called once, before all others; or NULL */
	void (*abandon)(void *ctx); /* called by cancel_abandon(); or NULL */
	void *notify_ctx;           /* of both */
	/* atomic */
	atomic_bool stopped, abandoned;
	/* guarded by lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping; /* somebody has begun to stop */
	struct error why;
};

/* Makes the pipe; -1 when there is no descriptor left. */
int cancel_init(struct cancel *c, struct error *err) MUST_USE;
void cancel_release(struct cancel *c);

/*
 * Before what they are about is released: nobody is notified any more.  Waits
 * for a call that is under way.
 */
void cancel_detach(struct cancel *c);

/* Stops: wakes all sleepers, makes cancel_fd() readable.  why is copied. */
void cancel_stop(struct cancel *c, const struct error *why);

/* Was it stopped? */
static inline bool cancel_stopped(struct cancel *c)
{
	return atomic_load_explicit(&c->stopped, memory_order_acquire);
}

/*
 * What still goes on is given up.  It was stopped before, or nothing ends
 * that has not begun to.
 */
void cancel_abandon(struct cancel *c);

/* Was it given up? */
static inline bool cancel_abandoned(struct cancel *c)
{
	return atomic_load_explicit(&c->abandoned, memory_order_acquire);
}

/* Copies the reason to *why; false (and *why untouched) if not stopped. */
bool cancel_why(struct cancel *c, struct error *why);

/* Sleeps; true as soon as it is stopped, false after `ms` milliseconds. */
bool cancel_sleep(struct cancel *c, int64_t ms);

/* A descriptor that poll() finds readable once stopped; never read it. */
int cancel_fd(const struct cancel *c);

#endif
