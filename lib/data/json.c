/* JSON text to values and back: jansson behind our limits and spelling. */
#include "data/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

const struct json_limits json_default_limits = {
	.bytes = LIMIT_REQUEST_BYTES,
	.depth = LIMIT_JSON_DEPTH,
	.values = LIMIT_JSON_VALUES,
};

void json_setup(void)
{
	json_set_alloc_funcs(xmalloc, free);
	json_object_seed(0);
}

json_t *json_load_scanned(const char *text, size_t len, struct error *err)
{
	json_error_t fault;
	json_t *value;

	value = json_loadb(text, len,
			   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
				   JSON_ALLOW_NUL,
			   &fault);
	/* jansson's own message would quote the text. */
	if (!value)
		error_set(err, ERR_INVALID_JSON, NULL, "%s at byte %d",
			  json_error_code(&fault) == json_error_duplicate_key
				  ? "a repeated key"
				  : "unreadable JSON",
			  fault.position);
	return value;
}

json_t *json_read(const char *text, size_t len,
		  const struct json_limits *limits, struct error *err)
{
	if (scan_whole(text, len, limits, NULL, err) < 0)
		return NULL;
	return json_load_scanned(text, len, err);
}

struct writer {
	struct buf *out;
	enum json_style style;
};

/* The text before an element: nothing, or a line break and indentation. */
static void put_indent(const struct writer *w, int level)
{
	if (w->style == JSON_STYLE_PAGE) {
		buf_putc(w->out, '\n');
		for (int i = 0; i < level; i++)
			buf_puts(w->out, "  ");
	}
}

/* A dump goes to the model: its text as it is, but for JSON's own needs. */
static void put_string(const struct writer *w, const char *s, size_t len)
{
	if (w->style != JSON_STYLE_DUMP) {
		buf_json_string(w->out, s, len);
		return;
	}
	buf_putc(w->out, '"');
	buf_escape(w->out, s, len, ESCAPE_JSON);
	buf_putc(w->out, '"');
}

static void put_comma(const struct writer *w)
{
	buf_puts(w->out, w->style == JSON_STYLE_DUMP ? ", " : ",");
}

static void put_real(const struct writer *w, double value)
{
	char text[40];

	/* whole numbers as they are said, not 1e+15 */
	if (fabs(value) < 1e16 && value == trunc(value)) {
		buf_printf(w->out, "%.1f", value);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	buf_puts(w->out, text);
	if (!strpbrk(text, ".e")) /* a real stays one when read again */
		buf_puts(w->out, ".0");
}

static void put_value(const struct writer *w, const json_t *value, int level);

static void put_object(const struct writer *w, const json_t *object, int level)
{
	const char *key;
	json_t *member;
	bool first = true;

	buf_putc(w->out, '{');
	json_object_foreach ((json_t *)object, key, member) {
		if (!first)
			put_comma(w);
		first = false;
		put_indent(w, level + 1);
		put_string(w, key, strlen(key));
		buf_puts(w->out, w->style == JSON_STYLE_LINE ? ":" : ": ");
		put_value(w, member, level + 1);
	}
	if (!first)
		put_indent(w, level);
	buf_putc(w->out, '}');
}

static void put_array(const struct writer *w, const json_t *array, int level)
{
	json_t *element;
	size_t i;

	buf_putc(w->out, '[');
	json_array_foreach (array, i, element) {
		if (i > 0)
			put_comma(w);
		put_indent(w, level + 1);
		put_value(w, element, level + 1);
	}
	if (json_array_size(array) > 0)
		put_indent(w, level);
	buf_putc(w->out, ']');
}

/* Recursion is bounded: what we write we built, or read within limits. */
static void put_value(const struct writer *w, const json_t *value, int level)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		put_object(w, value, level);
		break;
	case JSON_ARRAY:
		put_array(w, value, level);
		break;
	case JSON_STRING:
		put_string(w, json_string_value(value),
			   json_string_length(value));
		break;
	case JSON_INTEGER:
		buf_printf(w->out, "%lld",
			   (long long)json_integer_value(value));
		break;
	case JSON_REAL:
		put_real(w, json_real_value(value));
		break;
	case JSON_TRUE:
		buf_puts(w->out, "true");
		break;
	case JSON_FALSE:
		buf_puts(w->out, "false");
		break;
	case JSON_NULL:
		buf_puts(w->out, "null");
		break;
	}
}

void json_write(struct buf *b, const json_t *value, enum json_style style)
{
	struct writer w = { b, style };

	put_value(&w, value, 0);
}

const char *json_string_peek(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}
