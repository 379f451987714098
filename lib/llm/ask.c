/* One question to a model: send, judge, validate, ask again, retry. */
#include "llm/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "llm/answer.h"
#include "llm/judge.h"

enum { LONGER_FACTOR = 2, LIMIT_FAULT_LINES = 16384 };

/* One question while it is asked; lives on the worker's stack. */
struct question {
	const struct asker *asker;
	const struct call *call;
	enum stage stage;
	const struct chat_prefix *prefix;
	const struct text *values;
	struct outcome *outcome;
	/* so far */
	unsigned faults;              /* requests that ended in a fault */
	bool cost_told, cost_missing; /* by any reply; in a good one */
	long max_tokens;              /* 0: the stage's own */
	bool longer;                  /* the larger max_tokens was tried */
	char *last_answer;            /* to be corrected, or NULL */
	size_t last_answer_len;
	struct buf last_faults; /* its faults as lines */
};

static void send(struct question *q, struct http_reply *reply)
{
	const struct asker *a = q->asker;
	const struct log_subject subject = { q->call->correlation_id,
					     call_id(q->call) };
	struct chat_correction correction;
	struct chat_body body;
	struct http_request request;

	if (q->last_answer)
		correction = (struct chat_correction){
			{ q->last_answer, q->last_answer_len },
			{ q->last_faults.data, q->last_faults.len },
		};
	chat_body_init(&body, a->chat, q->prefix, q->stage, q->values,
		       q->last_answer ? &correction : NULL, q->max_tokens);
	request = (struct http_request){
		.method = "POST",
		.url = a->url,
		.headers = a->headers,
		.parts = body.parts,
		.part_count = CHAT_PARTS,
		.timeout_ms = a->timeout_ms,
		.reply_limit = LIMIT_REPLY_BYTES,
	};
	LOG(LOG_INFO, "stage_requested", &subject,
	    LOG_TEXT("stage", stages[q->stage].name),
	    LOG_INT("bytes", (int64_t)(body.parts[0].len + body.parts[1].len)));
	q->outcome->usage.attempts++;
	a->http->perform(a->http->ctx, &request, reply);
	chat_body_release(&body);
}

static void add_usage(struct question *q, const struct verdict *v)
{
	struct usage *sum = &q->outcome->usage;

	if (v->usage.cost_known)
		q->cost_told = true;
	else if (v->remedy == REMEDY_NONE)
		q->cost_missing = true;
	sum->tokens_in += v->usage.tokens_in;
	sum->tokens_out += v->usage.tokens_out;
	sum->tokens_cached += v->usage.tokens_cached;
	sum->cost += v->usage.cost;
}

/* The answer fits: done.  Else keeps it and its faults; true to ask again. */
static bool take_answer(struct question *q, struct verdict *v)
{
	const struct prompt *prompt =
		&q->asker->chat->prompts->stages[q->stage];
	const struct schema_context context = {
		.wire = q->asker->chat->options.json_schema,
		.item_names = (const char *const *)prompt->item_names,
	};
	struct outcome *o = q->outcome;

	buf_clear(&q->last_faults);
	o->answer = answer_read(stages[q->stage].prompt.reply, &context,
				(struct text){ v->content, v->content_len },
				&o->fence_stripped, &q->last_faults);
	if (o->answer) {
		memcpy(o->model, v->model, sizeof(o->model));
		return false;
	}
	if (o->usage.re_asks == q->asker->re_asks) {
		error_set(&o->error, ERR_UPSTREAM_SCHEMA, NULL,
			  "still not fitting after %d re-asks: %.*s",
			  o->usage.re_asks,
			  (int)strcspn(q->last_faults.data, "\n") - 2,
			  q->last_faults.data + 2);
		return false;
	}
	free(q->last_answer);
	q->last_answer = v->content;
	q->last_answer_len = v->content_len;
	v->content = NULL;
	o->usage.re_asks++;
	return true;
}

/* Waits as the retry layer says; true to send again. */
static bool retry(struct question *q, const struct verdict *v)
{
	const struct asker *a = q->asker;
	const struct clock *clock = a->clock;
	const struct retry_outcome last = { .retryable = true,
					    .rate_limited = v->rate_limited,
					    .hint_ms = v->hint_ms };
	struct retry_decision d = retry_decide(&a->policy, q->faults, &last,
					       clock->chance(clock->ctx));

	if (d.for_host)
		throttle_hold(a->throttle, clock->now(clock->ctx) + d.wait_ms);
	if (d.again && clock->sleep(clock->ctx, d.wait_ms))
		d.again = false;
	return d.again;
}

/* What the verdict asks for; true to send again. */
static bool act(struct question *q, struct verdict *v)
{
	struct outcome *o = q->outcome;

	if (v->remedy == REMEDY_NONE) {
		atomic_store(q->asker->any_good, true);
		return take_answer(q, v);
	}
	q->faults++;
	if (v->remedy == REMEDY_LONGER && !q->longer &&
	    q->faults < q->asker->policy.attempts) {
		q->longer = true;
		q->max_tokens = LONGER_FACTOR *
				q->asker->chat->stages[q->stage].max_tokens;
		return true;
	}
	if (v->remedy == REMEDY_RETRY && retry(q, v))
		return true;
	o->stop = v->stop;
	o->error = v->error;
	return false;
}

/* One request and what follows from it; true to send again. */
static bool ask_once(struct question *q)
{
	const struct clock *clock = q->asker->clock;
	struct http_reply reply;
	struct verdict verdict;
	bool again;

	if (throttle_wait(q->asker->throttle, clock)) {
		error_set(&q->outcome->error, ERR_STOPPED, NULL,
			  "the run was stopped while waiting to send");
		return false;
	}
	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	send(q, &reply);
	judge_reply(&reply, !atomic_load(q->asker->any_good),
		    clock->wall(clock->ctx), &verdict);
	add_usage(q, &verdict);
	again = act(q, &verdict);
	verdict_release(&verdict);
	http_reply_release(&reply);
	return again;
}

void ask(const struct asker *asker, const struct call *call, enum stage stage,
	 const struct chat_prefix *prefix, const struct text *values,
	 struct outcome *outcome)
{
	const struct clock *clock = asker->clock;
	int64_t start = clock->now(clock->ctx);
	struct question q = { .asker = asker,
			      .call = call,
			      .stage = stage,
			      .prefix = prefix,
			      .values = values,
			      .outcome = outcome };

	buf_init(&q.last_faults, LIMIT_FAULT_LINES);
	while (ask_once(&q))
		;
	outcome->usage.cost_known = q.cost_told && !q.cost_missing;
	outcome->usage.latency_ms = clock->now(clock->ctx) - start;
	free(q.last_answer);
	buf_release(&q.last_faults);
}
