/* Lines out: in the order of the records, by one thread. */
#include "run/output.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/xalloc.h"

/*
 * How often a writer that waits for a reader looks whether it still should, and
 * how long it does not look where poll(2) finds room and write(2) does not.
 */
enum { LOOK_MS = 100, NAP_MS = 10 };

struct slot {
	struct buf line;
	bool ready;
};

struct output {
	/* set before start, read-only */
	int stdout_fd;
	int fd; /* the same, if possible one that never blocks */
	size_t window;
	bool ordered;
	struct cancel *cancel;
	pthread_t writer;
	/* the writer's own; the owner's again when it has been joined */
	struct error error; /* of the first byte that was not written */
	bool broken_pipe;
	bool patient; /* room is waited for before each write */
	/* guarded by lock */
	pthread_mutex_t lock;
	pthread_cond_t room; /* `written` has grown */
	pthread_cond_t work; /* the next line is ready, or `ending` */
	/*
	 * The line that is the n-th to be written is in slots[n % window]:
	 * that of record n, or, unordered, the n-th that arrived.
	 */
	struct slot *slots;
	size_t reserved, arrived, written;
	bool ending;
};

/* ---- the writer's thread --------------------------------------------- */

/*
 * Takes back the part of a line that did not fit into a file; a pipe's reader
 * has to live with it.
 */
static void take_back(const struct output *out, size_t part)
{
	off_t end = lseek(out->fd, 0, SEEK_CUR);
	struct stat st;

	if (part == 0 || end < (off_t)part || fstat(out->fd, &st) < 0 ||
	    !S_ISREG(st.st_mode) || st.st_size != end)
		return;
	if (ftruncate(out->fd, end - (off_t)part) == 0)
		lseek(out->fd, end - (off_t)part, SEEK_SET);
}

static void write_failed(struct output *out, size_t part)
{
	out->broken_pipe = errno == EPIPE;
	error_set(&out->error, ERR_OUTPUT, "stdout", "%s",
		  errno == ETIMEDOUT || errno == EAGAIN
			  ? "lines were left: nobody read on"
			  : strerror(errno));
	take_back(out, part);
	/* Nobody need read on, or ask a model, for what cannot be told. */
	cancel_stop(out->cancel, &out->error);
}

/* Waits until bytes are taken; false if the run is given up before. */
static bool wait_writable(const struct output *out)
{
	struct pollfd fd = { .fd = out->fd, .events = POLLOUT };
	int rc;

	do {
		rc = poll(&fd, 1, LOOK_MS);
		/* Whatever else it says, the next write(2) says it better. */
		if (rc > 0 || (rc < 0 && errno != EINTR))
			return true;
	} while (!cancel_abandoned(out->cancel));
	return false;
}

/*
 * Nobody must wait in write(2) for a reader that stands still.  Where poll(2)
 * finds room, a pipe or socket takes PIPE_BUF bytes at once.
 */
static void write_line(struct output *out, const struct buf *line)
{
	size_t done = 0, part;
	ssize_t n;

	while (done < line->len) {
		part = line->len - done;
		if (out->patient && part > PIPE_BUF)
			part = PIPE_BUF;
		if (out->patient && !wait_writable(out)) {
			errno = ETIMEDOUT;
			write_failed(out, done);
			return;
		}
		n = write(out->fd, line->data + done, part);
		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN && !cancel_abandoned(out->cancel)) {
			out->patient = true; /* it never blocks */
			poll(NULL, 0, NAP_MS);
		} else if (errno != EINTR) {
			write_failed(out, done);
			return;
		}
	}
}

static void *write_lines(void *arg)
{
	struct output *out = arg;

	pthread_mutex_lock(&out->lock);
	while (!out->ending || out->written < out->reserved) {
		struct slot *slot = &out->slots[out->written % out->window];
		struct buf line;

		if (!slot->ready) {
			pthread_cond_wait(&out->work, &out->lock);
			continue;
		}
		line = slot->line;
		slot->ready = false;
		pthread_mutex_unlock(&out->lock);

		if (!error_is(&out->error))
			write_line(out, &line);
		buf_release(&line);

		pthread_mutex_lock(&out->lock);
		out->written++;
		pthread_cond_signal(&out->room);
	}
	pthread_mutex_unlock(&out->lock);
	return NULL;
}

/* ---- everybody else's ------------------------------------------------ */

static void free_output(struct output *out)
{
	pthread_cond_destroy(&out->work);
	pthread_cond_destroy(&out->room);
	pthread_mutex_destroy(&out->lock);
	free(out->slots);
	free(out);
}

struct output *output_start(int fd, size_t window, bool ordered,
			    struct cancel *cancel, struct error *err)
{
	struct output *out = xcalloc(1, sizeof(*out));
	struct stat st;
	int reason;

	assert(window > 0);
	out->stdout_fd = fd;
	out->fd = file_unblocked(fd);
	out->window = window;
	out->ordered = ordered;
	out->patient = fstat(fd, &st) == 0 && !S_ISREG(st.st_mode);
	out->cancel = cancel;
	out->slots = xcalloc(window, sizeof(*out->slots));
	pthread_mutex_init(&out->lock, NULL);
	pthread_cond_init(&out->room, NULL);
	pthread_cond_init(&out->work, NULL);
	reason = pthread_create(&out->writer, NULL, write_lines, out);
	if (reason) {
		error_set(err, ERR_TEMPORARY, NULL, "cannot start a thread: %s",
			  strerror(reason));
		if (out->fd != fd)
			close(out->fd);
		free_output(out);
		return NULL;
	}
	return out;
}

size_t output_reserve(struct output *out)
{
	size_t number;

	pthread_mutex_lock(&out->lock);
	while (out->reserved - out->written >= out->window)
		pthread_cond_wait(&out->room, &out->lock);
	number = out->reserved++;
	pthread_mutex_unlock(&out->lock);
	return number;
}

void output_put(struct output *out, size_t number, struct buf *line)
{
	struct slot *slot;
	size_t turn;

	assert(!buf_failed(line));
	line->limit++; /* so that the longest line has room for it too */
	buf_putc(line, '\n');

	pthread_mutex_lock(&out->lock);
	turn = out->ordered ? number : out->arrived;
	out->arrived++;
	slot = &out->slots[turn % out->window];
	assert(number < out->reserved && !slot->ready);
	slot->line = *line;
	slot->ready = true;
	if (turn == out->written)
		pthread_cond_signal(&out->work);
	pthread_mutex_unlock(&out->lock);

	buf_init(line, line->limit - 1);
}

int output_finish(struct output *out, bool *broken_pipe, struct error *err)
{
	struct error error;

	pthread_mutex_lock(&out->lock);
	out->ending = true;
	pthread_cond_signal(&out->work);
	pthread_mutex_unlock(&out->lock);
	pthread_join(out->writer, NULL);

	/* Some file systems tell only now that there was no room. */
	if (out->fd != out->stdout_fd)
		close(out->fd);
	if (close(out->stdout_fd) < 0 && errno != EINTR)
		error_set(&out->error, ERR_OUTPUT, NULL, "cannot close: %s",
			  strerror(errno));
	if (broken_pipe)
		*broken_pipe = out->broken_pipe;
	error = out->error;
	free_output(out);
	if (!error_is(&error))
		return 0;
	return error_set(err, error.code, error.where, "%s", error.text);
}
