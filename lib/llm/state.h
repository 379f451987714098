/*
 * Accepted answers in an SQLite file: each durable before the line of its call
 * is written, so that running again is resuming.
 *
 * One row an answer, found by its key alone: two calls of one content share
 * what was paid.  The file has mode 0600, for answers quote callers.  One
 * process has it for a whole run.
 */
#ifndef LLM_STATE_H
#define LLM_STATE_H

#include <stdint.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "llm/question.h"
#include "pipeline/engine.h"

struct state;

struct state_options {
	const char *path;
	int keep_days;        /* unused for longer, an answer goes; 0: never */
	int64_t wait_lock_ms; /* for another process to end */
	const struct clock *clock;
	struct cancel *cancel; /* stopped when something cannot be written */
};

/*
 * Opens or makes the file and starts the thread that writes it.  Nothing of a
 * file that is no sound state is changed.  NULL with *err: ERR_STATE_FILE, or
 * ERR_TEMPORARY if another process has it.  Borrows clock and cancel.  New.
 */
struct state *state_open(const struct state_options *options,
			 struct error *err) MUST_USE;

/*
 * Looks for the answer of this key; answer NULL: there is none, or none that
 * can be read as JSON.  What is found has the latency and the cost that it
 * once had, and is marked as cached; if it is not durable yet, *due is when
 * it is: see state_wait().  It stays for another keep_days, also under this
 * call_id if that is another one.  -1 with *err (ERR_STATE_FILE): whether there
 * is one cannot be told.  Thread-safe.
 */
int state_find(struct state *s, const struct question_id *id,
	       struct outcome *outcome, uint64_t *due,
	       struct error *err) MUST_USE;

/*
 * Queues an accepted answer to be written, in the place of one with the same
 * key and call_id.  Copies it.  What state_wait() is to wait for.  Thread-safe.
 */
uint64_t state_put(struct state *s, const struct question_id *id,
		   const struct outcome *outcome) MUST_USE;

/*
 * Waits until all that was put up to `due` (0: nothing) is durable, or until
 * the state cannot be written any more; then the run has been stopped, and
 * the answers are counted as lost.  Thread-safe.
 */
void state_wait(struct state *s, uint64_t due);

/*
 * Writes what is queued, drops what was not used for keep_days, closes, frees.
 * -1 with *err (ERR_STATE_FILE) if an answer that was put is not durable; where
 * the run was stopped for that already, *err tells how many are not.
 */
int state_close(struct state *s, struct error *err) MUST_USE;

/* Closes without a word about it; NULL allowed. */
void state_abandon(struct state *s);

/*
 * Deletes every answer of this call_id, and those of other calls that have the
 * same content; their bytes are overwritten.  The file must exist.  *count:
 * how many.  -1 with *err.
 */
int state_forget(const struct state_options *options, const char *call_id,
		 int64_t *count, struct error *err) MUST_USE;

#endif
