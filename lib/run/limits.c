/* Limits that are written as text, and the rule that ends a hopeless run. */
#include "run/limits.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_RECORDS = 20 };
static const double MOST_PER_SECOND = 100000, MOST_DOLLARS = 1e6;

/* Digits with at most one point, > 0 or >= 0; the end goes to *tail. */
static bool read_number(const char *text, double *number, const char **tail)
{
	size_t len = strspn(text, "0123456789.");
	char *end;

	if (len == 0 || len > 20)
		return false;
	*number = strtod(text, &end);
	*tail = text + len;
	return end == *tail;
}

bool limits_read_rate(const char *text, double *per_second)
{
	const char *tail;

	if (!read_number(text, per_second, &tail))
		return false;
	if (strcmp(tail, "/m") == 0)
		*per_second /= 60;
	else if (strcmp(tail, "/s") != 0)
		return false;
	return *per_second > 0 && *per_second <= MOST_PER_SECOND;
}

bool limits_read_dollars(const char *text, double *dollars)
{
	const char *tail;

	return read_number(text, dollars, &tail) && !*tail && *dollars > 0 &&
	       *dollars <= MOST_DOLLARS;
}

bool limits_read_failures(const char *text, struct failure_rule *rule)
{
	const char *tail;

	*rule = (struct failure_rule){ .set = true };
	if (!read_number(text, &rule->number, &tail))
		return false;
	rule->percent = strcmp(tail, "%") == 0;
	if (rule->percent)
		return rule->number <= 100;
	return !*tail && !strchr(text, '.');
}

void failures_init(struct failures *f, const struct failure_rule *rule)
{
	*f = (struct failures){ .rule = *rule };
	pthread_mutex_init(&f->lock, NULL);
}

void failures_release(struct failures *f)
{
	pthread_mutex_destroy(&f->lock);
}

static bool too_many(const struct failures *f)
{
	double bad = (double)(f->sent - f->ok);

	if (!f->rule.set)
		return f->sent == FIRST_RECORDS && f->ok == 0;
	if (!f->rule.percent)
		return bad > f->rule.number;
	return f->sent >= FIRST_RECORDS &&
	       bad * 100 > f->rule.number * (double)f->sent;
}

int failures_count(struct failures *f, bool ok, struct error *why)
{
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	f->sent++;
	f->ok += ok;
	if (too_many(f))
		rc = error_set(why, ERR_FAILURES, NULL,
			       "of %zu record%s sent, %zu came out ok", f->sent,
			       f->sent == 1 ? "" : "s", f->ok);
	pthread_mutex_unlock(&f->lock);
	return rc;
}
