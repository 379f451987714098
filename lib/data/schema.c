/* One walk over a document: checked and converted by its table. */
#include "data/schema.h"

#include <string.h>

#include "base/limits.h"
#include "data/schema_lax.h"
#include "data/schema_spot.h"
#include "data/schema_table.h"

struct walk {
	const struct schema_context *context;
	struct faults *faults;
};

/*
 * Every convert_*() returns the converted value, new, or NULL after at least
 * one fault.  Recursion goes as deep as the tables, whatever the input.
 */
static json_t *convert_value(struct walk *w, const struct field *f,
			     const json_t *value, const struct spot *at);

/* What may be shown of the value.  New. */
static json_t *shown(const struct walk *w, const json_t *value)
{
	if (w->context->shown && !json_is_object(value) &&
	    !json_is_array(value))
		return w->context->shown(w->context->shown_ctx, value);
	return json_incref((json_t *)value);
}

/* A fault at a place; value may be NULL.  Returns NULL. */
static json_t *fault(struct walk *w, const struct spot *at, const json_t *value,
		     bool private, const char *message)
{
	json_auto_t *safe = value ? shown(w, value) : NULL;
	struct buf path, got;

	spot_path(at, &path);
	if (safe)
		spot_got(safe, private, &got);
	else
		buf_init(&got, 0);
	faults_add(w->faults, path.data, got.data, "%s", message);
	buf_release(&path);
	buf_release(&got);
	return NULL;
}

/* The value is not what the field expects. */
static json_t *unfit(struct walk *w, const struct field *f, const json_t *value,
		     const struct spot *at)
{
	struct buf expected;

	spot_expected(f, w->context, &expected);
	fault(w, at, value, f->flags & F_PRIVATE, expected.data);
	buf_release(&expected);
	return NULL;
}

/* The value has `n` too few or too many: `at least 1 item`. */
static json_t *wrong_size(struct walk *w, const struct field *f,
			  const json_t *value, const struct spot *at,
			  bool too_few)
{
	size_t limit = too_few ? f->min_length : f->max_length;
	char text[80];

	snprintf(text, sizeof(text), "at %s %zu %s%s",
		 too_few ? "least" : "most", limit,
		 f->type == T_STRING ? "character" : "item",
		 limit == 1 ? "" : "s");
	return fault(w, at, value, f->flags & F_PRIVATE, text);
}

static void warn(struct walk *w, const struct spot *at, const char *text,
		 const json_t *value)
{
	json_auto_t *safe = value ? shown(w, value) : NULL;
	struct buf path, got;

	if (json_array_size(w->faults->warnings) >= LIMIT_FAULTS)
		return;
	spot_path(at, &path);
	if (safe)
		spot_got(safe, false, &got);
	else
		buf_init(&got, 0);
	json_array_append_new(w->faults->warnings,
			      json_sprintf("%s: %s%s", path.data,
					   safe ? got.data : "", text));
	buf_release(&path);
	buf_release(&got);
}

static size_t count_characters(const json_t *string)
{
	const char *text = json_string_value(string);
	size_t len = json_string_length(string), count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static json_t *convert_string(struct walk *w, const struct field *f,
			      const json_t *value, const struct spot *at)
{
	const char *const *names = w->context->item_names;
	bool replaced = false;
	json_t *text;
	size_t n;

	if (json_is_number(value))
		return fault(w, at, value, f->flags & F_PRIVATE,
			     "string; a number is none: write it as a string");
	if (!json_is_string(value))
		return unfit(w, f, value, at);
	if (f->flags & F_ITEM_NAME && names) {
		const char *name = lax_choice(names, value, w->context->exact);

		return name ? json_string(name) : unfit(w, f, value, at);
	}
	n = count_characters(value);
	if (n < f->min_length || (f->max_length && n > f->max_length))
		return wrong_size(w, f, value, at, n < f->min_length);
	if (f->choices && !lax_choice(f->choices, value, true))
		warn(w, at, " is not one of the usual values", value);
	text = lax_text(value, &replaced);
	if (replaced)
		warn(w, at, "U+0000 replaced by U+FFFD", NULL);
	return text;
}

static json_t *convert_choice(struct walk *w, const struct field *f,
			      const json_t *value)
{
	const char *choice = NULL;

	if (json_is_string(value))
		choice = lax_choice(f->choices, value, w->context->exact);
	return choice ? json_string(choice) : NULL;
}

static bool in_range(const struct field *f, const json_t *number)
{
	double value = json_number_value(number);

	return !((f->flags & F_MIN && value < f->min) ||
		 (f->flags & F_ABOVE && value <= f->min) ||
		 (f->flags & F_MAX && value > f->max));
}

static json_t *convert_scalar(struct walk *w, const struct field *f,
			      const json_t *value, const struct spot *at)
{
	json_t *result;

	switch (f->type) {
	case T_INTEGER:
		result = lax_integer(value);
		break;
	case T_NUMBER:
		result = lax_number(value);
		break;
	case T_BOOLEAN:
		result = lax_boolean(value);
		break;
	case T_TIME:
		result = lax_time(value);
		break;
	default:
		result = convert_choice(w, f, value);
		break;
	}
	if (result && json_is_number(result) && !in_range(f, result)) {
		json_decref(result);
		result = NULL;
	}
	return result ? result : unfit(w, f, value, at);
}

/* What is in an unknown field may be anybody's secret: its type is told. */
static void unknown_field(struct walk *w, const struct model *model,
			  const json_t *value, const struct spot *at)
{
	const char *nearest = schema_nearest(model, at->name);
	char text[160];

	snprintf(text, sizeof(text), "unknown field%s%.100s",
		 nearest ? "; nearest is " : "", nearest ? nearest : "");
	fault(w, at, value, true, text);
}

/* Puts what stands for a missing field into the object; false on a fault. */
static bool fill_missing(struct walk *w, const struct field *f, json_t *object,
			 const struct spot *at)
{
	struct spot here = { at, f->name, 0 };

	if (schema_requires(f, w->context)) {
		fault(w, &here, NULL, false, "required field is missing");
		return false;
	}
	if (f->flags & F_OPTIONAL)
		return true;
	json_object_set_new(
		object, f->name,
		f->fallback ? json_loads(f->fallback, JSON_DECODE_ANY, NULL)
			    : json_null());
	return true;
}

/* The members in the table's order; `key` is the pair's, no field. */
static json_t *convert_object(struct walk *w, const struct model *model,
			      const json_t *object, const char *key,
			      const struct spot *at)
{
	json_t *values[SCHEMA_FIELDS] = { NULL }, *result, *member;
	const struct field *f;
	const char *name;
	bool good = true;

	json_object_foreach ((json_t *)object, name, member) {
		struct spot here = { at, name, 0 };

		f = schema_find(model, name);
		if (f) {
			json_t *value = convert_value(w, f, member, &here);

			values[f - model->fields] = value;
			good = good && value;
		} else if (!model->open && !(key && strcmp(key, name) == 0)) {
			unknown_field(w, model, member, &here);
			good = false;
		}
	}
	result = json_object();
	for (f = model->fields; f->name; f++) {
		if (values[f - model->fields])
			json_object_set_new(result, f->name,
					    values[f - model->fields]);
		else if (!json_object_get(object, f->name))
			good = fill_missing(w, f, result, at) && good;
	}
	if (good)
		return result;
	json_decref(result);
	return NULL;
}

/*
 * Each name once: notes the row's name in `seen` {name: index}; false on a
 * fault.  A name that is none has its fault from convert_string().
 */
static bool note_name(struct walk *w, const struct field *names, json_t *seen,
		      const json_t *row, const struct spot *at)
{
	const json_t *value = json_object_get(row, names->name), *first;
	struct spot here = { at, names->name, 0 };
	const char *name;
	char text[80];

	if (!json_is_string(value))
		return true;
	name = lax_choice(w->context->item_names, value, w->context->exact);
	if (!name)
		return true;
	first = json_object_get(seen, name);
	if (!first) {
		json_object_set_new(seen, name,
				    json_integer((json_int_t)at->index));
		return true;
	}
	snprintf(text, sizeof(text), "each name once; entry %lld has it",
		 (long long)json_integer_value(first));
	fault(w, &here, value, false, text);
	return false;
}

static bool all_names(struct walk *w, const json_t *seen, const struct spot *at)
{
	bool good = true;

	for (const char *const *name = w->context->item_names; *name; name++) {
		struct buf text;

		if (json_object_get(seen, *name))
			continue;
		buf_init(&text, LIMIT_CONFIG_BYTES);
		buf_json_string(&text, *name, strlen(*name));
		buf_puts(&text, " is missing");
		fault(w, at, NULL, false, text.data);
		buf_release(&text);
		good = false;
	}
	return good;
}

static json_t *convert_array(struct walk *w, const struct field *f,
			     const json_t *array, const struct spot *at)
{
	const struct field *names = schema_names_field(f, w->context);
	json_auto_t *seen = names ? json_object() : NULL;
	json_t *result, *element;
	bool good = true;
	size_t i, n = json_array_size(array);

	if (!json_is_array(array))
		return unfit(w, f, array, at);
	if (f->max_length && n > f->max_length)
		return wrong_size(w, f, array, at, false);
	if (n < f->min_length && !names) {
		wrong_size(w, f, array, at, true);
		good = false;
	}
	result = json_array();
	json_array_foreach (array, i, element) {
		struct spot here = { at, NULL, i };
		json_t *value = convert_value(w, f->item, element, &here);

		good = good && value;
		if (names)
			good = note_name(w, names, seen, element, &here) &&
			       good;
		json_array_append_new(result, value ? value : json_null());
	}
	if (names)
		good = all_names(w, seen, at) && good;
	if (good)
		return result;
	json_decref(result);
	return NULL;
}

/*
 * The key as it goes into the map: a section number, or the text itself; NULL
 * after a fault.  `number` holds the former.
 */
static const char *map_key(struct walk *w, const struct field *f,
			   const json_t *map, const char *text,
			   char number[SECTION_KEY_SIZE], const struct spot *at)
{
	const char *key = text;

	if (f->flags & F_SECTION_KEYS) {
		json_auto_t *got = json_string(text);

		if (!lax_section(text, number)) {
			fault(w, at, got, false, "a section number as the key");
			return NULL;
		}
		key = number;
	}
	if (json_object_get(map, key)) {
		char message[80];

		snprintf(message, sizeof(message),
			 "each key once, not \"%.20s\" again", key);
		fault(w, at, NULL, false, message);
		return NULL;
	}
	return key;
}

/* Adds one converted member; false on a fault. */
static bool add_member(struct walk *w, const struct field *f, json_t *map,
		       const char *text, json_t *value, const struct spot *at)
{
	char number[SECTION_KEY_SIZE];
	const char *key = map_key(w, f, map, text, number, at);

	if (!key) {
		json_decref(value);
		return false;
	}
	json_object_set_new(map, key, value ? value : json_null());
	return value;
}

/* The pair's key, in place of a field's conversion; NULL after a fault. */
static const char *pair_key(struct walk *w, const char *name,
			    const json_t *pair, const struct spot *at)
{
	const json_t *key = json_object_get(pair, name);
	const char *text = json_string_value(key);

	if (text && strlen(text) == json_string_length(key))
		return text;
	fault(w, at, key, false, key ? "string" : "required field is missing");
	return NULL;
}

/* Adds the wire form of one member, {"section": KEY, ...}. */
static bool add_pair(struct walk *w, const struct field *f, json_t *map,
		     const json_t *pair, const struct spot *at)
{
	const char *name = schema_key_name(f), *key;
	struct field rows[] = { *f->item, { .name = NULL } };
	const struct model simple = { .name = "pair", .fields = rows };
	struct spot here = { at, name, 0 };
	json_t *value;

	if (!json_is_object(pair)) {
		fault(w, at, pair, false, "object");
		return false;
	}
	if (f->item->type == T_OBJECT) {
		value = convert_object(w, f->item->model, pair, name, at);
	} else {
		json_auto_t *whole = NULL;

		rows[0].name = "value";
		rows[0].flags |= F_REQUIRED;
		whole = convert_object(w, &simple, pair, name, at);
		value = json_incref(json_object_get(whole, "value"));
	}
	key = pair_key(w, name, pair, &here);
	if (key)
		return add_member(w, f, map, key, value, &here);
	json_decref(value);
	return false;
}

static bool add_members(struct walk *w, const struct field *f, json_t *map,
			const json_t *value, const struct spot *at)
{
	const char *name;
	json_t *member;
	bool good = true;
	size_t i;

	if (w->context->wire) {
		json_array_foreach (value, i, member) {
			struct spot here = { at, NULL, i };

			good = add_pair(w, f, map, member, &here) && good;
		}
		return good;
	}
	json_object_foreach ((json_t *)value, name, member) {
		struct spot here = { at, name, 0 };
		json_t *converted = convert_value(w, f->item, member, &here);

		good = add_member(w, f, map, name, converted, &here) && good;
	}
	return good;
}

static json_t *convert_map(struct walk *w, const struct field *f,
			   const json_t *value, const struct spot *at)
{
	size_t n = w->context->wire ? json_array_size(value)
				    : json_object_size(value);
	json_t *map;

	if (w->context->wire ? !json_is_array(value) : !json_is_object(value))
		return unfit(w, f, value, at);
	if (f->max_length && n > f->max_length)
		return wrong_size(w, f, value, at, false);
	if (n < f->min_length)
		return wrong_size(w, f, value, at, true);
	map = json_object();
	if (add_members(w, f, map, value, at))
		return map;
	json_decref(map);
	return NULL;
}

static json_t *convert_value(struct walk *w, const struct field *f,
			     const json_t *value, const struct spot *at)
{
	if (json_is_null(value) && f->flags & F_NULLABLE)
		return json_null();
	switch (f->type) {
	case T_OBJECT:
		if (!json_is_object(value))
			return unfit(w, f, value, at);
		return convert_object(w, f->model, value, NULL, at);
	case T_ARRAY:
		return convert_array(w, f, value, at);
	case T_MAP:
		return convert_map(w, f, value, at);
	case T_STRING:
		return convert_string(w, f, value, at);
	case T_ANY:
		return json_incref((json_t *)value);
	default:
		return convert_scalar(w, f, value, at);
	}
}

static json_t *convert_document(const struct model *model, const json_t *value,
				const struct schema_context *context,
				struct faults *faults)
{
	const struct field root = { .type = T_OBJECT, .model = model };
	const struct spot top = { NULL, NULL, 0 };
	struct walk w = { context, faults };

	return convert_value(&w, &root, value, &top);
}

/* Appends to `f` what is in `more`. */
static void take_faults(struct faults *f, struct faults *more)
{
	json_array_extend(f->list, more->list);
	json_array_extend(f->warnings, more->warnings);
	f->omitted += more->omitted;
}

json_t *schema_convert(const struct model *model, const json_t *value,
		       const struct schema_context *context,
		       struct faults *faults)
{
	struct faults best;
	json_t *result = NULL;

	if (!model->one_of)
		return convert_document(model, value, context, faults);
	faults_init(&best);
	for (size_t i = 0; model->one_of[i] && !result; i++) {
		struct faults trial, worse;

		faults_init(&trial);
		result = convert_document(model->one_of[i], value, context,
					  &trial);
		worse = trial;
		if (i == 0 || faults_count(&trial) < faults_count(&best)) {
			worse = best;
			best = trial;
		}
		faults_release(&worse);
	}
	take_faults(faults, &best);
	faults_release(&best);
	return result;
}
