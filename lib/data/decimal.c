/* Does a decimal number fit a type?  Judged digit by digit. */
#include "data/decimal.h"

/*
 * 19 digits fit into 64 bits, and tell which numbers are too great: all
 * doubles are below 1.797693134862315807e308.
 */
enum { DIGITS_KEPT = 19, GREATEST_MAGNITUDE = 308 };
static const uint64_t BEYOND_DOUBLE = 1797693134862315807;

/* More than any text has bytes, and far from an overflow. */
static const int64_t EXPONENT_CAP = INT64_MAX / 16;

void decimal_init(struct decimal *d, bool negative)
{
	*d = (struct decimal){ .negative = negative };
}

static void add_digit(struct decimal *d, char digit)
{
	if (d->significant == 0 && digit == '0')
		return;
	if (d->significant < DIGITS_KEPT)
		d->digits = d->digits * 10 + (uint64_t)(digit - '0');
	if (d->significant <= DIGITS_KEPT)
		d->significant++;
}

void decimal_integer_digit(struct decimal *d, char digit)
{
	if (d->significant > 0)
		d->magnitude++;
	add_digit(d, digit);
}

void decimal_fraction_digit(struct decimal *d, char digit)
{
	/* 0.001: each place up to the first digit makes it ten times less */
	if (d->significant == 0)
		d->magnitude--;
	add_digit(d, digit);
}

void decimal_exponent_sign(struct decimal *d, bool negative)
{
	d->exponent_negative = negative;
}

void decimal_exponent_digit(struct decimal *d, char digit)
{
	if (d->exponent < EXPONENT_CAP / 10)
		d->exponent = d->exponent * 10 + (digit - '0');
}

bool decimal_fits_int64(const struct decimal *d)
{
	return d->significant <= DIGITS_KEPT &&
	       d->digits <= (uint64_t)INT64_MAX + d->negative;
}

bool decimal_fits_double(const struct decimal *d)
{
	int64_t magnitude = d->magnitude;
	uint64_t digits = d->digits;

	magnitude += d->exponent_negative ? -d->exponent : d->exponent;
	if (d->significant == 0 || magnitude < GREATEST_MAGNITUDE)
		return true;
	for (unsigned n = d->significant; n < DIGITS_KEPT; n++)
		digits *= 10;
	return magnitude == GREATEST_MAGNITUDE && digits < BEYOND_DOUBLE;
}
