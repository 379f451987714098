/* How a request ended: what it is called, and in words for a person. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "net/exchange.h"

/* A resolver that works has answered by then. */
enum { FAST_LOOKUP_MS = 1000 };

/* How far a request got; in words for a person. */
enum phase { CONNECTING, SENDING, WAITING, READING };

static const char *const phase_words[] = {
	[CONNECTING] = "connecting",
	[SENDING] = "sending the request",
	[WAITING] = "waiting for the answer",
	[READING] = "reading the answer",
};

static curl_off_t info_size(struct exchange *x, CURLINFO what)
{
	curl_off_t value = 0;

	curl_easy_getinfo(x->easy, what, &value);
	return value;
}

static long info_long(struct exchange *x, CURLINFO what)
{
	long value = 0;

	curl_easy_getinfo(x->easy, what, &value);
	return value;
}

static enum phase reached(struct exchange *x)
{
	if (x->answered)
		return READING;
	if (info_size(x, CURLINFO_PRETRANSFER_TIME_T) == 0)
		return CONNECTING;
	if ((size_t)info_size(x, CURLINFO_SIZE_UPLOAD_T) < x->body_len)
		return SENDING;
	return WAITING;
}

/*
 * Did a kept connection take bytes of the body, and die, so that libcurl began
 * to make a new one?  It may still tell the times of the first, but counts what
 * the newest has taken.
 */
static bool lost_body(struct exchange *x)
{
	return (x->part > 0 || x->offset > 0) && !x->answered &&
	       info_size(x, CURLINFO_SIZE_UPLOAD_T) == 0;
}

/* What a code says by itself; what is not here is our own fault. */
static enum http_fault fault_of(CURLcode code)
{
	static const struct {
		CURLcode code;
		enum http_fault fault;
	} rows[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, HTTP_RESOLVE },
		{ CURLE_COULDNT_RESOLVE_PROXY, HTTP_CONNECT },
		{ CURLE_COULDNT_CONNECT, HTTP_CONNECT },
		{ CURLE_PROXY, HTTP_CONNECT },
		{ CURLE_QUIC_CONNECT_ERROR, HTTP_CONNECT },
		{ CURLE_SSL_CONNECT_ERROR, HTTP_TLS },
		{ CURLE_SSL_CIPHER, HTTP_TLS },
		{ CURLE_SSL_CERTPROBLEM, HTTP_TLS },
		{ CURLE_SSL_CLIENTCERT, HTTP_TLS },
		{ CURLE_USE_SSL_FAILED, HTTP_TLS },
		{ CURLE_PEER_FAILED_VERIFICATION, HTTP_CERT },
		{ CURLE_SSL_CACERT_BADFILE, HTTP_CERT },
		{ CURLE_SSL_ISSUER_ERROR, HTTP_CERT },
		{ CURLE_SSL_CRL_BADFILE, HTTP_CERT },
		{ CURLE_SSL_PINNEDPUBKEYNOTMATCH, HTTP_CERT },
		{ CURLE_SSL_INVALIDCERTSTATUS, HTTP_CERT },
		{ CURLE_OPERATION_TIMEDOUT, HTTP_TIMEOUT },
		{ CURLE_PARTIAL_FILE, HTTP_CUT },
		{ CURLE_GOT_NOTHING, HTTP_CUT },
		{ CURLE_SEND_ERROR, HTTP_CUT },
		{ CURLE_RECV_ERROR, HTTP_CUT },
		{ CURLE_SSL_SHUTDOWN_FAILED, HTTP_CUT },
		{ CURLE_HTTP2, HTTP_CUT },
		{ CURLE_HTTP2_STREAM, HTTP_CUT },
		{ CURLE_HTTP3, HTTP_CUT },
		{ CURLE_SEND_FAIL_REWIND, HTTP_STALE },
		{ CURLE_FILESIZE_EXCEEDED, HTTP_TOO_BIG },
		/* the scheme was checked: this is the reply's version */
		{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_GARBAGE },
		{ CURLE_WEIRD_SERVER_REPLY, HTTP_GARBAGE },
		{ CURLE_BAD_CONTENT_ENCODING, HTTP_GARBAGE },
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		if (rows[i].code == code)
			return rows[i].fault;
	return HTTP_BROKEN;
}

/* The code, seen in the light of how far the request got. */
static enum http_fault judge(struct exchange *x, CURLcode code)
{
	enum http_fault fault = fault_of(code);
	enum phase phase;

	/* a reply that ends among its headers is a fine one to libcurl */
	if (code == CURLE_OK && !x->head_whole)
		return HTTP_CUT;
	if (code == CURLE_OK)
		return x->reply->status / 100 == 3 ? HTTP_REDIRECT : HTTP_OK;
	if (x->too_big)
		return HTTP_TOO_BIG;
	if (lost_body(x))
		return HTTP_STALE;
	if (info_long(x, CURLINFO_HTTP_CONNECTCODE) == 407)
		return HTTP_PROXY;
	phase = reached(x);
	if (fault == HTTP_TIMEOUT && phase == CONNECTING &&
	    x->options->connect_timeout_ms < x->request->timeout_ms)
		return HTTP_CONNECT;
	if (fault == HTTP_CONNECT && x->socket_errno)
		return HTTP_BROKEN;
	if (fault == HTTP_CUT && phase == CONNECTING)
		return HTTP_CONNECT;
	if (fault == HTTP_CUT && phase != READING &&
	    info_long(x, CURLINFO_NUM_CONNECTS) == 0)
		return HTTP_STALE;
	/* before 8.6.0 that is also a header line beyond libcurl's limit */
	if (code == CURLE_OUT_OF_MEMORY && phase == READING)
		return HTTP_GARBAGE;
	return fault;
}

/* libcurl's or the system's reason, on one line of printable ASCII. */
static void find_reason(struct exchange *x, CURLcode code, char *to,
			size_t size)
{
	int number = x->socket_errno;

	if (!number && code == CURLE_COULDNT_CONNECT)
		number = (int)info_long(x, CURLINFO_OS_ERRNO);
	if (number && strerror_r(number, to, size) == 0)
		return;
	snprintf(to, size, "%s",
		 x->detail[0] ? x->detail : curl_easy_strerror(code));
	for (char *s = to; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

/* What a person is told after the host's name, and what follows that. */
static const struct {
	const char *words;
	enum { NOTHING, REASON, PHASE } tail;
} phrases[] = {
	[HTTP_OK] = { "", NOTHING },
	[HTTP_RESOLVE] = { "no connection", REASON },
	[HTTP_CONNECT] = { "no connection", REASON },
	[HTTP_TLS] = { "no secure connection", REASON },
	[HTTP_CERT] = { "certificate not trusted (the file of a private CA "
			"goes into `cacert`)",
			REASON },
	[HTTP_TIMEOUT] = { "no complete answer in time, given up", PHASE },
	[HTTP_CUT] = { "connection broken", PHASE },
	[HTTP_STALE] = { "a kept connection was closed without an answer",
			 NOTHING },
	[HTTP_TOO_BIG] = { "the answer is larger than allowed", NOTHING },
	[HTTP_PROXY] = { "the proxy wants a user and a password (407)",
			 NOTHING },
	[HTTP_REDIRECT] = { "the answer is a redirect; none is followed, "
			    "correct the URL",
			    NOTHING },
	[HTTP_GARBAGE] = { "the answer is not HTTP", NOTHING },
	[HTTP_STOPPED] = { "the run was stopped", PHASE },
	[HTTP_BROKEN] = { "cannot send", REASON },
};

/* Sets the fault and says it to a person, with nothing of any body. */
static void tell(struct exchange *x, enum http_fault fault, CURLcode code)
{
	const char *host = x->target.host, *words = phrases[fault].words;
	char why[CURL_ERROR_SIZE];

	switch (phrases[fault].tail) {
	case NOTHING:
		http_reply_fail(x->reply, fault, "%s: %s", host, words);
		break;
	case REASON:
		find_reason(x, code, why, sizeof(why));
		http_reply_fail(x->reply, fault, "%s: %s: %s", host, words,
				why);
		break;
	case PHASE:
		http_reply_fail(x->reply, fault, "%s: %s while %s", host, words,
				phase_words[reached(x)]);
		break;
	}
}

static void complete(struct exchange *x, enum http_fault fault, CURLcode code)
{
	struct http_reply *reply = x->reply;
	bool sent;

	if (fault == HTTP_OK)
		return;
	tell(x, fault, code);
	x->spoiled = true;
	sent = fault == HTTP_STALE || lost_body(x);
	reply->unsent = !sent && reached(x) == CONNECTING;
	reply->possibly_billed = x->body_len > 0 &&
				 (sent || reached(x) >= WAITING);
}

void exchange_end(struct exchange *x, CURLcode code)
{
	x->reply->status = (int)info_long(x, CURLINFO_RESPONSE_CODE);
	complete(x, judge(x, code), code);
}

void exchange_abandon(struct exchange *x, enum http_fault fault)
{
	x->reply->status = (int)info_long(x, CURLINFO_RESPONSE_CODE);
	complete(x, fault, CURLE_ABORTED_BY_CALLBACK);
}

void exchange_doubt_name(const char *url, struct http_reply *reply)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	struct http_target target;
	int code = EAI_AGAIN;

	if (reply->fault != HTTP_RESOLVE ||
	    http_parse_url(url, &target, NULL) < 0)
		return;
	if (reply->total_ms < FAST_LOOKUP_MS)
		code = getaddrinfo(target.host, NULL, &hints, &found);
	if (code == 0)
		freeaddrinfo(found);
	if (code != 0 && code != EAI_AGAIN && code != EAI_FAIL &&
	    code != EAI_MEMORY && code != EAI_SYSTEM)
		return;
	http_reply_fail(reply, HTTP_CONNECT,
			"%s: no connection: name resolution does not work%s%s",
			target.host, code ? ": " : " reliably",
			code ? gai_strerror(code) : "");
}
