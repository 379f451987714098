/*
 * What went wrong, where, in words: one struct, owned by the caller.
 *
 * It is a value: it travels inside a call from thread to thread without locks
 * or frees.  Functions take it as their last parameter, NULL allowed, and
 * never overwrite one that is set: the first error is the cause.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

#include "base/compiler.h"

/* What a process exits with; the order of severity is in status_worse(). */
enum exit_status {
	EXIT_OK = 0,
	EXIT_USAGE = 2,     /* usage or configuration; nothing was sent */
	EXIT_RECORDS = 3,   /* finished, some records partial or failed */
	EXIT_REFUSED = 4,   /* a human must act: key, credit, permission */
	EXIT_LIMIT = 5,     /* a limit the user set was reached */
	EXIT_OUTPUT = 6,    /* output, state or store cannot be written */
	EXIT_NO_INPUT = 7,  /* no input records */
	EXIT_INTERNAL = 70, /* our own fault */
	EXIT_TEMPORARY = 75 /* the same command may work later */
};

/*
 * One row per kind of error: code, exit status it leads to, phrase.
 * callqa-report-format(5) prints this table; a test holds it to that.
 */
#define ERROR_LIST(E)                                                          \
	E(NONE, EXIT_OK, "no error")                                           \
	/* one record's input */                                               \
	E(INVALID_JSON, EXIT_RECORDS, "not valid JSON")                        \
	E(INVALID_REQUEST, EXIT_RECORDS, "does not fit the request schema")    \
	E(TOO_LARGE, EXIT_RECORDS, "larger than the limits allow")             \
	E(DUPLICATE_ID, EXIT_RECORDS, "call_id seen before, other content")    \
	E(TOO_SHORT, EXIT_OK, "transcript shorter than min-words")             \
	E(TOO_LONG, EXIT_OK, "transcript longer than context-tokens")          \
	/* one record's evaluation */                                          \
	E(EVALUATION_FAILED, EXIT_RECORDS, "no stage gave an answer")          \
	E(REPLAY_MISS, EXIT_RECORDS, "the recording has no such answer")       \
	E(BUDGET_REACHED, EXIT_LIMIT, "a limit of this run was reached")       \
	E(STOPPED, EXIT_RECORDS, "the run was stopped before this")            \
	E(UPSTREAM_CONNECT, EXIT_RECORDS, "no connection to the upstream")     \
	E(UPSTREAM_TLS, EXIT_RECORDS, "no secure connection to the upstream")  \
	E(UPSTREAM_TIMEOUT, EXIT_RECORDS, "no complete reply in time")         \
	E(UPSTREAM_TRUNCATED, EXIT_RECORDS, "the reply was cut off")           \
	E(UPSTREAM_TOO_LARGE, EXIT_RECORDS, "the reply is too large")          \
	E(UPSTREAM_STATUS, EXIT_RECORDS, "the upstream answered an error")     \
	E(UPSTREAM_RATE_LIMIT, EXIT_RECORDS, "the upstream limits the rate")   \
	E(UPSTREAM_AUTH, EXIT_REFUSED, "the upstream refuses the key")         \
	E(UPSTREAM_CREDIT, EXIT_REFUSED, "no credit at the upstream")          \
	E(UPSTREAM_REFUSED, EXIT_RECORDS, "the model refuses this content")    \
	E(UPSTREAM_LENGTH, EXIT_RECORDS, "the answer exceeds max-tokens")      \
	E(UPSTREAM_SCHEMA, EXIT_RECORDS, "the answer does not fit its schema") \
	/* the run */                                                          \
	E(USAGE, EXIT_USAGE, "wrong usage")                                    \
	E(CONFIG, EXIT_USAGE, "wrong configuration")                           \
	E(PROMPT, EXIT_USAGE, "a prompt cannot be used")                       \
	E(INPUT, EXIT_OUTPUT, "the input cannot be read")                      \
	E(OUTPUT, EXIT_OUTPUT, "the output cannot be written")                 \
	E(STATE_FILE, EXIT_OUTPUT, "the state cannot be used")                 \
	E(FAILURES, EXIT_REFUSED, "too many records fail")                     \
	E(NO_INPUT, EXIT_NO_INPUT, "no input records")                         \
	E(TEMPORARY, EXIT_TEMPORARY, "try again later")                        \
	E(INTERNAL, EXIT_INTERNAL, "internal error")

enum error_code {
#define ERROR_ENUM(name, status, phrase) ERR_##name,
	ERROR_LIST(ERROR_ENUM)
#undef ERROR_ENUM
		ERR_COUNT
};

/*
 * where: "calls.ndjson:812", "prompts/x.yaml:12:3", "" if nowhere.
 * text: one line for a person, without what `where` says already.
 */
struct error {
	enum error_code code;
	char where[256];
	char text[512];
};

#define ERROR_INIT               \
	{                        \
		.code = ERR_NONE \
	}

/*
 * Sets *err unless it is NULL or set.  where may be NULL.  What is too long
 * is cut at a character's boundary, what is no UTF-8 becomes `?`.  Returns -1,
 * so that a function can end with `return error_set(...)`.
 */
int error_set(struct error *err, enum error_code code, const char *where,
	      const char *format, ...) PRINTF_LIKE(4, 5);

/* Is an error set? */
static inline bool error_is(const struct error *err)
{
	return err && err->code != ERR_NONE;
}

/* The code's name as records show it, such as "INVALID_JSON". */
const char *error_name(enum error_code code);

/* The code's phrase, lower case, no full stop. */
const char *error_phrase(enum error_code code);

/* What a run exits with because of this code. */
int error_status(enum error_code code);

/*
 * The worse of two exit statuses: 128+N (a signal) > 2 > 70 > 6 > 4 > 75 > 5
 * > 3 > 7 > 0; 2 is decided before anything is sent.  Of two signals a.
 */
int status_worse(int a, int b);

#endif
