/*
 * The file of a state: whose it is, whether it can be believed, and who has
 * it now.  Private to llm/state.c.
 */
#ifndef LLM_STATE_FILE_H
#define LLM_STATE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"

struct state_file {
	char *path; /* links followed */
	int lock;   /* held on FILE.lock, until it is closed */
	dev_t device;
	ino_t inode;
};

/*
 * Takes the lock, waiting for it up to wait_ms, and checks that the file is a
 * sound state of this format; nothing of a file that is not is changed.  One
 * that is missing or empty is made if `make` is set.  -1 with *err:
 * ERR_STATE_FILE, or ERR_TEMPORARY if another process holds it; then nothing is
 * left to release.
 */
int state_file_open(struct state_file *file, const char *path, bool make,
		    int64_t wait_ms, const struct clock *clock,
		    struct error *err) MUST_USE;

/* After every connection has been closed. */
void state_file_release(struct state_file *file);

/* Is it still the file that was opened?  -1 with *err if it is not. */
int state_file_verify(const struct state_file *file,
		      struct error *err) MUST_USE;

/*
 * A connection to it, for one thread at a time; NULL with *err.  The one that
 * is `writable` makes every commit durable and overwrites what is deleted.
 * Ended by sqlite3_close().
 */
sqlite3 *state_file_connect(const struct state_file *file, bool writable,
			    struct error *err) MUST_USE;

/* Prepares a statement that is kept; NULL with *err. */
sqlite3_stmt *state_file_prepare(sqlite3 *db, const char *path, const char *sql,
				 struct error *err) MUST_USE;

/* Runs statements that give no rows. */
int state_file_run(sqlite3 *db, const char *path, const char *sql,
		   struct error *err) MUST_USE;

/* Sets *err to what SQLite says of its last failure; returns -1. */
int state_file_error(sqlite3 *db, const char *path, struct error *err);

#endif
