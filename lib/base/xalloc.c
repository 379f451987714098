/* Memory that is there or the program is not. */
#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum { FIRST_ROOM = 16, LARGE = 128 * 1024 };

void oom(void)
{
	static const char line[] = "callqa: out of memory\n";

	/* Nothing can be done about a stderr that takes no bytes. */
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(EXIT_INTERNAL);
	_exit(EXIT_INTERNAL);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		oom();
	return p;
}

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		oom();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		oom();
	return p;
}

/*
 * Not by realloc(3): glibc's grows into the free block behind and puts the rest
 * of that, of whatever size, into its cache of the thread.  Blocks of sizes
 * that nobody asks for lie there for ever: a megabyte in a night of 16 jobs.
 * Large blocks have no such rest, and are moved without being copied.
 */
void *xgrow(void *p, size_t used, size_t size)
{
	void *bigger;

	if (used >= LARGE)
		return xrealloc(p, size);
	bigger = xmalloc(size);
	if (used > 0)
		memcpy(bigger, p, used);
	free(p);
	return bigger;
}

void *xroom(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : FIRST_ROOM;
	return xgrow(array, count * size, *room * size);
}

char *xstrndup(const char *s, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *xjoin(const char *a, const char *b, const char *c)
{
	size_t size = strlen(a) + strlen(b) + strlen(c) + 1;
	char *joined = xmalloc(size);

	snprintf(joined, size, "%s%s%s", a, b, c);
	return joined;
}

void wipe(void *data, size_t len)
{
	volatile unsigned char *at = data;

	while (len-- > 0)
		*at++ = 0;
}
