/* The store's thread: batches by count, bytes and age; room; the end. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "data/json.h"
#include "store/store.h"

enum { MOST_BATCHES = 100 };

/* A project that writes whatever it gets, once the gate is open. */
struct far {
	struct http http;
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool open, broken;
	size_t batches, rows[MOST_BATCHES];
};

struct fixture {
	struct far far;
	struct supabase db;
	struct cancel cancel; /* of the run */
	struct store_options options;
	struct store *store;
	size_t done[ROW_FAILED + 1]; /* as `done` was told */
};

static void perform(void *ctx, const struct http_request *request,
		    struct http_reply *reply)
{
	struct far *far = ctx;

	pthread_mutex_lock(&far->lock);
	far->rows[far->batches++ % MOST_BATCHES] = request->part_count / 2;
	pthread_cond_broadcast(&far->change);
	while (!far->open)
		pthread_cond_wait(&far->change, &far->lock);
	pthread_mutex_unlock(&far->lock);
	if (far->broken) {
		http_reply_fail(reply, HTTP_CONNECT, "nobody is there");
		return;
	}
	reply->status = 201;
	snprintf(reply->headers[HEADER_PREFERENCE_APPLIED], HTTP_HEADER_SIZE,
		 "resolution=merge-duplicates");
	buf_putc(&reply->body, '[');
	for (size_t i = 0; i < request->part_count / 2; i++) {
		const struct text *row = &request->parts[2 * i + 1];

		if (i > 0)
			buf_putc(&reply->body, ',');
		buf_put(&reply->body, row->data, row->len);
	}
	buf_putc(&reply->body, ']');
}

static void set_open(struct far *far, bool open)
{
	pthread_mutex_lock(&far->lock);
	far->open = open;
	pthread_cond_broadcast(&far->change);
	pthread_mutex_unlock(&far->lock);
}

static void wait_batches(struct far *far, size_t n)
{
	pthread_mutex_lock(&far->lock);
	while (far->batches < n)
		pthread_cond_wait(&far->change, &far->lock);
	pthread_mutex_unlock(&far->lock);
}

static void done(void *ctx, const struct row *row)
{
	struct fixture *f = ctx;

	f->done[row->fate]++;
}

static int setup(void **state)
{
	const struct supabase_options options = { .url = "https://p.example",
						  .key = "sb_secret_0" };
	struct fixture *f = xcalloc(1, sizeof(*f));

	*state = f;
	f->far.http = (struct http){ .perform = perform, .ctx = &f->far };
	f->far.open = true;
	pthread_mutex_init(&f->far.lock, NULL);
	pthread_cond_init(&f->far.change, NULL);
	f->options = (struct store_options){ .db = &f->db,
					     .http = &f->far.http,
					     .timeout_ms = 60000,
					     .max_outage_ms = 60000,
					     .batch_rows = 10,
					     .batch_bytes = 1 << 20,
					     .batch_age_ms = 3600000,
					     .queue_bytes = 1 << 20,
					     .done = done,
					     .ctx = f };
	return cancel_init(&f->cancel, NULL) < 0 ||
			       supabase_init(&f->db, &options, NULL) < 0
		       ? -1
		       : 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	supabase_release(&f->db);
	cancel_release(&f->cancel);
	pthread_cond_destroy(&f->far.change);
	pthread_mutex_destroy(&f->far.lock);
	free(f);
	return 0;
}

static void start(struct fixture *f)
{
	f->store = store_start(&f->options, NULL);
	assert_non_null(f->store);
}

/* A row of `size` bytes, more or less. */
static void put(struct fixture *f, enum row_kind kind, int id, size_t size)
{
	struct row *row = xcalloc(1, sizeof(*row));
	struct buf text;
	char name[32];

	snprintf(name, sizeof(name), "c%d", id);
	buf_init(&text, 1 << 20);
	buf_printf(&text, "{\"call_id\":\"%s\",\"x\":\"%0*d\"}", name,
		   (int)size, 0);
	row->kind = kind;
	row->call_id = kind == ROW_RESULT ? xstrdup(name) : NULL;
	row->correlation_id = xstrdup("eval_0");
	row->len = text.len;
	row->text = buf_take(&text);
	store_put(f->store, row);
}

static struct store_counts finish(struct fixture *f, struct error *why)
{
	struct error none = ERROR_INIT;
	struct store_counts counts;

	store_finish(f->store, &f->cancel, 0, &counts, why ? why : &none);
	assert_int_equal(error_is(&none), false);
	assert_int_equal(f->done[ROW_FAILED],
			 counts.by_fate[ROW_FAILED] + counts.logs_failed);
	return counts;
}

static void test_by_count(void **state)
{
	struct fixture *f = *state;
	struct store_counts counts;

	set_open(&f->far, false);
	start(f);
	for (int i = 0; i < 10; i++)
		put(f, ROW_RESULT, i, 1);
	wait_batches(&f->far, 1); /* ten are enough, however young */
	for (int i = 10; i < 35; i++)
		put(f, ROW_RESULT, i, 1);
	set_open(&f->far, true);
	counts = finish(f, NULL);
	assert_int_equal(counts.by_fate[ROW_STORED], 35);
	assert_int_equal(f->far.batches, 4);
	assert_int_equal(f->far.rows[0], 10);
	assert_int_equal(f->far.rows[3], 5); /* the rest, at the end */
	assert_int_equal(f->done[ROW_STORED], 35);
}

static void test_by_bytes(void **state)
{
	struct fixture *f = *state;
	struct store_counts counts;

	f->options.batch_bytes = 1000;
	start(f);
	for (int i = 0; i < 3; i++)
		put(f, ROW_RESULT, i, 400);
	wait_batches(&f->far, 1);
	put(f, ROW_RESULT, 3, 5000); /* alone, as it is larger than a batch */
	wait_batches(&f->far, 2);
	counts = finish(f, NULL);
	assert_int_equal(counts.by_fate[ROW_STORED], 4);
	for (size_t i = 0; i < f->far.batches; i++)
		assert_true(f->far.rows[i] <= 2);
}

static void test_by_age(void **state)
{
	struct fixture *f = *state;

	f->options.batch_age_ms = 1;
	start(f);
	put(f, ROW_RESULT, 0, 1);
	wait_batches(&f->far, 1); /* nobody ends the run for it */
	assert_int_equal(finish(f, NULL).by_fate[ROW_STORED], 1);
}

static void test_kinds_do_not_mix(void **state)
{
	struct fixture *f = *state;
	struct store_counts counts;

	set_open(&f->far, false);
	start(f);
	for (int i = 0; i < 6; i++)
		put(f, i % 2 ? ROW_LOG : ROW_RESULT, i, 1);
	set_open(&f->far, true);
	counts = finish(f, NULL);
	assert_int_equal(counts.by_fate[ROW_STORED], 3);
	assert_int_equal(counts.logs, 3);
	assert_int_equal(f->far.batches, 2);
}

static void *wait_room(void *ctx)
{
	struct fixture *f = ctx;

	store_wait_room(f->store, &f->cancel);
	return NULL;
}

static void test_room(void **state)
{
	struct fixture *f = *state;
	pthread_t waiter;

	f->options.queue_bytes = 1000;
	f->options.batch_rows = 1;
	set_open(&f->far, false);
	start(f);
	store_wait_room(f->store, &f->cancel); /* there is room */
	put(f, ROW_RESULT, 0, 2000);
	put(f, ROW_RESULT, 1, 2000); /* putting never waits */
	wait_batches(&f->far, 1);
	assert_int_equal(pthread_create(&waiter, NULL, wait_room, f), 0);
	set_open(&f->far, true);
	pthread_join(waiter, NULL);
	assert_int_equal(finish(f, NULL).by_fate[ROW_STORED], 2);
}

/* Who waits for room does not wait for ever once the run is stopped. */
static void test_no_room_after_a_stop(void **state)
{
	const struct error why = { .code = ERR_STOPPED };
	struct error gone = ERROR_INIT;
	struct fixture *f = *state;
	pthread_t waiter;

	f->options.queue_bytes = 10;
	set_open(&f->far, false);
	start(f);
	put(f, ROW_RESULT, 0, 100);
	assert_int_equal(pthread_create(&waiter, NULL, wait_room, f), 0);
	cancel_stop(&f->cancel, &why);
	pthread_join(waiter, NULL);
	set_open(&f->far, true);
	/* there is no grace, but for what has left */
	(void)finish(f, &gone);
}

/* Nor once the store has given up. */
static void test_no_room_after_giving_up(void **state)
{
	struct error why = ERROR_INIT;
	struct fixture *f = *state;
	struct store_counts counts;

	f->far.broken = true;
	f->options.max_outage_ms = 0;
	f->options.queue_bytes = 10;
	f->options.batch_rows = 1;
	start(f);
	put(f, ROW_RESULT, 0, 100);
	store_wait_room(f->store, &f->cancel);
	for (int i = 1; i < 50; i++)
		put(f, ROW_RESULT, i, 100);
	store_wait_room(f->store, &f->cancel);
	counts = finish(f, &why);
	assert_int_equal(counts.by_fate[ROW_FAILED], 50);
	assert_int_equal(why.code, ERR_STORE);
	assert_int_equal(f->far.batches, 1);
}

static void test_grace(void **state)
{
	const struct error stop = { .code = ERR_STOPPED };
	struct error why = ERROR_INIT;
	struct fixture *f = *state;

	f->far.broken = true;
	start(f);
	put(f, ROW_RESULT, 0, 1);
	cancel_stop(&f->cancel, &stop);
	assert_int_equal(finish(f, &why).by_fate[ROW_FAILED], 1);
	assert_int_equal(why.code, ERR_STORE);
}

static void *stop_later(void *ctx)
{
	const struct error stop = { .code = ERR_STOPPED };
	struct fixture *f = ctx;

	wait_batches(&f->far, 1);
	cancel_stop(&f->cancel, &stop);
	return NULL;
}

/* The stop comes while the end is waited for: an outage would last longer. */
static void test_grace_begins_late(void **state)
{
	struct error why = ERROR_INIT;
	struct fixture *f = *state;
	pthread_t stopper;

	f->far.broken = true;
	f->options.max_outage_ms = 3600000;
	start(f);
	put(f, ROW_RESULT, 0, 1);
	assert_int_equal(pthread_create(&stopper, NULL, stop_later, f), 0);
	assert_int_equal(finish(f, &why).by_fate[ROW_FAILED], 1);
	pthread_join(stopper, NULL);
	assert_int_equal(why.code, ERR_STORE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_by_count),
		TEST(test_by_bytes),
		TEST(test_by_age),
		TEST(test_kinds_do_not_mix),
		TEST(test_room),
		TEST(test_no_room_after_a_stop),
		TEST(test_no_room_after_giving_up),
		TEST(test_grace),
		TEST(test_grace_begins_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
