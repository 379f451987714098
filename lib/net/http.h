/*
 * One HTTP request, from DNS to the last byte of the reply.
 *
 * The seam to the world: the pipeline knows `struct http`, tests put in their
 * own.  Behind the real one, a single transport thread owns every libcurl
 * handle, one connection pool and one parsed CA store (README.md, Threads).
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

struct http_request {
	const char *method; /* "POST", "GET" */
	const char *url;
	/* "Name: value" lines, NULL-ended; checked for CR, LF, NUL */
	const char *const *headers;
	/* the body is these, one after the other */
	const struct text *parts; /* borrowed while the request runs */
	size_t part_count;
	int64_t timeout_ms; /* DNS, connect, upload, waiting, download */
	size_t reply_limit; /* bytes of body */
};

/* How a request ended below HTTP. */
enum http_fault {
	HTTP_OK,       /* a complete reply; its status may be anything */
	HTTP_RESOLVE,  /* the host name does not exist */
	HTTP_CONNECT,  /* no connection: refused, unreachable, DNS failing */
	HTTP_TLS,      /* handshake broken off */
	HTTP_CERT,     /* certificate or host name not trusted */
	HTTP_TIMEOUT,  /* timeout_ms passed */
	HTTP_CUT,      /* connection ended or broken before the reply did */
	HTTP_STALE,    /* a kept connection was dead; the body may have gone */
	HTTP_TOO_BIG,  /* body beyond reply_limit */
	HTTP_PROXY,    /* proxy refuses us (407) */
	HTTP_REDIRECT, /* 3xx: never followed */
	HTTP_GARBAGE,  /* no HTTP, broken encoding */
	HTTP_STOPPED,  /* the run was abandoned */
	HTTP_BROKEN    /* our side: out of descriptors, bad URL */
};

/* Reply headers that somebody reads; the rest is dropped. */
enum http_header {
	HEADER_CONTENT_TYPE,
	HEADER_DATE,
	HEADER_RETRY_AFTER,
	HEADER_RETRY_AFTER_MS,
	HEADER_GENERATION_ID,
	HEADER_PREFERENCE_APPLIED,
	HEADER_COUNT
};

struct http_reply {
	enum http_fault fault;
	char message[256]; /* for a person; of a fault only, no body text */
	int status;        /* 0 if none came */
	struct buf body;
	char headers[HEADER_COUNT][128]; /* "" if absent; cut if longer */
	int64_t total_ms;
	bool possibly_billed; /* a fault after the whole body was sent */
};

struct http {
	/* Blocks until the reply is there.  *reply was http_reply_init()ed. */
	void (*perform)(void *ctx, const struct http_request *request,
			struct http_reply *reply);
	void *ctx;
};

void http_reply_init(struct http_reply *reply, size_t limit);
void http_reply_release(struct http_reply *reply);

struct http_options {
	unsigned max_requests; /* in flight at once */
	int64_t connect_timeout_ms;
	const char *cacert; /* PEM file, or NULL for the system's */
	const char *user_agent;
};

struct transport;

/*
 * Starts the transport thread; call curl_global_init() through here, before
 * other threads.  NULL with *err.
 */
struct transport *transport_start(const struct http_options *options,
				  struct error *err) MUST_USE;

/* The seam in front of it; valid until transport_stop(). */
struct http transport_http(struct transport *t);

/*
 * Gives requests in flight until `grace_ms` from now, then ends them as
 * HTTP_STOPPED; new ones end so at once.  From any thread, once.
 */
void transport_drain(struct transport *t, int64_t grace_ms);

/* Ends the thread; no request may be in flight.  NULL allowed. */
void transport_stop(struct transport *t);

/*
 * HTTP/1.1 or also 2?  Debian 12's libcurl 7.88.1 calls truncated HTTP/2
 * bodies complete; fixed in 8.0.0.  Pure: version as version_num.
 */
bool http2_trusted(unsigned version_num);

/*
 * Is the URL one that a key may be sent to: https, or http to loopback
 * (127.0.0.0/8, ::1, localhost)?  -1 with *err (ERR_CONFIG) if not.
 */
int http_check_url(const char *url, struct error *err) MUST_USE;

#endif
