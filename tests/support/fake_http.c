/* The far end of `struct http`: a script of replies. */
#include "support/fake_http.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/xalloc.h"

static void keep_request(struct fake_http *h, size_t i,
			 const struct http_request *request)
{
	struct buf headers, body;

	buf_init(&headers, LIMIT_CONFIG_BYTES);
	for (const char *const *line = request->headers; line && *line; line++)
		buf_printf(&headers, "%s\n", *line);
	buf_init(&body, LIMIT_BODY_BYTES);
	for (size_t k = 0; k < request->part_count; k++)
		buf_put(&body, request->parts[k].data, request->parts[k].len);
	h->requests[i].url = xstrdup(request->url);
	h->requests[i].headers = buf_take(&headers);
	h->requests[i].len = body.len;
	h->requests[i].body = buf_take(&body);
	h->requests[i].timeout_ms = request->timeout_ms;
	h->requests[i].at = h->clock->clock.now(h->clock);
}

static bool is_before_connection(enum http_fault fault)
{
	return fault == HTTP_RESOLVE || fault == HTTP_CONNECT ||
	       fault == HTTP_TLS || fault == HTTP_CERT || fault == HTTP_PROXY ||
	       fault == HTTP_BROKEN;
}

static void play(struct http_reply *reply, const struct fake_reply *row)
{
	reply->fault = row->fault;
	reply->unsent = is_before_connection(row->fault);
	reply->status = row->status;
	reply->total_ms = row->takes_ms;
	if (row->fault != HTTP_OK)
		snprintf(reply->message, sizeof(reply->message),
			 "made up: fault %d", (int)row->fault);
	if (row->retry_after)
		snprintf(reply->headers[HEADER_RETRY_AFTER],
			 sizeof(reply->headers[0]), "%s", row->retry_after);
	if (row->body)
		buf_puts(&reply->body, row->body);
}

static void perform(void *ctx, const struct http_request *request,
		    struct http_reply *reply)
{
	static const struct fake_reply beyond = { .fault = HTTP_BROKEN };
	const struct fake_reply *row = &beyond;
	struct fake_http *h = ctx;

	pthread_mutex_lock(&h->lock);
	if (h->count < FAKE_REPLIES)
		keep_request(h, h->count, request);
	if (h->count < h->length)
		row = &h->script[h->count];
	h->count++;
	pthread_mutex_unlock(&h->lock);
	fake_clock_pass(h->clock, row->takes_ms);
	play(reply, row);
}

void fake_http_init(struct fake_http *h, struct fake_clock *clock)
{
	*h = (struct fake_http){ .clock = clock };
	h->http = (struct http){ .perform = perform, .ctx = h };
	pthread_mutex_init(&h->lock, NULL);
}

void fake_http_release(struct fake_http *h)
{
	for (size_t i = 0; i < h->length; i++)
		free(h->script[i].body);
	for (size_t i = 0; i < h->count && i < FAKE_REPLIES; i++) {
		free(h->requests[i].url);
		free(h->requests[i].headers);
		free(h->requests[i].body);
	}
	pthread_mutex_destroy(&h->lock);
}

static struct fake_reply *append(struct fake_http *h)
{
	if (h->length == FAKE_REPLIES)
		abort();
	return &h->script[h->length++];
}

void fake_http_fault(struct fake_http *h, enum http_fault fault)
{
	append(h)->fault = fault;
}

struct fake_reply *fake_http_status(struct fake_http *h, int status,
				    const char *body)
{
	struct fake_reply *row = append(h);

	row->status = status;
	row->body = xstrdup(body);
	return row;
}

void fake_http_chat(struct fake_http *h, const char *content,
		    const char *finish)
{
	json_t *root = json_pack(
		"{s:s, s:s, s:[{s:i, s:s, s:{s:s, s:s}}],"
		" s:{s:i, s:i, s:f, s:{s:i}}}",
		"id", "gen-1", "model", "acme/grader-2", "choices", "index", 0,
		"finish_reason", finish ? finish : "stop", "message", "role",
		"assistant", "content", content, "usage", "prompt_tokens", 2000,
		"completion_tokens", 20, "cost", 0.25, "prompt_tokens_details",
		"cached_tokens", 60);
	struct fake_reply *row = append(h);

	row->status = 200;
	row->body = json_dumps(root, JSON_COMPACT);
	json_decref(root);
}

void fake_http_answer_take(struct fake_http *h, json_t *answer)
{
	char *text = json_dumps(answer, JSON_COMPACT);

	fake_http_chat(h, text, NULL);
	free(text);
	json_decref(answer);
}

json_t *fake_http_body(const struct fake_http *h, size_t i)
{
	json_t *body = json_loadb(h->requests[i].body, h->requests[i].len,
				  JSON_REJECT_DUPLICATES, NULL);

	if (!body)
		abort();
	return body;
}
