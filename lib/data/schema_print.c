/* JSON Schemas out of tables, in the three forms that have readers. */
#include <math.h>
#include <string.h>

#include "data/schema.h"
#include "data/schema_share.h"
#include "data/schema_table.h"

#define DIALECT "https://json-schema.org/draft/2020-12/schema"
/* What lax_section() makes of a key. */
#define SECTION_PATTERN "^(0|[1-9][0-9]{0,8})$"

struct printer {
	enum schema_form form;
	const struct schema_context *context;
};

/* Each puts the keywords of its kind into an object, a schema begun. */
static void put_field(const struct printer *p, json_t *schema,
		      const struct field *f);

static void set_text(json_t *schema, const char *keyword, const char *text)
{
	json_object_set_new(schema, keyword, json_string(text));
}

static void set_size(json_t *schema, const char *keyword, size_t n)
{
	json_object_set_new(schema, keyword, json_integer((json_int_t)n));
}

/* A bound, as an integer where it is one: `100`, not `100.0`. */
static void set_number(json_t *schema, const char *keyword, double n)
{
	json_object_set_new(schema, keyword,
			    n == floor(n) ? json_integer((json_int_t)n)
					  : json_real(n));
}

static void set_type(json_t *schema, const char *type, const struct field *f)
{
	if (f->flags & F_NULLABLE)
		json_object_set_new(schema, "type",
				    json_pack("[ss]", type, "null"));
	else
		set_text(schema, "type", type);
}

static json_t *list_of(const char *const *names)
{
	json_t *list = json_array();

	for (; *names; names++)
		json_array_append_new(list, json_string(*names));
	return list;
}

static size_t count_names(const char *const *names)
{
	size_t n = 0;

	while (names[n])
		n++;
	return n;
}

/* In a prompt the values say that they are strings. */
static void put_enum(const struct printer *p, json_t *schema,
		     const struct field *f, const char *const *names)
{
	json_t *list = list_of(names);

	if (f->flags & F_NULLABLE)
		json_array_append_new(list, json_null());
	if (p->form != SCHEMA_PROMPT)
		set_type(schema, "string", f);
	json_object_set_new(schema, "enum", list);
}

static void put_string(const struct printer *p, json_t *schema,
		       const struct field *f)
{
	if (f->flags & F_ITEM_NAME && p->context->item_names) {
		put_enum(p, schema, f, p->context->item_names);
		return;
	}
	set_type(schema, "string", f);
	if (p->form != SCHEMA_FULL)
		return;
	if (f->min_length)
		set_size(schema, "minLength", f->min_length);
	if (f->max_length)
		set_size(schema, "maxLength", f->max_length);
	if (f->choices)
		json_object_set_new(schema, "examples", list_of(f->choices));
}

static void put_number(const struct printer *p, json_t *schema,
		       const struct field *f)
{
	set_type(schema, f->type == T_INTEGER ? "integer" : "number", f);
	if (p->form == SCHEMA_WIRE)
		return;
	if (f->flags & F_MIN)
		set_number(schema, "minimum", f->min);
	if (f->flags & F_ABOVE)
		set_number(schema, "exclusiveMinimum", f->min);
	if (f->flags & F_MAX)
		set_number(schema, "maximum", f->max);
}

static void put_time(const struct printer *p, json_t *schema,
		     const struct field *f)
{
	set_type(schema, "string", f);
	if (p->form != SCHEMA_WIRE)
		set_text(schema, "format", "date-time");
}

static json_t *field_schema(const struct printer *p, const struct field *f)
{
	json_t *schema = json_object();

	put_field(p, schema, f);
	return schema;
}

static void put_array(const struct printer *p, json_t *schema,
		      const struct field *f)
{
	size_t least = f->min_length, most = f->max_length;

	if (schema_names_field(f, p->context))
		least = most = count_names(p->context->item_names);
	set_type(schema, "array", f);
	json_object_set_new(schema, "items", field_schema(p, f->item));
	if (p->form == SCHEMA_WIRE)
		return;
	if (least)
		set_size(schema, "minItems", least);
	/* A prompt pays for what no sane answer reaches. */
	if (most && p->form == SCHEMA_FULL)
		set_size(schema, "maxItems", most);
}

/* A prompt's reader knows: all members, unless a list says which. */
static bool says_required(const struct printer *p, const json_t *required,
			  const json_t *properties)
{
	if (p->form == SCHEMA_PROMPT)
		return json_array_size(required) < json_object_size(properties);
	return json_array_size(required) > 0;
}

/*
 * `pair` is NULL, or the map whose members these objects are in wire form:
 * then the key comes first, for models write members in the schema's order.
 */
static void put_members(const struct printer *p, json_t *schema,
			const struct model *model, const struct field *pair)
{
	json_t *properties = json_object(), *required = json_array();

	if (pair) {
		const char *key = schema_key_name(pair);

		json_object_set_new(properties, key,
				    json_pack("{ss}", "type", "string"));
		json_array_append_new(required, json_string(key));
	}
	for (const struct field *f = model->fields; f->name; f++) {
		json_object_set_new(properties, f->name, field_schema(p, f));
		if (p->form == SCHEMA_FULL ? schema_requires(f, p->context)
					   : !(f->flags & F_OPTIONAL))
			json_array_append_new(required, json_string(f->name));
	}
	json_object_set_new(schema, "properties", properties);
	if (says_required(p, required, properties))
		json_object_set(schema, "required", required);
	json_decref(required);
	if (!model->open && p->form != SCHEMA_PROMPT)
		json_object_set_new(schema, "additionalProperties",
				    json_false());
}

static json_t *pair_schema(const struct printer *p, const struct field *map)
{
	struct field rows[] = { *map->item, { .name = NULL } };
	const struct model simple = { .name = "pair", .fields = rows };
	json_t *schema = json_pack("{ss}", "type", "object");

	rows[0].name = "value";
	put_members(p, schema,
		    map->item->type == T_OBJECT ? map->item->model : &simple,
		    map);
	return schema;
}

static void put_map(const struct printer *p, json_t *schema,
		    const struct field *f)
{
	if (p->form == SCHEMA_WIRE) {
		set_type(schema, "array", f);
		json_object_set_new(schema, "items", pair_schema(p, f));
		return;
	}
	set_type(schema, "object", f);
	if (f->flags & F_SECTION_KEYS && p->form == SCHEMA_FULL)
		json_object_set_new(
			schema, "propertyNames",
			json_pack("{ss}", "pattern", SECTION_PATTERN));
	json_object_set_new(schema, "additionalProperties",
			    field_schema(p, f->item));
	if (f->min_length)
		set_size(schema, "minProperties", f->min_length);
	if (f->max_length && p->form == SCHEMA_FULL)
		set_size(schema, "maxProperties", f->max_length);
}

static void put_object(const struct printer *p, json_t *schema,
		       const struct field *f)
{
	if (p->form == SCHEMA_FULL && f->model->title)
		set_text(schema, "title", f->model->title);
	/* In a prompt `properties` says it. */
	if (p->form != SCHEMA_PROMPT || f->flags & F_NULLABLE)
		set_type(schema, "object", f);
	put_members(p, schema, f->model, NULL);
}

static void put_kind(const struct printer *p, json_t *schema,
		     const struct field *f)
{
	switch (f->type) {
	case T_STRING:
		put_string(p, schema, f);
		break;
	case T_INTEGER:
	case T_NUMBER:
		put_number(p, schema, f);
		break;
	case T_BOOLEAN:
		set_type(schema, "boolean", f);
		break;
	case T_CHOICE:
		put_enum(p, schema, f, f->choices);
		break;
	case T_TIME:
		put_time(p, schema, f);
		break;
	case T_OBJECT:
		put_object(p, schema, f);
		break;
	case T_ARRAY:
		put_array(p, schema, f);
		break;
	case T_MAP:
		put_map(p, schema, f);
		break;
	case T_ANY: /* no keyword: anything */
		break;
	}
}

/* What a missing field becomes: its fallback, or null. */
static json_t *default_of(const struct field *f)
{
	return f->fallback ? json_loads(f->fallback, JSON_DECODE_ANY, NULL)
			   : json_null();
}

static void put_field(const struct printer *p, json_t *schema,
		      const struct field *f)
{
	put_kind(p, schema, f);
	if (p->form != SCHEMA_FULL)
		return;
	if (f->help)
		set_text(schema, "description", f->help);
	if (f->name && !(f->flags & F_OPTIONAL) &&
	    !schema_requires(f, p->context))
		json_object_set_new(schema, "default", default_of(f));
}

static bool in_subset(const struct model *model);

static bool field_in_subset(const struct field *f)
{
	if (f->type == T_ANY || f->flags & F_OPTIONAL)
		return false;
	return (!f->model || in_subset(f->model)) &&
	       (!f->item || field_in_subset(f->item));
}

static bool in_subset(const struct model *model)
{
	if (model->one_of || model->open)
		return false;
	for (const struct field *f = model->fields; f->name; f++) {
		if (!field_in_subset(f))
			return false;
	}
	return true;
}

bool schema_has_wire(const struct model *model)
{
	return in_subset(model);
}

static void put_one_of(const struct printer *p, json_t *schema,
		       const struct model *model)
{
	json_t *list = json_array();

	if (p->form == SCHEMA_FULL)
		set_text(schema, "title", model->title);
	for (size_t i = 0; model->one_of[i]; i++) {
		const struct field one = { .type = T_OBJECT,
					   .model = model->one_of[i] };

		json_array_append_new(list, field_schema(p, &one));
	}
	json_object_set_new(schema, "oneOf", list);
}

json_t *schema_json(const struct model *model, enum schema_form form,
		    const struct schema_context *context)
{
	const struct field root = { .type = T_OBJECT, .model = model };
	struct printer p = { form, context };
	json_t *schema;

	if (form == SCHEMA_WIRE && !schema_has_wire(model))
		return NULL;
	schema = json_object();
	if (form == SCHEMA_FULL)
		set_text(schema, "$schema", DIALECT);
	if (model->one_of)
		put_one_of(&p, schema, model);
	else
		put_field(&p, schema, &root);
	if (form == SCHEMA_PROMPT)
		schema_share(schema);
	return schema;
}
