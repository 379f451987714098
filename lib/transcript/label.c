/* How a line of a transcript begins: time, label, decoration. */
#include "transcript/label.h"

#include <string.h>

#include "base/ascii.h"
#include "base/compiler.h"
#include "transcript/label_time.h"
#include "transcript/words.h"

enum {
	LABEL_BYTES = 60,  /* of a label, at most */
	NAME_WORDS = 5,    /* of a name, at most */
	PHONE_DIGITS = 7,  /* of a number that calls, at least */
	INSIDE_BYTES = 32, /* of a label inside of a line */
	MARK_DIGITS = 5    /* of a line's number, at most */
};

/* ---- pieces of text -------------------------------------------------- */

static struct text skip_blanks(struct text t)
{
	while (is_blank(text_at(t, 0)))
		t = text_skip(t, 1);
	return t;
}

static bool is_decoration(char c)
{
	return c == '*' || c == '_' || c == '`' || c == '#';
}

static struct text trim(struct text t)
{
	t = skip_blanks(t);
	while (is_decoration(text_at(t, 0)))
		t = text_skip(t, 1);
	while (t.len > 0 && (is_blank(t.data[t.len - 1]) ||
			     is_decoration(t.data[t.len - 1])))
		t.len--;
	return skip_blanks(t);
}

static struct text until(struct text from, struct text rest)
{
	return (struct text){ from.data, (size_t)(rest.data - from.data) };
}

/* "<b>", "</strong>" and Markdown's marks around a label. */
static struct text skip_decoration(struct text t)
{
	static const char *const tags[] = { "<b>", "</b>", "<strong>",
					    "</strong>" };
	size_t i;

	do {
		while (is_decoration(text_at(t, 0)))
			t = text_skip(t, 1);
		for (i = 0; i < LENGTH(tags); i++) {
			if (text_begins(t, tags[i])) {
				t = text_skip(t, strlen(tags[i]));
				break;
			}
		}
	} while (i < LENGTH(tags));
	return t;
}

/* A colon of its own, not that of "10:30" or "https://"; 0 if none. */
static size_t colon_at(struct text t)
{
	if (text_begins(t, "\xef\xbc\x9a")) /* the wide one */
		return 3;
	if (text_at(t, 0) != ':' || text_begins(t, "://"))
		return 0;
	return t.len > 1 && is_digit(t.data[1]) ? 0 : 1;
}

/* ---- what may be a label --------------------------------------------- */

/* "+1 (555) 010-2345" */
static bool is_phone(struct text label)
{
	size_t digits = 0;

	for (size_t i = 0; i < label.len; i++) {
		if (is_digit(label.data[i]))
			digits++;
		else if (!is_among(label.data[i], "+-.() x"))
			return false;
	}
	return digits >= PHONE_DIGITS;
}

/* Could the character stand in a name? */
static bool in_name(char c)
{
	return is_alnum(c) || is_high(c) || is_among(c, " .'-_()[]+&/@#");
}

/*
 * "Dana Whitfield", "action", "John (Acme)", "j.doe@acme.com": not the
 * beginning of a sentence, as far as its spelling tells.
 */
static bool is_name(struct text label)
{
	size_t words = 0, letters = 0;
	bool lower = false, between = true;

	for (size_t i = 0; i < label.len; i++) {
		char c = label.data[i];

		if (!in_name(c))
			return false;
		letters += is_letter(c) || is_high(c);
		if (is_blank(c)) {
			between = true;
			continue;
		}
		if (between) {
			words++;
			lower |= is_lower(c);
		}
		between = false;
	}
	return letters > 0 && words <= NAME_WORDS && !(lower && words > 1);
}

/* Sets what the label is; false if it cannot be one. */
static bool take_label(struct text raw, struct head *head)
{
	struct text label = trim(raw);

	if (label.len == 0 || label.len > LABEL_BYTES ||
	    memchr(label.data, '*', label.len))
		return false;
	head->label = label;
	head->word = label_word(label);
	head->header = head->word == WORD_HEADER;
	if (head->header)
		return false;
	return head->word != WORD_NAME || is_phone(label) || is_name(label);
}

/* ---- styles ---------------------------------------------------------- */

/*
 * Steps over a label to what ends it: a colon, a time, the end of the line.
 * Brackets belong to the label, unless they hold a time.
 */
static struct text label_end(struct text t, bool *timed)
{
	struct text start = t, s;
	bool after_blank = false;
	int64_t from, to;

	*timed = false;
	for (; t.len > 0 && (size_t)(t.data - start.data) <= LABEL_BYTES;
	     t = text_skip(t, 1)) {
		char c = text_at(t, 0);

		if (colon_at(t) > 0)
			break;
		if (c == '(' || c == '[' || (after_blank && is_digit(c))) {
			s = t;
			*timed = time_take_framed(&s, &from, &to);
			if (*timed)
				break;
		}
		after_blank = is_blank(c);
	}
	return t;
}

/* "Agent: hello", "**Agent:** hello", "Agent (00:03): hello", "Agent  00:03" */
static bool parse_colon(struct text line, struct head *head)
{
	struct text begin = skip_decoration(line), end, rest;
	bool timed;
	size_t colon;

	end = rest = label_end(begin, &timed);
	if (timed) {
		time_take_framed(&rest, &head->start, &head->end);
		rest = skip_decoration(skip_blanks(rest));
	}
	colon = colon_at(rest);
	if (colon == 0 && !(timed && skip_blanks(rest).len == 0))
		return false;
	head->style = colon > 0 ? LABEL_COLON : LABEL_TIMED;
	rest = skip_decoration(text_skip(rest, colon));
	if (!take_label(until(begin, end), head))
		return false;
	/* "note:this" is no label, "Agent:yes" is one */
	if (head->word == WORD_NAME && rest.len > 0 &&
	    !is_blank(text_at(rest, 0)) && !is_phone(head->label) && colon < 3)
		return false;
	head->words = (size_t)(skip_blanks(rest).data - line.data);
	return true;
}

/* "[Agent] hello", "(Agent): hello", "<Agent> hello"; known words only */
static bool parse_bracket(struct text line, struct head *head)
{
	char open = text_at(line, 0);
	char close = open == '[' ? ']' : open == '(' ? ')' : '>';
	const char *end;
	struct text rest;

	if (open != '[' && open != '(' && open != '<')
		return false;
	end = memchr(line.data, close,
		     line.len < LABEL_BYTES ? line.len : LABEL_BYTES);
	if (!end)
		return false;
	rest = text_skip(line, (size_t)(end - line.data) + 1);
	if (!take_label((struct text){ line.data + 1,
				       (size_t)(end - line.data) - 1 },
			head) ||
	    head->word == WORD_NAME)
		return false;
	head->style = LABEL_BRACKET;
	rest = text_skip(rest, colon_at(rest));
	head->words = (size_t)(skip_blanks(rest).data - line.data);
	return true;
}

/* "<v Agent>hello", "<v.loud Agent>hello" */
static bool parse_voice(struct text line, struct head *head)
{
	const char *end, *name;
	size_t reach = line.len < 2 * LABEL_BYTES ? line.len : 2 * LABEL_BYTES;

	if (!text_begins(line, "<v ") && !text_begins(line, "<v."))
		return false;
	end = memchr(line.data, '>', reach);
	name = memchr(line.data, ' ', reach);
	if (!end || !name || name > end)
		return false;
	head->label = trim((struct text){ name, (size_t)(end - name) });
	if (head->label.len == 0)
		return false;
	head->word = label_word(head->label);
	if (head->word == WORD_HEADER)
		head->word = WORD_NAME;
	head->style = LABEL_VOICE;
	head->words = (size_t)(end + 1 - line.data);
	return true;
}

/* Does what stands between a label and its words begin here? */
static bool begins_bar(struct text t)
{
	return text_begins(t, " - ") || text_begins(t, " \xe2\x80\x93 ") ||
	       text_begins(t, " \xe2\x80\x94 ") ||
	       is_among(text_at(t, 0), "|>\t");
}

/* "Agent - hello", "Agent | hello", "Agent> hello", "Agent"; known words */
static bool parse_bar(struct text line, struct head *head)
{
	struct text begin = skip_decoration(line), t = begin, rest;

	while (t.len > 0 && (size_t)(t.data - begin.data) <= INSIDE_BYTES &&
	       !begins_bar(t))
		t = text_skip(t, 1);
	if (!take_label(until(begin, t), head) || head->word == WORD_NAME)
		return false;
	head->style = t.len > 0 ? LABEL_BAR : LABEL_ALONE;
	rest = skip_blanks(t);
	if (text_begins(rest, "\xe2\x80\x93") ||
	    text_begins(rest, "\xe2\x80\x94"))
		rest = text_skip(rest, 3);
	else if (is_among(text_at(rest, 0), "-|>"))
		rest = text_skip(rest, 1);
	head->words = (size_t)(skip_blanks(rest).data - line.data);
	return true;
}

/* ---- the beginning of a line ----------------------------------------- */

/* Steps over "- ", ">> ", a bullet, or the number of "12. Agent: ..." */
static struct text skip_mark(struct text t)
{
	size_t n = 0;

	while (n < t.len && n < MARK_DIGITS && is_digit(t.data[n]))
		n++;
	if (n > 0 && is_among(text_at(t, n), ".)") &&
	    is_blank(text_at(t, n + 1)))
		return skip_blanks(text_skip(t, n + 1));
	if (is_among(text_at(t, 0), "-*>+") && is_blank(text_at(t, 1)))
		return skip_blanks(text_skip(t, 1));
	if (text_begins(t, ">>"))
		return skip_blanks(text_skip(t, 2));
	return text_begins(t, "\xe2\x80\xa2") ? skip_blanks(text_skip(t, 3))
					      : t;
}

/* The time in front, and what separates it from the label. */
static struct text skip_time(struct text t, struct head *head, bool *framed)
{
	struct text s = t;

	*framed = text_at(t, 0) == '[' || text_at(t, 0) == '(';
	if (!time_take_framed(&s, &head->start, &head->end))
		return t;
	head->time = true;
	s = skip_blanks(s);
	if (is_among(text_at(s, 0), "-|:"))
		s = skip_blanks(text_skip(s, 1));
	return s;
}

/* Steps over what is in front of a label; head has the time. */
static struct text skip_front(struct text line, struct head *head, bool *framed)
{
	if (line.len > LABEL_REACH)
		line.len = LABEL_REACH;
	*head = (struct head){ .start = -1, .end = -1 };
	return skip_mark(skip_time(skip_mark(skip_blanks(line)), head, framed));
}

struct head label_time(struct text line)
{
	bool framed;
	struct head head;
	struct text rest = skip_front(line, &head, &framed);

	if (head.time && (framed || rest.len == 0)) {
		head.words = (size_t)(rest.data - line.data);
		return head;
	}
	/* "4:30 would be fine" */
	return (struct head){ .start = -1, .end = -1 };
}

struct head label_parse(struct text line)
{
	static bool (*const parsers[])(struct text, struct head *) = {
		parse_voice, parse_colon, parse_bracket, parse_bar
	};
	struct head front, head;
	bool framed, header = false;
	struct text rest = skip_front(line, &front, &framed);

	for (size_t i = 0; i < LENGTH(parsers); i++) {
		head = front;
		if (!parsers[i](rest, &head)) {
			header |= head.header && head.style == LABEL_COLON;
			continue;
		}
		if (line.len > LABEL_REACH &&
		    (head.style == LABEL_ALONE || head.style == LABEL_TIMED))
			continue; /* the line's end was not seen */
		head.words += (size_t)(rest.data - line.data);
		return head;
	}
	head = label_time(line);
	head.header = header;
	return head;
}

bool label_cue_time(struct text line, int64_t *start, int64_t *end)
{
	struct text t = skip_blanks(line);

	if (t.len > LABEL_REACH)
		t.len = LABEL_REACH;
	if (!time_take(&t, false, start, end) || *end < 0)
		return false;
	for (size_t i = 0; i + 2 < line.len && i < LABEL_BYTES; i++)
		if (memcmp(line.data + i, "-->", 3) == 0)
			return true;
	return false;
}

/* ---- inside of a line ------------------------------------------------ */

static bool ends_sentence(char c)
{
	return is_high(c) || is_among(c, ".?!\"')]>:;");
}

/* Takes the last word, or "Speaker 1", of a run of words. */
static struct text last_word(struct text t)
{
	size_t i = t.len;

	while (i > 0 && is_digit(t.data[i - 1]))
		i--;
	while (i > 0 && is_blank(t.data[i - 1]))
		i--;
	while (i > 0 && !is_blank(t.data[i - 1]))
		i--;
	return text_skip(t, i);
}

/* Where the words begin that end at `end`, and what stands before them. */
struct run {
	size_t begin;
	bool decorated, ended;
};

static struct run run_before(struct text line, size_t end)
{
	struct run run = { .begin = end };
	size_t i = end;

	while (i > 0 && end - i < INSIDE_BYTES &&
	       (is_alnum(line.data[i - 1]) || is_blank(line.data[i - 1])))
		i--;
	run.begin = i;
	run.decorated = i > 0 && is_decoration(line.data[i - 1]);
	run.ended = i == 0 || run.decorated || ends_sentence(line.data[i - 1]);
	return run;
}

bool label_inside(struct text line, size_t colon, bool loose, size_t *begin,
		  struct head *head)
{
	struct text rest = text_skip(line, colon), label;
	size_t end = colon;
	struct run run;

	if (colon_at(rest) == 0)
		return false;
	while (end > 0 && is_decoration(line.data[end - 1]))
		end--;
	run = run_before(line, end);
	label = trim((struct text){ line.data + run.begin, end - run.begin });
	if (loose && (!run.ended || label_word(label) == WORD_NAME))
		label = last_word(label);
	else if (!run.ended || (!run.decorated && is_lower(text_at(label, 0))))
		return false;
	*head = (struct head){ .style = LABEL_COLON, .start = -1, .end = -1 };
	if (!take_label(label, head) || head->word == WORD_NAME)
		return false;
	*begin = (size_t)(label.data - line.data);
	while (*begin > 0 && is_decoration(line.data[*begin - 1]))
		--*begin;
	rest = skip_decoration(text_skip(rest, colon_at(rest)));
	head->words = (size_t)(skip_blanks(rest).data - line.data);
	return true;
}

/* ---- speakers -------------------------------------------------------- */

uint64_t label_key(struct text label)
{
	struct word word;
	uint64_t key = 0;
	size_t at = 0;

	for (size_t i = 1; i < label.len; i++) {
		if ((label.data[i] == '(' || label.data[i] == '[') &&
		    is_digit(label.data[label.len - 2]))
			label.len = i;
	}
	while (words_next(label, &at, &word))
		key = key * UINT64_C(0x9e3779b97f4a7c15) + word.hash;
	return key;
}
