/*
 * One HTTP request, from DNS to the last byte of the reply.
 *
 * The seam to the world: the pipeline knows `struct http`, tests put in their
 * own.  The real one is net/transport.h.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

/* Most header lines a request may carry. */
#define HTTP_REQUEST_HEADERS 32

struct http_request {
	const char *method; /* GET, POST, PUT, PATCH, DELETE */
	const char *url;    /* one that http_check_url() takes */
	/* "Name: value" lines, NULL-ended, or NULL; no control characters */
	const char *const *headers;
	/* the body is these, one after the other; GET has none */
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
	HEADER_PREFERENCE_APPLIED,
	HEADER_COUNT
};

/* Bytes kept of a header's value, with the NUL. */
#define HTTP_HEADER_SIZE 128

/*
 * HTTP_OK says that the connection saw nothing wrong, not that the body is
 * whole: one that ends with its connection may be cut anywhere.
 */
struct http_reply {
	enum http_fault fault;
	char message[256]; /* for a person; of a fault only, no body text */
	int status;        /* 0 if none came */
	struct buf body;
	/* "" if absent; cut if longer */
	char headers[HEADER_COUNT][HTTP_HEADER_SIZE];
	int64_t total_ms;
	bool unsent;          /* a fault before there was a connection */
	bool possibly_billed; /* a fault after the whole body was sent */
};

struct http {
	/* Blocks until the reply is there.  *reply was http_reply_init()ed. */
	void (*perform)(void *ctx, const struct http_request *request,
			struct http_reply *reply);
	void *ctx;
};

/* An empty reply whose body can grow to `limit` bytes. */
void http_reply_init(struct http_reply *reply, size_t limit);

/* Makes it empty again and keeps the body's memory. */
void http_reply_clear(struct http_reply *reply);

/* Frees the body. */
void http_reply_release(struct http_reply *reply);

/* Sets the fault and, cut if too long, the message of it. */
void http_reply_fail(struct http_reply *reply, enum http_fault fault,
		     const char *format, ...) PRINTF_LIKE(3, 4);

/*
 * Keeps the value of a reply's header line ("Name: value", any line end) if
 * it is one of enum http_header; the first of a name counts.
 */
void http_reply_header(struct http_reply *reply, const char *line, size_t len);

/*
 * Can this be sent as a header line: a name, a colon, a value, no control
 * characters that would start another one?
 */
bool http_header_valid(const char *line);

/* Lines of one's own for requests, NULL-ended, owned; all zero: none. */
struct http_headers {
	char *lines[HTTP_REQUEST_HEADERS + 1];
};

/* Appends "NAME: VALUE".  More than HTTP_REQUEST_HEADERS is a defect. */
void http_headers_add(struct http_headers *h, const char *name,
		      const char *value);

/* Appends a key as RFC 6750, 2.1, has it: "Authorization: Bearer KEY". */
void http_headers_add_bearer(struct http_headers *h, const char *key);

/* The lines as a request borrows them. */
static inline const char *const *http_headers_of(const struct http_headers *h)
{
	return (const char *const *)h->lines;
}

/* Wipes the lines, for there are keys in them, and frees them. */
void http_headers_release(struct http_headers *h);

/* What a request's URL says about its target. */
struct http_target {
	char host[256];
	bool secure; /* https; else http, and then to loopback */
};

/*
 * Is the URL one that a key may be sent to: https, or http to loopback
 * (127.0.0.0/8, ::1, localhost), without a user, a password or a fragment?
 * -1 with *err (ERR_CONFIG) if not.  The message does not repeat the URL, for
 * it may hold a secret.
 */
int http_check_url(const char *url, struct error *err) MUST_USE;

/* The same, and *target is what it points to. */
int http_parse_url(const char *url, struct http_target *target,
		   struct error *err) MUST_USE;

/*
 * Appends the bytes with all but letters, digits, `-`, `.`, `_` and `~`, the
 * unreserved characters of RFC 3986, 2.3, as %XX: they stand for themselves
 * wherever in a URL they are put.
 */
void http_put_percent(struct buf *url, const char *data, size_t len);

/*
 * HTTP/1.1 or also 2?  Debian 12's libcurl 7.88.1 calls truncated HTTP/2
 * bodies complete; fixed in 8.0.0.  Pure: version as version_num.
 */
bool http2_trusted(unsigned version_num);

#endif
