/* Questions to a table that the schema engine's parts share. */
#ifndef DATA_SCHEMA_TABLE_H
#define DATA_SCHEMA_TABLE_H

#include <stdbool.h>

#include "data/schema.h"

/* The field of that name, or NULL; borrowed. */
const struct field *schema_find(const struct model *model, const char *name);

/* The field's name that a misspelt one may mean, or NULL; borrowed. */
const char *schema_nearest(const struct model *model, const char *name);

/*
 * The row field of an array whose values are the context's names, each once;
 * NULL if the array has none or the context does not.  Borrowed.
 */
const struct field *schema_names_field(const struct field *array,
				       const struct schema_context *context);

/* Must the field be there? */
bool schema_requires(const struct field *f,
		     const struct schema_context *context);

/* What the key of a map is called in its wire form: "section" or "key". */
const char *schema_key_name(const struct field *map);

#endif
