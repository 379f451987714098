/* States: what is kept, found, forgotten, refused; who may have one. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/digest.h"
#include "base/file.h"
#include "data/json.h"
#include "llm/state.h"
#include "support/fake_clock.h"
#include "support/samples.h"

enum { HOUR = 60 * 60 * 1000, DAY = 24 * HOUR };

/* A folder of its own for each test, and what a state needs. */
struct corner {
	char folder[64], path[96];
	struct fake_clock clock;
	struct cancel cancel;
	struct state_options options;
};

static int make_corner(void **state)
{
	struct corner *c = calloc(1, sizeof(*c));

	snprintf(c->folder, sizeof(c->folder), "/tmp/state_test.XXXXXX");
	if (!mkdtemp(c->folder) || cancel_init(&c->cancel, NULL) < 0)
		return -1;
	snprintf(c->path, sizeof(c->path), "%s/state.db", c->folder);
	fake_clock_init(&c->clock);
	c->options = (struct state_options){ .path = c->path,
					     .keep_days = 90,
					     .clock = &c->clock.clock,
					     .cancel = &c->cancel };
	*state = c;
	return 0;
}

/* The state's file with a suffix; until the next call. */
static const char *beside(const struct corner *c, const char *suffix)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s%s", c->path, suffix);
	return path;
}

static int remove_corner(void **state)
{
	static const char *const suffixes[] = { "",         "-wal",  "-shm",
						"-journal", ".lock", ".other" };
	struct corner *c = *state;

	for (size_t i = 0; i < LENGTH(suffixes); i++)
		unlink(beside(c, suffixes[i]));
	rmdir(c->folder);
	cancel_release(&c->cancel);
	fake_clock_release(&c->clock);
	free(c);
	return 0;
}

static struct state *open_good(struct corner *c)
{
	struct error err = ERROR_INIT;
	struct state *s = state_open(&c->options, &err);

	if (!s)
		fail_msg("%s: %s", err.where, err.text);
	return s;
}

static void close_good(struct state *s)
{
	struct error err = ERROR_INIT;

	if (state_close(s, &err) < 0)
		fail_msg("%s: %s", err.where, err.text);
}

/* Fails with that code, and these words in what it says. */
static void refused(struct corner *c, enum error_code code, const char *words)
{
	struct error err = ERROR_INIT;

	assert_null(state_open(&c->options, &err));
	assert_int_equal(err.code, code);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

/* The question of that name; good for the next few calls. */
static struct question_id question(const char *call_id, const char *name)
{
	static char keys[4][SHA256_HEX_SIZE];
	static size_t at;
	char *key = keys[at++ % LENGTH(keys)];

	sha256_hex(name, strlen(name), key);
	return (struct question_id){ .call_id = call_id,
				     .stage = STAGE_COMPLIANCE,
				     .key = key };
}

static struct outcome sample_outcome(void)
{
	return (struct outcome){ .answer = sample_answer(STAGE_COMPLIANCE,
							 NULL),
				 .model = "acme/grader-2",
				 .fence_stripped = true,
				 .usage = { .attempts = 3,
					    .re_asks = 1,
					    .latency_ms = 777,
					    .tokens_in = 100,
					    .tokens_out = 20,
					    .tokens_cached = 60,
					    .cost = 0.125,
					    .cost_known = true } };
}

static uint64_t put(struct state *s, const char *call_id, const char *name)
{
	const struct question_id id = question(call_id, name);
	struct outcome o = sample_outcome();
	uint64_t due = state_put(s, &id, &o);

	json_decref(o.answer);
	return due;
}

static bool find(struct state *s, const char *call_id, const char *name)
{
	const struct question_id id = question(call_id, name);
	struct outcome o = { .answer = NULL };
	struct error err = ERROR_INIT;
	uint64_t due = 0;
	bool found;

	if (state_find(s, &id, &o, &due, &err) < 0)
		fail_msg("%s: %s", err.where, err.text);
	found = o.answer;
	json_decref(o.answer);
	return found;
}

/* What one statement says of the file, as a number. */
static int64_t ask_file(const struct corner *c, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t value;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(c->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL),
			 SQLITE_OK);
	value = sqlite3_step(statement) == SQLITE_ROW
			? sqlite3_column_int64(statement, 0)
			: -1;
	sqlite3_finalize(statement);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return value;
}

/* ---- what is kept ---------------------------------------------------- */

static void comes_back_as_it_was(void **state)
{
	struct corner *c = *state;
	const struct question_id id = question("c-1", "a");
	json_auto_t *expected = sample_answer(STAGE_COMPLIANCE, NULL);
	struct outcome o = { .answer = NULL };
	struct state *s = open_good(c);
	uint64_t due = 0;

	put(s, "c-1", "a");
	close_good(s);
	s = open_good(c);
	assert_int_equal(state_find(s, &id, &o, &due, NULL), 0);
	assert_true(json_equal(o.answer, expected));
	assert_string_equal(o.model, "acme/grader-2");
	assert_int_equal(o.usage.latency_ms, 777);
	assert_int_equal(o.usage.tokens_in, 100);
	assert_int_equal(o.usage.tokens_out, 20);
	assert_int_equal(o.usage.tokens_cached, 60);
	assert_true(o.usage.cost == 0.125 && o.usage.cost_known);
	assert_true(o.cached && o.fence_stripped && !o.context_cut);
	/* nothing was sent for it now, and nothing is to be waited for */
	assert_int_equal(o.usage.attempts, 0);
	assert_int_equal(o.usage.re_asks, 0);
	assert_int_equal(due, 0);
	json_decref(o.answer);
	assert_false(find(s, "c-1", "b"));
	close_good(s);
}

static void an_unknown_cost_stays_unknown(void **state)
{
	struct corner *c = *state;
	const struct question_id id = question("c-1", "a");
	struct outcome o = sample_outcome(), again = { .answer = NULL };
	struct state *s = open_good(c);
	uint64_t due = 0;

	o.usage.cost_known = false;
	state_wait(s, state_put(s, &id, &o));
	assert_int_equal(state_find(s, &id, &again, &due, NULL), 0);
	assert_non_null(again.answer);
	assert_false(again.usage.cost_known);
	json_decref(o.answer);
	json_decref(again.answer);
	close_good(s);
}

/* Also what is on its way, and by who did not wait. */
static void is_found_at_once(void **state)
{
	struct corner *c = *state;
	struct state *s = open_good(c);
	char name[12];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_true(put(s, "c-1", name) > 0);
		assert_true(find(s, "c-1", name));
		assert_true(find(s, "c-2", name));
	}
	close_good(s);
	assert_int_equal(ask_file(c, "SELECT count(*) FROM answers"), 200);
}

/* What was waited for is there after a death without farewell. */
static void is_durable_when_waited_for(void **state)
{
	struct corner *c = *state;
	struct state *s;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		s = state_open(&c->options, NULL);
		for (int i = 0; s && i < 20; i++) {
			char name[12];

			snprintf(name, sizeof(name), "%d", i);
			state_wait(s, put(s, "c-1", name));
		}
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	s = open_good(c);
	for (int i = 0; i < 20; i++) {
		char name[12];

		snprintf(name, sizeof(name), "%d", i);
		assert_true(find(s, "c-1", name));
	}
	close_good(s);
}

static void nobody_else_can_read_it(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
	struct corner *c = *state;
	mode_t before = umask(0);
	struct stat st;

	for (int i = 0; i < 2; i++) {
		struct state *s = open_good(c);

		state_wait(s, put(s, "c-1", "a"));
		for (size_t j = 0; j < LENGTH(suffixes); j++) {
			assert_int_equal(stat(beside(c, suffixes[j]), &st), 0);
			assert_int_equal(st.st_mode & 07777, 0600);
		}
		close_good(s);
		unlink(c->path);
		unlink(beside(c, ".lock"));
		umask(0777); /* takes everything, also from ourselves */
	}
	umask(before);
}

/* A file that is there and empty, as mktemp(1) makes it, is taken. */
static void an_empty_file_will_do(void **state)
{
	struct corner *c = *state;
	struct stat st;

	close(open(c->path, O_CREAT | O_WRONLY, 0644));
	close_good(open_good(c));
	assert_int_equal(stat(c->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(ask_file(c, "PRAGMA user_version"), 1);
}

/* An answer that was damaged is none: the question is asked again. */
static void what_is_no_json_is_not_found(void **state)
{
	struct corner *c = *state;
	struct state *s = open_good(c);

	put(s, "c-1", "a");
	put(s, "c-2", "b");
	close_good(s);
	ask_file(c, "UPDATE answers SET answer = '{\"items\":['"
		    " WHERE call_id = 'c-1'");
	s = open_good(c);
	assert_false(find(s, "c-1", "a"));
	assert_true(find(s, "c-2", "b"));
	put(s, "c-1", "a");
	assert_true(find(s, "c-1", "a"));
	close_good(s);
	assert_int_equal(ask_file(c, "SELECT count(*) FROM answers"), 2);
}

/* ---- what goes ------------------------------------------------------- */

static void what_is_not_used_goes(void **state)
{
	struct corner *c = *state;
	struct state *s = open_good(c);

	put(s, "c-1", "a");
	put(s, "c-2", "b");
	close_good(s);
	fake_clock_pass(&c->clock, (int64_t)60 * DAY);
	s = open_good(c);
	assert_true(find(s, "c-1", "a"));
	close_good(s);
	fake_clock_pass(&c->clock, (int64_t)31 * DAY);
	/* 91 days after it was asked, b goes at the end of the run */
	s = open_good(c);
	assert_int_equal(ask_file(c, "SELECT count(*) FROM answers"), 2);
	close_good(s);
	s = open_good(c);
	assert_true(find(s, "c-1", "a"));
	assert_false(find(s, "c-2", "b"));
	close_good(s);
	fake_clock_pass(&c->clock, (int64_t)9999 * DAY);
	c->options.keep_days = 0;
	close_good(open_good(c));
	assert_int_equal(ask_file(c, "SELECT count(*) FROM answers"), 1);
}

/* A resumed run writes nothing but once an hour. */
static void a_use_is_noted_once_an_hour(void **state)
{
	struct corner *c = *state;
	struct state *s = open_good(c);

	put(s, "c-1", "a");
	close_good(s);
	fake_clock_pass(&c->clock, HOUR - 1);
	s = open_good(c);
	assert_true(find(s, "c-1", "a"));
	close_good(s);
	assert_int_equal(ask_file(c, "SELECT last_used - created FROM answers"),
			 0);
	fake_clock_pass(&c->clock, 1);
	s = open_good(c);
	assert_true(find(s, "c-1", "a"));
	close_good(s);
	assert_int_equal(ask_file(c, "SELECT last_used - created FROM answers"),
			 HOUR);
}

/* Every night, a little earlier than the night before. */
static void what_is_used_within_the_time_stays(void **state)
{
	struct corner *c = *state;
	struct state *s = open_good(c);

	c->options.keep_days = 1;
	put(s, "c-1", "a");
	close_good(s);
	for (int night = 0; night < 3; night++) {
		fake_clock_pass(&c->clock, DAY - HOUR / 2);
		s = open_good(c);
		assert_true(find(s, "c-1", "a"));
		fake_clock_pass(&c->clock, HOUR);
		close_good(s);
	}
	s = open_good(c);
	assert_true(find(s, "c-1", "a"));
	/* a use that was just not noted is a use */
	fake_clock_pass(&c->clock, HOUR - 1);
	assert_true(find(s, "c-1", "a"));
	fake_clock_pass(&c->clock, DAY - 1);
	close_good(s);
	assert_int_equal(ask_file(c, "SELECT count(*) FROM answers"), 1);
}

static bool file_holds(const char *path, const char *text)
{
	struct buf bytes;
	bool found = false;

	buf_init(&bytes, (size_t)16 << 20);
	if (file_read(path, &bytes, ERR_CONFIG, NULL) == 0)
		for (size_t i = 0; !found && i + strlen(text) <= bytes.len; i++)
			found = memcmp(bytes.data + i, text, strlen(text)) == 0;
	buf_release(&bytes);
	return found;
}

static void put_saying(struct state *s, const char *call_id, const char *name,
		       const char *words)
{
	const struct question_id id = question(call_id, name);
	struct outcome o = sample_outcome();

	json_object_set_new(o.answer, "said", json_string(words));
	state_wait(s, state_put(s, &id, &o));
	json_decref(o.answer);
}

/* Also from pages that are free, and from the log of a run that was killed. */
static void what_is_forgotten_is_gone(void **state)
{
	struct corner *c = *state;
	int64_t count = -1;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct state *s = state_open(&c->options, NULL);

		put_saying(s, "c-1", "a", "my number is four one one");
		put_saying(s, "c-1", "b", "four one one is what I said");
		put_saying(s, "c-2", "c", "nothing of that kind");
		kill(getpid(), SIGKILL);
	}
	waitpid(child, NULL, 0);
	assert_true(file_holds(c->path, "four one one") ||
		    file_holds(beside(c, "-wal"), "four one one"));
	assert_int_equal(state_forget(&c->options, "c-1", &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_false(file_holds(c->path, "four one one"));
	assert_false(file_holds(beside(c, "-wal"), "four one one"));
	assert_true(file_holds(c->path, "nothing of that kind"));
	assert_int_equal(state_forget(&c->options, "c-1", &count, NULL), 0);
	assert_int_equal(count, 0);
}

/* What a call was answered with, whoever paid for it. */
static void one_content_is_forgotten_with_any_of_its_calls(void **state)
{
	struct corner *c = *state;
	struct state *s = open_good(c);
	int64_t count = -1;

	put(s, "first", "a");
	assert_true(find(s, "second", "a"));
	close_good(s);
	assert_int_equal(state_forget(&c->options, "second", &count, NULL), 0);
	assert_int_equal(count, 2);
	s = open_good(c);
	assert_false(find(s, "first", "a"));
	close_good(s);
}

static void nothing_is_made_to_be_forgotten(void **state)
{
	struct corner *c = *state;
	struct error err = ERROR_INIT;
	int64_t count;

	assert_int_equal(state_forget(&c->options, "c-1", &count, &err), -1);
	assert_int_equal(err.code, ERR_STATE_FILE);
	assert_int_equal(access(c->path, F_OK), -1);
	assert_int_equal(access(beside(c, ".lock"), F_OK), -1);
}

/* ---- what is refused ------------------------------------------------- */

static void write_at(const struct corner *c, off_t at, const char *bytes,
		     size_t len)
{
	int fd = open(c->path, O_WRONLY | O_CREAT, 0600);

	assert_int_equal(pwrite(fd, bytes, len, at), len);
	assert_int_equal(close(fd), 0);
}

static void digest_of(const char *path, char hex[SHA256_HEX_SIZE])
{
	struct buf bytes;

	buf_init(&bytes, (size_t)16 << 20);
	assert_int_equal(file_read(path, &bytes, ERR_CONFIG, NULL), 0);
	sha256_hex(bytes.data, bytes.len, hex);
	buf_release(&bytes);
}

static void fill_state(struct corner *c)
{
	struct state *s = open_good(c);
	char name[12];

	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "%d", i);
		put(s, "c-1", name);
	}
	close_good(s);
}

static void ruin_text(struct corner *c)
{
	write_at(c, 0, "{\"call_id\":\"x\"}\n", 16);
}

static void ruin_magic(struct corner *c)
{
	fill_state(c);
	write_at(c, 0, "S", 1);
	write_at(c, 3, "X", 1);
}

static void ruin_other_program(struct corner *c)
{
	ask_file(c, "CREATE TABLE t (x)");
}

static void ruin_newer(struct corner *c)
{
	fill_state(c);
	ask_file(c, "PRAGMA user_version = 2");
}

static void ruin_shape(struct corner *c)
{
	fill_state(c);
	ask_file(c, "ALTER TABLE answers DROP COLUMN latency_ms");
}

static void ruin_page(struct corner *c)
{
	fill_state(c);
	write_at(c, 4096 * 5, "\x05this is not what was here", 26);
}

static void ruin_schema(struct corner *c)
{
	fill_state(c);
	write_at(c, 100, "\x77\x77\x77\x77\x77\x77\x77\x77", 8);
}

static void ruin_end(struct corner *c)
{
	fill_state(c);
	assert_int_equal(truncate(c->path, 8192), 0);
}

static void ruin_head(struct corner *c)
{
	fill_state(c);
	assert_int_equal(truncate(c->path, 99), 0);
}

/* Byte for byte as it was, whatever was wrong with it. */
static void what_cannot_be_believed_is_left_alone(void **state)
{
	static const struct {
		void (*ruin)(struct corner *c);
		const char *words;
	} rows[] = { { ruin_text, "no state of callqa" },
		     { ruin_magic, "no state of callqa" },
		     { ruin_other_program, "another program" },
		     { ruin_newer, "newer callqa (its format is 2" },
		     { ruin_shape, "damaged" },
		     { ruin_page, "damaged" },
		     { ruin_schema, "damaged" },
		     { ruin_end, "damaged" },
		     { ruin_head, "no state of callqa" } };
	struct corner *c = *state;
	char before[SHA256_HEX_SIZE], after[SHA256_HEX_SIZE];

	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t count;

		unlink(c->path);
		rows[i].ruin(c);
		digest_of(c->path, before);
		refused(c, ERR_STATE_FILE, rows[i].words);
		assert_int_equal(state_forget(&c->options, "c-1", &count, NULL),
				 -1);
		digest_of(c->path, after);
		assert_string_equal(before, after);
	}
}

/* Its log is not laid over the file before the file is believed, either. */
static void a_log_is_left_alone_with_its_file(void **state)
{
	struct corner *c = *state;
	char before[2][SHA256_HEX_SIZE], after[SHA256_HEX_SIZE];
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct state *s = state_open(&c->options, NULL);

		state_wait(s, put(s, "c-1", "a"));
		kill(getpid(), SIGKILL);
	}
	waitpid(child, NULL, 0);
	write_at(c, 60, "\0\0\0\7", 4);
	digest_of(c->path, before[0]);
	digest_of(beside(c, "-wal"), before[1]);
	refused(c, ERR_STATE_FILE, "newer callqa");
	digest_of(c->path, after);
	assert_string_equal(before[0], after);
	digest_of(beside(c, "-wal"), after);
	assert_string_equal(before[1], after);
	/* and without its file it belongs to no other */
	unlink(c->path);
	refused(c, ERR_STATE_FILE, "-wal is there");
}

static void what_is_no_file_is_refused(void **state)
{
	struct corner *c = *state;

	c->options.path = c->folder;
	refused(c, ERR_STATE_FILE, "is a directory");
	c->options.path = "/dev/full";
	refused(c, ERR_STATE_FILE, "no regular file");
	c->options.path = "/no/such/folder/state.db";
	refused(c, ERR_STATE_FILE, "its folder");
	c->options.path = "/proc/state.db";
	refused(c, ERR_STATE_FILE, "no lock can be made");
	c->options.path = c->path;
	assert_int_equal(symlink("nowhere", c->path), 0);
	refused(c, ERR_STATE_FILE, "No such file");
	unlink(c->path);
	fill_state(c);
	assert_int_equal(link(c->path, beside(c, ".other")), 0);
	refused(c, ERR_STATE_FILE, "hard link");
}

/* A link to a state is that state, with one lock. */
static void a_link_is_followed(void **state)
{
	struct corner *c = *state;
	char other[128];
	struct state *s;

	fill_state(c);
	snprintf(other, sizeof(other), "%s", beside(c, ".other"));
	assert_int_equal(symlink("state.db", other), 0);
	c->options.path = other;
	s = open_good(c);
	assert_true(find(s, "c-1", "7"));
	assert_int_equal(access(beside(c, ".other.lock"), F_OK), -1);
	close_good(s);
}

/* ---- who has it ------------------------------------------------------ */

/* A process that has the state until `gate` is closed; its id. */
static pid_t hold(struct corner *c, int gate[2])
{
	int ready[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe(gate), 0);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct state *s = state_open(&c->options, NULL);

		close(gate[1]);
		if (!s || write(ready[1], "x", 1) != 1 ||
		    read(gate[0], &byte, 1) != 0)
			_exit(1);
		_exit(state_close(s, NULL) < 0);
	}
	close(gate[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void let_go(pid_t child, const int gate[2])
{
	int status;

	close(gate[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void one_process_has_it(void **state)
{
	struct corner *c = *state;
	char words[64];
	int64_t count;
	int gate[2];
	pid_t child = hold(c, gate);

	snprintf(words, sizeof(words), "in use by process %ld", (long)child);
	refused(c, ERR_TEMPORARY, words);
	assert_int_equal(c->clock.sleep_count, 0);
	assert_int_equal(state_forget(&c->options, "c-1", &count, NULL), -1);
	/* it waits as long as it was told to */
	c->options.wait_lock_ms = 2000;
	refused(c, ERR_TEMPORARY, words);
	assert_true(c->clock.now >= 1000000 + 2000 &&
		    c->clock.now < 1000000 + 2200);
	let_go(child, gate);
	close_good(open_good(c));
}

static void a_dead_process_has_nothing(void **state)
{
	struct corner *c = *state;
	int gate[2];
	pid_t child = hold(c, gate);

	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(gate[1]);
	close_good(open_good(c));
}

/* ---- what cannot be written ------------------------------------------ */

/* The run is stopped, and told what was paid for and is not there. */
static void expect_lost(struct corner *c, struct state *s, const char *why)
{
	struct error stop = ERROR_INIT, err = ERROR_INIT;

	assert_true(cancel_why(&c->cancel, &stop));
	assert_int_equal(stop.code, ERR_STATE_FILE);
	if (!strstr(stop.text, why))
		fail_msg("\"%s\" does not say \"%s\"", stop.text, why);
	assert_int_equal(state_close(s, &err), -1);
	assert_int_equal(err.code, ERR_STATE_FILE);
	assert_string_equal(err.text,
			    "answers that were paid for and are not in it: 1; "
			    "the next run asks again");
}

/* Who was stopped before has not heard the reason. */
static void a_late_failure_has_its_reason(void **state)
{
	const struct error before = { .code = ERR_STOPPED };
	struct error err = ERROR_INIT;
	struct corner *c = *state;
	struct state *s = open_good(c);

	state_wait(s, put(s, "c-1", "a"));
	cancel_stop(&c->cancel, &before);
	unlink(c->path);
	state_wait(s, put(s, "c-1", "b"));
	state_wait(s, put(s, "c-2", "c"));
	assert_int_equal(state_close(s, &err), -1);
	if (!strstr(err.text, "not in it: 2; the next run asks again: ") ||
	    !strstr(err.text, "removed or replaced"))
		fail_msg("\"%s\"", err.text);
}

static void a_file_that_is_gone_is_noticed(void **state)
{
	struct corner *c = *state;
	struct state *s = open_good(c);

	state_wait(s, put(s, "c-1", "a"));
	assert_false(cancel_stopped(&c->cancel));
	unlink(c->path);
	state_wait(s, put(s, "c-1", "b"));
	expect_lost(c, s, "removed or replaced");
}

static void a_full_disk_stops_the_run(void **state)
{
	struct corner *c = *state;
	struct rlimit before, small;
	struct state *s = open_good(c);

	state_wait(s, put(s, "c-1", "a"));
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){ 4096, before.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	state_wait(s, put(s, "c-1", "b"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	/* nothing waits for what will not come */
	state_wait(s, UINT64_MAX);
	expect_lost(c, s, "");
	/* what was durable is */
	assert_int_equal(ask_file(c, "SELECT count(*) FROM answers"), 1);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_corner, remove_corner)
	const struct CMUnitTest tests[] = {
		TEST(comes_back_as_it_was),
		TEST(an_unknown_cost_stays_unknown),
		TEST(is_found_at_once),
		TEST(is_durable_when_waited_for),
		TEST(nobody_else_can_read_it),
		TEST(an_empty_file_will_do),
		TEST(what_is_no_json_is_not_found),
		TEST(what_is_not_used_goes),
		TEST(a_use_is_noted_once_an_hour),
		TEST(what_is_used_within_the_time_stays),
		TEST(what_is_forgotten_is_gone),
		TEST(one_content_is_forgotten_with_any_of_its_calls),
		TEST(nothing_is_made_to_be_forgotten),
		TEST(what_cannot_be_believed_is_left_alone),
		TEST(a_log_is_left_alone_with_its_file),
		TEST(what_is_no_file_is_refused),
		TEST(a_link_is_followed),
		TEST(one_process_has_it),
		TEST(a_dead_process_has_nothing),
		TEST(a_file_that_is_gone_is_noticed),
		TEST(a_late_failure_has_its_reason),
		TEST(a_full_disk_stops_the_run),
	};

	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
