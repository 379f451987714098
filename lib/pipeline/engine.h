/*
 * What answers a stage: a model, a rule book, or a test's table of answers.
 *
 * Declared here and implemented on the floor above, so that the pipeline
 * knows neither network nor model.
 */
#ifndef PIPELINE_ENGINE_H
#define PIPELINE_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "pipeline/stage.h"

struct call;

/* What a stage took, all its requests together. */
struct usage {
	int attempts;       /* requests made */
	int sent;           /* of them, that had a connection */
	int re_asks;        /* of them, because an answer did not fit */
	int64_t latency_ms; /* from the first request to the answer */
	int64_t tokens_in, tokens_out, tokens_cached;
	double cost;     /* USD */
	bool cost_known; /* every good reply told its cost */
};

/* How the evaluation of one stage of one call ended. */
struct outcome {
	json_t *answer; /* fits the stage's model; new; NULL: see error */
	struct error error;
	struct error stop; /* set: the run stops with it, answer or not */
	struct usage usage;
	bool cached;          /* not asked now, but remembered */
	bool fence_stripped;  /* the answer came in a code fence */
	bool context_cut;     /* far fewer tokens were read than sent */
	char model[128];      /* that answered; "" if unknown */
	char not_judged[128]; /* what the engine cannot tell; "" if nothing */
	bool judged_nothing;  /* the answer holds no judgement to score */
};

struct engine {
	const char *name; /* in reports: "llm" */
	/*
	 * Before the first stage and after the last of each call, in worker
	 * threads; keep what the stages share in call->engine_data.  NULL
	 * allowed.
	 */
	void (*begin)(void *ctx, struct call *call);
	void (*end)(void *ctx, struct call *call);
	/*
	 * Evaluates one stage; blocks; from several threads at once, also for
	 * one call.  Reads of the call only its request and the results of
	 * the stages in `after`.
	 */
	void (*evaluate)(void *ctx, struct call *call, enum stage stage,
			 struct outcome *outcome);
	void *ctx;
};

#endif
