/*
 * A transcript and, behind a NUL, what a model wrote: quotes lie inside of the
 * string, and what is found of one is really there.
 */
#include "fuzz.h"

#include <string.h>

#include "transcript/evidence.h"
#include "transcript/quotes.h"
#include "transcript/words.h"

enum { QUOTES = 4 };

static void check_found(const struct turns *turns, struct text quote,
			const struct evidence *e)
{
	size_t words = words_count(quote);
	struct text found;

	if (e->class == EVIDENCE_ABSENT || e->class == EVIDENCE_TOO_SHORT) {
		MUST(e->turn == TURN_NONE && e->speaker == SPEAKER_NONE);
		MUST((e->class == EVIDENCE_TOO_SHORT) ==
		     (words < EVIDENCE_LEAST_WORDS));
		return;
	}
	MUST(e->turn < turns->count);
	MUST(e->span.begin < e->span.end && e->span.end <= turns->text.len);
	MUST(turns_at(turns, e->span.begin) == e->turn);
	MUST(e->speaker == SPEAKER_NONE || e->speaker < turns->speaker_count);
	found = (struct text){ turns->text.data + e->span.begin,
			       e->span.end - e->span.begin };
	if (e->class == EVIDENCE_EXACT) {
		MUST(found.len <= quote.len);
		MUST(e->distance == 0 && words_count(found) == words);
	}
	if (e->class == EVIDENCE_NEAR)
		MUST(e->distance > 0 && e->distance <= words / 4);
}

/* A piece of the transcript is found wherever it is cut out. */
static void check_itself(struct evidence_index *index,
			 const struct turns *turns)
{
	const struct claim nobody = { SPEAKER_NONE, ROLE_UNKNOWN };

	for (size_t i = 0; i < turns->count && i < QUOTES; i++) {
		struct text words = turns_words(turns, i);
		struct evidence e;

		evidence_find(index, words, &nobody, &e);
		if (words_count(words) >= EVIDENCE_LEAST_WORDS)
			MUST(e.class <= EVIDENCE_NORMALISED);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *nul = size ? memchr(text, '\0', size) : NULL;
	struct text transcript = { text, nul ? (size_t)(nul - text) : size };
	struct text string = { nul ? nul + 1 : text,
			       nul ? size - transcript.len - 1 : size };
	struct quote quotes[QUOTES];
	struct evidence_index *index;
	struct turns turns;
	size_t count;

	turns_init(&turns, transcript, (struct text){ text, 0 });
	index = evidence_index_new(&turns);
	check_itself(index, &turns);
	count = quotes_find(string, size % 2 == 0, &turns, quotes, QUOTES);
	for (size_t i = 0; i < count && i < QUOTES; i++) {
		struct claim claim = quotes_claim(&quotes[i], &turns);
		struct evidence e;

		MUST(quotes[i].words.data >= string.data);
		MUST(quotes[i].words.data + quotes[i].words.len <=
		     string.data + string.len);
		evidence_find(index, quotes[i].words, &claim, &e);
		check_found(&turns, quotes[i].words, &e);
		MUST(evidence_fits(index, &e, &claim) <= 1);
	}
	evidence_index_free(index);
	turns_release(&turns);
	return 0;
}
