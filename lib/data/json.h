/*
 * JSON text to values and back: jansson behind our limits and our spelling.
 */
#ifndef DATA_JSON_H
#define DATA_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/scan.h"

/* The limits of what we read when no setting says otherwise. */
extern const struct json_limits json_default_limits;

/* Before threads start: jansson's hash seed and our allocator. */
void json_setup(void);

/*
 * Reads exactly one value: scan_whole(), then jansson; repeated keys are a
 * fault, \u0000 in a value is allowed.  NULL with *err (ERR_INVALID_JSON or
 * ERR_TOO_LARGE; text tells the byte).  New.
 */
json_t *json_read(const char *text, size_t len,
		  const struct json_limits *limits, struct error *err) MUST_USE;

/*
 * The value of text that the scanner has accepted; only a repeated key is
 * still a fault.  NULL with *err, which quotes nothing of the text.  New.
 */
json_t *json_load_scanned(const char *text, size_t len,
			  struct error *err) MUST_USE;

enum json_style {
	JSON_STYLE_LINE, /* `{"a":1,"b":[2,3]}` */
	JSON_STYLE_DUMP, /* `{"a": 1, "b": [2, 3]}`, as Python dumps a model */
	JSON_STYLE_PAGE  /* two spaces of indentation a level, for people */
};

/*
 * Appends the value: keys in their order, UTF-8 as it is, a real as the
 * shortest text that reads back the same (`50000.0`, `0.35`, `1e+20`).  But
 * for a dump, what a terminal would obey or hide (DEL, C1, bidi controls,
 * U+2028, U+2029) is escaped.
 */
void json_write(struct buf *b, const json_t *value, enum json_style style);

/* The member's string, or NULL if it is missing or no string; borrowed. */
const char *json_string_peek(const json_t *object, const char *key);

#endif
