/*
 * The bytes of one file as they come, with their place; bytes that were taken
 * can be given back and are then read again.
 */
#ifndef RUN_INPUT_SOURCE_H
#define RUN_INPUT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/error.h"

/* Where the next byte stands: both from 1, the column in bytes. */
struct place {
	size_t line, column;
};

struct source {
	const char *name; /* borrowed; for errors */
	struct cancel *cancel;
	int fd;
	struct place place;
	size_t taken; /* bytes that were taken and not given back */
	/* private */
	char *chunk; /* what read(2) gave; bytes at..end are to be read */
	size_t at, end;
	struct buf back; /* given back, comes before the chunk */
	size_t back_at;
	bool ended;
	struct error error; /* of SOURCE_BROKEN */
};

enum source_result {
	SOURCE_BYTES,
	SOURCE_END,
	SOURCE_STOPPED, /* the run was stopped */
	SOURCE_BROKEN   /* read error: source.error */
};

/*
 * Gets ready to read a descriptor, which need not be blocking.  limit: how
 * many bytes are given back at once, at most.  Borrowed: name, cancel.
 */
void source_init(struct source *s, const char *name, int fd,
		 struct cancel *cancel, size_t limit);

/* Closes the descriptor unless it is stdin, frees. */
void source_release(struct source *s);

/*
 * Shows bytes that are there, at least one; waits only if there are none.
 * *data is valid until the next source_peek() or source_return().
 */
enum source_result source_peek(struct source *s, const char **data,
			       size_t *len) MUST_USE;

/* Shows at least `least` bytes, at most 16, or all up to the end of file. */
enum source_result source_peek_start(struct source *s, size_t least,
				     const char **data, size_t *len) MUST_USE;

/* Takes `len` of the bytes just shown. */
void source_take(struct source *s, size_t len);

/* Gives back the `len` bytes taken last, which began at `place`. */
void source_return(struct source *s, const char *data, size_t len,
		   struct place place);

#endif
