/* The engine without a model. */
#include "rules/engine.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "pipeline/call.h"
#include "rules/answers.h"
#include "rules/listen.h"

static void begin(void *ctx, struct call *call)
{
	struct listening *l = xmalloc(sizeof(*l));

	listening_init(l, ctx, call_transcript(call), call_script(call));
	call->engine_data = l;
}

static void end(void *ctx, struct call *call)
{
	(void)ctx;
	listening_release(call->engine_data);
	free(call->engine_data);
	call->engine_data = NULL;
}

static void evaluate(void *ctx, struct call *call, enum stage stage,
		     struct outcome *outcome)
{
	(void)ctx;
	answer_stage(call->engine_data, call, stage, outcome);
	outcome->usage.cost_known = true; /* nothing */
}

struct engine rules_engine(const struct rulebook *book)
{
	return (struct engine){ .name = "rules",
				.begin = begin,
				.end = end,
				.evaluate = evaluate,
				.ctx = (void *)book };
}
