/* Places in text files, and errors that name them. */
#include "base/place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Leaves room for two numbers in the `where` of an error. */
enum { NAME_BYTES = 220 };

static const char BOM[] = "\xef\xbb\xbf"; /* byte order mark */

void place_step(struct place *place, struct text text, size_t i)
{
	unsigned char c = (unsigned char)text.data[i];

	if (i == 0 && text.len >= 3 && memcmp(text.data, BOM, 3) == 0)
		return; /* editors do not show it */
	if (c == '\r' && i + 1 < text.len && text.data[i + 1] == '\n')
		return; /* the LF ends the line */
	if (c == '\n' || c == '\r') {
		place->line++;
		place->column = 1;
	} else if ((c & 0xc0) != 0x80) {
		place->column++;
	}
}

struct place place_of(struct text text, size_t offset)
{
	struct place place = { 1, 1 };

	for (size_t i = 0; i < offset && i < text.len; i++)
		place_step(&place, text, i);
	/* A byte inside a character stands where the character begins. */
	if (offset < text.len && (text.data[offset] & 0xc0) == 0x80 &&
	    place.column > 1)
		place.column--;
	return place;
}

int place_fault(const char *name, struct place at, struct error *err,
		enum error_code code, const char *format, ...)
{
	char where[sizeof(err->where)], text[sizeof(err->text)];
	size_t len = strlen(name);
	const char *cut = "";
	va_list args;

	if (len > NAME_BYTES) {
		name += len - NAME_BYTES;
		while ((*name & 0xc0) == 0x80)
			name++;
		cut = "...";
	}
	snprintf(where, sizeof(where), "%s%s:%u:%u", cut, name, at.line,
		 at.column);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return error_set(err, code, where, "%s", text);
}
