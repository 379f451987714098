/* How far the run is: the words, the rate, and the thread that tells. */
#include "run/progress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/log.h"
#include "pipeline/call.h"

enum {
	FIRST_MS = 100, /* a person waits no longer for a sign of life */
	REFRESH_MS = 500,
	MINUTE_MS = 60000,
	WINDOW_MS = 5 * MINUTE_MS, /* what is older tells nothing of now */
	STEP_MS = WINDOW_MS / METER_MOMENTS,
	TRUST_MS = 2000, /* before, a rate is chance */
	LIMIT_LINE = 256,
	LIMIT_PART = 48
};

/* ---- the words ------------------------------------------------------- */

/* The parts of the line in their order; `rank`: the last goes first. */
enum part {
	PART_RECORDS,
	PART_PERCENT,
	PART_OK,
	PART_PARTIAL,
	PART_FAILED,
	PART_SKIPPED,
	PART_RATE,
	PART_COST,
	PART_IN_FLIGHT,
	PART_LEFT,
	PART_COUNT
};

static const unsigned char rank[PART_COUNT] = {
	[PART_RECORDS] = 0, [PART_FAILED] = 1,    [PART_PARTIAL] = 2,
	[PART_PERCENT] = 3, [PART_LEFT] = 4,      [PART_COST] = 5,
	[PART_RATE] = 6,    [PART_IN_FLIGHT] = 7, [PART_OK] = 8,
	[PART_SKIPPED] = 9,
};

typedef char part_text[LIMIT_PART];

static size_t over(const struct progress_view *v)
{
	return v->by_status[CALL_OK] + v->by_status[CALL_PARTIAL] +
	       v->by_status[CALL_FAILED] + v->by_status[CALL_SKIPPED];
}

/* What is over, of what was read, is of the input what is done. */
static double share_done(const struct progress_view *v)
{
	if (v->fraction < 0)
		return -1;
	return v->read ? v->fraction * (double)over(v) / (double)v->read : 0;
}

static void say_count(char *to, size_t n, const char *what)
{
	if (n > 0)
		snprintf(to, LIMIT_PART, "%zu %s", n, what);
}

static void say_rate(char *to, double per_second)
{
	if (per_second >= 10)
		snprintf(to, LIMIT_PART, "%.0f/s", per_second);
	else if (per_second >= 0.1)
		snprintf(to, LIMIT_PART, "%.1f/s", per_second);
	else if (per_second >= 0)
		snprintf(to, LIMIT_PART, "%.1f/min", per_second * 60);
}

static void say_left(char *to, int64_t ms)
{
	long long s = (ms + 999) / 1000, min = (s + 59) / 60;

	if (ms < 0)
		return;
	if (s < 60)
		snprintf(to, LIMIT_PART, "%lld s left", s);
	else if (min < 60)
		snprintf(to, LIMIT_PART, "%lld min left", min);
	else
		snprintf(to, LIMIT_PART, "%lld h %lld min left", min / 60,
			 min % 60);
}

static void say_all(const struct progress_view *v, part_text *parts)
{
	double share = share_done(v);

	snprintf(parts[PART_RECORDS], LIMIT_PART, "%zu record%s", over(v),
		 over(v) == 1 ? "" : "s");
	if (share >= 0)
		snprintf(parts[PART_PERCENT], LIMIT_PART, "%d %%",
			 (int)(share * 100));
	say_count(parts[PART_OK], v->by_status[CALL_OK], "ok");
	say_count(parts[PART_PARTIAL], v->by_status[CALL_PARTIAL], "partial");
	say_count(parts[PART_FAILED], v->by_status[CALL_FAILED], "failed");
	say_count(parts[PART_SKIPPED], v->by_status[CALL_SKIPPED], "skipped");
	say_count(parts[PART_IN_FLIGHT], v->in_flight, "in flight");
	say_rate(parts[PART_RATE], v->per_second);
	if (v->cost_known && v->cost > 0)
		snprintf(parts[PART_COST], LIMIT_PART, "$%.2f", v->cost);
	say_left(parts[PART_LEFT], v->left_ms);
}

static size_t length_of(part_text *parts)
{
	size_t len = 0;

	for (int i = 0; i < PART_COUNT; i++)
		if (*parts[i])
			len += strlen(parts[i]) + (len ? strlen(", ") : 0);
	return len;
}

/* Takes away the part that matters least; false if only one is left. */
static bool drop_part(part_text *parts)
{
	int least = PART_RECORDS;

	for (int i = 0; i < PART_COUNT; i++)
		if (*parts[i] && rank[i] > rank[least])
			least = i;
	if (least == PART_RECORDS)
		return false;
	*parts[least] = '\0';
	return true;
}

void progress_format(const struct progress_view *v, size_t width,
		     struct buf *out)
{
	part_text parts[PART_COUNT] = { "" };
	bool first = true;

	say_all(v, parts);
	while (width && length_of(parts) > width && drop_part(parts))
		;
	if (width && width < strlen(parts[PART_RECORDS]))
		parts[PART_RECORDS][width] = '\0';
	for (int i = 0; i < PART_COUNT; i++) {
		if (!*parts[i])
			continue;
		buf_printf(out, "%s%s", first ? "" : ", ", parts[i]);
		first = false;
	}
}

/* ---- the rate -------------------------------------------------------- */

static struct moment *moment_at(struct meter *m, size_t i)
{
	return &m->moments[(m->first + i) % METER_MOMENTS];
}

static void forget_oldest(struct meter *m)
{
	m->first = (m->first + 1) % METER_MOMENTS;
	m->count--;
}

void meter_note(struct meter *m, int64_t at, struct progress_view *v)
{
	const struct moment now = { at, over(v), share_done(v) };
	const struct moment *then;
	double ms;

	while (m->count > 1 && at - moment_at(m, 1)->at >= WINDOW_MS)
		forget_oldest(m);
	v->per_second = -1;
	v->left_ms = -1;
	then = moment_at(m, 0);
	ms = m->count > 0 ? (double)(at - then->at) : 0;
	if (ms >= TRUST_MS) {
		v->per_second = (double)(now.over - then->over) * 1000 / ms;
		if (then->done >= 0 && now.done > then->done)
			v->left_ms = (int64_t)((1 - now.done) * ms /
					       (now.done - then->done));
	}
	if (m->count > 0 && at - moment_at(m, m->count - 1)->at < STEP_MS)
		return;
	if (m->count == METER_MOMENTS)
		forget_oldest(m);
	m->count++;
	*moment_at(m, m->count - 1) = now;
}

/* ---- the thread ------------------------------------------------------ */

/* The line as it is now. */
static void compose(struct progress *p, size_t width, char line[LIMIT_LINE])
{
	struct progress_view v = { .fraction = -1 };
	struct buf text;

	p->look(p->ctx, &v);
	pthread_mutex_lock(&p->lock);
	meter_note(&p->meter, p->clock.now(p->clock.ctx), &v);
	pthread_mutex_unlock(&p->lock);
	buf_init(&text, LIMIT_LINE - 1);
	progress_format(&v, width, &text);
	snprintf(line, LIMIT_LINE, "%s", text.data ? text.data : "");
	buf_release(&text);
}

void progress_show(struct progress *p)
{
	char line[LIMIT_LINE];

	compose(p, 0, line);
	log_show(LOG_INFO, "progress", line);
}

/* Columns that a line may take; 0 if it had better not be there. */
static size_t room(void)
{
	struct winsize size;
	pid_t owner = tcgetpgrp(STDERR_FILENO);

	/* whoever put us into the background wants the terminal for himself */
	if (owner >= 0 && owner != getpgrp())
		return 0;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 79;
	/* the last column would make some terminals begin a new line */
	return (size_t)size.ws_col - 1;
}

static void refresh(struct progress *p)
{
	size_t width = room(), prefix = log_prefix_length();
	char line[LIMIT_LINE];

	if (width <= prefix) {
		log_status(NULL);
		return;
	}
	width -= prefix;
	compose(p, width < LIMIT_LINE - 1 ? width : LIMIT_LINE - 1, line);
	log_status(line);
}

/* Sleeps; true when it is time to end. */
static bool wait(struct progress *p, int64_t ms)
{
	struct timespec end = deadline_in(ms);
	bool ending;
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	while (!p->ending && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&p->wake, &p->lock, &end);
	ending = p->ending;
	pthread_mutex_unlock(&p->lock);
	return ending;
}

static void *tell(void *progress)
{
	struct progress *p = progress;
	bool line = p->mode == PROGRESS_LINE;
	int64_t ms = line ? FIRST_MS : MINUTE_MS;

	while (!wait(p, ms)) {
		if (line)
			refresh(p);
		else
			progress_show(p);
		ms = line ? REFRESH_MS : MINUTE_MS;
	}
	if (line)
		log_status(NULL);
	return NULL;
}

int progress_start(struct progress *p, enum progress_mode mode,
		   void (*look)(void *ctx, struct progress_view *v), void *ctx,
		   struct error *err)
{
	struct progress_view begin = { .fraction = -1 };
	int rc;

	memset(p, 0, sizeof(*p));
	p->mode = mode;
	p->clock = clock_system(NULL);
	p->look = look;
	p->ctx = ctx;
	pthread_mutex_init(&p->lock, NULL);
	deadline_cond_init(&p->wake);
	look(ctx, &begin);
	meter_note(&p->meter, p->clock.now(p->clock.ctx), &begin);
	if (mode == PROGRESS_SILENT)
		return 0;
	rc = pthread_create(&p->thread, NULL, tell, p);
	if (rc == 0)
		return 0;
	p->mode = PROGRESS_SILENT;
	return error_set(err, ERR_TEMPORARY, NULL,
			 "no thread can be started: %s", strerror(rc));
}

void progress_stop(struct progress *p)
{
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	if (p->mode != PROGRESS_SILENT)
		pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
}
