/* Reads a chat request as a model would: stage, schema and texts. */
#include "prompt.h"

#include "calls.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of a message's end is searched for words that tell the stage. */
#define TAIL_MAX (16UL << 10)

/* A property of each stage's schema that no earlier row's schema has. */
static const struct {
	const char *word;
	const char *stage;
} words[] = {
	{ "root_cause", "deep_dive" },
	{ "sequence_adherence", "script_deviation" },
	{ "no_infraction", "compliance" },
	{ "call_outcome", "classification" },
	{ "exceeded", "communication" },
};

/* The texts of a message, one after the other; NULL behind the last. */
static const json_t *message_text(const json_t *message, size_t n)
{
	const json_t *content = json_object_get(message, "content");
	const json_t *text;

	if (json_is_string(content))
		return n ? NULL : content;
	text = json_object_get(json_array_get(content, n), "text");
	return json_is_string(text) ? text : NULL;
}

int prompt_is_valid(const json_t *body)
{
	const json_t *messages = json_object_get(body, "messages");
	json_t *message;
	size_t i;

	if (!json_array_size(messages))
		return 0;
	json_array_foreach (messages, i, message) {
		const json_t *content = json_object_get(message, "content");

		if (!json_is_string(json_object_get(message, "role")) ||
		    (!json_is_string(content) && !json_is_array(content)))
			return 0;
	}
	return 1;
}

/* The stage whose word stands near the end of the message, or NULL. */
static const char *stage_of_message(const json_t *message)
{
	struct text all = { 0 };
	const char *stage = NULL;
	const json_t *part;
	size_t skip;

	for (size_t n = 0; (part = message_text(message, n)); n++) {
		text_add(&all, json_string_value(part),
			 json_string_length(part));
		text_add(&all, "\n", 1);
	}
	skip = all.length > TAIL_MAX ? all.length - TAIL_MAX : 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !stage; i++)
		if (all.length &&
		    find_bytes(all.data + skip, all.length - skip,
			       words[i].word, strlen(words[i].word)))
			stage = words[i].stage;
	text_release(&all);
	return stage;
}

static const json_t *json_schema_peek(const json_t *body)
{
	return json_object_get(json_object_get(body, "response_format"),
			       "json_schema");
}

const char *prompt_stage_peek(const json_t *body)
{
	const json_t *messages = json_object_get(body, "messages");
	const char *stage = json_string_value(
		json_object_get(json_schema_peek(body), "name"));

	/* a re-ask repeats neither task nor schema in its last message */
	for (size_t i = json_array_size(messages); i > 0 && !stage; i--)
		stage = stage_of_message(json_array_get(messages, i - 1));
	return stage ? stage : "other";
}

/* The last object in the text that looks like a schema, or NULL. */
static json_t *schema_in_text(const char *text, size_t length)
{
	const char *end = text + length;
	const char *at = text;
	json_t *found = NULL;

	while ((at = memchr(at, '{', (size_t)(end - at)))) {
		json_error_t error;
		json_t *value = json_loadb(at, (size_t)(end - at),
					   JSON_DISABLE_EOF_CHECK, &error);

		if (!value) {
			at++;
			continue;
		}
		at += error.position;
		if (json_object_get(value, "type") ||
		    json_object_get(value, "properties")) {
			json_decref(found);
			found = value;
		} else {
			json_decref(value);
		}
	}
	return found;
}

json_t *prompt_schema(const json_t *body)
{
	const json_t *messages = json_object_get(body, "messages");
	const json_t *format = json_object_get(body, "response_format");
	json_t *schema = json_object_get(json_schema_peek(body), "schema");

	if (!schema)
		schema = json_object_get(format, "schema");
	if (schema)
		return json_incref(schema);
	for (size_t i = json_array_size(messages); i > 0 && !schema; i--) {
		const json_t *message = json_array_get(messages, i - 1);
		size_t parts = 0;

		while (message_text(message, parts))
			parts++;
		for (; parts > 0 && !schema; parts--) {
			const json_t *text = message_text(message, parts - 1);

			schema = schema_in_text(json_string_value(text),
						json_string_length(text));
		}
	}
	return schema;
}

/* The known call with the longest transcript in the messages, or NULL. */
static const struct call *known_call(const json_t *messages,
				     const struct calls *calls)
{
	const struct call *best = NULL;
	const json_t *text;
	json_t *message;
	size_t i;

	json_array_foreach (messages, i, message) {
		for (size_t n = 0; (text = message_text(message, n)); n++) {
			const struct call *call = calls_find(
				calls, json_string_value(text),
				json_string_length(text));

			if (call && (!best || call->length > best->length))
				best = call;
		}
	}
	return best;
}

char *prompt_call(const json_t *body, const struct calls *calls)
{
	const json_t *messages = json_object_get(body, "messages");
	const struct call *call = calls ? known_call(messages, calls) : NULL;
	uint64_t hash = HASH_START;
	const json_t *text;
	json_t *message;
	char id[24];
	size_t i;

	if (call)
		return copy_bytes(call->id, strlen(call->id));
	json_array_foreach (messages, i, message) {
		const char *role = json_string_value(
			json_object_get(message, "role"));

		for (size_t n = 0; (text = message_text(message, n)); n++)
			hash = hash_bytes(hash, json_string_value(text),
					  json_string_length(text));
		if (!strcmp(role, "user"))
			break;
	}
	snprintf(id, sizeof(id), "m-%016" PRIx64, hash_mix(hash));
	return copy_bytes(id, strlen(id));
}
