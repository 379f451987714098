/* What is compared, how near is near enough, and what the gate asks for. */
#ifndef COMPARE_RULES_H
#define COMPARE_RULES_H

#include "base/error.h"
#include "compare/field.h"

/* One field's rules; a threshold below 0 is none. */
struct diff_rule {
	double tolerance; /* of a number, or steps on a scale */
	double min_agree; /* percent */
	double min_kappa; /* -1..1; DIFF_NO_KAPPA is none */
};

#define DIFF_NO_KAPPA (-2.0)

struct diff_rules {
	bool wanted[DIFF_FIELDS];
	struct diff_rule fields[DIFF_FIELDS];
	double min_agree;       /* of all values; < 0: none */
	double min_kappa;       /* of each field that has one; or none */
	double max_score_delta; /* < 0: none */
	double flip_rate;       /* above it an item is known to flip */
	long allow_missing;
	bool free_names; /* lists of named items are counted by status */
};

/* The texts of the options; NULL for one that is not given. */
struct diff_options {
	const char *fields;    /* "compliance,overall_score", or groups */
	const char *ignore;    /* likewise */
	const char *tolerance; /* "overall_score=5,skills=1" */
	const char *min_agree; /* "95,call_outcome=90" */
	const char *min_kappa; /* "0.8,compliance=0.9" */
	const char *max_score_delta;
};

/*
 * Rules out of the options' texts; the rest of *rules is left as it is.  A
 * name is a field's, or a group's for all of its fields that are compared.
 * -1 with *err (ERR_USAGE).
 */
int diff_rules_read(struct diff_rules *rules, const struct diff_options *o,
		    struct error *err) MUST_USE;

/* Has the field a threshold of its own, or is there one for all? */
bool diff_has_threshold(const struct diff_rules *rules, size_t field);

#endif
