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
#include "data/schema.h"

struct template;

enum template_format {
	/*
	 * `{{name}}`, spaces inside the braces allowed; everything else
	 * stands for itself, of a longer run of `{` all but the last two.
	 */
	TEMPLATE_PLAIN,
	/* Python's str.format(): `{name}`, and `{{` and `}}` for braces. */
	TEMPLATE_F_STRING,
	/*
	 * Of jinja2: `{{ name }}`, `{{ name.member }}`, `| default("x")`,
	 * `{{ "text" }}`, comments, `-` for white space, and if, elif, else
	 * over values (and, or, not, == and != with a text or a number).
	 */
	TEMPLATE_JINJA2,
	TEMPLATE_FORMATS
};

/* "plain", "f-string", "jinja2", NULL: indexed by the above. */
extern const char *const template_formats[TEMPLATE_FORMATS + 1];

/* The text of a template, and where it stood. */
struct template_source {
	const char *name; /* of the file: "prompts/x.yaml" */
	struct text text;
	enum template_format format;
	/* The place in the file of text.data[offset]; NULL: counted in text */
	struct place (*locate)(const void *ctx, size_t offset);
	const void *ctx;
};

/* The names that a template may use; both borrowed. */
struct template_names {
	const char *const *list; /* NULL-ended */
	/*
	 * One for each name: what its value, JSON text, is; NULL: a mere
	 * text.  NULL instead of the list: all are.
	 */
	const struct field *const *json;
};

/*
 * Compiles a template.  What its format does not have, or ours leaves out of
 * it, is an error (ERR_PROMPT, "name:line:column"); so is a name that is not
 * among `names`, with the nearest.  A name is letters, digits and `_`.  NULL
 * with *err.  New.
 */
struct template *template_compile(const struct template_source *source,
				  const struct template_names *names,
				  struct error *err) MUST_USE;
void template_free(struct template *t);

/* How often is names[index] inserted? */
size_t template_uses(const struct template *t, size_t index);

/* How often does it occur, inserted or tested? */
size_t template_mentions(const struct template *t, size_t index);

/* Appends the text with values[i] in the place of names[i]. */
void template_render(const struct template *t, const struct text *values,
		     struct buf *out);

#endif
