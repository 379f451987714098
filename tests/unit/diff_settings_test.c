/* callqa-diff's options: its table, its command line, what it leaves alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "run/diff_settings.h"
#include "run/settings_table.h"
#include "support/settings_bench.h"

/* Loads the words after the program's name; 0 or -1. */
static int load(struct diff_settings *s, const char *const *words,
		struct error *err)
{
	char copies[BENCH_WORDS][64], *argv[BENCH_WORDS + 1] = { NULL };
	int argc = 1, result;

	snprintf(copies[0], sizeof(copies[0]), "callqa-diff");
	argv[0] = copies[0];
	for (; *words; words++, argc++) {
		snprintf(copies[argc], sizeof(copies[argc]), "%s", *words);
		argv[argc] = copies[argc];
	}
	*err = (struct error)ERROR_INIT;
	result = diff_settings_load(s, argc, argv, err);
	/* nothing of the settings may point into what goes now */
	memset(copies, 'x', sizeof(copies));
	return result;
}

static void table_is_sound(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	if (settings_check_rows(settings_of_diff.rows, settings_of_diff.count,
				&err))
		fail_msg("%s: %s", err.where, err.text);
}

static void defaults(void **state)
{
	struct diff_settings s;
	struct error err;

	(void)state;
	assert_int_equal(load(&s, LIST("golden"), &err), 0);
	assert_string_equal(s.files[0], "golden");
	assert_null(s.files[1]);
	assert_null(s.fields);
	assert_null(s.min_agree);
	assert_false(s.agreement || s.free_names);
	assert_int_equal(s.bootstrap, 1000);
	assert_int_equal(s.seed, 1);
	assert_int_equal(s.show, 20);
	assert_int_equal(s.format, DIFF_FORMAT_TEXT);
	diff_settings_release(&s);
}

/* A list that is given twice is not overwritten: a gate would be lost. */
static void lists_are_joined(void **state)
{
	struct diff_settings s;
	struct error err;

	(void)state;
	assert_int_equal(load(&s,
			      LIST("--min-agree", "95", "g", "--min-agree",
				   "skills=80,compliance=90", "--show", "1",
				   "--show=2", "r"),
			      &err),
			 0);
	assert_string_equal(s.min_agree, "95,skills=80,compliance=90");
	assert_int_equal(s.show, 2);
	assert_string_equal(s.files[1], "r");
	diff_settings_release(&s);
}

static void words_of_its_own(void **state)
{
	struct diff_settings s;
	struct error err;

	(void)state;
	assert_int_equal(load(&s, LIST("-a", "-f", "JUnit", "g"), &err), 0);
	assert_true(s.agreement);
	assert_int_equal(s.format, DIFF_FORMAT_JUNIT);
	diff_settings_release(&s);
	assert_int_equal(load(&s, LIST("--jobs", "3", "g"), &err), -1);
	assert_string_equal(err.text,
			    "unknown option --jobs; see callqa-diff --help");
	diff_settings_release(&s);
	assert_int_equal(load(&s, LIST("--agree", "g"), &err), -1);
	assert_string_equal(err.text, "unknown option --agree; nearest is "
				      "--agreement");
	diff_settings_release(&s);
	assert_int_equal(load(&s, LIST("g", "r", "x"), &err), -1);
	diff_settings_release(&s);
	assert_int_equal(load(&s, LIST("--help", "--nonsense"), &err), 0);
	assert_int_equal(s.action, ACTION_HELP);
	diff_settings_release(&s);
}

/* The command line that CI shows is all there is. */
static void no_environment(void **state)
{
	struct diff_settings s;
	struct error err;

	(void)state;
	assert_int_equal(setenv("CALLQA_MIN_AGREE", "1", 1), 0);
	assert_int_equal(setenv("CALLQA_NONSENSE", "1", 1), 0);
	assert_int_equal(load(&s, LIST("g"), &err), 0);
	assert_null(s.min_agree);
	diff_settings_release(&s);
	unsetenv("CALLQA_MIN_AGREE");
	unsetenv("CALLQA_NONSENSE");
}

static void help(void **state)
{
	char *text = bench_printed(diff_settings_help);

	(void)state;
	assert_non_null(strstr(text, "  -a, --[no-]agreement"));
	assert_non_null(strstr(text, "\nWhat the gate asks for\n"));
	assert_null(strstr(text, "CALLQA_"));
	for (char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 0, 79);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(defaults),
		cmocka_unit_test(lists_are_joined),
		cmocka_unit_test(words_of_its_own),
		cmocka_unit_test(no_environment),
		cmocka_unit_test(help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
