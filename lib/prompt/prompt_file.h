/* One prompt file: read, checked, its messages compiled. */
#ifndef PROMPT_PROMPT_FILE_H
#define PROMPT_PROMPT_FILE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/text.h"
#include "prompt/prompts.h"

/* What is asked of a file. */
struct prompt_rules {
	const char *name; /* its own, without .yaml */
	const struct offer *offered;
	const char *transcript; /* which of them is the transcript */
	bool is_context;        /* no variables in its system messages */
	bool needs_transcript;  /* no context has brought it */
};

/*
 * Reads a prompt from the bytes of a file, which is called `where` in errors
 * (ERR_PROMPT).  On -1 *p is to be released all the same.
 */
int prompt_read(struct prompt *p, const struct prompt_rules *rules,
		const char *where, struct text file,
		struct error *err) MUST_USE;
void prompt_release(struct prompt *p);

/* The index of the transcript among the context's values. */
enum { CONTEXT_TRANSCRIPT };

/* How often its messages insert the value of that index; 0 for NULL. */
size_t prompt_uses(const struct prompt *p, size_t index);

/* How often they insert or test it; 0 for NULL. */
size_t prompt_mentions(const struct prompt *p, size_t index);

#endif
