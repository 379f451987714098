/*
 * A stream of values as jq prints them, each a record or an array of records,
 * and how reading goes on after a record that is torn.
 */
#include <string.h>

#include "run/input_reader.h"

/* Reads a value to its end, or to where its end cannot be seen any more. */
static enum source_result read_value(struct reader *r,
				     struct input_record *record, bool *torn,
				     bool *at_end)
{
	enum scan_state state = SCAN_MORE;
	enum source_result result;
	const char *data;
	size_t len, used;

	while (state != SCAN_DONE && !*torn) {
		result = source_peek(&r->source, &data, &len);
		if (result == SOURCE_BYTES) {
			state = scan_feed(&r->scan, data, len, &used);
			reader_take(r, data, used);
		} else if (result == SOURCE_END) {
			state = scan_end(&r->scan);
		} else {
			return result;
		}
		if (state == SCAN_FAULT) {
			reader_fault(r, record, NULL); /* the first stays */
			if (scan_lift(&r->scan))
				r->lifted = true;
			else
				*torn = true;
			*at_end = result == SOURCE_END;
		}
	}
	return SOURCE_BYTES;
}

/*
 * The bytes of a torn record from which on they are looked at again, and the
 * line these begin.  All lines but its first: if a writer died within it, it
 * has swallowed whole records after it.  Of one that was given up already
 * (r->lifted), only the line of the fault: that bounds the work.
 */
static const char *swallowed_lines(const struct reader *r, size_t *line)
{
	const char *text = r->text.data, *from;
	size_t n = r->text.len;

	*line = r->source.place.line;
	if (r->dropped)
		return r->line_kept ? text : NULL;
	if (r->lifted) {
		while (text[n - 1] != '\n')
			n--;
		return text + n;
	}
	*line = r->began.line + 1;
	from = memchr(text, '\n', n);
	return from + 1;
}

/* After a torn record: gives back what it may have swallowed. */
static enum source_result lose(struct reader *r, bool at_end)
{
	struct place back = { .column = 1 };
	size_t line = r->source.place.line;
	const char *from;

	r->lost = true;
	r->lost_indent = r->indent;
	/* What stands deep in a record that the file's end cut is part of it */
	r->lost_until = at_end ? line + 1 : line;
	r->loose = r->expect != EXPECT_VALUE;
	if (line == r->began.line)
		return reader_skip_line(r, true);
	from = swallowed_lines(r, &back.line);
	if (from)
		source_return(&r->source, from,
			      r->text.len - (size_t)(from - r->text.data),
			      back);
	return SOURCE_BYTES;
}

static enum input_result next_value(struct reader *r,
				    struct input_record *record)
{
	bool torn = false, at_end = false;
	enum source_result result;

	reader_begin(r, record);
	if (r->expect != EXPECT_VALUE) {
		r->expect = EXPECT_COMMA;
		r->index++;
	}
	result = read_value(r, record, &torn, &at_end);
	if (result == SOURCE_BYTES && torn)
		result = lose(r, at_end);
	if (result != SOURCE_BYTES)
		return reader_ended(result);
	reader_finish(r, record);
	return INPUT_RECORD;
}

/* ---- taking up again ------------------------------------------------- */

/* Is that all blank, in an array but for one comma or bracket? */
static bool ends_line(const struct reader *r, const char *rest, size_t len)
{
	bool mark = r->expect != EXPECT_VALUE;

	for (size_t i = 0; i < len; i++) {
		if (reader_blank(rest[i]))
			continue;
		if (!mark || (rest[i] != ',' && rest[i] != ']'))
			return false;
		mark = false;
	}
	return true;
}

/* Is the line from here on a whole object?  If so, it is given back. */
static enum source_result find_whole_line(struct reader *r, bool *whole)
{
	struct input_record scratch;
	enum source_result result;
	size_t len;

	reader_begin(r, &scratch);
	result = reader_scan_line(r, &scratch);
	len = r->text.len;
	if (result == SOURCE_BYTES)
		result = reader_skip_line(r, true);
	if (result != SOURCE_BYTES)
		return result;
	*whole = !error_is(&scratch.error) && !r->dropped &&
		 ends_line(r, r->text.data + len, r->text.len - len);
	if (*whole)
		source_return(&r->source, r->text.data, r->text.len, r->began);
	return SOURCE_BYTES;
}

/* Goes to the next line from which reading goes on. */
static enum source_result recover(struct reader *r)
{
	enum source_result result = SOURCE_BYTES;
	const struct place *at = &r->source.place;
	bool found = false;
	char next;

	while (!found && result == SOURCE_BYTES) {
		if (at->column != 1)
			result = reader_skip_line(r, false);
		if (result == SOURCE_BYTES)
			result = reader_skip_blank(r, &next);
		if (result != SOURCE_BYTES)
			return result;
		if (r->indent <= r->lost_indent)
			found = next == '{' || next == '[';
		if (!found && next == '{' && at->line >= r->lost_until)
			result = find_whole_line(r, &found);
		else if (!found)
			result = reader_skip_line(r, false);
	}
	r->lost = !found;
	return result;
}

/* ---- between values -------------------------------------------------- */

enum move {
	MOVE_VALUE, /* a record begins */
	MOVE_OPEN,  /* an array begins */
	MOVE_CLOSE,
	MOVE_COMMA,
	MOVE_WRONG /* something between the elements that is neither */
};

static enum move classify(const struct reader *r, char next)
{
	switch (r->expect) {
	case EXPECT_VALUE:
		return next == '[' ? MOVE_OPEN : MOVE_VALUE;
	case EXPECT_FIRST:
		return next == ']' ? MOVE_CLOSE : MOVE_VALUE;
	case EXPECT_ELEMENT:
		return next == ']' && r->loose ? MOVE_CLOSE : MOVE_VALUE;
	default:
		break;
	}
	if (next == ',')
		return MOVE_COMMA;
	if (next == ']')
		return MOVE_CLOSE;
	if (!r->loose)
		return MOVE_WRONG;
	return next == '[' ? MOVE_OPEN : MOVE_VALUE;
}

static void take_mark(struct reader *r, enum move move)
{
	source_take(&r->source, 1);
	if (move == MOVE_COMMA) {
		r->expect = EXPECT_ELEMENT;
		return;
	}
	r->expect = move == MOVE_OPEN ? EXPECT_FIRST : EXPECT_VALUE;
	r->index = 0;
	r->loose = false;
}

/* No comma between two elements: only that is lost if an object follows. */
static enum input_result missing_comma(struct reader *r,
				       struct input_record *record, char next)
{
	enum source_result result = SOURCE_BYTES;

	reader_begin(r, record);
	reader_fault(r, record, "neither a comma nor ] after an element");
	if (next == '{')
		r->loose = true;
	else
		result = lose(r, false);
	if (result != SOURCE_BYTES)
		return reader_ended(result);
	reader_finish(r, record);
	return INPUT_RECORD;
}

/* The file ends within an array. */
static enum input_result unclosed(struct reader *r, struct input_record *record)
{
	reader_begin(r, record);
	reader_fault(r, record, "the file ends within an array");
	r->expect = EXPECT_VALUE;
	reader_finish(r, record);
	return INPUT_RECORD;
}

enum input_result stream_next(struct reader *r, struct input_record *record)
{
	enum source_result result;
	enum move move;
	char next;

	for (;;) {
		result = r->lost ? recover(r) : SOURCE_BYTES;
		if (result == SOURCE_BYTES)
			result = reader_skip_blank(r, &next);
		if (result == SOURCE_END && r->expect != EXPECT_VALUE &&
		    !r->loose)
			return unclosed(r, record);
		if (result != SOURCE_BYTES)
			return reader_ended(result);
		move = classify(r, next);
		if (move == MOVE_VALUE)
			return next_value(r, record);
		if (move == MOVE_WRONG)
			return missing_comma(r, record, next);
		take_mark(r, move);
	}
}
