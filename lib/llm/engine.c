/* The engine that asks a language model, or a recording of one. */
#include "llm/engine.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"

void llm_init(struct llm *llm, const struct llm_options *options)
{
	chat_init(&llm->chat, &options->chat, options->prompts);
	throttle_init(&llm->throttle, &options->throttle);
	budget_init(&llm->budget, &options->budget);
	atomic_init(&llm->any_good, false);
	atomic_init(&llm->told_down, false);
	llm->recording = options->recording;
	llm->replay = options->replay;
	llm->asker = (struct asker){
		.chat = &llm->chat,
		.http = options->http,
		.clock = options->clock,
		.throttle = &llm->throttle,
		.budget = &llm->budget,
		.url = options->url,
		.headers = options->headers,
		.key = options->key,
		.policy = options->policy,
		.re_asks = options->re_asks,
		.timeout_ms = options->timeout_ms,
		.any_good = &llm->any_good,
		.told_down = &llm->told_down,
	};
}

void llm_release(struct llm *llm)
{
	budget_release(&llm->budget);
	throttle_release(&llm->throttle);
	chat_release(&llm->chat);
}

void llm_stop(struct llm *llm)
{
	throttle_stop(&llm->throttle);
	budget_stop(&llm->budget);
}

static void begin(void *ctx, struct call *call)
{
	struct chat_prefix *prefix = xmalloc(sizeof(*prefix));
	const struct llm *llm = ctx;

	chat_prefix_init(prefix, &llm->chat, call);
	call->engine_data = prefix;
}

static void end(void *ctx, struct call *call)
{
	(void)ctx;
	chat_prefix_release(call->engine_data);
	free(call->engine_data);
	call->engine_data = NULL;
}

/* A recording is a file that people edit: it is believed as far as it fits. */
static void check_recorded(const struct llm *llm, enum stage stage,
			   struct outcome *outcome)
{
	const struct schema_context context = {
		.item_names = (const char *const *)llm->chat.prompts
				      ->stages[stage]
				      .item_names,
	};
	json_t *recorded = outcome->answer;
	struct faults faults;

	faults_init(&faults);
	outcome->answer = schema_convert(stages[stage].prompt.reply, recorded,
					 &context, &faults);
	if (!outcome->answer) {
		const json_t *fault = json_array_get(faults.list, 0);

		error_set(&outcome->error, ERR_UPSTREAM_SCHEMA, NULL,
			  "the recorded answer does not fit: %s: %s",
			  json_string_peek(fault, "path"),
			  json_string_peek(fault, "message"));
	}
	json_decref(recorded);
	faults_release(&faults);
}

/* Remembered, or asked and remembered. */
static void find_or_ask(struct llm *llm, struct call *call, enum stage stage,
			const struct text *values, struct chat_body *body,
			struct outcome *outcome)
{
	const struct chat_prefix *prefix = call->engine_data;
	struct question_id id = { .call_id = call_id(call),
				  .stage = stage,
				  .repeat = call->repeat,
				  .hashes = &llm->chat.stages[stage] };
	char key[SHA256_HEX_SIZE];

	chat_key(&llm->chat, prefix, body, stage, id.repeat, key);
	id.key = key;
	if (recording_claim(llm->recording, &id, outcome) == CLAIM_FOUND) {
		check_recorded(llm, stage, outcome);
		if (outcome->answer || llm->replay)
			return;
		recording_reject(llm->recording, &id);
		*outcome = (struct outcome){ .answer = NULL };
	} else if (llm->replay) {
		recording_explain(llm->recording, &id, &outcome->error);
		return;
	}
	ask(&llm->asker, call, stage, prefix, values, body, outcome);
	if (outcome->answer)
		recording_add(llm->recording, &id, outcome);
	else
		recording_give_up(llm->recording, &id);
}

static void evaluate(void *ctx, struct call *call, enum stage stage,
		     struct outcome *outcome)
{
	const struct chat_prefix *prefix = call->engine_data;
	struct llm *llm = ctx;
	struct chat_body body;
	struct variables v;

	variables_fill(&v, call, stage, prefix->marker);
	chat_body_init(&body, &llm->chat, prefix, stage, v.values, NULL, 0);
	if (v.failed || body.failed)
		error_set(&outcome->error, ERR_TOO_LARGE, NULL,
			  "the request would be larger than %zu bytes",
			  LIMIT_BODY_BYTES);
	else if (llm->recording)
		find_or_ask(llm, call, stage, v.values, &body, outcome);
	else
		ask(&llm->asker, call, stage, prefix, v.values, &body, outcome);
	chat_body_release(&body);
	variables_release(&v);
}

struct engine llm_engine(struct llm *llm)
{
	return (struct engine){ .name = "llm",
				.begin = begin,
				.end = end,
				.evaluate = evaluate,
				.ctx = llm };
}

void llm_print(const struct llm *llm, const struct call *call, enum stage stage,
	       struct buf *out)
{
	const struct chat_prefix *prefix = call->engine_data;
	struct chat_body body;
	struct variables v;

	variables_fill(&v, call, stage, prefix->marker);
	chat_body_init(&body, &llm->chat, prefix, stage, v.values, NULL, 0);
	buf_put(out, body.parts[0].data, body.parts[0].len);
	buf_put(out, body.parts[1].data, body.parts[1].len);
	chat_body_release(&body);
	variables_release(&v);
}
