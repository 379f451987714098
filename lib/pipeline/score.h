/*
 * Score and summary: computed here from the answers' lists, never by a model.
 */
#ifndef PIPELINE_SCORE_H
#define PIPELINE_SCORE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/compiler.h"

/* How many names stand in the four lists that count; -1: not known. */
struct score_basis {
	int violations, coaching_needed; /* compliance */
	int missed, exceeded;            /* communication */
};

/* The counts of two answers; NULL for one that was not given. */
struct score_basis score_basis(const json_t *compliance,
			       const json_t *communication);

/*
 * Takes an item's name off the list of its answer's that counts and holds it,
 * if there is one; false if there is none.
 */
bool score_drop(struct score_basis *basis, const json_t *answer,
		const char *name);

/* Are all four known? */
bool score_known(const struct score_basis *basis);

/*
 * 100 - 15 x violations - 5 x coaching_needed - 3 x missed + 2 x exceeded,
 * clamped to 1..100.  All four must be known.
 */
int score_of(const struct score_basis *basis);

/*
 * Least and greatest score that the unknown counts allow: compliance has at
 * most max_items names in its two lists together, communication max_skills.
 */
void score_range(const struct score_basis *basis, int max_items, int max_skills,
		 int *low, int *high);

/*
 * strengths: first 2 exceeded; areas_for_improvement: first 2
 * coaching_needed, first 2 missed, then `Section N: first critical miss`;
 * critical_issues: violations; each cut to 3.  NULL for an answer that was
 * not given.  New.
 */
json_t *score_summary(const json_t *compliance, const json_t *communication,
		      const json_t *script_deviation) MUST_USE;

#endif
