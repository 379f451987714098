/* output: order, the window, and descriptors that fail in every way. */
#include "run/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/xalloc.h"

struct fixture {
	struct cancel cancel;
	int fds[2]; /* a pipe */
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	*state = f;
	if (cancel_init(&f->cancel, NULL) < 0)
		return -1;
	return pipe(f->fds);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cancel_release(&f->cancel);
	for (int i = 0; i < 2; i++)
		if (f->fds[i] >= 0)
			close(f->fds[i]);
	free(f);
	return 0;
}

static struct output *start(struct fixture *f, int fd, size_t window,
			    bool ordered)
{
	struct error err = ERROR_INIT;
	struct output *out = output_start(fd, window, ordered, &f->cancel,
					  &err);

	assert_non_null(out);
	return out;
}

/* Starts on the pipe, whose writing end it then owns. */
static struct output *start_pipe(struct fixture *f, size_t window, bool ordered)
{
	struct output *out = start(f, f->fds[1], window, ordered);

	f->fds[1] = -1;
	return out;
}

static void put(struct output *out, size_t number, const char *text)
{
	struct buf line;

	buf_init(&line, LIMIT_REPORT_BYTES);
	buf_puts(&line, text);
	output_put(out, number, &line);
	assert_null(line.data);
	assert_int_equal(line.limit, LIMIT_REPORT_BYTES);
}

static void finish(struct output *out)
{
	struct error err = ERROR_INIT;
	bool broken_pipe = true;

	if (output_finish(out, &broken_pipe, &err) < 0)
		fail_msg("%s", err.text);
	assert_false(broken_pipe);
}

/* All that can be read there; new. */
static char *slurp(int fd)
{
	struct buf b;
	char chunk[4096];
	ssize_t n;

	buf_init(&b, 64 << 20);
	buf_puts(&b, "");
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put(&b, chunk, (size_t)n);
	assert_int_equal(n, 0);
	return buf_take(&b);
}

/* ---- order and window ------------------------------------------------ */

static void test_nothing(void **state)
{
	struct fixture *f = *state;
	char *text;

	finish(start_pipe(f, 4, true));
	text = slurp(f->fds[0]);
	assert_string_equal(text, "");
	free(text);
}

static void test_order(void **state)
{
	static const struct {
		bool ordered;
		size_t puts[4];
		const char *want;
	} rows[] = {
		{ true, { 0, 1, 2, 3 }, "0\n1\n2\n3\n" },
		{ true, { 3, 2, 1, 0 }, "0\n1\n2\n3\n" },
		{ true, { 1, 3, 0, 2 }, "0\n1\n2\n3\n" },
		{ false, { 3, 2, 1, 0 }, "3\n2\n1\n0\n" },
		{ false, { 1, 3, 0, 2 }, "1\n3\n0\n2\n" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct output *out = start(f, dup(f->fds[1]), 4,
					   rows[i].ordered);
		char got[16] = "";

		for (size_t n = 0; n < 4; n++)
			assert_int_equal(output_reserve(out), n);
		for (size_t n = 0; n < 4; n++) {
			char text[4];

			snprintf(text, sizeof(text), "%zu", rows[i].puts[n]);
			put(out, rows[i].puts[n], text);
		}
		finish(out);
		assert_int_equal(read(f->fds[0], got, sizeof(got)), 8);
		assert_string_equal(got, rows[i].want);
	}
}

static void test_longest_line(void **state)
{
	struct fixture *f = *state;
	struct output *out = start_pipe(f, 1, true);
	struct buf line;
	char *text;

	buf_init(&line, 3);
	buf_puts(&line, "abc");
	output_put(out, output_reserve(out), &line);
	finish(out);
	text = slurp(f->fds[0]);
	assert_string_equal(text, "abc\n");
	free(text);
}

/* A line is there as soon as it is its turn, though others wait. */
static void test_prompt(void **state)
{
	struct fixture *f = *state;
	struct output *out = start_pipe(f, 8, true);
	struct pollfd fd = { .fd = f->fds[0], .events = POLLIN };
	char got[8] = "";

	output_reserve(out);
	output_reserve(out);
	put(out, 0, "first");
	assert_int_equal(poll(&fd, 1, 60000), 1);
	assert_int_equal(read(fd.fd, got, sizeof(got)), 6);
	assert_string_equal(got, "first\n");
	put(out, 1, "");
	finish(out);
}

enum { CALLS = 2000, WORKERS = 4, WINDOW = 5 };

/* Workers that take numbers as a run does, and bring lines out of order. */
struct crew {
	struct output *out;
	pthread_mutex_t lock;
	size_t reserved, most_ahead, written;
};

static void *work(void *arg)
{
	struct crew *crew = arg;

	for (;;) {
		char text[32];
		size_t number;

		pthread_mutex_lock(&crew->lock);
		if (crew->reserved == CALLS) {
			pthread_mutex_unlock(&crew->lock);
			return NULL;
		}
		number = output_reserve(crew->out);
		assert_int_equal(number, crew->reserved);
		crew->reserved++;
		pthread_mutex_unlock(&crew->lock);
		snprintf(text, sizeof(text), "line %zu", number);
		put(crew->out, number, text);
	}
}

static void run_crew(struct fixture *f, bool ordered)
{
	struct crew crew = { .out = start_pipe(f, WINDOW, ordered) };
	pthread_t workers[WORKERS];
	bool seen[CALLS] = { false };
	FILE *in = fdopen(f->fds[0], "r");
	size_t lines = 0;
	unsigned number;
	char text[64];

	assert_non_null(in);
	pthread_mutex_init(&crew.lock, NULL);
	for (size_t i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, work, &crew);
	while (lines < CALLS && fgets(text, sizeof(text), in)) {
		assert_int_equal(sscanf(text, "line %u\n", &number), 1);
		assert_true(number < CALLS && !seen[number]);
		if (ordered)
			assert_int_equal(number, lines);
		seen[number] = true;
		lines++;
	}
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	finish(crew.out);
	assert_int_equal(lines, CALLS);
	assert_int_equal(fgetc(in), EOF);
	fclose(in);
	f->fds[0] = -1;
	pthread_mutex_destroy(&crew.lock);
}

static void test_crew_ordered(void **state)
{
	run_crew(*state, true);
}

static void test_crew_unordered(void **state)
{
	run_crew(*state, false);
}

struct reserver {
	struct output *out;
	int done; /* written to when a number was given */
};

static void *reserve_one(void *arg)
{
	struct reserver *r = arg;
	size_t number = output_reserve(r->out);

	assert_int_equal(write(r->done, &number, sizeof(number)),
			 sizeof(number));
	return NULL;
}

static void test_window(void **state)
{
	struct fixture *f = *state;
	struct reserver r = { .out = start_pipe(f, 2, true) };
	struct pollfd fd = { .events = POLLIN };
	pthread_t thread;
	size_t number = 0;
	int done[2];
	char *text;

	assert_int_equal(pipe(done), 0);
	fd.fd = done[0];
	r.done = done[1];
	assert_int_equal(output_reserve(r.out), 0);
	assert_int_equal(output_reserve(r.out), 1);
	pthread_create(&thread, NULL, reserve_one, &r);
	/* Ready, but not in turn: makes no room. */
	put(r.out, 1, "1");
	assert_int_equal(poll(&fd, 1, 20), 0);
	put(r.out, 0, "0");
	assert_int_equal(poll(&fd, 1, 60000), 1);
	assert_int_equal(read(done[0], &number, sizeof(number)),
			 sizeof(number));
	assert_int_equal(number, 2);
	pthread_join(thread, NULL);
	put(r.out, 2, "2");
	finish(r.out);
	text = slurp(f->fds[0]);
	assert_string_equal(text, "0\n1\n2\n");
	free(text);
	close(done[0]);
	close(done[1]);
}

/* ---- descriptors ----------------------------------------------------- */

static void *slurp_slowly(void *arg)
{
	int fd = *(int *)arg;
	struct pollfd none = { .fd = -1 };

	poll(&none, 1, 20); /* lets the pipe fill */
	return slurp(fd);
}

/* Longer than a pipe: short writes, and EAGAIN when it does not block. */
static void long_lines(struct fixture *f)
{
	struct output *out = start_pipe(f, 4, true);
	enum { LONG = 300000 };
	char *text = xmalloc(LONG + 1);
	pthread_t reader;
	void *result;
	char *got;

	pthread_create(&reader, NULL, slurp_slowly, &f->fds[0]);
	for (int i = 0; i < 8; i++) {
		memset(text, 'a' + i, LONG);
		text[LONG] = '\0';
		put(out, output_reserve(out), text);
	}
	finish(out);
	pthread_join(reader, &result);
	got = result;
	assert_int_equal(strlen(got), 8 * (LONG + 1));
	for (size_t i = 0; i < 8; i++) {
		const char *line = got + i * (LONG + 1);

		for (size_t n = 0; n < LONG; n++)
			assert_int_equal(line[n], 'a' + i);
		assert_int_equal(line[LONG], '\n');
	}
	free(got);
	free(text);
}

static void test_short_writes(void **state)
{
	long_lines(*state);
}

static void test_nonblocking(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fcntl(f->fds[1], F_SETFL, O_NONBLOCK), 0);
	long_lines(f);
}

/* Puts lines until the run is stopped, then some more; all are taken. */
static void put_to_failing(struct fixture *f, struct output *out,
			   enum error_code code, bool pipe_broken,
			   const char *message)
{
	struct error why = ERROR_INIT, err = ERROR_INIT;
	bool broken_pipe = !pipe_broken;
	int tries = 0;

	while (!cancel_stopped(&f->cancel) && ++tries < 1000000)
		put(out, output_reserve(out), "line");
	assert_true(cancel_stopped(&f->cancel));
	for (int i = 0; i < 100; i++)
		put(out, output_reserve(out), "line");
	assert_int_equal(output_finish(out, &broken_pipe, &err), -1);
	assert_int_equal(broken_pipe, pipe_broken);
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.text, message));
	assert_true(cancel_why(&f->cancel, &why));
	assert_int_equal(why.code, code);
}

static void test_reader_gone(void **state)
{
	struct fixture *f = *state;

	close(f->fds[0]);
	f->fds[0] = -1;
	put_to_failing(f, start_pipe(f, 3, true), ERR_OUTPUT, true,
		       "Broken pipe");
}

static void test_disk_full(void **state)
{
	struct fixture *f = *state;
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0)
		skip();
	put_to_failing(f, start(f, fd, 3, true), ERR_OUTPUT, false,
		       "No space left");
}

static void test_closed(void **state)
{
	char name[] = "/tmp/output_test.XXXXXX";
	struct fixture *f = *state;
	int fd = mkstemp(name); /* a pipe would have been opened once more */
	struct output *out = start(f, fd, 3, true);

	unlink(name);
	close(fd);
	put_to_failing(f, out, ERR_OUTPUT, false, "Bad file descriptor");
}

static void test_close_fails(void **state)
{
	struct fixture *f = *state;
	int fd = dup(f->fds[1]);
	struct output *out = start(f, fd, 3, true);
	struct error err = ERROR_INIT;

	close(fd);
	assert_int_equal(output_finish(out, NULL, &err), -1);
	assert_int_equal(err.code, ERR_OUTPUT);
	assert_non_null(strstr(err.text, "cannot close"));
}

/* A file that takes only part of a line is left with whole lines. */
static void test_file_limit(void **state)
{
	struct fixture *f = *state;
	char name[] = "/tmp/output_test.XXXXXX", *text;
	struct rlimit before, limit;
	struct error err = ERROR_INIT;
	struct output *out;
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 10;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	out = start(f, fd, 4, true);
	put(out, output_reserve(out), "1234567");
	put(out, output_reserve(out), "1234567");
	put(out, output_reserve(out), "1");
	assert_int_equal(output_finish(out, NULL, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err.code, ERR_OUTPUT);
	fd = open(name, O_RDONLY);
	text = slurp(fd);
	assert_string_equal(text, "1234567\n");
	free(text);
	close(fd);
	unlink(name);
}

/* Nobody reads: when the run is given up, so is what the pipe does not take. */
static void given_up(struct fixture *f)
{
	enum { LINES = 8, LONG = 300000 };
	struct output *out = start_pipe(f, LINES, true);
	const struct error why = { .code = ERR_STOPPED };
	struct error err = ERROR_INIT;
	char *text = xmalloc(LONG + 1), *got;
	bool broken_pipe = true;

	memset(text, 'a', LONG);
	text[LONG] = '\0';
	for (int i = 0; i < LINES; i++)
		put(out, output_reserve(out), text);
	cancel_stop(&f->cancel, &why);
	cancel_abandon(&f->cancel);
	assert_int_equal(output_finish(out, &broken_pipe, &err), -1);
	assert_false(broken_pipe);
	assert_int_equal(err.code, ERR_OUTPUT);
	assert_string_equal(err.text, "lines were left: nobody read on");
	got = slurp(f->fds[0]);
	assert_true(strlen(got) < LONG);
	free(got);
	free(text);
}

static void test_given_up(void **state)
{
	given_up(*state);
}

static void test_given_up_nonblocking(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fcntl(f->fds[1], F_SETFL, O_NONBLOCK), 0);
	given_up(f);
}

/* What can be written is, also then. */
static void test_given_up_and_read(void **state)
{
	struct fixture *f = *state;
	struct output *out = start_pipe(f, 4, true);
	const struct error why = { .code = ERR_STOPPED };
	char *text;

	cancel_stop(&f->cancel, &why);
	cancel_abandon(&f->cancel);
	put(out, output_reserve(out), "0");
	put(out, output_reserve(out), "1");
	finish(out);
	text = slurp(f->fds[0]);
	assert_string_equal(text, "0\n1\n");
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_order),
		TEST(test_longest_line),
		TEST(test_prompt),
		TEST(test_crew_ordered),
		TEST(test_crew_unordered),
		TEST(test_window),
		TEST(test_short_writes),
		TEST(test_nonblocking),
		TEST(test_reader_gone),
		TEST(test_disk_full),
		TEST(test_closed),
		TEST(test_close_fails),
		TEST(test_file_limit),
		TEST(test_given_up),
		TEST(test_given_up_nonblocking),
		TEST(test_given_up_and_read),
	};

	/* As the program does: the errno is wanted, not the death. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
