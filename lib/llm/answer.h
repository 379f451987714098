/*
 * From the text that a model gave to an answer that fits the stage's model,
 * or to the list of what is wrong with it.  Pure.
 */
#ifndef LLM_ANSWER_H
#define LLM_ANSWER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/text.h"
#include "data/schema.h"

/*
 * Parses, validates, converts.  A code fence around the whole text is
 * stripped (*fence_stripped tells); nothing else is repaired.  NULL if it
 * does not fit: then *faults has gained one line a fault, written for the
 * model that is asked again.  New.
 */
json_t *answer_read(const struct model *model,
		    const struct schema_context *context, struct text content,
		    bool *fence_stripped, struct buf *faults) MUST_USE;

#endif
