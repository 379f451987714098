/*
 * Measures of agreement between two raters, out of a table of counts or out
 * of sums; nothing here knows of reports.
 */
#ifndef COMPARE_KAPPA_H
#define COMPARE_KAPPA_H

#include <stddef.h>

/* How much a disagreement weighs, by the distance of its categories. */
enum kappa_weight {
	KAPPA_NOMINAL,  /* all alike */
	KAPPA_LINEAR,   /* as the distance; Cicchetti and Allison 1971 */
	KAPPA_QUADRATIC /* as its square; Fleiss and Cohen 1973 */
};

/*
 * Cohen's kappa of a table of k x k counts, row by row: rows are the first
 * rater's categories, `stride` counts apart.  Unweighted after Cohen, A
 * coefficient of agreement for nominal scales, Educational and Psychological
 * Measurement 20 (1960) 37-46; weighted after Cohen, Weighted kappa,
 * Psychological Bulletin 70 (1968) 213-220:
 * 1 - sum(v * observed) / sum(v * expected), v the disagreement's weight.
 * NAN if no disagreement is to be expected: an empty table, or one category.
 */
double kappa(const double *table, size_t k, size_t stride,
	     enum kappa_weight weight);

/* Sums over pairs (x, y). */
struct pair_sums {
	double n, x, y, xx, yy, xy, absolute; /* |y - x| */
};

/* Adds a pair `times` times. */
void pair_sums_add(struct pair_sums *s, double x, double y, double times);

/* The mean of y - x, and of its size; NAN without pairs. */
double pair_bias(const struct pair_sums *s);
double pair_mae(const struct pair_sums *s);

/* Pearson's correlation; NAN where x or y does not vary. */
double pair_correlation(const struct pair_sums *s);

#endif
