/* Where in the original the bytes of a redacted text were. */
#include <stdlib.h>

#include "base/xalloc.h"
#include "transcript/redact_parts.h"

void redact_map_release(struct redact_map *map)
{
	free(map->spans);
	*map = (struct redact_map){ 0 };
}

void redaction_copy(struct redaction *copy, const struct redaction *redaction)
{
	*copy = *redaction;
	copy->transcript = (struct redact_map){ 0 };
	for (size_t i = 0; i < redaction->transcript.count; i++)
		redact_map_add(&copy->transcript,
			       &redaction->transcript.spans[i]);
}

void redaction_release(struct redaction *redaction)
{
	redact_map_release(&redaction->transcript);
	*redaction = (struct redaction){ .on = false };
}

/* One offset to the other side: the fields of a span, here and there. */
struct direction {
	size_t begin, end, from, to; /* offsets of size_t in redact_span */
};

static const struct direction back = { offsetof(struct redact_span, begin),
				       offsetof(struct redact_span, end),
				       offsetof(struct redact_span, from),
				       offsetof(struct redact_span, to) };
static const struct direction forth = { offsetof(struct redact_span, from),
					offsetof(struct redact_span, to),
					offsetof(struct redact_span, begin),
					offsetof(struct redact_span, end) };

static size_t member(const struct redact_span *s, size_t offset)
{
	return *(const size_t *)(const void *)((const char *)s + offset);
}

/* The number of spans that begin before `at`. */
static size_t spans_before(const struct redact_map *map,
			   const struct direction *d, size_t at)
{
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (member(&map->spans[middle], d->begin) < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Within a span: its beginning there, or its end if `up`. */
static size_t translate(const struct redact_map *map, const struct direction *d,
			size_t at, bool up)
{
	size_t n = spans_before(map, d, at);
	const struct redact_span *s = n > 0 ? &map->spans[n - 1] : NULL;

	if (!s)
		return at;
	if (at < member(s, d->end))
		return member(s, up ? d->to : d->from);
	return member(s, d->to) + (at - member(s, d->end));
}

void redact_map_to_original(const struct redact_map *map, size_t begin,
			    size_t end, size_t *from, size_t *to)
{
	*from = translate(map, &back, begin, false);
	*to = begin == end ? *from : translate(map, &back, end, true);
}

void redact_map_to_redacted(const struct redact_map *map, size_t from,
			    size_t to, size_t *begin, size_t *end)
{
	*begin = translate(map, &forth, from, false);
	*end = from == to ? *begin : translate(map, &forth, to, true);
}

/* ---- making one ------------------------------------------------------ */

void redact_map_add(struct redact_map *map, const struct redact_span *span)
{
	map->spans = xroom(map->spans, map->count, &map->size,
			   sizeof(*map->spans));
	map->spans[map->count++] = *span;
}

void redact_map_join(struct redact_map *map, struct redact_map *step)
{
	struct redact_map joined = { 0 };
	size_t i = 0, k = 0;

	while (i < map->count || k < step->count) {
		bool first = k == step->count ||
			     (i < map->count &&
			      map->spans[i].begin < step->spans[k].from);
		struct redact_span span = first ? map->spans[i++]
						: step->spans[k++];

		if (first)
			redact_map_to_redacted(step, span.begin, span.end,
					       &span.begin, &span.end);
		else
			redact_map_to_original(map, span.from, span.to,
					       &span.from, &span.to);
		redact_map_add(&joined, &span);
	}
	redact_map_release(map);
	redact_map_release(step);
	*map = joined;
}
