/* Keys, addresses, headers, and the check of a project. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "store/supabase.h"
#include "support/fake_clock.h"
#include "support/fake_http.h"

/* {"alg":"HS256"} . {"role":ROLE} . signature */
#define SERVICE "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2ln"
#define ANON    "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2ln"
#define USER    "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYXV0aGVudGljYXRlZCJ9.c2ln"
#define SECRET  "sb_secret_0123456789"

static int init(struct supabase *db, const char *url, const char *key,
		const char *schema, struct error *err)
{
	const struct supabase_options o = { url, key, schema };

	return supabase_init(db, &o, err);
}

static bool has(char *const *lines, const char *line)
{
	for (; *lines; lines++)
		if (strcmp(*lines, line) == 0)
			return true;
	return false;
}

static void test_secret_key(void **state)
{
	struct supabase db;

	(void)state;
	assert_int_equal(init(&db, "https://p.supabase.co", SECRET, NULL, NULL),
			 0);
	for (int kind = 0; kind < ROW_KINDS; kind++) {
		char *const *lines = db.write_headers[kind].lines;

		assert_true(has(lines, "apikey: " SECRET));
		for (; *lines; lines++) {
			assert_true(http_header_valid(*lines));
			assert_null(strstr(*lines, "Authorization"));
			assert_null(strstr(*lines, "Profile"));
		}
	}
	assert_true(has(db.write_headers[ROW_RESULT].lines,
			"Prefer: resolution=merge-duplicates,"
			"return=representation"));
	assert_true(
		has(db.write_headers[ROW_LOG].lines, "Prefer: return=minimal"));
	supabase_release(&db);
}

static void test_jwt(void **state)
{
	struct supabase db;

	(void)state;
	assert_int_equal(
		init(&db, "https://p.supabase.co", SERVICE, "qa", NULL), 0);
	assert_true(
		has(db.write_headers[ROW_RESULT].lines, "apikey: " SERVICE));
	assert_true(has(db.write_headers[ROW_RESULT].lines,
			"Authorization: Bearer " SERVICE));
	assert_true(
		has(db.write_headers[ROW_RESULT].lines, "Content-Profile: qa"));
	assert_true(has(db.read_headers.lines, "Accept-Profile: qa"));
	assert_true(
		has(db.read_headers.lines, "Authorization: Bearer " SERVICE));
	supabase_release(&db);
}

static void test_addresses(void **state)
{
	static const char *const same[] = { "https://p.example",
					    "https://p.example/",
					    "https://p.example/rest/v1",
					    "https://p.example/rest/v1/" };

	(void)state;
	for (size_t i = 0; i < LENGTH(same); i++) {
		struct supabase db;

		assert_int_equal(init(&db, same[i], SECRET, NULL, NULL), 0);
		assert_int_equal(strncmp(db.write_urls[ROW_RESULT],
					 "https://p.example/rest/v1/"
					 "eavesly_evaluation_results?"
					 "on_conflict=call_id&",
					 73),
				 0);
		assert_int_equal(strncmp(db.write_urls[ROW_LOG],
					 "https://p.example/rest/v1/"
					 "eavesly_api_logs?columns=",
					 51),
				 0);
		supabase_release(&db);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *url, *key, *says;
	} rows[] = {
		{ "http://p.example", SECRET, "https" },
		{ "https://u:p@p.example", SECRET, "user" },
		{ "https://p.example/?a=b", SECRET, "query" },
		{ "https://p.example", "sb_publishable_012345", "publishable" },
		{ "https://p.example", ANON, "role anon" },
		{ "https://p.example", USER, "role authenticated" },
		{ "https://p.example", "0123456789", "no known kind" },
		{ "https://p.example", "a.b.c.d", "no known kind" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct error err = ERROR_INIT;
		struct supabase db;

		assert_int_equal(
			init(&db, rows[i].url, rows[i].key, NULL, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_non_null(strstr(err.text, rows[i].says));
		assert_null(strstr(err.text, "012345"));
		assert_null(strstr(err.text, "eyJ"));
		supabase_release(&db);
	}
}

/* A token whose claims cannot be read is the server's to judge. */
static void test_strange_jwt(void **state)
{
	static const char *const keys[] = { "a.b.c", "..", "e30.e30.x",
					    "a.%%%%.c" };

	(void)state;
	for (size_t i = 0; i < LENGTH(keys); i++) {
		struct supabase db;

		assert_int_equal(
			init(&db, "https://p.example", keys[i], NULL, NULL), 0);
		supabase_release(&db);
	}
}

static void test_check(void **state)
{
	struct error err = ERROR_INIT;
	struct fake_clock clock;
	struct fake_http far;
	struct supabase db;

	(void)state;
	fake_clock_init(&clock);
	fake_http_init(&far, &clock);
	assert_int_equal(init(&db, "https://p.example", SECRET, NULL, NULL), 0);
	fake_http_status(&far, 200, "[]")->applied =
		"resolution=merge-duplicates";
	fake_http_status(&far, 201, "");
	assert_int_equal(supabase_check(&db, &far.http, 1000, &err), 0);
	assert_int_equal(far.count, 2);
	for (int i = 0; i < 2; i++)
		assert_string_equal(far.requests[i].body, "[]");

	fake_http_status(&far, 200, "[]")->applied =
		"resolution=merge-duplicates";
	fake_http_status(&far, 404,
			 "{\"code\":\"PGRST205\",\"message\":"
			 "\"Could not find the table\"}");
	assert_int_equal(supabase_check(&db, &far.http, 1000, &err), -1);
	assert_int_equal(err.code, ERR_STORE);
	assert_non_null(strstr(err.text, "--print-sql"));
	supabase_release(&db);
	fake_http_release(&far);
	fake_clock_release(&clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret_key),
		cmocka_unit_test(test_jwt),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_strange_jwt),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
