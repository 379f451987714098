/* The scheduler: starts every stage as soon as those before it have ended. */
#include "pipeline/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"

void pipeline_init(struct pipeline *p, const struct engine *engine,
		   const struct clock *clock, struct cancel *cancel,
		   void (*finished)(void *ctx, struct call *call), void *ctx)
{
	*p = (struct pipeline){ .engine = engine,
				.clock = clock,
				.cancel = cancel,
				.finished = finished,
				.ctx = ctx };
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->ready, NULL);
}

void pipeline_release(struct pipeline *p)
{
	pthread_cond_destroy(&p->ready);
	pthread_mutex_destroy(&p->lock);
	free(p->heap);
}

/* ---- the heap: earlier calls first, then earlier stages -------------- */

static bool before(const struct task *a, const struct task *b)
{
	if (a->call->number != b->call->number)
		return a->call->number < b->call->number;
	return a->stage < b->stage;
}

static void heap_push(struct pipeline *p, struct task task)
{
	size_t at = p->count, parent;

	p->heap = xroom(p->heap, p->count, &p->size, sizeof(*p->heap));
	p->count++;
	for (; at > 0; at = parent) {
		parent = (at - 1) / 2;
		if (!before(&task, &p->heap[parent]))
			break;
		p->heap[at] = p->heap[parent];
	}
	p->heap[at] = task;
}

static struct task heap_pop(struct pipeline *p)
{
	struct task first = p->heap[0], last = p->heap[--p->count];
	size_t at = 0, child;

	for (; (child = 2 * at + 1) < p->count; at = child) {
		if (child + 1 < p->count &&
		    before(&p->heap[child + 1], &p->heap[child]))
			child++;
		if (!before(&p->heap[child], &last))
			break;
		p->heap[at] = p->heap[child];
	}
	if (p->count > 0)
		p->heap[at] = last;
	return first;
}

/* ---- scheduling; the caller holds the lock --------------------------- */

/*
 * Is it open whether the stage is wanted, because the run was stopped before
 * those were answered that tell?
 */
static bool is_undecided(const struct pipeline *p, const struct call *call,
			 const struct stage_row *row)
{
	if (!cancel_stopped(p->cancel))
		return false;
	for (int s = 0; s < STAGE_COUNT; s++)
		if (row->after & STAGE_BIT(s) &&
		    call->results[s].state != STAGE_OK)
			return true;
	return false;
}

/*
 * Queues the stages whose predecessors have all ended, and ends those that
 * are not wanted; repeated, because an ended stage may free another.
 */
static void queue_ready(struct pipeline *p, struct call *call)
{
	bool changed;

	do {
		changed = false;
		for (int s = 0; s < STAGE_COUNT; s++) {
			const struct stage_row *row = &stages[s];

			if (call->queued & STAGE_BIT(s) ||
			    row->after & ~call->ended)
				continue;
			call->queued |= STAGE_BIT(s);
			if (row->wanted && !row->wanted(call) &&
			    !is_undecided(p, call, row)) {
				call->results[s].state = STAGE_NOT_NEEDED;
				call->ended |= STAGE_BIT(s);
				changed = true;
				continue;
			}
			heap_push(p, (struct task){ call, (enum stage)s });
			pthread_cond_signal(&p->ready);
		}
	} while (changed);
}

void pipeline_add(struct pipeline *p, struct call *call)
{
	pthread_mutex_lock(&p->lock);
	p->open++;
	queue_ready(p, call);
	pthread_mutex_unlock(&p->lock);
}

void pipeline_close(struct pipeline *p)
{
	pthread_mutex_lock(&p->lock);
	p->closed = true;
	pthread_cond_broadcast(&p->ready);
	pthread_mutex_unlock(&p->lock);
}

/* ---- one stage ------------------------------------------------------- */

/* That the run was stopped is told once. */
static bool follows_from_stop(const struct outcome *outcome)
{
	return outcome->error.code == ERR_STOPPED ||
	       outcome->error.code == ERR_BUDGET_REACHED;
}

/* Was nothing sent for it, because the run was over? */
static bool was_skipped(const struct outcome *outcome)
{
	return outcome->usage.attempts == 0 && follows_from_stop(outcome);
}

static void log_ended(const struct call *call, enum stage stage)
{
	const struct outcome *o = &call->results[stage].outcome;
	const struct log_subject subject = { call->correlation_id,
					     call_id(call) };

	if (o->answer)
		LOG(LOG_INFO, "stage_done", &subject,
		    LOG_TEXT("stage", stages[stage].name),
		    LOG_INT("latency_ms", o->usage.latency_ms),
		    LOG_INT("tokens_in", o->usage.tokens_in),
		    LOG_INT("tokens_out", o->usage.tokens_out),
		    LOG_REAL("cost", o->usage.cost));
	else
		LOG(follows_from_stop(o) ? LOG_INFO : LOG_WARNING, "fallback",
		    &subject, LOG_TEXT("stage", stages[stage].name),
		    LOG_TEXT("code", error_name(o->error.code)));
}

static void evaluate(struct pipeline *p, struct call *call, enum stage stage)
{
	struct result *result = &call->results[stage];
	const struct roll_up *rule = stages[stage].roll_up;
	struct outcome *outcome = &result->outcome;

	p->engine->evaluate(p->engine->ctx, call, stage, outcome);
	log_ended(call, stage);
	if (error_is(&outcome->stop))
		cancel_stop(p->cancel, &outcome->stop);
	if (!outcome->answer) {
		result->state = was_skipped(outcome) ? STAGE_SKIPPED
						     : STAGE_FAILED;
		return;
	}
	result->state = STAGE_OK;
	if (rule) {
		result->unmatched = json_array();
		result->alarm = roll_up_summary(rule, outcome->answer,
						result->unmatched);
	}
}

/* The run was stopped before this stage began: no request was sent for it. */
static void skip(struct pipeline *p, struct call *call, enum stage stage)
{
	struct result *result = &call->results[stage];
	struct error why = ERROR_INIT;

	cancel_why(p->cancel, &why);
	result->state = STAGE_SKIPPED;
	error_set(&result->outcome.error,
		  why.code == ERR_BUDGET_REACHED ? ERR_BUDGET_REACHED
						 : ERR_STOPPED,
		  NULL, "%s", why.text);
}

static void run_task(struct pipeline *p, const struct task *task)
{
	struct call *call = task->call;
	const struct engine *engine = p->engine;

	if (cancel_stopped(p->cancel)) {
		skip(p, call, task->stage);
		return;
	}
	/* the classifier runs alone: nobody else sees the call yet */
	if (!call->begun) {
		call->begun = true;
		if (engine->begin)
			engine->begin(engine->ctx, call);
	}
	evaluate(p, call, task->stage);
}

static void finish(struct pipeline *p, struct call *call)
{
	if (call->begun && p->engine->end)
		p->engine->end(p->engine->ctx, call);
	p->finished(p->ctx, call);
}

/* Marks the stage ended; true if it was the call's last. */
static bool end_stage(struct pipeline *p, struct call *call, enum stage stage)
{
	bool last;

	pthread_mutex_lock(&p->lock);
	call->ended |= STAGE_BIT(stage);
	queue_ready(p, call);
	last = call->ended == STAGE_ALL;
	pthread_mutex_unlock(&p->lock);
	return last;
}

static void close_call(struct pipeline *p)
{
	pthread_mutex_lock(&p->lock);
	p->open--;
	if (p->closed && p->open == 0)
		pthread_cond_broadcast(&p->ready);
	pthread_mutex_unlock(&p->lock);
}

/* The next task; false when no more will come. */
static bool next_task(struct pipeline *p, struct task *task)
{
	bool found;

	pthread_mutex_lock(&p->lock);
	while (p->count == 0 && !(p->closed && p->open == 0))
		pthread_cond_wait(&p->ready, &p->lock);
	found = p->count > 0;
	if (found)
		*task = heap_pop(p);
	pthread_mutex_unlock(&p->lock);
	return found;
}

void pipeline_work(struct pipeline *p)
{
	struct task task;

	while (next_task(p, &task)) {
		run_task(p, &task);
		if (end_stage(p, task.call, task.stage)) {
			finish(p, task.call);
			close_call(p);
		}
	}
}

void pipeline_run_inline(struct pipeline *p, struct call *call)
{
	pipeline_add(p, call);
	pipeline_close(p);
	pipeline_work(p);
}
