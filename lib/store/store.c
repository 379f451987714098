/* The store's thread: a queue of rows, batches, and what became of them. */
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "net/transport.h"
#include "store/batch.h"

enum { ROOM_POLL_MS = 50 };

/* Rows of one kind that wait, in order. */
struct queue {
	struct row *first, **last;
	size_t count, bytes;
	int64_t since; /* clock's now, when the first of them came */
};

struct store {
	/* set before start, read-only */
	struct store_options options;
	struct transport *transport; /* NULL: the options' http */
	struct http http;
	struct clock clock;
	struct cancel cancel; /* stopped when its time is over */
	pthread_t thread;
	/* the thread's own; the owner's again when it has been joined */
	struct link link;
	struct store_counts counts;
	/* guarded by lock */
	pthread_mutex_t lock;
	pthread_cond_t change; /* work, an end, room, the thread's end */
	struct queue queues[ROW_KINDS];
	size_t bytes; /* waiting and being sent */
	size_t order, rejected;
	bool ending, ended, gone;
};

static int64_t now_ms(const struct store *s)
{
	return s->clock.now(s->clock.ctx);
}

/* Waits for a change, until the clock says `until` at the latest. */
static void wait_change(struct store *s, int64_t until)
{
	struct timespec end = deadline_at(until);

	if (until == INT64_MAX)
		pthread_cond_wait(&s->change, &s->lock);
	else
		pthread_cond_timedwait(&s->change, &s->lock, &end);
}

/* ---- the thread ------------------------------------------------------ */

/* When this queue's next batch is due; INT64_MAX: it is empty. */
static int64_t due(const struct store *s, const struct queue *q)
{
	if (q->count == 0)
		return INT64_MAX;
	if (s->ending || q->count >= s->options.batch_rows ||
	    q->bytes >= s->options.batch_bytes)
		return 0;
	return q->since + s->options.batch_age_ms;
}

/* Takes up to a batch from the queue.  Returns how many rows. */
static size_t take_rows(struct store *s, struct queue *q, struct row **rows)
{
	size_t n = 0, bytes = 0;

	while (q->first && n < s->options.batch_rows &&
	       (n == 0 || bytes + q->first->len <= s->options.batch_bytes)) {
		struct row *row = q->first;

		q->first = row->next;
		bytes += row->len;
		rows[n++] = row;
	}
	if (!q->first)
		q->last = &q->first;
	q->count -= n;
	q->bytes -= bytes;
	q->since = now_ms(s);
	return n;
}

/* The next batch, waited for; 0 rows at the end. */
static size_t next_batch(struct store *s, struct row **rows)
{
	size_t n = 0;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		int64_t first = INT64_MAX;
		struct queue *q = NULL;

		for (int kind = 0; kind < ROW_KINDS; kind++) {
			int64_t at = due(s, &s->queues[kind]);

			if (at < first) {
				first = at;
				q = &s->queues[kind];
			}
		}
		if (q && first <= now_ms(s)) {
			n = take_rows(s, q, rows);
			break;
		}
		if (!q && s->ending)
			break;
		wait_change(s, first);
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

static void count_fate(struct store *s, const struct row *row)
{
	if (row->kind == ROW_RESULT)
		s->counts.by_fate[row->fate]++;
	else if (row->fate == ROW_STORED)
		s->counts.logs++;
	else
		s->counts.logs_failed++;
}

static void finish_rows(struct store *s, struct row **rows, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		bytes += rows[i]->len;
		count_fate(s, rows[i]);
		if (s->options.done)
			s->options.done(s->options.ctx, rows[i]);
		row_free(rows[i]);
	}
	pthread_mutex_lock(&s->lock);
	s->bytes -= bytes;
	s->gone = error_is(&s->link.gone[ROW_RESULT]);
	pthread_cond_broadcast(&s->change);
	pthread_mutex_unlock(&s->lock);
}

static void *store_main(void *arg)
{
	struct store *s = arg;
	struct row **rows = xcalloc(s->options.batch_rows,
				    sizeof(struct row *));
	size_t n;

	while ((n = next_batch(s, rows)) > 0) {
		batch_store(&s->link, rows, n);
		finish_rows(s, rows, n);
	}
	free(rows);
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	pthread_cond_broadcast(&s->change);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* ---- everybody else's ------------------------------------------------ */

static void release(struct store *s)
{
	transport_stop(s->transport);
	cancel_release(&s->cancel);
	pthread_cond_destroy(&s->change);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/*
 * A transport of its own: the model's takes nothing any more once the run is
 * stopped, which is when rows of finished calls are still to be stored.
 */
static int open_way(struct store *s, struct error *err)
{
	const struct http_options options = {
		.max_requests = 1,
		.connect_timeout_ms = s->options.connect_timeout_ms,
		.cacert = s->options.cacert,
		.user_agent = "callqa/" CALLQA_VERSION,
	};

	if (s->options.http) {
		s->http = *s->options.http;
		return 0;
	}
	s->transport = transport_start(&options, err);
	if (!s->transport)
		return -1;
	s->http = transport_http(s->transport);
	return 0;
}

struct store *store_start(const struct store_options *options,
			  struct error *err)
{
	struct store *s = xcalloc(1, sizeof(*s));
	int reason;

	s->options = *options;
	if (cancel_init(&s->cancel, err) < 0) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	deadline_cond_init(&s->change);
	s->clock = clock_system(&s->cancel);
	for (int kind = 0; kind < ROW_KINDS; kind++)
		s->queues[kind].last = &s->queues[kind].first;
	if (open_way(s, err) < 0) {
		release(s);
		return NULL;
	}
	s->link = (struct link){ .db = options->db,
				 .http = &s->http,
				 .clock = &s->clock,
				 .timeout_ms = options->timeout_ms,
				 .max_outage_ms = options->max_outage_ms,
				 .compare = options->compare };
	reason = pthread_create(&s->thread, NULL, store_main, s);
	if (reason) {
		error_set(err, ERR_TEMPORARY, NULL, "cannot start a thread: %s",
			  strerror(reason));
		release(s);
		return NULL;
	}
	return s;
}

void store_put(struct store *s, struct row *row_take)
{
	struct queue *q = &s->queues[row_take->kind];

	row_take->next = NULL;
	pthread_mutex_lock(&s->lock);
	if (q->count == 0)
		q->since = now_ms(s);
	row_take->order = s->order++;
	*q->last = row_take;
	q->last = &row_take->next;
	q->count++;
	q->bytes += row_take->len;
	s->bytes += row_take->len;
	pthread_cond_broadcast(&s->change);
	pthread_mutex_unlock(&s->lock);
}

void store_reject(struct store *s, const struct error *why)
{
	LOG(LOG_ERROR, "not_stored", NULL, LOG_TEXT("reason", why->text));
	pthread_mutex_lock(&s->lock);
	s->rejected++;
	pthread_mutex_unlock(&s->lock);
}

/*
 * Room is signalled; that the run was stopped meanwhile is looked for, as a
 * run has one place only that is told of it.
 */
void store_wait_room(struct store *s, struct cancel *cancel)
{
	pthread_mutex_lock(&s->lock);
	while (s->bytes >= s->options.queue_bytes && !s->gone &&
	       !cancel_stopped(cancel))
		wait_change(s, now_ms(s) + ROOM_POLL_MS);
	pthread_mutex_unlock(&s->lock);
}

/* The time is over: the request in flight ends, and so do the waits. */
static void cut_short(struct store *s)
{
	const struct error why = { .code = ERR_STOPPED,
				   .text = "the grace period is over" };

	cancel_stop(&s->cancel, &why);
	if (s->transport)
		transport_drain(s->transport, 0);
}

/* Waits until all rows have their fate, or the time for that is over. */
static void wait_end(struct store *s, struct cancel *cancel, int64_t grace_ms)
{
	int64_t until = INT64_MAX, now, next;

	pthread_mutex_lock(&s->lock);
	s->ending = true;
	pthread_cond_broadcast(&s->change);
	while (!s->ended && !cancel_abandoned(cancel)) {
		now = now_ms(s);
		if (until == INT64_MAX && cancel_stopped(cancel))
			until = now + grace_ms;
		if (now >= until)
			break;
		next = now + ROOM_POLL_MS;
		wait_change(s, next < until ? next : until);
	}
	pthread_mutex_unlock(&s->lock);
}

void store_finish(struct store *s, struct cancel *cancel, int64_t grace_ms,
		  struct store_counts *counts, struct error *why)
{
	wait_end(s, cancel, grace_ms);
	cut_short(s);
	pthread_join(s->thread, NULL);
	*counts = s->counts;
	counts->by_fate[ROW_FAILED] += s->rejected;
	if (error_is(&s->link.gone[ROW_RESULT]))
		*why = s->link.gone[ROW_RESULT];
	release(s);
}
