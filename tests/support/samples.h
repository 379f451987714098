/*
 * One call as tests need it: a request, quiet answers, and JSON that can be
 * read inside C.
 */
#ifndef SUPPORT_SAMPLES_H
#define SUPPORT_SAMPLES_H

#include <jansson.h>
#include <stddef.h>

#include "base/compiler.h"
#include "pipeline/call.h"
#include "prompt/prompts.h"

/* The JSON value of text that has ' where JSON has "; aborts on bad text. */
json_t *sample_json(const char *text) MUST_USE;

/* Asserts that the value is that of sample_json(text), members in order. */
void sample_expect(const json_t *value, const char *text);

/* A request that fits request_model, before its conversion; new. */
json_t *sample_request(void) MUST_USE;

/* The call that a request becomes; `request` is taken, and must fit. */
struct call *sample_call_take(json_t *request) MUST_USE;

/* The call of sample_request() with call_id "call-NUMBER". */
struct call *sample_call(size_t number) MUST_USE;

/*
 * An answer of a quiet call: it fits the stage's model and the prompt's item
 * names (prompt NULL: two items of its own), scores 100, starts no deep dive.
 * New.
 */
json_t *sample_answer(enum stage stage, const struct prompt *prompt) MUST_USE;

/* Gives the item of that name another status; aborts if there is none. */
void sample_set_item(json_t *answer, const char *name, const char *status);

/* Marks a stage as answered (answer taken) or as failed. */
void sample_end_ok_take(struct call *call, enum stage stage, json_t *answer);
void sample_end_failed(struct call *call, enum stage stage,
		       enum error_code code);

#endif
