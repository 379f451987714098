/* One event, one line: read back from stderr. */
#include <fcntl.h>
#include <pthread.h>
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

#include "base/log.h"
#include "support/records.h"

enum { THREADS = 8, LINES = 200 };

/* stderr goes into a file between these two. */
struct capture {
	int saved, file;
};

static struct capture begin_capture(void)
{
	char path[] = "/tmp/log_test.XXXXXX";
	struct capture c = { dup(STDERR_FILENO), mkstemp(path) };

	assert_true(c.saved >= 0 && c.file >= 0);
	unlink(path);
	assert_true(dup2(c.file, STDERR_FILENO) >= 0);
	return c;
}

/* What was written; the caller's to free. */
static char *end_capture(struct capture *c)
{
	off_t len = lseek(c->file, 0, SEEK_END);
	char *text = calloc(1, (size_t)len + 1);

	assert_true(dup2(c->saved, STDERR_FILENO) >= 0);
	assert_non_null(text);
	assert_int_equal(pread(c->file, text, (size_t)len, 0), len);
	close(c->saved);
	close(c->file);
	return text;
}

static const struct log_subject subject = { "eval_1", "call 1" };

static char *one_event(bool json)
{
	struct capture c = begin_capture();

	log_setup("prog", LOG_INFO, json);
	LOG(LOG_WARNING, "stage_done", &subject, LOG_TEXT("stage", "deep_dive"),
	    LOG_INT("latency_ms", INT64_C(-9007199254740993)),
	    LOG_REAL("cost", 0.0139), LOG_TEXT("none", NULL),
	    LOG_TEXT("empty", ""));
	return end_capture(&c);
}

static void an_event_as_text(void **state)
{
	char *text = one_event(false);

	(void)state;
	assert_string_equal(text, "prog: warning: stage_done "
				  "correlation_id=eval_1 call_id=\"call 1\" "
				  "stage=deep_dive "
				  "latency_ms=-9007199254740993 cost=0.0139 "
				  "empty=\"\"\n");
	free(text);
}

static void an_event_as_json(void **state)
{
	char *text = one_event(true);
	json_auto_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *ts;

	(void)state;
	assert_non_null(value);
	assert_int_equal(text[strlen(text) - 1], '\n');
	ts = json_string_value(json_object_get(value, "ts"));
	assert_int_equal(strlen(ts), strlen("2026-01-15T10:30:00.000Z"));
	record_expect(value, "level", "'warning'");
	record_expect(value, "event", "'stage_done'");
	record_expect(value, "correlation_id", "'eval_1'");
	record_expect(value, "call_id", "'call 1'");
	record_expect(value, "latency_ms", "-9007199254740993");
	record_expect(value, "cost", "0.0139");
	record_expect(value, "empty", "''");
	assert_null(json_object_get(value, "none"));
	free(text);
}

/* What an id may hold must neither break the line nor move the cursor. */
static void hostile_text_stays_on_its_line(void **state)
{
	static const char hostile[] = "a\nb\r\x1b[2J\x7f\xc2\x9b"
				      "\xe2\x80\xae\"=\\ \xe2\x80\xa8";
	const struct log_subject who = { NULL, hostile };

	(void)state;
	for (int json = 0; json < 2; json++) {
		struct capture c = begin_capture();
		char *text;

		log_setup("prog", LOG_INFO, json);
		LOG(LOG_ERROR, "x", &who, LOG_TEXT("t", hostile));
		log_say(LOG_ERROR, "say %s", hostile);
		text = end_capture(&c);
		assert_int_equal(strcspn(text, "\x1b\x7f\r"), strlen(text));
		assert_null(strstr(text, "\xc2\x9b"));
		assert_null(strstr(text, "\xe2\x80\xae"));
		assert_null(strstr(text, "\xe2\x80\xa8"));
		assert_string_equal(strchr(strchr(text, '\n') + 1, '\n'), "\n");
		if (json) {
			json_auto_t *value = json_loads(
				text, JSON_DISABLE_EOF_CHECK, NULL);

			assert_string_equal(
				json_string_value(json_object_get(value, "t")),
				hostile);
		}
		free(text);
	}
}

/* An id may be as long as a request: its line is cut, but it is a line. */
static void a_very_long_id_makes_a_whole_line(void **state)
{
	size_t len = 100000;
	char *id = calloc(1, len + 1);
	const struct log_subject who = { "eval_1", id };

	(void)state;
	assert_non_null(id);
	memset(id, '\x01', len);
	for (int json = 0; json < 2; json++) {
		struct capture c = begin_capture();
		char *text, *end;

		log_setup("prog", LOG_INFO, json);
		LOG(LOG_ERROR, "x", &who, LOG_TEXT("stage", "compliance"));
		text = end_capture(&c);
		end = strchr(text, '\n');
		assert_non_null(end);
		assert_string_equal(end, "\n");
		if (json) {
			json_auto_t *value = json_loads(text, 0, NULL);

			record_expect(value, "stage", "'compliance'");
		}
		free(text);
	}
	free(id);
}

static void levels(void **state)
{
	(void)state;
	for (int wanted = LOG_ERROR; wanted <= LOG_DEBUG; wanted++) {
		struct capture c = begin_capture();
		size_t lines = 0;
		char *text;

		log_setup("prog", (enum log_level)wanted, false);
		for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
			assert_int_equal(log_wanted((enum log_level)level),
					 level <= wanted);
			LOG((enum log_level)level, "e", NULL, LOG_INT("n", 1));
			log_say((enum log_level)level, "words");
		}
		text = end_capture(&c);
		for (const char *at = text; (at = strchr(at, '\n')); at++)
			lines++;
		assert_int_equal(lines, 2 * (wanted + 1));
		free(text);
	}
}

static void words_for_a_person(void **state)
{
	struct capture c = begin_capture();
	json_auto_t *value = NULL;
	char *text, *second;

	(void)state;
	log_setup("prog", LOG_WARNING, false);
	log_say(LOG_ERROR, "%s: \"%d\"", "x.yaml:3", 7);
	log_setup("prog", LOG_WARNING, true);
	log_say(LOG_ERROR, "%s: \"%d\"", "x.yaml:3", 7);
	text = end_capture(&c);
	second = strchr(text, '\n') + 1;
	value = json_loads(second, 0, NULL);
	record_expect(value, "event", "'message'");
	record_expect(value, "text", "'x.yaml:3: \\\"7\\\"'");
	*second = '\0';
	assert_string_equal(text, "prog: x.yaml:3: \"7\"\n");
	free(text);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* Ten of one kind, seven of another, one that is alone. */
static char *much_of_the_same(enum log_level level, bool json)
{
	struct capture c = begin_capture();

	log_setup("prog", level, json);
	for (int i = 0; i < 10; i++)
		LOG(LOG_WARNING, "fallback", &subject,
		    LOG_TEXT("stage", "compliance"), LOG_TEXT("code", "A"));
	for (int i = 0; i < 7; i++)
		LOG(LOG_WARNING, "fallback", &subject,
		    LOG_TEXT("stage", "compliance"), LOG_TEXT("code", "B"));
	LOG(LOG_WARNING, "evaluation_failed", &subject, LOG_TEXT("code", "A"),
	    LOG_TEXT("source", "x:1"));
	log_flush();
	log_flush(); /* they are forgotten */
	return end_capture(&c);
}

static void the_sixth_of_a_kind_is_counted(void **state)
{
	char *text = much_of_the_same(LOG_WARNING, false);

	(void)state;
	assert_int_equal(count(text, " correlation_id="), 5 + 5 + 1);
	assert_int_equal(count(text, "\n"), 5 + 5 + 1 + 2);
	assert_non_null(strstr(text, "prog: warning: ... and 5 more fallback "
				     "stage=compliance code=A\n"
				     "prog: warning: ... and 2 more fallback "
				     "stage=compliance code=B\n"));
	free(text);
	/* who asks for more, or reads by machine, has them all */
	text = much_of_the_same(LOG_INFO, false);
	assert_int_equal(count(text, "\n"), 18);
	free(text);
	text = much_of_the_same(LOG_WARNING, true);
	assert_int_equal(count(text, "\n"), 18);
	free(text);
	text = much_of_the_same(LOG_ERROR, false);
	assert_string_equal(text, "");
	free(text);
}

/* More kinds than there is room for are shown, every one. */
static void kinds_without_number(void **state)
{
	struct capture c = begin_capture();
	char *text, name[20];

	(void)state;
	log_setup("prog", LOG_WARNING, false);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "KIND_%d", i / 10);
		LOG(LOG_WARNING, "fallback", NULL, LOG_TEXT("code", name));
	}
	log_flush();
	text = end_capture(&c);
	assert_int_equal(count(text, " more fallback"), 32);
	assert_int_equal(count(text, "\n"), 32 * (5 + 1) + 68 * 10);
	free(text);
}

static void a_status_line_stays_below(void **state)
{
	struct capture c = begin_capture();
	char *text;

	(void)state;
	log_setup("prog", LOG_WARNING, false);
	log_status("1 record");
	log_say(LOG_WARNING, "words");
	log_status("2 records");
	log_status(NULL);
	log_say(LOG_WARNING, "more");
	text = end_capture(&c);
	assert_string_equal(text, "prog: 1 record"
				  "\r\033[Kprog: words\nprog: 1 record"
				  "\r\033[Kprog: 2 records"
				  "\r\033[K"
				  "prog: more\n");
	free(text);
}

static void shown_at_any_level(void **state)
{
	struct capture c = begin_capture();
	char *text;

	(void)state;
	log_setup("prog", LOG_ERROR, false);
	log_show(LOG_INFO, "progress", "7 records");
	log_setup("prog", LOG_ERROR, true);
	log_show(LOG_INFO, "progress", "7 records");
	text = end_capture(&c);
	assert_non_null(strstr(text, "prog: 7 records\n{\"ts\":\""));
	assert_non_null(strstr(text,
			       "\"level\":\"info\",\"event\":\"progress\","
			       "\"text\":\"7 records\"}\n"));
	free(text);
}

/* A service's stderr is a socket whose numbers systemd tells. */
static void the_journal_gets_priorities(void **state)
{
	static const char *const wrong[] = { "", "1:2", "8:1x", NULL };
	struct capture c = begin_capture();
	char stream[64], *text;
	struct stat st;

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_setup("prog", LOG_DEBUG, false);
	log_say(LOG_ERROR, "e");
	LOG(LOG_WARNING, "w", NULL, LOG_INT("n", 1));
	log_show(LOG_INFO, "progress", "i");
	log_setup("prog", LOG_DEBUG, true);
	LOG(LOG_DEBUG, "d", NULL, LOG_INT("n", 1));
	for (size_t i = 0; wrong[i]; i++) {
		setenv("JOURNAL_STREAM", wrong[i], 1);
		log_setup("prog", LOG_DEBUG, false);
		log_say(LOG_ERROR, "plain");
	}
	unsetenv("JOURNAL_STREAM");
	log_setup("prog", LOG_DEBUG, false);
	text = end_capture(&c);
	assert_int_equal(strncmp(text,
				 "<3>prog: e\n<4>prog: warning: w n=1\n"
				 "<6>prog: i\n<7>{\"ts\":",
				 53),
			 0);
	assert_int_equal(count(text, "\nprog: plain\n"), 3);
	free(text);
}

static void *write_lines(void *ctx)
{
	const char *name = ctx;

	for (int i = 0; i < LINES; i++)
		LOG(LOG_ERROR, "line", NULL, LOG_TEXT("who", name),
		    LOG_INT("n", i));
	return NULL;
}

/* Lines of many threads are whole, each thread's in its order. */
static void threads_do_not_mix(void **state)
{
	static char names[THREADS][2];
	struct capture c = begin_capture();
	int next[THREADS] = { 0 };
	pthread_t threads[THREADS];
	char *text, *line, *rest;

	(void)state;
	log_setup("prog", LOG_ERROR, true);
	for (int i = 0; i < THREADS; i++) {
		names[i][0] = (char)('0' + i);
		pthread_create(&threads[i], NULL, write_lines, names[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	text = end_capture(&c);
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		json_auto_t *value = json_loads(line, 0, NULL);
		int who, n;

		assert_non_null(value);
		who = json_string_value(json_object_get(value, "who"))[0] - '0';
		n = (int)json_integer_value(json_object_get(value, "n"));
		assert_int_equal(n, next[who]++);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(next[i], LINES);
	free(text);
}

static void *say_something(void *ctx)
{
	log_say(LOG_ERROR, "%s", (const char *)ctx);
	return NULL;
}

/* The last test: nobody waits any more from then on. */
static void a_reader_that_stands_still(void **state)
{
	char page[4096] = "", word[] = "worker";
	int ends[2], saved = dup(STDERR_FILENO);
	pthread_t worker;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], page, sizeof(page)) > 0)
		;
	fcntl(ends[1], F_SETFL, 0);
	log_setup("prog", LOG_WARNING, false);
	assert_int_equal(pthread_create(&worker, NULL, say_something, word), 0);
	/* whether the worker holds the lock by now or not */
	log_show(LOG_INFO, "progress", "lost");
	log_hurry();
	assert_int_equal(pthread_join(worker, NULL), 0);
	log_say(LOG_ERROR, "lost, too");
	/* what finds room goes out as ever */
	assert_int_equal(read(ends[0], page, sizeof(page)), sizeof(page));
	log_say(LOG_ERROR, "there");
	while (read(ends[0], page, sizeof(page)) == sizeof(page))
		;
	assert_string_equal(page, "prog: there\n");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_as_text),
		cmocka_unit_test(an_event_as_json),
		cmocka_unit_test(hostile_text_stays_on_its_line),
		cmocka_unit_test(a_very_long_id_makes_a_whole_line),
		cmocka_unit_test(levels),
		cmocka_unit_test(words_for_a_person),
		cmocka_unit_test(the_sixth_of_a_kind_is_counted),
		cmocka_unit_test(kinds_without_number),
		cmocka_unit_test(a_status_line_stays_below),
		cmocka_unit_test(shown_at_any_level),
		cmocka_unit_test(the_journal_gets_priorities),
		cmocka_unit_test(threads_do_not_mix),
		cmocka_unit_test(a_reader_that_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
