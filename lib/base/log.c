/* The only mouth: one event, one line on stderr, text or JSON. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

enum { LIMIT_LOG_LINE = 16384, LIMIT_LOG_TEXT = 4096, LIMIT_LOG_VALUE = 1024 };

/* set before threads start, read-only */
static struct {
	const char *program;
	enum log_level level;
	bool json;
} setup = { .program = "callqa", .level = LOG_WARNING };

static const char *const level_names[] = { "error", "warning", "info",
					   "debug" };

void log_setup(const char *program, enum log_level level, bool json)
{
	setup.program = program;
	setup.level = level;
	setup.json = json;
}

bool log_wanted(enum log_level level)
{
	return level <= setup.level;
}

enum log_level log_watched_level(void)
{
	return isatty(STDERR_FILENO) ? LOG_WARNING : LOG_INFO;
}

/* One write per line, so that threads' lines do not mix. */
static void emit(struct buf *line)
{
	const char *at;
	size_t left;
	ssize_t n;

	buf_putc(line, '\n');
	at = line->data;
	for (left = line->len; left > 0; left -= (size_t)n, at += n) {
		n = write(STDERR_FILENO, at, left);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			break; /* nobody is left to tell */
	}
	buf_release(line);
}

static void put_quoted(struct buf *b, const char *text, size_t len)
{
	buf_putc(b, '"');
	buf_escape(b, text, len, ESCAPE_LOG);
	buf_putc(b, '"');
}

/* A name with its value: `,"name":value` in JSON, ` name=value` in text. */
static void put_text(struct buf *b, const char *name, const char *value)
{
	size_t len;

	if (!value)
		return;
	len = text_cut(value, strlen(value), LIMIT_LOG_VALUE);
	buf_printf(b, setup.json ? ",\"%s\":" : " %s=", name);
	if (!setup.json && *value && !strpbrk(value, " \"=\\"))
		buf_escape(b, value, len, ESCAPE_LOG);
	else
		put_quoted(b, value, len);
}

static void put_field(struct buf *b, const struct log_field *field)
{
	if (field->type == LOG_FIELD_TEXT) {
		put_text(b, field->name, field->text);
		return;
	}
	buf_printf(b, setup.json ? ",\"%s\":" : " %s=", field->name);
	if (field->type == LOG_FIELD_INT)
		buf_printf(b, "%lld", (long long)field->integer);
	else
		buf_printf(b, "%.6g", field->real);
}

static void put_head(struct buf *b, enum log_level level, const char *event)
{
	char ts[TIMESTAMP_SIZE];
	struct clock clock = clock_system(NULL);

	if (!setup.json) {
		buf_printf(b, "%s: %s: %s", setup.program, level_names[level],
			   event);
		return;
	}
	clock_format(clock.wall(NULL), ts);
	buf_printf(b, "{\"ts\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", ts,
		   level_names[level], event);
}

void log_event(enum log_level level, const char *event,
	       const struct log_subject *subject,
	       const struct log_field *fields)
{
	struct buf line;

	if (!log_wanted(level))
		return;
	buf_init(&line, LIMIT_LOG_LINE);
	put_head(&line, level, event);
	if (subject) {
		put_text(&line, "correlation_id", subject->correlation_id);
		put_text(&line, "call_id", subject->call_id);
	}
	for (; fields->name; fields++)
		put_field(&line, fields);
	if (setup.json)
		buf_putc(&line, '}');
	emit(&line);
}

void log_say(enum log_level level, const char *format, ...)
{
	char text[LIMIT_LOG_TEXT];
	struct buf line;
	va_list args;

	if (!log_wanted(level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (setup.json) {
		LOG(level, "message", NULL, LOG_TEXT("text", text));
		return;
	}
	buf_init(&line, LIMIT_LOG_LINE);
	buf_printf(&line, "%s: ", setup.program);
	buf_escape(&line, text, strlen(text), ESCAPE_TERMINAL);
	emit(&line);
}
