/*
 * A template: compiled once against the names that may occur, rendered in
 * one pass.  What is inserted is never looked at again.
 */
#ifndef PROMPT_TEMPLATE_H
#define PROMPT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

struct template;

/* Where a template stood, for errors. */
struct template_source {
	const char *name;      /* "prompts/x.yaml", "built-in x.yaml" */
	unsigned line, column; /* of its first character, from 1 */
	struct text text;
};

/*
 * Compiles a `plain` template: `{{name}}`, spaces inside the braces allowed;
 * everything else stands for itself.  names: NULL-ended; a placeholder with
 * another name is an error (ERR_PROMPT, "name:line:column", nearest name), so
 * is `{{` without a name and `}}` after it.  NULL with *err.  New.
 */
struct template *template_compile(const struct template_source *source,
				  const char *const *names,
				  struct error *err) MUST_USE;
void template_free(struct template *t);

/* Does names[index] occur? */
bool template_uses(const struct template *t, size_t index);

/* Appends the text with values[i] in the place of names[i]. */
void template_render(const struct template *t, const struct text *values,
		     struct buf *out);

#endif
