/* What a report says of how it came about: prompts, stages, warnings. */
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "data/json.h"
#include "pipeline/report_parts.h"

enum { REPORT_VERSION = 1 };

/* ---- small pieces ---------------------------------------------------- */

void report_put_string(struct buf *b, const char *s)
{
	if (s)
		buf_json_string(b, s, strlen(s));
	else
		buf_puts(b, "null");
}

void report_put_key(struct buf *b, const char *name)
{
	buf_printf(b, ",\"%s\":", name);
}

void report_put_member(struct buf *b, const char *name, const char *value)
{
	report_put_key(b, name);
	report_put_string(b, value);
}

void report_put_tree(struct buf *b, const char *name, const json_t *value)
{
	report_put_key(b, name);
	json_write(b, value, JSON_STYLE_LINE);
}

const char *report_error_text(const struct error *e, bool reproducible)
{
	bool transport = e->code == ERR_UPSTREAM_CONNECT ||
			 e->code == ERR_UPSTREAM_TLS ||
			 e->code == ERR_UPSTREAM_TIMEOUT ||
			 e->code == ERR_UPSTREAM_TRUNCATED;

	return reproducible && transport ? error_phrase(e->code) : e->text;
}

/* ---- meta ------------------------------------------------------------ */

/* US dollars: sums of small amounts, without the noise of their last bits. */
static void put_cost(struct buf *b, double dollars)
{
	json_auto_t *real = json_real(nearbyint(dollars * 1e10) / 1e10);

	json_write(b, real, JSON_STYLE_LINE);
}

static void put_prompt(struct buf *b, const char *name, const struct prompt *p)
{
	buf_puts(b, b->len > 1 ? "," : "");
	report_put_string(b, name);
	buf_puts(b, ":{\"source\":");
	report_put_string(b, p->source);
	report_put_member(b, "version", p->version);
	report_put_member(b, "sha256", p->sha256);
	buf_putc(b, '}');
}

char *report_prompts(const struct prompts *prompts)
{
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES);
	buf_putc(&b, '{');
	if (prompts && prompts->context)
		put_prompt(&b, "context", prompts->context);
	for (size_t s = 0; prompts && s < prompts->stage_count; s++)
		put_prompt(&b, prompts->stages[s].name, &prompts->stages[s]);
	buf_putc(&b, '}');
	return buf_take(&b);
}

static void put_usage(struct buf *b, const struct outcome *o, bool reproducible)
{
	const struct usage *u = &o->usage;

	if (!reproducible)
		buf_printf(b, ",\"attempts\":%d,\"re_asks\":%d", u->attempts,
			   u->re_asks);
	buf_printf(b,
		   ",\"latency_ms\":%lld,\"tokens\":{\"in\":%lld,"
		   "\"out\":%lld,\"cached\":%lld},\"cost\":",
		   reproducible ? 0LL : (long long)u->latency_ms,
		   (long long)u->tokens_in, (long long)u->tokens_out,
		   (long long)u->tokens_cached);
	if (u->cost_known || (u->attempts == 0 && !o->cached))
		put_cost(b, u->cost);
	else
		buf_puts(b, "null");
	if (!reproducible)
		buf_printf(b, ",\"cached\":%s", o->cached ? "true" : "false");
	if (o->fence_stripped)
		buf_puts(b, ",\"fence_stripped\":true");
}

static void put_stage(struct buf *b, const struct result *r, bool reproducible)
{
	const struct error *e = &r->outcome.error;

	buf_printf(b, "{\"status\":\"%s\"", stage_state_name(r->state));
	put_usage(b, &r->outcome, reproducible);
	if (error_is(e)) {
		buf_printf(b, ",\"error\":{\"code\":\"%s\"",
			   error_name(e->code));
		report_put_member(b, "message",
				  report_error_text(e, reproducible));
		buf_putc(b, '}');
	}
	buf_putc(b, '}');
}

/* Entries of summaries that name no item, with their stage. */
static void put_reconciled(struct buf *b, const struct call *call)
{
	bool first = true;
	json_t *entry;
	size_t i;

	report_put_key(b, "reconciled");
	buf_putc(b, '[');
	for (int s = 0; s < STAGE_COUNT; s++) {
		json_array_foreach (call->results[s].unmatched, i, entry) {
			buf_printf(b, "%s{\"stage\":\"%s\"", first ? "" : ",",
				   stages[s].name);
			first = false;
			report_put_member(b, "list",
					  json_string_peek(entry, "list"));
			report_put_tree(b, "entry",
					json_object_get(entry, "entry"));
			buf_putc(b, '}');
		}
	}
	buf_putc(b, ']');
}

/* The model that answered, of the first stage that says so. */
static const char *answering_model(const struct call *call)
{
	for (int s = 0; s < STAGE_COUNT; s++)
		if (call_answer(call, s) && call->results[s].outcome.model[0])
			return call->results[s].outcome.model;
	return NULL;
}

/* {"CARD":2}: classes of which there were any; null: nobody looked. */
static void put_redacted(struct buf *b, const struct redaction *redaction)
{
	bool first = true;

	report_put_key(b, "redacted");
	if (!redaction->on) {
		buf_puts(b, "null");
		return;
	}
	buf_putc(b, '{');
	for (int c = 0; c < REDACT_CLASSES; c++) {
		if (redaction->counts[c] == 0)
			continue;
		buf_printf(b, "%s\"%s\":%zu", first ? "" : ",",
			   redact_class_name(c), redaction->counts[c]);
		first = false;
	}
	buf_putc(b, '}');
}

void report_put_meta(struct buf *b, const struct call *call,
		     const struct report_options *options)
{
	buf_printf(b, ",\"meta\":{\"report_version\":%d", REPORT_VERSION);
	report_put_member(b, "callqa", CALLQA_VERSION);
	report_put_member(b, "engine", options->engine);
	report_put_member(b, "model", answering_model(call));
	report_put_member(b, "input_sha256", call->sha256);
	put_redacted(b, &call->redaction);
	report_put_member(b, "evaluation_version", options->evaluation_version);
	report_put_key(b, "prompts");
	buf_puts(b, options->prompts ? options->prompts : "{}");
	report_put_key(b, "stages");
	for (int s = 0; s < STAGE_COUNT; s++) {
		buf_printf(b, "%c\"%s\":", s ? ',' : '{', stages[s].name);
		put_stage(b, &call->results[s], options->reproducible);
	}
	buf_putc(b, '}');
	put_reconciled(b, call);
	report_put_tree(b, "warnings", call->warnings);
	buf_putc(b, '}');
}
