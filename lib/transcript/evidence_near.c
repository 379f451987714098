/* Quotes that are nearly those of a transcript: filter, then distance. */
#include <stdlib.h>

#include "base/xalloc.h"
#include "transcript/evidence_index.h"

/* Cells of tables after which no further window is looked at. */
enum { CELLS_MOST = 2000000 };

/* A window of the transcript that holds many of a quote's words. */
struct window {
	size_t last; /* its last word */
	size_t hits;
};

/* The fullest windows so far, in no order. */
struct windows {
	struct window items[EVIDENCE_WINDOWS];
	size_t count;
};

static void keep(struct windows *w, struct window window)
{
	size_t least = 0;

	if (w->count < EVIDENCE_WINDOWS) {
		w->items[w->count++] = window;
		return;
	}
	for (size_t i = 1; i < w->count; i++)
		if (w->items[i].hits < w->items[least].hits)
			least = i;
	if (window.hits > w->items[least].hits)
		w->items[least] = window;
}

/*
 * Slides a window over the transcript and counts, with their number, the
 * quote's words inside.  What lies within the distance has at least m - k.
 */
static void filter(struct evidence_index *index, const struct quote_words *q,
		   size_t most, struct windows *out)
{
	size_t width = q->count + most, hits = 0, least = q->count - most;
	struct window best = { 0, 0 };

	for (size_t i = 0; i < q->count; i++)
		if (q->ids[i] != WORD_UNKNOWN)
			index->words[q->ids[i]].need++;
	for (size_t i = 0; i < index->count; i++) {
		hits += index->words[index->places[i].id].need-- > 0;
		if (i >= width)
			hits -= index->words[index->places[i - width].id]
					.need++ >= 0;
		/* the fullest of those that overlap stands for them */
		if (best.hits > 0 && (hits < least || i >= best.last + width)) {
			keep(out, best);
			best.hits = 0;
		}
		if (hits >= least && hits > best.hits)
			best = (struct window){ i, hits };
	}
	if (best.hits > 0)
		keep(out, best);
	for (size_t i = 0; i < index->word_count; i++)
		index->words[i].need = 0;
}

/* Takes the fullest out; its last word. */
static size_t take_fullest(struct windows *w)
{
	size_t best = 0, last;

	for (size_t i = 1; i < w->count; i++)
		if (w->items[i].hits > w->items[best].hits)
			best = i;
	last = w->items[best].last;
	w->items[best] = w->items[--w->count];
	return last;
}

/* One cell of Sellers' table: distance, and where the match begins. */
struct cell {
	size_t distance, begin;
};

static struct cell least_of(struct cell a, struct cell b, struct cell c)
{
	struct cell best = a;

	if (b.distance < best.distance)
		best = b;
	return c.distance < best.distance ? c : best;
}

/* The best match of all the quote's words that ends at each word. */
static struct cell next_column(struct cell *column, const struct quote_words *q,
			       uint32_t id, size_t at)
{
	struct cell diagonal = column[0];

	column[0] = (struct cell){ 0, at + 1 };
	diagonal.begin = at;
	for (size_t i = 1; i <= q->count; i++) {
		struct cell across = diagonal, above = column[i - 1];
		struct cell left = column[i];

		across.distance += q->ids[i - 1] != id;
		above.distance++;
		left.distance++;
		diagonal = column[i];
		column[i] = least_of(across, above, left);
	}
	return column[q->count];
}

/* What is compared, and the best so far. */
struct search {
	const struct quote_words *q;
	const struct claim *claim;
	struct cell *column;
	size_t best, begin, end;
	int fits;
};

static void compare(const struct evidence_index *index, struct search *s,
		    size_t from, size_t to)
{
	for (size_t i = 0; i <= s->q->count; i++)
		s->column[i] = (struct cell){ i, from };
	for (size_t at = from; at < to; at++) {
		struct cell cell = next_column(s->column, s->q,
					       index->places[at].id, at);
		struct evidence e = { .class = EVIDENCE_NEAR };
		int fits;

		if (cell.distance > s->best || cell.begin > at)
			continue;
		evidence_place(index, cell.begin, at, &e);
		fits = evidence_fits(index, &e, s->claim);
		if (cell.distance == s->best && fits <= s->fits)
			continue;
		s->best = cell.distance;
		s->begin = cell.begin;
		s->end = at;
		s->fits = fits;
	}
}

size_t evidence_near(struct evidence_index *index, const struct quote_words *q,
		     size_t most, const struct claim *claim, size_t *begin,
		     size_t *end)
{
	struct windows windows = { .count = 0 };
	struct search s = {
		.q = q, .claim = claim, .best = most + 1, .fits = 1
	};
	size_t width = q->count + most, cells = 0;

	filter(index, q, most, &windows);
	s.column = xmalloc((q->count + 1) * sizeof(*s.column));
	while (windows.count > 0 && cells < CELLS_MOST) {
		size_t last = take_fullest(&windows) + 1;
		size_t from = last > 2 * width ? last - 2 * width : 0;
		size_t to = last + width;

		compare(index, &s, from, to < index->count ? to : index->count);
		cells += (to - from) * q->count;
	}
	free(s.column);
	*begin = s.begin;
	*end = s.end;
	return s.best;
}
