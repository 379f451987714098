/* A run of bytes that somebody else owns; need not be NUL-ended. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

struct text {
	const char *data;
	size_t len;
};

#endif
