/*
 * One question to a model: send, judge, validate, ask again, retry.
 */
#ifndef LLM_ASK_H
#define LLM_ASK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/clock.h"
#include "llm/budget.h"
#include "llm/chat.h"
#include "net/http.h"
#include "net/retry.h"
#include "net/throttle.h"
#include "pipeline/engine.h"

/* How questions are asked; shared by all workers. */
struct asker {
	/* set before start, read-only */
	const struct chat *chat;
	const struct http *http;
	const struct clock *clock;
	struct throttle *throttle;
	struct budget *budget;
	const char *url;            /* .../chat/completions */
	const char *const *headers; /* NULL-ended, with the key */
	const char *key;            /* never to be shown; NULL: none */
	struct retry_policy policy; /* attempts */
	int re_asks;
	int64_t timeout_ms;
	/* atomic: has any reply of this run been good? */
	atomic_bool *any_good;
	/* atomic: has it been told that the host is down? */
	atomic_bool *told_down;
};

/*
 * Asks for one stage until an answer fits or its requests are spent: at most
 * policy.attempts that end in transport or HTTP faults (the one with a larger
 * max_tokens included) and re_asks more.  Fills *outcome but for `cached`.
 *
 * prefix and values are what *body, the first request, was made of; it is
 * changed in place when something else is to be asked, and stays the caller's
 * to release.
 */
void ask(const struct asker *asker, const struct call *call, enum stage stage,
	 const struct chat_prefix *prefix, const struct text *values,
	 struct chat_body *body, struct outcome *outcome);

#endif
