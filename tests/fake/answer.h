/* What the model says: an answer given beforehand, or one made up. */
#ifndef FAKE_ANSWER_H
#define FAKE_ANSWER_H

#include <jansson.h>
#include <stdint.h>

struct answers;

/*
 * Loads answers (call_id, stage, answer; one a line, other keys ignored, the
 * first of several for one call and stage counts). An answer that is a string
 * is what the model says, any other value is said as compact JSON. A fault in
 * the file ends the process with EXIT_USAGE.
 */
struct answers *answers_new(const char *file);

/* What is said about that call in that stage (borrowed), or NULL. */
const char *answers_find(const struct answers *answers, const char *call,
			 const char *stage);

/* NULL is fine. */
void answers_free(struct answers *answers);

/*
 * Makes up an answer to the schema, which may be NULL (then it is `{}`), as
 * compact JSON; the caller frees.
 */
char *answer_make(const json_t *schema, const char *call, const char *stage,
		  uint64_t seed);

#endif
