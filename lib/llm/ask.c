/* One question to a model: send, judge, validate, ask again, retry. */
#include "llm/ask.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "llm/answer.h"
#include "llm/judge.h"

enum { LONGER_FACTOR = 2, LIMIT_FAULT_LINES = 16384 };
enum { MOST_BYTES_PER_TOKEN = 8 };

/* One question while it is asked; lives on the worker's stack. */
struct question {
	const struct asker *asker;
	const struct call *call;
	enum stage stage;
	const struct chat_prefix *prefix;
	const struct text *values;
	struct chat_body *body; /* of the next request */
	struct outcome *outcome;
	/* so far */
	bool last_was_fault; /* that was worth a retry */
	struct error last_error;
	unsigned faults;   /* requests that ended in a fault */
	bool cost_missing; /* a reply that may be billed told none */
	long max_tokens;   /* 0: the stage's own */
	bool longer;       /* the larger max_tokens was tried */
	char *last_answer; /* to be corrected, or NULL */
	size_t last_answer_len;
	struct buf last_faults; /* its faults as lines */
};

/* ---- one request ----------------------------------------------------- */

/* Anew, for what it asks or how long the answer may be has changed. */
static void change_body(const struct question *q)
{
	const struct chat_correction correction = {
		{ q->last_answer, q->last_answer_len },
		{ q->last_faults.data, q->last_faults.len },
	};

	chat_body_release(q->body);
	chat_body_init(q->body, q->asker->chat, q->prefix, q->stage, q->values,
		       q->last_answer ? &correction : NULL, q->max_tokens);
}

static void send(struct question *q, struct http_reply *reply)
{
	const struct asker *a = q->asker;
	const struct log_subject subject = { q->call->correlation_id,
					     call_id(q->call) };
	const struct http_request request = {
		.method = "POST",
		.url = a->url,
		.headers = a->headers,
		.parts = q->body->parts,
		.part_count = q->body->part_count,
		.timeout_ms = a->timeout_ms,
		.reply_limit = LIMIT_REPLY_BYTES,
	};

	LOG(LOG_INFO, "stage_requested", &subject,
	    LOG_TEXT("stage", stages[q->stage].name),
	    LOG_INT("bytes", (int64_t)chat_body_size(q->body)));
	a->http->perform(a->http->ctx, &request, reply);
}

static void add_usage(struct question *q, const struct verdict *v,
		      const struct http_reply *reply)
{
	struct usage *sum = &q->outcome->usage;
	/* the run was over before it was out? */
	bool stopped = reply->fault == HTTP_STOPPED && !reply->possibly_billed;

	sum->attempts += !stopped;
	sum->sent += !stopped && !reply->unsent;
	if (!v->usage.cost_known &&
	    (v->remedy == REMEDY_NONE || reply->possibly_billed))
		q->cost_missing = true;
	sum->tokens_in += v->usage.tokens_in;
	sum->tokens_out += v->usage.tokens_out;
	sum->tokens_cached += v->usage.tokens_cached;
	sum->cost += v->usage.cost;
}

/*
 * A small server drops what does not fit its context and says nothing; but it
 * counts what it read.  Text takes 2 to 6 bytes a token.
 */
static void note_context(struct question *q, const struct verdict *v)
{
	if (v->usage.tokens_in > 0 &&
	    (double)chat_body_size(q->body) >
		    (double)v->usage.tokens_in * MOST_BYTES_PER_TOKEN)
		q->outcome->context_cut = true;
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
	change_body(q);
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

	return d.again && !clock->sleep(clock->ctx, d.wait_ms);
}

/* The stage ends here with the verdict's error. */
static void give_up(struct question *q, const struct verdict *v)
{
	struct outcome *o = q->outcome;

	o->error = v->error;
	if (v->stop == ERR_NONE)
		return;
	o->stop = v->error;
	o->stop.code = v->stop;
	/*
	 * "HTTP 401: ...": the upstream's own words may quote this call; they
	 * go neither to stderr nor into the records of others.
	 */
	if (v->stop == ERR_UPSTREAM_AUTH || v->stop == ERR_UPSTREAM_CREDIT)
		o->stop.text[strcspn(o->stop.text, ":")] = '\0';
}

/* What the verdict asks for; true to send again. */
static bool act(struct question *q, const struct pass *pass, struct verdict *v,
		enum host host)
{
	const struct asker *a = q->asker;
	bool down = host == HOST_DOWN;

	if (host == HOST_UNREACHABLE && v->stop == ERR_NONE)
		v->stop = ERR_TEMPORARY;
	q->last_was_fault = v->remedy == REMEDY_RETRY;
	if (v->remedy == REMEDY_NONE) {
		atomic_store(a->any_good, true);
		return take_answer(q, v);
	}
	q->last_error = v->error;
	/* while the host is down, nothing is an attempt */
	if (!pass->probe && !down && q->faults < a->policy.attempts)
		q->faults++;
	if (v->remedy == REMEDY_LONGER && !q->longer &&
	    q->faults < a->policy.attempts) {
		q->longer = true;
		q->max_tokens = LONGER_FACTOR *
				a->chat->stages[q->stage].max_tokens;
		change_body(q);
		return true;
	}
	/* while the host is down, the gates do the waiting */
	if (v->remedy == REMEDY_RETRY && v->stop == ERR_NONE &&
	    (down || retry(q, v)))
		return true;
	give_up(q, v);
	return false;
}

/* Why nothing more is sent for this stage; the run stops if `stop`. */
static void refuse(struct question *q, enum error_code code, bool stop,
		   const char *format, ...) PRINTF_LIKE(4, 5);
static void refuse(struct question *q, enum error_code code, bool stop,
		   const char *format, ...)
{
	struct outcome *o = q->outcome;
	struct error why = { .code = code };
	va_list args;

	va_start(args, format);
	vsnprintf(why.text, sizeof(why.text), format, args);
	va_end(args);
	if (stop && !error_is(&o->stop))
		o->stop = why;
	/* what went wrong before says more than that it ended */
	o->error = error_is(&q->last_error) ? q->last_error : why;
	if (o->error.code == ERR_TEMPORARY)
		o->error.code = ERR_STOPPED;
}

/* Waits until the request may leave; false if it may not. */
static bool pass_gates(struct question *q, struct pass *pass)
{
	const struct asker *a = q->asker;

	switch (throttle_enter(a->throttle, a->clock, pass)) {
	case ENTRY_GO:
		return true;
	case ENTRY_OUTAGE:
		refuse(q, ERR_TEMPORARY, true,
		       "the upstream has been down for longer than max-outage");
		return false;
	case ENTRY_STOPPED:
		break;
	}
	refuse(q, ERR_STOPPED, false,
	       "the run was stopped while this waited to be sent");
	return false;
}

/* Reserves what the request may cost; false if that is not to be had. */
static bool reserve(struct question *q, double *amount)
{
	struct budget *b = q->asker->budget;
	long most = q->max_tokens ? q->max_tokens
				  : q->asker->chat->stages[q->stage].max_tokens;

	switch (budget_reserve(b, chat_body_size(q->body), most, amount)) {
	case BUDGET_GO:
		return true;
	case BUDGET_NO_MONEY:
		refuse(q, ERR_BUDGET_REACHED, true,
		       "max-cost %.4f USD: %.4f are spent, the next request "
		       "may cost %.4f",
		       b->options.max_cost, budget_spent(b), *amount);
		return false;
	case BUDGET_NO_REQUESTS:
		refuse(q, ERR_BUDGET_REACHED, true,
		       "max-requests: %lld %s sent",
		       (long long)b->options.max_requests,
		       b->options.max_requests == 1 ? "was" : "were");
		return false;
	case BUDGET_STOPPED:
		break;
	}
	refuse(q, ERR_STOPPED, false,
	       "the run was stopped while this waited to be sent");
	return false;
}

/* An answer has its price, also where it tells none or is cut off. */
static enum billing billing_of(const struct verdict *v,
			       const struct http_reply *reply)
{
	if (reply->unsent)
		return BILLING_UNSENT;
	if (reply->possibly_billed || v->remedy == REMEDY_NONE ||
	    v->remedy == REMEDY_LONGER)
		return BILLING_MAYBE;
	return reply->status == 200 && v->error.code == ERR_UPSTREAM_TRUNCATED
		       ? BILLING_MAYBE
		       : BILLING_NONE;
}

static void settle(struct question *q, double amount, const struct verdict *v,
		   const struct http_reply *reply)
{
	struct budget *b = q->asker->budget;

	if (!budget_settle(b, amount, &v->usage, billing_of(v, reply)))
		error_set(&q->outcome->stop, ERR_BUDGET_REACHED, NULL,
			  "max-cost %.4f USD is overrun: %.4f are spent; a "
			  "reply cost more than its price and max-tokens say",
			  b->options.max_cost, budget_spent(b));
}

/* Upstreams have been seen to quote the key that they refuse. */
static void hide_key(const char *key, char *text)
{
	size_t len = key ? strlen(key) : 0;

	for (char *at = text; len > 0 && (at = strstr(at, key)); at += len)
		memset(at, '*', len);
}

/* What the reply tells the gates. */
static enum reply_kind kind_of(const struct verdict *v,
			       const struct http_reply *reply)
{
	if (reply->fault == HTTP_BROKEN)
		return REPLY_CROWDED;
	if (reply->fault == HTTP_STOPPED)
		return REPLY_NONE;
	if (reply->unsent)
		return REPLY_UNREACHED;
	if (v->rate_limited)
		return REPLY_LIMITED;
	/* a model that says nothing is not a host that is down */
	if (v->error.code == ERR_UPSTREAM_TRUNCATED &&
	    reply->fault == HTTP_OK && *v->model)
		return REPLY_GOOD;
	return v->remedy == REMEDY_RETRY ? REPLY_FAULT : REPLY_GOOD;
}

/* Its begin and its end, to who watches: all may still end well. */
static void tell_outage(const struct asker *a, bool down,
			const struct error *last)
{
	if (atomic_exchange(a->told_down, down) == down)
		return;
	if (down)
		LOG(log_watched_level(), "upstream_down", NULL,
		    LOG_TEXT("code", error_name(last->code)));
	else
		LOG(log_watched_level(), "upstream_up", NULL,
		    LOG_TEXT("note", "going on"));
}

/* Told to one, meant for all; before anybody can leave in its place. */
static void heed_hint(const struct asker *a, const struct verdict *v)
{
	const struct clock *clock = a->clock;

	if (v->remedy == REMEDY_RETRY && v->hint_ms > 0 &&
	    v->hint_ms <= a->policy.hint_max_ms)
		throttle_hold(a->throttle, clock->now(clock->ctx) + v->hint_ms);
}

/* Sends, judges, accounts; true to send again. */
static bool exchange(struct question *q, const struct pass *pass, double amount)
{
	const struct asker *a = q->asker;
	bool last = q->faults + 1 >= a->policy.attempts, again;
	struct http_reply reply;
	enum host host;
	struct verdict verdict;

	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	send(q, &reply);
	judge_reply(&reply, !atomic_load(a->any_good),
		    a->clock->wall(a->clock->ctx), &verdict);
	hide_key(a->key, verdict.error.text);
	add_usage(q, &verdict, &reply);
	note_context(q, &verdict);
	settle(q, amount, &verdict, &reply);
	heed_hint(a, &verdict);
	host = throttle_leave(a->throttle, a->clock, pass,
			      kind_of(&verdict, &reply), last);
	tell_outage(a, host == HOST_DOWN, &verdict.error);
	again = act(q, pass, &verdict, host);
	verdict_release(&verdict);
	http_reply_release(&reply);
	return again;
}

/* One request, if it may leave, and what follows; true to send again. */
static bool ask_once(struct question *q)
{
	const struct asker *a = q->asker;
	struct pass pass = { .retry = q->last_was_fault,
			     .requests = (unsigned)q->outcome->usage.attempts,
			     .call = q->call->number };
	double amount;

	if (q->body->failed) {
		refuse(q, ERR_TOO_LARGE, false,
		       "the request would be larger than %zu bytes",
		       LIMIT_BODY_BYTES);
		return false;
	}
	if (!pass_gates(q, &pass))
		return false;
	if (reserve(q, &amount))
		return exchange(q, &pass, amount);
	throttle_leave(a->throttle, a->clock, &pass, REPLY_NONE, false);
	return false;
}

void ask(const struct asker *asker, const struct call *call, enum stage stage,
	 const struct chat_prefix *prefix, const struct text *values,
	 struct chat_body *body, struct outcome *outcome)
{
	const struct clock *clock = asker->clock;
	int64_t start = clock->now(clock->ctx);
	struct question q = { .asker = asker,
			      .call = call,
			      .stage = stage,
			      .prefix = prefix,
			      .values = values,
			      .body = body,
			      .outcome = outcome };

	buf_init(&q.last_faults, LIMIT_FAULT_LINES);
	while (ask_once(&q))
		;
	outcome->usage.cost_known = !q.cost_missing;
	outcome->usage.latency_ms = clock->now(clock->ctx) - start;
	free(q.last_answer);
	buf_release(&q.last_faults);
}
