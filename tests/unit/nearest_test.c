/* nearest_name(): what counts as a slip, and what is another name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/nearest.h"

static const char *const names[] = {
	"transcript", "ideal_transcript", "jobs", "max-cost",     "max_time",
	"items",      "items_two",        "a",    "call_context", NULL
};

static void finds(void **state)
{
	static const struct {
		const char *wrong, *near;
	} rows[] = {
		{ "transcript", "transcript" },
		{ "transcirpt", "transcript" },
		{ "transkript", "transcript" },
		{ "trnscrpt", "transcript" },
		{ "Transcript", "transcript" },
		{ "idealTranscript", "ideal_transcript" },
		{ "max_cost", "max-cost" },
		{ "maxtime", "max_time" },
		{ "MAX-TIME", "max_time" },
		{ "job", "jobs" },
		{ "jbos", "jobs" },
		{ "item", "items" },
		{ "callContext", "call_context" },
		{ "b", NULL }, /* one letter is no likeness */
		{ "", NULL },
		{ "financial_profile", NULL },
		{ "script", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const char *got = nearest_name(rows[i].wrong, names);

		if (!rows[i].near)
			assert_null(got);
		else
			assert_string_equal(got, rows[i].near);
	}
}

static void first_of_two_equally_near(void **state)
{
	static const char *const pair[] = { "rate", "date", NULL };

	(void)state;
	assert_string_equal(nearest_name("xate", pair), "rate");
}

static void long_names_are_never_near(void **state)
{
	char wrong[66], right[66];
	const char *const list[] = { right, NULL };

	(void)state;
	for (size_t i = 0; i < 65; i++)
		wrong[i] = right[i] = 'n';
	wrong[64] = right[64] = '\0';
	assert_ptr_equal(nearest_name(wrong, list), right);
	wrong[64] = right[64] = 'n';
	wrong[65] = right[65] = '\0';
	assert_null(nearest_name(wrong, list));
	right[64] = '\0';
	assert_null(nearest_name(wrong, list));
}

static void hints(void **state)
{
	static const char *const none[] = { NULL };
	static const char long_name[] =
		"a_name_of_more_than_sixty_letters_that_"
		"nobody_would_like_to_type_again";
	static const char *const many[] = { long_name, long_name, long_name,
					    long_name, NULL };
	static const char *const few[] = { "jobs", "rate", NULL };
	char hint[NEAREST_HINT_SIZE];

	(void)state;
	nearest_hint("jbos", names, hint);
	assert_string_equal(hint, ", did you mean \"jobs\"?");
	nearest_hint("x", few, hint);
	assert_string_equal(hint, "; known: jobs, rate");
	nearest_hint("x", none, hint);
	assert_string_equal(hint, "");
	nearest_hint("x", many, hint);
	assert_memory_equal(hint, "; known: a_name", 15);
	assert_string_equal(hint + strlen(hint) - 10, "again, ...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(first_of_two_equally_near),
		cmocka_unit_test(long_names_are_never_near),
		cmocka_unit_test(hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
