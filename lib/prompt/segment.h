/*
 * The inside of a template, for its compilers and for those who look into it.
 *
 * Whatever format it was written in, a compiled template is a list of
 * segments: pieces of the source that stand for themselves, places where a
 * value goes, and, of jinja2, where to go on.
 */
#ifndef PROMPT_SEGMENT_H
#define PROMPT_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "prompt/expression.h"
#include "prompt/template.h"

/* In the place of a value's index. */
#define SEGMENT_LITERAL SIZE_MAX
#define SEGMENT_TEST    (SIZE_MAX - 1) /* goes on at target if it fails */
#define SEGMENT_JUMP    (SIZE_MAX - 2) /* goes on at target */

struct segment {
	size_t offset, len; /* in the source; of a value: its placeholder */
	size_t value;       /* index of its name, or SEGMENT_... */
	/*
	 * Of a value: 1 + the index of its access, 0 for the value as it is.
	 * Of a test: the index of its first atom.
	 */
	size_t more;
	size_t target; /* a segment's index, beyond this one */
};

/* That a name occurs. */
struct mention {
	size_t name, offset; /* index; in the source */
	bool inserted;       /* not only tested */
	bool conditional;    /* inside an `if` */
};

struct template
{
	char *source; /* owned copy */
	size_t len;
	struct segment *segments; /* in the source's order */
	size_t count;
	struct mention *mentions; /* likewise */
	size_t mention_count;
	struct access *accesses;
	size_t access_count;
	struct atom *atoms; /* condition after condition */
	size_t atom_count;
};

/* Appends a segment; a literal of no bytes is left out. */
void segment_add(struct template *t, size_t offset, size_t len, size_t value);

/* Append to the other lists; what is pointed to becomes the template's. */
void mention_add(struct template *t, const struct mention *mention);
void access_add_take(struct template *t, const struct access *access);
void atom_add_take(struct template *t, const struct atom *atom);

/* The bytes of the i-th segment in the source; borrowed. */
static inline struct text segment_text(const struct template *t, size_t i)
{
	return (struct text){ t->source + t->segments[i].offset,
			      t->segments[i].len };
}

#endif
