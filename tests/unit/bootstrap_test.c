/* Chance with a seed, quantiles, and whether intervals hold what they say. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/compiler.h"
#include "compare/agreement.h"
#include "compare/bootstrap.h"

/* The numbers that other implementations of SplitMix64 give. */
static void chance(void **state)
{
	static const uint64_t wanted[] = { 6457827717110365317u,
					   3203168211198807973u,
					   9817491932198370423u,
					   4593380528125082431u,
					   16408922859458223821u };
	uint64_t seed = 1234567;
	size_t counts[6] = { 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(wanted); i++)
		assert_true(chance_next(&seed) == wanted[i]);
	for (int i = 0; i < 60000; i++)
		counts[chance_below(&seed, 6)]++;
	for (size_t i = 0; i < 6; i++) /* 10000 +- 4 standard deviations */
		assert_in_range(counts[i], 9635, 10365);
	assert_int_equal(chance_below(&seed, 1), 0);
}

static void quantiles(void **state)
{
	double odd[] = { 5, 1, 4, 2, 3 }, gaps[] = { NAN, 2, NAN, 1, 3 };
	double few[] = { 1, NAN, NAN }, one[] = { 7 };

	(void)state;
	assert_true(quantile(odd, 5, 0.5) == 3);
	assert_true(quantile(odd, 5, 0) == 1 && quantile(odd, 5, 1) == 5);
	assert_true(fabs(quantile(odd, 5, 0.1) - 1.4) < 1e-12);
	assert_true(quantile(gaps, 5, 0.5) == 2);
	assert_true(isnan(quantile(few, 3, 0.5)));
	assert_true(quantile(one, 1, 0.975) == 7);
	assert_true(isnan(quantile(one, 0, 0.5)));
}

/* ---- coverage ------------------------------------------------------------ */

/*
 * A population whose kappa is known: of three statuses the two raters say
 * these pairs, in hundredths.
 */
static const double population[9] = { 50, 6, 1, 4, 18, 3, 2, 3, 13 };
static const char *const statuses[] = { "No Infraction", "Coaching Needed",
					"Violation" };

enum { DATA_SETS = 300, CALLS = 60, ITEMS = 5, SAMPLES = 300 };

static size_t draw_pair(uint64_t *state)
{
	double at = (double)chance_below(state, 1000000) / 1e4;
	size_t i = 0;

	while (i < 8 && at >= population[i])
		at -= population[i++];
	return i;
}

static json_t *call_of(size_t id, const size_t pairs[ITEMS], bool golden)
{
	json_t *items = json_array();
	char name[16];

	for (size_t i = 0; i < ITEMS; i++) {
		size_t choice = golden ? pairs[i] / 3 : pairs[i] % 3;

		snprintf(name, sizeof(name), "item %zu", i);
		json_array_append_new(items,
				      json_pack("{s:s, s:s}", "name", name,
						"status", statuses[choice]));
	}
	snprintf(name, sizeof(name), "%zu", id);
	return json_pack("{s:s, s:{s:{s:o}}}", "call_id", name, "evaluation",
			 "compliance", "items", items);
}

static void simulate(struct agreement *a, uint64_t *state,
		     const struct diff_rules *rules)
{
	size_t pairs[CALLS][ITEMS];
	struct diff d;

	diff_init(&d, rules, false);
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < CALLS; i++) {
			for (size_t j = 0; side == 0 && j < ITEMS; j++)
				pairs[i][j] = draw_pair(state);
			json_auto_t *call = call_of(i, pairs[i], side == 0);

			if (side == 0)
				assert_int_equal(
					diff_add_golden(&d, call, i + 1, NULL),
					0);
			else
				assert_int_equal(
					diff_add_report(&d, call, NULL), 0);
		}
	}
	diff_finish(&d);
	agreement_measure(a, &d, SAMPLES, 1);
	diff_release(&d);
}

/* Of 95 % intervals 95 in a hundred hold the population's value. */
static void coverage(void **state)
{
	static const enum agreement_measure measures[] = {
		MEASURE_AGREE, MEASURE_KAPPA, MEASURE_LINEAR, MEASURE_QUADRATIC
	};
	const struct diff_options options = { .fields = "compliance" };
	const double truth[] = { 0.81, kappa(population, 3, 3, KAPPA_NOMINAL),
				 kappa(population, 3, 3, KAPPA_LINEAR),
				 kappa(population, 3, 3, KAPPA_QUADRATIC) };
	size_t field = diff_field_find("compliance"), held[4] = { 0 };
	struct diff_rules rules = { .flip_rate = 0 };
	static struct agreement a;
	uint64_t seed = 20260101;

	(void)state;
	assert_int_equal(diff_rules_read(&rules, &options, NULL), 0);
	for (int n = 0; n < DATA_SETS; n++) {
		simulate(&a, &seed, &rules);
		for (size_t i = 0; i < 4; i++) {
			const struct estimate *e =
				&a.fields[field].measures[measures[i]];

			held[i] += e->low <= truth[i] && truth[i] <= e->high;
		}
	}
	for (size_t i = 0; i < 4; i++) {
		print_message("%s: %zu of %d intervals hold %.4f\n",
			      agreement_measure_name(measures[i]), held[i],
			      DATA_SETS, truth[i]);
		/* 285 are due; of a true 0.93 to 0.97 fewer or more are rare */
		assert_in_range(held[i], 273, 296);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chance),
		cmocka_unit_test(quantiles),
		cmocka_unit_test(coverage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
