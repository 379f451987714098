/* Error records: of calls nobody answered, and of what never was a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "model/record.h"
#include "pipeline/report.h"
#include "support/fake_clock.h"
#include "support/records.h"
#include "support/samples.h"

static const struct report_options plain = { .engine = "llm",
					     .evaluation_version = "v1",
					     .max_items = 12,
					     .max_skills = 9 };

static json_t *error_record_of(const struct call *call,
			       struct report_facts *facts)
{
	struct buf line;
	json_t *value;

	buf_init(&line, LIMIT_REPORT_BYTES);
	report_write(&line, call, &plain, 0, FAKE_WALL, facts);
	value = record_read(line.data, line.len, &error_record_model);
	buf_release(&line);
	return value;
}

/* ---- of calls -------------------------------------------------------- */

static void nothing_answered(void **state)
{
	static const struct {
		enum error_code codes[STAGE_DEEP_DIVE];
		unsigned skipping;
		const char *status, *code;
	} rows[] = {
		{ { ERR_UPSTREAM_TIMEOUT, ERR_UPSTREAM_TIMEOUT,
		    ERR_UPSTREAM_TIMEOUT, ERR_UPSTREAM_TIMEOUT },
		  0,
		  "'failed'",
		  "'UPSTREAM_TIMEOUT'" },
		{ { ERR_UPSTREAM_TIMEOUT, ERR_UPSTREAM_STATUS,
		    ERR_UPSTREAM_TIMEOUT, ERR_UPSTREAM_TIMEOUT },
		  0,
		  "'failed'",
		  "'EVALUATION_FAILED'" },
		{ { ERR_REPLAY_MISS, ERR_REPLAY_MISS, ERR_REPLAY_MISS,
		    ERR_REPLAY_MISS },
		  0,
		  "'failed'",
		  "'REPLAY_MISS'" },
		/* the cause, not that the others were then not begun */
		{ { ERR_UPSTREAM_AUTH }, 14, "'failed'", "'UPSTREAM_AUTH'" },
		{ { 0, ERR_UPSTREAM_CREDIT },
		  13,
		  "'failed'",
		  "'UPSTREAM_CREDIT'" },
		{ { 0 }, 15, "'skipped'", "'STOPPED'" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct call *call = sample_call(2);
		struct report_facts facts;
		json_auto_t *line = NULL;

		for (int s = 0; s < STAGE_DEEP_DIVE; s++) {
			if (rows[i].skipping & STAGE_BIT(s)) {
				call->results[s].state = STAGE_SKIPPED;
				error_set(&call->results[s].outcome.error,
					  ERR_STOPPED, NULL, "no more");
			} else {
				sample_end_failed(call, s, rows[i].codes[s]);
			}
		}
		call->results[STAGE_DEEP_DIVE].state = STAGE_NOT_NEEDED;
		line = error_record_of(call, &facts);
		record_expect(line, "status", rows[i].status);
		record_expect(line, "error.code", rows[i].code);
		record_expect(line, "error.source", "'calls.ndjson:3'");
		assert_int_equal(
			json_array_size(record_at(line, "error.details")), 4);
		assert_null(record_at(line, "overall_score"));
		assert_null(record_at(line, "evaluation"));
		assert_string_equal(
			error_name(facts.code),
			json_string_value(record_at(line, "error.code")));
		assert_int_equal(facts.score, -1);
		call_free(call);
	}
}

static json_t *rejection_line(const struct rejection *rejection,
			      const struct report_options *options)
{
	struct buf line;
	json_t *value;

	buf_init(&line, LIMIT_REPORT_BYTES);
	rejection_write(&line, rejection, options, FAKE_WALL);
	value = record_read(line.data, line.len, &error_record_model);
	buf_release(&line);
	return value;
}

static void rejections(void **state)
{
	const struct error error = { .code = ERR_INVALID_REQUEST,
				     .text = "agent_id: \"x\"\n\t\x01" };
	json_auto_t *details = sample_json(
		"[{'path':'agent_id','message':'string','got':null}]");
	struct rejection r = {
		.status = CALL_FAILED,
		.error = &error,
		.source = "calls.ndjson:812",
		.call_id = "c\"1",
		.correlation_id = "eval_0123456789abcdef0123456789abcdef",
		.details = details
	};
	struct report_options again = plain;
	json_auto_t *line = rejection_line(&r, &plain), *bare = NULL,
		    *own = NULL;

	(void)state;
	again.reproducible = true;
	record_expect(line, "status", "'failed'");
	record_expect(line, "call_id", "'c\\\"1'");
	record_expect(line, "agent_id", "null");
	record_expect(line, "timestamp", "'2026-01-15T10:30:00.000Z'");
	record_expect(line, "error.code", "'INVALID_REQUEST'");
	record_expect(line, "error.source", "'calls.ndjson:812'");
	record_expect(line, "error.details",
		      "[{'path':'agent_id','message':'string','got':null}]");
	assert_string_equal(json_string_value(record_at(line, "error.message")),
			    error.text);
	r = (struct rejection){ .status = CALL_SKIPPED,
				.error = &error,
				.correlation_id = r.correlation_id };
	bare = rejection_line(&r, &again);
	record_expect(bare, "status", "'skipped'");
	record_expect(bare, "timestamp", "null");
	record_expect(bare, "error.details", "[]");
	r.timestamp = "2025-12-31T00:00:00.000Z";
	r.omitted = 17;
	own = rejection_line(&r, &again);
	record_expect(own, "timestamp", "'2025-12-31T00:00:00.000Z'");
	assert_non_null(strstr(
		json_string_value(record_at(own, "error.message")), "17"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_answered),
		cmocka_unit_test(rejections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
