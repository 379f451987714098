/* Rebuilds the lists of a summary from the items they are made of. */
#include "pipeline/rollup.h"

#include <string.h>

#include "base/text.h"

/* The place of a status in the rule's lists; past the end if in none. */
static size_t rank_of(const struct roll_up *rule, const char *status)
{
	size_t i = 0;

	while (i < ROLL_UP_LISTS && rule->lists[i].list &&
	       strcmp(rule->lists[i].status, status) != 0)
		i++;
	return i;
}

/* The worst rank that any item of this name has. */
static size_t worst_rank(const struct roll_up *rule, const json_t *items,
			 const char *name)
{
	size_t i, rank, worst = ROLL_UP_LISTS;
	json_t *item;

	json_array_foreach (items, i, item) {
		const char *other = json_string_value(
			json_object_get(item, rule->name));

		if (!text_same_name(other, name))
			continue;
		rank = rank_of(rule, json_string_value(json_object_get(
					     item, rule->status)));
		if (rank < worst)
			worst = rank;
	}
	return worst;
}

/* Is there an item of this name before position `end`? */
static bool named_before(const struct roll_up *rule, const json_t *items,
			 const char *name, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (text_same_name(
			    json_string_value(json_object_get(
				    json_array_get(items, i), rule->name)),
			    name))
			return true;
	return false;
}

/* Appends the entries of the old list that name no item; how many? */
static size_t collect_unmatched(const struct roll_up *rule, const json_t *items,
				const char *list, const json_t *old,
				json_t *unmatched)
{
	size_t i, count = 0;
	json_t *entry;

	json_array_foreach (old, i, entry) {
		if (named_before(rule, items, json_string_value(entry),
				 json_array_size(items)))
			continue;
		json_array_append_new(
			unmatched,
			json_pack("{s:s, s:O}", "list", list, "entry", entry));
		count++;
	}
	return count;
}

static json_t *rebuild(const struct roll_up *rule, const json_t *items,
		       size_t rank)
{
	json_t *names = json_array(), *item;
	size_t i;

	json_array_foreach (items, i, item) {
		json_t *name = json_object_get(item, rule->name);
		const char *text = json_string_value(name);

		if (!named_before(rule, items, text, i) &&
		    worst_rank(rule, items, text) == rank)
			json_array_append(names, name);
	}
	return names;
}

bool roll_up_summary(const struct roll_up *rule, json_t *answer,
		     json_t *unmatched)
{
	const json_t *items = json_object_get(answer, rule->items);
	json_t *summary = json_object_get(answer, "summary");
	bool alarm = false;
	size_t count;

	if (json_array_size(items) == 0)
		return false;
	for (size_t i = 0; i < ROLL_UP_LISTS && rule->lists[i].list; i++) {
		const char *list = rule->lists[i].list;

		count = collect_unmatched(rule, items, list,
					  json_object_get(summary, list),
					  unmatched);
		if (count > 0 && rule->alarm_list &&
		    strcmp(list, rule->alarm_list) == 0)
			alarm = true;
		json_object_set_new(summary, list, rebuild(rule, items, i));
	}
	return alarm;
}
