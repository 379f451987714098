/* Keys: which source wins, who else may read it, and that nothing shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "run/settings_value.h"
#include "support/settings_bench.h"

enum { SOURCES = 6 };

/* Each combination of the six sources of a key, strongest first. */
static void test_order(void **state)
{
	struct bench *b = *state;
	char flag[BENCH_PATH], variable[BENCH_PATH + 32], line[2 * BENCH_PATH];
	char credentials[BENCH_PATH], credential[BENCH_PATH],
		conf[2 * BENCH_PATH];

	snprintf(flag, sizeof(flag), "--openrouter-key-file=%s",
		 bench_file(b, "key1", "key-1", 5, 0600));
	snprintf(variable, sizeof(variable), "CALLQA_OPENROUTER_KEY_FILE=%s",
		 bench_file(b, "key2", "key-2", 5, 0600));
	snprintf(credentials, sizeof(credentials), "CREDENTIALS_DIRECTORY=%s",
		 b->folder);
	snprintf(conf, sizeof(conf), "openrouter-key-file: %s\n",
		 bench_file(b, "key4", "key-4", 5, 0600));
	for (unsigned set = 0; set < 1U << SOURCES; set++) {
		const char *environment[SOURCES] = { NULL };
		unsigned place = 0;
		size_t n = 0;

		if (set & 2)
			environment[n++] = variable;
		snprintf(credential, sizeof(credential), "%s",
			 bench_file(b, "openrouter-key", "key-3", 5, 0600));
		environment[n++] = credentials;
		if (!(set & 4)) /* a folder without this credential */
			unlink(credential);
		bench_write(b->user, set & 8 ? conf : NULL, 0600);
		if (set & 16)
			environment[n++] = "CALLQA_OPENROUTER_KEY=key-5";
		if (set & 32)
			environment[n++] = "OPENROUTER_API_KEY=key-6";
		if (bench_load(b, environment, set & 1 ? LIST(flag) : NULL))
			fail_msg("%s: %s", b->error.where, b->error.text);
		while (place < SOURCES && !(set & 1U << place))
			place++;
		if (place == SOURCES) {
			assert_null(b->settings.openrouter_key.text);
			continue;
		}
		snprintf(line, sizeof(line), "key-%u", place + 1);
		assert_string_equal(b->settings.openrouter_key.text, line);
		assert_int_equal(b->settings.openrouter_key.len, 5);
		if (place == 2)
			snprintf(line, sizeof(line),
				 "# openrouter-key: (set, 5 bytes, from file "
				 "%s)",
				 credential);
		else if (place < 4)
			snprintf(line, sizeof(line),
				 "# openrouter-key: (set, 5 bytes, from file "
				 "%s/key%u)",
				 b->folder, place + 1);
		else
			snprintf(line, sizeof(line),
				 "# openrouter-key: (set, 5 bytes, from "
				 "environment %s)",
				 place == 4 ? "CALLQA_OPENROUTER_KEY"
					    : "OPENROUTER_API_KEY");
		bench_expect(b, line);
	}
	unlink(credential);
	bench_write(b->user, NULL, 0);
}

/* ---- what a key may be ----------------------------------------------- */

static const struct content_case {
	const char *data;
	size_t len;
	const char *key, *error;
} content_cases[] = {
#define CONTENT(text) text, sizeof(text) - 1
	{ CONTENT("sk-or-v1"), "sk-or-v1", NULL },
	{ CONTENT("sk-or-v1\n"), "sk-or-v1", NULL },
	{ CONTENT("sk-or-v1\r\n"), "sk-or-v1", NULL },
	{ CONTENT("!~\"'\\"), "!~\"'\\", NULL },
	{ CONTENT(""), NULL, "the key is empty" },
	{ CONTENT("\n"), NULL, "the key is empty" },
	{ CONTENT("\r\n"), NULL, "the key is empty" },
	{ CONTENT("sk\n\n"), NULL,
	  "byte 3 of the key is no printable ASCII character" },
	{ CONTENT("sk\r"), NULL,
	  "byte 3 of the key is no printable ASCII character" },
	{ CONTENT("sk\r\r\n"), NULL,
	  "byte 3 of the key is no printable ASCII character" },
	{ CONTENT("sk\nsk\n"), NULL,
	  "byte 3 of the key is no printable ASCII character" },
	{ CONTENT(" sk"), NULL,
	  "byte 1 of the key is no printable ASCII character" },
	{ CONTENT("sk "), NULL,
	  "byte 3 of the key is no printable ASCII character" },
	{ CONTENT("s\tk"), NULL,
	  "byte 2 of the key is no printable ASCII character" },
	{ CONTENT("s\0k"), NULL,
	  "byte 2 of the key is no printable ASCII character" },
	{ CONTENT("s\x7fk"), NULL,
	  "byte 2 of the key is no printable ASCII character" },
	{ CONTENT("\xef\xbb\xbfsk"), NULL,
	  "byte 1 of the key is no printable ASCII character" },
#undef CONTENT
};

static void test_contents(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < LENGTH(content_cases); i++) {
		const struct content_case *c = &content_cases[i];
		const char *path = bench_file(b, "key", c->data, c->len, 0600);
		int result = bench_load(b, NULL,
					LIST("--openrouter-key-file", path));

		assert_int_equal(result, c->key ? 0 : -1);
		if (c->key) {
			assert_string_equal(b->settings.openrouter_key.text,
					    c->key);
			continue;
		}
		assert_string_equal(b->error.text, c->error);
		assert_string_equal(b->error.where, path);
		assert_int_equal(b->error.code, ERR_CONFIG);
		assert_null(b->settings.openrouter_key.text);
	}
	assert_int_equal(bench_load(b, LIST("OPENROUTER_API_KEY=sk sk"), NULL),
			 -1);
	assert_string_equal(b->error.where, "OPENROUTER_API_KEY");
	assert_string_equal(b->error.text, content_cases[6 + 1].error);
}

static void test_length(void **state)
{
	static const struct {
		size_t len;
		const char *end;
		bool fits;
	} cases[] = { { LIMIT_KEY_BYTES, "", true },
		      { LIMIT_KEY_BYTES, "\n", true },
		      { LIMIT_KEY_BYTES, "\r\n", true },
		      { LIMIT_KEY_BYTES + 1, "", false },
		      { LIMIT_KEY_BYTES + 1, "\n", false },
		      { LIMIT_KEY_BYTES + 1, "\r\n", false },
		      { LIMIT_KEY_BYTES + 9, "", false } };
	struct bench *b = *state;
	char data[LIMIT_KEY_BYTES + 16];

	for (size_t i = 0; i < LENGTH(cases); i++) {
		size_t n = strlen(cases[i].end);
		const char *path;

		memset(data, 'k', sizeof(data));
		memcpy(data + cases[i].len, cases[i].end, n);
		path = bench_file(b, "key", data, cases[i].len + n, 0600);
		assert_int_equal(
			bench_load(b, NULL,
				   LIST("--openrouter-key-file", path)),
			cases[i].fits ? 0 : -1);
		if (cases[i].fits)
			assert_int_equal(b->settings.openrouter_key.len,
					 LIMIT_KEY_BYTES);
		else
			assert_string_equal(b->error.text,
					    "the key is longer than 4096 "
					    "bytes");
	}
}

/* ---- who may read it ------------------------------------------------- */

static const struct mode_case {
	mode_t mode;
	bool fits;
} mode_cases[] = { { 0600, true },  { 0400, true },  { 0700, true },
		   { 0711, true },  { 0640, false }, { 0604, false },
		   { 0644, false }, { 0440, false }, { 0620, false },
		   { 0602, false }, { 0777, false } };

static void test_modes(void **state)
{
	struct bench *b = *state;
	char text[2 * BENCH_PATH], conf[2 * BENCH_PATH];

	for (size_t i = 0; i < LENGTH(mode_cases); i++) {
		const struct mode_case *c = &mode_cases[i];
		const char *path = bench_file(b, "key", "sk", 2, c->mode);

		snprintf(text, sizeof(text),
			 "others can read this key (mode %04o); "
			 "run: chmod 600 %s",
			 (unsigned)c->mode, path);
		assert_int_equal(
			bench_load(b, NULL,
				   LIST("--openrouter-key-file", path)),
			c->fits ? 0 : -1);
		if (!c->fits)
			assert_string_equal(b->error.text, text);
		/* a file that the configuration names is no better */
		snprintf(conf, sizeof(conf), "openrouter-key-file: %s\n", path);
		bench_write(b->user, conf, 0600);
		assert_int_equal(bench_load(b, NULL, NULL), c->fits ? 0 : -1);
		if (!c->fits)
			assert_string_equal(b->error.where, path);
		unlink(path);
	}
	bench_write(b->user, NULL, 0);
}

/* systemd guards credentials by their folder. */
static void test_credentials_mode(void **state)
{
	struct bench *b = *state;
	char credentials[BENCH_PATH], path[BENCH_PATH], outside[BENCH_PATH];

	snprintf(credentials, sizeof(credentials), "CREDENTIALS_DIRECTORY=%s/",
		 b->folder);
	snprintf(path, sizeof(path), "%s",
		 bench_file(b, "openrouter-key", "sk", 2, 0440));
	assert_int_equal(bench_load(b, LIST(credentials), NULL), 0);
	assert_string_equal(b->settings.openrouter_key.text, "sk");
	assert_int_equal(bench_load(b, LIST(credentials),
				    LIST("--openrouter-key-file", path)),
			 0);
	/* neither beside it nor out of it */
	snprintf(credentials, sizeof(credentials),
		 "CREDENTIALS_DIRECTORY=%s/etc", b->folder);
	assert_int_equal(bench_load(b, LIST(credentials),
				    LIST("--openrouter-key-file", path)),
			 -1);
	snprintf(outside, sizeof(outside), "%s/etc/../openrouter-key",
		 b->folder);
	assert_int_equal(bench_load(b, LIST(credentials),
				    LIST("--openrouter-key-file", outside)),
			 -1);
	snprintf(credentials, sizeof(credentials), "CREDENTIALS_DIRECTORY=%.*s",
		 (int)strlen(b->folder) - 1, b->folder);
	assert_int_equal(bench_load(b, LIST(credentials),
				    LIST("--openrouter-key-file", path)),
			 -1);
	/* a relative folder would be one of the current folder */
	assert_int_equal(bench_load(b, LIST("CREDENTIALS_DIRECTORY=."), NULL),
			 0);
	assert_null(b->settings.openrouter_key.text);
	unlink(path);
}

static void test_descriptors(void **state)
{
	struct bench *b = *state;
	char path[32];
	int fds[2];
	FILE *open_file;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "sk-pipe\n", 8), 8);
	close(fds[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	assert_int_equal(
		bench_load(b, NULL, LIST("--openrouter-key-file", path)), 0);
	assert_string_equal(b->settings.openrouter_key.text, "sk-pipe");
	close(fds[0]);

	open_file = fopen(bench_file(b, "key", "sk-open", 7, 0644), "r");
	assert_non_null(open_file);
	snprintf(path, sizeof(path), "/dev/fd/%d", fileno(open_file));
	assert_int_equal(
		bench_load(b, NULL, LIST("--openrouter-key-file", path)), 0);
	assert_string_equal(b->settings.openrouter_key.text, "sk-open");
	fclose(open_file);
}

static void test_missing(void **state)
{
	struct bench *b = *state;

	assert_int_equal(bench_load(b, LIST("OPENROUTER_API_KEY=sk"),
				    LIST("--openrouter-key-file=/none/k")),
			 -1);
	assert_string_equal(b->error.where, "/none/k");
	assert_string_equal(
		b->error.text,
		"the key cannot be read: No such file or directory");
	assert_int_equal(
		bench_load(b, NULL, LIST("--openrouter-key-file", b->folder)),
		-1);
	assert_string_equal(b->error.text,
			    "the key cannot be read: Is a directory");
	/* nobody asks for a key that nobody needs */
	assert_int_equal(
		bench_load(b, LIST("OPENROUTER_API_KEY=sk"),
			   LIST("--openrouter-key-file=/none/k", "--replay=x")),
		0);
	assert_null(b->settings.openrouter_key.text);
	bench_expect(b, "# openrouter-key: (not read: not needed)");
}

/* ---- who needs it ---------------------------------------------------- */

#define MODEL     "m"
#define TEMPLATES "p"
#define STORE     "s"

/* Which of the three keys are read, by what callqa is to do. */
static const struct need {
	const char *flags[4];
	const char *read;
} needs[] = {
	{ { NULL }, MODEL },
	{ { "--store" }, MODEL STORE },
	{ { "--supabase-url=https://s.example" }, MODEL },
	{ { "--prompts=/p" }, MODEL },
	{ { "--prompts=promptlayer" }, MODEL TEMPLATES },
	{ { "--prompts=promptlayer:a", "--store" }, MODEL TEMPLATES STORE },
	{ { "--replay=x" }, "" },
	{ { "--replay=x", "--store" }, STORE },
	{ { "--engine=rules", "--prompts=promptlayer" }, "" },
	{ { "-n" }, "" },
	{ { "-n", "--store" }, "" },
	{ { "-n", "--prompts=promptlayer" }, TEMPLATES },
	{ { "-n", "--engine=rules", "--prompts=promptlayer" }, "" },
	{ { "--print-prompts", "--store" }, "" },
	{ { "--print-prompts", "--prompts=promptlayer" }, TEMPLATES },
	{ { "--pull-prompts=d", "--store" }, TEMPLATES },
	{ { "--forget=c", "--state=x", "--prompts=promptlayer" }, "" },
	{ { "--print-schema=report" }, "" },
	{ { "--check" }, MODEL },
	{ { "--check", "--store" }, MODEL STORE },
	{ { "--check", "--supabase-url=https://s.example" }, MODEL STORE },
	{ { "--check", "--engine=rules", "--prompts=promptlayer" }, "" },
	{ { "--check", "--prompts=promptlayer" }, MODEL TEMPLATES },
	{ { "--show-config", "--prompts=promptlayer" }, MODEL TEMPLATES },
	{ { "--show-config", "--store" }, MODEL STORE },
};

/* Those that are there, as needs[] has them; static memory. */
static const char *keys_read(const struct settings *s)
{
	static char text[4];

	snprintf(text, sizeof(text), "%s%s%s",
		 s->openrouter_key.text ? MODEL : "",
		 s->promptlayer_key.text ? TEMPLATES : "",
		 s->supabase_key.text ? STORE : "");
	return text;
}

static const char *keys_at_fault(const struct settings *s)
{
	static char text[4];

	snprintf(text, sizeof(text), "%s%s%s",
		 s->openrouter_key.fault ? MODEL : "",
		 s->promptlayer_key.fault ? TEMPLATES : "",
		 s->supabase_key.fault ? STORE : "");
	return text;
}

static void test_needed(void **state)
{
	struct bench *b = *state;
	const char *const keys[] = { "OPENROUTER_API_KEY=sk-1",
				     "PROMPTLAYER_API_KEY=pl-1",
				     "SUPABASE_SERVICE_ROLE_KEY=sb_secret_1",
				     NULL };
	const char *const bad[] = { "CALLQA_OPENROUTER_KEY_FILE=/none/m",
				    "CALLQA_PROMPTLAYER_KEY_FILE=/none/p",
				    "CALLQA_SUPABASE_KEY_FILE=/none/s", NULL };

	for (size_t i = 0; i < LENGTH(needs); i++) {
		const struct need *n = &needs[i];
		const char *first = n->flags[0] ? n->flags[0] : "";
		bool looks = strcmp(first, "--check") == 0 ||
			     strcmp(first, "--show-config") == 0;

		if (bench_load(b, keys, n->flags))
			fail_msg("row %zu: %s", i, b->error.text);
		assert_string_equal(keys_read(&b->settings), n->read);
		assert_string_equal(keys_at_fault(&b->settings), "");
		/* and what is not read cannot be in the way */
		assert_int_equal(bench_load(b, bad, n->flags),
				 *n->read && !looks ? -1 : 0);
		assert_string_equal(keys_read(&b->settings), "");
		assert_string_equal(keys_at_fault(&b->settings),
				    looks ? n->read : "");
	}
}

/* The whole of what is wrong, as it would have been refused. */
static void test_fault(void **state)
{
	struct bench *b = *state;

	assert_int_equal(bench_load(b, NULL,
				    LIST("--openrouter-key-file=/none/k",
					 "--show-config")),
			 0);
	assert_string_equal(b->settings.openrouter_key.fault,
			    "/none/k: the key cannot be read: No such file or "
			    "directory");
	bench_expect(b, "# openrouter-key: (not usable: /none/k: the key "
			"cannot be read: No such file or directory)");
}

/* ---- nothing shows it ------------------------------------------------ */

static void test_not_shown(void **state)
{
	struct bench *b = *state;
	char *text;

	assert_int_equal(
		bench_load(b, LIST("OPENROUTER_API_KEY=sk-or-v1-2f9"), NULL),
		0);
	text = bench_show(b);
	assert_null(strstr(text, "sk-or"));
	assert_non_null(strstr(text, "(set, 12 bytes, "));
	free(text);
}

static void test_wipe(void **state)
{
	char data[9] = "12345678";
	struct secret secret = { 0 };

	(void)state;
	wipe(data + 1, 6);
	assert_memory_equal(data, "1\0\0\0\0\0\0008", 9);
	secret_release(&secret);
	assert_null(secret.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_credentials_mode),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_fault),
		cmocka_unit_test(test_not_shown),
		cmocka_unit_test(test_wipe),
	};

	return cmocka_run_group_tests(tests, bench_init, bench_release);
}
