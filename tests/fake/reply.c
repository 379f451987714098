/* A reply: what it says, how it is framed, and what is to go wrong with it. */
#include "reply.h"

#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Chunks are small, so that a client meets several in an ordinary reply. */
#define CHUNK_MAX 1000UL

void reply_init(struct reply *reply, int status)
{
	memset(reply, 0, sizeof(*reply));
	reply->status = status;
	reply->settings.at = -1;
	reply->settings.bytes = -1;
	reply->settings.interval_ms = -1;
	reply->settings.seconds = -1;
}

void reply_error(struct reply *reply, int status, const char *message)
{
	static const struct {
		int status;
		const char *type;
	} types[] = {
		{ 400, "invalid_request" },
		{ 401, "authentication" },
		{ 402, "payment_required" },
		{ 403, "permission_denied" },
		{ 404, "not_found" },
		{ 413, "payload_too_large" },
		{ 422, "unprocessable" },
		{ 429, "rate_limit_exceeded" },
		{ 502, "provider_unavailable" },
		{ 503, "provider_overloaded" },
		{ 504, "timeout" },
	};
	const char *type = status < 500 ? "invalid_request" : "server";

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].status == status)
			type = types[i].type;
	json_decref(reply->document);
	reply->status = status;
	reply->document = json_pack("{s{sis{ss}ss}}", "error", "code", status,
				    "metadata", "error_type", type, "message",
				    message);
}

void reply_finish(struct reply *reply)
{
	bool empty = reply->status == 204 || reply->status == 304;

	if (reply->document && !reply->body_given && !empty) {
		char *dump = json_dumps(reply->document,
					JSON_COMPACT | JSON_ENCODE_ANY);

		if (!dump)
			die(EXIT_BROKEN, "cannot write a reply as JSON");
		text_add(&reply->body, dump, strlen(dump));
		free(dump);
	}
	text_add(&reply->body, "", 0);
	if (reply->framing == FRAMING_NONE)
		reply->framing = FRAMING_LENGTH;
	if (reply->framing == FRAMING_CLOSE)
		reply->close = true;
}

/* Does the reply set this header itself? */
static bool sets_header(const struct reply *reply, const char *name)
{
	const char *own;
	json_t *value;

	json_object_foreach (reply->headers, own, value)
		if (!strcasecmp(own, name))
			return true;
	return false;
}

static void add_header(struct text *out, const char *name, const json_t *value)
{
	text_addf(out, "%s: ", name);
	text_add(out, json_string_value(value), json_string_length(value));
	text_add(out, "\r\n", 2);
}

/* The headers that the fake adds of itself, unless the reply sets them. */
static void add_own_headers(const struct reply *reply, struct text *out)
{
	bool bodiless = reply->status == 204 || reply->status == 304;

	if (!bodiless && !sets_header(reply, "content-type"))
		text_addf(out, "Content-Type: application/json\r\n");
	if (reply->framing == FRAMING_CHUNKED)
		text_addf(out, "Transfer-Encoding: chunked\r\n");
	if (reply->framing == FRAMING_LENGTH &&
	    !(bodiless && !reply->body.length) &&
	    !sets_header(reply, "content-length"))
		text_addf(out, "Content-Length: %zu\r\n", reply->body.length);
	if (reply->close && !sets_header(reply, "connection"))
		text_addf(out, "Connection: close\r\n");
}

void reply_head(const struct reply *reply, struct text *out)
{
	const char *name;
	json_t *value;
	json_t *each;
	size_t i;

	text_addf(out, "HTTP/1.1 %d %s\r\n", reply->status,
		  http_reason(reply->status));
	add_own_headers(reply, out);
	json_object_foreach (reply->headers, name, value) {
		if (json_is_string(value))
			add_header(out, name, value);
		json_array_foreach (value, i, each)
			add_header(out, name, each);
	}
	text_add(out, "\r\n", 2);
}

void reply_body(const struct reply *reply, struct text *out, const char *data,
		size_t length)
{
	if (reply->framing != FRAMING_CHUNKED) {
		text_add(out, data, length);
		return;
	}
	while (length) {
		size_t take = length < CHUNK_MAX ? length : CHUNK_MAX;

		text_addf(out, "%zx\r\n", take);
		text_add(out, data, take);
		text_add(out, "\r\n", 2);
		data += take;
		length -= take;
	}
}

void reply_end(const struct reply *reply, struct text *out)
{
	if (reply->framing == FRAMING_CHUNKED)
		text_addf(out, "0\r\n\r\n");
}

void reply_whole(const struct reply *reply, struct text *out)
{
	reply_head(reply, out);
	reply_body(reply, out, reply->body.data, reply->body.length);
	reply_end(reply, out);
}

int text_send(struct text *out, struct wire *wire)
{
	int result = wire_send(wire, out->data, out->length);

	text_release(out);
	return result;
}

enum ending reply_send(const struct reply *reply, struct wire *wire)
{
	struct text out = { 0 };

	reply_whole(reply, &out);
	return text_send(&out, wire) || reply->close ? END_CLOSE : END_KEEP;
}

void reply_release(struct reply *reply)
{
	json_decref(reply->headers);
	json_decref(reply->document);
	text_release(&reply->body);
}
