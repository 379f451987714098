/* Agreement of two streams, its intervals, and the constant predictor's. */
#include "compare/agreement.h"

#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "compare/bootstrap.h"

enum { NO_CELL = 255, OVERALL = DIFF_FIELDS };

/* A unit, ready to be counted again and again. */
struct entry {
	double golden, report; /* of numbers */
	uint8_t field;
	uint8_t cell; /* of choices: of the table; or NO_CELL */
	bool agrees, pair;
};

/* Sums of one sample. */
struct counts {
	double compared, agreeing;
	double table[DIFF_CHOICES * DIFF_CHOICES];
	struct pair_sums sums;
};

/* Every compared call's entries, one behind the other. */
struct sample_space {
	struct entry *entries;
	size_t *begins; /* of each call's; one more at the end */
	size_t calls;
};

/* ---- from units to entries -------------------------------------------- */

static struct entry entry_of(const struct diff *d, const struct diff_unit *u)
{
	const struct diff_field *f = &diff_fields[u->field];
	struct entry e = { .field = u->field,
			   .cell = NO_CELL,
			   .agrees = !u->differs,
			   .pair = u->got != POOL_NONE };

	if (!e.pair)
		return e;
	if (diff_unit_kind(d, u) == DIFF_CHOICE) {
		size_t i = diff_choice(f, pool_text(&d->texts, u->value));
		size_t j = diff_choice(f, pool_text(&d->texts, u->got));

		e.cell = (uint8_t)(i * DIFF_CHOICES + j);
	} else if (diff_unit_kind(d, u) == DIFF_NUMBER) {
		e.golden = diff_number(d, u->value);
		e.report = diff_number(d, u->got);
	}
	return e;
}

static void space_init(struct sample_space *s, const struct diff *d)
{
	size_t n = 0;

	*s = (struct sample_space){ .calls = 0 };
	s->entries = xcalloc(d->total.compared, sizeof(*s->entries));
	s->begins = xcalloc(d->states[DIFF_COMPARED] + 1, sizeof(*s->begins));
	for (size_t i = 0; i < d->count; i++) {
		const struct diff_call *call = &d->calls[i];

		if (call->state != DIFF_COMPARED)
			continue;
		for (size_t j = 0; j < call->count; j++)
			s->entries[n++] = entry_of(d,
						   &d->units[call->first + j]);
		s->begins[++s->calls] = n;
	}
}

static void space_release(struct sample_space *s)
{
	free(s->entries);
	free(s->begins);
}

static void count_call(const struct sample_space *s, size_t call,
		       struct counts counts[DIFF_FIELDS])
{
	for (size_t i = s->begins[call]; i < s->begins[call + 1]; i++) {
		const struct entry *e = &s->entries[i];
		struct counts *c = &counts[e->field];

		c->compared++;
		c->agreeing += e->agrees;
		if (e->cell != NO_CELL)
			c->table[e->cell]++;
		else if (e->pair)
			pair_sums_add(&c->sums, e->golden, e->report, 1);
	}
}

/* ---- from counts to measures ------------------------------------------- */

size_t agreement_choices(size_t field)
{
	size_t k = 0;

	while (diff_fields[field].choices && diff_fields[field].choices[k])
		k++;
	return k;
}

static void measure_field(size_t field, enum diff_kind kind,
			  const struct counts *c, double out[MEASURES])
{
	size_t ordered = diff_fields[field].ordered;

	for (int m = 0; m < MEASURES; m++)
		out[m] = NAN;
	if (c->compared > 0)
		out[MEASURE_AGREE] = c->agreeing / c->compared;
	if (kind == DIFF_CHOICE) {
		out[MEASURE_KAPPA] = kappa(c->table, agreement_choices(field),
					   DIFF_CHOICES, KAPPA_NOMINAL);
		if (ordered < 3) /* of two, all weights are the same */
			return;
		out[MEASURE_LINEAR] = kappa(c->table, ordered, DIFF_CHOICES,
					    KAPPA_LINEAR);
		out[MEASURE_QUADRATIC] = kappa(c->table, ordered, DIFF_CHOICES,
					       KAPPA_QUADRATIC);
	} else if (kind == DIFF_NUMBER) {
		out[MEASURE_MAE] = pair_mae(&c->sums);
		out[MEASURE_BIAS] = pair_bias(&c->sums);
		out[MEASURE_CORRELATION] = pair_correlation(&c->sums);
	}
}

static double measure_overall(const struct counts counts[DIFF_FIELDS])
{
	double compared = 0, agreeing = 0;

	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		compared += counts[i].compared;
		agreeing += counts[i].agreeing;
	}
	return compared > 0 ? agreeing / compared : NAN;
}

/* How often golden (the report) has the choice, among pairs. */
static double golden_has(const struct agreement_field *f, size_t choice)
{
	double n = 0;

	for (size_t j = 0; j < DIFF_CHOICES; j++)
		n += f->table[choice * DIFF_CHOICES + j];
	return n;
}

static double report_has(const struct agreement_field *f, size_t choice)
{
	double n = 0;

	for (size_t i = 0; i < DIFF_CHOICES; i++)
		n += f->table[i * DIFF_CHOICES + choice];
	return n;
}

/* ---- the constant predictor ---------------------------------------------- */

static void constant_choice(struct agreement_field *f, size_t field)
{
	double most = 0;

	for (size_t i = 0; i < agreement_choices(field); i++) {
		double n = golden_has(f, i);

		if (n <= most)
			continue;
		most = n;
		f->constant_choice = i;
		f->constant_reaches = n / (double)f->pairs;
	}
}

/* The median has the least mean absolute error that a constant can have. */
static void constant_number(struct agreement_field *f, size_t field,
			    const struct sample_space *s)
{
	double *golden = xcalloc(f->pairs, sizeof(*golden)), sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->begins[s->calls]; i++)
		if (s->entries[i].field == field && s->entries[i].pair)
			golden[n++] = s->entries[i].golden;
	f->constant_number = quantile(golden, n, 0.5);
	for (size_t i = 0; i < n; i++)
		sum += fabs(golden[i] - f->constant_number);
	if (n > 0)
		f->constant_reaches = sum / (double)n;
	free(golden);
}

/* ---- intervals ------------------------------------------------------------
 */

/* The values of every measure in every sample, measure by measure. */
struct draws {
	double *values;
	size_t samples;
};

static double *draws_of(const struct draws *w, size_t field, int measure)
{
	return w->values + (field * MEASURES + (size_t)measure) * w->samples;
}

static void draw(const struct diff *d, const struct sample_space *s,
		 uint64_t *state, size_t sample, const struct draws *w)
{
	struct counts counts[DIFF_FIELDS] = { 0 };
	double measures[MEASURES];

	for (size_t i = 0; i < s->calls; i++)
		count_call(s, chance_below(state, s->calls), counts);
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		measure_field(i, diff_kind_of(i, d->rules->free_names),
			      &counts[i], measures);
		for (int m = 0; m < MEASURES; m++)
			draws_of(w, i, m)[sample] = measures[m];
	}
	draws_of(w, OVERALL, MEASURE_AGREE)[sample] = measure_overall(counts);
}

static void put_interval(const struct draws *w, size_t field, int measure,
			 struct estimate *e)
{
	double *values = draws_of(w, field, measure);

	if (isnan(e->value))
		return;
	e->low = quantile(values, w->samples, 0.025);
	e->high = quantile(values, w->samples, 0.975);
}

static void put_intervals(struct agreement *a, const struct diff *d,
			  const struct sample_space *s)
{
	struct draws w = { .samples = (size_t)a->samples };
	uint64_t state = a->seed;

	if (a->samples == 0 || s->calls == 0)
		return;
	w.values = xcalloc((DIFF_FIELDS + 1) * MEASURES * w.samples,
			   sizeof(*w.values));
	for (size_t i = 0; i < w.samples; i++)
		draw(d, s, &state, i, &w);
	for (size_t i = 0; i < DIFF_FIELDS; i++)
		for (int m = 0; m < MEASURES; m++)
			put_interval(&w, i, m, &a->fields[i].measures[m]);
	put_interval(&w, OVERALL, MEASURE_AGREE, &a->overall);
	free(w.values);
}

/* ---- all of it --------------------------------------------------------------
 */

static struct estimate point(double value)
{
	return (struct estimate){ .value = value, .low = NAN, .high = NAN };
}

static void put_field(struct agreement_field *f, size_t field,
		      enum diff_kind kind, const struct counts *c,
		      const struct sample_space *s)
{
	double measures[MEASURES], pairs = c->sums.n;

	f->sums = c->sums;
	for (size_t i = 0; i < DIFF_CHOICES * DIFF_CHOICES; i++) {
		f->table[i] = c->table[i];
		pairs += c->table[i];
	}
	f->pairs = (size_t)pairs;
	measure_field(field, kind, c, measures);
	for (int m = 0; m < MEASURES; m++)
		f->measures[m] = point(measures[m]);
	f->constant_number = f->constant_reaches = NAN;
	if (kind == DIFF_CHOICE)
		constant_choice(f, field);
	else if (kind == DIFF_NUMBER)
		constant_number(f, field, s);
}

void agreement_measure(struct agreement *a, const struct diff *d, int samples,
		       uint64_t seed)
{
	struct counts counts[DIFF_FIELDS] = { 0 };
	struct sample_space s;

	*a = (struct agreement){ .samples = samples, .seed = seed };
	space_init(&s, d);
	for (size_t i = 0; i < s.calls; i++)
		count_call(&s, i, counts);
	for (size_t i = 0; i < DIFF_FIELDS; i++)
		put_field(&a->fields[i], i,
			  diff_kind_of(i, d->rules->free_names), &counts[i],
			  &s);
	a->overall = point(measure_overall(counts));
	put_intervals(a, d, &s);
	space_release(&s);
}

const char *agreement_measure_name(enum agreement_measure measure)
{
	static const char *const names[] = {
		[MEASURE_AGREE] = "agree",
		[MEASURE_KAPPA] = "kappa",
		[MEASURE_LINEAR] = "kappa_linear",
		[MEASURE_QUADRATIC] = "kappa_quadratic",
		[MEASURE_MAE] = "mae",
		[MEASURE_BIAS] = "bias",
		[MEASURE_CORRELATION] = "correlation",
	};

	return names[measure];
}

double agreement_precision(const struct agreement_field *f, size_t choice)
{
	double said = report_has(f, choice);

	return said > 0 ? f->table[choice * DIFF_CHOICES + choice] / said : NAN;
}

double agreement_recall(const struct agreement_field *f, size_t choice)
{
	double there = golden_has(f, choice);

	return there > 0 ? f->table[choice * DIFF_CHOICES + choice] / there
			 : NAN;
}
