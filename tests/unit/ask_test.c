/* One question: retries, re-asks, waits and what they cost, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "llm/ask.h"
#include "support/fake_http.h"
#include "support/samples.h"

static const enum stage asked = STAGE_COMMUNICATION;

/* Everything that a question needs. */
struct bench {
	struct prompts *prompts;
	struct chat chat;
	struct fake_clock clock;
	struct fake_http far;
	struct throttle throttle;
	struct budget budget;
	atomic_bool any_good, told_down;
	struct asker asker;
	struct call *call;
	struct chat_prefix prefix;
	struct variables variables;
	struct outcome outcome;
};

static struct bench *bench_new(void)
{
	static const char *const headers[] = { "Authorization: Bearer KEY",
					       "Accept: x", NULL };
	static const struct chat_options options = {
		.model = "acme/grader",
		.temperature = 0.3,
		.max_tokens = 2000,
		.data_policy = "deny",
		.limit_field = "max_tokens",
		.send_temperature = true
	};
	static const struct throttle_options gates = {
		.jobs = 8, .attempts = 3, .max_outage_ms = 600000
	};
	static const struct budget_options free_of_cost = { .max_cost = 0 };
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->prompts = prompts_load(NULL, stage_prompts(), STAGE_COUNT, NULL);
	assert_non_null(b->prompts);
	chat_init(&b->chat, &options, b->prompts);
	fake_clock_init(&b->clock);
	fake_http_init(&b->far, &b->clock);
	throttle_init(&b->throttle, &gates);
	budget_init(&b->budget, &free_of_cost);
	atomic_init(&b->any_good, false);
	atomic_init(&b->told_down, false);
	b->asker = (struct asker){ .chat = &b->chat,
				   .http = &b->far.http,
				   .clock = &b->clock.clock,
				   .throttle = &b->throttle,
				   .budget = &b->budget,
				   .url = "https://far.example/v1/x",
				   .headers = headers,
				   .policy = retry_default_policy,
				   .re_asks = 2,
				   .timeout_ms = 60000,
				   .any_good = &b->any_good,
				   .told_down = &b->told_down };
	b->call = sample_call(1);
	chat_prefix_init(&b->prefix, &b->chat, b->call);
	variables_fill(&b->variables, b->call, asked, b->prefix.marker);
	return b;
}

static void bench_free(struct bench *b)
{
	json_decref(b->outcome.answer);
	variables_release(&b->variables);
	chat_prefix_release(&b->prefix);
	call_free(b->call);
	budget_release(&b->budget);
	throttle_release(&b->throttle);
	fake_http_release(&b->far);
	fake_clock_release(&b->clock);
	chat_release(&b->chat);
	prompts_free(b->prompts);
	free(b);
}

/* One word a reply; what is no word is a status. */
static void add_reply(struct bench *b, const char *word)
{
	struct fake_reply *row;

	if (strcmp(word, "good") == 0) {
		fake_http_answer_take(
			&b->far,
			sample_answer(asked, &b->prompts->stages[asked]));
	} else if (strcmp(word, "bad") == 0) {
		fake_http_chat(&b->far, "{\"skills\":\"no\"}", NULL);
	} else if (strcmp(word, "length") == 0) {
		fake_http_chat(&b->far, "{\"sk", "length");
	} else if (strcmp(word, "refused") == 0) {
		fake_http_chat(&b->far, "", "content_filter");
	} else if (strcmp(word, "cut") == 0) {
		fake_http_fault(&b->far, HTTP_CUT);
	} else if (strcmp(word, "nohost") == 0) {
		fake_http_fault(&b->far, HTTP_RESOLVE);
	} else if (strncmp(word, "429:", 4) == 0) {
		row = fake_http_status(&b->far, 429, "{}");
		row->retry_after = word + 4;
	} else {
		int status = (int)strtol(word, NULL, 10);

		fake_http_status(&b->far, status, "{\"error\":{}}");
	}
}

/* Words with spaces between them; hints point into `words`. */
static void add_replies(struct bench *b, const char *replies, char words[256])
{
	char *at = words, *end;

	snprintf(words, 256, "%s", replies);
	for (; *at; at = end) {
		end = at + strcspn(at, " ");
		if (*end)
			*end++ = '\0';
		add_reply(b, at);
	}
}

static void ask_it(struct bench *b)
{
	struct chat_body body;

	json_decref(b->outcome.answer);
	b->outcome = (struct outcome){ .answer = NULL };
	chat_body_init(&body, &b->chat, &b->prefix, asked, b->variables.values,
		       NULL, 0);
	ask(&b->asker, b->call, asked, &b->prefix, b->variables.values, &body,
	    &b->outcome);
	chat_body_release(&body);
}

/* ---- how many requests ----------------------------------------------------
 */

static const struct count_row {
	const char *replies;
	int requests, re_asks;
	enum error_code code, stop;
} count_rows[] = {
	{ "good", 1, 0, ERR_NONE, ERR_NONE },
	/* faults alone */
	{ "503 good", 2, 0, ERR_NONE, ERR_NONE },
	{ "503 cut good", 3, 0, ERR_NONE, ERR_NONE },
	{ "503 503 503", 3, 0, ERR_UPSTREAM_STATUS, ERR_NONE },
	{ "503 429 cut", 3, 0, ERR_UPSTREAM_TRUNCATED, ERR_NONE },
	{ "429 429 429", 3, 0, ERR_UPSTREAM_RATE_LIMIT, ERR_NONE },
	/* re-asks alone */
	{ "bad good", 2, 1, ERR_NONE, ERR_NONE },
	{ "bad bad good", 3, 2, ERR_NONE, ERR_NONE },
	{ "bad bad bad", 3, 2, ERR_UPSTREAM_SCHEMA, ERR_NONE },
	/* both have their own count; five requests at most */
	{ "503 503 bad bad good", 5, 2, ERR_NONE, ERR_NONE },
	{ "bad 503 bad 503 good", 5, 2, ERR_NONE, ERR_NONE },
	{ "bad bad 503 503 good", 5, 2, ERR_NONE, ERR_NONE },
	{ "503 bad 503 bad bad", 5, 2, ERR_UPSTREAM_SCHEMA, ERR_NONE },
	{ "bad 503 bad 503 503", 5, 2, ERR_UPSTREAM_STATUS, ERR_NONE },
	{ "503 503 bad 503", 4, 1, ERR_UPSTREAM_STATUS, ERR_NONE },
	/* once more with a larger limit, out of the same attempts */
	{ "length good", 2, 0, ERR_NONE, ERR_NONE },
	{ "length length", 2, 0, ERR_UPSTREAM_LENGTH, ERR_NONE },
	{ "503 length good", 3, 0, ERR_NONE, ERR_NONE },
	{ "503 503 length", 3, 0, ERR_UPSTREAM_LENGTH, ERR_NONE },
	{ "length 503 good", 3, 0, ERR_NONE, ERR_NONE },
	{ "length 503 503", 3, 0, ERR_UPSTREAM_STATUS, ERR_NONE },
	{ "length bad bad good", 4, 2, ERR_NONE, ERR_NONE },
	{ "bad length good", 3, 1, ERR_NONE, ERR_NONE },
	/* what is not tried again */
	{ "400", 1, 0, ERR_UPSTREAM_STATUS, ERR_NONE },
	{ "refused", 1, 0, ERR_UPSTREAM_REFUSED, ERR_NONE },
	{ "bad refused", 2, 1, ERR_UPSTREAM_REFUSED, ERR_NONE },
	{ "429:500", 1, 0, ERR_UPSTREAM_RATE_LIMIT, ERR_NONE },
	{ "401", 1, 0, ERR_UPSTREAM_AUTH, ERR_UPSTREAM_AUTH },
	{ "503 402", 2, 0, ERR_UPSTREAM_CREDIT, ERR_UPSTREAM_CREDIT },
	{ "bad 403", 2, 1, ERR_UPSTREAM_AUTH, ERR_UPSTREAM_AUTH },
	/* a hint that can be waited for */
	{ "429:7 429:0 good", 3, 0, ERR_NONE, ERR_NONE },
	{ "429:120 good", 2, 0, ERR_NONE, ERR_NONE },
	/* a host that was there before is down, not misspelt */
	{ "bad nohost good", 3, 1, ERR_NONE, ERR_NONE },
	{ "bad nohost nohost nohost nohost good", 6, 1, ERR_NONE, ERR_NONE },
};

static void how_many_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(count_rows); i++) {
		const struct count_row *row = &count_rows[i];
		struct bench *b = bench_new();
		const struct outcome *o = &b->outcome;
		char words[256];

		add_replies(b, row->replies, words);
		ask_it(b);
		if ((int)b->far.count != row->requests ||
		    o->error.code != row->code || o->stop.code != row->stop)
			fail_msg("%s: %zu requests, %s, stop %s", row->replies,
				 b->far.count, error_name(o->error.code),
				 error_name(o->stop.code));
		assert_int_equal(o->usage.attempts, row->requests);
		assert_int_equal(o->usage.re_asks, row->re_asks);
		assert_int_equal(o->answer != NULL, row->code == ERR_NONE);
		assert_int_equal(o->error.text[0] != '\0',
				 row->code != ERR_NONE);
		bench_free(b);
	}
}

static void fewer_are_allowed(void **state)
{
	static const struct {
		const char *replies;
		unsigned attempts;
		int re_asks, requests;
		enum error_code code;
	} rows[] = {
		{ "503", 1, 2, 1, ERR_UPSTREAM_STATUS },
		{ "length", 1, 2, 1, ERR_UPSTREAM_LENGTH },
		{ "bad", 3, 0, 1, ERR_UPSTREAM_SCHEMA },
		{ "bad good", 1, 1, 2, ERR_NONE },
		{ "503 503 503 503 503 good", 6, 2, 6, ERR_NONE },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct bench *b = bench_new();
		char words[256];

		b->asker.policy.attempts = rows[i].attempts;
		b->asker.re_asks = rows[i].re_asks;
		add_replies(b, rows[i].replies, words);
		ask_it(b);
		assert_int_equal(b->far.count, rows[i].requests);
		assert_int_equal(b->outcome.error.code, rows[i].code);
		bench_free(b);
	}
}

/* Before any good reply a name that does not exist is a wrong setting. */
static void a_wrong_host_stops_the_run_at_once(void **state)
{
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	add_replies(b, "nohost good", words);
	ask_it(b);
	assert_int_equal(b->far.count, 1);
	assert_int_equal(b->outcome.stop.code, ERR_CONFIG);
	assert_null(b->outcome.answer);
	assert_false(atomic_load(&b->any_good));
	bench_free(b);
}

/* ---- waiting --------------------------------------------------------------
 */

static void how_long_it_waits(void **state)
{
	static const struct {
		const char *replies;
		int64_t bounds[5][2];
		size_t count;
	} rows[] = {
		{ "good", { { 0 } }, 0 },
		{ "bad bad good", { { 0 } }, 0 },
		{ "length good", { { 0 } }, 0 },
		{ "503 good", { { 0, 1000 } }, 1 },
		{ "503 503 good", { { 0, 1000 }, { 0, 2000 } }, 2 },
		{ "503 503 503 503 503 good",
		  { { 0, 1000 },
		    { 0, 2000 },
		    { 0, 4000 },
		    { 0, 8000 },
		    { 0, 10000 } },
		  5 },
		/* re-asks do not make the waits longer */
		{ "503 bad bad 503 good", { { 0, 1000 }, { 0, 2000 } }, 2 },
		/* at least a second after a 429 without a hint */
		{ "429 good", { { 1000, 1100 } }, 1 },
		{ "503 429 good", { { 0, 1000 }, { 1000, 2000 } }, 2 },
		/* a hint is obeyed, and spread a little */
		{ "429:7 good", { { 7000, 7700 } }, 1 },
		{ "429:0.25 good", { { 250, 275 } }, 1 },
		{ "429:120 good", { { 120000, 121000 } }, 1 },
		{ "429:nonsense good", { { 1000, 1100 } }, 1 },
		/* not after the last attempt: nothing follows */
		{ "503 503 503 bad 503 503 503",
		  { { 0, 1000 },
		    { 0, 2000 },
		    { 0, 4000 },
		    { 0, 8000 },
		    { 0, 10000 } },
		  5 },
		{ "400", { { 0 } }, 0 },
	};
	static const double chances[] = { 0, 0.25, 0.5, 0.999999 };

	(void)state;
	for (size_t i = 0; i < LENGTH(chances) * LENGTH(rows); i++) {
		size_t r = i / LENGTH(chances);
		struct bench *b = bench_new();
		char words[256];

		b->asker.policy.attempts = 6;
		b->clock.chance = chances[i % LENGTH(chances)];
		add_replies(b, rows[r].replies, words);
		ask_it(b);
		assert_int_equal(b->far.count, b->far.length);
		assert_int_equal(b->clock.sleep_count, rows[r].count);
		for (size_t k = 0; k < rows[r].count; k++)
			assert_in_range(b->clock.sleeps[k],
					rows[r].bounds[k][0],
					rows[r].bounds[k][1]);
		bench_free(b);
	}
}

/* The whole of the range is used: neither always nothing nor always all. */
static void jitter_is_full(void **state)
{
	static const struct {
		double chance;
		int64_t wait;
	} rows[] = { { 0, 0 }, { 0.25, 250 }, { 0.5, 500 }, { 0.75, 750 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct bench *b = bench_new();
		char words[256];

		b->clock.chance = rows[i].chance;
		add_replies(b, "503 good", words);
		ask_it(b);
		assert_int_equal(b->clock.sleeps[0], rows[i].wait);
		bench_free(b);
	}
}

/* One question was told to wait; the next one to the same host does, too. */
static void a_hint_holds_for_the_host(void **state)
{
	struct bench *b = bench_new();
	char words[256];
	int64_t told;

	(void)state;
	add_replies(b, "429:7 good", words);
	b->clock.stop_at = 0;
	told = b->clock.now;
	ask_it(b);
	assert_int_equal(b->far.count, 1);
	b->clock.stop_at = -1;
	ask_it(b);
	assert_int_equal(b->far.count, 2);
	assert_true(b->far.requests[1].at >= told + 7000);
	assert_true(b->far.requests[1].at <= told + 9000);
	assert_non_null(b->outcome.answer);
	bench_free(b);
}

/* Also if it was told to the last attempt: the host knows no attempts. */
static void the_last_hint_holds_for_the_host(void **state)
{
	struct bench *b = bench_new();
	char words[256];
	int64_t told;

	(void)state;
	b->asker.policy.attempts = 1;
	add_replies(b, "429:7 good", words);
	told = b->clock.now;
	ask_it(b);
	assert_int_equal(b->far.count, 1);
	assert_null(b->outcome.answer);
	ask_it(b);
	assert_int_equal(b->far.count, 2);
	assert_true(b->far.requests[1].at >= told + 7000);
	bench_free(b);
}

static void stopped_while_it_waits(void **state)
{
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	add_replies(b, "503 good", words);
	b->clock.stop_at = 0;
	ask_it(b);
	assert_int_equal(b->far.count, 1);
	assert_null(b->outcome.answer);
	assert_true(error_is(&b->outcome.error));
	assert_int_equal(b->outcome.stop.code, ERR_NONE);
	bench_free(b);
}

static void stopped_before_it_was_sent(void **state)
{
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	add_replies(b, "good", words);
	throttle_hold(&b->throttle, b->clock.now + 5000);
	b->clock.stop_at = 0;
	ask_it(b);
	assert_int_equal(b->far.count, 0);
	assert_int_equal(b->outcome.usage.attempts, 0);
	assert_null(b->outcome.answer);
	assert_int_equal(b->outcome.error.code, ERR_STOPPED);
	bench_free(b);
}

/* What the gates learn of a reply: faults in a row, and fewer at once. */
static void what_the_gates_are_told(void **state)
{
	static const struct {
		const char *reply;
		unsigned faults_in_row, limit;
	} rows[] = {
		{ "good", 0, 8 }, { "bad", 0, 8 },     { "length", 0, 8 },
		{ "400", 0, 8 },  { "refused", 0, 8 }, { "401", 0, 8 },
		{ "429", 0, 4 },  { "429:7", 0, 4 },   { "503", 3, 8 },
		{ "cut", 3, 8 },  { "nohost", 3, 8 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct bench *b = bench_new();
		char words[256];

		atomic_store(&b->any_good, true);
		b->asker.policy.attempts = 1;
		b->asker.re_asks = 0;
		b->throttle.options.attempts = 1;
		b->throttle.faults_in_row = 2;
		add_replies(b, rows[i].reply, words);
		ask_it(b);
		assert_int_equal(b->throttle.faults_in_row,
				 rows[i].faults_in_row);
		assert_int_equal((unsigned)b->throttle.limit, rows[i].limit);
		assert_int_equal(b->throttle.in_flight, 0);
		bench_free(b);
	}
}

/* ---- what it cost ---------------------------------------------------------
 */

static void usage_is_summed(void **state)
{
	static const struct {
		const char *replies;
		int64_t in, out, cached;
		double cost;
		bool known;
	} rows[] = {
		{ "good", 2000, 20, 60, 0.25, true },
		{ "bad bad good", 6000, 60, 180, 0.75, true },
		{ "length good", 4000, 40, 120, 0.5, true },
		/* a fault tells nothing; every good reply told its cost */
		{ "503 good", 2000, 20, 60, 0.25, true },
		/* failed, and paid for */
		{ "bad bad bad", 6000, 60, 180, 0.75, true },
		{ "length length", 4000, 40, 120, 0.5, true },
		/* asked, and nothing to be billed */
		{ "503 503 503", 0, 0, 0, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct bench *b = bench_new();
		const struct usage *u = &b->outcome.usage;
		char words[256];

		add_replies(b, rows[i].replies, words);
		ask_it(b);
		assert_int_equal(u->tokens_in, rows[i].in);
		assert_int_equal(u->tokens_out, rows[i].out);
		assert_int_equal(u->tokens_cached, rows[i].cached);
		assert_true(u->cost == rows[i].cost);
		assert_int_equal(u->cost_known, rows[i].known);
		bench_free(b);
	}
}

/* One good reply that does not tell its cost makes the sum a guess. */
static void a_cost_not_told_is_not_known(void **state)
{
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	fake_http_status(&b->far, 200,
			 "{\"choices\":[{\"message\":{\"content\":\"{}\"}}]}");
	add_replies(b, "good", words);
	ask_it(b);
	assert_non_null(b->outcome.answer);
	assert_int_equal(b->outcome.usage.re_asks, 1);
	assert_false(b->outcome.usage.cost_known);
	bench_free(b);
}

static void latency_is_all_of_it(void **state)
{
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	add_replies(b, "503 good", words);
	b->far.script[0].takes_ms = 1200;
	b->far.script[1].takes_ms = 3400;
	ask_it(b);
	assert_int_equal(b->outcome.usage.latency_ms, 1200 + 500 + 3400);
	assert_string_equal(b->outcome.model, "acme/grader-2");
	bench_free(b);
}

/* ---- what is sent ---------------------------------------------------------
 */

static size_t messages_in(const json_t *body)
{
	return json_array_size(json_object_get(body, "messages"));
}

static const char *message(const json_t *body, size_t i, const char *role)
{
	const json_t *m = json_array_get(json_object_get(body, "messages"), i);

	assert_string_equal(json_string_value(json_object_get(m, "role")),
			    role);
	return json_string_value(json_object_get(m, "content"));
}

static void a_retry_is_the_same_request(void **state)
{
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	add_replies(b, "503 cut good", words);
	ask_it(b);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(b->far.requests[i].len,
				 b->far.requests[0].len);
		assert_memory_equal(b->far.requests[i].body,
				    b->far.requests[0].body,
				    b->far.requests[0].len);
		assert_string_equal(b->far.requests[i].url,
				    "https://far.example/v1/x");
		assert_string_equal(b->far.requests[i].headers,
				    "Authorization: Bearer KEY\nAccept: x\n");
		assert_int_equal(b->far.requests[i].timeout_ms, 60000);
	}
	bench_free(b);
}

/* Its own answer and what was wrong with it; only the last one. */
static void a_re_ask_carries_answer_and_faults(void **state)
{
	struct bench *b = bench_new();
	json_auto_t *first = NULL, *second = NULL, *third = NULL;
	char words[256];

	(void)state;
	add_replies(b, "bad", words);
	fake_http_chat(&b->far, "Sorry, \"I\" cannot.", NULL);
	add_replies(b, "good", words);
	ask_it(b);
	first = fake_http_body(&b->far, 0);
	second = fake_http_body(&b->far, 1);
	third = fake_http_body(&b->far, 2);
	assert_int_equal(messages_in(first), 2);
	assert_int_equal(messages_in(second), 4);
	assert_string_equal(message(second, 2, "assistant"),
			    "{\"skills\":\"no\"}");
	assert_non_null(strstr(message(second, 3, "user"),
			       "- skills: array; found \"no\"\n"
			       "- summary: required field is missing\n"));
	assert_int_equal(messages_in(third), 4);
	assert_string_equal(message(third, 2, "assistant"),
			    "Sorry, \"I\" cannot.");
	assert_non_null(strstr(message(third, 3, "user"),
			       "- the answer is not one JSON object"));
	assert_null(strstr(message(third, 3, "user"), "skills"));
	assert_string_equal(message(third, 1, "user"),
			    message(first, 1, "user"));
	bench_free(b);
}

static void a_larger_limit_is_asked_for_once(void **state)
{
	static const int limits[] = { 2000, 2000, 4000, 4000 };
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	add_replies(b, "bad length bad good", words);
	b->asker.re_asks = 3;
	ask_it(b);
	assert_non_null(b->outcome.answer);
	for (size_t i = 0; i < LENGTH(limits); i++) {
		json_auto_t *body = fake_http_body(&b->far, i);

		assert_int_equal(
			json_integer_value(json_object_get(body, "max_tokens")),
			limits[i]);
		/* a re-ask cut short is asked again as the re-ask it was */
		assert_int_equal(messages_in(body), i == 0 ? 2 : 4);
	}
	bench_free(b);
}

static void a_fence_is_told(void **state)
{
	struct bench *b = bench_new();
	json_auto_t *answer = sample_answer(asked, &b->prompts->stages[asked]);
	char *text = json_dumps(answer, 0);
	char fenced[4096];

	(void)state;
	snprintf(fenced, sizeof(fenced), "```json\n%s\n```", text);
	fake_http_chat(&b->far, fenced, NULL);
	ask_it(b);
	assert_non_null(b->outcome.answer);
	assert_true(b->outcome.fence_stripped);
	free(text);
	bench_free(b);
}

/* ---- money and outages ------------------------------------------------ */

/* What tells no usage has not been free: the whole reservation is spent. */
static void a_good_reply_without_usage_is_paid(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	b->budget.options = (struct budget_options){ .max_cost = 10,
						     .price_in = 1e-6,
						     .price_out = 1e-5 };
	for (int i = 0; i < 3; i++)
		fake_http_status(&b->far, 200,
				 "{\"choices\":[{\"message\":"
				 "{\"content\":\"{}\"}}]}");
	ask_it(b);
	assert_int_equal(b->far.count, 3);
	assert_true(budget_spent(&b->budget) >= 3 * 0.02);
	bench_free(b);
}

/* Told as what it is, also if the answer would have to be asked for again. */
static void an_overrun_ends_the_question(void **state)
{
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	b->budget.options = (struct budget_options){ .max_cost = 0.1,
						     .price_in = 1e-6,
						     .price_out = 1e-5 };
	add_replies(b, "bad good", words);
	ask_it(b);
	assert_int_equal(b->far.count, 1);
	assert_int_equal(b->outcome.stop.code, ERR_BUDGET_REACHED);
	assert_non_null(strstr(b->outcome.stop.text, "overrun"));
	bench_free(b);
}

/* A model that says nothing is not a host that is down: nobody waits. */
static void empty_answers_are_no_outage(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	for (int i = 0; i < 6; i++)
		fake_http_chat(&b->far, "", NULL);
	ask_it(b);
	ask_it(b);
	assert_int_equal(b->far.count, 6);
	assert_false(b->throttle.down);
	assert_int_equal(b->outcome.error.code, ERR_UPSTREAM_TRUNCATED);
	bench_free(b);
}

/* The last attempt found the host down: its probe is no attempt. */
static void a_probe_is_no_attempt(void **state)
{
	static const char *const rows[] = {
		"503 503 503 503 503 good",
		"503 503 503 503 503 503 good",
		"503 503 503 503 503 429 good",
		"503 503 503 503 503 429:1 good",
		"503 503 503 503 503 length good",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct bench *b = bench_new();
		char words[256];

		b->asker.policy.attempts = 5;
		b->throttle.reached = b->throttle.proven = true;
		add_replies(b, rows[i], words);
		ask_it(b);
		if (!b->outcome.answer)
			fail_msg("%s: %s", rows[i], b->outcome.error.text);
		bench_free(b);
	}
}

/* Nobody listens, and never did in this run: it ends before all is lost. */
static void a_host_that_never_was_there_ends_the_run(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	for (int i = 0; i < 3; i++)
		fake_http_fault(&b->far, HTTP_CONNECT);
	ask_it(b);
	assert_int_equal(b->far.count, 3);
	assert_int_equal(b->outcome.error.code, ERR_UPSTREAM_CONNECT);
	assert_int_equal(b->outcome.stop.code, ERR_TEMPORARY);
	assert_int_equal(b->outcome.usage.attempts, 3);
	assert_int_equal(b->outcome.usage.sent, 0);
	assert_int_equal(b->budget.sent, 0);
	bench_free(b);
}

/* One that was there is waited for; one call's own faults are not. */
static void a_host_that_was_there_is_waited_for(void **state)
{
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	add_replies(b, "good", words);
	for (int i = 0; i < 9; i++)
		fake_http_fault(&b->far, HTTP_CONNECT);
	add_replies(b, "good", words);
	ask_it(b);
	ask_it(b);
	assert_int_equal(b->far.count, 11);
	assert_non_null(b->outcome.answer);
	assert_int_equal(b->outcome.usage.attempts, 10);
	assert_int_equal(b->outcome.usage.sent, 1);
	add_replies(b, "503 503 503", words);
	ask_it(b);
	assert_int_equal(b->outcome.error.code, ERR_UPSTREAM_STATUS);
	assert_int_equal(b->outcome.stop.code, ERR_NONE);
	bench_free(b);
}

/* Out of descriptors: nothing was sent, so nothing is known of the host. */
static void what_was_not_sent_reopens_nothing(void **state)
{
	struct bench *b = bench_new();
	char words[256];

	(void)state;
	b->asker.policy.attempts = 5;
	b->throttle.reached = b->throttle.proven = true;
	add_replies(b, "503 503 503 503 503", words);
	fake_http_fault(&b->far, HTTP_BROKEN);
	add_replies(b, "good", words);
	ask_it(b);
	assert_non_null(b->outcome.answer);
	assert_int_equal(b->far.count, 7);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_many_requests),
		cmocka_unit_test(fewer_are_allowed),
		cmocka_unit_test(a_wrong_host_stops_the_run_at_once),
		cmocka_unit_test(how_long_it_waits),
		cmocka_unit_test(jitter_is_full),
		cmocka_unit_test(a_hint_holds_for_the_host),
		cmocka_unit_test(the_last_hint_holds_for_the_host),
		cmocka_unit_test(stopped_while_it_waits),
		cmocka_unit_test(stopped_before_it_was_sent),
		cmocka_unit_test(what_the_gates_are_told),
		cmocka_unit_test(usage_is_summed),
		cmocka_unit_test(a_cost_not_told_is_not_known),
		cmocka_unit_test(latency_is_all_of_it),
		cmocka_unit_test(a_retry_is_the_same_request),
		cmocka_unit_test(a_re_ask_carries_answer_and_faults),
		cmocka_unit_test(a_larger_limit_is_asked_for_once),
		cmocka_unit_test(a_fence_is_told),
		cmocka_unit_test(a_good_reply_without_usage_is_paid),
		cmocka_unit_test(an_overrun_ends_the_question),
		cmocka_unit_test(empty_answers_are_no_outage),
		cmocka_unit_test(a_probe_is_no_attempt),
		cmocka_unit_test(a_host_that_never_was_there_ends_the_run),
		cmocka_unit_test(a_host_that_was_there_is_waited_for),
		cmocka_unit_test(what_was_not_sent_reopens_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
