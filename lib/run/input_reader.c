/* The records of one file: its kind is decided, and lines are read. */
#include "run/input_reader.h"

#include <stdio.h>
#include <string.h>

#include "data/json.h"

void reader_init(struct reader *r, const char *name, int fd,
		 const struct json_limits *limits, struct cancel *cancel)
{
	*r = (struct reader){ .limits = *limits, .mode = READER_START };
	source_init(&r->source, name, fd, cancel, limits->bytes);
	buf_init(&r->text, limits->bytes);
}

void reader_release(struct reader *r)
{
	source_release(&r->source);
	buf_release(&r->text);
}

enum input_result reader_ended(enum source_result result)
{
	switch (result) {
	case SOURCE_STOPPED:
		return INPUT_STOPPED;
	case SOURCE_BROKEN:
		return INPUT_BROKEN;
	default:
		return INPUT_END;
	}
}

void reader_begin(struct reader *r, struct input_record *record)
{
	bool element = r->expect != EXPECT_VALUE && !r->loose;

	*record = (struct input_record){ .value = NULL };
	r->began = r->source.place;
	r->lifted = false;
	r->dropped = false;
	buf_clear(&r->text);
	scan_init(&r->scan, &r->limits);
	if (element)
		snprintf(record->source, sizeof(record->source), "%s:%zu[%zu]",
			 r->source.name, r->began.line, r->index);
	else
		snprintf(record->source, sizeof(record->source), "%s:%zu",
			 r->source.name, r->began.line);
}

/* The bytes after the last line break; NULL if there is none. */
static const char *last_line(const char *data, size_t len)
{
	while (len > 0 && data[len - 1] != '\n')
		len--;
	return len > 0 ? data + len : NULL;
}

/* The value has become longer than we keep: only the current line stays. */
static void drop(struct reader *r)
{
	const char *line = last_line(r->text.data, r->text.len);
	size_t len = r->text.len;

	r->dropped = true;
	r->line_kept = line != NULL;
	if (line)
		len -= (size_t)(line - r->text.data);
	buf_clear(&r->text);
	if (line) {
		memmove(r->text.data, line, len);
		r->text.len = len;
	}
}

/* Of a dropped value: keeps the current line, unless that is too long too. */
static void keep_line(struct reader *r, const char *data, size_t len)
{
	const char *line = last_line(data, len);

	if (line) {
		len -= (size_t)(line - data);
		data = line;
		buf_clear(&r->text);
		r->line_kept = true;
	}
	if (!r->line_kept)
		return;
	buf_put(&r->text, data, len);
	r->line_kept = !buf_failed(&r->text);
}

void reader_take(struct reader *r, const char *data, size_t len)
{
	if (!r->dropped) {
		buf_put(&r->text, data, len);
		if (buf_failed(&r->text))
			drop(r);
	}
	if (r->dropped)
		keep_line(r, data, len);
	source_take(&r->source, len);
}

void reader_fault(const struct reader *r, struct input_record *record,
		  const char *reason)
{
	const struct place *at = &r->source.place;
	char where[80];

	if (at->line == r->began.line)
		snprintf(where, sizeof(where), "byte %zu", at->column);
	else
		snprintf(where, sizeof(where), "line %zu, byte %zu", at->line,
			 at->column);
	if (reason)
		error_set(&record->error, ERR_INVALID_JSON, record->source,
			  "%s at %s", reason, where);
	else
		scan_error(&r->scan, where, &record->error);
}

void reader_finish(struct reader *r, struct input_record *record)
{
	if (!error_is(&record->error))
		record->value = json_load_scanned(r->text.data, r->text.len,
						  &record->error);
	if (error_is(&record->error))
		snprintf(record->error.where, sizeof(record->error.where), "%s",
			 record->source);
}

/* Takes white space, line breaks too if told; *next is the first other. */
static enum source_result skip(struct reader *r, bool breaks, char *next)
{
	enum source_result result;
	const char *data;
	size_t len, n;

	do {
		result = source_peek(&r->source, &data, &len);
		if (result != SOURCE_BYTES)
			return result;
		n = 0;
		while (n < len && reader_blank(data[n]) &&
		       (breaks || data[n] != '\n'))
			n++;
		if (n < len)
			*next = data[n];
		source_take(&r->source, n);
	} while (n == len);
	return SOURCE_BYTES;
}

enum source_result reader_skip_blank(struct reader *r, char *next)
{
	struct place from = r->source.place;
	enum source_result result = skip(r, true, next);

	if (from.column == 1 || from.line != r->source.place.line)
		r->indent = r->source.place.column - 1;
	return result;
}

/* Up to the line's end; *next is '\n' at the end of the file too. */
static enum source_result skip_spaces(struct reader *r, char *next)
{
	enum source_result result = skip(r, false, next);

	if (result != SOURCE_END)
		return result;
	*next = '\n';
	return SOURCE_BYTES;
}

enum source_result reader_skip_line(struct reader *r, bool keep)
{
	const char *data, *stop;
	size_t len;

	do {
		enum source_result result = source_peek(&r->source, &data,
							&len);

		if (result != SOURCE_BYTES)
			return result == SOURCE_END ? SOURCE_BYTES : result;
		stop = memchr(data, '\n', len);
		if (stop)
			len = (size_t)(stop - data);
		if (keep)
			reader_take(r, data, len);
		else
			source_take(&r->source, len);
	} while (!stop);
	return SOURCE_BYTES;
}

enum source_result reader_scan_line(struct reader *r,
				    struct input_record *record)
{
	enum scan_state state = SCAN_MORE;
	const char *data, *stop;
	size_t len, used;

	while (state == SCAN_MORE) {
		enum source_result result = source_peek(&r->source, &data,
							&len);

		if (result != SOURCE_BYTES && result != SOURCE_END)
			return result;
		stop = memchr(data, '\n', len);
		if (stop)
			len = (size_t)(stop - data);
		state = scan_feed(&r->scan, data, len, &used);
		reader_take(r, data, used);
		if (state == SCAN_MORE && (stop || result == SOURCE_END))
			state = scan_end(&r->scan);
	}
	if (state == SCAN_FAULT)
		reader_fault(r, record, NULL);
	return SOURCE_BYTES;
}

/* ---- NDJSON ---------------------------------------------------------- */

static enum input_result next_line(struct reader *r,
				   struct input_record *record)
{
	enum source_result result;
	char next;

	result = reader_skip_blank(r, &next);
	if (result != SOURCE_BYTES)
		return reader_ended(result);
	reader_begin(r, record);
	result = reader_scan_line(r, record);
	if (result == SOURCE_BYTES && !error_is(&record->error)) {
		result = skip_spaces(r, &next);
		if (result == SOURCE_BYTES && next != '\n')
			reader_fault(r, record, "something after the value");
	}
	if (result == SOURCE_BYTES && error_is(&record->error))
		result = reader_skip_line(r,
					  record->error.code != ERR_TOO_LARGE);
	if (result != SOURCE_BYTES)
		return reader_ended(result);
	reader_finish(r, record);
	return INPUT_RECORD;
}

/* ---- which kind of file it is ---------------------------------------- */

/* What the first lines have shown so far. */
struct look {
	size_t whole; /* values that ended on the first line */
	bool within;  /* a value has begun and not ended */
	bool second;  /* the first line ended within it */
	bool filled;  /* the second line is not blank */
};

static bool all_blank(const char *data, size_t len)
{
	while (len > 0 && reader_blank(data[len - 1]))
		len--;
	return len == 0;
}

/* Between two values of the first line: takes one byte. */
static enum reader_mode look_between(struct reader *r, struct look *look,
				     const char *data)
{
	if (*data == '\n')
		return look->whole > 1 ? READER_STREAM : READER_LINES;
	if (reader_blank(*data)) {
		reader_take(r, data, 1);
	} else {
		scan_init(&r->scan, &r->limits);
		look->within = true;
	}
	return READER_START;
}

/* Within a value: takes bytes up to its end or the line's. */
static enum reader_mode look_within(struct reader *r, struct look *look,
				    const char *data, size_t len)
{
	const char *stop = memchr(data, '\n', len);
	enum scan_state state;
	size_t used;

	if (stop)
		len = (size_t)(stop - data) + 1;
	state = scan_feed(&r->scan, data, len, &used);
	reader_take(r, data, used);
	if (look->second && !all_blank(data, used))
		look->filled = true;
	if (state == SCAN_FAULT)
		return scan_lift(&r->scan) ? READER_START : READER_LINES;
	if (state == SCAN_DONE) {
		if (look->second)
			return READER_STREAM;
		look->whole++;
		look->within = false;
	} else if (stop) {
		if (look->filled)
			return READER_STREAM;
		look->second = true;
	}
	return READER_START;
}

/* At the end of the file. */
static enum reader_mode look_at_end(struct reader *r, struct look *look)
{
	if (look->second)
		return READER_STREAM;
	if (look->within) {
		if (scan_end(&r->scan) != SCAN_DONE)
			return READER_LINES;
		look->whole++;
	}
	return look->whole > 1 ? READER_STREAM : READER_LINES;
}

/*
 * Decides by the first line, and by the next one if that goes on with a value
 * (the bytes are given back then).  A line of several values is a stream; so
 * is one that is still legal after a record's greatest length, unless it may
 * be one long record.
 */
static enum source_result decide(struct reader *r)
{
	struct look look = { .within = true };
	struct input_record scratch;
	enum source_result result;
	const char *data;
	size_t len, room;

	reader_begin(r, &scratch);
	while (r->mode == READER_START) {
		result = source_peek(&r->source, &data, &len);
		room = r->limits.bytes - r->text.len;
		if (result == SOURCE_END)
			r->mode = look_at_end(r, &look);
		else if (result != SOURCE_BYTES)
			return result;
		else if (room == 0)
			r->mode = look.second || (look.whole && look.within)
					  ? READER_STREAM
					  : READER_LINES;
		else if (look.within)
			r->mode = look_within(r, &look, data,
					      len < room ? len : room);
		else
			r->mode = look_between(r, &look, data);
	}
	source_return(&r->source, r->text.data, r->text.len, r->began);
	return SOURCE_BYTES;
}

static bool is_utf16(const char *data, size_t len)
{
	if (len < 2)
		return false;
	return memcmp(data, "\xff\xfe", 2) == 0 ||
	       memcmp(data, "\xfe\xff", 2) == 0 || memcmp(data, "{", 2) == 0 ||
	       memcmp(data, "[", 2) == 0 || memcmp(data, "\0{", 2) == 0 ||
	       memcmp(data, "\0[", 2) == 0;
}

/* A byte order mark is skipped if it is UTF-8's; else nothing can be read. */
static enum source_result read_mark(struct reader *r)
{
	enum source_result result;
	const char *data;
	size_t len;

	result = source_peek_start(&r->source, 2, &data, &len);
	if (result == SOURCE_BYTES && len > 0 && *data == '\xef')
		result = source_peek_start(&r->source, 3, &data, &len);
	if (result != SOURCE_BYTES)
		return result;
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		source_take(&r->source, 3);
		r->source.place.column = 1;
	} else if (is_utf16(data, len)) {
		r->mode = READER_OVER;
	}
	return SOURCE_BYTES;
}

static enum input_result start(struct reader *r, struct input_record *record)
{
	enum source_result result;
	char next;

	result = read_mark(r);
	if (result == SOURCE_BYTES && r->mode == READER_OVER) {
		reader_begin(r, record);
		error_set(&record->error, ERR_INVALID_JSON, record->source,
			  "the file is UTF-16; convert with iconv -f UTF-16 "
			  "-t UTF-8");
		return INPUT_RECORD;
	}
	if (result == SOURCE_BYTES)
		result = reader_skip_blank(r, &next);
	if (result == SOURCE_BYTES) {
		if (next == '[')
			r->mode = READER_STREAM;
		else
			result = decide(r);
	}
	if (result != SOURCE_BYTES)
		return reader_ended(result);
	return reader_next(r, record);
}

enum input_result reader_next(struct reader *r, struct input_record *record)
{
	switch (r->mode) {
	case READER_START:
		return start(r, record);
	case READER_LINES:
		return next_line(r, record);
	case READER_STREAM:
		return stream_next(r, record);
	default:
		return INPUT_END;
	}
}
