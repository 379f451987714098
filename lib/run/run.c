/* The filter around the pipeline: records in, lines out, exit status. */
#include "run/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "model/record.h"
#include "pipeline/pipeline.h"
#include "pipeline/report.h"
#include "pipeline/workers.h"
#include "run/intake.h"
#include "run/model_side.h"
#include "run/output.h"
#include "run/preview.h"
#include "run/totals.h"

enum { WINDOW_PER_JOB = 2, WINDOW_MORE = 16 };

struct run {
	/* set before start, read-only */
	const struct settings *settings;
	struct report_options report;
	int64_t started, started_wall;
	/* thread-safe by themselves */
	struct cancel cancel;
	struct model_side model;
	struct pipeline pipeline;
	struct output *output;
	struct totals totals;
	/* of the main thread */
	struct input *input;
	struct seen seen;
	struct workers workers;
	int status;
	bool input_unread;
};

static void raise_status(struct run *r, int status)
{
	r->status = status_worse(r->status, status);
}

/* Tells a person, and lets the exit status know. */
static void complain(struct run *r, const struct error *err)
{
	log_say(LOG_ERROR, "%s%s%s", err->where, *err->where ? ": " : "",
		err->text);
	raise_status(r, error_status(err->code));
}

/* ---- lines out * ----------------------------------------------------- */

static void log_finished(const struct call *call,
			 const struct report_facts *facts, int64_t took)
{
	const struct log_subject subject = { call->correlation_id,
					     call_id(call) };

	/* that nothing was asked follows from the stop, which is told once */
	if (facts->code != ERR_NONE)
		LOG(facts->code == ERR_STOPPED ? LOG_INFO : LOG_WARNING,
		    "evaluation_failed", &subject,
		    LOG_TEXT("code", error_name(facts->code)));
	else
		LOG(LOG_INFO, "evaluation_completed", &subject,
		    LOG_INT("processing_time_ms", took),
		    LOG_INT("overall_score", facts->score),
		    LOG_TEXT("status", call_status_name(facts->status)));
}

/* A line beyond all limits: an error record in its place. */
static void replace_line(struct run *r, const struct call *call,
			 struct buf *line)
{
	const struct clock *clock = &r->model.clock;
	struct error error = ERROR_INIT;
	struct rejection rejection = {
		.status = CALL_FAILED,
		.error = &error,
		.source = call->source,
		.call_id = call_id(call),
		.agent_id = call_agent_id(call),
		.correlation_id = call->correlation_id,
	};

	error_set(&error, ERR_TOO_LARGE, NULL,
		  "its line would be larger than %zu bytes", line->limit);
	buf_clear(line);
	rejection_write(line, &rejection, &r->report, clock->wall(clock->ctx));
}

/* In a worker's thread: the call is over, its line goes out. */
static void call_finished(void *ctx, struct call *call)
{
	struct run *r = ctx;
	const struct clock *clock = &r->model.clock;
	int64_t now = clock->now(clock->ctx);
	struct report_facts facts;
	struct buf line;

	buf_init(&line, LIMIT_REPORT_BYTES);
	report_write(&line, call, &r->report, now, clock->wall(clock->ctx),
		     &facts);
	if (buf_failed(&line)) {
		replace_line(r, call, &line);
		facts.status = CALL_FAILED;
		facts.code = ERR_TOO_LARGE;
	}
	log_finished(call, &facts, now - call->started);
	totals_count(&r->totals, facts.status, call);
	output_put(r->output, call->number, &line);
	call_free(call);
}

static void log_rejected(const struct intake *in,
			 const struct input_record *record)
{
	const struct rejection r = intake_rejection(in, record);
	const struct log_subject subject = { r.correlation_id, r.call_id };

	LOG(in->status == CALL_SKIPPED ? LOG_INFO : LOG_WARNING,
	    "evaluation_failed", &subject,
	    LOG_TEXT("code", error_name(in->error.code)),
	    LOG_TEXT("source", record->source));
}

static void reject(struct run *r, const struct intake *in,
		   const struct input_record *record)
{
	const struct clock *clock = &r->model.clock;
	const struct rejection rejection = intake_rejection(in, record);
	struct buf line;

	log_rejected(in, record);
	totals_count(&r->totals, in->status, NULL);
	buf_init(&line, LIMIT_REPORT_BYTES);
	rejection_write(&line, &rejection, &r->report, clock->wall(clock->ctx));
	output_put(r->output, output_reserve(r->output), &line);
}

/* ---- records in * ---------------------------------------------------- */

static void log_started(const struct call *call)
{
	const struct log_subject subject = { call->correlation_id,
					     call_id(call) };
	json_t *warning;
	size_t i;

	LOG(LOG_INFO, "evaluation_started", &subject,
	    LOG_TEXT("agent_id", call_agent_id(call)),
	    LOG_TEXT("call_context",
		     json_string_peek(call->request, "call_context")));
	json_array_foreach (call->warnings, i, warning)
		LOG(LOG_INFO, "warning", &subject,
		    LOG_TEXT("text", json_string_value(warning)));
}

static void evaluate(struct run *r, struct call *call)
{
	const struct clock *clock = &r->model.clock;

	call->started = clock->now(clock->ctx);
	log_started(call);
	call->number = output_reserve(r->output);
	pipeline_add(&r->pipeline, call);
}

/* In place of an evaluation: what it would be. */
static void preview(struct run *r, struct call *call)
{
	enum call_status status = CALL_OK;
	struct buf line;

	buf_init(&line, LIMIT_REPORT_BYTES);
	if (r->settings->action == ACTION_DRY_RUN)
		preview_estimate(&r->model, call, &line);
	else
		preview_requests(&r->model, call, &line);
	if (buf_failed(&line)) {
		replace_line(r, call, &line);
		status = CALL_FAILED;
	}
	totals_count(&r->totals, status, NULL);
	output_put(r->output, output_reserve(r->output), &line);
	call_free(call);
}

/* Takes the record. */
static void take_record(struct run *r, struct input_record *record)
{
	struct call *call;
	struct intake in;

	totals_read(&r->totals);
	intake_init(&in, record, r->settings, &r->seen);
	call = in.call;
	if (!call)
		reject(r, &in, record);
	/* The call shares strings with both: they go before a worker has it. */
	intake_release(&in);
	input_record_release(record);
	if (call && r->settings->action == ACTION_RUN)
		evaluate(r, call);
	else if (call)
		preview(r, call);
}

static void read_records(struct run *r)
{
	struct error err = ERROR_INIT;
	struct input_record record;
	enum input_result result;

	for (;;) {
		result = input_next(r->input, &record, &err);
		if (result != INPUT_RECORD)
			break;
		take_record(r, &record);
	}
	r->input_unread = result != INPUT_END;
	if (result == INPUT_BROKEN)
		complain(r, &err);
}

/* ---- beginning and end * --------------------------------------------- */

/* The greatest number of names that a stage's lists can hold together. */
static int most_names(const struct prompts *prompts, enum stage stage)
{
	char *const *names = prompts->stages[stage].item_names;
	int n = 0;

	if (!names)
		return LIMIT_ANSWER_LIST;
	while (names[n])
		n++;
	return n;
}

static void set_report_options(struct run *r)
{
	const struct settings *s = r->settings;
	const struct prompts *p = r->model.prompts;

	r->report = (struct report_options){
		.engine = r->model.engine.name,
		.evaluation_version = s->evaluation_version,
		.prompts = p,
		.reproducible = s->reproducible,
		.score_fallbacks = s->score_fallbacks,
		.max_items = most_names(p, STAGE_COMPLIANCE),
		.max_skills = most_names(p, STAGE_COMMUNICATION),
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
	size_t window = (size_t)s->jobs * WINDOW_PER_JOB + WINDOW_MORE;

	r->output = output_start(STDOUT_FILENO, window, !s->unordered,
				 &r->cancel, err);
	return r->output ? 0 : -1;
}

/* Everything before the first record; *err says what was in the way. */
static int start(struct run *r, struct error *err)
{
	bool offline = r->settings->action != ACTION_RUN;

	if (open_input(r, err) < 0 ||
	    model_side_init(&r->model, r->settings, &r->cancel, offline, err) <
		    0) {
		input_free(r->input);
		return -1;
	}
	set_report_options(r);
	if (start_output(r, err) < 0)
		return -1;
	pipeline_init(&r->pipeline, &r->model.engine, &r->model.clock,
		      &r->cancel, call_finished, r);
	if (!offline)
		return workers_start(&r->workers, &r->pipeline,
				     (size_t)r->settings->jobs, err);
	return 0;
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
	};
	struct error err = ERROR_INIT;
	struct replacement file;
	struct buf line;

	if (!r->settings->summary)
		return;
	buf_init(&line, LIMIT_REPORT_BYTES);
	totals_write(&r->totals, &facts, &line);
	if (replacement_begin(&file, r->settings->summary, 0644, &err) == 0) {
		replacement_put(&file, line.data, line.len);
		if (replacement_end(&file, &err) < 0)
			complain(r, &err);
	} else {
		complain(r, &err);
	}
	buf_release(&line);
}

/* Why a run that was stopped ended; a broken pipe needs no words. */
static void tell_stop(struct run *r, bool broken_pipe)
{
	struct error why = ERROR_INIT;

	if (!cancel_why(&r->cancel, &why))
		return;
	if (broken_pipe) {
		raise_status(r, 128 + SIGPIPE);
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
	if (r->status == EXIT_OK || r->status > 128 || t->read == 0)
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
		complain(r, &lost);
	if (r->totals.read == 0 && !r->settings->allow_empty &&
	    r->status == EXIT_OK)
		complain(r, &none);
}

static void finish(struct run *r)
{
	struct error err = ERROR_INIT;
	bool broken_pipe = false;

	pipeline_close(&r->pipeline);
	workers_join(&r->workers);
	pipeline_release(&r->pipeline);
	if (output_finish(r->output, &broken_pipe, &err) < 0 && !broken_pipe &&
	    !cancel_stopped(&r->cancel))
		complain(r, &err);
	tell_stop(r, broken_pipe);
	raise_status(r, r->totals.status);
	check_counts(r);
	err = (struct error)ERROR_INIT;
	if (model_side_release(&r->model, &err) < 0)
		complain(r, &err);
	input_free(r->input);
	seen_release(&r->seen);
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
	if (cancel_init(&r.cancel, &err) < 0 || start(&r, &err) < 0) {
		complain(&r, &err);
		return r.status;
	}
	print_preview_head(&r);
	read_records(&r);
	finish(&r);
	totals_release(&r.totals);
	cancel_release(&r.cancel);
	return r.status;
}

/* The stage whose answers the model describes; STAGE_COUNT for none. */
static enum stage stage_of(const struct model *model)
{
	int s = 0;

	while (s < STAGE_COUNT && stages[s].prompt.reply != model)
		s++;
	return s;
}

/* The model that "NAME" or, for what is sent to a model, "NAME:wire" names. */
static const struct model *find_model(const char *name, bool *wire,
				      struct error *err)
{
	size_t len = strcspn(name, ":");
	char *stem = xstrndup(name, len);
	const struct model *model = model_by_name(stem);

	free(stem);
	*wire = strcmp(name + len, ":wire") == 0;
	if (model && (!name[len] || (*wire && stage_of(model) < STAGE_COUNT)))
		return model;
	error_set(err, ERR_USAGE, NULL,
		  "--print-schema: no schema is named %s; there are request, "
		  "report, error, summary, record, and classification, "
		  "script_deviation, compliance, communication, deep_dive, "
		  "these also as NAME:wire",
		  name);
	return NULL;
}

static int print_schema(const struct settings *settings, struct error *err)
{
	struct schema_context context = { 0 };
	bool wire;
	const struct model *model = find_model(settings->schema_name, &wire,
					       err);
	struct prompts *prompts = NULL;
	json_t *schema;
	struct buf text;

	if (!model)
		return -1;
	prompts = prompts_load(settings->prompts, stage_prompts(), STAGE_COUNT,
			       err);
	if (!prompts)
		return -1;
	if (stage_of(model) < STAGE_COUNT)
		context.item_names = (const char *const *)prompts
					     ->stages[stage_of(model)]
					     .item_names;
	schema = schema_json(model, wire ? SCHEMA_WIRE : SCHEMA_FULL, &context);
	buf_init(&text, LIMIT_REPORT_BYTES);
	json_write(&text, schema, JSON_STYLE_PAGE);
	json_decref(schema);
	prompts_free(prompts);
	puts(text.data);
	buf_release(&text);
	return 0;
}

int run_print_schema(const struct settings *settings)
{
	struct error err = ERROR_INIT;

	json_setup();
	if (print_schema(settings, &err) == 0)
		return EXIT_OK;
	log_say(LOG_ERROR, "%s%s%s", err.where, *err.where ? ": " : "",
		err.text);
	return error_status(err.code);
}
