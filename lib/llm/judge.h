/*
 * Every reply is judged in one place, without effects: what it means, what
 * to do about it.
 */
#ifndef LLM_JUDGE_H
#define LLM_JUDGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/http.h"
#include "pipeline/engine.h"

enum remedy {
	REMEDY_NONE,    /* usable: verdict.content is the model's text */
	REMEDY_RETRY,   /* the same request again */
	REMEDY_LONGER,  /* once more with a larger max_tokens */
	REMEDY_GIVE_UP, /* this stage has failed */
	REMEDY_STOP     /* so would every other: stop the run */
};

struct verdict {
	enum remedy remedy;
	struct error error;   /* of every remedy but NONE */
	enum error_code stop; /* what the run stops with; of REMEDY_STOP */
	bool rate_limited;
	int64_t hint_ms;    /* what the server asks to wait, -1: nothing */
	struct usage usage; /* tokens and cost of this reply */
	char model[128];    /* that answered */
	char *content;      /* owned; NUL-ended */
	size_t content_len;
};

/*
 * Judges one reply.  `first` tells that no reply of this run was good yet:
 * then a wrong host, certificate or an HTML page stops the run instead of
 * failing thousands of records one by one.  wall_ms is for Retry-After dates.
 */
void judge_reply(const struct http_reply *reply, bool first, int64_t wall_ms,
		 struct verdict *verdict);
void verdict_release(struct verdict *verdict);

#endif
