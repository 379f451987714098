/* What a run came to: counts that must add up, sums of what was spent. */
#include "run/totals.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "data/json.h"

void totals_init(struct totals *t)
{
	*t = (struct totals){ .status = EXIT_OK };
	pthread_mutex_init(&t->lock, NULL);
}

void totals_release(struct totals *t)
{
	pthread_mutex_destroy(&t->lock);
}

void totals_read(struct totals *t)
{
	pthread_mutex_lock(&t->lock);
	t->read++;
	pthread_mutex_unlock(&t->lock);
}

/* Only what this run spent: remembered answers cost nothing now. */
static void add_stage(struct totals *t, const struct outcome *o)
{
	const struct usage *u = &o->usage;

	if (o->cached || u->attempts == 0)
		return;
	t->requests += u->sent;
	t->re_asks += u->re_asks;
	t->tokens_in += u->tokens_in;
	t->tokens_out += u->tokens_out;
	t->tokens_cached += u->tokens_cached;
	t->cost += u->cost;
	if (!u->cost_known)
		t->cost_missing = true;
}

void totals_spent(struct totals *t, const struct call *call)
{
	pthread_mutex_lock(&t->lock);
	for (int s = 0; s < STAGE_COUNT; s++)
		add_stage(t, &call->results[s].outcome);
	pthread_mutex_unlock(&t->lock);
}

void totals_count(struct totals *t, enum call_status status)
{
	pthread_mutex_lock(&t->lock);
	t->by_status[status]++;
	if (status == CALL_PARTIAL || status == CALL_FAILED)
		t->status = status_worse(t->status, EXIT_RECORDS);
	pthread_mutex_unlock(&t->lock);
}

static size_t written(const struct totals *t)
{
	return t->by_status[CALL_OK] + t->by_status[CALL_PARTIAL] +
	       t->by_status[CALL_FAILED] + t->by_status[CALL_SKIPPED];
}

bool totals_conserved(const struct totals *t)
{
	return t->read == written(t);
}

/* What was asked and spent; a replay of the same records spends nothing. */
static void put_spent(const struct totals *t, struct buf *out)
{
	json_auto_t *cost = t->cost_missing
				    ? json_null()
				    : json_real(nearbyint(t->cost * 1e10) /
						1e10);

	buf_printf(out,
		   ",\"requests\":%lld,\"re_asks\":%lld,\"tokens\":"
		   "{\"in\":%lld,\"out\":%lld,\"cached\":%lld},\"cost\":",
		   (long long)t->requests, (long long)t->re_asks,
		   (long long)t->tokens_in, (long long)t->tokens_out,
		   (long long)t->tokens_cached);
	json_write(out, cost, JSON_STYLE_LINE);
}

static void put_stored(struct buf *out, const struct store_counts *c)
{
	buf_printf(out, ",\"stored\":%zu,\"superseded\":%zu,\"not_stored\":%zu",
		   c->by_fate[ROW_STORED] + c->by_fate[ROW_SAME],
		   c->by_fate[ROW_OLDER], c->by_fate[ROW_FAILED]);
}

void totals_write(const struct totals *t, const struct run_facts *facts,
		  struct buf *out)
{
	char started[TIMESTAMP_SIZE];

	buf_printf(out, "{\"callqa\":\"%s\",\"started_at\":", CALLQA_VERSION);
	clock_format(facts->started_wall, started);
	if (facts->reproducible)
		buf_puts(out, "null");
	else
		buf_json_string(out, started, strlen(started));
	buf_printf(out,
		   ",\"total\":%zu,\"successful\":%zu,\"partial\":%zu,"
		   "\"failed\":%zu,\"skipped\":%zu,\"duration_ms\":%lld,"
		   "\"exit\":%d",
		   t->read, t->by_status[CALL_OK], t->by_status[CALL_PARTIAL],
		   t->by_status[CALL_FAILED], t->by_status[CALL_SKIPPED],
		   facts->reproducible ? 0LL : (long long)facts->duration_ms,
		   facts->exit_status);
	if (facts->reproducible)
		buf_puts(out, ",\"cost\":null");
	else
		put_spent(t, out);
	if (facts->stored)
		put_stored(out, facts->stored);
	buf_printf(out, ",\"input_unread\":%s}\n",
		   facts->input_unread ? "true" : "false");
}
