/* What a reply of a good status means: choices, content, usage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "support/judging.h"

/* ---- a good status --------------------------------------------------- */

static const struct judged answer_rows[] = {
	{ "choices missing", BODY("{'id':'gen-1'}"), TORN },
	{ "choices null", BODY("{'choices':null}"), TORN },
	{ "choices empty", BODY("{'choices':[]}"), TORN },
	{ "choices an object", BODY("{'choices':{}}"), TORN },
	{ "a null choice", BODY(CHAT("null")), TORN },
	{ "an empty choice", BODY(CHAT("{}")), TORN },
	{ "stop", BODY(GOOD), USABLE },
	{ "finish_reason null", BODY(CHOICE("null", "{'content':'{}'}")),
	  USABLE },
	{ "a finish_reason nobody knows",
	  BODY(CHOICE("'eos'", "{'content':'{}'}")), USABLE },
	{ "length", BODY(CHOICE("'length'", "{'content':'{'}")), LONGER },
	{ "length, although it looks whole",
	  BODY(CHOICE("'length'", "{'content':'{}'}")), LONGER },
	{ "length, nothing said", BODY(CHOICE("'length'", "{'content':null}")),
	  LONGER },
	{ "content_filter",
	  BODY(CHOICE("'content_filter'", "{'content':'" SECRET "'}")),
	  REFUSED },
	{ "error", BODY(CHOICE("'error'", "{'content':'{}'}")), AGAIN },
	{ "tool_calls", BODY(CHOICE("'tool_calls'", "{'content':null}")),
	  TORN },
	{ "a refusal",
	  BODY(CHOICE("'stop'", "{'content':null,'refusal':'" SECRET "'}")),
	  REFUSED },
	{ "a refusal beside content",
	  BODY(CHOICE("'stop'", "{'content':'{}','refusal':'no'}")), REFUSED },
	{ "an empty refusal is none",
	  BODY(CHOICE("'stop'", "{'content':'{}','refusal':''}")), USABLE },
	{ "a null refusal is none",
	  BODY(CHOICE("'stop'", "{'content':'{}','refusal':null}")), USABLE },
	{ "content null", BODY(CHOICE("'stop'", "{'content':null}")), TORN },
	{ "content empty", BODY(CHOICE("'stop'", "{'content':''}")), TORN },
	{ "content white", BODY(CHOICE("'stop'", "{'content':' \\n\\t'}")),
	  TORN },
	{ "content of no parts", BODY(CHOICE("'stop'", "{'content':[]}")),
	  TORN },
	{ "no message", BODY(CHAT("{'finish_reason':'stop'}")), TORN },
	/* what is not one whole JSON document */
	{ "white space to keep alive, then nothing", BODY(" \n \n  \n"), TORN },
	{ "white space to keep alive, then the reply", BODY("\n\n  \n" GOOD),
	  USABLE },
	{ "cut off", BODY("{'choices':[{'message':{'content':'{}'"), TORN },
	{ "two documents", BODY(GOOD GOOD), TORN },
	{ "something after it", BODY(GOOD " x"), TORN },
	{ "a repeated key", BODY("{'choices':[],'choices':[]}"), TORN },
	{ "an array", BODY("[" GOOD "]"), TORN },
	{ "a string", BODY("'fine'"), TORN },
	{ "a stream of events", BODY("data: " GOOD "\n\ndata: [DONE]\n"),
	  TORN },
	{ "plain words", BODY("upstream connect error"), TORN },
	{ "NaN", BODY("{'choices':NaN}"), TORN },
	/* a page instead: portal or wrong address, if it is the first */
	{ "HTML first",
	  { .status = 200, .body = "<html>Sign in</html>" },
	  REMEDY_STOP,
	  ERR_UPSTREAM_STATUS,
	  ERR_TEMPORARY },
	{ "HTML first, with a doctype",
	  { .status = 200, .body = "\r\n <!DOCTYPE HTML><p>" },
	  REMEDY_STOP,
	  ERR_UPSTREAM_STATUS,
	  ERR_TEMPORARY },
	{ "HTML first, by its type",
	  { .status = 200, .body = "<p>Hi", .type = "Text/HTML; charset=x" },
	  REMEDY_STOP,
	  ERR_UPSTREAM_STATUS,
	  ERR_TEMPORARY },
	{ "HTML later",
	  { .status = 200, .body = "<html>Sign in</html>", .later = true },
	  AGAIN },
	{ "JSON that calls itself HTML",
	  { .status = 200, .body = GOOD, .type = "text/html" },
	  USABLE },
};

static void answers(void **state)
{
	(void)state;
	assert_int_equal(error_status(ERR_TEMPORARY), EXIT_TEMPORARY);
	for (size_t i = 0; i < LENGTH(answer_rows); i++)
		judge_check(&answer_rows[i]);
}

static void bytes_that_are_no_text(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
#define BYTES(s) { s, sizeof(s) - 1 }
		BYTES("{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}"),
		BYTES("{\"choices\":[{\"message\":{\"content\":\"\xc3\"}}]}"),
		BYTES("{\"choices\":[{\"message\":{\"content\":\"\\ud800\"}}]"
		      "}"),
		BYTES("{\"choices\":[{\"message\":{\"content\":\"{}\"}}]}\0"),
		BYTES("{\"choices\":[1\0]}"),
		BYTES("\0"),
		BYTES("\xff\xfe{\0}\0"),
	};
	const struct given given = { .status = 200 };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct verdict v;

		judge_bytes(&given, rows[i].bytes, rows[i].len, &v);
		judge_check_sound(&v);
		assert_int_equal(v.remedy, REMEDY_RETRY);
		assert_int_equal(v.error.code, ERR_UPSTREAM_TRUNCATED);
		verdict_release(&v);
	}
}

static void a_byte_order_mark_is_no_fault(void **state)
{
	const struct judged row = { "a byte order mark",
				    BODY("\xef\xbb\xbf" GOOD), USABLE };

	(void)state;
	judge_check(&row);
}

static void contents(void **state)
{
	static const struct {
		const char *message, *content;
	} rows[] = {
		{ "{'content':'{}'}", "{}" },
		{ "{'content':' {} '}", " {} " },
		{ "{'content':'\\u00fc\\n'}", "\xc3\xbc\n" },
		{ "{'content':[{'type':'text','text':'{'},"
		  "{'type':'text','text':'}'}]}",
		  "{}" },
		{ "{'content':[{'type':'image_url','image_url':{}},"
		  "{'type':'text','text':'x'},{'text':null},7]}",
		  "x" },
		{ "{'content':'{}','reasoning':'long','tool_calls':null}",
		  "{}" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char body[512];
		const struct given given = { .status = 200, .body = body };
		struct verdict v;

		snprintf(body, sizeof(body),
			 "{'choices':[{'finish_reason':'stop','message':%s}]}",
			 rows[i].message);
		judge(&given, &v);
		assert_int_equal(v.remedy, REMEDY_NONE);
		assert_string_equal(v.content, rows[i].content);
		assert_int_equal(v.content_len, strlen(rows[i].content));
		verdict_release(&v);
	}
}

/* ---- what it cost ---------------------------------------------------- */

static void usage(void **state)
{
	static const struct {
		const char *usage;
		struct usage expected;
	} rows[] = {
		{ "null", { .cost_known = false } },
		{ "{}", { .cost_known = false } },
		{ "{'prompt_tokens':9120,'completion_tokens':411,'cost':0.0139,"
		  "'prompt_tokens_details':{'cached_tokens':8960}}",
		  { .tokens_in = 9120,
		    .tokens_out = 411,
		    .tokens_cached = 8960,
		    .cost = 0.0139,
		    .cost_known = true } },
		{ "{'cost':0}", { .cost_known = true } },
		{ "{'cost':null,'prompt_tokens':null}",
		  { .cost_known = false } },
		{ "{'cost':-1,'prompt_tokens':-5}", { .cost_known = false } },
		{ "{'cost':'0.1','prompt_tokens':'7'}",
		  { .cost_known = false } },
		{ "{'prompt_tokens':3,'prompt_tokens_details':null}",
		  { .tokens_in = 3 } },
	};

	(void)state;
	for (size_t i = 0; i < 2 * LENGTH(rows); i++) {
		const struct usage *expected = &rows[i / 2].expected;
		char body[512];
		const struct given given = { .status = i % 2 ? 500 : 200,
					     .body = body };
		struct verdict v;

		/* lost replies are paid for, too: an error's usage counts */
		snprintf(body, sizeof(body),
			 "{'choices':[{'message':{'content':'{}'}}],"
			 "'model':'acme/grader-2','usage':%s}",
			 rows[i / 2].usage);
		judge(&given, &v);
		assert_string_equal(v.model, "acme/grader-2");
		assert_int_equal(v.usage.tokens_in, expected->tokens_in);
		assert_int_equal(v.usage.tokens_out, expected->tokens_out);
		assert_int_equal(v.usage.tokens_cached,
				 expected->tokens_cached);
		assert_true(v.usage.cost == expected->cost);
		assert_int_equal(v.usage.cost_known, expected->cost_known);
		verdict_release(&v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(a_byte_order_mark_is_no_fault),
		cmocka_unit_test(contents),
		cmocka_unit_test(usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
