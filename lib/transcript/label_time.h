/*
 * Times as transcripts write them.
 *
 * Private to the transcript's labels.
 */
#ifndef TRANSCRIPT_LABEL_TIME_H
#define TRANSCRIPT_LABEL_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/*
 * Takes a time, or two with a dash or an arrow between, off the front of *t:
 * "0:03", "01:02:03.500", "1:02:03 PM", "2026-01-05T10:00:03Z"; in brackets
 * seconds too, "12.5", "12s".  Milliseconds; *end is -1 if there is one time
 * only.  False, and *t as it was, if there is none.
 */
bool time_take(struct text *t, bool seconds, int64_t *start, int64_t *end);

/* Takes a time with its brackets, if it has some, off the front of *t. */
bool time_take_framed(struct text *t, int64_t *start, int64_t *end);

#endif
