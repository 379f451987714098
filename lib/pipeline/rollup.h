/*
 * Models miscount: the lists of an answer's summary are rebuilt from its
 * items before anybody reads them.
 */
#ifndef PIPELINE_ROLLUP_H
#define PIPELINE_ROLLUP_H

#include <jansson.h>
#include <stdbool.h>

enum { ROLL_UP_LISTS = 4 };

struct roll_up {
	const char *items;  /* "items", "skills" */
	const char *name;   /* "name", "skill" */
	const char *status; /* "status", "rating" */
	/* Lists of the summary with the status they hold, worst first. */
	struct {
		const char *list; /* NULL ends */
		const char *status;
	} lists[ROLL_UP_LISTS];
	/* The list whose unknown entries still start a deep dive, or NULL */
	const char *alarm_list;
};

/*
 * Rebuilds answer.summary in place: names of each status in item order, once
 * each; a name that occurs twice counts with its worst status, a status that
 * has no list nowhere.  An entry of the old summary that names no item
 * (compared without case, spaces, punctuation) is appended to `unmatched` as
 * {"list", "entry"}.  Without items the lists stand.  Returns whether an
 * unmatched entry stood in the alarm list.
 */
bool roll_up_summary(const struct roll_up *rule, json_t *answer,
		     json_t *unmatched);

#endif
