/*
 * The store of a run as its settings want it.
 */
#ifndef RUN_STORE_SIDE_H
#define RUN_STORE_SIDE_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/error.h"
#include "net/http.h"
#include "run/settings.h"
#include "store/store.h"

struct store_side {
	struct supabase db;
	struct store *store; /* NULL: nothing is stored */
	struct cancel *cancel;
	int64_t grace_ms;
};

/* Are address and key of a project set? */
bool store_configured(const struct settings *settings);

/*
 * Starts the store's thread.  compare, done, ctx as in struct store_options.
 * Borrows cancel: once it is stopped, what is left has the grace period.  -1
 * with *err (ERR_CONFIG: what is not set, a key of the wrong kind); then
 * nothing is left to release.  Before other threads start.
 */
int store_side_start(struct store_side *side, const struct settings *settings,
		     struct cancel *cancel, bool compare,
		     void (*done)(void *ctx, const struct row *row), void *ctx,
		     struct error *err) MUST_USE;

/*
 * A record's line goes out: what is to be stored of it is put into the queue,
 * a report that is `ok` into the results, one that came out otherwise into the
 * log.  Never waits.  Does nothing without a store.
 */
void store_side_put(struct store_side *side, const struct buf *line);

/* Waits for room, before further input is read.  Likewise. */
void store_side_wait(struct store_side *side);

/*
 * Stores what is left, ends the thread.  -1 with *err (ERR_STORE) if a row of a
 * result was not stored.
 */
int store_side_finish(struct store_side *side, struct store_counts *counts,
		      struct error *err) MUST_USE;

/* Ends a store that was given nothing. */
void store_side_abandon(struct store_side *side);

/*
 * `--check`: would rows be stored now?  Writes none.  -1 with *err (ERR_CONFIG
 * or ERR_STORE, with what to do).  A project must be configured.
 */
int store_check(const struct settings *settings, const struct http *http,
		struct error *err) MUST_USE;

/* Appends the SQL that makes the tables, in the settings' schema. */
void store_print_sql(const struct settings *settings, struct buf *out);

#endif
