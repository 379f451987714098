/* input: files that are there or not, broken, oddly named; what is said. */
#include <pthread.h>
#include <sys/resource.h>

#include "input_fixture.h"

/* ---- which files ----------------------------------------------------- */

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

/* ---- what is said ---------------------------------------------------- */

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

/* A file's name as records show it: clean UTF-8, and not too much of it. */
static void check_name(struct fixture *f, const char *name, const char *shown,
		       bool all)
{
	struct input_record record;
	char path[320], *at;
	char *const files[] = { path, NULL };
	struct input *in;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	put(fd, "{}");
	close(fd);
	in = open_input(f, files);
	assert_int_equal(input_next(in, &record, NULL), INPUT_RECORD);
	at = strstr(record.source, shown);
	assert_non_null(at);
	assert_true(!all || at == record.source);
	assert_string_equal(at + strlen(shown), ":1");
	input_record_release(&record);
	expect_end(f, in);
	unlink(path);
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	char name[256], shown[256];

	check_name(f, "caf\xc3\xa9", "caf\xc3\xa9", false);
	check_name(f, "caf\xe9\n", "caf??", false);

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	memset(shown, 'n', sizeof(shown));
	shown[200] = '\0';
	check_name(f, name, shown, true);

	/* the cut falls into a character */
	for (size_t i = 0; i + 1 < sizeof(name); i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	name[252] = 'x';
	name[253] = '\0';
	check_name(f, name, name + 252 - 198, true);
}

/* How far it is: by the bytes of records, over all files. */
static void test_fraction(void **state)
{
	static const char first[] = "{\"a\":1}\n{\"a\":2}\n",
			  second[] = "[{\"a\":3},\n {\"a\":4}]\n";
	static const double want[] = { 8, 16, 24, 33 };
	const double size = sizeof(first) + sizeof(second) - 2;
	struct fixture *f = *state;
	char *a = make_text(f, "a", first), *b = make_text(f, "b", second);
	char *const files[] = { a, b, NULL };
	struct input *in = input_new(files, &json_default_limits, &f->cancel,
				     &f->err);
	struct input_record record;

	assert_non_null(in);
	assert_true(input_fraction(in) == 0);
	for (size_t i = 0; i < LENGTH(want); i++) {
		double got;

		assert_int_equal(input_next(in, &record, &f->err),
				 INPUT_RECORD);
		input_record_release(&record);
		got = input_fraction(in) * size;
		/* white space and commas around belong to nobody */
		assert_true(got >= want[i] - 3 && got <= want[i] + 3);
	}
	assert_int_equal(input_next(in, &record, &f->err), INPUT_END);
	assert_true(input_fraction(in) == 1);
	input_free(in);
	remove_file(b);
	remove_file(a);
}

static void test_fraction_unknown(void **state)
{
	struct fixture *f = *state;
	char *empty = make_text(f, "empty", ""),
	     *text = make_text(f, "t", "{}");
	char null[] = "/dev/null";
	char *const files[][3] = { { empty, NULL }, { text, null, NULL } };

	for (size_t i = 0; i < LENGTH(files); i++) {
		struct input *in = input_new(files[i], &json_default_limits,
					     &f->cancel, &f->err);

		assert_non_null(in);
		assert_true(input_fraction(in) < 0);
		input_free(in);
	}
	remove_file(text);
	remove_file(empty);
}

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
		TEST(test_names),
		TEST(test_fraction),
		TEST(test_fraction_unknown),
	};

	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
