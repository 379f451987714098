/* Makes up an instance of a JSON Schema, the same one for the same seed. */
#include "generate.h"

#include "basics.h"
#include "rollup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A chain of $ref longer than this is a loop. */
#define REFS_MAX 16

/* Lists are this long at most, unless minItems says more. */
#define LIST_MAX 3

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct generator {
	const json_t *root;
	uint64_t call;
	uint64_t state; /* of the random numbers */
};

#define NO_INDEX SIZE_MAX

/* Where in the instance a value stands. */
struct place {
	const char *key; /* nearest property above, "" at the root */
	size_t index;    /* in the array it belongs to, or NO_INDEX */
	size_t base;     /* drawn once for that array */
	int depth;
};

static json_t *make(struct generator *g, const json_t *schema,
		    struct place place);

/* A number below `limit`, which is not 0. */
static size_t below(struct generator *g, size_t limit)
{
	return (size_t)(hash_mix(g->state++) % limit);
}

/* True in that many cases of a hundred. */
static bool chance(struct generator *g, unsigned percent)
{
	return below(g, 100) < percent;
}

/* A number that depends on the call and a word alone. */
static size_t of_call(const struct generator *g, const char *word)
{
	return (size_t)(hash_mix(hash_string(g->call, word)) >> 1);
}

static bool has_violations(const struct generator *g)
{
	return of_call(g, "violations") % 3 == 0;
}

/* One step of a JSON pointer; `step` is not NUL-terminated. */
static const json_t *pointer_step(const json_t *at, const char *step,
				  size_t length)
{
	struct text name = { 0 };
	const json_t *next;

	text_add(&name, "", 0);
	for (size_t i = 0; i < length; i++) {
		if (step[i] == '~' && i + 1 < length)
			text_add(&name, step[++i] == '0' ? "~" : "/", 1);
		else
			text_add(&name, step + i, 1);
	}
	if (json_is_array(at))
		next = json_array_get(at, strtoul(name.data, NULL, 10));
	else
		next = json_object_get(at, name.data);
	text_release(&name);
	return next;
}

/* The schema itself, or what its $ref (or lone allOf) stands for. */
static const json_t *resolve(const struct generator *g, const json_t *schema)
{
	for (int i = 0; i < REFS_MAX; i++) {
		const json_t *all = json_object_get(schema, "allOf");
		const char *at = json_string_value(
			json_object_get(schema, "$ref"));

		if (!at && !json_array_size(all))
			return schema;
		if (!at) {
			schema = json_array_get(all, 0);
			continue;
		}
		schema = g->root;
		at += *at == '#';
		while (*at == '/') {
			size_t length = strcspn(at + 1, "/");

			schema = pointer_step(schema, at + 1, length);
			at += length + 1;
		}
	}
	return NULL;
}

static json_int_t number_or(const json_t *schema, const char *key,
			    json_int_t otherwise)
{
	const json_t *value = json_object_get(schema, key);

	if (!json_is_number(value))
		return otherwise;
	return (json_int_t)json_number_value(value);
}

/* How often a value of an enum is drawn against the others. */
static unsigned weight_of(const struct generator *g, const json_t *value)
{
	static const struct {
		const char *word;
		unsigned weight;
	} weights[] = {
		{ "No Infraction", 65 },
		{ "Coaching Needed", 12 },
		{ "N/A", 8 },
		{ "Violation", 15 },
		{ "Met", 55 },
		{ "Exceeded", 20 },
		{ "Missed", 15 },
		{ "completed", 45 },
	};
	const char *word = json_string_value(value);

	if (word && !strcmp(word, "Violation") && !has_violations(g))
		return 0;
	for (size_t i = 0; word && i < COUNT(weights); i++)
		if (!strcmp(weights[i].word, word))
			return weights[i].weight;
	return 20;
}

/* One value of an enum, by weight. */
static json_t *choose(struct generator *g, const json_t *values)
{
	unsigned total = 0;
	unsigned drawn;
	json_t *value;
	size_t i;

	json_array_foreach (values, i, value)
		total += weight_of(g, value);
	drawn = total ? (unsigned)below(g, total) : 0;
	json_array_foreach (values, i, value) {
		unsigned weight = weight_of(g, value);

		if (drawn < weight)
			return json_deep_copy(value);
		drawn -= weight;
	}
	return json_deep_copy(json_array_get(values, 0));
}

/* Some words; those of neighbours in an array differ. */
static void add_phrase(struct generator *g, struct place place,
		       struct text *out)
{
	static const char *const phrases[] = {
		"the caller was greeted by name",
		"rates were read out too fast to follow",
		"a pause after the price helped",
		"the reason for the call came late",
		"fees were explained in plain words",
		"the callback time was repeated back",
		"two questions were left open",
		"consent to record was asked for",
		"the tone stayed friendly throughout",
		"the next step was put in one sentence",
		"an objection was met with a figure",
	};
	static const char *const names[] = {
		"Active listening", "Recorded line notice", "Clear next steps",
		"Fee disclosure",   "Plain language",       "Identity check",
		"Pace of speech",   "No pressure",          "Empathy",
		"Honest rates",
	};
	bool name = !strcmp(place.key, "name") || !strcmp(place.key, "skill");
	const char *const *list = name ? names : phrases;
	size_t count = name ? COUNT(names) : COUNT(phrases);

	if (place.index == NO_INDEX) {
		text_addf(out, "%s", list[below(g, count)]);
		return;
	}
	text_addf(out, "%s", list[(place.base + place.index) % count]);
	if (place.index >= count)
		text_addf(out, " %zu", place.index / count + 1);
}

static json_t *make_string(struct generator *g, const json_t *schema,
			   struct place place)
{
	json_int_t least = number_or(schema, "minLength", 0);
	json_int_t most = number_or(schema, "maxLength", 1 << 20);
	struct text out = { 0 };
	json_t *string;

	if (!strcmp(place.key, "section"))
		text_addf(&out, "%zu", place.index + 1);
	else
		add_phrase(g, place, &out);
	place.index = NO_INDEX;
	while ((json_int_t)out.length < least) {
		text_addf(&out, ", and ");
		add_phrase(g, place, &out);
	}
	if (most >= 0 && (json_int_t)out.length > most)
		out.length = (size_t)most;
	string = json_stringn(out.data, out.length);
	text_release(&out);
	return string;
}

/* In a list of numbers 1, 2, 3; elsewhere a small one. */
static json_t *make_integer(struct generator *g, const json_t *schema,
			    struct place place)
{
	json_int_t least = number_or(schema, "minimum", 0);
	json_int_t most = number_or(schema, "maximum", INT32_MAX);
	json_int_t number;

	if (json_object_get(schema, "exclusiveMinimum"))
		least = number_or(schema, "exclusiveMinimum", 0) + 1;
	if (json_object_get(schema, "exclusiveMaximum"))
		most = number_or(schema, "exclusiveMaximum", 0) - 1;
	if (place.index != NO_INDEX)
		number = (least > 1 ? least : 1) + (json_int_t)place.index;
	else
		number = least + (json_int_t)below(g, 5);
	return json_integer(number > most ? most : number);
}

/* A limit of numbers, inclusive or not; `*limit` is left if there is none. */
static bool set_limit(const json_t *schema, const char *inclusive,
		      const char *exclusive, double *limit)
{
	const json_t *value = json_object_get(schema, exclusive);

	if (!value)
		value = json_object_get(schema, inclusive);
	if (!json_is_number(value))
		return false;
	*limit = json_number_value(value);
	return true;
}

/* A number strictly between its limits, or the only one they leave. */
static json_t *make_number(struct generator *g, const json_t *schema)
{
	double least = 0;
	double most;
	bool floor = set_limit(schema, "minimum", "exclusiveMinimum", &least);

	most = least + 5;
	set_limit(schema, "maximum", "exclusiveMaximum", &most);
	if (!floor && most <= 0)
		least = most - 5;
	return json_real(least +
			 (most - least) * (double)(below(g, 8) + 1) / 10);
}

static json_t *make_boolean(struct generator *g, struct place place)
{
	if (!strcmp(place.key, "requires_deep_dive"))
		return json_boolean(of_call(g, place.key) % 5 == 0);
	return json_boolean(chance(g, 30));
}

/* The values of a property's enum in an item's schema, or NULL. */
static const json_t *enum_of(const struct generator *g, const json_t *item,
			     const char *name)
{
	const json_t *properties = json_object_get(item, "properties");

	return json_object_get(resolve(g, json_object_get(properties, name)),
			       "enum");
}

/*
 * The property of an item whose enum the array goes through one by one: of
 * pairs their section, else the first one of which the enum has as many
 * values as items are wanted; or NULL.
 */
static const char *roll_call(const struct generator *g, const json_t *schema,
			     const json_t *item)
{
	json_int_t wanted = number_or(schema, "minItems", 0);
	const json_t *properties = json_object_get(item, "properties");
	const char *name;
	json_t *property;

	if (enum_of(g, item, "section"))
		return "section";
	json_object_foreach ((json_t *)properties, name, property) {
		size_t values = json_array_size(enum_of(g, item, name));

		if (values && (json_int_t)values == wanted)
			return name;
	}
	return NULL;
}

static size_t list_length(struct generator *g, const json_t *schema,
			  const json_t *item, struct place place)
{
	json_int_t least = number_or(schema, "minItems", 0);
	json_int_t most = number_or(schema, "maxItems", INT32_MAX);
	json_int_t length = (json_int_t)below(g, LIST_MAX + 1);

	if (!strcmp(place.key, "red_flags"))
		length = of_call(g, place.key) % 10 == 0;
	if (json_object_get(json_object_get(item, "properties"), "section"))
		length = LIST_MAX;
	if (place.depth > GENERATE_DEPTH_MAX / 4)
		length = 0; /* a schema that contains itself comes to an end */
	if (length < least)
		length = least;
	if (length > most)
		length = most;
	return length > 0 ? (size_t)length : 0;
}

static json_t *make_array(struct generator *g, const json_t *schema,
			  struct place place)
{
	const json_t *item = resolve(g, json_object_get(schema, "items"));
	size_t length = list_length(g, schema, item, place);
	const char *turn = roll_call(g, schema, item);
	const json_t *each = json_object_get(item, "enum");
	struct place at = { place.key, 0, below(g, 1000), place.depth + 1 };
	json_t *array = json_array();

	if (turn)
		each = enum_of(g, item, turn);
	else if (!json_is_true(json_object_get(schema, "uniqueItems")))
		each = NULL;
	if (each && length > json_array_size(each))
		length = json_array_size(each);
	for (; at.index < length; at.index++) {
		json_t *value = make(g, item, at);

		if (turn) {
			json_object_set(value, turn,
					json_array_get(each, at.index));
		} else if (each) {
			json_decref(value);
			value = json_deep_copy(json_array_get(each, at.index));
		}
		json_array_append_new(array, value);
	}
	return array;
}

/* A map: keys "1".."3", or the values of propertyNames' enum. */
static void make_map(struct generator *g, const json_t *schema,
		     struct place place, json_t *object)
{
	const json_t *each = json_object_get(schema, "additionalProperties");
	const json_t *names = json_object_get(
		resolve(g, json_object_get(schema, "propertyNames")), "enum");
	json_int_t wanted = number_or(schema, "minProperties", LIST_MAX);
	json_int_t most = number_or(schema, "maxProperties", INT32_MAX);

	if (wanted < LIST_MAX)
		wanted = LIST_MAX;
	if (names)
		wanted = (json_int_t)json_array_size(names);
	for (json_int_t i = 0; i < wanted && i < most; i++) {
		struct place at = { place.key, NO_INDEX, 0, place.depth + 1 };
		char number[24];
		const char *key = number;

		snprintf(number, sizeof(number), "%d", (int)i + 1);
		if (names)
			key = json_string_value(
				json_array_get(names, (size_t)i));
		json_object_set_new(object, key, make(g, resolve(g, each), at));
	}
}

/* A schema without a list is a prompt's short form: it means all. */
static bool is_required(const json_t *schema, const char *name)
{
	const json_t *list = json_object_get(schema, "required");
	json_t *each;
	size_t i;

	if (!list)
		return true;
	json_array_foreach (list, i, each)
		if (json_is_string(each) &&
		    !strcmp(json_string_value(each), name))
			return true;
	return false;
}

static json_t *make_object(struct generator *g, const json_t *schema,
			   struct place place)
{
	const json_t *properties = json_object_get(schema, "properties");
	json_t *object = json_object();
	const char *name;
	json_t *property;

	json_object_foreach ((json_t *)properties, name, property) {
		struct place at = { name, NO_INDEX, place.base,
				    place.depth + 1 };

		/* what tells items of an array apart */
		if (!strcmp(name, "section") || !strcmp(name, "name") ||
		    !strcmp(name, "skill"))
			at.index = place.index == NO_INDEX ? 0 : place.index;
		if (!is_required(schema, name) && chance(g, 25))
			continue;
		json_object_set_new(object, name, make(g, property, at));
	}
	if (!json_object_size(properties) &&
	    json_is_object(json_object_get(schema, "additionalProperties")))
		make_map(g, schema, place, object);
	rollup(object, json_object_get(resolve(g, json_object_get(properties,
								  "summary")),
				       "properties"));
	return object;
}

/* One of several schemas: null now and then, else one of the others. */
static const json_t *branch(struct generator *g, const json_t *several)
{
	bool null = chance(g, 25);
	size_t first = below(g, json_array_size(several));
	size_t count = json_array_size(several);

	for (size_t i = 0; i < count; i++) {
		const json_t *schema = resolve(
			g, json_array_get(several, (first + i) % count));
		const char *type = json_string_value(
			json_object_get(schema, "type"));

		if ((type && !strcmp(type, "null")) == null)
			return schema;
	}
	return resolve(g, json_array_get(several, first));
}

/* The type to make, where the schema leaves a choice or names none. */
static const char *type_of(struct generator *g, const json_t *schema)
{
	const json_t *type = json_object_get(schema, "type");
	size_t count = json_array_size(type);
	bool null = chance(g, 25);

	if (json_is_string(type))
		return json_string_value(type);
	for (size_t i = 0; i < count; i++) {
		const char *each = json_string_value(json_array_get(type, i));

		if (each && !strcmp(each, "null") == null)
			return each;
	}
	if (count)
		return json_string_value(json_array_get(type, 0));
	if (json_object_get(schema, "properties") ||
	    json_object_get(schema, "additionalProperties"))
		return "object";
	return json_object_get(schema, "items") ? "array" : "string";
}

static json_t *make(struct generator *g, const json_t *schema,
		    struct place place)
{
	const json_t *several;
	const char *type;

	schema = resolve(g, schema);
	if (place.depth >= GENERATE_DEPTH_MAX)
		return json_null();
	if (json_object_get(schema, "const"))
		return json_deep_copy(json_object_get(schema, "const"));
	if (json_array_size(json_object_get(schema, "enum")))
		return choose(g, json_object_get(schema, "enum"));
	several = json_object_get(schema, "anyOf");
	if (!json_array_size(several))
		several = json_object_get(schema, "oneOf");
	if (json_array_size(several)) {
		place.depth++;
		return make(g, branch(g, several), place);
	}
	type = type_of(g, schema);
	if (!strcmp(type, "object"))
		return make_object(g, schema, place);
	if (!strcmp(type, "array"))
		return make_array(g, schema, place);
	if (!strcmp(type, "integer"))
		return make_integer(g, schema, place);
	if (!strcmp(type, "number"))
		return make_number(g, schema);
	if (!strcmp(type, "boolean"))
		return make_boolean(g, place);
	if (!strcmp(type, "null"))
		return json_null();
	return make_string(g, schema, place);
}

json_t *generate(const json_t *schema, uint64_t call, uint64_t seed)
{
	struct generator g = { schema, call, hash_mix(seed) };
	struct place root = { "", NO_INDEX, 0, 0 };

	return make(&g, schema, root);
}
