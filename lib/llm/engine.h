/*
 * The engine that asks a language model, or a recording of one.
 */
#ifndef LLM_ENGINE_H
#define LLM_ENGINE_H

#include <stdatomic.h>

#include "llm/ask.h"
#include "llm/chat.h"
#include "llm/memory.h"
#include "pipeline/engine.h"

struct llm {
	/* set before start, read-only */
	struct chat chat;
	struct asker asker; /* unused in a replay */
	bool replay;        /* only from the recording */
	struct memory memory;
	struct throttle throttle;
	struct budget budget;
	atomic_bool any_good, told_down;
};

struct llm_options {
	struct chat_options chat;
	const struct prompts *prompts;
	const struct http *http; /* NULL in a replay */
	const struct clock *clock;
	const char *url;            /* of chat completions */
	const char *const *headers; /* NULL-ended */
	const char *key;            /* that is in one of them, or NULL */
	struct retry_policy policy;
	int re_asks;
	int64_t timeout_ms;
	struct throttle_options throttle;
	struct budget_options budget;
	struct recording *recording; /* or NULL */
	struct state *state;         /* or NULL; not with a replay */
	bool replay;
};

/* Everything in options is borrowed until llm_release(). */
void llm_init(struct llm *llm, const struct llm_options *options);
void llm_release(struct llm *llm);

/* Wakes who waits for a gate or for money: the run is over. */
void llm_stop(struct llm *llm);

/* The engine in front of it. */
struct engine llm_engine(struct llm *llm);

/*
 * Appends a stage's first request as it would be sent, for --print-prompts
 * and estimates: begin() must have been called for the call.
 */
void llm_print(const struct llm *llm, const struct call *call, enum stage stage,
	       struct buf *out);

#endif
