/* Score, range and summary: the rules of the manual, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/score.h"
#include "support/samples.h"

enum { UNKNOWN = -1 };

static void scores(void **state)
{
	static const struct {
		struct score_basis basis;
		int score;
	} rows[] = {
		{ { 0, 0, 0, 0 }, 100 },
		{ { 1, 2, 3, 1 }, 68 },
		{ { 7, 0, 0, 0 }, 1 },
		{ { 0, 0, 0, 3 }, 100 },
		{ { 1, 0, 0, 4 }, 93 },
		{ { 1, 0, 0, 0 }, 85 },
		{ { 0, 1, 0, 0 }, 95 },
		{ { 0, 0, 1, 0 }, 97 },
		{ { 0, 0, 1, 1 }, 99 },
		/* the clamp comes last: two exceeded lift what would be 99 */
		{ { 0, 0, 1, 2 }, 100 },
		{ { 6, 1, 1, 0 }, 2 },
		{ { 6, 2, 0, 0 }, 1 },
		{ { 6, 1, 2, 0 }, 1 },
		{ { 7, 0, 0, 3 }, 1 },
		{ { 12, 0, 9, 0 }, 1 },
		{ { 6, 0, 0, 9 }, 28 },
		{ { 50, 50, 50, 50 }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_true(score_known(&rows[i].basis));
		assert_int_equal(score_of(&rows[i].basis), rows[i].score);
	}
}

/* Bounds by trying every count that the lists allow, none taken from score.c */
static int clamp(int score)
{
	return score < 1 ? 1 : score > 100 ? 100 : score;
}

static void widen(int score, int *low, int *high)
{
	*low = score < *low ? score : *low;
	*high = score > *high ? score : *high;
}

static void brute_range(const struct score_basis *b, int items, int skills,
			int *low, int *high)
{
	*low = 100;
	*high = 1;
	for (int v = 0; v <= items; v++)
		for (int c = 0; v + c <= items; c++)
			for (int m = 0; m <= skills; m++)
				for (int e = 0; m + e <= skills; e++) {
					if ((b->violations >= 0 &&
					     (v != b->violations ||
					      c != b->coaching_needed)) ||
					    (b->missed >= 0 &&
					     (m != b->missed ||
					      e != b->exceeded)))
						continue;
					widen(clamp(100 - 15 * v - 5 * c -
						    3 * m + 2 * e),
					      low, high);
				}
}

static void ranges(void **state)
{
	static const struct {
		struct score_basis basis;
		int items, skills, low, high;
	} rows[] = {
		/* with the built-in lists: 12 items, 9 skills */
		{ { UNKNOWN, UNKNOWN, 0, 0 }, 12, 9, 1, 100 },
		{ { UNKNOWN, UNKNOWN, 2, 0 }, 12, 9, 1, 94 },
		{ { UNKNOWN, UNKNOWN, 9, 0 }, 12, 9, 1, 73 },
		{ { 0, 0, UNKNOWN, UNKNOWN }, 12, 9, 73, 100 },
		{ { 1, 0, UNKNOWN, UNKNOWN }, 12, 9, 58, 100 },
		{ { 2, 1, UNKNOWN, UNKNOWN }, 12, 9, 38, 83 },
		{ { 7, 0, UNKNOWN, UNKNOWN }, 12, 9, 1, 13 },
		{ { 12, 0, UNKNOWN, UNKNOWN }, 12, 9, 1, 1 },
		{ { UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN }, 12, 9, 1, 100 },
		/* short lists of one's own */
		{ { UNKNOWN, UNKNOWN, 1, 0 }, 2, 3, 67, 97 },
		{ { 0, 1, UNKNOWN, UNKNOWN }, 2, 3, 86, 100 },
		{ { UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN }, 1, 1, 82, 100 },
		/* free lists: fifty names each */
		{ { UNKNOWN, UNKNOWN, 0, 0 }, 50, 50, 1, 100 },
		{ { 0, 0, UNKNOWN, UNKNOWN }, 50, 50, 1, 100 },
		{ { 3, 0, UNKNOWN, UNKNOWN }, 50, 50, 1, 100 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int low, high, least, most;

		assert_false(score_known(&rows[i].basis));
		score_range(&rows[i].basis, rows[i].items, rows[i].skills, &low,
			    &high);
		assert_int_equal(low, rows[i].low);
		assert_int_equal(high, rows[i].high);
		brute_range(&rows[i].basis, rows[i].items, rows[i].skills,
			    &least, &most);
		assert_int_equal(low, least);
		assert_int_equal(high, most);
	}
}

static void counts_the_four_lists(void **state)
{
	json_auto_t *compliance = sample_json(
		"{'items':[],'summary':{'no_infraction':['a','b','c','d','e'],"
		"'coaching_needed':['f','g'],'violations':['h'],"
		"'not_applicable':['i','j','k','l','m','n']}}");
	json_auto_t *communication = sample_json(
		"{'skills':[],'summary':{'exceeded':['a'],"
		"'met':['b','c'],'missed':['d','e','f']}}");
	struct score_basis basis = score_basis(compliance, communication);

	(void)state;
	assert_int_equal(basis.violations, 1);
	assert_int_equal(basis.coaching_needed, 2);
	assert_int_equal(basis.missed, 3);
	assert_int_equal(basis.exceeded, 1);
	basis = score_basis(NULL, communication);
	assert_int_equal(basis.violations, UNKNOWN);
	assert_int_equal(basis.coaching_needed, UNKNOWN);
	assert_int_equal(basis.missed, 3);
	assert_false(score_known(&basis));
	basis = score_basis(compliance, NULL);
	assert_int_equal(basis.coaching_needed, 2);
	assert_int_equal(basis.missed, UNKNOWN);
	assert_int_equal(basis.exceeded, UNKNOWN);
	assert_false(score_known(&basis));
}

/* Rows name lists as JSON arrays; NULL: the stage gave no answer. */
struct summary_row {
	const char *violations, *coaching, *exceeded, *missed, *sections;
	const char *summary;
};

static json_t *compliance_of(const struct summary_row *row)
{
	if (!row->violations)
		return NULL;
	return json_pack("{s:[], s:{s:[], s:o, s:o, s:[]}}", "items", "summary",
			 "no_infraction", "coaching_needed",
			 sample_json(row->coaching), "violations",
			 sample_json(row->violations), "not_applicable");
}

static json_t *communication_of(const struct summary_row *row)
{
	if (!row->exceeded)
		return NULL;
	return json_pack("{s:[], s:{s:o, s:[s], s:o}}", "skills", "summary",
			 "exceeded", sample_json(row->exceeded), "met", "Met",
			 "missed", sample_json(row->missed));
}

static json_t *sections_of(const struct summary_row *row)
{
	if (!row->sections)
		return NULL;
	return json_pack("{s:o}", "sections", sample_json(row->sections));
}

static void summaries(void **state)
{
	static const struct summary_row rows[] = {
		{ "[]", "[]", "[]", "[]", "{}",
		  "{'strengths':[],'areas_for_improvement':[],"
		  "'critical_issues':[]}" },
		/* two of each list, three in all, critical issues too */
		{ "['v1','v2','v3','v4']", "['c1','c2','c3']",
		  "['e1','e2','e3']", "['m1','m2','m3']",
		  "{'1':{'critical_misses':['x']}}",
		  "{'strengths':['e1','e2'],"
		  "'areas_for_improvement':['c1','c2','m1'],"
		  "'critical_issues':['v1','v2','v3']}" },
		{ "['v1']", "[]", "['e1']", "['m1','m2']", "{}",
		  "{'strengths':['e1'],'areas_for_improvement':['m1','m2'],"
		  "'critical_issues':['v1']}" },
		/* the first miss of each section that has one, in order */
		{ "[]", "['c1']", "[]", "[]",
		  "{'4':{'critical_misses':['APR','fee']},"
		  "'2':{'critical_misses':[]},"
		  "'3':{'critical_misses':['consent']},"
		  "'5':{'critical_misses':['never shown']}}",
		  "{'strengths':[],'areas_for_improvement':['c1',"
		  "'Section 4: APR','Section 3: consent'],"
		  "'critical_issues':[]}" },
		{ "[]", "[]", "[]", "[]",
		  "{'1':{'critical_misses':['a']},"
		  "'2':{'critical_misses':['b']},"
		  "'3':{'critical_misses':['c']},"
		  "'4':{'critical_misses':['d']}}",
		  "{'strengths':[],'areas_for_improvement':['Section 1: a',"
		  "'Section 2: b','Section 3: c'],'critical_issues':[]}" },
		/* no share for a stage without an answer */
		{ NULL, NULL, "['e1']", "['m1']", NULL,
		  "{'strengths':['e1'],'areas_for_improvement':['m1'],"
		  "'critical_issues':[]}" },
		{ "['v1']", "['c1']", NULL, NULL,
		  "{'9':{'critical_misses':['100 % \\u20ac']}}",
		  "{'strengths':[],'areas_for_improvement':['c1',"
		  "'Section 9: 100 % \\u20ac'],'critical_issues':['v1']}" },
		{ NULL, NULL, NULL, NULL, NULL,
		  "{'strengths':[],'areas_for_improvement':[],"
		  "'critical_issues':[]}" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		json_auto_t *compliance = compliance_of(&rows[i]);
		json_auto_t *communication = communication_of(&rows[i]);
		json_auto_t *sections = sections_of(&rows[i]);
		json_auto_t *summary = score_summary(compliance, communication,
						     sections);

		sample_expect(summary, rows[i].summary);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores),
		cmocka_unit_test(ranges),
		cmocka_unit_test(counts_the_four_lists),
		cmocka_unit_test(summaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
