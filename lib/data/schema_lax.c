/* Conversions of one scalar, as pydantic 2 makes them in its lax mode. */
#include "data/schema_lax.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"

/* The longest number in a string that we read, without its underscores. */
enum { NUMBER_BYTES = 127 };

static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD */

/* What Unicode calls White_Space: NBSP is common in spreadsheets. */
static size_t space_length(const char *at, size_t len)
{
	static const char *const spaces[] = { " ",
					      "\t",
					      "\n",
					      "\v",
					      "\f",
					      "\r",
					      "\xc2\x85",
					      "\xc2\xa0",
					      "\xe1\x9a\x80",
					      "\xe2\x80\x80",
					      "\xe2\x80\x81",
					      "\xe2\x80\x82",
					      "\xe2\x80\x83",
					      "\xe2\x80\x84",
					      "\xe2\x80\x85",
					      "\xe2\x80\x86",
					      "\xe2\x80\x87",
					      "\xe2\x80\x88",
					      "\xe2\x80\x89",
					      "\xe2\x80\x8a",
					      "\xe2\x80\xa8",
					      "\xe2\x80\xa9",
					      "\xe2\x80\xaf",
					      "\xe2\x81\x9f",
					      "\xe3\x80\x80" };

	for (size_t i = 0; i < LENGTH(spaces); i++) {
		size_t n = strlen(spaces[i]);

		if (n <= len && memcmp(at, spaces[i], n) == 0)
			return n;
	}
	return 0;
}

struct span {
	const char *at, *end;
};

/* The string without white space at either end. */
static struct span trim(const json_t *string)
{
	struct span s;
	size_t n;

	s.at = json_string_value(string);
	s.end = s.at + json_string_length(string);
	while ((n = space_length(s.at, (size_t)(s.end - s.at))) > 0)
		s.at += n;
	for (bool more = true; more;) {
		more = false;
		for (n = 1; n <= 3 && n <= (size_t)(s.end - s.at); n++) {
			if (space_length(s.end - n, n) == n) {
				s.end -= n;
				more = true;
				break;
			}
		}
	}
	return s;
}

static bool digit_at(const struct span *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool take(struct span *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* Digits, a single underscore allowed between two, as a negative number. */
static bool take_integer(struct span *s, int64_t *negative)
{
	int64_t n = 0;

	do {
		if (!digit_at(s))
			return false;
		for (; digit_at(s); s->at++) {
			int d = *s->at - '0';

			if (n < (INT64_MIN + d) / 10)
				return false;
			n = n * 10 - d;
		}
	} while (take(s, '_'));
	*negative = n;
	return true;
}

/* Nothing more, or a point and zeros. */
static bool ends_whole(struct span *s)
{
	if (take(s, '.')) {
		if (!digit_at(s))
			return false;
		while (take(s, '0'))
			;
	}
	return s->at == s->end;
}

static json_t *integer_of_text(const json_t *string)
{
	struct span s = trim(string);
	bool minus = take(&s, '-');
	int64_t n;

	if (!minus)
		take(&s, '+');
	if (!take_integer(&s, &n) || !ends_whole(&s))
		return NULL;
	if (minus)
		return json_integer(n);
	return n == INT64_MIN ? NULL : json_integer(-n);
}

static json_t *integer_of_real(double value)
{
	/* -2^63 and 2^63 are exact as doubles; the latter is no int64. */
	if (value < -0x1p63 || value >= 0x1p63 || value != floor(value))
		return NULL;
	return json_integer((json_int_t)value);
}

json_t *lax_integer(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_INTEGER:
		return json_incref((json_t *)value);
	case JSON_REAL:
		return integer_of_real(json_real_value(value));
	case JSON_STRING:
		return integer_of_text(value);
	default:
		return NULL;
	}
}

/*
 * Copies a number's text without single underscores inside it.  strtod() is
 * to see decimal digits only: it knows hexadecimal, `nan` and `inf` too.
 */
static bool copy_number(struct span s, char copy[NUMBER_BYTES + 1])
{
	static const char letters[] = "0123456789+-.eE";
	size_t n = 0;
	char before = '_';

	for (; s.at < s.end; s.at++) {
		if (*s.at == '_') {
			if (before == '_')
				return false;
		} else {
			if (n == NUMBER_BYTES ||
			    !memchr(letters, *s.at, sizeof(letters) - 1))
				return false;
			copy[n++] = *s.at;
		}
		before = *s.at;
	}
	copy[n] = '\0';
	return before != '_';
}

static json_t *real_of_text(const json_t *string)
{
	char copy[NUMBER_BYTES + 1], *end;
	double value;

	if (!copy_number(trim(string), copy))
		return NULL;
	value = strtod(copy, &end);
	if (end == copy || *end || !isfinite(value))
		return NULL;
	return json_real(value);
}

json_t *lax_number(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_INTEGER:
		return json_real((double)json_integer_value(value));
	case JSON_REAL:
		return json_incref((json_t *)value);
	case JSON_STRING:
		return real_of_text(value);
	default:
		return NULL;
	}
}

/* ASCII lower case, whatever the locale. */
static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

static bool same_word(const char *text, size_t len, const char *word)
{
	if (len != strlen(word))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (lower(text[i]) != word[i])
			return false;
	}
	return true;
}

static json_t *boolean_of_text(const json_t *string)
{
	static const char *const words[2][6] = {
		{ "0", "f", "n", "no", "off", "false" },
		{ "1", "t", "y", "on", "yes", "true" },
	};
	const char *text = json_string_value(string);
	size_t len = json_string_length(string);

	for (int truth = 0; truth < 2; truth++) {
		for (size_t i = 0; i < LENGTH(words[truth]); i++) {
			if (same_word(text, len, words[truth][i]))
				return json_boolean(truth);
		}
	}
	return NULL;
}

json_t *lax_boolean(const json_t *value)
{
	double number;

	switch (json_typeof(value)) {
	case JSON_TRUE:
	case JSON_FALSE:
		return json_incref((json_t *)value);
	case JSON_STRING:
		return boolean_of_text(value);
	case JSON_INTEGER:
	case JSON_REAL:
		number = json_number_value(value);
		if (number == 0 || number == 1)
			return json_boolean(number == 1);
		return NULL;
	default:
		return NULL;
	}
}

json_t *lax_time(const json_t *value)
{
	char text[TIMESTAMP_SIZE];
	int64_t ms;
	bool ok;

	if (json_is_string(value))
		ok = clock_parse(json_string_value(value),
				 json_string_length(value), &ms);
	else
		ok = json_is_number(value) &&
		     clock_from_number(json_number_value(value), &ms);
	if (!ok)
		return NULL;
	clock_format(ms, text);
	return json_string(text);
}

json_t *lax_text(const json_t *string, bool *replaced)
{
	const char *at = json_string_value(string), *nul;
	size_t left = json_string_length(string);
	struct buf copy;
	json_t *result;

	nul = memchr(at, '\0', left);
	if (!nul)
		return json_incref((json_t *)string);
	/* Each byte becomes three at most. */
	buf_init(&copy, 3 * left);
	for (; nul; nul = memchr(at, '\0', left)) {
		buf_put(&copy, at, (size_t)(nul - at));
		buf_puts(&copy, REPLACEMENT);
		left -= (size_t)(nul - at) + 1;
		at = nul + 1;
	}
	buf_put(&copy, at, left);
	result = json_stringn(copy.data, copy.len);
	buf_release(&copy);
	*replaced = true;
	return result;
}

/* The next character that counts, in lower case; 0 at the end. */
static int next_folded(const char **at)
{
	while (**at && strchr(" \t\r\n_-/", **at))
		(*at)++;
	return **at ? lower(*(*at)++) : 0;
}

bool lax_same(const char *a, const char *b)
{
	int c;

	do {
		c = next_folded(&a);
		if (c != next_folded(&b))
			return false;
	} while (c);
	return true;
}

const char *lax_choice(const char *const *list, const json_t *string,
		       bool exact)
{
	const char *text = json_string_value(string);

	if (strlen(text) != json_string_length(string))
		return NULL;
	for (; *list; list++) {
		if (exact ? strcmp(*list, text) == 0 : lax_same(*list, text))
			return *list;
	}
	return NULL;
}

static const char *skip_spaces(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/*
 * Is what follows a number a title's beginning?  `3.1`, `3-5` and `3 and 4`
 * are not: reading them as section 3 would move a finding.
 */
static bool begins_title(const char *at)
{
	const char *after = skip_spaces(at);

	switch (*after) {
	case '\0':
	case ':':
		return true;
	case '.':
	case ')':
		return !isdigit((unsigned char)after[1]);
	case '-':
		return !isdigit((unsigned char)*skip_spaces(after + 1));
	default:
		return false;
	}
}

bool lax_section(const char *text, char key[SECTION_KEY_SIZE])
{
	static const char word[] = "section";
	const char *at = skip_spaces(text);
	size_t n = 0;

	while (word[n] && lower(at[n]) == word[n])
		n++;
	if (n == sizeof(word) - 1)
		at = skip_spaces(at + n);
	while (at[0] == '0' && isdigit((unsigned char)at[1]))
		at++;
	n = strspn(at, "0123456789");
	if (n == 0 || n >= SECTION_KEY_SIZE || !begins_title(at + n))
		return false;
	memcpy(key, at, n);
	key[n] = '\0';
	return true;
}
