/* The threads that evaluate stages: as many as requests may be in flight. */
#ifndef PIPELINE_WORKERS_H
#define PIPELINE_WORKERS_H

#include <pthread.h>
#include <stddef.h>

#include "base/error.h"
#include "pipeline/pipeline.h"

struct workers {
	pthread_t *threads;
	size_t count;
};

/*
 * Starts `wanted` threads on the pipeline.  Fewer if the system gives no more
 * (a warning); -1 with *err only if it gives none.
 */
int workers_start(struct workers *w, struct pipeline *p, size_t wanted,
		  struct error *err) MUST_USE;

/* Waits for all; they end when the pipeline is closed and empty. */
void workers_join(struct workers *w);

#endif
