/*
 * A rule book: what the evaluator without a model listens for.
 *
 * A YAML file of rules, each a name and up to five groups of phrases
 * (transcript/phrase.h) with what follows when they are heard or are not.
 * callqa-rules(5) describes it; a copy is built into the program.
 */
#ifndef RULES_RULEBOOK_H
#define RULES_RULEBOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/digest.h"
#include "base/error.h"
#include "transcript/phrase.h"
#include "transcript/turns.h"

enum rule_kind {
	RULE_OUTCOME,    /* call_outcome of the classification */
	RULE_FLAG,       /* a red flag */
	RULE_COMPLIANCE, /* a compliance item */
	RULE_SKILL,      /* a communication skill */
	RULE_KINDS
};

/* Bits of all roles: whoever speaks. */
#define ROLES_ALL ((1u << ROLE_COUNT) - 1)

enum rule_group {
	GROUP_SCRIPT, /* to be found in the script for a duty to be owed */
	GROUP_WHEN,   /* makes the rule apply; a rule without it always does */
	GROUP_GOOD,   /* what is to be heard */
	GROUP_SOFT,   /* what should rather not */
	GROUP_BAD,    /* what must not */
	RULE_GROUPS
};

/* What can come of a rule, from the weakest to the strongest. */
enum rule_verdict {
	VERDICT_NONE, /* nothing was heard of what was to be heard */
	VERDICT_GOOD, /* it was */
	VERDICT_MANY, /* in at least `many` different ways */
	VERDICT_LATE, /* it was, but late */
	VERDICT_SOFT,
	VERDICT_BAD,
	RULE_VERDICTS
};

struct rule {
	enum rule_kind kind;
	char *name; /* item, skill, outcome, or the flag's text */
	/* of each group: bits of enum role, 0 if the group is not there */
	unsigned speakers[RULE_GROUPS];
	/* of each verdict: the answer's word, or NULL: not applicable */
	const char *status[RULE_VERDICTS];
	char *say[RULE_VERDICTS]; /* a sentence in front of the quote */
	bool has_script;          /* GROUP_SCRIPT has phrases */
	int when_words; /* GROUP_WHEN counts in the first so many; 0: all */
	int due_words;  /* the duty arises once the agent has said so many */
	int late_words; /* first heard behind so many of the call; 0: never */
	int last_turns; /* heard only in the last so many turns; 0: anywhere */
	int many;       /* different phrases for VERDICT_MANY; 0: never */
	bool negated;   /* "not" in front does not turn its phrases around */
	const char *severity; /* of a finding, or NULL: "Medium" */
	char *recommendation; /* of a finding, or NULL */
	/* RULE_OUTCOME: reasons and dispositions that decide, NULL-ended */
	char **terminations;
};

/* Which rule and group a phrase of the book belongs to. */
struct rule_phrase {
	size_t rule;
	enum rule_group group;
};

struct rulebook {
	char *source; /* "built-in", or the file */
	char *version;
	char sha256[SHA256_HEX_SIZE]; /* of the file's bytes */
	struct rule *rules;           /* in the book's order */
	size_t count;
	struct phrases *phrases; /* ids are indexes into phrase_of */
	struct rule_phrase *phrase_of;
	size_t phrase_count;
	char *language;
	struct phrases *language_words; /* common words, to know it by */
	int language_least;             /* percent of a call's words */
	/* Words that turn a phrase around in the next few words, as hashes. */
	struct phrases *negations;
	int negation_window;
};

/*
 * Reads a book; file NULL: the built-in one.  NULL with *err (ERR_PROMPT,
 * "file:line:column").  New.
 */
struct rulebook *rulebook_load(const char *file, struct error *err) MUST_USE;

/* Reads a book from its text; `name` stands in errors.  New. */
struct rulebook *rulebook_read(const char *name, const char *text, size_t len,
			       struct error *err) MUST_USE;
void rulebook_free(struct rulebook *book);

/* How many rules there are of a kind. */
int rulebook_size(const struct rulebook *book, enum rule_kind kind);

#endif
