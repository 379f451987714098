/* input: files that are there or not, slow or broken, huge; what is said. */
#include "run/input.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "data/json.h"

/* The growth leaves room for what a sanitizer keeps of freed memory. */
enum { HUGE_BYTES = 64 << 20, HUGE_LIMIT = 1 << 20, GROWTH_KIB = 48 << 10 };

struct fixture {
	struct cancel cancel;
	struct error err;
	char dir[32];
	char path[64];
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	*state = f;
	snprintf(f->dir, sizeof(f->dir), "/tmp/input_test.XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	return cancel_init(&f->cancel, &f->err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cancel_release(&f->cancel);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* The path of a file in the fixture's folder; until the next call. */
static char *path_of(struct fixture *f, const char *name)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", f->dir, name);
	return f->path;
}

/* Writes a file of that name; its path, new. */
static char *make_file(struct fixture *f, const char *name, const char *data,
		       size_t len)
{
	char *path = xstrdup(path_of(f, name));
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
	return path;
}

static char *make_text(struct fixture *f, const char *name, const char *text)
{
	return make_file(f, name, text, strlen(text));
}

static void remove_file(char *path)
{
	assert_int_equal(unlink(path), 0);
	free(path);
}

static struct input *open_input(struct fixture *f, char *const *files)
{
	struct json_limits limits = json_default_limits;
	struct input *in;

	limits.bytes = HUGE_LIMIT;
	in = input_new(files, &limits, &f->cancel, &f->err);
	if (!in)
		fail_msg("%s: %s", f->err.where, f->err.text);
	return in;
}

/* The next record has to come from there, with this value of "a". */
static void expect_record(struct fixture *f, struct input *in,
			  const char *source, int a)
{
	struct input_record record;

	assert_int_equal(input_next(in, &record, &f->err), INPUT_RECORD);
	assert_string_equal(record.source, source);
	assert_non_null(record.value);
	assert_int_equal(json_integer_value(json_object_get(record.value, "a")),
			 a);
	input_record_release(&record);
}

/* The next record has to be broken; its message contains this. */
static void expect_fault(struct fixture *f, struct input *in,
			 enum error_code code, const char *message)
{
	struct input_record record;

	assert_int_equal(input_next(in, &record, &f->err), INPUT_RECORD);
	assert_null(record.value);
	assert_int_equal(record.error.code, code);
	if (!strstr(record.error.text, message))
		fail_msg("\"%s\" is not in \"%s\"", message, record.error.text);
}

static void expect_end(struct fixture *f, struct input *in)
{
	struct input_record record;

	assert_int_equal(input_next(in, &record, &f->err), INPUT_END);
	input_free(in);
	assert_false(error_is(&f->err));
}

/* Puts a pipe in the place of stdin; returns its writing end. */
static int pipe_to_stdin(void)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	return fds[1];
}

static void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* ---- which files --------------------------------------------------------- */

static void test_refused(void **state)
{
	struct fixture *f = *state;
	char *good = make_text(f, "good", "{}\n");
	const struct {
		const char *file, *message;
	} rows[] = {
		{ path_of(f, "missing"), "No such file" },
		{ f->dir, "directory" },
		{ "", "No such file" },
		{ "/dev/null/x", "Not a directory" },
	};

	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *file = xstrdup(rows[i].file);
		char *const files[] = { good, file, NULL };
		struct error err = ERROR_INIT;

		assert_null(input_new(files, &json_default_limits, &f->cancel,
				      &err));
		assert_int_equal(err.code, ERR_USAGE);
		assert_string_equal(err.where, file);
		assert_non_null(strstr(err.text, rows[i].message));
		free(file);
	}
	remove_file(good);
}

static void test_unreadable(void **state)
{
	struct fixture *f = *state;
	char *path = make_text(f, "secret", "{}\n");
	char *const files[] = { path, NULL };

	assert_int_equal(chmod(path, 0), 0);
	if (geteuid() == 0) {
		remove_file(path);
		skip();
	}
	assert_null(
		input_new(files, &json_default_limits, &f->cancel, &f->err));
	assert_int_equal(f->err.code, ERR_USAGE);
	remove_file(path);
}

/* Each file is decided for itself; stdin is a file like others. */
static void test_in_turn(void **state)
{
	struct fixture *f = *state;
	char *lines = make_text(f, "lines", "{\"a\":1}\n{\"a\":2}");
	char *array = make_text(f, "array", "[{\"a\":3},\n{\"a\":4}]");
	char *empty = make_text(f, "empty", "");
	char stdin_name[] = "-", source[80];
	char *const files[] = { lines, stdin_name, empty, array, NULL };
	struct input *in;
	int fd = pipe_to_stdin();

	put(fd, "{\n\"a\":10}");
	close(fd);
	in = open_input(f, files);
	snprintf(source, sizeof(source), "%s:1", lines);
	expect_record(f, in, source, 1);
	snprintf(source, sizeof(source), "%s:2", lines);
	expect_record(f, in, source, 2);
	expect_record(f, in, "stdin:1", 10);
	snprintf(source, sizeof(source), "%s:1[0]", array);
	expect_record(f, in, source, 3);
	snprintf(source, sizeof(source), "%s:2[1]", array);
	expect_record(f, in, source, 4);
	expect_end(f, in);
	remove_file(lines);
	remove_file(array);
	remove_file(empty);
}

static void test_more_than_descriptors(void **state)
{
	enum { FILES = 200, DESCRIPTORS = 40 };
	struct fixture *f = *state;
	char *path = make_text(f, "one", "{\"a\":1}\n");
	char *files[FILES + 1] = { NULL }, source[80];
	struct rlimit before, limit;
	struct input *in;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = DESCRIPTORS;
	for (int i = 0; i < FILES; i++)
		files[i] = path;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	in = open_input(f, files);
	snprintf(source, sizeof(source), "%s:1", path);
	for (int i = 0; i < FILES; i++)
		expect_record(f, in, source, 1);
	expect_end(f, in);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	remove_file(path);
}

static void *write_fifo(void *arg)
{
	int fd = open(arg, O_WRONLY);

	assert_true(fd >= 0);
	put(fd, "{\"a\":7}\n");
	close(fd);
	return NULL;
}

/* A named pipe whose writer comes late. */
static void test_fifo(void **state)
{
	struct fixture *f = *state;
	char *path = xstrdup(path_of(f, "fifo"));
	char *const files[] = { path, NULL };
	char source[80];
	struct input *in;
	pthread_t writer;

	assert_int_equal(mkfifo(path, 0600), 0);
	in = open_input(f, files);
	pthread_create(&writer, NULL, write_fifo, path);
	snprintf(source, sizeof(source), "%s:1", path);
	expect_record(f, in, source, 7);
	expect_end(f, in);
	pthread_join(writer, NULL);
	remove_file(path);
}

static void test_read_error(void **state)
{
	struct fixture *f = *state;
	char *good = make_text(f, "good", "{\"a\":1}\n");
	char memory[] = "/proc/self/mem", source[80]; /* EIO at address 0 */
	char *const files[] = { good, memory, good, NULL };
	struct input_record record;
	struct input *in;

	if (access(memory, R_OK) < 0) {
		remove_file(good);
		skip();
	}
	in = open_input(f, files);
	snprintf(source, sizeof(source), "%s:1", good);
	expect_record(f, in, source, 1);
	assert_int_equal(input_next(in, &record, &f->err), INPUT_BROKEN);
	assert_int_equal(f->err.code, ERR_INPUT);
	assert_string_equal(f->err.where, memory);
	assert_non_null(strstr(f->err.text, "Input/output error"));
	assert_int_equal(input_next(in, &record, NULL), INPUT_END);
	input_free(in);
	remove_file(good);
}

static void test_vanished(void **state)
{
	struct fixture *f = *state;
	char *path = make_text(f, "gone", "{\"a\":1}\n");
	char *const files[] = { path, NULL };
	struct input *in = open_input(f, files);
	struct input_record record;

	unlink(path);
	assert_int_equal(input_next(in, &record, &f->err), INPUT_BROKEN);
	assert_int_equal(f->err.code, ERR_INPUT);
	assert_string_equal(f->err.where, path);
	assert_int_equal(input_next(in, &record, NULL), INPUT_END);
	input_free(in);
	free(path);
}

/* ---- what is said -------------------------------------------------------- */

static void test_messages(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
		const char *message;
	} rows[] = {
		{ "{\"a\":tru}", ERR_INVALID_JSON, "at byte 9" },
		{ "  {\"a\":tru}", ERR_INVALID_JSON, "at byte 11" },
		{ "\xef\xbb\xbf{\"a\":tru}", ERR_INVALID_JSON, "at byte 9" },
		{ "[{\n\"a\":tru}]", ERR_INVALID_JSON, "at line 2, byte 8" },
		{ "{} x", ERR_INVALID_JSON, "after the value at byte 4" },
		{ "{\"a\":1,\"a\":2}", ERR_INVALID_JSON, "a repeated key" },
		{ "{\"a\":1", ERR_INVALID_JSON, "ends within a value" },
		{ "[{}", ERR_INVALID_JSON, "ends within an array" },
		{ "\xff\xfe{\0}\0", ERR_INVALID_JSON, "UTF-16" },
		{ "\xfe\xff", ERR_INVALID_JSON, "UTF-16" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *path = make_text(f, "bad", rows[i].text);
		char *const files[] = { path, NULL };
		struct input *in = open_input(f, files);
		struct input_record record;

		/* of `[{}` the first element is good */
		if (strcmp(rows[i].text, "[{}") == 0) {
			assert_int_equal(input_next(in, &record, NULL),
					 INPUT_RECORD);
			input_record_release(&record);
		}
		expect_fault(f, in, rows[i].code, rows[i].message);
		expect_end(f, in);
		remove_file(path);
	}
}

static void test_utf16_without_mark(void **state)
{
	static const char little[] = "{\0\"\0a\0\"\0:\0001\0}\0\n";
	static const char big[] = "\0{\0\"\0a\0\"\0:\0001\0}";
	struct fixture *f = *state;
	char *paths[] = { make_file(f, "l", little, sizeof(little)),
			  make_file(f, "b", big, sizeof(big)), NULL };
	struct input *in = open_input(f, paths);

	expect_fault(f, in, ERR_INVALID_JSON, "iconv");
	expect_fault(f, in, ERR_INVALID_JSON, "iconv");
	expect_end(f, in);
	remove_file(paths[0]);
	remove_file(paths[1]);
}

/* Whatever is wrong, the message has nothing of the text. */
static void test_no_text_in_messages(void **state)
{
	static const char *const texts[] = {
		"{\"secret\":1,\"secret\":2}\n",
		"{\"a\":secret}\n",
		"secret\n",
		"{\"secret\":\"\\s\"}\n",
		"[\"secret\" \"secret\"]\n",
		"{\"secret\",\"secret\"}\n",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < LENGTH(texts); i++) {
		char *path = make_text(f, "bad", texts[i]);
		char *const files[] = { path, NULL };
		struct input *in = open_input(f, files);
		struct input_record record;
		size_t faults = 0;

		while (input_next(in, &record, &f->err) == INPUT_RECORD) {
			assert_null(strstr(record.error.text, "secret"));
			faults += error_is(&record.error);
			input_record_release(&record);
		}
		assert_true(faults > 0);
		input_free(in);
		remove_file(path);
	}
}

static void test_hashes(void **state)
{
	struct fixture *f = *state;
	char *path = make_text(f, "hashes",
			       " {\"a\":1} \r\n{\"a\":1}\n{\"a\" : 1}\n"
			       "{\"a\":x} y \n{\"a\":x} z\n");
	char *const files[] = { path, NULL };
	struct input *in = open_input(f, files);
	char want[SHA256_HEX_SIZE], hashes[5][SHA256_HEX_SIZE];
	struct input_record record;

	for (int i = 0; i < 5; i++) {
		assert_int_equal(input_next(in, &record, NULL), INPUT_RECORD);
		memcpy(hashes[i], record.sha256, sizeof(hashes[i]));
		input_record_release(&record);
	}
	expect_end(f, in);
	sha256_hex("{\"a\":1}", 7, want);
	assert_string_equal(hashes[0], want);
	assert_string_equal(hashes[1], want);
	sha256_hex("{\"a\" : 1}", 9, want);
	assert_string_equal(hashes[2], want);
	sha256_hex("{\"a\":x} y", 9, want);
	assert_string_equal(hashes[3], want);
	sha256_hex("{\"a\":x} z", 9, want);
	assert_string_equal(hashes[4], want);
	remove_file(path);
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	char longest[256], source[300];
	struct input_record record;
	struct {
		const char *name, *shown;
	} rows[] = {
		{ "caf\xc3\xa9", "caf\xc3\xa9:1" },
		{ "caf\xe9\n", "caf??:1" },
		{ longest, NULL },
	};

	memset(longest, 'n', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	memset(source, 'n', 200);
	snprintf(source + 200, 10, ":1");
	rows[2].shown = source;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char path[320];
		char *const files[] = { path, NULL };
		struct input *in;
		int fd;

		snprintf(path, sizeof(path), "%s/%s", f->dir, rows[i].name);
		fd = open(path, O_WRONLY | O_CREAT, 0600);
		assert_true(fd >= 0);
		put(fd, "{}");
		close(fd);
		in = open_input(f, files);
		assert_int_equal(input_next(in, &record, NULL), INPUT_RECORD);
		assert_non_null(strstr(record.source, rows[i].shown));
		input_record_release(&record);
		expect_end(f, in);
		unlink(path);
	}
}

/* ---- slow ones ----------------------------------------------------------- */

/* What is complete is delivered although the writer keeps the pipe open. */
static void test_prompt(void **state)
{
	struct fixture *f = *state;
	int fd = pipe_to_stdin();
	struct input *in = open_input(f, NULL);

	put(fd, "{\"a\":1}\n");
	expect_record(f, in, "stdin:1", 1);
	put(fd, "{\"a\":2}\n{\"a\":3}\n");
	expect_record(f, in, "stdin:2", 2);
	expect_record(f, in, "stdin:3", 3);
	put(fd, "broken\n");
	expect_fault(f, in, ERR_INVALID_JSON, "");
	close(fd);
	expect_end(f, in);

	fd = pipe_to_stdin();
	in = open_input(f, NULL);
	put(fd, "[{\"a\":1}");
	expect_record(f, in, "stdin:1[0]", 1);
	put(fd, ",{\"a\":2}");
	expect_record(f, in, "stdin:1[1]", 2);
	put(fd, "]{\n\"a\":3}");
	expect_record(f, in, "stdin:1", 3);
	close(fd);
	expect_end(f, in);
}

static void *stop_late(void *arg)
{
	struct fixture *f = arg;
	struct error why = ERROR_INIT;

	error_set(&why, ERR_STOPPED, NULL, "a signal");
	cancel_stop(&f->cancel, &why);
	return NULL;
}

static void test_stop(void **state)
{
	struct fixture *f = *state;
	int fd = pipe_to_stdin();
	struct input *in = open_input(f, NULL);
	struct input_record record;
	pthread_t stopper;

	put(fd, "{\"a\":1}\n{\"a\":");
	expect_record(f, in, "stdin:1", 1);
	pthread_create(&stopper, NULL, stop_late, f);
	assert_int_equal(input_next(in, &record, &f->err), INPUT_STOPPED);
	pthread_join(stopper, NULL);
	/* and once stopped, what is there is left */
	put(fd, "2}\n");
	assert_int_equal(input_next(in, &record, &f->err), INPUT_STOPPED);
	assert_false(error_is(&f->err));
	input_free(in);
	close(fd);
}

static void *put_late(void *arg)
{
	int fd = *(int *)arg;

	put(fd, "2}\n");
	close(fd);
	return NULL;
}

static void test_nonblocking(void **state)
{
	struct fixture *f = *state;
	int fd = pipe_to_stdin();
	struct input *in = open_input(f, NULL);
	pthread_t writer;

	assert_int_equal(fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK), 0);
	put(fd, "{\"a\":1}\n{\"a\":");
	expect_record(f, in, "stdin:1", 1);
	pthread_create(&writer, NULL, put_late, &fd);
	expect_record(f, in, "stdin:2", 2);
	expect_end(f, in);
	pthread_join(writer, NULL);
}

/* ---- huge ones ----------------------------------------------------------- */

/* A text with one part many times, through a pipe. */
struct huge {
	const char *before, *part, *after;
	/* the lines and the code of the records around */
	const char *first, *last;
	enum error_code code;
	int fd;
};

static void *write_huge(void *arg)
{
	const struct huge *h = arg;
	char chunk[16384];
	size_t n = strlen(h->part), filled = 0;

	while (filled + n <= sizeof(chunk)) {
		memcpy(chunk + filled, h->part, n);
		filled += n;
	}
	put(h->fd, h->before);
	for (size_t done = 0; done < HUGE_BYTES; done += filled)
		assert_int_equal(write(h->fd, chunk, filled), filled);
	put(h->fd, h->after);
	close(h->fd);
	return NULL;
}

static void test_huge(void **state)
{
	struct huge rows[] = {
		/* a line: a string, garbage, values, blanks */
		{ "{\"a\":1}\n{\"b\":\"", "x", "\"}\n{\"a\":2}\n", "1", "3",
		  ERR_TOO_LARGE, -1 },
		{ "{\"a\":1}\n", "x", "\n{\"a\":2}\n", "1", "3",
		  ERR_INVALID_JSON, -1 },
		{ "{\"a\":1}\n[0", ",{\"c\":1}", "]\n{\"a\":2}\n", "1", "3",
		  ERR_TOO_LARGE, -1 },
		{ "{\"a\":1}\n", " ", "x\n{\"a\":2}\n", "1", "3",
		  ERR_INVALID_JSON, -1 },
		/* an element, ended and torn */
		{ "[{\"a\":1},\"", "x", "\",{\"a\":2}]\n", "1[0]", "1[2]",
		  ERR_TOO_LARGE, -1 },
		{ "[{\"a\":1},\"", "x", "\n,{\"c\":3}\n{\"a\":2}]\n", "1[0]",
		  "3", ERR_TOO_LARGE, -1 },
		/* a value of many lines, ended and torn */
		{ "{\n\"a\":1}\n{\"b\":[\n1", ",\n1", "]}\n{\"a\":2}", "1",
		  NULL, ERR_TOO_LARGE, -1 },
		{ "{\n\"a\":1}\n{\"b\":[\n1", ",\n1", "\n{\"a\":2}", "1", NULL,
		  ERR_TOO_LARGE, -1 },
	};
	struct fixture *f = *state;
	struct rusage before, after;
	struct input_record record;
	char source[40];

	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct input *in;
		pthread_t writer;

		rows[i].fd = pipe_to_stdin();
		in = open_input(f, NULL);
		pthread_create(&writer, NULL, write_huge, &rows[i]);
		snprintf(source, sizeof(source), "stdin:%s", rows[i].first);
		expect_record(f, in, source, 1);
		expect_fault(f, in, rows[i].code, "");
		assert_int_equal(input_next(in, &record, NULL), INPUT_RECORD);
		assert_int_equal(
			json_integer_value(json_object_get(record.value, "a")),
			2);
		snprintf(source, sizeof(source), "stdin:%s", rows[i].last);
		if (rows[i].last)
			assert_string_equal(record.source, source);
		input_record_release(&record);
		expect_end(f, in);
		pthread_join(writer, NULL);
	}
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < GROWTH_KIB);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refused),
		TEST(test_unreadable),
		TEST(test_in_turn),
		TEST(test_more_than_descriptors),
		TEST(test_fifo),
		TEST(test_read_error),
		TEST(test_vanished),
		TEST(test_messages),
		TEST(test_utf16_without_mark),
		TEST(test_no_text_in_messages),
		TEST(test_hashes),
		TEST(test_names),
		TEST(test_prompt),
		TEST(test_stop),
		TEST(test_nonblocking),
		TEST(test_huge),
	};

	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
