/* What a run came to: counts that must add up, sums of what was spent. */
#include "run/totals.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "data/json.h"
#include "pipeline/stage.h"

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
static void add_outcome(struct spent *sum, const struct outcome *o)
{
	const struct usage *u = &o->usage;

	if (o->cached || u->attempts == 0)
		return;
	sum->requests += u->sent;
	sum->re_asks += u->re_asks;
	sum->tokens_in += u->tokens_in;
	sum->tokens_out += u->tokens_out;
	sum->tokens_cached += u->tokens_cached;
	sum->cost += u->cost;
	if (!u->cost_known)
		sum->cost_missing = true;
}

struct spent totals_sum(const struct totals *t)
{
	struct spent sum = { .requests = 0 };

	for (const struct spent *s = t->stages; s < t->stages + STAGE_COUNT;
	     s++) {
		sum.requests += s->requests;
		sum.re_asks += s->re_asks;
		sum.tokens_in += s->tokens_in;
		sum.tokens_out += s->tokens_out;
		sum.tokens_cached += s->tokens_cached;
		sum.cost += s->cost;
		sum.cost_missing |= s->cost_missing;
	}
	return sum;
}

void totals_spent(struct totals *t, const struct call *call)
{
	pthread_mutex_lock(&t->lock);
	for (int s = 0; s < STAGE_COUNT; s++)
		add_outcome(&t->stages[s], &call->results[s].outcome);
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

void totals_look(struct totals *t, struct totals_now *now)
{
	struct spent sum;

	pthread_mutex_lock(&t->lock);
	sum = totals_sum(t);
	now->read = t->read;
	memcpy(now->by_status, t->by_status, sizeof(now->by_status));
	now->cost = sum.cost;
	now->cost_missing = sum.cost_missing;
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
static void put_spent(const struct spent *s, struct buf *out)
{
	json_auto_t *cost = s->cost_missing
				    ? json_null()
				    : json_real(nearbyint(s->cost * 1e10) /
						1e10);

	buf_printf(out,
		   "\"requests\":%lld,\"re_asks\":%lld,\"tokens\":"
		   "{\"in\":%lld,\"out\":%lld,\"cached\":%lld},\"cost\":",
		   (long long)s->requests, (long long)s->re_asks,
		   (long long)s->tokens_in, (long long)s->tokens_out,
		   (long long)s->tokens_cached);
	json_write(out, cost, JSON_STYLE_LINE);
}

static void put_stages(const struct totals *t, struct buf *out)
{
	for (int s = 0; s < STAGE_COUNT; s++) {
		buf_printf(out, "%s\"%s\":{", s ? "," : ",\"stages\":{",
			   stages[s].name);
		put_spent(&t->stages[s], out);
		buf_putc(out, '}');
	}
	buf_putc(out, '}');
}

void totals_write(const struct totals *t, const struct run_facts *facts,
		  struct buf *out)
{
	const struct spent sum = totals_sum(t);
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
	buf_putc(out, ',');
	if (facts->reproducible) {
		buf_puts(out, "\"cost\":null");
	} else {
		put_spent(&sum, out);
		put_stages(t, out);
	}
	buf_printf(out, ",\"input_unread\":%s}\n",
		   facts->input_unread ? "true" : "false");
}
