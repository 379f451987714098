/* The table of settings: its own check, and the help made from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/settings_value.h"
#include "support/settings_bench.h"

static void test_table(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	if (settings_check(&err))
		fail_msg("%s: %s", err.where, err.text);
}

/* The check finds what it is there to find. */
static void test_table_check(void **state)
{
	static const struct setting good = { .name = "good",
					     .type = SETTING_INT,
					     .holds = HOLDS_INT,
					     .max = 9,
					     .fallback = "1",
					     .unit = "N",
					     .help = "text" };
	struct setting rows[2];
	struct error err;

	(void)state;
#define BROKEN(message, ...)                                              \
	do {                                                              \
		rows[0] = rows[1] = good;                                 \
		rows[0].name = "first";                                   \
		rows[0].offset = 8;                                       \
		__VA_ARGS__;                                              \
		err = (struct error)ERROR_INIT;                           \
		assert_int_equal(settings_check_rows(rows, 2, &err), -1); \
		assert_string_equal(err.text, message);                   \
	} while (0)
	BROKEN("a name is made of a-z and -", rows[1].name = "Good");
	BROKEN("a name is made of a-z and -", rows[1].name = "");
	BROKEN("no- is for switching off", rows[1].name = "no-good");
	BROKEN("the name is too long",
	       rows[1].name = "a-name-that-leaves-no-room-for-anything-els");
	BROKEN("the member is of another type", rows[1].holds = HOLDS_LONG);
	BROKEN("a number, and nothing else, has a range", rows[1].max = 0);
	BROKEN("a choice, and nothing else, has choices",
	       rows[1].choices = LIST("a"));
	BROKEN("all but a bool have a unit", rows[1].unit = NULL);
	BROKEN("help is a line without capital and stop",
	       rows[1].help = "text.");
	BROKEN("help is a line without capital and stop",
	       rows[1].help = "Text");
	BROKEN("only text and paths can be unset", rows[1].fallback = NULL);
	BROKEN("either a default or an example", rows[1].example = "1");
	BROKEN("good: expected a whole number from 0 to 9, got \"10\"",
	       rows[1].fallback = "10");
	BROKEN("is a flag's name", rows[1].name = "config");
	BROKEN("-c is taken by a flag", rows[1].letter = 'c');
	BROKEN("is not with its group", rows[0].group = GROUP_INPUT);
	BROKEN("twice", rows[0].name = "good");
	BROKEN("the member is that of first", rows[0].offset = 0);
	BROKEN("-g is taken by first", rows[0].letter = rows[1].letter = 'g');
	BROKEN("CALLQA_GOOD is taken by first",
	       rows[0].seed_names[0] = "CALLQA_GOOD");
	BROKEN("X is taken by first",
	       rows[0].seed_names[1] = rows[1].seed_names[0] = "X",
	       rows[0].seed_names[0] = "Y");
	BROKEN("a secret has no default", rows[1].type = SETTING_SECRET,
	       rows[1].holds = HOLDS_SECRET, rows[1].max = 0);
	BROKEN("no row good-file", rows[1].type = SETTING_SECRET,
	       rows[1].holds = HOLDS_SECRET, rows[1].max = 0,
	       rows[1].fallback = NULL);
#undef BROKEN
}

static void test_help(void **state)
{
	char *help = bench_printed(settings_help);
	char *usage = bench_printed(settings_usage);
	size_t lines = 0;

	(void)state;
	assert_ptr_equal(strstr(help, "Usage: callqa"), help);
	for (const char *at = help; *at; at += strcspn(at, "\n") + 1)
		assert_true(strcspn(at, "\n") < 80);
	for (const char *at = usage; *at; at += strcspn(at, "\n") + 1) {
		assert_true(strcspn(at, "\n") < 80);
		lines++;
	}
	assert_int_equal(lines, 6);
	assert_non_null(strstr(help, "\n  -j, --jobs N "));
	assert_non_null(strstr(help, "\n      --[no-]unordered "));
	assert_null(strstr(help, "--openrouter-key "));
	assert_string_equal(help + strlen(help) - strlen("callqa(1).\n"),
			    "callqa(1).\n");
	free(help);
	free(usage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_check),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
