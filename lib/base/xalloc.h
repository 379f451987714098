/*
 * Memory that is there or the program is not.
 *
 * A report is written whole or not at all, so dying for lack of memory loses
 * nothing that is not lost anyway; it spares every caller a branch that no
 * run ever takes.  run/ installs these in jansson too.
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>

#include "base/compiler.h"

/* Says so in one line on stderr and exits with EXIT_INTERNAL. */
NORETURN void oom(void);

/* As malloc, calloc, realloc, but never NULL; size 0 counts as 1. */
void *xmalloc(size_t size) MUST_USE;
void *xcalloc(size_t count, size_t size) MUST_USE;
void *xrealloc(void *p, size_t size) MUST_USE;

/*
 * Memory of `size` bytes that begins with the first `used` of p's (NULL if that
 * is 0), which is gone.  For what grows again and again: see xalloc.c.
 */
void *xgrow(void *p, size_t used, size_t size) MUST_USE;

/*
 * An array of `count` elements of `size` bytes each, with room for one more:
 * as it is, or in the place of it one of twice the *room.
 */
void *xroom(void *array, size_t count, size_t *room, size_t size) MUST_USE;

/* A copy of the string, or of its first `len` bytes, NUL-ended; new. */
char *xstrdup(const char *s) MUST_USE;
char *xstrndup(const char *s, size_t len) MUST_USE;

/* The three strings, one behind the other; new. */
char *xjoin(const char *a, const char *b, const char *c) MUST_USE;

/* Overwrites memory in a way that no compiler leaves out. */
void wipe(void *data, size_t len);

#endif
