/* Finding the row that spoils a batch, by halves. */
#include "store/halving.h"

#include <assert.h>

void halving_init(struct halving *h, size_t count)
{
	h->count = 0;
	if (count > 0)
		h->todo[h->count++] = (struct range){ 0, count };
}

bool halving_next(struct halving *h, struct range *range)
{
	if (h->count == 0)
		return false;
	*range = h->todo[--h->count];
	return true;
}

bool halving_split(struct halving *h, struct range range)
{
	size_t middle = range.from + (range.to - range.from) / 2;

	if (range.to - range.from < 2)
		return false;
	/* each level leaves one half waiting, so their number is log2 */
	assert(h->count + 2 <= LENGTH(h->todo));
	h->todo[h->count++] = (struct range){ middle, range.to };
	h->todo[h->count++] = (struct range){ range.from, middle };
	return true;
}
