/*
 * When may the next request to the host leave?  One row of gates for all
 * workers.
 */
#ifndef NET_THROTTLE_H
#define NET_THROTTLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct throttle {
	/* guarded by lock */
	pthread_mutex_t lock;
	int64_t not_before; /* monotonic ms */
};

/* Open: requests may leave. */
void throttle_init(struct throttle *t);
/* Nobody may be waiting. */
void throttle_release(struct throttle *t);

/*
 * The host asked that nothing be sent before this time (clock's now).  The
 * latest such time counts.
 */
void throttle_hold(struct throttle *t, int64_t not_before);

/*
 * Waits until a request may leave; true if the run was stopped meanwhile.
 * The clock's sleep does the waiting; those who waited leave one after the
 * other, within a tenth of the wait, one second at most.
 */
bool throttle_wait(struct throttle *t, const struct clock *clock) MUST_USE;

#endif
