/*
 * What a report that was made several times says of itself: majorities and
 * how often each item flips.  Private to compare.c.
 */
#ifndef COMPARE_REPEAT_H
#define COMPARE_REPEAT_H

#include "compare/compare.h"

/*
 * Puts the majority's values in the place of those of the golden call, and
 * marks what flips.  Without `repeat` in the record nothing changes.
 */
void repeat_apply_golden(struct diff *d, struct diff_call *call,
			 const json_t *record);

/*
 * The same for the report's values in d->scratch.  first: also notes the flip
 * rates.
 */
void repeat_apply_report(struct diff *d, struct diff_call *call,
			 const json_t *record, bool first);

#endif
