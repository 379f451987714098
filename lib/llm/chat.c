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
static void put_parameters(struct buf *b, const struct chat_options *options,
			   double temperature, long max_tokens)
{
	if (options->send_temperature) {
		buf_puts(b, "\"temperature\":");
		put_real(b, temperature);
		buf_putc(b, ',');
	}
	buf_printf(b, "\"%s\":%ld", options->limit_field, max_tokens);
}

/* `"model":ID`, with the models to try where that one fails. */
static void put_models(struct buf *b, const struct chat_options *options,
		       const char *model)
{
	const char *const *id = options->fallbacks;

	buf_puts(b, "\"model\":");
	buf_json_string(b, model, strlen(model));
	if (!id || !*id)
		return;
	buf_puts(b, ",\"models\":[");
	for (; *id; id++) {
		buf_json_string(b, *id, strlen(*id));
		buf_puts(b, id[1] ? "," : "]");
	}
}

static void put_head(struct buf *b, const struct chat_options *options,
		     const char *model)
{
	buf_putc(b, '{');
	put_models(b, options, model);
	buf_puts(b, ",\"messages\":[");
}

static char *make_head(const struct chat_options *options, const char *model)
{
	struct buf b;

	buf_init(&b, LIMIT_BODY_BYTES);
	put_head(&b, options, model);
	return buf_take(&b);
}

enum chat_cache chat_cache_of(const struct chat_options *options,
			      const char *model)
{
	static const char anthropic[] = "anthropic/";

	if (options->cache != CHAT_CACHE_AUTO)
		return options->cache;
	return options->openrouter && !options->json_schema &&
			       strncmp(model, anthropic, strlen(anthropic)) == 0
		       ? CHAT_CACHE_5M
		       : CHAT_CACHE_NONE;
}

/* What ends the shared part of a message's content; NULL: nothing does. */
static const char *cache_mark(const struct chat_options *options,
			      const char *model)
{
	switch (chat_cache_of(options, model)) {
	case CHAT_CACHE_5M:
		return "\",\"cache_control\":{\"type\":\"ephemeral\"}}";
	case CHAT_CACHE_1H:
		return "\",\"cache_control\":{\"type\":\"ephemeral\","
		       "\"ttl\":\"1h\"}}";
	default:
		return NULL;
	}
}

static void hash_parameters(struct chat_stage *s, const struct chat *chat,
			    const char *model)
{
	struct buf b;

	buf_init(&b, LIMIT_BODY_BYTES);
	put_models(&b, &chat->options, model);
	buf_printf(&b, "\n%s\n",
		   chat->options.json_schema ? "json_schema" : "json_object");
	put_parameters(&b, &chat->options, s->temperature, s->max_tokens);
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
		const char *model = prompt->model ? prompt->model
						  : options->model;

		s->head = make_head(options, model);
		s->own_model = strcmp(model, options->model) != 0;
		s->mark = cache_mark(options, model);
		s->temperature = prompt->has_temperature ? prompt->temperature
							 : options->temperature;
		s->max_tokens = prompt->max_tokens ? prompt->max_tokens
						   : options->max_tokens;
		make_format(s, chat, i, prompt);
		hash_parameters(s, chat, model);
		hash_prompt(s, prompts, prompt);
	}
}

void chat_release(struct chat *chat)
{
	for (int i = 0; i < STAGE_COUNT; i++) {
		free(chat->stages[i].head);
		free(chat->stages[i].tail);
		free(chat->stages[i].format);
	}
}

/* ---- messages -------------------------------------------------------- */

/* Offsets in a buffer; SIZE_MAX: there is none. */
struct seams {
	size_t first_closing; /* quote that ends what was open before */
	size_t last_opening;  /* quote that begins what is open now */
};

/*
 * Appends messages; the last one stays open, so that more text of its role
 * can follow.  A message of the open one's role is joined to it by a blank
 * line: some chat templates insist on alternating roles.
 */
static const char *put_messages(struct buf *b, const struct messages *m,
				const char *open_role, struct seams *seams)
{
	*seams = (struct seams){ SIZE_MAX, SIZE_MAX };
	for (size_t i = 0; i < m->count; i++) {
		const struct message *message = &m->list[i];

		if (open_role && strcmp(open_role, message->role) == 0) {
			buf_puts(b, "\\n\\n");
		} else {
			if (open_role && seams->first_closing == SIZE_MAX)
				seams->first_closing = b->len;
			buf_printf(b, "%s{\"role\":\"%s\",\"content\":",
				   open_role ? "\"}," : "", message->role);
			seams->last_opening = b->len;
			buf_putc(b, '"');
		}
		buf_escape(b, message->text.data ? message->text.data : "",
			   message->text.len, ESCAPE_JSON);
		/* half a message must not pass for a whole one */
		if (buf_failed(&message->text))
			b->failed = true;
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

/* The transcript's own, but not to be told from it by who reads it. */
static void make_session(const char *marker, char session[SHA256_HEX_SIZE])
{
	static const char what[] = "callqa-session";
	struct sha256 h;

	sha256_init(&h);
	sha256_put_part(&h, what, strlen(what));
	sha256_put_part(&h, marker, strlen(marker));
	sha256_end_hex(&h, session);
}

void chat_prefix_init(struct chat_prefix *prefix, const struct chat *chat,
		      const struct call *call)
{
	struct messages messages;
	struct seams seams;
	struct text texts[3];
	char *client;

	fence_marker(texts, request_texts(call, &client, texts),
		     prefix->marker);
	free(client);
	messages_init(&messages);
	prompts_render_context(chat->prompts, call_transcript(call),
			       prefix->marker, &messages);
	buf_init(&prefix->body, LIMIT_BODY_BYTES);
	put_head(&prefix->body, &chat->options, chat->options.model);
	prefix->head_len = prefix->body.len;
	prefix->open_role = put_messages(&prefix->body, &messages, NULL,
					 &seams);
	prefix->opening = seams.last_opening;
	make_session(prefix->marker, prefix->session);
	messages_release(&messages);
	prefix->failed = buf_failed(&prefix->body);
	sha256_init(&prefix->hash);
	sha256_put(&prefix->hash, prefix->body.data, prefix->body.len);
}

void chat_prefix_release(struct chat_prefix *prefix)
{
	buf_release(&prefix->body);
	sha256_release(&prefix->hash);
}

/* ---- the end of a body ----------------------------------------------- */

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

static void put_openrouter(struct buf *b, const struct chat_options *options,
			   const char *session)
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
	/* Whoever answered this call's last request may still have its text. */
	buf_printf(b, ",\"session_id\":\"%s\"", session);
}

/* ---- the pieces on the wire ------------------------------------------- */

static void add_part(struct chat_body *body, const char *data, size_t len)
{
	if (len > 0)
		body->parts[body->part_count++] = (struct text){ data, len };
}

static void add_string(struct chat_body *body, const char *s)
{
	add_part(body, s, strlen(s));
}

/* Beginning and end as they were written: contents are strings. */
static void add_plain(struct chat_body *body, const struct chat_prefix *prefix)
{
	add_part(body, prefix->body.data + prefix->head_len,
		 prefix->body.len - prefix->head_len);
	add_part(body, body->end.data, body->end.len);
}

/*
 * The same with the open content as a list of parts, the first of them marked
 * and ending with the beginning.  closing: of end's bytes, the quote that ends
 * that content; 0: the stage adds nothing to it.
 */
static void add_marked(struct chat_body *body, const struct chat_prefix *prefix,
		       const char *mark, size_t closing)
{
	const char *begin = prefix->body.data, *end = body->end.data;

	add_part(body, begin + prefix->head_len,
		 prefix->opening - prefix->head_len);
	add_string(body, "[{\"type\":\"text\",\"text\":");
	add_part(body, begin + prefix->opening,
		 prefix->body.len - prefix->opening);
	add_string(body, mark);
	if (closing > 0) {
		add_string(body, ",{\"type\":\"text\",\"text\":\"");
		add_part(body, end, closing);
		add_string(body, "\"}]");
	} else {
		add_string(body, "]");
	}
	add_part(body, end + closing + 1, body->end.len - closing - 1);
}

static void add_parts(struct chat_body *body, const struct chat_stage *s,
		      const struct chat_prefix *prefix, size_t closing)
{
	body->part_count = 0;
	if (body->failed)
		return;
	add_string(body, s->head);
	if (s->mark && prefix->open_role)
		add_marked(body, prefix, s->mark, closing);
	else
		add_plain(body, prefix);
}

void chat_body_init(struct chat_body *body, const struct chat *chat,
		    const struct chat_prefix *prefix, enum stage stage,
		    const struct text *values,
		    const struct chat_correction *correction, long max_tokens)
{
	const struct chat_stage *s = &chat->stages[stage];
	struct messages messages;
	struct buf *b = &body->end;
	struct seams seams;

	messages_init(&messages);
	prompts_render_stage(chat->prompts, stage, values, &messages);
	buf_init(b, LIMIT_BODY_BYTES);
	put_messages(b, &messages, prefix->open_role, &seams);
	messages_release(&messages);
	buf_puts(b, s->tail);
	if (seams.first_closing == SIZE_MAX)
		seams.first_closing = b->len;
	if (correction)
		put_correction(b, correction);
	buf_puts(b, "\"}]");
	body->messages_end = b->len;
	buf_putc(b, ',');
	put_parameters(b, &chat->options, s->temperature,
		       max_tokens ? max_tokens : s->max_tokens);
	buf_putc(b, ',');
	buf_puts(b, s->format);
	if (chat->options.openrouter)
		put_openrouter(b, &chat->options, prefix->session);
	buf_putc(b, '}');
	body->failed = prefix->failed || buf_failed(b);
	add_parts(body, s, prefix, seams.first_closing);
}

void chat_body_release(struct chat_body *body)
{
	buf_release(&body->end);
}

size_t chat_body_size(const struct chat_body *body)
{
	size_t size = 0;

	for (size_t i = 0; i < body->part_count; i++)
		size += body->parts[i].len;
	return size;
}

void chat_key(const struct chat *chat, const struct chat_prefix *prefix,
	      const struct chat_body *first, enum stage stage, int repeat,
	      char key[SHA256_HEX_SIZE])
{
	const struct chat_stage *s = &chat->stages[stage];
	struct sha256 h;
	char index[16];

	snprintf(index, sizeof(index), "%d", repeat);
	if (s->own_model) {
		sha256_init(&h);
		sha256_put(&h, s->head, strlen(s->head));
		sha256_put(&h, prefix->body.data + prefix->head_len,
			   prefix->body.len - prefix->head_len);
	} else {
		sha256_copy(&h, &prefix->hash);
	}
	sha256_put(&h, first->end.data, first->messages_end);
	sha256_put_part(&h, KEY_FORMAT, strlen(KEY_FORMAT));
	sha256_put_part(&h, s->parameters_sha256, SHA256_HEX_SIZE);
	sha256_put_part(&h, s->format, strlen(s->format));
	sha256_put_part(&h, index, strlen(index));
	sha256_end_hex(&h, key);
}
