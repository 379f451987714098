/*
 * The engine of a run as its settings want it: prompts, recording, network, or
 * a rule book.
 */
#ifndef RUN_MODEL_SIDE_H
#define RUN_MODEL_SIDE_H

#include "base/cancel.h"
#include "base/clock.h"
#include "llm/engine.h"
#include "llm/prices.h"
#include "net/transport.h"
#include "prompt/prompts.h"
#include "rules/rulebook.h"
#include "run/settings.h"

struct model_side {
	/* set before start, read-only */
	const struct settings *settings;
	struct cancel *cancel;
	struct clock clock;
	struct prompts *prompts;   /* NULL with engine rules */
	struct rulebook *rulebook; /* NULL without */
	char *url;
	struct http_headers headers; /* one holds the key */
	struct transport *transport; /* NULL: no network */
	struct http http;
	struct recording *recording; /* NULL: none */
	struct state *state;         /* NULL: none */
	char **fallbacks; /* models to try next, NULL-ended; or NULL */
	struct prices prices;
	struct llm llm;
	struct engine engine;
};

/*
 * Loads prompts, opens recording and state, starts the transport (unless
 * replaying or `offline`).  -1 with *err; then nothing is left to release.
 * Borrows settings and cancel; when cancel is stopped, requests in flight get
 * the grace period.
 */
int model_side_init(struct model_side *m, const struct settings *settings,
		    struct cancel *cancel, bool offline,
		    struct error *err) MUST_USE;

/* What reports say as `meta.prompts`: JSON text; new. */
char *model_side_prompts(const struct model_side *m) MUST_USE;

/* The greatest number of names that a stage's lists can hold together. */
int model_side_most_names(const struct model_side *m, enum stage stage);

/*
 * Ends all; closes the state and writes the recording: -1 with *err if one of
 * them fails.  complete: all records were seen, so that answers nobody asked
 * for can go.  Who stops the run from now on has nothing to drain.
 */
int model_side_release(struct model_side *m, bool complete,
		       struct error *err) MUST_USE;

#endif
