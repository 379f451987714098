/* The replies' tables: enums, defaults, bounds, maps, names of items. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "model/evaluation.h"
#include "support/schema_cases.h"

static const struct schema_context reply = { .exact = false };

static const char classification[] =
	"{\"sections_completed\":[1],\"sections_attempted\":[1,2],"
	"\"call_outcome\":\"completed\",\"script_adherence_preview\":{\"1\":"
	"\"high\"},\"red_flags\":[\"pressure\"],\"requires_deep_dive\":true,"
	"\"early_termination_justified\":false}";

static const char script_deviation[] =
	"{\"sections\":{\"1\":{\"content_accuracy\":\"Met\","
	"\"sequence_adherence\":\"Exceeded\",\"language_phrasing\":\"Missed\","
	"\"customization\":\"N/A\",\"critical_misses\":[\"no rate\"],"
	"\"quote\":\"hello\"}}}";

static const char compliance[] =
	"{\"items\":[{\"name\":\"Fair Lending\",\"status\":\"Violation\","
	"\"details\":\"asked for age\"}],\"summary\":{\"no_infraction\":[],"
	"\"coaching_needed\":[],\"violations\":[\"Fair Lending\"],"
	"\"not_applicable\":[]}}";

static const char communication[] =
	"{\"skills\":[{\"skill\":\"Clarity\",\"rating\":\"Met\",\"example\":"
	"\"so\"}],\"summary\":{\"exceeded\":[],\"met\":[\"Clarity\"],"
	"\"missed\":[]}}";

static const char deep_dive[] =
	"{\"findings\":[{\"issue\":\"i\",\"severity\":\"High\",\"evidence\":"
	"\"e\",\"recommendation\":\"r\"}],\"root_cause\":\"c\","
	"\"customer_impact\":\"Low\",\"urgent_actions\":[\"u\"]}";

#define MISSING  "required field is missing"
#define OUTCOMES "one of \"completed\", \"scheduled\", \"incomplete\", \"lost\""
#define LEVELS   "one of \"high\", \"medium\", \"low\""
#define RATINGS  "one of \"Exceeded\", \"Met\", \"Missed\", \"N/A\""
#define STATUSES                                                       \
	"one of \"No Infraction\", \"Coaching Needed\", \"Violation\"" \
	", \"N/A\""
#define SEVERITIES "one of \"Critical\", \"High\", \"Medium\", \"Low\""

static const struct schema_case classification_cases[] = {
	{ .path = "call_outcome", .message = MISSING },
	{ .path = "call_outcome", .value = "\"LOST\"", .to = "\"lost\"" },
	{ .path = "call_outcome",
	  .value = "\"hung up\"",
	  .message = OUTCOMES,
	  .got = "\"hung up\"" },
	{ .path = "call_outcome",
	  .value = "null",
	  .message = OUTCOMES,
	  .got = "null" },
	{ .path = "sections_completed", .to = "[]" },
	{ .path = "sections_completed", .value = "[\"1\"]", .to = "[1]" },
	{ .path = "sections_completed",
	  .value = "null",
	  .message = "array",
	  .got = "null" },
	{ .path = "sections_attempted", .to = "[]" },
	{ .path = "sections_attempted",
	  .value = "[1.5]",
	  .message = "integer",
	  .got = "1.5",
	  .at = "sections_attempted[0]" },
	{ .path = "script_adherence_preview", .to = "{}" },
	{ .path = "script_adherence_preview",
	  .value = "{\"Section 2\":\"High\",\"3.\":\"LOW\"}",
	  .to = "{\"2\":\"high\",\"3\":\"low\"}" },
	{ .path = "script_adherence_preview[\"1\"]",
	  .value = "\"none\"",
	  .message = LEVELS,
	  .got = "\"none\"" },
	{ .path = "script_adherence_preview",
	  .value = "[]",
	  .message = "object",
	  .got = "array" },
	{ .path = "red_flags", .to = "[]" },
	/* a model's words about a call are not shown */
	{ .path = "red_flags",
	  .value = "[1]",
	  .message = "string; a number is none: write it as a string",
	  .got = "number",
	  .at = "red_flags[0]" },
	{ .path = "requires_deep_dive", .to = "false" },
	{ .path = "requires_deep_dive", .value = "\"yes\"", .to = "true" },
	{ .path = "requires_deep_dive",
	  .value = "\"maybe\"",
	  .message = "boolean",
	  .got = "\"maybe\"" },
	{ .path = "early_termination_justified", .to = "false" },
	{ .path = "early_termination_justified",
	  .value = "null",
	  .message = "boolean",
	  .got = "null" },
	{ .path = "red_flag",
	  .value = "[]",
	  .message = "unknown field; nearest is red_flags",
	  .got = "array" },
};

#define SECTION "sections[\"1\"]."

static const struct schema_case script_deviation_cases[] = {
	{ .path = "sections", .to = "{}" },
	{ .path = "sections",
	  .value = "null",
	  .message = "object",
	  .got = "null" },
	{ .path = SECTION "content_accuracy", .message = MISSING },
	{ .path = SECTION "content_accuracy",
	  .value = "\"n a\"",
	  .to = "\"N/A\"" },
	{ .path = SECTION "content_accuracy",
	  .value = "\"Good\"",
	  .message = RATINGS,
	  .got = "\"Good\"" },
	{ .path = SECTION "sequence_adherence", .message = MISSING },
	{ .path = SECTION "sequence_adherence",
	  .value = "1",
	  .message = RATINGS,
	  .got = "1" },
	{ .path = SECTION "language_phrasing", .message = MISSING },
	{ .path = SECTION "language_phrasing",
	  .value = "\"MISSED\"",
	  .to = "\"Missed\"" },
	{ .path = SECTION "customization", .message = MISSING },
	{ .path = SECTION "customization",
	  .value = "\"exceeded\"",
	  .to = "\"Exceeded\"" },
	{ .path = SECTION "critical_misses", .to = "[]" },
	{ .path = SECTION "critical_misses",
	  .value = "\"none\"",
	  .message = "array",
	  .got = "\"none\"" },
	{ .path = SECTION "quote", .to = "null" },
	{ .path = SECTION "quote", .value = "null" },
	{ .path = SECTION "quote",
	  .value = "[]",
	  .message = "string or null",
	  .got = "array" },
	{ .path = SECTION "score",
	  .value = "3",
	  .message = "unknown field",
	  .got = "number" },
};

static const struct schema_case compliance_cases[] = {
	{ .path = "items", .to = "[]" },
	{ .path = "items[0].name", .message = MISSING },
	{ .path = "items[0].name", .value = "\"Any Name\"" },
	{ .path = "items[0].name",
	  .value = "null",
	  .message = "string",
	  .got = "null" },
	{ .path = "items[0].status", .message = MISSING },
	{ .path = "items[0].status",
	  .value = "\"no_infraction\"",
	  .to = "\"No Infraction\"" },
	{ .path = "items[0].status",
	  .value = "\"coaching needed\"",
	  .to = "\"Coaching Needed\"" },
	{ .path = "items[0].status",
	  .value = "\"Pass\"",
	  .message = STATUSES,
	  .got = "\"Pass\"" },
	{ .path = "items[0].details", .to = "null" },
	{ .path = "items[0].details", .value = "null" },
	{ .path = "items[0].details",
	  .value = "5",
	  .message = "string; a number is none: write it as a string",
	  .got = "number" },
	{ .path = "items[0]",
	  .value = "\"Fair Lending\"",
	  .message = "object",
	  .got = "\"Fair Lending\"" },
	{ .path = "items[0].weight",
	  .value = "1",
	  .message = "unknown field",
	  .got = "number" },
	{ .path = "summary", .message = MISSING },
	{ .path = "summary",
	  .value = "{}",
	  .to = "{\"no_infraction\":[],\"coaching_needed\":[],"
		"\"violations\":[],\"not_applicable\":[]}" },
	{ .path = "summary.no_infraction", .to = "[]" },
	{ .path = "summary.coaching_needed", .to = "[]" },
	{ .path = "summary.violations", .to = "[]" },
	{ .path = "summary.not_applicable", .to = "[]" },
	{ .path = "summary.violations",
	  .value = "[{}]",
	  .message = "string",
	  .got = "object",
	  .at = "summary.violations[0]" },
	{ .path = "summary.violation",
	  .value = "[]",
	  .message = "unknown field; nearest is violations",
	  .got = "array" },
};

static const struct schema_case communication_cases[] = {
	{ .path = "skills", .to = "[]" },
	{ .path = "skills[0].skill", .message = MISSING },
	{ .path = "skills[0].rating", .message = MISSING },
	{ .path = "skills[0].rating", .value = "\"na\"", .to = "\"N/A\"" },
	{ .path = "skills[0].rating",
	  .value = "\"Meets\"",
	  .message = RATINGS,
	  .got = "\"Meets\"" },
	{ .path = "skills[0].example", .to = "null" },
	{ .path = "summary", .message = MISSING },
	{ .path = "summary.exceeded", .to = "[]" },
	{ .path = "summary.met", .to = "[]" },
	{ .path = "summary.missed", .to = "[]" },
	{ .path = "summary.not_applicable",
	  .value = "[]",
	  .message = "unknown field",
	  .got = "array" },
};

static const struct schema_case deep_dive_cases[] = {
	{ .path = "findings", .to = "[]" },
	{ .path = "findings[0].issue", .message = MISSING },
	{ .path = "findings[0].issue", .value = "\"\"" },
	{ .path = "findings[0].severity", .message = MISSING },
	{ .path = "findings[0].severity",
	  .value = "\"critical\"",
	  .to = "\"Critical\"" },
	{ .path = "findings[0].severity",
	  .value = "\"Severe\"",
	  .message = SEVERITIES,
	  .got = "\"Severe\"" },
	{ .path = "findings[0].evidence", .message = MISSING },
	{ .path = "findings[0].evidence",
	  .value = "null",
	  .message = "string",
	  .got = "null" },
	{ .path = "findings[0].recommendation", .message = MISSING },
	{ .path = "root_cause", .message = MISSING },
	{ .path = "root_cause",
	  .value = "false",
	  .message = "string",
	  .got = "boolean" },
	{ .path = "customer_impact", .message = MISSING },
	{ .path = "customer_impact",
	  .value = "\"medium\"",
	  .to = "\"Medium\"" },
	{ .path = "urgent_actions", .to = "[]" },
};

static void test_fields(void **state)
{
	(void)state;
	run_cases(&classification_model, &reply, classification,
		  classification_cases, LENGTH(classification_cases));
	run_cases(&script_deviation_model, &reply, script_deviation,
		  script_deviation_cases, LENGTH(script_deviation_cases));
	run_cases(&compliance_model, &reply, compliance, compliance_cases,
		  LENGTH(compliance_cases));
	run_cases(&communication_model, &reply, communication,
		  communication_cases, LENGTH(communication_cases));
	run_cases(&deep_dive_model, &reply, deep_dive, deep_dive_cases,
		  LENGTH(deep_dive_cases));
}

/* Text that opens, n times a thing, commas between, text that closes. */
static void repeat(struct buf *out, const char *open, const char *thing,
		   const char *comma, size_t n, const char *close)
{
	buf_init(out, LIMIT_CONFIG_BYTES);
	buf_puts(out, open);
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i > 0 ? comma : "");
		buf_puts(out, thing);
	}
	buf_puts(out, close);
}

struct bound {
	const struct model *model;
	const char *base, *path;
	size_t limit;
	const char *element; /* NULL: a string's characters */
	const char *got;
};

static void run_bound(const struct bound *b, size_t n, const char *message)
{
	struct buf value;
	struct schema_case c = { .path = b->path,
				 .message = message,
				 .got = message ? b->got : NULL };

	if (b->element)
		repeat(&value, "[", b->element, ",", n, "]");
	else
		repeat(&value, "\"", "\xc3\xa9", "", n, "\"");
	c.value = value.data;
	run_cases(b->model, &reply, b->base, &c, 1);
	buf_release(&value);
}

/* As short as it may be, as long, and one more. */
static void test_bounds(void **state)
{
	static const char sentence[] = "\"s\"";
	static const char row[] = "{\"name\":\"n\",\"status\":\"N/A\","
				  "\"details\":null}";
	static const char skill[] = "{\"skill\":\"n\",\"rating\":\"N/A\","
				    "\"example\":null}";
	static const char finding[] = "{\"issue\":\"\",\"severity\":\"Low\","
				      "\"evidence\":\"\",\"recommendation\":"
				      "\"\"}";
	static const char shown[] =
		"\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xe2\x80"
		"\xa6\"";
	const struct bound bounds[] = {
#define LIST(m, path, element) \
	{ &m##_model, m, path, LIMIT_ANSWER_LIST, element, "array" }
#define TEXT(m, path)                                                  \
	{                                                              \
		&m##_model, m, path, LIMIT_ANSWER_TEXT, NULL, "string" \
	}
#define NAME(m, path)                                               \
	{                                                           \
		&m##_model, m, path, LIMIT_ANSWER_NAME, NULL, shown \
	}
		LIST(classification, "sections_completed", "1"),
		LIST(classification, "sections_attempted", "1"),
		LIST(classification, "red_flags", sentence),
		TEXT(classification, "red_flags[0]"),
		LIST(script_deviation, SECTION "critical_misses", sentence),
		TEXT(script_deviation, SECTION "critical_misses[0]"),
		TEXT(script_deviation, SECTION "quote"),
		LIST(compliance, "items", row),
		NAME(compliance, "items[0].name"),
		TEXT(compliance, "items[0].details"),
		LIST(compliance, "summary.no_infraction", sentence),
		LIST(compliance, "summary.coaching_needed", sentence),
		LIST(compliance, "summary.violations", sentence),
		LIST(compliance, "summary.not_applicable", sentence),
		NAME(compliance, "summary.violations[0]"),
		LIST(communication, "skills", skill),
		NAME(communication, "skills[0].skill"),
		TEXT(communication, "skills[0].example"),
		LIST(communication, "summary.exceeded", sentence),
		LIST(communication, "summary.met", sentence),
		LIST(communication, "summary.missed", sentence),
		NAME(communication, "summary.met[0]"),
		LIST(deep_dive, "findings", finding),
		TEXT(deep_dive, "findings[0].issue"),
		TEXT(deep_dive, "findings[0].evidence"),
		TEXT(deep_dive, "findings[0].recommendation"),
		TEXT(deep_dive, "root_cause"),
		LIST(deep_dive, "urgent_actions", sentence),
		TEXT(deep_dive, "urgent_actions[0]"),
#undef LIST
#undef TEXT
#undef NAME
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bounds); i++) {
		char message[64];

		snprintf(message, sizeof(message), "at most %zu %s",
			 bounds[i].limit,
			 bounds[i].element ? "items" : "characters");
		run_bound(&bounds[i], 0, NULL);
		run_bound(&bounds[i], bounds[i].limit, NULL);
		run_bound(&bounds[i], bounds[i].limit + 1, message);
	}
}

/* Fifty sections are a map's most, as a list's. */
static void test_map_bounds(void **state)
{
	(void)state;
	for (size_t n = LIMIT_ANSWER_LIST; n <= LIMIT_ANSWER_LIST + 1; n++) {
		json_t *preview = json_object(), *document, *result;
		struct faults faults;

		for (size_t i = 0; i < n; i++) {
			char key[24];

			snprintf(key, sizeof(key), "%zu", i);
			json_object_set_new(preview, key, json_string("low"));
		}
		document = parse(classification);
		json_object_set_new(document, "script_adherence_preview",
				    preview);
		faults_init(&faults);
		result = schema_convert(&classification_model, document, &reply,
					&faults);
		assert_true(!result == (n > LIMIT_ANSWER_LIST));
		json_decref(result);
		json_decref(document);
		faults_release(&faults);
	}
}

/* What a report holds comes back as it is: canonical, in order, complete. */
static void test_stable(void **state)
{
	static const struct {
		const struct model *model;
		const char *text;
	} rows[] = {
		{ &classification_model, classification },
		{ &script_deviation_model, script_deviation },
		{ &compliance_model, compliance },
		{ &communication_model, communication },
		{ &deep_dive_model, deep_dive },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		json_t *document = parse(rows[i].text), *result;
		struct faults faults;
		char *text;

		faults_init(&faults);
		result = schema_convert(rows[i].model, document, &reply,
					&faults);
		text = dump(result);
		assert_non_null(text);
		assert_string_equal(text, rows[i].text);
		free(text);
		json_decref(result);
		json_decref(document);
		faults_release(&faults);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_map_bounds),
		cmocka_unit_test(test_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
