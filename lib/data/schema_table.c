/* Questions to a table that the schema engine's parts share. */
#include "data/schema_table.h"

#include <stdint.h>
#include <string.h>

const struct field *schema_find(const struct model *model, const char *name)
{
	for (const struct field *f = model->fields; f->name; f++) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

/* Single-character edits between two names; SIZE_MAX for long ones. */
static size_t edits(const char *a, const char *b)
{
	enum { LONGEST = 40 };
	size_t row[LONGEST + 1], n = strlen(b);

	if (strlen(a) > LONGEST || n > LONGEST)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a; a++, i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = corner + (*a != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

const char *schema_nearest(const struct model *model, const char *name)
{
	size_t least = strlen(name) / 3 + 2;
	const char *nearest = NULL;

	for (const struct field *f = model->fields; f->name; f++) {
		size_t n = edits(name, f->name);

		if (n < least) {
			least = n;
			nearest = f->name;
		}
	}
	return nearest;
}

const struct field *schema_names_field(const struct field *f,
				       const struct schema_context *context)
{
	if (!context->item_names || f->type != T_ARRAY ||
	    f->item->type != T_OBJECT)
		return NULL;
	for (const struct field *row = f->item->model->fields; row->name;
	     row++) {
		if (row->flags & F_ITEM_NAME)
			return row;
	}
	return NULL;
}

bool schema_requires(const struct field *f,
		     const struct schema_context *context)
{
	return f->flags & F_REQUIRED || schema_names_field(f, context);
}

const char *schema_key_name(const struct field *map)
{
	return map->flags & F_SECTION_KEYS ? "section" : "key";
}
