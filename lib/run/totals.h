/*
 * What a run came to: counts that must add up, sums of what was spent.
 */
#ifndef RUN_TOTALS_H
#define RUN_TOTALS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "pipeline/call.h"
#include "store/store.h"

struct totals {
	/* guarded by lock */
	pthread_mutex_t lock;
	size_t read;         /* records that came in */
	size_t by_status[4]; /* by enum call_status: lines that went out */
	int64_t requests, re_asks;
	int64_t tokens_in, tokens_out, tokens_cached;
	double cost;
	bool cost_missing; /* an answer did not tell its cost */
	int status;        /* worst exit status of a record */
};

/* All zero. */
void totals_init(struct totals *t);
/* Ends the lock; the counts stay readable. */
void totals_release(struct totals *t);

/* A record came in. */
void totals_read(struct totals *t);

/* A call was evaluated: adds what this run spent on it. */
void totals_spent(struct totals *t, const struct call *call);

/* A record's line goes out. */
void totals_count(struct totals *t, enum call_status status);

/* Does read = ok + partial + failed + skipped hold? */
bool totals_conserved(const struct totals *t);

/* What the summary tells beside the totals. */
struct run_facts {
	int64_t started_wall, duration_ms;
	int exit_status;
	bool input_unread;
	bool reproducible; /* nothing that differs from run to run */
	const struct store_counts *stored; /* NULL: nothing is */
};

/* Appends the summary (model "summary") as one JSON line with newline. */
void totals_write(const struct totals *t, const struct run_facts *facts,
		  struct buf *out);

#endif
