/* What was bought once is replayed: the same line, no network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/log.h"
#include "data/json.h"
#include "pipeline/pipeline.h"
#include "pipeline/workers.h"
#include "support/records.h"
#include "support/samples.h"
#include "support/whole_call.h"

static void a_replay_is_the_same_line(void **state)
{
	char path[] = "/tmp/call_inprocess.XXXXXX";
	struct whole_call *w = whole_call_new();
	json_auto_t *live = NULL, *again = NULL, *miss = NULL;
	json_auto_t *request = sample_request();
	char *bytes;

	(void)state;
	close(mkstemp(path));
	w->report.reproducible = true;
	w->options.recording = recording_open(path, false, NULL);
	fake_http_fault(&w->far, HTTP_CUT);
	whole_call_reply(w, STAGE_CLASSIFICATION);
	fake_http_chat(&w->far, "{}", NULL);
	for (int s = 1; s < STAGE_DEEP_DIVE; s++)
		whole_call_reply(w, s);
	live = whole_call_run(w, request);
	record_expect(live, "status", "'ok'");
	bytes = buf_take(&w->line);
	assert_int_equal(recording_close(w->options.recording, true, NULL), 0);

	w->options.recording = recording_open(path, true, NULL);
	w->options.replay = true;
	w->options.http = NULL;
	fake_clock_pass(&w->clock, 86400000);
	seen_release(&w->seen);
	again = whole_call_run(w, request);
	assert_string_equal(w->line.data, bytes);

	/* one word of the call more: every question is another */
	json_object_set_new(json_object_get(request, "transcript"),
			    "transcript", json_string("Agent: Hello there."));
	miss = whole_call_run(w, request);
	record_expect(miss, "status", "'failed'");
	record_expect(miss, "error.code", "'REPLAY_MISS'");
	assert_int_equal(recording_close(w->options.recording, true, NULL), 0);
	free(bytes);
	unlink(path);
	whole_call_free(w);
}

/* What is told of a live answer is told of its replay. */
static void a_cut_context_is_replayed(void **state)
{
	char path[] = "/tmp/call_inprocess.XXXXXX";
	struct whole_call *w = whole_call_new();
	json_auto_t *answer = whole_call_answer(w, STAGE_CLASSIFICATION);
	json_auto_t *live = NULL, *again = NULL, *reply = NULL;
	char *text = json_dumps(answer, JSON_COMPACT), *bytes;

	(void)state;
	reply = json_pack("{s:s,s:[{s:s,s:{s:s}}],s:{s:i,s:i,s:f}}", "model",
			  "m", "choices", "finish_reason", "stop", "message",
			  "content", text, "usage", "prompt_tokens", 50,
			  "completion_tokens", 20, "cost", 0.01);
	bytes = json_dumps(reply, JSON_COMPACT);
	close(mkstemp(path));
	w->report.reproducible = true;
	w->options.recording = recording_open(path, false, NULL);
	fake_http_status(&w->far, 200, bytes);
	free(bytes);
	free(text);
	for (int s = 1; s < STAGE_DEEP_DIVE; s++)
		whole_call_reply(w, s);
	live = whole_call_run_sample(w);
	assert_int_equal(json_array_size(record_at(live, "needs_review")), 1);
	bytes = buf_take(&w->line);
	assert_int_equal(recording_close(w->options.recording, true, NULL), 0);

	w->options.recording = recording_open(path, true, NULL);
	w->options.replay = true;
	w->options.http = NULL;
	seen_release(&w->seen);
	again = whole_call_run_sample(w);
	assert_string_equal(w->line.data, bytes);
	assert_int_equal(recording_close(w->options.recording, true, NULL), 0);
	free(bytes);
	unlink(path);
	whole_call_free(w);
}

/* ---- many calls, any number of workers -------------------------------------
 */

enum { CALLS = 12 };

/* Lines by the calls' numbers. */
struct lines {
	pthread_mutex_t lock;
	const struct report_options *options;
	char *line[CALLS];
};

static void keep_line(void *ctx, struct call *call)
{
	struct lines *lines = ctx;
	struct report_facts facts;
	struct buf line;

	buf_init(&line, LIMIT_REPORT_BYTES);
	report_write(&line, call, lines->options, 7, FAKE_WALL, &facts);
	pthread_mutex_lock(&lines->lock);
	free(lines->line[call->number]);
	lines->line[call->number] = buf_take(&line);
	pthread_mutex_unlock(&lines->lock);
	call_free(call);
}

static void lines_release(struct lines *lines)
{
	for (size_t i = 0; i < CALLS; i++)
		free(lines->line[i]);
	pthread_mutex_destroy(&lines->lock);
}

/* Each call has a word of its own, every third one a violation. */
static void run_calls(struct whole_call *w, size_t jobs, struct lines *lines)
{
	struct pipeline pipeline;
	struct workers workers;

	*lines = (struct lines){ .options = &w->report };
	pthread_mutex_init(&lines->lock, NULL);
	llm_init(&w->llm, &w->options);
	w->engine = llm_engine(&w->llm);
	pipeline_init(&pipeline, &w->engine, &w->clock.clock, &w->cancel,
		      keep_line, lines);
	for (size_t i = 0; i < CALLS; i++) {
		struct call *call = sample_call(i);
		json_t *transcript = json_object_get(call->request,
						     "transcript");

		json_object_set_new(transcript, "transcript",
				    json_sprintf("Agent: call %zu.", i));
		pipeline_add(&pipeline, call);
	}
	pipeline_close(&pipeline);
	assert_int_equal(workers_start(&workers, &pipeline, jobs, NULL), 0);
	workers_join(&workers);
	pipeline_release(&pipeline);
	llm_release(&w->llm);
}

/* One worker asks in the calls' order, stage after stage. */
static void script_replies(struct whole_call *w)
{
	for (size_t i = 0; i < CALLS; i++) {
		json_t *rules = whole_call_answer(w, STAGE_COMPLIANCE);

		if (i % 3 == 0)
			sample_set_item(rules, "Fair Lending", "Violation");
		whole_call_reply(w, STAGE_CLASSIFICATION);
		whole_call_reply(w, STAGE_SCRIPT_DEVIATION);
		fake_http_answer_take(&w->far, rules);
		whole_call_reply(w, STAGE_COMMUNICATION);
		if (i % 3 == 0)
			whole_call_reply(w, STAGE_DEEP_DIVE);
	}
}

static void any_number_of_workers_replays_the_same_lines(void **state)
{
	static const size_t jobs[] = { 1, 8, 64 };
	char path[] = "/tmp/call_inprocess.XXXXXX";
	struct whole_call *w = whole_call_new();
	struct lines live, again;

	(void)state;
	close(mkstemp(path));
	w->report.reproducible = true;
	w->options.recording = recording_open(path, false, NULL);
	script_replies(w);
	run_calls(w, 1, &live);
	assert_int_equal(w->far.count, w->far.length);
	assert_int_equal(recording_close(w->options.recording, true, NULL), 0);
	assert_non_null(strstr(live.line[3], "\"overall_score\":85"));
	assert_non_null(strstr(live.line[4], "\"overall_score\":100"));
	w->options.replay = true;
	for (size_t j = 0; j < LENGTH(jobs); j++) {
		w->options.recording = recording_open(path, true, NULL);
		run_calls(w, jobs[j], &again);
		for (size_t i = 0; i < CALLS; i++)
			assert_string_equal(again.line[i], live.line[i]);
		assert_int_equal(
			recording_close(w->options.recording, true, NULL), 0);
		lines_release(&again);
	}
	lines_release(&live);
	unlink(path);
	whole_call_free(w);
}

/* ---- by hand --------------------------------------------------------------
 */

static void write_answer(const char *path, const char *key, const char *status)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f,
		"{\"call_id\":\"call-0\",\"stage\":\"deep_dive\",\"repeat\":0,"
		"\"key\":\"%s\",\"prompt\":\"\",\"schema\":\"\","
		"\"parameters\":\"\",\"model\":\"me\",\"answer\":"
		"{\"findings\":[],\"root_cause\":\"x\","
		"\"customer_impact\":\"%s\",\"urgent_actions\":[]},"
		"\"usage\":{}}\n",
		key, status);
	assert_int_equal(fclose(f), 0);
}

/* People edit recordings: what does not fit is told, not believed. */
static void a_recording_edited_by_hand(void **state)
{
	static const struct {
		const char *status;
		enum error_code code;
	} rows[] = { { "low", ERR_NONE }, { "Severe", ERR_UPSTREAM_SCHEMA } };
	char path[] = "/tmp/call_inprocess.XXXXXX", key[SHA256_HEX_SIZE];
	struct whole_call *w = whole_call_new();
	struct call *call = sample_call(0);
	struct chat_body body;
	struct variables v;

	(void)state;
	close(mkstemp(path));
	w->options.replay = true;
	llm_init(&w->llm, &w->options);
	w->engine = llm_engine(&w->llm);
	w->engine.begin(w->engine.ctx, call);
	variables_fill(&v, call, STAGE_DEEP_DIVE,
		       ((struct chat_prefix *)call->engine_data)->marker);
	chat_body_init(&body, &w->llm.chat, call->engine_data, STAGE_DEEP_DIVE,
		       v.values, NULL, 0);
	chat_key(&w->llm.chat, call->engine_data, &body, STAGE_DEEP_DIVE, 0,
		 key);
	chat_body_release(&body);
	variables_release(&v);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct outcome o = { .answer = NULL };

		write_answer(path, key, rows[i].status);
		w->llm.memory.recording = recording_open(path, true, NULL);
		assert_non_null(w->llm.memory.recording);
		w->engine.evaluate(w->engine.ctx, call, STAGE_DEEP_DIVE, &o);
		assert_int_equal(o.error.code, rows[i].code);
		assert_int_equal(o.answer != NULL, rows[i].code == ERR_NONE);
		if (o.answer)
			record_expect(o.answer, "customer_impact", "'Low'");
		json_decref(o.answer);
		assert_int_equal(
			recording_close(w->llm.memory.recording, true, NULL),
			0);
	}
	w->engine.end(w->engine.ctx, call);
	llm_release(&w->llm);
	call_free(call);
	unlink(path);
	whole_call_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_replay_is_the_same_line),
		cmocka_unit_test(a_cut_context_is_replayed),
		cmocka_unit_test(any_number_of_workers_replays_the_same_lines),
		cmocka_unit_test(a_recording_edited_by_hand),
	};

	/* failures are wanted here; what the log says of them is not */
	log_setup("replay_inprocess_test", LOG_ERROR, false);
	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
