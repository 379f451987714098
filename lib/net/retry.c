/* Again, and when: decisions without clock, sleep or socket. */
#include "net/retry.h"

#include <curl/curl.h>
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

const struct retry_policy retry_default_policy = {
	.attempts = 3,
	.base_ms = 500,
	.cap_ms = 10000,
	.floor_429_ms = 1000,
	.hint_max_ms = 120000,
};

/* A hint this long is as good as any longer one: 31 years. */
static const int64_t FOREVER_MS = 1000000000000;

/*
 * Workers that were told the same time must not all come back in the same
 * millisecond: up to a tenth more, a second at most.
 */
static int64_t spread(int64_t wait_ms, double chance)
{
	double most = (double)wait_ms / 10;

	return wait_ms + (int64_t)(chance * (most < 1000 ? most : 1000));
}

/* uniform(0, min(cap, base * 2^attempt)) */
static int64_t backoff(const struct retry_policy *policy, unsigned attempt,
		       double chance)
{
	double most = ldexp((double)policy->base_ms,
			    attempt < 62 ? (int)attempt : 62);

	if (most > (double)policy->cap_ms)
		most = (double)policy->cap_ms;
	return (int64_t)(chance * most);
}

struct retry_decision retry_decide(const struct retry_policy *policy,
				   unsigned attempt,
				   const struct retry_outcome *outcome,
				   double chance)
{
	struct retry_decision d = { .again = false };
	int64_t least;

	if (!outcome->retryable || outcome->hint_ms > policy->hint_max_ms ||
	    attempt >= policy->attempts)
		return d;
	d.again = true;
	if (outcome->hint_ms > 0) {
		d.wait_ms = spread(outcome->hint_ms, chance);
		return d;
	}
	d.wait_ms = backoff(policy, attempt, chance);
	if (outcome->rate_limited && outcome->hint_ms < 0) {
		least = spread(policy->floor_429_ms, chance);
		if (d.wait_ms < least)
			d.wait_ms = least;
	}
	return d;
}

/*
 * Digits, perhaps a point and more digits, spaces around them: the value times
 * `scale`, cut to an integer.  No sign, no exponent: nobody means those.
 * -1 if it is anything else.
 */
static int64_t read_decimal(const char *s, int64_t scale)
{
	int64_t value = 0;

	s += strspn(s, " \t");
	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++)
		if (value < FOREVER_MS)
			value = value * 10 + (*s - '0');
	if (value > FOREVER_MS / scale)
		value = FOREVER_MS / scale;
	value *= scale;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++) {
			scale /= 10;
			value += (*s - '0') * scale;
		}
	}
	s += strspn(s, " \t");
	return *s ? -1 : value;
}

/*
 * Seconds since 1970 of one of HTTP's three forms of a date (RFC 9110,
 * 5.6.7), -1 if it is none.  curl_getdate() takes much that is none of them,
 * a bare number for one; all three begin with a weekday and hold a time.
 */
static int64_t read_date(const char *s)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed",
					    "Thu", "Fri", "Sat" };

	s += strspn(s, " \t");
	if (!strchr(s, ':'))
		return -1;
	for (size_t i = 0; i < LENGTH(days); i++)
		if (strncasecmp(s, days[i], 3) == 0)
			return (int64_t)curl_getdate(s, NULL);
	return -1;
}

int64_t retry_hint(const char *retry_after_ms, const char *retry_after,
		   const char *date, int64_t wall_ms)
{
	int64_t hint = read_decimal(retry_after_ms, 1), until, from;

	if (hint < 0)
		hint = read_decimal(retry_after, 1000);
	if (hint >= 0)
		return hint;
	until = read_date(retry_after);
	if (until < 0)
		return -1;
	from = read_date(date);
	hint = until * 1000 - (from < 0 ? wall_ms : from * 1000);
	return hint > 0 ? hint : 0;
}
