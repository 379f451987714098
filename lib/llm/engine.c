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
	memory_init(&llm->memory, options->recording, options->state);
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
	memory_release(&llm->memory);
	budget_release(&llm->budget);
	throttle_release(&llm->throttle);
	chat_release(&llm->chat);
}

void llm_stop(struct llm *llm)
{
	throttle_stop(&llm->throttle);
	budget_stop(&llm->budget);
}

/* What the stages of a call share. */
struct shared {
	struct chat_prefix prefix;
	uint64_t due[STAGE_COUNT]; /* when each stage's answer is durable */
};

static void begin(void *ctx, struct call *call)
{
	struct shared *shared = xcalloc(1, sizeof(*shared));
	const struct llm *llm = ctx;

	chat_prefix_init(&shared->prefix, &llm->chat, call);
	call->engine_data = shared;
}

/*
 * What the line will tell is durable first.  Waited for once, at the end of
 * the call: between its stages a worker has better to do.
 */
static void end(void *ctx, struct call *call)
{
	struct shared *shared = call->engine_data;
	const struct llm *llm = ctx;

	for (int s = 0; llm->memory.state && s < STAGE_COUNT; s++)
		state_wait(llm->memory.state, shared->due[s]);
	chat_prefix_release(&shared->prefix);
	free(shared);
	call->engine_data = NULL;
}

/*
 * Recordings are files that people edit, and states can be old: what is found
 * is believed as far as it fits.
 */
static void check_found(const struct llm *llm, enum stage stage,
			struct outcome *outcome)
{
	const struct schema_context context = {
		.item_names = (const char *const *)llm->chat.prompts
				      ->stages[stage]
				      .item_names,
	};
	json_t *found = outcome->answer;
	struct faults faults;

	faults_init(&faults);
	outcome->answer = schema_convert(stages[stage].prompt.reply, found,
					 &context, &faults);
	if (!outcome->answer) {
		const json_t *fault = json_array_get(faults.list, 0);

		error_set(&outcome->error, ERR_UPSTREAM_SCHEMA, NULL,
			  "the recorded answer does not fit: %s: %s",
			  json_string_peek(fault, "path"),
			  json_string_peek(fault, "message"));
	}
	json_decref(found);
	faults_release(&faults);
}

/*
 * Finds an answer that fits; *place: where.  False: it is to be asked for.
 * Where the recording's does not fit, the state may still have one.
 */
static bool recall(struct llm *llm, const struct question_id *id,
		   struct outcome *outcome, enum memory_place *place,
		   uint64_t *due)
{
	enum memory_place rejected;

	do {
		*place = memory_find(&llm->memory, id, outcome, due);
		if (*place != FOUND_NOWHERE)
			check_found(llm, id->stage, outcome);
		else if (llm->replay)
			recording_explain(llm->memory.recording, id,
					  &outcome->error);
		if (outcome->answer || llm->replay || error_is(&outcome->stop))
			return true;
		rejected = *place;
		memory_reject(&llm->memory, id, rejected);
		*place = FOUND_NOWHERE;
		*outcome = (struct outcome){ .answer = NULL };
	} while (rejected == FOUND_RECORDING);
	return false;
}

/* Remembered, or asked and remembered. */
static void find_or_ask(struct llm *llm, struct call *call, enum stage stage,
			const struct text *values, struct chat_body *body,
			struct outcome *outcome)
{
	struct shared *shared = call->engine_data;
	const struct chat_prefix *prefix = &shared->prefix;
	struct question_id id = { .call_id = call_id(call),
				  .stage = stage,
				  .repeat = call->repeat,
				  .hashes = &llm->chat.stages[stage] };
	char key[SHA256_HEX_SIZE];
	enum memory_place place;
	uint64_t due = 0;

	chat_key(&llm->chat, prefix, body, stage, id.repeat, key);
	id.key = key;
	memory_enter(&llm->memory, &id);
	if (!recall(llm, &id, outcome, &place, &due))
		ask(&llm->asker, call, stage, prefix, values, body, outcome);
	if (outcome->answer && !llm->replay) {
		uint64_t kept = memory_keep(&llm->memory, &id, outcome, place);

		due = kept ? kept : due;
	}
	memory_leave(&llm->memory, &id);
	shared->due[stage] = due;
}

static void evaluate(void *ctx, struct call *call, enum stage stage,
		     struct outcome *outcome)
{
	const struct chat_prefix *prefix =
		&((const struct shared *)call->engine_data)->prefix;
	struct llm *llm = ctx;
	struct chat_body body;
	struct variables v;

	variables_fill(&v, call, stage, prefix->marker);
	chat_body_init(&body, &llm->chat, prefix, stage, v.values, NULL, 0);
	if (v.failed || body.failed)
		error_set(&outcome->error, ERR_TOO_LARGE, NULL,
			  "the request would be larger than %zu bytes",
			  LIMIT_BODY_BYTES);
	else if (memory_exists(&llm->memory))
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
	const struct chat_prefix *prefix =
		&((const struct shared *)call->engine_data)->prefix;
	struct chat_body body;
	struct variables v;

	variables_fill(&v, call, stage, prefix->marker);
	chat_body_init(&body, &llm->chat, prefix, stage, v.values, NULL, 0);
	for (size_t i = 0; i < body.part_count; i++)
		buf_put(out, body.parts[i].data, body.parts[i].len);
	out->failed = out->failed || body.failed;
	chat_body_release(&body);
	variables_release(&v);
}
