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
	size_t end; /* byte of the turn's words */
	size_t first_word, behind_word;
};

struct hearing {
	struct listening *l;
	bool *said; /* of each phrase of the book */
	size_t turn;
	struct text words; /* the turn's */
	size_t words_before;
	struct negation *negations; /* of the turn, in order */
	size_t negation_count, negation_size;
};

static void note_negation(void *ctx, const struct phrase_match *match)
{
	struct hearing *h = ctx;

	h->negations = xroom(h->negations, h->negation_count, &h->negation_size,
			     sizeof(*h->negations));
	h->negations[h->negation_count++] = (struct negation){
		match->end, match->first_word, match->behind_word
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
 * Does a negation stand in the few words before the match, in its sentence, or
 * inside it?  One that the match begins with is its own.  Found by bisection:
 * the last one counts.
 */
static bool is_negated(const struct hearing *h,
		       const struct phrase_match *match)
{
	size_t low = 0, high = h->negation_count;
	const struct negation *n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->negations[middle].behind_word <= match->behind_word)
			low = middle + 1;
		else
			high = middle;
	}
	while (low > 0 && h->negations[low - 1].first_word == match->first_word)
		low--;
	if (low == 0)
		return false;
	n = &h->negations[low - 1];
	if (n->behind_word > match->first_word)
		return true;
	return match->first_word - n->behind_word <
		       (size_t)h->l->book->negation_window &&
	       !sentence_ends(h->words, n->end, match->begin);
}

static struct hearsay *hearsay_of(const struct listening *l, size_t rule,
				  enum rule_group group)
{
	return &l->heard[rule * RULE_GROUPS + group];
}

/* Is this where and by whom the rule listens?  *certain: is it known? */
static bool is_listened_to(const struct hearing *h,
			   const struct phrase_match *match, bool *certain)
{
	const struct listening *l = h->l;
	const struct rule_phrase *of = &l->book->phrase_of[match->id];
	const struct rule *rule = &l->book->rules[of->rule];
	unsigned speakers = rule->speakers[of->group];
	enum role role = turns_role(&l->turns, h->turn);

	*certain = role != ROLE_UNKNOWN || speakers == ROLES_ALL;
	if (of->group == GROUP_SCRIPT)
		return false;
	if (role != ROLE_UNKNOWN && !(speakers & 1u << role))
		return false;
	if (of->group == GROUP_WHEN)
		return rule->when_words == 0 ||
		       h->words_before + match->first_word <
			       (size_t)rule->when_words;
	return rule->last_turns == 0 ||
	       h->turn + (size_t)rule->last_turns >= l->turns.count;
}

static void note_phrase(void *ctx, const struct phrase_match *match)
{
	struct hearing *h = ctx;
	struct listening *l = h->l;
	const struct rule_phrase *of = &l->book->phrase_of[match->id];
	size_t start = l->turns.items[h->turn].words.begin;
	struct hearsay *hearsay = hearsay_of(l, of->rule, of->group);
	bool certain;

	if (!is_listened_to(h, match, &certain) ||
	    (!l->book->rules[of->rule].negated && is_negated(h, match)))
		return;
	hearsay->ways += !h->said[match->id];
	h->said[match->id] = true;
	if (hearsay->first.phrase != PHRASE_NONE &&
	    (hearsay->first.certain || !certain))
		return;
	hearsay->first = (struct heard){
		.phrase = match->id,
		.turn = h->turn,
		.begin = start + match->begin,
		.end = start + match->end,
		.words_before = h->words_before + match->first_word,
		.certain = certain,
	};
}

static void note_script(void *ctx, const struct phrase_match *match)
{
	struct listening *l = ctx;
	const struct rule_phrase *of = &l->book->phrase_of[match->id];

	if (of->group == GROUP_SCRIPT)
		l->asked[of->rule] = true;
}

static void count_match(void *ctx, const struct phrase_match *match)
{
	(void)match;
	++*(size_t *)ctx;
}

static void hear_all(struct hearing *h)
{
	struct listening *l = h->l;
	const struct rulebook *book = l->book;
	size_t known = 0, spoken = 0;

	for (h->turn = 0; h->turn < l->turns.count; h->turn++) {
		size_t count;

		h->words = turns_words(&l->turns, h->turn);
		count = words_count(h->words);
		h->negation_count = 0;
		phrases_find(book->language_words, h->words, count_match,
			     &known);
		phrases_find(book->negations, h->words, note_negation, h);
		phrases_find(book->phrases, h->words, note_phrase, h);
		h->words_before += count;
		spoken += count > 0;
		if (turns_role(&l->turns, h->turn) == ROLE_AGENT)
			l->agent_words += count;
	}
	l->words = h->words_before;
	l->conversation = spoken > 1;
	l->understood = known * 100 >= l->words * (size_t)book->language_least;
}

void listening_init(struct listening *l, const struct rulebook *book,
		    struct text transcript, struct text script)
{
	struct hearing h = { .l = l };

	*l = (struct listening){ .book = book };
	turns_init(&l->turns, transcript, script);
	l->heard = xcalloc(book->count * RULE_GROUPS + 1, sizeof(*l->heard));
	for (size_t i = 0; i < book->count * RULE_GROUPS; i++)
		l->heard[i].first.phrase = PHRASE_NONE;
	l->asked = xcalloc(book->count + 1, sizeof(*l->asked));
	h.said = xcalloc(book->phrase_count + 1, sizeof(*h.said));
	phrases_find(book->phrases, script, note_script, l);
	hear_all(&h);
	free(h.said);
	free(h.negations);
}

void listening_release(struct listening *l)
{
	turns_release(&l->turns);
	free(l->heard);
	free(l->asked);
	*l = (struct listening){ .book = NULL };
}

/* ---- judging --------------------------------------------------------- */

/* The first that was heard of a group, or NULL. */
static const struct heard *first_of(const struct listening *l, size_t rule,
				    enum rule_group group)
{
	const struct heard *first = &hearsay_of(l, rule, group)->first;

	return first->phrase == PHRASE_NONE ? NULL : first;
}

/* Has the agent said so much that what is due should have been heard? */
static bool is_due(const struct listening *l, const struct rule *rule)
{
	size_t said = l->turns.basis == BASIS_NONE ? l->words / 2
						   : l->agent_words;

	return said >= (size_t)rule->due_words;
}

/* Does it not matter who speaks? */
static bool hears_anyone(const struct rule *rule)
{
	return (rule->speakers[GROUP_GOOD] | rule->speakers[GROUP_SOFT] |
		rule->speakers[GROUP_BAD]) == ROLES_ALL;
}

/* Why nothing follows from not hearing what is good; NULL: something does. */
static const char *excuse(const struct listening *l, size_t number)
{
	const struct rule *rule = &l->book->rules[number];

	if (!l->conversation)
		return "Not judged: there is no second voice.";
	if (l->turns.basis == BASIS_NONE && !hears_anyone(rule))
		return "Not judged: who is the agent is not known.";
	if (rule->has_script && !l->asked[number])
		return "Not heard, and the script does not ask for it.";
	if (!is_due(l, rule))
		return "Not heard, but too little was said to expect it.";
	return NULL;
}

static const char *not_called_for(const struct rule *rule)
{
	return rule->when_words > 0
		       ? "Not judged: the call's opening was not heard."
		       : "Nothing that calls for it was heard.";
}

static struct ruling judge_good(const struct listening *l, size_t number,
				const struct heard *good)
{
	const struct rule *rule = &l->book->rules[number];
	struct ruling ruling = { .unsure = !good->certain,
				 .verdict = VERDICT_GOOD,
				 .evidence = good };

	if (rule->late_words > 0 &&
	    good->words_before > (size_t)rule->late_words)
		ruling.verdict = VERDICT_LATE;
	else if (rule->many > 0 &&
		 hearsay_of(l, number, GROUP_GOOD)->ways >= rule->many)
		ruling.verdict = VERDICT_MANY;
	return ruling;
}

struct ruling listening_judge(const struct listening *l, size_t number)
{
	const struct rule *rule = &l->book->rules[number];
	const struct heard *bad = first_of(l, number, GROUP_BAD);
	const struct heard *soft = first_of(l, number, GROUP_SOFT);
	const struct heard *good = first_of(l, number, GROUP_GOOD);
	const struct heard *when = first_of(l, number, GROUP_WHEN);
	const char *silent;

	if (!l->understood)
		return (struct ruling){ .silent = "Not judged: the call is not "
						  "in the book's language." };
	if (rule->speakers[GROUP_WHEN] && !when)
		return (struct ruling){ .silent = not_called_for(rule) };
	if (bad)
		return (struct ruling){ NULL, !bad->certain, VERDICT_BAD, bad };
	if (soft)
		return (struct ruling){ NULL, !soft->certain, VERDICT_SOFT,
					soft };
	if (good)
		return judge_good(l, number, good);
	silent = excuse(l, number);
	return (struct ruling){ .silent = silent,
				.unsure = !silent && when && !when->certain,
				.verdict = VERDICT_NONE,
				.evidence = silent ? NULL : when };
}

/* ---- quoting --------------------------------------------------------- */

/* A line's end, or a mark with a blank behind it: not the point of 15.33. */
static bool is_stop(const char *text, size_t at, size_t end)
{
	return text[at] == '\n' ||
	       (memchr(".?!", text[at], 3) &&
		(at + 1 == end || memchr(" \t\r\n", text[at + 1], 4)));
}

/* From the beginning of the match's sentence to its end, within the turn. */
static struct span sentence_of(const struct listening *l, const struct heard *h)
{
	const char *text = l->turns.text.data;
	struct span turn = l->turns.items[h->turn].words;
	struct span s = { h->begin, h->end };

	while (s.begin > turn.begin && !is_stop(text, s.begin - 1, turn.end))
		s.begin--;
	while (s.begin < h->begin && memchr(" \t", text[s.begin], 2))
		s.begin++;
	while (s.end < turn.end && !is_stop(text, s.end, turn.end))
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
