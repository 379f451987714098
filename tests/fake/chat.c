/* POST .../chat/completions, as OpenRouter answers it. */
#include "chat.h"

#include "prompt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What a token weighs and costs here: bytes, and dollars per token. */
#define TOKEN_BYTES      4
#define PROMPT_PRICE     2.5e-6
#define COMPLETION_PRICE 10e-6

void chat_identify(struct exchange *exchange)
{
	const struct text *text = &exchange->request.body;
	json_t *body = json_loadb(text->data, text->length,
				  JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES,
				  NULL);
	const char *stage;

	exchange->body = body;
	if (!prompt_is_valid(body))
		return;
	stage = prompt_stage_peek(body);
	exchange->stage = copy_bytes(stage, strlen(stage));
	exchange->call = prompt_call(body, exchange->fake->calls);
}

/* A number that depends on call, stage and attempt alone. */
static uint64_t draw(const struct exchange *exchange)
{
	uint64_t hash = hash_mix(exchange->fake->seed);

	hash = hash_string(hash, exchange->call);
	hash = hash_string(hash, exchange->stage);
	return hash_mix(hash + exchange->attempt);
}

/* What the model says, as the rule (may be NULL) has it: new string. */
static json_t *content_new(const struct exchange *exchange)
{
	const struct fake *fake = exchange->fake;
	const struct rule *rule = exchange->rule;
	const char *given = answers_find(fake->answers, exchange->call,
					 exchange->stage);
	json_t *schema;
	json_t *content;
	char *made;

	if (rule && rule->content)
		return json_copy((json_t *)rule->content);
	if (rule && rule->refusal && !rule->answer)
		return json_null();
	if (rule && rule->answer) {
		made = json_dumps(rule->answer, JSON_COMPACT);
	} else if (given) {
		made = copy_bytes(given, strlen(given));
	} else {
		schema = prompt_schema(exchange->body);
		made = answer_make(schema, exchange->call, exchange->stage,
				   fake->seed);
		json_decref(schema);
	}
	content = json_string(made);
	free(made);
	return content;
}

/* Puts the content into a code fence. */
static json_t *fenced_take(json_t *content)
{
	struct text fenced = { 0 };
	json_t *string;

	if (!json_is_string(content))
		return content;
	text_addf(&fenced, "```json\n");
	text_add(&fenced, json_string_value(content),
		 json_string_length(content));
	text_addf(&fenced, "\n```");
	string = json_stringn(fenced.data, fenced.length);
	text_release(&fenced);
	json_decref(content);
	return string;
}

/* The only choice, around the content.  Rules are shared: theirs is copied. */
static json_t *choice_take(const struct rule *rule, json_t *content)
{
	const json_t *reason = rule ? rule->finish_reason : NULL;
	const json_t *refusal = rule ? rule->refusal : NULL;
	json_t *choice = json_pack("{sissss}", "index", 0, "finish_reason",
				   "stop", "native_finish_reason", "stop");
	json_t *message = json_pack("{sssoso?}", "role", "assistant", "content",
				    content, "refusal",
				    json_deep_copy(refusal));

	if (reason) {
		json_object_set_new(choice, "finish_reason",
				    json_deep_copy(reason));
		json_object_set_new(choice, "native_finish_reason",
				    json_deep_copy(reason));
	}
	json_object_set_new(choice, "message", message);
	return choice;
}

static json_t *usage_new(const struct exchange *exchange, const json_t *content)
{
	json_int_t prompt = (json_int_t)(exchange->request.body.length /
					 TOKEN_BYTES);
	json_int_t completion = (json_int_t)(json_string_length(content) /
					     TOKEN_BYTES) +
				1;
	double cost = (double)prompt * PROMPT_PRICE +
		      (double)completion * COMPLETION_PRICE;

	if (exchange->rule && exchange->rule->usage)
		return json_deep_copy(exchange->rule->usage);
	return json_pack("{sIsIsIsfs{si}s{si}}", "prompt_tokens", prompt,
			 "completion_tokens", completion, "total_tokens",
			 prompt + completion, "cost", cost,
			 "prompt_tokens_details", "cached_tokens", 0,
			 "completion_tokens_details", "reasoning_tokens", 0);
}

/* The model that the reply names. */
static const char *model_peek(const struct exchange *exchange)
{
	const char *asked = json_string_value(
		json_object_get(exchange->body, "model"));

	if (exchange->fake->model_name)
		return exchange->fake->model_name;
	return asked ? asked : "fake/model";
}

void chat_respond(struct exchange *exchange)
{
	const struct rule *rule = exchange->rule;
	struct reply *reply = &exchange->reply;
	json_t *content;
	json_t *usage;
	char id[32];

	if (!exchange->stage) {
		reply_error(reply, 400,
			    json_is_object(exchange->body)
				    ? "Input required: specify \"messages\""
				    : "The body is no JSON object");
		return;
	}
	content = content_new(exchange);
	if (rule && rule->fence)
		content = fenced_take(content);
	usage = usage_new(exchange, content);
	snprintf(id, sizeof(id), "gen-%016" PRIx64, draw(exchange));
	reply->headers = json_pack("{ss}", "X-Generation-Id", id);
	reply->document = json_pack("{sssssIsss[o]so}", "id", id, "object",
				    "chat.completion", "created",
				    (json_int_t)time(NULL), "model",
				    model_peek(exchange), "choices",
				    choice_take(rule, content), "usage", usage);
	reply->delay_ms = exchange->fake->latency_ms;
	if (exchange->fake->jitter_ms > 0)
		reply->delay_ms += (long)(hash_mix(draw(exchange)) %
					  (uint64_t)(exchange->fake->jitter_ms +
						     1));
}
