/*
 * The line that a call becomes: report or error record.
 *
 * Written straight into bytes: a tree built only to be dumped would cost more
 * CPU than everything else after parsing.
 */
#ifndef PIPELINE_REPORT_H
#define PIPELINE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "pipeline/call.h"
#include "prompt/prompts.h"
#include "transcript/phrase.h"

/* What all lines of a run share; read-only after start. */
struct report_options {
	const char *engine;             /* "llm" */
	const char *evaluation_version; /* "v1" */
	const char *prompts; /* report_prompts(), or another JSON object */
	const struct phrases *injections; /* injections_new(), or NULL */
	bool reproducible;
	bool score_fallbacks;
	/* greatest number of names in compliance and communication lists */
	int max_items, max_skills;
};

/*
 * What `meta.prompts` says of them, as JSON text: it is the same for all calls
 * of a run.  NULL: `{}`.  New.
 */
char *report_prompts(const struct prompts *prompts) MUST_USE;

/* What a report tells, for the log and the run's sums. */
struct report_facts {
	enum call_status status;
	int score;            /* -1: none */
	enum error_code code; /* of an error record; else ERR_NONE */
};

/*
 * Appends the line of a finished call, without newline: a report if anything
 * was answered, else an error record.
 */
void report_write(struct buf *out, const struct call *call,
		  const struct report_options *options, int64_t now,
		  int64_t wall, struct report_facts *facts);

/* A record that never became a call; strings borrowed, NULL where unknown. */
struct rejection {
	enum call_status status; /* CALL_FAILED or CALL_SKIPPED */
	const struct error *error;
	const char *source;
	const char *call_id, *agent_id;
	const char *correlation_id;
	const char *timestamp; /* the call's own, for --reproducible */
	const json_t *details; /* array of {path, message, got}, or NULL */
	size_t omitted;        /* faults beyond the list */
};

/* Appends its error record, without newline. */
void rejection_write(struct buf *out, const struct rejection *rejection,
		     const struct report_options *options, int64_t wall);

#endif
