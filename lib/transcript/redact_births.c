/* Dates that somebody was born on. */
#include <string.h>

#include "base/ascii.h"
#include "transcript/redact_parts.h"

/* Words from "born" to the date; words and digits that a date has. */
enum { BIRTH_REACH = 12, DATE_TOKENS = 12, KEY_BYTES = 64 };

/* A date being read, token by token. */
struct date {
	size_t begin, end; /* end: behind the last number or ordinal */
	size_t tokens;
	bool month, number;
};

/* "4th", "fourth", "twentieth", "twenty-first": by their ends. */
static bool is_ordinal(struct text t, const struct token *token)
{
	static const char *const words[] = { "first", "second", "third", NULL };
	size_t len = token->end - token->begin;
	const char *s = t.data + token->begin;

	if (token->type != TOKEN_WORD || len < 3)
		return false;
	for (const char *const *w = words; *w; w++)
		if (token->word && strcmp(token->word->text, *w) == 0)
			return true;
	if (token->word)
		return false;
	if (is_digit(s[0]) && len <= 4)
		return true;
	return len >= 5 && memcmp(s + len - 2, "th", 2) == 0 &&
	       strchr("fsentFSENT", s[0]);
}

static void note_date(struct redactor *r, const struct date *d)
{
	char key[KEY_BYTES];
	size_t n = 0;

	for (size_t i = d->begin; i < d->end && n < sizeof(key); i++) {
		char c = r->text.data[i];

		if (c != ' ' && c != ',' && c != '.')
			key[n++] = to_lower(c);
	}
	redactor_hit(r, REDACT_DOB, d->begin, d->end, key, n);
}

/* Ends the date at hand: with month and number it was one. */
static void end_date(struct redactor *r, struct date *d)
{
	if (d->month && d->number)
		note_date(r, d);
	*d = (struct date){ 0 };
}

static bool is_month(const struct token *token)
{
	return token->type == TOKEN_WORD && token->word &&
	       token->word->kind == WORD_MONTH;
}

/* A word that may stand within a date: "the fourth of July". */
static bool is_link(const struct token *token)
{
	return token->type == TOKEN_WORD && word_is_filler(token->word);
}

/* Takes a token that a date with a month's name may have; false: none. */
static bool extend(struct date *d, struct text t, const struct token *token)
{
	bool month = is_month(token);
	bool number = token->type == TOKEN_NUMBER || is_ordinal(t, token);

	if (d->tokens >= DATE_TOKENS || token->gap == GAP_WIDE)
		return false;
	if (!month && !number && !(d->tokens > 0 && is_link(token)))
		return false;
	if (d->tokens++ == 0)
		d->begin = token->begin;
	if (month || number)
		d->end = token->end;
	d->month = d->month || month;
	d->number = d->number || number;
	return true;
}

static size_t count_digits(struct text t, size_t at)
{
	size_t n = 0;

	while (n < 5 && is_digit(text_at(t, at + n)))
		n++;
	return n;
}

/* The end of 4/4/1990, 04-04-90 or 1990-04-04; 0: it is none. */
static size_t numeric_end(struct text t, size_t at)
{
	size_t first = count_digits(t, at), second, third;
	char sep = text_at(t, at + first);
	size_t next = at + first + 1;
	bool year_first, year_last;

	if (first == 0 || !is_among(sep, "/-."))
		return 0;
	second = count_digits(t, next);
	if (second == 0 || second > 2 || text_at(t, next + second) != sep)
		return 0;
	next += second + 1;
	third = count_digits(t, next);
	year_first = first == 4 && (third == 1 || third == 2);
	year_last = first <= 2 && (third == 2 || third == 4);
	return year_first || year_last ? next + third : 0;
}

static void take_token(struct redactor *r, const struct token *token,
		       const struct context *context, struct date *d,
		       struct lexer *lexer)
{
	bool born = context->topics[TOPIC_BIRTH] > 0 &&
		    context_since(context, TOPIC_BIRTH) <= BIRTH_REACH;
	size_t end = 0;

	if (born && token->type == TOKEN_NUMBER && !token->spoken)
		end = numeric_end(r->text, token->begin);
	if (end > 0) {
		end_date(r, d);
		*d = (struct date){ .begin = token->begin, .end = end };
		note_date(r, d);
		*d = (struct date){ 0 };
		lexer->pos = end;
		return;
	}
	if (d->tokens > 0 && extend(d, r->text, token))
		return;
	end_date(r, d);
	if (born && !word_is_filler(token->word)) {
		struct token first = *token;

		first.gap = GAP_NONE;
		extend(d, r->text, &first);
	}
}

void redact_find_births(struct redactor *r)
{
	struct date date = { 0 };
	struct context context;
	struct token token;
	struct lexer lexer;

	if (!wants(r, REDACT_DOB))
		return;
	lexer_init(&lexer, r->text, NULL, 0);
	context_init(&context);
	do {
		lexer_next(&lexer, &token);
		take_token(r, &token, &context, &date, &lexer);
		if (token.type == TOKEN_WORD)
			context_word(&context, token.word);
	} while (token.type != TOKEN_END);
}
