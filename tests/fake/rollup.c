/* Makes a generated summary agree with the generated items beside it. */
#include "rollup.h"

#include <stdint.h>
#include <string.h>

static const struct {
	const char *list;
	const char *status;
} lists[] = {
	{ "no_infraction", "No Infraction" },
	{ "coaching_needed", "Coaching Needed" },
	{ "violations", "Violation" },
	{ "not_applicable", "N/A" },
	{ "exceeded", "Exceeded" },
	{ "met", "Met" },
	{ "missed", "Missed" },
};

static const char *status_of_list(const char *list)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!strcmp(lists[i].list, list))
			return lists[i].status;
	return NULL;
}

/* The first of two properties that the item has, if it is a string. */
static const char *either(const json_t *item, const char *one,
			  const char *other)
{
	const char *value = json_string_value(json_object_get(item, one));

	return value ? value : json_string_value(json_object_get(item, other));
}

/* The array whose items carry a status (or that has none), or NULL. */
static const json_t *rated_items(json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach (object, name, value) {
		const json_t *first = json_array_get(value, 0);

		if (!json_is_array(value))
			continue;
		if (!first || (either(first, "name", "skill") &&
			       either(first, "status", "rating")))
			return value;
	}
	return NULL;
}

/* maxItems of a list of the summary, where its schema has one at hand. */
static size_t list_limit(const json_t *properties, const char *list)
{
	const json_t *limit = json_object_get(json_object_get(properties, list),
					      "maxItems");

	return json_is_integer(limit) ? (size_t)json_integer_value(limit)
				      : SIZE_MAX;
}

void rollup(json_t *object, const json_t *properties)
{
	json_t *summary = json_object_get(object, "summary");
	const json_t *items = rated_items(object);
	const char *list;
	json_t *names;
	json_t *item;
	size_t i;

	json_object_foreach (summary, list, names) {
		const char *status = status_of_list(list);
		size_t limit = list_limit(properties, list);

		if (!status || !json_is_array(names) || !items)
			continue;
		json_array_clear(names);
		json_array_foreach (items, i, item) {
			const char *its = either(item, "status", "rating");

			if (its && !strcmp(its, status) &&
			    json_array_size(names) < limit)
				json_array_append_new(
					names, json_string(either(item, "name",
								  "skill")));
		}
	}
}
