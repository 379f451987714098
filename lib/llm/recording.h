/*
 * Accepted answers in a file: bought once, replayed without a network.
 *
 * NDJSON, one answer a line, sorted by call_id, stage, repeat: call_id,
 * stage, repeat, key, prompt, schema, parameters (hashes), model, answer,
 * usage.  No time, no latency, no transcript; mode 0600, for answers quote
 * callers.
 */
#ifndef LLM_RECORDING_H
#define LLM_RECORDING_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "llm/question.h"
#include "pipeline/engine.h"

struct recording;

/*
 * Opens a recording.  For replay the file must exist; for recording it may,
 * and its answers are reused.  Lines are checked; NULL with *err (ERR_CONFIG,
 * where "file:line").  New.
 */
struct recording *recording_open(const char *path, bool replay,
				 struct error *err) MUST_USE;

/*
 * Looks for the answer with this key, recorded for this call_id; false if
 * there is none, else *outcome has answer, model and usage.  Thread-safe.
 */
bool recording_find(struct recording *r, const struct question_id *id,
		    struct outcome *outcome) MUST_USE;

/* What was found is of no use: forgets it.  Thread-safe. */
void recording_reject(struct recording *r, const struct question_id *id);

/*
 * Sets *err to ERR_REPLAY_MISS and says which part differs from what is
 * recorded under this call_id and stage.
 */
void recording_explain(struct recording *r, const struct question_id *id,
		       struct error *err);

/* Adds an accepted answer that recording_find() did not find.  Thread-safe. */
void recording_add(struct recording *r, const struct question_id *id,
		   const struct outcome *outcome);

/*
 * Writes what was found or added back to the file (temporary file, fsync,
 * rename); after a replay does nothing.  What no record asked for is dropped
 * if the run was `complete`, and kept if it did not see all its records.
 * Frees.  -1 with *err (ERR_OUTPUT); the old file is then as it was, or lacks
 * the one answer that is too large for a line.
 */
int recording_close(struct recording *r, bool complete,
		    struct error *err) MUST_USE;

/* Frees without writing anything; NULL allowed. */
void recording_abandon(struct recording *r);

#endif
