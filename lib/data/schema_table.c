/* Questions to a table that the schema engine's parts share. */
#include "data/schema_table.h"

#include <string.h>

#include "base/nearest.h"

const struct field *schema_find(const struct model *model, const char *name)
{
	for (const struct field *f = model->fields; f->name; f++) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

const char *schema_nearest(const struct model *model, const char *name)
{
	const char *names[SCHEMA_FIELDS + 1];
	size_t n = 0;

	for (const struct field *f = model->fields; f->name; f++)
		names[n++] = f->name;
	names[n] = NULL;
	return nearest_name(name, names);
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
