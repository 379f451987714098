/* The name somebody probably meant: an edit distance over short names. */
#include "base/nearest.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 64 };

/* Case and the kind of dash are spelling, not another name. */
static int fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	return c == '-' ? '_' : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Slips between two names of at most LONGEST letters. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2], *spare;

	for (size_t j = 0; j <= nb; j++) {
		before[j] = 0; /* read from the second round on */
		last[j] = (unsigned)j;
	}
	for (size_t i = 1; i <= na; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned same = fold(a[i - 1]) == fold(b[j - 1]);

			row[j] = least(last[j] + 1, row[j - 1] + 1);
			row[j] = least(row[j], last[j - 1] + !same);
			if (i > 1 && j > 1 &&
			    fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[nb];
}

const char *nearest_name(const char *wrong, const char *const *names)
{
	const char *best = NULL;
	size_t n = strlen(wrong);
	unsigned best_slips = LONGEST;

	if (n > LONGEST)
		return NULL;
	for (; *names; names++) {
		size_t m = strlen(*names);
		unsigned slips;

		if (m > LONGEST)
			continue;
		slips = distance(wrong, n, *names, m);
		if (slips <= (n > m ? n : m) / 3 && slips < best_slips) {
			best = *names;
			best_slips = slips;
		}
	}
	return best;
}

void nearest_hint(const char *wrong, const char *const *names,
		  char hint[NEAREST_HINT_SIZE])
{
	const char *near = nearest_name(wrong, names);
	size_t used = 0;

	hint[0] = '\0';
	if (near) {
		snprintf(hint, NEAREST_HINT_SIZE, ", did you mean \"%s\"?",
			 near);
		return;
	}
	for (; *names; names++) {
		const char *mark = used > 0 ? ", " : "; known: ";
		size_t room = NEAREST_HINT_SIZE - used;

		/* leaves room for the dots */
		if (strlen(mark) + strlen(*names) + sizeof(", ...") > room) {
			snprintf(hint + used, room, ", ...");
			return;
		}
		used += (size_t)snprintf(hint + used, room, "%s%s", mark,
					 *names);
	}
}
