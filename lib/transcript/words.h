/*
 * The words of a text, folded so that spellings of one word are the same.
 *
 * Metrics, coverage of a script, roles and evidence all count these words.
 */
#ifndef TRANSCRIPT_WORDS_H
#define TRANSCRIPT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct word {
	size_t begin, end; /* bytes of the text: [begin, end) */
	uint64_t hash;     /* of the folded letters; never 0 */
	unsigned letters;  /* folded characters */
};

/*
 * Takes the next word from byte *at on, and moves *at behind it; false at the
 * end.  A word is a run of letters and digits, and of `_` between them. Folded:
 * case (Latin, Greek, Cyrillic) is lowered, apostrophes, soft hyphens and
 * characters without width inside a word are left out (don't = don\u2019t =
 * dont), and so is the comma of 12,000; the point of 18.5 stays.  Everything
 * else separates, hyphens and dashes too.  Where a script knows no spaces each
 * ideograph or kana is a word.  What a transcriber notes in brackets ([noise],
 * <unk>, (laughs)) is no word; a placeholder such as [CARD_1] is one.
 */
bool words_next(struct text text, size_t *at, struct word *word);

/* How many words there are in the text. */
size_t words_count(struct text text);

/* The same, but no further than to `enough`. */
size_t words_count_to(struct text text, size_t enough);

/* The hash that words_next() gives to this word alone; 0 if it is none. */
uint64_t words_hash(const char *word);

#endif
