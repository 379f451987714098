/*
 * The quotes in what a model writes: `The agent promised. Agent: "You are
 * approved."` holds one, with the label of who is to have said it.
 */
#ifndef TRANSCRIPT_QUOTES_H
#define TRANSCRIPT_QUOTES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "transcript/evidence.h"
#include "transcript/turns.h"

struct quote {
	struct text words; /* between the marks; borrowed */
	struct text label; /* of who is to have said it; empty if none is */
};

/*
 * Finds the quotes of a string, up to `most`: what stands between "...",
 * \u201c...\u201d, \u201e...\u201c or \u00ab...\u00bb.  Straight marks open
 * where no word goes on before them, and close where none follows.  Without
 * any marks the whole string is one if `whole` says so; then a label in front
 * (`Agent: words`) must be one of the transcript's or a word that is known to
 * be one.  Returns how many there are, more than `most` included.
 */
size_t quotes_find(struct text string, bool whole, const struct turns *turns,
		   struct quote *quotes, size_t most);

/*
 * Who is said to have said it: the speaker whose label that is, else the role
 * that the label's words name, else nobody.  Words before those that tell,
 * as in `said by Customer`, are taken off the quote's label.
 */
struct claim quotes_claim(struct quote *quote, const struct turns *turns);

#endif
