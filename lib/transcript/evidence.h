/*
 * Where a quote stands in a transcript, if it does.
 */
#ifndef TRANSCRIPT_EVIDENCE_H
#define TRANSCRIPT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/text.h"
#include "transcript/turns.h"

enum evidence_class {
	EVIDENCE_EXACT,      /* byte for byte, in one turn */
	EVIDENCE_NORMALISED, /* the same words (transcript/words.h) */
	EVIDENCE_NEAR,       /* at most one word in four is another */
	EVIDENCE_ABSENT,
	EVIDENCE_TOO_SHORT /* under three words: it could stand anywhere */
};
#define EVIDENCE_CLASSES 5

/* "exact", "normalised", "near", "absent", "too_short" */
const char *evidence_class_name(enum evidence_class class);

/* Who is said to have said it; SPEAKER_NONE and ROLE_UNKNOWN: not told. */
struct claim {
	size_t speaker; /* by label */
	enum role role; /* or by what the label's words say */
};

/* What was found of a quote. */
struct evidence {
	enum evidence_class class;
	/*
	 * Near: words put in, left out or changed.  Normalised: words that an
	 * ellipsis in the quote stands for.
	 */
	size_t distance;
	/* Below: only if it was found; else TURN_NONE, 0, 0, SPEAKER_NONE */
	size_t turn;      /* the first one */
	struct span span; /* bytes of the transcript */
	size_t speaker;   /* SPEAKER_NONE: not known, or several */
	bool several;     /* speakers */
};

/* The words of a transcript's turns, to look quotes up in. */
struct evidence_index;

/* Takes time linear in the transcript; the turns must outlive it.  New. */
struct evidence_index *evidence_index_new(const struct turns *turns) MUST_USE;
void evidence_index_free(struct evidence_index *index);

/*
 * Looks a quote up.  Of several places the one whose speaker fits the claim
 * counts, then the better class, then the earlier.
 *
 * Normalised: the words in a row, over the ends of turns too; or in parts of
 * two words and more where the quote has an ellipsis, eight at most, in order,
 * with one speaker's words only in between, ELLIPSIS_WORDS at most.
 *
 * Near: for m words at most k = m / 4 words put in, left out or changed
 * (Levenshtein's distance over words; Sellers 1980 for any place in a text).
 * Only windows of m + k words that hold m - k of the quote's are compared: the
 * counting filter of Jokinen, Tarhio and Ukkonen (1996), one pass over the
 * transcript; of these the fullest EVIDENCE_WINDOWS, fewer for long quotes.  Of
 * more than EVIDENCE_NEAR_WORDS words none is near.
 *
 * Time: linear in the transcript for each quote, however hostile both are.
 */
void evidence_find(struct evidence_index *index, struct text quote,
		   const struct claim *claim, struct evidence *out);

#define EVIDENCE_LEAST_WORDS 3
#define EVIDENCE_NEAR_WORDS  1000
#define EVIDENCE_WINDOWS     8
#define ELLIPSIS_WORDS       100

/*
 * Is the speaker who was found the one who was claimed?  1, 0, or -1 where
 * that is not known.
 */
int evidence_fits(const struct evidence_index *index,
		  const struct evidence *evidence, const struct claim *claim);

#endif
