/*
 * What the phrases of a rule book are heard in a call: where, by whom, and
 * what that means for each rule.
 */
#ifndef RULES_LISTEN_H
#define RULES_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/text.h"
#include "rules/rulebook.h"
#include "transcript/turns.h"

/* A phrase that was said, not negated, by somebody the rule listens to. */
struct heard {
	size_t phrase; /* index into book->phrase_of */
	size_t turn;
	size_t begin, end;   /* bytes of the transcript */
	size_t words_before; /* of the call */
	bool certain;        /* the speaker's role is known */
};

struct listening {
	const struct rulebook *book; /* borrowed */
	struct turns turns;
	struct heard *heard; /* in the order of the call */
	size_t count;
	size_t words, agent_words;
};

/*
 * Listens to a call, in time linear in the transcript.  The transcript must
 * outlive it.
 */
void listening_init(struct listening *l, const struct rulebook *book,
		    struct text transcript, struct text script);
void listening_release(struct listening *l);

/* What came of a rule. */
struct ruling {
	bool applies; /* else not applicable, and the rest is empty */
	bool unsure;  /* said, but it is not known by whom: not judged */
	enum rule_verdict verdict;
	const struct heard *evidence; /* borrowed; NULL: nothing was heard */
};

struct ruling listening_judge(const struct listening *l, size_t rule);

/*
 * Appends the sentence that holds the evidence as `Label: "words"`, a passage
 * of one turn as it stands in the transcript, at most 200 bytes of words.
 */
void listening_quote(const struct listening *l, const struct heard *evidence,
		     struct buf *out);

#endif
