/* The report's member `metrics`. */
#ifndef PIPELINE_REPORT_METRICS_H
#define PIPELINE_REPORT_METRICS_H

#include "base/buf.h"
#include "base/text.h"
#include "transcript/evidence.h"
#include "transcript/turns.h"

/*
 * Appends what can be measured of a call of `seconds` seconds: an object, with
 * null for what cannot.  The index is that of the turns.
 */
void report_metrics(struct buf *out, const struct turns *turns,
		    const struct evidence_index *index, struct text script,
		    double seconds);

#endif
