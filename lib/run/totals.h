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

/* What was asked and spent. */
struct spent {
	int64_t requests, re_asks;
	int64_t tokens_in, tokens_out, tokens_cached;
	double cost;
	bool cost_missing; /* an answer did not tell its cost */
};

struct totals {
	/* guarded by lock */
	pthread_mutex_t lock;
	size_t read;         /* records that came in */
	size_t by_status[4]; /* by enum call_status: lines that went out */
	struct spent stages[STAGE_COUNT];
	int status; /* worst exit status of a record */
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

/* What a run is at while it goes on. */
struct totals_now {
	size_t read;
	size_t by_status[4];
	double cost;       /* of the records that are over */
	bool cost_missing; /* of some of it */
};

/* Fills in *now; from any thread. */
void totals_look(struct totals *t, struct totals_now *now);

/* The sum over the stages; when nobody counts any more. */
struct spent totals_sum(const struct totals *t);

/* Does read = ok + partial + failed + skipped hold? */
bool totals_conserved(const struct totals *t);

/* What the summary tells beside the totals. */
struct run_facts {
	int64_t started_wall, duration_ms;
	int exit_status;
	bool input_unread;
	bool reproducible; /* nothing that differs from run to run */
};

/* Appends the summary (model "summary") as one JSON line with newline. */
void totals_write(const struct totals *t, const struct run_facts *facts,
		  struct buf *out);

/*
 * Appends the same as gauges in Prometheus' text format, as the textfile
 * collector of node_exporter reads it: no timestamps, base units.  A cost that
 * is not known has no sample.
 */
void totals_write_metrics(const struct totals *t, const struct run_facts *facts,
			  struct buf *out);

#endif
