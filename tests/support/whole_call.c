/* A run of one call after the other. */
#include "support/whole_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "data/json.h"
#include "model/record.h"
#include "pipeline/pipeline.h"
#include "support/records.h"
#include "support/samples.h"

struct whole_call *whole_call_new(void)
{
	static const char *const headers[] = { "Authorization: Bearer KEY",
					       NULL };
	struct whole_call *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	fake_clock_init(&w->clock);
	fake_http_init(&w->far, &w->clock);
	w->prompts = prompts_load(NULL, stage_prompts(), STAGE_COUNT, NULL);
	assert_non_null(w->prompts);
	w->prompts_json = report_prompts(w->prompts);
	assert_int_equal(cancel_init(&w->cancel, NULL), 0);
	w->clock.cancel = &w->cancel;
	buf_init(&w->line, LIMIT_REPORT_BYTES);
	w->options = (struct llm_options){
		.chat = { .model = "acme/grader",
			  .temperature = 0.3,
			  .max_tokens = 2000,
			  .data_policy = "deny",
			  .limit_field = "max_tokens",
			  .send_temperature = true },
		.prompts = w->prompts,
		.http = &w->far.http,
		.clock = &w->clock.clock,
		.url = "https://far.example/v1/chat/completions",
		.headers = headers,
		.policy = retry_default_policy,
		.re_asks = 2,
		.timeout_ms = 60000,
		.throttle = { .jobs = 64, .max_outage_ms = 600000 },
	};
	w->report = (struct report_options){ .engine = "llm",
					     .evaluation_version = "v1",
					     .prompts = w->prompts_json,
					     .max_items = 12,
					     .max_skills = 9 };
	return w;
}

void whole_call_free(struct whole_call *w)
{
	buf_release(&w->line);
	seen_release(&w->seen);
	cancel_release(&w->cancel);
	prompts_free(w->prompts);
	free(w->prompts_json);
	fake_http_release(&w->far);
	fake_clock_release(&w->clock);
	free(w);
}

static void finished(void *ctx, struct call *call)
{
	struct whole_call *w = ctx;
	const struct clock *clock = &w->clock.clock;

	buf_clear(&w->line);
	report_write(&w->line, call, &w->report, clock->now(clock->ctx),
		     clock->wall(clock->ctx), &w->facts);
	call_free(call);
}

/* The call that the request's bytes become. */
static struct call *take_in(struct whole_call *w, const json_t *request)
{
	const struct settings settings = {
		.min_words = 1, .reproducible = w->report.reproducible
	};
	struct input_record record = { .source = "calls.ndjson:1" };
	struct intake in;
	struct call *call;
	struct buf text;

	buf_init(&text, LIMIT_BODY_BYTES);
	json_write(&text, request, JSON_STYLE_LINE);
	record.value = json_read(text.data, text.len, &json_default_limits,
				 NULL);
	intake_init(&in, &record, &settings, &w->seen);
	call = in.call;
	assert_non_null(call);
	intake_release(&in);
	input_record_release(&record);
	buf_release(&text);
	return call;
}

/* Evaluates one request; returns its line, checked against its schema. */
json_t *whole_call_run(struct whole_call *w, const json_t *request)
{
	struct call *call = take_in(w, request);
	struct pipeline pipeline;

	llm_init(&w->llm, &w->options);
	if (w->hold_ms)
		throttle_hold(&w->llm.throttle,
			      w->clock.clock.now(&w->clock) + w->hold_ms);
	w->engine = llm_engine(&w->llm);
	pipeline_init(&pipeline, &w->engine, &w->clock.clock, &w->cancel,
		      finished, w);
	call->started = w->clock.clock.now(&w->clock);
	pipeline_run_inline(&pipeline, call);
	pipeline_release(&pipeline);
	llm_release(&w->llm);
	return record_read(w->line.data, w->line.len,
			   w->facts.code == ERR_NONE ? &report_model
						     : &error_record_model);
}

json_t *whole_call_run_sample(struct whole_call *w)
{
	json_auto_t *request = sample_request();

	return whole_call_run(w, request);
}

json_t *whole_call_answer(const struct whole_call *w, enum stage stage)
{
	return sample_answer(stage, &w->prompts->stages[stage]);
}

void whole_call_reply(struct whole_call *w, enum stage stage)
{
	fake_http_answer_take(&w->far, whole_call_answer(w, stage));
}
