/*
 * The scheduler: calls in, stages to workers as they become ready, finished
 * calls out.
 *
 * Work is a heap of ready stages, earlier calls first; a worker that ends a
 * stage queues what became ready and takes the next, so nobody waits for a
 * sibling and no number of workers can deadlock.
 */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "pipeline/call.h"
#include "pipeline/engine.h"

struct task {
	struct call *call;
	enum stage stage;
};

struct pipeline {
	/* set before start, read-only */
	const struct engine *engine;
	const struct clock *clock;
	struct cancel *cancel;
	/* Takes the finished call; in a worker's thread. */
	void (*finished)(void *ctx, struct call *call);
	void *ctx;

	/* guarded by lock */
	pthread_mutex_t lock;
	pthread_cond_t ready; /* a task came, or the end */
	struct task *heap;
	size_t count, size;
	size_t open; /* calls added and not finished */
	bool closed; /* no call will be added any more */
};

/* Borrows all; `finished` must be set by then. */
void pipeline_init(struct pipeline *p, const struct engine *engine,
		   const struct clock *clock, struct cancel *cancel,
		   void (*finished)(void *ctx, struct call *call), void *ctx);
void pipeline_release(struct pipeline *p);

/* Adds a call with a valid request; it is the pipeline's until `finished`. */
void pipeline_add(struct pipeline *p, struct call *call);

/* No call will be added: workers return when all are finished. */
void pipeline_close(struct pipeline *p);

/* A worker's life: evaluates stages until the pipeline is closed and empty. */
void pipeline_work(struct pipeline *p);

/* Adds one call and works until it is finished, in this thread. */
void pipeline_run_inline(struct pipeline *p, struct call *call);

#endif
