/* Times as transcripts write them. */
#include "transcript/label_time.h"

#include <stddef.h>
#include <string.h>

#include "base/ascii.h"
#include "base/compiler.h"

enum { SECOND_MS = 1000, MINUTE_S = 60, HOUR_S = 3600, NOON_H = 12 };
enum { DIGITS_MOST = 6 };

static void skip(struct text *t, size_t n)
{
	t->data += n;
	t->len -= n;
}

static void skip_blanks(struct text *t)
{
	while (is_blank(text_at(*t, 0)))
		skip(t, 1);
}

static bool take_char(struct text *t, char c)
{
	if (text_at(*t, 0) != c || c == '\0')
		return false;
	skip(t, 1);
	return true;
}

/* Digits, `least` to `most` of them and no more. */
static bool take_digits(struct text *t, size_t least, size_t most, int64_t *n)
{
	size_t k = 0;

	*n = 0;
	while (k < t->len && k <= most && is_digit(t->data[k]))
		*n = *n * 10 + (t->data[k++] - '0');
	if (k < least || k > most)
		return false;
	skip(t, k);
	return true;
}

/* ".5", ",500": what is behind the third digit does not count. */
static int64_t take_fraction(struct text *t)
{
	int64_t ms = 0, unit = 100;

	if ((text_at(*t, 0) != '.' && text_at(*t, 0) != ',') ||
	    !is_digit(text_at(*t, 1)))
		return 0;
	skip(t, 1);
	for (; is_digit(text_at(*t, 0)); skip(t, 1), unit /= 10)
		ms += unit * (text_at(*t, 0) - '0');
	return ms;
}

/* "AM", "p.m.": moves the hours. */
static void take_half(struct text *t, int64_t *seconds)
{
	struct text s = *t;
	char half;

	skip_blanks(&s);
	half = (char)(text_at(s, 0) | 0x20);
	if (half != 'a' && half != 'p')
		return;
	skip(&s, 1);
	take_char(&s, '.');
	if ((text_at(s, 0) | 0x20) != 'm')
		return;
	skip(&s, 1);
	take_char(&s, '.');
	if (is_letter(text_at(s, 0)))
		return; /* a word that begins so */
	if (half == 'p' && *seconds < NOON_H * HOUR_S)
		*seconds += NOON_H * HOUR_S;
	if (half == 'a' && *seconds >= NOON_H * HOUR_S)
		*seconds -= NOON_H * HOUR_S;
	*t = s;
}

/* "3:07", "01:02:03.500" */
static bool take_clock(struct text *t, int64_t *ms)
{
	struct text s = *t;
	int64_t a, b, c, seconds;

	if (!take_digits(&s, 1, 3, &a) || !take_char(&s, ':') ||
	    !take_digits(&s, 2, 2, &b) || b >= MINUTE_S)
		return false;
	seconds = a * MINUTE_S + b;
	if (s.len > 2 && s.data[0] == ':' && is_digit(s.data[1])) {
		skip(&s, 1);
		if (!take_digits(&s, 2, 2, &c) || c >= MINUTE_S)
			return false;
		seconds = seconds * MINUTE_S + c;
	}
	*ms = take_fraction(&s);
	if (is_digit(text_at(s, 0)))
		return false;
	take_half(&s, &seconds);
	*ms += seconds * SECOND_MS;
	*t = s;
	return true;
}

/* "2026-01-05T10:00:03Z"; the day does not count. */
static bool take_date_time(struct text *t, int64_t *ms)
{
	struct text s = *t;
	int64_t n;

	if (!take_digits(&s, 4, 4, &n) || !take_char(&s, '-') ||
	    !take_digits(&s, 2, 2, &n) || !take_char(&s, '-') ||
	    !take_digits(&s, 2, 2, &n) ||
	    (!take_char(&s, 'T') && !take_char(&s, ' ')) || !take_clock(&s, ms))
		return false;
	take_char(&s, 'Z');
	*t = s;
	return true;
}

/* "12.5", "12s"; a bare number is none, it could be anything. */
static bool take_seconds(struct text *t, int64_t *ms)
{
	struct text s = *t;
	const char *digits;
	int64_t n;

	if (!take_digits(&s, 1, DIGITS_MOST, &n))
		return false;
	digits = s.data;
	*ms = n * SECOND_MS + take_fraction(&s);
	if (!take_char(&s, 's') && s.data == digits)
		return false;
	*t = s;
	return true;
}

static bool take_one(struct text *t, bool seconds, int64_t *ms)
{
	return take_date_time(t, ms) || take_clock(t, ms) ||
	       (seconds && take_seconds(t, ms));
}

/* What stands between two times. */
static bool take_dash(struct text *t)
{
	static const char *const dashes[] = {
		"-->", "->", "-", "\xe2\x80\x93", "\xe2\x80\x94", "to "
	};

	skip_blanks(t);
	for (size_t i = 0; i < LENGTH(dashes); i++) {
		if (!text_begins(*t, dashes[i]))
			continue;
		skip(t, strlen(dashes[i]));
		skip_blanks(t);
		return true;
	}
	return false;
}

bool time_take(struct text *t, bool seconds, int64_t *start, int64_t *end)
{
	int64_t first_ms, last_ms;
	struct text s;

	*start = *end = -1;
	if (!take_one(t, seconds, &first_ms))
		return false;
	*start = first_ms;
	s = *t;
	if (take_dash(&s) && take_one(&s, seconds, &last_ms)) {
		*t = s;
		*end = last_ms < first_ms ? -1 : last_ms;
	}
	return true;
}

bool time_take_framed(struct text *t, int64_t *start, int64_t *end)
{
	struct text s = *t;
	char open = text_at(s, 0);
	char close = open == '[' ? ']' : open == '(' ? ')' : '>';

	if (open != '[' && open != '(' && open != '<')
		return time_take(t, false, start, end);
	skip(&s, 1);
	skip_blanks(&s);
	if (!time_take(&s, true, start, end))
		return false;
	skip_blanks(&s);
	if (!take_char(&s, close)) {
		*start = *end = -1;
		return false;
	}
	*t = s;
	return true;
}
