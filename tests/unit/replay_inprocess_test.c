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

#include "base/log.h"
#include "data/json.h"
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
	assert_int_equal(recording_close(w->options.recording, NULL), 0);

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
	assert_int_equal(recording_close(w->options.recording, NULL), 0);
	free(bytes);
	unlink(path);
	whole_call_free(w);
}

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
		w->llm.recording = recording_open(path, true, NULL);
		assert_non_null(w->llm.recording);
		w->engine.evaluate(w->engine.ctx, call, STAGE_DEEP_DIVE, &o);
		assert_int_equal(o.error.code, rows[i].code);
		assert_int_equal(o.answer != NULL, rows[i].code == ERR_NONE);
		if (o.answer)
			record_expect(o.answer, "customer_impact", "'Low'");
		json_decref(o.answer);
		assert_int_equal(recording_close(w->llm.recording, NULL), 0);
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
		cmocka_unit_test(a_recording_edited_by_hand),
	};

	/* failures are wanted here; what the log says of them is not */
	log_setup("replay_inprocess_test", LOG_ERROR, false);
	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
