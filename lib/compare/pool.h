/* Strings kept once, each with a number: what 100,000 records repeat. */
#ifndef COMPARE_POOL_H
#define COMPARE_POOL_H

#include <stddef.h>
#include <stdint.h>

/* No string's number: none was kept. */
enum { POOL_NONE = 0 };

struct pool {
	/* private */
	char **texts;     /* [number - 1] */
	uint32_t *places; /* hash table of numbers, 0 for free */
	size_t count, size;
};

/* A pool is all zero before its first string. */
void pool_release(struct pool *p);

/* The string's number, from 1 on in the order of their coming. */
uint32_t pool_add(struct pool *p, const char *text);

/* The string's number, or POOL_NONE. */
uint32_t pool_find(const struct pool *p, const char *text);

/* The string of a number; "" for POOL_NONE.  Borrowed. */
const char *pool_text(const struct pool *p, uint32_t number);

#endif
