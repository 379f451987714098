/* A reply: what it says, how it is framed, and what is to go wrong with it. */
#ifndef FAKE_REPLY_H
#define FAKE_REPLY_H

#include "wire.h"

#include <jansson.h>

struct fault;

/* How the end of the body is told. */
enum framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

/* What becomes of the connection after a reply. */
enum ending { END_KEEP, END_CLOSE, END_RESET };

/* The numbers that faults are given; -1 where the rule has none. */
struct fault_settings {
	json_int_t at;          /* bytes of the body that are sent */
	json_int_t bytes;       /* size of what is too big */
	json_int_t interval_ms; /* between two bytes */
	double seconds;         /* of keep-alive white space; negative: none */
};

/*
 * The body is `document` (JSON) until reply_finish(), then `body`, unless
 * `body_given` says that body was set as it is. reply_release() frees.
 */
struct reply {
	int status;
	json_t *headers; /* name: value, or array of values; may be NULL */
	json_t *document;
	struct text body;
	bool body_given;
	bool close; /* the last one on its connection */
	enum framing framing;
	long delay_ms;
	const struct fault *fault; /* NULL: nothing goes wrong */
	struct fault_settings settings;
};

/* A good, empty reply of that status into an uninitialised struct. */
void reply_init(struct reply *reply, int status);

/* Makes it an error in OpenRouter's shape; message borrowed. */
void reply_error(struct reply *reply, int status, const char *message);

/* Turns the document into the body and settles what was left open. */
void reply_finish(struct reply *reply);

/* Appends status line and headers, with the empty line behind them. */
void reply_head(const struct reply *reply, struct text *out);

/* Appends <data, length>, a part of the body, in the reply's framing. */
void reply_body(const struct reply *reply, struct text *out, const char *data,
		size_t length);

/* Appends the sign for the body's end, where the framing has one. */
void reply_end(const struct reply *reply, struct text *out);

/* Appends all of the reply, as it is on the wire. */
void reply_whole(const struct reply *reply, struct text *out);

/* Sends the text and releases it. -1: the client is gone. */
int text_send(struct text *out, struct wire *wire);

/* Sends the whole reply as it should be; what becomes of the connection. */
enum ending reply_send(const struct reply *reply, struct wire *wire);

/* Frees what the reply holds. */
void reply_release(struct reply *reply);

#endif
