/* The only mouth: one event, one line on stderr, text or JSON. */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

enum { LIMIT_LOG_LINE = 16384, LIMIT_LOG_TEXT = 4096, LIMIT_LOG_VALUE = 1024 };

/*
 * How often one who waits for a reader of stderr looks whether he still should,
 * and how long one waits who cannot be kept.
 */
enum { LOOK_MS = 100, NAP_MS = 10 };

/* Events of one kind that are shown, kinds that are told apart. */
enum { KIND_SHOWN = 5, KINDS = 32, LIMIT_KIND = 128 };

/* Carriage return, erase to the end of the line: ECMA-48, on every terminal. */
#define CLEAR_LINE "\r\033[K"

/* set before threads start, read-only */
static struct {
	const char *program;
	enum log_level level;
	bool json, journal;
	int fd;       /* stderr, if possible one that never blocks */
	bool patient; /* room is waited for before each write */
} setup = { .program = "callqa", .level = LOG_WARNING, .fd = STDERR_FILENO };

/* guarded by lock; stderr is written to under it, too */
static struct {
	pthread_mutex_t lock;
	char status[LIMIT_LOG_VALUE]; /* "" for none */
	bool torn;                    /* the last line is there in part */
	struct kind {
		char name[LIMIT_KIND];
		size_t count;
	} kinds[KINDS];
} state = { .lock = PTHREAD_MUTEX_INITIALIZER };

static atomic_bool hurried; /* nobody waits for a reader any more */

static const char *const level_names[] = { "error", "warning", "info",
					   "debug" };
/* syslog(3)'s numbers */
static const int priorities[] = { 3, 4, 6, 7 };

/* May a reader of stderr keep its writer waiting? */
static bool has_reader(void)
{
	struct stat st;

	return fstat(STDERR_FILENO, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Is stderr the stream that the journal reads?  See systemd.exec(5). */
static bool is_journal(const char *stream)
{
	char own[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	return strcmp(own, stream) == 0;
}

void log_setup(const char *program, enum log_level level, bool json)
{
	setup.program = program;
	setup.level = level;
	setup.json = json;
	setup.journal = is_journal(getenv("JOURNAL_STREAM"));
	setup.patient = has_reader();
	if (setup.fd != STDERR_FILENO)
		close(setup.fd);
	setup.fd = file_unblocked(STDERR_FILENO);
}

bool log_wanted(enum log_level level)
{
	return level <= setup.level;
}

enum log_level log_watched_level(void)
{
	return isatty(STDERR_FILENO) ? LOG_WARNING : LOG_INFO;
}

/* ---- the descriptor; the caller holds the lock ------------------------ */

/* Waits until bytes are taken; false if they are not to be waited for. */
static bool wait_writable(bool keep_waiting)
{
	struct pollfd fd = { .fd = setup.fd, .events = POLLOUT };
	int rc;

	do {
		rc = poll(&fd, 1, atomic_load(&hurried) ? 0 : LOOK_MS);
		/* Whatever else it says, the next write(2) says it better. */
		if (rc > 0 || (rc < 0 && errno != EINTR))
			return true;
	} while (keep_waiting && !atomic_load(&hurried));
	return false;
}

/* Where poll(2) finds room and write(2) does not: it is tiny, or taken. */
static bool nap(bool keep_waiting)
{
	poll(NULL, 0, NAP_MS);
	return keep_waiting && !atomic_load(&hurried);
}

/*
 * Nobody hangs in write(2), with the lock, while a reader stands still.  Where
 * poll(2) finds room, a pipe takes PIPE_BUF bytes at once.
 */
static void write_all(const char *at, size_t left, bool keep_waiting)
{
	const char *begin = at;
	size_t part;
	ssize_t n;

	for (; left > 0; left -= (size_t)n, at += n) {
		part = left;
		if (setup.patient && part > PIPE_BUF)
			part = PIPE_BUF;
		if (setup.patient && !wait_writable(keep_waiting))
			break;
		n = write(setup.fd, at, part);
		if (n < 0 &&
		    (errno == EINTR || (errno == EAGAIN && nap(keep_waiting))))
			n = 0;
		else if (n < 0)
			break; /* nobody is left to tell */
	}
	state.torn = left > 0 && at != begin;
}

static void put_status(struct buf *b)
{
	if (*state.status)
		buf_printf(b, "%s: %s", setup.program, state.status);
}

/* One write per line of up to PIPE_BUF bytes: processes' lines do not mix. */
static void emit_locked(const struct buf *line, bool keep_waiting)
{
	struct buf all;

	buf_init(&all, 2 * LIMIT_LOG_LINE);
	if (state.torn)
		buf_putc(&all, '\n');
	if (*state.status)
		buf_puts(&all, CLEAR_LINE);
	buf_put(&all, line->data, line->len);
	buf_putc(&all, '\n');
	put_status(&all);
	write_all(all.data, all.len, keep_waiting);
	buf_release(&all);
}

/* Takes the line. */
static void emit(struct buf *line)
{
	pthread_mutex_lock(&state.lock);
	emit_locked(line, true);
	pthread_mutex_unlock(&state.lock);
	buf_release(line);
}

/* The same for one who cannot be kept: the line may be lost. */
static void emit_soon(struct buf *line)
{
	int left = LOOK_MS / NAP_MS;
	bool locked;

	/* no wait with a deadline: those of mutexes go by the wall clock */
	while (!(locked = pthread_mutex_trylock(&state.lock) == 0) &&
	       left-- > 0)
		poll(NULL, 0, NAP_MS);
	if (locked) {
		emit_locked(line, false);
		pthread_mutex_unlock(&state.lock);
	}
	buf_release(line);
}

void log_status(const char *text)
{
	struct buf line;

	buf_init(&line, LIMIT_LOG_LINE);
	pthread_mutex_lock(&state.lock);
	if (*state.status)
		buf_puts(&line, CLEAR_LINE);
	snprintf(state.status, sizeof(state.status), "%s", text ? text : "");
	put_status(&line);
	write_all(line.data, line.len, true);
	pthread_mutex_unlock(&state.lock);
	buf_release(&line);
}

size_t log_prefix_length(void)
{
	return strlen(setup.program) + strlen(": ");
}

/* ---- the line ---------------------------------------------------------- */

static void begin_line(struct buf *b, enum log_level level)
{
	buf_init(b, LIMIT_LOG_LINE);
	if (setup.journal)
		buf_printf(b, "<%d>", priorities[level]);
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

static void format_event(enum log_level level, const char *event,
			 const struct log_subject *subject,
			 const struct log_field *fields, struct buf *line)
{
	begin_line(line, level);
	put_head(line, level, event);
	if (subject) {
		put_text(line, "correlation_id", subject->correlation_id);
		put_text(line, "call_id", subject->call_id);
	}
	for (; fields->name; fields++)
		put_field(line, fields);
	if (setup.json)
		buf_putc(line, '}');
}

/* A line for a person: `event` is what it is called where lines are JSON. */
static void format_text(enum log_level level, const char *event,
			const char *text, struct buf *line)
{
	const struct log_field fields[] = { LOG_TEXT("text", text),
					    { .name = NULL } };

	if (setup.json) {
		format_event(level, event, NULL, fields, line);
		return;
	}
	begin_line(line, level);
	buf_printf(line, "%s: ", setup.program);
	buf_escape(line, text, strlen(text), ESCAPE_TERMINAL);
}

/* ---- what is said again and again --------------------------------------- */

/* "fallback stage=compliance code=UPSTREAM_STATUS" */
static void name_kind(const char *event, const struct log_field *fields,
		      char name[LIMIT_KIND])
{
	size_t len = (size_t)snprintf(name, LIMIT_KIND, "%s", event);

	for (; fields->name && len < LIMIT_KIND; fields++)
		if (fields->text && (strcmp(fields->name, "stage") == 0 ||
				     strcmp(fields->name, "code") == 0))
			len += (size_t)snprintf(name + len, LIMIT_KIND - len,
						" %s=%s", fields->name,
						fields->text);
}

/* How often it was there, with this time; 0 if there are too many kinds. */
static size_t count_kind(const char *name)
{
	struct kind *kind = state.kinds;
	size_t count = 0;

	pthread_mutex_lock(&state.lock);
	while (kind < state.kinds + KINDS && *kind->name &&
	       strcmp(kind->name, name) != 0)
		kind++;
	if (kind < state.kinds + KINDS) {
		if (!*kind->name)
			snprintf(kind->name, LIMIT_KIND, "%s", name);
		count = ++kind->count;
	}
	pthread_mutex_unlock(&state.lock);
	return count;
}

/* An outage of the night is not a thousand lines; who asks for all has them. */
static bool is_one_too_many(enum log_level level, const char *event,
			    const struct log_field *fields)
{
	char name[LIMIT_KIND];

	if (setup.json || level != LOG_WARNING || setup.level != LOG_WARNING)
		return false;
	name_kind(event, fields, name);
	return count_kind(name) > KIND_SHOWN;
}

void log_event(enum log_level level, const char *event,
	       const struct log_subject *subject,
	       const struct log_field *fields)
{
	struct buf line;

	if (!log_wanted(level) || is_one_too_many(level, event, fields))
		return;
	format_event(level, event, subject, fields, &line);
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
	format_text(level, "message", text, &line);
	emit(&line);
}

void log_show(enum log_level level, const char *event, const char *text)
{
	struct buf line;

	format_text(level, event, text, &line);
	emit_soon(&line);
}

void log_hurry(void)
{
	atomic_store(&hurried, true);
}

void log_flush(void)
{
	struct kind *kind = state.kinds;
	struct buf line;

	pthread_mutex_lock(&state.lock);
	for (; kind < state.kinds + KINDS && *kind->name; kind++) {
		if (kind->count > KIND_SHOWN) {
			begin_line(&line, LOG_WARNING);
			buf_printf(&line, "%s: %s: ... and %zu more %s",
				   setup.program, level_names[LOG_WARNING],
				   kind->count - KIND_SHOWN, kind->name);
			emit_locked(&line, true);
			buf_release(&line);
		}
		*kind = (struct kind){ .count = 0 };
	}
	pthread_mutex_unlock(&state.lock);
}
