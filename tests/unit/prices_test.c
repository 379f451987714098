/* What a list of models tells of prices, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "llm/prices.h"
#include "support/fake_http.h"
#include "support/samples.h"

static const char *const headers[] = { "Authorization: Bearer KEY", NULL };

static int fetch(struct fake_http *far, const char *const *models,
		 struct prices *prices, struct error *err)
{
	return prices_fetch(&far->http, "https://far.example/v1/models",
			    headers, models, 60000, prices, err);
}

static bool same(double a, double b)
{
	return a - b < 1e-15 && b - a < 1e-15;
}

/* One list, and what it says of the models; -1: no price. */
static const struct list_row {
	const char *list; /* with ' for " */
	const char *models[3];
	double in, out; /* -1: no price */
} list_rows[] = {
	{ "{'data':[{'id':'a','pricing':{'prompt':'0.0000025',"
	  "'completion':'0.00001'}}]}",
	  { "a" },
	  2.5e-6,
	  1e-5 },
	/* as numbers, with exponents, free */
	{ "{'data':[{'id':'a','pricing':{'prompt':0.5,"
	  "'completion':2}}]}",
	  { "a" },
	  0.5,
	  2 },
	{ "{'data':[{'id':'a','pricing':{'prompt':'1e-6',"
	  "'completion':'2.5E-6'}}]}",
	  { "a" },
	  1e-6,
	  2.5e-6 },
	{ "{'data':[{'id':'a','pricing':{'prompt':'0',"
	  "'completion':0}}]}",
	  { "a" },
	  0,
	  0 },
	/* the right one of several, by its whole name */
	{ "{'data':[{'id':'aa','pricing':{'prompt':'9',"
	  "'completion':'9'}},{'id':'A','pricing':{'prompt':'8',"
	  "'completion':'8'}},{'id':'a','pricing':{'prompt':'1',"
	  "'completion':'2'}},{'id':'b'}]}",
	  { "a" },
	  1,
	  2 },
	/* of several the dearest, each price for itself */
	{ "{'data':[{'id':'a','pricing':{'prompt':'1',"
	  "'completion':'9'}},{'id':'b','pricing':{'prompt':'3',"
	  "'completion':'2'}}]}",
	  { "a", "b" },
	  3,
	  9 },
	/* no such model, or none that tells */
	{ "{'data':[]}", { "a" }, -1, -1 },
	{ "{}", { "a" }, -1, -1 },
	{ "[]", { "a" }, -1, -1 },
	{ "{'data':[{'id':'a'}]}", { "a" }, -1, -1 },
	{ "{'data':[{'id':'a','pricing':null}]}", { "a" }, -1, -1 },
	{ "{'data':[{'id':'a','pricing':{'prompt':'1'}}]}", { "a" }, -1, -1 },
	{ "{'data':[{'id':'a','pricing':{'prompt':'1',"
	  "'completion':null}}]}",
	  { "a" },
	  -1,
	  -1 },
	{ "{'data':[{'id':7},null,'a',{'id':'a','pricing':"
	  "{'prompt':'','completion':'1'}}]}",
	  { "a" },
	  -1,
	  -1 },
	/* -1 is what a router's entry says: it depends */
	{ "{'data':[{'id':'a','pricing':{'prompt':'-1',"
	  "'completion':'-1'}}]}",
	  { "a" },
	  -1,
	  -1 },
	{ "{'data':[{'id':'a','pricing':{'prompt':-1,"
	  "'completion':-1}}]}",
	  { "a" },
	  -1,
	  -1 },
	{ "{'data':[{'id':'a','pricing':{'prompt':'inf',"
	  "'completion':'nan'}}]}",
	  { "a" },
	  -1,
	  -1 },
	{ "{'data':[{'id':'a','pricing':{'prompt':'1 ',"
	  "'completion':'0x1'}}]}",
	  { "a" },
	  -1,
	  -1 },
	/* one of them has none */
	{ "{'data':[{'id':'a','pricing':{'prompt':'1',"
	  "'completion':'1'}}]}",
	  { "a", "b" },
	  -1,
	  -1 },
};

static void lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(list_rows); i++) {
		const struct list_row *row = &list_rows[i];
		json_auto_t *list = sample_json(row->list);
		char *text = json_dumps(list, JSON_ENCODE_ANY);
		struct prices prices = { 0, 0 };
		struct error err = ERROR_INIT;
		struct fake_clock clock;
		struct fake_http far;
		int rc;

		fake_clock_init(&clock);
		fake_http_init(&far, &clock);
		fake_http_status(&far, 200, text);
		rc = fetch(&far, row->models, &prices, &err);
		if ((rc == 0) != (row->in >= 0))
			fail_msg("%s: %d %s", row->list, rc, err.text);
		if (rc == 0) {
			assert_true(same(prices.in, row->in));
			assert_true(same(prices.out, row->out));
		} else {
			assert_int_equal(error_status(err.code), EXIT_USAGE);
			assert_non_null(strstr(err.text, "price-input"));
		}
		assert_int_equal(far.count, 1);
		assert_string_equal(far.requests[0].url,
				    "https://far.example/v1/models");
		assert_string_equal(far.requests[0].headers,
				    "Authorization: Bearer KEY\n");
		assert_int_equal(far.requests[0].len, 0);
		fake_http_release(&far);
		fake_clock_release(&clock);
		free(text);
	}
}

/* Nothing that could be read: said, and said what helps. */
static void no_list(void **state)
{
	static const char *const models[] = { "a", NULL };
	static const struct {
		enum http_fault fault;
		int status;
		const char *body;
	} rows[] = {
		{ HTTP_CONNECT, 0, NULL },
		{ HTTP_TIMEOUT, 0, NULL },
		{ HTTP_CUT, 200, "{\"data\":[" },
		{ HTTP_OK, 404, "{\"error\":{}}" },
		{ HTTP_OK, 401, "" },
		{ HTTP_OK, 200, "" },
		{ HTTP_OK, 200, "<html>" },
		{ HTTP_OK, 200, "{\"data\":[" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct error err = ERROR_INIT;
		struct fake_clock clock;
		struct prices prices;
		struct fake_http far;

		fake_clock_init(&clock);
		fake_http_init(&far, &clock);
		fake_http_status(&far, rows[i].status,
				 rows[i].body ? rows[i].body : "")
			->fault = rows[i].fault;
		assert_int_equal(fetch(&far, models, &prices, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_non_null(strstr(err.text, "price-output"));
		fake_http_release(&far);
		fake_clock_release(&clock);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
