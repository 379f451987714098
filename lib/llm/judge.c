/* What a reply means and what to do about it: tables, no effects. */
#include "llm/judge.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "data/json.h"
#include "net/retry.h"

/* ---- the tables * ---------------------------------------------------- */

/* Below HTTP.  `first`: what to do while no reply was good yet. */
static const struct {
	enum error_code code;
	enum remedy remedy, first;
} fault_rows[] = {
	[HTTP_OK] = { ERR_NONE, REMEDY_NONE, REMEDY_NONE },
	[HTTP_RESOLVE] = { ERR_UPSTREAM_CONNECT, REMEDY_RETRY, REMEDY_STOP },
	[HTTP_CONNECT] = { ERR_UPSTREAM_CONNECT, REMEDY_RETRY, REMEDY_RETRY },
	[HTTP_TLS] = { ERR_UPSTREAM_TLS, REMEDY_RETRY, REMEDY_RETRY },
	[HTTP_CERT] = { ERR_UPSTREAM_TLS, REMEDY_GIVE_UP, REMEDY_STOP },
	[HTTP_TIMEOUT] = { ERR_UPSTREAM_TIMEOUT, REMEDY_RETRY, REMEDY_RETRY },
	[HTTP_CUT] = { ERR_UPSTREAM_TRUNCATED, REMEDY_RETRY, REMEDY_RETRY },
	[HTTP_STALE] = { ERR_UPSTREAM_TRUNCATED, REMEDY_RETRY, REMEDY_RETRY },
	[HTTP_TOO_BIG] = { ERR_UPSTREAM_TOO_LARGE, REMEDY_GIVE_UP,
			   REMEDY_GIVE_UP },
	[HTTP_PROXY] = { ERR_UPSTREAM_CONNECT, REMEDY_GIVE_UP, REMEDY_STOP },
	[HTTP_REDIRECT] = { ERR_UPSTREAM_STATUS, REMEDY_GIVE_UP,
			    REMEDY_GIVE_UP },
	[HTTP_GARBAGE] = { ERR_UPSTREAM_TRUNCATED, REMEDY_RETRY, REMEDY_RETRY },
	[HTTP_STOPPED] = { ERR_STOPPED, REMEDY_GIVE_UP, REMEDY_GIVE_UP },
	[HTTP_BROKEN] = { ERR_UPSTREAM_CONNECT, REMEDY_RETRY, REMEDY_RETRY },
};

/* HTTP statuses, also those told inside a reply; the last row is the rest. */
static const struct status_row {
	int from, to;
	enum error_code code;
	enum remedy remedy;
} status_rows[] = {
	{ 401, 401, ERR_UPSTREAM_AUTH, REMEDY_STOP },
	{ 402, 402, ERR_UPSTREAM_CREDIT, REMEDY_STOP },
	{ 403, 403, ERR_UPSTREAM_AUTH, REMEDY_STOP },
	{ 408, 409, ERR_UPSTREAM_STATUS, REMEDY_RETRY },
	{ 425, 425, ERR_UPSTREAM_STATUS, REMEDY_RETRY },
	{ 429, 429, ERR_UPSTREAM_RATE_LIMIT, REMEDY_RETRY },
	{ 500, 500, ERR_UPSTREAM_STATUS, REMEDY_RETRY },
	{ 502, 504, ERR_UPSTREAM_STATUS, REMEDY_RETRY },
	{ 520, 524, ERR_UPSTREAM_STATUS, REMEDY_RETRY },
	{ 529, 529, ERR_UPSTREAM_STATUS, REMEDY_RETRY },
	{ 0, 999, ERR_UPSTREAM_STATUS, REMEDY_GIVE_UP },
};

/* error_type of OpenRouter's errors, where no number is given. */
static const struct {
	const char *type;
	int status;
} type_rows[] = {
	{ "context_length_exceeded", 400 },
	{ "max_tokens_exceeded", 400 },
	{ "token_limit_exceeded", 400 },
	{ "invalid_request", 400 },
	{ "invalid_prompt", 400 },
	{ "payload_too_large", 413 },
	{ "unprocessable", 422 },
	{ "authentication", 401 },
	{ "payment_required", 402 },
	{ "permission_denied", 403 },
	{ "not_found", 404 },
	{ "rate_limit_exceeded", 429 },
	{ "server", 500 },
	{ "provider_unavailable", 502 },
	{ "provider_overloaded", 503 },
	{ "timeout", 504 },
};

/* error_types that concern this request's content only. */
static const char *const refusal_types[] = { "content_policy_violation",
					     "refusal" };

/* ---- helpers * ------------------------------------------------------- */

static void decide(struct verdict *v, enum remedy remedy, enum error_code code,
		   const char *text)
{
	v->remedy = remedy;
	v->stop = remedy == REMEDY_STOP ? code : ERR_NONE;
	error_set(&v->error, code, NULL, "%s", text);
}

static bool is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", s[i]) || !s[i])
			return false;
	return true;
}

static bool is_html(const struct http_reply *reply)
{
	const char *s = reply->body.data ? reply->body.data : "";

	while (*s && strchr(" \t\r\n", *s))
		s++;
	return strncasecmp(reply->headers[HEADER_CONTENT_TYPE], "text/html",
			   9) == 0 ||
	       strncasecmp(s, "<!doctype", 9) == 0 ||
	       strncasecmp(s, "<html", 5) == 0;
}

static int64_t tokens_of(const json_t *usage, const char *name)
{
	const json_t *n = json_object_get(usage, name);

	return json_is_integer(n) && json_integer_value(n) > 0
		       ? json_integer_value(n)
		       : 0;
}

static void take_usage(struct verdict *v, const json_t *root)
{
	const json_t *usage = json_object_get(root, "usage");
	const json_t *cost = json_object_get(usage, "cost");
	const char *model = json_string_peek(root, "model");

	v->usage.tokens_in = tokens_of(usage, "prompt_tokens");
	v->usage.tokens_out = tokens_of(usage, "completion_tokens");
	v->usage.tokens_cached = tokens_of(
		json_object_get(usage, "prompt_tokens_details"),
		"cached_tokens");
	if (json_is_number(cost) && json_number_value(cost) >= 0) {
		v->usage.cost = json_number_value(cost);
		v->usage.cost_known = true;
	}
	if (model)
		snprintf(v->model, sizeof(v->model), "%.*s",
			 (int)text_cut(model, strlen(model),
				       sizeof(v->model) - 1),
			 model);
}

/* ---- errors, wherever they hide * ------------------------------------ */

static int number_of(const json_t *value)
{
	json_int_t n = json_is_string(value)
			       ? strtol(json_string_value(value), NULL, 10)
			       : json_integer_value(value);

	return n > 0 && n < 1000 ? (int)n : 0;
}

static const char *error_type(const json_t *error)
{
	const char *type = json_string_peek(error, "error_type");

	return type ? type
		    : json_string_peek(json_object_get(error, "metadata"),
				       "error_type");
}

/* The status that an error object means, 0 if it does not say. */
static int embedded_status(const json_t *error)
{
	const char *type = error_type(error);
	int status = number_of(json_object_get(error, "code"));

	if (status < 400 || status > 999)
		status = number_of(json_object_get(error, "http_status"));
	if (status >= 400 && status <= 999)
		return status;
	for (size_t i = 0; type && i < LENGTH(type_rows); i++)
		if (strcmp(type, type_rows[i].type) == 0)
			return type_rows[i].status;
	return 0;
}

static bool has(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return value && !json_is_null(value);
}

/* Is this about the content of one request, not about us? */
static bool is_refusal(int status, const json_t *error)
{
	const json_t *metadata = json_object_get(error, "metadata");
	const char *type = error_type(error);

	for (size_t i = 0; type && i < LENGTH(refusal_types); i++)
		if (strcmp(type, refusal_types[i]) == 0)
			return true;
	return status == 403 &&
	       (has(metadata, "reasons") || has(metadata, "flagged_input") ||
		has(metadata, "patterns"));
}

/*
 * What the upstream says in words; never metadata.flagged_input, which is
 * text of the call.
 */
static void describe(char *text, size_t size, const struct http_reply *reply,
		     int status, const json_t *error)
{
	const char *message = json_is_string(error)
				      ? json_string_value(error)
				      : json_string_peek(error, "message");

	if (!message)
		message = "";
	snprintf(text, size, "%s %d%s%.*s",
		 status == reply->status ? "HTTP" : "HTTP 200 with error",
		 status, *message ? ": " : "",
		 (int)text_cut(message, strlen(message), LIMIT_EXCERPT_BYTES),
		 message);
}

static int64_t hint_of(const struct http_reply *reply, const json_t *error,
		       int64_t wall_ms)
{
	const json_t *after = json_object_get(
		json_object_get(error, "availability"), "retry_after");
	int64_t hint = retry_hint(reply->headers[HEADER_RETRY_AFTER_MS],
				  reply->headers[HEADER_RETRY_AFTER],
				  reply->headers[HEADER_DATE], wall_ms);
	double seconds = json_number_value(after);

	if (hint < 0 && json_is_number(after) && seconds >= 0 && seconds < 1e9)
		hint = (int64_t)(seconds * 1000);
	return hint;
}

/* error may be NULL: nothing is known but the status. */
static void judge_status(const struct http_reply *reply, int status,
			 const json_t *error, int64_t wall_ms,
			 struct verdict *v)
{
	const struct status_row *row = status_rows;
	const json_t *retryable = json_object_get(
		json_object_get(error, "availability"), "retryable");
	char text[LIMIT_EXCERPT_BYTES + 64];

	describe(text, sizeof(text), reply, status, error);
	v->hint_ms = hint_of(reply, error, wall_ms);
	if (is_refusal(status, error)) {
		decide(v, REMEDY_GIVE_UP, ERR_UPSTREAM_REFUSED, text);
		return;
	}
	if (status == 402 && v->hint_ms >= 0)
		status = 429; /* a budget that refills: wait for it */
	while (status < row->from || status > row->to)
		row++;
	v->rate_limited = row->code == ERR_UPSTREAM_RATE_LIMIT;
	decide(v, row->remedy, row->code, text);
	if (v->remedy == REMEDY_RETRY && json_is_false(retryable))
		v->remedy = REMEDY_GIVE_UP;
	else if (v->remedy == REMEDY_GIVE_UP && json_is_true(retryable))
		v->remedy = REMEDY_RETRY;
}

/* ---- a good status: what does the body say? * ------------------------ */

/* The message's text, its parts joined; "" if there is none. */
static void take_content(struct verdict *v, const json_t *message)
{
	const json_t *content = json_object_get(message, "content");
	struct buf b;
	json_t *part;
	size_t i;

	buf_init(&b, LIMIT_REPLY_BYTES);
	if (json_is_string(content))
		buf_put(&b, json_string_value(content),
			json_string_length(content));
	json_array_foreach (content, i, part) {
		const json_t *text = json_object_get(part, "text");

		if (json_is_string(text))
			buf_put(&b, json_string_value(text),
				json_string_length(text));
	}
	v->content_len = b.len;
	v->content = buf_take(&b);
}

static void judge_choice(const struct http_reply *reply, const json_t *choice,
			 int64_t wall_ms, struct verdict *v)
{
	const json_t *error = json_object_get(choice, "error");
	const json_t *message = json_object_get(choice, "message");
	const char *finish = json_string_peek(choice, "finish_reason");
	const char *refusal = json_string_peek(message, "refusal");

	if (error && !json_is_null(error)) {
		int status = embedded_status(error);

		judge_status(reply, status ? status : 502, error, wall_ms, v);
		return;
	}
	if (!finish)
		finish = "";
	if (strcmp(finish, "error") == 0)
		decide(v, REMEDY_RETRY, ERR_UPSTREAM_STATUS,
		       "finish_reason is \"error\"");
	else if (strcmp(finish, "length") == 0)
		decide(v, REMEDY_LONGER, ERR_UPSTREAM_LENGTH,
		       "finish_reason is \"length\": the answer was cut off");
	else if (strcmp(finish, "content_filter") == 0)
		decide(v, REMEDY_GIVE_UP, ERR_UPSTREAM_REFUSED,
		       "finish_reason is \"content_filter\"");
	else if (refusal && *refusal)
		decide(v, REMEDY_GIVE_UP, ERR_UPSTREAM_REFUSED,
		       "the model refused to answer");
	if (error_is(&v->error))
		return;
	take_content(v, message);
	if (is_blank(v->content, v->content_len))
		decide(v, REMEDY_RETRY, ERR_UPSTREAM_TRUNCATED,
		       "the answer is empty");
}

static void judge_document(const struct http_reply *reply, const json_t *root,
			   int64_t wall_ms, struct verdict *v)
{
	const json_t *error = json_object_get(root, "error");
	const json_t *choices = json_object_get(root, "choices");
	bool failed = reply->status < 200 || reply->status > 299;

	take_usage(v, root);
	if (failed || (error && !json_is_null(error))) {
		int status = embedded_status(error);

		if (failed)
			status = reply->status;
		judge_status(reply, status ? status : 500, error, wall_ms, v);
		return;
	}
	if (json_array_size(choices) == 0) {
		decide(v, REMEDY_RETRY, ERR_UPSTREAM_TRUNCATED,
		       "the reply holds no choices");
		return;
	}
	judge_choice(reply, json_array_get(choices, 0), wall_ms, v);
}

/* The body is no JSON document. */
static void judge_other(const struct http_reply *reply, bool first,
			int64_t wall_ms, struct verdict *v)
{
	bool good = reply->status >= 200 && reply->status <= 299;
	bool key = reply->status >= 401 && reply->status <= 403;

	/* a status says more than a page, but for the first reply of a run */
	if (is_html(reply) && (good || (first && !key))) {
		decide(v, first ? REMEDY_STOP : REMEDY_RETRY,
		       ERR_UPSTREAM_STATUS,
		       "the upstream answers a web page instead of JSON: "
		       "proxy, portal, or wrong openrouter-url?");
		v->stop = first ? ERR_TEMPORARY : ERR_NONE;
		return;
	}
	if (reply->status < 200 || reply->status > 299) {
		judge_status(reply, reply->status, NULL, wall_ms, v);
		return;
	}
	decide(v, REMEDY_RETRY, ERR_UPSTREAM_TRUNCATED,
	       is_blank(reply->body.data, reply->body.len)
		       ? "the reply's body is empty"
		       : "the reply's body is no complete JSON document");
}

static void judge_fault(const struct http_reply *reply, bool first,
			struct verdict *v)
{
	enum remedy remedy = first ? fault_rows[reply->fault].first
				   : fault_rows[reply->fault].remedy;

	/* Nothing was sent and nothing can be: that is configuration. */
	decide(v, remedy, fault_rows[reply->fault].code, reply->message);
	if (remedy == REMEDY_STOP)
		v->stop = ERR_CONFIG;
}

/* The body as JSON; a byte order mark before it is no fault.  New. */
static json_t *read_body(const struct buf *body)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t skip = 0;

	if (body->len == 0)
		return NULL;
	if (strncmp(body->data, mark, strlen(mark)) == 0)
		skip = strlen(mark);
	return json_read(body->data + skip, body->len - skip,
			 &json_default_limits, NULL);
}

void judge_reply(const struct http_reply *reply, bool first, int64_t wall_ms,
		 struct verdict *v)
{
	json_auto_t *root = NULL;

	*v = (struct verdict){ .remedy = REMEDY_NONE, .hint_ms = -1 };
	if (reply->fault != HTTP_OK) {
		judge_fault(reply, first, v);
		return;
	}
	root = read_body(&reply->body);
	if (json_is_object(root))
		judge_document(reply, root, wall_ms, v);
	else
		judge_other(reply, first, wall_ms, v);
	if (v->remedy != REMEDY_NONE) {
		free(v->content);
		v->content = NULL;
	}
}

void verdict_release(struct verdict *v)
{
	free(v->content);
	v->content = NULL;
}
