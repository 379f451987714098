/* Agreement for people: measures, statuses, confusion tables. */
#include <math.h>
#include <string.h>

#include "compare/page.h"

/* "0.93 (0.81 to 1.00)"; "-" where there is no value. */
static void put_estimate(struct table *t, const struct estimate *e,
			 double scale, int digits)
{
	if (isnan(e->value))
		table_put(t, "-");
	else if (isnan(e->low))
		table_put(t, "%.*f", digits, scale * e->value);
	else
		table_put(t, "%.*f (%.*f to %.*f)", digits, scale * e->value,
			  digits, scale * e->low, digits, scale * e->high);
}

static void put_ratio(struct table *t, double value)
{
	if (isnan(value))
		table_put(t, "-");
	else
		table_put(t, "%.3f", value);
}

static enum diff_kind kind_of(const struct page *s, size_t field)
{
	return diff_kind_of(field, s->p->d->rules->free_names);
}

/* Choices: agreement, kappas, and what saying always the same would reach. */
static void put_choices(const struct page *s)
{
	struct table t;

	table_init(&t, "lrrrrrrl");
	page_row(&t, (const char *const[]){ "field", "n", "agree %", "kappa",
					    "linear", "quadratic", "always %",
					    "the same", NULL });
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		const struct agreement_field *f = &s->p->a->fields[i];
		const struct estimate *m = f->measures;

		if (f->pairs == 0 || kind_of(s, i) != DIFF_CHOICE)
			continue;
		table_put(&t, "%s", diff_fields[i].name);
		table_put(&t, "%zu", f->pairs);
		put_estimate(&t, &m[MEASURE_AGREE], 100, 1);
		put_estimate(&t, &m[MEASURE_KAPPA], 1, 2);
		put_estimate(&t, &m[MEASURE_LINEAR], 1, 2);
		put_estimate(&t, &m[MEASURE_QUADRATIC], 1, 2);
		table_put(&t, "%.1f", 100 * f->constant_reaches);
		table_put(&t, "%s%s",
			  diff_fields[i].choices[f->constant_choice],
			  m[MEASURE_AGREE].value <= f->constant_reaches &&
					  m[MEASURE_AGREE].value < 1
				  ? ": no worse"
				  : "");
	}
	page_table(s, &t);
}

/* Numbers: mean absolute error, bias, correlation, and always the median. */
static void put_numbers(const struct page *s)
{
	struct table t;

	table_init(&t, "lrrrrrl");
	page_row(&t, (const char *const[]){ "field", "n", "error", "bias",
					    "correlation", "always", "the same",
					    NULL });
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		const struct agreement_field *f = &s->p->a->fields[i];
		const struct estimate *m = f->measures;

		if (f->pairs == 0 || kind_of(s, i) != DIFF_NUMBER)
			continue;
		table_put(&t, "%s", diff_fields[i].name);
		table_put(&t, "%zu", f->pairs);
		put_estimate(&t, &m[MEASURE_MAE], 1, 2);
		put_estimate(&t, &m[MEASURE_BIAS], 1, 2);
		put_estimate(&t, &m[MEASURE_CORRELATION], 1, 2);
		table_put(&t, "%.2f", f->constant_reaches);
		table_put(&t, "%g%s", f->constant_number,
			  m[MEASURE_MAE].value >= f->constant_reaches &&
					  m[MEASURE_MAE].value > 0
				  ? ": no worse"
				  : "");
	}
	if (t.count > 7) {
		fputc('\n', s->out);
		page_table(s, &t);
	}
	table_release(&t);
}

/* Golden's values down, the report's across; precision and recall beside. */
static void put_confusion(const struct page *s, size_t field)
{
	static const char *const columns[] = { "", "lrrr", "lrrrr", "lrrrrr",
					       "lrrrrrr" };
	const struct agreement_field *f = &s->p->a->fields[field];
	size_t k = agreement_choices(field);
	struct table t;

	page_heading(s, diff_fields[field].name);
	table_init(&t, columns[k]);
	table_put(&t, "golden down, report across");
	for (size_t j = 0; j < k; j++)
		table_put(&t, "%s", diff_fields[field].choices[j]);
	page_row(&t, (const char *const[]){ "recall", "precision", NULL });
	for (size_t i = 0; i < k; i++) {
		table_put(&t, "%s", diff_fields[field].choices[i]);
		for (size_t j = 0; j < k; j++)
			table_put(&t, "%.0f", f->table[i * DIFF_CHOICES + j]);
		put_ratio(&t, agreement_recall(f, i));
		put_ratio(&t, agreement_precision(f, i));
	}
	page_table(s, &t);
}

void page_agreement(const struct page *s)
{
	const struct agreement *a = s->p->a;
	char title[160];

	if (s->p->d->total.compared == 0)
		return;
	if (a->samples > 0)
		snprintf(title, sizeof(title),
			 "agreement (95 %% intervals: %d bootstrap samples of "
			 "calls, seed %llu)",
			 a->samples, (unsigned long long)a->seed);
	else
		snprintf(title, sizeof(title), "agreement");
	page_heading(s, title);
	put_choices(s);
	put_numbers(s);
	for (size_t i = 0; i < DIFF_FIELDS; i++)
		if (a->fields[i].pairs > 0 && kind_of(s, i) == DIFF_CHOICE)
			put_confusion(s, i);
}
