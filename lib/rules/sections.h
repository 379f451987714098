/*
 * The script's sections: how much of each the agent said, and where.
 */
#ifndef RULES_SECTIONS_H
#define RULES_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/text.h"
#include "rules/listen.h"

enum section_level {
	SECTION_SILENT, /* not begun: less than a few words of its own */
	SECTION_LOW,
	SECTION_MEDIUM,
	SECTION_HIGH
};

struct section {
	unsigned number;
	enum section_level level;
	double share; /* of its words, weighted; transcript/similarity.h */
	size_t turn;  /* the agent's turn with most of its words; TURN_NONE */
};

struct section_list {
	struct section *items;
	size_t count, attempted; /* not SECTION_SILENT */
	bool measured; /* false: the agent's words are not known apart, or are
			not in the book's language */
};

/* Measures in time linear in transcript and script. */
void section_list_init(struct section_list *list, const struct listening *l,
		       struct text script);
void section_list_release(struct section_list *list);

/* "low", "medium", "high"; of a silent one "low". */
const char *section_level_name(enum section_level level);

/* Appends the beginning of the section's best turn as `Label: "words"`. */
void section_quote(const struct listening *l, const struct section *s,
		   struct buf *out);

#endif
