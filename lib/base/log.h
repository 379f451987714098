/*
 * The only mouth: one event, one line on stderr, text or JSON.
 *
 * Fields carry names, numbers, codes; never the text of a call or a model.
 * Safe from every thread; a line of up to PIPE_BUF bytes is one write(2).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Whose event it is; NULL members are left out. */
struct log_subject {
	const char *correlation_id;
	const char *call_id;
};

struct log_field {
	const char *name; /* NULL ends a list */
	enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_REAL } type;
	const char *text;
	int64_t integer;
	double real;
};

#define LOG_TEXT(n, v)                                           \
	{                                                        \
		.name = (n), .type = LOG_FIELD_TEXT, .text = (v) \
	}
#define LOG_INT(n, v)                                              \
	{                                                          \
		.name = (n), .type = LOG_FIELD_INT, .integer = (v) \
	}
#define LOG_REAL(n, v)                                           \
	{                                                        \
		.name = (n), .type = LOG_FIELD_REAL, .real = (v) \
	}

/*
 * Before threads start, and when stderr was replaced.  program stands before
 * each text line.  If stderr is the stream that $JOURNAL_STREAM names, each
 * line begins with its priority, as sd-daemon(3) has it.
 */
void log_setup(const char *program, enum log_level level, bool json);

/* Would an event of this level be written? */
bool log_wanted(enum log_level level);

/*
 * The level of what one who watches wants to know, though all may end well: a
 * warning if stderr is a terminal, else info.
 */
enum log_level log_watched_level(void);

/*
 * Writes an event; subject may be NULL, fields end with a NULL name.  At level
 * warning and as text, the sixth and further of one kind (event, stage, code)
 * are only counted: see log_flush().
 */
void log_event(enum log_level level, const char *event,
	       const struct log_subject *subject,
	       const struct log_field *fields);

/* log_event() with the fields as arguments, at least one. */
#define LOG(level, event, subject, ...)  \
	log_event(level, event, subject, \
		  (const struct log_field[]){ __VA_ARGS__, { .name = NULL } })

/* A line for a person: "callqa: text" in text, a `message` event in JSON. */
void log_say(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * A line whatever the level is: "callqa: text", or an event with `text`.  Its
 * caller is not kept: where stderr takes nothing for 100 ms, the line is lost.
 */
void log_show(enum log_level level, const char *event, const char *text);

/* From now on a line is lost that stderr does not take at once. */
void log_hurry(void);

/*
 * Keeps a line at the bottom of the terminal that stderr is: other lines go
 * above it.  NULL takes it away.  text: one line that fits behind
 * log_prefix_length() columns.
 */
void log_status(const char *text);

/* Columns of the "callqa: " before text. */
size_t log_prefix_length(void);

/* Tells how many events were only counted, and forgets them. */
void log_flush(void);

#endif
