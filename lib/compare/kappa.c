/* Kappa, weighted kappa, differences and correlation. */
#include "compare/kappa.h"

#include <math.h>

static double sum(const double *from, size_t k, size_t step)
{
	double total = 0;

	for (size_t i = 0; i < k; i++)
		total += from[i * step];
	return total;
}

static double distance_weight(enum kappa_weight weight, size_t i, size_t j)
{
	double d = i > j ? (double)(i - j) : (double)(j - i);

	if (weight == KAPPA_NOMINAL)
		return i != j;
	return weight == KAPPA_LINEAR ? d : d * d;
}

double kappa(const double *table, size_t k, size_t stride,
	     enum kappa_weight weight)
{
	double n = 0, observed = 0, expected = 0;

	for (size_t i = 0; i < k; i++)
		n += sum(table + i * stride, k, 1);
	for (size_t i = 0; i < k; i++) {
		double row = sum(table + i * stride, k, 1);

		for (size_t j = 0; j < k; j++) {
			double column = sum(table + j, k, stride);
			double v = distance_weight(weight, i, j);

			observed += v * table[i * stride + j];
			expected += v * row * column / n;
		}
	}
	return expected > 0 ? 1 - observed / expected : NAN;
}

void pair_sums_add(struct pair_sums *s, double x, double y, double times)
{
	s->n += times;
	s->x += times * x;
	s->y += times * y;
	s->xx += times * x * x;
	s->yy += times * y * y;
	s->xy += times * x * y;
	s->absolute += times * fabs(y - x);
}

double pair_bias(const struct pair_sums *s)
{
	return s->n > 0 ? (s->y - s->x) / s->n : NAN;
}

double pair_mae(const struct pair_sums *s)
{
	return s->n > 0 ? s->absolute / s->n : NAN;
}

double pair_correlation(const struct pair_sums *s)
{
	double xx = s->n * s->xx - s->x * s->x;
	double yy = s->n * s->yy - s->y * s->y;
	double xy = s->n * s->xy - s->x * s->y;

	/* scores are whole numbers: what cancels here cancels exactly */
	return xx > 0 && yy > 0 ? xy / sqrt(xx) / sqrt(yy) : NAN;
}
