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

#include "base/digest.h"
#include "base/error.h"
#include "llm/chat.h"
#include "pipeline/engine.h"

/* What identifies an answer, and the hashes that explain a miss. */
struct question_id {
	const char *call_id;
	enum stage stage;
	int repeat;
	const char *key;
	const struct chat_stage *hashes;
};

struct recording;

/*
 * Opens a recording.  For replay the file must exist; for recording it may,
 * and its answers are reused.  Lines are checked; NULL with *err (ERR_CONFIG,
 * where "file:line").  New.
 */
struct recording *recording_open(const char *path, bool replay,
				 struct error *err) MUST_USE;

/*
 * Finds the answer with this key; fills answer, model and usage of *outcome.
 * false if there is none.  Thread-safe.
 */
bool recording_find(struct recording *r, const struct question_id *id,
		    struct outcome *outcome);

/*
 * Sets *err to ERR_REPLAY_MISS and says which part differs from what is
 * recorded under this call_id and stage.
 */
void recording_explain(struct recording *r, const struct question_id *id,
		       struct error *err);

/* Adds an accepted answer.  Thread-safe. */
void recording_add(struct recording *r, const struct question_id *id,
		   const struct outcome *outcome);

/*
 * Writes what was found or added back to the file (temporary file, fsync,
 * rename), drops what was not asked for; after a replay does nothing.  Frees.
 * -1 with *err (ERR_OUTPUT); the old file is then as it was.
 */
int recording_close(struct recording *r, struct error *err) MUST_USE;

/* Frees without writing anything; NULL allowed. */
void recording_abandon(struct recording *r);

#endif
