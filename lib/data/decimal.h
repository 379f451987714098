/*
 * Does a decimal number fit a type?  Judged digit by digit, without keeping
 * its text, however long that is.
 */
#ifndef DATA_DECIMAL_H
#define DATA_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

struct decimal {
	uint64_t digits;      /* the first significant ones */
	unsigned significant; /* how many those are; one more if cut */
	int64_t magnitude;    /* the number is d.ddd * 10^magnitude */
	int64_t exponent;     /* as written */
	bool negative, exponent_negative;
};

/* A number whose digits are to come. */
void decimal_init(struct decimal *d, bool negative);

/* Its digits ('0' to '9'), in order: before and after the point. */
void decimal_integer_digit(struct decimal *d, char digit);
void decimal_fraction_digit(struct decimal *d, char digit);

/* Its exponent: sign first if there is one, then the digits. */
void decimal_exponent_sign(struct decimal *d, bool negative);
void decimal_exponent_digit(struct decimal *d, char digit);

/* Is it within int64_t?  Only for numbers without point and exponent. */
bool decimal_fits_int64(const struct decimal *d);

/*
 * Is it at most as great as the greatest double?  One that is too small for
 * a double fits: it is 0.
 */
bool decimal_fits_double(const struct decimal *d);

#endif
