/* Places in text files, as people and editors count them. */
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/text.h"

/*
 * From 1; lines end at LF, CR LF or CR, columns are characters, a byte order
 * mark at the beginning is none.
 */
struct place {
	unsigned line, column;
};

/* Steps over the byte at text.data[i], which stands at *place. */
void place_step(struct place *place, struct text text, size_t i);

/* The place of the byte at `offset`, or of the end if there is none. */
struct place place_of(struct text text, size_t offset);

/*
 * Sets *err with "name:line:column" in front, a name too long without its
 * beginning; returns -1.
 */
int place_fault(const char *name, struct place at, struct error *err,
		enum error_code code, const char *format, ...)
	PRINTF_LIKE(5, 6);

#endif
