/*
 * What the phrases of a rule book are heard in a call: where, by whom, and
 * what that means for each rule.
 */
#ifndef RULES_LISTEN_H
#define RULES_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	bool certain;        /* the speaker's role is known, or of no matter */
};

#define PHRASE_NONE SIZE_MAX

/* What a rule heard of a group: who is known to have spoken goes first. */
struct hearsay {
	struct heard first; /* .phrase == PHRASE_NONE: nothing */
	int ways;           /* how many different phrases */
};

struct listening {
	const struct rulebook *book; /* borrowed */
	struct turns turns;
	struct hearsay *heard; /* of each rule RULE_GROUPS */
	bool *asked; /* of each rule: the script holds its script phrases */
	size_t words, agent_words;
	bool understood;   /* the call is in the book's language */
	bool conversation; /* two turns have words */
};

/*
 * Listens to a call, in time linear in the two texts and memory bounded by the
 * book and the turns.  The transcript must outlive it.
 */
void listening_init(struct listening *l, const struct rulebook *book,
		    struct text transcript, struct text script);
void listening_release(struct listening *l);

/* What came of a rule. */
struct ruling {
	/* why it says nothing about this call, a sentence; NULL: it does */
	const char *silent;
	bool unsure; /* it hangs on words of nobody knows whom: not judged */
	enum rule_verdict verdict;
	const struct heard *evidence; /* borrowed, or NULL; of VERDICT_NONE
					what called for it */
};

/* Judges a rule by its index in the book: the worst that was heard decides. */
struct ruling listening_judge(const struct listening *l, size_t rule);

/*
 * Appends the sentence that holds the evidence as `Label: "words"`, a passage
 * of one turn as it stands in the transcript, at most 200 bytes of words.
 */
void listening_quote(const struct listening *l, const struct heard *evidence,
		     struct buf *out);

#endif
