/* Runs of bytes, and UTF-8 that is not torn. */
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"

struct text text_trim(struct text t)
{
	while (t.len > 0 && is_space(t.data[0]))
		t = text_skip(t, 1);
	while (t.len > 0 && is_space(t.data[t.len - 1]))
		t.len--;
	return t;
}

size_t text_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* Bytes of the well-formed character at s (Unicode, table 3-7), 0 if none. */
static size_t character(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Does the text end within the character that begins at s? */
static bool torn(const unsigned char *s)
{
	size_t n = 1;

	if (s[0] < 0xc2 || s[0] > 0xf4)
		return false;
	while ((s[n] & 0xc0) == 0x80)
		n++;
	return s[n] == '\0';
}

void text_mend(char *s)
{
	unsigned char *at = (unsigned char *)s;
	size_t n;

	for (; *at; at += n) {
		n = character(at);
		if (n > 0)
			continue;
		if (torn(at)) {
			*at = '\0';
			return;
		}
		*at = '?';
		n = 1;
	}
}

bool text_same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a && !isalnum((unsigned char)*a) && !(*a & 0x80))
			a++;
		while (*b && !isalnum((unsigned char)*b) && !(*b & 0x80))
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

void text_real(double number, char text[TEXT_REAL_SIZE])
{
	int digits = 1;

	if (number == floor(number) && fabs(number) < 1e15) {
		snprintf(text, TEXT_REAL_SIZE, "%.0f", number);
		return;
	}
	do
		snprintf(text, TEXT_REAL_SIZE, "%.*g", digits, number);
	while (strtod(text, NULL) != number && ++digits <= 17);
}
