/* What a rule book hears in a call: speakers, negations, places, quotes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "rules/listen.h"

#define LENGTH_OF(a) (sizeof(a) / sizeof(*(a)))

/* One compliance rule, whose keys are given as flow YAML. */
static struct rulebook *book_of(const char *keys)
{
	struct error err = ERROR_INIT;
	struct rulebook *book;
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_printf(&b,
		   "name: rules\nversion: 1\n"
		   "language: {name: English, least: 10, words: [the, you, i, "
		   "is, this]}\n"
		   "negations: {window: 2, words: [not, never, cant]}\n"
		   "outcomes: []\nred_flags: []\ncommunication: []\n"
		   "compliance:\n  - {name: A, %s}\n",
		   keys);
	book = rulebook_read("b", b.data, b.len, &err);
	if (!book)
		fail_msg("%s: %s", err.where, err.text);
	buf_release(&b);
	return book;
}

/* "bad: quote", "unsure good: quote", "silent: why" or "none". */
static void put_ruling(const struct listening *l, struct buf *b)
{
	static const char *const names[] = { "none", "good", "many",
					     "late", "soft", "bad" };
	struct ruling r = listening_judge(l, 0);

	if (r.silent) {
		buf_printf(b, "silent: %s", r.silent);
		return;
	}
	buf_printf(b, "%s%s", r.unsure ? "unsure " : "", names[r.verdict]);
	if (r.evidence) {
		buf_puts(b, ": ");
		listening_quote(l, r.evidence, b);
	}
}

static void expect(const char *keys, const char *script, const char *call,
		   const char *ruling)
{
	struct rulebook *book = book_of(keys);
	struct listening l;
	struct buf b;

	buf_init(&b, 1 << 16);
	listening_init(&l, book, (struct text){ call, strlen(call) },
		       (struct text){ script, strlen(script) });
	put_ruling(&l, &b);
	if (strcmp(b.data, ruling) != 0)
		fail_msg("{%s} in \"%s\": %s, not %s", keys, call, b.data,
			 ruling);
	listening_release(&l);
	rulebook_free(book);
	buf_release(&b);
}

#define BAD "bad: [(guarantee|promise) ...3 loan]"
#define C   "Customer: is this the end\n"

static void negations(void **state)
{
	static const struct {
		const char *keys, *call, *ruling;
	} rows[] = {
		{ BAD, C "Agent: I guarantee you the loan.",
		  "bad: Agent: \"I guarantee you the loan.\"" },
		{ BAD, C "Agent: I can't guarantee you the loan.", "none" },
		{ BAD, C "Agent: I will not ever promise the loan.", "none" },
		/* the window is two words */
		{ BAD, C "Agent: I do not say this to promise the loan.",
		  "bad: Agent: \"I do not say this to promise the loan.\"" },
		/* nor does it reach over the end of a sentence */
		{ BAD, C "Agent: I do not. I promise the loan.",
		  "bad: Agent: \"I promise the loan.\"" },
		{ BAD, C "Agent: Is it not? Promise! The loan is this.",
		  "bad: Agent: \"Promise! The loan is this.\"" },
		/* inside, it turns around, too */
		{ BAD, C "Agent: I promise you not the loan.", "none" },
		/* behind, it does not */
		{ BAD, C "Agent: I promise the loan, is it not good",
		  "bad: Agent: \"I promise the loan, is it not good\"" },
		/* a phrase's own first word is no negation of it */
		{ "good: [not ...2 guarantee]",
		  C "Agent: this is not a guarantee",
		  "good: Agent: \"this is not a guarantee\"" },
		/* another one in front of it is */
		{ "good: [not ...2 guarantee]",
		  C "Agent: this is never not a guarantee", "none" },
		{ BAD ", negated: true", C "Agent: I can't promise the loan.",
		  "bad: Agent: \"I can't promise the loan.\"" },
		/* a turn's negation ends with the turn */
		{ BAD, C "Agent: is this not\nAgent: promise the loan",
		  "bad: Agent: \"promise the loan\"" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++)
		expect(rows[i].keys, "", rows[i].call, rows[i].ruling);
}

static void speakers(void **state)
{
	static const struct {
		const char *keys, *call, *ruling;
	} rows[] = {
		{ BAD, "Agent: is this you\nCustomer: promise the loan",
		  "none" },
		{ BAD ", by: customer",
		  "Agent: is this you\nCustomer: promise the loan",
		  "bad: Customer: \"promise the loan\"" },
		{ BAD ", by: anyone",
		  "Agent: is this you\nCustomer: promise the loan",
		  "bad: Customer: \"promise the loan\"" },
		/* whose role is not known is not judged ... */
		{ BAD, "is this you\npromise the loan",
		  "unsure bad: \"promise the loan\"" },
		/* ... unless it does not matter */
		{ BAD ", by: anyone", "is this you\npromise the loan",
		  "bad: \"promise the loan\"" },
		/* the worse goes first */
		{ "good: [the good], soft: [the soft], bad: [the bad]",
		  C "Agent: this is the good, the soft, the bad",
		  "bad: Agent: \"this is the good, the soft, the bad\"" },
		{ "good: [the good], soft: [the soft], bad: [the bad]",
		  C "Agent: is this the good. And the soft.",
		  "soft: Agent: \"And the soft.\"" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++)
		expect(rows[i].keys, "", rows[i].call, rows[i].ruling);
}

#define GOOD  "good: [hello you]"
#define NINE  "Agent: this is one two three four five six seven\n"
#define ALONE "silent: Not judged: there is no second voice."

static void places(void **state)
{
	static const struct {
		const char *keys, *script, *call, *ruling;
	} rows[] = {
		{ GOOD, "", C NINE, "none" },
		{ GOOD ", due_words: 9", "", C NINE, "none" },
		{ GOOD ", due_words: 10", "", C NINE,
		  "silent: Not heard, but too little was said to expect it." },
		{ GOOD, "", "Agent: this is all you get", ALONE },
		{ GOOD, "", "this is all\nthe rest is gone",
		  "silent: Not judged: who is the agent is not known." },
		{ GOOD ", by: anyone", "", "this is all\nthe rest is gone",
		  "none" },
		{ GOOD ", late_words: 4", "", C "Agent: hello you",
		  "good: Agent: \"hello you\"" },
		{ GOOD ", late_words: 3", "", C "Agent: hello you",
		  "late: Agent: \"hello you\"" },
		{ GOOD ", last_turns: 2", "", "Agent: hello you\n" C,
		  "good: Agent: \"hello you\"" },
		{ GOOD ", last_turns: 1", "", "Agent: hello you\n" C, "none" },
		{ GOOD ", script: [(greet|greeting)]", "1. Greeting",
		  "Agent: this is me\n" C, "none" },
		{ GOOD ", script: [(greet|greeting)]", "1. Offer",
		  "Agent: this is me\n" C,
		  "silent: Not heard, and the script does not ask for it." },
		/* what was done is told though nobody asked for it */
		{ GOOD ", script: [greeting]", "1. Offer",
		  "Agent: hello you\n" C, "good: Agent: \"hello you\"" },
		/* the call's own words are no script */
		{ GOOD ", script: [greeting]", "1. Offer",
		  "Agent: this is a greeting\n" C,
		  "silent: Not heard, and the script does not ask for it." },
		{ GOOD ", when: [the end]", "", C "Agent: hello you",
		  "good: Agent: \"hello you\"" },
		{ GOOD ", when: [the loan]", "", C "Agent: hello you",
		  "silent: Nothing that calls for it was heard." },
		{ GOOD ", when: [the end], when_by: agent", "",
		  C "Agent: hello you",
		  "silent: Nothing that calls for it was heard." },
		{ GOOD ", when: [the end], when_words: 3", "",
		  C "Agent: hello you", "good: Agent: \"hello you\"" },
		{ GOOD ", when: [the end], when_words: 2", "",
		  C "Agent: hello you",
		  "silent: Not judged: the call's opening was not heard." },
		{ "many: 2, good: [hello, you is]", "",
		  C "Agent: hello you, hello, hello this is",
		  "good: Agent: \"hello you, hello, hello this is\"" },
		{ "many: 2, good: [hello, this is]", "",
		  C "Agent: hello you, this is me",
		  "many: Agent: \"hello you, this is me\"" },
		{ GOOD, "",
		  "Agente: hola, buenos dias, le habla Ana, de la casa, "
		  "\nCliente: hello you",
		  "silent: Not judged: the call is not in the book's "
		  "language." },
		{ GOOD, "", "\xe4\xbd\xa0\xe5\xa5\xbd\xef\xbc\x8c\xe8\xbf\x99",
		  "silent: Not judged: the call is not in the book's "
		  "language." },
		{ GOOD, "", "", ALONE },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(rows); i++)
		expect(rows[i].keys, rows[i].script, rows[i].call,
		       rows[i].ruling);
}

static void quotes(void **state)
{
	struct buf call, ruling;

	(void)state;
	expect(BAD, "",
	       C "Agent: It is 15.33 percent. I promise the loan of "
		 "1.5 U.S. dollars! Is this you?",
	       "bad: Agent: \"I promise the loan of 1.5 U.S.\"");
	expect(BAD, "", C "[00:01] AGENT: this is\n  I promise the\n loan, you",
	       "bad: AGENT: \"I promise the\n loan, you\"");
	/* a sentence of more than 200 bytes: the phrase alone */
	buf_init(&call, 1 << 16);
	buf_init(&ruling, 1 << 16);
	buf_puts(&call, C "Agent: ");
	for (int i = 0; i < 60; i++)
		buf_puts(&call, "this is ");
	buf_puts(&call, "promise the loan");
	buf_printf(&ruling, "bad: Agent: \"promise the loan\"");
	expect(BAD, "", call.data, ruling.data);
	buf_release(&call);
	buf_release(&ruling);
}

/* A megabyte of the same phrase costs memory of a turn, and no square time. */
static void much_of_the_same(void **state)
{
	struct rulebook *book = rulebook_load(NULL, NULL);
	struct listening l;
	struct ruling r;
	struct buf call;

	(void)state;
	buf_init(&call, 4 << 20);
	buf_puts(&call, "Customer: is this the loan\nAgent: ");
	while (call.len < 1 << 20)
		buf_puts(&call, "not guarantee not the loan is guaranteed ");
	buf_puts(&call, ". I guarantee approval.");
	listening_init(&l, book, (struct text){ call.data, call.len },
		       (struct text){ "", 0 });
	assert_true(l.understood);
	for (size_t i = 0; i < book->count; i++) {
		r = listening_judge(&l, i);
		if (strcmp(book->rules[i].name, "No Guarantee of Approval"))
			continue;
		assert_int_equal(r.verdict, VERDICT_BAD);
		assert_true(r.evidence->end <= call.len);
	}
	listening_release(&l);
	buf_release(&call);
	rulebook_free(book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(negations),        cmocka_unit_test(speakers),
		cmocka_unit_test(places),           cmocka_unit_test(quotes),
		cmocka_unit_test(much_of_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
