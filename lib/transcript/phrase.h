/*
 * Phrases looked for in what was said: a small pattern language over words,
 * matched in linear time.
 *
 *	this call (is|may be) recorded
 *	no guarantee? of approval
 *	ignore ...4 instructions
 *
 * Words are compared as words.h folds them: case, apostrophes and punctuation
 * do not count.  `(a|b c)` is one of several, `x?` may be absent, `...` stands
 * for at most LIMIT_PHRASE_GAP words of any kind, `...3` for at most 3.  A
 * phrase neither begins nor ends with a gap, and cannot match nothing.
 *
 * Each phrase is a position automaton (Glushkov 1961): one bit a word of the
 * pattern, so that a step is a few operations on 64-bit sets, no backtracking,
 * whatever the pattern.
 */
#ifndef TRANSCRIPT_PHRASE_H
#define TRANSCRIPT_PHRASE_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/text.h"

struct phrases;

/* No phrases; freed by phrases_free(), NULL allowed. */
struct phrases *phrases_new(void);
void phrases_free(struct phrases *p);

/*
 * Adds a phrase that finds `id`; several may find the same.  -1 with *err
 * (ERR_CONFIG; text tells the character and what was expected).
 */
int phrases_add(struct phrases *p, const char *pattern, size_t id,
		struct error *err) MUST_USE;

struct phrase_match {
	size_t id;
	size_t begin, end;              /* bytes of the text: [begin, end) */
	size_t first_word, behind_word; /* words of the text, from 0 */
};

/*
 * Finds all phrases in the text, in the order of their ends; of one phrase
 * matches do not overlap, and each is the shortest that ends where it ends.
 * Thread-safe once all phrases were added.
 */
void phrases_find(const struct phrases *p, struct text text,
		  void (*found)(void *ctx, const struct phrase_match *match),
		  void *ctx);

#endif
