/* PromptLayer: one template, in the API's shape or the one the seed assumes. */
#include "promptlayer.h"

#include "values.h"

#include <stdlib.h>
#include <string.h>

/* What is asked for; NULL, 0: the latest. */
struct wish {
	char *name;
	char *label;
	json_int_t version;
	bool both; /* a label and a version */
};

json_t *templates_new(const char *file)
{
	json_t *all = json_array();
	struct values values;
	json_t *row;

	values_open(&values, file);
	while ((row = values_next(&values))) {
		if (!json_is_string(json_object_get(row, "name")) ||
		    !json_is_integer(json_object_get(row, "version")) ||
		    !json_is_object(json_object_get(row, "prompt_template")))
			die(EXIT_USAGE,
			    "%s:%u: no name, version or prompt_template", file,
			    values.line);
		json_array_append_new(all, row);
	}
	values_close(&values);
	return all;
}

/* ---- what is asked for --------------------------------------------------- */

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c | 0x20) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* The text up to one of `ends`, its %XX decoded; the caller frees. */
static char *decoded(const char *text, const char *ends)
{
	size_t length = strcspn(text, ends);
	struct text out = { 0 };

	text_add(&out, "", 0);
	for (size_t i = 0; i < length; i++) {
		char byte = text[i];

		if (byte == '%' && i + 2 < length &&
		    hex_digit(text[i + 1]) >= 0 &&
		    hex_digit(text[i + 2]) >= 0) {
			byte = (char)(hex_digit(text[i + 1]) * 16 +
				      hex_digit(text[i + 2]));
			i += 2;
		}
		text_add(&out, &byte, 1);
	}
	return out.data ? out.data : copy_bytes("", 0);
}

static void wish_from_query(struct wish *wish, const char *query)
{
	for (; query && *query; query = strchr(query, '&')) {
		query++;
		if (!strncmp(query, "label=", 6) && !wish->label)
			wish->label = decoded(query + 6, "&");
		else if (!strncmp(query, "version=", 8))
			wish->version = strtoll(query + 8, NULL, 10);
	}
}

static void wish_from_body(struct wish *wish, const struct request *request)
{
	json_t *body = json_loadb(request->body.data ? request->body.data : "",
				  request->body.length, 0, NULL);
	const char *label = json_string_value(json_object_get(body, "label"));

	if (label)
		wish->label = copy_bytes(label, strlen(label));
	wish->version = json_integer_value(json_object_get(body, "version"));
	json_decref(body);
}

static void wish_read(struct wish *wish, const struct request *request)
{
	const char *name = strstr(request->path, "/prompt-templates/");

	memset(wish, 0, sizeof(*wish));
	wish->name = decoded(name + strlen("/prompt-templates/"), "?");
	if (!strcmp(request->method, "POST"))
		wish_from_body(wish, request);
	else
		wish_from_query(wish, strchr(request->path, '?'));
	wish->both = wish->label && wish->version;
}

static void wish_release(struct wish *wish)
{
	free(wish->name);
	free(wish->label);
}

/* ---- the template ---------------------------------------------------------
 */

static bool has_label(const json_t *row, const char *label)
{
	json_t *each;
	size_t i;

	json_array_foreach (json_object_get(row, "labels"), i, each)
		if (!strcmp(json_string_value(each), label))
			return true;
	return false;
}

static json_int_t version_of(const json_t *row)
{
	return json_integer_value(json_object_get(row, "version"));
}

/* The row that is asked for, borrowed: of several the latest; or NULL. */
static const json_t *find(const json_t *all, const struct wish *wish)
{
	const json_t *best = NULL;
	json_t *row;
	size_t i;

	json_array_foreach (all, i, row) {
		const char *name = json_string_value(
			json_object_get(row, "name"));

		if (strcmp(name, wish->name) ||
		    (wish->label && !has_label(row, wish->label)) ||
		    (wish->version && version_of(row) != wish->version))
			continue;
		if (!best || version_of(row) > version_of(best))
			best = row;
	}
	return best;
}

static void refuse(struct exchange *exchange, int status, const char *message)
{
	exchange->reply.status = status;
	exchange->reply.document = json_pack("{s:b, s:s}", "success", 0,
					     "message", message);
}

/* The row, or NULL, and then the reply says why. */
static const json_t *look_up(struct exchange *exchange)
{
	const char *key = request_header_peek(&exchange->request, "x-api-key");
	const json_t *row = NULL;
	struct wish wish;

	wish_read(&wish, &exchange->request);
	if (!key || !*key)
		refuse(exchange, 401, "Invalid API key");
	else if (wish.both)
		refuse(exchange, 400, "Give a label or a version, not both");
	else
		row = find(exchange->fake->templates, &wish);
	if (!row && !exchange->reply.document)
		refuse(exchange, 404, "Prompt template not found");
	wish_release(&wish);
	return row;
}

void promptlayer_get(struct exchange *exchange)
{
	const json_t *row = look_up(exchange);
	json_t *metadata = json_object_get(row, "metadata");

	if (!row)
		return;
	exchange->reply.document = json_pack(
		"{s:b, s:i, s:O, s:O, s:i, s:[], s:s, s:s, s:[], s:n, s:O, "
		"s:o}",
		"success", 1, "id", 17, "prompt_name",
		json_object_get(row, "name"), "version",
		json_object_get(row, "version"), "workspace_id", 3, "tags",
		"commit_message", "tighten", "created_at",
		"2026-01-05T10:00:00Z", "snippets", "llm_kwargs",
		"prompt_template", json_object_get(row, "prompt_template"),
		"metadata", metadata ? json_incref(metadata) : json_null());
}

/* The texts of a content, one after the other; new string. */
static json_t *joined(const json_t *content)
{
	struct text text = { 0 };
	json_t *part, *string;
	size_t i;

	json_array_foreach (content, i, part) {
		const json_t *words = json_object_get(part, "text");

		if (json_is_string(words))
			text_add(&text, json_string_value(words),
				 json_string_length(words));
	}
	string = json_stringn(text.data ? text.data : "", text.length);
	text_release(&text);
	return string;
}

void promptlayer_post(struct exchange *exchange)
{
	const json_t *row = look_up(exchange);
	const json_t *template = json_object_get(row, "prompt_template");
	json_t *messages = json_object_get(template, "messages"), *message;
	json_t *model = json_object_get(json_object_get(row, "metadata"),
					"model");
	json_t *reply, *list = json_array();
	size_t i;

	if (!row) {
		json_decref(list);
		return;
	}
	reply = json_pack("{s:O, s:[], s:O*, s:O*}", "version",
			  json_object_get(row, "version"), "input_variables",
			  "model", json_object_get(model, "name"),
			  "model_parameters",
			  json_object_get(model, "parameters"));
	json_array_foreach (messages, i, message)
		json_array_append_new(
			list,
			json_pack("{s:O, s:o}", "role",
				  json_object_get(message, "role"), "content",
				  joined(json_object_get(message, "content"))));
	if (messages)
		json_object_set(reply, "messages", list);
	else
		json_object_set_new(
			reply, "prompt",
			joined(json_object_get(template, "content")));
	json_decref(list);
	exchange->reply.document = reply;
}
