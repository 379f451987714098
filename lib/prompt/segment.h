/*
 * The inside of a template, for its compilers and for those who look into it.
 *
 * Whatever format it was written in, a compiled template is a list of
 * segments: pieces of the source that stand for themselves, and places where
 * a value goes.
 */
#ifndef PROMPT_SEGMENT_H
#define PROMPT_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "prompt/template.h"

#define SEGMENT_LITERAL SIZE_MAX

struct segment {
	size_t offset, len; /* in the source; of a value: its placeholder */
	size_t value;       /* index of its name, or SEGMENT_LITERAL */
};

struct template
{
	char *source; /* owned copy */
	size_t len;
	struct segment *segments; /* in the source's order */
	size_t count;
};

/* A template of no segments with a copy of the source.  New. */
struct template *template_new(struct text source);

/* Appends a segment; a literal of no bytes is left out. */
void segment_add(struct template *t, size_t offset, size_t len, size_t value);

/* The bytes of the i-th segment in the source; borrowed. */
static inline struct text segment_text(const struct template *t, size_t i)
{
	return (struct text){ t->source + t->segments[i].offset,
			      t->segments[i].len };
}

#endif
