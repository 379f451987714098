/* Words that mean something near a number. */
#include <string.h>

#include "base/compiler.h"
#include "transcript/redact_lexer.h"

/* Sorted: words_sorted() says so to the tests. */
/* clang-format off: a row is read as a table's row */
static const struct word words[] = {
	{ "aba", WORD_TOPIC, TOPIC_ROUTING },
	{ "account", WORD_TOPIC, TOPIC_ACCOUNT },
	{ "accounts", WORD_TOPIC, TOPIC_ACCOUNT },
	{ "acct", WORD_TOPIC, TOPIC_ACCOUNT },
	{ "actually", WORD_FILLER, 0 },
	{ "again", WORD_FILLER, 0 },
	{ "agent", WORD_FILLER, 0 },
	{ "ah", WORD_FILLER, 0 },
	{ "ahead", WORD_FILLER, 0 },
	{ "all", WORD_FILLER, 0 },
	{ "alright", WORD_FILLER, 0 },
	{ "am", WORD_AMOUNT, 0 },
	{ "amex", WORD_TOPIC, TOPIC_CARD },
	{ "amount", WORD_OTHER, 0 },
	{ "and", WORD_FILLER, 0 },
	{ "application", WORD_OTHER, 0 },
	{ "april", WORD_MONTH, 4 },
	{ "august", WORD_MONTH, 8 },
	{ "awesome", WORD_FILLER, 0 },
	{ "back", WORD_BACK, 0 },
	{ "balance", WORD_OTHER, 0 },
	{ "billion", WORD_AMOUNT, 0 },
	{ "birth", WORD_TOPIC, TOPIC_BIRTH },
	{ "birthdate", WORD_TOPIC, TOPIC_BIRTH },
	{ "birthday", WORD_TOPIC, TOPIC_BIRTH },
	{ "born", WORD_TOPIC, TOPIC_BIRTH },
	{ "bucks", WORD_AMOUNT, 0 },
	{ "call", WORD_TOPIC, TOPIC_PHONE },
	{ "callback", WORD_TOPIC, TOPIC_PHONE },
	{ "caller", WORD_FILLER, 0 },
	{ "card", WORD_TOPIC, TOPIC_CARD },
	{ "case", WORD_OTHER, 0 },
	{ "cell", WORD_TOPIC, TOPIC_PHONE },
	{ "cents", WORD_AMOUNT, 0 },
	{ "checking", WORD_TOPIC, TOPIC_ACCOUNT },
	{ "cid", WORD_TOPIC, TOPIC_CVV },
	{ "claim", WORD_OTHER, 0 },
	{ "client", WORD_FILLER, 0 },
	{ "code", WORD_CODE, 0 },
	{ "confirmation", WORD_OTHER, 0 },
	{ "contact", WORD_TOPIC, TOPIC_PHONE },
	{ "continue", WORD_FILLER, 0 },
	{ "correct", WORD_FILLER, 0 },
	{ "csc", WORD_TOPIC, TOPIC_CVV },
	{ "customer", WORD_FILLER, 0 },
	{ "cvc", WORD_TOPIC, TOPIC_CVV },
	{ "cvv", WORD_TOPIC, TOPIC_CVV },
	{ "dash", WORD_FILLER, 0 },
	{ "day", WORD_AMOUNT, 0 },
	{ "days", WORD_AMOUNT, 0 },
	{ "december", WORD_MONTH, 12 },
	{ "dial", WORD_TOPIC, TOPIC_PHONE },
	{ "digit", WORD_FILLER, 0 },
	{ "digits", WORD_FILLER, 0 },
	{ "discover", WORD_TOPIC, TOPIC_CARD },
	{ "dob", WORD_TOPIC, TOPIC_BIRTH },
	{ "dollar", WORD_AMOUNT, 0 },
	{ "dollars", WORD_AMOUNT, 0 },
	{ "double", WORD_TIMES, 2 },
	{ "eight", WORD_DIGIT, 8 },
	{ "eighteen", WORD_TEEN, 18 },
	{ "eighty", WORD_TENS, 80 },
	{ "eleven", WORD_TEEN, 11 },
	{ "employee", WORD_OTHER, 0 },
	{ "er", WORD_FILLER, 0 },
	{ "excellent", WORD_FILLER, 0 },
	{ "extension", WORD_OTHER, 0 },
	{ "fax", WORD_TOPIC, TOPIC_PHONE },
	{ "february", WORD_MONTH, 2 },
	{ "fifteen", WORD_TEEN, 15 },
	{ "fifty", WORD_TENS, 50 },
	{ "file", WORD_OTHER, 0 },
	{ "final", WORD_NEXT, 0 },
	{ "finally", WORD_FILLER, 0 },
	{ "first", WORD_NEXT, 0 },
	{ "five", WORD_DIGIT, 5 },
	{ "followed", WORD_FILLER, 0 },
	{ "for", WORD_FILLER, 0 },
	{ "forty", WORD_TENS, 40 },
	{ "four", WORD_DIGIT, 4 },
	{ "fourteen", WORD_TEEN, 14 },
	{ "go", WORD_FILLER, 0 },
	{ "good", WORD_FILLER, 0 },
	{ "got", WORD_FILLER, 0 },
	{ "great", WORD_FILLER, 0 },
	{ "group", WORD_FILLER, 0 },
	{ "hm", WORD_FILLER, 0 },
	{ "hmm", WORD_FILLER, 0 },
	{ "hours", WORD_AMOUNT, 0 },
	{ "huh", WORD_FILLER, 0 },
	{ "hundred", WORD_AMOUNT, 0 },
	{ "hyphen", WORD_FILLER, 0 },
	{ "id", WORD_ID, 0 },
	{ "inaudible", WORD_FILLER, 0 },
	{ "income", WORD_OTHER, 0 },
	{ "invoice", WORD_OTHER, 0 },
	{ "is", WORD_LINK, 0 },
	{ "it", WORD_FILLER, 0 },
	{ "it's", WORD_LINK, 0 },
	{ "item", WORD_OTHER, 0 },
	{ "itin", WORD_TOPIC, TOPIC_SSN },
	{ "its", WORD_LINK, 0 },
	{ "january", WORD_MONTH, 1 },
	{ "july", WORD_MONTH, 7 },
	{ "june", WORD_MONTH, 6 },
	{ "k", WORD_FILLER, 0 },
	{ "last", WORD_LAST, 0 },
	{ "lead", WORD_OTHER, 0 },
	{ "license", WORD_OTHER, 0 },
	{ "like", WORD_FILLER, 0 },
	{ "limit", WORD_OTHER, 0 },
	{ "loan", WORD_OTHER, 0 },
	{ "ma'am", WORD_FILLER, 0 },
	{ "march", WORD_MONTH, 3 },
	{ "mastercard", WORD_TOPIC, TOPIC_CARD },
	{ "may", WORD_MONTH, 5 },
	{ "member", WORD_OTHER, 0 },
	{ "mhm", WORD_FILLER, 0 },
	{ "miles", WORD_AMOUNT, 0 },
	{ "million", WORD_AMOUNT, 0 },
	{ "minutes", WORD_AMOUNT, 0 },
	{ "mm", WORD_FILLER, 0 },
	{ "mobile", WORD_TOPIC, TOPIC_PHONE },
	{ "model", WORD_OTHER, 0 },
	{ "month", WORD_AMOUNT, 0 },
	{ "months", WORD_AMOUNT, 0 },
	{ "more", WORD_FILLER, 0 },
	{ "my", WORD_LINK, 0 },
	{ "next", WORD_NEXT, 0 },
	{ "nice", WORD_FILLER, 0 },
	{ "nine", WORD_DIGIT, 9 },
	{ "nineteen", WORD_TEEN, 19 },
	{ "ninety", WORD_TENS, 90 },
	{ "nmls", WORD_OTHER, 0 },
	{ "no", WORD_NUMBER, 0 },
	{ "noise", WORD_FILLER, 0 },
	{ "november", WORD_MONTH, 11 },
	{ "now", WORD_FILLER, 0 },
	{ "number", WORD_NUMBER, 0 },
	{ "numbers", WORD_NUMBER, 0 },
	{ "o", WORD_OH, 0 },
	{ "october", WORD_MONTH, 10 },
	{ "of", WORD_FILLER, 0 },
	{ "oh", WORD_OH, 0 },
	{ "ok", WORD_FILLER, 0 },
	{ "okay", WORD_FILLER, 0 },
	{ "on", WORD_FILLER, 0 },
	{ "one", WORD_DIGIT, 1 },
	{ "order", WORD_OTHER, 0 },
	{ "our", WORD_LINK, 0 },
	{ "payment", WORD_OTHER, 0 },
	{ "percent", WORD_AMOUNT, 0 },
	{ "perfect", WORD_FILLER, 0 },
	{ "phone", WORD_TOPIC, TOPIC_PHONE },
	{ "pin", WORD_TOPIC, TOPIC_PIN },
	{ "please", WORD_FILLER, 0 },
	{ "pm", WORD_AMOUNT, 0 },
	{ "points", WORD_AMOUNT, 0 },
	{ "policy", WORD_OTHER, 0 },
	{ "reach", WORD_TOPIC, TOPIC_PHONE },
	{ "ready", WORD_FILLER, 0 },
	{ "ref", WORD_OTHER, 0 },
	{ "reference", WORD_OTHER, 0 },
	{ "right", WORD_FILLER, 0 },
	{ "routing", WORD_TOPIC, TOPIC_ROUTING },
	{ "savings", WORD_TOPIC, TOPIC_ACCOUNT },
	{ "score", WORD_OTHER, 0 },
	{ "second", WORD_FILLER, 0 },
	{ "security", WORD_SECURITY, 0 },
	{ "september", WORD_MONTH, 9 },
	{ "serial", WORD_OTHER, 0 },
	{ "seven", WORD_DIGIT, 7 },
	{ "seventeen", WORD_TEEN, 17 },
	{ "seventy", WORD_TENS, 70 },
	{ "sir", WORD_FILLER, 0 },
	{ "six", WORD_DIGIT, 6 },
	{ "sixteen", WORD_TEEN, 16 },
	{ "sixty", WORD_TENS, 60 },
	{ "so", WORD_FILLER, 0 },
	{ "social", WORD_TOPIC, TOPIC_SSN },
	{ "space", WORD_FILLER, 0 },
	{ "speaker", WORD_FILLER, 0 },
	{ "square", WORD_AMOUNT, 0 },
	{ "ssn", WORD_TOPIC, TOPIC_SSN },
	{ "still", WORD_FILLER, 0 },
	{ "sure", WORD_FILLER, 0 },
	{ "tax", WORD_TAX, 0 },
	{ "taxpayer", WORD_TOPIC, TOPIC_SSN },
	{ "telephone", WORD_TOPIC, TOPIC_PHONE },
	{ "ten", WORD_TEEN, 10 },
	{ "text", WORD_TOPIC, TOPIC_PHONE },
	{ "thank", WORD_FILLER, 0 },
	{ "thanks", WORD_FILLER, 0 },
	{ "that", WORD_LINK, 0 },
	{ "that's", WORD_LINK, 0 },
	{ "the", WORD_LINK, 0 },
	{ "then", WORD_FILLER, 0 },
	{ "third", WORD_FILLER, 0 },
	{ "thirteen", WORD_TEEN, 13 },
	{ "thirty", WORD_TENS, 30 },
	{ "thousand", WORD_AMOUNT, 0 },
	{ "three", WORD_DIGIT, 3 },
	{ "ticket", WORD_OTHER, 0 },
	{ "times", WORD_AMOUNT, 0 },
	{ "tracking", WORD_OTHER, 0 },
	{ "transit", WORD_TOPIC, TOPIC_ROUTING },
	{ "triple", WORD_TIMES, 3 },
	{ "twelve", WORD_TEEN, 12 },
	{ "twenty", WORD_TENS, 20 },
	{ "two", WORD_DIGIT, 2 },
	{ "uh", WORD_FILLER, 0 },
	{ "uhm", WORD_FILLER, 0 },
	{ "um", WORD_FILLER, 0 },
	{ "unk", WORD_FILLER, 0 },
	{ "version", WORD_OTHER, 0 },
	{ "vin", WORD_OTHER, 0 },
	{ "visa", WORD_TOPIC, TOPIC_CARD },
	{ "was", WORD_LINK, 0 },
	{ "weeks", WORD_AMOUNT, 0 },
	{ "well", WORD_FILLER, 0 },
	{ "with", WORD_FILLER, 0 },
	{ "yeah", WORD_FILLER, 0 },
	{ "year", WORD_AMOUNT, 0 },
	{ "years", WORD_AMOUNT, 0 },
	{ "yep", WORD_FILLER, 0 },
	{ "yes", WORD_FILLER, 0 },
	{ "you", WORD_FILLER, 0 },
	{ "your", WORD_LINK, 0 },
	{ "yup", WORD_FILLER, 0 },
	{ "zero", WORD_DIGIT, 0 },
	{ "zip", WORD_OTHER, 0 },
	{ "zipcode", WORD_OTHER, 0 },
};
/* clang-format on */

enum { LONGEST = 12 };

const struct word *word_find(const char *s, size_t len)
{
	char folded[LONGEST + 1];
	size_t low = 0, high = LENGTH(words);

	if (len == 0 || len > LONGEST)
		return NULL;
	for (size_t i = 0; i < len; i++)
		folded[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] | 0x20)
						       : s[i];
	folded[len] = '\0';
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(words[middle].text, folded);

		if (order == 0)
			return &words[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
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

bool words_sorted(void)
{
	for (size_t i = 1; i < LENGTH(words); i++)
		if (strcmp(words[i - 1].text, words[i].text) >= 0 ||
		    strlen(words[i].text) > LONGEST)
			return false;
	return true;
}
