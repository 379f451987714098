/* Places: lines, columns, and names too long for an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/place.h"

static void counts_as_an_editor_does(void **state)
{
	static const char data[] = "ab\r\nc\xc3\xa9 d\n\n\re\xe2\x80\xa8"
				   "f";
	static const struct {
		char what;
		unsigned line, column;
	} rows[] = {
		{ 'a', 1, 1 }, { 'b', 1, 2 }, { 'c', 2, 1 }, { '\xa9', 2, 2 },
		{ 'd', 2, 4 }, { 'e', 5, 1 }, { 'f', 5, 3 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		size_t at = (size_t)(strchr(data, rows[i].what) - data);
		struct place place = place_of(
			(struct text){ data, sizeof(data) - 1 }, at);

		assert_int_equal(place.line, rows[i].line);
		assert_int_equal(place.column, rows[i].column);
	}
}

static void the_end_has_a_place(void **state)
{
	struct place place = place_of((struct text){ "a\nb", 3 }, 3);

	(void)state;
	assert_int_equal(place.line, 2);
	assert_int_equal(place.column, 2);
	place = place_of((struct text){ "a\nb", 3 }, 99);
	assert_int_equal(place.line, 2);
}

static void a_byte_order_mark_is_no_column(void **state)
{
	struct place place = place_of((struct text){ "\xef\xbb\xbf"
						     "ab",
						     5 },
				      4);

	(void)state;
	assert_int_equal(place.line, 1);
	assert_int_equal(place.column, 2);
}

static void a_long_name_keeps_its_end(void **state)
{
	struct error err = ERROR_INIT;
	char name[300];

	(void)state;
	memset(name, 'd', sizeof(name));
	memcpy(name + 290, "/tail.yml", 10);
	assert_int_equal(place_fault(name, (struct place){ 12, 3 }, &err,
				     ERR_PROMPT, "so %s", "it is"),
			 -1);
	assert_memory_equal(err.where, "...d", 4);
	assert_string_equal(err.where + strlen(err.where) - 14,
			    "/tail.yml:12:3");
	assert_string_equal(err.text, "so it is");
	assert_int_equal(err.code, ERR_PROMPT);
	assert_int_equal(place_fault("x", (struct place){ 1, 1 }, NULL,
				     ERR_PROMPT, "nobody asked"),
			 -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_as_an_editor_does),
		cmocka_unit_test(the_end_has_a_place),
		cmocka_unit_test(a_byte_order_mark_is_no_column),
		cmocka_unit_test(a_long_name_keeps_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
