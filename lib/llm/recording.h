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

enum claim {
	CLAIM_FOUND, /* *outcome has answer, model and usage */
	CLAIM_MINE   /* the caller asks, and then adds or gives up */
};

/*
 * Finds the answer with this key, or makes the question the caller's.  While
 * another worker asks the very same question, waits for what comes of it: it
 * is paid once.  Of a replay, CLAIM_MINE is a miss.  Thread-safe.
 */
enum claim recording_claim(struct recording *r, const struct question_id *id,
			   struct outcome *outcome) MUST_USE;

/* What was found is of no use: forgets it; the question is the caller's. */
void recording_reject(struct recording *r, const struct question_id *id);

/* The question got no answer; who waits for it may ask. */
void recording_give_up(struct recording *r, const struct question_id *id);

/*
 * Sets *err to ERR_REPLAY_MISS and says which part differs from what is
 * recorded under this call_id and stage.
 */
void recording_explain(struct recording *r, const struct question_id *id,
		       struct error *err);

/* Adds an accepted answer of a question that was claimed.  Thread-safe. */
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
