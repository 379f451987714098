/* The ways in which a reply can go wrong on its way to the client. */
#include "fault.h"

#include <limits.h>
#include <string.h>

/* What a rule gets that names a fault and not its numbers. */
#define INTERVAL_MS   10
#define WHITESPACE_MS 100
#define SECONDS       1.0
#define BIG_BODY      (16UL << 20)
#define BIG_HEADERS   (1UL << 20)

/* Padding goes out in pieces of this size; so long is one padding header. */
#define PIECE   65536UL
#define PADDING 1000

static enum ending refuse_reset(const struct reply *reply, struct wire *wire)
{
	(void)reply;
	(void)wire;
	return END_RESET;
}

static enum ending no_reply_close(const struct reply *reply, struct wire *wire)
{
	(void)reply;
	(void)wire;
	return END_CLOSE;
}

static enum ending hang(const struct reply *reply, struct wire *wire)
{
	(void)reply;
	while (!wire_wait(wire, INT_MAX))
		;
	return END_CLOSE;
}

/* The first half of the head, then RST. */
static enum ending reset_headers(const struct reply *reply, struct wire *wire)
{
	struct text head = { 0 };

	reply_head(reply, &head);
	wire_send(wire, head.data, head.length / 2);
	text_release(&head);
	return END_RESET;
}

/* How much of the body is sent: `at`, or half of it. */
static size_t cut_at(const struct reply *reply)
{
	size_t length = reply->body.length;
	json_int_t at = reply->settings.at;

	if (at < 0)
		return length / 2;
	return (size_t)at < length ? (size_t)at : length;
}

/* Sends the head and the body up to the cut. */
static void send_cut(const struct reply *reply, struct wire *wire)
{
	struct text out = { 0 };

	reply_head(reply, &out);
	if (reply->framing == FRAMING_CHUNKED) {
		/* all of it announced as one chunk, so that the cut is inside
		 */
		text_addf(&out, "%zx\r\n", reply->body.length);
	}
	text_add(&out, reply->body.data, cut_at(reply));
	wire_send(wire, out.data, out.length);
	text_release(&out);
}

static enum ending reset_body(const struct reply *reply, struct wire *wire)
{
	send_cut(reply, wire);
	return END_RESET;
}

static enum ending truncate_length(const struct reply *reply, struct wire *wire)
{
	struct reply cut = *reply;

	cut.framing = FRAMING_LENGTH;
	send_cut(&cut, wire);
	return END_CLOSE;
}

static enum ending truncate_chunked(const struct reply *reply,
				    struct wire *wire)
{
	struct reply cut = *reply;

	cut.framing = FRAMING_CHUNKED;
	send_cut(&cut, wire);
	return END_CLOSE;
}

static enum ending truncate_close(const struct reply *reply, struct wire *wire)
{
	struct reply cut = *reply;

	cut.framing = FRAMING_CLOSE;
	cut.close = true;
	send_cut(&cut, wire);
	return END_CLOSE;
}

/* The reply as it would be on the wire, head and framing too, cut off. */
static enum ending cut(const struct reply *reply, struct wire *wire)
{
	json_int_t at = reply->settings.at;
	struct text out = { 0 };
	size_t take;

	reply_whole(reply, &out);
	take = at < 0 ? out.length / 2 : (size_t)at;
	wire_send(wire, out.data, take < out.length ? take : out.length);
	text_release(&out);
	return END_CLOSE;
}

/* The interval of the rule, or the one given. */
static long interval(const struct reply *reply, long otherwise)
{
	json_int_t given = reply->settings.interval_ms;

	return given < 0 ? otherwise : (long)given;
}

/* The reply as it would be on the wire, one byte at a time. */
static enum ending drip(const struct reply *reply, struct wire *wire)
{
	long pause = interval(reply, INTERVAL_MS);
	struct text out = { 0 };
	size_t sent = 0;

	reply_whole(reply, &out);
	while (sent < out.length && !wire_send(wire, out.data + sent, 1)) {
		sent++;
		if (wire_wait(wire, pause) < 0)
			break;
	}
	text_release(&out);
	return reply->close || wire->gone ? END_CLOSE : END_KEEP;
}

/* Sends a head after which white space comes, nobody knows how much. */
static int send_open_head(struct reply *open, struct wire *wire)
{
	struct text out = { 0 };

	if (open->framing == FRAMING_LENGTH)
		open->framing = FRAMING_CHUNKED;
	reply_head(open, &out);
	return text_send(&out, wire);
}

/* White space in front of the body, `count` bytes of it (-1: for ever). */
static int send_spaces(const struct reply *reply, struct wire *wire,
		       long long count)
{
	long pause = interval(reply, WHITESPACE_MS);

	for (long long i = 0; count < 0 || i < count; i++) {
		struct text out = { 0 };

		reply_body(reply, &out, i % 8 ? " " : "\n", 1);
		if (text_send(&out, wire) < 0 || wire_wait(wire, pause) < 0)
			return -1;
	}
	return 0;
}

static enum ending whitespace(const struct reply *reply, struct wire *wire)
{
	double seconds = reply->settings.seconds;
	long pause = interval(reply, WHITESPACE_MS);
	struct reply open = *reply;
	struct text out = { 0 };
	double count;

	if (seconds < 0)
		seconds = SECONDS;
	count = seconds * 1e3 / (double)(pause ? pause : 1);
	if (send_open_head(&open, wire) ||
	    send_spaces(&open, wire, (long long)count + 1))
		return END_CLOSE;
	reply_body(&open, &out, open.body.data, open.body.length);
	reply_end(&open, &out);
	return text_send(&out, wire) || open.close ? END_CLOSE : END_KEEP;
}

static enum ending whitespace_forever(const struct reply *reply,
				      struct wire *wire)
{
	struct reply open = *reply;

	if (!send_open_head(&open, wire))
		send_spaces(&open, wire, -1);
	return END_CLOSE;
}

/* Something that is no HTTP: the rule's body, or a text of our own. */
static enum ending garbage(const struct reply *reply, struct wire *wire)
{
	static const char noise[] = "\x15\x03\x01\x00\x02\x02(this is not"
				    " the protocol you are looking for)\n\n";

	if (reply->body_given)
		wire_send(wire, reply->body.data, reply->body.length);
	else
		wire_send(wire, noise, sizeof(noise) - 1);
	return END_CLOSE;
}

/* A good reply with white space behind the JSON, `bytes` long altogether. */
static enum ending big_body(const struct reply *reply, struct wire *wire)
{
	json_int_t bytes = reply->settings.bytes;
	size_t total = bytes < 0 ? BIG_BODY : (size_t)bytes;
	struct reply big = *reply;
	struct text spaces = { 0 };
	struct text out = { 0 };
	size_t sent = reply->body.length;
	int result = 0;

	if (total < sent)
		total = sent;
	big.body.length = total; /* for the head, which only asks for that */
	reply_head(&big, &out);
	reply_body(reply, &out, reply->body.data, sent);
	text_fill(&spaces, ' ', PIECE);
	while (!result && sent < total) {
		size_t take = total - sent < PIECE ? total - sent : PIECE;

		reply_body(reply, &out, spaces.data, take);
		result = text_send(&out, wire);
		sent += take;
	}
	reply_end(reply, &out);
	text_release(&spaces);
	return text_send(&out, wire) || reply->close ? END_CLOSE : END_KEEP;
}

/* A good reply with `bytes` of headers nobody asked for. */
static enum ending big_headers(const struct reply *reply, struct wire *wire)
{
	json_int_t bytes = reply->settings.bytes;
	size_t total = bytes < 0 ? BIG_HEADERS : (size_t)bytes;
	struct text out = { 0 };

	reply_head(reply, &out);
	out.length -= 2; /* the empty line comes later */
	for (unsigned n = 0; out.length < total; n++) {
		text_addf(&out, "X-Padding-%u: ", n);
		text_fill(&out, 'p', PADDING);
		text_add(&out, "\r\n", 2);
	}
	text_add(&out, "\r\n", 2);
	reply_body(reply, &out, reply->body.data, reply->body.length);
	reply_end(reply, &out);
	return text_send(&out, wire) || reply->close ? END_CLOSE : END_KEEP;
}

const struct fault faults[] = {
	{ "refuse_reset", refuse_reset, FAULT_SILENT, "RST, not a byte sent" },
	{ "reset_headers", reset_headers, FAULT_SILENT,
	  "RST in the middle of the headers" },
	{ "reset_body", reset_body, 0,
	  "RST after `at` bytes of the body (default half)" },
	{ "truncate", truncate_length, 0,
	  "Content-Length, FIN after `at` bytes" },
	{ "truncate_chunked", truncate_chunked, 0,
	  "FIN inside a chunk, after `at` bytes" },
	{ "truncate_close", truncate_close, 0,
	  "no length; FIN after `at` bytes" },
	{ "cut", cut, 0,
	  "any framing; FIN after `at` bytes, the head's included" },
	{ "hang", hang, FAULT_SILENT | FAULT_SLOW, "never answers" },
	{ "drip", drip, FAULT_SLOW,
	  "one byte, head included, every `interval_ms` (10)" },
	{ "whitespace", whitespace, FAULT_SLOW,
	  "white space every `interval_ms` (100) for `seconds` (1), then the "
	  "reply" },
	{ "whitespace_forever", whitespace_forever, FAULT_SLOW,
	  "white space every `interval_ms` and nothing else" },
	{ "garbage", garbage, FAULT_SILENT,
	  "no HTTP: the rule's `body` raw, or noise; then FIN" },
	{ "close_idle", reply_send, FAULT_THEN_CLOSE,
	  "a good reply; the next request on the connection gets a FIN" },
	{ "big_body", big_body, FAULT_SLOW,
	  "white space behind the JSON, `bytes` (16 MiB) in all" },
	{ "big_headers", big_headers, FAULT_SLOW,
	  "`bytes` (1 MiB) of X-Padding-N headers" },
	{ "no_reply_close", no_reply_close, FAULT_SILENT,
	  "FIN, not a byte sent" },
	{ 0 },
};

const struct fault *fault_find(const char *name)
{
	for (const struct fault *fault = faults; fault->name; fault++)
		if (!strcmp(fault->name, name))
			return fault;
	return NULL;
}
