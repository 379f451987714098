/* scan: what is JSON and what is not, wherever the bytes are cut. */
#include "data/scan.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"

static const struct json_limits limits = { .bytes = 100,
					   .depth = 5,
					   .values = 10 };

struct row {
	const char *text;
	size_t len;
	/* NULL: good; else what is said, and the byte it is said of */
	const char *fault;
	size_t offset;
};

#define GOOD(text)                                \
	{                                         \
		(text), sizeof(text) - 1, NULL, 0 \
	}
#define BAD(text, offset, reason)                        \
	{                                                \
		(text), sizeof(text) - 1, reason, offset \
	}

/* clang-format off */
static const struct row rows[] = {
	/* the seven kinds of value */
	GOOD("null"), GOOD("true"), GOOD("false"), GOOD("0"), GOOD("\"\""),
	GOOD("[]"), GOOD("{}"),
	GOOD(" \t\r\n[ \t\r\n] \t\r\n"), GOOD("{ }"),
	GOOD("[null,true,false,0,\"\",[],{}]"),
	GOOD("{\"\":0,\"a\":{\"a\":[[]]}}"),
	GOOD("[ 1 , 2 ]"), GOOD("{ \"a\" : 1 , \"b\" : 2 }"),
	GOOD("{\"a\":1,\"a\":2}"), /* the library's to refuse */

	/* nothing, too little, too much */
	BAD("", 0, "no value"),
	BAD(" \n", 2, "no value"),
	BAD("[", 1, "ends within"),
	BAD("{", 1, "ends within"),
	BAD("[1", 2, "ends within"),
	BAD("[1,", 3, "ends within"),
	BAD("{\"a\"", 4, "ends within"),
	BAD("{\"a\":", 5, "ends within"),
	BAD("{\"a\":1", 6, "ends within"),
	BAD("{\"a\":1,", 7, "ends within"),
	BAD("\"", 1, "ends within"),
	BAD("\"a", 2, "ends within"),
	BAD("\"\\", 2, "ends within"),
	BAD("\"\\u", 3, "ends within"),
	BAD("\"\\u12", 5, "ends within"),
	BAD("\"\xc3", 2, "ends within"),
	BAD("tru", 3, "ends within"),
	BAD("1 2", 2, "after the value"),
	BAD("{}{}", 2, "after the value"),
	BAD("[] x", 3, "after the value"),
	BAD("nullx", 4, "after the value"),
	BAD("1,", 1, "after the value"),
	BAD("1]", 1, "after the value"),
	BAD("1\0", 1, "after the value"),

	/* arrays and objects */
	BAD("]", 0, "no value"), BAD("}", 0, "no value"),
	BAD(",", 0, "no value"),
	BAD("[,1]", 1, "no value"), BAD("[1,,2]", 3, "no value"),
	BAD("[1,]", 3, "no value"), BAD("[1 2]", 3, "neither a comma nor ]"),
	BAD("[1}", 2, "neither a comma nor ]"), BAD("[1:2]", 2, "neither"),
	BAD("{,}", 1, "neither a quoted key nor }"),
	BAD("{1:2}", 1, "neither a quoted key nor }"),
	BAD("{a:2}", 1, "neither a quoted key nor }"),
	BAD("{\"a\":1,}", 7, "no quoted key"),
	BAD("{\"a\":1,b:2}", 7, "no quoted key"),
	BAD("{\"a\" 1}", 5, "no colon"), BAD("{\"a\",1}", 4, "no colon"),
	BAD("{\"a\":}", 5, "no value"), BAD("{\"a\"::1}", 5, "no value"),
	BAD("{\"a\":1 \"b\":2}", 7, "neither a comma nor }"),
	BAD("{\"a\":1]", 6, "neither a comma nor }"),
	BAD("[\"a\":1]", 4, "neither a comma nor ]"),
	BAD("['a']", 1, "no value"), BAD("[1;2]", 2, "neither"),
	BAD("/**/1", 0, "no value"), BAD("[1]//", 3, "after the value"),

	/* words */
	BAD("nul ", 3, "a word"), BAD("Null", 0, "no value"),
	BAD("TRUE", 0, "no value"), BAD("truE", 3, "a word"),
	BAD("[falsy]", 5, "a word"), BAD("[nan]", 2, "a word"),
	BAD("NaN", 0, "no value"), BAD("Infinity", 0, "no value"),
	BAD("[-Infinity]", 2, "minus sign"), BAD("[nullx]", 5, "neither"),
	BAD("undefined", 0, "no value"),

	/* numbers: their form */
	GOOD("-0"), GOOD("10"), GOOD("-1"), GOOD("0.5"), GOOD("-0.5"),
	GOOD("1.0"), GOOD("100.001"), GOOD("1e1"), GOOD("1E1"), GOOD("1e+1"),
	GOOD("1e-1"), GOOD("0e0"), GOOD("0.0e0"), GOOD("1.5E+05"),
	GOOD("[0]"), GOOD("[-0,0.0,0e1]"), GOOD("{\"a\":1}"), GOOD("[1\n]"),
	BAD("-", 1, "minus sign"), BAD("[-]", 2, "minus sign"),
	BAD("--1", 1, "minus sign"), BAD("-a", 1, "minus sign"),
	BAD("+1", 0, "no value"), BAD("01", 1, "leading zero"),
	BAD("-01", 2, "leading zero"), BAD("00", 1, "leading zero"),
	BAD("[01]", 2, "leading zero"), BAD("0x1", 1, "after the value"),
	BAD("1.", 2, "decimal point"), BAD("[1.]", 3, "decimal point"),
	BAD("1.e1", 2, "decimal point"), BAD(".5", 0, "no value"),
	BAD("1..2", 2, "decimal point"), BAD("1.2.3", 3, "after the value"),
	BAD("1e", 2, "exponent"), BAD("1e+", 3, "exponent"),
	BAD("1e-", 3, "exponent"), BAD("[1e]", 3, "exponent"),
	BAD("1ee1", 2, "exponent"), BAD("1e+-1", 3, "exponent"),
	BAD("1e1.5", 3, "after the value"), BAD("1e1e1", 3, "after the value"),
	BAD("1-", 1, "after the value"), BAD("1+1", 1, "after the value"),
	BAD("1a", 1, "after the value"), BAD("1_000", 1, "after the value"),
	BAD("[1\0,2]", 2, "neither"), BAD("[1.5\0]", 4, "neither"),
	BAD("[true\0]", 5, "neither"), BAD("{\"k\":12\0}", 7, "neither"),

	/* numbers: their range */
	GOOD("9223372036854775807"), GOOD("-9223372036854775808"),
	BAD("9223372036854775808", 19, "beyond 64 bits"),
	BAD("-9223372036854775809", 20, "beyond 64 bits"),
	BAD("18446744073709551616", 20, "beyond 64 bits"),
	BAD("10000000000000000000", 20, "beyond 64 bits"),
	BAD("[99999999999999999999999999999999999999999]", 42, "beyond 64"),
	GOOD("1e308"), GOOD("-1e308"), GOOD("1.7976931348623157e308"),
	GOOD("1.7976931348623157081e308"), GOOD("17976931348623157e292"),
	GOOD("0.00000000000000000017976931348623157e327"),
	GOOD("9223372036854775808.0"), GOOD("10000000000000000000e1"),
	BAD("1e309", 5, "beyond a double"), BAD("1e999", 5, "beyond a double"),
	BAD("-1e999", 6, "beyond a double"),
	BAD("[1e400]", 6, "beyond a double"),
	BAD("1.797693134862315808e308", 24, "beyond a double"),
	BAD("17976931348623158.1e292", 23, "beyond a double"),
	BAD("100000000000000000000e289", 25, "beyond a double"),
	BAD("1e99999999999999999999999999", 28, "beyond a double"),
	GOOD("1e-999"), GOOD("1e-99999999999999999999999999"),
	GOOD("0e999"), GOOD("0.000e999"), GOOD("-0e99999999999999999999999"),
	GOOD("4.9e-324"), GOOD("123456789012345678901234567890.0"),

	/* strings: escapes */
	GOOD("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
	GOOD("\"\\u0041\\u00e9\\uFFFF\""),
	GOOD("\"\\u0000\""), GOOD("{\"\\u0001\":1}"), GOOD("\"\\u002f\""),
	GOOD("\"\\ud83d\\ude00\""), GOOD("\"\\uD800\\uDC00\\uDBFF\\uDFFF\""),
	GOOD("\"\\uD7FF\\uE000\""), GOOD("{\"\\ud83d\\ude00\":1}"),
	BAD("{\"\\u0000\":1}", 7, "\\u0000 in a key"),
	BAD("{\"a\":1,\"b\\u0000\":1}", 14, "\\u0000 in a key"),
	BAD("\"\\a\"", 2, "unknown escape"),
	BAD("\"\\'\"", 2, "unknown escape"),
	BAD("\"\\x41\"", 2, "unknown escape"), BAD("\"\\U0041\"", 2, "unknown"),
	BAD("\"\\\0\"", 2, "unknown escape"),
	BAD("\"\\\n\"", 2, "unknown escape"),
	BAD("\"\\u\"", 3, "four hexadecimal"), BAD("\"\\u123\"", 6, "four hex"),
	BAD("\"\\u12g4\"", 5, "four hex"), BAD("\"\\u 123\"", 3, "four hex"),
	BAD("\"\\ud800\"", 7, "surrogate"), BAD("\"\\ud800x\"", 7, "surrogate"),
	BAD("\"\\ud800\\n\"", 8, "surrogate"),
	BAD("\"\\ud800\\u0041\"", 12, "surrogate"),
	BAD("\"\\ud800\\ud800\"", 12, "surrogate"),
	BAD("\"\\udc00\"", 6, "surrogate"),
	BAD("\"\\udc00\\ud800\"", 6, "surrogate"),
	BAD("\"\\udbff\\u0000\"", 12, "surrogate"),

	/* strings: raw bytes */
	GOOD("\"\x7f\""), GOOD("\" \x20\""),
	BAD("\"\0\"", 1, "raw NUL"), BAD("\"\x01\"", 1, "raw control"),
	BAD("\"\t\"", 1, "raw control"), BAD("\"\x1f\"", 1, "raw control"),
	BAD("\"abcdefghijklmnop\x1f\"", 17, "raw control"),
	BAD("\"\n\"", 1, "line break"), BAD("\"\r\"", 1, "line break"),
	BAD("{\"\n\":1}", 2, "line break"),
	BAD("\0", 0, "raw NUL"), BAD("[\0]", 1, "raw NUL"),
	BAD("\0{}", 0, "raw NUL"), BAD("{}\0", 2, "after the value"),
	BAD("{\0}", 1, "neither"), BAD("{\"a\"\0:1}", 4, "no colon"),
	BAD("\x0c[]", 0, "no value"), BAD("[\xa0]", 1, "no value"),
	BAD("\xef\xbb\xbf[]", 0, "no value"),
	BAD("[\xef\xbb\xbf]", 1, "no value"),
	GOOD("\"\xef\xbb\xbf\""),

	/* strings: UTF-8 */
	GOOD("\"\xc2\x80\xdf\xbf\""), GOOD("\"\xe0\xa0\x80\xef\xbf\xbf\""),
	GOOD("\"\xed\x9f\xbf\xee\x80\x80\""),
	GOOD("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
	GOOD("\"\xe2\x82\xac \xf0\x9f\x98\x80\""), GOOD("{\"\xc3\xa9\":1}"),
	BAD("\"\x80\"", 1, "UTF-8"), BAD("\"\xbf\"", 1, "UTF-8"),
	BAD("\"\xc0\xaf\"", 1, "UTF-8"), BAD("\"\xc1\xbf\"", 1, "UTF-8"),
	BAD("\"\xc2\"", 2, "UTF-8"), BAD("\"\xc2\xc2\"", 2, "UTF-8"),
	BAD("\"\xe0\x80\xaf\"", 2, "UTF-8"),
	BAD("\"\xe0\x9f\xbf\"", 2, "UTF-8"),
	BAD("\"\xe2\x82\"", 3, "UTF-8"), BAD("\"\xe2\x28\xa1\"", 2, "UTF-8"),
	BAD("\"\xed\xa0\x80\"", 2, "UTF-8"),
	BAD("\"\xed\xbf\xbf\"", 2, "UTF-8"),
	BAD("\"\xf0\x80\x80\xaf\"", 2, "UTF-8"),
	BAD("\"\xf0\x8f\xbf\xbf\"", 2, "UTF-8"),
	BAD("\"\xf0\x9f\x98\"", 4, "UTF-8"),
	BAD("\"\xf4\x90\x80\x80\"", 2, "UTF-8"),
	BAD("\"\xf5\x80\x80\x80\"", 1, "UTF-8"), BAD("\"\xff\"", 1, "UTF-8"),
	BAD("\"\xfe\xff\"", 1, "UTF-8"), BAD("{\"\xe9\":1}", 3, "UTF-8"),

	/* limits: depth 5, 10 values, 100 bytes */
	GOOD("[[[[[]]]]]"), GOOD("[{\"a\":[{\"a\":[1]}]}]"),
	BAD("[[[[[[]]]]]]", 5, "nested too deeply (limit 5)"),
	BAD("[{\"a\":[{\"a\":[{}]}]}]", 13, "nested too deeply"),
	GOOD("[[[[[]]]],[[[[]]]]]"),
	GOOD("[1,2,3,4,5,6,7,8,9,10]"), GOOD("[[],[],[[]],[],{\"a\":1},1,1]"),
	BAD("[1,2,3,4,5,6,7,8,9,10,11]", 22, "too many values (limit 10)"),
	BAD("[[1,2,3,4],[5,6,7,8,9]]", 20, "too many values"),
	GOOD("\"01234567890123456789012345678901234567890123456789"
	     "012345678901234567890123456789012345678901234567\""),
	BAD("\"01234567890123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678\"", 100,
	    "too long (limit 100)"),
	GOOD("                                                            "
	     "                                                            1"
	     "                                                            "),
	BAD("[                                                           "
	    "                                                            1",
	    100,
	    "too long"),
	/* a number that ends exactly there */
	GOOD("0.01234567890123456789012345678901234567890123456789"
	     "012345678901234567890123456789012345678901234567 "),
	BAD("0.01234567890123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678",
	    100, "too long"),
	/* a fault at the limit is told as what comes first */
	BAD("\"01234567890123456789012345678901234567890123456789"
	    "01234567890123456789012345678901234567890123456\1", 98, "control"),
};
/* clang-format on */

/* Feeds a row in two pieces, the second bytewise if told, and ends it. */
static enum scan_state feed_cut(struct scan *s, const struct row *row,
				size_t cut, bool bytewise, size_t *total)
{
	enum scan_state state;
	size_t used, at;

	scan_init(s, &limits);
	state = scan_feed(s, row->text, cut, &at);
	while (state == SCAN_MORE && at < row->len) {
		size_t n = bytewise ? 1 : row->len - at;

		state = scan_feed(s, row->text + at, n, &used);
		at += used;
	}
	*total = at;
	return state == SCAN_MORE ? scan_end(s) : state;
}

/* Wherever it is cut, the same state, reason and place. */
static void check_cuts(const struct row *row)
{
	struct scan whole, part;
	size_t used, total;
	enum scan_state state = feed_cut(&whole, row, row->len, false, &total);

	for (size_t cut = 0; cut <= row->len; cut++) {
		for (int bytewise = 0; bytewise <= 1; bytewise++) {
			assert_int_equal(
				feed_cut(&part, row, cut, bytewise, &used),
				state);
			assert_int_equal(used, total);
			assert_ptr_equal(part.fault, whole.fault);
			assert_int_equal(part.code_of_fault,
					 whole.code_of_fault);
			assert_int_equal(part.bytes, whole.bytes);
			assert_int_equal(part.values, whole.values);
		}
	}
	if (state == SCAN_MORE)
		return;
	/* what was found is final */
	assert_int_equal(scan_feed(&whole, "[", 1, &used), state);
	assert_int_equal(used, 0);
	assert_int_equal(scan_end(&whole), state);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct row *row = &rows[i];
		struct error err = ERROR_INIT;
		/* so that a sanitizer sees a byte read beyond the end */
		char *text = xmalloc(row->len);
		size_t offset = 12345;
		char place[32];
		int rc;

		memcpy(text, row->text, row->len);
		rc = scan_whole(text, row->len, &limits, &offset, &err);
		free(text);
		check_cuts(row);
		if ((rc < 0) != !!row->fault)
			fail_msg("row %zu: %s: %s", i, row->text, err.text);
		if (!row->fault)
			continue;
		snprintf(place, sizeof(place), "at byte %zu", row->offset + 1);
		if (offset != row->offset || !strstr(err.text, row->fault) ||
		    !strstr(err.text, place))
			fail_msg("row %zu: %s: %s", i, row->text, err.text);
		assert_int_equal(err.code, strstr(row->fault, "too ")
						   ? ERR_TOO_LARGE
						   : ERR_INVALID_JSON);
	}
}

/* What the scanner takes, the library takes, and mostly the reverse. */
static void test_library_agrees(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		json_t *value = json_loadb(rows[i].text, rows[i].len,
					   JSON_DECODE_ANY | JSON_ALLOW_NUL,
					   NULL);

		if (!rows[i].fault && !value)
			fail_msg("row %zu: %s", i, rows[i].text);
		/* it is laxer about limits and a NUL after a number or word */
		if (rows[i].fault && value)
			assert_true(strstr(rows[i].fault, "too ") ||
				    memchr(rows[i].text, '\0', rows[i].len));
		json_decref(value);
	}
}

/* ---- in a stream ----------------------------------------------------- */

static void test_ends(void **state)
{
	static const struct {
		const char *text;
		size_t used;
		enum scan_state state;
	} ends[] = {
		{ "{} {}", 2, SCAN_DONE },      { " [1]x", 4, SCAN_DONE },
		{ "\"a\"\"b\"", 3, SCAN_DONE }, { "12 ", 2, SCAN_DONE },
		{ "12{", 2, SCAN_DONE },        { "12", 2, SCAN_MORE },
		{ "1.5e3\n", 5, SCAN_DONE },    { "true", 4, SCAN_DONE },
		{ "nullnull", 4, SCAN_DONE },   { " \n ", 3, SCAN_MORE },
		{ "", 0, SCAN_MORE },           { "  x", 2, SCAN_FAULT },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(ends); i++) {
		struct scan s;
		size_t used;

		scan_init(&s, &limits);
		assert_int_equal(scan_feed(&s, ends[i].text,
					   strlen(ends[i].text), &used),
				 ends[i].state);
		assert_int_equal(used, ends[i].used);
	}
}

static void test_end(void **state)
{
	struct scan s;
	size_t used;

	(void)state;
	scan_init(&s, &limits);
	assert_int_equal(scan_end(&s), SCAN_MORE);
	scan_feed(&s, "  ", 2, &used);
	assert_int_equal(scan_end(&s), SCAN_MORE);
	scan_feed(&s, "12", 2, &used);
	assert_int_equal(scan_end(&s), SCAN_DONE);
}

/* ---- lifting --------------------------------------------------------- */

static void test_lift(void **state)
{
	/* faults that are lifted, and what is left after the value */
	static const struct {
		const char *text;
		bool lifted;
		const char *rest;
	} cases[] = {
		{ "[1e999,2]x", true, "x" },
		{ "1e999 x", true, " x" },
		{ "[99999999999999999999]x", true, "x" },
		{ "{\"a\":\"\xff\xff\",\"b\":\"\xc3\"}x", true, "x" },
		{ "[\"\\ud800\\\"]\",\"\\q\",\"\\u12\"]x", true, "x" },
		{ "[\"\\udc00\",\"\\ud800\\ud800\",\"\\ud800\"]x", true, "x" },
		{ "[\"\t\1\r\"]x", true, "x" },
		{ "{\"\\u0000\":[1e999]}x", true, "x" },
		{ "[[[[[[[[]]]]]]],{}]x", true, "x" },
		{ "[1,2,3,4,5,6,7,8,9,0,1,2,3]x", true, "x" },
		{ "[\"0123456789012345678901234567890123456789"
		  "0123456789012345678901234567890123456789"
		  "0123456789012345678901234567890123456789\\\"\"]x",
		  true, "x" },
		/* after one that is lifted, one that is not */
		{ "[1e999,}x", false, "}x" },
		{ "[\"\xff\n\"]x", false, "\n\"]x" },
		{ "[1,}", false, "}" },
		{ "{\"a\"}", false, "}" },
		{ "[tru]", false, "]" },
		{ "[01]", false, "1]" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *at = cases[i].text;
		enum scan_state end;
		struct scan s;
		size_t used;

		scan_init(&s, &limits);
		do {
			end = scan_feed(&s, at, 1, &used);
			at += used;
			if (end == SCAN_FAULT && scan_lift(&s))
				end = SCAN_MORE;
		} while (end == SCAN_MORE && *at);
		assert_int_equal(end, cases[i].lifted ? SCAN_DONE : SCAN_FAULT);
		assert_string_equal(at, cases[i].rest);
		assert_false(scan_lift(&s));
	}
}

/* However deep it is, the scanner's memory is enough, lifted or not. */
static void test_deep(void **state)
{
	struct scan s;
	size_t used, depth = 0;
	enum scan_state end = SCAN_MORE;

	(void)state;
	scan_init(&s, &limits);
	for (depth = 0; end != SCAN_FAULT; depth++) {
		end = scan_feed(&s, "[", 1, &used);
		if (end == SCAN_FAULT && scan_lift(&s))
			end = scan_feed(&s, "[", 1, &used);
		assert_true(depth <= SCAN_DEPTH_LIFTED);
	}
	assert_int_equal(depth, SCAN_DEPTH_LIFTED + 1);
	assert_int_equal(s.code_of_fault, ERR_TOO_LARGE);

	scan_init(&s, &(struct json_limits){ 100000, 100000, 100000 });
	for (depth = 0; scan_feed(&s, "[", 1, &used) == SCAN_MORE; depth++)
		;
	assert_int_equal(depth, LIMIT_JSON_DEPTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_library_agrees),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_lift),
		cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
