/* Recordings: what is kept, found again, explained, refused. */
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

#include "base/file.h"
#include "base/limits.h"
#include "llm/recording.h"
#include "support/samples.h"

/* A directory of its own for each test. */
struct corner {
	char directory[64], path[96];
};

static int make_place(void **state)
{
	struct corner *p = calloc(1, sizeof(*p));

	snprintf(p->directory, sizeof(p->directory), "/tmp/recording.XXXXXX");
	if (!mkdtemp(p->directory))
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/answers.ndjson", p->directory);
	*state = p;
	return 0;
}

static int remove_place(void **state)
{
	struct corner *p = *state;

	unlink(p->path);
	rmdir(p->directory);
	free(p);
	return 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static char *read_file(const char *path)
{
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES);
	assert_int_equal(file_read(path, &b, ERR_CONFIG, NULL), 0);
	return buf_take(&b);
}

/* ---- questions and answers ------------------------------------------------
 */

/* Short in place of 64 digits: they are only compared. */
static const struct chat_stage hashes = { .prompt_sha256 = "pppp",
					  .schema_sha256 = "ssss",
					  .parameters_sha256 = "aaaa" };

static struct question_id question(const char *call_id, enum stage stage,
				   const char *key)
{
	return (struct question_id){ .call_id = call_id,
				     .stage = stage,
				     .key = key,
				     .hashes = &hashes };
}

static void add(struct recording *r, const char *call_id, enum stage stage,
		const char *key)
{
	const struct question_id id = question(call_id, stage, key);
	struct outcome o = { .answer = sample_answer(stage, NULL),
			     .model = "acme/grader-2",
			     .usage = { .attempts = 3,
					.re_asks = 1,
					.latency_ms = 777,
					.tokens_in = 100,
					.tokens_out = 20,
					.tokens_cached = 60,
					.cost = 0.125,
					.cost_known = true } };

	recording_add(r, &id, &o);
	json_decref(o.answer);
}

static bool find(struct recording *r, const char *call_id, enum stage stage,
		 const char *key)
{
	const struct question_id id = question(call_id, stage, key);
	struct outcome o = { .answer = NULL };
	bool found = recording_find(r, &id, &o);

	if (found) {
		json_auto_t *expected = sample_answer(stage, NULL);

		assert_true(json_equal(o.answer, expected));
	} else {
		assert_null(o.answer);
	}
	json_decref(o.answer);
	return found;
}

static struct recording *open_good(const char *path, bool replay)
{
	struct error err = ERROR_INIT;
	struct recording *r = recording_open(path, replay, &err);

	if (!r)
		fail_msg("%s: %s", err.where, err.text);
	return r;
}

static void close_good(struct recording *r)
{
	struct error err = ERROR_INIT;

	if (recording_close(r, true, &err) < 0)
		fail_msg("%s: %s", err.where, err.text);
}

/* A run that did not see all its records keeps what it did not ask for. */
static void an_incomplete_run_drops_nothing(void **state)
{
	const struct corner *p = *state;
	struct recording *r = open_good(p->path, false);

	add(r, "c-1", STAGE_COMPLIANCE, "k1");
	add(r, "c-2", STAGE_COMPLIANCE, "k2");
	close_good(r);
	r = open_good(p->path, false);
	assert_true(find(r, "c-1", STAGE_COMPLIANCE, "k1"));
	assert_int_equal(recording_close(r, false, NULL), 0);
	r = open_good(p->path, false);
	assert_true(find(r, "c-1", STAGE_COMPLIANCE, "k1"));
	close_good(r);
	r = open_good(p->path, true);
	assert_true(find(r, "c-1", STAGE_COMPLIANCE, "k1"));
	assert_false(find(r, "c-2", STAGE_COMPLIANCE, "k2"));
	recording_abandon(r);
}

/* What was rejected is asked again and replaced. */
static void a_rejected_answer_is_replaced(void **state)
{
	const struct corner *p = *state;
	const struct question_id id = question("c-1", STAGE_COMPLIANCE, "k1");
	struct recording *r = open_good(p->path, false);
	struct buf text;

	add(r, "c-1", STAGE_COMPLIANCE, "k1");
	close_good(r);
	r = open_good(p->path, false);
	recording_reject(r, &id);
	assert_false(find(r, "c-1", STAGE_COMPLIANCE, "k1"));
	add(r, "c-1", STAGE_COMPLIANCE, "k1");
	close_good(r);
	buf_init(&text, LIMIT_CONFIG_BYTES);
	assert_int_equal(file_read(p->path, &text, ERR_CONFIG, NULL), 0);
	assert_ptr_equal(strchr(text.data, '\n'), text.data + text.len - 1);
	buf_release(&text);
}

/* ---- tests ----------------------------------------------------------------
 */

static void comes_back_as_it_was(void **state)
{
	const struct corner *p = *state;
	const struct question_id id = question("c-1", STAGE_COMPLIANCE, "k1");
	struct recording *r = open_good(p->path, false);
	struct outcome o = { .answer = NULL };
	json_auto_t *expected = sample_answer(STAGE_COMPLIANCE, NULL);

	add(r, "c-1", STAGE_COMPLIANCE, "k1");
	close_good(r);
	r = open_good(p->path, true);
	assert_true(recording_find(r, &id, &o));
	assert_true(json_equal(o.answer, expected));
	assert_string_equal(o.model, "acme/grader-2");
	assert_int_equal(o.usage.tokens_in, 100);
	assert_int_equal(o.usage.tokens_out, 20);
	assert_int_equal(o.usage.tokens_cached, 60);
	assert_true(o.usage.cost == 0.125 && o.usage.cost_known);
	assert_true(o.cached);
	/* nothing was sent for it */
	assert_int_equal(o.usage.attempts, 0);
	assert_int_equal(o.usage.latency_ms, 0);
	json_decref(o.answer);
	close_good(r);
}

/* Byte for byte: it is checked in, compared and mailed. */
static void the_file(void **state)
{
	static const char *const expected =
		"{\"call_id\":\"c-1\",\"stage\":\"communication\","
		"\"repeat\":0,\"key\":\"k1\",\"prompt\":\"pppp\","
		"\"schema\":\"ssss\",\"parameters\":\"aaaa\","
		"\"model\":\"acme/grader-2\",\"answer\":{\"skills\":["
		"{\"skill\":\"Empathy\",\"rating\":\"Met\",\"example\":null},"
		"{\"skill\":\"Clarity\",\"rating\":\"N/A\",\"example\":null}],"
		"\"summary\":{\"exceeded\":[],\"met\":[\"Empathy\"],"
		"\"missed\":[]}},\"usage\":{\"prompt_tokens\":100,"
		"\"completion_tokens\":20,\"cached_tokens\":60,"
		"\"cost\":0.125}}\n";
	const struct corner *p = *state;
	struct recording *r = open_good(p->path, false);
	struct stat st;
	char *text;

	add(r, "c-1", STAGE_COMMUNICATION, "k1");
	close_good(r);
	text = read_file(p->path);
	assert_string_equal(text, expected);
	free(text);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* By call_id, stage, repeat, whoever finished first. */
static void is_sorted(void **state)
{
	static const char *const order[] = { "a/classification/0",
					     "a/compliance/0", "a/compliance/1",
					     "a/deep_dive/0",
					     "b/classification/0" };
	const struct corner *p = *state;
	struct question_id again = question("a", STAGE_COMPLIANCE, "k9");
	struct outcome o = { .answer = sample_answer(STAGE_COMPLIANCE, NULL) };
	struct recording *r = open_good(p->path, false);
	char *text, *line, name[64];

	add(r, "b", STAGE_CLASSIFICATION, "k5");
	add(r, "a", STAGE_DEEP_DIVE, "k1");
	again.repeat = 1;
	recording_add(r, &again, &o);
	json_decref(o.answer);
	add(r, "a", STAGE_COMPLIANCE, "k3");
	add(r, "a", STAGE_CLASSIFICATION, "k4");
	close_good(r);
	line = text = read_file(p->path);
	for (size_t i = 0; i < LENGTH(order); i++) {
		json_auto_t *value = json_loads(line, JSON_DISABLE_EOF_CHECK,
						NULL);

		assert_non_null(value);
		snprintf(name, sizeof(name), "%s/%s/%d",
			 json_string_value(json_object_get(value, "call_id")),
			 json_string_value(json_object_get(value, "stage")),
			 (int)json_integer_value(
				 json_object_get(value, "repeat")));
		assert_string_equal(name, order[i]);
		line = strchr(line, '\n') + 1;
	}
	assert_string_equal(line, "");
	free(text);
}

/* What was found again is kept, what nobody asked for is dropped. */
static void is_reused(void **state)
{
	const struct corner *p = *state;
	struct recording *r = open_good(p->path, false);
	char *before, *after;

	add(r, "a", STAGE_COMPLIANCE, "k1");
	add(r, "b", STAGE_COMPLIANCE, "k2");
	close_good(r);
	before = read_file(p->path);
	r = open_good(p->path, false);
	assert_true(find(r, "b", STAGE_COMPLIANCE, "k2"));
	assert_true(find(r, "a", STAGE_COMPLIANCE, "k1"));
	/* another key is another question */
	assert_false(find(r, "a", STAGE_COMPLIANCE, "k2"));
	assert_false(find(r, "a", STAGE_COMMUNICATION, "k1"));
	assert_false(find(r, "c", STAGE_COMPLIANCE, "k1"));
	close_good(r);
	after = read_file(p->path);
	assert_string_equal(before, after);
	free(after);
	r = open_good(p->path, false);
	assert_true(find(r, "b", STAGE_COMPLIANCE, "k2"));
	add(r, "a", STAGE_COMPLIANCE, "k3");
	close_good(r);
	after = read_file(p->path);
	assert_null(strstr(after, "\"k1\""));
	assert_non_null(strstr(after, "\"k2\""));
	assert_non_null(strstr(after, "\"k3\""));
	free(before);
	free(after);
}

/* Two records of one call_id with different words: both are kept apart. */
static void one_call_id_may_have_two_keys(void **state)
{
	const struct corner *p = *state;
	struct recording *r = open_good(p->path, false);

	add(r, "a", STAGE_COMPLIANCE, "k2");
	add(r, "a", STAGE_COMPLIANCE, "k1");
	/* the same record twice is one answer */
	add(r, "a", STAGE_COMPLIANCE, "k1");
	close_good(r);
	r = open_good(p->path, true);
	assert_true(find(r, "a", STAGE_COMPLIANCE, "k1"));
	assert_true(find(r, "a", STAGE_COMPLIANCE, "k2"));
	close_good(r);
}

static void a_replay_changes_nothing(void **state)
{
	const struct corner *p = *state;
	struct recording *r = open_good(p->path, false);
	char *before, *after;

	add(r, "a", STAGE_COMPLIANCE, "k1");
	close_good(r);
	before = read_file(p->path);
	assert_int_equal(chmod(p->path, 0400), 0);
	r = open_good(p->path, true);
	close_good(r);
	after = read_file(p->path);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void an_abandoned_one_changes_nothing(void **state)
{
	const struct corner *p = *state;
	struct recording *r = open_good(p->path, false);

	add(r, "a", STAGE_COMPLIANCE, "k1");
	recording_abandon(r);
	assert_int_equal(access(p->path, F_OK), -1);
	recording_abandon(NULL);
	assert_int_equal(recording_close(NULL, true, NULL), 0);
}

static void a_replay_needs_a_file(void **state)
{
	const struct corner *p = *state;
	struct error err = ERROR_INIT;

	assert_null(recording_open(p->path, true, &err));
	assert_int_equal(err.code, ERR_CONFIG);
	assert_string_equal(err.where, p->path);
}

static void what_cannot_be_written_is_told(void **state)
{
	const struct corner *p = *state;
	struct error err = ERROR_INIT;
	char path[160];
	struct recording *r;

	snprintf(path, sizeof(path), "%s/none/answers.ndjson", p->directory);
	r = open_good(path, false);
	add(r, "a", STAGE_COMPLIANCE, "k1");
	assert_int_equal(recording_close(r, true, &err), -1);
	assert_int_equal(err.code, ERR_OUTPUT);
	assert_string_equal(err.where, path);
}

/* ---- what differs ---------------------------------------------------------
 */

static void misses_are_explained(void **state)
{
	static const struct {
		const char *call_id;
		enum stage stage;
		struct chat_stage hashes;
		const char *words;
	} rows[] = {
#define HASHES(prompt, schema, parameters) \
	{ .prompt_sha256 = prompt,         \
	  .schema_sha256 = schema,         \
	  .parameters_sha256 = parameters }
		{ "b", STAGE_COMPLIANCE, HASHES("pppp", "ssss", "aaaa"),
		  "no compliance answer" },
		{ "a", STAGE_DEEP_DIVE, HASHES("pppp", "ssss", "aaaa"),
		  "no deep_dive answer" },
		{ "a", STAGE_COMPLIANCE, HASHES("x", "ssss", "aaaa"),
		  "call_qa_compliance" },
		{ "a", STAGE_COMPLIANCE, HASHES("pppp", "x", "aaaa"),
		  "schema" },
		{ "a", STAGE_COMPLIANCE, HASHES("pppp", "ssss", "x"),
		  "parameter" },
		{ "a", STAGE_COMPLIANCE, HASHES("pppp", "ssss", "aaaa"),
		  "transcript" },
		/* the first of several */
		{ "a", STAGE_COMPLIANCE, HASHES("x", "x", "x"), "prompt" },
	};
	const struct corner *p = *state;
	struct recording *r = open_good(p->path, false);

	add(r, "a", STAGE_COMPLIANCE, "k1");
	close_good(r);
	r = open_good(p->path, true);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct question_id id = question(rows[i].call_id, rows[i].stage,
						 "k2");
		struct error err = ERROR_INIT;

		id.hashes = &rows[i].hashes;
		recording_explain(r, &id, &err);
		assert_int_equal(err.code, ERR_REPLAY_MISS);
		if (!strstr(err.text, rows[i].words))
			fail_msg("%s in %s", rows[i].words, err.text);
	}
	close_good(r);
}

/* ---- files that people or disks have touched -------------------------------
 */

#define LINE                                                                 \
	"{\"call_id\":\"a\",\"stage\":\"compliance\",\"repeat\":0,"          \
	"\"key\":\"k1\",\"prompt\":\"pppp\",\"schema\":\"ssss\","            \
	"\"parameters\":\"aaaa\",\"model\":\"m\",\"answer\":{\"items\":[]}," \
	"\"usage\":{}}\n"

static void damaged_lines_are_named(void **state)
{
	static const struct {
		const char *text, *where;
	} rows[] = {
		{ "{\n", ":1" },
		{ LINE "\n\n[]\n", ":4" },
		{ LINE LINE "{\"call_id\":\"a\"}\n", ":3" },
		{ LINE "null\n", ":2" },
		{ LINE "x" LINE, ":2" },
		{ LINE "{\"call_id\":1,\"stage\":\"compliance\"}\n", ":2" },
		/* cut in the middle */
		{ LINE "{\"call_id\":\"a\",\"stage\":\"comp", ":2" },
		{ "{\"call_id\":\"a\",\"stage\":\"no such\",\"repeat\":0,"
		  "\"key\":\"k\",\"prompt\":\"p\",\"schema\":\"s\","
		  "\"parameters\":\"a\",\"model\":\"m\",\"answer\":{},"
		  "\"usage\":{}}\n",
		  ":1" },
		{ "{\"call_id\":\"a\",\"stage\":\"compliance\","
		  "\"repeat\":\"0\",\"key\":\"k\",\"prompt\":\"p\","
		  "\"schema\":\"s\",\"parameters\":\"a\",\"model\":\"m\","
		  "\"answer\":{},\"usage\":{}}\n",
		  ":1" },
		{ "{\"call_id\":\"a\",\"stage\":\"compliance\",\"repeat\":0,"
		  "\"key\":\"k\",\"prompt\":\"p\",\"schema\":\"s\","
		  "\"parameters\":\"a\",\"model\":\"m\",\"answer\":[],"
		  "\"usage\":{}}\n",
		  ":1" },
		{ "{\"call_id\":\"a\",\"call_id\":\"b\"}\n", ":1" },
		{ "\xff\xfe\n", ":1" },
	};
	const struct corner *p = *state;

	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct error err = ERROR_INIT;
		char where[128], *after;

		write_file(p->path, rows[i].text);
		assert_null(recording_open(p->path, i % 2, &err));
		snprintf(where, sizeof(where), "%s%s", p->path, rows[i].where);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_string_equal(err.where, where);
		assert_true(err.text[0] != '\0');
		/* refused, and left as it was */
		after = read_file(p->path);
		assert_string_equal(after, rows[i].text);
		free(after);
	}
}

static void blank_lines_and_unknown_members_are_no_damage(void **state)
{
	const struct corner *p = *state;
	const struct question_id id = question("a", STAGE_COMPLIANCE, "k1");
	struct outcome o = { .answer = NULL };
	struct recording *r;

	write_file(p->path, "\n  \r\n" LINE "\n");
	r = open_good(p->path, true);
	assert_true(recording_find(r, &id, &o));
	/* as it stands in the file: whoever asked checks it */
	sample_expect(o.answer, "{'items':[]}");
	assert_false(o.usage.cost_known);
	json_decref(o.answer);
	close_good(r);
	write_file(p->path, "");
	r = open_good(p->path, true);
	assert_false(find(r, "a", STAGE_COMPLIANCE, "k1"));
	close_good(r);
}

/* The answer that is given out is nobody's but the caller's to change. */
static void answers_are_copies(void **state)
{
	const struct corner *p = *state;
	const struct question_id id = question("a", STAGE_COMPLIANCE, "k1");
	struct recording *r = open_good(p->path, false);
	struct outcome o = { .answer = NULL };

	add(r, "a", STAGE_COMPLIANCE, "k1");
	close_good(r);
	r = open_good(p->path, true);
	assert_true(recording_find(r, &id, &o));
	json_object_clear(json_object_get(o.answer, "summary"));
	json_decref(o.answer);
	assert_true(find(r, "a", STAGE_COMPLIANCE, "k1"));
	close_good(r);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(comes_back_as_it_was),
		TEST(an_incomplete_run_drops_nothing),
		TEST(a_rejected_answer_is_replaced),
		TEST(the_file),
		TEST(is_sorted),
		TEST(is_reused),
		TEST(one_call_id_may_have_two_keys),
		TEST(a_replay_changes_nothing),
		TEST(an_abandoned_one_changes_nothing),
		TEST(a_replay_needs_a_file),
		TEST(what_cannot_be_written_is_told),
		TEST(misses_are_explained),
		TEST(damaged_lines_are_named),
		TEST(blank_lines_and_unknown_members_are_no_damage),
		TEST(answers_are_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
