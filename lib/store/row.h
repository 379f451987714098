/*
 * What is stored of a report: a row of the table of results; and of one that
 * did not come out whole: a row of the log.  Pure: values in, text out.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The seed's tables. */
#define STORE_RESULTS "eavesly_evaluation_results"
#define STORE_LOGS    "eavesly_api_logs"

enum row_kind { ROW_RESULT, ROW_LOG, ROW_KINDS };

/* What became of a row. */
enum row_fate {
	ROW_WAITING,
	ROW_STORED,
	ROW_SAME,  /* the table had exactly this row */
	ROW_OLDER, /* the table has a newer evaluation of the call, and keeps it
		    */
	ROW_FAILED
};

struct row {
	enum row_kind kind;
	/* owned; call_id NULL for a log */
	char *call_id, *correlation_id;
	/* one JSON object with the table's columns, owned */
	char *text;
	size_t len;
	int64_t evaluated; /* wall clock ms; of a result */
	/* of who stores it */
	enum row_fate fate;
	size_t order; /* of arrival */
	struct row *next;
	/* of who made it: handed back with the fate */
	void *owner;
};

/* Frees the row with its texts; NULL allowed.  The owner's data stays. */
void row_free(struct row *row);

/* The columns of a kind, as the URL parameter `columns` has them. */
const char *row_columns(enum row_kind kind);

/*
 * The row of a report whose status is `ok`; new.  U+0000, which PostgreSQL
 * cannot keep, becomes U+FFFD.  NULL with *err (ERR_INVALID_REQUEST, a path
 * and what is wanted there) if the report lacks something.
 */
struct row *row_of_report(const json_t *report, struct error *err) MUST_USE;

/*
 * The log's row for a record that was evaluated and came out partial or
 * failed: stages and codes, no text of the call.  NULL for any other, such as
 * one that was refused before it became a call.  New.
 */
struct row *row_of_failure(const json_t *record) MUST_USE;

/*
 * Has the table's row, as PostgREST prints it, the same content?  *newer: it
 * has another evaluation of this call, of a later time.
 */
bool row_equals(const struct row *row, const json_t *stored, bool *newer);

/*
 * Has this ok report a row: is it scored, by a model, from one evaluation?
 * What is malformed counts as one that has, so that row_of_report() says what
 * is wrong.
 */
bool row_is_wanted(const json_t *report);

#endif
