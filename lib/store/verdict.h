/*
 * What a reply of PostgREST, or of the gateway in front of it, means: rules by
 * SQLSTATE or PGRST code, and only without one by status.  Pure.
 *
 * The status alone says little: 500 is a deadlock that passes (40P01) as well
 * as a key twice in one statement (21000), which never will.
 * Codes: PostgreSQL's appendix A; PostgREST's docs/references/errors.
 */
#ifndef STORE_VERDICT_H
#define STORE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/http.h"

enum store_remedy {
	STORE_DONE,
	STORE_AGAIN, /* the same request, later */
	STORE_HALVE, /* one of the rows, or their number, is to blame */
	STORE_STOP   /* none will be stored until a person acts */
};

struct store_verdict {
	enum store_remedy remedy;
	bool slow;       /* AGAIN: ran into a time limit; halve next time */
	bool limited;    /* AGAIN: a 429 */
	bool unanswered; /* AGAIN: it may have been carried out all the same */
	int64_t hint_ms; /* what the server asks to wait; -1: nothing */
	/*
	 * Of all but DONE: code ERR_STORE.  Holds the server's own words only
	 * where they name tables and constraints, never where they could
	 * quote a row (`details` always does).
	 */
	struct error error;
};

/*
 * merges: success has to say that rows were merged (Preference-Applied).
 * first: no reply of this run was one of PostgREST's yet, so that an unknown
 * host name is a wrong one.  wall: for Retry-After.
 */
void store_judge(const struct http_reply *reply, bool merges, bool first,
		 int64_t wall, struct store_verdict *v);

/* One line of the table, for tests and the manual; NULL past the end. */
const char *store_rule_code(size_t i);

#endif
