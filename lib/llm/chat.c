/* Bodies of chat completion requests, with a shared beginning. */
#include "llm/chat.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "data/json.h"

/* Raised whenever the bytes that chat_key() hashes change their meaning. */
#define KEY_FORMAT "callqa-key-1"

/* The schema's short form leaves out what this says: see SCHEMA_PROMPT. */
#define SCHEMA_SENTENCE \
	"\n\nJSON schema of the answer (all its properties, no others):\n"

static void put_escaped(struct buf *b, const char *s)
{
	buf_escape(b, s, strlen(s), ESCAPE_JSON);
}

/* ---- what no call changes -------------------------------------------- */

static char *schema_text(enum stage stage, enum schema_form form,
			 const struct prompt *prompt)
{
	const struct schema_context context = {
		.wire = form == SCHEMA_WIRE,
		.item_names = (const char *const *)prompt->item_names,
	};
	json_auto_t *schema = schema_json(stages[stage].prompt.reply, form,
					  &context);
	struct buf b;

	buf_init(&b, LIMIT_BODY_BYTES);
	json_write(&b, schema, JSON_STYLE_LINE);
	return buf_take(&b);
}

static void make_format(struct chat_stage *s, const struct chat *chat,
			enum stage stage, const struct prompt *prompt)
{
	bool strict = chat->options.json_schema;
	char *schema = schema_text(stage, strict ? SCHEMA_WIRE : SCHEMA_PROMPT,
				   prompt);
	struct buf tail, format;

	buf_init(&tail, LIMIT_BODY_BYTES);
	buf_init(&format, LIMIT_BODY_BYTES);
	if (strict) {
		buf_printf(&format,
			   "\"response_format\":{\"type\":\"json_schema\","
			   "\"json_schema\":{\"name\":\"%s\",\"strict\":true,"
			   "\"schema\":%s}}",
			   stages[stage].name, schema);
	} else {
		put_escaped(&tail, SCHEMA_SENTENCE);
		put_escaped(&tail, schema);
		buf_puts(&format,
			 "\"response_format\":{\"type\":\"json_object\"}");
	}
	s->tail = buf_take(&tail);
	s->format = buf_take(&format);
	sha256_hex(schema, strlen(schema), s->schema_sha256);
	free(schema);
}

static void put_real(struct buf *b, double value)
{
	json_auto_t *real = json_real(value);

	json_write(b, real, JSON_STYLE_LINE);
}

/* The sampling parameters; with the model they are the parameters' hash. */
static void put_parameters(struct buf *b, double temperature, long max_tokens)
{
	buf_puts(b, "\"temperature\":");
	put_real(b, temperature);
	buf_printf(b, ",\"max_tokens\":%ld", max_tokens);
}

static void hash_parameters(struct chat_stage *s, const struct chat *chat)
{
	struct buf b;

	buf_init(&b, LIMIT_BODY_BYTES);
	buf_printf(&b, "%s\n%s\n", chat->options.model,
		   chat->options.json_schema ? "json_schema" : "json_object");
	put_parameters(&b, s->temperature, s->max_tokens);
	sha256_hex(b.data, b.len, s->parameters_sha256);
	buf_release(&b);
}

static void hash_prompt(struct chat_stage *s, const struct prompts *prompts,
			const struct prompt *prompt)
{
	struct sha256 h;

	sha256_init(&h);
	if (prompts->context)
		sha256_put(&h, prompts->context->sha256, SHA256_HEX_SIZE);
	sha256_put(&h, prompt->sha256, SHA256_HEX_SIZE);
	sha256_end_hex(&h, s->prompt_sha256);
}

void chat_init(struct chat *chat, const struct chat_options *options,
	       const struct prompts *prompts)
{
	chat->options = *options;
	chat->prompts = prompts;
	for (int i = 0; i < STAGE_COUNT; i++) {
		const struct prompt *prompt = &prompts->stages[i];
		struct chat_stage *s = &chat->stages[i];

		s->temperature = prompt->has_temperature ? prompt->temperature
							 : options->temperature;
		s->max_tokens = prompt->max_tokens ? prompt->max_tokens
						   : options->max_tokens;
		make_format(s, chat, i, prompt);
		hash_parameters(s, chat);
		hash_prompt(s, prompts, prompt);
	}
}

void chat_release(struct chat *chat)
{
	for (int i = 0; i < STAGE_COUNT; i++) {
		free(chat->stages[i].tail);
		free(chat->stages[i].format);
	}
}

/* ---- messages * ------------------------------------------------------ */

/*
 * Appends messages; the last one stays open, so that more text of its role
 * can follow.  A message of the open one's role is joined to it by a blank
 * line: some chat templates insist on alternating roles.
 */
static const char *put_messages(struct buf *b, const struct messages *m,
				const char *open_role)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct message *message = &m->list[i];

		if (open_role && strcmp(open_role, message->role) == 0) {
			buf_puts(b, "\\n\\n");
		} else {
			buf_printf(b, "%s{\"role\":\"%s\",\"content\":\"",
				   open_role ? "\"}," : "", message->role);
		}
		buf_escape(b, message->text.data ? message->text.data : "",
			   message->text.len, ESCAPE_JSON);
		open_role = message->role;
	}
	return open_role;
}

/* Everything of the request that the fence's marker must not occur in. */
static size_t request_texts(const struct call *call, char **client,
			    struct text texts[3])
{
	struct buf b;

	buf_init(&b, LIMIT_BODY_BYTES);
	json_write(&b, json_object_get(call->request, "client_data"),
		   JSON_STYLE_LINE);
	texts[0] = call_transcript(call);
	texts[1] = call_script(call);
	texts[2] = (struct text){ b.data, b.len };
	*client = buf_take(&b);
	texts[2].data = *client;
	return 3;
}

void chat_prefix_init(struct chat_prefix *prefix, const struct chat *chat,
		      const struct call *call)
{
	struct messages messages;
	struct text texts[3];
	char *client;

	fence_marker(texts, request_texts(call, &client, texts),
		     prefix->marker);
	free(client);
	messages_init(&messages);
	prompts_render_context(chat->prompts, call_transcript(call),
			       prefix->marker, &messages);
	buf_init(&prefix->body, LIMIT_BODY_BYTES);
	buf_puts(&prefix->body, "{\"model\":");
	buf_json_string(&prefix->body, chat->options.model,
			strlen(chat->options.model));
	buf_puts(&prefix->body, ",\"messages\":[");
	prefix->open_role = put_messages(&prefix->body, &messages, NULL);
	messages_release(&messages);
	sha256_init(&prefix->hash);
	sha256_put(&prefix->hash, prefix->body.data, prefix->body.len);
}

void chat_prefix_release(struct chat_prefix *prefix)
{
	buf_release(&prefix->body);
	sha256_release(&prefix->hash);
}

/* ---- the end of a body * --------------------------------------------- */

static void put_correction(struct buf *b, const struct chat_correction *c)
{
	buf_puts(b, "\"},{\"role\":\"assistant\",\"content\":\"");
	buf_escape(b, c->answer.data, c->answer.len, ESCAPE_JSON);
	buf_puts(b, "\"},{\"role\":\"user\",\"content\":\"");
	put_escaped(b, "Your answer does not fit its JSON schema:\n");
	buf_escape(b, c->faults.data, c->faults.len, ESCAPE_JSON);
	put_escaped(b, "Give the whole answer again, corrected: one JSON "
		       "object and nothing else.");
}

static void put_openrouter(struct buf *b, const struct chat_options *options)
{
	const char *policy = options->data_policy;

	if (strcmp(policy, "deny") == 0)
		buf_puts(b, ",\"provider\":{\"data_collection\":\"deny\"}");
	else if (strcmp(policy, "zdr") == 0)
		buf_puts(b, ",\"provider\":{\"data_collection\":\"deny\","
			    "\"zdr\":true}");
	/* Else endpoints with a small context silently drop the middle. */
	buf_puts(b, ",\"plugins\":[{\"id\":\"context-compression\","
		    "\"enabled\":false}]");
}

void chat_body_init(struct chat_body *body, const struct chat *chat,
		    const struct chat_prefix *prefix, enum stage stage,
		    const struct text *values,
		    const struct chat_correction *correction, long max_tokens)
{
	const struct chat_stage *s = &chat->stages[stage];
	struct messages messages;
	struct buf *b = &body->end;

	messages_init(&messages);
	prompts_render_stage(chat->prompts, stage, values, &messages);
	buf_init(b, LIMIT_BODY_BYTES);
	put_messages(b, &messages, prefix->open_role);
	messages_release(&messages);
	buf_puts(b, s->tail);
	if (correction)
		put_correction(b, correction);
	buf_puts(b, "\"}]");
	body->messages_end = b->len;
	buf_putc(b, ',');
	put_parameters(b, s->temperature,
		       max_tokens ? max_tokens : s->max_tokens);
	buf_putc(b, ',');
	buf_puts(b, s->format);
	if (chat->options.openrouter)
		put_openrouter(b, &chat->options);
	buf_putc(b, '}');
	body->parts[0] = (struct text){ prefix->body.data, prefix->body.len };
	body->parts[1] = (struct text){ b->data, b->len };
}

void chat_body_release(struct chat_body *body)
{
	buf_release(&body->end);
}

void chat_key(const struct chat *chat, const struct chat_prefix *prefix,
	      const struct chat_body *first, enum stage stage, int repeat,
	      char key[SHA256_HEX_SIZE])
{
	const struct chat_stage *s = &chat->stages[stage];
	struct sha256 h;
	char index[16];

	snprintf(index, sizeof(index), "%d", repeat);
	sha256_copy(&h, &prefix->hash);
	sha256_put(&h, first->end.data, first->messages_end);
	sha256_put_part(&h, KEY_FORMAT, strlen(KEY_FORMAT));
	sha256_put_part(&h, s->parameters_sha256, SHA256_HEX_SIZE);
	sha256_put_part(&h, s->format, strlen(s->format));
	sha256_put_part(&h, index, strlen(index));
	sha256_end_hex(&h, key);
}
