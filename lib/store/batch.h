/*
 * One batch of rows through to the table: duplicates out, what is there
 * already looked up, retries, a bad row isolated, an outage waited for.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/http.h"
#include "store/row.h"
#include "store/supabase.h"

/* The way to the table; used by one thread. */
struct link {
	/* set before use, read-only; borrowed */
	const struct supabase *db;
	const struct http *http;
	const struct clock *clock; /* its sleep is true: time to give up */
	int64_t timeout_ms, max_outage_ms;
	bool compare; /* rows that are there and equal are not sent */
	/* private */
	bool answered;      /* some reply was PostgREST's */
	bool down;          /* since down_since */
	int64_t down_since; /* clock's now */
	bool any_written;   /* rows of results were stored */
	unsigned bad_rows;  /* refused alone before any was */
	/*
	 * Why no row of the kind will be stored any more; code ERR_NONE: they
	 * may be.
	 */
	struct error gone[ROW_KINDS];
};

/*
 * Gives each of the rows, all of one kind, at most LIMIT_STORE_BATCH, its
 * fate; blocks until then.  Reorders the array.  Of two results of one call
 * the newer evaluation is stored, of two as new the one that came last.
 */
void batch_store(struct link *link, struct row **rows, size_t count);

#endif
