/*
 * How a transcript is cut: two walks over its lines.
 *
 * The first (turns_survey.c) counts what could be labels, and how they are
 * written, and decides which are; the second (turns.c) cuts.  Private to the
 * transcript's turns.
 */
#ifndef TRANSCRIPT_TURNS_PARSE_H
#define TRANSCRIPT_TURNS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "transcript/label.h"
#include "transcript/turns.h"

/* Slots of the table of labels; a power of 2. */
enum { LABEL_SLOTS = 1024 };
_Static_assert(LABEL_SLOTS >= 2 * LIMIT_SPEAKERS, "a slot is always free");

/* A label of the transcript. */
struct entry {
	uint64_t key;
	struct text label;
	enum label_word word;
	size_t lines; /* that begin with it */
	bool accepted;
	bool named;     /* does it have a speaker yet? */
	size_t speaker; /* in speakers[] */
};

struct parse {
	struct turns *turns;
	/* by key, open to collisions: index into entries, 1 added; 0: free */
	uint16_t slots[LABEL_SLOTS];
	struct entry *entries; /* in the order of their first lines */
	size_t entry_count, entry_room;
	size_t lines;                /* that hold a word */
	size_t styles[LABEL_STYLES]; /* lines of known words */
	size_t names;                /* lines of WORD_NAME, by colon */
	size_t inside, loose;        /* labels inside of lines */
	bool subtitles;              /* is there a cue? */
	bool vtt;                    /* "WEBVTT" on top */

	/* decided between the walks */
	enum label_style style; /* the one that most lines have */
	bool labelled;          /* is there any label? */
	bool dump, loose_dump;  /* are labels inside of lines? */

	/* the second walk */
	size_t room;      /* of turns->items */
	bool open;        /* is there a turn to go on with? */
	bool empty;       /* does it have no words yet? */
	bool bare;        /* is it a line with a time and no more? */
	bool note;        /* inside of a NOTE of WEBVTT */
	bool in_cue;      /* behind the times of a cue */
	bool cue_fresh;   /* and no line of it was read */
	size_t cue_begin; /* where its times stand */
	int64_t cue_start, cue_end;
	enum label_word *words;         /* by speaker */
	size_t word_room, speaker_room; /* of words and turns->speakers */
};

/* A line with its place; without its end and white space around. */
struct line {
	struct text text;
	size_t at;
};

/* Takes the next line from *at on; false at the end. */
bool line_next(struct text text, size_t *at, struct line *line);

/* Takes white space off both ends. */
void line_trim(struct line *line);

/* Is there anything in it that could have been said? */
bool line_has_letters(struct text text);

/* The first walk, and what is decided after it. */
void turns_survey(struct parse *p, struct text text);

/* The label's entry; a new one if `add` and there is room, else NULL. */
struct entry *turns_entry(struct parse *p, const struct head *head, bool add);

/* Is what was read at a line's beginning a label? */
bool turns_is_label(struct parse *p, const struct head *head);

#endif
