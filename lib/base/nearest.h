/* The name somebody probably meant. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#define NEAREST_HINT_SIZE 256

/*
 * The name most like `wrong`: fewest letters inserted, left out, changed or
 * swapped with their neighbour; case, and `-` for `_`, do not count.  At most
 * one such slip for every three letters of the longer one; the earlier of two
 * that are equally near.  names: NULL-ended.  Borrowed from names; NULL if
 * none is near.
 */
const char *nearest_name(const char *wrong, const char *const *names);

/*
 * What to say after `unknown ... "wrong"`: `, did you mean "jobs"?` or, if
 * none is near, `; known: a, b, c`, cut with `...` where it gets long.
 */
void nearest_hint(const char *wrong, const char *const *names,
		  char hint[NEAREST_HINT_SIZE]);

#endif
