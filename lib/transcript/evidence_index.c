/* The words of a transcript as numbers: equal words, equal numbers. */
#include "transcript/evidence_index.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "transcript/similarity.h"
#include "transcript/words.h"

enum { FIRST_SLOTS = 1024, FIRST_WORDS = 512, FIRST_PLACES = 2048 };

static size_t slot_of(const struct evidence_index *index, uint64_t hash)
{
	size_t slot = (size_t)hash & index->mask;

	while (index->slots[slot] != 0 &&
	       index->words[index->slots[slot] - 1].hash != hash)
		slot = (slot + 1) & index->mask;
	return slot;
}

static void grow_slots(struct evidence_index *index)
{
	size_t size = 2 * (index->mask + 1);

	free(index->slots);
	index->slots = xcalloc(size, sizeof(*index->slots));
	index->mask = size - 1;
	for (size_t i = 0; i < index->word_count; i++)
		index->slots[slot_of(index, index->words[i].hash)] =
			(uint32_t)i + 1;
}

/* The word's number; a new one if it was not there. */
static uint32_t intern(struct evidence_index *index, struct text text,
		       const struct word *word)
{
	size_t slot = slot_of(index, word->hash);

	if (index->slots[slot] != 0)
		return index->slots[slot] - 1;
	index->words = xroom(index->words, index->word_count, &index->word_room,
			     sizeof(*index->words));
	index->words[index->word_count] = (struct entry_word){
		.hash = word->hash,
		.first = WORD_UNKNOWN,
		.last = WORD_UNKNOWN,
		.carries = word_carries(text, word),
	};
	index->slots[slot] = (uint32_t)++index->word_count;
	if (2 * index->word_count > index->mask)
		grow_slots(index);
	return (uint32_t)index->word_count - 1;
}

static void add_place(struct evidence_index *index, struct text text,
		      const struct word *word, size_t turn)
{
	size_t offset = index->turns->items[turn].words.begin;
	uint32_t id = intern(index, text, word), at = (uint32_t)index->count;
	struct entry_word *w = &index->words[id];

	index->places = xroom(index->places, index->count, &index->room,
			      sizeof(*index->places));
	index->places[index->count++] = (struct place){
		.id = id,
		.begin = (uint32_t)(offset + word->begin),
		.end = (uint32_t)(offset + word->end),
		.turn = (uint32_t)turn,
		.next = WORD_UNKNOWN,
	};
	if (w->count++ == 0)
		w->first = at;
	else
		index->places[w->last].next = at;
	w->last = at;
}

struct evidence_index *evidence_index_new(const struct turns *turns)
{
	struct evidence_index *index = xcalloc(1, sizeof(*index));

	index->turns = turns;
	index->room = FIRST_PLACES;
	index->places = xmalloc(index->room * sizeof(*index->places));
	index->word_room = FIRST_WORDS;
	index->words = xmalloc(index->word_room * sizeof(*index->words));
	index->slots = xcalloc(FIRST_SLOTS, sizeof(*index->slots));
	index->mask = FIRST_SLOTS - 1;
	for (size_t i = 0; i < turns->count; i++) {
		struct text text = turns_words(turns, i);
		struct word word;
		size_t at = 0;

		while (words_next(text, &at, &word))
			add_place(index, text, &word, i);
	}
	return index;
}

void evidence_index_free(struct evidence_index *index)
{
	if (!index)
		return;
	free(index->places);
	free(index->words);
	free(index->slots);
	free(index);
}

uint32_t index_word(const struct evidence_index *index, uint64_t hash)
{
	size_t slot = slot_of(index, hash);

	return index->slots[slot] ? index->slots[slot] - 1 : WORD_UNKNOWN;
}

void index_quote(const struct evidence_index *index, struct text text,
		 struct quote_words *q)
{
	size_t room = 64, at = 0;
	struct word word;

	*q = (struct quote_words){ .text = text };
	q->ids = xmalloc(room * sizeof(*q->ids));
	while (words_next(text, &at, &word)) {
		q->ids = xroom(q->ids, q->count, &room, sizeof(*q->ids));
		if (q->count == 0)
			q->begin = word.begin;
		q->end = word.end;
		q->ids[q->count] = index_word(index, word.hash);
		q->unknown += q->ids[q->count] == WORD_UNKNOWN;
		q->count++;
	}
}

void evidence_place(const struct evidence_index *index, size_t begin,
		    size_t end, struct evidence *out)
{
	const struct turn *turns = index->turns->items;
	size_t first = index->places[begin].turn;
	size_t last = index->places[end].turn;

	out->turn = first;
	out->span = (struct span){ index->places[begin].begin,
				   index->places[end].end };
	out->speaker = turns[first].speaker;
	out->several = false;
	for (size_t i = first; i <= last; i++)
		out->several |= turns[i].speaker != out->speaker;
	if (out->several)
		out->speaker = SPEAKER_NONE;
}
