/* What replies of PostgREST and of its gateway lead to: the table, by rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "store/verdict.h"

static struct store_verdict judge(int status, const char *body,
				  const char *applied, bool first)
{
	struct store_verdict v;
	struct http_reply reply;

	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	reply.status = status;
	buf_puts(&reply.body, body);
	snprintf(reply.headers[HEADER_PREFERENCE_APPLIED], HTTP_HEADER_SIZE,
		 "%s", applied);
	store_judge(&reply, true, first, 0, &v);
	http_reply_release(&reply);
	return v;
}

static const char merged[] =
	"resolution=merge-duplicates, return=representation";

static void test_success(void **state)
{
	(void)state;
	assert_int_equal(judge(200, "[]", merged, false).remedy, STORE_DONE);
	assert_int_equal(judge(201, "[]", merged, true).remedy, STORE_DONE);
	/* rows were inserted, or ignored; not merged */
	assert_int_equal(
		judge(201, "[]", "return=representation", false).remedy,
		STORE_STOP);
	assert_int_equal(judge(201, "[]",
			       "resolution=ignore-duplicates, return=minimal",
			       false)
				 .remedy,
			 STORE_STOP);
	assert_int_equal(judge(200, "", "", false).remedy, STORE_STOP);
}

/* A status, a code in the body, and what follows. */
static const struct code_row {
	int status;
	const char *code;
	enum store_remedy remedy;
} codes[] = {
	{ 503, "08006", STORE_AGAIN },
	{ 503, "57P01", STORE_AGAIN },
	{ 500, "57014", STORE_AGAIN },
	{ 500, "40001", STORE_AGAIN },
	{ 500, "40P01", STORE_AGAIN },
	{ 500, "55P03", STORE_AGAIN },
	{ 503, "53300", STORE_AGAIN },
	{ 500, "53400", STORE_AGAIN },
	{ 500, "58030", STORE_AGAIN },
	{ 503, "PGRST000", STORE_AGAIN },
	{ 503, "PGRST001", STORE_AGAIN },
	{ 503, "PGRST002", STORE_AGAIN },
	{ 504, "PGRST003", STORE_AGAIN },
	{ 500, "21000", STORE_HALVE },
	{ 400, "22P05", STORE_HALVE },
	{ 400, "22P02", STORE_HALVE },
	{ 400, "22023", STORE_HALVE },
	{ 401, "22023", STORE_STOP },
	{ 409, "23505", STORE_HALVE },
	{ 409, "23503", STORE_HALVE },
	{ 400, "23502", STORE_HALVE },
	{ 400, "23514", STORE_HALVE },
	{ 400, "44000", STORE_HALVE },
	{ 500, "54000", STORE_HALVE },
	{ 400, "P0001", STORE_HALVE },
	{ 500, "XX000", STORE_HALVE },
	{ 400, "PGRST102", STORE_HALVE },
	{ 401, "42501", STORE_STOP },
	{ 403, "42501", STORE_STOP },
	{ 405, "25006", STORE_STOP },
	{ 403, "28000", STORE_STOP },
	{ 400, "3F000", STORE_STOP },
	{ 404, "42P01", STORE_STOP },
	{ 404, "PGRST205", STORE_STOP },
	{ 400, "42703", STORE_STOP },
	{ 400, "PGRST204", STORE_STOP },
	{ 400, "42P10", STORE_STOP },
	{ 400, "428C9", STORE_STOP },
	{ 400, "42804", STORE_STOP },
	{ 406, "PGRST106", STORE_STOP },
	{ 404, "PGRST125", STORE_STOP },
	{ 401, "PGRST301", STORE_STOP },
	{ 401, "PGRST303", STORE_STOP },
	{ 400, "PGRST122", STORE_STOP },
	/* codes that nobody has heard of */
	{ 400, "99999", STORE_HALVE },
	{ 500, "99999", STORE_AGAIN },
};

static void test_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(codes); i++) {
		struct store_verdict v;
		char body[200];

		snprintf(body, sizeof(body),
			 "{\"code\":\"%s\",\"details\":\"Failing row contains "
			 "(SECRET)\",\"hint\":null,\"message\":\"words\"}",
			 codes[i].code);
		v = judge(codes[i].status, body, "", false);
		if (v.remedy != codes[i].remedy)
			fail_msg("%d %s", codes[i].status, codes[i].code);
		assert_int_equal(v.error.code, ERR_STORE);
		assert_non_null(strstr(v.error.text, codes[i].code));
		assert_null(strstr(v.error.text, "SECRET"));
		assert_int_equal(v.slow, strcmp(codes[i].code, "57014") == 0);
	}
}

/* Every rule of the table is asked for above: none is dead. */
static void test_every_rule_is_used(void **state)
{
	(void)state;
	for (size_t i = 0; store_rule_code(i); i++) {
		const char *rule = store_rule_code(i);
		size_t n = strcspn(rule, "*"), k = 0;

		while (k < LENGTH(codes) &&
		       strncmp(codes[k].code, rule, n) != 0)
			k++;
		if (k == LENGTH(codes))
			fail_msg("no row asks for %s", rule);
	}
}

static const struct {
	int status;
	const char *body;
	enum store_remedy remedy;
	const char *says;
} statuses[] = {
	{ 400, "", STORE_HALVE, "HTTP 400" },
	{ 401, "{\"message\":\"Invalid API key\"}", STORE_STOP, "secret key" },
	{ 403, "{}", STORE_STOP, "secret key" },
	{ 404, "{\"message\":\"no Route matched\"}", STORE_STOP,
	  "supabase-url" },
	{ 413, "", STORE_HALVE, "larger" },
	{ 408, "", STORE_AGAIN, "" },
	{ 429, "{\"error\":{\"code\":429}}", STORE_AGAIN, "too many" },
	{ 500, "", STORE_AGAIN, "" },
	{ 502, "", STORE_AGAIN, "" },
	{ 522, "error code: 522", STORE_AGAIN, "" },
	{ 540, "", STORE_STOP, "paused" },
	{ 301, "", STORE_STOP, "supabase-url" },
	{ 204, "", STORE_STOP, "supabase-url" },
	/* web pages in the place of JSON */
	{ 200, "<!DOCTYPE html><html>", STORE_STOP, "paused" },
	{ 404, " \n<html>", STORE_STOP, "paused" },
	{ 503, "<html>", STORE_AGAIN, "paused" },
	{ 540, "<html>", STORE_STOP, "paused" },
};

static void test_statuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(statuses); i++) {
		struct store_verdict v = judge(statuses[i].status,
					       statuses[i].body, merged, false);

		if (v.remedy != statuses[i].remedy)
			fail_msg("row %zu: %d", i, statuses[i].status);
		assert_non_null(strstr(v.error.text, statuses[i].says));
		assert_int_equal(v.limited, statuses[i].status == 429);
	}
}

static void test_faults(void **state)
{
	static const struct {
		enum http_fault fault;
		bool first;
		enum store_remedy remedy;
	} rows[] = {
		{ HTTP_RESOLVE, true, STORE_STOP },
		{ HTTP_RESOLVE, false, STORE_AGAIN },
		{ HTTP_CONNECT, true, STORE_AGAIN },
		{ HTTP_TLS, true, STORE_AGAIN },
		{ HTTP_CERT, false, STORE_STOP },
		{ HTTP_TIMEOUT, false, STORE_AGAIN },
		{ HTTP_CUT, false, STORE_AGAIN },
		{ HTTP_STALE, false, STORE_AGAIN },
		{ HTTP_TOO_BIG, false, STORE_STOP },
		{ HTTP_PROXY, false, STORE_STOP },
		{ HTTP_REDIRECT, false, STORE_STOP },
		{ HTTP_GARBAGE, false, STORE_AGAIN },
		{ HTTP_STOPPED, false, STORE_AGAIN },
		{ HTTP_BROKEN, false, STORE_AGAIN },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct store_verdict v;
		struct http_reply reply;

		http_reply_init(&reply, LIMIT_REPLY_BYTES);
		http_reply_fail(&reply, rows[i].fault, "the line is cut");
		reply.possibly_billed = rows[i].fault == HTTP_TIMEOUT;
		store_judge(&reply, true, rows[i].first, 0, &v);
		assert_int_equal(v.remedy, rows[i].remedy);
		assert_int_equal(v.unanswered, rows[i].fault == HTTP_TIMEOUT);
		assert_non_null(strstr(v.error.text, "the line is cut"));
		http_reply_release(&reply);
	}
}

/* The server's own words are shown where they can hold no value of a row. */
static void test_words(void **state)
{
	static const char constraint[] =
		"{\"code\":\"23514\",\"message\":\"violates check constraint "
		"eavesly_results_score\",\"details\":\"(SECRET)\"}";
	static const char value[] =
		"{\"code\":\"22P02\",\"message\":\"invalid input syntax for "
		"type smallint: SECRET\"}";
	struct store_verdict v = judge(400, constraint, "", false);

	(void)state;
	assert_non_null(strstr(v.error.text, "eavesly_results_score"));
	assert_null(strstr(v.error.text, "SECRET"));
	v = judge(400, value, "", false);
	assert_null(strstr(v.error.text, "SECRET"));
	assert_non_null(strstr(v.error.text, "HTTP 400, 22P02"));
}

static void test_hint(void **state)
{
	struct store_verdict v;
	struct http_reply reply;

	(void)state;
	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	reply.status = 503;
	snprintf(reply.headers[HEADER_RETRY_AFTER], HTTP_HEADER_SIZE, "7");
	store_judge(&reply, true, false, 0, &v);
	assert_int_equal(v.hint_ms, 7000);
	http_reply_clear(&reply);
	reply.status = 503;
	store_judge(&reply, true, false, 0, &v);
	assert_int_equal(v.hint_ms, -1);
	http_reply_release(&reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_every_rule_is_used),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
