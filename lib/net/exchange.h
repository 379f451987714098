/*
 * One easy handle and the request that is on it.
 *
 * Handles are kept and used again: what never changes is set once.  All
 * functions belong to the thread that owns the handle, save the last.
 */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/http.h"

/* What all handles have in common; outlives them. */
struct exchange_options {
	const char *user_agent; /* or NULL: none is sent */
	const char *ca_file;    /* NULL: libcurl's default */
	const char *ca_path;    /* NULL: none; else the CA store is not kept */
	int64_t connect_timeout_ms;
	bool http2;
};

struct exchange {
	/* of the handle */
	const struct exchange_options *options;
	void *owner;
	CURL *easy;
	bool spoiled; /* its last request failed: see exchange_begin() */
	char detail[CURL_ERROR_SIZE]; /* libcurl's words */
	char *url; /* the one that is set and checked, or NULL */
	struct http_target target;
	/* of the request on it */
	const struct http_request *request;
	struct http_reply *reply;
	struct curl_slist lines[HTTP_REQUEST_HEADERS + 1];
	size_t limit;        /* bytes of body we take */
	size_t body_len;     /* bytes of body to send */
	size_t part, offset; /* the next byte to send */
	bool answered;       /* a line of the reply came */
	bool head_whole;     /* and the empty one after the headers */
	bool too_big;
	int64_t extra_ms; /* time that it was given beside its own */
	int socket_errno; /* why no socket could be made, 0 if none failed */
};

/*
 * Makes the handle; `owner` is what CURLINFO_PRIVATE gives.  Borrows the
 * options.  -1 if libcurl cannot: no memory, or it lacks an option we rely on.
 */
int exchange_init(struct exchange *x, const struct exchange_options *options,
		  void *owner) MUST_USE;
void exchange_release(struct exchange *x);

/*
 * Puts a request on the handle; both are borrowed until it ends.  -1 if it
 * cannot be sent; *reply is then complete (HTTP_BROKEN).
 */
int exchange_begin(struct exchange *x, const struct http_request *request,
		   struct http_reply *reply) MUST_USE;

/* Completes the reply of a request that does not begin, for `why`; -1. */
int exchange_refuse(struct exchange *x, const char *why);

/* Gives the request so much more time, from now on. */
void exchange_extend(struct exchange *x, int64_t ms);

/* Completes the reply (save total_ms) after libcurl ended with `code`. */
void exchange_end(struct exchange *x, CURLcode code);

/* The same if we ended it: HTTP_STOPPED or HTTP_TIMEOUT. */
void exchange_abandon(struct exchange *x, enum http_fault fault);

/*
 * libcurl has one code for a name that does not exist and a resolver that
 * does not work.  Asks the resolver again if it answered fast, and makes
 * HTTP_RESOLVE a HTTP_CONNECT if the name is not to blame.  total_ms is set.
 * From any thread; may block, so not from the one with the handles.
 */
void exchange_doubt_name(const char *url, struct http_reply *reply);

#endif
