/* Rows out of reports: columns, text that jsonb takes, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/json.h"
#include "store/row.h"

static const char report_text[] =
	"{\"call_id\":\"c-1\",\"agent_id\":\"a-1\","
	"\"correlation_id\":\"eval_0\",\"timestamp\":"
	"\"2026-03-01T10:00:00.250Z\",\"status\":\"ok\","
	"\"processing_time_ms\":42,\"evaluation\":{"
	"\"classification\":{\"red_flags\":[]},\"script_deviation\":{},"
	"\"compliance\":{\"summary\":{\"violations\":[\"x\"]}},"
	"\"communication\":{\"rate\":0.5},\"deep_dive\":null},"
	"\"overall_score\":85,\"summary\":{},"
	"\"meta\":{\"evaluation_version\":\"v9\"}}";

/* The report, with one member (a path of one or two names) set; new. */
static json_t *report_with(const char *part, const char *name, json_t *value)
{
	json_t *report = json_loads(report_text, 0, NULL);
	json_t *at = report;

	assert_non_null(report);
	if (part)
		at = json_object_get(report, part);
	if (name && value)
		json_object_set_new(at, name, value);
	else if (name)
		json_object_del(at, name);
	return report;
}

static struct row *row_with(const char *part, const char *name, json_t *value,
			    struct error *err)
{
	json_auto_t *report = report_with(part, name, value);

	return row_of_report(report, err);
}

/* One evaluation by a model, with a score; else there is no row for it. */
static void test_which_have_a_row(void **state)
{
	const struct {
		const char *part, *name;
		json_t *value;
		bool wanted;
	} rows[] = {
		{ NULL, NULL, NULL, true },
		{ NULL, "overall_score", json_null(), false },
		{ NULL, "overall_score", NULL, true }, /* malformed: told */
		{ NULL, "repeat", json_object(), false },
		{ "meta", "engine", json_string("llm"), true },
		{ "meta", "engine", json_string("rules"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_auto_t *report = report_with(rows[i].part, rows[i].name,
						  rows[i].value);

		if (row_is_wanted(report) != rows[i].wanted)
			fail_msg("row %zu", i);
	}
}

static void test_columns(void **state)
{
	static const char expected[] =
		"{\"call_id\":\"c-1\",\"agent_id\":\"a-1\","
		"\"correlation_id\":\"eval_0\",\"processing_time_ms\":42,"
		"\"classification_result\":{\"red_flags\":[]},"
		"\"script_deviation_result\":{},\"compliance_result\":"
		"{\"summary\":{\"violations\":[\"x\"]}},"
		"\"communication_result\":{\"rate\":0.5},"
		"\"deep_dive_result\":null,\"api_overall_score\":85,"
		"\"api_evaluation_timestamp\":\"2026-03-01T10:00:00.250Z\","
		"\"evaluation_version\":\"v9\"}";
	struct row *row = row_with(NULL, NULL, NULL, NULL);
	json_t *value;
	const char *name;
	struct buf names;

	(void)state;
	assert_non_null(row);
	assert_int_equal(row->kind, ROW_RESULT);
	assert_string_equal(row->call_id, "c-1");
	assert_string_equal(row->correlation_id, "eval_0");
	assert_int_equal(row->len, strlen(expected));
	assert_string_equal(row->text, expected);
	assert_int_equal(row->evaluated, INT64_C(1772359200250));
	/* the URL's list is the row's members, in their order */
	json_auto_t *own = json_loads(row->text, 0, NULL);

	buf_init(&names, 1000);
	json_object_foreach (own, name, value)
		buf_printf(&names, "%s%s", names.len ? "," : "", name);
	assert_string_equal(names.data, row_columns(ROW_RESULT));
	buf_release(&names);
	row_free(row);
}

static void test_version_is_v1_without_one(void **state)
{
	struct row *row = row_with("meta", "evaluation_version", NULL, NULL);

	(void)state;
	assert_non_null(strstr(row->text, "\"evaluation_version\":\"v1\""));
	row_free(row);
}

/* One member that is not as it must be, and what is said of it. */
static const struct bad {
	const char *part, *name, *value, *message;
} bad_rows[] = {
	{ NULL, "call_id", NULL,
	  "call_id: expected a string that is not empty" },
	{ NULL, "call_id", "\"\"",
	  "call_id: expected a string that is not empty" },
	{ NULL, "agent_id", "7",
	  "agent_id: expected a string that is not empty" },
	{ NULL, "correlation_id", "null",
	  "correlation_id: expected a string that is not empty" },
	{ NULL, "processing_time_ms", "1.5",
	  "processing_time_ms: expected a whole number" },
	{ NULL, "overall_score", "null",
	  "overall_score: expected a whole number" },
	{ NULL, "timestamp", "null", "timestamp: expected a time" },
	{ NULL, "timestamp", "\"soon\"", "timestamp: expected a time" },
	{ "evaluation", "classification", NULL,
	  "evaluation.classification: expected an object" },
	{ "evaluation", "compliance", "null",
	  "evaluation.compliance: expected an object" },
	{ "evaluation", "deep_dive", "[]",
	  "evaluation.deep_dive: expected an object or null" },
	{ "meta", "evaluation_version", "3",
	  "meta.evaluation_version: expected a string that is not empty" },
	{ NULL, "evaluation", NULL,
	  "evaluation.classification: expected an object" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bad_rows); i++) {
		const struct bad *b = &bad_rows[i];
		json_t *value = b->value ? json_loads(b->value, JSON_DECODE_ANY,
						      NULL)
					 : NULL;
		struct error err = ERROR_INIT;

		assert_null(row_with(b->part, b->name, value, &err));
		assert_int_equal(err.code, ERR_INVALID_REQUEST);
		assert_string_equal(err.text, b->message);
	}
}

/* U+0000 in any string, and what only looks like one. */
static void test_nul(void **state)
{
	json_t *flags = json_loads("[\"a\\u0000b\",\"c\\\\u0000d\","
				   "\"\\\\\\u0000\",\"\\u0000\\u0000\"]",
				   JSON_ALLOW_NUL, NULL);
	struct row *row = row_with("evaluation", "classification",
				   json_pack("{s:o}", "red_flags", flags),
				   NULL);

	(void)state;
	assert_non_null(strstr(row->text,
			       "{\"red_flags\":[\"a\xef\xbf\xbd"
			       "b\",\"c\\\\u0000d\",\"\\\\\xef\xbf\xbd\","
			       "\"\xef\xbf\xbd\xef\xbf\xbd\"]}"));
	row_free(row);
	row = row_with(NULL, "call_id", json_stringn("a\0b", 3), NULL);
	assert_string_equal(row->call_id, "a\xef\xbf\xbd"
					  "b");
	assert_non_null(strstr(row->text, "{\"call_id\":\"a\xef\xbf\xbd"
					  "b\","));
	row_free(row);
}

static json_t *failure(const char *status, const char *more)
{
	json_t *record = json_pack(
		"{s:n, s:s, s:s, s:s, s:{s:{s:{s:s, s:i},"
		" s:{s:s, s:i, s:{s:s, s:s}}, s:{s:s, s:i, s:{s:s, s:s}}}}}",
		"call_id", "correlation_id", "eval_7", "timestamp",
		"2026-03-01T10:00:00.000Z", "status", status, "meta", "stages",
		"classification", "status", "ok", "latency_ms", 700,
		"compliance", "status", "failed", "latency_ms", 900, "error",
		"code", "UPSTREAM_TIMEOUT", "message", "SECRET", "deep_dive",
		"status", "skipped", "latency_ms", 0, "error", "code",
		"STOPPED", "message", "SECRET");

	assert_non_null(record);
	if (more)
		json_object_set_new(record, more, json_integer(1234));
	return record;
}

static void test_failures(void **state)
{
	static const char partial[] =
		"{\"correlation_id\":\"eval_7\",\"endpoint\":"
		"\"/evaluate-call\",\"http_method\":\"POST\","
		"\"http_status_code\":207,\"processing_time_ms\":1234,"
		"\"error_message\":\"compliance: UPSTREAM_TIMEOUT; "
		"deep_dive: STOPPED\",\"request_timestamp\":"
		"\"2026-03-01T10:00:00.000Z\"}";
	json_auto_t *one = failure("partial", "processing_time_ms");
	json_auto_t *two = failure("failed", NULL);
	struct row *row = row_of_failure(one);

	(void)state;
	assert_int_equal(row->kind, ROW_LOG);
	assert_null(row->call_id);
	assert_string_equal(row->text, partial);
	row_free(row);
	row = row_of_failure(two); /* no time of its own: its longest stage's */
	assert_non_null(strstr(row->text, ":500,\"processing_time_ms\":900,"));
	assert_null(strstr(row->text, "SECRET"));
	row_free(row);
}

static void test_not_logged(void **state)
{
	json_auto_t *ok = failure("ok", NULL);
	json_auto_t *skipped = failure("skipped", NULL);
	json_auto_t *refused = failure("failed", NULL);

	(void)state;
	json_object_del(refused, "meta"); /* it never became a call */
	assert_null(row_of_failure(ok));
	assert_null(row_of_failure(skipped));
	assert_null(row_of_failure(refused));
}

/* As the table prints rows: keys in another order, times in UTC's offset. */
static void test_equal(void **state)
{
	struct row *row = row_with(NULL, NULL, NULL, NULL);
	json_auto_t *stored = json_loads(row->text, 0, NULL);
	bool newer;

	(void)state;
	json_object_set_new(stored, "api_evaluation_timestamp",
			    json_string("2026-03-01T10:00:00.25+00:00"));
	assert_true(row_equals(row, stored, &newer));
	assert_false(newer);
	json_object_set_new(stored, "api_overall_score", json_integer(84));
	assert_false(row_equals(row, stored, &newer));
	assert_false(newer); /* of the same time: not newer */
	json_object_set_new(stored, "api_evaluation_timestamp",
			    json_string("2026-03-01T10:00:00.251+00:00"));
	assert_false(row_equals(row, stored, &newer));
	assert_true(newer);
	json_object_set_new(stored, "api_evaluation_timestamp",
			    json_string("2026-03-01T09:00:00+00:00"));
	assert_false(row_equals(row, stored, &newer));
	assert_false(newer);
	row_free(row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_have_a_row),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_version_is_v1_without_one),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_not_logged),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
