/* The table of errors, and how one is set. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
	const char *name;
	int status;
	const char *phrase;
} rows[] = {
#define ERROR_ROW(name, status, phrase) { #name, status, phrase },
	ERROR_LIST(ERROR_ROW)
#undef ERROR_ROW
};
_Static_assert(LENGTH(rows) == ERR_COUNT, "one row per error code");

int error_set(struct error *err, enum error_code code, const char *where,
	      const char *format, ...)
{
	va_list args;

	if (!err || err->code != ERR_NONE)
		return -1;
	err->code = code;
	snprintf(err->where, sizeof(err->where), "%s", where ? where : "");
	text_mend(err->where);
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	text_mend(err->text);
	return -1;
}

const char *error_name(enum error_code code)
{
	return rows[code].name;
}

const char *error_phrase(enum error_code code)
{
	return rows[code].phrase;
}

int error_status(enum error_code code)
{
	return rows[code].status;
}

int status_worse(int a, int b)
{
	static const int order[] = { EXIT_OK,     EXIT_NO_INPUT,  EXIT_RECORDS,
				     EXIT_LIMIT,  EXIT_TEMPORARY, EXIT_REFUSED,
				     EXIT_OUTPUT, EXIT_INTERNAL,  EXIT_USAGE };
	/* what is not in the list is 128 and a signal's number */
	size_t rank_a = LENGTH(order), rank_b = LENGTH(order);

	for (size_t i = 0; i < LENGTH(order); i++) {
		if (order[i] == a)
			rank_a = i;
		if (order[i] == b)
			rank_b = i;
	}
	return rank_b > rank_a ? b : a;
}
