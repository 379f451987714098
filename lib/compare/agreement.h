/*
 * How well two streams agree, field by field: measures that allow for chance,
 * their intervals, and what a predictor that always says the same would reach.
 */
#ifndef COMPARE_AGREEMENT_H
#define COMPARE_AGREEMENT_H

#include <stdint.h>

#include "compare/compare.h"
#include "compare/kappa.h"

enum agreement_measure {
	MEASURE_AGREE,  /* share of values within the tolerance, 0 to 1 */
	MEASURE_KAPPA,  /* of choices */
	MEASURE_LINEAR, /* weighted kappa, of pairs that are on the scale */
	MEASURE_QUADRATIC,
	MEASURE_MAE,         /* of numbers: mean of |report - golden| */
	MEASURE_BIAS,        /* mean of report - golden */
	MEASURE_CORRELATION, /* Pearson's */
	MEASURES
};

/* A measure with its 95 % interval; NAN where there is none. */
struct estimate {
	double value, low, high;
};

struct agreement_field {
	size_t pairs; /* values that both sides have */
	/* of choices: golden's down, the report's across */
	double table[DIFF_CHOICES * DIFF_CHOICES];
	struct pair_sums sums; /* of numbers */
	struct estimate measures[MEASURES];
	/* golden's most frequent choice, or its median, and what it reaches:
	 * the share it is right in, or its mean absolute error; NAN: neither */
	size_t constant_choice;
	double constant_number, constant_reaches;
};

struct agreement {
	struct agreement_field fields[DIFF_FIELDS];
	struct estimate overall; /* share of all values, of all fields */
	int samples;             /* of the bootstrap; 0: no intervals */
	uint64_t seed;
};

/*
 * Measures a finished comparison.  Intervals are percentiles of `samples`
 * bootstrap samples of calls, drawn with the seed: a call's values hang
 * together, so whole calls are drawn.  After Efron and Tibshirani, An
 * Introduction to the Bootstrap (1993), 13.3.
 */
void agreement_measure(struct agreement *a, const struct diff *d, int samples,
		       uint64_t seed);

/* The measure's name in output, such as "kappa". */
const char *agreement_measure_name(enum agreement_measure measure);

/*
 * Of a choice: how often the report is right when it says it, and how often
 * it says it when golden does; NAN if neither ever does.
 */
double agreement_precision(const struct agreement_field *f, size_t choice);
double agreement_recall(const struct agreement_field *f, size_t choice);

/* The number of a field's choices. */
size_t agreement_choices(size_t field);

#endif
