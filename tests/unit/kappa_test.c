/* kappa(): published tables, and what has no value. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "compare/kappa.h"

enum { MOST = 5 };

/* What was printed, to how many digits; NAN: not printed. */
static const struct {
	const char *source;
	size_t k;
	double table[MOST * MOST];
	double nominal, linear, quadratic, digits;
} published[] = {
	{ "Sim and Wright, The kappa statistic in reliability studies, "
	  "Physical Therapy 85 (2005) 257-268, table 2",
	  2,
	  { 22, 2, 4, 11 },
	  0.67,
	  NAN,
	  NAN,
	  0.005 },
	{ "SAS/STAT user's guide, PROC FREQ, agreement study: two "
	  "dermatologists, 88 patients",
	  4,
	  { 10, 4, 1, 0, 5, 10, 12, 2, 2, 4, 12, 5, 0, 2, 6, 13 },
	  0.3449,
	  0.5082,
	  NAN,
	  0.00005 },
	{ "Cohen, Weighted kappa, Psychological Bulletin 70 (1968), table 1",
	  3,
	  { 88, 14, 18, 10, 40, 10, 2, 6, 12 },
	  0.492,
	  NAN,
	  NAN,
	  0.0005 },
	{ "Hout, Duncan and Sobel 1987, as R's package vcd prints it",
	  4,
	  { 7, 7, 2, 3, 2, 8, 3, 7, 1, 5, 4, 9, 2, 8, 9, 14 },
	  0.1293,
	  0.2374,
	  NAN,
	  0.00005 },
	{ "R's package irr, data set anxiety, raters 2 and 3: kappa2(), with "
	  "weights equal and squared",
	  5,
	  { 0, 0, 1, 0, 0, 4, 0, 1, 0, 0, 2, 3, 3,
	    0, 0, 0, 2, 0, 1, 1, 1, 0, 0, 1, 0 },
	  -0.006289308,
	  0.1459075,
	  0.2520325,
	  0.00000005 },
};

static void near(double got, double wanted, double digits)
{
	if (!isnan(wanted))
		assert_true(fabs(got - wanted) <= digits);
}

static void published_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(published); i++) {
		const double *t = published[i].table;
		size_t k = published[i].k;

		near(kappa(t, k, k, KAPPA_NOMINAL), published[i].nominal,
		     published[i].digits);
		near(kappa(t, k, k, KAPPA_LINEAR), published[i].linear,
		     published[i].digits);
		near(kappa(t, k, k, KAPPA_QUADRATIC), published[i].quadratic,
		     published[i].digits);
	}
}

/* A table inside a wider one, as a scale without N/A is. */
static void part_of_a_table(void **state)
{
	static const double wide[] = { 10, 4, 1,  9, 5, 10, 12, 9,
				       2,  4, 12, 9, 9, 9,  9,  9 };
	static const double narrow[] = { 10, 4, 1, 5, 10, 12, 2, 4, 12 };

	(void)state;
	for (int weight = KAPPA_NOMINAL; weight <= KAPPA_QUADRATIC; weight++)
		assert_true(kappa(wide, 3, 4, (enum kappa_weight)weight) ==
			    kappa(narrow, 3, 3, (enum kappa_weight)weight));
}

static void ends_of_the_scale(void **state)
{
	static const double perfect[] = { 5, 0, 0, 7 };
	static const double opposite[] = { 0, 6, 6, 0 };
	static const double chance[] = { 4, 4, 4, 4 };
	static const double one[] = { 9, 0, 0, 0 }, none[4];

	(void)state;
	assert_true(kappa(perfect, 2, 2, KAPPA_NOMINAL) == 1);
	assert_true(kappa(opposite, 2, 2, KAPPA_NOMINAL) == -1);
	assert_true(kappa(chance, 2, 2, KAPPA_NOMINAL) == 0);
	assert_true(isnan(kappa(one, 2, 2, KAPPA_NOMINAL)));
	assert_true(isnan(kappa(none, 2, 2, KAPPA_LINEAR)));
}

static void pairs(void **state)
{
	/* Anscombe's first quartet (The American Statistician 27, 1973): r is
	 * 0.816 */
	static const double xy[][2] = {
		{ 10, 8.04 },  { 8, 6.95 },  { 13, 7.58 }, { 9, 8.81 },
		{ 11, 8.33 },  { 14, 9.96 }, { 6, 7.24 },  { 4, 4.26 },
		{ 12, 10.84 }, { 7, 4.82 },  { 5, 5.68 }
	};
	struct pair_sums s = { 0 }, none = { 0 }, flat = { 0 };
	double error = 0, bias = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(xy); i++) {
		pair_sums_add(&s, xy[i][0], xy[i][1], 1);
		pair_sums_add(&flat, 3, xy[i][1], 1);
		error += fabs(xy[i][1] - xy[i][0]) / LENGTH(xy);
		bias += (xy[i][1] - xy[i][0]) / LENGTH(xy);
	}
	near(pair_correlation(&s), 0.816, 0.0005);
	near(pair_mae(&s), error, 1e-12);
	near(pair_bias(&s), bias, 1e-12);
	assert_true(isnan(pair_correlation(&flat)));
	assert_true(isnan(pair_mae(&none)) && isnan(pair_bias(&none)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_examples),
		cmocka_unit_test(part_of_a_table),
		cmocka_unit_test(ends_of_the_scale),
		cmocka_unit_test(pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
