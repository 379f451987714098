/* What the forms of output share. */
#include "compare/format.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"

void diff_put_label(struct buf *b, const struct diff *d,
		    const struct diff_unit *u)
{
	const char *name = pool_text(&d->texts, u->name);

	buf_puts(b, diff_fields[u->field].name);
	if (*name)
		buf_printf(b, " [%s]", name);
}

const char *diff_shown(const struct diff *d, uint32_t value)
{
	return value ? pool_text(&d->texts, value) : "absent";
}

bool diff_is_plain(const struct diff *d, const struct diff_unit *u)
{
	return diff_unit_kind(d, u) != DIFF_TEXT;
}

static int by_count(const void *a, const void *b)
{
	const struct diff_transition *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->field != y->field)
		return x->field < y->field ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

struct diff_transition *diff_transitions(const struct diff *d, size_t *count)
{
	enum { TO = DIFF_CHOICES + 1, ALL = DIFF_FIELDS * DIFF_CHOICES * TO };
	struct diff_transition *all = xcalloc(ALL, sizeof(*all));

	for (size_t i = 0; i < d->unit_count; i++) {
		const struct diff_unit *u = &d->units[i];
		const struct diff_field *f = &diff_fields[u->field];
		size_t from, to = DIFF_CHOICES, at;

		if (!u->differs || diff_unit_kind(d, u) != DIFF_CHOICE)
			continue;
		from = diff_choice(f, pool_text(&d->texts, u->value));
		if (u->got)
			to = diff_choice(f, pool_text(&d->texts, u->got));
		at = (u->field * DIFF_CHOICES + from) * TO + to;
		all[at].field = u->field;
		all[at].from = from;
		all[at].to = to;
		all[at].count++;
	}
	qsort(all, ALL, sizeof(*all), by_count);
	for (*count = 0; *count < ALL && all[*count].count > 0;)
		++*count;
	return all;
}

void diff_put_check(struct buf *b, const struct diff_check *check)
{
	const char *name = check->field < DIFF_FIELDS
				   ? diff_fields[check->field].name
				   : "all values";

	if (strcmp(check->option, "differences") == 0)
		buf_printf(b,
			   check->passed     ? "no value differs"
			   : check->got == 1 ? "1 value differs"
					     : "%.0f values differ",
			   check->got);
	else if (isnan(check->got))
		buf_printf(b, "%s %s: %s, %g wanted", check->option, name,
			   check->passed ? "not defined, all agree"
					 : "no values",
			   check->wanted);
	else if (strcmp(check->option, "min-agree") == 0)
		buf_printf(b, "%s %s: %.2f %%, %g %% wanted", check->option,
			   name, check->got, check->wanted);
	else
		buf_printf(b, "%s %s: %.4g, %g wanted", check->option, name,
			   check->got, check->wanted);
}
