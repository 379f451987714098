/*
 * A growing run of bytes that knows its limit.
 *
 * Append freely and ask buf_failed() once at the end: what would pass the
 * limit is not appended and the buffer stays failed.  `data` is always
 * NUL-ended after the first append, and may be NULL before.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct buf {
	char *data;
	size_t len;
	size_t size;  /* allocated */
	size_t limit; /* greatest len, from base/limits.h */
	bool failed;
};

/* An empty buffer; allocates nothing. */
void buf_init(struct buf *b, size_t limit);

/* Frees the bytes; the buffer is empty again, with the same limit. */
void buf_release(struct buf *b);

/*
 * The same, and no byte of them stays in memory, but for copies that it left
 * behind while it grew: what is secret has its room reserved first.
 */
void buf_wipe(struct buf *b);

/* Forgets the bytes and a failure, keeps the memory. */
void buf_clear(struct buf *b);

/* Makes room for `more` bytes beyond len; false (and failed) if too many. */
bool buf_reserve(struct buf *b, size_t more);

/* Append bytes, a string, one byte, formatted text. */
void buf_put(struct buf *b, const char *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

enum escape {
	ESCAPE_JSON,    /* `"`, `\` and control characters, as JSON has it */
	ESCAPE_LOG,     /* and DEL, C1, bidi controls, U+2028/9: JSON too */
	ESCAPE_TERMINAL /* all controls as \uXXXX, quotes as they are */
};

/* Appends UTF-8 text with what the mode names escaped, the rest as it is. */
void buf_escape(struct buf *b, const char *text, size_t len, enum escape mode);

/*
 * Appends a JSON string: quotes around text escaped by ESCAPE_LOG, so that no
 * terminal that shows it obeys it.
 */
void buf_json_string(struct buf *b, const char *text, size_t len);

/* The bytes, NUL-ended, now the caller's to free; the buffer is empty. */
char *buf_take(struct buf *b) MUST_USE;

/* Did an append not fit? */
static inline bool buf_failed(const struct buf *b)
{
	return b->failed;
}

#endif
