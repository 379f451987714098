/* Runs of bytes that somebody else owns, and UTF-8 that is not torn. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Need not be NUL-ended. */
struct text {
	const char *data;
	size_t len;
};

/* The text behind its first n <= len bytes. */
static inline struct text text_skip(struct text t, size_t n)
{
	return (struct text){ t.data + n, t.len - n };
}

/* The byte at `at`, NUL behind the end. */
static inline char text_at(struct text t, size_t at)
{
	return at < t.len ? t.data[at] : '\0';
}

/* Does the text begin with this? */
static inline bool text_begins(struct text t, const char *with)
{
	size_t n = strlen(with);

	return t.len >= n && memcmp(t.data, with, n) == 0;
}

/* The text without white space at its ends. */
struct text text_trim(struct text t);

/* The greatest length <= max at which the UTF-8 text can be cut. */
size_t text_cut(const char *s, size_t len, size_t max);

/*
 * Makes any bytes UTF-8 in place: what is not becomes `?`, a character torn
 * at the end goes.  For words from outside, such as a file's name.
 */
void text_mend(char *s);

enum { TEXT_REAL_SIZE = 32 };

/* The fewest digits that read back as the same finite number: "90", "0.35". */
void text_real(double number, char text[TEXT_REAL_SIZE]);

/* Do two names agree but for case, spaces and ASCII punctuation? */
bool text_same_name(const char *a, const char *b);

#endif
