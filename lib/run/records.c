/* Records in: each becomes a call that is evaluated, or is refused. */
#include "base/log.h"
#include "data/json.h"
#include "pipeline/repeat.h"
#include "run/run_parts.h"

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
	struct repeats *repeats;
	int k = r->settings->repeat;

	store_side_wait(&r->store);
	call->number = output_reserve(r->output);
	call->started = clock->now(clock->ctx);
	log_started(call);
	if (k == 1) {
		pipeline_add(&r->pipeline, call);
		return;
	}
	repeats = repeats_new(call, k);
	for (int i = 0; i < k; i++) /* freed once the last one is over */
		pipeline_add(&r->pipeline, repeats->calls[i]);
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
		run_reject(r, &in, record);
	/* The call shares strings with both: they go before a worker has it. */
	intake_release(&in);
	input_record_release(record);
	if (call && r->settings->action == ACTION_RUN)
		evaluate(r, call);
	else if (call)
		run_preview(r, call);
}

void run_read_records(struct run *r)
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
		run_complain(r, &err);
}
