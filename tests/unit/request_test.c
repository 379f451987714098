/* The request's table: every border of every field, from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/request.h"
#include "support/schema_cases.h"

static const struct schema_context exact = { .exact = true };

/* Every field is there. */
static const char whole[] =
	"{\"call_id\":\"c-1\",\"agent_id\":\"a-1\",\"call_context\":"
	"\"First Call\",\"transcript\":{\"transcript\":\"Agent: Hello\","
	"\"metadata\":{\"duration\":300,\"timestamp\":"
	"\"2024-01-15T10:30:00.000Z\",\"talk_time\":250,\"disposition\":"
	"\"completed\",\"campaign_name\":\"Spring\"}},\"ideal_script\":"
	"\"Section 1: Hello\",\"client_data\":{\"lead_id\":\"l-1\","
	"\"campaign_id\":7,\"script_progress\":{\"sections_attempted\":[1,2],"
	"\"last_completed_section\":2,\"termination_reason\":\"completed\","
	"\"pitch_outcome\":\"accepted\"},\"financial_profile\":{"
	"\"annual_income\":52000.0,\"dti_ratio\":0.35,"
	"\"loan_approval_status\":\"approved\",\"has_existing_debt\":true}}}";

#define NUMBER_AS_TEXT "string; a number is none: write it as a string"
#define MISSING        "required field is missing"
#define MORE_THAN_0    "integer greater than 0"

#define METADATA "transcript.metadata."
#define PROGRESS "client_data.script_progress."
#define PROFILE  "client_data.financial_profile."

static const struct schema_case top_cases[] = {
	{ .path = "call_id", .message = MISSING },
	{ .path = "call_id",
	  .value = "\"\"",
	  .message = "at least 1 character",
	  .got = "\"\"" },
	{ .path = "call_id", .value = "\"c\"" },
	{ .path = "call_id", .value = "\" \"" },
	{ .path = "call_id",
	  .value = "12",
	  .message = NUMBER_AS_TEXT,
	  .got = "12" },
	{ .path = "call_id",
	  .value = "1.5",
	  .message = NUMBER_AS_TEXT,
	  .got = "1.5" },
	{ .path = "call_id",
	  .value = "null",
	  .message = "string",
	  .got = "null" },
	{ .path = "call_id",
	  .value = "true",
	  .message = "string",
	  .got = "true" },
	{ .path = "call_id",
	  .value = "[]",
	  .message = "string",
	  .got = "array" },
	{ .path = "call_id", .value = "\"a\\u0000b\"", .to = "\"a\\ufffdb\"" },
	{ .path = "agent_id", .message = MISSING },
	{ .path = "agent_id",
	  .value = "\"\"",
	  .message = "at least 1 character",
	  .got = "\"\"" },
	{ .path = "agent_id",
	  .value = "7",
	  .message = NUMBER_AS_TEXT,
	  .got = "7" },
	{ .path = "agent_id",
	  .value = "null",
	  .message = "string",
	  .got = "null" },
	{ .path = "call_context", .message = MISSING },
	{ .path = "call_context", .value = "\"Follow-up Call\"" },
	{ .path = "call_context",
	  .value = "\"first call\"",
	  .message = "one of \"First Call\", \"Follow-up Call\"",
	  .got = "\"first call\"" },
	{ .path = "call_context",
	  .value = "\"First Call \"",
	  .message = "one of \"First Call\", \"Follow-up Call\"",
	  .got = "\"First Call \"" },
	{ .path = "call_context",
	  .value = "1",
	  .message = "one of \"First Call\", \"Follow-up Call\"",
	  .got = "1" },
	{ .path = "call_context",
	  .value = "null",
	  .message = "one of \"First Call\", \"Follow-up Call\"",
	  .got = "null" },
	{ .path = "transcript", .message = MISSING },
	{ .path = "transcript",
	  .value = "null",
	  .message = "object",
	  .got = "null" },
	{ .path = "transcript",
	  .value = "[]",
	  .message = "object",
	  .got = "array" },
	{ .path = "ideal_script", .message = MISSING },
	{ .path = "ideal_script",
	  .value = "\"\"",
	  .message = "at least 1 character",
	  .got = "string" },
	{ .path = "ideal_script", .value = "\"x\"" },
	{ .path = "ideal_script",
	  .value = "[\"x\"]",
	  .message = "string",
	  .got = "array" },
	{ .path = "client_data", .message = MISSING },
	{ .path = "client_data",
	  .value = "null",
	  .message = "object",
	  .got = "null" },
	{ .path = "", .value = "[]", .message = "object", .got = "array" },
	{ .path = "",
	  .value = "\"text\"",
	  .message = "object",
	  .got = "\"text\"" },
};

static const struct schema_case transcript_cases[] = {
	{ .path = "transcript.transcript", .message = MISSING },
	{ .path = "transcript.transcript",
	  .value = "\"\"",
	  .message = "at least 1 character",
	  .got = "string" },
	{ .path = "transcript.transcript", .value = "\"x\"" },
	/* nothing of it is ever shown */
	{ .path = "transcript.transcript",
	  .value = "4111111111111111",
	  .message = NUMBER_AS_TEXT,
	  .got = "number" },
	{ .path = "transcript.transcript",
	  .value = "[\"card 4111\"]",
	  .message = "string",
	  .got = "array" },
	{ .path = "transcript.metadata", .message = MISSING },
	{ .path = "transcript.metadata",
	  .value = "3",
	  .message = "object",
	  .got = "3" },
	{ .path = METADATA "duration", .message = MISSING },
	{ .path = METADATA "duration", .value = "1" },
	{ .path = METADATA "duration",
	  .value = "0",
	  .message = MORE_THAN_0,
	  .got = "0" },
	{ .path = METADATA "duration",
	  .value = "-1",
	  .message = MORE_THAN_0,
	  .got = "-1" },
	{ .path = METADATA "duration", .value = "9223372036854775807" },
	{ .path = METADATA "duration", .value = "300.0", .to = "300" },
	{ .path = METADATA "duration",
	  .value = "300.5",
	  .message = MORE_THAN_0,
	  .got = "300.5" },
	{ .path = METADATA "duration", .value = "\" 3_00 \"", .to = "300" },
	{ .path = METADATA "duration",
	  .value = "\"300s\"",
	  .message = MORE_THAN_0,
	  .got = "\"300s\"" },
	{ .path = METADATA "duration",
	  .value = "true",
	  .message = MORE_THAN_0,
	  .got = "true" },
	{ .path = METADATA "duration",
	  .value = "null",
	  .message = MORE_THAN_0,
	  .got = "null" },
	{ .path = METADATA "timestamp", .message = MISSING },
	{ .path = METADATA "timestamp",
	  .value = "\"2024-01-15T12:30:00+02:00\"",
	  .to = "\"2024-01-15T10:30:00.000Z\"" },
	{ .path = METADATA "timestamp",
	  .value = "1705314600",
	  .to = "\"2024-01-15T10:30:00.000Z\"" },
	{ .path = METADATA "timestamp",
	  .value = "\"yesterday\"",
	  .message = "time such as 2026-01-15T10:30:00Z",
	  .got = "\"yesterday\"" },
	{ .path = METADATA "timestamp",
	  .value = "null",
	  .message = "time such as 2026-01-15T10:30:00Z",
	  .got = "null" },
	{ .path = METADATA "talk_time", .to = "null" },
	{ .path = METADATA "talk_time", .value = "null" },
	{ .path = METADATA "talk_time", .value = "1" },
	{ .path = METADATA "talk_time",
	  .value = "0",
	  .message = MORE_THAN_0 " or null",
	  .got = "0" },
	{ .path = METADATA "disposition", .message = MISSING },
	{ .path = METADATA "disposition",
	  .value = "\"\"",
	  .message = "at least 1 character",
	  .got = "\"\"" },
	{ .path = METADATA "disposition", .value = "\"x\"" },
	{ .path = METADATA "campaign_name", .to = "null" },
	{ .path = METADATA "campaign_name", .value = "null" },
	{ .path = METADATA "campaign_name", .value = "\"\"" },
	{ .path = METADATA "campaign_name",
	  .value = "9",
	  .message = NUMBER_AS_TEXT,
	  .got = "9" },
};

static const struct schema_case client_cases[] = {
	{ .path = "client_data.lead_id", .to = "null" },
	{ .path = "client_data.lead_id", .value = "null" },
	{ .path = "client_data.lead_id", .value = "\"\"" },
	{ .path = "client_data.lead_id",
	  .value = "4711",
	  .message = NUMBER_AS_TEXT,
	  .got = "number" },
	{ .path = "client_data.campaign_id", .to = "null" },
	{ .path = "client_data.campaign_id", .value = "null" },
	{ .path = "client_data.campaign_id", .value = "-1" },
	{ .path = "client_data.campaign_id", .value = "\"7\"", .to = "7" },
	{ .path = "client_data.campaign_id",
	  .value = "\"x\"",
	  .message = "integer or null",
	  .got = "\"x\"" },
	{ .path = "client_data.script_progress", .message = MISSING },
	{ .path = "client_data.script_progress",
	  .value = "null",
	  .message = "object",
	  .got = "null" },
	{ .path = PROGRESS "sections_attempted", .message = MISSING },
	{ .path = PROGRESS "sections_attempted",
	  .value = "[]",
	  .message = "at least 1 item",
	  .got = "array" },
	{ .path = PROGRESS "sections_attempted",
	  .value = "[\"1\",2.0,-3]",
	  .to = "[1,2,-3]" },
	{ .path = PROGRESS "sections_attempted",
	  .value = "[1,\"two\"]",
	  .message = "integer",
	  .got = "\"two\"",
	  .at = PROGRESS "sections_attempted[1]" },
	{ .path = PROGRESS "sections_attempted",
	  .value = "3",
	  .message = "array",
	  .got = "3" },
	{ .path = PROGRESS "sections_attempted",
	  .value = "null",
	  .message = "array",
	  .got = "null" },
	{ .path = PROGRESS "last_completed_section", .message = MISSING },
	{ .path = PROGRESS "last_completed_section", .value = "0" },
	{ .path = PROGRESS "last_completed_section",
	  .value = "\"-0\"",
	  .to = "0" },
	{ .path = PROGRESS "last_completed_section",
	  .value = "-1",
	  .message = "integer of at least 0",
	  .got = "-1" },
	{ .path = PROGRESS "termination_reason", .message = MISSING },
	{ .path = PROGRESS "termination_reason",
	  .value = "\"\"",
	  .message = "at least 1 character",
	  .got = "\"\"" },
	{ .path = PROGRESS "termination_reason", .value = "\"lost line\"" },
	{ .path = PROGRESS "pitch_outcome", .to = "null" },
	{ .path = PROGRESS "pitch_outcome", .value = "null" },
	{ .path = PROGRESS "pitch_outcome", .value = "\"\"" },
	{ .path = PROGRESS "pitch_outcome",
	  .value = "false",
	  .message = "string or null",
	  .got = "boolean" },
};

static const struct schema_case profile_cases[] = {
	{ .path = "client_data.financial_profile", .to = "null" },
	{ .path = "client_data.financial_profile", .value = "null" },
	{ .path = "client_data.financial_profile",
	  .value = "{}",
	  .to = "{\"annual_income\":null,\"dti_ratio\":null,"
		"\"loan_approval_status\":null,\"has_existing_debt\":null}" },
	{ .path = "client_data.financial_profile",
	  .value = "[]",
	  .message = "object or null",
	  .got = "array" },
	{ .path = PROFILE "annual_income", .value = "null" },
	{ .path = PROFILE "annual_income", .value = "0.01" },
	{ .path = PROFILE "annual_income", .value = "1", .to = "1.0" },
	{ .path = PROFILE "annual_income",
	  .value = "\"52_000\"",
	  .to = "52000.0" },
	/* earnings are nobody's business */
	{ .path = PROFILE "annual_income",
	  .value = "0",
	  .message = "number greater than 0 or null",
	  .got = "number" },
	{ .path = PROFILE "annual_income",
	  .value = "-52000",
	  .message = "number greater than 0 or null",
	  .got = "number" },
	{ .path = PROFILE "annual_income",
	  .value = "\"52,000 USD\"",
	  .message = "number greater than 0 or null",
	  .got = "string" },
	{ .path = PROFILE "dti_ratio", .value = "null" },
	{ .path = PROFILE "dti_ratio", .value = "0", .to = "0.0" },
	{ .path = PROFILE "dti_ratio", .value = "1", .to = "1.0" },
	{ .path = PROFILE "dti_ratio",
	  .value = "1.0000001",
	  .message = "number from 0 to 1 or null",
	  .got = "number" },
	{ .path = PROFILE "dti_ratio",
	  .value = "-0.0000001",
	  .message = "number from 0 to 1 or null",
	  .got = "number" },
	{ .path = PROFILE "dti_ratio",
	  .value = "\"35%\"",
	  .message = "number from 0 to 1 or null",
	  .got = "string" },
	{ .path = PROFILE "loan_approval_status", .value = "null" },
	{ .path = PROFILE "loan_approval_status", .value = "\"denied\"" },
	{ .path = PROFILE "loan_approval_status", .value = "\"pending\"" },
	{ .path = PROFILE "loan_approval_status",
	  .value = "\"Approved\"",
	  .message = "one of \"approved\", \"denied\", \"pending\" or null",
	  .got = "\"Approved\"" },
	{ .path = PROFILE "has_existing_debt", .value = "null" },
	{ .path = PROFILE "has_existing_debt",
	  .value = "\"no\"",
	  .to = "false" },
	{ .path = PROFILE "has_existing_debt", .value = "1", .to = "true" },
	{ .path = PROFILE "has_existing_debt",
	  .value = "2",
	  .message = "boolean or null",
	  .got = "number" },
};

#define RUN(rows) run_cases(&request_model, &exact, whole, rows, LENGTH(rows))

static void test_fields(void **state)
{
	(void)state;
	RUN(top_cases);
	RUN(transcript_cases);
	RUN(client_cases);
	RUN(profile_cases);
}

/* The converted request is the seed's model: its fields, in its order. */
static void test_order(void **state)
{
	json_t *document = parse(
		"{\"zzz\":1,\"client_data\":{\"script_progress\":{\"zzz\":1,"
		"\"termination_reason\":\"completed\",\"last_completed_section"
		"\":0,\"sections_attempted\":[1]},\"zzz\":1},\"ideal_script\":"
		"\"s\",\"transcript\":{\"metadata\":{\"disposition\":\"d\","
		"\"timestamp\":0,\"zzz\":1,\"duration\":1},\"transcript\":"
		"\"t\"},\"call_context\":\"First Call\",\"agent_id\":\"a\","
		"\"call_id\":\"c\"}");
	struct faults faults;
	json_t *result;
	char *text;

	(void)state;
	faults_init(&faults);
	result = schema_convert(&request_model, document, &exact, &faults);
	text = dump(result);
	assert_non_null(text);
	assert_string_equal(
		text,
		"{\"call_id\":\"c\",\"agent_id\":\"a\",\"call_context\":"
		"\"First Call\",\"transcript\":{\"transcript\":\"t\","
		"\"metadata\":{\"duration\":1,\"timestamp\":"
		"\"1970-01-01T00:00:00.000Z\",\"talk_time\":null,"
		"\"disposition\":\"d\",\"campaign_name\":null}},"
		"\"ideal_script\":\"s\",\"client_data\":{\"lead_id\":null,"
		"\"campaign_id\":null,\"script_progress\":{"
		"\"sections_attempted\":[1],\"last_completed_section\":0,"
		"\"termination_reason\":\"completed\",\"pitch_outcome\":null},"
		"\"financial_profile\":null}}");
	assert_int_equal(json_array_size(faults.warnings), 0);
	free(text);
	json_decref(result);
	json_decref(document);
	faults_release(&faults);
}

static void test_warning(void **state)
{
	json_t *document = parse(whole), *progress, *result;
	struct faults faults;

	(void)state;
	progress = json_object_get(json_object_get(document, "client_data"),
				   "script_progress");
	json_object_set_new(progress, "termination_reason",
			    json_string("lost line"));
	faults_init(&faults);
	result = schema_convert(&request_model, document, &exact, &faults);
	assert_non_null(result);
	assert_int_equal(json_array_size(faults.warnings), 1);
	assert_string_equal(
		json_string_value(json_array_get(faults.warnings, 0)),
		PROGRESS "termination_reason: \"lost line\" is not one of the "
			 "usual values");
	json_decref(result);
	json_decref(document);
	faults_release(&faults);
}

/* An empty object tells all that it lacks, in the table's order. */
static void test_all_missing(void **state)
{
	static const char *const names[] = { "call_id",      "agent_id",
					     "call_context", "transcript",
					     "ideal_script", "client_data" };
	json_t *document = json_object(), *result;
	struct faults faults;

	(void)state;
	faults_init(&faults);
	result = schema_convert(&request_model, document, &exact, &faults);
	assert_null(result);
	assert_int_equal(faults_count(&faults), LENGTH(names));
	for (size_t i = 0; i < LENGTH(names); i++) {
		const json_t *fault = json_array_get(faults.list, i);

		assert_string_equal(
			json_string_value(json_object_get(fault, "path")),
			names[i]);
	}
	json_decref(document);
	faults_release(&faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_warning),
		cmocka_unit_test(test_all_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
