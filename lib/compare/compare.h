/*
 * Two streams of reports, joined by call_id: which values agree, which do not,
 * and of which calls nothing can be said.
 *
 * Of a golden record only the compared values are kept, 20 bytes each; of its
 * report, whether they agree.
 */
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "compare/pool.h"
#include "compare/rules.h"

/* What became of a golden record. */
enum diff_state {
	DIFF_MISSING,  /* no report has its call_id */
	DIFF_COMPARED, /* its values were */
	/* no verdict */
	DIFF_FAILED,     /* the report is an error record */
	DIFF_SKIPPED,    /* likewise, by a rule of the user's */
	DIFF_PARTIAL,    /* a stage of the report failed */
	DIFF_AMBIGUOUS,  /* two reports that differ */
	DIFF_UNUSABLE,   /* the golden record itself is no whole report */
	DIFF_UNLABELLED, /* it has none of the compared fields */
	DIFF_STATES
};

/* One value of a golden record and its counterpart. */
struct diff_unit {
	uint32_t name, value; /* in texts */
	uint32_t got;         /* POOL_NONE: the report has no such value */
	float rate;           /* share of its minority in a repeated run */
	uint8_t field;
	bool differs; /* by more than the tolerance */
	bool flips;   /* known to: a repeated run gave other values too */
};

struct diff_call {
	uint32_t id;   /* in ids */
	uint32_t line; /* in the golden file */
	size_t first;  /* of units */
	uint32_t count;
	uint32_t differing; /* units that do not agree and do not flip */
	uint32_t flipping;  /* units that do not agree, and flip */
	uint32_t code;      /* of a record without verdict, in texts */
	uint32_t stage;     /* that failed, in texts */
	uint32_t message;   /* in texts */
	enum diff_state state;
	double delta; /* report's score less golden's */
};

/* An item that gave several values in a repeated run. */
struct diff_flip {
	const struct diff_call *call;
	const struct diff_unit *unit;
};

/* Words beside a value that differs; owned, or NULL. */
struct diff_words {
	size_t unit;
	char *golden, *report;
};

/* Sums over the calls that were compared. */
struct diff_tally {
	size_t compared, differing, flipping;
	size_t absent; /* of the differing: the report has no such value */
};

struct diff {
	const struct diff_rules *rules; /* borrowed */
	bool keep_words;
	struct pool ids, texts;
	struct diff_call *calls; /* in golden's order */
	size_t count;
	struct diff_unit *units;
	size_t unit_count;
	struct diff_flip *flips; /* after diff_finish() the worst first */
	size_t flip_count;
	struct diff_words *words; /* in the order of units */
	size_t word_count, words_left_out;
	/* the worst first; after diff_finish() */
	const struct diff_call **order;
	struct diff_tally total, fields[DIFF_FIELDS];
	size_t states[DIFF_STATES];
	size_t reports;    /* records of the second stream */
	size_t strangers;  /* of those, not in golden */
	size_t nameless;   /* of those, without a call_id */
	size_t duplicates; /* of those, the same call again */
	/* private */
	size_t room, unit_room, word_room, word_bytes;
	uint32_t *scratch; /* the values of the report being read */
	bool *scratch_flips;
	size_t scratch_room;
};

/* An empty comparison; keep_words: of values that differ, for --agreement. */
void diff_init(struct diff *d, const struct diff_rules *rules, bool keep_words);
void diff_release(struct diff *d);

/*
 * Adds a golden record that stands in that line.  -1 with *err (ERR_INPUT): no
 * call_id, seen before, or a value that cannot be.
 */
int diff_add_golden(struct diff *d, const json_t *record, size_t line,
		    struct error *err) MUST_USE;

/* Compares a report; after all golden records.  -1 likewise. */
int diff_add_report(struct diff *d, const json_t *record,
		    struct error *err) MUST_USE;

/* All reports were added: sums up and sorts. */
void diff_finish(struct diff *d);

/*
 * Takes the words beside golden's values that differ; each golden record is
 * shown once more, after diff_finish().
 */
void diff_add_golden_words(struct diff *d, const json_t *record);

/* The words beside a unit, or NULL. */
const struct diff_words *diff_words_of(const struct diff *d, size_t unit);

/* The state in words that output shows, such as "failed". */
const char *diff_state_name(enum diff_state state);

/* Golden records without a verdict: neither compared nor unlabelled. */
size_t diff_without_verdict(const struct diff *d);

/* A unit's kind, the number of its two values. */
enum diff_kind diff_unit_kind(const struct diff *d, const struct diff_unit *u);
double diff_number(const struct diff *d, uint32_t value);

#endif
