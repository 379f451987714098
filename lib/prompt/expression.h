/*
 * What jinja2's expressions come to: reading a value, testing it.
 *
 * A value is a text, or JSON text that counts as what it says: an object has
 * members and is false if it has none, a number is a number.
 */
#ifndef PROMPT_EXPRESSION_H
#define PROMPT_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

/* A name, the way into its JSON, and what stands where nothing is. */
struct access {
	size_t name; /* index */
	bool json;   /* its value is JSON text */
	/* members' names, each NUL-ended, then an empty one; NULL: none */
	char *path;
	char *fallback; /* of `default`; NULL: none */
	size_t fallback_len;
	bool when_false; /* it also stands for what is false */
};

enum comparison { IS_TRUE, IS_EQUAL, IS_UNEQUAL };

/*
 * One part of a condition.  A condition is atoms in a row: those joined by
 * `and` hold if all do, and of such groups, joined by `or`, one must hold.
 */
struct atom {
	struct access access; /* no fallback */
	bool negated;
	enum comparison comparison;
	/* what it is compared with; NULL: the number */
	char *text;
	size_t text_len;
	int64_t number;
	bool ends_group; /* no `and` follows */
	bool ends_all;   /* nor an `or` */
};

/*
 * Appends what Python's jinja2 would write, with ChainableUndefined: nothing
 * for a member that is not there, True, False and None for true, false and
 * null; objects and lists as JSON text.
 */
void access_put(const struct access *access, struct text value,
		struct buf *out);

/* Does the condition hold that begins with this atom? */
bool condition_holds(const struct atom *first, const struct text *values);

/* Free what they point to. */
void access_release(struct access *access);
void atom_release(struct atom *atom);

#endif
