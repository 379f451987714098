/* Which labels a transcript has, and how they are written. */
#include <string.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "transcript/turns_parse.h"

enum {
	NAMES_ENOUGH = 2, /* a name comes again before it is a label */
	NAMES_BESIDE = 3, /* ... beside labels whose words are known */
	DUMP_LEAST = 2    /* labels inside of lines that make a dump */
};

/* ---- lines ----------------------------------------------------------- */

void line_trim(struct line *line)
{
	const char *data = line->text.data;

	line->text = text_trim(line->text);
	line->at += (size_t)(line->text.data - data);
}

bool line_next(struct text text, size_t *at, struct line *line)
{
	size_t left = text.len - *at;
	const char *s, *end;

	if (left == 0) /* of an empty text there may be no bytes at all */
		return false;
	s = text.data + *at;
	end = memchr(s, '\n', left);
	line->at = *at;
	line->text = (struct text){ s, end ? (size_t)(end - s) : left };
	*at += line->text.len + (end ? 1 : 0);
	line_trim(line);
	if (line->at == 0 && text_begins(line->text, "\xef\xbb\xbf")) {
		line->at = 3;
		line->text = text_skip(line->text, 3);
		line_trim(line);
	}
	return true;
}

bool line_has_letters(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (is_alnum(t.data[i]) || is_high(t.data[i]))
			return true;
	return false;
}

/* ---- the table of labels --------------------------------------------- */

struct entry *turns_entry(struct parse *p, const struct head *head, bool add)
{
	uint64_t key = label_key(head->label);
	size_t slot = (size_t)(key & (LABEL_SLOTS - 1));

	while (p->slots[slot] && p->entries[p->slots[slot] - 1].key != key)
		slot = (slot + 1) & (LABEL_SLOTS - 1);
	if (p->slots[slot])
		return &p->entries[p->slots[slot] - 1];
	if (!add || key == 0 || p->entry_count == LIMIT_SPEAKERS)
		return NULL;
	p->entries = xroom(p->entries, p->entry_count, &p->entry_room,
			   sizeof(*p->entries));
	p->entries[p->entry_count++] = (struct entry){ .key = key,
						       .label = head->label,
						       .word = head->word };
	p->slots[slot] = (uint16_t)p->entry_count;
	return &p->entries[p->entry_count - 1];
}

/* ---- the first walk -------------------------------------------------- */

static void survey_inside(struct parse *p, struct text line)
{
	const char *end = line.data + line.len, *colon = line.data;
	struct head head;
	size_t begin;

	while ((colon = memchr(colon, ':', (size_t)(end - colon)))) {
		size_t at = (size_t)(colon++ - line.data);

		if (label_inside(line, at, false, &begin, &head) && begin > 0)
			p->inside++;
		else if (label_inside(line, at, true, &begin, &head) &&
			 begin > 0)
			p->loose++;
	}
}

static void survey_line(struct parse *p, const struct line *line)
{
	struct head head = label_parse(line->text);
	int64_t start, end;
	struct entry *entry;

	if (label_cue_time(line->text, &start, &end)) {
		p->subtitles = true;
		return;
	}
	if (!line_has_letters(line->text))
		return;
	p->lines++;
	survey_inside(p, (struct text){ line->text.data + head.words,
					line->text.len - head.words });
	if (head.style == LABEL_NONE)
		return;
	if (head.style == LABEL_COLON || head.style == LABEL_VOICE ||
	    head.style == LABEL_TIMED) {
		entry = turns_entry(p, &head, true);
		if (entry)
			entry->lines++;
	}
	if (head.word != WORD_NAME || head.style == LABEL_VOICE)
		p->styles[head.style]++;
	else if (head.style == LABEL_COLON || head.style == LABEL_TIMED)
		p->names++;
}

/* ---- what is decided ------------------------------------------------- */

/* Do labels with known words name agent and customer? */
static bool has_both_sides(const struct parse *p)
{
	bool agent = false, customer = false;

	for (size_t i = 0; i < p->entry_count; i++) {
		const struct entry *e = &p->entries[i];

		if (e->lines == 0)
			continue;
		agent |= e->word == WORD_AGENT || e->word == WORD_OPERATOR;
		customer |= e->word == WORD_CUSTOMER || e->word == WORD_CALLER;
	}
	return agent && customer;
}

/*
 * A name is a label if it comes again.  Where no label has known words, and
 * nearly every line has one, once is enough: short calls are.
 */
static void accept_names(struct parse *p)
{
	size_t least = has_both_sides(p) ? NAMES_BESIDE : NAMES_ENOUGH;
	size_t known = 0, repeated = 0, kinds = 0;
	bool all, repeating;

	for (int s = LABEL_COLON; s <= LABEL_TIMED; s++)
		known += p->styles[s];
	for (size_t i = 0; i < p->entry_count; i++) {
		const struct entry *e = &p->entries[i];

		if (e->word != WORD_NAME)
			continue;
		kinds++;
		if (e->lines >= least)
			repeated += e->lines;
	}
	all = known == 0 && kinds >= 2 && p->names * 10 >= p->lines * 8;
	repeating = known > 0 || repeated * 10 >= p->lines * 3;
	for (size_t i = 0; i < p->entry_count; i++) {
		struct entry *e = &p->entries[i];

		e->accepted = e->word != WORD_NAME || all ||
			      (repeating && e->lines >= least);
		p->labelled |= e->accepted && e->lines > 0;
	}
}

static void decide(struct parse *p)
{
	size_t first = 0;

	accept_names(p);
	p->style = LABEL_COLON;
	for (int s = LABEL_COLON; s < LABEL_STYLES; s++) {
		if (p->styles[s] > p->styles[p->style])
			p->style = s;
		if (s != LABEL_ALONE && s != LABEL_BAR)
			first += p->styles[s];
	}
	/* a word alone in a line, or before a dash, is weak: twice at least */
	if ((p->style == LABEL_ALONE || p->style == LABEL_BAR) &&
	    (p->styles[p->style] < 2 || p->labelled))
		p->style = LABEL_COLON;
	p->labelled |= p->styles[p->style] > 0 || first > 0;
	p->dump = p->inside >= DUMP_LEAST && p->inside > first;
	p->loose_dump = p->inside + p->loose >= DUMP_LEAST &&
			p->inside + p->loose > 2 * first && first > 0;
	p->labelled |= p->dump;
}

void turns_survey(struct parse *p, struct text text)
{
	struct line line;
	size_t at = 0;

	while (line_next(text, &at, &line)) {
		if (line.text.len == 0)
			continue;
		if (p->lines == 0 && text_begins(line.text, "WEBVTT"))
			p->vtt = true;
		survey_line(p, &line);
	}
	decide(p);
}

bool turns_is_label(struct parse *p, const struct head *head)
{
	struct entry *entry;

	switch (head->style) {
	case LABEL_NONE:
		return false;
	case LABEL_ALONE:
	case LABEL_BAR:
		return p->style == head->style;
	case LABEL_BRACKET:
		return p->styles[LABEL_BRACKET] * 4 >= p->styles[p->style] ||
		       p->style == LABEL_BRACKET;
	case LABEL_VOICE:
		return true;
	default:
		entry = turns_entry(p, head, false);
		return entry && entry->accepted;
	}
}
