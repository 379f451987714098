/* clock: how times are written and read, and that the real one works. */
#include "base/clock.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/cancel.h"

static const struct {
	const char *text;
	int64_t ms;
} times[] = {
	{ "1970-01-01T00:00:00.000Z", 0 },
	{ "1970-01-01T00:00:00.001Z", 1 },
	{ "1969-12-31T23:59:59.999Z", -1 },
	{ "2026-01-15T10:30:00.000Z", 1768473000000 },
	{ "2000-02-29T12:00:00.000Z", 951825600000 },
	{ "1900-02-28T00:00:00.000Z", -2203977600000 },
	{ "1900-03-01T00:00:00.000Z", -2203891200000 },
	{ "2024-02-29T23:59:59.999Z", 1709251199999 },
	{ "2024-03-01T00:00:00.000Z", 1709251200000 },
	{ "2023-12-31T23:59:59.000Z", 1704067199000 },
	{ "0001-01-01T00:00:00.000Z", -62135596800000 },
	{ "9999-12-31T23:59:59.999Z", 253402300799999 },
	{ "2038-01-19T03:14:08.000Z", 2147483648000 },
};

static void test_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(times); i++) {
		char text[TIMESTAMP_SIZE];
		int64_t ms = 0;

		clock_format(times[i].ms, text);
		assert_string_equal(text, times[i].text);
		assert_true(clock_parse(text, strlen(text), &ms));
		assert_true(ms == times[i].ms);
	}
}

/* Each day of eight centuries: there and back. */
static void test_every_day(void **state)
{
	static const int64_t DAY = 86400000;
	char text[TIMESTAMP_SIZE], before[TIMESTAMP_SIZE] = "";

	(void)state;
	for (int64_t ms = -400 * 366 * DAY; ms < 400 * 365 * DAY; ms += DAY) {
		int64_t back = 0;

		clock_format(ms, text);
		assert_true(strcmp(before, text) < 0);
		assert_true(clock_parse(text, strlen(text), &back));
		assert_true(back == ms);
		memcpy(before, text, sizeof(text));
	}
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		/* one moment in many spellings */
		{ "2026-01-15T10:30:00Z", 1768473000000 },
		{ "2026-01-15t10:30:00z", 1768473000000 },
		{ "2026-01-15 10:30:00", 1768473000000 },
		{ "2026-01-15_10:30:00", 1768473000000 },
		{ "2026-01-15T10:30", 1768473000000 },
		{ "2026-01-15T10:30Z", 1768473000000 },
		{ "2026-01-15T11:30:00+01:00", 1768473000000 },
		{ "2026-01-15T11:30:00+0100", 1768473000000 },
		{ "2026-01-15T05:00:00-05:30", 1768473000000 },
		{ "2026-01-16T10:29:00+23:59", 1768473000000 },
		{ "2026-01-15T10:30:00-00:00", 1768473000000 },
		{ "1768473000", 1768473000000 },
		{ "1768473000.0", 1768473000000 },
		{ "1768473000000", 1768473000000 },
		/* fractions are cut */
		{ "2026-01-15T10:30:00.5Z", 1768473000500 },
		{ "2026-01-15T10:30:00,25Z", 1768473000250 },
		{ "2026-01-15T10:30:00.123456789Z", 1768473000123 },
		{ "2026-01-15T10:30:00.9999+00:00", 1768473000999 },
		/* a date alone, leap days */
		{ "2026-01-15", 1768435200000 },
		{ "2000-02-29", 951782400000 },
		{ "2024-02-29", 1709164800000 },
		/* numbers: seconds, beyond 2e10 milliseconds */
		{ "0", 0 },
		{ "2026", 2026000 }, /* no year */
		{ "-1", -1000 },
		{ "1.5", 1500 },
		{ "20000000000", 20000000000000 },
		{ "20000000001", 20000000001 },
		{ "-20000000001", -20000000001 },
		{ "0001-01-01T00:00:00Z", -62135596800000 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t ms = 12345;

		if (!clock_parse(rows[i].text, strlen(rows[i].text), &ms) ||
		    ms != rows[i].ms)
			fail_msg("%s: %lld", rows[i].text, (long long)ms);
	}
}

static void test_refused(void **state)
{
	static const char *const rows[] = {
		"",
		" ",
		"yesterday",
		"2026-01",
		"2026-1-5",
		"26-01-15",
		"2026/01/15",
		"2026-00-15",
		"2026-13-15",
		"2026-01-00",
		"2026-01-32",
		"2026-04-31",
		"2025-02-29",
		"1900-02-29",
		"2100-02-29",
		"2200-02-29",
		"0000-01-01",
		"2026-01-15T",
		"2026-01-15T10",
		"2026-01-15T24:00:00Z",
		"2026-01-15T10:60:00Z",
		"2026-01-15T10:30:60Z",
		"2026-01-15T10:30:00.Z",
		"2026-01-15T10:30:00X",
		"2026-01-15T10:30:00Z ",
		" 2026-01-15T10:30:00Z",
		"2026-01-15T10:30:00+1",
		"2026-01-15T10:30:00+24:00",
		"2026-01-15T10:30:00+01:60",
		"2026-01-15X10:30:00Z",
		"2026-01-15T10:30:00ZZ",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
		"1e9",
		"0x10",
		"nan",
		"inf",
		"1.2.3",
		"--1",
		"99999999999999999999999999999999999999999999999",
		"253402300800000",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t ms = 12345;

		if (clock_parse(rows[i], strlen(rows[i]), &ms))
			fail_msg("%s", rows[i]);
		assert_true(ms == 12345);
	}
	/* a NUL within is no end */
	assert_false(clock_parse("2026-01-15\0", 11, &(int64_t){ 0 }));
	assert_false(clock_parse("1768473000\0", 11, &(int64_t){ 0 }));
}

static void test_number(void **state)
{
	static const struct {
		double value;
		bool fits;
		int64_t ms;
	} rows[] = {
		{ 0, true, 0 },
		{ 1.5, true, 1500 },
		{ 1.0004, true, 1000 },
		{ 1.0006, true, 1001 },
		{ -1.5, true, -1500 },
		{ 2e10, true, 20000000000000 },
		{ 2e10 + 1, true, 20000000001 },
		{ 253402300799999, true, 253402300799999 },
		{ 253402300800000, false, 0 },
		{ -62135596800000, true, -62135596800000 },
		{ -62135596801000, false, 0 },
		{ 1e300, false, 0 },
		{ -1e300, false, 0 },
		{ INFINITY, false, 0 },
		{ -INFINITY, false, 0 },
		{ NAN, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int64_t ms = 0;

		assert_int_equal(clock_from_number(rows[i].value, &ms),
				 rows[i].fits);
		assert_true(ms == rows[i].ms);
	}
}

static void test_system(void **state)
{
	struct cancel cancel;
	struct error why = ERROR_INIT;
	struct clock clock;
	int64_t before;

	(void)state;
	assert_int_equal(cancel_init(&cancel, NULL), 0);
	clock = clock_system(&cancel);
	before = clock.now(clock.ctx);
	assert_false(clock.sleep(clock.ctx, 5));
	assert_true(clock.now(clock.ctx) >= before + 5);
	assert_true(clock.wall(clock.ctx) > 1700000000000);
	for (int i = 0; i < 100; i++) {
		double chance = clock.chance(clock.ctx);

		assert_true(chance >= 0 && chance < 1);
	}
	error_set(&why, ERR_STOPPED, NULL, "a signal");
	cancel_stop(&cancel, &why);
	assert_true(clock.sleep(clock.ctx, 3600000));
	cancel_release(&cancel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format), cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_parse),  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_number), cmocka_unit_test(test_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
