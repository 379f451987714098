/* A transcript as turns: who said which bytes, and when. */
#include "transcript/turns.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "transcript/turns_parse.h"
#include "transcript/turns_role.h"

/* Later first times are times of the day. */
enum { HOUR_MS = 3600000 };

/* "# Call", "**Call**", "=== Call ===": over a transcript, not in it */
static bool is_title(struct text t)
{
	if (t.len < 3)
		return false;
	if (text_begins(t, "# ") || text_begins(t, "## ") ||
	    text_begins(t, "### ") || text_begins(t, "==") ||
	    text_begins(t, "--"))
		return true;
	return t.len > 4 && text_begins(t, "**") &&
	       memcmp(t.data + t.len - 2, "**", 2) == 0 &&
	       t.data[t.len - 3] != ':';
}

/* ---- the second walk ------------------------------------------------- */

static size_t speaker_of(struct parse *p, const struct head *head)
{
	struct entry *entry = turns_entry(p, head, true);
	struct turns *t = p->turns;

	if (!entry)
		return SPEAKER_NONE;
	if (entry->named)
		return entry->speaker;
	t->speakers = xroom(t->speakers, t->speaker_count, &p->speaker_room,
			    sizeof(*t->speakers));
	p->words = xroom(p->words, t->speaker_count, &p->word_room,
			 sizeof(*p->words));
	t->speakers[t->speaker_count] = (struct speaker){ .label = head->label,
							  .role = ROLE_UNKNOWN,
							  .basis = BASIS_NONE };
	p->words[t->speaker_count] = head->word;
	entry->named = true;
	entry->speaker = t->speaker_count;
	return t->speaker_count++;
}

static struct turn *last_turn(struct parse *p)
{
	return &p->turns->items[p->turns->count - 1];
}

/* Begins a turn whose words, if any, begin and end where told. */
static void begin_turn(struct parse *p, size_t speaker, struct span whole,
		       size_t words, int64_t start, int64_t end)
{
	struct turns *t = p->turns;

	t->items = xroom(t->items, t->count, &p->room, sizeof(*t->items));
	t->items[t->count++] = (struct turn){
		.speaker = speaker,
		.whole = whole,
		.words = { words, whole.end },
		.start = start,
		.end = end,
	};
	p->open = true;
	p->empty = words >= whole.end;
	p->bare = false;
}

/* Adds a line to the turn that is open. */
static void extend_turn(struct parse *p, const struct line *line)
{
	struct turn *turn = last_turn(p);

	if (p->empty)
		turn->words.begin = line->at;
	p->empty = false;
	turn->words.end = turn->whole.end = line->at + line->text.len;
}

/* The "</v>" at a turn's end was not said. */
static void drop_tail(struct parse *p)
{
	struct turn *turn = last_turn(p);
	const char *data = p->turns->text.data;
	struct span *w = &turn->words;

	if (w->end - w->begin >= 4 && memcmp(data + w->end - 4, "</v>", 4) == 0)
		w->end -= 4;
	while (w->end > w->begin && is_space(data[w->end - 1]))
		w->end--;
}

/* Ends the last turn where a label stands inside of its line. */
static void end_turn(struct parse *p, size_t at)
{
	struct turn *turn = last_turn(p);
	size_t from = turn->words.begin;
	struct line said = { { p->turns->text.data + from, at - from }, from };

	line_trim(&said);
	turn->words.end = turn->whole.end = said.at + said.text.len;
	if (turn->speaker == SPEAKER_NONE && is_title(said.text))
		p->turns->count--;
}

/*
 * Goes on in a line behind a label at the beginning, or from the beginning:
 * cuts it where labels stand inside.
 */
static void cut_inside(struct parse *p, struct line line)
{
	const char *end = line.text.data + line.text.len;
	const char *colon = line.text.data, *from = line.text.data;
	struct head head;
	size_t begin;

	while ((colon = memchr(colon, ':', (size_t)(end - colon)))) {
		struct text rest = { from, (size_t)(end - from) };
		size_t at = (size_t)(colon++ - from), whole;

		if (!label_inside(rest, at, p->loose_dump, &begin, &head))
			continue;
		whole = (size_t)(from - p->turns->text.data) + begin;
		if (p->open && last_turn(p)->whole.begin < whole)
			end_turn(p, whole);
		begin_turn(p, speaker_of(p, &head),
			   (struct span){ whole,
					  (size_t)(end - p->turns->text.data) },
			   whole + head.words - begin, -1, -1);
		from += head.words;
		if (colon < from)
			colon = from;
	}
}

/* The times of a cue: the next lines, up to a blank one, are its words. */
static bool take_cue_time(struct parse *p, const struct line *line)
{
	int64_t start, end;

	if (!p->subtitles || !label_cue_time(line->text, &start, &end))
		return false;
	p->cue_start = start;
	p->cue_end = end;
	p->in_cue = p->cue_fresh = true;
	p->cue_begin = line->at;
	p->open = false;
	return true;
}

/* A line without a label. */
static void take_plain(struct parse *p, const struct line *line,
		       const struct head *head)
{
	size_t speaker = SPEAKER_NONE;
	bool fresh = p->in_cue && p->cue_fresh;

	if (p->turns->count > 0 && (!p->in_cue || p->style == LABEL_BRACKET))
		speaker = last_turn(p)->speaker;
	if (p->open && !fresh && !head->time &&
	    (p->labelled || p->in_cue || p->empty)) {
		extend_turn(p, line);
		return;
	}
	begin_turn(p, speaker,
		   (struct span){ fresh ? p->cue_begin : line->at,
				  line->at + line->text.len },
		   line->at + head->words, fresh ? p->cue_start : head->start,
		   fresh ? p->cue_end : head->end);
	p->bare = head->time && p->empty;
}

static void take_labelled(struct parse *p, const struct line *line,
			  const struct head *head)
{
	bool fresh = p->in_cue && p->cue_fresh;
	int64_t start = head->start, end = head->end;

	/* a line with nothing but the time before the label's */
	if (p->open && p->bare && p->empty && start < 0) {
		struct turn *turn = last_turn(p);

		turn->speaker = speaker_of(p, head);
		turn->whole.end = line->at + line->text.len;
		turn->words = (struct span){ line->at + head->words,
					     turn->whole.end };
		p->empty = turn->words.begin >= turn->words.end;
		return;
	}
	if (p->in_cue && start < 0) {
		start = p->cue_start;
		end = p->cue_end;
	}
	begin_turn(p, speaker_of(p, head),
		   (struct span){ fresh ? p->cue_begin : line->at,
				  line->at + line->text.len },
		   line->at + head->words, start, end);
}

/* Is the line bookkeeping, or a title or a form over the first turn? */
static bool is_gap(struct parse *p, const struct line *line,
		   const struct head *head)
{
	if (!line_has_letters(line->text))
		return true;
	if (p->vtt && (text_begins(line->text, "WEBVTT") ||
		       text_begins(line->text, "NOTE") ||
		       text_begins(line->text, "STYLE")))
		p->note = true;
	/* in subtitles what stands outside of a cue is its number */
	if (p->note || (p->subtitles && !p->in_cue))
		return true;
	return p->turns->count == 0 && p->labelled &&
	       (head->header || is_title(line->text));
}

static void cut_line(struct parse *p, const struct line *line)
{
	struct head head;

	if (line->text.len == 0) {
		p->note = false;
		p->in_cue = false;
		if (!p->labelled)
			p->open = p->open && p->empty;
		return;
	}
	if (take_cue_time(p, line))
		return;
	head = label_parse(line->text);
	if (turns_is_label(p, &head)) {
		take_labelled(p, line, &head);
	} else {
		bool header = head.header;

		head = label_time(line->text);
		head.header = header;
		if (!(head.time && head.words >= line->text.len) &&
		    is_gap(p, line, &head))
			return;
		take_plain(p, line, &head);
	}
	if (p->dump || p->loose_dump) {
		size_t from = last_turn(p)->words.begin;
		struct line rest = { { p->turns->text.data + from,
				       line->at + line->text.len - from },
				     from };

		if (from < line->at + line->text.len)
			cut_inside(p, rest);
	}
	drop_tail(p);
	p->cue_fresh = false;
}

/* Times of the day become times from the first turn on. */
static void rebase_times(struct turns *t)
{
	int64_t first = -1;

	for (size_t i = 0; i < t->count && first < 0; i++)
		first = t->items[i].start;
	if (first < HOUR_MS)
		return;
	for (size_t i = 0; i < t->count; i++) {
		struct turn *turn = &t->items[i];

		turn->start = turn->start < first ? -1 : turn->start - first;
		turn->end = turn->end < first ? -1 : turn->end - first;
	}
}

void turns_init(struct turns *turns, struct text transcript, struct text script)
{
	struct parse p = { .turns = turns };
	struct line line;
	size_t at = 0;

	*turns = (struct turns){ .text = transcript };
	turns_survey(&p, transcript);
	while (line_next(transcript, &at, &line))
		cut_line(&p, &line);
	rebase_times(turns);
	turns_find_roles(turns, p.words, script);
	free(p.words);
	free(p.entries);
}

void turns_release(struct turns *turns)
{
	free(turns->items);
	free(turns->speakers);
	*turns = (struct turns){ .count = 0 };
}
