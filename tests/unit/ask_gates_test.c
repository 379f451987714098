/*
 * Many workers ask through the gates and out of one purse, in all weathers,
 * against a model of the gates and the far end's own books.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/gate_model.h"
#include "support/samples.h"
#include "support/sim_threads.h"

#include "llm/budget.c"
#include "net/throttle.c"

/* ask() is watched at the gates. */
static enum entry watched_enter(struct throttle *t, const struct clock *clock,
				struct pass *pass);
static enum host watched_leave(struct throttle *t, const struct clock *clock,
			       const struct pass *pass, enum reply_kind kind,
			       bool last);
static void watched_hold(struct throttle *t, int64_t not_before);
#define throttle_hold  watched_hold
#define throttle_enter watched_enter
#define throttle_leave watched_leave
#include "llm/ask.c"
#undef throttle_enter
#undef throttle_leave
#undef throttle_hold

enum { WORKERS = 24, STAGES_EACH = 6, SEEDS = 20, WEATHERS = 8 };

/* What replies are like for a while, in percent; the rest is good. */
struct weather {
	int64_t until;
	unsigned faults, limited, hints, bad, longer, lost, moderated;
};

struct worker {
	struct world *world;
	struct call *call;
	struct chat_prefix prefix;
	struct variables variables;
	/* of the stage being asked */
	unsigned sent, probes, while_down;
	/* of all */
	unsigned answers, failures, no_money, outages;
};

struct world {
	struct sim sim;
	struct throttle throttle;
	struct budget budget;
	struct gate_model model;
	struct prompts *prompts;
	struct chat chat;
	struct http http;
	struct asker asker;
	atomic_bool any_good, told_down;
	struct weather weather[WEATHERS];
	struct worker workers[WORKERS];
	char *good;
	const char *wrong; /* the first thing that was, told by a worker */
	/* what the far end said; heeded by all if only one is in flight */
	int64_t told;
	/* the far end's books */
	unsigned performed;
	double billed;
};

static struct world *world; /* one at a time */
static _Thread_local struct worker *asking;

static void must(bool kept, const char *what)
{
	if (!kept && !world->wrong)
		world->wrong = what;
}

/* ---- watched ---------------------------------------------------------- */

static enum entry watched_enter(struct throttle *t, const struct clock *clock,
				struct pass *pass)
{
	enum entry entry = throttle_enter(t, clock, pass);

	if (entry != ENTRY_GO)
		return entry;
	gate_model_go(&world->model, pass, clock->now(clock->ctx));
	must(world->model.jobs > 1 || clock->now(clock->ctx) >= world->told,
	     "a hint heard too late");
	asking->sent++;
	asking->probes += pass->probe;
	return entry;
}

static enum host watched_leave(struct throttle *t, const struct clock *clock,
			       const struct pass *pass, enum reply_kind kind,
			       bool last)
{
	enum host host = throttle_leave(t, clock, pass, kind, last);

	gate_model_reply(&world->model, pass, kind, last,
			 clock->now(clock->ctx), host);
	if (kind == REPLY_NONE)
		asking->sent--;
	asking->while_down += kind == REPLY_FAULT && host == HOST_DOWN &&
			      !pass->probe;
	return host;
}

static void watched_hold(struct throttle *t, int64_t not_before)
{
	throttle_hold(t, not_before);
	if (world->model.not_before < not_before)
		world->model.not_before = not_before;
}

/* ---- the far end ------------------------------------------------------ */

static double reservation(const struct http_request *request)
{
	size_t len = 0;

	for (size_t i = 0; i < request->part_count; i++)
		len += request->parts[i].len;
	return (double)((len + 2) / 3) * world->budget.options.price_in +
	       2000 * world->budget.options.price_out;
}

static void chat_reply(struct http_reply *reply, const char *content,
		       const char *finish, double cost)
{
	json_auto_t *root = json_pack(
		"{s:s, s:[{s:s, s:{s:s}}], s:{s:i, s:i, s:f}}", "model", "m",
		"choices", "finish_reason", finish, "message", "content",
		content, "usage", "prompt_tokens", 2000, "completion_tokens",
		20, "cost", cost);
	char *text = json_dumps(root, JSON_COMPACT);

	reply->status = 200;
	buf_puts(&reply->body, text);
	free(text);
	world->billed += cost;
}

static void fault_reply(struct http_reply *reply)
{
	static const enum http_fault faults[] = { HTTP_CONNECT, HTTP_CUT,
						  HTTP_TIMEOUT, HTTP_STALE };
	size_t kind = sim_random(&world->sim, LENGTH(faults) + 1);

	if (kind == LENGTH(faults)) {
		reply->status = 503;
		buf_puts(&reply->body, "{\"error\":{\"code\":503}}");
		return;
	}
	reply->fault = faults[kind];
	snprintf(reply->message, sizeof(reply->message), "made up");
}

static void limited_reply(struct http_reply *reply, bool hint)
{
	reply->status = 429;
	buf_puts(&reply->body, "{\"error\":{\"code\":429}}");
	if (hint) {
		unsigned seconds = (unsigned)sim_random(&world->sim, 20);

		snprintf(reply->headers[HEADER_RETRY_AFTER],
			 sizeof(reply->headers[0]), "%u", seconds);
		if (seconds > 0)
			world->told = world->sim.now + 1000 * seconds;
	}
}

static const struct weather *weather_now(void)
{
	size_t i = 0;

	while (i + 1 < WEATHERS && world->sim.now > world->weather[i].until)
		i++;
	return &world->weather[i];
}

static void perform(void *ctx, const struct http_request *request,
		    struct http_reply *reply)
{
	struct sim *sim = &world->sim;
	double cost = reservation(request) * (double)sim_random(sim, 1001) /
		      1000;
	const struct weather *w;
	unsigned luck;

	(void)ctx;
	world->performed++;
	sim->clock.sleep(sim, (int64_t)sim_random(sim, 300) + 1);
	w = weather_now();
	luck = (unsigned)sim_random(sim, 100);
	if (luck < w->faults) {
		fault_reply(reply);
	} else if ((luck -= w->faults) < w->limited) {
		limited_reply(reply, sim_random(sim, 100) < w->hints);
	} else if ((luck -= w->limited) < w->bad) {
		chat_reply(reply, "{}", "stop", cost);
	} else if ((luck -= w->bad) < w->longer) {
		chat_reply(reply, "{", "length", cost);
	} else if ((luck -= w->longer) < w->lost) {
		reply->fault = HTTP_TIMEOUT;
		reply->possibly_billed = true;
		snprintf(reply->message, sizeof(reply->message), "lost");
		world->billed += cost;
	} else if ((luck -= w->lost) < w->moderated) {
		reply->status = 403;
		buf_puts(&reply->body, "{\"error\":{\"code\":403,\"metadata\":"
				       "{\"reasons\":[\"x\"]}}}");
	} else {
		chat_reply(reply, world->good, "stop", cost);
	}
}

/* ---- a world ---------------------------------------------------------- */

static void check_stage(const struct worker *w, const struct outcome *o)
{
	/* 3 for faults, 2 re-asks; while the host is down none is counted */
	must(w->sent - w->probes <= 5 + w->while_down, "requests of a stage");
	must(o->usage.attempts == (int)w->sent, "attempts told");
	must((o->answer == NULL) == (o->error.code != ERR_NONE),
	     "an answer or an error");
	must(o->stop.code == ERR_NONE || o->stop.code == ERR_BUDGET_REACHED ||
		     o->stop.code == ERR_TEMPORARY,
	     "why the run stops");
}

static void work(void *arg)
{
	struct worker *w = arg;

	asking = w;
	for (int i = 0; i < STAGES_EACH; i++) {
		struct outcome o = { .answer = NULL };
		struct chat_body body;

		w->sent = w->probes = w->while_down = 0;
		chat_body_init(&body, &w->world->chat, &w->prefix,
			       STAGE_COMMUNICATION, w->variables.values, NULL,
			       0);
		ask(&w->world->asker, w->call, STAGE_COMMUNICATION, &w->prefix,
		    w->variables.values, &body, &o);
		chat_body_release(&body);
		check_stage(w, &o);
		w->answers += o.answer != NULL;
		w->failures += o.answer == NULL;
		w->no_money += o.stop.code == ERR_BUDGET_REACHED;
		w->outages += o.stop.code == ERR_TEMPORARY;
		json_decref(o.answer);
	}
}

static void start_far_end(struct world *w)
{
	static const struct chat_options options = {
		.model = "m",
		.max_tokens = 2000,
		.data_policy = "deny",
		.limit_field = "max_tokens"
	};
	json_auto_t *answer = NULL;

	w->prompts = prompts_load(NULL, stage_prompts(), STAGE_COUNT, NULL);
	assert_non_null(w->prompts);
	chat_init(&w->chat, &options, w->prompts);
	answer = sample_answer(STAGE_COMMUNICATION,
			       &w->prompts->stages[STAGE_COMMUNICATION]);
	w->good = json_dumps(answer, JSON_COMPACT);
	w->http = (struct http){ .perform = perform };
}

static void start_worker(struct world *w, size_t i)
{
	struct worker *worker = &w->workers[i];

	worker->world = w;
	worker->call = sample_call(i);
	chat_prefix_init(&worker->prefix, &w->chat, worker->call);
	variables_fill(&worker->variables, worker->call, STAGE_COMMUNICATION,
		       worker->prefix.marker);
	sim_add(&w->sim, work, worker);
}

static struct world *world_new(uint64_t seed,
			       const struct throttle_options *rules,
			       const struct budget_options *purse)
{
	struct throttle_options options = *rules;
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	world = w;
	sim_init(&w->sim, seed);
	options.attempts = retry_default_policy.attempts;
	throttle_init(&w->throttle, &options);
	budget_init(&w->budget, purse);
	gate_model_init(&w->model, &options);
	atomic_init(&w->any_good, true);
	atomic_init(&w->told_down, false);
	start_far_end(w);
	w->asker = (struct asker){ .chat = &w->chat,
				   .http = &w->http,
				   .clock = &w->sim.clock,
				   .throttle = &w->throttle,
				   .budget = &w->budget,
				   .url = "",
				   .policy = retry_default_policy,
				   .re_asks = 2,
				   .timeout_ms = 60000,
				   .any_good = &w->any_good,
				   .told_down = &w->told_down };
	for (size_t i = 0; i < WORKERS; i++)
		start_worker(w, i);
	return w;
}

static void world_free(struct world *w)
{
	for (size_t i = 0; i < WORKERS; i++) {
		variables_release(&w->workers[i].variables);
		chat_prefix_release(&w->workers[i].prefix);
		call_free(w->workers[i].call);
	}
	sim_release(&w->sim);
	throttle_release(&w->throttle);
	budget_release(&w->budget);
	chat_release(&w->chat);
	prompts_free(w->prompts);
	free(w->good);
	free(w);
}

static void random_weather(struct world *w, bool storms)
{
	int64_t until = w->sim.now;

	for (size_t i = 0; i < WEATHERS; i++) {
		struct weather *at = &w->weather[i];

		until += (int64_t)sim_random(&w->sim, storms ? 60000 : 3000);
		*at = (struct weather){ .until = until };
		switch (sim_random(&w->sim, 5)) {
		case 0:
			at->faults = storms ? 100 : 60;
			break;
		case 1:
			at->faults = 40;
			at->lost = 20;
			break;
		case 2:
			at->limited = 50;
			at->hints = 50;
			break;
		case 3:
			at->bad = 40;
			at->longer = 20;
			at->moderated = 10;
			break;
		default:
			at->faults = at->bad = at->lost = 3;
		}
	}
	w->weather[WEATHERS - 1] = (struct weather){ .until = INT64_MAX };
}

static void run_world(struct world *w, uint64_t seed)
{
	enum sim_end end = sim_run(&w->sim);

	if (end != SIM_ALL_ENDED)
		fail_msg("seed %llu: %s", (unsigned long long)seed,
			 end == SIM_STUCK ? "stuck" : "endless");
	if (w->model.broken)
		fail_msg("seed %llu: broken: %s", (unsigned long long)seed,
			 w->model.broken);
	if (w->wrong)
		fail_msg("seed %llu: wrong: %s", (unsigned long long)seed,
			 w->wrong);
	assert_int_equal(w->model.in_flight, 0);
	assert_int_equal(w->throttle.in_flight, 0);
	assert_false(w->throttle.probing);
	assert_true(w->budget.reserved < 1e-6);
	assert_true(w->billed <= w->budget.spent + 1e-6);
}

static unsigned sum_of(const struct world *w, size_t member)
{
	unsigned sum = 0;

	for (size_t i = 0; i < WORKERS; i++)
		sum += *(const unsigned *)((const char *)&w->workers[i] +
					   member);
	return sum;
}

#define SUM(w, member) sum_of(w, offsetof(struct worker, member))

/* ---- the tests -------------------------------------------------------- */

static void the_gates_keep_their_rules(void **state)
{
	static const struct budget_options free_of_cost = { .max_cost = 0 };
	unsigned probes = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct throttle_options rules = {
			.jobs = (unsigned[]){ 1, 2, 8, 24 }[seed % 4],
			.max_outage_ms = 86400000
		};
		struct world *w = world_new(seed, &rules, &free_of_cost);

		random_weather(w, seed % 2 == 0);
		run_world(w, seed);
		assert_int_equal(SUM(w, answers) + SUM(w, failures),
				 WORKERS * STAGES_EACH);
		probes += w->model.down_since > 0;
		world_free(w);
	}
	assert_true(probes > SEEDS / 10); /* the storms were storms */
}

/* With one in flight, what a reply asks for holds for the very next. */
static void a_hint_is_heard_in_time(void **state)
{
	static const struct budget_options free_of_cost = { .max_cost = 0 };
	static const struct throttle_options rules = {
		.jobs = 1, .max_outage_ms = 86400000
	};

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct world *w = world_new(seed, &rules, &free_of_cost);

		w->weather[0] = (struct weather){ .until = INT64_MAX,
						  .limited = 20,
						  .hints = 100 };
		run_world(w, seed);
		world_free(w);
	}
}

static void nothing_is_lost_to_a_storm(void **state)
{
	static const struct budget_options free_of_cost = { .max_cost = 0 };

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct throttle_options rules = {
			.jobs = (unsigned[]){ 1, 2, 8, 24 }[seed % 4],
			.max_outage_ms = 86400000
		};
		struct world *w = world_new(seed, &rules, &free_of_cost);

		w->weather[0] = (struct weather){ .until = w->sim.now + 500 };
		w->weather[1] = (struct weather){
			.until = w->sim.now + 500 +
				 (int64_t)sim_random(&w->sim, 1000000),
			.faults = 100
		};
		w->weather[2] = (struct weather){ .until = INT64_MAX };
		run_world(w, seed);
		assert_int_equal(SUM(w, answers), WORKERS * STAGES_EACH);
		world_free(w);
	}
}

static void a_storm_without_end(void **state)
{
	static const struct budget_options free_of_cost = { .max_cost = 0 };

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct throttle_options rules = {
			.jobs = 8, .max_outage_ms = 300000
		};
		struct world *w = world_new(seed, &rules, &free_of_cost);

		w->weather[0] = (struct weather){ .until = INT64_MAX,
						  .faults = 100 };
		run_world(w, seed);
		assert_int_equal(SUM(w, answers), 0);
		assert_int_equal(SUM(w, outages), WORKERS * STAGES_EACH);
		world_free(w);
	}
}

/* Never above the cap; nothing that could be afforded is refused. */
static void one_purse(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct throttle_options rules = {
			.jobs = (unsigned[]){ 1, 2, 8, 24 }[seed % 4],
			.max_outage_ms = 86400000
		};
		const struct budget_options purse = {
			.max_cost = 0.05 * (double)(seed % 17 + 1),
			.price_in = 2.5e-6,
			.price_out = 1e-5,
		};
		struct world *w = world_new(seed, &rules, &purse);
		double dearest = 0.02 + 4000 * 1e-5, left;

		random_weather(w, false);
		run_world(w, seed);
		left = purse.max_cost - w->budget.spent;
		assert_true(left >= -1e-9);
		if (SUM(w, no_money) > 0)
			assert_true(left <= dearest);
		else
			assert_true(w->budget.sent == w->performed);
		world_free(w);
	}
}

static void so_many_requests(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		static const struct throttle_options rules = {
			.jobs = 24, .max_outage_ms = 86400000
		};
		const struct budget_options purse = {
			.max_requests = (int64_t)seed
		};
		struct world *w = world_new(seed, &rules, &purse);

		random_weather(w, false);
		run_world(w, seed);
		assert_int_equal(w->performed, seed);
		assert_true(SUM(w, no_money) > 0);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_gates_keep_their_rules),
		cmocka_unit_test(a_hint_is_heard_in_time),
		cmocka_unit_test(nothing_is_lost_to_a_storm),
		cmocka_unit_test(a_storm_without_end),
		cmocka_unit_test(one_purse),
		cmocka_unit_test(so_many_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
