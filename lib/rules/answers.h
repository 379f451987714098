/*
 * The answers of the five stages, out of what was heard in a call.
 */
#ifndef RULES_ANSWERS_H
#define RULES_ANSWERS_H

#include "pipeline/call.h"
#include "pipeline/engine.h"
#include "pipeline/stage.h"
#include "rules/listen.h"

/*
 * Answers a stage: outcome->answer fits its model; `not_judged` tells what
 * rules cannot tell here, and `judged_nothing` that no rule applies to the
 * call at all.
 */
void answer_stage(const struct listening *l, const struct call *call,
		  enum stage stage, struct outcome *outcome);

#endif
