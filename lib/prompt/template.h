/*
 * A template: compiled once against the names that may occur, rendered in
 * one pass.  What is inserted is never looked at again.
 */
#ifndef PROMPT_TEMPLATE_H
#define PROMPT_TEMPLATE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/place.h"
#include "base/text.h"

struct template;

/* The text of a template, and where it stood. */
struct template_source {
	const char *name; /* of the file: "prompts/x.yaml" */
	struct text text;
	/* The place in the file of text.data[offset]; NULL: counted in text */
	struct place (*locate)(const void *ctx, size_t offset);
	const void *ctx;
};

/*
 * Compiles a `plain` template: `{{name}}`, spaces inside the braces allowed,
 * a name being letters, digits and `_`; everything else stands for itself,
 * of a longer run of `{` all but the last two.  names: NULL-ended; a
 * placeholder with another name is an error (ERR_PROMPT,
 * "name:line:column", nearest name), so is `{{` without a name and `}}`
 * after it.  NULL with *err.  New.
 */
struct template *template_compile(const struct template_source *source,
				  const char *const *names,
				  struct error *err) MUST_USE;
void template_free(struct template *t);

/* How often does names[index] occur? */
size_t template_uses(const struct template *t, size_t index);

/* Appends the text with values[i] in the place of names[i]. */
void template_render(const struct template *t, const struct text *values,
		     struct buf *out);

#endif
