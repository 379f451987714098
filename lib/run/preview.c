/* What a run would do, without doing it. */
#include "run/preview.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "data/json.h"
#include "run/intake.h"

struct lint {
	json_t *sentences; /* by prompt's name: array of strings */
};

static void take_sentence(void *ctx, const char *name, const char *text)
{
	struct lint *lint = ctx;
	json_t *list = json_object_get(lint->sentences, name);

	if (!list) {
		list = json_array();
		json_object_set_new(lint->sentences, name, list);
	}
	json_array_append_new(list, json_string(text));
}

static void take_variable(void *ctx, const char *name, bool used)
{
	json_t *both = ctx;

	json_array_append_new(json_object_get(both, "offered"),
			      json_string(name));
	if (used)
		json_array_append_new(json_object_get(both, "used"),
				      json_string(name));
}

/* spec NULL: the context; tail: what follows its words, the schema. */
static json_t *describe(const struct prompt *p, const struct prompt_spec *spec,
			const char *tail, const struct lint *lint)
{
	json_t *sentences = json_object_get(lint->sentences, p->name);
	json_t *variables = json_pack("{s:[], s:[]}", "used", "offered");

	prompts_variables(p, spec, take_variable, variables);
	return json_pack(
		"{s:s, s:s, s:s, s:o, s:I, s:o}", "source", p->source,
		"version", p->version, "sha256", p->sha256, "variables",
		variables, "tokens",
		(json_int_t)estimate_tokens(prompt_own_bytes(p) + strlen(tail)),
		"lint", sentences ? json_incref(sentences) : json_array());
}

/* The rule book in place of prompts. */
static void preview_rules(const struct model_side *m, struct buf *out)
{
	char *text = model_side_prompts(m);

	buf_printf(out,
		   "{\"dry_run\":\"%s\",\"engine\":\"rules\",\"model\":null,"
		   "\"prompts\":%s}",
		   CALLQA_VERSION, text);
	free(text);
}

void preview_prompts(const struct model_side *m, struct buf *out)
{
	const struct prompt_spec *specs = stage_prompts();
	const struct prompts *p = m->prompts;
	struct lint lint = { .sentences = NULL };
	json_auto_t *all = NULL, *line = NULL;

	if (m->rulebook) {
		preview_rules(m, out);
		return;
	}
	lint.sentences = json_object();
	all = json_object();
	prompts_lint(p, specs, take_sentence, &lint);
	if (p->context)
		json_object_set_new(all, "context",
				    describe(p->context, NULL, "", &lint));
	for (size_t s = 0; s < p->stage_count; s++)
		json_object_set_new(all, p->stages[s].name,
				    describe(&p->stages[s], &specs[s],
					     m->llm.chat.stages[s].tail,
					     &lint));
	line = json_pack("{s:s, s:s, s:O}", "dry_run", CALLQA_VERSION, "model",
			 m->settings->model, "prompts", all);
	json_write(out, line, JSON_STYLE_LINE);
	json_decref(lint.sentences);
}

void preview_estimate(struct model_side *m, struct call *call, struct buf *out)
{
	long tokens[STAGE_COUNT] = { 0 }, answer[STAGE_COUNT] = { 0 }, in = 0,
	     most_out = 0;
	int k = m->rulebook ? 0 : m->settings->repeat;
	struct buf body;

	buf_init(&body, LIMIT_BODY_BYTES);
	m->engine.begin(m->engine.ctx, call);
	for (int s = 0; s < STAGE_COUNT && !m->rulebook; s++) {
		buf_clear(&body);
		llm_print(&m->llm, call, s, &body);
		tokens[s] = estimate_tokens(body.len);
		answer[s] = m->llm.chat.stages[s].max_tokens;
		in += tokens[s];
		most_out += answer[s];
	}
	m->engine.end(m->engine.ctx, call);
	buf_release(&body);
	buf_puts(out, "{\"call_id\":");
	buf_json_string(out, call_id(call), strlen(call_id(call)));
	buf_printf(out,
		   ",\"status\":\"ok\",\"estimate\":{\"requests\":[%d,%d],"
		   "\"tokens_in\":[%ld,%ld],\"tokens_out_max\":[%ld,%ld]},"
		   "\"warnings\":",
		   k * (STAGE_COUNT - 1), k * STAGE_COUNT,
		   k * (in - tokens[STAGE_DEEP_DIVE]), k * in,
		   k * (most_out - answer[STAGE_DEEP_DIVE]), k * most_out);
	json_write(out, call->warnings, JSON_STYLE_LINE);
	buf_putc(out, '}');
}

void preview_requests(struct model_side *m, struct call *call, struct buf *out)
{
	m->engine.begin(m->engine.ctx, call);
	for (int s = 0; s < STAGE_COUNT; s++) {
		buf_puts(out, s ? "\n{\"call_id\":" : "{\"call_id\":");
		buf_json_string(out, call_id(call), strlen(call_id(call)));
		buf_printf(out,
			   ",\"stage\":\"%s\",\"request\":", stages[s].name);
		llm_print(&m->llm, call, s, out);
		buf_putc(out, '}');
	}
	m->engine.end(m->engine.ctx, call);
}
