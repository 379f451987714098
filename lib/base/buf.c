/* A growing run of bytes that knows its limit. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { FIRST_SIZE = 64 };

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){ .limit = limit };
}

void buf_release(struct buf *b)
{
	free(b->data);
	buf_init(b, b->limit);
}

void buf_wipe(struct buf *b)
{
	wipe(b->data, b->size);
	buf_release(b);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = '\0';
}

bool buf_reserve(struct buf *b, size_t more)
{
	size_t need, size;

	if (b->failed)
		return false;
	if (more > b->limit - b->len) {
		b->failed = true;
		return false;
	}
	need = b->len + more + 1;
	if (need <= b->size)
		return true;
	size = b->size ? b->size : FIRST_SIZE;
	while (size < need)
		size = size > SIZE_MAX / 2 ? need : size * 2;
	if (size > b->limit + 1)
		size = b->limit + 1;
	/* with the NUL */
	b->data = xgrow(b->data, b->data ? b->len + 1 : 0, size);
	b->size = size;
	return true;
}

void buf_put(struct buf *b, const char *data, size_t len)
{
	if (!buf_reserve(b, len))
		return;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		b->failed = true;
	else if (buf_reserve(b, (size_t)n)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

/* Bytes of a control beyond ASCII or DEL at s that a terminal obeys, or 0. */
static size_t hidden_length(const unsigned char *s, size_t len)
{
	if (s[0] == 0x7f)
		return 1;
	if (len >= 2 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
		return 2; /* C1 */
	if (len < 3 || s[0] != 0xe2)
		return 0;
	if (s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae)
		return 3; /* line separators, bidi embeddings */
	if (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)
		return 3; /* bidi isolates */
	return 0;
}

/* The code point of a sequence that hidden_length() measured. */
static unsigned code_point(const unsigned char *s, size_t len)
{
	if (len == 1)
		return s[0];
	if (len == 2)
		return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
	return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
}

/* Bytes at s that the mode escapes, 0 if none. */
static size_t escaped_length(const unsigned char *s, size_t len,
			     enum escape mode)
{
	if (s[0] < 0x20)
		return 1;
	if (s[0] == '"' || s[0] == '\\')
		return mode != ESCAPE_TERMINAL;
	if (s[0] < 0x7f || mode == ESCAPE_JSON)
		return 0;
	return hidden_length(s, len);
}

static void put_escape(struct buf *b, const unsigned char *s, size_t len,
		       enum escape mode)
{
	static const char letters[] = "btn\0fr"; /* \v has no short form */

	if (s[0] == '"' || s[0] == '\\')
		buf_put(b, (char[]){ '\\', (char)s[0] }, 2);
	else if (mode != ESCAPE_TERMINAL && s[0] >= '\b' && s[0] <= '\r' &&
		 s[0] != '\v')
		buf_put(b, (char[]){ '\\', letters[s[0] - '\b'] }, 2);
	else
		buf_printf(b, "\\u%04x", code_point(s, len));
}

void buf_escape(struct buf *b, const char *text, size_t len, enum escape mode)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t from = 0, n;

	if (!buf_reserve(b, len)) /* most text needs no escapes at all */
		return;
	for (size_t i = 0; i < len; i++) {
		if (s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' && s[i] != '\\')
			continue;
		n = escaped_length(s + i, len - i, mode);
		if (n == 0)
			continue;
		buf_put(b, text + from, i - from);
		put_escape(b, s + i, n, mode);
		i += n - 1;
		from = i + 1;
	}
	buf_put(b, text + from, len - from);
}

void buf_json_string(struct buf *b, const char *text, size_t len)
{
	buf_putc(b, '"');
	buf_escape(b, text, len, ESCAPE_LOG);
	buf_putc(b, '"');
}

char *buf_take(struct buf *b)
{
	char *data = b->data ? b->data : xstrdup("");

	buf_init(b, b->limit);
	return data;
}
