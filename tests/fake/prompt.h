/* Reads a chat request as a model would: stage, schema and texts. */
#ifndef FAKE_PROMPT_H
#define FAKE_PROMPT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct calls;

/* Is this a chat request: an object with a list of messages that are some? */
int prompt_is_valid(const json_t *body);

/*
 * The stage (borrowed or static): the name of the response format's schema,
 * else by a word of the last message that has one, near its end; "other" if
 * there is none.
 */
const char *prompt_stage_peek(const json_t *body);

/* The schema that the reply is to have (new reference), or NULL. */
json_t *prompt_schema(const json_t *body);

/*
 * The id of the call: of the known call (calls may be NULL) whose transcript
 * is the longest in the messages, else `m-` and a hash of the messages up to
 * and with the first of the user, so that a request that goes on with the
 * conversation is about the same call. The caller frees.
 */
char *prompt_call(const json_t *body, const struct calls *calls);

#endif
