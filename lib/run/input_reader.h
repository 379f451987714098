/*
 * The records of one file: what its lines and its stream of values have in
 * common.  Private to input*.c.
 */
#ifndef RUN_INPUT_READER_H
#define RUN_INPUT_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "data/scan.h"
#include "run/input.h"
#include "run/input_source.h"

enum reader_mode {
	READER_START,  /* nothing was read yet */
	READER_LINES,  /* NDJSON */
	READER_STREAM, /* values, or arrays of values */
	READER_OVER    /* the rest of the file is of no use */
};

/* What the next thing in a stream has to be. */
enum reader_expect {
	EXPECT_VALUE,   /* a record or an array, or the end of the file */
	EXPECT_FIRST,   /* after [: an element or ] */
	EXPECT_ELEMENT, /* after a comma */
	EXPECT_COMMA    /* or ] */
};

struct reader {
	struct source source;
	struct json_limits limits;
	enum reader_mode mode;

	/* the value being read */
	struct scan scan;
	struct place began;
	size_t indent; /* white space at the start of the line it began on */
	bool lifted;   /* a fault was found, now its end is */
	/*
	 * Its bytes, for the JSON library and for giving back.  When it has
	 * become longer than the limit: those of the current line, if
	 * line_kept.
	 */
	struct buf text;
	bool dropped, line_kept;

	/* of a stream */
	enum reader_expect expect;
	size_t index; /* of the array's next element */
	/*
	 * Something in this array was broken: from there on a comma between
	 * elements and the closing bracket may be missing.
	 */
	bool loose;
	/*
	 * A record was torn, and reading has to be taken up again: at a line
	 * that begins a value no deeper than lost_indent, or, from line
	 * lost_until on, at any line that is a whole object.
	 */
	bool lost;
	size_t lost_indent, lost_until;
};

/* Reads a file from its descriptor on; borrowed: name, cancel. */
void reader_init(struct reader *r, const char *name, int fd,
		 const struct json_limits *limits, struct cancel *cancel);
void reader_release(struct reader *r);

/* As input_next(); INPUT_END at the end of the file. */
enum input_result reader_next(struct reader *r, struct input_record *record);

/* The same inside a stream; input_stream.c. */
enum input_result stream_next(struct reader *r, struct input_record *record);

/* ---- steps that both kinds of file are read by ----------------------- */

/* JSON's white space. */
static inline bool reader_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* A value begins at the next byte: clears *record and names its source. */
void reader_begin(struct reader *r, struct input_record *record);

/* Takes bytes that were shown, and keeps them in r->text. */
void reader_take(struct reader *r, const char *data, size_t len);

/* Notes the scanner's fault, or one told by `reason`, at the next byte. */
void reader_fault(const struct reader *r, struct input_record *record,
		  const char *reason);

/* Fills in value, hash, error from what was read and found. */
void reader_finish(struct reader *r, struct input_record *record);

/* Takes white space, line breaks too; *next is the byte after it. */
enum source_result reader_skip_blank(struct reader *r, char *next) MUST_USE;

/* Takes all up to the line's end, and keeps it if wanted. */
enum source_result reader_skip_line(struct reader *r, bool keep) MUST_USE;

/* Reads a value that has to end on its line; a fault is in *record. */
enum source_result reader_scan_line(struct reader *r,
				    struct input_record *record) MUST_USE;

/* What a source's end or failure is to the caller of input_next(). */
enum input_result reader_ended(enum source_result result);

#endif
