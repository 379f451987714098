/* What is redacted and what is not: tables, and every form of every number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "transcript/redact.h"
#include "transcript/redact_digits.h"
#include "transcript/redact_lexer.h"

enum { TEXT_BYTES = 4096 };

#define ALL (REDACT_BIT(REDACT_CLASSES) - 1u)

/* All rows are tried before the test fails. */
static int wrong;

static int all_right(void **state)
{
	int n = wrong;

	(void)state;
	wrong = 0;
	return n;
}

static void expect(unsigned classes, const char *text, const char *wanted)
{
	struct buf out;

	buf_init(&out, TEXT_BYTES);
	redact_text(classes, (struct text){ text, strlen(text) }, &out, NULL);
	buf_puts(&out, "");
	if (strcmp(out.data, wanted) != 0) {
		print_error("\"%s\"\nbecame \"%s\"\nnot    \"%s\"\n", text,
			    out.data, wanted);
		wrong++;
	}
	buf_release(&out);
}

/* ---- cards in every form --------------------------------------------- */

/* Numbers that issuers and payment services publish for tests. */
static const char *const cards[] = {
	"4111111111111111", "4012888888881881", "4222222222222",
	"4242424242424242", "4000056655665556", "5555555555554444",
	"5105105105105100", "5200828282828210", "2223003122003222",
	"2720992593319364", "378282246310005",  "371449635398431",
	"341111111111111",  "6011111111111117", "6011000990139424",
	"6500000000000002", "6445644564456445", "30569309025904",
	"38520000023237",   "36227206271667",   "3566002020360505",
	"3530111333300000", "6200000000000005", "6205500000000000004",
	"6759649826438453", "6304000000000000", "5641821111166669",
	"5000550000000029", "6250946000000016", "2200000000000004",
};

static const char *const digit_words[] = { "zero",  "one",  "two", "three",
					   "four",  "five", "six", "seven",
					   "eight", "nine" };

/* Groups of four, or as the issuer prints 14 and 15 digits. */
static void group(const char *card, const char *sep, char *out)
{
	static const size_t amex[] = { 4, 6, 5 }, diners[] = { 4, 6, 4 };
	size_t n = strlen(card), at = 0;

	*out = '\0';
	for (size_t g = 0; at < n; g++) {
		size_t size = n == 15 ? amex[g] : n == 14 ? diners[g] : 4;

		if (size > n - at)
			size = n - at;
		snprintf(out + strlen(out), TEXT_BYTES - strlen(out), "%s%.*s",
			 g > 0 ? sep : "", (int)size, card + at);
		at += size;
	}
}

/* Digit by digit; runs as "double" and "triple" if told. */
static void speak(const char *card, bool doubles, const char *oh, char *out)
{
	*out = '\0';
	for (size_t i = 0; card[i]; i++) {
		const char *word = digit_words[card[i] - '0'];
		char *end = out + strlen(out);
		const char *times = "";

		if (card[i] == '0')
			word = oh;
		if (doubles && card[i] == card[i + 1]) {
			times = "double ";
			if (card[i] == card[i + 2]) {
				times = "triple ";
				i++;
			}
			i++;
		}
		snprintf(end, TEXT_BYTES - (size_t)(end - out), "%s%s%s",
			 end > out ? " " : "", times, word);
	}
}

/* The card in the sentence %s; wanted likewise. */
static void expect_card(const char *format, const char *form,
			const char *wanted_format)
{
	char text[TEXT_BYTES], wanted[TEXT_BYTES];
	const char *at = strstr(format, "%s"),
		   *to = strstr(wanted_format, "%s");

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - format), format,
		 form, at + 2);
	snprintf(wanted, sizeof(wanted), "%.*s[CARD_1]%s",
		 (int)(to - wanted_format), wanted_format, to + 2);
	expect(REDACT_DEFAULT, text, wanted);
}

static const char *const sentences[] = {
	"%s",
	"It is %s.",
	"Customer: sure, %s, that one\nAgent: thanks",
	"Agent: What's the card number?\nCustomer: %s\nAgent: Got it.",
	"Paid 1,250.00 on 2026-01-15 with %s (ok?)",
	"\xe5\x8d\xa1\xe5\x8f\xb7%s\xe8\xb0\xa2\xe8\xb0\xa2",
};

static void test_cards_written(void **state)
{
	static const char *const seps[] = { "",  " ",        "-",
					    ".", "\xc2\xa0", "\xe2\x80\x93" };
	char form[TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < LENGTH(cards); i++)
		for (size_t s = 0; s < LENGTH(seps); s++) {
			group(cards[i], seps[s], form);
			for (size_t k = 0; k < LENGTH(sentences); k++)
				expect_card(sentences[k], form, sentences[k]);
		}
}

static void test_cards_spoken(void **state)
{
	char form[TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < LENGTH(cards); i++) {
		for (size_t k = 0; k < LENGTH(sentences) - 1; k++) {
			speak(cards[i], false, "zero", form);
			expect_card(sentences[k], form, sentences[k]);
			speak(cards[i], true, "zero", form);
			expect_card(sentences[k], form, sentences[k]);
			speak(cards[i], true, "oh", form);
			expect_card(sentences[k], form, sentences[k]);
		}
	}
}

/* Between its groups stand turns of the other one, which stay. */
static void test_cards_over_turns(void **state)
{
	static const char *const betweens[] = {
		"\nAgent: okay\nCustomer: ",
		"\nAgent: Mm-hmm.\nCustomer: and then ",
		"\n[00:12] AGENT: go ahead\n[00:15.250] CUSTOMER: ",
		"\nspk_0: yes\nspk_1: ",
		"\n**Agent:** got it, and the next four?\n**Customer:** ",
		"\n+15947369573: Uh-huh\n+11025803693: ",
		"\n\n2\n00:00:04,000 --> 00:00:06,500\n",
		", uh, ",
		"... okay ... ",
		"\n",
	};
	char form[2 * TEXT_BYTES], wanted[TEXT_BYTES];
	char groups_text[TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < LENGTH(cards); i++) {
		for (size_t b = 0; b < LENGTH(betweens); b++) {
			size_t groups = 1;

			const char *label = strrchr(betweens[b], '\n');

			label = label && strchr(label, ':') ? label + 1 : "";
			group(cards[i], betweens[b], groups_text);
			snprintf(form, sizeof(form), "%s%s", label,
				 groups_text);
			for (const char *at = form;
			     (at = strstr(at, betweens[b])); at++)
				groups++;
			snprintf(wanted, sizeof(wanted), "%s[CARD_1]", label);
			for (size_t g = 1; g < groups; g++)
				snprintf(wanted + strlen(wanted),
					 sizeof(wanted) - strlen(wanted),
					 "%s[CARD_1]", betweens[b]);
			expect(REDACT_DEFAULT, form, wanted);
		}
	}
}

/* One digit off, and it is some other number. */
static void test_cards_with_a_wrong_digit(void **state)
{
	char number[32], text[TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < LENGTH(cards); i++)
		for (size_t k = 0; cards[i][k]; k++) {
			snprintf(number, sizeof(number), "%s", cards[i]);
			number[k] = (char)('0' + (number[k] - '0' + 1) % 10);
			snprintf(text, sizeof(text),
				 "Your order number is %s, thanks.", number);
			expect(REDACT_DEFAULT, text, text);
			assert_false(digits_luhn(number, strlen(number)));
			/* but not after "card": somebody misheard */
			snprintf(text, sizeof(text), "My card is %s, ok.",
				 number);
			expect(REDACT_DEFAULT, text,
			       digits_issuer(number, strlen(number))
				       ? "My card is [CARD_1], ok."
				       : text);
		}
}

/* ---- one sentence a row ---------------------------------------------- */

struct row {
	const char *text, *wanted; /* NULL: stays as it is */
};

static const struct row secrets[] = {
	/* cards in odd groups */
	{ "card: 41 11 11 11 11 11 11 11", "card: [CARD_1]" },
	{ "my card is four one one one 1111 1111 1111", "my card is [CARD_1]" },
	{ "forty one eleven, eleven eleven, eleven eleven, eleven eleven",
	  "[CARD_1]" },
	{ "It's 4111 1111 uh 1111 sorry 1111", NULL },
	{ "card number 4111 1111 uh 1111 so 1111.",
	  "card number [CARD_1] uh [CARD_1] so [CARD_1]." },
	{ "4111\xe2\x80\x8b 1111\xe2\x80\x8b 1111\xe2\x80\x8b 1111",
	  "[CARD_1]" },
	{ "(4111) 1111-1111-1111", "([CARD_1]" },
	{ "\xef\xbc\x94\xef\xbc\x91\xef\xbc\x91\xef\xbc\x91 1111 1111 1111",
	  "[CARD_1]" },
	{ "\xd9\xa4\xd9\xa1\xd9\xa1\xd9\xa1 1111 1111 1111", "[CARD_1]" },
	{ "4111111111111111 and 5555555555554444, then 4111-1111-1111-1111",
	  "[CARD_1] and [CARD_2], then [CARD_1]" },
	{ "Customer: 4111 1111\nAgent: 4111 1111\nCustomer: 1111 1111\n"
	  "Agent: 1111 1111",
	  "Customer: [CARD_1]\nAgent: [CARD_1]\nCustomer: [CARD_1]\n"
	  "Agent: [CARD_1]" },
	{ "Agent: Card number?\nCustomer: 4111 1111\n"
	  "Agent: hold on, let me type that in\nCustomer: 1111 1111",
	  "Agent: Card number?\nCustomer: [CARD_1]\n"
	  "Agent: hold on, let me type that in\nCustomer: [CARD_1]" },
	/* their codes */
	{ "4111111111111111 exp 12/27 cvv 123",
	  "[CARD_1] exp 12/27 cvv [CVV_1]" },
	{ "4111 1111 1111 1111 123", "[CARD_1] [CVV_1]" },
	{ "4111 1111 1111 1111, 12 27, 123", "[CARD_1], 12 27, [CVV_1]" },
	{ "The CVC is 1234.", "The CVC is [CVV_1]." },
	{ "the security code is nine oh two", "the security code is [CVV_1]" },
	{ "Agent: And your card? The three digits on the back?\n"
	  "Customer: seven seven one",
	  "Agent: And your card? The three digits on the back?\n"
	  "Customer: [CVV_1]" },
	{ "123 is my security code", "[CVV_1] is my security code" },
	{ "cvv: 000", "cvv: [CVV_1]" },
	{ "CSC 981", "CSC [CVV_1]" },
	{ "my PIN is 0314", "my PIN is [PIN_1]" },
	{ "pin number four four two nine", "pin number [PIN_1]" },
	{ "7823, that's my pin", "[PIN_1], that's my pin" },
	{ "PIN? Either 8723 or 7823.", "PIN? Either [PIN_1] or [PIN_2]." },
	/* people's numbers */
	{ "219-09-1234", "[SSN_1]" },
	{ "219 09 1234", "[SSN_1]" },
	{ "219.09.1234", "[SSN_1]" },
	{ "SSN 219091234", "SSN [SSN_1]" },
	{ "ssn: 123-45-6789", "ssn: [SSN_1]" },
	{ "my social is two one nine, oh nine, one two three four",
	  "my social is [SSN_1]" },
	{ "Agent: Your social security number please?\n"
	  "Customer: two one nine\nAgent: okay\nCustomer: zero nine\n"
	  "Agent: yes\nCustomer: one two three four",
	  "Agent: Your social security number please?\n"
	  "Customer: [SSN_1]\nAgent: okay\nCustomer: [SSN_1]\n"
	  "Agent: yes\nCustomer: [SSN_1]" },
	{ "Agent: Social?\nCustomer: 219091234\nAgent: 219 09 1234, right?",
	  "Agent: Social?\nCustomer: [SSN_1]\nAgent: [SSN_1], right?" },
	{ "219091234 is my social", "[SSN_1] is my social" },
	{ "the last four of your social? 1234.",
	  "the last four of your social? [SSN_1]." },
	{ "My social is 219091234. Later I said 219091234 again.",
	  "My social is [SSN_1]. Later I said [SSN_1] again." },
	{ "912-70-1234", "[ITIN_1]" },
	{ "my tax ID is 912701234", "my tax ID is [ITIN_1]" },
	{ "ITIN nine one two seven zero one two three four", "ITIN [ITIN_1]" },
	{ "taxpayer number 912 70 1234", "taxpayer number [ITIN_1]" },
	/* accounts */
	{ "My account number is 95381901.",
	  "My account number is [ACCOUNT_1]." },
	{ "account # 567-890-123", "account # [ACCOUNT_1]" },
	{ "acct no. 00123456", "acct no. [ACCOUNT_1]" },
	{ "Agent: Account number and pin\n"
	  "Customer: The account is 9931939443153 and my PIN is 3941.",
	  "Agent: Account number and pin\n"
	  "Customer: The account is [ACCOUNT_1] and my PIN is [PIN_1]." },
	{ "Agent: What's your account number?\n[00:12] Customer: 1234567",
	  "Agent: What's your account number?\n[00:12] Customer: [ACCOUNT_1]" },
	{ "checking account number one two three four five six seven eight",
	  "checking account number [ACCOUNT_1]" },
	{ "my savings 1234567890 there", "my savings [ACCOUNT_1] there" },
	{ "loan account number 1234567890", "loan account number [ACCOUNT_1]" },
	{ "12345678 is my account number", "[ACCOUNT_1] is my account number" },
	{ "The routing number is 021000021.",
	  "The routing number is [ROUTING_1]." },
	{ "routing oh two one triple zero oh two one", "routing [ROUTING_1]" },
	{ "ABA 122105155", "ABA [ROUTING_1]" },
	{ "Routing number 021000021, account number 1234567890.",
	  "Routing number [ROUTING_1], account number [ACCOUNT_1]." },
	{ "double four double two is my pin", "[PIN_1] is my pin" },
	/* what another program has redacted stays */
	{ "card [CARD_1] and [PII], pin 1234",
	  "card [CARD_1] and [PII], pin [PIN_1]" },
	{ "[CARD_1] 123", "[CARD_1] [CVV_1]" },
	{ "4111111111111111, [CARD_7]", "[CARD_8], [CARD_7]" },
};

/* None of these is a secret, whatever digits it holds. */
static const char *const harmless[] = {
	"The rate is 6.875 percent on 360 months.",
	"I owe about $4,111.11 on the visa and 12,500 on the discover.",
	"My card has a balance of 4200 dollars at 24.99 percent.",
	"Your loan number is 4400123456789012.",
	"loan number 20231234567",
	"loan application number 219091234",
	"order number 4111111111111112",
	"Order ID: 3348917502",
	"tracking number 1Z999AA10123456784",
	"reference number 123456789",
	"confirmation number 987654321, thank you",
	"invoice 219091234",
	"case 021000021",
	"ticket number 95381901",
	"policy number is A zero four five seven two B",
	"zip code 94107",
	"NMLS number 123456",
	"at 12:30:45 on 2026-01-15 we called 855-228-4781",
	"1699999999999",
	"1700000000000000",
	"0x80070005",
	"003fa5f0-3457-464b-b22b-e74194fe172a",
	"000-12-3456",
	"666-12-3456",
	"219-00-1234",
	"219-09-0000",
	"912-49-1234",
	"900-66-1234",
	"219-09-12345",
	"1219-09-1234",
	"219-09-1234-5",
	"219-09.1234",
	"219091234",
	"021000021",
	"routing number 021000022",
	"My credit score is 720 and my income is 85000.",
	"We closed on 3/15/2019 for 425,000 at 30 years.",
	"account balance is 1234567",
	"your account balance is 1,234,567.89",
	"I opened the account in 2019 with 500 dollars.",
	"It takes 7 to 10 business days, 1 800 numbers are free.",
	"one two three, testing one two three",
	"one of those days, oh well, two or three more",
	"I have one card and two kids.",
	"a hundred and thirty five dollars",
	"eleven hundred dollars a month for sixty months",
	"twenty twenty four was better than nineteen ninety nine",
	"Oh, okay. Oh one more thing.",
	"room 661, 662, and 663",
	"4.5, 5.25, 6.75, 7.125, 8, 9.5, 10, 11, 12, 13",
	"Section 1 2 3 4 5 6 7 8 9 10 11 12 13 14",
	"10 20 30 40 50 60 70 80 90 100 110 120",
	"CVV",
	"card",
	"pin",
	"social media",
	"the pin is on the map",
	"call me at 5",
	"I called back 3 times, 123 calls in all",
	"[00:03.720] AGENT: hello\n[00:06.890] AGENT: my name",
	"1\n00:00:01,000 --> 00:00:04,000\nhello\n\n2\n"
	"00:00:04,500 --> 00:00:06,000\nthere",
	"Speaker 1: yes\nSpeaker 2: no\nSpeaker 1: 3\nSpeaker 2: 4",
	"0000000000000000",
	"4444444444444444444444444444444444444444",
	"",
	" ",
	"\n\n\n",
	":",
	"[",
	"[CARD_",
	"[CARD_1",
	"[CARD_99999999999]",
};

static void expect_rows(const struct row *rows, size_t count, unsigned classes)
{
	for (size_t i = 0; i < count; i++)
		expect(classes, rows[i].text,
		       rows[i].wanted ? rows[i].wanted : rows[i].text);
}

static void test_secrets(void **state)
{
	(void)state;
	expect_rows(secrets, LENGTH(secrets), REDACT_DEFAULT);
}

static void test_harmless(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(harmless); i++)
		expect(REDACT_DEFAULT, harmless[i], harmless[i]);
}

/* ---- what is asked for ----------------------------------------------- */

static const struct row contacts[] = {
	{ "(977) 625-2661", "[PHONE_1]" },
	{ "call 977-625-2661 or 977.625.2661", "call [PHONE_1] or [PHONE_1]" },
	{ "+1 977 625 2661", "[PHONE_1]" },
	{ "+442079460000", "[PHONE_1]" },
	{ "1-977-625-2661", "[PHONE_1]" },
	{ "my cell is 9776252661", "my cell is [PHONE_1]" },
	{ "nine seven seven, six two five, two six six one", "[PHONE_1]" },
	{ "my phone number is five five five three four two one",
	  "my phone number is [PHONE_1]" },
	{ "+15947369573: Hello, I'm Pamela.\n+15947369573: Yes.",
	  "[PHONE_1]: Hello, I'm Pamela.\n[PHONE_1]: Yes." },
	{ "177-625-2661", NULL },
	{ "977-125-2661", NULL },
	{ "order 9776252661", NULL },
	{ "a.b+c@example.co.uk, please", "[EMAIL_1], please" },
	{ "A.B@Example.com and a.b@example.com", "[EMAIL_1] and [EMAIL_1]" },
	{ "It's john dot smith at gmail dot com.", "It's [EMAIL_1]." },
	{ "my email is jsmith at example dot org", "my email is [EMAIL_1]" },
	{ "send it to jane underscore doe two two at yahoo dot com ok",
	  "send it to [EMAIL_1] ok" },
	{ "smith at gmail.com", "[EMAIL_1]" },
	{ "look at example dot com", NULL },
	{ "@AskAmex @216929", NULL },
	{ "me@home", NULL },
	{ "5@3.2", NULL },
	{ "10.0.0.1 and 2001:db8::1.", "[IP_1] and [IP_2]." },
	{ "version 1.2.3 at 12:30:45, 1.2.3.4.5 and 300.1.1.1", NULL },
	{ "My D.O.B. is fine, dob 04/04/1990",
	  "My D.O.B. is fine, dob [DOB_1]" },
	{ "born on April 4th, 1990 in Ohio", "born on [DOB_1] in Ohio" },
	{ "date of birth is zero five one two one nine seven eight",
	  "date of birth is [DOB_1]" },
	{ "birthday: the fourth of april nineteen ninety", NULL },
	{ "Closing is April 4th, 2026, at 10/12/2026.", NULL },
};

static void test_contacts(void **state)
{
	(void)state;
	expect_rows(contacts, LENGTH(contacts) - 2, ALL);
	expect(ALL, "birthday: the fourth of april nineteen ninety.",
	       "birthday: the [DOB_1].");
	expect(ALL, contacts[LENGTH(contacts) - 1].text,
	       contacts[LENGTH(contacts) - 1].text);
	/* and without being asked they stay */
	for (size_t i = 0; i < LENGTH(contacts); i++)
		expect(REDACT_DEFAULT, contacts[i].text, contacts[i].text);
}

static void test_known_values(void **state)
{
	static const char *const values[] = { "Mar\xc3\xad"
					      "a Lopez-Ruiz",
					      "12 Elm St., Apt 4", "Bo",
					      "5551234567", "Jane" };
	static const struct row rows[] = {
		{ "Hi maria, hi MAR\xc3\x8d"
		  "A LOPEZ RUIZ",
		  NULL },
		{ "I'm mar\xc3\xad"
		  "a lopez ruiz.",
		  "I'm [KNOWN_1]." },
		{ "at 12 elm st, apt 4 in Bo", "at [KNOWN_1] in Bo" },
		{ "12 Elm Street", NULL },
		{ "call 555-123-4567, I mean five five five one two three "
		  "four five six seven",
		  "call [KNOWN_1], I mean [KNOWN_1]" },
		{ "Jane, janet and JANE", "[KNOWN_1], janet and [KNOWN_1]" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct redactor *r = redactor_new(REDACT_BIT(REDACT_KNOWN));
		struct text text = { rows[i].text, strlen(rows[i].text) };
		struct buf out;

		for (size_t v = 0; v < LENGTH(values); v++)
			redactor_know(r, (struct text){ values[v],
							strlen(values[v]) });
		buf_init(&out, TEXT_BYTES);
		redactor_learn(r, text);
		redactor_apply(r, text, &out, NULL);
		if (!rows[i].wanted)
			assert_string_equal(out.data, rows[i].text);
		else if (!strstr(out.data, "[KNOWN_"))
			fail_msg("\"%s\" became \"%s\"", rows[i].text,
				 out.data);
		if (rows[i].wanted)
			assert_int_equal(redactor_found(r), true);
		buf_release(&out);
		redactor_free(r);
	}
}

/* ---- several texts of a call ----------------------------------------- */

static void test_one_value_one_placeholder(void **state)
{
	static const char *const texts[] = {
		"My social is 219091234 and the card 4111111111111111.",
		"Read back: 2 1 9 0 9 1 2 3 4.",
		"4111-1111-1111-1111; 5555555555554444",
	};
	static const char *const wanted[] = {
		"My social is [SSN_1] and the card [CARD_1].",
		"Read back: [SSN_1].",
		"[CARD_1]; [CARD_2]",
	};
	struct redactor *r = redactor_new(REDACT_DEFAULT);
	struct buf out;

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++)
		redactor_learn(r, (struct text){ texts[i], strlen(texts[i]) });
	assert_true(redactor_found(r));
	assert_int_equal(redactor_count(r, REDACT_CARD), 0);
	for (size_t i = 0; i < LENGTH(texts); i++) {
		buf_init(&out, TEXT_BYTES);
		redactor_apply(r, (struct text){ texts[i], strlen(texts[i]) },
			       &out, NULL);
		assert_string_equal(out.data, wanted[i]);
		buf_release(&out);
	}
	assert_int_equal(redactor_count(r, REDACT_CARD), 3);
	assert_int_equal(redactor_count(r, REDACT_SSN), 2);
	redactor_free(r);
}

/* ---- classes, words, maps -------------------------------------------- */

static void test_classes(void **state)
{
	unsigned classes;

	(void)state;
	assert_true(redact_read_classes(NULL, &classes));
	assert_int_equal(classes, REDACT_DEFAULT);
	assert_true(redact_read_classes("none", &classes));
	assert_int_equal(classes, 0);
	assert_true(redact_read_classes("phone,ip", &classes));
	assert_int_equal(classes, REDACT_DEFAULT | REDACT_BIT(REDACT_PHONE) |
					  REDACT_BIT(REDACT_IP));
	assert_true(redact_read_classes("all", &classes));
	assert_int_equal(classes, ALL);
	assert_false(redact_read_classes("", &classes));
	assert_false(redact_read_classes("phone,", &classes));
	assert_false(redact_read_classes("phone,none", &classes));
	assert_false(redact_read_classes("card", &classes));
	assert_true(words_check());
}

/* Every byte of either text has its place in the other. */
static void test_map(void **state)
{
	const char *text = "a 4111111111111111 b 219-09-1234 c";
	struct redact_map map = { 0 };
	struct buf out;
	size_t from, to;

	(void)state;
	buf_init(&out, TEXT_BYTES);
	assert_int_equal(redact_text(REDACT_DEFAULT,
				     (struct text){ text, strlen(text) }, &out,
				     &map),
			 2);
	assert_string_equal(out.data, "a [CARD_1] b [SSN_1] c");
	redact_map_to_original(&map, 0, 2, &from, &to);
	assert_int_equal(from, 0);
	assert_int_equal(to, 2);
	redact_map_to_original(&map, 2, 10, &from, &to);
	assert_int_equal(from, 2);
	assert_int_equal(to, 18);
	redact_map_to_original(&map, 5, 6, &from, &to);
	assert_int_equal(from, 2);
	assert_int_equal(to, 18);
	redact_map_to_original(&map, 10, out.len, &from, &to);
	assert_int_equal(from, 18);
	assert_int_equal(to, strlen(text));
	redact_map_to_redacted(&map, 3, 4, &from, &to);
	assert_int_equal(from, 2);
	assert_int_equal(to, 10);
	redact_map_to_redacted(&map, 18, 21, &from, &to);
	assert_int_equal(from, 10);
	assert_int_equal(to, 13);
	buf_release(&out);
	redact_map_release(&map);
	assert_int_equal(map.count, 0);
	redact_map_to_original(&map, 3, 7, &from, &to);
	assert_int_equal(from, 3);
	assert_int_equal(to, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_cards_written, all_right),
		cmocka_unit_test_teardown(test_cards_spoken, all_right),
		cmocka_unit_test_teardown(test_cards_over_turns, all_right),
		cmocka_unit_test_teardown(test_cards_with_a_wrong_digit,
					  all_right),
		cmocka_unit_test_teardown(test_secrets, all_right),
		cmocka_unit_test_teardown(test_harmless, all_right),
		cmocka_unit_test_teardown(test_contacts, all_right),
		cmocka_unit_test_teardown(test_known_values, all_right),
		cmocka_unit_test_teardown(test_one_value_one_placeholder,
					  all_right),
		cmocka_unit_test_teardown(test_classes, all_right),
		cmocka_unit_test_teardown(test_map, all_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
