/* A request without its secrets: which of its strings redaction rewrites. */
#ifndef RUN_REDACTION_H
#define RUN_REDACTION_H

#include <jansson.h>

#include "transcript/redact.h"

/*
 * Rewrites, in place, every string of a converted request that the table
 * (model/request.c) does not mark as a key: all are learned, then all
 * rewritten, in the table's order, with the same placeholders.  `raw` is the
 * request as it was read: what its client_data holds beyond the table is what
 * the class `known` looks for, of members with "name" in their key each word.
 * *out gets the counts and the transcript's map, and is all zero before; a key
 * that looks as if it held a secret is warned of in `warnings`.
 */
void redact_request(json_t *request, const json_t *raw, unsigned classes,
		    struct redaction *out, json_t *warnings);

/*
 * For faults, which are told before there is a request to redact: a redactor of
 * all classes that knows the client_data of `raw`; freed by redactor_free().
 */
struct redactor *redaction_for_faults(const json_t *raw) MUST_USE;

/*
 * The scalar as a fault may show it: with placeholders.  New.  For
 * schema_context.shown; ctx is a redactor.
 */
json_t *redaction_shown(void *ctx, const json_t *value);

#endif
