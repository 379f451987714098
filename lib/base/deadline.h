/*
 * Timed waits for conditions, by the clock that nobody sets.
 *
 * pthread_cond_timedwait() goes by the wall clock unless it is told otherwise,
 * and a wall clock that is put right would end a wait early or never.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* A condition that is waited for until such deadlines as those below. */
void deadline_cond_init(pthread_cond_t *cond);

/* `ms` milliseconds from now; now if that is less than 0. */
struct timespec deadline_in(int64_t ms);

/* When now() of clock_system() (milliseconds) is `ms`, at least 0. */
struct timespec deadline_at(int64_t ms);

#endif
