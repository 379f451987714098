/*
 * How a line of a transcript begins: time, label, decoration.
 *
 * Private to the transcript's turns.
 */
#ifndef TRANSCRIPT_LABEL_H
#define TRANSCRIPT_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* How a label is written. */
enum label_style {
	LABEL_NONE,
	LABEL_COLON,   /* Agent: hello */
	LABEL_BRACKET, /* [Agent] hello */
	LABEL_VOICE,   /* <v Agent>hello</v> */
	LABEL_TIMED,   /* Agent  00:03, the words in the next lines */
	LABEL_ALONE,   /* Agent, the words in the next lines */
	LABEL_BAR,     /* Agent - hello, Agent | hello, Agent> hello */
	LABEL_STYLES
};

/* What a label says about who speaks. */
enum label_word {
	WORD_NAME, /* nothing: a name or a number, if it is a label at all */
	WORD_AGENT,
	WORD_CUSTOMER,
	WORD_OTHER,
	WORD_CALLER,   /* customer or, in calls that go out, agent */
	WORD_CALLEE,   /* the other way about */
	WORD_OPERATOR, /* of the call centre, or of the conference */
	WORD_SPEAKER,  /* Speaker 1, spk_0, A: a label, and no more */
	WORD_HEADER    /* Date, Order ID, Customer Name: no label */
};

struct head {
	enum label_style style;
	enum label_word word;
	struct text label;  /* without decoration */
	size_t words;       /* where in the line its words begin */
	int64_t start, end; /* ms; -1: not told */
	bool time;          /* is there one in front? */
	bool header;        /* no label, but the field of a form: "Date: ..." */
};

/* What a label's words say, by a table. */
enum label_word label_word(struct text label);

/* The bytes of a line that are looked at for its label. */
#define LABEL_REACH 192

/*
 * Reads the beginning of a line (white space before it allowed).  A style is
 * told for what can be a label; whether it is one, the whole transcript
 * decides: a name could also be the beginning of a sentence.
 */
struct head label_parse(struct text line);

/* Reads the time in front of a line that has no label. */
struct head label_time(struct text line);

/*
 * Is there a label whose colon stands at line[colon], inside of a line?  If
 * so, *begin is where its decoration begins; head as of label_parse().  Known
 * words only, after the end of a sentence or decorated, or (loose) after any
 * word.
 */
bool label_inside(struct text line, size_t colon, bool loose, size_t *begin,
		  struct head *head);

/* Reads "00:00:03.500 --> 00:00:05.000 ...": the time of a cue. */
bool label_cue_time(struct text line, int64_t *start, int64_t *end);

/*
 * Labels with the same key are the same speaker: case, white space and a
 * bracket with a number in it do not count.
 */
uint64_t label_key(struct text label);

#endif
