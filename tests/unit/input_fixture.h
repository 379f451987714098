/*
 * What the tests of input share: a folder for files, a stdin that is a pipe,
 * and records to expect.
 */
#ifndef UNIT_INPUT_FIXTURE_H
#define UNIT_INPUT_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "data/json.h"
#include "run/input.h"

/* Greatest record: small, for the memory of one beyond it to be seen. */
enum { RECORD_LIMIT = 1 << 18 };

struct fixture {
	struct cancel cancel;
	struct error err;
	char dir[32];
	char path[64];
};

static inline int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	*state = f;
	snprintf(f->dir, sizeof(f->dir), "/tmp/input_test.XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	return cancel_init(&f->cancel, &f->err);
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	cancel_release(&f->cancel);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* The path of a file in the fixture's folder; until the next call. */
static inline char *path_of(struct fixture *f, const char *name)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", f->dir, name);
	return f->path;
}

/* Writes a file of that name; its path, new. */
static inline char *make_file(struct fixture *f, const char *name,
			      const char *data, size_t len)
{
	char *path = xstrdup(path_of(f, name));
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
	return path;
}

static inline char *make_text(struct fixture *f, const char *name,
			      const char *text)
{
	return make_file(f, name, text, strlen(text));
}

static inline void remove_file(char *path)
{
	assert_int_equal(unlink(path), 0);
	free(path);
}

static inline struct input *open_input(struct fixture *f, char *const *files)
{
	struct json_limits limits = json_default_limits;
	struct input *in;

	limits.bytes = RECORD_LIMIT;
	in = input_new(files, &limits, &f->cancel, &f->err);
	if (!in)
		fail_msg("%s: %s", f->err.where, f->err.text);
	return in;
}

/* The next record has to come from there, with this value of "a". */
static inline void expect_record(struct fixture *f, struct input *in,
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
static inline void expect_fault(struct fixture *f, struct input *in,
				enum error_code code, const char *message)
{
	struct input_record record;

	assert_int_equal(input_next(in, &record, &f->err), INPUT_RECORD);
	assert_null(record.value);
	assert_int_equal(record.error.code, code);
	if (!strstr(record.error.text, message))
		fail_msg("\"%s\" is not in \"%s\"", message, record.error.text);
}

static inline void expect_end(struct fixture *f, struct input *in)
{
	struct input_record record;

	assert_int_equal(input_next(in, &record, &f->err), INPUT_END);
	input_free(in);
	assert_false(error_is(&f->err));
}

/* Puts a pipe in the place of stdin; returns its writing end. */
static inline int pipe_to_stdin(void)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	return fds[1];
}

static inline void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
