/* What stands before the words of a line: bullets, times, a speaker's name. */
#include "transcript/redact_label.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "base/hash.h"

/* The longest time in brackets, name of a speaker, words of a name. */
enum { TIME_BYTES = 40, NAME_BYTES = 40, NAME_WORDS = 4 };

/* Behind the text a line ends. */
static char byte_at(struct text t, size_t at)
{
	return at < t.len ? t.data[at] : '\n';
}

static bool ends_line(char c)
{
	return c == '\n' || c == '\r';
}

static size_t skip_any(struct text t, size_t at, const char *these)
{
	while (is_among(text_at(t, at), these))
		at++;
	return at;
}

/*
 * Is it a time or two?  Groups of at most three digits, a colon, or else two
 * dots at most: neither an address nor an account number is taken for one.
 */
static bool is_time(struct text t, size_t at, size_t end)
{
	size_t run = 0, colons = 0, dots = 0;

	for (; at < end; at++) {
		run = is_digit(t.data[at]) ? run + 1 : 0;
		colons += t.data[at] == ':' && is_digit(byte_at(t, at + 1));
		dots += t.data[at] == '.';
		if (run > 3)
			return false;
	}
	return colons > 0 || dots == 1 || dots == 2;
}

/* Behind `[00:03.720]` or `(1.62-5.84)`; `at` if there is none. */
static size_t skip_bracketed(struct text t, size_t at)
{
	char close = byte_at(t, at) == '[' ? ']' : ')';
	size_t i = at + 1;

	if (byte_at(t, at) != '[' && byte_at(t, at) != '(')
		return at;
	while (i < at + TIME_BYTES &&
	       is_among(text_at(t, i), "0123456789:.,- >s"))
		i++;
	return byte_at(t, i) == close && is_time(t, at, i) ? i + 1 : at;
}

/* Behind `00:03`, `00:00:01,500`; `at` if there is none. */
static size_t skip_clock(struct text t, size_t at)
{
	bool colon = false;
	size_t i = at;

	for (; i < at + TIME_BYTES && is_among(text_at(t, i), "0123456789:.,");
	     i++)
		colon = colon || t.data[i] == ':';
	if (!colon || !is_digit(t.data[at]) || t.data[at + 1] == '.' ||
	    !is_among(byte_at(t, i), " \t\n\r-]"))
		return at;
	return is_time(t, at, i) ? i : at;
}

static size_t skip_times(struct text t, size_t at)
{
	for (;;) {
		size_t next = skip_bracketed(t, at);

		if (next == at)
			next = skip_clock(t, at);
		if (next == at)
			return at;
		at = skip_any(t, next, " \t|>-");
	}
}

/* A line of digits before a line with `-->` is a subtitle's number. */
static size_t skip_index(struct text t, size_t at)
{
	size_t i = at, line;

	while (is_digit(byte_at(t, i)) && i < at + 6)
		i++;
	if (i == at || i >= t.len || !ends_line(t.data[i]))
		return at;
	line = i + 1 + (byte_at(t, i) == '\r' && byte_at(t, i + 1) == '\n');
	for (size_t k = line;
	     k < line + TIME_BYTES && k + 2 < t.len && !ends_line(t.data[k]);
	     k++)
		if (memcmp(t.data + k, "-->", 3) == 0)
			return i;
	return at;
}

/* ---- the name -------------------------------------------------------- */

static uint32_t hash_name(const char *s, size_t len)
{
	return fnv1a_fold(fnv1a_put(FNV1A_START, s, len)) | 1;
}

/* Behind the colon of `Agent:`; `at` if that is no name. */
static size_t skip_name(struct text t, size_t at)
{
	size_t words = 0;

	for (size_t i = at; i < at + NAME_BYTES; i++) {
		char c = byte_at(t, i);

		if (c == ':' && i > at) {
			char next = byte_at(t, i + 1);

			return ends_line(next) || next == ' ' || next == '\t' ||
					       next == '*'
				       ? i + 1
				       : at;
		}
		if (c == '\0' || is_among(c, "\n\r.?!,;\"$%:"))
			return at;
		words += c == ' ';
		if (words >= NAME_WORDS)
			return at;
	}
	return at;
}

/* Behind `<v Agent>`, as WebVTT has it. */
static size_t skip_voice(struct text t, size_t at)
{
	if (byte_at(t, at) != '<' || byte_at(t, at + 1) != 'v' ||
	    (byte_at(t, at + 2) != ' ' && byte_at(t, at + 2) != '.'))
		return at;
	for (size_t i = at + 2; i < at + NAME_BYTES; i++) {
		if (byte_at(t, i) == '>')
			return i + 1;
		if (ends_line(byte_at(t, i)))
			return at;
	}
	return at;
}

struct line_label label_find(struct text text, size_t at)
{
	struct line_label label = { 0 };

	label.begin = skip_index(text, at);
	label.begin = skip_times(text, skip_any(text, label.begin, " \t>*_#-"));
	label.end = skip_voice(text, label.begin);
	if (label.end == label.begin)
		label.end = skip_name(text, label.begin);
	if (label.end > label.begin)
		label.speaker = hash_name(text.data + label.begin,
					  label.end - label.begin);
	return label;
}
