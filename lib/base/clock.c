/* Time, waiting and chance: the real ones, and how times are written. */
#include "base/clock.h"

#include <math.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cancel.h"

static const int64_t DAY_MS = 86400000;
/* 0001-01-01 and 9999-12-31 23:59:59.999 since 1970 */
static const int64_t FIRST_MS = -62135596800000;
static const int64_t LAST_MS = 253402300799999;

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_now(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_MONOTONIC);
}

static int64_t system_wall(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_REALTIME);
}

static bool system_sleep(void *ctx, int64_t ms)
{
	return cancel_sleep(ctx, ms);
}

static double system_chance(void *ctx)
{
	uint32_t bits = 0;

	(void)ctx;
	/* Jitter only: should the generator fail, 0 is a fair answer too. */
	if (RAND_bytes((unsigned char *)&bits, sizeof(bits)) != 1)
		return 0;
	return bits / 4294967296.0;
}

struct clock clock_system(struct cancel *cancel)
{
	return (struct clock){ .now = system_now,
			       .wall = system_wall,
			       .sleep = system_sleep,
			       .chance = system_chance,
			       .ctx = cancel };
}

/*
 * Days since 1970-01-01 of a Gregorian date, and back: Howard Hinnant's
 * days_from_civil and civil_from_days (howardhinnant.github.io/date_algorithms)
 */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t days, int *y, int *m, int *d)
{
	int64_t era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

void clock_format(int64_t wall_ms, char text[TIMESTAMP_SIZE])
{
	int64_t days = wall_ms / DAY_MS, rest = wall_ms % DAY_MS;
	int y, m, d;

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	civil_from_days(days, &y, &m, &d);
	snprintf(text, TIMESTAMP_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		 y % 10000, m, d, (int)(rest / 3600000),
		 (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
		 (int)(rest % 1000));
}

/* A reading position; the functions below move it only on success. */
struct cursor {
	const char *at, *end;
};

static bool take_char(struct cursor *c, const char *set)
{
	if (c->at == c->end || !*c->at || !strchr(set, *c->at))
		return false;
	c->at++;
	return true;
}

/* Exactly `n` digits, their value within [low, high]. */
static bool take_digits(struct cursor *c, int n, int low, int high, int *value)
{
	int v = 0;

	if (c->end - c->at < n)
		return false;
	for (int i = 0; i < n; i++) {
		if (c->at[i] < '0' || c->at[i] > '9')
			return false;
		v = v * 10 + (c->at[i] - '0');
	}
	if (v < low || v > high)
		return false;
	c->at += n;
	*value = v;
	return true;
}

static bool take_date(struct cursor *c, int64_t *ms)
{
	static const int month_days[] = { 31, 28, 31, 30, 31, 30,
					  31, 31, 30, 31, 30, 31 };
	int y, m, d, last;

	if (!take_digits(c, 4, 1, 9999, &y) || !take_char(c, "-") ||
	    !take_digits(c, 2, 1, 12, &m) || !take_char(c, "-") ||
	    !take_digits(c, 2, 1, 31, &d))
		return false;
	last = month_days[m - 1];
	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		last = 29;
	*ms = days_from_civil(y, m, d) * DAY_MS;
	return d <= last;
}

static bool take_clock(struct cursor *c, int64_t *ms)
{
	int h, m, s = 0, digit, place = 100;

	if (!take_digits(c, 2, 0, 23, &h) || !take_char(c, ":") ||
	    !take_digits(c, 2, 0, 59, &m))
		return false;
	*ms += h * 3600000 + m * 60000;
	if (!take_char(c, ":"))
		return true;
	if (!take_digits(c, 2, 0, 59, &s))
		return false;
	*ms += s * 1000;
	if (!take_char(c, ".,"))
		return true;
	if (!take_digits(c, 1, 0, 9, &digit))
		return false;
	do {
		*ms += digit * place;
		place /= 10;
	} while (take_digits(c, 1, 0, 9, &digit));
	return true;
}

static bool take_offset(struct cursor *c, int64_t *ms)
{
	int sign = 0, h, m;

	if (c->at == c->end || take_char(c, "Zz"))
		return true;
	if (take_char(c, "+"))
		sign = 1;
	else if (take_char(c, "-"))
		sign = -1;
	if (!sign || !take_digits(c, 2, 0, 23, &h))
		return false;
	take_char(c, ":");
	if (!take_digits(c, 2, 0, 59, &m))
		return false;
	*ms -= sign * (h * 3600000 + m * 60000);
	return true;
}

bool clock_from_number(double value, int64_t *wall_ms)
{
	double ms = fabs(value) > 2e10 ? value : value * 1000;

	if (!isfinite(value) || ms < (double)FIRST_MS || ms > (double)LAST_MS)
		return false;
	*wall_ms = (int64_t)llround(ms);
	return true;
}

static bool parse_number(const char *text, size_t len, int64_t *wall_ms)
{
	char copy[40], *end;
	double value;

	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (strspn(copy, "0123456789+-.") != len)
		return false;
	value = strtod(copy, &end);
	return *end == '\0' && clock_from_number(value, wall_ms);
}

bool clock_parse(const char *text, size_t len, int64_t *wall_ms)
{
	struct cursor c = { text, text + len };
	int64_t ms;

	if (!take_date(&c, &ms))
		return parse_number(text, len, wall_ms);
	if (c.at != c.end) {
		if (!take_char(&c, "Tt _") || !take_clock(&c, &ms) ||
		    !take_offset(&c, &ms))
			return false;
	}
	if (c.at != c.end || ms < FIRST_MS || ms > LAST_MS)
		return false;
	*wall_ms = ms;
	return true;
}
