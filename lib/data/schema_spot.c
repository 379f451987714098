/* The words of a fault: where, what was expected, what was found. */
#include "data/schema_spot.h"

#include <string.h>

#include "base/limits.h"

/* A path: SCHEMA_DEPTH steps of names and cut keys; and one expectation. */
#define PATH_BYTES       ((size_t)4 << 10)
#define EXPECTED_BYTES   ((size_t)8 << 10)
#define ELLIPSIS         "\xe2\x80\xa6"
#define WIDEST_CHARACTER 4 /* bytes, in UTF-8 */

static bool plain_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return *name && strchr(letters, *name) &&
	       strspn(name, rest) == strlen(name) &&
	       strlen(name) <= LIMIT_GOT_BYTES;
}

/* Bytes of the first character of valid UTF-8. */
static size_t character_bytes(const char *at)
{
	unsigned char c = (unsigned char)*at;

	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : WIDEST_CHARACTER;
}

/* A quoted JSON string of at most LIMIT_GOT_BYTES, cut at a character. */
static void put_short_string(struct buf *out, const char *text, size_t len)
{
	size_t limit = LIMIT_GOT_BYTES - strlen("\"" ELLIPSIS "\"");
	struct buf whole;

	buf_init(&whole, 6 * (limit + WIDEST_CHARACTER));
	for (size_t i = 0; i < len;) {
		size_t n = character_bytes(text + i), before = whole.len;

		buf_escape(&whole, text + i, n, ESCAPE_JSON);
		if (whole.len > limit) {
			whole.len = before;
			buf_puts(&whole, ELLIPSIS);
			break;
		}
		i += n;
	}
	buf_putc(out, '"');
	buf_put(out, whole.data, whole.len);
	buf_putc(out, '"');
	buf_release(&whole);
}

static void put_step(struct buf *out, const struct spot *at)
{
	if (!at->name) {
		buf_printf(out, "[%zu]", at->index);
	} else if (plain_name(at->name)) {
		if (out->len > 0)
			buf_putc(out, '.');
		buf_puts(out, at->name);
	} else {
		buf_putc(out, '[');
		put_short_string(out, at->name, strlen(at->name));
		buf_putc(out, ']');
	}
}

void spot_path(const struct spot *at, struct buf *out)
{
	const struct spot *steps[2 * SCHEMA_DEPTH];
	size_t n = 0;

	buf_init(out, PATH_BYTES);
	buf_puts(out, "");
	for (; at->up && n < LENGTH(steps); at = at->up)
		steps[n++] = at;
	while (n > 0)
		put_step(out, steps[--n]);
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "object";
	case JSON_ARRAY:
		return "array";
	case JSON_STRING:
		return "string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "boolean";
	default:
		return "null";
	}
}

void spot_got(const json_t *value, bool private, struct buf *out)
{
	buf_init(out, LIMIT_GOT_BYTES);
	if (private || json_is_object(value) || json_is_array(value))
		buf_puts(out, type_name(value));
	else if (json_is_string(value))
		put_short_string(out, json_string_value(value),
				 json_string_length(value));
	else if (json_is_integer(value))
		buf_printf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		buf_printf(out, "%.15g", json_real_value(value));
	else if (json_is_boolean(value))
		buf_puts(out, json_is_true(value) ? "true" : "false");
	else
		buf_puts(out, "null");
}

static void put_range(struct buf *out, const struct field *f, const char *kind)
{
	bool from = f->flags & F_MIN, to = f->flags & F_MAX;

	buf_puts(out, kind);
	if (f->flags & F_ABOVE)
		buf_printf(out, " greater than %.15g", f->min);
	if (f->flags & F_ABOVE && to)
		buf_printf(out, " and at most %.15g", f->max);
	else if (from && to)
		buf_printf(out, " from %.15g to %.15g", f->min, f->max);
	else if (from)
		buf_printf(out, " of at least %.15g", f->min);
	else if (to)
		buf_printf(out, " of at most %.15g", f->max);
}

static void put_choices(struct buf *out, const char *const *list)
{
	buf_puts(out, list[1] ? "one of " : "");
	for (size_t i = 0; list[i]; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		buf_json_string(out, list[i], strlen(list[i]));
	}
}

void spot_expected(const struct field *f, const struct schema_context *context,
		   struct buf *out)
{
	buf_init(out, EXPECTED_BYTES);
	switch (f->type) {
	case T_STRING:
		if (f->flags & F_ITEM_NAME && context->item_names)
			put_choices(out, context->item_names);
		else
			buf_puts(out, "string");
		break;
	case T_INTEGER:
		put_range(out, f, "integer");
		break;
	case T_NUMBER:
		put_range(out, f, "number");
		break;
	case T_BOOLEAN:
		buf_puts(out, "boolean");
		break;
	case T_CHOICE:
		put_choices(out, f->choices);
		break;
	case T_TIME:
		buf_puts(out, "time such as 2026-01-15T10:30:00Z");
		break;
	case T_ARRAY:
		buf_puts(out, "array");
		break;
	case T_MAP:
		buf_puts(out, context->wire ? "array of objects" : "object");
		break;
	default:
		buf_puts(out, "object");
		break;
	}
	if (f->flags & F_NULLABLE)
		buf_puts(out, " or null");
	if (buf_failed(out)) { /* more names than a line can hold */
		buf_clear(out);
		buf_puts(out, "one of the names in the schema");
	}
}
