/* The schema that is built into the program; made by embed.cmake. */
#ifndef STORE_BUILTIN_SQL_H
#define STORE_BUILTIN_SQL_H

#include <stddef.h>

struct builtin_sql {
	const char *name; /* NULL ends the table */
	const char *data;
	size_t len;
};

extern const struct builtin_sql builtin_sql[];

#endif
