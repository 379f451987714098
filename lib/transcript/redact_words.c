/* Words that mean something near a number. */
#include "base/ascii.h"
#include "base/compiler.h"
#include "transcript/redact_lexer.h"

/*
 * By their first letter; words_check() holds them to it.  Most words of a text
 * are none of these, and few rows are looked at before that is known: one
 * table and bisection take twice as long.
 */
/* clang-format off: a row is read as a table's row */
#define W(text, kind, value)                        \
	{                                           \
		text, sizeof(text) - 1, kind, value \
	}
static const struct word words_a[] = {
	W("aba", WORD_TOPIC, TOPIC_ROUTING),
	W("account", WORD_TOPIC, TOPIC_ACCOUNT),
	W("accounts", WORD_TOPIC, TOPIC_ACCOUNT),
	W("acct", WORD_TOPIC, TOPIC_ACCOUNT),
	W("actually", WORD_FILLER, 0),
	W("again", WORD_FILLER, 0),
	W("agent", WORD_FILLER, 0),
	W("ah", WORD_FILLER, 0),
	W("ahead", WORD_FILLER, 0),
	W("all", WORD_FILLER, 0),
	W("alright", WORD_FILLER, 0),
	W("am", WORD_AMOUNT, 0),
	W("amex", WORD_TOPIC, TOPIC_CARD),
	W("amount", WORD_OTHER, 0),
	W("and", WORD_FILLER, 0),
	W("application", WORD_OTHER, 0),
	W("april", WORD_MONTH, 4),
	W("august", WORD_MONTH, 8),
	W("awesome", WORD_FILLER, 0),
};
static const struct word words_b[] = {
	W("back", WORD_BACK, 0),
	W("balance", WORD_OTHER, 0),
	W("billion", WORD_AMOUNT, 0),
	W("birth", WORD_TOPIC, TOPIC_BIRTH),
	W("birthdate", WORD_TOPIC, TOPIC_BIRTH),
	W("birthday", WORD_TOPIC, TOPIC_BIRTH),
	W("born", WORD_TOPIC, TOPIC_BIRTH),
	W("bucks", WORD_AMOUNT, 0),
};
static const struct word words_c[] = {
	W("call", WORD_TOPIC, TOPIC_PHONE),
	W("callback", WORD_TOPIC, TOPIC_PHONE),
	W("caller", WORD_FILLER, 0),
	W("card", WORD_TOPIC, TOPIC_CARD),
	W("case", WORD_OTHER, 0),
	W("cell", WORD_TOPIC, TOPIC_PHONE),
	W("cents", WORD_AMOUNT, 0),
	W("checking", WORD_TOPIC, TOPIC_ACCOUNT),
	W("cid", WORD_TOPIC, TOPIC_CVV),
	W("claim", WORD_OTHER, 0),
	W("client", WORD_FILLER, 0),
	W("code", WORD_CODE, 0),
	W("confirmation", WORD_OTHER, 0),
	W("contact", WORD_TOPIC, TOPIC_PHONE),
	W("continue", WORD_FILLER, 0),
	W("correct", WORD_FILLER, 0),
	W("csc", WORD_TOPIC, TOPIC_CVV),
	W("customer", WORD_FILLER, 0),
	W("cvc", WORD_TOPIC, TOPIC_CVV),
	W("cvv", WORD_TOPIC, TOPIC_CVV),
};
static const struct word words_d[] = {
	W("dash", WORD_FILLER, 0),
	W("day", WORD_AMOUNT, 0),
	W("days", WORD_AMOUNT, 0),
	W("december", WORD_MONTH, 12),
	W("dial", WORD_TOPIC, TOPIC_PHONE),
	W("digit", WORD_FILLER, 0),
	W("digits", WORD_FILLER, 0),
	W("discover", WORD_TOPIC, TOPIC_CARD),
	W("dob", WORD_TOPIC, TOPIC_BIRTH),
	W("dollar", WORD_AMOUNT, 0),
	W("dollars", WORD_AMOUNT, 0),
	W("double", WORD_TIMES, 2),
};
static const struct word words_e[] = {
	W("eight", WORD_DIGIT, 8),      W("eighteen", WORD_TEEN, 18),
	W("eighty", WORD_TENS, 80),     W("eleven", WORD_TEEN, 11),
	W("employee", WORD_OTHER, 0),   W("er", WORD_FILLER, 0),
	W("excellent", WORD_FILLER, 0), W("extension", WORD_OTHER, 0),
};
static const struct word words_f[] = {
	W("fax", WORD_TOPIC, TOPIC_PHONE), W("february", WORD_MONTH, 2),
	W("fifteen", WORD_TEEN, 15),       W("fifty", WORD_TENS, 50),
	W("file", WORD_OTHER, 0),          W("final", WORD_NEXT, 0),
	W("finally", WORD_FILLER, 0),      W("first", WORD_NEXT, 0),
	W("five", WORD_DIGIT, 5),          W("followed", WORD_FILLER, 0),
	W("for", WORD_FILLER, 0),          W("forty", WORD_TENS, 40),
	W("four", WORD_DIGIT, 4),          W("fourteen", WORD_TEEN, 14),
};
static const struct word words_g[] = {
	W("go", WORD_FILLER, 0),    W("good", WORD_FILLER, 0),
	W("got", WORD_FILLER, 0),   W("great", WORD_FILLER, 0),
	W("group", WORD_FILLER, 0),
};
static const struct word words_h[] = {
	W("hm", WORD_FILLER, 0),      W("hmm", WORD_FILLER, 0),
	W("hours", WORD_AMOUNT, 0),   W("huh", WORD_FILLER, 0),
	W("hundred", WORD_AMOUNT, 0), W("hyphen", WORD_FILLER, 0),
};
static const struct word words_i[] = {
	W("id", WORD_ID, 0),
	W("inaudible", WORD_FILLER, 0),
	W("income", WORD_OTHER, 0),
	W("invoice", WORD_OTHER, 0),
	W("is", WORD_LINK, 0),
	W("it", WORD_FILLER, 0),
	W("it's", WORD_LINK, 0),
	W("item", WORD_OTHER, 0),
	W("itin", WORD_TOPIC, TOPIC_SSN),
	W("its", WORD_LINK, 0),
};
static const struct word words_j[] = {
	W("january", WORD_MONTH, 1),
	W("july", WORD_MONTH, 7),
	W("june", WORD_MONTH, 6),
};
static const struct word words_k[] = {
	W("k", WORD_FILLER, 0),
};
static const struct word words_l[] = {
	W("last", WORD_LAST, 0),     W("lead", WORD_OTHER, 0),
	W("license", WORD_OTHER, 0), W("like", WORD_FILLER, 0),
	W("limit", WORD_OTHER, 0),   W("loan", WORD_OTHER, 0),
};
static const struct word words_m[] = {
	W("ma'am", WORD_FILLER, 0),
	W("march", WORD_MONTH, 3),
	W("mastercard", WORD_TOPIC, TOPIC_CARD),
	W("may", WORD_MONTH, 5),
	W("member", WORD_OTHER, 0),
	W("mhm", WORD_FILLER, 0),
	W("miles", WORD_AMOUNT, 0),
	W("million", WORD_AMOUNT, 0),
	W("minutes", WORD_AMOUNT, 0),
	W("mm", WORD_FILLER, 0),
	W("mobile", WORD_TOPIC, TOPIC_PHONE),
	W("model", WORD_OTHER, 0),
	W("month", WORD_AMOUNT, 0),
	W("months", WORD_AMOUNT, 0),
	W("more", WORD_FILLER, 0),
	W("my", WORD_LINK, 0),
};
static const struct word words_n[] = {
	W("next", WORD_NEXT, 0),       W("nice", WORD_FILLER, 0),
	W("nine", WORD_DIGIT, 9),      W("nineteen", WORD_TEEN, 19),
	W("ninety", WORD_TENS, 90),    W("nmls", WORD_OTHER, 0),
	W("no", WORD_NUMBER, 0),       W("noise", WORD_FILLER, 0),
	W("november", WORD_MONTH, 11), W("now", WORD_FILLER, 0),
	W("number", WORD_NUMBER, 0),   W("numbers", WORD_NUMBER, 0),
};
static const struct word words_o[] = {
	W("o", WORD_OH, 0),        W("october", WORD_MONTH, 10),
	W("of", WORD_FILLER, 0),   W("oh", WORD_OH, 0),
	W("ok", WORD_FILLER, 0),   W("okay", WORD_FILLER, 0),
	W("on", WORD_FILLER, 0),   W("one", WORD_DIGIT, 1),
	W("order", WORD_OTHER, 0), W("our", WORD_LINK, 0),
};
static const struct word words_p[] = {
	W("payment", WORD_OTHER, 0),     W("percent", WORD_AMOUNT, 0),
	W("perfect", WORD_FILLER, 0),    W("phone", WORD_TOPIC, TOPIC_PHONE),
	W("pin", WORD_TOPIC, TOPIC_PIN), W("please", WORD_FILLER, 0),
	W("pm", WORD_AMOUNT, 0),         W("points", WORD_AMOUNT, 0),
	W("policy", WORD_OTHER, 0),
};
static const struct word words_r[] = {
	W("reach", WORD_TOPIC, TOPIC_PHONE),
	W("ready", WORD_FILLER, 0),
	W("ref", WORD_OTHER, 0),
	W("reference", WORD_OTHER, 0),
	W("right", WORD_FILLER, 0),
	W("routing", WORD_TOPIC, TOPIC_ROUTING),
};
static const struct word words_s[] = {
	W("savings", WORD_TOPIC, TOPIC_ACCOUNT),
	W("score", WORD_OTHER, 0),
	W("second", WORD_FILLER, 0),
	W("security", WORD_SECURITY, 0),
	W("september", WORD_MONTH, 9),
	W("serial", WORD_OTHER, 0),
	W("seven", WORD_DIGIT, 7),
	W("seventeen", WORD_TEEN, 17),
	W("seventy", WORD_TENS, 70),
	W("sir", WORD_FILLER, 0),
	W("six", WORD_DIGIT, 6),
	W("sixteen", WORD_TEEN, 16),
	W("sixty", WORD_TENS, 60),
	W("so", WORD_FILLER, 0),
	W("social", WORD_TOPIC, TOPIC_SSN),
	W("space", WORD_FILLER, 0),
	W("speaker", WORD_FILLER, 0),
	W("square", WORD_AMOUNT, 0),
	W("ssn", WORD_TOPIC, TOPIC_SSN),
	W("still", WORD_FILLER, 0),
	W("sure", WORD_FILLER, 0),
};
static const struct word words_t[] = {
	W("tax", WORD_TAX, 0),
	W("taxpayer", WORD_TOPIC, TOPIC_SSN),
	W("telephone", WORD_TOPIC, TOPIC_PHONE),
	W("ten", WORD_TEEN, 10),
	W("text", WORD_TOPIC, TOPIC_PHONE),
	W("thank", WORD_FILLER, 0),
	W("thanks", WORD_FILLER, 0),
	W("that", WORD_LINK, 0),
	W("that's", WORD_LINK, 0),
	W("the", WORD_LINK, 0),
	W("then", WORD_FILLER, 0),
	W("third", WORD_FILLER, 0),
	W("thirteen", WORD_TEEN, 13),
	W("thirty", WORD_TENS, 30),
	W("thousand", WORD_AMOUNT, 0),
	W("three", WORD_DIGIT, 3),
	W("ticket", WORD_OTHER, 0),
	W("times", WORD_AMOUNT, 0),
	W("tracking", WORD_OTHER, 0),
	W("transit", WORD_TOPIC, TOPIC_ROUTING),
	W("triple", WORD_TIMES, 3),
	W("twelve", WORD_TEEN, 12),
	W("twenty", WORD_TENS, 20),
	W("two", WORD_DIGIT, 2),
};
static const struct word words_u[] = {
	W("uh", WORD_FILLER, 0),
	W("uhm", WORD_FILLER, 0),
	W("um", WORD_FILLER, 0),
	W("unk", WORD_FILLER, 0),
};
static const struct word words_v[] = {
	W("version", WORD_OTHER, 0),
	W("vin", WORD_OTHER, 0),
	W("visa", WORD_TOPIC, TOPIC_CARD),
};
static const struct word words_w[] = {
	W("was", WORD_LINK, 0),
	W("weeks", WORD_AMOUNT, 0),
	W("well", WORD_FILLER, 0),
	W("with", WORD_FILLER, 0),
};
static const struct word words_y[] = {
	W("yeah", WORD_FILLER, 0),  W("year", WORD_AMOUNT, 0),
	W("years", WORD_AMOUNT, 0), W("yep", WORD_FILLER, 0),
	W("yes", WORD_FILLER, 0),   W("you", WORD_FILLER, 0),
	W("your", WORD_LINK, 0),    W("yup", WORD_FILLER, 0),
};
static const struct word words_z[] = {
	W("zero", WORD_DIGIT, 0),
	W("zip", WORD_OTHER, 0),
	W("zipcode", WORD_OTHER, 0),
};

#define LETTER(l)                            \
	{                                    \
		words_##l, LENGTH(words_##l) \
	}

static const struct letter {
	const struct word *words;
	size_t count;
} letters[26] = {
	['a' - 'a'] = LETTER(a), ['b' - 'a'] = LETTER(b),
	['c' - 'a'] = LETTER(c), ['d' - 'a'] = LETTER(d),
	['e' - 'a'] = LETTER(e), ['f' - 'a'] = LETTER(f),
	['g' - 'a'] = LETTER(g), ['h' - 'a'] = LETTER(h),
	['i' - 'a'] = LETTER(i), ['j' - 'a'] = LETTER(j),
	['k' - 'a'] = LETTER(k), ['l' - 'a'] = LETTER(l),
	['m' - 'a'] = LETTER(m), ['n' - 'a'] = LETTER(n),
	['o' - 'a'] = LETTER(o), ['p' - 'a'] = LETTER(p),
	['r' - 'a'] = LETTER(r), ['s' - 'a'] = LETTER(s),
	['t' - 'a'] = LETTER(t), ['u' - 'a'] = LETTER(u),
	['v' - 'a'] = LETTER(v), ['w' - 'a'] = LETTER(w),
	['y' - 'a'] = LETTER(y), ['z' - 'a'] = LETTER(z),
};
/* clang-format on */

/* Is it the word, but for case? */
static bool same(const struct word *word, const char *s)
{
	for (size_t i = 0; i < word->len; i++)
		if (word->text[i] != to_lower(s[i]))
			return false;
	return true;
}

const struct word *word_find(const char *s, size_t len)
{
	char first = len > 0 ? (char)(s[0] | 0x20) : '\0';
	const struct letter *letter;

	if (first < 'a' || first > 'z')
		return NULL;
	letter = &letters[first - 'a'];
	for (size_t i = 0; i < letter->count; i++)
		if (letter->words[i].len == len && same(&letter->words[i], s))
			return &letter->words[i];
	return NULL;
}

bool word_is_filler(const struct word *word)
{
	switch (word ? word->kind : WORD_PLAIN) {
	case WORD_FILLER:
	case WORD_NUMBER:
	case WORD_LAST:
	case WORD_NEXT:
	case WORD_LINK:
	case WORD_OH:
	case WORD_DIGIT: /* "the next four": a word, not the digit */
		return true;
	default:
		return false;
	}
}

bool words_check(void)
{
	for (size_t l = 0; l < LENGTH(letters); l++)
		for (size_t i = 0; i < letters[l].count; i++) {
			const struct word *word = &letters[l].words[i];

			if (word_find(word->text, word->len) != word)
				return false;
		}
	return true;
}
