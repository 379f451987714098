/* What a failed reply means: faults, statuses, errors wherever they hide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "support/judging.h"

/* ---- below HTTP ------------------------------------------------------ */

static void faults(void **state)
{
	static const struct {
		enum http_fault fault;
		enum error_code code;
		enum remedy first, later;
	} rows[] = {
		{ HTTP_CONNECT, ERR_UPSTREAM_CONNECT, REMEDY_RETRY,
		  REMEDY_RETRY },
		{ HTTP_TLS, ERR_UPSTREAM_TLS, REMEDY_RETRY, REMEDY_RETRY },
		{ HTTP_TIMEOUT, ERR_UPSTREAM_TIMEOUT, REMEDY_RETRY,
		  REMEDY_RETRY },
		{ HTTP_CUT, ERR_UPSTREAM_TRUNCATED, REMEDY_RETRY,
		  REMEDY_RETRY },
		{ HTTP_STALE, ERR_UPSTREAM_TRUNCATED, REMEDY_RETRY,
		  REMEDY_RETRY },
		{ HTTP_TOO_BIG, ERR_UPSTREAM_TOO_LARGE, REMEDY_GIVE_UP,
		  REMEDY_GIVE_UP },
		{ HTTP_REDIRECT, ERR_UPSTREAM_STATUS, REMEDY_GIVE_UP,
		  REMEDY_GIVE_UP },
		{ HTTP_GARBAGE, ERR_UPSTREAM_TRUNCATED, REMEDY_RETRY,
		  REMEDY_RETRY },
		{ HTTP_STOPPED, ERR_STOPPED, REMEDY_GIVE_UP, REMEDY_GIVE_UP },
		{ HTTP_BROKEN, ERR_UPSTREAM_CONNECT, REMEDY_RETRY,
		  REMEDY_RETRY },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct judged row = { .what = error_name(rows[i].code),
				      .given = { .fault = rows[i].fault,
						 .body = GOOD,
						 .status = 200 },
				      .code = rows[i].code };

		row.remedy = rows[i].first;
		judge_check(&row);
		row.given.later = true;
		row.remedy = rows[i].later;
		judge_check(&row);
	}
}

/* Wrong host, certificate or proxy: no call of the run can work. */
static void faults_of_configuration(void **state)
{
	static const struct {
		enum http_fault fault;
		enum remedy later;
		enum error_code code;
	} rows[] = {
		{ HTTP_RESOLVE, REMEDY_RETRY, ERR_UPSTREAM_CONNECT },
		{ HTTP_CERT, REMEDY_GIVE_UP, ERR_UPSTREAM_TLS },
		{ HTTP_PROXY, REMEDY_GIVE_UP, ERR_UPSTREAM_CONNECT },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct given given = { .fault = rows[i].fault };
		struct verdict v;

		judge(&given, &v);
		judge_check_sound(&v);
		assert_int_equal(v.remedy, REMEDY_STOP);
		assert_int_equal(v.stop, ERR_CONFIG);
		assert_int_equal(error_status(v.stop), EXIT_USAGE);
		verdict_release(&v);
		given.later = true;
		judge(&given, &v);
		judge_check_sound(&v);
		assert_int_equal(v.remedy, rows[i].later);
		assert_int_equal(v.error.code, rows[i].code);
		verdict_release(&v);
	}
}

/* The run stops for its settings; the record says what happened to it. */
static void a_stopping_fault_has_a_record_code(void **state)
{
	static const struct judged rows[] = {
		{ "no such host",
		  { .fault = HTTP_RESOLVE },
		  REMEDY_STOP,
		  ERR_UPSTREAM_CONNECT,
		  ERR_CONFIG },
		{ "a wrong certificate",
		  { .fault = HTTP_CERT },
		  REMEDY_STOP,
		  ERR_UPSTREAM_TLS,
		  ERR_CONFIG },
		{ "a proxy that refuses us",
		  { .fault = HTTP_PROXY },
		  REMEDY_STOP,
		  ERR_UPSTREAM_CONNECT,
		  ERR_CONFIG },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		judge_check(&rows[i]);
}

/* ---- statuses -------------------------------------------------------- */

static struct judged expect_status(int status)
{
	static const int again[] = { 408, 409, 425, 429, 500, 502, 503,
				     504, 520, 521, 522, 523, 524, 529 };
	struct judged row = { .remedy = REMEDY_GIVE_UP,
			      .code = ERR_UPSTREAM_STATUS,
			      .given = { .status = status } };

	for (size_t i = 0; i < LENGTH(again); i++)
		if (status == again[i])
			row.remedy = REMEDY_RETRY;
	if (status == 429)
		row.code = ERR_UPSTREAM_RATE_LIMIT;
	if (status == 401 || status == 403)
		row.code = ERR_UPSTREAM_AUTH;
	if (status == 402)
		row.code = ERR_UPSTREAM_CREDIT;
	if (status >= 401 && status <= 403) {
		row.remedy = REMEDY_STOP;
		row.stop = row.code;
		assert_int_equal(error_status(row.stop), EXIT_REFUSED);
	}
	return row;
}

/* Whether the body says so too, says nothing, or is no JSON at all. */
static void statuses(void **state)
{
	static const char *const bodies[] = { "{'error':{'message':'no'}}",
					      "{'error':'no'}",
					      "{}",
					      "[]",
					      "",
					      "Bad luck\n",
					      "null" };
	char what[32], body[64];

	(void)state;
	for (int status = 300; status < 600; status++) {
		struct judged row = expect_status(status);

		snprintf(what, sizeof(what), "HTTP %d", status);
		row.what = what;
		for (size_t i = 0; i < 2 * LENGTH(bodies); i++) {
			row.given.body = bodies[i / 2];
			row.given.later = i % 2;
			judge_check(&row);
		}
		snprintf(body, sizeof(body), "{'error':{'code':%d}}", status);
		row.given.body = body;
		judge_check(&row);
		/* a good body under a bad status is no good reply */
		row.given.body = GOOD;
		judge_check(&row);
	}
}

static void good_statuses(void **state)
{
	(void)state;
	for (int status = 200; status < 300; status++) {
		struct judged row = { .what = "2xx with a whole answer",
				      .given = { .status = status,
						 .body = GOOD } };

		judge_check(&row);
		row = (struct judged){ .what = "2xx without a body",
				       .given = { .status = status },
				       .remedy = REMEDY_RETRY,
				       .code = ERR_UPSTREAM_TRUNCATED };
		judge_check(&row);
	}
}

/* ---- errors wherever they hide --------------------------------------- */

static const struct judged hidden_rows[] = {
	{ "a number", BODY("{'error':{'code':429}}"), RATE },
	{ "a numeric string", BODY("{'error':{'code':'429'}}"), RATE },
	{ "code null, http_status",
	  BODY("{'error':{'code':null,'http_status':429}}"), RATE },
	{ "no code, http_status", BODY("{'error':{'http_status':503}}"),
	  AGAIN },
	{ "a word for a code, http_status",
	  BODY("{'error':{'code':'capacity_exhausted','http_status':429}}"),
	  RATE },
	{ "error_type", BODY("{'error':{'error_type':'rate_limit_exceeded'}}"),
	  RATE },
	{ "metadata.error_type",
	  BODY("{'error':{'code':null,'metadata':{'error_type':"
	       "'rate_limit_exceeded'}}}"),
	  RATE },
	{ "authentication", BODY("{'error':{'error_type':'authentication'}}"),
	  NO_KEY },
	{ "payment_required",
	  BODY("{'error':{'error_type':'payment_required'}}"), NO_MONEY },
	{ "permission_denied",
	  BODY("{'error':{'error_type':'permission_denied'}}"), NO_KEY },
	{ "not_found", BODY("{'error':{'error_type':'not_found'}}"), ENOUGH },
	{ "provider_unavailable",
	  BODY("{'error':{'error_type':'provider_unavailable'}}"), AGAIN },
	{ "provider_overloaded",
	  BODY("{'error':{'error_type':'provider_overloaded'}}"), AGAIN },
	{ "timeout", BODY("{'error':{'error_type':'timeout'}}"), AGAIN },
	{ "server", BODY("{'error':{'error_type':'server'}}"), AGAIN },
	{ "an error_type nobody knows",
	  BODY("{'error':{'error_type':'unmapped'}}"), AGAIN },
	{ "nothing but an error", BODY("{'error':{}}"), AGAIN },
	{ "an error that is a word", BODY("{'error':'overloaded'}"), AGAIN },
	{ "an error that is true", BODY("{'error':true}"), AGAIN },
	{ "a null error is none",
	  BODY("{'error':null,'choices':[{'message':{'content':'{}'}}]}"),
	  REMEDY_NONE, ERR_NONE, ERR_NONE },
	{ "an error beside choices",
	  BODY("{'error':{'code':502},'choices':[{'message':"
	       "{'content':'{}'}}]}"),
	  AGAIN },
	{ "an error beside null choices",
	  BODY("{'error':{'code':429},'choices':null}"), RATE },
	{ "401 told within 200", BODY("{'error':{'code':401}}"), NO_KEY },
	{ "402 told within 200", BODY("{'error':{'code':'402'}}"), NO_MONEY },
	{ "400 told within 200", BODY("{'error':{'code':400}}"), ENOUGH },
	{ "408 told within 200", BODY("{'error':{'code':408}}"), AGAIN },
	{ "a code that is no status", BODY("{'error':{'code':7}}"), AGAIN },
	{ "in the choice",
	  BODY(CHAT("{'finish_reason':'error','error':{'code':429},"
		    "'message':{'content':'{'}}")),
	  RATE },
	{ "in the choice, without a code",
	  BODY(CHAT("{'finish_reason':'error','error':{'message':'gone'},"
		    "'message':{'content':'{}'}}")),
	  AGAIN },
	{ "in the choice, with a type",
	  BODY(CHAT("{'error':{'metadata':{'error_type':"
		    "'provider_overloaded'}},'message':{'content':'{}'}}")),
	  AGAIN },
	{ "in the choice, of the content",
	  BODY(CHAT("{'error':{'metadata':{'error_type':'refusal'}},"
		    "'message':{'content':'{}'}}")),
	  REFUSED },
	{ "a null error in the choice is none",
	  BODY(CHAT("{'error':null,'message':{'content':'{}'}}")), REMEDY_NONE,
	  ERR_NONE, ERR_NONE },
	/* not about us: this call's words */
	{ "moderation: reasons",
	  { .status = 403,
	    .body = "{'error':{'code':403,'message':'flagged','metadata':"
		    "{'reasons':['fraud'],'flagged_input':'" SECRET "'}}}" },
	  REFUSED },
	{ "moderation: only flagged_input",
	  { .status = 403,
	    .body = "{'error':{'message':'flagged','metadata':"
		    "{'flagged_input':'" SECRET "'}}}" },
	  REFUSED },
	{ "a guardrail's patterns",
	  { .status = 403,
	    .body = "{'error':{'code':403,'metadata':{'patterns':['x'],"
		    "'raw':'" SECRET "'}}}" },
	  REFUSED },
	{ "moderation told within 200",
	  BODY("{'error':{'code':403,'metadata':{'reasons':['x'],"
	       "'flagged_input':'" SECRET "'}}}"),
	  REFUSED },
	{ "a content policy",
	  { .status = 400,
	    .body = "{'error':{'code':400,'metadata':{'error_type':"
		    "'content_policy_violation'}}}" },
	  REFUSED },
	{ "refusal as an error_type",
	  BODY("{'error':{'error_type':'refusal'}}"), REFUSED },
	{ "403 of the key",
	  { .status = 403,
	    .body = "{'error':{'code':403,'metadata':{'provider_name':"
		    "'acme'}}}" },
	  NO_KEY },
	/* a budget that refills is a rate limit */
	{ "402 with Retry-After",
	  { .status = 402, .body = "{'error':{}}", .retry_after = "30" },
	  RATE },
	{ "402 with Retry-After 0",
	  { .status = 402, .body = "", .retry_after = "0" },
	  RATE },
	{ "402 with a Retry-After that says nothing",
	  { .status = 402, .body = "", .retry_after = "soon" },
	  NO_MONEY },
	{ "402 with retry_after in the body",
	  { .status = 402,
	    .body = "{'error':{'availability':{'retry_after':3}}}" },
	  RATE },
	/* availability.retryable decides where both are possible */
	{ "not retryable",
	  { .status = 503,
	    .body = "{'error':{'availability':{'retryable':false}}}" },
	  ENOUGH },
	{ "retryable although 404",
	  { .status = 404,
	    .body = "{'error':{'availability':{'retryable':true}}}" },
	  AGAIN },
	{ "retryable changes nothing for a key",
	  { .status = 401,
	    .body = "{'error':{'availability':{'retryable':true}}}" },
	  NO_KEY },
	{ "not retryable, 429, told within 200",
	  BODY("{'error':{'code':429,'availability':{'retryable':false}}}"),
	  REMEDY_GIVE_UP, ERR_UPSTREAM_RATE_LIMIT, ERR_NONE },
};

static void errors_wherever_they_hide(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(hidden_rows); i++) {
		struct judged row = hidden_rows[i];

		judge_check(&row);
		row.given.later = true;
		judge_check(&row);
	}
}

/* The error_types of 400, 413 and 422: the same again would fail again. */
static void types_of_bad_requests(void **state)
{
	static const char *const types[] = { "context_length_exceeded",
					     "max_tokens_exceeded",
					     "token_limit_exceeded",
					     "invalid_request",
					     "invalid_prompt",
					     "payload_too_large",
					     "unprocessable" };

	(void)state;
	for (size_t i = 0; i < LENGTH(types); i++) {
		struct judged row = { types[i], { .status = 200 }, ENOUGH };
		char body[128];

		snprintf(body, sizeof(body), "{'error':{'error_type':'%s'}}",
			 types[i]);
		row.given.body = body;
		judge_check(&row);
	}
}

static void codes_that_are_no_status(void **state)
{
	static const struct judged rows[] = {
		/* 429 in its lower half */
		{ "beyond 32 bits", BODY("{'error':{'code':4294967725}}"),
		  AGAIN },
		/* no reasons are no moderation: it is about the key */
		{ "null reasons",
		  { .status = 403,
		    .body = "{'error':{'metadata':{'reasons':null}}}" },
		  NO_KEY },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		judge_check(&rows[i]);
}

/* Gateways answer in HTML: their status and their Retry-After still count. */
static void a_page_has_a_status(void **state)
{
#define PAGE .body = "<html><h1>No</h1></html>", .type = "text/html"
	static const struct {
		struct judged row;
		int64_t hint_ms;
	} rows[] = {
		{ { "401", { .status = 401, PAGE }, NO_KEY }, -1 },
		{ { "401 later",
		    { .status = 401, PAGE, .later = true },
		    NO_KEY },
		  -1 },
		{ { "404 later",
		    { .status = 404, PAGE, .later = true },
		    ENOUGH },
		  -1 },
		{ { "429 later",
		    { .status = 429, PAGE, .retry_after = "9", .later = true },
		    RATE },
		  9000 },
		{ { "503 later",
		    { .status = 503, PAGE, .retry_after = "9", .later = true },
		    AGAIN },
		  9000 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct verdict v;

		judge_check(&rows[i].row);
		judge(&rows[i].row.given, &v);
		assert_int_equal(v.hint_ms, rows[i].hint_ms);
		verdict_release(&v);
	}
}

static void hints(void **state)
{
	static const struct {
		const char *retry_after, *body;
		int64_t ms;
	} rows[] = {
		{ NULL, "{}", -1 },
		{ "7", "{}", 7000 },
		{ "1.5", "{}", 1500 },
		{ "0", "{}", 0 },
		{ "-3", "{}", -1 },
		{ "soon", "{}", -1 },
		/* FAKE_WALL and a minute */
		{ "Thu, 15 Jan 2026 10:31:00 GMT", "{}", 60000 },
		{ "Thu, 15 Jan 2026 10:29:00 GMT", "{}", 0 },
		{ NULL, "{'error':{'availability':{'retry_after':40}}}",
		  40000 },
		{ NULL, "{'error':{'availability':{'retry_after':0.25}}}",
		  250 },
		{ NULL, "{'error':{'availability':{'retry_after':-1}}}", -1 },
		{ NULL, "{'error':{'availability':{'retry_after':1e300}}}",
		  -1 },
		{ NULL, "{'error':{'availability':{'retry_after':null}}}", -1 },
		{ "2", "{'error':{'availability':{'retry_after':40}}}", 2000 },
		/* an hour is told as it is; whether to wait is decided later */
		{ "3600", "{}", 3600000 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct given given = {
			.status = 429,
			.body = rows[i].body,
			.retry_after = rows[i].retry_after
		};
		struct verdict v;

		judge(&given, &v);
		assert_int_equal(v.hint_ms, rows[i].ms);
		assert_int_equal(v.remedy, REMEDY_RETRY);
		verdict_release(&v);
	}
}

/* What the upstream says is shown cut, at a character's boundary. */
static void long_messages_are_cut(void **state)
{
	char body[1200] = "{'error':{'code':400,'message':'";
	const struct given given = { .status = 400, .body = body };
	struct verdict v;

	(void)state;
	for (int i = 0; i < 300; i++)
		strncat(body, "\xe2\x82\xac", 4);
	strncat(body, "'}}", 4);
	judge(&given, &v);
	judge_check_sound(&v);
	assert_true(strlen(v.error.text) > 100);
	assert_memory_equal(v.error.text + strlen(v.error.text) - 3,
			    "\xe2\x82\xac", 3);
	verdict_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults),
		cmocka_unit_test(faults_of_configuration),
		cmocka_unit_test(statuses),
		cmocka_unit_test(good_statuses),
		cmocka_unit_test(errors_wherever_they_hide),
		cmocka_unit_test(a_stopping_fault_has_a_record_code),
		cmocka_unit_test(types_of_bad_requests),
		cmocka_unit_test(codes_that_are_no_status),
		cmocka_unit_test(a_page_has_a_status),
		cmocka_unit_test(hints),
		cmocka_unit_test(long_messages_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
