/* Reads one HTTP/1.1 request, strictly: the client under test is ours. */
#ifndef FAKE_HTTP_H
#define FAKE_HTTP_H

#include "wire.h"

#include <jansson.h>

#define HTTP_HEAD_MAX (64UL << 10)
#define HTTP_BODY_MAX (64UL << 20)

/* A request; request_release() frees what it holds. */
struct request {
	char *method;
	char *path;      /* the request target as sent, with its query */
	json_t *headers; /* lower-cased name: value; repeats joined by ", " */
	struct text body;
	bool close; /* the client wants, or HTTP/1.0 implies, no next one */
};

/*
 * Reads a request into a zeroed struct. 0: complete. -1: the connection ended
 * first. Else the status to refuse it with; the connection is then unusable.
 */
int request_read(struct request *request, struct wire *wire);

/* The value of a header (lower-case name), borrowed, or NULL. */
const char *request_header_peek(const struct request *request,
				const char *name);

/* Does the path, without its query, end in `suffix`? */
bool request_path_ends(const struct request *request, const char *suffix);

/* A JSON string of bytes that may be no UTF-8: '?' for those that are not. */
json_t *http_string_new(const char *bytes, size_t length);

/* Frees what the request holds. */
void request_release(struct request *request);

/* The reason phrase of a status, never NULL. */
const char *http_reason(int status);

#endif
