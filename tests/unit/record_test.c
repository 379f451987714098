/* The records' tables, and the codes they share with base/error.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/record.h"
#include "support/schema_cases.h"

static const struct schema_context exact = { .exact = true };

#define DIGEST \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID     "eval_0123456789abcdef0123456789abcdef"
#define TOKENS "{\"in\":900,\"out\":80,\"cached\":0}"

#define META                                                                  \
	"{\"report_version\":1,\"callqa\":\"0.1.0\",\"engine\":\"llm\","      \
	"\"model\":\"m\",\"input_sha256\":\"" DIGEST "\",\"redacted\":{"      \
	"\"card\":1},\"evaluation_version\":\"v1\",\"prompts\":{"             \
	"\"call_qa_compliance\":{\"source\":\"built-in\",\"version\":\"1\","  \
	"\"sha256\":\"" DIGEST "\"}},\"stages\":{\"compliance\":{\"status\":" \
	"\"failed\",\"attempts\":3,\"re_asks\":0,\"latency_ms\":12,"          \
	"\"tokens\":" TOKENS ",\"cost\":0.01,\"cached\":false,"               \
	"\"fence_stripped\":true,\"error\":{\"code\":\"UPSTREAM_TIMEOUT\","   \
	"\"message\":\"no reply\"}}},\"reconciled\":[{\"stage\":"             \
	"\"compliance\",\"list\":\"violations\",\"entry\":\"x\"}],"           \
	"\"warnings\":[\"w\"]}"

#define BY_ROLE "{\"agent\":2,\"customer\":1,\"other\":0,\"unknown\":0}"
#define METRICS                                                                \
	"{\"roles\":{\"basis\":\"labels\",\"confidence\":0.5,\"speakers\":2}," \
	"\"words\":" BY_ROLE ",\"talk_share\":null,\"turns\":" BY_ROLE         \
	",\"longest_monologue\":null,\"turns_per_minute\":2.5,"                \
	"\"agent_questions\":null,\"fillers\":" BY_ROLE                        \
	",\"interruptions\":null,\"silence\":null,\"words_per_minute\":"       \
	"{\"call\":90.5,\"agent\":null,\"customer\":null},"                    \
	"\"script_coverage\":null}"
#define EVIDENCE                                                              \
	"{\"counts\":{\"exact\":1,\"normalised\":0,\"near\":0,\"absent\":0,"  \
	"\"too_short\":0},\"wrong_speaker\":0,\"omitted\":0,\"unsupported\":" \
	"[],\"quotes\":[{\"path\":\"p\",\"quote\":\"q\",\"claimed\":null,"    \
	"\"class\":\"exact\",\"distance\":0,\"turn\":1,\"span\":[0,4],"       \
	"\"speaker\":null,\"role\":\"unknown\",\"speaker_fits\":true}]}"

static const char report[] =
	"{\"call_id\":\"c\",\"agent_id\":\"a\",\"correlation_id\":\"" ID "\","
	"\"timestamp\":\"2026-01-15T10:30:00.000Z\",\"status\":\"partial\","
	"\"processing_time_ms\":5,\"evaluation\":{\"classification\":{"
	"\"sections_completed\":[],\"sections_attempted\":[],\"call_outcome\":"
	"\"incomplete\",\"script_adherence_preview\":{},\"red_flags\":[],"
	"\"requires_deep_dive\":true,\"early_termination_justified\":false},"
	"\"script_deviation\":{\"sections\":{}},\"compliance\":{\"items\":[],"
	"\"summary\":{\"no_infraction\":[],\"coaching_needed\":[],"
	"\"violations\":[],\"not_applicable\":[]}},\"communication\":{"
	"\"skills\":[],\"summary\":{\"exceeded\":[],\"met\":[],\"missed\":[]}"
	"},\"deep_dive\":null},\"overall_score\":68,\"score_basis\":{"
	"\"violations\":1,\"coaching_needed\":2,\"missed\":3,\"exceeded\":1},"
	"\"score_range\":[1,100],\"score_supported\":83,\"summary\":{"
	"\"strengths\":[\"s\"],"
	"\"areas_for_improvement\":[],\"critical_issues\":[]},"
	"\"needs_review\":[{\"code\":\"c\",\"message\":\"m\"}],"
	"\"evidence\":" EVIDENCE ",\"metrics\":" METRICS ",\"meta\":" META "}";

static const char error_record[] =
	"{\"call_id\":null,\"agent_id\":null,\"correlation_id\":\"" ID "\","
	"\"timestamp\":\"2026-01-15T10:30:00.000Z\",\"status\":\"failed\","
	"\"error\":{\"code\":\"INVALID_REQUEST\",\"message\":\"m\",\"source\":"
	"\"calls.ndjson:812\",\"details\":[{\"path\":\"call_id\",\"message\":"
	"\"string\",\"got\":null}]},\"meta\":" META "}";

static const char summary[] =
	"{\"total\":1,\"successful\":1,\"partial\":0,\"failed\":0,\"skipped\":"
	"0,\"duration_ms\":9,\"exit\":0,\"requests\":4,\"re_asks\":0,"
	"\"tokens\":" TOKENS ",\"cost\":null,\"input_unread\":false,"
	"\"started_at\":\"2026-01-15T10:30:00.000Z\",\"callqa\":\"0.1.0\"}";

#define MISSING "required field is missing"

static const struct schema_case report_cases[] = {
	{ .path = "call_id", .message = MISSING },
	{ .path = "correlation_id",
	  .value = "\"eval_12\"",
	  .message = "at least 37 characters",
	  .got = "\"eval_12\"" },
	{ .path = "correlation_id",
	  .value = "\"" ID "f\"",
	  .message = "at most 37 characters",
	  .got = "\"" ID "f\"" },
	{ .path = "timestamp", .value = "null" },
	{ .path = "timestamp", .message = MISSING },
	{ .path = "status", .value = "\"ok\"" },
	{ .path = "status",
	  .value = "\"failed\"",
	  .message = "one of \"ok\", \"partial\"",
	  .got = "\"failed\"" },
	{ .path = "processing_time_ms", .value = "0" },
	{ .path = "processing_time_ms",
	  .value = "-1",
	  .message = "integer of at least 0",
	  .got = "-1" },
	{ .path = "evaluation.compliance", .message = MISSING },
	{ .path = "evaluation.compliance",
	  .value = "null",
	  .message = "object",
	  .got = "null" },
	/* a report's words are exact, a reply's are not */
	{ .path = "evaluation.classification.call_outcome",
	  .value = "\"Lost\"",
	  .message = "one of \"completed\", \"scheduled\", \"incomplete\", "
		     "\"lost\"",
	  .got = "\"Lost\"" },
	{ .path = "evaluation.deep_dive", .message = MISSING },
	{ .path = "overall_score", .value = "null" },
	{ .path = "overall_score", .value = "1" },
	{ .path = "overall_score", .value = "100" },
	{ .path = "overall_score",
	  .value = "0",
	  .message = "integer from 1 to 100 or null",
	  .got = "0" },
	{ .path = "overall_score",
	  .value = "101",
	  .message = "integer from 1 to 100 or null",
	  .got = "101" },
	{ .path = "overall_score", .message = MISSING },
	{ .path = "score_basis.violations", .value = "null" },
	{ .path = "score_basis.violations", .value = "0" },
	{ .path = "score_basis.missed", .message = MISSING },
	/* may be absent, and then is */
	{ .path = "score_range", .value = NULL },
	{ .path = "score_range",
	  .value = "[1]",
	  .message = "at least 2 items",
	  .got = "array" },
	{ .path = "score_range",
	  .value = "[1,2,3]",
	  .message = "at most 2 items",
	  .got = "array" },
	{ .path = "score_range",
	  .value = "null",
	  .message = "array",
	  .got = "null" },
	{ .path = "score_range[0]",
	  .value = "0",
	  .message = "integer from 1 to 100",
	  .got = "0" },
	{ .path = "needs_review[0].code", .message = MISSING },
	{ .path = "score_supported", .value = "null" },
	{ .path = "evidence", .message = MISSING },
	{ .path = "evidence.quotes[0].class",
	  .value = "\"fuzzy\"",
	  .message = "one of \"exact\", \"normalised\", \"near\", "
		     "\"absent\", \"too_short\"",
	  .got = "\"fuzzy\"" },
	{ .path = "evidence.quotes[0].speaker_fits", .value = "null" },
	{ .path = "evidence.quotes[0].span", .value = "null" },
	{ .path = "metrics", .message = MISSING },
	{ .path = "metrics.turns", .value = "null" },
	{ .path = "metrics.words.agent",
	  .value = "-1",
	  .message = "integer of at least 0",
	  .got = "-1" },
	{ .path = "meta.report_version",
	  .value = "2",
	  .message = "integer from 1 to 1",
	  .got = "2" },
	{ .path = "meta.engine", .value = "\"rules\"" },
	{ .path = "meta.model", .value = "null" },
	{ .path = "meta.redacted", .value = "null" },
	{ .path = "meta.redacted.card",
	  .value = "-1",
	  .message = "integer of at least 0",
	  .got = "-1" },
	{ .path = "meta.stages.compliance.status", .value = "\"not_needed\"" },
	{ .path = "meta.stages.compliance.attempts" },
	{ .path = "meta.stages.compliance.re_asks" },
	{ .path = "meta.stages.compliance.cached" },
	{ .path = "meta.stages.compliance.fence_stripped" },
	{ .path = "meta.stages.compliance.error" },
	{ .path = "meta.stages.compliance.latency_ms", .message = MISSING },
	{ .path = "meta.stages.compliance.cost", .value = "null" },
	{ .path = "meta.stages.compliance.tokens.in", .message = MISSING },
	{ .path = "overal_score",
	  .value = "3",
	  .message = "unknown field; nearest is overall_score",
	  .got = "number" },
};

static const struct schema_case error_cases[] = {
	{ .path = "call_id", .value = "\"c\"" },
	{ .path = "call_id", .message = MISSING },
	{ .path = "timestamp", .value = "null" },
	{ .path = "status", .value = "\"skipped\"" },
	{ .path = "status",
	  .value = "\"ok\"",
	  .message = "one of \"failed\", \"skipped\"",
	  .got = "\"ok\"" },
	{ .path = "error.source", .value = "null" },
	{ .path = "error.details", .value = "[]" },
	{ .path = "error.details", .message = MISSING },
	{ .path = "error.details[0].got", .value = "\"3\"" },
	{ .path = "error.details[0].got", .message = MISSING },
	{ .path = "meta" },
	{ .path = "meta", .value = "null", .message = "object", .got = "null" },
};

static const struct schema_case summary_cases[] = {
	{ .path = "total", .message = MISSING },
	{ .path = "requests" },
	{ .path = "re_asks" },
	{ .path = "tokens" },
	{ .path = "cost", .value = "0.5" },
	{ .path = "cost", .message = MISSING },
	{ .path = "cost",
	  .value = "-0.5",
	  .message = "number of at least 0 or null",
	  .got = "-0.5" },
	{ .path = "started_at", .value = "null" },
	{ .path = "input_unread", .message = MISSING },
};

static void test_fields(void **state)
{
	(void)state;
	run_cases(&report_model, &exact, report, report_cases,
		  LENGTH(report_cases));
	run_cases(&error_record_model, &exact, error_record, error_cases,
		  LENGTH(error_cases));
	run_cases(&summary_model, &exact, summary, summary_cases,
		  LENGTH(summary_cases));
}

/* A record written by its table is read back as it is. */
static void test_stable(void **state)
{
	static const char *const texts[] = { report, error_record };

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		json_t *document = parse(texts[i]), *result;
		struct faults faults;
		char *text;

		faults_init(&faults);
		result = schema_convert(&record_model, document, &exact,
					&faults);
		text = dump(result ? result : faults.list);
		assert_non_null(text);
		assert_string_equal(text, texts[i]);
		free(text);
		json_decref(result);
		json_decref(document);
		faults_release(&faults);
	}
}

/* A line that is neither: the faults of what it looks like. */
static void test_nearest_record(void **state)
{
	static const struct schema_case near_report[] = {
		{ .path = "overall_score",
		  .value = "0",
		  .message = "integer from 1 to 100 or null",
		  .got = "0" },
	};
	static const struct schema_case near_error[] = {
		{ .path = "error.message", .message = MISSING },
	};

	(void)state;
	run_cases(&record_model, &exact, report, near_report, 1);
	run_cases(&record_model, &exact, error_record, near_error, 1);
}

/* Is this a code of one record?  base/error.h groups them in this order. */
static bool record_code(enum error_code code)
{
	return code >= ERR_INVALID_JSON && code <= ERR_UPSTREAM_SCHEMA;
}

static void test_codes(void **state)
{
	(void)state;
	for (int code = 0; code < ERR_COUNT; code++) {
		json_t *document = parse(error_record), *result;
		struct faults faults;

		json_object_set_new(json_object_get(document, "error"), "code",
				    json_string(error_name(code)));
		faults_init(&faults);
		result = schema_convert(&error_record_model, document, &exact,
					&faults);
		if (!result != !record_code(code))
			fail_msg("%s", error_name(code));
		json_decref(result);
		json_decref(document);
		faults_release(&faults);
	}
}

static void test_names(void **state)
{
	(void)state;
	for (const struct model *const *m = all_models; *m; m++)
		assert_ptr_equal(model_by_name((*m)->name), *m);
	assert_ptr_equal(model_by_name("error"), &error_record_model);
	assert_ptr_equal(model_by_name("record"), &record_model);
	assert_null(model_by_name("nothing"));
	assert_null(model_by_name(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_stable),
		cmocka_unit_test(test_nearest_record),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
