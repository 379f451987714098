/* The filter around the pipeline: records in, lines out, exit status. */
#include "run/run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "data/json.h"
#include "run/preview.h"
#include "run/run_parts.h"
#include "transcript/injection.h"

enum { WINDOW_PER_JOB = 2, WINDOW_MORE = 16 };

static void raise_status(struct run *r, int status)
{
	r->status = status_worse(r->status, status);
}

void run_complain(struct run *r, const struct error *err)
{
	log_say(LOG_ERROR, "%s%s%s", err->where, *err->where ? ": " : "",
		err->text);
	raise_status(r, error_status(err->code));
}

/* ---- beginning and end ----------------------------------------------- */

static void set_report_options(struct run *r)
{
	const struct settings *s = r->settings;
	struct model_side *m = &r->model;

	r->prompts_json = model_side_prompts(m);
	r->report = (struct report_options){
		.engine = m->engine.name,
		.evaluation_version = s->evaluation_version,
		.prompts = r->prompts_json,
		.injections = r->injections,
		.reproducible = s->reproducible,
		.score_fallbacks = s->score_fallbacks,
		.max_items = model_side_most_names(m, STAGE_COMPLIANCE),
		.max_skills = model_side_most_names(m, STAGE_COMMUNICATION),
	};
}

static int open_input(struct run *r, struct error *err)
{
	const struct settings *s = r->settings;
	const struct json_limits limits = { .bytes = (size_t)s->max_request,
					    .depth = (unsigned)s->max_depth,
					    .values = (size_t)s->max_values };

	r->input = input_new(s->files, &limits, &r->cancel, err);
	return r->input ? 0 : -1;
}

static int start_output(struct run *r, struct error *err)
{
	const struct settings *s = r->settings;
	size_t calls = (size_t)s->jobs * WINDOW_PER_JOB, k = (size_t)s->repeat;
	/* a record is k calls, each with its answers: so fewer records */
	size_t window = (calls + k - 1) / k + WINDOW_MORE;

	r->output = output_start(STDOUT_FILENO, window, !s->unordered,
				 &r->cancel, err);
	return r->output ? 0 : -1;
}

/* Stops the run when its time is over; ends with it. */
static void *watch_time(void *run)
{
	struct run *r = run;
	const struct error why = { .code = ERR_BUDGET_REACHED,
				   .text = "max-time is over" };

	if (!cancel_sleep(&r->cancel, (int64_t)r->settings->max_time * 1000))
		cancel_stop(&r->cancel, &why);
	return NULL;
}

static int start_timer(struct run *r, struct error *err)
{
	int rc;

	if (!r->settings->max_time)
		return 0;
	rc = pthread_create(&r->timer, NULL, watch_time, r);
	if (rc != 0)
		return error_set(err, ERR_TEMPORARY, NULL,
				 "no thread can be started: %s", strerror(rc));
	r->timer_runs = true;
	return 0;
}

static void set_failure_rule(struct run *r)
{
	const char *text = r->settings->max_failures;
	struct failure_rule rule = { .set = false };

	if (text && !limits_read_failures(text, &rule))
		rule.set = false; /* settings let no such text in */
	failures_init(&r->failures, &rule);
}

/* Is stdout the file of that name? */
static bool is_stdout(const char *path)
{
	struct stat out, file;

	return path && fstat(STDOUT_FILENO, &out) == 0 &&
	       stat(path, &file) == 0 && out.st_dev == file.st_dev &&
	       out.st_ino == file.st_ino;
}

/* Files of one run are different files. */
static int check_different(const struct settings *s, struct error *err)
{
	const struct {
		const char *name, *path;
		bool regular; /* stdout must not be the same file */
	} files[] = { { "summary", s->summary, false },
		      { "record", s->record, true },
		      { "state", s->state, true } };

	for (size_t i = 0; i < LENGTH(files); i++) {
		for (size_t j = 0; j < i; j++)
			if (files[i].path && files[j].path &&
			    file_same(files[i].path, files[j].path))
				return error_set(err, ERR_USAGE, NULL,
						 "%s and %s are the same file",
						 files[j].name, files[i].name);
		if (files[i].regular && is_stdout(files[i].path))
			return error_set(err, ERR_USAGE, NULL,
					 "stdout and %s are the same file",
					 files[i].name);
	}
	return 0;
}

/* They can be made: asked before anything is paid for. */
static int check_files(const struct settings *s, struct error *err)
{
	if (fcntl(STDOUT_FILENO, F_GETFL) < 0 ||
	    (fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return error_set(err, ERR_OUTPUT, "stdout", "is closed");
	if (s->summary && replacement_check(s->summary, false, err) < 0)
		return -1;
	return check_different(s, err);
}

/* What records come from and go through. */
static int open_sides(struct run *r, bool offline, struct error *err)
{
	const struct settings *s = r->settings;

	if (check_files(s, err) < 0 || open_input(r, err) < 0)
		return -1;
	if (s->store && !offline &&
	    store_side_start(&r->store, s, &r->cancel, false, NULL, NULL, err) <
		    0)
		return -1;
	if (model_side_init(&r->model, s, &r->cancel, offline, err) == 0)
		return 0;
	store_side_abandon(&r->store);
	return -1;
}

/* Everything before the first record; *err says what was in the way. */
static int start(struct run *r, struct error *err)
{
	bool offline = r->settings->action != ACTION_RUN;

	if (open_sides(r, offline, err) < 0) {
		input_free(r->input);
		return -1;
	}
	r->injections = injections_new(err);
	if (!r->injections)
		return -1;
	set_report_options(r);
	set_failure_rule(r);
	if (start_output(r, err) < 0)
		return -1;
	pipeline_init(&r->pipeline, &r->model.engine, &r->model.clock,
		      &r->cancel, run_call_finished, r);
	if (offline)
		return 0;
	if (workers_start(&r->workers, &r->pipeline, (size_t)r->settings->jobs,
			  err) < 0)
		return -1;
	return start_timer(r, err);
}

static bool is_metrics_file(const char *path)
{
	static const char ending[] = ".prom";
	size_t len = strlen(path), n = sizeof(ending) - 1;

	return len >= n && strcmp(path + len - n, ending) == 0;
}

static void write_summary(struct run *r)
{
	const struct clock *clock = &r->model.clock;
	const struct run_facts facts = {
		.started_wall = r->started_wall,
		.duration_ms = clock->now(clock->ctx) - r->started,
		.exit_status = r->status,
		.input_unread = r->input_unread,
		.reproducible = r->settings->reproducible,
		.stored = r->settings->store ? &r->stored : NULL,
	};
	struct error err = ERROR_INIT;
	struct replacement file;
	struct buf line;

	if (!r->settings->summary)
		return;
	buf_init(&line, LIMIT_REPORT_BYTES);
	if (is_metrics_file(r->settings->summary))
		totals_write_metrics(&r->totals, &facts, &line);
	else
		totals_write(&r->totals, &facts, &line);
	if (replacement_begin(&file, r->settings->summary, 0644, &err) == 0) {
		replacement_put(&file, line.data, line.len);
		if (replacement_end(&file, &err) < 0)
			run_complain(r, &err);
	} else {
		run_complain(r, &err);
	}
	buf_release(&line);
}

/* Who is ended by a signal, ends by it. */
static void heed_signal(struct run *r)
{
	int number = signals_caught(&r->signals);

	if (number)
		raise_status(r, 128 + number);
}

/* Why a run that was stopped ended; a broken pipe needs no words. */
static void tell_stop(struct run *r, bool broken_pipe)
{
	struct error why = ERROR_INIT;

	r->was_stopped = cancel_why(&r->cancel, &why);
	heed_signal(r);
	if (broken_pipe)
		raise_status(r, 128 + SIGPIPE);
	if (!r->was_stopped || (broken_pipe && why.code == ERR_OUTPUT))
		return;
	if (why.code == ERR_STOPPED) {
		log_say(LOG_ERROR, "%s", why.text);
		return;
	}
	log_say(LOG_ERROR, "stopped: %s%s%s: %s", why.where,
		*why.where ? ": " : "", error_phrase(why.code), why.text);
	raise_status(r, error_status(why.code));
}

/* The last line on stderr says what came of it, if not all is well. */
static void tell_result(const struct run *r)
{
	const struct totals *t = &r->totals;

	LOG(LOG_INFO, "run_completed", NULL, LOG_INT("total", (int64_t)t->read),
	    LOG_INT("successful", (int64_t)t->by_status[CALL_OK]),
	    LOG_INT("partial", (int64_t)t->by_status[CALL_PARTIAL]),
	    LOG_INT("failed", (int64_t)t->by_status[CALL_FAILED]),
	    LOG_INT("skipped", (int64_t)t->by_status[CALL_SKIPPED]),
	    LOG_INT("duration_ms",
		    r->model.clock.now(r->model.clock.ctx) - r->started));
	if (r->status == EXIT_OK || r->status == 128 + SIGPIPE || t->read == 0)
		return;
	log_say(LOG_WARNING,
		"%zu record%s: %zu ok, %zu partial, %zu failed, %zu skipped%s",
		t->read, t->read == 1 ? "" : "s", t->by_status[CALL_OK],
		t->by_status[CALL_PARTIAL], t->by_status[CALL_FAILED],
		t->by_status[CALL_SKIPPED],
		r->input_unread ? "; input was left unread" : "");
}

static void check_counts(struct run *r)
{
	const struct error none = { .code = ERR_NO_INPUT,
				    .text = "no input records "
					    "(--allow-empty accepts that)" };
	const struct error lost = { .code = ERR_INTERNAL,
				    .text = "records in and lines out do not "
					    "add up; please report this" };

	if (!totals_conserved(&r->totals))
		run_complain(r, &lost);
	if (r->totals.read == 0 && !r->settings->allow_empty &&
	    r->status == EXIT_OK)
		run_complain(r, &none);
}

/* Did the run see all the records it was given? */
static bool is_complete(const struct run *r)
{
	return !r->was_stopped && !r->input_unread && r->totals.read > 0;
}

/* The run is over: the timer has nobody left to stop. */
static void stop_timer(struct run *r)
{
	const struct error over = { .code = ERR_STOPPED };

	if (!r->timer_runs)
		return;
	cancel_stop(&r->cancel, &over);
	pthread_join(r->timer, NULL);
}

static bool stopped_by(struct run *r, enum error_code code)
{
	struct error why = ERROR_INIT;

	return cancel_why(&r->cancel, &why) && why.code == code;
}

static void finish(struct run *r)
{
	bool broken_pipe = false, unwritten;
	struct error err = ERROR_INIT;

	pipeline_close(&r->pipeline);
	workers_join(&r->workers);
	pipeline_release(&r->pipeline);
	unwritten = output_finish(r->output, &broken_pipe, &err) < 0;
	run_attend_end(r);
	tell_stop(r, broken_pipe);
	if (unwritten && !broken_pipe && !stopped_by(r, ERR_OUTPUT))
		run_complain(r, &err);
	/* the lines are out: now the rows have their time */
	err = (struct error)ERROR_INIT;
	if (store_side_finish(&r->store, &r->stored, &err) < 0)
		run_complain(r, &err);
	stop_timer(r);
	raise_status(r, r->totals.status);
	check_counts(r);
	err = (struct error)ERROR_INIT;
	if (model_side_release(&r->model, is_complete(r), &err) < 0)
		run_complain(r, &err);
	input_free(r->input);
	seen_release(&r->seen);
	phrases_free(r->injections);
	free(r->prompts_json);
	heed_signal(r);
	write_summary(r);
	tell_result(r);
}

static void print_preview_head(struct run *r)
{
	struct buf line;

	if (r->settings->action != ACTION_DRY_RUN)
		return;
	buf_init(&line, LIMIT_REPORT_BYTES);
	preview_prompts(&r->model, &line);
	output_put(r->output, output_reserve(r->output), &line);
}

int run(const struct settings *settings)
{
	struct run r = { .settings = settings, .status = EXIT_OK };
	struct error err = ERROR_INIT;
	const struct clock clock = clock_system(NULL);

	signal(SIGPIPE, SIG_IGN); /* a failed write(2) says it better */
	signal(SIGXFSZ, SIG_IGN);
	json_setup();
	r.started = clock.now(clock.ctx);
	r.started_wall = clock.wall(clock.ctx);
	totals_init(&r.totals);
	if (signals_start(&r.signals, &err) < 0) {
		run_complain(&r, &err);
		return r.status;
	}
	if (cancel_init(&r.cancel, &err) < 0 || start(&r, &err) < 0 ||
	    run_attend(&r, &err) < 0) {
		run_complain(&r, &err);
		signals_stop(&r.signals);
		return r.status;
	}
	print_preview_head(&r);
	run_read_records(&r);
	finish(&r);
	failures_release(&r.failures);
	totals_release(&r.totals);
	signals_stop(&r.signals);
	heed_signal(&r);
	cancel_release(&r.cancel);
	return r.status;
}
