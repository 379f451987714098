/* How a request ends, for every way a server can be rude. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/xalloc.h"
#include "net/transport.h"
#include "support/client.h"
#include "support/socket_server.h"

/* In every body and in headers nobody asked for: no message may show it. */
#define SECRET "caller's secret"

#define BYTES(s)                 \
	{                        \
		s, sizeof(s) - 1 \
	}

/* Did it end at its time: libcurl's clock may be a little early, ours late? */
static void check_time(const struct http_reply *reply, int64_t timeout_ms)
{
	assert_in_range(reply->total_ms, timeout_ms - 5, timeout_ms + 1000);
}

/* ---- one answer, one end --------------------------------------------- */

struct rude {
	const char *name;
	struct text answer;
	enum after after;
	/* expected */
	enum http_fault fault;
	int status;       /* -1: any */
	const char *body; /* of HTTP_OK */
};

static enum after answer_row(struct peer *peer, const struct seen *seen,
			     void *ctx)
{
	const struct rude *row = ctx;

	(void)seen;
	peer_send(peer, row->answer.data, row->answer.len);
	return row->after;
}

/* A fault's message: names the host, on one line, repeats nothing. */
static void check_message(const char *name, const struct http_reply *reply)
{
	const char *message = reply->message;

	if (reply->fault == HTTP_OK) {
		assert_string_equal(message, "");
		return;
	}
	if (!strstr(message, "127.0.0.1"))
		fail_msg("%s: no host: %s", name, message);
	if (strstr(message, SECRET) || strstr(message, CLIENT_KEY))
		fail_msg("%s: leaks: %s", name, message);
	for (const char *s = message; *s; s++)
		assert_in_range(*s, ' ', '~');
}

static void check_row(struct transport *t, const struct rude *row)
{
	const struct server_script script = { .answer = answer_row,
					      .ctx = (void *)row };
	struct socket_server *s = server_start(&script);
	struct http_request request = client_request(
		client_url("http", server_port(s)));
	struct http_reply reply;

	request.reply_limit = 1000;
	client_perform(t, &request, &reply);
	if (reply.fault != row->fault ||
	    (row->status >= 0 && reply.status != row->status))
		fail_msg("%s: fault %d, status %d: %s", row->name, reply.fault,
			 reply.status, reply.message);
	check_message(row->name, &reply);
	if (row->fault == HTTP_OK)
		assert_string_equal(reply.body.len ? reply.body.data : "",
				    row->body);
	/* the request had gone out whole before any of these */
	assert_int_equal(reply.possibly_billed, row->fault != HTTP_OK);
	assert_false(reply.unsent);
	assert_int_equal(server_requests(s), 1);
	http_reply_release(&reply);
	server_stop(s);
}

static const struct rude rows[] = {
	/* whole replies */
	{ "content-length",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), KEEP,
	  HTTP_OK, 200, "{}" },
	{ "chunked",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n"),
	  KEEP, HTTP_OK, 200, "{\"a\":1}" },
	{ "close-delimited", BYTES("HTTP/1.0 200 OK\r\n\r\n{}"), CLOSE, HTTP_OK,
	  200, "{}" },
	{ "204", BYTES("HTTP/1.1 204 No Content\r\n\r\n"), KEEP, HTTP_OK, 204,
	  "" },
	{ "500 with a body",
	  BYTES("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno"), KEEP,
	  HTTP_OK, 500, "no" },
	{ "1xx first",
	  BYTES("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n"
		"Link: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
		"{}"),
	  KEEP, HTTP_OK, 200, "{}" },
	{ "encoding nobody asked for is not undone",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		"Content-Length: 2\r\n\r\n{}"),
	  KEEP, HTTP_OK, 200, "{}" },
	/* libcurl cannot know this one is cut: its reader has to */
	{ "close-delimited, cut", BYTES("HTTP/1.0 200 OK\r\n\r\n{\"a\":"),
	  CLOSE, HTTP_OK, 200, "{\"a\":" },
	/* cut */
	{ "closed without a byte", BYTES(""), CLOSE, HTTP_CUT, 0, NULL },
	{ "reset without a byte", BYTES(""), RESET, HTTP_CUT, 0, NULL },
	{ "closed in headers", BYTES("HTTP/1.1 200 OK\r\nContent-Le"), CLOSE,
	  HTTP_CUT, -1, NULL },
	{ "reset in headers", BYTES("HTTP/1.1 200 OK\r\nContent-Le"), RESET,
	  HTTP_CUT, -1, NULL },
	{ "closed before the content's end",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" SECRET), CLOSE,
	  HTTP_CUT, 200, NULL },
	{ "reset in the content",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" SECRET), RESET,
	  HTTP_CUT, -1, NULL },
	{ "closed within a chunk",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"ff\r\n" SECRET),
	  CLOSE, HTTP_CUT, 200, NULL },
	{ "closed between chunks",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"2\r\n{}\r\n"),
	  CLOSE, HTTP_CUT, 200, NULL },
	{ "a chunk with no length",
	  BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"zz\r\n" SECRET "\r\n"),
	  CLOSE, HTTP_CUT, 200, NULL },
	/* too big */
	{ "too big, and says so",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" SECRET), KEEP,
	  HTTP_TOO_BIG, 200, NULL },
	{ "absurdly big",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n"
		"\r\n" SECRET),
	  KEEP, HTTP_TOO_BIG, 200, NULL },
	{ "bigger than a number",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: "
		"99999999999999999999999999\r\n\r\n" SECRET),
	  CLOSE, HTTP_TOO_BIG, 200, NULL },
	/* not followed */
	{ "301",
	  BYTES("HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/" SECRET
		"\r\nContent-Length: 0\r\n\r\n"),
	  KEEP, HTTP_REDIRECT, 301, NULL },
	{ "307 to a file",
	  BYTES("HTTP/1.1 307 Go\r\nLocation: file:///etc/passwd\r\n"
		"Content-Length: 0\r\n\r\n"),
	  KEEP, HTTP_REDIRECT, 307, NULL },
	{ "304", BYTES("HTTP/1.1 304 Not Modified\r\n\r\n"), KEEP,
	  HTTP_REDIRECT, 304, NULL },
	/* no HTTP */
	{ "HTTP/0.9", BYTES("<html>" SECRET "</html>\r\n\r\n"), CLOSE,
	  HTTP_GARBAGE, -1, NULL },
	{ "another protocol", BYTES("SSH-2.0-OpenSSH_9.2\r\n\r\n"), CLOSE,
	  HTTP_GARBAGE, -1, NULL },
	{ "a later HTTP", BYTES("HTTP/9.9 200 OK\r\n\r\n"), CLOSE, HTTP_GARBAGE,
	  -1, NULL },
	{ "a line without a colon",
	  BYTES("HTTP/1.1 200 OK\r\n" SECRET "\r\nContent-Length: 2\r\n\r\n"
		"{}"),
	  KEEP, HTTP_GARBAGE, -1, NULL },
	{ "a NUL in a header",
	  BYTES("HTTP/1.1 200 OK\r\nX: " SECRET "\0 "
		"\r\nContent-Length: 2\r\n\r\n{}"),
	  KEEP, HTTP_GARBAGE, -1, NULL },
	{ "a length that is none",
	  BYTES("HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\n{}"), CLOSE,
	  HTTP_GARBAGE, -1, NULL },
};

static void ends_as_expected(void **state)
{
	struct transport *t = client_start(1, NULL);

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		check_row(t, &rows[i]);
	transport_stop(t);
}

/* ---- answers too long for a row -------------------------------------- */

static enum after answer_endless_body(struct peer *peer,
				      const struct seen *seen, void *ctx)
{
	static const char line[] = "10\r\n................\r\n";

	(void)seen;
	(void)ctx;
	peer_puts(peer,
		  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	while (!peer_gone(peer, 0))
		peer_puts(peer, line);
	return CLOSE;
}

static enum after answer_long_header(struct peer *peer, const struct seen *seen,
				     void *ctx)
{
	char *line = xmalloc(1 << 20);

	(void)seen;
	(void)ctx;
	memset(line, 'a', 1 << 20);
	peer_puts(peer, "HTTP/1.1 200 OK\r\nX: ");
	peer_send(peer, line, 1 << 20);
	peer_puts(peer, "\r\n\r\n");
	free(line);
	return CLOSE;
}

static enum after answer_many_headers(struct peer *peer,
				      const struct seen *seen, void *ctx)
{
	(void)seen;
	(void)ctx;
	peer_puts(peer, "HTTP/1.1 200 OK\r\n");
	while (!peer_gone(peer, 0))
		peer_puts(peer, "X-Another: one of those that never end\r\n");
	return CLOSE;
}

/* A byte now and then, for ever. */
static enum after drip(struct peer *peer, const char *head, const char *byte)
{
	peer_puts(peer, head);
	while (!peer_gone(peer, 5))
		peer_puts(peer, byte);
	return CLOSE;
}

static enum after answer_drip(struct peer *peer, const struct seen *seen,
			      void *ctx)
{
	(void)seen;
	(void)ctx;
	return drip(peer, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n",
		    "x");
}

static enum after answer_whitespace(struct peer *peer, const struct seen *seen,
				    void *ctx)
{
	(void)seen;
	(void)ctx;
	return drip(peer,
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		    "1\r\n\n\r\n");
}

static enum after answer_1xx(struct peer *peer, const struct seen *seen,
			     void *ctx)
{
	(void)seen;
	(void)ctx;
	return drip(peer, "", "HTTP/1.1 102 Processing\r\n\r\n");
}

static enum after answer_never(struct peer *peer, const struct seen *seen,
			       void *ctx)
{
	(void)seen;
	(void)ctx;
	peer_ignore(peer);
	return CLOSE;
}

static enum after answer_tls_garbage(struct peer *peer, const struct seen *seen,
				     void *ctx)
{
	(void)seen;
	(void)ctx;
	peer_puts(peer, "220 mail.example.com ESMTP\r\n");
	return CLOSE;
}

static enum after answer_tls_reset(struct peer *peer, const struct seen *seen,
				   void *ctx)
{
	(void)seen;
	(void)ctx;
	peer_gone(peer, -1); /* the client's first message is there */
	return RESET;
}

/* Reads nothing: the client's upload fills the buffers and stands. */
static enum after answer_deaf(struct peer *peer, const struct seen *seen,
			      void *ctx)
{
	int *released = ctx;

	(void)peer;
	(void)seen;
	poll(&(struct pollfd){ .fd = *released, .events = POLLIN }, 1, -1);
	return RESET;
}

struct ordeal {
	const char *name;
	answer_fn *answer;
	const char *scheme;
	bool blind;
	int64_t timeout_ms;
	enum http_fault fault;
	bool billed;
	const char *words; /* in the message, or NULL */
};

static void check_ordeal(struct transport *t, const struct ordeal *o)
{
	const struct server_script script = { .answer = o->answer,
					      .blind = o->blind };
	struct socket_server *s = server_start(&script);
	struct http_request request = client_request(
		client_url(o->scheme, server_port(s)));
	struct http_reply reply;

	request.reply_limit = 100000;
	request.timeout_ms = o->timeout_ms;
	client_perform(t, &request, &reply);
	if (reply.fault != o->fault || reply.possibly_billed != o->billed ||
	    reply.unsent != (o->fault == HTTP_TLS ||
			     strstr(reply.message, "while connecting") != NULL))
		fail_msg("%s: fault %d, billed %d, unsent %d: %s", o->name,
			 reply.fault, reply.possibly_billed, reply.unsent,
			 reply.message);
	check_message(o->name, &reply);
	if (o->words && !strstr(reply.message, o->words))
		fail_msg("%s: %s", o->name, reply.message);
	if (o->fault == HTTP_TIMEOUT)
		check_time(&reply, o->timeout_ms);
	else
		assert_true(reply.total_ms < o->timeout_ms);
	assert_true(reply.body.len <= request.reply_limit);
	http_reply_release(&reply);
	server_stop(s);
}

static void outlasts_ordeals(void **state)
{
	static const struct ordeal ordeals[] = {
		{ "never answers", answer_never, "http", false, 200,
		  HTTP_TIMEOUT, true, "waiting for the answer" },
		{ "drips", answer_drip, "http", false, 200, HTTP_TIMEOUT, true,
		  "reading the answer" },
		{ "white space for ever", answer_whitespace, "http", false, 200,
		  HTTP_TIMEOUT, true, "reading the answer" },
		{ "1xx for ever", answer_1xx, "http", false, 200, HTTP_TIMEOUT,
		  true, "reading the answer" },
		{ "body for ever", answer_endless_body, "http", false, 5000,
		  HTTP_TOO_BIG, true, NULL },
		{ "1 MB of a header", answer_long_header, "http", false, 5000,
		  HTTP_GARBAGE, true, NULL },
		{ "headers for ever", answer_many_headers, "http", false, 5000,
		  HTTP_CUT, true, NULL },
		{ "TLS: never answers", answer_never, "https", true, 200,
		  HTTP_TIMEOUT, false, "connecting" },
		{ "TLS: garbage", answer_tls_garbage, "https", true, 5000,
		  HTTP_TLS, false, NULL },
		{ "TLS: reset", answer_tls_reset, "https", true, 5000, HTTP_TLS,
		  false, NULL },
	};
	struct transport *t = client_start(1, NULL);

	(void)state;
	for (size_t i = 0; i < LENGTH(ordeals); i++)
		check_ordeal(t, &ordeals[i]);
	transport_stop(t);
}

/* A server that does not read: time ends while sending, nothing to bill. */
static void times_out_sending(void **state)
{
	static char megabytes[8 << 20];
	const struct text body = { megabytes, sizeof(megabytes) };
	struct transport *t = client_start(1, NULL);
	struct server_script script = { .answer = answer_deaf, .blind = true };
	struct http_request request;
	struct http_reply reply;
	struct socket_server *s;
	int released[2];

	(void)state;
	assert_int_equal(pipe(released), 0);
	script.ctx = &released[0];
	s = server_start(&script);
	request = client_request(client_url("http", server_port(s)));
	request.parts = &body;
	request.timeout_ms = 200;
	client_perform(t, &request, &reply);
	assert_int_equal(reply.fault, HTTP_TIMEOUT);
	assert_non_null(strstr(reply.message, "sending the request"));
	assert_false(reply.possibly_billed);
	check_time(&reply, 200);
	http_reply_release(&reply);
	close(released[1]);
	server_stop(s);
	close(released[0]);
	transport_stop(t);
}

/* ---- no connection --------------------------------------------------- */

/* A TCP socket bound to a free port of loopback; *port is that. */
static int bound_socket(unsigned *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void says_who_refuses(void **state)
{
	struct transport *t = client_start(1, NULL);
	struct http_request request;
	struct http_reply reply;
	unsigned port;
	int fd = bound_socket(&port); /* bound, not listening: refused */

	(void)state;
	request = client_request(client_url("http", port));
	client_perform(t, &request, &reply);
	assert_int_equal(reply.fault, HTTP_CONNECT);
	assert_true(reply.unsent);
	assert_string_equal(reply.message,
			    "127.0.0.1: no connection: Connection refused");
	assert_int_equal(reply.status, 0);
	assert_false(reply.possibly_billed);
	http_reply_release(&reply);
	close(fd);
	transport_stop(t);
}

/* Fills a listener's queue until a connection no longer comes about. */
static unsigned fill_backlog(unsigned port, int *fds, unsigned most)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port) };
	unsigned n = 0;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	while (n < most) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		assert_true(fd >= 0);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		fds[n++] = fd;
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) <
			    0 &&
		    poll(&p, 1, 100) == 0)
			return n;
	}
	fail_msg("a backlog of %u connections is not full", most);
	return n;
}

static void times_out_connecting(void **state)
{
	const struct http_options impatient = { .max_requests = 1,
						.connect_timeout_ms = 150 };
	struct transport *t;
	struct http_request request;
	struct http_reply reply;
	unsigned port, count;
	int fds[16], fd = bound_socket(&port);

	(void)state;
	assert_int_equal(listen(fd, 0), 0);
	count = fill_backlog(port, fds, LENGTH(fds));
	request = client_request(client_url("http", port));

	/* the whole request's time */
	t = client_start(1, NULL);
	request.timeout_ms = 150;
	client_perform(t, &request, &reply);
	assert_int_equal(reply.fault, HTTP_TIMEOUT);
	assert_non_null(strstr(reply.message, "connecting"));
	check_time(&reply, 150);
	http_reply_release(&reply);
	transport_stop(t);

	/* the time to connect: others may have better luck */
	t = transport_start(&impatient, NULL);
	assert_non_null(t);
	request.timeout_ms = 5000;
	client_perform(t, &request, &reply);
	assert_int_equal(reply.fault, HTTP_CONNECT);
	assert_true(reply.unsent);
	check_time(&reply, 150);
	assert_false(reply.possibly_billed);
	http_reply_release(&reply);
	transport_stop(t);

	while (count-- > 0)
		close(fds[count]);
	close(fd);
}

/* The same name, asked by the test: what this machine's resolver says. */
static enum http_fault expected_of(const char *name)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	int code = getaddrinfo(name, NULL, &hints, &found);

	if (code == 0)
		freeaddrinfo(found);
	return code == 0 || code == EAI_AGAIN || code == EAI_FAIL
		       ? HTTP_CONNECT
		       : HTTP_RESOLVE;
}

static void tells_names_from_resolvers(void **state)
{
	struct transport *t = client_start(1, NULL);
	struct http_request request = client_request(
		"https://no-such-host.invalid/v1");
	struct http_reply reply;

	(void)state;
	request.timeout_ms = 10000;
	client_perform(t, &request, &reply);
	if (reply.total_ms < 1000)
		assert_int_equal(reply.fault,
				 expected_of("no-such-host.invalid"));
	else
		assert_int_equal(reply.fault, HTTP_CONNECT);
	assert_true(reply.unsent);
	assert_non_null(strstr(reply.message, "no-such-host.invalid"));
	assert_false(reply.possibly_billed);
	http_reply_release(&reply);
	transport_stop(t);
}

/* No descriptor left: our fault, said so, and no loop. */
static void runs_out_of_files(void **state)
{
	struct transport *t = client_start(1, NULL);
	struct http_request request;
	struct http_reply reply;
	struct rlimit before, none;
	unsigned port;
	int fd = bound_socket(&port), next = dup(fd);

	(void)state;
	assert_true(next >= 0);
	close(next); /* the lowest that is free */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)next;
	request = client_request(client_url("http", port));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	client_perform(t, &request, &reply);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(reply.fault, HTTP_BROKEN);
	assert_non_null(strstr(reply.message, "Too many open files"));
	http_reply_release(&reply);
	/* and it goes on when there is one again */
	client_perform(t, &request, &reply);
	assert_int_equal(reply.fault, HTTP_CONNECT);
	assert_true(reply.unsent);
	http_reply_release(&reply);
	close(fd);
	transport_stop(t);
}

/* ---- what is sent ---------------------------------------------------- */

static const char reply_ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

static enum after answer_ok(struct peer *peer, const struct seen *seen,
			    void *ctx)
{
	(void)seen;
	(void)ctx;
	peer_puts(peer, reply_ok);
	return KEEP;
}

static void sends_nothing_unsound(void **state)
{
	static const char *const split[] = { "X: a\r\nY: b", NULL };
	static const char *const newline[] = { "Fine: yes", "X: a\n", NULL };
	static const char *const nameless[] = { "no colon", NULL };
	const char *crowd[HTTP_REQUEST_HEADERS + 2];
	const struct server_script script = { .answer = answer_ok };
	struct socket_server *s = server_start(&script);
	struct transport *t = client_start(1, NULL);
	const struct http_request good = client_request(
		client_url("http", server_port(s)));
	struct http_request bad[10];
	struct http_reply reply;

	(void)state;
	for (size_t i = 0; i < LENGTH(crowd); i++)
		crowd[i] = "X: a";
	crowd[HTTP_REQUEST_HEADERS + 1] = NULL;
	for (size_t i = 0; i < LENGTH(bad); i++)
		bad[i] = good;
	bad[0].headers = split;
	bad[1].headers = newline;
	bad[2].headers = nameless;
	bad[3].headers = crowd;
	bad[4].url = "http://example.com/";
	bad[5].url = "https://me:mine@127.0.0.1/";
	bad[6].url = "file:///etc/passwd";
	bad[7].method = "POST /x HTTP/1.1\r\nX: y";
	bad[8].method = "GET"; /* with a body */
	bad[9].timeout_ms = 0;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		client_perform(t, &bad[i], &reply);
		if (reply.fault != HTTP_BROKEN || !reply.message[0])
			fail_msg("request %zu: fault %d", i, reply.fault);
		assert_null(strstr(reply.message, "mine"));
		assert_false(reply.possibly_billed);
		http_reply_release(&reply);
	}
	assert_int_equal(server_connections(s), 0);
	/* the handle they were on is as good as before */
	client_perform(t, &good, &reply);
	assert_int_equal(reply.fault, HTTP_OK);
	assert_int_equal(server_requests(s), 1);
	http_reply_release(&reply);
	transport_stop(t);
	server_stop(s);
}

/* Answers with what it got: the method, and what is odd in the headers. */
static enum after answer_method(struct peer *peer, const struct seen *seen,
				void *ctx)
{
	size_t len = strcspn(seen->head, " ");
	char text[200];

	(void)ctx;
	snprintf(text, sizeof(text),
		 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
		 "Retry-After: %u\r\n\r\n%.*s %zu%s%s",
		 len + 2, seen->number, (int)len, seen->head, seen->body_len,
		 strstr(seen->head, "Expect") ? " expects" : "",
		 strstr(seen->head, "Accept-Encoding") ? " encodings" : "");
	peer_puts(peer, text);
	return KEEP;
}

static void sends_every_method(void **state)
{
	static const struct {
		const char *method;
		size_t parts;
		const char *seen;
	} methods[] = {
		{ "POST", 1, "POST 2" },     { "GET", 0, "GET 0" },
		{ "POST", 0, "POST 0" },     { "PATCH", 1, "PATCH 2" },
		{ "DELETE", 0, "DELETE 0" }, { "GET", 0, "GET 0" },
		{ "PUT", 1, "PUT 2" },       { "POST", 1, "POST 2" },
	};
	const struct server_script script = { .answer = answer_method };
	struct socket_server *s = server_start(&script);
	struct transport *t = client_start(1, NULL);
	struct http_request request = client_request(
		client_url("http", server_port(s)));
	char id[20];

	(void)state;
	for (size_t i = 0; i < LENGTH(methods); i++) {
		struct http_reply reply;

		request.method = methods[i].method;
		request.part_count = methods[i].parts;
		client_perform(t, &request, &reply);
		assert_int_equal(reply.fault, HTTP_OK);
		assert_string_equal(reply.body.data, methods[i].seen);
		snprintf(id, sizeof(id), "%zu", i + 1);
		assert_string_equal(reply.headers[HEADER_RETRY_AFTER], id);
		http_reply_release(&reply);
	}
	assert_int_equal(server_connections(s), 1);
	transport_stop(t);
	server_stop(s);
}

#define PARTS 5000

static char pattern(size_t i)
{
	return (char)('a' + i * 31 % 26);
}

static enum after answer_pattern(struct peer *peer, const struct seen *seen,
				 void *ctx)
{
	const size_t *expected = ctx;
	bool same = seen->body_len == *expected;

	for (size_t i = 0; same && i < seen->body_len; i++)
		same = seen->body[i] == pattern(i);
	peer_puts(peer, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
	peer_puts(peer, same ? "same" : "diff");
	return KEEP;
}

/* A large body in parts of every size, empty ones too, arrives as it was. */
static void sends_parts_in_order(void **state)
{
	size_t total = 0;
	const struct server_script script = { .answer = answer_pattern,
					      .ctx = &total };
	struct text *parts = xcalloc(PARTS, sizeof(*parts));
	char *all = xmalloc((size_t)2 << 20);
	struct transport *t = client_start(1, NULL);
	struct socket_server *s;
	struct http_request request;
	struct http_reply reply;

	(void)state;
	for (size_t i = 0; i < PARTS; i++) {
		parts[i] = (struct text){ all + total, i % 500 };
		total += i % 500;
	}
	assert_true(total > 1 << 20);
	for (size_t i = 0; i < total; i++)
		all[i] = pattern(i);
	s = server_start(&script);
	request = client_request(client_url("http", server_port(s)));
	request.parts = parts;
	request.part_count = PARTS;
	for (int i = 0; i < 2; i++) {
		client_perform(t, &request, &reply);
		assert_int_equal(reply.fault, HTTP_OK);
		assert_string_equal(reply.body.data, "same");
		http_reply_release(&reply);
	}
	transport_stop(t);
	server_stop(s);
	free(parts);
	free(all);
}

static int setup(void **state)
{
	(void)state;
	client_clean_environment();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_as_expected),
		cmocka_unit_test(outlasts_ordeals),
		cmocka_unit_test(times_out_sending),
		cmocka_unit_test(says_who_refuses),
		cmocka_unit_test(times_out_connecting),
		cmocka_unit_test(tells_names_from_resolvers),
		cmocka_unit_test(runs_out_of_files),
		cmocka_unit_test(sends_nothing_unsound),
		cmocka_unit_test(sends_every_method),
		cmocka_unit_test(sends_parts_in_order),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
