/* Chance with a seed, and percentiles of what was drawn. */
#include "compare/bootstrap.h"

#include <math.h>
#include <stdlib.h>

uint64_t chance_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

size_t chance_below(uint64_t *state, size_t n)
{
	return (size_t)(((chance_next(state) >> 32) * n) >> 32);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	if (isnan(x) || isnan(y))
		return (isnan(x) != 0) - (isnan(y) != 0);
	return x < y ? -1 : x > y;
}

double quantile(double *values, size_t count, double p)
{
	size_t n = 0, below;
	double at;

	qsort(values, count, sizeof(*values), by_value);
	while (n < count && !isnan(values[n]))
		n++;
	if (n == 0 || 2 * n < count)
		return NAN;
	at = p * (double)(n - 1);
	below = (size_t)at;
	if (below + 1 >= n)
		return values[n - 1];
	return values[below] +
	       (at - (double)below) * (values[below + 1] - values[below]);
}
