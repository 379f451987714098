/* buf: growth up to the limit and not beyond, and the three escapes. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_empty(void **state)
{
	struct buf b;
	char *taken;

	(void)state;
	buf_init(&b, 10);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	buf_put(&b, NULL, 0);
	assert_string_equal(b.data, "");
	buf_release(&b);
	assert_null(b.data);
	assert_int_equal(b.limit, 10);
	taken = buf_take(&b);
	assert_string_equal(taken, "");
	free(taken);
	buf_release(&b);
}

static void test_append(void **state)
{
	struct buf b;
	char *taken;

	(void)state;
	buf_init(&b, 100);
	buf_puts(&b, "one");
	buf_putc(&b, ' ');
	buf_put(&b, "two\0", 4);
	buf_printf(&b, "%d-%s", 3, "x");
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.data, "one two\0003-x", 12);
	assert_false(buf_failed(&b));
	taken = buf_take(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_memory_equal(taken, "one two\0003-x", 12);
	free(taken);
}

/* Every way to append, up to the limit and one byte more. */
static void test_wipe(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_wipe(&b); /* of nothing */
	buf_puts(&b, "secret");
	buf_wipe(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.limit, 10);
}

static void test_limit(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 200; limit++) {
		struct buf b;

		buf_init(&b, limit);
		for (size_t i = 0; i < limit; i++)
			buf_putc(&b, 'x');
		assert_false(buf_failed(&b));
		assert_int_equal(b.len, limit);
		assert_true(b.size <= limit + 1);
		buf_puts(&b, ""); /* nothing always fits */
		assert_false(buf_failed(&b));
		buf_printf(&b, "%d", 7);
		assert_true(buf_failed(&b));
		/* what did not fit is not there, and nothing follows it */
		buf_puts(&b, "");
		assert_int_equal(b.len, limit);
		assert_int_equal(strlen(b.data), limit);
		buf_clear(&b);
		assert_false(buf_failed(&b));
		assert_int_equal(b.len, 0);
		assert_string_equal(b.data, "");
		buf_release(&b);
	}
}

static void test_too_much_at_once(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_puts(&b, "12345");
	buf_puts(&b, "6789");
	assert_true(buf_failed(&b));
	assert_string_equal(b.data, "12345");
	buf_puts(&b, "6");
	assert_string_equal(b.data, "12345");
	assert_false(buf_reserve(&b, 0));
	buf_release(&b);

	buf_init(&b, 8);
	assert_false(buf_reserve(&b, SIZE_MAX));
	assert_null(b.data);
	buf_release(&b);

	buf_init(&b, 8);
	buf_escape(&b, "\1\1", 2, ESCAPE_JSON);
	assert_true(buf_failed(&b));
	buf_release(&b);
}

static void test_escape(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *json, *log, *terminal;
	} rows[] = {
		{ "plain", 5, "plain", "plain", "plain" },
		{ "", 0, "", "", "" },
		{ "\"\\/", 3, "\\\"\\\\/", "\\\"\\\\/", "\"\\/" },
		{ "\b\t\n\f\r", 5, "\\b\\t\\n\\f\\r", "\\b\\t\\n\\f\\r",
		  "\\u0008\\u0009\\u000a\\u000c\\u000d" },
		{ "a\0b\v\x1f", 5, "a\\u0000b\\u000b\\u001f",
		  "a\\u0000b\\u000b\\u001f", "a\\u0000b\\u000b\\u001f" },
		{ "\x1b[31m", 5, "\\u001b[31m", "\\u001b[31m", "\\u001b[31m" },
		{ "\x7f", 1, "\x7f", "\\u007f", "\\u007f" },
		{ "\xc2\x9b\xc2\xa0", 4, "\xc2\x9b\xc2\xa0", "\\u009b\xc2\xa0",
		  "\\u009b\xc2\xa0" },
		{ "\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6\xe2\x82\xac", 12,
		  "\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6\xe2\x82\xac",
		  "\\u202e\\u2028\\u2066\xe2\x82\xac",
		  "\\u202e\\u2028\\u2066\xe2\x82\xac" },
		{ "caf\xc3\xa9 \xf0\x9f\x98\x80", 10,
		  "caf\xc3\xa9 \xf0\x9f\x98\x80",
		  "caf\xc3\xa9 \xf0\x9f\x98\x80",
		  "caf\xc3\xa9 \xf0\x9f\x98\x80" },
		{ "\xe2\x80", 2, "\xe2\x80", "\xe2\x80", "\xe2\x80" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const char *wants[] = { [ESCAPE_JSON] = rows[i].json,
					[ESCAPE_LOG] = rows[i].log,
					[ESCAPE_TERMINAL] = rows[i].terminal };

		for (size_t mode = 0; mode < LENGTH(wants); mode++) {
			struct buf b;

			buf_init(&b, 200);
			buf_escape(&b, rows[i].text, rows[i].len,
				   (enum escape)mode);
			assert_string_equal(b.data ? b.data : "", wants[mode]);
			buf_release(&b);
		}
	}
}

static void test_json_string(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_json_string(&b, "a\"b\n", 4);
	assert_string_equal(b.data, "\"a\\\"b\\n\"");
	buf_clear(&b);
	buf_json_string(&b, "", 0);
	assert_string_equal(b.data, "\"\"");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_wipe),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_too_much_at_once),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_json_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
