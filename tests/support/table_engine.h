/*
 * An engine that is a table: which stage of which call gets which answer or
 * error.  It notes what the scheduler did with it; thread-safe.
 */
#ifndef SUPPORT_TABLE_ENGINE_H
#define SUPPORT_TABLE_ENGINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "pipeline/call.h"
#include "pipeline/engine.h"
#include "support/fake_clock.h"

/* What one stage of one call comes to; the first row that fits counts. */
struct table_row {
	int call; /* its number; -1: every one */
	enum stage stage;
	const char *answer;   /* as sample_json() has it; NULL: the error */
	enum error_code code; /* of the error; ERR_NONE: sample_answer() */
	enum error_code stop; /* the run stops with this */
	int64_t takes_ms;     /* passes on the clock */
};

/* Something that the scheduler made the engine do. */
struct table_event {
	size_t call;
	enum { TABLE_BEGIN, TABLE_START, TABLE_ANSWER, TABLE_END } what;
	enum stage stage; /* of START and ANSWER */
};

enum { TABLE_EVENTS = 4096 };

struct table_engine {
	struct engine engine; /* what is given to the pipeline */
	struct fake_clock *clock;
	const struct table_row *rows;
	size_t row_count;
	/* Called at the start of each evaluation, without the lock, or NULL. */
	void (*hook)(void *ctx, const struct call *call, enum stage stage);
	void *hook_ctx;
	/* guarded by lock */
	pthread_mutex_t lock;
	struct table_event events[TABLE_EVENTS];
	size_t event_count;
	bool misused; /* evaluated before begin(), or with foreign data */
};

/* Borrows rows and clock. */
void table_engine_init(struct table_engine *t, const struct table_row *rows,
		       size_t row_count, struct fake_clock *clock);
void table_engine_release(struct table_engine *t);

/* The place of an event in the list, -1 if it did not happen. */
int table_engine_when(const struct table_engine *t, size_t call, int what,
		      enum stage stage);

/* How many events of that kind the call had, any stage. */
int table_engine_times(const struct table_engine *t, size_t call, int what);

#endif
