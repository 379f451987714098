/* The line that a call becomes: report or error record. */
#include "pipeline/report.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "data/json.h"
#include "pipeline/ledger.h"
#include "pipeline/report_metrics.h"
#include "pipeline/score.h"

enum { REPORT_VERSION = 1 };

/* ---- small pieces ---------------------------------------------------- */

static void put_string(struct buf *b, const char *s)
{
	if (s)
		buf_json_string(b, s, strlen(s));
	else
		buf_puts(b, "null");
}

/* `,"name":` ... */
static void put_key(struct buf *b, const char *name)
{
	buf_printf(b, ",\"%s\":", name);
}

static void put_member(struct buf *b, const char *name, const char *value)
{
	put_key(b, name);
	put_string(b, value);
}

static void put_tree(struct buf *b, const char *name, const json_t *value)
{
	put_key(b, name);
	json_write(b, value, JSON_STYLE_LINE);
}

static void put_count(struct buf *b, const char *name, int n)
{
	if (n < 0)
		buf_printf(b, "\"%s\":null", name);
	else
		buf_printf(b, "\"%s\":%d", name, n);
}

/* US dollars: sums of small amounts, without the noise of their last bits. */
static void put_cost(struct buf *b, double dollars)
{
	json_auto_t *real = json_real(nearbyint(dollars * 1e10) / 1e10);

	json_write(b, real, JSON_STYLE_LINE);
}

/* The time of writing, or in a reproducible report the call's own. */
static void put_timestamp(struct buf *b, bool reproducible, const char *own,
			  int64_t wall)
{
	char text[TIMESTAMP_SIZE];

	if (reproducible) {
		put_member(b, "timestamp", own);
		return;
	}
	clock_format(wall, text);
	put_member(b, "timestamp", text);
}

static const char *own_timestamp(const struct call *call)
{
	const json_t *t = json_object_get(call->request, "transcript");

	return json_string_peek(json_object_get(t, "metadata"), "timestamp");
}

/* ---- meta ------------------------------------------------------------ */

static void put_prompt(struct buf *b, const char *name, const struct prompt *p)
{
	put_string(b, name);
	buf_puts(b, ":{\"source\":");
	put_string(b, p->source);
	put_member(b, "version", p->version);
	put_member(b, "sha256", p->sha256);
	buf_putc(b, '}');
}

static void put_prompts(struct buf *b, const struct prompts *prompts)
{
	bool first = true;

	put_key(b, "prompts");
	buf_putc(b, '{');
	if (prompts && prompts->context) {
		put_prompt(b, "context", prompts->context);
		first = false;
	}
	for (size_t s = 0; prompts && s < prompts->stage_count; s++) {
		if (!first)
			buf_putc(b, ',');
		first = false;
		put_prompt(b, prompts->stages[s].name, &prompts->stages[s]);
	}
	buf_putc(b, '}');
}

/*
 * How a transport failed depends on which connection was reused; in a
 * reproducible report the code's phrase stands for it.
 */
static const char *error_text(const struct error *e, bool reproducible)
{
	bool transport = e->code == ERR_UPSTREAM_CONNECT ||
			 e->code == ERR_UPSTREAM_TLS ||
			 e->code == ERR_UPSTREAM_TIMEOUT ||
			 e->code == ERR_UPSTREAM_TRUNCATED;

	return reproducible && transport ? error_phrase(e->code) : e->text;
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
		put_member(b, "message", error_text(e, reproducible));
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

	put_key(b, "reconciled");
	buf_putc(b, '[');
	for (int s = 0; s < STAGE_COUNT; s++) {
		json_array_foreach (call->results[s].unmatched, i, entry) {
			buf_printf(b, "%s{\"stage\":\"%s\"", first ? "" : ",",
				   stages[s].name);
			first = false;
			put_member(b, "list", json_string_peek(entry, "list"));
			put_tree(b, "entry", json_object_get(entry, "entry"));
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

static void put_meta(struct buf *b, const struct call *call,
		     const struct report_options *options)
{
	buf_printf(b, ",\"meta\":{\"report_version\":%d", REPORT_VERSION);
	put_member(b, "callqa", CALLQA_VERSION);
	put_member(b, "engine", options->engine);
	put_member(b, "model", answering_model(call));
	put_member(b, "input_sha256", call->sha256);
	put_member(b, "redacted", NULL);
	put_member(b, "evaluation_version", options->evaluation_version);
	put_prompts(b, options->prompts);
	put_key(b, "stages");
	for (int s = 0; s < STAGE_COUNT; s++) {
		buf_printf(b, "%c\"%s\":", s ? ',' : '{', stages[s].name);
		put_stage(b, &call->results[s], options->reproducible);
	}
	buf_putc(b, '}');
	put_reconciled(b, call);
	put_tree(b, "warnings", call->warnings);
	buf_putc(b, '}');
}

/* ---- the report ------------------------------------------------------ */

static void put_head(struct buf *b, const struct call *call,
		     const struct report_options *options, int64_t wall,
		     enum call_status status)
{
	buf_puts(b, "{\"call_id\":");
	put_string(b, call_id(call));
	put_member(b, "agent_id", call_agent_id(call));
	put_member(b, "correlation_id", call->correlation_id);
	put_timestamp(b, options->reproducible, own_timestamp(call), wall);
	put_member(b, "status", call_status_name(status));
}

/* Answers as they are, the shape of the fallback where one failed. */
static void put_evaluation(struct buf *b, const struct call *call)
{
	buf_puts(b, ",\"evaluation\":");
	for (int s = 0; s < STAGE_COUNT; s++) {
		const json_t *answer = call_answer(call, s);

		buf_printf(b, "%c\"%s\":", s ? ',' : '{', stages[s].name);
		if (answer)
			json_write(b, answer, JSON_STYLE_LINE);
		else
			buf_puts(b, stages[s].fallback);
	}
	buf_putc(b, '}');
}

/* The stage's answer, or with --score-fallbacks what stands in its place. */
static json_t *scored(const struct call *call, enum stage stage,
		      const struct report_options *options)
{
	const json_t *answer = call_answer(call, stage);

	if (answer || !options->score_fallbacks)
		return json_incref((json_t *)answer);
	return json_loads(stages[stage].fallback, 0, NULL);
}

/* The score without what rests on quotes that are not in the transcript. */
static int supported_score(struct score_basis basis,
			   const struct score_basis *dropped)
{
	if (!score_known(&basis))
		return -1;
	basis.violations -= dropped->violations;
	basis.coaching_needed -= dropped->coaching_needed;
	basis.missed -= dropped->missed;
	basis.exceeded -= dropped->exceeded;
	return score_of(&basis);
}

/* Returns the score, -1 for none. */
static int put_score(struct buf *b, const struct call *call,
		     const struct report_options *options,
		     const struct ledger *ledger)
{
	json_auto_t *compliance = scored(call, STAGE_COMPLIANCE, options);
	json_auto_t *communication = scored(call, STAGE_COMMUNICATION, options);
	json_auto_t *script = scored(call, STAGE_SCRIPT_DEVIATION, options);
	json_auto_t *summary = score_summary(compliance, communication, script);
	struct score_basis basis = score_basis(compliance, communication);
	int score = score_known(&basis) ? score_of(&basis) : -1, low, high;

	buf_putc(b, ',');
	put_count(b, "overall_score", score);
	buf_puts(b, ",\"score_basis\":{");
	put_count(b, "violations", basis.violations);
	buf_putc(b, ',');
	put_count(b, "coaching_needed", basis.coaching_needed);
	buf_putc(b, ',');
	put_count(b, "missed", basis.missed);
	buf_putc(b, ',');
	put_count(b, "exceeded", basis.exceeded);
	buf_putc(b, '}');
	if (score < 0) {
		score_range(&basis, options->max_items, options->max_skills,
			    &low, &high);
		buf_printf(b, ",\"score_range\":[%d,%d]", low, high);
	}
	buf_putc(b, ',');
	put_count(b, "score_supported",
		  supported_score(basis, &ledger->dropped));
	put_tree(b, "summary", summary);
	return score;
}

static void put_reason(struct buf *b, bool *first, const char *code,
		       const char *message)
{
	buf_printf(b, "%s{\"code\":\"%s\"", *first ? "" : ",", code);
	put_member(b, "message", message);
	buf_putc(b, '}');
	*first = false;
}

static void put_evidence_reasons(struct buf *b, bool *first,
				 const struct ledger *ledger)
{
	size_t unsupported = json_array_size(ledger->unsupported);
	char text[160];

	if (unsupported > 0) {
		snprintf(text, sizeof(text),
			 "findings with no quote that is in the transcript: "
			 "%zu; see evidence.unsupported",
			 unsupported);
		put_reason(b, first, "UNSUPPORTED", text);
	}
	if (ledger->wrong_speaker > 0) {
		snprintf(text, sizeof(text),
			 "quotes that another speaker said: %zu; see "
			 "evidence.quotes",
			 ledger->wrong_speaker);
		put_reason(b, first, "WRONG_SPEAKER", text);
	}
}

/* Why a person should look at this report before it counts. */
static void put_needs_review(struct buf *b, const struct call *call,
			     const struct ledger *ledger)
{
	bool first = true;
	char text[160];

	buf_puts(b, ",\"needs_review\":[");
	for (int s = 0; s < STAGE_COUNT; s++) {
		const struct result *r = &call->results[s];

		if (r->state == STAGE_FAILED || r->state == STAGE_SKIPPED) {
			snprintf(text, sizeof(text), "%s was not evaluated: %s",
				 stages[s].name,
				 error_phrase(r->outcome.error.code));
			put_reason(b, &first, "STAGE_FAILED", text);
		}
		if (json_array_size(r->unmatched) > 0) {
			snprintf(text, sizeof(text),
				 "%s: the summary names what no item names; "
				 "see meta.reconciled",
				 stages[s].name);
			put_reason(b, &first, "UNMATCHED_SUMMARY", text);
		}
		if (r->state == STAGE_OK && r->outcome.context_cut) {
			snprintf(text, sizeof(text),
				 "%s: the upstream read far fewer tokens than "
				 "were sent; its context may be too small",
				 stages[s].name);
			put_reason(b, &first, "CONTEXT_CUT", text);
		}
	}
	put_evidence_reasons(b, &first, ledger);
	buf_putc(b, ']');
}

static double duration_of(const struct call *call)
{
	const json_t *t = json_object_get(call->request, "transcript");

	return json_number_value(
		json_object_get(json_object_get(t, "metadata"), "duration"));
}

static void put_report(struct buf *b, const struct call *call,
		       const struct report_options *options, int64_t now,
		       int64_t wall, struct report_facts *facts)
{
	int64_t took = options->reproducible ? 0 : now - call->started;
	struct text script = call_script(call);
	struct ledger ledger;
	struct turns turns;

	turns_init(&turns, call_transcript(call), script);
	ledger_init(&ledger, call, &turns);
	put_head(b, call, options, wall, facts->status);
	buf_printf(b, ",\"processing_time_ms\":%lld", (long long)took);
	put_evaluation(b, call);
	facts->score = put_score(b, call, options, &ledger);
	put_needs_review(b, call, &ledger);
	put_key(b, "evidence");
	ledger_write(&ledger, b);
	put_key(b, "metrics");
	report_metrics(b, &turns, ledger.index, script, duration_of(call));
	put_meta(b, call, options);
	buf_putc(b, '}');
	ledger_release(&ledger);
	turns_release(&turns);
}

/* ---- error records --------------------------------------------------- */

/* The error that stands for a call of which nothing was answered. */
static void choose_error(const struct call *call, struct error *out)
{
	const struct error *first = NULL;
	bool same = true;

	for (int s = 0; s < STAGE_COUNT; s++) {
		const struct error *e = &call->results[s].outcome.error;

		if (!error_is(e))
			continue;
		/* that others were then not begun is no cause */
		if (!first || first->code == ERR_STOPPED)
			first = e;
		else if (e->code != ERR_STOPPED && e->code != first->code)
			same = false;
	}
	*out = (struct error)ERROR_INIT;
	if (first && same)
		*out = *first;
	else
		error_set(out, ERR_EVALUATION_FAILED, NULL, "%s; see details",
			  error_phrase(ERR_EVALUATION_FAILED));
}

static json_t *stage_errors(const struct call *call, bool reproducible)
{
	json_t *details = json_array();

	for (int s = 0; s < STAGE_COUNT; s++) {
		const struct error *e = &call->results[s].outcome.error;

		if (!error_is(e))
			continue;
		json_array_append_new(
			details,
			json_pack("{s:s, s:o, s:n}", "path", stages[s].name,
				  "message",
				  json_sprintf("%s: %s", error_name(e->code),
					       error_text(e, reproducible)),
				  "got"));
	}
	return details;
}

static void put_error(struct buf *b, const struct error *error,
		      const char *text, const char *source,
		      const json_t *details, size_t omitted)
{
	buf_printf(b, ",\"error\":{\"code\":\"%s\"", error_name(error->code));
	put_key(b, "message");
	buf_putc(b, '"');
	buf_escape(b, text, strlen(text), ESCAPE_JSON);
	if (omitted > 0)
		buf_printf(b, " (%zu more not listed)", omitted);
	buf_putc(b, '"');
	put_member(b, "source", source);
	put_key(b, "details");
	if (details)
		json_write(b, details, JSON_STYLE_LINE);
	else
		buf_puts(b, "[]");
	buf_putc(b, '}');
}

void report_write(struct buf *out, const struct call *call,
		  const struct report_options *options, int64_t now,
		  int64_t wall, struct report_facts *facts)
{
	struct error error;

	*facts = (struct report_facts){ .status = call_status(call),
					.score = -1,
					.code = ERR_NONE };
	if (facts->status == CALL_OK || facts->status == CALL_PARTIAL) {
		put_report(out, call, options, now, wall, facts);
		return;
	}
	json_auto_t *details = stage_errors(call, options->reproducible);

	choose_error(call, &error);
	facts->code = error.code;
	put_head(out, call, options, wall, facts->status);
	put_error(out, &error, error_text(&error, options->reproducible),
		  call->source, details, 0);
	put_meta(out, call, options);
	buf_putc(out, '}');
}

void rejection_write(struct buf *out, const struct rejection *r,
		     const struct report_options *options, int64_t wall)
{
	buf_puts(out, "{\"call_id\":");
	put_string(out, r->call_id);
	put_member(out, "agent_id", r->agent_id);
	put_member(out, "correlation_id", r->correlation_id);
	put_timestamp(out, options->reproducible, r->timestamp, wall);
	put_member(out, "status", call_status_name(r->status));
	put_error(out, r->error, r->error->text, r->source, r->details,
		  r->omitted);
	buf_putc(out, '}');
}
