/* Tables of words in columns and in Markdown; the pool of strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compare/pool.h"
#include "compare/table.h"

static void fill(struct table *t)
{
	table_init(t, "lrl");
	table_put(t, "name");
	table_put(t, "n");
	table_put(t, "rest");
	table_put_text(t, "h\xc3\xa9llo|<b>\n", 80);
	table_put(t, "%d", 12345);
	table_skip(t);
	table_put_text(t, "\xc3\xa9\xc3\xa9\xc3\xa9", 3);
	table_skip(t);
	table_put(t, "x");
}

static char *printed(const struct table *t, int markdown)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	if (markdown)
		table_print_markdown(t, out);
	else
		table_print(t, out, "> ");
	fclose(out);
	return text;
}

static void columns(void **state)
{
	struct table t;
	char *text;

	(void)state;
	fill(&t);
	text = printed(&t, 0);
	/* widths are characters; no blanks end a line */
	assert_string_equal(text, "> name                 n  rest\n"
				  "> h\xc3\xa9llo|<b>\\u000a  12345\n"
				  "> \xc3\xa9...                    x\n");
	free(text);
	table_release(&t);
}

static void markdown(void **state)
{
	struct table t;
	char *text;

	(void)state;
	fill(&t);
	text = printed(&t, 1);
	assert_string_equal(text,
			    "| name | n | rest |\n"
			    "|:---|---:|:---|\n"
			    "| h\xc3\xa9llo\\|&lt;b>\\\\u000a | 12345 |  |\n"
			    "| \xc3\xa9... |  | x |\n\n");
	free(text);
	table_release(&t);
}

static void strings_once(void **state)
{
	struct pool p = { .count = 0 };
	char text[16];

	(void)state;
	assert_int_equal(pool_find(&p, "a"), POOL_NONE);
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "%u", (unsigned)i);
		assert_int_equal(pool_add(&p, text), i + 1);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "%u", (unsigned)i);
		assert_int_equal(pool_add(&p, text), i + 1);
		assert_int_equal(pool_find(&p, text), i + 1);
		assert_string_equal(pool_text(&p, i + 1), text);
	}
	assert_int_equal(pool_find(&p, ""), POOL_NONE);
	assert_int_equal(pool_add(&p, ""), 5001);
	assert_string_equal(pool_text(&p, POOL_NONE), "");
	pool_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),
		cmocka_unit_test(markdown),
		cmocka_unit_test(strings_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
