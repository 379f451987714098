/*
 * What a run would do, without doing it: --dry-run and --print-prompts.
 */
#ifndef RUN_PREVIEW_H
#define RUN_PREVIEW_H

#include "base/buf.h"
#include "pipeline/call.h"
#include "run/model_side.h"

/*
 * Appends the prompts in use with what the lint says of them, as one JSON
 * object; the first line of a dry run.
 */
void preview_prompts(const struct model_side *m, struct buf *out);

/* Appends the call's estimate: requests and tokens, least and most. */
void preview_estimate(struct model_side *m, struct call *call, struct buf *out);

/*
 * Appends, for each stage, a line {"call_id", "stage", "request"}: the body
 * of the first request as it would be sent.  The deep dive is shown with
 * empty red flags and violations.  Lines are separated, not ended, by
 * newlines.
 */
void preview_requests(struct model_side *m, struct call *call, struct buf *out);

#endif
