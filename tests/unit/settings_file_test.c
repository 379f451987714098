/* Configuration files: where they are, what they may hold, and back again. */
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

/* Loads and asserts that it went well. */
static void load(struct bench *b, const char *const *environment,
		 const char *const *arguments)
{
	if (bench_load(b, environment, arguments))
		fail_msg("%s: %s", b->error.where, b->error.text);
}

/* ---- what a file may hold -------------------------------------------- */

static const struct text_case {
	const char *text, *where, *error; /* error NULL: it is taken */
} text_cases[] = {
	{ "", NULL, NULL },
	{ "# nothing\n", NULL, NULL },
	{ "---\njobs: 4\n", NULL, NULL },
	{ "jobs: 4", NULL, NULL },
	{ "\xef\xbb\xbfjobs: 4\r\nmodel: x\r\n", NULL, NULL },
	{ "{jobs: 4, model: x}\n", NULL, NULL },
	{ "jobs: 4 # four\nmodel: 'a # b'\n", NULL, NULL },
	{ "evaluation-version: 2\n", NULL, NULL },
	{ "evaluation-version: \"2\"\n", NULL, NULL },
	{ "evaluation-version: true\n", NULL, NULL },
	{ "log-level: \"info\"\n", NULL, NULL },
	{ "unordered: Yes\n", NULL, NULL },
	{ "\njob: 4\n", "2:1", "unknown key \"job\"; nearest is jobs" },
	{ "Jobs: 4\n", "1:1", "unknown key \"Jobs\"; nearest is jobs" },
	{ "max_tokens: 4\n", "1:1",
	  "unknown key \"max_tokens\"; nearest is max-tokens" },
	{ "port: 3000\n", "1:1", "unknown key \"port\"" },
	{ "\"a\\nb\": 1\n", "1:1", "unknown key \"a\\nb\"" },
	{ "config: x\n", "1:1", "unknown key \"config\"" },
	{ "openrouter-key: sk-or-1\n", "1:1",
	  "a key does not belong in this file; put it in one of its own and "
	  "name that: openrouter-key-file" },
	{ "jobs: 4\nmodel: x\njobs: 4\n", "3:1",
	  "key \"jobs\" again, after line 1" },
	{ "jobs: 1025\n", "1:7",
	  "jobs: expected a whole number from 1 to 1024, got \"1025\"" },
	{ "jobs: 4.5\n", "1:7",
	  "jobs: expected a whole number from 1 to 1024, got \"4.5\"" },
	{ "jobs: \"4\"\n", "1:7", "jobs: takes no quotes" },
	{ "unordered: 'true'\n", "1:12", "unordered: takes no quotes" },
	{ "jobs: [4]\n", "1:7", "jobs: expected one value, got a list" },
	{ "jobs:\n  max: 4\n", "2:3",
	  "jobs: expected one value, got a mapping" },
	{ "model:\n", "1:7", "model: has no value" },
	{ "model: ~\n", "1:8", "model: has no value" },
	{ "model: null\n", "1:8", "model: has no value" },
	{ "model: ''\n", "1:8",
	  "model: expected text without control characters, got \"\"" },
	{ "x-title: \"a\\nb\"\n", "1:10",
	  "x-title: expected text without control characters, got \"a\\nb\"" },
	{ "- jobs\n", "1:1", "expected lines of `name: value`" },
	{ "jobs\n", "1:1", "expected lines of `name: value`" },
	{ "jobs=4\n", "1:1", "expected lines of `name: value`" },
	{ "jobs: &a 4\n", "1:7", "anchors (&a) are not supported" },
	{ "jobs: 4\n---\njobs: 5\n", "2:1", "a second document" },
};

static void test_texts(void **state)
{
	struct bench *b = *state;
	char where[BENCH_PATH];

	for (size_t i = 0; i < LENGTH(text_cases); i++) {
		const struct text_case *c = &text_cases[i];

		bench_write(b->user, c->text, 0600);
		if (!c->error) {
			load(b, NULL, NULL);
			continue;
		}
		assert_int_equal(bench_load(b, NULL, NULL), -1);
		snprintf(where, sizeof(where), "%s:%s", b->user, c->where);
		assert_string_equal(b->error.text, c->error);
		assert_string_equal(b->error.where, where);
		assert_int_equal(b->error.code, ERR_CONFIG);
	}
	/* A fault is one even where a flag overrides the line. */
	bench_write(b->user, "jobs: x\n", 0600);
	assert_int_equal(bench_load(b, NULL, LIST("--jobs=3")), -1);
	bench_write(b->user, NULL, 0);
}

static void test_size(void **state)
{
	struct bench *b = *state;
	char *text = xmalloc(LIMIT_CONFIG_BYTES + 2);

	memset(text, '#', LIMIT_CONFIG_BYTES + 1);
	text[LIMIT_CONFIG_BYTES] = '\0';
	bench_write(b->user, text, 0600);
	load(b, NULL, NULL);
	text[LIMIT_CONFIG_BYTES] = '#';
	text[LIMIT_CONFIG_BYTES + 1] = '\0';
	bench_write(b->user, text, 0600);
	assert_int_equal(bench_load(b, NULL, NULL), -1);
	assert_string_equal(b->error.where, b->user);
	assert_string_equal(b->error.text, "larger than 1048576 bytes");
	bench_write(b->user, NULL, 0);
	free(text);
}

/* ---- which files ----------------------------------------------------- */

static void test_which_file(void **state)
{
	struct bench *b = *state;
	char named[BENCH_PATH], variable[BENCH_PATH + 16], xdg[BENCH_PATH + 32];
	const char *flag = "--config";

	snprintf(named, sizeof(named), "%s",
		 bench_file(b, "named.conf", "jobs: 5\n", 8, 0600));
	snprintf(variable, sizeof(variable), "CALLQA_CONFIG=%s", named);
	bench_write(b->user, "jobs: 6\nattempts: 6\n", 0600);
	bench_write(b->common, "jobs: 7\nattempts: 7\n", 0644);

	load(b, NULL, LIST(flag, named));
	assert_int_equal(b->settings.jobs, 5);
	assert_int_equal(b->settings.attempts, 7); /* not the user's */
	load(b, LIST(variable), NULL);
	assert_int_equal(b->settings.jobs, 5);
	load(b, LIST("CALLQA_CONFIG=/nonexistent"), LIST("-c", named));
	assert_int_equal(b->settings.jobs, 5);
	load(b, LIST(variable), LIST("--config=none"));
	assert_int_equal(b->settings.jobs, 8);
	assert_int_equal(b->settings.attempts, 3);
	load(b, LIST("CALLQA_CONFIG=none"), NULL);
	assert_int_equal(b->settings.jobs, 8);

	/* XDG_CONFIG_HOME in the place of ~/.config; a relative one is none */
	snprintf(xdg, sizeof(xdg), "XDG_CONFIG_HOME=%s/xdg", b->folder);
	load(b, LIST(xdg), NULL);
	assert_int_equal(b->settings.jobs, 7);
	load(b, LIST("XDG_CONFIG_HOME=.config"), NULL);
	assert_int_equal(b->settings.jobs, 6);
	snprintf(xdg, sizeof(xdg), "XDG_CONFIG_HOME=%s/home/.config",
		 b->folder);
	load(b, LIST("HOME=", xdg), NULL);
	assert_int_equal(b->settings.jobs, 6);
	bench_write(b->user, NULL, 0);
	bench_write(b->common, NULL, 0);
}

/* With neither variable no file of the current folder is taken for one. */
static void test_homeless(void **state)
{
	struct bench *b = *state;
	char home[BENCH_PATH], back[BENCH_PATH];

	assert_non_null(getcwd(back, sizeof(back)));
	bench_write(b->user, "jobs: 6\n", 0600);
	memcpy(home, b->home, sizeof(b->home));
	assert_int_equal(chdir(home + strlen("HOME=")), 0);
	memcpy(b->home, "HOME=.", sizeof("HOME=."));
	load(b, LIST("XDG_CONFIG_HOME=.config"), NULL);
	assert_int_equal(b->settings.jobs, 8);
	memcpy(b->home, "HOME=", sizeof("HOME="));
	load(b, NULL, NULL);
	assert_int_equal(b->settings.jobs, 8);
	memcpy(b->home, home, sizeof(b->home));
	assert_int_equal(chdir(back), 0);
	bench_write(b->user, NULL, 0);
}

static void test_unreadable(void **state)
{
	struct bench *b = *state;

	assert_int_equal(bench_load(b, NULL, LIST("-c", "/nonexistent/x")), -1);
	assert_string_equal(b->error.where, "/nonexistent/x");
	assert_string_equal(b->error.text,
			    "cannot be read: No such file or directory");
	assert_int_equal(b->error.code, ERR_CONFIG);
	assert_int_equal(bench_load(b, NULL, LIST("-c", b->folder)), -1);
	assert_string_equal(b->error.text, "cannot be read: Is a directory");
	/* not a file, not a fault */
	load(b, NULL, LIST("-c", "/dev/null"));
}

static void test_writable_by_others(void **state)
{
	static const struct {
		mode_t mode;
		bool fits;
	} cases[] = { { 0600, true },  { 0644, true },  { 0640, true },
		      { 0444, true },  { 0755, true },  { 0620, false },
		      { 0602, false }, { 0664, false }, { 0666, false } };
	struct bench *b = *state;
	char text[BENCH_PATH];

	for (size_t i = 0; i < LENGTH(cases); i++) {
		bench_write(b->common, "jobs: 3\n", cases[i].mode);
		assert_int_equal(bench_load(b, NULL, NULL),
				 cases[i].fits ? 0 : -1);
		if (cases[i].fits)
			continue;
		snprintf(text, sizeof(text),
			 "others can change this file (mode %04o); "
			 "run: chmod go-w %s",
			 (unsigned)cases[i].mode, b->common);
		assert_string_equal(b->error.text, text);
		assert_string_equal(b->error.where, b->common);
	}
	bench_write(b->common, NULL, 0);
}

/* A descriptor that somebody opened for us, as <(...) does. */
static void test_pipe(void **state)
{
	struct bench *b = *state;
	char path[32];
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "jobs: 3\ncacert: x\n", 18), 18);
	close(fds[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	load(b, NULL, LIST("--config", path));
	assert_int_equal(b->settings.jobs, 3);
	assert_string_equal(b->settings.cacert, "x");
	close(fds[0]);
}

static void test_paths(void **state)
{
	struct bench *b = *state;
	char expected[BENCH_PATH];

	bench_write(b->user,
		    "cacert: ca.pem\nprompts: ../p\nrecord: /r\n"
		    "summary: ~/s\n",
		    0600);
	load(b, NULL, NULL);
	snprintf(expected, sizeof(expected), "%s/home/.config/eavesly/ca.pem",
		 b->folder);
	assert_string_equal(b->settings.cacert, expected);
	snprintf(expected, sizeof(expected), "%s/home/.config/eavesly/../p",
		 b->folder);
	assert_string_equal(b->settings.prompts, expected);
	assert_string_equal(b->settings.record, "/r");
	snprintf(expected, sizeof(expected), "%s/home/s", b->folder);
	assert_string_equal(b->settings.summary, expected);
	/* a flag's path begins where the shell is */
	load(b, NULL, LIST("--cacert=ca.pem"));
	assert_string_equal(b->settings.cacert, "ca.pem");
	bench_write(b->user, NULL, 0);
}

/* ---- show-config ----------------------------------------------------- */

static void test_show(void **state)
{
	struct bench *b = *state;
	char line[2 * BENCH_PATH], folder[BENCH_PATH];
	char *text;

	bench_write(b->user, "model: a\n\ngrace: 1\n", 0600);
	load(b, LIST("CALLQA_JOBS=2", "LOG_LEVEL=INFO"),
	     LIST("-m", "b", "--cacert=ca\x01.pem"));
	snprintf(line, sizeof(line), "grace: 1  # %s:3", b->user);
	bench_expect(b, line);
	bench_expect(b, "model: \"b\"  # flag --model");
	bench_expect(b, "jobs: 2  # environment CALLQA_JOBS");
	bench_expect(b, "log-level: info  # environment LOG_LEVEL");
	bench_expect(b, "temperature: 0.3  # default");
	bench_expect(b, "# prompts: unset  # default");
	bench_expect(b, "# openrouter-key: (not set)");
	assert_non_null(getcwd(folder, sizeof(folder)));
	snprintf(line, sizeof(line),
		 "cacert: \"%s/ca\\u0001.pem\"  # flag --cacert", folder);
	bench_expect(b, line);
	text = bench_show(b);
	snprintf(line, sizeof(line), "# read: %s\nengine: ", b->user);
	assert_ptr_equal(strstr(text, line), text);
	free(text);
	bench_write(b->user, NULL, 0);
}

/* Less its comments: what each setting is. */
static char *values_shown(struct bench *b)
{
	char *text = bench_show(b), *to = text, *next;

	for (char *at = text; *at; at = next) {
		size_t n = strcspn(at, "\n");
		char *end = strstr(at, "  # ");

		next = at + n + 1;
		if (*at == '#')
			continue;
		if (end && end < at + n)
			n = (size_t)(end - at);
		memmove(to, at, n);
		to += n;
		*to++ = '\n';
	}
	*to = '\0';
	return text;
}

/* What is printed can be read back, and then says the same. */
static void test_round_trip(void **state)
{
	const char *const *const cases[] = {
		NULL,
		LIST("--model=a \"b\" \\ # c: \xe2\x82\xac \xf0\x9f\x98\x80",
		     "--temperature=0.1", "--max-request=12345",
		     "--max-values=7", "--context-tokens=100000000",
		     "--response-format=json_schema", "--provider-data=zdr",
		     "--http-referer=null", "--x-title=\xe2\x80\xae~",
		     "--unordered", "--allow-empty", "-v", "--log-format=json"),
		LIST("--record=/a b\n\t\x7f\"'\\#", "-p", "p", "--summary=-",
		     "--reproducible", "--score-fallbacks", "--jobs=1024",
		     "--evaluation-version=1.0", "--openrouter-url=https://x/"),
	};
	struct bench *b = *state;
	const char *path;

	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *shown, *first, *second;

		load(b, NULL, cases[i]);
		shown = bench_show(b);
		first = values_shown(b);
		path = bench_file(b, "shown.conf", shown, strlen(shown), 0600);
		load(b, NULL, LIST("--config", path));
		second = values_shown(b);
		assert_string_equal(first, second);
		free(shown);
		free(first);
		free(second);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_which_file),
		cmocka_unit_test(test_homeless),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_writable_by_others),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, bench_init, bench_release);
}
