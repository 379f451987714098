/*
 * What an ASCII character is, whatever the locale; a byte from 0x80 on is
 * none of these but is_high().
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>
#include <string.h>

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool is_letter(char c)
{
	return is_upper(c) || is_lower(c);
}

static inline bool is_alnum(char c)
{
	return is_letter(c) || is_digit(c);
}

/* A byte of a character beyond ASCII. */
static inline bool is_high(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

/* White space within a line. */
static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* White space, ends of lines included. */
static inline bool is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r';
}

/* Is c one of these?  NUL, which ends the string, is not. */
static inline bool is_among(char c, const char *these)
{
	return c != '\0' && strchr(these, c);
}

/* A capital's small letter; every other byte as it is. */
static inline char to_lower(char c)
{
	return is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

#endif
