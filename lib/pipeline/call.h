/*
 * One call on its way through the pipeline: request, results, what is known
 * about it.
 *
 * Threads: the fields under "before start" are read-only once the call was
 * added to a pipeline.  results[s] belongs to the worker that evaluates s
 * until the scheduler, under its lock, marks s ended; after that it is
 * read-only.
 */
#ifndef PIPELINE_CALL_H
#define PIPELINE_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "pipeline/engine.h"
#include "pipeline/stage.h"
#include "transcript/redact.h"

enum stage_state {
	STAGE_WAITING, /* for the stages before it, or for a worker */
	STAGE_OK,
	STAGE_FAILED,
	STAGE_NOT_NEEDED, /* not wanted for this call */
	STAGE_SKIPPED     /* the run was stopped before it began */
};

struct result {
	enum stage_state state;
	struct outcome outcome;
	json_t *unmatched; /* of the roll-up; NULL if none */
	bool alarm;        /* an unmatched violation */
};

/* "eval_" and 32 hexadecimal digits */
#define CORRELATION_ID_SIZE 38

struct repeats;

struct call {
	/* before start */
	size_t number; /* order of input, from 0 */
	char source[256];
	char sha256[SHA256_HEX_SIZE]; /* of the request, redacted */
	char correlation_id[CORRELATION_ID_SIZE];
	json_t *request;            /* owned; fits request_model; redacted */
	struct redaction redaction; /* owned: what was, and where */
	json_t *warnings;           /* owned; array of strings */
	int64_t started;            /* clock's now, when it was read */
	int repeat;                 /* which evaluation of its record, from 0 */
	struct repeats *repeats; /* all of them; NULL: this is the only one */

	/* guarded by the scheduler's lock */
	unsigned ended;  /* STAGE_BIT()s */
	unsigned queued; /* STAGE_BIT()s, ended ones included */

	/* see above */
	struct result results[STAGE_COUNT];

	/* of whoever evaluates the first stage: it runs alone */
	bool begun;
	/* the engine's, set by begin() */
	void *engine_data;
};

/* A call without request; freed by call_free(), NULL allowed. */
struct call *call_new(void);
void call_free(struct call *call);

/* Members of the request; borrowed. */
const char *call_id(const struct call *call);
const char *call_agent_id(const struct call *call);
struct text call_transcript(const struct call *call);
struct text call_script(const struct call *call);

/* The stage's answer if it was given (not a fallback), else NULL; borrowed. */
const json_t *call_answer(const struct call *call, enum stage stage);

/* The name of a state in meta.stages. */
const char *stage_state_name(enum stage_state state);

/* `ok`: every stage answered or not needed; `partial`; `failed`: none did. */
enum call_status { CALL_OK, CALL_PARTIAL, CALL_FAILED, CALL_SKIPPED };
enum call_status call_status(const struct call *call);
const char *call_status_name(enum call_status status);

#endif
