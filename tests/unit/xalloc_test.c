/* Memory that is there: copies, joined strings, and what is wiped. */
#include "base/xalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void no_bytes_are_memory_too(void **state)
{
	void *p = xmalloc(0), *q = xcalloc(0, 8);

	(void)state;
	assert_non_null(p);
	assert_non_null(q);
	p = xrealloc(p, 0);
	assert_non_null(p);
	free(p);
	free(q);
}

static void copies_and_joins(void **state)
{
	static const struct {
		const char *a, *b, *c, *joined;
	} rows[] = {
		{ "a", "b", "c", "abc" },
		{ "/home/x", "/", "%s", "/home/x/%s" },
		{ "no-", "color", "", "no-color" },
		{ "", "", "", "" },
	};
	char *copy = xstrndup("abcdef", 3);

	(void)state;
	assert_string_equal(copy, "abc");
	free(copy);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		copy = xjoin(rows[i].a, rows[i].b, rows[i].c);
		assert_string_equal(copy, rows[i].joined);
		free(copy);
	}
}

/* Small blocks are copied, large ones moved: what is in them stays. */
static void what_grows_keeps_what_it_holds(void **state)
{
	static const size_t sizes[] = { 1, 100, 4096, 200000, 400000, 3000000 };
	unsigned char *p = xgrow(NULL, 0, 1);
	size_t used = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		p = xgrow(p, used, sizes[i]);
		for (size_t at = 0; at < used; at++)
			assert_int_equal(p[at], at % 251);
		for (; used < sizes[i]; used++)
			p[used] = (unsigned char)(used % 251);
	}
	free(p);
}

static void an_array_has_room_for_one_more(void **state)
{
	size_t count = 0, room = 0, moves = 0, *array = NULL;

	(void)state;
	for (; count < 100000; count++) {
		size_t before = room;

		array = xroom(array, count, &room, sizeof(*array));
		assert_true(count < room);
		moves += room != before;
		array[count] = count;
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(array[i], i);
	assert_in_range(moves, 10, 18);
	free(array);
}

static void wipes_what_it_is_told(void **state)
{
	char key[] = "sk-or-secret!";

	(void)state;
	wipe(key, strlen(key) - 1);
	for (size_t i = 0; i < sizeof(key) - 2; i++)
		assert_int_equal(key[i], 0);
	assert_int_equal(key[sizeof(key) - 2], '!');
	wipe(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_bytes_are_memory_too),
		cmocka_unit_test(copies_and_joins),
		cmocka_unit_test(what_grows_keeps_what_it_holds),
		cmocka_unit_test(an_array_has_room_for_one_more),
		cmocka_unit_test(wipes_what_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
