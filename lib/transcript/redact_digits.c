/* What digits can be: issuers, checksums, areas, dates. */
#include "transcript/redact_digits.h"

#include "base/compiler.h"

/* The first n digits as a number. */
static unsigned leading(const char *d, size_t n)
{
	unsigned value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned)(d[i] - '0');
	return value;
}

static bool one_digit_only(const char *d, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (d[i] != d[0])
			return false;
	return true;
}

/* ---- cards ----------------------------------------------------------- */

/* Numbers of `digits` leading digits from low to high, and their lengths. */
struct issuer {
	unsigned digits, low, high;
	unsigned lengths; /* bits: 1 << length */
};

#define L(n)   (1u << (n))
#define L16_19 (L(16) | L(17) | L(18) | L(19))
#define L13_19 (L(13) | L(14) | L(15) | L16_19)

static const struct issuer issuers[] = {
	{ 1, 4, 4, L(13) | L(16) | L(19) }, /* Visa */
	{ 2, 51, 55, L(16) },               /* Mastercard */
	{ 4, 2221, 2720, L(16) },
	{ 2, 34, 34, L(15) }, /* American Express */
	{ 2, 37, 37, L(15) },
	{ 4, 6011, 6011, L16_19 }, /* Discover */
	{ 3, 644, 649, L16_19 },
	{ 2, 65, 65, L16_19 },
	{ 3, 300, 305, L(14) | L16_19 }, /* Diners Club */
	{ 4, 3095, 3095, L(14) | L16_19 },
	{ 2, 36, 36, L(14) | L16_19 },
	{ 2, 38, 39, L(14) | L16_19 },
	{ 4, 3528, 3589, L16_19 }, /* JCB */
	{ 2, 62, 62, L16_19 },     /* UnionPay */
	{ 2, 81, 81, L16_19 },
	{ 2, 50, 50, L13_19 }, /* Maestro */
	{ 2, 56, 58, L13_19 },
	{ 2, 63, 63, L13_19 },
	{ 2, 67, 67, L13_19 },
	{ 2, 60, 60, L(16) }, /* RuPay */
	{ 2, 82, 82, L(16) },
	{ 4, 2200, 2204, L16_19 }, /* Mir */
};

bool digits_issuer(const char *d, size_t n)
{
	if (n < CARD_MIN || n > CARD_MAX)
		return false;
	for (size_t i = 0; i < LENGTH(issuers); i++) {
		unsigned first = leading(d, issuers[i].digits);

		if (first >= issuers[i].low && first <= issuers[i].high &&
		    issuers[i].lengths & L(n))
			return true;
	}
	return false;
}

bool digits_luhn(const char *d, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned)(d[n - 1 - i] - '0');

		if (i % 2 == 1)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return n > 0 && sum % 10 == 0;
}

bool digits_card(const char *d, size_t n)
{
	return digits_issuer(d, n) && digits_luhn(d, n) &&
	       !one_digit_only(d, n);
}

/* ---- nine digits ----------------------------------------------------- */

bool digits_ssn(const char *d, size_t n)
{
	unsigned area = n == 9 ? leading(d, 3) : 0;

	return area > 0 && area != 666 && area < 900 && leading(d + 3, 2) > 0 &&
	       leading(d + 5, 4) > 0;
}

bool digits_itin(const char *d, size_t n)
{
	unsigned group = n == 9 && d[0] == '9' ? leading(d + 3, 2) : 0;

	return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) ||
	       (group >= 90 && group <= 92) || (group >= 94 && group <= 99);
}

bool digits_routing(const char *d, size_t n)
{
	static const unsigned weights[] = { 3, 7, 1 };
	unsigned sum = 0, district;

	if (n != 9 || one_digit_only(d, n))
		return false;
	for (size_t i = 0; i < n; i++)
		sum += weights[i % 3] * (unsigned)(d[i] - '0');
	district = leading(d, 2);
	return sum % 10 == 0 &&
	       (district <= 12 || (district >= 21 && district <= 32) ||
		(district >= 61 && district <= 72) || district == 80);
}

/* ---- phones, dates --------------------------------------------------- */

bool digits_phone(const char *d, size_t n)
{
	if (n == 11 && d[0] == '1') {
		d++;
		n--;
	}
	return n == 10 && d[0] >= '2' && d[3] >= '2';
}

static bool is_date(unsigned month, unsigned day, unsigned year)
{
	return month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
	       year >= 1900 && year < 2030;
}

bool digits_date(const char *d, size_t n)
{
	if (n == 6)
		return is_date(leading(d, 2), leading(d + 2, 2), 1900);
	if (n == 7) /* 5 12 1978 */
		return is_date(leading(d, 1), leading(d + 1, 2),
			       leading(d + 3, 4));
	if (n != 8)
		return false;
	return is_date(leading(d, 2), leading(d + 2, 2), leading(d + 4, 4)) ||
	       is_date(leading(d + 2, 2), leading(d, 2), leading(d + 4, 4)) ||
	       is_date(leading(d + 4, 2), leading(d + 6, 2), leading(d, 4));
}
