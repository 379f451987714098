/*
 * Who of a transcript's speakers is agent and who customer.
 *
 * Private to the transcript's turns.
 */
#ifndef TRANSCRIPT_TURNS_ROLE_H
#define TRANSCRIPT_TURNS_ROLE_H

#include "base/text.h"
#include "transcript/label.h"
#include "transcript/turns.h"

/*
 * Sets the roles of all speakers; words[i] is what the label of speakers[i]
 * says.  In this order:
 *
 * - the label's words (confidence 1);
 * - words that depend on the other side, "Caller", "Operator" (0.9);
 * - of two speakers the one that is left over (0.9);
 * - if no label tells, who speaks like the script: of the pairs of words that
 *   the script and the usual phrases of agents have, one speaker has clearly
 *   more than each other, measured against how much each says.
 */
void turns_find_roles(struct turns *turns, const enum label_word *words,
		      struct text script);

#endif
