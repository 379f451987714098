/* Strings kept once: an open hash table of numbers. */
#include "compare/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/xalloc.h"

enum { FIRST_SIZE = 256 };

/*
 * The string's place, or the free one where it belongs.  Who writes a golden
 * file may slow down his own gate by strings that collide; no more than that.
 */
static uint32_t *place_of(const struct pool *p, const char *text)
{
	uint64_t hash = fnv1a_put(FNV1A_START, text, strlen(text));
	size_t at = (size_t)hash & (p->size - 1);

	while (p->places[at] && strcmp(p->texts[p->places[at] - 1], text) != 0)
		at = (at + 1) & (p->size - 1);
	return &p->places[at];
}

/* Twice the room; at most half of the places are ever taken. */
static void grow(struct pool *p)
{
	p->size = p->size ? 2 * p->size : FIRST_SIZE;
	free(p->places);
	p->places = xcalloc(p->size, sizeof(*p->places));
	p->texts = xrealloc(p->texts, p->size / 2 * sizeof(*p->texts));
	for (size_t i = 0; i < p->count; i++)
		*place_of(p, p->texts[i]) = (uint32_t)(i + 1);
}

void pool_release(struct pool *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->texts[i]);
	free(p->texts);
	free(p->places);
	*p = (struct pool){ 0 };
}

uint32_t pool_add(struct pool *p, const char *text)
{
	uint32_t *place;

	if (p->count >= p->size / 2)
		grow(p);
	place = place_of(p, text);
	if (!*place) {
		p->texts[p->count] = xstrdup(text);
		*place = (uint32_t)++p->count;
	}
	return *place;
}

uint32_t pool_find(const struct pool *p, const char *text)
{
	return p->size ? *place_of(p, text) : POOL_NONE;
}

const char *pool_text(const struct pool *p, uint32_t number)
{
	return number ? p->texts[number - 1] : "";
}
