/* One request and its reply, and the world that all exchanges share. */
#ifndef FAKE_EXCHANGE_H
#define FAKE_EXCHANGE_H

#include "answer.h"
#include "calls.h"
#include "http.h"
#include "log.h"
#include "reply.h"
#include "script.h"

/* Shared by all threads; read-only after start, but for what has locks. */
struct fake {
	double start;            /* now_seconds() at start */
	struct calls *calls;     /* NULL: none known */
	struct answers *answers; /* NULL: all are made up */
	json_t *templates;       /* PromptLayer's; NULL: it has none */
	uint64_t seed;
	const char *model_name; /* NULL: the request's */
	long latency_ms;
	long jitter_ms;
	struct script *script; /* has its own lock */
	struct log *log;       /* likewise */
};

/* One request and its reply, owned by the thread of its connection. */
struct exchange {
	struct fake *fake;
	struct request request;
	struct reply reply;
	unsigned connection;
	unsigned n;   /* number of the request since start */
	unsigned nth; /* since the last reset */
	unsigned attempt;
	unsigned in_flight; /* with this one, when it arrived */
	char *stage;        /* NULL: belongs to none */
	char *call;         /* likewise */
	json_t *body;       /* parsed, if its route parses it */
	const struct rule *rule;
	double t_start;
	double t_end;
	int status;        /* that was sent; 0: none */
	const char *fault; /* that was committed, or NULL */
	bool client_gone;
};

/*
 * What answers a path: its end, or, where `path` ends in a slash, any part of
 * it. `identify` may set stage, call and body; `respond`
 * fills the reply, with the rule already found. A control route is neither
 * counted nor logged nor scripted.
 */
struct route {
	const char *method;
	const char *path;
	bool control;
	void (*identify)(struct exchange *exchange);
	void (*respond)(struct exchange *exchange);
};

#endif
