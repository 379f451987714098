/*
 * A document with one place changed, and what becomes of it: rows for the
 * tests of the tables.
 */
#ifndef TESTS_SCHEMA_CASES_H
#define TESTS_SCHEMA_CASES_H

#include "data/schema.h"

struct schema_case {
	/* `a.b[2].c`, `sections["3"].quote`; elements may be appended. */
	const char *path;
	/* JSON text to stand there; NULL: the member is taken out. */
	const char *value;
	/* The one fault's message, or NULL: it is accepted. */
	const char *message;
	/* Of the fault; NULL: null. */
	const char *got;
	/* Accepted: what becomes of it; NULL: it stays as it is. */
	const char *to;
	/* The fault's path where it is not `path`. */
	const char *at;
};

/* Parses JSON, any kind of value; fails the test if it is none.  New. */
json_t *parse(const char *text);

/* Compact text of a value; free it. */
char *dump(const json_t *value);

/* Runs the cases one by one against the document `base` (JSON text). */
void run_cases(const struct model *model, const struct schema_context *context,
	       const char *base, const struct schema_case *cases, size_t count);

#endif
