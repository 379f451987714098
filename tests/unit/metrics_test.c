/* Metrics of conversations that were counted by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "transcript/metrics.h"

static struct text text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static struct metrics measure(const char *transcript, const char *script)
{
	struct evidence_index *index;
	struct turns turns;
	struct metrics m;

	turns_init(&turns, text_of(transcript), text_of(script));
	index = evidence_index_new(&turns);
	metrics_init(&m, index, text_of(script));
	evidence_index_free(index);
	turns_release(&turns);
	return m;
}

static void expect_counts(const size_t counts[ROLE_COUNT], size_t agent,
			  size_t customer, size_t other, size_t unknown)
{
	assert_int_equal(counts[ROLE_AGENT], agent);
	assert_int_equal(counts[ROLE_CUSTOMER], customer);
	assert_int_equal(counts[ROLE_OTHER], other);
	assert_int_equal(counts[ROLE_UNKNOWN], unknown);
}

static void expect_near(double got, double wanted)
{
	if (fabs(got - wanted) > 1e-9)
		print_message("%f, not %f\n", got, wanted);
	assert_true(fabs(got - wanted) <= 1e-9);
}

/* ---- words, turns, questions ----------------------------------------- */

static void a_conversation(void **state)
{
	struct metrics m = measure("IVR: Press one.\n"
				   "Agent: Um, good morning, is this Kim?\n"
				   "Agent: Do you have a minute, a second?!\n"
				   "Customer: Uh, [noise] yes. Who is it?\n"
				   "Customer:\n"
				   "Agent: Dana.\n"
				   "Customer: ...\n"
				   "Agent: Still Dana.\n",
				   "");

	(void)state;
	assert_true(m.conversation);
	expect_counts(m.words, 6 + 7 + 1 + 2, 5, 2, 0);
	expect_counts(m.fillers, 1, 1, 0, 0);
	/* the customer's turns without words are none */
	expect_counts(m.turns, 2, 1, 1, 0);
	assert_int_equal(m.turn_count, 4);
	assert_int_equal(m.monologue.role, ROLE_AGENT);
	assert_int_equal(m.monologue.words, 13);
	assert_int_equal(m.monologue.turn, 1);
	assert_int_equal(m.questions, 2);
	assert_false(m.timed);
	expect_near(m.coverage, -1);
	metrics_release(&m);
}

static void what_cannot_be_measured(void **state)
{
	struct metrics m;

	(void)state;
	/* no labels */
	m = measure("Good morning, who is it?\n\nIt is Dana.\n", "1. Hello\n");
	assert_false(m.conversation);
	expect_counts(m.words, 0, 0, 0, 8);
	assert_int_equal(m.questions, -1);
	assert_null(m.sections);
	metrics_release(&m);
	/* one side */
	m = measure("Agent: Hello?\nAgent: Anybody?\n", "");
	assert_false(m.conversation);
	assert_int_equal(m.questions, 2);
	metrics_release(&m);
	/* no punctuation */
	m = measure("Agent: how are you\nCustomer: fine\n", "");
	assert_true(m.conversation);
	assert_int_equal(m.questions, -1);
	metrics_release(&m);
	/* no agent */
	m = measure("Ana: Well?\nBo: Well what?\n", "");
	assert_true(m.conversation);
	expect_counts(m.turns, 0, 0, 0, 2);
	assert_int_equal(m.questions, -1);
	metrics_release(&m);
	/* nothing at all */
	m = measure("", "");
	assert_false(m.conversation);
	expect_counts(m.words, 0, 0, 0, 0);
	assert_false(m.timed);
	metrics_release(&m);
}

static void questions(void **state)
{
	static const struct {
		const char *words;
		long questions;
	} rows[] = {
		{ "Is it? Yes.", 1 },
		{ "What?! Really?? No...", 2 },
		{ "Why? ? ?", 3 },
		{ "\xc2\xbfQu\xc3\xa9 tal? Bien.", 1 },
		{ "\xe4\xbd\xa0\xe5\xa5\xbd\xef\xbc\x9f", 1 },
		{ "None at all.", 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char text[200] = "Customer: Hm?\nAgent: ";
		struct metrics m;

		strncat(text, rows[i].words, sizeof(text) - 50);
		m = measure(text, "");
		assert_int_equal(m.questions, rows[i].questions);
		metrics_release(&m);
	}
}

/* ---- times ----------------------------------------------------------- */

static void times(void **state)
{
	/*
	 * agent 0-4, customer 5-9 (a second's silence before), agent into it
	 * at 8-10 with three words, customer "yes" at 9.5-9.8 with one, then
	 * nothing until 13.
	 */
	struct metrics m = measure("[0.0-4.0] Agent: one two three four\n"
				   "[5.0-9.0] Customer: one two three\n"
				   "[8.0-10.0] Agent: one two three\n"
				   "[9.5-9.8] Customer: yes\n"
				   "[13.0-14.0] Agent: bye now\n",
				   "");

	(void)state;
	assert_true(m.timed);
	expect_counts(m.interruptions, 1, 0, 0, 0);
	expect_near(m.silence, 1 + 3);
	expect_near(m.longest_silence, 3);
	expect_near(m.spoken[ROLE_AGENT], 4 + 2 + 1);
	expect_near(m.spoken[ROLE_CUSTOMER], 4 + 0.3);
	metrics_release(&m);
	/* just short of an interruption, in the wrong order, and three voices
	 */
	m = measure("[0.0-4.0] Agent: one two three\n"
		    "[8.0-9.0] Supervisor: one two three\n"
		    "[3.8-9.5] Customer: one two three\n"
		    "[9.0-9.4] Agent: one two three\n",
		    "");
	expect_counts(m.interruptions, 1, 0, 1, 0);
	expect_near(m.silence, 0);
	metrics_release(&m);
}

static void times_that_are_missing(void **state)
{
	struct metrics m = measure("[0.0-4.0] Agent: one two\n"
				   "Customer: three\n"
				   "[6.0-7.0] Agent: four\n"
				   "[noise]\n",
				   "");

	(void)state;
	assert_false(m.timed);
	expect_near(m.spoken[ROLE_AGENT], 5);
	expect_near(m.spoken[ROLE_CUSTOMER], -1);
	metrics_release(&m);
}

/* ---- script ---------------------------------------------------------- */

static void coverage(void **state)
{
	/*
	 * Words that count, section 1: loan, recorded; 2: loan, income,
	 * payments.  "loan" is in both and weighs ln(1 + 0.5 / 2.5), the others
	 * ln(1 + 1.5 / 1.5).
	 */
	static const char script[] = "Section 1: Loan, is it recorded\n"
				     "Section 2: Income, payments, and so\n"
				     "of the loan\n";
	const double one = log(2), both = log(1.2);
	struct metrics m = measure("Agent: This is recorded. Your income?\n"
				   "Customer: My payments for the loan.\n"
				   "Agent: The LOAN, yes.\n",
				   script);

	(void)state;
	assert_int_equal(m.section_count, 2);
	assert_int_equal(m.sections[0].number, 1);
	expect_near(m.sections[0].share, 1);
	expect_near(m.sections[1].share, (one + both) / (2 * one + both));
	expect_near(m.coverage, (2 * one + 2 * both) / (3 * one + 2 * both));
	metrics_release(&m);
}

static void sections_without_words(void **state)
{
	struct metrics m = measure("Agent: hello there\nCustomer: hi\n",
				   "1. It is\n2. Hello there\n");

	(void)state;
	assert_int_equal(m.section_count, 2);
	metrics_release(&m);
	m = measure("Agent: hello there\nCustomer: hi\n", "is it so\n");
	assert_int_equal(m.section_count, 1);
	expect_near(m.sections[0].share, -1);
	expect_near(m.coverage, -1);
	metrics_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation),
		cmocka_unit_test(what_cannot_be_measured),
		cmocka_unit_test(questions),
		cmocka_unit_test(times),
		cmocka_unit_test(times_that_are_missing),
		cmocka_unit_test(coverage),
		cmocka_unit_test(sections_without_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
