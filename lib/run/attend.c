/* What a person sees and says while the run goes on: progress and signals. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "net/throttle.h"
#include "run/run_parts.h"

static unsigned in_flight(void *ctx)
{
	struct run *r = ctx;

	return throttle_in_flight(&r->model.llm.throttle);
}

static void look(void *ctx, struct progress_view *v)
{
	struct run *r = ctx;
	struct totals_now now;

	totals_look(&r->totals, &now);
	v->read = now.read;
	memcpy(v->by_status, now.by_status, sizeof(v->by_status));
	v->cost = now.cost;
	v->cost_known = !now.cost_missing;
	v->in_flight = in_flight(r);
	v->fraction = input_fraction(r->input);
}

static void show(void *ctx)
{
	struct run *r = ctx;

	progress_show(&r->progress);
}

/* Can a line be taken back there? */
static bool is_screen(int fd)
{
	const char *terminal = getenv("TERM");

	return isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

static enum progress_mode choose_mode(const struct settings *s)
{
	/* lines that scroll by are progress enough, and would be torn */
	bool screen = is_screen(STDERR_FILENO) && !isatty(STDOUT_FILENO) &&
		      s->log_format == LOG_FORMAT_TEXT;

	if (s->progress == PROGRESS_NEVER || s->action != ACTION_RUN)
		return PROGRESS_SILENT;
	if (s->progress == PROGRESS_ALWAYS)
		return screen ? PROGRESS_LINE : PROGRESS_LOG;
	return screen && s->log_level != LOG_ERROR ? PROGRESS_LINE
						   : PROGRESS_SILENT;
}

int run_attend(struct run *r, struct error *err)
{
	if (progress_start(&r->progress, choose_mode(r->settings), look, r,
			   err) < 0)
		return -1;
	r->draining = (struct signals_run){
		.cancel = &r->cancel,
		.grace_ms = (int64_t)r->settings->grace * 1000,
		.in_flight = in_flight,
		.show = show,
		.ctx = r,
	};
	signals_attach(&r->signals, &r->draining);
	return 0;
}

void run_attend_end(struct run *r)
{
	r->closing = r->draining;
	r->closing.in_flight = NULL;
	r->closing.show = NULL;
	signals_attach(&r->signals, &r->closing);
	progress_stop(&r->progress);
	log_flush();
}
