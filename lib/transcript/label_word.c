/* What a label's words say about who speaks. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/compiler.h"
#include "transcript/label.h"

enum { WORDS_MOST = 6, WORD_BYTES = 24 };

struct row {
	const char *word;
	enum label_word says;
};

/* The beginnings of labels that say more than their single words. */
static const struct row phrases[] = {
	{ "customer service", WORD_AGENT },
	{ "customer support", WORD_AGENT },
	{ "customer care", WORD_AGENT },
	{ "customer success", WORD_AGENT },
	{ "customer representative", WORD_AGENT },
	{ "client services", WORD_AGENT },
	{ "client advisor", WORD_AGENT },
	{ "member services", WORD_AGENT },
	{ "guest services", WORD_AGENT },
	{ "account manager", WORD_AGENT },
	{ "account executive", WORD_AGENT },
	{ "branch manager", WORD_AGENT },
	{ "relationship manager", WORD_AGENT },
	{ "call center", WORD_AGENT },
	{ "call centre", WORD_AGENT },
	{ "help desk", WORD_AGENT },
	{ "third party", WORD_OTHER },
	{ "unknown speaker", WORD_SPEAKER },
};

/* Single words, sorted; in languages other than English the usual ones. */
static const struct row words[] = {
	{ "action", WORD_OTHER },
	{ "adviser", WORD_AGENT },
	{ "advisor", WORD_AGENT },
	{ "agent", WORD_AGENT },
	{ "agente", WORD_AGENT },
	{ "ai", WORD_OPERATOR },
	{ "announcement", WORD_OTHER },
	{ "announcer", WORD_OTHER },
	{ "applicant", WORD_CUSTOMER },
	{ "asesor", WORD_AGENT },
	{ "asesora", WORD_AGENT },
	{ "assistant", WORD_AGENT },
	{ "associate", WORD_AGENT },
	{ "atendente", WORD_AGENT },
	{ "banker", WORD_AGENT },
	{ "berater", WORD_AGENT },
	{ "beraterin", WORD_AGENT },
	{ "borrower", WORD_CUSTOMER },
	{ "bot", WORD_OPERATOR },
	{ "buyer", WORD_CUSTOMER },
	{ "callee", WORD_CALLEE },
	{ "caller", WORD_CALLER },
	{ "cardholder", WORD_CUSTOMER },
	{ "ch", WORD_SPEAKER },
	{ "channel", WORD_SPEAKER },
	{ "chatbot", WORD_OPERATOR },
	{ "client", WORD_CUSTOMER },
	{ "clienta", WORD_CUSTOMER },
	{ "cliente", WORD_CUSTOMER },
	{ "conseiller", WORD_AGENT },
	{ "conseill\xc3\xa8re", WORD_AGENT },
	{ "consulente", WORD_AGENT },
	{ "consultant", WORD_AGENT },
	{ "consumer", WORD_CUSTOMER },
	{ "counselor", WORD_AGENT },
	{ "csr", WORD_AGENT },
	{ "cust", WORD_CUSTOMER },
	{ "customer", WORD_CUSTOMER },
	{ "debtor", WORD_CUSTOMER },
	{ "employee", WORD_AGENT },
	{ "guest", WORD_CUSTOMER },
	{ "helpdesk", WORD_AGENT },
	{ "homeowner", WORD_CUSTOMER },
	{ "human", WORD_CUSTOMER },
	{ "interpreter", WORD_OTHER },
	{ "ivr", WORD_OTHER },
	{ "klant", WORD_CUSTOMER },
	{ "kunde", WORD_CUSTOMER },
	{ "kundin", WORD_CUSTOMER },
	{ "lead", WORD_CUSTOMER },
	{ "manager", WORD_OTHER },
	{ "medewerker", WORD_AGENT },
	{ "member", WORD_CUSTOMER },
	{ "mitarbeiter", WORD_AGENT },
	{ "mitarbeiterin", WORD_AGENT },
	{ "moderator", WORD_OTHER },
	{ "narrator", WORD_OTHER },
	{ "officer", WORD_AGENT },
	{ "operator", WORD_OPERATOR },
	{ "participant", WORD_SPEAKER },
	{ "party", WORD_SPEAKER },
	{ "patient", WORD_CUSTOMER },
	{ "person", WORD_SPEAKER },
	{ "policyholder", WORD_CUSTOMER },
	{ "prospect", WORD_CUSTOMER },
	{ "receptionist", WORD_AGENT },
	{ "recipient", WORD_CALLEE },
	{ "recording", WORD_OTHER },
	{ "rep", WORD_AGENT },
	{ "representative", WORD_AGENT },
	{ "sales", WORD_AGENT },
	{ "salesman", WORD_AGENT },
	{ "salesperson", WORD_AGENT },
	{ "saleswoman", WORD_AGENT },
	{ "seller", WORD_AGENT },
	{ "shopper", WORD_CUSTOMER },
	{ "speaker", WORD_SPEAKER },
	{ "specialist", WORD_AGENT },
	{ "spk", WORD_SPEAKER },
	{ "spkr", WORD_SPEAKER },
	{ "staff", WORD_AGENT },
	{ "subscriber", WORD_CUSTOMER },
	{ "supervisor", WORD_OTHER },
	{ "support", WORD_AGENT },
	{ "system", WORD_OTHER },
	{ "technician", WORD_AGENT },
	{ "telemarketer", WORD_AGENT },
	{ "translator", WORD_OTHER },
	{ "unknown", WORD_SPEAKER },
	{ "user", WORD_CUSTOMER },
	{ "vendedor", WORD_AGENT },
	{ "vendedora", WORD_AGENT },
	{ "vendeur", WORD_AGENT },
	{ "voice", WORD_SPEAKER },
	{ "voicemail", WORD_OTHER },
	{ "\xe5\xae\xa2\xe6\x88\xb7", WORD_CUSTOMER }, /* ke hu */
	{ "\xe5\xae\xa2\xe6\x9c\x8d", WORD_AGENT },    /* ke fu */
};

/* Beside another word, or alone, they head a field of a form.  Sorted. */
static const char *const headers[] = {
	"account",     "address",  "amount",     "answer",  "balance",
	"call",        "campaign", "cc",         "city",    "date",
	"disposition", "duration", "email",      "example", "feedback",
	"from",        "hint",     "http",       "https",   "id",
	"language",    "link",     "name",       "no",      "note",
	"notes",       "number",   "option",     "order",   "outcome",
	"password",    "payment",  "phone",      "pin",     "price",
	"ps",          "question", "rate",       "rating",  "re",
	"reason",      "ref",      "reference",  "score",   "script",
	"section",     "state",    "status",     "step",    "subject",
	"summary",     "term",     "time",       "tip",     "to",
	"topic",       "total",    "transcript", "type",    "url",
	"username",    "warning",  "website",    "zip",
};

/* ---- words of a label ------------------------------------------------ */

/* Of a word in any script; digits are none. */
static bool in_word(char c)
{
	return is_letter(c) || is_high(c);
}

/* A label cut into its words, in lower case, digits left out. */
struct parts {
	char text[WORDS_MOST * WORD_BYTES]; /* words, one blank between */
	const char *words[WORDS_MOST];
	size_t count;
	bool digits; /* were there some? */
	bool plain;  /* does a word begin with a small letter? */
};

/* Copies the word at `i`, lowered, behind *to; where it ends. */
static size_t copy_word(struct text label, size_t i, char **to)
{
	while (i < label.len && in_word(label.data[i]))
		*(*to)++ = to_lower(label.data[i++]);
	*(*to)++ = '\0';
	return i;
}

static bool split(struct text label, struct parts *p)
{
	char *to = p->text;
	size_t i = 0;

	*p = (struct parts){ .count = 0 };
	while (i < label.len) {
		if (!in_word(label.data[i])) {
			p->digits |= is_digit(label.data[i]);
			i++;
			continue;
		}
		if (p->count == WORDS_MOST)
			return false;
		p->plain |= is_lower(label.data[i]) && p->count > 0;
		p->words[p->count++] = to;
		i = copy_word(label, i, &to);
	}
	return true;
}

static int by_word(const void *key, const void *row)
{
	return strcmp(key, ((const struct row *)row)->word);
}

static int by_name(const void *key, const void *name)
{
	return strcmp(key, *(const char *const *)name);
}

static bool is_header(const char *word)
{
	return bsearch(word, headers, LENGTH(headers), sizeof(headers[0]),
		       by_name);
}

static enum label_word look_up(const char *word)
{
	const struct row *row = bsearch(word, words, LENGTH(words),
					sizeof(words[0]), by_word);

	return row ? row->says : WORD_NAME;
}

/* Do the label's words begin with those of the phrase? */
static bool begins_with(const struct parts *p, const char *phrase)
{
	size_t n;

	if (p->count < 2)
		return false;
	n = strcspn(phrase, " ");
	return strlen(p->words[0]) == n &&
	       memcmp(p->words[0], phrase, n) == 0 &&
	       strcmp(p->words[1], phrase + n + 1) == 0;
}

/* Of several words: one kind, or a customer word before an agent's. */
static enum label_word join(enum label_word before, enum label_word now)
{
	if (before == WORD_NAME || before == WORD_SPEAKER || before == now)
		return now;
	if (now == WORD_NAME || now == WORD_SPEAKER)
		return before;
	if (before == WORD_CUSTOMER && now == WORD_AGENT)
		return WORD_AGENT;
	/* "Agent's supervisor", "AI agent" */
	return now == WORD_OTHER || before == WORD_OPERATOR ? now : WORD_NAME;
}

/* "the old agent": words of a sentence; "Agent Dana" is a label. */
static bool is_sentence(const struct parts *p)
{
	if (p->count < 2 || !p->plain)
		return false;
	for (size_t i = 0; i < p->count; i++)
		if (look_up(p->words[i]) == WORD_NAME &&
		    p->words[i][1] != '\0' && strcmp(p->words[i], "turn") != 0)
			return true;
	return false;
}

/* "A", "B2", "S1" */
static bool is_initial(struct text label, const struct parts *p)
{
	return p->count == 1 && p->words[0][1] == '\0' && label.len <= 3 &&
	       is_upper(label.data[0]);
}

enum label_word label_word(struct text label)
{
	struct parts p;
	enum label_word says = WORD_NAME;

	if (label.len >= WORDS_MOST * (WORD_BYTES - 1) || !split(label, &p))
		return WORD_NAME;
	for (size_t i = 0; i < LENGTH(phrases); i++)
		if (begins_with(&p, phrases[i].word))
			return phrases[i].says;
	for (size_t i = 0; i < p.count; i++) {
		if (is_header(p.words[i]))
			return WORD_HEADER;
		says = join(says, look_up(p.words[i]));
	}
	if (is_sentence(&p))
		return WORD_NAME;
	return says == WORD_NAME && is_initial(label, &p) ? WORD_SPEAKER : says;
}
