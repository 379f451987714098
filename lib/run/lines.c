/* From a call that is over, or was refused, to its line. */
#include "base/limits.h"
#include "base/log.h"
#include "data/json.h"
#include "pipeline/repeat.h"
#include "run/preview.h"
#include "run/run_parts.h"

/* The stop itself is told once, not for every record behind it. */
static bool follows_from_stop(enum error_code code)
{
	return code == ERR_STOPPED || code == ERR_BUDGET_REACHED;
}

static void log_finished(const struct call *call,
			 const struct report_facts *facts, int64_t took)
{
	const struct log_subject subject = { call->correlation_id,
					     call_id(call) };

	if (facts->code != ERR_NONE) {
		LOG(follows_from_stop(facts->code) ? LOG_INFO : LOG_WARNING,
		    "evaluation_failed", &subject,
		    LOG_TEXT("code", error_name(facts->code)));
		return;
	}
	/* what has no score is logged without: a number would be one */
	if (facts->score < 0)
		LOG(LOG_INFO, "evaluation_completed", &subject,
		    LOG_INT("processing_time_ms", took),
		    LOG_TEXT("status", call_status_name(facts->status)));
	else
		LOG(LOG_INFO, "evaluation_completed", &subject,
		    LOG_INT("processing_time_ms", took),
		    LOG_INT("overall_score", facts->score),
		    LOG_TEXT("status", call_status_name(facts->status)));
}

/* Was any request sent for the record now? */
static bool was_sent(const struct call *call)
{
	struct call *const *calls = call->repeats ? call->repeats->calls : NULL;
	int k = calls ? call->repeats->k : 1;

	for (int i = 0; i < k; i++) {
		const struct call *one = calls ? calls[i] : call;

		for (int s = 0; s < STAGE_COUNT; s++)
			if (one->results[s].outcome.usage.attempts > 0)
				return true;
	}
	return false;
}

/* A run that cannot work is not paid for to its end. */
static void count_failure(struct run *r, const struct call *call,
			  enum call_status status)
{
	struct error why = ERROR_INIT;

	if (was_sent(call) &&
	    failures_count(&r->failures, status == CALL_OK, &why) < 0)
		cancel_stop(&r->cancel, &why);
}

/* Writes an error record; ids that are beyond all limits stay out of it. */
static void put_rejection(struct run *r, struct rejection *rejection,
			  struct buf *line)
{
	const struct clock *clock = &r->model.clock;

	buf_clear(line);
	rejection_write(line, rejection, &r->report, clock->wall(clock->ctx));
	if (!buf_failed(line))
		return;
	rejection->call_id = rejection->agent_id = NULL;
	rejection->details = NULL;
	buf_clear(line);
	rejection_write(line, rejection, &r->report, clock->wall(clock->ctx));
}

/* A line beyond all limits: an error record in its place. */
static void replace_line(struct run *r, const struct call *call,
			 struct buf *line)
{
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
	put_rejection(r, &rejection, line);
}

/* The record is over: its line goes out. */
static void put_line(struct run *r, const struct call *call)
{
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
	totals_count(&r->totals, facts.status);
	count_failure(r, call, facts.status);
	store_side_put(&r->store, &line);
	output_put(r->output, call->number, &line);
}

void run_call_finished(void *ctx, struct call *call)
{
	struct run *r = ctx;

	totals_spent(&r->totals, call);
	if (!call->repeats) {
		put_line(r, call);
		call_free(call);
	} else if (repeats_finished(call->repeats)) {
		put_line(r, repeats_choose(call->repeats));
		repeats_free(call->repeats);
	}
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

void run_reject(struct run *r, const struct intake *in,
		const struct input_record *record)
{
	struct rejection rejection = intake_rejection(in, record);
	struct buf line;

	log_rejected(in, record);
	totals_count(&r->totals, in->status);
	buf_init(&line, LIMIT_REPORT_BYTES);
	put_rejection(r, &rejection, &line);
	output_put(r->output, output_reserve(r->output), &line);
}

void run_preview(struct run *r, struct call *call)
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
	totals_count(&r->totals, status);
	output_put(r->output, output_reserve(r->output), &line);
	call_free(call);
}
