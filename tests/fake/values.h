/* Reads a file of JSON values: NDJSON, a stream of values, or one array. */
#ifndef FAKE_VALUES_H
#define FAKE_VALUES_H

#include "basics.h"

#include <jansson.h>

/* A file being read; `line` is where the value returned last begins. */
struct values {
	const char *file;
	struct text text;
	size_t at;
	size_t counted; /* newlines up to here are in `line` */
	unsigned line;
	bool array;
	bool begun; /* a value of the array was returned */
};

/* Loads the file (name borrowed); dies with EXIT_USAGE if it cannot. */
void values_open(struct values *values, const char *file);

/*
 * The next value (new reference; of an array, its next element), or NULL at
 * the end. What is not JSON ends the process: `FILE:LINE: why`, EXIT_USAGE.
 */
json_t *values_next(struct values *values);

/* Frees what the reader holds. */
void values_close(struct values *values);

#endif
