/* Recording, state and workers together: each question is paid once. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/json.h"
#include "llm/memory.h"
#include "support/fake_clock.h"
#include "support/samples.h"

/* A folder with a state and a recording. */
struct corner {
	char folder[64], state[96], recording[96];
	struct fake_clock clock;
	struct cancel cancel;
	struct memory memory;
};

static int make_corner(void **state)
{
	struct corner *c = calloc(1, sizeof(*c));

	snprintf(c->folder, sizeof(c->folder), "/tmp/memory_test.XXXXXX");
	if (!mkdtemp(c->folder) || cancel_init(&c->cancel, NULL) < 0)
		return -1;
	snprintf(c->state, sizeof(c->state), "%s/state.db", c->folder);
	snprintf(c->recording, sizeof(c->recording), "%s/rec", c->folder);
	fake_clock_init(&c->clock);
	*state = c;
	return 0;
}

static int remove_corner(void **state)
{
	struct corner *c = *state;
	char lock[112];

	snprintf(lock, sizeof(lock), "%s.lock", c->state);
	unlink(lock);
	unlink(c->state);
	unlink(c->recording);
	rmdir(c->folder);
	cancel_release(&c->cancel);
	fake_clock_release(&c->clock);
	free(c);
	return 0;
}

static void begin(struct corner *c, bool state, bool recording)
{
	const struct state_options options = { .path = c->state,
					       .clock = &c->clock.clock,
					       .cancel = &c->cancel };

	memory_init(&c->memory,
		    recording ? recording_open(c->recording, false, NULL)
			      : NULL,
		    state ? state_open(&options, NULL) : NULL);
	assert_int_equal(state, c->memory.state != NULL);
	assert_int_equal(recording, c->memory.recording != NULL);
}

static void end(struct corner *c)
{
	if (c->memory.state)
		assert_int_equal(state_close(c->memory.state, NULL), 0);
	assert_int_equal(recording_close(c->memory.recording, true, NULL), 0);
	memory_release(&c->memory);
}

static const struct chat_stage hashes = { .prompt_sha256 = "pppp",
					  .schema_sha256 = "ssss",
					  .parameters_sha256 = "aaaa" };
static const char key[SHA256_HEX_SIZE] =
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static struct question_id question(const char *call_id)
{
	return (struct question_id){ .call_id = call_id,
				     .stage = STAGE_COMPLIANCE,
				     .key = key,
				     .hashes = &hashes };
}

/* As the engine does it; where it was found. */
static enum memory_place find_or_ask(struct memory *m, const char *call_id,
				     const char *model)
{
	const struct question_id id = question(call_id);
	struct outcome o = { .answer = NULL };
	enum memory_place place;
	uint64_t due = 0, kept;

	memory_enter(m, &id);
	place = memory_find(m, &id, &o, &due);
	if (place == FOUND_NOWHERE) {
		o.answer = sample_answer(STAGE_COMPLIANCE, NULL);
		o.usage.attempts = 1;
		snprintf(o.model, sizeof(o.model), "%s", model);
	} else {
		assert_string_equal(o.model, model);
	}
	kept = memory_keep(m, &id, &o, place);
	memory_leave(m, &id);
	if (m->state)
		state_wait(m->state, kept ? kept : due);
	json_decref(o.answer);
	return place;
}

/* ---- one question at a time ------------------------------------------ */

static void a_state_alone(void **state)
{
	struct corner *c = *state;

	begin(c, true, false);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "m"), FOUND_NOWHERE);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "m"), FOUND_STATE);
	end(c);
	begin(c, true, false);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "m"), FOUND_STATE);
	/* another call of the same content has been paid for */
	assert_int_equal(find_or_ask(&c->memory, "c-2", "m"), FOUND_STATE);
	end(c);
}

/* What the state has goes into the recording, as if it were asked now. */
static void a_state_fills_a_recording(void **state)
{
	struct corner *c = *state;

	begin(c, true, false);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "m"), FOUND_NOWHERE);
	end(c);
	begin(c, true, true);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "m"), FOUND_STATE);
	end(c);
	begin(c, false, true);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "m"), FOUND_RECORDING);
	end(c);
}

/* A recording is edited by people, who mean it. */
static void a_recording_comes_first(void **state)
{
	struct corner *c = *state;

	begin(c, false, true);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "edited"),
			 FOUND_NOWHERE);
	end(c);
	begin(c, true, false);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "asked"),
			 FOUND_NOWHERE);
	end(c);
	begin(c, true, true);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "edited"),
			 FOUND_RECORDING);
	end(c);
	/* and the state is not overwritten by it */
	begin(c, true, false);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "asked"), FOUND_STATE);
	end(c);
}

/* What did not fit is replaced, and found from then on. */
static void what_is_rejected_is_replaced(void **state)
{
	const struct question_id id = question("c-1");
	struct corner *c = *state;

	begin(c, true, true);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "old"), FOUND_NOWHERE);
	for (int i = 0; i < 2; i++) {
		struct outcome o = { .answer = NULL };
		enum memory_place place;
		uint64_t due = 0;

		memory_enter(&c->memory, &id);
		place = memory_find(&c->memory, &id, &o, &due);
		memory_reject(&c->memory, &id, place);
		snprintf(o.model, sizeof(o.model), "new");
		state_wait(c->memory.state,
			   memory_keep(&c->memory, &id, &o, FOUND_NOWHERE));
		memory_leave(&c->memory, &id);
		json_decref(o.answer);
	}
	end(c);
	begin(c, true, false);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "new"), FOUND_STATE);
	end(c);
	begin(c, false, true);
	assert_int_equal(find_or_ask(&c->memory, "c-1", "new"),
			 FOUND_RECORDING);
	end(c);
}

/* ---- several workers -------------------------------------------------- */

struct asking {
	struct memory *memory;
	const char *call_id;
	enum memory_place place;
};

static void *ask_the_same(void *asking)
{
	struct asking *a = asking;

	a->place = find_or_ask(a->memory, a->call_id, "m");
	return NULL;
}

/* Workers with one question, of as many calls: how many had to ask? */
static int count_asked(struct corner *c, const char *const call_ids[2])
{
	struct asking asking[8];
	pthread_t threads[8];
	int asked = 0;

	for (int i = 0; i < 8; i++) {
		asking[i] = (struct asking){ &c->memory, call_ids[i % 2], 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, ask_the_same,
						&asking[i]),
				 0);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		asked += asking[i].place == FOUND_NOWHERE;
	}
	return asked;
}

static void the_same_question_is_asked_once(void **state)
{
	static const char *const one[] = { "c-1", "c-1" };
	static const char *const two[] = { "c-1", "c-2" };
	struct corner *c = *state;

	begin(c, true, false);
	assert_int_equal(count_asked(c, two), 1);
	end(c);
	begin(c, false, true);
	assert_int_equal(count_asked(c, one), 1);
	end(c);
	unlink(c->state);
	unlink(c->recording);
	begin(c, true, true);
	assert_int_equal(count_asked(c, two), 1);
	end(c);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_corner, remove_corner)
	const struct CMUnitTest tests[] = {
		TEST(a_state_alone),
		TEST(a_state_fills_a_recording),
		TEST(a_recording_comes_first),
		TEST(what_is_rejected_is_replaced),
		TEST(the_same_question_is_asked_once),
	};

	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
