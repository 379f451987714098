/* decimal: which numbers fit, at and around every bound. */
#include "data/decimal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"

/* Reads a number in JSON's form. */
static struct decimal read_number(const char *s)
{
	struct decimal d;

	decimal_init(&d, *s == '-');
	s += *s == '-';
	for (; *s >= '0' && *s <= '9'; s++)
		decimal_integer_digit(&d, *s);
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++)
			decimal_fraction_digit(&d, *s);
	if (*s == 'e') {
		s++;
		if (*s == '-' || *s == '+')
			decimal_exponent_sign(&d, *s++ == '-');
		for (; *s; s++)
			decimal_exponent_digit(&d, *s);
	}
	return d;
}

static void test_int64(void **state)
{
	static const struct {
		const char *text;
		bool fits;
	} rows[] = {
		{ "0", true },
		{ "-0", true },
		{ "9223372036854775807", true },
		{ "9223372036854775808", false },
		{ "-9223372036854775808", true },
		{ "-9223372036854775809", false },
		{ "9999999999999999999", false },
		{ "10000000000000000000", false },
		{ "18446744073709551616", false },
		{ "18446744073709551617", false },
		{ "100000000000000000000000000000000000000", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct decimal d = read_number(rows[i].text);

		assert_int_equal(decimal_fits_int64(&d), rows[i].fits);
	}
}

/* The C library is asked for each; it must agree. */
static void test_double(void **state)
{
	static const char *const rows[] = {
		"0.0",
		"1.0",
		"0e400",
		"0.000e99999999999999999999",
		"1e308",
		"1e309",
		"9e307",
		"1.7976931348623157e308",
		"1.7976931348623157081e308",
		"1.797693134862315708145274237317043567980e308",
		"1.797693134862315808e308",
		"1.797693134862315809e308",
		"1.7976931348623159e308",
		"-1.7976931348623157e308",
		"-1.7976931348623159e308",
		"179769313486231570814527.0e285",
		"179769313486231580814527.0e285",
		"0.00017976931348623157e312",
		"0.00017976931348623159e312",
		"0.000000000000000000000000000001e338",
		"0.000000000000000000000000000001e339",
		"100000000000000000000000000000e279",
		"100000000000000000000000000000e280",
		"1e-308",
		"1e-400",
		"1e-99999999999999999999",
		"1e99999999999999999999",
		"0.1e309",
		"0.01e309",
		"10.0e307",
		"10.0e308",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct decimal d = read_number(rows[i]);

		if (decimal_fits_double(&d) != isfinite(strtod(rows[i], NULL)))
			fail_msg("%s", rows[i]);
	}
}

/* 10^n for every n around the bound, written in many ways. */
static void test_powers(void **state)
{
	(void)state;
	for (int point = 0; point < 60; point++) {
		for (int power = 250; power < 340; power++) {
			char text[200];
			struct decimal d;

			/* one digit, `point` places after the point */
			snprintf(text, sizeof(text), "0.%0*de%d", point + 1, 1,
				 power);
			d = read_number(text);
			assert_int_equal(decimal_fits_double(&d),
					 power - point - 1 <= 308);
			/* and `point` places before it */
			snprintf(text, sizeof(text), "1%0*d.0e%d", point + 1, 0,
				 power);
			d = read_number(text);
			assert_int_equal(decimal_fits_double(&d),
					 power + point + 1 <= 308);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_int64),
		cmocka_unit_test(test_double),
		cmocka_unit_test(test_powers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
