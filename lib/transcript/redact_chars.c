/* Characters as redaction tells them apart, in any script. */
#include <string.h>

#include "base/ascii.h"
#include "base/compiler.h"
#include "transcript/redact_lexer.h"

/* ---- one character --------------------------------------------------- */

/* Of a placeholder's number, at most. */
enum { PLACEHOLDER_DIGITS = 9 };

/* The zeros of scripts whose digits follow one another. */
static const uint32_t zeros[] = {
	0x660,  0x6f0,  0x7c0,  0x966,   0x9e6,   0xa66,   0xae6,   0xb66,
	0xbe6,  0xc66,  0xce6,  0xd66,   0xe50,   0xed0,   0xf20,   0x1040,
	0x17e0, 0x1810, 0xff10, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
};

static const struct {
	uint32_t low, high;
	enum char_kind kind;
} ranges[] = {
	{ 0x80, 0x9f, CHAR_NEUTRAL },     { 0xa0, 0xa0, CHAR_SPACE },
	{ 0xa1, 0xa1, CHAR_NEUTRAL },     { 0xa2, 0xa5, CHAR_MONEY },
	{ 0xa6, 0xa9, CHAR_NEUTRAL },     { 0xab, 0xac, CHAR_NEUTRAL },
	{ 0xad, 0xad, CHAR_NOTHING },     { 0xae, 0xb4, CHAR_NEUTRAL },
	{ 0xb6, 0xb9, CHAR_NEUTRAL },     { 0xbb, 0xbf, CHAR_NEUTRAL },
	{ 0x1680, 0x1680, CHAR_SPACE },   { 0x2000, 0x200a, CHAR_SPACE },
	{ 0x200b, 0x200f, CHAR_NOTHING }, { 0x2010, 0x2015, CHAR_DASH },
	{ 0x2016, 0x2027, CHAR_NEUTRAL }, { 0x2028, 0x2029, CHAR_NEWLINE },
	{ 0x202a, 0x202e, CHAR_NOTHING }, { 0x202f, 0x202f, CHAR_SPACE },
	{ 0x2030, 0x205e, CHAR_NEUTRAL }, { 0x205f, 0x205f, CHAR_SPACE },
	{ 0x2060, 0x206f, CHAR_NOTHING }, { 0x20a0, 0x20cf, CHAR_MONEY },
	{ 0x2212, 0x2212, CHAR_DASH },    { 0x3000, 0x3000, CHAR_SPACE },
	{ 0x3001, 0x3003, CHAR_NEUTRAL }, { 0xfe00, 0xfe0f, CHAR_NOTHING },
	{ 0xfeff, 0xfeff, CHAR_NOTHING }, { 0xff08, 0xff0c, CHAR_NEUTRAL },
	{ 0xff0d, 0xff0d, CHAR_DASH },    { 0xff0e, 0xff0e, CHAR_DOT },
	{ 0xff1a, 0xff1b, CHAR_NEUTRAL }, { 0xfffd, 0xfffd, CHAR_NEUTRAL },
};

/* Of a first byte >= 0xc2: the code point and its length; 0 if torn. */
static uint8_t decode(const unsigned char *s, size_t len, uint32_t *code)
{
	uint8_t n = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (n == 0 || n > len || s[0] > 0xf4)
		return 0;
	*code = s[0] & (0xffu >> (n + 1));
	for (uint8_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	return n;
}

static struct character wide_character(struct text text, size_t at)
{
	struct character c = { CHAR_BREAK, 1, 0 };
	uint32_t code = 0;
	uint8_t n = decode((const unsigned char *)text.data + at, text.len - at,
			   &code);

	if (n == 0)
		return c;
	c = (struct character){ CHAR_LETTER, n, 0 };
	for (size_t i = 0; i < LENGTH(zeros); i++) {
		if (code < zeros[i] || code > zeros[i] + 9)
			continue;
		c.kind = CHAR_DIGIT;
		c.value = (uint8_t)(code - zeros[i]);
		return c;
	}
	for (size_t i = 0; i < LENGTH(ranges); i++)
		if (code >= ranges[i].low && code <= ranges[i].high)
			c.kind = ranges[i].kind;
	return c;
}

static enum char_kind ascii_kind(char c)
{
	if (is_letter(c))
		return CHAR_LETTER;
	switch (c) {
	case ' ':
	case '\t':
		return CHAR_SPACE;
	case '\n':
	case '\r':
		return CHAR_NEWLINE;
	case '-':
		return CHAR_DASH;
	case '.':
		return CHAR_DOT;
	case '$':
		return CHAR_MONEY;
	case '%':
	case '/':
	case '\\':
	case '=':
	case '@':
	case '^':
		return CHAR_BREAK;
	default:
		return CHAR_NEUTRAL;
	}
}

struct character character_at(struct text text, size_t at)
{
	char byte = text.data[at];

	if (is_high(byte))
		return wide_character(text, at);
	if (is_digit(byte))
		return (struct character){ CHAR_DIGIT, 1,
					   (uint8_t)(byte - '0') };
	return (struct character){ ascii_kind(byte), 1, 0 };
}

/* ---- placeholders ---------------------------------------------------- */

/* The bytes of "_12]" at `at`; 0 if it is something else. */
static size_t number_at(struct text text, size_t at)
{
	size_t digits = 0;

	if (text_at(text, at) != '_')
		return 0;
	while (digits <= PLACEHOLDER_DIGITS &&
	       is_digit(text_at(text, at + 1 + digits)))
		digits++;
	return digits > 0 && digits <= PLACEHOLDER_DIGITS &&
			       text_at(text, at + 1 + digits) == ']'
		       ? digits + 2
		       : 0;
}

size_t placeholder_at(struct text text, size_t at, enum redact_class *class)
{
	if (text_at(text, at) != '[')
		return 0;
	for (int c = 0; c < REDACT_CLASSES; c++) {
		const char *name = redact_class_name(c);
		size_t behind = at + 1 + strlen(name), n;

		if (!text_begins(text_skip(text, at + 1), name))
			continue;
		n = number_at(text, behind);
		if (n == 0)
			continue;
		*class = c;
		return behind + n - at;
	}
	return 0;
}
