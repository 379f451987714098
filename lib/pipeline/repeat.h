/*
 * One record evaluated several times: which evaluation becomes its line, and
 * how far the others agree with it.
 *
 * A model asked twice may answer twice: a score that decides about pay should
 * say how firm it is.
 */
#ifndef PIPELINE_REPEAT_H
#define PIPELINE_REPEAT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "pipeline/call.h"

struct repeats {
	/* set before start, read-only */
	int k;
	struct call **calls; /* k of them, by call->repeat */
	/* guarded by lock */
	pthread_mutex_t lock;
	int finished;
};

/*
 * Makes k evaluations of a call that was not started: the call itself is the
 * first, the others share its request, its warnings and its ids.  Takes the
 * call; all are freed by repeats_free().  k >= 1.
 */
struct repeats *repeats_new(struct call *call, int k);

/* Frees it and its calls; NULL allowed. */
void repeats_free(struct repeats *r);

/* One evaluation is over: was it the last?  Thread-safe. */
bool repeats_finished(struct repeats *r);

/*
 * The evaluation that stands for the record, once all are over: the first
 * that is ok, else the first that is partial, failed, skipped.  Borrowed.
 */
const struct call *repeats_choose(const struct repeats *r);

/*
 * Appends `{"k":, "ok":, "score":{"min":, "median":, "max":}, "items":[]}`,
 * once all are over.  Scores are null if no evaluation has one.  An item is
 * every value out of a list of choices and every boolean of the answers:
 * {"path", "name", "counts", "flip_rate"}, path as `evaluation.compliance.
 * items.status`, name the item's or the section's (null where there is only
 * one such value), counts how many evaluations gave which value, flip_rate
 * 1 - the share of the most frequent one.
 */
void repeats_write(struct buf *out, const struct repeats *r);

#endif
