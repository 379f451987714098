/* The totals of a run as text for Prometheus. */
#include "pipeline/stage.h"
#include "run/totals.h"

/* The two lines before a metric's samples. */
static void begin(struct buf *out, const char *name, const char *help)
{
	buf_printf(out, "# HELP callqa_%s %s\n# TYPE callqa_%s gauge\n", name,
		   help, name);
}

static void put_one(struct buf *out, const char *name, const char *help,
		    double value)
{
	begin(out, name, help);
	buf_printf(out, "callqa_%s %.15g\n", name, value);
}

static void put_records(const struct totals *t, struct buf *out)
{
	static const enum call_status order[] = { CALL_OK, CALL_PARTIAL,
						  CALL_FAILED, CALL_SKIPPED };

	begin(out, "last_run_records", "Records of the last run by status.");
	for (size_t i = 0; i < LENGTH(order); i++)
		buf_printf(out, "callqa_last_run_records{status=\"%s\"} %zu\n",
			   call_status_name(order[i]), t->by_status[order[i]]);
}

static void put_count(struct buf *out, const char *name, int stage,
		      const char *more, int64_t value)
{
	buf_printf(out, "callqa_%s{stage=\"%s\"%s} %lld\n", name,
		   stages[stage].name, more, (long long)value);
}

static void put_requests(const struct totals *t, struct buf *out)
{
	begin(out, "last_run_requests", "Requests sent by the last run.");
	for (int s = 0; s < STAGE_COUNT; s++)
		put_count(out, "last_run_requests", s, "",
			  t->stages[s].requests);
	begin(out, "last_run_re_asks",
	      "Requests of the last run that asked for a better answer.");
	for (int s = 0; s < STAGE_COUNT; s++)
		put_count(out, "last_run_re_asks", s, "", t->stages[s].re_asks);
}

static void put_tokens(const struct totals *t, struct buf *out)
{
	begin(out, "last_run_tokens", "Tokens of the last run.");
	for (int s = 0; s < STAGE_COUNT; s++) {
		put_count(out, "last_run_tokens", s, ",direction=\"input\"",
			  t->stages[s].tokens_in);
		put_count(out, "last_run_tokens", s, ",direction=\"output\"",
			  t->stages[s].tokens_out);
	}
	begin(out, "last_run_cached_tokens",
	      "Input tokens of the last run that a cache had.");
	for (int s = 0; s < STAGE_COUNT; s++)
		put_count(out, "last_run_cached_tokens", s, "",
			  t->stages[s].tokens_cached);
}

static void put_costs(const struct totals *t, struct buf *out)
{
	begin(out, "last_run_cost_dollars",
	      "What the last run spent, in US dollars.");
	for (int s = 0; s < STAGE_COUNT; s++)
		if (!t->stages[s].cost_missing)
			buf_printf(out,
				   "callqa_last_run_cost_dollars{stage=\"%s\"} "
				   "%.10g\n",
				   stages[s].name, t->stages[s].cost);
}

void totals_write_metrics(const struct totals *t, const struct run_facts *facts,
			  struct buf *out)
{
	int64_t ended = facts->started_wall + facts->duration_ms;

	begin(out, "build_info", "The version that ran.");
	buf_printf(out, "callqa_build_info{version=\"%s\"} 1\n",
		   CALLQA_VERSION);
	put_one(out, "last_run_exit_status", "Exit status of the last run.",
		facts->exit_status);
	put_records(t, out);
	if (facts->reproducible)
		return;
	put_one(out, "last_run_timestamp_seconds",
		"When the last run ended, since 1970.", (double)ended / 1000);
	put_one(out, "last_run_duration_seconds", "How long the last run took.",
		(double)facts->duration_ms / 1000);
	put_one(out, "last_run_input_unread",
		"Did the last run stop before the end of its input?",
		facts->input_unread);
	put_requests(t, out);
	put_tokens(t, out);
	put_costs(t, out);
}
