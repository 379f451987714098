/*
 * Files read whole within a limit, and files replaced as a whole: temporary
 * file beside it, fsync, rename, fsync of the directory.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Appends the file's bytes to *out, which has the limit.  -1 with *err
 * (`code`, where = path) if it is missing, no regular file, or too large.
 */
int file_read(const char *path, struct buf *out, enum error_code code,
	      struct error *err) MUST_USE;

/*
 * The same of what is no regular file, too, such as /dev/fd/3 of a shell's
 * <(...), waited for if need be, and without words: -1 with errno, EFBIG if
 * there is more than the limit.  *st is of the opened file.
 */
int file_slurp(const char *path, struct buf *out, struct stat *st) MUST_USE;

/* A file on its way to replace another. */
struct replacement {
	char *path; /* what is replaced: links are followed */
	char *temp; /* NULL: written where it is, being no regular file */
	int fd;
	int failed; /* errno of the first failure, 0 for none */
};

/*
 * Are they names of one file, which is there or could be made?  Names that
 * cannot be looked up are of one file if they are equal.
 */
bool file_same(const char *a, const char *b);

/*
 * Opens the temporary file; mode 0 keeps mkstemp()'s 0600.  A pipe, a terminal
 * or a device that stands there is written to, never replaced.
 */
int replacement_begin(struct replacement *r, const char *path, mode_t mode,
		      struct error *err) MUST_USE;

/*
 * Could the file be replaced?  Asked before anything is paid for.  regular: a
 * pipe or device there will not do.  -1 with *err: ERR_OUTPUT if no file can
 * be made there, ERR_CONFIG if it is no file.
 */
int replacement_check(const char *path, bool regular,
		      struct error *err) MUST_USE;

/* Writes bytes; a failure shows at the end. */
void replacement_put(struct replacement *r, const char *data, size_t len);

/*
 * Makes it durable and puts it in the other's place; or, after any failure,
 * removes it and leaves the other as it was: -1 with *err (ERR_OUTPUT).
 */
int replacement_end(struct replacement *r, struct error *err) MUST_USE;

/*
 * What fd is, opened once more if it is a pipe or a terminal, so that a write
 * there never waits; whoever shares fd goes on as before.  To be closed if it
 * is not fd, which it is where the system does not let us.
 */
int file_unblocked(int fd);

#endif
