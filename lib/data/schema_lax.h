/*
 * One scalar, made what its field wants: pydantic 2's lax mode, less what
 * would invent a value.  Used by the schema engine alone.
 */
#ifndef DATA_SCHEMA_LAX_H
#define DATA_SCHEMA_LAX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/*
 * The value as an integer, a real, a boolean, a string of RFC 3339.  NULL if
 * it is none.  New.
 */
json_t *lax_integer(const json_t *value) MUST_USE;
json_t *lax_number(const json_t *value) MUST_USE;
json_t *lax_boolean(const json_t *value) MUST_USE;
json_t *lax_time(const json_t *value) MUST_USE;

/*
 * The string, shared; a copy if it holds U+0000, each of them replaced by
 * U+FFFD (*replaced is then true, else left alone).  New.
 */
json_t *lax_text(const json_t *string, bool *replaced) MUST_USE;

/*
 * The name of the NULL-ended list that the string means: exactly, or without
 * case, white space, `_`, `-` and `/`.  NULL if none; borrowed from the list.
 */
const char *lax_choice(const char *const *list, const json_t *string,
		       bool exact);

/* Are the two the same without case, white space, `_`, `-` and `/`? */
bool lax_same(const char *a, const char *b);

/* The longest section number with its NUL: nine digits. */
#define SECTION_KEY_SIZE 10

/*
 * The number in `3`, `03`, `Section 3`, `3.`, `3: Intro`, `3) Intro`,
 * `3 - Intro`.  False for what is no single number, as `3.1` or `3-5`.
 */
bool lax_section(const char *text, char key[SECTION_KEY_SIZE]);

#endif
