/* Evidence: which class, where, whose; and the quotes in a string. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "transcript/evidence.h"
#include "transcript/quotes.h"

static const char call[] =
	"Agent: Good morning, this is Dana.\n"
	"Agent: I'm calling about the loan you asked for.\n"
	"Customer: Is that really $12,000 \xe2\x80\x93 or less?\n"
	"Agent: I can't promise it, the rate is 18.5 percent today.\n"
	"It may well change; your card is [CARD_1], is that right?\n"
	"Customer: Yes, is that right? Is that right for everybody?\n"
	"Supervisor: We never promise a rate to anybody here.\n";

static struct text text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

/* ---- classes and places ---------------------------------------------- */

static void classes(void **state)
{
	static const struct {
		const char *quote, *class;
		size_t turn, distance; /* turn from 1, 0 for none */
		const char *found;     /* bytes of the span; NULL: no matter */
	} rows[] = {
		{ "this is Dana", "exact", 1, 0, "this is Dana" },
		{ "Good morning, this is Dana.", "exact", 1, 0, NULL },
		{ "  this is Dana ", "exact", 1, 0, NULL },
		{ "good morning this is dana", "normalised", 1, 0,
		  "Good morning, this is Dana" },
		{ "this is Dana!", "normalised", 1, 0, "this is Dana" },
		{ "I\xe2\x80\x99m calling about", "normalised", 2, 0, NULL },
		{ "is that really 12000 -- or less", "normalised", 3, 0, NULL },
		{ "this is Dana. I'm calling about", "normalised", 1, 0, NULL },
		{ "percent today. It may well change", "normalised", 4, 0,
		  NULL },
		{ "percent today.\nIt may", "exact", 4, 0, NULL },
		{ "your card is [CARD_1]", "exact", 4, 0, NULL },
		{ "I can't promise it ... your card is", "normalised", 4, 10,
		  NULL },
		{ "I can't promise it \xe2\x80\xa6 may well", "normalised", 4,
		  7, NULL },
		{ "... the rate is 18.5 percent ...", "normalised", 4, 0,
		  NULL },
		{ "Good morning ... Is that really", "absent", 0, 0, NULL },
		{ "I ... percent today", "absent", 0, 0, NULL },
		{ "I can't guarantee it, the rate", "near", 4, 1, NULL },
		{ "I can promise it, the rate is", "near", 4, 1, NULL },
		{ "the rate is 19.5 percent today", "near", 4, 1, NULL },
		{ "the rate is percent today", "near", 4, 1,
		  "the rate is 18.5 percent today" },
		{ "the rate here is 18.5", "near", 4, 1, NULL },
		{ "the loan he asks for", "absent", 0, 0, NULL },
		{ "you are approved for sure today", "absent", 0, 0, NULL },
		{ "well change may it", "absent", 0, 0, NULL },
		{ "Yes, is", "too_short", 0, 0, NULL },
		{ "none", "too_short", 0, 0, NULL },
		{ "", "too_short", 0, 0, NULL },
		{ "Agent: Good morning", "absent", 0, 0, NULL },
	};
	const struct claim nobody = { SPEAKER_NONE, ROLE_UNKNOWN };
	struct evidence_index *index;
	struct turns turns;

	(void)state;
	turns_init(&turns, text_of(call), text_of(""));
	index = evidence_index_new(&turns);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct evidence e;

		evidence_find(index, text_of(rows[i].quote), &nobody, &e);
		if (strcmp(evidence_class_name(e.class), rows[i].class) != 0)
			print_message("%s\n", rows[i].quote);
		assert_string_equal(evidence_class_name(e.class),
				    rows[i].class);
		assert_int_equal(e.distance, rows[i].distance);
		assert_int_equal(e.turn == TURN_NONE ? 0 : e.turn + 1,
				 rows[i].turn);
		if (rows[i].found) {
			assert_int_equal(e.span.end - e.span.begin,
					 strlen(rows[i].found));
			assert_memory_equal(call + e.span.begin, rows[i].found,
					    strlen(rows[i].found));
		}
	}
	evidence_index_free(index);
	turns_release(&turns);
}

/* Three places say it; the claim chooses. */
static void whose_it_is(void **state)
{
	static const struct {
		enum role role;
		const char *quote;
		size_t turn;
		int fits;
	} rows[] = {
		{ ROLE_AGENT, "is that right", 4, 1 },
		{ ROLE_CUSTOMER, "is that right", 5, 1 },
		{ ROLE_UNKNOWN, "is that right", 4, -1 },
		{ ROLE_AGENT, "Is that right for everybody", 5, 0 },
		{ ROLE_CUSTOMER, "Is that right for everybody?", 5, 1 },
		{ ROLE_CUSTOMER, "never promise a rate", 6, 0 },
		{ ROLE_AGENT, "here is what I said to them", 0, -1 },
		/* over two speakers it is nobody's */
		{ ROLE_AGENT, "is that right? Yes, is that right", 4, 0 },
	};
	struct evidence_index *index;
	struct turns turns;

	(void)state;
	turns_init(&turns, text_of(call), text_of(""));
	index = evidence_index_new(&turns);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct claim claim = { SPEAKER_NONE, rows[i].role };
		struct evidence e;

		evidence_find(index, text_of(rows[i].quote), &claim, &e);
		assert_int_equal(e.turn == TURN_NONE ? 0 : e.turn + 1,
				 rows[i].turn);
		assert_int_equal(evidence_fits(index, &e, &claim),
				 rows[i].fits);
	}
	evidence_index_free(index);
	turns_release(&turns);
}

/* Texts made to cost: one word over and over, and quotes of it. */
static void hostile_texts_end(void **state)
{
	const struct claim nobody = { SPEAKER_NONE, ROLE_UNKNOWN };
	struct evidence_index *index;
	struct evidence e;
	struct turns turns;
	struct buf text, quote;

	(void)state;
	buf_init(&text, 1 << 22);
	buf_init(&quote, 1 << 20);
	for (int i = 0; i < 200000; i++)
		buf_puts(&text, "no ");
	for (int i = 0; i < 900; i++)
		buf_puts(&quote, "no ");
	turns_init(&turns, (struct text){ text.data, text.len }, text_of(""));
	index = evidence_index_new(&turns);
	evidence_find(index, (struct text){ quote.data, quote.len }, &nobody,
		      &e);
	assert_int_equal(e.class, EVIDENCE_EXACT);
	buf_puts(&quote, "yes");
	evidence_find(index, (struct text){ quote.data, quote.len }, &nobody,
		      &e);
	assert_int_equal(e.class, EVIDENCE_NEAR);
	evidence_find(index, text_of("no no ... no no ... no yes"), &nobody,
		      &e);
	assert_int_equal(e.class, EVIDENCE_NEAR);
	/* what stands behind many ellipses is looked at too */
	evidence_find(index,
		      text_of("no no ... no no ... no no ... no no ... no no "
			      "... no no ... no no ... no no ... yes, yes, "
			      "yes, yes, yes, yes, yes, yes"),
		      &nobody, &e);
	assert_int_equal(e.class, EVIDENCE_ABSENT);
	evidence_find(index,
		      text_of("no no ... no no ... no no ... no no ... no no "
			      "... no no ... no no ... no no ... !"),
		      &nobody, &e);
	assert_int_equal(e.class, EVIDENCE_NORMALISED);
	evidence_index_free(index);
	turns_release(&turns);
	buf_release(&text);
	buf_release(&quote);
}

/* ---- quotes in a string ---------------------------------------------- */

static void quotes_in_strings(void **state)
{
	static const struct {
		const char *string;
		bool whole;
		const char *quotes; /* label=words, a bar between each two */
	} rows[] = {
		{ "", true, "" },
		{ "  ", true, "" },
		{ "plain words", true, "=plain words" },
		{ "plain words", false, "" },
		{ "Agent: plain words", true, "Agent=plain words" },
		{ "AGENT: plain words", true, "AGENT=plain words" },
		{ "Rep: plain words", true, "Rep=plain words" },
		{ "Nobody: plain words", true, "=Nobody: plain words" },
		{ "Agent: \"good day\"", true, "Agent=good day" },
		{ "Late. Agent: \"good day\"", false, "Agent=good day" },
		{ "Two. Agent: \"a b\" / Customer: \"c d\"", false,
		  "Agent=a b|Customer=c d" },
		{ "He said \"a b\" and then \"c d\".", false, "=a b|=c d" },
		{ "Promise: Rep: \"a b\"", false, "Rep=a b" },
		{ "\xe2\x80\x9c"
		  "a b\xe2\x80\x9d and \xc2\xab"
		  "c\xc2\xbb",
		  false, "=a b|=c" },
		{ "\xe2\x80\x9e"
		  "a b\xe2\x80\x9c",
		  false, "=a b" },
		{ "Agent: \"the \"big\" one\"", false, "Agent=the \"big" },
		{ "a 6\" pipe", false, "" },
		{ "Agent: \"left open", false, "Agent=left open" },
		{ "empty \"\" marks", false, "" },
	};
	struct turns turns;

	(void)state;
	turns_init(&turns, text_of(call), text_of(""));
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct quote quotes[4];
		size_t count = quotes_find(text_of(rows[i].string),
					   rows[i].whole, &turns, quotes,
					   LENGTH(quotes));
		struct buf out;

		buf_init(&out, 1000);
		buf_puts(&out, "");
		for (size_t k = 0; k < count; k++)
			buf_printf(
				&out, "%s%.*s=%.*s", k ? "|" : "",
				(int)quotes[k].label.len, quotes[k].label.data,
				(int)quotes[k].words.len, quotes[k].words.data);
		assert_string_equal(out.data ? out.data : "", rows[i].quotes);
		buf_release(&out);
	}
	turns_release(&turns);
}

static void more_quotes_than_room(void **state)
{
	struct turns turns;
	struct quote two[2];

	(void)state;
	turns_init(&turns, text_of(call), text_of(""));
	assert_int_equal(quotes_find(text_of("\"a\" \"b\" \"c\""), false,
				     &turns, two, 2),
			 3);
	assert_memory_equal(two[1].words.data, "b", 1);
	turns_release(&turns);
}

static void who_is_meant(void **state)
{
	static const struct {
		const char *label;
		size_t speaker;
		enum role role;
	} rows[] = {
		{ "Agent", 0, ROLE_AGENT },
		{ "agent", 0, ROLE_AGENT },
		{ "Said by Customer", 1, ROLE_CUSTOMER },
		{ "supervisor", 2, ROLE_OTHER },
		{ "Rep", SPEAKER_NONE, ROLE_AGENT },
		{ "the client", SPEAKER_NONE, ROLE_CUSTOMER },
		{ "Quote", SPEAKER_NONE, ROLE_UNKNOWN },
		{ "", SPEAKER_NONE, ROLE_UNKNOWN },
	};
	struct turns turns;

	(void)state;
	turns_init(&turns, text_of(call), text_of(""));
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct quote quote = { text_of("x"), text_of(rows[i].label) };
		struct claim claim = quotes_claim(&quote, &turns);

		assert_int_equal(claim.speaker, rows[i].speaker);
		assert_int_equal(claim.role, rows[i].role);
	}
	turns_release(&turns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(whose_it_is),
		cmocka_unit_test(hostile_texts_end),
		cmocka_unit_test(quotes_in_strings),
		cmocka_unit_test(more_quotes_than_room),
		cmocka_unit_test(who_is_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
