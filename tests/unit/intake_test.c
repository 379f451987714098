/* From a record to a call, or to the reason why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "data/json.h"
#include "model/record.h"
#include "run/intake.h"
#include "support/fake_clock.h"
#include "support/records.h"
#include "support/samples.h"

static struct input_record record_of(json_t *value)
{
	return (struct input_record){ .source = "calls.ndjson:812",
				      .value = value };
}

/* The error record of a rejection, checked against its schema. */
static json_t *rejected_line(const struct intake *in,
			     const struct input_record *record)
{
	const struct report_options options = { .reproducible = true };
	const struct rejection r = intake_rejection(in, record);
	struct buf line;
	json_t *value;

	buf_init(&line, LIMIT_REPORT_BYTES);
	rejection_write(&line, &r, &options, FAKE_WALL);
	value = record_read(line.data, line.len, &error_record_model);
	buf_release(&line);
	return value;
}

static json_t *with_transcript(const char *text)
{
	json_t *request = sample_request();

	json_object_set_new(json_object_get(request, "transcript"),
			    "transcript", json_string(text));
	return request;
}

/* ---- what becomes a call --------------------------------------------------
 */

static void a_good_record(void **state)
{
	const struct settings settings = { .min_words = 1 };
	struct input_record record = record_of(sample_request());
	struct seen seen = { 0 };
	struct intake in;

	(void)state;
	intake_init(&in, &record, &settings, &seen);
	assert_non_null(in.call);
	assert_string_equal(in.call->source, "calls.ndjson:812");
	assert_int_equal(strspn(in.call->sha256, "0123456789abcdef"), 64);
	assert_string_equal(call_id(in.call), "call-0");
	assert_string_equal(call_agent_id(in.call), "agent-7");
	assert_int_equal(json_array_size(in.call->warnings), 0);
	/* as the model has it: converted, nulls in the places of what lacks */
	record_expect(in.call->request, "transcript.metadata",
		      "{'duration':300,'timestamp':'2026-01-15T10:30:00.000Z',"
		      "'talk_time':null,'disposition':'completed',"
		      "'campaign_name':null}");
	assert_int_equal(strncmp(in.call->correlation_id, "eval_", 5), 0);
	assert_int_equal(
		strspn(in.call->correlation_id + 5, "0123456789abcdef"), 32);
	assert_int_equal(strlen(in.call->correlation_id), 37);
	call_free(in.call);
	intake_release(&in);
	input_record_release(&record);
	seen_release(&seen);
}

/* Of the request in a reproducible run, else of chance. */
static void correlation_ids(void **state)
{
	struct settings settings = { .min_words = 1 };
	char ids[4][CORRELATION_ID_SIZE];
	struct seen seen = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct input_record record = record_of(sample_request());
		struct intake in;

		settings.reproducible = i < 2;
		intake_init(&in, &record, &settings, &seen);
		memcpy(ids[i], in.correlation_id, sizeof(ids[i]));
		call_free(in.call);
		intake_release(&in);
		input_record_release(&record);
	}
	seen_release(&seen);
	assert_string_equal(ids[0], ids[1]);
	assert_string_not_equal(ids[1], ids[2]);
	assert_string_not_equal(ids[2], ids[3]);
}

/* What the request may hold and somebody should know of. */
static void warnings_stay_with_the_call(void **state)
{
	const struct settings settings = { .min_words = 1 };
	json_t *request = sample_request();
	struct input_record record;
	struct seen seen = { 0 };
	struct intake in;
	const char *text;

	(void)state;
	json_object_set_new(
		json_object_get(json_object_get(request, "client_data"),
				"script_progress"),
		"termination_reason", json_string("lunch"));
	record = record_of(request);
	intake_init(&in, &record, &settings, &seen);
	assert_non_null(in.call);
	assert_int_equal(json_array_size(in.call->warnings), 1);
	text = json_string_value(json_array_get(in.call->warnings, 0));
	assert_non_null(strstr(text, "termination_reason"));
	assert_non_null(strstr(text, "lunch"));
	call_free(in.call);
	intake_release(&in);
	input_record_release(&record);
	seen_release(&seen);
}

/* Enough of them for the table to grow a few times. */
static void a_call_id_seen_before_is_warned_of(void **state)
{
	const struct settings settings = { .min_words = 1 };
	struct seen seen = { .first = 256 };

	(void)state;
	for (int i = 0; i < 3000; i++) {
		json_t *request = sample_request();
		struct input_record record;
		struct intake in;

		json_object_set_new(request, "call_id",
				    json_sprintf("call-%d", i % 2000));
		record = record_of(request);
		intake_init(&in, &record, &settings, &seen);
		assert_non_null(in.call);
		assert_int_equal(json_array_size(in.call->warnings), i >= 2000);
		call_free(in.call);
		intake_release(&in);
		input_record_release(&record);
	}
	seen_release(&seen);
}

/* ---- the user's own rules -------------------------------------------------
 */

static void too_short_and_too_long(void **state)
{
	static const struct {
		const char *transcript;
		int min_words;
		long context_tokens;
		enum error_code code;
	} rows[] = {
		{ "one", 1, 0, ERR_NONE },
		{ " \n\t ", 1, 0, ERR_TOO_SHORT },
		{ " \n\t ", 0, 0, ERR_NONE },
		{ "one two", 3, 0, ERR_TOO_SHORT },
		{ "one two  three", 3, 0, ERR_NONE },
		{ "one\ntwo\r\n\tthree ", 3, 0, ERR_NONE },
		/* words as the metrics count them: marks and notes are none */
		{ "one - two ...", 3, 0, ERR_TOO_SHORT },
		{ "[noise] (laughs) -- !", 1, 0, ERR_TOO_SHORT },
		{ "one-two three", 3, 0, ERR_NONE },
		{ "[CARD_1]", 1, 0, ERR_NONE },
		/* where no blanks are written each character is a word */
		{ "\xe6\x82\xa8\xe5\xa5\xbd\xef\xbc\x8c\xe8\xaf\xb7", 3, 0,
		  ERR_NONE },
		{ "\xe6\x82\xa8\xe5\xa5\xbd\xef\xbc\x8c\xe8\xaf\xb7", 4, 0,
		  ERR_TOO_SHORT },
		/* a token is three bytes, rounded up */
		{ "123456", 1, 2, ERR_NONE },
		{ "1234567", 1, 2, ERR_TOO_LONG },
		{ "1234567", 1, 3, ERR_NONE },
		{ "1234567", 2, 2, ERR_TOO_SHORT },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct settings settings = {
			.min_words = rows[i].min_words,
			.context_tokens = rows[i].context_tokens,
		};
		struct input_record record = record_of(
			with_transcript(rows[i].transcript));
		json_auto_t *line = NULL;
		struct seen seen = { 0 };
		struct intake in;

		intake_init(&in, &record, &settings, &seen);
		assert_int_equal(in.error.code, rows[i].code);
		assert_int_equal(in.call != NULL, rows[i].code == ERR_NONE);
		if (!in.call) {
			line = rejected_line(&in, &record);
			record_expect(line, "status", "'skipped'");
			record_expect(line, "call_id", "'call-0'");
			record_expect(line, "agent_id", "'agent-7'");
			record_expect(line, "timestamp",
				      "'2026-01-15T10:30:00.000Z'");
			record_expect(line, "error.details", "[]");
		}
		call_free(in.call);
		intake_release(&in);
		input_record_release(&record);
		seen_release(&seen);
	}
	assert_int_equal(estimate_tokens(0), 0);
	assert_int_equal(estimate_tokens(1), 1);
	assert_int_equal(estimate_tokens(3), 1);
	assert_int_equal(estimate_tokens(4), 2);
}

/* ---- what fails -----------------------------------------------------------
 */

static void records_that_are_no_request(void **state)
{
	static const struct {
		const char *value, *call_id;
		size_t details; /* 0: as many as there are */
	} rows[] = {
		{ "{}", "null", 6 },
		{ "[]", "null", 1 },
		{ "null", "null", 1 },
		{ "7", "null", 1 },
		/* what can be read of it is told */
		{ "{'call_id':'c-9','agent_id':5}", "'c-9'", 0 },
		{ "{'call_id':5}", "null", 0 },
		{ "{'call_id':['x']}", "null", 0 },
	};
	const struct settings settings = { .min_words = 1 };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct input_record record = record_of(
			sample_json(rows[i].value));
		json_auto_t *line = NULL;
		struct seen seen = { 0 };
		struct intake in;
		size_t told;

		intake_init(&in, &record, &settings, &seen);
		assert_null(in.call);
		line = rejected_line(&in, &record);
		record_expect(line, "status", "'failed'");
		record_expect(line, "error.code", "'INVALID_REQUEST'");
		record_expect(line, "error.source", "'calls.ndjson:812'");
		record_expect(line, "call_id", rows[i].call_id);
		record_expect(line, "agent_id", "null");
		told = json_array_size(record_at(line, "error.details"));
		if (rows[i].details > 0)
			assert_int_equal(told, rows[i].details);
		else
			assert_true(told > 1);
		intake_release(&in);
		input_record_release(&record);
		seen_release(&seen);
	}
}

/* All that is wrong, each with its path; the first in the message. */
static void all_faults_are_told(void **state)
{
	const struct settings settings = { .min_words = 1 };
	json_t *request = sample_request();
	struct input_record record;
	json_auto_t *line = NULL;
	struct seen seen = { 0 };
	struct intake in;
	const char *message;

	(void)state;
	json_object_set_new(request, "call_id", json_integer(12));
	json_object_set_new(request, "call_context", json_string("first call"));
	json_object_del(request, "ideal_script");
	record = record_of(request);
	intake_init(&in, &record, &settings, &seen);
	line = rejected_line(&in, &record);
	assert_int_equal(json_array_size(record_at(line, "error.details")), 3);
	message = json_string_value(record_at(line, "error.message"));
	assert_non_null(strstr(message, "call_id"));
	assert_non_null(strstr(message, "string"));
	assert_non_null(strstr(message, "2 more"));
	/* nothing of it was seen: the next with this id is the first */
	assert_int_equal(seen.count, 0);
	intake_release(&in);
	input_record_release(&record);
	seen_release(&seen);
}

/* Two calls by one name: odd, and under --store an error of the second. */
static void same_id(void **state)
{
	static const struct {
		bool store, other;
		enum error_code code;
	} rows[] = {
		{ false, false, ERR_NONE },
		{ false, true, ERR_NONE },
		{ true, false, ERR_NONE },
		{ true, true, ERR_DUPLICATE_ID },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct settings settings = { .min_words = 1,
						   .store = rows[i].store };
		struct seen seen = { 0 };

		for (int n = 0; n < 3; n++) {
			json_t *request = sample_request();
			struct input_record record;
			bool second = n > 0;
			struct intake in;

			if (second && rows[i].other)
				json_object_set_new(request, "ideal_script",
						    json_string("Another."));
			record = record_of(request);
			intake_init(&in, &record, &settings, &seen);
			assert_int_equal(in.error.code,
					 second ? rows[i].code : ERR_NONE);
			if (in.call)
				assert_int_equal(
					json_array_size(in.call->warnings),
					second);
			else
				assert_int_equal(in.status, CALL_FAILED);
			call_free(in.call);
			intake_release(&in);
			input_record_release(&record);
		}
		assert_int_equal(seen.count, 1);
		seen_release(&seen);
	}
}

static void records_that_could_not_be_read(void **state)
{
	const struct settings settings = { .min_words = 1 };
	struct input_record record = record_of(NULL);
	json_auto_t *line = NULL;
	struct seen seen = { 0 };
	struct intake in;

	(void)state;
	error_set(&record.error, ERR_TOO_LARGE, record.source, "too large");
	intake_init(&in, &record, &settings, &seen);
	assert_null(in.call);
	line = rejected_line(&in, &record);
	record_expect(line, "status", "'failed'");
	record_expect(line, "error",
		      "{'code':'TOO_LARGE','message':'too large',"
		      "'source':'calls.ndjson:812','details':[]}");
	record_expect(line, "call_id", "null");
	record_expect(line, "timestamp", "null");
	intake_release(&in);
	input_record_release(&record);
	seen_release(&seen);
}

/* ---- without its secrets -------------------------------------------------
 */

/* Puts the card in every string of the request but the keys. */
static json_t *with_secrets(void)
{
	json_t *request = with_transcript("Card 4111 1111 1111 1111, please.");
	json_t *client = json_object_get(request, "client_data");
	json_t *progress = json_object_get(client, "script_progress");
	json_t *metadata = json_object_get(
		json_object_get(request, "transcript"), "metadata");
	static const char card[] = "x 4111111111111111";

	json_object_set_new(request, "ideal_script", json_string(card));
	json_object_set_new(metadata, "disposition", json_string(card));
	json_object_set_new(metadata, "campaign_name", json_string(card));
	json_object_set_new(progress, "termination_reason", json_string(card));
	json_object_set_new(progress, "pitch_outcome", json_string(card));
	json_object_set_new(client, "lead_id", json_string(card));
	json_object_set_new(client, "full_name", json_string("Jo Brightwell"));
	json_object_set_new(client, "phones", json_pack("[i]", 5551234));
	return request;
}

static void take_in(struct intake *in, json_t *request, const char *redact,
		    struct seen *seen)
{
	const struct settings settings = { .min_words = 1,
					   .reproducible = true,
					   .redact = (char *)redact };
	struct input_record record = record_of(request);

	intake_init(in, &record, &settings, seen);
	input_record_release(&record);
}

static bool holds(const json_t *value, const char *text)
{
	struct buf line;
	bool found;

	buf_init(&line, LIMIT_BODY_BYTES);
	json_write(&line, value, JSON_STYLE_LINE);
	found = strstr(line.data, text) != NULL;
	buf_release(&line);
	return found;
}

static void secrets_are_gone(void **state)
{
	struct seen seen = { 0 };
	struct intake in;

	(void)state;
	take_in(&in, with_secrets(), NULL, &seen);
	assert_non_null(in.call);
	assert_false(holds(in.call->request, "1111"));
	assert_false(holds(in.call->warnings, "1111"));
	record_expect(in.call->request, "client_data.lead_id", "'x [CARD_1]'");
	assert_string_equal(call_transcript(in.call).data,
			    "Card [CARD_1], please.");
	assert_true(in.call->redaction.on);
	assert_int_equal(in.call->redaction.counts[REDACT_CARD], 7);
	assert_int_equal(in.call->redaction.transcript.count, 1);
	assert_int_equal(in.call->redaction.transcript.spans[0].to, 24);
	call_free(in.call);
	intake_release(&in);
	seen_release(&seen);
}

/* Two calls that differ in their secret alone have one hash. */
static void hashes_hold_no_secret(void **state)
{
	char hashes[3][SHA256_HEX_SIZE], ids[3][CORRELATION_ID_SIZE];
	struct seen seen = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		json_t *request = with_transcript(
			i == 1 ? "Card 5555 5555 5555 4444."
			       : "Card 4111 1111 1111 1111.");
		struct intake in;

		take_in(&in, request, i == 2 ? "none" : NULL, &seen);
		memcpy(hashes[i], in.call->sha256, sizeof(hashes[i]));
		memcpy(ids[i], in.correlation_id, sizeof(ids[i]));
		assert_int_equal(in.call->redaction.on, i < 2);
		assert_int_equal(holds(in.call->request, "1111"), i == 2);
		call_free(in.call);
		intake_release(&in);
	}
	assert_string_equal(hashes[0], hashes[1]);
	assert_string_equal(ids[0], ids[1]);
	assert_string_not_equal(hashes[0], hashes[2]);
	assert_string_not_equal(ids[0], ids[2]);
	seen_release(&seen);
}

/* Keys are joined on, so they stay; somebody is told. */
static void keys_stay(void **state)
{
	json_t *request = sample_request();
	struct seen seen = { 0 };
	struct intake in;

	(void)state;
	json_object_set_new(request, "call_id",
			    json_string("4111-1111-1111-1111"));
	take_in(&in, request, NULL, &seen);
	assert_string_equal(call_id(in.call), "4111-1111-1111-1111");
	assert_int_equal(json_array_size(in.call->warnings), 1);
	assert_true(holds(in.call->warnings, "call_id: looks as if"));
	assert_int_equal(in.call->redaction.counts[REDACT_CARD], 0);
	call_free(in.call);
	intake_release(&in);
	seen_release(&seen);
}

/* Values of client_data that no table knows, if that is asked for. */
static void known_values(void **state)
{
	static const char text[] = "I'm jo BRIGHTWELL, 555-1234; call me Jo "
				   "or Ms. Brightwell.";
	struct seen seen = { 0 };
	struct intake in;

	(void)state;
	for (int i = 0; i < 2; i++) {
		json_t *request = with_secrets();

		json_object_set_new(json_object_get(request, "transcript"),
				    "transcript", json_string(text));
		take_in(&in, request, i ? "known" : NULL, &seen);
		if (i)
			assert_int_equal(
				in.call->redaction.counts[REDACT_KNOWN], 3);
		else
			assert_string_equal(call_transcript(in.call).data,
					    text);
		assert_int_equal(holds(in.call->request, "right"), i == 0);
		call_free(in.call);
		intake_release(&in);
	}
	seen_release(&seen);
}

/* What is wrong with a request is told without them, however it is cut. */
static void faults_show_no_secret(void **state)
{
	static const char word[] = "01234567890123456789012345678901234567 a "
				   "4111111111111111";
	json_t *request = sample_request();
	json_t *metadata = json_object_get(
		json_object_get(request, "transcript"), "metadata");
	struct input_record record;
	json_auto_t *line = NULL;
	const struct settings settings = { .min_words = 1 };
	struct seen seen = { 0 };
	struct intake in;

	(void)state;
	json_object_set_new(metadata, "duration", json_string(word));
	json_object_set_new(metadata, "timestamp", json_string("219-09-1234"));
	json_object_set_new(metadata, "disposition",
			    json_integer(4111111111111111));
	json_object_set_new(request, "call_context",
			    json_real(4111111111111111.0));
	record = record_of(request);
	intake_init(&in, &record, &settings, &seen);
	assert_null(in.call);
	line = rejected_line(&in, &record);
	assert_int_equal(json_array_size(in.faults.list), 4);
	assert_false(holds(line, "4111"));
	assert_false(holds(line, "4.111"));
	assert_false(holds(line, "1234\""));
	assert_true(holds(line, "[SSN_1]"));
	intake_release(&in);
	input_record_release(&record);
	seen_release(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_record),
		cmocka_unit_test(correlation_ids),
		cmocka_unit_test(warnings_stay_with_the_call),
		cmocka_unit_test(a_call_id_seen_before_is_warned_of),
		cmocka_unit_test(too_short_and_too_long),
		cmocka_unit_test(records_that_are_no_request),
		cmocka_unit_test(all_faults_are_told),
		cmocka_unit_test(same_id),
		cmocka_unit_test(records_that_could_not_be_read),
		cmocka_unit_test(secrets_are_gone),
		cmocka_unit_test(hashes_hold_no_secret),
		cmocka_unit_test(keys_stay),
		cmocka_unit_test(known_values),
		cmocka_unit_test(faults_show_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
