/*
 * Finding the row that spoils a batch: the batch is halved, and the halves
 * again, until it stands alone.  Pure; what to send next, left to right.
 */
#ifndef STORE_HALVING_H
#define STORE_HALVING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/limits.h"

/* Rows [from, to). */
struct range {
	size_t from, to;
};

struct halving {
	/* a stack: what is to be sent first is last */
	struct range todo[LIMIT_STORE_HALVINGS];
	unsigned count;
};

/* Begins with all `count` rows, at most LIMIT_STORE_BATCH, as one range. */
void halving_init(struct halving *h, size_t count);

/* Takes the next range; false at the end. */
bool halving_next(struct halving *h, struct range *range);

/*
 * The range did not go through: puts back both halves.  False if it is one
 * row: then it is to blame.
 */
bool halving_split(struct halving *h, struct range range) MUST_USE;

#endif
