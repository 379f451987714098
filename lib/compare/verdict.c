/* The gate. */
#include "compare/verdict.h"

#include <math.h>

static void add(struct diff_verdict *v, const char *option, size_t field,
		double wanted, double got, bool passed)
{
	v->checks[v->count++] = (struct diff_check){ .option = option,
						     .field = field,
						     .wanted = wanted,
						     .got = got,
						     .passed = passed };
	if (!passed)
		v->failed = true;
}

/* Fields that no threshold is about: none of their values may differ. */
static void check_differences(struct diff_verdict *v, const struct diff *d)
{
	size_t differing = 0;
	bool any = false;

	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		if (!d->rules->wanted[i] || diff_has_threshold(d->rules, i))
			continue;
		any = true;
		differing += d->fields[i].differing;
	}
	if (any)
		add(v, "differences", DIFF_NO_FIELD, 0, (double)differing,
		    differing == 0);
}

/* What was named has to be there: NAN fails. */
static void check_agree(struct diff_verdict *v, const struct diff *d,
			const struct agreement *a)
{
	double all = 100 * a->overall.value;

	if (d->rules->min_agree >= 0 && d->total.compared > 0)
		add(v, "min-agree", DIFF_NO_FIELD, d->rules->min_agree, all,
		    all >= d->rules->min_agree);
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		double wanted = d->rules->fields[i].min_agree;
		double got = 100 * a->fields[i].measures[MEASURE_AGREE].value;

		if (d->rules->wanted[i] && wanted >= 0)
			add(v, "min-agree", i, wanted, got, got >= wanted);
	}
}

/*
 * Where both sides know one category only and always agree, kappa is not
 * defined, and nothing is wrong.
 */
static void check_kappa(struct diff_verdict *v, const struct diff *d,
			const struct agreement *a)
{
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		double wanted = d->rules->fields[i].min_kappa;
		double got = a->fields[i].measures[MEASURE_KAPPA].value;
		size_t pairs = a->fields[i].pairs;

		if (!d->rules->wanted[i] ||
		    diff_kind_of(i, d->rules->free_names) != DIFF_CHOICE)
			continue;
		if (wanted <= DIFF_NO_KAPPA && pairs > 0)
			wanted = d->rules->min_kappa;
		if (wanted > DIFF_NO_KAPPA)
			add(v, "min-kappa", i, wanted, got,
			    got >= wanted || (isnan(got) && pairs > 0));
	}
}

static void check_delta(struct diff_verdict *v, const struct diff *d)
{
	double wanted = d->rules->max_score_delta, got = 0;
	size_t field = diff_field_find("overall_score");

	if (wanted < 0)
		return;
	for (size_t i = 0; i < d->unit_count; i++) {
		const struct diff_unit *u = &d->units[i];
		double delta;

		if (u->field != field || u->got == POOL_NONE || u->flips)
			continue;
		delta = fabs(diff_number(d, u->got) - diff_number(d, u->value));
		if (delta > got)
			got = delta;
	}
	add(v, "max-score-delta", field, wanted, got,
	    got <= wanted && d->fields[field].absent == 0);
}

/* Does any report belong to a golden record? */
static bool have_met(const struct diff *d)
{
	return d->states[DIFF_COMPARED] + d->states[DIFF_FAILED] +
		       d->states[DIFF_SKIPPED] + d->states[DIFF_PARTIAL] +
		       d->states[DIFF_AMBIGUOUS] >
	       0;
}

void diff_judge(struct diff_verdict *v, const struct diff *d,
		const struct agreement *a)
{
	*v = (struct diff_verdict){ .status = EXIT_OK };
	v->without_verdict = diff_without_verdict(d);
	v->nothing = d->total.compared == 0;
	v->incomplete = (long)v->without_verdict > d->rules->allow_missing;
	if (!v->nothing) {
		check_differences(v, d);
		check_agree(v, d, a);
		check_kappa(v, d, a);
		check_delta(v, d);
	}
	if (v->failed)
		v->status = EXIT_GATE;
	else if (have_met(d) && v->incomplete)
		v->status = EXIT_RECORDS;
	else if (v->nothing)
		v->status = EXIT_NO_INPUT;
}
