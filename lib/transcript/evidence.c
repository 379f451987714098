/* Where a quote stands in a transcript, if it does. */
#include "transcript/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "transcript/evidence_index.h"
#include "transcript/words.h"

enum {
	NEAR_SHARE = 4, /* one word of so many may be another */
	PART_WORDS = 2, /* of a part between ellipses, at least */
	PARTS_MOST = 8,
	STARTS_MOST = 64 /* places of a first part that are tried */
};

const char *evidence_class_name(enum evidence_class class)
{
	static const char *const names[EVIDENCE_CLASSES] = {
		"exact", "normalised", "near", "absent", "too_short"
	};

	return names[class];
}

int evidence_fits(const struct evidence_index *index,
		  const struct evidence *evidence, const struct claim *claim)
{
	enum role role;

	if (evidence->turn == TURN_NONE)
		return -1;
	if (evidence->several)
		return 0;
	if (evidence->speaker == SPEAKER_NONE)
		return -1;
	if (claim->speaker != SPEAKER_NONE)
		return evidence->speaker == claim->speaker;
	role = index->turns->speakers[evidence->speaker].role;
	if (claim->role == ROLE_UNKNOWN || role == ROLE_UNKNOWN)
		return -1;
	return role == claim->role;
}

/* ---- the same words in a row ----------------------------------------- */

/* Do the quote's bytes stand at these words, up to its very ends? */
static bool is_exact(const struct evidence_index *index,
		     const struct quote_words *q, const struct evidence *e)
{
	struct text all = index->turns->text;
	const struct span *words = &index->turns->items[e->turn].words;
	size_t tail = q->text.len - q->end;

	if (e->span.begin < words->begin + q->begin ||
	    e->span.end + tail > words->end ||
	    e->span.end - e->span.begin != q->end - q->begin)
		return false;
	return memcmp(all.data + e->span.begin - q->begin, q->text.data,
		      q->text.len) == 0;
}

/* Is `a` the better one to show?  Speaker, class, then the earlier. */
static bool is_better(const struct evidence_index *index,
		      const struct evidence *a, const struct evidence *b,
		      const struct claim *claim)
{
	int fits_a, fits_b;

	if (b->class == EVIDENCE_ABSENT)
		return true;
	fits_a = evidence_fits(index, a, claim);
	fits_b = evidence_fits(index, b, claim);
	if (fits_a != fits_b)
		return fits_a > fits_b;
	return a->class < b->class;
}

static void take_match(const struct evidence_index *index,
		       const struct quote_words *q, size_t at,
		       const struct claim *claim, struct evidence *best)
{
	struct evidence e = { .class = EVIDENCE_NORMALISED };

	evidence_place(index, at, at + q->count - 1, &e);
	if (is_exact(index, q, &e))
		e.class = EVIDENCE_EXACT;
	if (is_better(index, &e, best, claim))
		*best = e;
}

/* Do the quote's words stand at this place? */
static bool stands_at(const struct evidence_index *index,
		      const struct quote_words *q, size_t at)
{
	if (at + q->count > index->count)
		return false;
	for (size_t i = 0; i < q->count; i++)
		if (index->places[at + i].id != q->ids[i])
			return false;
	return true;
}

/* The quote's word that the transcript has least often. */
static size_t rarest(const struct evidence_index *index,
		     const struct quote_words *q)
{
	size_t best = 0;

	for (size_t i = 1; i < q->count; i++)
		if (index->words[q->ids[i]].count <
		    index->words[q->ids[best]].count)
			best = i;
	return best;
}

/* Knuth, Morris and Pratt: for texts of few words over and over. */
static void match_all(const struct evidence_index *index,
		      const struct quote_words *q, const struct claim *claim,
		      struct evidence *best)
{
	size_t *back = xcalloc(q->count + 1, sizeof(*back)), k = 0;

	for (size_t i = 1; i < q->count; i++) {
		while (k > 0 && q->ids[i] != q->ids[k])
			k = back[k];
		k += q->ids[i] == q->ids[k];
		back[i + 1] = k;
	}
	k = 0;
	for (size_t i = 0; i < index->count; i++) {
		uint32_t id = index->places[i].id;

		while (k > 0 && (k == q->count || id != q->ids[k]))
			k = back[k];
		k += id == q->ids[k];
		if (k == q->count)
			take_match(index, q, i + 1 - k, claim, best);
	}
	free(back);
}

static void find_same(const struct evidence_index *index,
		      const struct quote_words *q, const struct claim *claim,
		      struct evidence *best)
{
	size_t rare;

	if (q->unknown > 0 || q->count == 0 || q->count > index->count)
		return;
	rare = rarest(index, q);
	if (index->words[q->ids[rare]].count * q->count > index->count) {
		match_all(index, q, claim, best);
		return;
	}
	for (uint32_t at = index->words[q->ids[rare]].first; at != WORD_UNKNOWN;
	     at = index->places[at].next)
		if (at >= rare && stands_at(index, q, at - rare))
			take_match(index, q, at - rare, claim, best);
}

/* ---- in parts, around an ellipsis ------------------------------------ */

/* Bytes of "...", "[...]" or the character at s; 0 if there is none. */
static size_t ellipsis_at(struct text text, size_t at)
{
	const char *s = text.data + at;
	size_t left = text.len - at, n = 0;

	if (left >= 3 && memcmp(s, "\xe2\x80\xa6", 3) == 0)
		return 3;
	while (n < left && s[n] == '.')
		n++;
	return n >= 3 ? n : 0;
}

/*
 * Cuts the quote at its ellipses into parts that hold a word; false if there
 * are more of them than are looked at.
 */
static bool cut_parts(const struct evidence_index *index, struct text quote,
		      struct quote_words parts[PARTS_MOST], size_t *count)
{
	size_t from = 0, at = 0;

	for (*count = 0; at <= quote.len && *count < PARTS_MOST;) {
		size_t n = at < quote.len ? ellipsis_at(quote, at) : 1;

		if (n == 0) {
			at++;
			continue;
		}
		index_quote(index,
			    (struct text){ quote.data + from, at - from },
			    &parts[*count]);
		if (parts[*count].count > 0)
			++*count;
		else
			free(parts[*count].ids);
		at += n;
		from = at;
	}
	return at > quote.len || words_count_to(text_skip(quote, at), 1) == 0;
}

/* The place where the part goes on after `at`, or index->count. */
static size_t find_after(const struct evidence_index *index,
			 const struct quote_words *part, size_t at)
{
	size_t end = at + ELLIPSIS_WORDS;

	for (; at <= end && at < index->count; at++)
		if (stands_at(index, part, at))
			return at;
	return index->count;
}

/* All parts from `at` on, with one speaker: the evidence of it. */
static bool take_parts(const struct evidence_index *index,
		       const struct quote_words *parts, size_t count, size_t at,
		       struct evidence *e)
{
	size_t end = at + parts[0].count, omitted = 0, next;

	for (size_t i = 1; i < count; i++) {
		next = find_after(index, &parts[i], end);
		if (next == index->count)
			return false;
		omitted += next - end;
		end = next + parts[i].count;
	}
	*e = (struct evidence){ .class = EVIDENCE_NORMALISED,
				.distance = omitted };
	evidence_place(index, at, end - 1, e);
	return !e->several;
}

static void find_parts(const struct evidence_index *index, struct text quote,
		       const struct claim *claim, struct evidence *best)
{
	struct quote_words parts[PARTS_MOST];
	size_t count, tried = 0;
	bool whole = cut_parts(index, quote, parts, &count) && count >= 2;

	for (size_t i = 0; i < count; i++)
		whole &= parts[i].unknown == 0 && parts[i].count >= PART_WORDS;
	for (uint32_t at = whole ? index->words[parts[0].ids[0]].first
				 : WORD_UNKNOWN;
	     at != WORD_UNKNOWN && tried < STARTS_MOST;
	     at = index->places[at].next, tried++) {
		struct evidence e;

		if (stands_at(index, &parts[0], at) &&
		    take_parts(index, parts, count, at, &e) &&
		    is_better(index, &e, best, claim))
			*best = e;
	}
	for (size_t i = 0; i < count; i++)
		free(parts[i].ids);
}

/* ---- all of it ------------------------------------------------------- */

static void find_near(struct evidence_index *index, const struct quote_words *q,
		      const struct claim *claim, struct evidence *out)
{
	size_t most, begin, end;

	most = q->count / NEAR_SHARE;
	if (most == 0 || q->unknown > most || q->count > EVIDENCE_NEAR_WORDS)
		return;
	out->distance = evidence_near(index, q, most, claim, &begin, &end);
	if (out->distance > most) {
		out->distance = 0;
		return;
	}
	out->class = EVIDENCE_NEAR;
	evidence_place(index, begin, end, out);
}

void evidence_find(struct evidence_index *index, struct text quote,
		   const struct claim *claim, struct evidence *out)
{
	struct quote_words q;

	*out = (struct evidence){ .class = EVIDENCE_ABSENT,
				  .turn = TURN_NONE,
				  .speaker = SPEAKER_NONE };
	index_quote(index, text_trim(quote), &q);
	if (q.count < EVIDENCE_LEAST_WORDS) {
		out->class = EVIDENCE_TOO_SHORT;
	} else {
		find_same(index, &q, claim, out);
		if (out->class == EVIDENCE_ABSENT)
			find_parts(index, q.text, claim, out);
		if (out->class == EVIDENCE_ABSENT)
			find_near(index, &q, claim, out);
	}
	free(q.ids);
}
