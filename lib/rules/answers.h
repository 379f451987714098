/*
 * The answers of the five stages, out of what was heard in a call.
 */
#ifndef RULES_ANSWERS_H
#define RULES_ANSWERS_H

#include <jansson.h>
#include <stddef.h>

#include "base/compiler.h"
#include "pipeline/call.h"
#include "pipeline/stage.h"
#include "rules/listen.h"

/*
 * A stage's answer; fits its model.  `not_judged` gets a sentence on what
 * rules cannot tell here, or "".  New.
 */
json_t *answer_of(const struct listening *l, const struct call *call,
		  enum stage stage, char *not_judged, size_t size) MUST_USE;

#endif
