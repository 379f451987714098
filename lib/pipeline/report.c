/* The line that a call becomes: report or error record. */
#include "pipeline/report.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "data/json.h"
#include "pipeline/ledger.h"
#include "pipeline/repeat.h"
#include "pipeline/report_metrics.h"
#include "pipeline/report_parts.h"
#include "pipeline/score.h"
#include "transcript/injection.h"

/* The time of writing, or in a reproducible report the call's own. */
static void put_timestamp(struct buf *b, bool reproducible, const char *own,
			  int64_t wall)
{
	char text[TIMESTAMP_SIZE];

	if (reproducible) {
		report_put_member(b, "timestamp", own);
		return;
	}
	clock_format(wall, text);
	report_put_member(b, "timestamp", text);
}

static const char *own_timestamp(const struct call *call)
{
	const json_t *t = json_object_get(call->request, "transcript");

	return json_string_peek(json_object_get(t, "metadata"), "timestamp");
}

/* ---- the report ------------------------------------------------------ */

static void put_count(struct buf *b, const char *name, int n)
{
	if (n < 0)
		buf_printf(b, "\"%s\":null", name);
	else
		buf_printf(b, "\"%s\":%d", name, n);
}

static void put_head(struct buf *b, const struct call *call,
		     const struct report_options *options, int64_t wall,
		     enum call_status status)
{
	buf_puts(b, "{\"call_id\":");
	report_put_string(b, call_id(call));
	report_put_member(b, "agent_id", call_agent_id(call));
	report_put_member(b, "correlation_id", call->correlation_id);
	put_timestamp(b, options->reproducible, own_timestamp(call), wall);
	report_put_member(b, "status", call_status_name(status));
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

/*
 * The stage's answer, or with --score-fallbacks what stands in its place.
 * NULL without, and for an answer that judges nothing: it scores no 100.
 */
static json_t *scored(const struct call *call, enum stage stage,
		      const struct report_options *options)
{
	const json_t *answer = call_answer(call, stage);

	if (answer && call->results[stage].outcome.judged_nothing)
		return NULL;
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
	report_put_tree(b, "summary", summary);
	return score;
}

static void put_reason(struct buf *b, bool *first, const char *code,
		       const char *message)
{
	buf_printf(b, "%s{\"code\":\"%s\"", *first ? "" : ",", code);
	report_put_member(b, "message", message);
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

/* Somebody speaks to whoever grades: is the answer theirs? */
static void put_injections(struct buf *b, bool *first, const struct call *call,
			   const struct phrases *list)
{
	struct injections found = { .count = 0 };
	size_t from, to;
	char text[160];

	if (list)
		found = injections_find(list, call_transcript(call));
	if (found.count == 0)
		return;
	redact_map_to_original(&call->redaction.transcript, found.begin,
			       found.end, &from, &to);
	snprintf(text, sizeof(text),
		 "words in the transcript seem to be meant for a grader (%zu "
		 "time%s, first at its byte %zu)",
		 found.count, found.count == 1 ? "" : "s", from);
	put_reason(b, first, "PROMPT_INJECTION", text);
}

/* Why a person should look at this report before it counts. */
static void put_needs_review(struct buf *b, const struct call *call,
			     const struct report_options *options,
			     const struct ledger *ledger)
{
	bool first = true;
	char text[160];

	buf_puts(b, ",\"needs_review\":[");
	put_injections(b, &first, call, options->injections);
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
		if (r->state == STAGE_OK && r->outcome.not_judged[0]) {
			snprintf(text, sizeof(text), "%s: %s", stages[s].name,
				 r->outcome.not_judged);
			put_reason(b, &first, "NOT_JUDGED", text);
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
	put_needs_review(b, call, options, &ledger);
	report_put_key(b, "evidence");
	ledger_write(&ledger, b);
	report_put_key(b, "metrics");
	report_metrics(b, &turns, ledger.index, script, duration_of(call));
	if (call->repeats) {
		report_put_key(b, "repeat");
		repeats_write(b, call->repeats);
	}
	report_put_meta(b, call, options);
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
				  json_sprintf(
					  "%s: %s", error_name(e->code),
					  report_error_text(e, reproducible)),
				  "got"));
	}
	return details;
}

static void put_error(struct buf *b, const struct error *error,
		      const char *text, const char *source,
		      const json_t *details, size_t omitted)
{
	buf_printf(b, ",\"error\":{\"code\":\"%s\"", error_name(error->code));
	report_put_key(b, "message");
	buf_putc(b, '"');
	buf_escape(b, text, strlen(text), ESCAPE_JSON);
	if (omitted > 0)
		buf_printf(b, " (%zu more not listed)", omitted);
	buf_putc(b, '"');
	report_put_member(b, "source", source);
	report_put_key(b, "details");
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
	put_error(out, &error, report_error_text(&error, options->reproducible),
		  call->source, details, 0);
	report_put_meta(out, call, options);
	buf_putc(out, '}');
}

void rejection_write(struct buf *out, const struct rejection *r,
		     const struct report_options *options, int64_t wall)
{
	buf_puts(out, "{\"call_id\":");
	report_put_string(out, r->call_id);
	report_put_member(out, "agent_id", r->agent_id);
	report_put_member(out, "correlation_id", r->correlation_id);
	put_timestamp(out, options->reproducible, r->timestamp, wall);
	report_put_member(out, "status", call_status_name(r->status));
	put_error(out, r->error, r->error->text, r->source, r->details,
		  r->omitted);
	buf_putc(out, '}');
}
