/* Two streams compared: what agrees, what differs, and what says nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/compiler.h"
#include "compare/verdict.h"
#include "model/evaluation.h"

/* A comparison of streams written with ' for ", a line each. */
struct bench {
	struct diff_rules rules;
	struct diff d;
	struct agreement a;
	struct diff_verdict v;
	struct error error;
};

static struct bench *b;

static json_t *record_of(const char *line, size_t len)
{
	char text[4096];

	assert_true(len < sizeof(text));
	for (size_t i = 0; i < len; i++)
		text[i] = line[i] == '\'' ? '"' : line[i];
	json_t *value = json_loadb(text, len, 0, NULL);

	assert_non_null(value);
	return value;
}

/* Each line of the stream to golden or reports; 0, or -1 with b->error. */
static int add(const char *lines, bool golden)
{
	for (size_t number = 1; *lines; number++) {
		size_t len = strcspn(lines, "\n");
		json_auto_t *record = record_of(lines, len);
		int result = golden ? diff_add_golden(&b->d, record, number,
						      &b->error)
				    : diff_add_report(&b->d, record, &b->error);

		if (result)
			return -1;
		lines += len + (lines[len] == '\n');
	}
	return 0;
}

static void begin(const struct diff_options *o)
{
	static const struct diff_options none;
	static struct bench bench;

	if (b)
		diff_release(&b->d);
	b = &bench;
	b->error = (struct error)ERROR_INIT;
	b->rules.flip_rate = 0;
	assert_int_equal(diff_rules_read(&b->rules, o ? o : &none, &b->error),
			 0);
	diff_init(&b->d, &b->rules, true);
}

/* Compares, and returns the exit status. */
static int compare(const struct diff_options *o, const char *golden,
		   const char *reports)
{
	begin(o);
	assert_int_equal(add(golden, true), 0);
	assert_int_equal(add(reports, false), 0);
	diff_finish(&b->d);
	agreement_measure(&b->a, &b->d, 0, 1);
	diff_judge(&b->v, &b->d, &b->a);
	return b->v.status;
}

static int setup(void **state)
{
	(void)state;
	if (b)
		b->rules = (struct diff_rules){ .flip_rate = 0 };
	return 0;
}

#define SCORE(id, score)   "{'call_id':'" id "','overall_score':" score "}\n"
#define ITEM(name, status) "{'name':'" name "','status':'" status "'}"
#define ITEMS(id, items)                                                  \
	"{'call_id':'" id "','evaluation':{'compliance':{'items':[" items \
	"]}}}\n"
#define STATUS(id, status) "{'call_id':'" id "','status':'" status "'}\n"

/* ---- joining ------------------------------------------------------------- */

static void order_is_free(void **state)
{
	(void)state;
	assert_int_equal(compare(NULL, SCORE("a", "1") SCORE("b", "2"),
				 SCORE("b", "2") SCORE("x", "9")
					 SCORE("a", "1")),
			 0);
	assert_int_equal(b->d.states[DIFF_COMPARED], 2);
	assert_int_equal(b->d.strangers, 1);
	assert_int_equal(b->d.reports, 3);
}

static void many_calls(void **state)
{
	char golden[64], report[64];
	enum { CALLS = 3000 };

	(void)state;
	begin(NULL);
	for (int i = 0; i < CALLS; i++) {
		snprintf(golden, sizeof(golden), SCORE("c%d", "%d"), i, i % 90);
		assert_int_equal(add(golden, true), 0);
	}
	for (int i = CALLS; i-- > 0;) {
		snprintf(report, sizeof(report), SCORE("c%d", "%d"), i,
			 i % 90 + (i == 1234 ? 7 : 0));
		assert_int_equal(add(report, false), 0);
	}
	diff_finish(&b->d);
	assert_int_equal(b->d.states[DIFF_COMPARED], CALLS);
	assert_int_equal(b->d.total.differing, 1);
	assert_true(b->d.order[0] == &b->d.calls[1234]);
	assert_true(b->d.order[0]->delta == 7);
	assert_true(b->d.order[1] == &b->d.calls[0]);
}

static void repeated_reports(void **state)
{
	(void)state;
	assert_int_equal(
		compare(NULL, SCORE("a", "1"), SCORE("a", "1") SCORE("a", "1")),
		0);
	assert_int_equal(b->d.duplicates, 1);
	/* two that differ say nothing, even if one is golden's */
	assert_int_equal(compare(NULL, SCORE("a", "1") SCORE("b", "1"),
				 SCORE("a", "1") SCORE("a", "5")
					 SCORE("b", "1")),
			 3);
	assert_int_equal(b->d.states[DIFF_AMBIGUOUS], 1);
	assert_int_equal(b->d.total.differing, 0);
	assert_int_equal(compare(NULL, SCORE("a", "1"),
				 SCORE("a", "1") STATUS("a", "failed")),
			 3);
}

static void golden_faults(void **state)
{
	(void)state;
	begin(NULL);
	assert_int_equal(add(SCORE("a", "1") SCORE("a", "1"), true), -1);
	assert_string_equal(b->error.text, "call_id stands in line 1 already");
	begin(NULL);
	assert_int_equal(add("{'overall_score':1}\n", true), -1);
	begin(NULL);
	assert_int_equal(add(SCORE("a", "'high'"), true), -1);
	assert_string_equal(b->error.text, "overall_score: expected a number");
	begin(NULL);
	assert_int_equal(add(ITEMS("a", ITEM("X", "Violaton")), true), -1);
	assert_string_equal(b->error.text,
			    "evaluation.compliance.items[X].status: expected "
			    "one of No Infraction, Coaching Needed, Violation, "
			    "N/A");
}

/* ---- states and statuses --------------------------------------------------
 */

static void no_verdict(void **state)
{
	static const struct {
		const char *report;
		enum diff_state state;
	} rows[] = {
		{ STATUS("a", "failed"), DIFF_FAILED },
		{ STATUS("a", "skipped"), DIFF_SKIPPED },
		{ "{'call_id':'a','status':'partial','overall_score':5}",
		  DIFF_PARTIAL },
		{ SCORE("x", "1"), DIFF_MISSING },
		{ "{'call_id':null,'status':'failed'}", DIFF_MISSING },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char reports[256];

		snprintf(reports, sizeof(reports), SCORE("b", "2") "%s",
			 rows[i].report);
		assert_int_equal(
			compare(NULL, SCORE("a", "1") SCORE("b", "2"), reports),
			3);
		assert_int_equal(b->d.calls[0].state, rows[i].state);
		assert_int_equal(b->d.total.differing, 0);
		assert_int_equal(b->v.without_verdict, 1);
		b->rules.allow_missing = 1;
		diff_judge(&b->v, &b->d, &b->a);
		assert_int_equal(b->v.status, 0);
		b->rules.allow_missing = 0;
	}
}

static void gate_wins_over_missing(void **state)
{
	(void)state;
	assert_int_equal(compare(NULL, SCORE("a", "1") SCORE("b", "2"),
				 SCORE("b", "3") STATUS("a", "failed")),
			 1);
	assert_true(b->v.failed && b->v.incomplete);
}

static void nothing_to_compare(void **state)
{
	const struct diff_options skills = { .fields = "skills" };

	(void)state;
	assert_int_equal(compare(NULL, "", SCORE("a", "1")), 7);
	assert_int_equal(compare(NULL, SCORE("a", "1"), ""), 7);
	assert_int_equal(compare(NULL, SCORE("a", "1"), SCORE("b", "1")), 7);
	assert_int_equal(compare(&skills, SCORE("a", "1"), SCORE("a", "1")), 7);
	assert_int_equal(b->d.states[DIFF_UNLABELLED], 1);
	/* a broken run met its calls, and has no verdict on any */
	assert_int_equal(compare(NULL, SCORE("a", "1"), STATUS("a", "failed")),
			 3);
}

static void golden_without_a_verdict(void **state)
{
	(void)state;
	assert_int_equal(compare(NULL, STATUS("a", "partial") SCORE("b", "1"),
				 SCORE("a", "1") SCORE("b", "1")),
			 3);
	assert_int_equal(b->d.calls[0].state, DIFF_UNUSABLE);
}

/* ---- values ---------------------------------------------------------------
 */

static void labels_may_be_few(void **state)
{
	const char *report =
		"{'call_id':'a','status':'ok','overall_score':40,"
		"'evaluation':{'classification':{'call_outcome':'lost',"
		"'requires_deep_dive':true},'compliance':{'items':[" ITEM(
			"X", "Violation") "," ITEM("Y", "N/A") "]}}}";

	(void)state;
	assert_int_equal(compare(NULL, ITEMS("a", ITEM("Y", "N/A")), report),
			 0);
	assert_int_equal(b->d.total.compared, 1);
	assert_int_equal(compare(NULL,
				 "{'call_id':'a','overall_score':null,"
				 "'evaluation':{'classification':{"
				 "'call_outcome':'Lost'}}}",
				 report),
			 0);
	assert_int_equal(b->d.total.compared, 1);
}

static void names_and_spelling(void **state)
{
	(void)state;
	assert_int_equal(
		compare(NULL, ITEMS("a", ITEM("Credit Check", "no infraction")),
			ITEMS("a", ITEM("credit-check", "No Infraction"))),
		0);
	/* the name is gone: it differs, and is told apart */
	assert_int_equal(compare(NULL, ITEMS("a", ITEM("X", "Violation")),
				 ITEMS("a", ITEM("Z", "Violation"))),
			 1);
	assert_int_equal(b->d.fields[1].absent, 1);
	/* one name twice: the worse counts */
	assert_int_equal(
		compare(NULL, ITEMS("a", ITEM("X", "Violation")),
			ITEMS("a", ITEM("X", "Violation") "," ITEM(
					   "X", "N/A") "," ITEM("x", "No "
								     "Infractio"
								     "n"))),
		0);
}

static void free_names_are_counted(void **state)
{
	(void)state;
	b->rules.free_names = true;
	assert_int_equal(
		compare(NULL,
			ITEMS("a", ITEM("X", "Violation") "," ITEM("Y", "N/A")),
			ITEMS("a",
			      ITEM("1", "N/A") "," ITEM("2", "Violation"))),
		0);
	assert_int_equal(compare(NULL, ITEMS("a", ITEM("X", "Violation")),
				 ITEMS("a", ITEM("1", "Violation") "," ITEM(
						    "2", "Violation"))),
			 1);
	assert_int_equal(b->d.total.differing, 1);
	b->rules.free_names = false;
}

static void tolerances(void **state)
{
	const struct diff_options five = { .tolerance = "overall_score=5" };
	const struct diff_options step = { .tolerance = "compliance=1" };
	static const struct {
		const char *a, *b;
		int status;
	} rows[] = {
		{ "No Infraction", "Coaching Needed", 0 },
		{ "Violation", "Coaching Needed", 0 },
		{ "No Infraction", "Violation", 1 },
		{ "No Infraction", "N/A", 1 }, /* not on the scale */
		{ "N/A", "Violation", 1 },
	};

	(void)state;
	assert_int_equal(compare(&five, SCORE("a", "70"), SCORE("a", "75")), 0);
	assert_int_equal(compare(&five, SCORE("a", "70"), SCORE("a", "64")), 1);
	assert_int_equal(compare(&five, SCORE("a", "70"), SCORE("a", "75.5")),
			 1);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char golden[200], report[200];

		snprintf(golden, sizeof(golden), ITEMS("a", ITEM("X", "%s")),
			 rows[i].a);
		snprintf(report, sizeof(report), ITEMS("a", ITEM("X", "%s")),
			 rows[i].b);
		assert_int_equal(compare(&step, golden, report),
				 rows[i].status);
	}
}

static void findings_are_counted(void **state)
{
	const char *none = "{'call_id':'a','evaluation':{'deep_dive':null}}";
	const char *two =
		"{'call_id':'a','evaluation':{'deep_dive':{'findings':["
		"{'issue':'i','severity':'High'},{'issue':'j','severity':"
		"'High'}],'customer_impact':'Low'}}}";
	const char *other =
		"{'call_id':'a','evaluation':{'deep_dive':{'findings':["
		"{'issue':'z','severity':'High'},{'issue':'y','severity':"
		"'High'}],'customer_impact':'Low'}}}";

	(void)state;
	assert_int_equal(compare(NULL, two, other), 0);
	assert_int_equal(compare(NULL, none, two), 1);
	assert_int_equal(b->d.total.differing, 1);
	assert_int_equal(compare(NULL, two, none), 1);
	assert_int_equal(b->d.total.absent, 1); /* customer_impact */
	assert_int_equal(compare(NULL, none, none), 0);
}

static void what_is_asked_for(void **state)
{
	const char *golden =
		"{'call_id':'a','timestamp':'1','overall_score':3,"
		"'meta':{'stages':{'compliance':{'cost':0.25}}},"
		"'evaluation':{'classification':{'sections_completed':[1,2]}}}";
	const char *report =
		"{'call_id':'a','timestamp':'2','overall_score':3,"
		"'meta':{'stages':{'compliance':{'cost':0.5}}},"
		"'evaluation':{'classification':{'sections_completed':[2,1]}}}";
	const struct diff_options time = { .fields = "timestamp" };
	const struct diff_options cost = { .fields = "cost,overall_score" };
	const struct diff_options cheap = { .fields = "cost",
					    .tolerance = "cost=0.25" };
	const struct diff_options set = { .fields = "sections_completed" };
	const struct diff_options no = { .fields = "overall_score,timestamp",
					 .ignore = "timestamp" };

	(void)state;
	assert_int_equal(compare(NULL, golden, report), 0);
	assert_int_equal(compare(&time, golden, report), 1);
	assert_int_equal(compare(&cost, golden, report), 1);
	assert_int_equal(compare(&cheap, golden, report), 0);
	assert_int_equal(compare(&set, golden, report), 0);
	assert_int_equal(compare(&no, golden, report), 0);
}

/* ---- the gate ---------------------------------------------------------------
 */

#define FOUR             \
	SCORE("a", "10") \
	SCORE("b", "20") \
	ITEMS("c", ITEM("X", "Violation")) ITEMS("d", ITEM("X", "N/A"))
#define THREE_OF_FOUR    \
	SCORE("a", "10") \
	SCORE("b", "26") \
	ITEMS("c", ITEM("X", "Violation")) ITEMS("d", ITEM("X", "N/A"))

static void thresholds(void **state)
{
	static const struct {
		struct diff_options o;
		int status;
	} rows[] = {
		{ { .min_agree = "75" }, 0 },
		{ { .min_agree = "75.1" }, 1 },
		{ { .min_agree = "overall_score=50" }, 0 },
		{ { .min_agree = "overall_score=51" }, 1 },
		{ { .min_agree = "compliance=100" }, 1 }, /* scores may not */
		{ { .min_agree = "75,compliance=100" }, 0 },
		{ { .max_score_delta = "6" }, 0 },
		{ { .max_score_delta = "5" }, 1 },
		{ { .min_agree = "50", .max_score_delta = "5" }, 1 },
		{ { .min_kappa = "compliance=1", .max_score_delta = "6" }, 0 },
		{ { .min_kappa = "0.9" }, 1 }, /* a score has no kappa */
		{ { .min_kappa = "0.9", .ignore = "overall_score" }, 0 },
		{ { .min_agree = "skills=10", .max_score_delta = "6" }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (compare(&rows[i].o, FOUR, THREE_OF_FOUR) != rows[i].status)
			fail_msg("row %zu: %d", i, b->v.status);
}

static void kappa_without_a_value(void **state)
{
	const struct diff_options o = { .min_kappa = "compliance=0.9" };

	(void)state;
	/* one category, all agree: not defined, and nothing is wrong */
	assert_int_equal(compare(&o, ITEMS("a", ITEM("X", "N/A")),
				 ITEMS("a", ITEM("X", "N/A"))),
			 0);
	assert_string_equal(b->v.checks[1].option, "min-kappa");
	assert_true(isnan(b->v.checks[1].got));
}

static void wrong_options(void **state)
{
	static const struct {
		struct diff_options o;
		const char *text;
	} rows[] = {
		{ { .fields = "complience" },
		  "--fields: unknown field \"complience\", did you mean "
		  "\"compliance\"?" },
		{ { .tolerance = "5" },
		  "--tolerance: expected FIELD=N, got \"5\"" },
		{ { .tolerance = "call_outcome=1" },
		  "--tolerance: call_outcome is not compared, or has no "
		  "distances" },
		{ { .min_agree = "101" },
		  "--min-agree: expected a number from 0 to 100, got "
		  "\"101\"" },
		{ { .min_agree = "x=1" }, "--min-agree: unknown field \"x\"*" },
		{ { .min_kappa = "overall_score=0.5" },
		  "--min-kappa: overall_score is not compared, or has no "
		  "categories" },
		{ { .fields = "skills", .min_agree = "compliance=5" },
		  "--min-agree: compliance is not compared" },
		{ { .fields = "skills", .max_score_delta = "5" },
		  "--max-score-delta: overall_score is not compared" },
		{ { .max_score_delta = "-1" },
		  "--max-score-delta: expected a number from 0 to 100, got "
		  "\"-1\"" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct diff_rules rules = { .flip_rate = 0 };
		struct error err = ERROR_INIT;
		size_t n = strcspn(rows[i].text, "*");

		assert_int_equal(diff_rules_read(&rules, &rows[i].o, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		if (strncmp(err.text, rows[i].text, n) != 0)
			fail_msg("%s", err.text);
	}
}

/* ---- repeated reports
 * --------------------------------------------------------- */

#define REPEATED(status, counts, rate)                                         \
	"{'call_id':'a','status':'ok','evaluation':{'compliance':{'items'"     \
	":[" ITEM(                                                             \
		"X",                                                           \
		status) "]}},'repeat':{'k':5,'ok':5,'items':[{"                \
			"'path':'evaluation.compliance.items.status','name':'" \
			"X','counts':{" counts "},'flip_rate':" rate "}]}}\n"

static void majorities(void **state)
{
	const char *golden = ITEMS("a", ITEM("X", "No Infraction"));

	(void)state;
	/* the last run said otherwise, most did not */
	assert_int_equal(
		compare(NULL, golden,
			REPEATED("Violation", "'No Infraction':4,'Violation':1",
				 "0.2")),
		0);
	assert_int_equal(b->d.total.flipping, 0);
	assert_int_equal(b->d.flip_count, 1);
	/* most said otherwise: shown, and no failure by itself */
	assert_int_equal(
		compare(NULL, golden,
			REPEATED("Violation", "'No Infraction':1,'Violation':4",
				 "0.2")),
		0);
	assert_int_equal(b->d.total.flipping, 1);
	assert_int_equal(b->d.total.differing, 0);
	/* all said otherwise */
	assert_int_equal(compare(NULL, golden,
				 REPEATED("Violation", "'Violation':5", "0")),
			 1);
	/* it is one of the values that do not agree */
	const struct diff_options all = { .min_agree = "100" };

	assert_int_equal(
		compare(&all, golden,
			REPEATED("Violation", "'No Infraction':1,'Violation':4",
				 "0.2")),
		1);
	/* more than this is flipping, less is not */
	begin(NULL);
	b->rules.flip_rate = 0.3;
	assert_int_equal(add(golden, true), 0);
	assert_int_equal(add(REPEATED("Violation",
				      "'No Infraction':1,'Violation':4", "0.2"),
			     false),
			 0);
	assert_int_equal(b->d.calls[0].differing, 1);
}

static void scores_that_vary(void **state)
{
	static const struct {
		const char *repeat;
		size_t differing, flipping;
	} rows[] = {
		{ "{'min':60,'median':70,'max':80}", 0, 0 },
		{ "{'min':60,'median':75,'max':80}", 0, 1 },
		{ "{'min':71,'median':75,'max':80}", 1, 0 },
		{ "{'min':75,'median':75,'max':75}", 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char report[200];

		snprintf(report, sizeof(report),
			 "{'call_id':'a','overall_score':1,'repeat':{'score':"
			 "%s}}",
			 rows[i].repeat);
		compare(NULL, SCORE("a", "70"), report);
		assert_int_equal(b->d.total.differing, rows[i].differing);
		assert_int_equal(b->d.total.flipping, rows[i].flipping);
	}
}

static void paths_of_flips(void **state)
{
	static const char report[] =
		"{'call_id':'a','evaluation':{'classification':{'call_outcome':"
		"'lost'},'script_deviation':{'sections':{'3':{"
		"'content_accuracy':'Met'}}}},'repeat':{'items':[{'path':'%s',"
		"'name':%s,'counts':{'%s':3,'x':1},'flip_rate':0.25}]}}";
	static const struct {
		const char *path, *name, *value;
	} rows[] = {
		{ "evaluation.classification.call_outcome", "null",
		  "completed" },
		{ "evaluation.classification.call_outcome", "''", "completed" },
		{ "evaluation.script_deviation.sections.content_accuracy",
		  "'3'", "Missed" },
	};
	const char *golden =
		"{'call_id':'a','evaluation':{'classification':{'call_outcome':"
		"'lost'},'script_deviation':{'sections':{'3':{"
		"'content_accuracy':'Met'}}}}}";

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char text[600];

		snprintf(text, sizeof(text), report, rows[i].path, rows[i].name,
			 rows[i].value);
		compare(NULL, golden, text);
		if (b->d.total.flipping != 1)
			fail_msg("%s %s", rows[i].path, rows[i].name);
	}
}

/* ---- the table ------------------------------------------------------- */

static bool in_list(const char *const *list, const char *text)
{
	while (*list && strcmp(*list, text) != 0)
		list++;
	return *list != NULL;
}

/* Every choice of the models' tables is on a scale, and no other. */
static void scales_are_the_models(void **state)
{
	static const struct {
		const char *field;
		const char *const *choices;
	} rows[] = {
		{ "compliance", compliance_statuses },
		{ "skills", performance_ratings },
		{ "customization", performance_ratings },
		{ "findings", severities },
		{ "customer_impact", severities },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct diff_field *f =
			&diff_fields[diff_field_find(rows[i].field)];

		for (size_t j = 0; rows[i].choices[j]; j++)
			assert_true(in_list(f->choices, rows[i].choices[j]));
		for (size_t j = 0; f->choices[j]; j++)
			assert_true(in_list(rows[i].choices, f->choices[j]));
	}
}

static void rows_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		const struct diff_field *f = &diff_fields[i];
		size_t k = 0;

		assert_int_equal(diff_field_find(f->name), i);
		assert_true(*f->path && *f->help);
		while (f->choices && f->choices[k])
			k++;
		assert_true(k <= DIFF_CHOICES && f->ordered <= k);
		assert_int_equal(f->kind == DIFF_CHOICE ||
					 f->shape == DIFF_COUNT,
				 k > 0);
		assert_true((f->shape == DIFF_ROWS) == (f->name_key != NULL));
	}
}

static void words_of_both_sides(void **state)
{
	const char *golden =
		"{'call_id':'a','evaluation':{'compliance':{'items':[{'name':"
		"'X','status':'N/A','details':'not asked'},{'name':'Y',"
		"'status':'N/A','details':'same'}]}}}";
	const char *report =
		"{'call_id':'a','evaluation':{'compliance':{'items':[{'name':"
		"'X','status':'Violation','details':'asked twice'},{'name':'Y',"
		"'status':'N/A','details':'same'}]}}}";

	(void)state;
	compare(NULL, golden, report);
	json_auto_t *again = record_of(golden, strlen(golden));

	diff_add_golden_words(&b->d, again);
	assert_int_equal(b->d.word_count, 1);
	assert_string_equal(b->d.words[0].golden, "not asked");
	assert_string_equal(b->d.words[0].report, "asked twice");
}

static int release(void **state)
{
	(void)state;
	if (b)
		diff_release(&b->d);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order_is_free),
		TEST(many_calls),
		TEST(repeated_reports),
		TEST(golden_faults),
		TEST(no_verdict),
		TEST(gate_wins_over_missing),
		TEST(nothing_to_compare),
		TEST(golden_without_a_verdict),
		TEST(labels_may_be_few),
		TEST(names_and_spelling),
		TEST(free_names_are_counted),
		TEST(tolerances),
		TEST(findings_are_counted),
		TEST(what_is_asked_for),
		TEST(thresholds),
		TEST(kappa_without_a_value),
		TEST(wrong_options),
		TEST(majorities),
		TEST(scores_that_vary),
		TEST(paths_of_flips),
		TEST(scales_are_the_models),
		TEST(rows_of_the_table),
		TEST(words_of_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
