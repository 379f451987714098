/* One call on its way through the pipeline. */
#include "pipeline/call.h"

#include <stdlib.h>

#include "base/xalloc.h"

struct call *call_new(void)
{
	struct call *call = xcalloc(1, sizeof(*call));

	call->warnings = json_array();
	return call;
}

void call_free(struct call *call)
{
	if (!call)
		return;
	json_decref(call->request);
	json_decref(call->warnings);
	redaction_release(&call->redaction);
	for (int s = 0; s < STAGE_COUNT; s++) {
		json_decref(call->results[s].outcome.answer);
		json_decref(call->results[s].unmatched);
	}
	free(call);
}

static struct text text_of(const json_t *string)
{
	return (struct text){ json_string_value(string),
			      json_string_length(string) };
}

const char *call_id(const struct call *call)
{
	return json_string_value(json_object_get(call->request, "call_id"));
}

const char *call_agent_id(const struct call *call)
{
	return json_string_value(json_object_get(call->request, "agent_id"));
}

struct text call_transcript(const struct call *call)
{
	return text_of(json_object_get(
		json_object_get(call->request, "transcript"), "transcript"));
}

struct text call_script(const struct call *call)
{
	return text_of(json_object_get(call->request, "ideal_script"));
}

const json_t *call_answer(const struct call *call, enum stage stage)
{
	const struct result *result = &call->results[stage];

	return result->state == STAGE_OK ? result->outcome.answer : NULL;
}

const char *stage_state_name(enum stage_state state)
{
	static const char *const names[] = { "waiting", "ok", "failed",
					     "not_needed", "skipped" };

	return names[state];
}

enum call_status call_status(const struct call *call)
{
	int answered = 0, lacking = 0, sent = 0;

	for (int s = 0; s < STAGE_COUNT; s++) {
		const struct result *r = &call->results[s];

		answered += r->state == STAGE_OK;
		lacking += r->state == STAGE_FAILED ||
			   r->state == STAGE_SKIPPED;
		sent += r->state == STAGE_FAILED;
	}
	if (!lacking)
		return CALL_OK;
	if (answered)
		return CALL_PARTIAL;
	return sent ? CALL_FAILED : CALL_SKIPPED;
}

const char *call_status_name(enum call_status status)
{
	static const char *const names[] = { "ok", "partial", "failed",
					     "skipped" };

	return names[status];
}
