/*
 * A run of one call after the other, from the bytes of a request to the bytes
 * of its line: the real engine, a far end that plays a script.
 */
#ifndef SUPPORT_WHOLE_CALL_H
#define SUPPORT_WHOLE_CALL_H

#include <jansson.h>

#include "base/cancel.h"
#include "llm/engine.h"
#include "pipeline/report.h"
#include "run/intake.h"
#include "support/fake_http.h"

struct whole_call {
	struct fake_clock clock;
	struct fake_http far;
	struct prompts *prompts;
	char *prompts_json;
	struct cancel cancel;
	struct llm_options options;
	struct llm llm;
	struct engine engine;
	struct report_options report;
	struct seen seen;
	/* before the first request the host has asked all to wait this long */
	int64_t hold_ms;
	struct buf line; /* of the last call */
	struct report_facts facts;
};

/* With the built-in prompts; options and report may be changed.  New. */
struct whole_call *whole_call_new(void);
void whole_call_free(struct whole_call *w);

/*
 * Evaluates one request, or sample_request(); asserts that its line fits its
 * schema and returns it.  New.
 */
json_t *whole_call_run(struct whole_call *w, const json_t *request) MUST_USE;
json_t *whole_call_run_sample(struct whole_call *w) MUST_USE;

/* sample_answer() with the prompt's names; and as the next reply. */
json_t *whole_call_answer(const struct whole_call *w,
			  enum stage stage) MUST_USE;
void whole_call_reply(struct whole_call *w, enum stage stage);

#endif
