/* One batch of rows through to the table. */
#include "store/batch.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "net/retry.h"
#include "store/halving.h"
#include "store/lookup.h"
#include "store/verdict.h"

enum {
	SLOW_TRIES = 2,   /* of a statement that ran into its time limit */
	BAD_AT_FIRST = 20 /* rows refused alone: then it is not the rows */
};

/* ---- telling --------------------------------------------------------- */

static void tell_row(enum log_level level, const char *event,
		     const struct row *row, const char *reason)
{
	const struct log_subject subject = { row->correlation_id,
					     row->call_id };

	LOG(level, event, &subject, LOG_TEXT("reason", reason));
}

static void set_fate(struct row *row, enum row_fate fate)
{
	const struct log_subject subject = { row->correlation_id,
					     row->call_id };

	row->fate = fate;
	if (fate == ROW_OLDER)
		tell_row(LOG_INFO, "superseded", row,
			 "the table has a newer evaluation of this call");
	else if (fate == ROW_STORED && row->kind == ROW_RESULT)
		LOG(LOG_INFO, "stored", &subject,
		    LOG_INT("bytes", (int64_t)row->len));
}

/* ---- outages --------------------------------------------------------- */

/* Nothing is stored any more; the first reason counts. */
static void give_up(struct link *l, enum row_kind kind, const struct error *why)
{
	struct error *gone = &l->gone[kind];

	if (error_is(gone))
		return;
	*gone = *why;
	LOG(kind == ROW_LOG ? LOG_WARNING : LOG_ERROR, "store_given_up", NULL,
	    LOG_TEXT("table", kind == ROW_LOG ? STORE_LOGS : STORE_RESULTS),
	    LOG_TEXT("reason", why->text));
}

/* One row alone was refused. */
static void refuse_row(struct link *l, struct row *row,
		       const struct store_verdict *v)
{
	struct error why = ERROR_INIT;

	row->fate = ROW_FAILED;
	if (row->kind == ROW_LOG) {
		tell_row(LOG_WARNING, "log_not_stored", row, v->error.text);
		return;
	}
	tell_row(LOG_WARNING, "not_stored", row, v->error.text);
	if (l->any_written || ++l->bad_rows < BAD_AT_FIRST)
		return;
	error_set(&why, ERR_STORE, NULL,
		  "none of the first %d rows was taken; the last: %s",
		  BAD_AT_FIRST, v->error.text);
	give_up(l, row->kind, &why);
}

static void came_back(struct link *l)
{
	if (l->down)
		LOG(log_watched_level(), "store_up", NULL,
		    LOG_TEXT("note", "going on"));
	l->down = false;
}

/*
 * Waits before the next try; false if that makes no sense any more.  tries:
 * that failed.
 */
static bool wait_out(struct link *l, enum row_kind kind, unsigned tries,
		     const struct store_verdict *v)
{
	struct retry_policy policy = retry_default_policy;
	const struct retry_outcome last = { .retryable = true,
					    .rate_limited = v->limited,
					    .hint_ms = v->hint_ms };
	const struct clock *clock = l->clock;
	struct error why = ERROR_INIT;
	struct retry_decision d;
	int64_t now = clock->now(clock->ctx);

	if (clock->sleep(clock->ctx, 0)) {
		error_set(&why, ERR_STORE, NULL,
			  "the run ended and its grace period is over");
		give_up(l, kind, &why);
		return false;
	}
	policy.attempts = UINT_MAX; /* time is the limit here */
	d = retry_decide(&policy, tries, &last, clock->chance(clock->ctx));
	if (!l->down) {
		l->down = true;
		l->down_since = now;
		LOG(log_watched_level(), "store_down", NULL,
		    LOG_TEXT("reason", v->error.text));
	}
	if (!d.again || now + d.wait_ms - l->down_since > l->max_outage_ms)
		error_set(&why, ERR_STORE, NULL,
			  "it was away for longer than store-max-outage; at "
			  "last: %s",
			  v->error.text);
	else if (clock->sleep(clock->ctx, d.wait_ms))
		error_set(&why, ERR_STORE, NULL,
			  "the run ended while it was away; at last: %s",
			  v->error.text);
	if (error_is(&why))
		give_up(l, kind, &why);
	return !error_is(&why);
}

/* ---- one request ----------------------------------------------------- */

/* "[", row, ",", row, ... "]" without a copy of the rows; new. */
static struct text *make_parts(struct row *const *rows, size_t count)
{
	struct text *parts = xcalloc(2 * count + 1, sizeof(*parts));

	for (size_t i = 0; i < count; i++) {
		parts[2 * i] = (struct text){ i ? "," : "[", 1 };
		parts[2 * i + 1] = (struct text){ rows[i]->text, rows[i]->len };
	}
	parts[2 * count] = (struct text){ "]", 1 };
	return parts;
}

static void post(const struct link *l, struct row *const *rows, size_t count,
		 struct http_reply *reply)
{
	enum row_kind kind = rows[0]->kind;
	struct text *parts = make_parts(rows, count);
	const struct http_request request = {
		.method = "POST",
		.url = l->db->write_urls[kind],
		.headers = http_headers_of(&l->db->write_headers[kind]),
		.parts = parts,
		.part_count = 2 * count + 1,
		.timeout_ms = l->timeout_ms,
		.reply_limit = LIMIT_REPLY_BYTES,
	};

	http_reply_clear(reply);
	l->http->perform(l->http->ctx, &request, reply);
	free(parts);
}

/*
 * The reply lists the ids of what was written; a trigger keeps the rest from
 * overwriting something newer.  False if it is no list.
 */
static bool take_written(const struct http_reply *reply, struct row **rows,
			 size_t count)
{
	json_auto_t *list = json_read(reply->body.data ? reply->body.data : "",
				      reply->body.len, &json_default_limits,
				      NULL);
	json_auto_t *written = json_object();
	json_t *entry;
	size_t i;

	if (!json_is_array(list))
		return false;
	json_array_foreach (list, i, entry) {
		const char *id = json_string_peek(entry, "call_id");

		if (id)
			json_object_set_new(written, id, json_true());
	}
	for (i = 0; i < count; i++)
		set_fate(rows[i], json_object_get(written, rows[i]->call_id)
					  ? ROW_STORED
					  : ROW_OLDER);
	return true;
}

static void set_fates(struct row **rows, size_t count, enum row_fate fate)
{
	for (size_t i = 0; i < count; i++)
		set_fate(rows[i], fate);
}

static void take_done(struct link *l, const struct http_reply *reply,
		      struct row **rows, size_t count, struct store_verdict *v)
{
	if (rows[0]->kind == ROW_LOG) {
		set_fates(rows, count, ROW_STORED);
		return;
	}
	if (take_written(reply, rows, count)) {
		l->any_written = true;
		return;
	}
	/* cut off, perhaps; merging twice does no harm */
	v->remedy = STORE_AGAIN;
	error_set(&v->error, ERR_STORE, NULL,
		  "the reply does not list what was written");
}

/*
 * They may have been written: nothing tells the same row from another one, so
 * they are not sent a second time.
 */
static void lose_logs(struct row **rows, size_t count, struct store_verdict *v)
{
	for (size_t i = 0; i < count; i++)
		tell_row(LOG_WARNING, "log_not_stored", rows[i], v->error.text);
	set_fates(rows, count, ROW_FAILED);
	v->remedy = STORE_DONE;
}

/*
 * Sends the rows until there is a verdict that time does not change; fates are
 * set if it is STORE_DONE.
 */
static void send(struct link *l, struct row **rows, size_t count,
		 struct store_verdict *v)
{
	enum row_kind kind = rows[0]->kind;
	const struct clock *clock = l->clock;
	struct http_reply reply;
	unsigned tries = 0;

	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	do {
		post(l, rows, count, &reply);
		store_judge(&reply, kind == ROW_RESULT, !l->answered,
			    clock->wall(clock->ctx), v);
		if (v->remedy == STORE_DONE)
			take_done(l, &reply, rows, count, v);
		l->answered |= v->remedy != STORE_AGAIN;
		if (v->unanswered && kind == ROW_LOG)
			lose_logs(rows, count, v);
		tries++;
		if (v->remedy == STORE_AGAIN && v->slow && tries == SLOW_TRIES)
			v->remedy = STORE_HALVE;
	} while (v->remedy == STORE_AGAIN && wait_out(l, kind, tries, v));
	if (v->remedy != STORE_AGAIN && !v->unanswered)
		came_back(l);
	http_reply_release(&reply);
}

/* ---- the batch ------------------------------------------------------- */

/* By call, then the one that is to be stored last. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *x = *(struct row *const *)a;
	const struct row *y = *(struct row *const *)b;
	int by_id = strcmp(x->call_id, y->call_id);

	if (by_id != 0)
		return by_id;
	if (x->evaluated != y->evaluated)
		return x->evaluated < y->evaluated ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The row that is stored in the place of this one; itself, mostly. */
static struct row *winner(struct row *const *rows, size_t count, size_t i)
{
	while (i + 1 < count &&
	       strcmp(rows[i]->call_id, rows[i + 1]->call_id) == 0)
		i++;
	return rows[i];
}

/* A statement may touch a row only once (21000): one row a call is left. */
static size_t drop_duplicates(struct row **rows, size_t count,
			      struct row **left)
{
	size_t n = 0;

	qsort(rows, count, sizeof(struct row *), compare_rows);
	for (size_t i = 0; i < count; i++)
		if (winner(rows, count, i) == rows[i])
			left[n++] = rows[i];
	return n;
}

/* Their fate is that of the row in whose favour they were left out. */
static void settle_duplicates(struct row **rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *by = winner(rows, count, i);
		bool equal = by->len == rows[i]->len &&
			     memcmp(by->text, rows[i]->text, by->len) == 0;

		if (by == rows[i])
			continue;
		if (by->fate == ROW_FAILED)
			rows[i]->fate = ROW_FAILED;
		else
			set_fate(rows[i], equal && by->fate != ROW_OLDER
						  ? ROW_SAME
						  : ROW_OLDER);
	}
}

/* Takes out what the table has already, or has newer. */
static size_t drop_known(struct link *l, struct row **rows, size_t count)
{
	size_t n = 0;

	lookup_rows(l->db, l->http, l->timeout_ms, rows, count);
	for (size_t i = 0; i < count; i++) {
		if (rows[i]->fate == ROW_WAITING)
			rows[n++] = rows[i];
		else
			set_fate(rows[i], rows[i]->fate);
	}
	return n;
}

static void store_rows(struct link *l, struct row **rows, size_t count)
{
	struct store_verdict v;
	struct halving h;
	struct range r;

	halving_init(&h, count);
	while (!error_is(&l->gone[rows[0]->kind]) && halving_next(&h, &r)) {
		send(l, rows + r.from, r.to - r.from, &v);
		if (v.remedy == STORE_HALVE && !halving_split(&h, r))
			refuse_row(l, rows[r.from], &v);
		else if (v.remedy == STORE_STOP)
			give_up(l, rows[0]->kind, &v.error);
	}
	for (size_t i = 0; i < count; i++)
		if (rows[i]->fate == ROW_WAITING)
			rows[i]->fate = ROW_FAILED;
}

void batch_store(struct link *l, struct row **rows, size_t count)
{
	struct row **left;
	size_t n;

	assert(count <= LIMIT_STORE_BATCH);
	if (count == 0)
		return;
	if (rows[0]->kind == ROW_LOG) {
		store_rows(l, rows, count);
		return;
	}
	left = xcalloc(count, sizeof(struct row *));
	n = drop_duplicates(rows, count, left);
	if (l->compare && !error_is(&l->gone[ROW_RESULT]))
		n = drop_known(l, left, n);
	if (n > 0)
		store_rows(l, left, n);
	settle_duplicates(rows, count);
	free(left);
}
