/* What callqa-store takes of callqa's settings, and when keys are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/settings_table.h"
#include "support/settings_bench.h"

/* Loads settings of callqa-store; the error's text, "" for none. */
static const char *load(struct bench *b, const char *const *environment,
			const char *const *arguments)
{
	const struct settings_world world = {
		.environment = (char *const *)environment,
		.system_config = b->common
	};
	char *argv[BENCH_WORDS] = { "callqa-store" };
	int argc = 1;

	for (; *arguments; arguments++)
		argv[argc++] = (char *)*arguments;
	settings_release(&b->settings);
	b->error = (struct error)ERROR_INIT;
	(void)!settings_load_store(&b->settings, argc, argv, &world, &b->error);
	return b->error.text;
}

static void test_flags(void **state)
{
	static const struct {
		const char *words[4], *says;
	} rows[] = {
		{ { "--store-batch", "7" }, "" },
		{ { "--store-batch=1001" }, "from 1 to 1000" },
		{ { "--store-batch=0" }, "from 1 to 1000" },
		{ { "--store-bytes=2M", "--store-queue=1K" }, "" },
		{ { "--supabase-url", "https://p.example", "-v" }, "" },
		{ { "--max-request=1M", "--allow-empty", "--no-unordered" },
		  "" },
		{ { "--print-sql" }, "" },
		/* callqa's own */
		{ { "--model=x" }, "unknown option --model" },
		{ { "--store" }, "unknown option --store" },
		{ { "--reproducible" }, "unknown option --reproducible" },
		{ { "--print-schema=report" }, "unknown option" },
		{ { "-n" }, "unknown option -n; see callqa-store --help" },
		{ { "-j8" }, "unknown option -j" },
		{ { "--supabase-key=sb_secret_1" }, "--supabase-key-file" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < LENGTH(rows); i++) {
		const char *text = load(b, LIST("CALLQA_CONFIG=none"),
					rows[i].words);

		if (*rows[i].says == '\0')
			assert_string_equal(text, "");
		else
			assert_non_null(strstr(text, rows[i].says));
		assert_null(strstr(text, "sb_secret"));
	}
}

/* One file and one environment for both programs. */
static void test_settings_of_callqa_are_let_in(void **state)
{
	struct bench *b = *state;

	bench_write(b->common,
		    "model: x/y\njobs: 3\nreproducible: true\n"
		    "supabase-url: https://p.example\nstore: true\n"
		    "store-batch: 9\n",
		    0644);
	assert_string_equal(load(b,
				 LIST(b->home, "CALLQA_RATE=20/s",
				      "OPENROUTER_BASE_URL=http://far.example",
				      "SUPABASE_SERVICE_ROLE_KEY=sb_secret_1"),
				 LIST("r.ndjson")),
			    "");
	assert_int_equal(b->settings.store_batch, 9);
	assert_string_equal(b->settings.supabase_url, "https://p.example");
	assert_string_equal(b->settings.supabase_key.text, "sb_secret_1");
	assert_string_equal(b->settings.files[0], "r.ndjson");
	bench_write(b->common, NULL, 0);
}

/* Keys that a program has no use for are not even looked at. */
static void test_keys(void **state)
{
	struct bench *b = *state;
	const char *const broken = "CALLQA_SUPABASE_KEY_FILE=/none/key";
	const char *const other = "CALLQA_OPENROUTER_KEY_FILE=/none/key";
	const char *const none = "CALLQA_CONFIG=none";

	assert_string_equal(load(b, LIST(none, other), LIST("-v")), "");
	assert_non_null(strstr(load(b, LIST(none, broken), LIST("-v")),
			       "cannot be read"));
	assert_string_equal(load(b, LIST(none, broken), LIST("--print-sql")),
			    "");
	assert_int_equal(bench_load(b, LIST(none, broken), LIST("-v")), 0);
	assert_int_equal(bench_load(b, LIST(none, broken), LIST("--store")),
			 -1);
	assert_int_equal(bench_load(b,
				    LIST(none, "CALLQA_SUPABASE_KEY=sb_secret"),
				    LIST("--store", "--replay=x")),
			 0);
	assert_string_equal(b->settings.supabase_key.text, "sb_secret");
}

static void test_not_together(void **state)
{
	struct bench *b = *state;

	assert_int_equal(bench_load(b, NULL, LIST("--store", "--reproducible")),
			 -1);
	assert_non_null(strstr(b->error.text, "exclude each other"));
	assert_int_equal(b->error.code, ERR_USAGE);
}

static void test_help(void **state)
{
	char *help = bench_printed(settings_help_store);

	(void)state;
	assert_non_null(strstr(help, "Usage: callqa-store [options]"));
	assert_non_null(strstr(help, "--print-sql"));
	assert_null(strstr(help, "--model"));
	free(help);
	help = bench_printed(settings_help);
	assert_null(strstr(help, "--print-sql"));
	assert_non_null(strstr(help, "--[no-]store "));
	free(help);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, bench_init, bench_release)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_flags), TEST(test_settings_of_callqa_are_let_in),
		TEST(test_keys),  TEST(test_not_together),
		TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
