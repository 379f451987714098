/* Texts as YAML writes them. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "data/yaml.h"

/*
 * The bytes at s, of which `left` are there, if they are a character that
 * libyaml does not read, or reads as the end of a line; and its escape.  0:
 * none of these.
 */
static size_t odd_at(const char *s, size_t left, char escape[8])
{
	static const struct {
		const char *bytes, *escape;
	} odd[] = {
		{ "\x7f", "\\x7F" },           { "\xe2\x80\xa8", "\\u2028" },
		{ "\xe2\x80\xa9", "\\u2029" }, { "\xef\xbb\xbf", "\\uFEFF" },
		{ "\xef\xbf\xbe", "\\uFFFE" }, { "\xef\xbf\xbf", "\\uFFFF" },
	};

	/* U+0080 to U+009F */
	if (left >= 2 && *s == '\xc2' && (unsigned char)s[1] < 0xa0) {
		snprintf(escape, 8, "\\x%02X", (unsigned char)s[1]);
		return 2;
	}
	for (size_t i = 0; i < LENGTH(odd); i++) {
		size_t len = strlen(odd[i].bytes);

		if (left < len || memcmp(s, odd[i].bytes, len) != 0)
			continue;
		snprintf(escape, 8, "%s", odd[i].escape);
		return len;
	}
	return 0;
}

/* Can the text stand in a block as it is: lines of printable characters? */
static bool fits_block(struct text text)
{
	char escape[8];

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c < ' ' && c != '\n' && c != '\t') ||
		    odd_at(text.data + i, text.len - i, escape) > 0)
			return false;
	}
	return text.len > 0;
}

static void put_block(struct buf *b, struct text text, unsigned indent)
{
	const char *s = text.data, *end = s + text.len;

	buf_putc(b, '|');
	/* where the first line does not show how deep they stand */
	if (strchr(" \t\n", *s))
		buf_printf(b, "%d", YAML_STEP);
	buf_puts(b, end[-1] == '\n' ? "+\n" : "-\n");
	while (s < end) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));
		size_t len = (size_t)((eol ? eol : end) - s);

		if (len > 0)
			buf_printf(b, "%*s", (int)indent, "");
		buf_put(b, s, len);
		buf_putc(b, '\n');
		s += len + 1;
	}
}

/* JSON's escapes are YAML's as well. */
static void put_quoted(struct buf *b, struct text text)
{
	char escape[8];

	buf_putc(b, '"');
	for (size_t i = 0, n; i < text.len; i += n) {
		n = odd_at(text.data + i, text.len - i, escape);
		if (n > 0) {
			buf_puts(b, escape);
			continue;
		}
		n = 1;
		buf_escape(b, text.data + i, n, ESCAPE_JSON);
	}
	buf_puts(b, "\"\n");
}

void yaml_write_text(struct buf *b, struct text text, unsigned indent)
{
	if (fits_block(text))
		put_block(b, text, indent);
	else
		put_quoted(b, text);
}
