/*
 * The far end of `struct http`: plays a script of replies, one a request, and
 * keeps what was asked.  No socket, no wait; thread-safe.
 */
#ifndef SUPPORT_FAKE_HTTP_H
#define SUPPORT_FAKE_HTTP_H

#include <jansson.h>
#include <pthread.h>
#include <stddef.h>

#include "net/http.h"
#include "support/fake_clock.h"

/* One reply; all zero is an empty one without status. */
struct fake_reply {
	enum http_fault fault;
	int status;
	char *body;              /* owned by the script; NULL: empty */
	const char *retry_after; /* NULL: no such header */
	const char *applied;     /* Preference-Applied; NULL: likewise */
	bool maybe_done;         /* a fault after the whole body was sent */
	int64_t takes_ms;        /* passes on the clock */
};

enum { FAKE_REPLIES = 64 };

struct fake_http {
	struct http http; /* what is given to the code under test */
	struct fake_clock *clock;
	/* the script */
	struct fake_reply script[FAKE_REPLIES];
	size_t length;
	/* guarded by lock: what was asked */
	pthread_mutex_t lock;
	size_t count; /* requests; those beyond the script end HTTP_BROKEN */
	struct {
		char *url, *headers; /* owned; headers one a line */
		char *body;          /* owned */
		size_t len;
		int64_t timeout_ms, at; /* of the clock's now */
	} requests[FAKE_REPLIES];
};

/* An empty script; the clock is borrowed. */
void fake_http_init(struct fake_http *h, struct fake_clock *clock);
void fake_http_release(struct fake_http *h);

/* Append to the script: a fault below HTTP; any reply (body copied). */
void fake_http_fault(struct fake_http *h, enum http_fault fault);
struct fake_reply *fake_http_status(struct fake_http *h, int status,
				    const char *body);

/*
 * Appends a chat completion that holds the text, with 2000 tokens in, 20
 * out, 60 cached and a cost of 0.25; finish NULL is "stop".
 */
void fake_http_chat(struct fake_http *h, const char *content,
		    const char *finish);

/* The same with a JSON value as the text; it is taken. */
void fake_http_answer_take(struct fake_http *h, json_t *answer);

/* The i-th request's body as a value; aborts if it is no JSON.  New. */
json_t *fake_http_body(const struct fake_http *h, size_t i) MUST_USE;

#endif
