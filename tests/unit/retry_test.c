/* Whether and when to ask again, and what servers say about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "net/retry.h"

#define ALMOST_ONE 0.9999999

static const struct {
	unsigned attempt;
	bool retryable, rate_limited;
	int64_t hint_ms;
	double chance;
	/* expected */
	bool again;
	int64_t wait_ms;
} decisions[] = {
	/* backoff: uniform(0, min(10 s, 0.5 s * 2^n)) */
	{ 1, true, false, -1, 0, true, 0 },
	{ 1, true, false, -1, 0.5, true, 500 },
	{ 1, true, false, -1, ALMOST_ONE, true, 999 },
	{ 2, true, false, -1, 0, true, 0 },
	{ 2, true, false, -1, 0.5, true, 1000 },
	{ 2, true, false, -1, ALMOST_ONE, true, 1999 },
	/* attempts are all of them, the first included */
	{ 3, true, false, -1, 0.5, false, 0 },
	{ 4, true, false, -1, 0.5, false, 0 },
	{ UINT32_MAX, true, false, -1, 0.5, false, 0 },
	/* what is not to be repeated is not */
	{ 1, false, false, -1, 0.5, false, 0 },
	{ 1, false, true, -1, 0.5, false, 0 },
	{ 1, false, false, 1000, 0.5, false, 0 },
	/* the floor after a 429 without a hint, and its jitter */
	{ 1, true, true, -1, 0, true, 1000 },
	{ 1, true, true, -1, 0.5, true, 1050 },
	{ 1, true, true, -1, ALMOST_ONE, true, 1099 },
	{ 2, true, true, -1, 0, true, 1000 },
	{ 2, true, true, -1, 0.5, true, 1050 },
	{ 2, true, true, -1, 0.75, true, 1500 },
	{ 3, true, true, -1, 0.5, false, 0 },
	/* a hint, up to a tenth more, a second at most */
	{ 1, true, false, 1000, 0, true, 1000 },
	{ 1, true, true, 1000, 0, true, 1000 },
	{ 1, true, true, 1000, 0.5, true, 1050 },
	{ 1, true, true, 1, 0.5, true, 1 },
	{ 1, true, true, 200, 0.5, true, 210 },
	{ 1, true, true, 9000, 0.5, true, 9450 },
	{ 1, true, true, 20000, 0.5, true, 20500 },
	{ 2, true, true, 60000, ALMOST_ONE, true, 60999 },
	{ 1, true, true, 120000, 0, true, 120000 },
	{ 1, true, true, 120000, 0.5, true, 120500 },
	/* 0 is an invitation: own jitter, no floor */
	{ 1, true, true, 0, 0, true, 0 },
	{ 1, true, true, 0, 0.5, true, 500 },
	{ 1, true, false, 0, 0.5, true, 500 },
	/* too long to be waited for */
	{ 1, true, true, 120001, 0.5, false, 0 },
	{ 1, true, false, INT64_MAX, 0.5, false, 0 },
	/* no attempt left, whatever the hint */
	{ 3, true, true, 5000, 0, false, 0 },
};

static void decides(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(decisions); i++) {
		const struct retry_outcome outcome = {
			.retryable = decisions[i].retryable,
			.rate_limited = decisions[i].rate_limited,
			.hint_ms = decisions[i].hint_ms,
		};
		struct retry_decision d = retry_decide(
			&retry_default_policy, decisions[i].attempt, &outcome,
			decisions[i].chance);

		if (d.again != decisions[i].again ||
		    d.wait_ms != decisions[i].wait_ms)
			fail_msg("row %zu: again %d, wait %lld", i, d.again,
				 (long long)d.wait_ms);
	}
}

/* A policy with many attempts meets the cap, and no overflow beyond it. */
static void caps(void **state)
{
	struct retry_policy policy = retry_default_policy;
	const struct retry_outcome outcome = { .retryable = true,
					       .hint_ms = -1 };
	static const struct {
		unsigned attempt;
		int64_t wait_ms;
	} rows[] = {
		{ 1, 500 },   { 2, 1000 },   { 3, 2000 },       { 4, 4000 },
		{ 5, 5000 },  { 6, 5000 },   { 62, 5000 },      { 63, 5000 },
		{ 64, 5000 }, { 999, 5000 }, { 1 << 30, 5000 },
	};

	(void)state;
	policy.attempts = UINT32_MAX;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct retry_decision d = retry_decide(&policy, rows[i].attempt,
						       &outcome, 0.5);

		assert_true(d.again);
		assert_int_equal(d.wait_ms, rows[i].wait_ms);
	}
}

/* 2026-01-15 10:30:00.250 UTC, and the same second as servers write it */
#define WALL  1768473000250
#define HTTP  "Thu, 15 Jan 2026 10:30:00 GMT"
#define LATER "Thu, 15 Jan 2026 10:30:05 GMT"

static const struct {
	const char *ms, *after, *date;
	int64_t hint;
} hints[] = {
	/* nothing */
	{ "", "", "", -1 },
	{ "", "", HTTP, -1 },
	/* seconds */
	{ "", "0", "", 0 },
	{ "", "1", "", 1000 },
	{ "", "120", "", 120000 },
	{ "", " 7 ", "", 7000 },
	{ "", "007", "", 7000 },
	/* with a fraction */
	{ "", "0.5", "", 500 },
	{ "", "1.25", "", 1250 },
	{ "", "2.", "", 2000 },
	{ "", "0.0009", "", 0 },
	{ "", "3.14159265358979", "", 3141 },
	/* milliseconds win, if they are any */
	{ "250", "", "", 250 },
	{ "250", "7", "", 250 },
	{ "0", "7", "", 0 },
	{ "12.75", "7", "", 12 },
	{ "soon", "7", "", 7000 },
	{ "-1", "7", "", 7000 },
	{ "", LATER, HTTP, 5000 },
	{ "soon", LATER, HTTP, 5000 },
	/* dates, by the reply's clock or else by ours */
	{ "", LATER, "", 4750 },
	{ "", LATER, "yesterday", 4750 },
	{ "", "Thu, 15 Jan 2026 10:31:00 GMT", "Thu, 15 Jan 2026 10:29:00 GMT",
	  120000 },
	{ "", "Thursday, 15-Jan-26 10:30:05 GMT", HTTP, 5000 },
	{ "", "Thu Jan 15 10:30:05 2026", HTTP, 5000 },
	{ "", "thu, 15 jan 2026 10:30:05 gmt", HTTP, 5000 },
	/* over: no need to wait */
	{ "", HTTP, LATER, 0 },
	{ "", HTTP, HTTP, 0 },
	{ "", "Sun, 06 Nov 1994 08:49:37 GMT", "", 0 },
	{ "", "Sunday, 06-Nov-94 08:49:37 GMT", "", 0 },
	{ "", "Sun Nov  6 08:49:37 1994", "", 0 },
	/* far beyond any patience, and still a number */
	{ "", "315360000", "", 315360000000 },
	{ "", "99999999999999999999999999", "", 1000000000000 },
	{ "99999999999999999999999999", "", "", 1000000000000 },
	{ "", "Thu, 15 Jan 2036 10:30:00 GMT", HTTP, 315532800000 },
	/* nonsense */
	{ "", "-1", "", -1 },
	{ "", "-0.5", "", -1 },
	{ "", "+5", "", -1 },
	{ "", "1e309", "", -1 },
	{ "", "1e3", "", -1 },
	{ "", "0x10", "", -1 },
	{ "", "inf", "", -1 },
	{ "", "nan", "", -1 },
	{ "", ".", "", -1 },
	{ "", "5s", "", -1 },
	{ "", "5 seconds", "", -1 },
	{ "", "1,5", "", -1 },
	{ "", "1.5.5", "", -1 },
	{ "", "soon", "", -1 },
	{ "", "Thu", "", -1 },
	{ "", "Thu: what", "", -1 },
	{ "", "2026-01-15T10:30:05Z", "", -1 },
	{ "", "Thu, 99 Jan 2026 10:30:05 GMT", "", -1 },
};

static void reads_hints(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(hints); i++) {
		int64_t hint = retry_hint(hints[i].ms, hints[i].after,
					  hints[i].date, WALL);

		if (hint != hints[i].hint)
			fail_msg("row %zu \"%s\" \"%s\": %lld", i, hints[i].ms,
				 hints[i].after, (long long)hint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides),
		cmocka_unit_test(caps),
		cmocka_unit_test(reads_hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
