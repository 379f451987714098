/* json: reading with its limits, and the spelling of what is written. */
#include "data/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct json_limits limits = { .bytes = 1000,
					   .depth = 8,
					   .values = 100 };

static json_t *read_text(const char *text)
{
	struct error err = ERROR_INIT;
	json_t *value = json_read(text, strlen(text), &limits, &err);

	if (!value)
		fail_msg("%s: %s", text, err.text);
	return value;
}

static void assert_written(const json_t *value, enum json_style style,
			   const char *want)
{
	struct buf b;

	buf_init(&b, 10000);
	json_write(&b, value, style);
	assert_false(buf_failed(&b));
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void test_styles(void **state)
{
	static const struct {
		const char *text, *line, *dump, *page;
	} rows[] = {
		{ "null", "null", "null", "null" },
		{ "[]", "[]", "[]", "[]" },
		{ "{}", "{}", "{}", "{}" },
		{ "[1,[2,3]]", "[1,[2,3]]", "[1, [2, 3]]",
		  "[\n  1,\n  [\n    2,\n    3\n  ]\n]" },
		{ "{\"b\":true,\"a\":{\"c\":[]}}",
		  "{\"b\":true,\"a\":{\"c\":[]}}",
		  "{\"b\": true, \"a\": {\"c\": []}}",
		  "{\n  \"b\": true,\n  \"a\": {\n    \"c\": []\n  }\n}" },
		{ "\"a\\u00e9\\n\\\"\\u0000\\u007f/\"",
		  "\"a\xc3\xa9\\n\\\"\\u0000\\u007f/\"",
		  "\"a\xc3\xa9\\n\\\"\\u0000\x7f/\"",
		  "\"a\xc3\xa9\\n\\\"\\u0000\\u007f/\"" },
		/* what a terminal obeys or hides */
		{ "\"\\u009b\\u202e\\u2028\"", "\"\\u009b\\u202e\\u2028\"",
		  "\"\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\"",
		  "\"\\u009b\\u202e\\u2028\"" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		json_auto_t *value = read_text(rows[i].text);

		assert_written(value, JSON_STYLE_LINE, rows[i].line);
		assert_written(value, JSON_STYLE_DUMP, rows[i].dump);
		assert_written(value, JSON_STYLE_PAGE, rows[i].page);
	}
}

static void test_numbers(void **state)
{
	static const char *const rows[][2] = {
		{ "0", "0" },
		{ "-0", "0" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "50000.0", "50000.0" },
		{ "0.1", "0.1" },
		{ "0.35", "0.35" },
		{ "1e20", "1e+20" },
		{ "100000.0e0", "100000.0" },
		{ "0.30000000000000004", "0.30000000000000004" },
		{ "2.2250738585072014e-308", "2.2250738585072014e-308" },
		{ "1.7976931348623157e308", "1.7976931348623157e+308" },
		{ "-0.0", "-0.0" },
		{ "1e-400", "0.0" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		json_auto_t *value = read_text(rows[i][0]);

		assert_written(value, JSON_STYLE_LINE, rows[i][1]);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
		const char *message;
	} rows[] = {
		{ "", ERR_INVALID_JSON, "no value" },
		{ "{\"a\":1,\"secret\":2,\"secret\":3}", ERR_INVALID_JSON,
		  "a repeated key" },
		{ "{\"a\":{\"secret\":1,\"secret\":1}}", ERR_INVALID_JSON,
		  "a repeated key" },
		{ "[secret]", ERR_INVALID_JSON, "at byte 2" },
		{ "[[[[[[[[[1]]]]]]]]]", ERR_TOO_LARGE, "limit 8" },
		{ "1 2", ERR_INVALID_JSON, "after the value" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct error err = ERROR_INIT;

		assert_null(json_read(rows[i].text, strlen(rows[i].text),
				      &limits, &err));
		assert_int_equal(err.code, rows[i].code);
		assert_non_null(strstr(err.text, rows[i].message));
		assert_null(strstr(err.text, "secret"));
		/* and without anybody who wants to know */
		assert_null(json_read(rows[i].text, strlen(rows[i].text),
				      &limits, NULL));
	}
}

static void test_default_limits(void **state)
{
	struct error err = ERROR_INIT;
	char deep[2 * (LIMIT_JSON_DEPTH + 1)];
	json_t *value;

	(void)state;
	memset(deep, '[', LIMIT_JSON_DEPTH + 1);
	memset(deep + LIMIT_JSON_DEPTH + 1, ']', LIMIT_JSON_DEPTH + 1);
	assert_null(json_read(deep, sizeof(deep), &json_default_limits, &err));
	assert_int_equal(err.code, ERR_TOO_LARGE);
	value = json_read(deep + 1, sizeof(deep) - 2, &json_default_limits,
			  NULL);
	assert_non_null(value);
	json_decref(value);
}

static void test_string_peek(void **state)
{
	json_auto_t *value = read_text("{\"a\":\"x\",\"b\":1,\"c\":null}");

	(void)state;
	assert_string_equal(json_string_peek(value, "a"), "x");
	assert_null(json_string_peek(value, "b"));
	assert_null(json_string_peek(value, "c"));
	assert_null(json_string_peek(value, "d"));
	assert_null(json_string_peek(json_object_get(value, "a"), "a"));
	assert_null(json_string_peek(NULL, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_styles),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_default_limits),
		cmocka_unit_test(test_string_peek),
	};

	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
