/*
 * Any bytes as the lines that callqa-store reads: refused in words, or a row
 * that the tables take and that does not change when it is made again.
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "data/json.h"
#include "fuzz.h"
#include "store/row.h"

/* Are the row's members the table's columns, in their order? */
static void check_columns(const struct row *row, json_t *value)
{
	const char *at = row_columns(row->kind), *name;
	json_t *member;

	json_object_foreach (value, name, member) {
		size_t n = strcspn(at, ",");

		MUST(strlen(name) == n && memcmp(name, at, n) == 0);
		at += n + (at[n] == ',');
	}
	MUST(*at == '\0');
}

/* No U+0000, which jsonb refuses, in any string: none is written as such. */
static void check_storable(const struct row *row, const json_t *value)
{
	json_t *strict = json_loadb(row->text, row->len, JSON_REJECT_DUPLICATES,
				    NULL);

	/* without JSON_ALLOW_NUL jansson refuses it as PostgreSQL does */
	MUST(strict && json_equal(strict, value));
	MUST(strlen(row->text) == row->len);
	json_decref(strict);
}

static json_t *read_row(const struct row *row)
{
	json_t *value = json_loadb(row->text, row->len, JSON_ALLOW_NUL, NULL);

	MUST(json_is_object(value));
	check_storable(row, value);
	check_columns(row, value);
	MUST(row->correlation_id);
	MUST(row->fate == ROW_WAITING);
	return value;
}

/* The line that comes out goes in again and is the same row. */
static void check_again(const struct row *row, const json_t *report)
{
	json_t *copy = json_deep_copy(report), *read;
	struct error err = ERROR_INIT;
	struct buf line;
	struct row *same;

	json_object_set_new(copy, "stored", json_true());
	buf_init(&line, LIMIT_REPORT_BYTES);
	json_write(&line, copy, JSON_STYLE_LINE);
	MUST(!buf_failed(&line));
	read = json_read(line.data, line.len, &json_default_limits, &err);
	MUST(read);
	same = row_of_report(read, &err);
	MUST(same && same->len == row->len);
	MUST(memcmp(same->text, row->text, row->len) == 0);
	MUST(same->evaluated == row->evaluated);
	row_free(same);
	buf_release(&line);
	json_decref(read);
	json_decref(copy);
}

static void check_result(const struct row *row, const json_t *report)
{
	json_t *value = read_row(row);
	bool newer;

	MUST(row->kind == ROW_RESULT && row->call_id && row->call_id[0]);
	/* a table that has it, has it */
	MUST(row_equals(row, value, &newer) && !newer);
	json_object_set_new(value, "api_overall_score", json_string("no"));
	MUST(!row_equals(row, value, &newer) && !newer);
	json_object_set_new(value, "api_evaluation_timestamp",
			    json_string("9999-12-31T00:00:00Z"));
	MUST(!row_equals(row, value, &newer));
	row_equals(row, report, &newer);
	check_again(row, report);
	json_decref(value);
}

static void check_refusal(const struct error *err)
{
	json_t *text = json_string(err->text);

	MUST(err->code == ERR_INVALID_REQUEST || err->code == ERR_TOO_LARGE);
	MUST(text && err->text[0]);
	json_decref(text);
}

static void take_report(const json_t *report)
{
	struct error err = ERROR_INIT;
	struct row *row = row_of_report(report, &err);

	MUST((row != NULL) == (err.code == ERR_NONE));
	if (row)
		check_result(row, report);
	else
		check_refusal(&err);
	row_free(row);
	row = row_of_failure(report);
	if (row) {
		MUST(row->kind == ROW_LOG && !row->call_id);
		json_decref(read_row(row));
	}
	row_free(row);
	row_is_wanted(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool set_up;
	const char *at = (const char *)data, *end = at + size;

	if (!set_up)
		json_setup();
	set_up = true;
	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl ? nl : end) - at);
		json_t *report = json_read(at, len, &json_default_limits, NULL);

		if (json_is_object(report))
			take_report(report);
		json_decref(report);
		at += len + (nl != NULL);
	}
	return 0;
}
