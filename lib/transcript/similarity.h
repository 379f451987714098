/*
 * How much of a document's words was said.
 *
 * The measure is containment weighted by rarity: the weights of the
 * document's words that were said, divided by the weights of all its words.  A
 * word weighs ln(1 + (N - n + 0.5) / (n + 0.5)), where n of the N documents
 * have it (Robertson and Sparck Jones 1976, as in BM25), so what stands in
 * every section of a script counts little.  Containment: Broder 1997.
 */
#ifndef TRANSCRIPT_SIMILARITY_H
#define TRANSCRIPT_SIMILARITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "transcript/words.h"

/* Different words, each once. */
struct word_set {
	uint64_t *slots; /* 0: free */
	size_t mask;
	size_t count;
};

/* An empty set. */
void word_set_init(struct word_set *set);
/* Frees the words. */
void word_set_release(struct word_set *set);
/* Adds a word; was it new? */
bool word_set_add(struct word_set *set, uint64_t hash);

/*
 * Does the word carry meaning?  Of ASCII words those of four letters and more
 * or with a digit, of others all.
 */
bool word_carries(struct text text, const struct word *word);

/* What is measured: documents, such as the sections of a script. */
struct similarity;

/* Reads the documents; they need not outlive it.  New. */
struct similarity *similarity_new(const struct text *documents, size_t count);
void similarity_free(struct similarity *s);

/* What is said of a document, and what there is to say: sums of weights. */
struct containment {
	double said, all;
};
/* The sums of one of the documents, by its place in the list. */
struct containment similarity_contained(const struct similarity *s,
					size_t document,
					const struct word_set *said);

#endif
