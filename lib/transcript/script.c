/* The sections of an ideal script: numbers and titles one can join on. */
#include "transcript/script.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"

enum { TITLE_BYTES = 80, NUMBERS = 1000, NUMBER_DIGITS = 3 };

/* What a line can be; headings from the strongest to the weakest. */
enum style {
	STYLE_TEXT,
	STYLE_BLANK,
	STYLE_SECTION, /* "Section 3", "## 3" */
	STYLE_NUMBER,  /* "3." */
	STYLE_HASH,    /* "#", and five more for "##" to "######" */
	STYLE_BOLD = STYLE_HASH + 6,
	STYLE_CAPITALS,
	STYLE_COLON,
	STYLES
};

struct line {
	enum style style;
	size_t indent;
	unsigned number;   /* STYLE_SECTION, STYLE_NUMBER */
	struct text title; /* of text: the line */
};

/* ---- pieces of text -------------------------------------------------- */

static char last(struct text t)
{
	return t.len > 0 ? t.data[t.len - 1] : '\0';
}

static struct text trim_front(struct text t, const char *these)
{
	while (is_among(text_at(t, 0), these))
		t = text_skip(t, 1);
	return t;
}

static struct text trim_back(struct text t, const char *these)
{
	while (is_among(last(t), these))
		t.len--;
	return t;
}

/* Takes the next line, without its end, off the front of *rest. */
static bool next_line(struct text *rest, struct text *line)
{
	size_t n = 0;

	if (rest->len == 0)
		return false;
	while (n < rest->len && rest->data[n] != '\n' && rest->data[n] != '\r')
		n++;
	*line = (struct text){ rest->data, n };
	*rest = text_skip(*rest, n);
	if (rest->len > 1 && memcmp(rest->data, "\r\n", 2) == 0)
		*rest = text_skip(*rest, 2);
	else if (rest->len > 0)
		*rest = text_skip(*rest, 1);
	return true;
}

/* ---- what a line is -------------------------------------------------- */

/* Takes up to three digits, and no more, off the front. */
static bool take_number(struct text *t, unsigned *number)
{
	size_t n = 0;

	*number = 0;
	for (; n < t->len && is_digit(t->data[n]); n++)
		if (n < NUMBER_DIGITS)
			*number = *number * 10 + (unsigned)(t->data[n] - '0');
	if (n == 0 || n > NUMBER_DIGITS)
		return false;
	*t = text_skip(*t, n);
	return true;
}

/* Takes a `:`, `-`, dash and the like, with white space around it. */
static bool take_separator(struct text *t)
{
	static const char *const dashes[] = {
		":", ".", ")", "-", "|", "\xe2\x80\x93", "\xe2\x80\x94", NULL
	};
	struct text s = trim_front(*t, " \t");

	for (const char *const *dash = dashes; *dash; dash++) {
		size_t n = strlen(*dash);

		if (s.len < n || memcmp(s.data, *dash, n) != 0)
			continue;
		s = text_skip(s, n);
		/* "3.5", "3:00" and "3-4" are something else */
		if (s.len > 0 && is_digit(text_at(s, 0)))
			return false;
		*t = trim_front(s, " \t");
		return true;
	}
	return false;
}

/* After "Section 3" or "## 3": a separator, the end, or a title at once. */
static bool take_title(struct text *t)
{
	struct text s = trim_front(*t, " \t");

	if (take_separator(t))
		return true;
	if (s.len > 0 && (s.len == t->len || is_digit(text_at(s, 0)) ||
			  is_lower(text_at(s, 0))))
		return false; /* "## 24 hours", "Section 8 vouchers are ..." */
	*t = s;
	return true;
}

static bool take_word_section(struct text *t)
{
	static const char word[] = "section";

	if (t->len < sizeof(word))
		return false;
	for (size_t i = 0; i < sizeof(word) - 1; i++)
		if ((t->data[i] | 0x20) != word[i])
			return false;
	if (!is_among(t->data[sizeof(word) - 1], " \t#"))
		return false;
	*t = trim_front(text_skip(*t, sizeof(word) - 1), " \t#");
	return true;
}

/* Takes what people frame a heading with; not a bullet. */
static struct text take_frame(struct text t)
{
	if (text_begins(t, "--"))
		t = trim_front(t, "-");
	return trim_front(t, "#*_=~[< \t");
}

static bool is_section(struct text text, size_t hashes, struct line *line)
{
	struct text t = take_frame(text);

	if (!take_word_section(&t) && hashes == 0)
		return false;
	if (!take_number(&t, &line->number) || !take_title(&t))
		return false;
	line->title = t;
	return true;
}

/* "3. Intro", "**3)** Intro", "3: Intro" */
static bool is_numbered(struct text text, struct line *line)
{
	struct text t = trim_front(text, "*_");

	if (!take_number(&t, &line->number) || !is_among(text_at(t, 0), ".):"))
		return false;
	t = trim_front(text_skip(t, 1), "*_");
	if (t.len > 0 && !is_among(text_at(t, 0), " \t"))
		return false;
	line->title = trim_front(t, " \t");
	return true;
}

static bool is_bullet(struct text t)
{
	if (t.len < 2)
		return false;
	if (is_among(text_at(t, 0), "-*+") && is_among(t.data[1], " \t"))
		return true;
	return t.len >= 3 && (memcmp(t.data, "\xe2\x80\xa2", 3) == 0 ||
			      memcmp(t.data, "\xe2\x80\x93", 3) == 0);
}

static bool is_capitals(struct text t)
{
	size_t capitals = 0;

	for (size_t i = 0; i < t.len; i++) {
		if (is_lower(t.data[i]))
			return false;
		capitals += is_upper(t.data[i]);
	}
	return capitals >= 2 && !is_among(last(t), ".,;!?");
}

static enum style weak_style(struct text t)
{
	if (t.len > TITLE_BYTES || is_bullet(t))
		return STYLE_TEXT;
	if (t.len > 4 && memcmp(t.data, "**", 2) == 0 &&
	    memcmp(t.data + t.len - 2, "**", 2) == 0)
		return STYLE_BOLD;
	if (is_capitals(t))
		return STYLE_CAPITALS;
	return last(t) == ':' && t.len > 1 ? STYLE_COLON : STYLE_TEXT;
}

static struct line classify(struct text raw)
{
	struct text text = trim_front(raw, " \t");
	struct line line = { .indent = raw.len - text.len };
	size_t hashes = 0;

	text = trim_back(text, " \t");
	line.title = text;
	while (hashes < text.len && text.data[hashes] == '#')
		hashes++;
	/* "#1" is no heading, and no more are seven hashes */
	if (hashes > 6 ||
	    (hashes < text.len && !is_among(text.data[hashes], " \t")))
		hashes = 0;
	if (text.len == 0)
		line.style = STYLE_BLANK;
	else if (is_section(text, hashes, &line))
		line.style = STYLE_SECTION;
	else if (is_numbered(text, &line))
		line.style = STYLE_NUMBER;
	else if (hashes > 0)
		line.style = STYLE_HASH + (hashes - 1);
	else
		line.style = weak_style(text);
	return line;
}

/* ---- which lines are the sections ------------------------------------ */

/* What the whole script holds. */
struct tally {
	size_t counts[STYLES];
	size_t indent; /* of the first "3."; deeper ones are lists inside */
	bool repeats;  /* a "3." comes again */
};

static struct tally count_styles(struct text script)
{
	struct tally tally = { 0 };
	bool seen[NUMBERS] = { 0 };
	struct text raw;

	while (next_line(&script, &raw)) {
		struct line line = classify(raw);

		if (line.style == STYLE_NUMBER) {
			if (tally.counts[STYLE_NUMBER] == 0)
				tally.indent = line.indent;
			if (line.indent > tally.indent)
				continue;
			tally.repeats |= seen[line.number];
			seen[line.number] = true;
		}
		tally.counts[line.style]++;
	}
	return tally;
}

/* The styles, as bits, whose lines begin sections; 0: paragraphs do. */
static unsigned choose_styles(const struct tally *tally)
{
	unsigned heading = 0, headings = 0;

	for (unsigned s = STYLE_HASH; s < STYLES; s++) {
		if (tally->counts[s] > 1 && heading == 0)
			heading = s;
		if (tally->counts[s] > 0)
			headings |= 1u << s;
	}
	if (tally->counts[STYLE_SECTION] > 0)
		return 1u << STYLE_SECTION;
	if (tally->counts[STYLE_NUMBER] > 0 &&
	    (heading == 0 || (heading > STYLE_BOLD && !tally->repeats)))
		return 1u << STYLE_NUMBER;
	return heading > 0 ? 1u << heading : headings;
}

/* ---- output ---------------------------------------------------------- */

static void put_section(struct buf *out, unsigned number, struct text title)
{
	title = trim_back(trim_front(title, "#*_=~[< \t"), "#*_=~-]>: \t");
	if (title.len > TITLE_BYTES) {
		title.len = TITLE_BYTES;
		while (title.len > 0 && (title.data[title.len] & 0xc0) == 0x80)
			title.len--;
		title = trim_back(title, " \t");
	}
	buf_printf(out, "%u: ", number);
	if (title.len > 0)
		buf_put(out, title.data, title.len);
	else
		buf_printf(out, "Section %u", number);
	buf_putc(out, '\n');
}

/* A walk over the lines of a script that begin sections. */
struct walk {
	struct text rest;
	struct tally tally;
	unsigned styles, counted;
	bool was_blank;
	bool seen[NUMBERS];
};

static struct walk walk_begin(struct text script)
{
	struct walk w = { .rest = script,
			  .tally = count_styles(script),
			  .was_blank = true };

	w.styles = choose_styles(&w.tally);
	return w;
}

/* The line that begins the next section, and where it stands. */
static bool walk_next(struct walk *w, struct line *line, const char **at)
{
	struct text raw;

	while (next_line(&w->rest, &raw)) {
		bool blank, begins;

		*line = classify(raw);
		*at = raw.data;
		blank = line->style == STYLE_BLANK;
		begins = w->styles ? (w->styles >> line->style & 1) != 0
				   : w->was_blank && !blank;
		w->was_blank = blank;
		if (!begins)
			continue;
		if (line->style != STYLE_SECTION && line->style != STYLE_NUMBER)
			line->number = ++w->counted;
		else if (line->style == STYLE_NUMBER &&
			 line->indent > w->tally.indent)
			continue;
		if (line->number >= NUMBERS || w->seen[line->number])
			continue;
		w->seen[line->number] = true;
		return true;
	}
	return false;
}

void script_sections(struct text script, struct buf *out)
{
	struct walk walk = walk_begin(script);
	struct line line;
	const char *at;

	while (walk_next(&walk, &line, &at))
		put_section(out, line.number, line.title);
}

size_t script_split(struct text script, struct script_section *sections,
		    size_t most)
{
	struct walk walk = walk_begin(script);
	struct line line;
	const char *at;
	size_t count = 0;

	while (count < most && walk_next(&walk, &line, &at)) {
		if (count > 0)
			sections[count - 1].text.len =
				(size_t)(at - sections[count - 1].text.data);
		at = line.title.data;
		sections[count++] = (struct script_section){
			line.number,
			{ at, script.len - (size_t)(at - script.data) }
		};
	}
	return count;
}
