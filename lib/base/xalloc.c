/* Memory that is there or the program is not. */
#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

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
