/* Runs of bytes that somebody else owns, and UTF-8 that is not torn. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Need not be NUL-ended. */
struct text {
	const char *data;
	size_t len;
};

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
