/* Records out of files: which files, one after the other. */
#include "run/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "run/input_reader.h"

/* Bytes of a file's name in messages; record.source has room for more. */
enum { NAME_SHOWN = 200 };

struct input {
	char *const *files; /* borrowed, NULL-ended */
	size_t next;
	struct json_limits limits;
	struct cancel *cancel;
	bool reading;
	char *name; /* of the file being read, as shown */
	struct reader reader;
	/* bytes, for who asks from another thread */
	long long size; /* of all files; -1: not known.  Read-only */
	long long past; /* of files that are done with */
	atomic_llong taken;
};

static char *const only_stdin[] = { "-", NULL };

void input_record_release(struct input_record *r)
{
	json_decref(r->value);
	r->value = NULL;
}

/* The scanner is asked: it knows UTF-8. */
static bool is_utf8(const char *name)
{
	struct json_limits limits = { .bytes = SIZE_MAX };
	struct scan scan;
	size_t used;

	scan_init(&scan, &limits);
	scan_feed(&scan, "\"", 1, &used);
	for (; *name; name++)
		if ((unsigned char)*name >= 0x80)
			scan_feed(&scan, name, 1, &used);
	return scan_feed(&scan, "\"", 1, &used) == SCAN_DONE;
}

/* A name as messages and records can show it: its end, clean UTF-8.  New. */
static char *shown_name(const char *file)
{
	size_t len = strlen(file), cut = 0;
	bool utf8 = is_utf8(file);
	char *name;

	if (strcmp(file, "-") == 0)
		return xstrdup("stdin");
	if (len > NAME_SHOWN) {
		cut = len - NAME_SHOWN;
		while (((unsigned char)file[cut] & 0xc0) == 0x80)
			cut++;
	}
	name = xstrdup(file + cut);
	for (char *s = name; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f ||
		    ((unsigned char)*s >= 0x80 && !utf8))
			*s = '?';
	return name;
}

/*
 * Opens a file for reading.  A named pipe is opened without waiting for its
 * writer: it is poll(2) that waits, and that can be stopped.
 */
static int open_file(const char *file)
{
	if (strcmp(file, "-") == 0)
		return STDIN_FILENO;
	return open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/* 0 if the file can be read, else an errno. */
static int try_file(const char *file)
{
	struct stat st;
	int fd = STDIN_FILENO;

	if (strcmp(file, "-") == 0) {
		if (fstat(fd, &st) < 0)
			return errno;
		return S_ISDIR(st.st_mode) ? EISDIR : 0;
	}
	if (stat(file, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	/* A pipe's writer would take the closing for the end of its reader. */
	if (!S_ISREG(st.st_mode))
		return access(file, R_OK) < 0 ? errno : 0;
	fd = open_file(file);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* Bytes that are to be read of it; -1 if nobody knows. */
static long long file_size(const char *file)
{
	bool is_stdin = strcmp(file, "-") == 0;
	struct stat st;
	off_t at = 0;

	if ((is_stdin ? fstat(STDIN_FILENO, &st) : stat(file, &st)) < 0 ||
	    !S_ISREG(st.st_mode))
		return -1;
	if (is_stdin)
		at = lseek(STDIN_FILENO, 0, SEEK_CUR);
	return at > 0 ? (long long)(st.st_size - at) : (long long)st.st_size;
}

static void add_size(struct input *in, const char *file)
{
	long long size = file_size(file);

	if (size < 0)
		in->size = -1;
	else if (in->size >= 0)
		in->size += size;
}

static int file_error(struct error *err, enum error_code code, const char *file,
		      int reason)
{
	char *name = shown_name(file);

	error_set(err, code, name, "cannot open: %s", strerror(reason));
	free(name);
	return -1;
}

struct input *input_new(char *const *files, const struct json_limits *limits,
			struct cancel *cancel, struct error *err)
{
	struct input *in;

	if (!files || !*files)
		files = only_stdin;
	for (char *const *file = files; *file; file++) {
		int reason = try_file(*file);

		if (reason) {
			file_error(err, ERR_USAGE, *file, reason);
			return NULL;
		}
	}
	in = xcalloc(1, sizeof(*in));
	in->files = files;
	in->limits = *limits;
	in->cancel = cancel;
	atomic_init(&in->taken, 0);
	for (char *const *file = files; *file; file++)
		add_size(in, *file);
	return in;
}

static void end_file(struct input *in)
{
	if (!in->reading)
		return;
	in->past += (long long)in->reader.source.taken;
	reader_release(&in->reader);
	free(in->name);
	in->reading = false;
}

void input_free(struct input *in)
{
	if (!in)
		return;
	end_file(in);
	free(in);
}

/* After a read error nothing more is read, of no file. */
static enum input_result give_up(struct input *in)
{
	end_file(in);
	while (in->files[in->next])
		in->next++;
	return INPUT_BROKEN;
}

static int begin_file(struct input *in, struct error *err)
{
	const char *file = in->files[in->next++];
	int fd = open_file(file);

	if (fd < 0)
		return file_error(err, ERR_INPUT, file, errno);
	in->name = shown_name(file);
	reader_init(&in->reader, in->name, fd, &in->limits, in->cancel);
	in->reading = true;
	return 0;
}

enum input_result input_next(struct input *in, struct input_record *record,
			     struct error *err)
{
	enum input_result result;

	while (in->reading || in->files[in->next]) {
		if (cancel_stopped(in->cancel))
			return INPUT_STOPPED;
		if (!in->reading && begin_file(in, err) < 0)
			return give_up(in);
		result = reader_next(&in->reader, record);
		atomic_store(&in->taken,
			     in->past + (long long)in->reader.source.taken);
		if (result == INPUT_BROKEN) {
			struct error *cause = &in->reader.source.error;

			error_set(err, cause->code, cause->where, "%s",
				  cause->text);
			return give_up(in);
		}
		if (result != INPUT_END)
			return result;
		end_file(in);
	}
	return INPUT_END;
}

double input_fraction(struct input *in)
{
	double taken = (double)atomic_load(&in->taken);

	if (in->size <= 0)
		return -1;
	/* a file may have grown */
	return taken < (double)in->size ? taken / (double)in->size : 1;
}
