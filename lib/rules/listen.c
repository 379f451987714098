/* Phrases heard in a call, and what that means for each rule. */
#include "rules/listen.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "transcript/words.h"

enum { QUOTE_BYTES = 200 };

/* ---- hearing --------------------------------------------------------- */

/* Where in the turn at hand something is taken back: "not", "never". */
struct negation {
	size_t end;         /* byte of the turn's words */
	size_t behind_word; /* number of the word behind it */
};

struct hearing {
	struct listening *l;
	size_t size; /* of l->heard */
	size_t turn;
	struct text words; /* the turn's */
	size_t words_before;
	struct negation *negations; /* of the turn, in order */
	size_t negation_count, negation_size;
};

static void note_negation(void *ctx, const struct phrase_match *match)
{
	struct hearing *h = ctx;

	if (h->negation_count == h->negation_size) {
		h->negation_size = h->negation_size ? h->negation_size * 2 : 8;
		h->negations = xrealloc(
			h->negations, h->negation_size * sizeof(*h->negations));
	}
	h->negations[h->negation_count++] = (struct negation){
		match->end, match->behind_word
	};
}

static bool sentence_ends(struct text words, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (memchr(".?!;", words.data[i], 4))
			return true;
	return false;
}

/*
 * Does a negation stand in the few words before the match, in its sentence?
 * Found by bisection: the last one before it is the one that counts.
 */
static bool is_negated(const struct hearing *h,
		       const struct phrase_match *match)
{
	size_t low = 0, high = h->negation_count;
	const struct negation *n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->negations[middle].behind_word <= match->first_word)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	n = &h->negations[low - 1];
	return match->first_word - n->behind_word <
		       (size_t)h->l->book->negation_window &&
	       !sentence_ends(h->words, n->end, match->begin);
}

static void note_phrase(void *ctx, const struct phrase_match *match)
{
	struct hearing *h = ctx;
	struct listening *l = h->l;
	const struct rule_phrase *of = &l->book->phrase_of[match->id];
	const struct rule *rule = &l->book->rules[of->rule];
	enum role role = turns_role(&l->turns, h->turn);
	size_t start = l->turns.items[h->turn].words.begin;

	if (role != ROLE_UNKNOWN && !(rule->speakers[of->group] & 1u << role))
		return;
	if (rule->last_turns > 0 &&
	    h->turn + (size_t)rule->last_turns < l->turns.count)
		return;
	if (!rule->negated && is_negated(h, match))
		return;
	if (l->count == h->size) {
		h->size = h->size ? h->size * 2 : 64;
		l->heard = xrealloc(l->heard, h->size * sizeof(*l->heard));
	}
	l->heard[l->count++] = (struct heard){
		.phrase = match->id,
		.turn = h->turn,
		.begin = start + match->begin,
		.end = start + match->end,
		.words_before = h->words_before + match->first_word,
		.certain = role != ROLE_UNKNOWN ||
			   rule->speakers[of->group] == (1u << ROLE_COUNT) - 1,
	};
}

void listening_init(struct listening *l, const struct rulebook *book,
		    struct text transcript, struct text script)
{
	struct hearing h = { .l = l };

	*l = (struct listening){ .book = book };
	turns_init(&l->turns, transcript, script);
	for (h.turn = 0; h.turn < l->turns.count; h.turn++) {
		h.words = turns_words(&l->turns, h.turn);
		h.negation_count = 0;
		phrases_find(book->negations, h.words, note_negation, &h);
		phrases_find(book->phrases, h.words, note_phrase, &h);
		h.words_before += words_count(h.words);
		if (turns_role(&l->turns, h.turn) == ROLE_AGENT)
			l->agent_words += words_count(h.words);
	}
	l->words = h.words_before;
	free(h.negations);
}

void listening_release(struct listening *l)
{
	turns_release(&l->turns);
	free(l->heard);
	*l = (struct listening){ .book = NULL };
}

/* ---- judging --------------------------------------------------------- */

/* The first that was heard of a group, certain ones before others; or NULL. */
static const struct heard *first_of(const struct listening *l, size_t rule,
				    enum rule_group group)
{
	const struct heard *unsure = NULL;

	for (size_t i = 0; i < l->count; i++) {
		const struct heard *h = &l->heard[i];
		const struct rule_phrase *of = &l->book->phrase_of[h->phrase];

		if (of->rule != rule || of->group != group)
			continue;
		if (h->certain)
			return h;
		if (!unsure)
			unsure = h;
	}
	return unsure;
}

/* In how many different ways was the good heard? */
static int ways(const struct listening *l, size_t rule)
{
	bool *counted = xcalloc(l->book->phrase_count, sizeof(*counted));
	int n = 0;

	for (size_t i = 0; i < l->count; i++) {
		size_t phrase = l->heard[i].phrase;
		const struct rule_phrase *of = &l->book->phrase_of[phrase];

		if (of->rule != rule || of->group != GROUP_GOOD)
			continue;
		n += !counted[phrase];
		counted[phrase] = true;
	}
	free(counted);
	return n;
}

/* Has the agent said so much that what is due should have been heard? */
static bool is_due(const struct listening *l, const struct rule *rule)
{
	size_t said = l->turns.basis == BASIS_NONE ? l->words / 2
						   : l->agent_words;

	return said >= (size_t)rule->due_words;
}

struct ruling listening_judge(const struct listening *l, size_t number)
{
	const struct rule *rule = &l->book->rules[number];
	const struct heard *bad = first_of(l, number, GROUP_BAD);
	const struct heard *soft = first_of(l, number, GROUP_SOFT);
	const struct heard *good = first_of(l, number, GROUP_GOOD);
	struct ruling none = { .applies = false };

	if (bad)
		return (struct ruling){ true, !bad->certain, VERDICT_BAD, bad };
	if (soft)
		return (struct ruling){ true, !soft->certain, VERDICT_SOFT,
					soft };
	if (rule->speakers[GROUP_WHEN] && !first_of(l, number, GROUP_WHEN))
		return none;
	if (!good)
		return is_due(l, rule)
			       ? (struct ruling){ .applies = true,
						  .verdict = VERDICT_NONE }
			       : none;
	if (rule->late_words > 0 &&
	    good->words_before > (size_t)rule->late_words)
		return (struct ruling){ true, false, VERDICT_LATE, good };
	if (rule->many > 0 && ways(l, number) >= rule->many)
		return (struct ruling){ true, false, VERDICT_MANY, good };
	return (struct ruling){ true, false, VERDICT_GOOD, good };
}

/* ---- quoting --------------------------------------------------------- */

/* From the beginning of the match's sentence to its end, within the turn. */
static struct span sentence_of(const struct listening *l, const struct heard *h)
{
	const char *text = l->turns.text.data;
	struct span turn = l->turns.items[h->turn].words;
	struct span s = { h->begin, h->end };

	while (s.begin > turn.begin && !memchr(".?!\n", text[s.begin - 1], 4))
		s.begin--;
	while (s.begin < h->begin && memchr(" \t", text[s.begin], 2))
		s.begin++;
	while (s.end < turn.end && !memchr(".?!\n", text[s.end], 4))
		s.end++;
	if (s.end < turn.end && text[s.end] != '\n')
		s.end++; /* the mark itself */
	return s;
}

/* Cut at words to what a quote may be long; the match stays inside. */
static struct span shorten(const struct listening *l, const struct heard *h,
			   struct span s)
{
	const char *text = l->turns.text.data;

	if (s.end - s.begin <= QUOTE_BYTES)
		return s;
	s = (struct span){ h->begin, h->end };
	if (s.end - s.begin > QUOTE_BYTES)
		s.end = s.begin +
			text_cut(text + s.begin, s.end - s.begin, QUOTE_BYTES);
	return s;
}

void listening_quote(const struct listening *l, const struct heard *evidence,
		     struct buf *out)
{
	const struct turn *turn = &l->turns.items[evidence->turn];
	struct span s = shorten(l, evidence, sentence_of(l, evidence));

	if (turn->speaker != SPEAKER_NONE) {
		struct text label = l->turns.speakers[turn->speaker].label;

		buf_put(out, label.data, label.len);
		buf_puts(out, ": ");
	}
	buf_putc(out, '"');
	buf_put(out, l->turns.text.data + s.begin, s.end - s.begin);
	buf_putc(out, '"');
}
