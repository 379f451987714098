/* Settings: which place wins, what fits, what is said when it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "run/settings_value.h"
#include "support/settings_bench.h"

/* Loads and asserts that it went well. */
static void load(struct bench *b, const char *const *environment,
		 const char *const *arguments)
{
	if (bench_load(b, environment, arguments))
		fail_msg("%s: %s", b->error.where, b->error.text);
}

/* ---- precedence ------------------------------------------------------ */

/* Five places, strongest first; each combination of them. */
static void test_precedence(void **state)
{
	static const char *const origins[] = { "flag --attempts",
					       "environment CALLQA_ATTEMPTS",
					       "environment MAX_RETRIES",
					       "user", "system" };
	struct bench *b = *state;
	char line[BENCH_PATH];

	for (unsigned set = 0; set < 1U << LENGTH(origins); set++) {
		const char *environment[3] = { NULL };
		const char *origin = "default";
		unsigned place = 0;
		size_t n = 0;
		int value = 3;

		if (set & 2)
			environment[n++] = "CALLQA_ATTEMPTS=5";
		if (set & 4)
			environment[n++] = "MAX_RETRIES=6";
		bench_write(b->user, set & 8 ? "attempts: 7\n" : NULL, 0600);
		bench_write(b->common, set & 16 ? "#\nattempts: 8\n" : NULL,
			    0644);
		while (place < LENGTH(origins) && !(set & 1U << place))
			place++;
		if (place < LENGTH(origins)) {
			value = 4 + (int)place;
			origin = origins[place];
		}
		load(b, environment, set & 1 ? LIST("--attempts=4") : NULL);
		assert_int_equal(b->settings.attempts, value);
		if (strcmp(origin, "user") == 0)
			snprintf(line, sizeof(line), "attempts: 7  # %s:1",
				 b->user);
		else if (strcmp(origin, "system") == 0)
			snprintf(line, sizeof(line), "attempts: 8  # %s:2",
				 b->common);
		else
			snprintf(line, sizeof(line), "attempts: %d  # %s",
				 value, origin);
		bench_expect(b, line);
	}
	bench_write(b->user, NULL, 0);
	bench_write(b->common, NULL, 0);
}

/* Setting by setting, not file by file. */
static void test_files_are_joined(void **state)
{
	struct bench *b = *state;

	bench_write(b->user, "jobs: 2\nlog-level: debug\n", 0600);
	bench_write(b->common, "jobs: 3\ngrace: 4\n", 0644);
	load(b, NULL, NULL);
	assert_int_equal(b->settings.jobs, 2);
	assert_int_equal(b->settings.grace, 4);
	assert_int_equal(b->settings.log_level, LOG_DEBUG);
	bench_write(b->user, NULL, 0);
	bench_write(b->common, NULL, 0);
}

static void test_defaults(void **state)
{
	struct bench *b = *state;
	const struct settings *s = &b->settings;

	load(b, NULL, NULL);
	assert_int_equal(s->action, ACTION_RUN);
	assert_string_equal(s->model, "openai/gpt-4o-2024-08-06");
	assert_string_equal(s->openrouter_url, "https://openrouter.ai/api/v1");
	assert_null(s->openrouter_key.text);
	assert_true(s->temperature == 0.3);
	assert_int_equal(s->max_tokens, 2000);
	assert_int_equal(s->response_format, FORMAT_JSON_OBJECT);
	assert_int_equal(s->provider_data, PROVIDER_DENY);
	assert_int_equal(s->jobs, 8);
	assert_int_equal(s->attempts, 3);
	assert_int_equal(s->re_asks, 2);
	assert_int_equal(s->timeout, 60);
	assert_int_equal(s->connect_timeout, 10);
	assert_int_equal(s->grace, 20);
	assert_string_equal(s->evaluation_version, "v1");
	assert_int_equal(s->max_request, LIMIT_REQUEST_BYTES);
	assert_int_equal(s->max_depth, LIMIT_JSON_DEPTH);
	assert_int_equal(s->max_values, LIMIT_JSON_VALUES);
	assert_int_equal(s->min_words, 1);
	assert_int_equal(s->context_tokens, 0);
	assert_int_equal(s->log_level, LOG_WARNING);
	assert_int_equal(s->log_format, LOG_FORMAT_TEXT);
	assert_false(s->allow_empty || s->reproducible || s->unordered ||
		     s->score_fallbacks);
	assert_true(!s->prompts && !s->record && !s->replay && !s->summary &&
		    !s->cacert && !s->http_referer && !s->x_title);
	assert_null(s->files[0]);
}

/* ---- values ---------------------------------------------------------- */

/* shown: as show-config has it; NULL: refused. */
static const struct value_case {
	const char *name, *text, *shown;
} value_cases[] = {
	{ "jobs", "1", "1" },
	{ "jobs", "1024", "1024" },
	{ "jobs", "007", "7" },
	{ "jobs", "0", NULL },
	{ "jobs", "1025", NULL },
	{ "jobs", "-1", NULL },
	{ "jobs", "+1", NULL },
	{ "jobs", " 1", NULL },
	{ "jobs", "1 ", NULL },
	{ "jobs", "1.0", NULL },
	{ "jobs", "1e1", NULL },
	{ "jobs", "0x1", NULL },
	{ "jobs", "8K", NULL },
	{ "jobs", "eight", NULL },
	{ "jobs", "-", NULL },
	{ "jobs", "4294967297", NULL },
	{ "jobs", "99999999999999999999", NULL },
	{ "grace", "0", "0" },
	{ "grace", "3600", "3600" },
	{ "grace", "3601", NULL },
	{ "grace", "-1", NULL },
	{ "re-asks", "5", "5" },
	{ "re-asks", "6", NULL },
	{ "attempts", "10", "10" },
	{ "attempts", "11", NULL },
	{ "attempts", "0", NULL },
	{ "max-depth", "64", "64" },
	{ "max-depth", "65", NULL },
	{ "context-tokens", "0", "0" },
	{ "context-tokens", "100000000", "100000000" },
	{ "context-tokens", "100000001", NULL },
	{ "context-tokens", "9223372036854775808", NULL },
	{ "temperature", "0", "0" },
	{ "temperature", "2", "2" },
	{ "temperature", "0.1", "0.1" },
	{ "temperature", ".5", "0.5" },
	{ "temperature", "1e-3", "0.001" },
	{ "temperature", "0.30000000000000004", "0.30000000000000004" },
	{ "temperature", "2.0000000001", NULL },
	{ "temperature", "-0.1", NULL },
	{ "temperature", "nan", NULL },
	{ "temperature", "inf", NULL },
	{ "temperature", "0x1", NULL },
	{ "temperature", "0,3", NULL },
	{ "temperature", "1 ", NULL },
	{ "temperature", ".", NULL },
	{ "temperature", "1e", NULL },
	{ "max-request", "1", "1" },
	{ "max-request", "64M", "64M" },
	{ "max-request", "67108864", "64M" },
	{ "max-request", "1k", "1K" },
	{ "max-request", "1024", "1K" },
	{ "max-request", "1025", "1025" },
	{ "max-request", "0", NULL },
	{ "max-request", "0M", NULL },
	{ "max-request", "-1", NULL },
	{ "max-request", "67108865", NULL },
	{ "max-request", "65537K", NULL },
	{ "max-request", "65M", NULL },
	{ "max-request", "8G", NULL },
	{ "max-request", "8MB", NULL },
	{ "max-request", "M", NULL },
	{ "max-request", "9223372036854775807M", NULL },
	{ "response-format", "json_schema", "json_schema" },
	{ "response-format", "json", NULL },
	{ "provider-data", "ZDR", "zdr" },
	{ "provider-data", "allow", "allow" },
	{ "provider-data", "allow ", NULL },
	{ "log-level", "Info", "info" },
	{ "log-level", "DEBUG", "debug" },
	{ "log-level", "trace", NULL },
	{ "model", "a b\"c\\", "\"a b\\\"c\\\\\"" },
	{ "model", "caf\xc3\xa9", "\"caf\xc3\xa9\"" },
	{ "model", "caf\xe9", NULL },
	{ "model", "a\nb", NULL },
	{ "model", "a\x7f", NULL },
	{ "openrouter-url", "https://x/v1", "\"https://x/v1\"" },
	{ "openrouter-url", "https://x/v1/", "\"https://x/v1\"" },
	{ "openrouter-url", "https://x/v1//", "\"https://x/v1/\"" },
	{ "openrouter-url", "/", NULL },
	{ "cacert", "/a b\n#c", "\"/a b\\n#c\"" },
	{ "cacert", "/\xff", NULL },
	{ "unordered", "true", "true" },
	{ "unordered", "YES", "true" },
	{ "unordered", "False", "false" },
	{ "unordered", "no", "false" },
	{ "unordered", "1", NULL },
	{ "unordered", "on", NULL },
	{ "unordered", "y", NULL },
};

/* Through the environment, which takes every type's text. */
static void test_values(void **state)
{
	struct bench *b = *state;
	char own[ENVIRONMENT_NAME_SIZE], text[BENCH_PATH];

	for (size_t i = 0; i < LENGTH(value_cases); i++) {
		const struct value_case *c = &value_cases[i];
		int result;

		setting_environment_name(setting_find(c->name), own);
		snprintf(text, sizeof(text), "%s=%s", own, c->text);
		result = bench_load(b, LIST(text), NULL);
		if (result != (c->shown ? 0 : -1))
			fail_msg("%s: %d", text, result);
		if (!c->shown) {
			assert_int_equal(b->error.code, ERR_CONFIG);
			continue;
		}
		snprintf(text, sizeof(text), "%s: %s  # environment %s",
			 c->name, c->shown, own);
		bench_expect(b, text);
	}
}

/* Every number's range, both borders, both sides. */
static void test_every_border(void **state)
{
	struct error err = ERROR_INIT;
	char text[64];

	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings_rows[i];

		if (row->min == row->max)
			continue;
		for (int side = 0; side < 4; side++) {
			double border = side < 2 ? row->min : row->max;
			double off = side == 0 ? -1 : side == 3 ? 1 : 0;

			snprintf(text, sizeof(text), "%.0f", border + off);
			err = (struct error)ERROR_INIT;
			if (setting_test(row, text, &err) != (off ? -1 : 0))
				fail_msg("%s: %s", row->name, text);
		}
	}
}

/* ---- the command line ------------------------------------------------ */

static void test_operands(void **state)
{
	struct bench *b = *state;

	load(b, NULL, LIST("a.ndjson", "-nj4", "-", "-j", "5", "--", "--jobs"));
	assert_int_equal(b->settings.action, ACTION_DRY_RUN);
	assert_int_equal(b->settings.jobs, 5); /* the last one holds */
	assert_string_equal(b->settings.files[0], "a.ndjson");
	assert_string_equal(b->settings.files[1], "-");
	assert_string_equal(b->settings.files[2], "--jobs");
	assert_null(b->settings.files[3]);
}

static void test_switches(void **state)
{
	struct bench *b = *state;

	load(b, LIST("CALLQA_UNORDERED=yes"), LIST("--no-unordered"));
	assert_false(b->settings.unordered);
	bench_expect(b, "unordered: false  # flag --no-unordered");
	load(b, NULL, LIST("--no-allow-empty", "--allow-empty"));
	assert_true(b->settings.allow_empty);
	load(b, LIST("LOG_LEVEL=debug"), LIST("-v"));
	bench_expect(b, "log-level: info  # flag -v");
	load(b, NULL, LIST("-v", "--log-level", "debug", "-q"));
	assert_int_equal(b->settings.log_level, LOG_ERROR);
}

static void test_actions(void **state)
{
	static const struct {
		const char *argument;
		enum action action;
	} cases[] = { { "--dry-run", ACTION_DRY_RUN },
		      { "--show-config", ACTION_SHOW_CONFIG },
		      { "--print-prompts", ACTION_PRINT_PROMPTS },
		      { "--print-schema=report:wire", ACTION_PRINT_SCHEMA },
		      { "-h", ACTION_HELP },
		      { "--help", ACTION_HELP },
		      { "-V", ACTION_VERSION },
		      { "--version", ACTION_VERSION } };
	struct bench *b = *state;

	for (size_t i = 0; i < LENGTH(cases); i++) {
		load(b, NULL, LIST(cases[i].argument));
		assert_int_equal(b->settings.action, cases[i].action);
	}
	load(b, NULL, LIST("--print-schema", "report"));
	assert_string_equal(b->settings.argument, "report");
	/* a broken configuration does not keep the manual away */
	load(b, LIST("CALLQA_JOBS=x"), LIST("--help", "--bogus"));
	load(b, LIST("CALLQA_JOBS=x"), LIST("--version"));
	load(b, LIST("CALLQA_JOBS=x"), LIST("--print-schema", "report"));
}

/* No argument at all, not even a name: as exec() allows. */
static void test_no_argv(void **state)
{
	struct settings s;
	struct error err = ERROR_INIT;
	char *none[] = { NULL };
	struct settings_world world = { .environment = none,
					.system_config = "/nonexistent" };

	(void)state;
	assert_int_equal(settings_load(&s, 0, none, &world, &err), 0);
	assert_null(s.files[0]);
	settings_release(&s);
	settings_release(&s); /* twice is once */
}

/* The process's own world: not read for --version, whatever it holds. */
static void test_own_world(void **state)
{
	struct settings s;
	struct error err = ERROR_INIT;
	char name[] = "callqa", version[] = "--version";
	char *argv[] = { name, version, NULL };

	(void)state;
	assert_int_equal(settings_load(&s, 2, argv, NULL, &err), 0);
	assert_int_equal(s.action, ACTION_VERSION);
	settings_release(&s);
}

/* ---- what is said ---------------------------------------------------- */

static const struct fault_case {
	const char *environment, *argument, *second;
	enum error_code code;
	const char *text;
} fault_cases[] = {
	{ NULL, "--jobs", NULL, ERR_USAGE, "--jobs needs a value" },
	{ NULL, "-j", NULL, ERR_USAGE, "-j needs a value" },
	{ NULL, "--jobs=0", NULL, ERR_USAGE,
	  "--jobs: expected a whole number from 1 to 1024, got \"0\"" },
	{ NULL, "-j", "x", ERR_USAGE,
	  "--jobs: expected a whole number from 1 to 1024, got \"x\"" },
	{ NULL, "--temperature", "hot", ERR_USAGE,
	  "--temperature: expected a number from 0 to 2, got \"hot\"" },
	{ NULL, "--max-request=1G", NULL, ERR_USAGE,
	  "--max-request: expected a number of bytes, such as 500, 64K or 8M, "
	  "from 1 to 64M, got \"1G\"" },
	{ NULL, "--provider-data", "none", ERR_USAGE,
	  "--provider-data: expected one of deny, zdr, allow, got \"none\"" },
	{ NULL, "--model", "", ERR_USAGE,
	  "--model: expected text without control characters, got \"\"" },
	{ NULL, "--record=", NULL, ERR_USAGE,
	  "--record: expected a path, got \"\"" },
	{ NULL, "--bogus", NULL, ERR_USAGE,
	  "unknown option --bogus; see callqa --help" },
	{ NULL, "--bogus\x1b[2J=secret", NULL, ERR_USAGE,
	  "unknown option --bogus\\u001b[2J; see callqa --help" },
	{ NULL, "--job", "3", ERR_USAGE,
	  "unknown option --job; nearest is --jobs" },
	{ NULL, "--jbos=3", NULL, ERR_USAGE,
	  "unknown option --jbos; nearest is --jobs" },
	{ NULL, "--dry", NULL, ERR_USAGE,
	  "unknown option --dry; nearest is --dry-run" },
	{ NULL, "--unord", NULL, ERR_USAGE,
	  "unknown option --unord; nearest is --unordered" },
	{ NULL, "--mode", NULL, ERR_USAGE, /* cut short and without a value */
	  "unknown option --mode; nearest is --model" },
	{ NULL, "--max", "3", ERR_USAGE, /* --max-tokens, --max-request... */
	  "unknown option --max; nearest is --max-tokens" },
	{ NULL, "--unordered=yes", NULL, ERR_USAGE,
	  "--unordered takes no value" },
	{ NULL, "--no-jobs", NULL, ERR_USAGE,
	  "unknown option --no-jobs; see callqa --help" },
	{ NULL, "--=x", NULL, ERR_USAGE,
	  "unknown option --; see callqa --help" },
	{ NULL, "---", NULL, ERR_USAGE,
	  "unknown option ---; see callqa --help" },
	{ NULL, "-Z", NULL, ERR_USAGE, "unknown option -Z; see callqa --help" },
	{ NULL, "-nZ", NULL, ERR_USAGE,
	  "unknown option -Z; see callqa --help" },
	{ NULL, "-\x1b", NULL, ERR_USAGE,
	  "unknown option letter; see callqa --help" },
	{ NULL, "-\xc3\xa9", NULL, ERR_USAGE,
	  "unknown option letter; see callqa --help" },
	{ NULL, "--openrouter-key", "sk-or-1", ERR_USAGE,
	  "a key is never an argument: others can read it there; use "
	  "--openrouter-key-file FILE" },
	{ NULL, "--openrouter-key=sk-or-1", NULL, ERR_USAGE,
	  "a key is never an argument: others can read it there; use "
	  "--openrouter-key-file FILE" },
	{ NULL, "--config=", NULL, ERR_USAGE, "--config needs a file or none" },
	{ NULL, "--record=a", "--replay=b", ERR_USAGE,
	  "record (flag --record) and replay (flag --replay) exclude each "
	  "other" },
	{ "CALLQA_UNORDERED=yes", "--reproducible", NULL, ERR_USAGE,
	  "reproducible (flag --reproducible) and unordered (environment "
	  "CALLQA_UNORDERED) exclude each other" },
	{ NULL, "--price-input=2", NULL, ERR_CONFIG,
	  "price-output is missing: price-input (flag --price-input) is of no "
	  "use alone" },
	{ "CALLQA_PRICE_OUTPUT=2", "--max-cost=1", NULL, ERR_CONFIG,
	  "price-input is missing: price-output (environment "
	  "CALLQA_PRICE_OUTPUT) is of no use alone" },
	{ "CALLQA_JOBS=9999", NULL, NULL, ERR_CONFIG,
	  "CALLQA_JOBS: expected a whole number from 1 to 1024, got "
	  "\"9999\"" },
	{ "CALLQA_JOBS=9999", "--jobs=3", NULL, ERR_CONFIG,
	  "CALLQA_JOBS: expected a whole number from 1 to 1024, got "
	  "\"9999\"" },
	{ "LOG_LEVEL=trace", NULL, NULL, ERR_CONFIG,
	  "LOG_LEVEL: expected one of error, warning, info, debug, got "
	  "\"trace\"" },
	{ "CALLQA_ALLOW_EMPTY=1", NULL, NULL, ERR_CONFIG,
	  "CALLQA_ALLOW_EMPTY: expected true, false, yes or no, got \"1\"" },
	{ "CALLQA_JOB=3", NULL, NULL, ERR_CONFIG,
	  "unknown environment variable CALLQA_JOB; nearest is CALLQA_JOBS" },
	{ "CALLQA_CONF=x", NULL, NULL, ERR_CONFIG,
	  "unknown environment variable CALLQA_CONF; nearest is "
	  "CALLQA_CONFIG" },
	{ "CALLQA_SOMETHING_ELSE=sk-1", NULL, NULL, ERR_CONFIG,
	  "unknown environment variable CALLQA_SOMETHING_ELSE" },
	{ "CALLQA_MODEL=0123456789012345678901234567890123456789012345678901"
	  "23456789\nx",
	  NULL, NULL, ERR_CONFIG,
	  "CALLQA_MODEL: expected text without control characters, got "
	  "\"012345678901234567890123456789012345678901234567890123456789\""
	  "..." },
};

static void test_faults(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < LENGTH(fault_cases); i++) {
		const struct fault_case *c = &fault_cases[i];

		assert_int_equal(bench_load(b, LIST(c->environment),
					    LIST(c->argument, c->second)),
				 -1);
		assert_string_equal(b->error.text, c->text);
		assert_string_equal(b->error.where, "");
		assert_int_equal(b->error.code, c->code);
		assert_null(strstr(b->error.text, "sk-"));
	}
}

/* Names of others, names of the future, names without a value. */
static void test_quiet_environment(void **state)
{
	struct bench *b = *state;

	load(b,
	     LIST("PORT=x", "ENVIRONMENT=", "INTERNAL_API_KEY=x y",
		  "SUPABASE_ANON_KEY=x", "PROMPTLAYER_API_KEY=x",
		  "SUPABASE_URL=x", "CALLQA=1", "CALLQA_JOBS=",
		  "MAX_RETRIES=99", "LOG_LEVEL=trace", "=", "JOBS=x"),
	     LIST("--attempts=2", "-q"));
	assert_int_equal(b->settings.jobs, 8);
	assert_int_equal(b->settings.attempts, 2);
}

/* ---- the example ----------------------------------------------------- */

/* Every line of the example can be used as it stands. */
/* An argument that a line of the example file cannot do without, or NULL. */
static const char *company(const char *line)
{
	if (strstr(line, "key-file")) /* there is no such file, nor need of */
		return "--replay=x";
	if (strstr(line, "price-input"))
		return "--price-output=1";
	return strstr(line, "price-output") ? "--price-input=1" : NULL;
}

static void test_example(void **state)
{
	struct bench *b = *state;
	char *text = bench_printed(settings_example);
	char line[BENCH_PATH];
	size_t n, keys = 0;

	for (char *at = text; *at; at += n + 1) {
		n = strcspn(at, "\n");
		assert_true(n < 80);
		if (at[0] != '#' || n < 2 || at[1] == ' ')
			continue;
		snprintf(line, sizeof(line), "%.*s\n", (int)n - 1, at + 1);
		bench_write(b->user, line, 0600);
		load(b, NULL, LIST(company(line)));
		keys++;
	}
	/* all but the two that are keys */
	assert_int_equal(keys, settings_count - 2);
	bench_write(b->user, NULL, 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_files_are_joined),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_every_border),
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_no_argv),
		cmocka_unit_test(test_own_world),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_quiet_environment),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, bench_init, bench_release);
}
