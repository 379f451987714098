/*
 * Ten thousand made-up pieces of calls with labels: how many secrets are
 * found, by class, and how much is taken for one that is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "transcript/redact.h"
#include "transcript/redact_digits.h"

enum {
	PIECES = 10000,
	PLAIN_PIECES = 4000,
	TEXT_BYTES = 2048,
	SENTENCE_BYTES = 256,
	SHOWN = 12
};

#define ALL (REDACT_BIT(REDACT_CLASSES) - 1u)

/* ---- chance, the same on every machine ------------------------------- */

static uint64_t seed;

/* 0..n-1; xorshift64* (Vigna 2016) */
static unsigned any(unsigned n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)((seed * 2685821657736338717u) >> 33) % n;
}

static bool once_in(unsigned n)
{
	return any(n) == 0;
}

#define ANY_OF(list) ((list)[any(LENGTH(list))])

/* ---- a text with its labels ------------------------------------------ */

struct piece {
	char text[TEXT_BYTES];
	size_t len;
	/* bytes that must be gone */
	size_t begin[64], end[64];
	size_t count;
};

static void put(struct piece *p, const char *s)
{
	size_t n = strlen(s);

	assert_true(p->len + n < sizeof(p->text));
	memcpy(p->text + p->len, s, n + 1);
	p->len += n;
}

static void put_secret(struct piece *p, const char *s)
{
	assert_true(p->count < LENGTH(p->begin));
	p->begin[p->count] = p->len;
	put(p, s);
	p->end[p->count++] = p->len;
}

/* ---- numbers --------------------------------------------------------- */

static void random_digits(char *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i] = (char)('0' + any(10));
	d[n] = '\0';
}

static void make_card(char *d)
{
	static const struct {
		const char *first;
		size_t n;
	} kinds[] = { { "4", 16 },  { "4", 16 },    { "51", 16 },
		      { "55", 16 }, { "2221", 16 }, { "34", 15 },
		      { "37", 15 }, { "6011", 16 }, { "65", 16 },
		      { "36", 14 }, { "3528", 16 }, { "62", 16 } };
	unsigned k = any(LENGTH(kinds));

	do {
		random_digits(d, kinds[k].n);
		memcpy(d, kinds[k].first, strlen(kinds[k].first));
		for (char c = '0'; c <= '9'; c++) {
			d[kinds[k].n - 1] = c;
			if (digits_luhn(d, kinds[k].n))
				break;
		}
	} while (!digits_card(d, kinds[k].n));
}

static void make_social(char *d)
{
	do
		random_digits(d, 9);
	while (!digits_ssn(d, 9));
}

static void make_routing(char *d)
{
	do
		random_digits(d, 9);
	while (!digits_routing(d, 9));
}

static void make_phone(char *d)
{
	do
		random_digits(d, 10);
	while (!digits_phone(d, 10));
}

/* ---- ways to say a number -------------------------------------------- */

/* Lengths of groups, 0 at the end: cards, social security, phones. */
static const size_t by_four[] = { 4, 4, 4, 4, 0 };
static const size_t by_465[] = { 4, 6, 5, 0 };
static const size_t by_464[] = { 4, 6, 4, 0 };
static const size_t by_324[] = { 3, 2, 4, 0 };
static const size_t by_334[] = { 3, 3, 4, 0 };
static const size_t in_one[] = { 99, 0 };

static const size_t *card_groups(const char *d)
{
	return strlen(d) == 15 ? by_465 : strlen(d) == 14 ? by_464 : by_four;
}

static void put_written(struct piece *p, const char *d, const size_t *groups,
			const char *sep)
{
	char text[64] = "";

	for (size_t g = 0; *d; g++) {
		size_t n = strlen(d) < groups[g] ? strlen(d) : groups[g];

		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%.*s", g > 0 ? sep : "", (int)n, d);
		d += n;
	}
	put_secret(p, text);
}

static const char *const names[] = { "zero", "one", "two",   "three", "four",
				     "five", "six", "seven", "eight", "nine" };

/* n digits as words, pairs as "double" now and then. */
static void put_words(struct piece *p, const char *d, size_t n)
{
	bool doubles = once_in(2), oh = once_in(2);
	char text[256] = "";

	for (size_t i = 0; i < n; i++) {
		bool twice = doubles && i + 1 < n && d[i] == d[i + 1];
		const char *word = d[i] == '0' && oh ? "oh" : names[d[i] - '0'];

		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%s%s", i > 0 ? " " : "", twice ? "double " : "",
			 word);
		i += twice;
	}
	put_secret(p, text);
}

static void put_spoken(struct piece *p, const char *d, const size_t *groups)
{
	static const char *const commas[] = { ", ", " ", "... ", ", uh, " };
	const char *comma = ANY_OF(commas);

	for (size_t g = 0; *d; g++) {
		size_t n = strlen(d) < groups[g] ? strlen(d) : groups[g];

		put(p, g > 0 ? comma : "");
		put_words(p, d, n);
		d += n;
	}
}

/* Group by group, the other one says something between. */
static void put_turns(struct piece *p, const char *d, const size_t *groups)
{
	static const char *const labels[][2] = {
		{ "\nAgent: ", "\nCustomer: " },
		{ "\n[00:12.500] AGENT: ", "\n[00:14.100] CALLER: " },
		{ "\nspk_0: ", "\nspk_1: " },
		{ "\n**Agent:** ", "\n**Customer:** " },
		{ "\nDana Whitfield: ", "\nMarcus: " },
	};
	static const char *const answers[] = { "Okay.",      "mhm",
					       "Got it.",    "Yes, go ahead",
					       "uh-huh",     "And the next?",
					       "All right.", "Perfect, next" };
	size_t pair = any(LENGTH(labels));
	bool spoken = once_in(2);

	put(p, labels[pair][1]);
	for (size_t g = 0; *d; g++) {
		size_t n = strlen(d) < groups[g] ? strlen(d) : groups[g];
		char digits[32];

		if (g > 0) {
			put(p, labels[pair][0]);
			put(p, ANY_OF(answers));
			put(p, labels[pair][1]);
		}
		snprintf(digits, sizeof(digits), "%.*s", (int)n, d);
		if (spoken)
			put_words(p, d, n);
		else
			put_secret(p, digits);
		d += n;
	}
}

static void put_number(struct piece *p, const char *d, const size_t *groups,
		       bool bare)
{
	static const char *const seps[] = { " ", "-", "-", " ", "." };

	switch (any(bare ? 6 : 5)) {
	case 0:
	case 1:
		put_written(p, d, groups, ANY_OF(seps));
		break;
	case 2:
	case 3:
		put_spoken(p, d, groups);
		break;
	case 4:
		put_turns(p, d, groups);
		break;
	default:
		put_written(p, d, in_one, "");
	}
}

/* ---- one piece a class ----------------------------------------------- */

static const char *const starts[] = {
	"",
	"Okay, ",
	"Agent: Thanks for holding.\nCustomer: Sure. ",
	"Customer: I owe about $4,200 at 24.99 percent. ",
	"[00:03.720] AGENT: the rate is 6.875 on 360 months\n[00:09.100] "
	"CALLER: fine. ",
	"spk_1: My name is Marcus and I called on 3/15/2019.\nspk_1: ",
};
static const char *const ends[] = { "", ".", ". Is that all?",
				    "\nAgent: Thank you, one moment.",
				    " and my income is 85,000 a year" };

static void make_card_piece(struct piece *p)
{
	static const char *const asks[] = { "It's ",
					    "My card number is ",
					    "Visa, ",
					    "the card is ",
					    "debit card ",
					    "You can charge ",
					    "card ending, no, all of it: ",
					    "sure it is " };
	char d[32];

	make_card(d);
	put(p, ANY_OF(asks));
	put_number(p, d, card_groups(d), true);
}

static void make_social_piece(struct piece *p)
{
	static const char *const asks[] = {
		"My social is ",
		"social security number: ",
		"SSN ",
		"the social would be ",
		"Agent: And your social, for the application?\nCustomer: ",
	};
	char d[32];

	make_social(d);
	put(p, ANY_OF(asks));
	put_number(p, d, by_324, true);
}

static void make_account_piece(struct piece *p)
{
	static const char *const asks[] = {
		"My account number is ",
		"checking account number ",
		"account # ",
		"Agent: What's the account number?\nCustomer: ",
	};
	char d[32];

	random_digits(d, 8 + any(5));
	put(p, ANY_OF(asks));
	put_number(p, d, by_four, true);
}

static void make_routing_piece(struct piece *p)
{
	static const char *const asks[] = { "The routing number is ",
					    "routing ", "ABA number " };
	char d[32];

	make_routing(d);
	put(p, ANY_OF(asks));
	put_number(p, d, by_334, true);
}

static void make_code_piece(struct piece *p)
{
	static const char *const asks[] = {
		"the CVV is ",
		"security code ",
		"my PIN is ",
		"Agent: And the PIN?\nCustomer: ",
	};
	size_t ask = any(LENGTH(asks));
	char d[8];

	random_digits(d, ask < 2 ? 3 : 4);
	put(p, asks[ask]);
	if (once_in(2))
		put_words(p, d, strlen(d));
	else
		put_secret(p, d);
}

static void make_email_piece(struct piece *p)
{
	static const char *const who[] = { "marcus", "dana",  "jsmith",
					   "lee",    "maria", "bob" };
	static const char *const last[] = { "ellery", "reyes", "olsen", "kim" };
	static const char *const where[] = { "gmail", "yahoo", "hotmail",
					     "outlook" };
	static const char *const asks[] = { "my email is ", "It's ",
					    "send it to ", "Email: " };
	char text[128];

	put(p, ANY_OF(asks));
	switch (any(5)) {
	case 0:
	case 1:
		snprintf(text, sizeof(text), "%s.%s%u@%s.com", ANY_OF(who),
			 ANY_OF(last), any(100), ANY_OF(where));
		break;
	case 2:
		snprintf(text, sizeof(text), "%s at %s dot com", ANY_OF(who),
			 ANY_OF(where));
		break;
	case 3:
		snprintf(text, sizeof(text), "%s dot %s at %s dot com",
			 ANY_OF(who), ANY_OF(last), ANY_OF(where));
		break;
	default:
		snprintf(text, sizeof(text), "%s underscore %s %s %s at %s.com",
			 ANY_OF(who), ANY_OF(last), ANY_OF(names),
			 ANY_OF(names), ANY_OF(where));
	}
	put_secret(p, text);
}

static void make_phone_piece(struct piece *p)
{
	static const char *const asks[] = { "call me at ", "my cell is ",
					    "It's ",
					    "phone number: ", "reach me on " };
	char d[16], text[32];

	make_phone(d);
	put(p, ANY_OF(asks));
	switch (any(4)) {
	case 0:
		snprintf(text, sizeof(text), "(%.3s) %.3s-%s", d, d + 3, d + 6);
		put_secret(p, text);
		break;
	case 1:
		snprintf(text, sizeof(text), "+1%s", d);
		put_secret(p, text);
		break;
	default:
		put_number(p, d, by_334, false);
	}
}

static void make_birth_piece(struct piece *p)
{
	static const char *const months[] = {
		"January", "March", "April", "May", "September", "December"
	};
	static const char *const asks[] = {
		"I was born on ",
		"my date of birth is ",
		"DOB ",
		"Agent: Date of birth?\nCustomer: ",
	};
	unsigned month = 1 + any(12), day = 1 + any(28), year = 1940 + any(65);
	char text[64];

	put(p, ANY_OF(asks));
	switch (any(3)) {
	case 0:
		snprintf(text, sizeof(text), "%02u/%02u/%u", month, day, year);
		break;
	case 1:
		snprintf(text, sizeof(text), "%s %uth, %u", ANY_OF(months), day,
			 year);
		break;
	default:
		snprintf(text, sizeof(text), "%u-%u-%02u", month, day,
			 year % 100);
	}
	put_secret(p, text);
}

static const struct kind {
	const char *name;
	void (*make)(struct piece *p);
	unsigned share;    /* of 100 */
	unsigned promille; /* that must be found */
} kinds[] = {
	{ "cards", make_card_piece, 25, 990 },
	{ "social security", make_social_piece, 25, 990 },
	{ "accounts", make_account_piece, 10, 980 },
	{ "routing", make_routing_piece, 5, 980 },
	{ "codes", make_code_piece, 5, 980 },
	{ "e-mail", make_email_piece, 12, 980 },
	{ "phones", make_phone_piece, 12, 900 },
	{ "births", make_birth_piece, 6, 900 },
};

/* ---- text without any ------------------------------------------------ */

/* Numbers that loans are made of; d: 16 random digits. */
static void say_loan(char *text, char *d)
{
	unsigned n = any(1000), m = 1 + any(12);

	switch (any(8)) {
	case 0:
		snprintf(text, SENTENCE_BYTES,
			 "The loan amount is $%u,%03u at %u.%u percent for %u "
			 "months, so about %u dollars a month.",
			 1 + any(900), n, 3 + any(9), any(1000), 12 * m,
			 100 + n);
		break;
	case 1:
		snprintf(text, SENTENCE_BYTES,
			 "We closed on %u/%u/%u and your loan number is %.10s.",
			 m, 1 + any(28), 1990 + any(35), d);
		break;
	case 2:
		snprintf(text, SENTENCE_BYTES,
			 "Your reference number is %.9s, please write it down.",
			 d);
		break;
	case 3:
		snprintf(text, SENTENCE_BYTES,
			 "My credit score is %u and I owe %u on the card, %u "
			 "on the other card.",
			 550 + any(300), 500 + n, 900 + any(9000));
		break;
	case 4:
		snprintf(text, SENTENCE_BYTES,
			 "I make %s hundred and %s thousand, no, %s dollars.",
			 ANY_OF(names), ANY_OF(names), ANY_OF(names));
		break;
	case 5:
		snprintf(text, SENTENCE_BYTES,
			 "Order ID: %.10s, tracking number %.12s.", d, d + 2);
		break;
	case 6:
		snprintf(text, SENTENCE_BYTES,
			 "Call the branch at %u%02u-%03u-%.4s after %u:%02u.",
			 2 + any(7), any(100), 200 + any(700), d, m, any(60));
		break;
	default:
		if (digits_luhn(d, 16))
			d[15] = (char)(d[15] == '9' ? '0' : d[15] + 1);
		snprintf(text, SENTENCE_BYTES,
			 "The application number is %s, the file %.6s.", d, d);
		break;
	}
}

/* And those that calls are made of. */
static void say_other(char *text, const char *d)
{
	unsigned n = any(1000), m = 1 + any(12);

	switch (any(8)) {
	case 0:
		snprintf(text, SENTENCE_BYTES,
			 "Your account is in good standing, %u payments of %u "
			 "since %u.",
			 m, n, 2000 + any(25));
		break;
	case 1:
		snprintf(text, SENTENCE_BYTES,
			 "One or two questions, oh, and %s more thing, zip "
			 "code %.5s.",
			 ANY_OF(names), d);
		break;
	case 2:
		snprintf(text, SENTENCE_BYTES,
			 "The balance on the account is %u,%03u,%03u.%02u.", m,
			 n, any(1000), any(100));
		break;
	case 3:
		snprintf(text, SENTENCE_BYTES,
			 "It is %u.%u, then %u.%u, then %u.%u percent, with %u "
			 "points on a %u year fixed.",
			 m, any(1000), m, any(1000), m, any(1000), any(4),
			 5 * m);
		break;
	case 4:
		snprintf(text, SENTENCE_BYTES,
			 "We pulled a social media report, case %.8s, policy "
			 "%.11s.",
			 d, d + 3);
		break;
	case 5:
		snprintf(text, SENTENCE_BYTES,
			 "Twenty %s, forty %s, nineteen ninety %s, I lost "
			 "count, uh, %s, %s, %s.",
			 ANY_OF(names), ANY_OF(names), ANY_OF(names),
			 ANY_OF(names), ANY_OF(names), ANY_OF(names));
		break;
	case 6:
		snprintf(text, SENTENCE_BYTES,
			 "NMLS number %.6s, license %.7s, extension %.4s.", d,
			 d + 4, d + 8);
		break;
	default:
		snprintf(text, SENTENCE_BYTES,
			 "I have a card from the bank and a checking account, "
			 "that is all, since %u.",
			 1990 + any(35));
	}
}

static void put_plain(struct piece *p)
{
	static const char *const labels[] = { "Agent: ", "Customer: ", "",
					      "[00:12] AGENT: ", "spk_0: " };
	char text[SENTENCE_BYTES], d[32];

	put(p, ANY_OF(labels));
	random_digits(d, 16);
	if (once_in(2))
		say_loan(text, d);
	else
		say_other(text, d);
	put(p, text);
	put(p, "\n");
}

/* ---- counting -------------------------------------------------------- */

/* Are all bytes of every secret gone? */
static bool all_gone(const struct piece *p, const struct redact_map *map)
{
	for (size_t i = 0; i < p->count; i++) {
		size_t k = 0;

		while (k < map->count && map->spans[k].to <= p->begin[i])
			k++;
		if (k == map->count || map->spans[k].from > p->begin[i] ||
		    map->spans[k].to < p->end[i])
			return false;
	}
	return true;
}

static bool redacts(const struct piece *p, unsigned classes, struct buf *out)
{
	struct redact_map map = { 0 };
	bool gone;

	buf_clear(out);
	redact_text(classes, (struct text){ p->text, p->len }, out, &map);
	gone = all_gone(p, &map);
	redact_map_release(&map);
	return gone;
}

static void test_recall(void **state)
{
	size_t made[LENGTH(kinds)] = { 0 }, found[LENGTH(kinds)] = { 0 };
	int shown = 0;
	struct buf out;

	(void)state;
	seed = 20260115;
	buf_init(&out, TEXT_BYTES * 2);
	for (int i = 0; i < PIECES; i++) {
		unsigned at = any(100);
		struct piece p = { .len = 0 };
		size_t k = 0;

		while (at >= kinds[k].share)
			at -= kinds[k++].share;
		put(&p, ANY_OF(starts));
		kinds[k].make(&p);
		put(&p, ANY_OF(ends));
		made[k]++;
		if (redacts(&p, ALL, &out))
			found[k]++;
		else if (shown++ < SHOWN)
			print_message("missed: %s\n     -> %s\n", p.text,
				      out.data);
	}
	buf_release(&out);
	for (size_t k = 0; k < LENGTH(kinds); k++)
		print_message("%-16s %zu of %zu\n", kinds[k].name, found[k],
			      made[k]);
	for (size_t k = 0; k < LENGTH(kinds); k++)
		assert_true(found[k] * 1000 >= made[k] * kinds[k].promille);
}

static size_t count_words(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s != ' ' && *s != '\n' && (s[1] == ' ' || s[1] == '\n');
	return n;
}

/* At most one in 1,000 words, by default; more classes find more phones. */
static void test_false_alarms(void **state)
{
	size_t words = 0, alarms = 0;
	struct buf out;

	(void)state;
	seed = 20260116;
	buf_init(&out, TEXT_BYTES * 2);
	for (int i = 0; i < PLAIN_PIECES; i++) {
		struct piece p = { .len = 0 };
		size_t hits;

		for (unsigned n = 1 + any(6); n > 0; n--)
			put_plain(&p);
		buf_clear(&out);
		hits = redact_text(REDACT_DEFAULT,
				   (struct text){ p.text, p.len }, &out, NULL);
		if (hits > 0 && alarms < SHOWN)
			print_message("alarm: %s\n", out.data);
		alarms += hits;
		words += count_words(p.text);
	}
	buf_release(&out);
	print_message("%zu false alarms in %zu words\n", alarms, words);
	assert_true(words > 100000);
	assert_true(alarms * 1000 <= words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recall),
		cmocka_unit_test(test_false_alarms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
