/* The name somebody probably meant. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

/*
 * The name most like `wrong`: fewest letters inserted, left out, changed or
 * swapped with their neighbour; case, and `-` for `_`, do not count.  At most
 * one such slip for every three letters of the longer one; the earlier of two
 * that are equally near.  names: NULL-ended.  Borrowed from names; NULL if
 * none is near.
 */
const char *nearest_name(const char *wrong, const char *const *names);

#endif
