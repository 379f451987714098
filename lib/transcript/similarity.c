/* How much of a document's words was said. */
#include "transcript/similarity.h"

#include <math.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/xalloc.h"

enum { FIRST_SLOTS = 256, CONTENT_LETTERS = 4 };

/* ---- sets of words --------------------------------------------------- */

void word_set_init(struct word_set *set)
{
	set->slots = xcalloc(FIRST_SLOTS, sizeof(*set->slots));
	set->mask = FIRST_SLOTS - 1;
	set->count = 0;
}

void word_set_release(struct word_set *set)
{
	free(set->slots);
	*set = (struct word_set){ .slots = NULL };
}

/* Where the word is, or would be. */
static size_t slot_of(const struct word_set *set, uint64_t hash)
{
	size_t slot = (size_t)hash & set->mask;

	while (set->slots[slot] != 0 && set->slots[slot] != hash)
		slot = (slot + 1) & set->mask;
	return slot;
}

static void grow(struct word_set *set)
{
	struct word_set old = *set;

	set->mask = 2 * old.mask + 1;
	set->slots = xcalloc(set->mask + 1, sizeof(*set->slots));
	for (size_t i = 0; i <= old.mask; i++)
		if (old.slots[i] != 0)
			set->slots[slot_of(set, old.slots[i])] = old.slots[i];
	free(old.slots);
}

bool word_set_add(struct word_set *set, uint64_t hash)
{
	size_t slot = slot_of(set, hash);

	if (set->slots[slot] != 0)
		return false;
	set->slots[slot] = hash;
	if (2 * ++set->count > set->mask)
		grow(set);
	return true;
}

static bool word_set_has(const struct word_set *set, uint64_t hash)
{
	return set->slots[slot_of(set, hash)] != 0;
}

bool word_carries(struct text text, const struct word *word)
{
	if (word->letters >= CONTENT_LETTERS)
		return true;
	for (size_t i = word->begin; i < word->end; i++)
		if (is_high(text.data[i]) || is_digit(text.data[i]))
			return true;
	return false;
}

/* Adds the text's words that carry meaning. */
static void word_set_read(struct word_set *set, struct text text)
{
	struct word word;
	size_t at = 0;

	while (words_next(text, &at, &word))
		if (word_carries(text, &word))
			word_set_add(set, word.hash);
}

/* ---- documents ------------------------------------------------------- */

/* A word of the documents: in how many of them? */
struct term {
	uint64_t hash;
	size_t documents;
	double weight;
};

struct similarity {
	struct word_set *sets; /* one a document */
	size_t count;
	struct term *terms; /* sorted by hash */
	size_t term_count;
};

static int by_hash(const void *a, const void *b)
{
	const struct term *x = a, *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

static void collect_terms(struct similarity *s)
{
	size_t all = 0, kept = 0;

	for (size_t i = 0; i < s->count; i++)
		all += s->sets[i].count;
	s->terms = xcalloc(all, sizeof(*s->terms));
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k <= s->sets[i].mask; k++)
			if (s->sets[i].slots[k] != 0)
				s->terms[s->term_count++] = (struct term){
					.hash = s->sets[i].slots[k],
					.documents = 1
				};
	qsort(s->terms, s->term_count, sizeof(*s->terms), by_hash);
	for (size_t i = 0; i < s->term_count; i++) {
		if (kept > 0 && s->terms[kept - 1].hash == s->terms[i].hash)
			s->terms[kept - 1].documents++;
		else
			s->terms[kept++] = s->terms[i];
	}
	s->term_count = kept;
}

struct similarity *similarity_new(const struct text *documents, size_t count)
{
	struct similarity *s = xcalloc(1, sizeof(*s));

	s->sets = xcalloc(count, sizeof(*s->sets));
	s->count = count;
	for (size_t i = 0; i < count; i++) {
		word_set_init(&s->sets[i]);
		word_set_read(&s->sets[i], documents[i]);
	}
	collect_terms(s);
	for (size_t i = 0; i < s->term_count; i++) {
		double n = (double)s->terms[i].documents;

		s->terms[i].weight = log(1 +
					 ((double)count - n + 0.5) / (n + 0.5));
	}
	return s;
}

void similarity_free(struct similarity *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		word_set_release(&s->sets[i]);
	free(s->sets);
	free(s->terms);
	free(s);
}

struct containment similarity_contained(const struct similarity *s,
					size_t document,
					const struct word_set *said)
{
	const struct word_set *set = &s->sets[document];
	struct containment sums = { 0, 0 };

	for (size_t k = 0; k <= set->mask; k++) {
		struct term key = { .hash = set->slots[k] };
		const struct term *term;

		if (key.hash == 0)
			continue;
		term = bsearch(&key, s->terms, s->term_count, sizeof(key),
			       by_hash);
		sums.all += term->weight;
		if (word_set_has(said, key.hash))
			sums.said += term->weight;
	}
	return sums;
}
