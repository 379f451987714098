/* From a report to a row: columns, and text that jsonb takes. */
#include "store/row.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"

/* Where a column's value stands in a report, and what it is. */
struct column {
	const char *name;
	const char *part; /* member of the report; NULL: `field` is */
	const char *field;
	enum {
		HOLDS_TEXT,
		HOLDS_WHOLE,
		HOLDS_OBJECT,
		HOLDS_OBJECT_OR_NULL,
		HOLDS_TIME
	} holds;
	const char *fallback; /* of a text that is missing */
};

static const struct column columns[] = {
	{ "call_id", NULL, "call_id", HOLDS_TEXT, NULL },
	{ "agent_id", NULL, "agent_id", HOLDS_TEXT, NULL },
	{ "correlation_id", NULL, "correlation_id", HOLDS_TEXT, NULL },
	{ "processing_time_ms", NULL, "processing_time_ms", HOLDS_WHOLE, NULL },
	{ "classification_result", "evaluation", "classification", HOLDS_OBJECT,
	  NULL },
	{ "script_deviation_result", "evaluation", "script_deviation",
	  HOLDS_OBJECT, NULL },
	{ "compliance_result", "evaluation", "compliance", HOLDS_OBJECT, NULL },
	{ "communication_result", "evaluation", "communication", HOLDS_OBJECT,
	  NULL },
	{ "deep_dive_result", "evaluation", "deep_dive", HOLDS_OBJECT_OR_NULL,
	  NULL },
	{ "api_overall_score", NULL, "overall_score", HOLDS_WHOLE, NULL },
	{ "api_evaluation_timestamp", NULL, "timestamp", HOLDS_TIME, NULL },
	{ "evaluation_version", "meta", "evaluation_version", HOLDS_TEXT,
	  "v1" },
};

static const char *const wanted[] = {
	[HOLDS_TEXT] = "a string that is not empty",
	[HOLDS_WHOLE] = "a whole number",
	[HOLDS_OBJECT] = "an object",
	[HOLDS_OBJECT_OR_NULL] = "an object or null",
	[HOLDS_TIME] = "a time",
};

/* clang-format off */
static const char *const column_lists[ROW_KINDS] = {
	[ROW_RESULT] = "call_id,agent_id,correlation_id,processing_time_ms,"
		       "classification_result,script_deviation_result,"
		       "compliance_result,communication_result,"
		       "deep_dive_result,api_overall_score,"
		       "api_evaluation_timestamp,evaluation_version",
	[ROW_LOG] = "correlation_id,endpoint,http_method,http_status_code,"
		    "processing_time_ms,error_message,request_timestamp",
};
/* clang-format on */

const char *row_columns(enum row_kind kind)
{
	return column_lists[kind];
}

void row_free(struct row *row)
{
	if (!row)
		return;
	free(row->call_id);
	free(row->correlation_id);
	free(row->text);
	free(row);
}

/* ---- text that PostgreSQL takes -------------------------------------- */

#define NUL_ESCAPE  "\\u0000"
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * JSON text with every escaped U+0000 replaced.  The only thing jsonb refuses
 * that can get here: the scanner lets no lone surrogate and no number beyond
 * a double in, and keys hold no U+0000.
 */
static void put_storable(struct buf *out, const char *json, size_t len)
{
	const char *end = json + len, *from = json, *at = json;
	size_t n = sizeof(NUL_ESCAPE) - 1;

	while ((at = memchr(at, '\\', (size_t)(end - at)))) {
		if ((size_t)(end - at) >= n && memcmp(at, NUL_ESCAPE, n) == 0) {
			buf_put(out, from, (size_t)(at - from));
			buf_puts(out, REPLACEMENT);
			from = at += n;
		} else {
			at += 2; /* the escape of a backslash, or any other */
		}
	}
	buf_put(out, from, (size_t)(end - from));
}

static void put_value(struct buf *out, const json_t *value)
{
	struct buf plain;

	buf_init(&plain, LIMIT_REPORT_BYTES);
	json_write(&plain, value, JSON_STYLE_LINE);
	if (buf_failed(&plain))
		out->failed = true;
	else
		put_storable(out, plain.data, plain.len);
	buf_release(&plain);
}

/* A string's text, storable, as C has it; new. */
static char *take_text(const json_t *string)
{
	const char *text = json_string_value(string);
	size_t len = json_string_length(string);
	struct buf b;

	buf_init(&b, LIMIT_REPORT_BYTES);
	buf_put(&b, "", 0);
	for (size_t i = 0; i < len; i++) {
		if (text[i])
			buf_putc(&b, text[i]);
		else
			buf_puts(&b, REPLACEMENT);
	}
	return buf_take(&b);
}

/* ---- a report's row -------------------------------------------------- */

static const json_t *find(const json_t *report, const struct column *c)
{
	if (c->part)
		report = json_object_get(report, c->part);
	return json_object_get(report, c->field);
}

static bool time_of(const json_t *value, int64_t *ms)
{
	return json_is_string(value) &&
	       clock_parse(json_string_value(value), json_string_length(value),
			   ms);
}

static bool fits(const json_t *value, const struct column *c)
{
	int64_t ms;

	switch (c->holds) {
	case HOLDS_TEXT:
		return json_is_string(value) && json_string_length(value) > 0;
	case HOLDS_WHOLE:
		return json_is_integer(value);
	case HOLDS_OBJECT:
		return json_is_object(value);
	case HOLDS_OBJECT_OR_NULL:
		return json_is_object(value) || json_is_null(value);
	case HOLDS_TIME:
		return time_of(value, &ms);
	}
	return false;
}

static int put_column(struct buf *out, const json_t *report,
		      const struct column *c, struct error *err)
{
	const json_t *value = find(report, c);

	buf_printf(out, "%c\"%s\":", out->len ? ',' : '{', c->name);
	if (!value && c->fallback) {
		buf_json_string(out, c->fallback, strlen(c->fallback));
		return 0;
	}
	if (!fits(value, c))
		return error_set(err, ERR_INVALID_REQUEST, NULL,
				 "%s%s%s: expected %s", c->part ? c->part : "",
				 c->part ? "." : "", c->field,
				 wanted[c->holds]);
	put_value(out, value);
	return 0;
}

/* Takes over what is in *text. */
static struct row *make_row(enum row_kind kind, const json_t *record,
			    struct buf *text)
{
	struct row *row = xcalloc(1, sizeof(*row));

	row->kind = kind;
	if (kind == ROW_RESULT)
		row->call_id = take_text(json_object_get(record, "call_id"));
	row->correlation_id = take_text(
		json_object_get(record, "correlation_id"));
	time_of(json_object_get(record, "timestamp"), &row->evaluated);
	row->len = text->len;
	row->text = buf_take(text);
	return row;
}

struct row *row_of_report(const json_t *report, struct error *err)
{
	struct row *row = NULL;
	struct buf text;
	int rc = 0;

	buf_init(&text, LIMIT_REPORT_BYTES);
	for (size_t i = 0; rc == 0 && i < LENGTH(columns); i++)
		rc = put_column(&text, report, &columns[i], err);
	buf_putc(&text, '}');
	if (rc == 0 && buf_failed(&text))
		rc = error_set(err, ERR_TOO_LARGE, NULL,
			       "its row would be larger than %zu bytes",
			       LIMIT_REPORT_BYTES);
	if (rc == 0)
		row = make_row(ROW_RESULT, report, &text);
	buf_release(&text);
	return row;
}

/* ---- a failure's row ------------------------------------------------- */

/* As the seed's API answered: some of it, or nothing. */
enum { HTTP_SOME = 207, HTTP_NOTHING = 500 };

/* "compliance: UPSTREAM_TIMEOUT; ..." and how long the longest stage took. */
static void put_stages(struct buf *out, const json_t *stages, int64_t *longest)
{
	const char *name, *code, *separator = "";
	json_t *stage;

	json_object_foreach ((json_t *)stages, name, stage) {
		int64_t took = json_integer_value(
			json_object_get(stage, "latency_ms"));

		if (took > *longest)
			*longest = took;
		code = json_string_peek(json_object_get(stage, "error"),
					"code");
		if (!code)
			continue;
		buf_printf(out, "%s%s: %s", separator, name, code);
		separator = "; ";
	}
}

static void put_log(struct buf *out, const json_t *record, int status)
{
	const json_t *stages = json_object_get(json_object_get(record, "meta"),
					       "stages");
	const json_t *took = json_object_get(record, "processing_time_ms");
	int64_t longest = 0;
	struct buf message;

	buf_init(&message, LIMIT_REPORT_BYTES);
	buf_puts(&message, "");
	put_stages(&message, stages, &longest);
	if (json_is_integer(took))
		longest = json_integer_value(took);
	buf_puts(out, "{\"correlation_id\":");
	put_value(out, json_object_get(record, "correlation_id"));
	buf_printf(out,
		   ",\"endpoint\":\"/evaluate-call\",\"http_method\":\"POST\","
		   "\"http_status_code\":%d,\"processing_time_ms\":%lld,"
		   "\"error_message\":",
		   status, (long long)longest);
	buf_json_string(out, message.data, message.len);
	buf_puts(out, ",\"request_timestamp\":");
	put_value(out, json_object_get(record, "timestamp"));
	buf_putc(out, '}');
	buf_release(&message);
}

struct row *row_of_failure(const json_t *record)
{
	const char *status = json_string_peek(record, "status");
	const json_t *meta = json_object_get(record, "meta");
	struct row *row = NULL;
	struct buf text;
	int64_t ms;
	bool some;

	if (!status || !json_is_object(json_object_get(meta, "stages")) ||
	    !json_string_peek(record, "correlation_id") ||
	    !time_of(json_object_get(record, "timestamp"), &ms))
		return NULL;
	some = strcmp(status, "partial") == 0;
	if (!some && strcmp(status, "failed") != 0)
		return NULL;
	buf_init(&text, LIMIT_REPORT_BYTES);
	put_log(&text, record, some ? HTTP_SOME : HTTP_NOTHING);
	if (!buf_failed(&text))
		row = make_row(ROW_LOG, record, &text);
	buf_release(&text);
	return row;
}

/* ---- against what is stored ------------------------------------------ */

/* PostgreSQL prints times and numbers its own way. */
static bool same_value(const json_t *ours, const json_t *theirs,
		       const struct column *c)
{
	int64_t a, b;

	if (c->holds == HOLDS_TIME)
		return time_of(ours, &a) && time_of(theirs, &b) && a == b;
	return json_equal(ours, theirs);
}

bool row_equals(const struct row *row, const json_t *stored, bool *newer)
{
	json_auto_t *own = json_loadb(row->text, row->len, 0, NULL);
	int64_t theirs;
	bool same = own != NULL;

	for (size_t i = 0; same && i < LENGTH(columns); i++) {
		const char *name = columns[i].name;

		same = same_value(json_object_get(own, name),
				  json_object_get(stored, name), &columns[i]);
	}
	*newer = !same &&
		 time_of(json_object_get(stored, "api_evaluation_timestamp"),
			 &theirs) &&
		 theirs > row->evaluated;
	return same;
}

bool row_is_wanted(const json_t *report)
{
	const char *engine = json_string_peek(json_object_get(report, "meta"),
					      "engine");

	return !json_is_null(json_object_get(report, "overall_score")) &&
	       !json_object_get(report, "repeat") &&
	       !(engine && strcmp(engine, "rules") == 0);
}
