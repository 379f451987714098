/* Limits as text, and the rule that ends a hopeless run: tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run/limits.h"

static bool same(double a, double b)
{
	return a - b < 1e-12 && b - a < 1e-12;
}

static void rates(void **state)
{
	static const struct {
		const char *text;
		double per_second; /* 0: refused */
	} rows[] = {
		{ "1/s", 1 },        { "20/s", 20 },
		{ "0.5/s", 0.5 },    { "60/m", 1 },
		{ "1/m", 1 / 60.0 }, { "100000/s", 1e5 },
		{ "1.5/m", 0.025 },  { "6000000/m", 1e5 },
		{ "007/s", 7 },      { "0/s", 0 },
		{ "0.0/m", 0 },      { "-1/s", 0 },
		{ "+1/s", 0 },       { "1", 0 },
		{ "1/", 0 },         { "/s", 0 },
		{ "", 0 },           { "1/h", 0 },
		{ "1/S", 0 },        { "1/ss", 0 },
		{ "1 /s", 0 },       { " 1/s", 0 },
		{ "1/s ", 0 },       { "1e3/s", 0 },
		{ "0x10/s", 0 },     { "1.2.3/s", 0 },
		{ "./s", 0 },        { "inf/s", 0 },
		{ "nan/s", 0 },      { "100001/s", 0 },
		{ "1,5/s", 0 },      { "111111111111111111111/s", 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		double got = 0;
		bool ok = limits_read_rate(rows[i].text, &got);

		if (ok != (rows[i].per_second > 0) ||
		    (ok && !same(got, rows[i].per_second)))
			fail_msg("\"%s\": %d, %g", rows[i].text, ok, got);
	}
}

static void dollars(void **state)
{
	static const struct {
		const char *text;
		double dollars; /* 0: refused */
	} rows[] = {
		{ "1", 1 },         { "2.50", 2.5 }, { "0.000001", 1e-6 },
		{ "1000000", 1e6 }, { "20.", 20 },   { ".5", 0.5 },
		{ "0", 0 },         { "0.00", 0 },   { "-1", 0 },
		{ "1000001", 0 },   { "$5", 0 },     { "5 USD", 0 },
		{ "5USD", 0 },      { "1e2", 0 },    { "", 0 },
		{ ".", 0 },         { "1..2", 0 },   { "1,5", 0 },
		{ "inf", 0 },       { "nan", 0 },    { " 1", 0 },
		{ "1 ", 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		double got = 0;
		bool ok = limits_read_dollars(rows[i].text, &got);

		if (ok != (rows[i].dollars > 0) ||
		    (ok && !same(got, rows[i].dollars)))
			fail_msg("\"%s\": %d, %g", rows[i].text, ok, got);
	}
}

static void rules(void **state)
{
	static const struct {
		const char *text;
		bool ok, percent;
		double number;
	} rows[] = {
		{ "0", true, false, 0 },         { "3", true, false, 3 },
		{ "1000000", true, false, 1e6 }, { "0%", true, true, 0 },
		{ "10%", true, true, 10 },       { "2.5%", true, true, 2.5 },
		{ "100%", true, true, 100 },     { "101%", false, true, 0 },
		{ "2.5", false, false, 0 },      { "3.", false, false, 0 },
		{ "-1", false, false, 0 },       { "10%%", false, false, 0 },
		{ "%", false, false, 0 },        { "", false, false, 0 },
		{ "3 %", false, false, 0 },      { "all", false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct failure_rule rule;

		if (limits_read_failures(rows[i].text, &rule) != rows[i].ok)
			fail_msg("\"%s\"", rows[i].text);
		if (!rows[i].ok)
			continue;
		assert_true(rule.set);
		assert_int_equal(rule.percent, rows[i].percent);
		assert_true(same(rule.number, rows[i].number));
	}
}

/* o: ok, x: not; repeated so often; at which record does the run end? */
static void when_a_run_ends(void **state)
{
	static const struct {
		const char *rule;    /* NULL: none */
		const char *records; /* and then for ever the last one */
		unsigned ends;       /* with this record; 0: never */
	} rows[] = {
		{ NULL, "x", 20 },
		{ NULL, "o", 0 },
		{ NULL, "ox", 0 },
		{ NULL, "xxxxxxxxxxxxxxxxxxxo", 0 },
		{ NULL, "xxxxxxxxxxxxxxxxxxxox", 0 },
		{ NULL, "xxxxxxxxxxxxxxxxxxxxo", 20 },
		{ "0", "x", 1 },
		{ "0", "ooooox", 6 },
		{ "3", "x", 4 },
		{ "3", "oxoxoxox", 8 },
		{ "3", "xxxo", 0 },
		{ "50", "x", 51 }, /* the default rule is replaced */
		{ "0%", "o", 0 },
		{ "0%", "x", 20 },
		{ "0%", "xo", 20 },
		{ "10%", "xxo", 0 },
		{ "10%", "xxxo", 20 },
		{ "10%", "xxooooooooooooooooooox", 22 },
		{ "10%", "oooooooooooooooooooox", 23 },
		{ "50%", "x", 20 },
		{ "100%", "x", 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct failure_rule rule = { .set = false };
		const char *record = rows[i].records;
		struct failures failures;
		unsigned ended = 0;

		if (rows[i].rule)
			assert_true(limits_read_failures(rows[i].rule, &rule));
		failures_init(&failures, &rule);
		for (unsigned n = 1; n <= 200 && !ended; n++) {
			struct error why = ERROR_INIT;

			if (failures_count(&failures, *record == 'o', &why) <
			    0) {
				ended = n;
				assert_int_equal(why.code, ERR_FAILURES);
				assert_int_equal(error_status(why.code),
						 EXIT_REFUSED);
				assert_non_null(strstr(
					why.text, n == 1 ? "of 1 record sent"
							 : "records sent"));
			}
			if (record[1])
				record++;
		}
		if (ended != rows[i].ends)
			fail_msg("%s %s: ends with %u, not %u",
				 rows[i].rule ? rows[i].rule : "default",
				 rows[i].records, ended, rows[i].ends);
		failures_release(&failures);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates),
		cmocka_unit_test(dollars),
		cmocka_unit_test(rules),
		cmocka_unit_test(when_a_run_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
