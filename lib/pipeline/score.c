/* Score and summary of a call, from the lists of its answers. */
#include "pipeline/score.h"

#include <string.h>

#include "base/compiler.h"

enum {
	FULL_SCORE = 100,
	LEAST_SCORE = 1,
	VIOLATION = -15,
	COACHING = -5,
	MISSED = -3,
	EXCEEDED = 2
};
enum { SUMMARY_EACH = 2, SUMMARY_ALL = 3 };

static const json_t *list_of(const json_t *answer, const char *name)
{
	return json_object_get(json_object_get(answer, "summary"), name);
}

static int count_of(const json_t *answer, const char *name)
{
	return answer ? (int)json_array_size(list_of(answer, name)) : -1;
}

struct score_basis score_basis(const json_t *compliance,
			       const json_t *communication)
{
	return (struct score_basis){
		.violations = count_of(compliance, "violations"),
		.coaching_needed = count_of(compliance, "coaching_needed"),
		.missed = count_of(communication, "missed"),
		.exceeded = count_of(communication, "exceeded"),
	};
}

static bool holds(const json_t *list, const char *name)
{
	size_t i;
	json_t *entry;

	json_array_foreach (list, i, entry)
		if (json_is_string(entry) &&
		    strcmp(json_string_value(entry), name) == 0)
			return true;
	return false;
}

bool score_drop(struct score_basis *basis, const json_t *answer,
		const char *name)
{
	const struct {
		const char *list;
		int *count;
	} lists[] = {
		{ "violations", &basis->violations },
		{ "coaching_needed", &basis->coaching_needed },
		{ "missed", &basis->missed },
		{ "exceeded", &basis->exceeded },
	};

	for (size_t i = 0; i < LENGTH(lists); i++) {
		if (*lists[i].count > 0 &&
		    holds(list_of(answer, lists[i].list), name)) {
			--*lists[i].count;
			return true;
		}
	}
	return false;
}

bool score_known(const struct score_basis *basis)
{
	return basis->violations >= 0 && basis->missed >= 0;
}

int score_of(const struct score_basis *basis)
{
	int score = FULL_SCORE + VIOLATION * basis->violations +
		    COACHING * basis->coaching_needed + MISSED * basis->missed +
		    EXCEEDED * basis->exceeded;

	if (score < LEAST_SCORE)
		return LEAST_SCORE;
	return score > FULL_SCORE ? FULL_SCORE : score;
}

void score_range(const struct score_basis *basis, int max_items, int max_skills,
		 int *low, int *high)
{
	struct score_basis worst = *basis, best = *basis;

	if (basis->violations < 0) {
		worst.violations = max_items; /* the dearest of both lists */
		worst.coaching_needed = 0;
		best.violations = best.coaching_needed = 0;
	}
	if (basis->missed < 0) {
		worst.missed = max_skills;
		worst.exceeded = 0;
		best.missed = 0;
		best.exceeded = max_skills;
	}
	*low = score_of(&worst);
	*high = score_of(&best);
}

/* Appends up to `each` strings, as long as the list holds less than 3. */
static void take(json_t *to, const json_t *from, size_t each)
{
	for (size_t i = 0; i < each && i < json_array_size(from); i++)
		if (json_array_size(to) < SUMMARY_ALL)
			json_array_append(to, json_array_get(from, i));
}

static void take_misses(json_t *to, const json_t *script_deviation)
{
	json_t *sections = json_object_get(script_deviation, "sections");
	const char *key;
	json_t *section;

	json_object_foreach (sections, key, section) {
		const json_t *misses = json_object_get(section,
						       "critical_misses");

		if (json_array_size(to) >= SUMMARY_ALL ||
		    json_array_size(misses) == 0)
			continue;
		json_array_append_new(
			to, json_sprintf("Section %s: %s", key,
					 json_string_value(
						 json_array_get(misses, 0))));
	}
}

json_t *score_summary(const json_t *compliance, const json_t *communication,
		      const json_t *script_deviation)
{
	json_t *strengths = json_array(), *areas = json_array();
	json_t *issues = json_array();

	take(strengths, list_of(communication, "exceeded"), SUMMARY_EACH);
	take(areas, list_of(compliance, "coaching_needed"), SUMMARY_EACH);
	take(areas, list_of(communication, "missed"), SUMMARY_EACH);
	take_misses(areas, script_deviation);
	take(issues, list_of(compliance, "violations"), SUMMARY_ALL);
	return json_pack("{s:o, s:o, s:o}", "strengths", strengths,
			 "areas_for_improvement", areas, "critical_issues",
			 issues);
}
