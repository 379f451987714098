/* The script: which reply does which request get instead of a good one? */
#ifndef FAKE_SCRIPT_H
#define FAKE_SCRIPT_H

#include "fault.h"
#include "http.h"

/*
 * A rule, read-only once loaded but for `used`, which the script's lock
 * guards. What is absent in the file is NULL, or -1 for numbers. The JSON
 * values are borrowed from `source` and may be read by several threads; they
 * must be copied before anything is changed.
 */
struct rule {
	json_t *source;
	/* which requests */
	const char *method;
	const char *path;
	const char *stage;
	const char *call;
	json_int_t attempt;
	json_int_t nth;
	json_int_t connection;
	json_int_t percent;
	double after_s;
	double before_s;
	json_int_t times;
	/* what they get */
	json_int_t status;
	const json_t *headers;
	const json_t *body;
	const json_t *body_hex;
	const json_t *json;
	const json_t *content;
	const json_t *answer;
	const json_t *patch;
	const json_t *finish_reason;
	const json_t *refusal;
	const json_t *usage;
	json_int_t delay_ms;
	bool fence;
	enum framing framing;
	const struct fault *fault;
	struct fault_settings settings;
	json_int_t used;
};

/* What a rule is matched with. */
struct subject {
	const struct request *request;
	const char *stage; /* NULL: the request belongs to none */
	const char *call;  /* NULL: likewise */
	unsigned connection;
	double when; /* it began, by now_seconds() */
};

struct script;

/* An empty script: every reply is good. */
struct script *script_new(void);

/* Adds the rules of a file; a fault in it ends the process with EXIT_USAGE. */
void script_load(struct script *script, const char *file);

/*
 * Counts a request and finds its rule, which is thereby used once: NULL if
 * none applies. `*attempt` gets the number of requests of that stage and call,
 * `*nth` of all, this one included. A connection that is to be closed asks
 * with `apply` false: counted, no rule.
 */
const struct rule *script_next(struct script *script,
			       const struct subject *subject, bool apply,
			       unsigned *attempt, unsigned *nth);

/* Lays the rule over a good reply: everything but what a model says. */
void script_apply(const struct rule *rule, struct reply *reply);

/* Forgets all counts. */
void script_reset(struct script *script);

/* Prints the keys of a rule and the faults, for --help. */
void script_help(void);

/* NULL is fine. */
void script_free(struct script *script);

#endif
