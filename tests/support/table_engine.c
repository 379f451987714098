/* An engine that is a table. */
#include "support/table_engine.h"

#include "support/samples.h"

static void note(struct table_engine *t, const struct call *call, int what,
		 enum stage stage)
{
	pthread_mutex_lock(&t->lock);
	if (t->event_count < TABLE_EVENTS)
		t->events[t->event_count++] = (struct table_event){
			.call = call->number,
			.what = what,
			.stage = stage,
		};
	else
		t->misused = true;
	if (what != TABLE_BEGIN && call->engine_data != call)
		t->misused = true;
	pthread_mutex_unlock(&t->lock);
}

/* engine_data is the call itself: anything else was not put there by us. */
static void begin(void *ctx, struct call *call)
{
	note(ctx, call, TABLE_BEGIN, STAGE_COUNT);
	call->engine_data = call;
}

static void end(void *ctx, struct call *call)
{
	note(ctx, call, TABLE_END, STAGE_COUNT);
	call->engine_data = NULL;
}

static const struct table_row *find_row(const struct table_engine *t,
					const struct call *call,
					enum stage stage)
{
	for (size_t i = 0; i < t->row_count; i++)
		if (t->rows[i].stage == stage &&
		    (t->rows[i].call < 0 ||
		     (size_t)t->rows[i].call == call->number))
			return &t->rows[i];
	return NULL;
}

static void evaluate(void *ctx, struct call *call, enum stage stage,
		     struct outcome *outcome)
{
	struct table_engine *t = ctx;
	const struct table_row *row = find_row(t, call, stage);

	note(t, call, TABLE_START, stage);
	if (t->hook)
		t->hook(t->hook_ctx, call, stage);
	outcome->usage.attempts = 1;
	outcome->usage.latency_ms = row ? row->takes_ms : 0;
	fake_clock_pass(t->clock, outcome->usage.latency_ms);
	if (row && row->answer) {
		outcome->answer = sample_json(row->answer);
	} else if (row && row->code != ERR_NONE) {
		error_set(&outcome->error, row->code, NULL, "%s",
			  error_phrase(row->code));
		if (row->stop != ERR_NONE) {
			outcome->stop = outcome->error;
			outcome->stop.code = row->stop;
		}
	} else {
		outcome->answer = sample_answer(stage, NULL);
	}
	note(t, call, TABLE_ANSWER, stage);
}

void table_engine_init(struct table_engine *t, const struct table_row *rows,
		       size_t row_count, struct fake_clock *clock)
{
	*t = (struct table_engine){ .clock = clock,
				    .rows = rows,
				    .row_count = row_count };
	t->engine = (struct engine){ .name = "llm",
				     .begin = begin,
				     .end = end,
				     .evaluate = evaluate,
				     .ctx = t };
	pthread_mutex_init(&t->lock, NULL);
}

void table_engine_release(struct table_engine *t)
{
	pthread_mutex_destroy(&t->lock);
}

int table_engine_when(const struct table_engine *t, size_t call, int what,
		      enum stage stage)
{
	for (size_t i = 0; i < t->event_count; i++)
		if (t->events[i].call == call &&
		    (int)t->events[i].what == what &&
		    (what == TABLE_BEGIN || what == TABLE_END ||
		     t->events[i].stage == stage))
			return (int)i;
	return -1;
}

int table_engine_times(const struct table_engine *t, size_t call, int what)
{
	int n = 0;

	for (size_t i = 0; i < t->event_count; i++)
		n += t->events[i].call == call &&
		     (int)t->events[i].what == what;
	return n;
}
