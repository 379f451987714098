/* One batch through to the table: over a script of replies, without a wait. */
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
#include "store/batch.h"
#include "store/halving.h"
#include "support/fake_clock.h"
#include "support/fake_http.h"

#define MERGED "resolution=merge-duplicates, return=representation"
#define BAD    "{\"code\":\"23514\",\"message\":\"check\"}"

enum { MOST_ROWS = 40 };

struct fixture {
	struct fake_clock clock;
	struct fake_http far;
	struct supabase db;
	struct link link;
	struct row *rows[MOST_ROWS]; /* as they were put */
	size_t count;
};

static int setup(void **state)
{
	const struct supabase_options options = { .url = "https://p.example",
						  .key = "sb_secret_0" };
	struct fixture *f = xcalloc(1, sizeof(*f));

	*state = f;
	fake_clock_init(&f->clock);
	fake_http_init(&f->far, &f->clock);
	if (supabase_init(&f->db, &options, NULL) < 0)
		return -1;
	f->link = (struct link){ .db = &f->db,
				 .http = &f->far.http,
				 .clock = &f->clock.clock,
				 .timeout_ms = 60000,
				 .max_outage_ms = 30000 };
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < f->count; i++)
		row_free(f->rows[i]);
	supabase_release(&f->db);
	fake_http_release(&f->far);
	fake_clock_release(&f->clock);
	free(f);
	return 0;
}

static struct row *put(struct fixture *f, enum row_kind kind, const char *id,
		       int64_t evaluated)
{
	struct row *row = xcalloc(1, sizeof(*row));
	char text[200];

	row->kind = kind;
	row->call_id = kind == ROW_RESULT ? xstrdup(id) : NULL;
	row->correlation_id = xstrdup("eval_0");
	snprintf(text, sizeof(text), "{\"call_id\":\"%s\",\"at\":%d}", id,
		 (int)evaluated);
	row->text = xstrdup(text);
	row->len = strlen(text);
	row->evaluated = evaluated;
	row->order = f->count;
	f->rows[f->count++] = row;
	return row;
}

/* r0, r1, ... */
static void put_many(struct fixture *f, size_t n)
{
	char id[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "r%02zu", i);
		put(f, ROW_RESULT, id, 1);
	}
}

static void store(struct fixture *f)
{
	struct row *order[MOST_ROWS];

	memcpy(order, f->rows, sizeof(order));
	batch_store(&f->link, order, f->count);
}

/* The reply to rows from..to: all written, but those named in `but`. */
static void written(struct fixture *f, size_t from, size_t to, const char *but)
{
	struct fake_reply *reply;
	struct buf body;

	buf_init(&body, 100000);
	buf_putc(&body, '[');
	for (size_t i = from; i < to; i++)
		if (!but || strcmp(but, f->rows[i]->call_id) != 0)
			buf_printf(&body, "%s{\"call_id\":\"%s\"}",
				   body.len > 1 ? "," : "",
				   f->rows[i]->call_id);
	buf_putc(&body, ']');
	reply = fake_http_status(&f->far, 201, body.data);
	reply->applied = MERGED;
	buf_release(&body);
}

static void expect_fates(struct fixture *f, const char *letters)
{
	static const char of[] = { [ROW_WAITING] = '?',
				   [ROW_STORED] = 's',
				   [ROW_SAME] = '=',
				   [ROW_OLDER] = 'o',
				   [ROW_FAILED] = 'f' };
	char got[MOST_ROWS + 1] = "";

	for (size_t i = 0; i < f->count; i++)
		got[i] = of[f->rows[i]->fate];
	assert_string_equal(got, letters);
}

static void test_one_request(void **state)
{
	struct fixture *f = *state;

	put_many(f, 3);
	written(f, 0, 3, NULL);
	store(f);
	expect_fates(f, "sss");
	assert_int_equal(f->far.count, 1);
	assert_string_equal(f->far.requests[0].body,
			    "[{\"call_id\":\"r00\",\"at\":1},"
			    "{\"call_id\":\"r01\",\"at\":1},"
			    "{\"call_id\":\"r02\",\"at\":1}]");
	assert_non_null(
		strstr(f->far.requests[0].url,
		       "https://p.example/rest/v1/"
		       "eavesly_evaluation_results?on_conflict=call_id"));
}

static void test_trigger_held_one_back(void **state)
{
	struct fixture *f = *state;

	put_many(f, 3);
	written(f, 0, 3, "r01");
	store(f);
	expect_fates(f, "sos");
}

static void test_bad_row_is_isolated(void **state)
{
	struct fixture *f = *state;

	put_many(f, 5); /* 0..5 0..2 2..5 2..3 3..5 3..4 4..5, row 3 is bad */
	fake_http_status(&f->far, 400, BAD);
	written(f, 0, 2, NULL);
	fake_http_status(&f->far, 400, BAD);
	written(f, 2, 3, NULL);
	fake_http_status(&f->far, 400, BAD);
	fake_http_status(&f->far, 400, BAD);
	written(f, 4, 5, NULL);
	store(f);
	expect_fates(f, "sssfs");
	assert_int_equal(f->far.count, 7);
	assert_int_equal(f->clock.sleep_count, 0); /* nobody waits for that */
}

/* If none is taken it is not the rows: 20 are enough to know. */
static void test_all_bad(void **state)
{
	struct fixture *f = *state;

	put_many(f, 40);
	for (int i = 0; i < 60; i++)
		fake_http_status(&f->far, 400, BAD);
	store(f);
	for (size_t i = 0; i < f->count; i++)
		assert_int_equal(f->rows[i]->fate, ROW_FAILED);
	assert_true(f->far.count < 50);
	assert_non_null(strstr(f->link.gone[ROW_RESULT].text, "first 20"));
	assert_non_null(strstr(f->link.gone[ROW_RESULT].text, "23514"));
}

static void test_retry_after_doubt(void **state)
{
	struct fixture *f = *state;

	put_many(f, 2);
	fake_http_fault(&f->far, HTTP_TIMEOUT);
	f->far.script[0].maybe_done = true; /* merging again does no harm */
	fake_http_status(&f->far, 503, "{\"code\":\"PGRST002\"}");
	fake_http_status(&f->far, 500, "{\"code\":\"40P01\"}");
	written(f, 0, 2, NULL);
	store(f);
	expect_fates(f, "ss");
	assert_int_equal(f->far.count, 4);
	assert_false(f->link.down);
}

static void test_hint_is_obeyed(void **state)
{
	struct fixture *f = *state;

	put_many(f, 1);
	fake_http_status(&f->far, 503, "{}")->retry_after = "9";
	written(f, 0, 1, NULL);
	store(f);
	expect_fates(f, "s");
	assert_true(f->far.requests[1].at - f->far.requests[0].at >= 9000);
}

static void test_outage_ends(void **state)
{
	struct fixture *f = *state;
	int64_t begin = f->clock.now;
	size_t asked;

	put_many(f, 2);
	for (int i = 0; i < FAKE_REPLIES; i++)
		fake_http_fault(&f->far, HTTP_CONNECT);
	store(f);
	expect_fates(f, "ff");
	assert_true(f->clock.now - begin <= f->link.max_outage_ms);
	assert_true(f->clock.now - begin > f->link.max_outage_ms / 2);
	assert_non_null(
		strstr(f->link.gone[ROW_RESULT].text, "store-max-outage"));
	/* from now on nothing is asked */
	f->rows[0]->fate = f->rows[1]->fate = ROW_WAITING;
	asked = f->far.count;
	store(f);
	expect_fates(f, "ff");
	assert_int_equal(f->far.count, asked);
}

static void test_a_stop_ends_the_wait(void **state)
{
	struct fixture *f = *state;

	put_many(f, 1);
	f->clock.stop_at = 1; /* the first only asks whether it is over */
	for (int i = 0; i < 5; i++)
		fake_http_fault(&f->far, HTTP_CONNECT);
	store(f);
	expect_fates(f, "f");
	assert_int_equal(f->far.count, 1);
}

static void test_stop_is_for_all(void **state)
{
	struct fixture *f = *state;

	put_many(f, 3);
	fake_http_status(&f->far, 404, "{\"code\":\"PGRST205\"}");
	store(f);
	expect_fates(f, "fff");
	assert_int_equal(f->far.count, 1);
	assert_non_null(strstr(f->link.gone[ROW_RESULT].text, "--print-sql"));
	assert_int_equal(f->link.gone[ROW_LOG].code, ERR_NONE);
}

/* A statement that takes too long: once more, then with half of the rows. */
static void test_slow_statement(void **state)
{
	static const char slow[] = "{\"code\":\"57014\"}";
	struct fixture *f = *state;

	put_many(f, 2);
	fake_http_status(&f->far, 500, slow);
	fake_http_status(&f->far, 500, slow);
	written(f, 0, 1, NULL);
	written(f, 1, 2, NULL);
	store(f);
	expect_fates(f, "ss");
	assert_int_equal(f->far.count, 4);
}

static void test_reply_without_a_list(void **state)
{
	struct fixture *f = *state;

	put_many(f, 1);
	fake_http_status(&f->far, 201, "[{\"call_id\":\"r0")->applied = MERGED;
	written(f, 0, 1, NULL);
	store(f);
	expect_fates(f, "s");
	assert_int_equal(f->far.count, 2);
}

static void test_duplicates(void **state)
{
	struct fixture *f = *state;

	put(f, ROW_RESULT, "a", 5); /* older than the next */
	put(f, ROW_RESULT, "a", 9); /* sent, though not the last */
	put(f, ROW_RESULT, "b", 3);
	put(f, ROW_RESULT, "a", 9); /* the same once more: this one is sent */
	put(f, ROW_RESULT, "a", 7);
	fake_http_status(&f->far, 201,
			 "[{\"call_id\":\"a\"},{\"call_id\":\"b\"}]")
		->applied = MERGED;
	store(f);
	expect_fates(f, "o=sso");
	assert_string_equal(f->far.requests[0].body,
			    "[{\"call_id\":\"a\",\"at\":9},"
			    "{\"call_id\":\"b\",\"at\":3}]");
}

static void test_duplicates_fail_together(void **state)
{
	struct fixture *f = *state;

	put(f, ROW_RESULT, "a", 5);
	put(f, ROW_RESULT, "a", 9);
	fake_http_status(&f->far, 400, BAD);
	store(f);
	expect_fates(f, "ff");
}

static void test_logs(void **state)
{
	struct fixture *f = *state;

	put(f, ROW_LOG, "x", 0);
	put(f, ROW_LOG, "y", 0);
	fake_http_fault(&f->far, HTTP_CONNECT); /* it did not get there */
	fake_http_status(&f->far, 201, "")->applied = "return=minimal";
	store(f);
	expect_fates(f, "ss");
	assert_int_equal(f->far.count, 2);
	assert_non_null(strstr(f->far.requests[0].url, "/eavesly_api_logs?"));
}

/* A log that may have been written is not sent again: it would be two. */
static void test_logs_in_doubt(void **state)
{
	struct fixture *f = *state;

	put(f, ROW_LOG, "x", 0);
	put(f, ROW_LOG, "y", 0);
	fake_http_fault(&f->far, HTTP_TIMEOUT);
	f->far.script[0].maybe_done = true;
	store(f);
	expect_fates(f, "ff");
	assert_int_equal(f->far.count, 1);
	assert_int_equal(f->link.gone[ROW_LOG].code, ERR_NONE);
}

static void test_lookup(void **state)
{
	struct fixture *f = *state;

	f->link.compare = true;
	put(f, ROW_RESULT, "a \"b\\,(c)", 1000);
	put(f, ROW_RESULT, "new", 1000);
	fake_http_status(&f->far, 200,
			 "[{\"call_id\":\"a \\\"b\\\\,(c)\","
			 "\"api_evaluation_timestamp\":"
			 "\"2026-01-01T00:00:00+00:00\"}]");
	fake_http_status(&f->far, 201, "[{\"call_id\":\"new\"}]")->applied =
		MERGED;
	store(f);
	expect_fates(f, "os");
	assert_non_null(strstr(f->far.requests[0].url,
			       "&call_id=in.(%22a%20%5C%22b%5C%5C%2C%28c%29"
			       "%22,%22new%22)"));
}

static void test_lookup_fails(void **state)
{
	struct fixture *f = *state;

	f->link.compare = true;
	put_many(f, 2);
	fake_http_status(&f->far, 500, "{}");
	written(f, 0, 2, NULL);
	store(f);
	expect_fates(f, "ss");
}

/* Many long ids: several addresses; one too long for any is just sent. */
static void test_lookup_addresses(void **state)
{
	struct fixture *f = *state;
	char id[8000];

	f->link.compare = true;
	for (int i = 0; i < 6; i++) {
		snprintf(id, sizeof(id), "%d%01000d", i, 0);
		put(f, ROW_RESULT, id, 1);
	}
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	free(put(f, ROW_RESULT, "x", 1)->call_id);
	f->rows[6]->call_id = xstrdup(id);
	fake_http_status(&f->far, 200, "[]");
	fake_http_status(&f->far, 200, "[]");
	written(f, 0, 7, NULL);
	store(f);
	expect_fates(f, "sssssss");
	assert_int_equal(f->far.count, 3);
	assert_true(strlen(f->far.requests[0].url) <= LIMIT_STORE_URL + 1);
}

/* Whatever rows are bad: each is found, each other goes through once. */
static void test_halving(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 70; n++) {
		for (size_t bad = 0; bad < n; bad++) {
			size_t through = 0, found = n, other = (bad * 7) % n;
			struct halving h;
			struct range r;

			halving_init(&h, n);
			while (halving_next(&h, &r)) {
				bool spoilt = (bad >= r.from && bad < r.to) ||
					      (other >= r.from && other < r.to);

				if (!spoilt)
					through += r.to - r.from;
				else if (!halving_split(&h, r))
					found--;
			}
			assert_int_equal(through, n - (bad == other ? 1 : 2));
			assert_int_equal(found, through);
		}
	}
}

static void test_halving_deepest(void **state)
{
	struct halving h;
	struct range r;
	unsigned alone = 0;

	(void)state;
	halving_init(&h, LIMIT_STORE_BATCH);
	while (halving_next(&h, &r))
		if (!halving_split(&h, r))
			alone++;
	assert_int_equal(alone, LIMIT_STORE_BATCH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_request),
		TEST(test_trigger_held_one_back),
		TEST(test_bad_row_is_isolated),
		TEST(test_all_bad),
		TEST(test_retry_after_doubt),
		TEST(test_hint_is_obeyed),
		TEST(test_outage_ends),
		TEST(test_a_stop_ends_the_wait),
		TEST(test_stop_is_for_all),
		TEST(test_slow_statement),
		TEST(test_reply_without_a_list),
		TEST(test_duplicates),
		TEST(test_duplicates_fail_together),
		TEST(test_logs),
		TEST(test_logs_in_doubt),
		TEST(test_lookup),
		TEST(test_lookup_fails),
		TEST(test_lookup_addresses),
		cmocka_unit_test(test_halving),
		cmocka_unit_test(test_halving_deepest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
