/*
 * What can be counted of a conversation, without a model.  The formulas are
 * in callqa-report-format(5).
 */
#ifndef TRANSCRIPT_METRICS_H
#define TRANSCRIPT_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "transcript/evidence.h"
#include "transcript/script.h"
#include "transcript/turns.h"

/* How much of a section's words the agent said, 0 to 1; -1: it has none. */
struct coverage {
	unsigned number;
	double share;
};

struct metrics {
	size_t words[ROLE_COUNT]; /* said, by role */
	size_t fillers[ROLE_COUNT];

	/* at least two speakers have words: else these are not measurable */
	bool conversation;
	size_t turns[ROLE_COUNT]; /* several in a row are one */
	size_t turn_count;        /* their sum */
	struct {
		enum role role;
		size_t words;
		size_t turn; /* of turns->items, where it begins */
	} monologue;         /* the most words in a row of one speaker */

	long questions; /* of the agent; -1: no agent, or no punctuation */

	/* every turn with words has both times */
	bool timed;
	size_t interruptions[ROLE_COUNT]; /* by who interrupts; conversation */
	double silence, longest_silence;  /* seconds */

	/* seconds that a role speaks; -1: some of its times are missing */
	double spoken[ROLE_COUNT];

	struct coverage *sections; /* owned; NULL: no agent, or no sections */
	size_t section_count;
	double coverage; /* of all sections together; -1 as sections */
};

/*
 * Measures the turns whose words the index has, in time linear in both texts;
 * release with metrics_release().
 */
void metrics_init(struct metrics *m, const struct evidence_index *index,
		  struct text script);
void metrics_release(struct metrics *m);

/* An overlap counts as an interruption from so much and so many words on. */
#define INTERRUPTION_MS    300
#define INTERRUPTION_WORDS 3

/* Fewer sentence marks than one for so many words: no punctuation. */
#define WORDS_PER_MARK 60

#endif
