/* --check: what the endpoint's reply says of it and of the key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "run/check.h"
#include "run/endpoint.h"

static void judges(void **state)
{
	static const struct {
		bool openrouter;
		enum http_fault fault;
		int status;
		const char *body;
		enum error_code code;
	} rows[] = {
		{ true, HTTP_OK, 200,
		  "{\"data\":{\"label\":\"a\",\"limit_remaining\":null}}",
		  ERR_NONE },
		{ true, HTTP_OK, 200, "{\"data\":{}}", ERR_NONE },
		{ true, HTTP_OK, 200, "{\"data\":{\"limit_remaining\":0.01}}",
		  ERR_NONE },
		{ true, HTTP_OK, 200, "{\"data\":{\"limit_remaining\":0}}",
		  ERR_UPSTREAM_CREDIT },
		{ true, HTTP_OK, 200, "{\"data\":{\"limit_remaining\":-2.5}}",
		  ERR_UPSTREAM_CREDIT },
		{ true, HTTP_OK, 200, "{\"data\":[]}", ERR_TEMPORARY },
		{ true, HTTP_OK, 200, "<html>", ERR_TEMPORARY },
		{ true, HTTP_OK, 200, "", ERR_TEMPORARY },
		{ true, HTTP_OK, 404, "", ERR_TEMPORARY },
		{ true, HTTP_OK, 401, "sk-secret", ERR_UPSTREAM_AUTH },
		{ true, HTTP_OK, 403, "", ERR_UPSTREAM_AUTH },
		{ true, HTTP_OK, 402, "", ERR_UPSTREAM_CREDIT },
		{ true, HTTP_OK, 429, "", ERR_TEMPORARY },
		{ true, HTTP_OK, 503, "", ERR_TEMPORARY },
		{ true, HTTP_TIMEOUT, 0, "", ERR_TEMPORARY },
		{ true, HTTP_CERT, 0, "", ERR_CONFIG },
		{ true, HTTP_RESOLVE, 0, "", ERR_CONFIG },
		{ false, HTTP_OK, 200, "anything", ERR_NONE },
		{ false, HTTP_OK, 404, "", ERR_NONE },
		{ false, HTTP_OK, 405, "", ERR_NONE },
		{ false, HTTP_OK, 401, "sk-secret", ERR_UPSTREAM_AUTH },
		{ false, HTTP_OK, 500, "", ERR_TEMPORARY },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct error err = ERROR_INIT;
		struct http_reply reply;

		http_reply_init(&reply, LIMIT_REPLY_BYTES);
		reply.fault = rows[i].fault;
		reply.status = rows[i].status;
		buf_puts(&reply.body, rows[i].body);
		assert_int_equal(check_judge(&reply, rows[i].openrouter, &err),
				 rows[i].code == ERR_NONE ? 0 : -1);
		assert_int_equal(err.code, rows[i].code);
		assert_null(strstr(err.text, "sk-secret"));
		http_reply_release(&reply);
	}
}

static void knows_openrouter(void **state)
{
	(void)state;
	assert_true(is_openrouter("https://openrouter.ai/api/v1"));
	assert_true(is_openrouter("https://eu.OpenRouter.ai./v1"));
	assert_false(is_openrouter("https://notopenrouter.ai/v1"));
	assert_false(is_openrouter("https://openrouter.ai.example.com/v1"));
	assert_false(is_openrouter("http://127.0.0.1:8080/openrouter.ai"));
	assert_false(is_openrouter("nonsense"));
}

static void makes_urls(void **state)
{
	char *url = endpoint_url("https://a.b/v1", "/key");

	(void)state;
	assert_string_equal(url, "https://a.b/v1/key");
	free(url);
	url = endpoint_url("https://a.b/v1?api-version=2", "/key");
	assert_string_equal(url, "https://a.b/v1/key?api-version=2");
	free(url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(knows_openrouter),
		cmocka_unit_test(makes_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
