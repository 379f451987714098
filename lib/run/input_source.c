/* The bytes of one file as they come, with their place. */
#include "run/input_source.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { CHUNK_BYTES = 64 * 1024 };

void source_init(struct source *s, const char *name, int fd,
		 struct cancel *cancel, size_t limit)
{
	*s = (struct source){ .name = name,
			      .cancel = cancel,
			      .fd = fd,
			      .place = { .line = 1, .column = 1 },
			      .chunk = xmalloc(CHUNK_BYTES) };
	buf_init(&s->back, limit);
}

void source_release(struct source *s)
{
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	s->fd = -1;
	free(s->chunk);
	s->chunk = NULL;
	buf_release(&s->back);
}

static enum source_result broken(struct source *s, const char *what)
{
	error_set(&s->error, ERR_INPUT, s->name, "%s after line %zu: %s", what,
		  s->place.line - 1, strerror(errno));
	return SOURCE_BROKEN;
}

/* Waits until the descriptor can be read or the run is stopped. */
static enum source_result wait_for_bytes(struct source *s)
{
	struct pollfd fds[] = {
		{ .fd = s->fd, .events = POLLIN },
		{ .fd = cancel_fd(s->cancel), .events = POLLIN },
	};

	while (!cancel_stopped(s->cancel)) {
		if (poll(fds, LENGTH(fds), -1) < 0 && errno != EINTR)
			return broken(s, "cannot wait");
		/* An error or a hang-up is read(2)'s to tell. */
		if (fds[0].revents && !fds[1].revents)
			return SOURCE_BYTES;
	}
	return SOURCE_STOPPED;
}

/* Reads once more, behind the bytes that the chunk still holds. */
static enum source_result fill(struct source *s)
{
	enum source_result result;
	ssize_t n;

	if (s->at == s->end)
		s->at = s->end = 0;
	for (;;) {
		if (s->ended)
			return SOURCE_END;
		result = wait_for_bytes(s);
		if (result != SOURCE_BYTES)
			return result;
		n = read(s->fd, s->chunk + s->end, CHUNK_BYTES - s->end);
		if (n > 0)
			break;
		if (n == 0)
			s->ended = true;
		else if (errno != EINTR && errno != EAGAIN)
			return broken(s, "cannot read");
	}
	s->end += (size_t)n;
	return SOURCE_BYTES;
}

enum source_result source_peek(struct source *s, const char **data, size_t *len)
{
	enum source_result result = SOURCE_BYTES;

	if (s->back_at < s->back.len) {
		*data = s->back.data + s->back_at;
		*len = s->back.len - s->back_at;
		return SOURCE_BYTES;
	}
	if (s->at == s->end)
		result = fill(s);
	*data = s->chunk + s->at;
	*len = s->end - s->at;
	return result;
}

enum source_result source_peek_start(struct source *s, size_t least,
				     const char **data, size_t *len)
{
	enum source_result result = SOURCE_BYTES;

	while (result == SOURCE_BYTES && s->end - s->at < least)
		result = fill(s);
	*data = s->chunk + s->at;
	*len = s->end - s->at;
	return result == SOURCE_END ? SOURCE_BYTES : result;
}

static void move_place(struct source *s, const char *data, size_t len)
{
	const char *end = data + len, *line = data, *stop;

	while ((stop = memchr(line, '\n', (size_t)(end - line)))) {
		s->place.line++;
		s->place.column = 1;
		line = stop + 1;
	}
	s->place.column += (size_t)(end - line);
}

void source_take(struct source *s, size_t len)
{
	s->taken += len;
	if (s->back_at < s->back.len) {
		move_place(s, s->back.data + s->back_at, len);
		s->back_at += len;
	} else {
		move_place(s, s->chunk + s->at, len);
		s->at += len;
	}
}

void source_return(struct source *s, const char *data, size_t len,
		   struct place place)
{
	s->place = place;
	s->taken -= len;
	if (s->back_at < s->back.len) {
		/* All that came after these bytes' return came from them. */
		s->back_at -= len;
	} else if (len <= s->at) {
		s->at -= len;
	} else {
		buf_clear(&s->back);
		buf_put(&s->back, data, len);
		s->back_at = 0;
	}
}
