/* Phrases looked for in what was said, by position automata. */
#include "transcript/phrase.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "transcript/words.h"

/* Words of one pattern, gaps counted as the words they may be: a set's bits */
enum { POSITIONS_MAX = 64, DEPTH_MAX = 16, FIRST_BUCKETS = 64 };

/* What a part of a pattern can begin and end with, and whether be nothing. */
struct part {
	uint64_t first, last;
	bool nullable;
};

struct phrase {
	size_t id;
	uint64_t first, last, any; /* any: positions that take every word */
	int count;
	uint64_t hash[POSITIONS_MAX];   /* of the word, but for `any` */
	uint64_t follow[POSITIONS_MAX]; /* what may come after it */
};

/* A phrase that can begin with the word of that hash. */
struct beginning {
	uint64_t hash;
	size_t phrase;
	int position;
	size_t next; /* in the same bucket, 1 added; 0: none */
};

struct phrases {
	struct phrase *items;
	size_t count, size;
	struct beginning *beginnings;
	size_t beginning_count, beginning_size;
	size_t *buckets; /* index into beginnings, 1 added; 0: empty */
	size_t bucket_count;
};

/* ---- reading a pattern ----------------------------------------------- */

struct parser {
	const char *text;
	size_t at;
	int depth;
	struct phrase *phrase;
	struct error *err;
};

static int bad(struct parser *p, const char *what)
{
	return error_set(p->err, ERR_CONFIG, NULL,
			 "\"%.60s\", character %zu: %s", p->text, p->at + 1,
			 what);
}

static void skip_blanks(struct parser *p)
{
	while (is_blank(p->text[p->at]))
		p->at++;
}

/* What follows the last positions of one part is the first of the next. */
static void link_parts(struct phrase *phrase, uint64_t last, uint64_t first)
{
	for (int i = 0; i < phrase->count; i++)
		if (last >> i & 1)
			phrase->follow[i] |= first;
}

static struct part in_sequence(struct phrase *phrase, struct part a,
			       struct part b)
{
	link_parts(phrase, a.last, b.first);
	return (struct part){
		.first = a.first | (a.nullable ? b.first : 0),
		.last = b.last | (b.nullable ? a.last : 0),
		.nullable = a.nullable && b.nullable,
	};
}

static int add_position(struct parser *p, uint64_t hash, struct part *part)
{
	struct phrase *phrase = p->phrase;
	uint64_t bit;

	if (phrase->count == POSITIONS_MAX)
		return bad(p, "more than 64 words, gaps included");
	bit = UINT64_C(1) << phrase->count;
	if (!hash)
		phrase->any |= bit;
	phrase->hash[phrase->count++] = hash;
	*part = (struct part){ .first = bit, .last = bit };
	return 0;
}

/* `...` or `...N`: so many words, each of which may be absent. */
static int read_gap(struct parser *p, struct part *part)
{
	long n = LIMIT_PHRASE_GAP;
	char *end;

	p->at += 3;
	if (is_digit(p->text[p->at])) {
		n = strtol(p->text + p->at, &end, 10);
		if (n < 1 || n > LIMIT_PHRASE_GAP)
			return bad(p, "a gap has 1 to 8 words");
		p->at = (size_t)(end - p->text);
	}
	*part = (struct part){ .nullable = true };
	for (long i = 0; i < n; i++) {
		struct part one = { .nullable = false };

		if (add_position(p, 0, &one) < 0)
			return -1;
		one.nullable = true;
		*part = in_sequence(p->phrase, *part, one);
	}
	return 0;
}

/* A run of other characters: one word, or several as in `e-mail`. */
static int read_words(struct parser *p, struct part *part)
{
	struct text run = { p->text + p->at,
			    strcspn(p->text + p->at, " \t()|?") };
	struct word word;
	size_t at = 0;

	*part = (struct part){ .nullable = true };
	while (words_next(run, &at, &word)) {
		struct part one = { .nullable = false };

		if (add_position(p, word.hash, &one) < 0)
			return -1;
		*part = in_sequence(p->phrase, *part, one);
	}
	if (part->nullable)
		return bad(p, "a word was expected");
	p->at += run.len;
	return 0;
}

static int read_choice(struct parser *p, struct part *part);

static int read_group(struct parser *p, struct part *part)
{
	if (++p->depth > DEPTH_MAX)
		return bad(p, "parentheses are nested too deeply");
	p->at++;
	if (read_choice(p, part) < 0)
		return -1;
	if (p->text[p->at] != ')')
		return bad(p, "a `)` was expected");
	p->at++;
	p->depth--;
	return 0;
}

static int read_item(struct parser *p, struct part *part)
{
	int rc;

	if (p->text[p->at] == '(')
		rc = read_group(p, part);
	else if (strncmp(p->text + p->at, "...", 3) == 0)
		rc = read_gap(p, part);
	else
		rc = read_words(p, part);
	if (rc == 0 && p->text[p->at] == '?') {
		part->nullable = true;
		p->at++;
	}
	return rc;
}

static int read_sequence(struct parser *p, struct part *part)
{
	struct part item = { .nullable = false };

	*part = (struct part){ .nullable = true };
	skip_blanks(p);
	if (!p->text[p->at] || strchr("|)", p->text[p->at]))
		return bad(p, "a word was expected");
	while (p->text[p->at] && !strchr("|)", p->text[p->at])) {
		if (read_item(p, &item) < 0)
			return -1;
		*part = in_sequence(p->phrase, *part, item);
		skip_blanks(p);
	}
	return 0;
}

/* Recursion through read_group(), at most DEPTH_MAX deep. */
static int read_choice(struct parser *p, struct part *part)
{
	struct part more = { .nullable = false };

	if (read_sequence(p, part) < 0)
		return -1;
	while (p->text[p->at] == '|') {
		p->at++;
		if (read_sequence(p, &more) < 0)
			return -1;
		part->first |= more.first;
		part->last |= more.last;
		part->nullable |= more.nullable;
	}
	return 0;
}

static int read_pattern(struct phrase *phrase, const char *pattern,
			struct error *err)
{
	struct parser p = { .text = pattern, .phrase = phrase, .err = err };
	struct part all = { .nullable = false };

	if (read_choice(&p, &all) < 0)
		return -1;
	if (p.text[p.at])
		return bad(&p, "a `)` without its `(`");
	if (all.nullable)
		return bad(&p, "it would match where nothing is said");
	phrase->first = all.first;
	phrase->last = all.last;
	if (all.first & phrase->any)
		return bad(&p, "it begins with a gap");
	if (all.last & phrase->any)
		return bad(&p, "it ends with a gap");
	return 0;
}

/* ---- the set of phrases ---------------------------------------------- */

struct phrases *phrases_new(void)
{
	return xcalloc(1, sizeof(struct phrases));
}

void phrases_free(struct phrases *p)
{
	if (!p)
		return;
	free(p->items);
	free(p->beginnings);
	free(p->buckets);
	free(p);
}

static void bucket_add(struct phrases *p, size_t beginning)
{
	struct beginning *b = &p->beginnings[beginning];
	size_t *bucket = &p->buckets[b->hash & (p->bucket_count - 1)];

	b->next = *bucket;
	*bucket = beginning + 1;
}

static void rehash(struct phrases *p)
{
	p->bucket_count = p->bucket_count ? p->bucket_count * 2 : FIRST_BUCKETS;
	free(p->buckets);
	p->buckets = xcalloc(p->bucket_count, sizeof(*p->buckets));
	for (size_t i = 0; i < p->beginning_count; i++)
		bucket_add(p, i);
}

static void add_beginning(struct phrases *p, uint64_t hash, size_t phrase,
			  int position)
{
	p->beginnings = xroom(p->beginnings, p->beginning_count,
			      &p->beginning_size, sizeof(*p->beginnings));
	p->beginnings[p->beginning_count++] = (struct beginning){
		.hash = hash,
		.phrase = phrase,
		.position = position,
	};
	if (p->beginning_count > p->bucket_count)
		rehash(p);
	else
		bucket_add(p, p->beginning_count - 1);
}

int phrases_add(struct phrases *p, const char *pattern, size_t id,
		struct error *err)
{
	struct phrase phrase = { .id = id };

	if (read_pattern(&phrase, pattern, err) < 0)
		return -1;
	p->items = xroom(p->items, p->count, &p->size, sizeof(*p->items));
	p->items[p->count++] = phrase;
	for (int i = 0; i < phrase.count; i++)
		if (phrase.first >> i & 1)
			add_beginning(p, phrase.hash[i], p->count - 1, i);
	return 0;
}

/* ---- looking --------------------------------------------------------- */

/* Where a match that has come so far began. */
struct trail {
	size_t byte, word;
};

/* A phrase of which something has been seen. */
struct progress {
	size_t phrase;
	uint64_t active;
	struct trail trails[POSITIONS_MAX]; /* of the active positions */
};

struct search {
	const struct phrases *phrases;
	struct progress *begun;
	size_t count, size;
	size_t *place; /* by phrase: index into begun, 1 added; 0: not begun */
	size_t word;   /* number of the word at hand */
};

static struct progress *progress_of(struct search *s, size_t phrase)
{
	if (!s->place[phrase]) {
		s->begun = xroom(s->begun, s->count, &s->size,
				 sizeof(*s->begun));
		s->begun[s->count].phrase = phrase;
		s->begun[s->count].active = 0;
		s->place[phrase] = ++s->count;
	}
	return &s->begun[s->place[phrase] - 1];
}

/* The last one takes its place. */
static void drop_progress(struct search *s, size_t at)
{
	s->place[s->begun[at].phrase] = 0;
	if (at != --s->count) {
		s->begun[at] = s->begun[s->count];
		s->place[s->begun[at].phrase] = at + 1;
	}
}

static bool fits(const struct phrase *phrase, int position, uint64_t hash)
{
	return phrase->any >> position & 1 || phrase->hash[position] == hash;
}

/* The number of the lowest bit of a set that is not empty. */
static int lowest(uint64_t set)
{
	return __builtin_ctzll(set);
}

/*
 * One word further: every active position hands its trail to those of its
 * followers that the word fits; the youngest trail wins, it is the shortest.
 */
static void advance(const struct phrase *phrase, struct progress *now,
		    uint64_t hash)
{
	struct trail trails[POSITIONS_MAX];
	uint64_t active = 0;

	for (uint64_t from = now->active; from; from &= from - 1) {
		const struct trail *trail = &now->trails[lowest(from)];

		for (uint64_t to = phrase->follow[lowest(from)]; to;
		     to &= to - 1) {
			int k = lowest(to);
			bool there = active >> k & 1;

			if (!fits(phrase, k, hash) ||
			    (there && trails[k].word >= trail->word))
				continue;
			active |= UINT64_C(1) << k;
			trails[k] = *trail;
		}
	}
	now->active = active;
	for (uint64_t set = active; set; set &= set - 1)
		now->trails[lowest(set)] = trails[lowest(set)];
}

/* The word may be the first of some phrases. */
static void begin(struct search *s, const struct word *word)
{
	const struct phrases *p = s->phrases;
	size_t at = p->buckets[word->hash & (p->bucket_count - 1)];

	for (; at; at = p->beginnings[at - 1].next) {
		const struct beginning *b = &p->beginnings[at - 1];
		struct progress *now;

		if (b->hash != word->hash)
			continue;
		now = progress_of(s, b->phrase);
		now->active |= UINT64_C(1) << b->position;
		now->trails[b->position] = (struct trail){ word->begin,
							   s->word };
	}
}

/* The youngest trail that has come to an end, or NULL. */
static const struct trail *ended(const struct phrase *phrase,
				 const struct progress *now)
{
	const struct trail *best = NULL;

	for (uint64_t set = now->active & phrase->last; set; set &= set - 1) {
		const struct trail *trail = &now->trails[lowest(set)];

		if (!best || trail->word > best->word)
			best = trail;
	}
	return best;
}

static void take_word(struct search *s, const struct word *word,
		      void (*found)(void *, const struct phrase_match *),
		      void *ctx)
{
	for (size_t i = 0; i < s->count; i++)
		advance(&s->phrases->items[s->begun[i].phrase], &s->begun[i],
			word->hash);
	begin(s, word);
	for (size_t i = s->count; i-- > 0;) {
		const struct phrase *phrase =
			&s->phrases->items[s->begun[i].phrase];
		const struct trail *trail = ended(phrase, &s->begun[i]);

		if (trail)
			found(ctx, &(struct phrase_match){
					   .id = phrase->id,
					   .begin = trail->byte,
					   .end = word->end,
					   .first_word = trail->word,
					   .behind_word = s->word + 1 });
		if (trail || !s->begun[i].active) /* no overlap */
			drop_progress(s, i);
	}
	s->word++;
}

void phrases_find(const struct phrases *p, struct text text,
		  void (*found)(void *ctx, const struct phrase_match *match),
		  void *ctx)
{
	struct search s = { .phrases = p };
	struct word word;
	size_t at = 0;

	if (p->count == 0)
		return;
	s.place = xcalloc(p->count, sizeof(*s.place));
	while (words_next(text, &at, &word))
		take_word(&s, &word, found, ctx);
	free(s.begun);
	free(s.place);
}
