/*
 * From a record that was read to a call that can be evaluated, or to the
 * reason why not.
 */
#ifndef RUN_INTAKE_H
#define RUN_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "data/schema.h"
#include "pipeline/call.h"
#include "pipeline/report.h"
#include "run/input.h"
#include "run/settings.h"

/*
 * Calls that came before, as 64-bit hashes; 9 to 12 bytes each, twice that
 * where contents are compared.
 */
struct seen {
	uint64_t *ids;      /* 0: free */
	uint64_t *contents; /* with --store only */
	size_t first; /* size to begin with; 0: enough for a large night */
	size_t count, size;
};

/* What came of a record. */
struct intake {
	struct call *call; /* new; NULL: rejected */
	/* of a rejection; the strings live as long as the record */
	enum call_status status;
	struct error error;
	struct faults faults;
	json_t *request; /* owned: converted, where it fitted the schema */
	struct redaction redaction;   /* owned until the call has it */
	char sha256[SHA256_HEX_SIZE]; /* of the request; "" if it is none */
	json_t *call_id, *agent_id;   /* owned: strings, or NULL */
	char correlation_id[CORRELATION_ID_SIZE];
};

/*
 * Checks the record: schema, min-words, context-tokens; takes its secrets out,
 * and hashes what is left; warns of a call_id seen before.  Fills *in, freed by
 * intake_release(); the call is not.
 */
void intake_init(struct intake *in, const struct input_record *record,
		 const struct settings *settings, struct seen *seen);
void intake_release(struct intake *in);

/* The rejection as report.h wants it; borrows from both. */
struct rejection intake_rejection(const struct intake *in,
				  const struct input_record *record);

/* Forgets all; `seen` starts as all zero. */
void seen_release(struct seen *seen);

/* Tokens that a text of this many bytes takes, rounded up: bytes / 3. */
long estimate_tokens(size_t bytes);

#endif
