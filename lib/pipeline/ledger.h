/*
 * The ledger of evidence: every quote of a call's answers, looked up in its
 * transcript; and what of the score rests on quotes that are not there.
 */
#ifndef PIPELINE_LEDGER_H
#define PIPELINE_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "pipeline/call.h"
#include "pipeline/score.h"
#include "transcript/evidence.h"
#include "transcript/quotes.h"
#include "transcript/redact.h"
#include "transcript/turns.h"

struct ledger_entry {
	char *path;         /* owned; "compliance.items[4].details" */
	struct quote quote; /* bytes of the answer */
	struct claim claim; /* the agent, where no label says who */
	struct evidence evidence;
	int fits; /* evidence_fits() */
};

struct ledger {
	const struct turns *turns;    /* borrowed */
	const struct redact_map *map; /* borrowed; back to what was sent us */
	struct evidence_index *index; /* owned; of the turns' words */
	struct ledger_entry *entries;
	size_t count, room;
	size_t omitted; /* quotes beyond LIMIT_QUOTES of a string */
	size_t classes[EVIDENCE_CLASSES];
	/*
	 * Of what weighs (a name in a list that counts, a finding, a red flag,
	 * a section): the paths of those whose quotes, as far as they are long
	 * enough to tell, are all absent; and how many have another speaker's.
	 */
	json_t *unsupported;
	size_t wrong_speaker;
	struct score_basis dropped; /* how many unsupported names by list */
};

/*
 * Looks up all quotes of the stages that were answered; which fields hold
 * quotes the tables say (F_QUOTE, F_QUOTES).  Call and turns must outlive the
 * ledger.
 */
void ledger_init(struct ledger *ledger, const struct call *call,
		 const struct turns *turns);
void ledger_release(struct ledger *ledger);

/* Appends the report's `evidence`: an object. */
void ledger_write(const struct ledger *ledger, struct buf *out);

#endif
