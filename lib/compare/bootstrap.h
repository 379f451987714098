/* Chance with a seed, and percentiles of what was drawn. */
#ifndef COMPARE_BOOTSTRAP_H
#define COMPARE_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number
 * generators, OOPSLA 2014): the same numbers on every machine.
 */
uint64_t chance_next(uint64_t *state);

/* A number below n <= 2^32; its bias is below n / 2^32. */
size_t chance_below(uint64_t *state, size_t n);

/*
 * The p-quantile (0..1) of the values, which are sorted in place, NANs last
 * and left out; between two of them on a line.  NAN if fewer than half of the
 * values are numbers.
 */
double quantile(double *values, size_t count, double p);

#endif
