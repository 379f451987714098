/*
 * The words of a transcript as numbers: equal words, equal numbers.
 *
 * Private to the look-up of evidence and to the metrics, which count them.
 */
#ifndef TRANSCRIPT_EVIDENCE_INDEX_H
#define TRANSCRIPT_EVIDENCE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transcript/evidence.h"

/* The number of a word that the transcript does not have, and no position. */
#define WORD_UNKNOWN UINT32_MAX

/* A word of the transcript. */
struct place {
	uint32_t id;
	uint32_t begin, end; /* bytes */
	uint32_t turn;
	uint32_t next; /* place of the same word, WORD_UNKNOWN for the last */
};

/* What one number stands for. */
struct entry_word {
	uint64_t hash;
	uint32_t first, last; /* places */
	uint32_t count;
	int32_t need; /* by the filter: how many more the window may hold */
	bool carries; /* does it carry meaning?  See similarity.h */
};

struct evidence_index {
	const struct turns *turns;
	struct place *places;
	size_t count, room;
	struct entry_word *words;
	size_t word_count, word_room;
	uint32_t *slots; /* of the hash table: word + 1, 0 is free */
	size_t mask;
};

/* The number of the word with this hash, or WORD_UNKNOWN. */
uint32_t index_word(const struct evidence_index *index, uint64_t hash);

/* A quote's words. */
struct quote_words {
	struct text text;
	uint32_t *ids; /* owned */
	size_t count;
	size_t begin, end; /* bytes from the first word to the last */
	size_t unknown;    /* words that the transcript does not have */
};

/* Reads the words of a part of a quote; release with free(q->ids). */
void index_quote(const struct evidence_index *index, struct text text,
		 struct quote_words *q);

/*
 * The least distance of the words to any place of the transcript, at most
 * most; *begin and *end are its first and last word.  most + 1 if none.
 */
size_t evidence_near(struct evidence_index *index, const struct quote_words *q,
		     size_t most, const struct claim *claim, size_t *begin,
		     size_t *end);

/* Sets turn, span and speaker from the places [begin, end]. */
void evidence_place(const struct evidence_index *index, size_t begin,
		    size_t end, struct evidence *out);

#endif
