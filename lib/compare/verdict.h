/* What the gate says: each threshold, and the exit status of all. */
#ifndef COMPARE_VERDICT_H
#define COMPARE_VERDICT_H

#include "compare/agreement.h"

/* Only callqa-diff's: the answer is no. */
enum { EXIT_GATE = 1 };

/* The most thresholds there can be: two a field, and those for all. */
enum { DIFF_CHECKS = 3 * DIFF_FIELDS + 3 };

/* One thing that was asked for. */
struct diff_check {
	const char *option; /* "min-agree"; "differences" if none was given */
	size_t field;       /* DIFF_NO_FIELD: all */
	double wanted, got; /* percent, kappa, points; values that differ */
	bool passed;
};

struct diff_verdict {
	struct diff_check checks[DIFF_CHECKS];
	size_t count;
	bool failed;            /* a check did not pass */
	size_t without_verdict; /* golden records */
	bool incomplete;        /* more of those than allowed */
	bool nothing;           /* not one value was compared */
	int status;             /* 0, 1, 3 or 7 */
};

/* Judges a finished comparison; a needs no intervals. */
void diff_judge(struct diff_verdict *v, const struct diff *d,
		const struct agreement *a);

#endif
