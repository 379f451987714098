/* input: what comes slowly, is stopped, or is huge. */
#include <pthread.h>
#include <sys/resource.h>

#include "input_fixture.h"

/* ---- slow ones ------------------------------------------------------- */

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

/* ---- huge ones ------------------------------------------------------- */

/* A text with one part many times, through a pipe. */
struct huge {
	const char *before, *part, *after;
	/* the lines and the code of the records around */
	const char *first, *last;
	enum error_code code;
	int fd;
};

/* The growth leaves room for what a sanitizer keeps of freed memory. */
enum { HUGE_BYTES = 24 << 20, GROWTH_KIB = 16 << 10 };

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_prompt),
		TEST(test_stop),
		TEST(test_nonblocking),
		TEST(test_huge),
	};

	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
