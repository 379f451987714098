/*
 * What the parts of a run share; private to run/run.c, run/records.c,
 * run/lines.c and run/attend.c.
 */
#ifndef RUN_RUN_PARTS_H
#define RUN_RUN_PARTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/error.h"
#include "pipeline/pipeline.h"
#include "pipeline/report.h"
#include "pipeline/workers.h"
#include "run/input.h"
#include "run/intake.h"
#include "run/limits.h"
#include "run/model_side.h"
#include "run/output.h"
#include "run/progress.h"
#include "run/settings.h"
#include "run/signals.h"
#include "run/store_side.h"
#include "run/totals.h"

struct run {
	/* set before start, read-only */
	const struct settings *settings;
	struct report_options report;
	struct phrases *injections;
	char *prompts_json;
	int64_t started, started_wall;
	/* thread-safe by themselves */
	struct cancel cancel;
	struct model_side model;
	struct pipeline pipeline;
	struct output *output;
	struct store_side store;
	struct totals totals;
	struct failures failures;
	struct signals signals;
	struct progress progress;
	struct input *input; /* others ask it how far it is */
	/* of the main thread */
	pthread_t timer;
	bool timer_runs;
	struct signals_run draining, closing;
	struct seen seen;
	struct workers workers;
	int status;
	bool input_unread, was_stopped;
	struct store_counts stored;
};

/* Tells a person, and lets the exit status know. */
void run_complain(struct run *r, const struct error *err);

/* Reads until the input ends or the run is stopped. */
void run_read_records(struct run *r);

/*
 * The call is over: its line goes out, and it is freed.  In a worker's
 * thread; what struct pipeline calls as `finished`, ctx is the run.
 */
void run_call_finished(void *ctx, struct call *call);

/* Puts an error record out for a record that never became a call. */
void run_reject(struct run *r, const struct intake *in,
		const struct input_record *record);

/* Puts out, in place of an evaluation, what it would be; frees the call. */
void run_preview(struct run *r, struct call *call);

/* Begins to show progress, and to heed signals that want an end. */
int run_attend(struct run *r, struct error *err) MUST_USE;

/* All lines are out: ends progress; signals find nothing to wait for. */
void run_attend_end(struct run *r);

#endif
