/* Roll-up: what a summary says once its items have been counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/score.h"
#include "pipeline/stage.h"
#include "support/samples.h"

/*
 * items: "name=status;..."; summary, rebuilt: the lists as the model gives
 * and as we expect them; unmatched: the entries that name no item.
 */
struct row {
	const char *items, *summary, *rebuilt, *unmatched;
	bool alarm;
};

static json_t *items_of(const struct roll_up *rule, const char *text)
{
	json_t *items = json_array();

	while (*text) {
		size_t name = strcspn(text, "="), status;

		status = strcspn(text + name + 1, ";");
		json_array_append_new(items,
				      json_pack("{s:s%, s:s%}", rule->name,
						text, name, rule->status,
						text + name + 1, status));
		text += name + 1 + status;
		text += *text == ';';
	}
	return items;
}

static void check_row(enum stage stage, const struct row *row)
{
	const struct roll_up *rule = stages[stage].roll_up;
	json_auto_t *answer = json_pack("{s:o, s:o}", rule->items,
					items_of(rule, row->items), "summary",
					sample_json(row->summary));
	json_auto_t *items = json_deep_copy(
		json_object_get(answer, rule->items));
	json_auto_t *unmatched = json_array();
	bool alarm = roll_up_summary(rule, answer, unmatched);

	sample_expect(json_object_get(answer, "summary"), row->rebuilt);
	sample_expect(unmatched, row->unmatched);
	assert_int_equal(alarm, row->alarm);
	/* the items themselves are the model's words and stay */
	assert_true(json_equal(json_object_get(answer, rule->items), items));
}

#define COMPLIANCE(none, coaching, violations, na)                 \
	"{'no_infraction':[" none "],'coaching_needed':[" coaching \
	"],'violations':[" violations "],'not_applicable':[" na "]}"

static void compliance(void **state)
{
	static const struct row rows[] = {
		/* the model forgot all its lists */
		{ "A=Violation;B=No Infraction;C=N/A;D=Coaching Needed",
		  COMPLIANCE("", "", "", ""),
		  COMPLIANCE("'B'", "'D'", "'A'", "'C'"), "[]", false },
		/* and counted them wrong: the items win, in their order */
		{ "B=Violation;A=Violation;C=No Infraction",
		  COMPLIANCE("'A','B'", "'C'", "'C'", "'A'"),
		  COMPLIANCE("'C'", "", "'B','A'", ""), "[]", false },
		{ "A=Violation", COMPLIANCE("", "", "'A','A','A'", ""),
		  COMPLIANCE("", "", "'A'", ""), "[]", false },
		/* the same name twice: once, where it first stood, the worst */
		{ "A=No Infraction;B=No Infraction;A=Violation",
		  COMPLIANCE("'A','B'", "", "'A'", ""),
		  COMPLIANCE("'B'", "", "'A'", ""), "[]", false },
		{ "A=N/A;A=No Infraction", COMPLIANCE("", "", "", "'A'"),
		  COMPLIANCE("'A'", "", "", ""), "[]", false },
		{ "A=Coaching Needed;A=No Infraction",
		  COMPLIANCE("", "", "", ""), COMPLIANCE("", "'A'", "", ""),
		  "[]", false },
		{ "A=Coaching Needed;A=Violation;A=N/A",
		  COMPLIANCE("", "", "", ""), COMPLIANCE("", "", "'A'", ""),
		  "[]", false },
		/* case, spaces and punctuation make no other name */
		{ "Credit Check Consent=Violation",
		  COMPLIANCE("", "", "'credit-check  CONSENT.'", ""),
		  COMPLIANCE("", "", "'Credit Check Consent'", ""), "[]",
		  false },
		{ "Fair Lending=Violation;fair_lending=No Infraction",
		  COMPLIANCE("", "", "", ""),
		  COMPLIANCE("", "", "'Fair Lending'", ""), "[]", false },
		{ "Geb\xc3\xbchren=Violation", COMPLIANCE("", "", "'x'", ""),
		  COMPLIANCE("", "", "'Geb\xc3\xbchren'", ""),
		  "[{'list':'violations','entry':'x'}]", true },
		/* an entry that names no item does not score; it is kept */
		{ "A=No Infraction", COMPLIANCE("", "", "'Rudeness'", ""),
		  COMPLIANCE("'A'", "", "", ""),
		  "[{'list':'violations','entry':'Rudeness'}]", true },
		{ "A=No Infraction", COMPLIANCE("'x'", "'y'", "", "'z'"),
		  COMPLIANCE("'A'", "", "", ""),
		  "[{'list':'coaching_needed','entry':'y'},"
		  "{'list':'no_infraction','entry':'x'},"
		  "{'list':'not_applicable','entry':'z'}]",
		  false },
		{ "A=Violation", COMPLIANCE("", "", "'AB','A'", ""),
		  COMPLIANCE("", "", "'A'", ""),
		  "[{'list':'violations','entry':'AB'}]", true },
		/* no items: nothing to count, the lists stand */
		{ "", COMPLIANCE("'a'", "'b'", "'c','c'", "'d'"),
		  COMPLIANCE("'a'", "'b'", "'c','c'", "'d'"), "[]", false },
		{ "", COMPLIANCE("", "", "", ""), COMPLIANCE("", "", "", ""),
		  "[]", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		check_row(STAGE_COMPLIANCE, &rows[i]);
}

#define COMMUNICATION(exceeded, met, missed) \
	"{'exceeded':[" exceeded "],'met':[" met "],'missed':[" missed "]}"

static void communication(void **state)
{
	static const struct row rows[] = {
		{ "A=Missed;B=Exceeded;C=Met;D=N/A", COMMUNICATION("", "", ""),
		  COMMUNICATION("'B'", "'C'", "'A'"), "[]", false },
		/* N/A skills stand in no list, whatever the model says */
		{ "A=N/A", COMMUNICATION("'A'", "'A'", "'A'"),
		  COMMUNICATION("", "", ""), "[]", false },
		{ "A=Exceeded;A=Missed", COMMUNICATION("'A'", "", ""),
		  COMMUNICATION("", "", "'A'"), "[]", false },
		{ "A=Exceeded;A=Met", COMMUNICATION("'A'", "", ""),
		  COMMUNICATION("", "'A'", ""), "[]", false },
		{ "A=N/A;A=Exceeded", COMMUNICATION("", "", ""),
		  COMMUNICATION("'A'", "", ""), "[]", false },
		{ "A=Met", COMMUNICATION("'Warmth'", "'A'", "'Pace'"),
		  COMMUNICATION("", "'A'", ""),
		  "[{'list':'missed','entry':'Pace'},"
		  "{'list':'exceeded','entry':'Warmth'}]",
		  false },
		{ "", COMMUNICATION("'a'", "", "'b'"),
		  COMMUNICATION("'a'", "", "'b'"), "[]", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		check_row(STAGE_COMMUNICATION, &rows[i]);
}

static int score_after(json_t *answer)
{
	const struct roll_up *rule = stages[STAGE_COMPLIANCE].roll_up;
	json_auto_t *quiet = sample_answer(STAGE_COMMUNICATION, NULL);
	json_auto_t *unmatched = json_array();
	struct score_basis basis;

	roll_up_summary(rule, answer, unmatched);
	basis = score_basis(answer, quiet);
	return score_of(&basis);
}

/* As an item, and again in other words in the summary alone. */
static void one_breach_under_two_names_costs_15_points(void **state)
{
	json_auto_t *answer = sample_json(
		"{'items':[{'name':'Guarantee','status':'Violation'}],"
		"'summary':{'no_infraction':[],'coaching_needed':[],"
		"'violations':['Guarantee','No guarantee of approval'],"
		"'not_applicable':[]}}");

	(void)state;
	assert_int_equal(score_after(answer), 85);
}

static void a_breach_in_the_summary_alone_costs_nothing_yet(void **state)
{
	json_auto_t *answer = sample_json(
		"{'items':[{'name':'Guarantee','status':'No Infraction'}],"
		"'summary':{'no_infraction':[],'coaching_needed':[],"
		"'violations':['No guarantee of approval'],"
		"'not_applicable':[]}}");

	(void)state;
	assert_int_equal(score_after(answer), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compliance),
		cmocka_unit_test(communication),
		cmocka_unit_test(one_breach_under_two_names_costs_15_points),
		cmocka_unit_test(
			a_breach_in_the_summary_alone_costs_nothing_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
