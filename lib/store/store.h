/*
 * The store's thread: takes rows from a queue, writes them in batches, tells
 * what became of each.  Who puts a row never waits for the database; who reads
 * further input waits for room in the queue.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/error.h"
#include "net/http.h"
#include "store/row.h"
#include "store/supabase.h"

struct store_options {
	const struct supabase *db; /* borrowed */
	/* the way there: NULL: a transport of its own; tests put in theirs */
	const struct http *http;
	const char *cacert;
	int64_t connect_timeout_ms, timeout_ms;
	int64_t max_outage_ms;
	/* a batch leaves when it has so many rows, or bytes, or is so old */
	size_t batch_rows, batch_bytes;
	int64_t batch_age_ms;
	size_t queue_bytes; /* of waiting rows, beyond which there is no room */
	bool compare;       /* look up what is there, and write only changes */
	/*
	 * In the store's thread: this row has its fate; NULL: nobody wants to
	 * know.  The row is freed after it.
	 */
	void (*done)(void *ctx, const struct row *row);
	void *ctx;
};

struct store_counts {
	size_t by_fate[ROW_FAILED + 1]; /* results */
	size_t logs, logs_failed;
};

struct store;

/* Starts the thread.  NULL with *err. */
struct store *store_start(const struct store_options *options,
			  struct error *err) MUST_USE;

/*
 * Waits until the queue has room; at once if there is nobody to make room any
 * more (`cancel` is stopped, the store has given up).
 */
void store_wait_room(struct store *s, struct cancel *cancel);

/* Hands over a row, which is taken; never waits.  From any thread. */
void store_put(struct store *s, struct row *row_take);

/* Counts a result of which no row could be made as failed; tells why. */
void store_reject(struct store *s, const struct error *why);

/*
 * Stores what is left, ends the thread, frees.  That takes as long as
 * max_outage_ms allows; once `cancel` is stopped, grace_ms at most, and once
 * it is abandoned no more.  What is not stored then has failed.  *why (an
 * ERROR_INIT) is set if the store gave up.
 */
void store_finish(struct store *s, struct cancel *cancel, int64_t grace_ms,
		  struct store_counts *counts, struct error *why);

#endif
