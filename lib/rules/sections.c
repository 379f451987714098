/* The script's sections: how much of each the agent said, and where. */
#include "rules/sections.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "transcript/evidence.h"
#include "transcript/metrics.h"
#include "transcript/script.h"
#include "transcript/words.h"

/*
 * Shares of a section's words from which it counts as begun, half said, said.
 * Chosen on the golden calls: people keep some third of a script's rarer words
 * where they say it in their own.
 */
static const double levels[] = {
	[SECTION_LOW] = 0.12,
	[SECTION_MEDIUM] = 0.25,
	[SECTION_HIGH] = 0.45,
};

enum { QUOTE_BYTES = 200 };

/* ---- words that only one section has --------------------------------- */

struct owner {
	uint64_t hash;  /* 0: free */
	size_t section; /* index, or SHARED */
};

#define SHARED SIZE_MAX

struct owners {
	struct owner *slots;
	size_t mask, count;
};

static struct owner *owner_slot(const struct owners *o, uint64_t hash)
{
	size_t at = hash & o->mask;

	while (o->slots[at].hash && o->slots[at].hash != hash)
		at = (at + 1) & o->mask;
	return &o->slots[at];
}

static void owners_grow(struct owners *o)
{
	struct owners bigger = { .mask = o->mask * 2 + 1, .count = o->count };

	bigger.slots = xcalloc(bigger.mask + 1, sizeof(*bigger.slots));
	for (size_t i = 0; i <= o->mask; i++)
		if (o->slots[i].hash)
			*owner_slot(&bigger, o->slots[i].hash) = o->slots[i];
	free(o->slots);
	*o = bigger;
}

static void owners_read(struct owners *o, size_t section, struct text text)
{
	struct word word;
	size_t at = 0;

	while (words_next(text, &at, &word)) {
		struct owner *slot;

		if (o->count * 2 > o->mask)
			owners_grow(o);
		slot = owner_slot(o, word.hash);
		if (!slot->hash) {
			*slot = (struct owner){ word.hash, section };
			o->count++;
		} else if (slot->section != section) {
			slot->section = SHARED;
		}
	}
}

/* ---- where a section was said ---------------------------------------- */

/* Counts of one turn, by section. */
struct turn_counts {
	size_t *counts;
	size_t *touched; /* sections with counts, in the order of the turn */
	size_t touched_count;
};

static void count_turn(const struct owners *o, struct text words,
		       struct turn_counts *t)
{
	struct word word;
	size_t at = 0;

	t->touched_count = 0;
	while (words_next(words, &at, &word)) {
		const struct owner *slot = owner_slot(o, word.hash);

		if (!slot->hash || slot->section == SHARED)
			continue;
		if (t->counts[slot->section]++ == 0)
			t->touched[t->touched_count++] = slot->section;
	}
}

/* For each section the agent's turn that has most words of its own. */
static void find_turns(struct section_list *list, const struct turns *turns,
		       const struct owners *o)
{
	size_t *best = xcalloc(list->count, sizeof(*best));
	struct turn_counts t = {
		.counts = xcalloc(list->count, sizeof(*t.counts)),
		.touched = xcalloc(list->count, sizeof(*t.touched)),
	};

	for (size_t i = 0; i < turns->count; i++) {
		if (turns_role(turns, i) != ROLE_AGENT)
			continue;
		count_turn(o, turns_words(turns, i), &t);
		for (size_t k = 0; k < t.touched_count; k++) {
			size_t s = t.touched[k];

			if (t.counts[s] > best[s]) {
				best[s] = t.counts[s];
				list->items[s].turn = i;
			}
			t.counts[s] = 0;
		}
	}
	free(best);
	free(t.counts);
	free(t.touched);
}

/* ---- all of them ----------------------------------------------------- */

static enum section_level level_of(double share)
{
	enum section_level level = SECTION_SILENT;

	while (level < SECTION_HIGH && share >= levels[level + 1])
		level++;
	return level;
}

static void measure(struct section_list *list, const struct metrics *m)
{
	for (size_t i = 0; i < list->count; i++) {
		struct section *s = &list->items[i];

		*s = (struct section){
			.number = m->sections[i].number,
			.share = m->sections[i].share,
			.level = level_of(m->sections[i].share),
			.turn = TURN_NONE,
		};
		list->attempted += s->level != SECTION_SILENT;
	}
}

void section_list_init(struct section_list *list, const struct listening *l,
		       struct text script)
{
	struct owners o = { .mask = 255 };
	struct script_section *parts;
	struct evidence_index *index;
	struct metrics m;
	size_t n;

	*list = (struct section_list){ .count = 0 };
	if (!l->understood)
		return;
	index = evidence_index_new(&l->turns);
	metrics_init(&m, index, script);
	*list = (struct section_list){ .measured = m.sections,
				       .count = m.section_count };
	if (m.sections) {
		list->items = xcalloc(list->count, sizeof(*list->items));
		measure(list, &m);
		parts = xcalloc(list->count, sizeof(*parts));
		n = script_split(script, parts, list->count);
		o.slots = xcalloc(o.mask + 1, sizeof(*o.slots));
		for (size_t i = 0; i < n && i < list->count; i++)
			owners_read(&o, i, parts[i].text);
		find_turns(list, &l->turns, &o);
		free(o.slots);
		free(parts);
	}
	metrics_release(&m);
	evidence_index_free(index);
}

void section_list_release(struct section_list *list)
{
	free(list->items);
	*list = (struct section_list){ .count = 0 };
}

const char *section_level_name(enum section_level level)
{
	static const char *const names[] = { "low", "low", "medium", "high" };

	return names[level];
}

void section_quote(const struct listening *l, const struct section *s,
		   struct buf *out)
{
	const struct turn *turn = &l->turns.items[s->turn];
	struct text label = l->turns.speakers[turn->speaker].label;
	struct text words = turns_words(&l->turns, s->turn);
	const char *line = memchr(words.data, '\n', words.len);

	if (line) /* one unbroken passage */
		words.len = (size_t)(line - words.data);
	words.len = text_cut(words.data, words.len, QUOTE_BYTES);
	buf_put(out, label.data, label.len);
	buf_puts(out, ": \"");
	buf_put(out, words.data, words.len);
	buf_putc(out, '"');
}
