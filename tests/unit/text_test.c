/* Runs of bytes, and UTF-8 that is not torn. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/ascii.h"
#include "base/compiler.h"
#include "base/text.h"

/* The C library's word for it, in the locale "C" that nobody leaves. */
static void bytes_are_told_apart(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char c = (char)byte;

		assert_int_equal(is_digit(c), isdigit(byte) != 0);
		assert_int_equal(is_upper(c), isupper(byte) != 0);
		assert_int_equal(is_lower(c), islower(byte) != 0);
		assert_int_equal(is_letter(c), isalpha(byte) != 0);
		assert_int_equal(is_alnum(c), isalnum(byte) != 0);
		assert_int_equal(is_blank(c), isblank(byte) != 0);
		assert_int_equal(is_space(c), byte && strchr(" \t\r\n", byte));
		assert_int_equal(is_high(c), byte >= 0x80);
		assert_int_equal(is_among(c, "b\xffz"),
				 byte == 'b' || byte == 0xff || byte == 'z');
		assert_int_equal((unsigned char)to_lower(c), tolower(byte));
	}
}

static void assert_text(struct text text, const char *expected)
{
	assert_int_equal(text.len, strlen(expected));
	assert_memory_equal(text.data, expected, text.len);
}

static void runs_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *trimmed;
	} rows[] = {
		{ "", "" },
		{ " \t\r\n", "" },
		{ "a", "a" },
		{ "\r\n a b\t", "a b" },
		{ "\v a \f", "\v a \f" },
	};
	const struct text abc = { "abcdef", 3 };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_text(text_trim((struct text){ rows[i].text,
						     strlen(rows[i].text) }),
			    rows[i].trimmed);
	assert_text(text_skip(abc, 0), "abc");
	assert_text(text_skip(abc, 2), "c");
	assert_text(text_skip(abc, 3), "");
	assert_int_equal(text_at(abc, 2), 'c');
	assert_int_equal(text_at(abc, 3), '\0');
	assert_true(text_begins(abc, ""));
	assert_true(text_begins(abc, "abc"));
	assert_false(text_begins(abc, "abcd"));
	assert_false(text_begins(abc, "b"));
}

static void cuts_between_characters(void **state)
{
	static const struct {
		const char *text;
		size_t max, cut;
	} rows[] = {
		{ "", 0, 0 },
		{ "", 5, 0 },
		{ "abc", 5, 3 },
		{ "abc", 3, 3 },
		{ "abc", 2, 2 },
		{ "abc", 0, 0 },
		/* two, three, four bytes */
		{ "\xc3\xbc", 2, 2 },
		{ "\xc3\xbc", 1, 0 },
		{ "a\xe2\x82\xac", 4, 4 },
		{ "a\xe2\x82\xac", 3, 1 },
		{ "a\xe2\x82\xac", 2, 1 },
		{ "a\xe2\x82\xac", 1, 1 },
		{ "\xf0\x9f\x98\x80z", 5, 5 },
		{ "\xf0\x9f\x98\x80z", 4, 4 },
		{ "\xf0\x9f\x98\x80z", 3, 0 },
		/* a letter and the accent upon it are two characters */
		{ "e\xcc\x81", 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(text_cut(rows[i].text, strlen(rows[i].text),
					  rows[i].max),
				 rows[i].cut);
}

static void mends_what_is_no_text(void **state)
{
	static const struct {
		const char *bytes, *mended;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "a\xff"
		  "b",
		  "a?b" },
		{ "\x80", "?" },
		/* overlong, surrogate, beyond the last: each byte a `?` */
		{ "\xc0\xaf.", "??." },
		{ "\xe0\x80\xaf.", "???." },
		{ "\xed\xa0\x80.", "???." },
		{ "\xf4\x90\x80\x80.", "????." },
		{ "\xf5\x80.", "??." },
		/* the edges themselves are characters */
		{ "\xc2\x80", "\xc2\x80" },
		{ "\xe0\xa0\x80", "\xe0\xa0\x80" },
		{ "\xed\x9f\xbf", "\xed\x9f\xbf" },
		{ "\xee\x80\x80", "\xee\x80\x80" },
		{ "\xf0\x90\x80\x80", "\xf0\x90\x80\x80" },
		{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		/* torn in the middle, and at the end, where it goes */
		{ "a\xe2\x82z", "a??z" },
		{ "a\xe2\x82", "a" },
		{ "a\xe2", "a" },
		{ "a\xf0\x9f\x98", "a" },
		{ "\xc3", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char copy[32];

		snprintf(copy, sizeof(copy), "%s", rows[i].bytes);
		text_mend(copy);
		assert_string_equal(copy, rows[i].mended);
		text_mend(copy); /* what is mended stays so */
		assert_string_equal(copy, rows[i].mended);
	}
}

static void same_names(void **state)
{
	(void)state;
	assert_true(text_same_name("Credit Check", "credit-check"));
	assert_true(text_same_name("", " ."));
	assert_false(text_same_name("Credit Check", "Credit Checks"));
	assert_false(text_same_name("\xc3\xa9", "\xc3\xa8"));
}

static void reals(void **state)
{
	static const struct {
		double number;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 90, "90" },
		{ -3, "-3" },
		{ 0.35, "0.35" },
		{ 1e20, "1e+20" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 123456789, "123456789" },
		{ 5e-324, "5e-324" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char text[TEXT_REAL_SIZE];

		text_real(rows[i].number, text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_told_apart),
		cmocka_unit_test(runs_are_taken_apart),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(mends_what_is_no_text),
		cmocka_unit_test(same_names),
		cmocka_unit_test(reals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
