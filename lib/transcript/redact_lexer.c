/* Numbers and words out of a transcript, one token at a time. */
#include "transcript/redact_lexer.h"

#include <string.h>

#include "base/ascii.h"
#include "transcript/redact_label.h"

/* A run of digits that touches letters is a number from this length on. */
enum { GLUED_DIGITS = 9, COUNT_MAX = 255 };

static bool letter_at(struct text t, size_t at)
{
	return is_letter(text_at(t, at));
}

static bool digit_at(struct text t, size_t at)
{
	return is_digit(text_at(t, at));
}

void lexer_init(struct lexer *s, struct text text, const struct found *found,
		size_t found_count)
{
	*s = (struct lexer){ .text = text,
			     .found = found,
			     .found_count = found_count,
			     .line_begins = true };
}

/* ---- spoken numbers -------------------------------------------------- */

/* A word behind one blank or dash; `end` is its end. */
struct peeked {
	const struct word *word;
	size_t end;
};

static struct peeked peek_word(struct text t, size_t at)
{
	struct peeked p = { NULL, at };
	size_t begin = at + 1;

	if (at >= t.len || (t.data[at] != ' ' && t.data[at] != '-'))
		return p;
	p.end = begin;
	while (letter_at(t, p.end))
		p.end++;
	p.word = digit_at(t, p.end) ? NULL
				    : word_find(t.data + begin, p.end - begin);
	return p;
}

static bool is_spoken(const struct word *w)
{
	return w && (w->kind == WORD_DIGIT || w->kind == WORD_OH ||
		     w->kind == WORD_TEEN || w->kind == WORD_TENS ||
		     w->kind == WORD_TIMES);
}

static void put_digit(struct token *t, int value)
{
	if (t->count < NUMBER_DIGITS)
		t->digits[t->count] = (char)('0' + value);
	if (t->count < COUNT_MAX)
		t->count++;
}

/* "double five", "triple zero", "double 5"; false if nothing is doubled. */
static bool repeat_digit(struct lexer *s, struct token *t, int times)
{
	struct peeked next = peek_word(s->text, t->end);
	int value;

	if (next.word &&
	    (next.word->kind == WORD_DIGIT || next.word->kind == WORD_OH)) {
		value = next.word->value;
		t->end = next.end;
	} else if (t->end < s->text.len && s->text.data[t->end] == ' ' &&
		   digit_at(s->text, t->end + 1) &&
		   !digit_at(s->text, t->end + 2)) {
		value = s->text.data[t->end + 1] - '0';
		t->end += 2;
	} else {
		return false;
	}
	for (int i = 0; i < times; i++)
		put_digit(t, value);
	return true;
}

/*
 * Is "oh" a zero here?  Only beside other spoken digits; behind one and before
 * a word it may be either.
 */
static bool oh_is_zero(const struct lexer *s, struct token *t)
{
	size_t end = t->begin, begin;

	if (is_spoken(peek_word(s->text, t->end).word))
		return true;
	if (end == 0 || s->text.data[end - 1] != ' ')
		return false;
	t->maybe = t->end + 1 < s->text.len && s->text.data[t->end] == ' ' &&
		   letter_at(s->text, t->end + 1);
	begin = --end;
	while (begin > 0 && letter_at(s->text, begin - 1) && end - begin < 16)
		begin--;
	return is_spoken(word_find(s->text.data + begin, end - begin));
}

/* Makes the word at t a number, with the words that belong to it. */
static void take_spoken(struct lexer *s, struct token *t)
{
	const struct word *w = t->word;
	struct peeked next = peek_word(s->text, t->end);

	/* "the next four" are not the digit 4 */
	if (s->word && !is_spoken(next.word) &&
	    (s->word->kind == WORD_NEXT || s->word->kind == WORD_LAST))
		return;

	switch (w->kind) {
	case WORD_OH:
		if (!oh_is_zero(s, t))
			return;
		put_digit(t, 0);
		break;
	case WORD_DIGIT:
		put_digit(t, w->value);
		break;
	case WORD_TIMES:
		if (!repeat_digit(s, t, w->value))
			return;
		break;
	default:
		put_digit(t, w->value / 10);
		if (w->kind == WORD_TENS && next.word &&
		    next.word->kind == WORD_DIGIT && next.word->value > 0) {
			put_digit(t, next.word->value);
			t->end = next.end;
		} else {
			put_digit(t, w->value % 10);
		}
	}
	t->type = TOKEN_NUMBER;
	t->spoken = true;
}

/* ---- words and numbers ----------------------------------------------- */

/* The end of a run of ASCII letters and digits. */
static size_t skip_glued(struct text t, size_t at)
{
	while (letter_at(t, at) || digit_at(t, at))
		at++;
	return at;
}

static bool long_digits(struct text t, size_t at)
{
	size_t n = 0;

	while (n < GLUED_DIGITS && digit_at(t, at + n))
		n++;
	return n == GLUED_DIGITS;
}

/* The end of a word that begins at `at`; *plain: it has more than ASCII. */
static size_t skip_letters(struct text t, size_t at, bool *plain)
{
	for (*plain = false; at < t.len;) {
		struct character c;

		if (letter_at(t, at) ||
		    (t.data[at] == '\'' && letter_at(t, at + 1))) {
			at++;
			continue;
		}
		if (!is_high(t.data[at]))
			return at;
		c = character_at(t, at);
		if (c.kind != CHAR_LETTER)
			return at;
		*plain = true;
		at += c.bytes;
	}
	return at;
}

static void take_word(struct lexer *s, struct token *t)
{
	bool plain;

	t->type = TOKEN_WORD;
	t->end = skip_letters(s->text, t->begin, &plain);
	if (digit_at(s->text, t->end) && !plain) {
		/* "B12", but not "it123456789" */
		if (!long_digits(s->text, t->end))
			t->end = skip_glued(s->text, t->end);
		return;
	}
	if (!plain)
		t->word = word_find(s->text.data + t->begin, t->end - t->begin);
	if (is_spoken(t->word))
		take_spoken(s, t);
}

static void take_digits(struct lexer *s, struct token *t)
{
	size_t at = t->begin;

	t->type = TOKEN_NUMBER;
	t->end = at;
	while (at < s->text.len) {
		struct character c = character_at(s->text, at);

		if (c.kind != CHAR_DIGIT && c.kind != CHAR_NOTHING)
			break;
		at += c.bytes;
		if (c.kind == CHAR_NOTHING)
			continue;
		put_digit(t, c.value);
		t->end = at;
	}
	if (t->count < GLUED_DIGITS && letter_at(s->text, t->end)) {
		t->type = TOKEN_WORD; /* "4th", "401k" */
		t->end = skip_glued(s->text, t->end);
	}
}

/* ---- what lies between ----------------------------------------------- */

static void widen(struct token *t, char sep)
{
	if (t->gap == GAP_NONE && sep) {
		t->gap = GAP_TIGHT;
		t->sep = sep;
	} else if (t->gap < GAP_LOOSE) {
		t->gap = GAP_LOOSE;
	}
}

static void take_mark(struct token *t, size_t bytes, char mark)
{
	t->type = TOKEN_BREAK;
	t->end = t->begin + bytes;
	t->mark = mark;
}

/* " / ", as lines are joined to one. */
static bool is_line_mark(struct text t, size_t at)
{
	return t.data[at] == '/' && at > 0 && t.data[at - 1] == ' ' &&
	       at + 1 < t.len && t.data[at + 1] == ' ';
}

/* A character that may stand within a number; true if it made a token. */
static bool take_neutral(struct lexer *s, struct token *t, uint8_t bytes)
{
	static const struct word number = { "#", 1, WORD_NUMBER, 0 };
	char c = s->text.data[s->pos];

	if (c == ':' && s->pos > 0 && digit_at(s->text, s->pos - 1) &&
	    digit_at(s->text, s->pos + 1)) {
		take_mark(t, bytes, ':'); /* 12:30 */
		return true;
	}
	if (c == '/') {
		t->gap = GAP_WIDE;
		return false;
	}
	if (c == '#') {
		t->type = TOKEN_WORD;
		t->end = t->begin + 1;
		t->word = &number;
		return true;
	}
	t->plus = c == '+';
	widen(t, c == ',' ? ',' : '\0');
	return false;
}

/* A placeholder, there already or to be; true if one begins at pos. */
static bool take_placeholder(struct lexer *s, struct token *t)
{
	size_t n;

	while (s->found_count > 0 && s->found->end <= s->pos) {
		s->found++;
		s->found_count--;
	}
	if (s->found_count > 0 && s->found->begin <= s->pos) {
		t->type = TOKEN_PLACEHOLDER;
		t->class = s->found->class;
		t->end = s->found->end;
		return true;
	}
	if (s->text.data[s->pos] != '[')
		return false;
	n = placeholder_at(s->text, s->pos, &t->class);
	if (n == 0)
		return false;
	t->type = TOKEN_PLACEHOLDER;
	t->end = s->pos + n;
	return true;
}

static void begin_line(struct lexer *s)
{
	struct line_label label = label_find(s->text, s->pos);

	s->line_begins = false;
	s->pos = label.begin;
	s->label_end = label.end;
	if (label.speaker)
		s->speaker = label.speaker;
}

/* Takes the token or widens the gap; true if there is a token. */
static bool step(struct lexer *s, struct token *t)
{
	struct character c;

	t->begin = s->pos;
	if (take_placeholder(s, t))
		return true;
	if (letter_at(s->text, s->pos)) { /* what most of a text is */
		take_word(s, t);
		return true;
	}
	c = character_at(s->text, s->pos);
	if (is_line_mark(s->text, s->pos))
		c.kind = CHAR_NEUTRAL;
	switch (c.kind) {
	case CHAR_DIGIT:
		take_digits(s, t);
		return true;
	case CHAR_LETTER:
		take_word(s, t);
		return true;
	case CHAR_MONEY:
	case CHAR_BREAK:
		take_mark(t, c.bytes,
			  c.kind == CHAR_MONEY ? '$' : s->text.data[s->pos]);
		return true;
	case CHAR_NEUTRAL:
		if (take_neutral(s, t, c.bytes))
			return true;
		break;
	case CHAR_NEWLINE:
		t->gap = GAP_WIDE;
		s->line_begins = true;
		break;
	case CHAR_SPACE:
	case CHAR_DASH:
	case CHAR_DOT:
		widen(t, c.kind == CHAR_SPACE  ? ' '
			 : c.kind == CHAR_DASH ? '-'
					       : '.');
		break;
	case CHAR_NOTHING:
		break;
	}
	s->pos += c.bytes;
	return false;
}

void lexer_next(struct lexer *s, struct token *t)
{
	*t = (struct token){ .type = TOKEN_END };
	for (;;) {
		if (s->line_begins)
			begin_line(s);
		if (s->pos >= s->text.len) {
			t->begin = t->end = s->text.len;
			return;
		}
		if (step(s, t))
			break;
	}
	t->in_label = t->begin < s->label_end;
	s->pos = t->end;
	s->word = t->type == TOKEN_WORD ? t->word : NULL;
}
