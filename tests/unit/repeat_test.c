/* Several evaluations of one record: which counts, what the others say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "data/json.h"
#include "pipeline/repeat.h"
#include "support/samples.h"
#include "transcript/redact_parts.h"

/* Ends all stages of an evaluation quietly, one compliance item as told. */
static void answer(struct call *call, const char *status)
{
	for (int s = 0; s < STAGE_COUNT; s++) {
		json_t *value = sample_answer(s, NULL);

		if (s == STAGE_COMPLIANCE) {
			json_t *none = json_array();

			sample_set_item(value, "Disclosure", status);
			roll_up_summary(stages[s].roll_up, value, none);
			json_decref(none);
		}
		if (s == STAGE_DEEP_DIVE) {
			call->results[s].state = STAGE_NOT_NEEDED;
			json_decref(value);
		} else {
			sample_end_ok_take(call, s, value);
		}
	}
}

static json_t *written(const struct repeats *r)
{
	struct error err = ERROR_INIT;
	struct buf out;
	json_t *value;

	buf_init(&out, LIMIT_REPORT_BYTES);
	repeats_write(&out, r);
	assert_false(buf_failed(&out));
	value = json_read(out.data, out.len, &json_default_limits, &err);
	if (!value)
		fail_msg("%s: %s", err.text, out.data);
	buf_release(&out);
	return value;
}

static const json_t *item_of(const json_t *repeat, const char *path,
			     const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(repeat, "items"), i, item) {
		const char *found = json_string_peek(item, "name");

		if (strcmp(json_string_peek(item, "path"), path) == 0 &&
		    (name ? found && strcmp(found, name) == 0 : !found))
			return item;
	}
	return NULL;
}

static void members_are_shared(void **state)
{
	const struct redact_span span = { 2, 10, 2, 18 };
	struct call *first = sample_call(7);
	struct repeats *r;

	(void)state;
	first->redaction.on = true;
	first->redaction.counts[REDACT_CARD] = 2;
	redact_map_add(&first->redaction.transcript, &span);
	r = repeats_new(first, 3);
	for (int i = 0; i < 3; i++) {
		const struct redaction *told = &r->calls[i]->redaction;

		assert_true(told->on);
		assert_int_equal(told->counts[REDACT_CARD], 2);
		assert_int_equal(told->transcript.count, 1);
		assert_memory_equal(told->transcript.spans, &span,
				    sizeof(span));
		assert_int_equal(r->calls[i]->repeat, i);
		assert_int_equal(r->calls[i]->number, r->calls[0]->number);
		assert_ptr_equal(r->calls[i]->request, r->calls[0]->request);
		assert_string_equal(r->calls[i]->correlation_id,
				    r->calls[0]->correlation_id);
		assert_ptr_equal(r->calls[i]->repeats, r);
		assert_int_equal(repeats_finished(r), i == 2);
	}
	repeats_free(r);
	repeats_free(NULL);
}

static void scores_and_counts(void **state)
{
	static const char *const statuses[] = { "Violation", "No Infraction",
						"Violation",
						"Coaching Needed" };
	struct repeats *r = repeats_new(sample_call(1), 4);
	json_auto_t *repeat = NULL;

	(void)state;
	for (int i = 0; i < 4; i++)
		answer(r->calls[i], statuses[i]);
	repeat = written(r);
	sample_expect(json_object_get(repeat, "score"),
		      "{'min':85,'median':90,'max':100}");
	sample_expect(item_of(repeat, "evaluation.compliance.items.status",
			      "Disclosure"),
		      "{'path':'evaluation.compliance.items.status',"
		      "'name':'Disclosure','counts':{'Violation':2,"
		      "'No Infraction':1,'Coaching Needed':1},"
		      "'flip_rate':0.5}");
	sample_expect(item_of(repeat,
			      "evaluation.classification.requires_deep_dive",
			      NULL),
		      "{'path':'evaluation.classification.requires_deep_dive',"
		      "'name':null,'counts':{'false':4},'flip_rate':0.0}");
	assert_int_equal(json_integer_value(json_object_get(repeat, "ok")), 4);
	assert_null(
		item_of(repeat, "evaluation.deep_dive.customer_impact", NULL));
	repeats_free(r);
}

/* Of an even number the median lies between two; thirds are rounded. */
static void halves_and_thirds(void **state)
{
	struct repeats *two = repeats_new(sample_call(1), 2);
	struct repeats *three = repeats_new(sample_call(1), 3);
	json_auto_t *a = NULL, *b = NULL;

	(void)state;
	answer(two->calls[0], "Coaching Needed");
	answer(two->calls[1], "No Infraction");
	a = written(two);
	sample_expect(json_object_get(a, "score"),
		      "{'min':95,'median':97.5,'max':100}");
	for (int i = 0; i < 3; i++)
		answer(three->calls[i], i ? "N/A" : "Violation");
	b = written(three);
	sample_expect(
		item_of(b, "evaluation.compliance.items.status", "Disclosure"),
		"{'path':'evaluation.compliance.items.status',"
		"'name':'Disclosure','counts':{'Violation':1,'N/A':2},"
		"'flip_rate':0.3333}");
	repeats_free(two);
	repeats_free(three);
}

/* What holds no judgement has no score: 100 would be invented. */
static void nothing_judged(void **state)
{
	struct repeats *r = repeats_new(sample_call(1), 2);
	json_auto_t *repeat = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		answer(r->calls[i], "N/A");
		for (int s = 0; s < STAGE_COUNT; s++)
			r->calls[i]->results[s].outcome.judged_nothing = true;
	}
	repeat = written(r);
	sample_expect(json_object_get(repeat, "score"),
		      "{'min':null,'median':null,'max':null}");
	repeats_free(r);
}

/* The sections of a map are told apart by their keys. */
static void sections_by_number(void **state)
{
	struct repeats *r = repeats_new(sample_call(1), 2);
	json_auto_t *repeat = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		answer(r->calls[i], "N/A");
		json_decref(r->calls[i]
				    ->results[STAGE_SCRIPT_DEVIATION]
				    .outcome.answer);
		sample_end_ok_take(
			r->calls[i], STAGE_SCRIPT_DEVIATION,
			sample_json("{'sections':{'3':{'content_accuracy':"
				    "'Met','sequence_adherence':'Met',"
				    "'language_phrasing':'Missed',"
				    "'customization':'N/A','critical_misses':"
				    "['x'],'quote':null}}}"));
	}
	repeat = written(r);
	sample_expect(item_of(repeat,
			      "evaluation.script_deviation.sections.language_"
			      "phrasing",
			      "3"),
		      "{'path':'evaluation.script_deviation.sections."
		      "language_phrasing','name':'3','counts':{'Missed':2},"
		      "'flip_rate':0.0}");
	repeats_free(r);
}

/* The first that is ok stands for the record; then the first partial one. */
static void which_one_counts(void **state)
{
	struct repeats *r = repeats_new(sample_call(1), 3);
	json_auto_t *repeat = NULL;

	(void)state;
	for (int s = 0; s < STAGE_COUNT; s++)
		sample_end_failed(r->calls[0], s, ERR_UPSTREAM_TIMEOUT);
	answer(r->calls[1], "N/A");
	answer(r->calls[2], "N/A");
	assert_ptr_equal(repeats_choose(r), r->calls[1]);
	json_decref(r->calls[1]->results[STAGE_COMPLIANCE].outcome.answer);
	r->calls[1]->results[STAGE_COMPLIANCE].outcome.answer = NULL;
	sample_end_failed(r->calls[1], STAGE_COMPLIANCE, ERR_UPSTREAM_TIMEOUT);
	assert_ptr_equal(repeats_choose(r), r->calls[2]);
	json_decref(r->calls[2]->results[STAGE_COMPLIANCE].outcome.answer);
	r->calls[2]->results[STAGE_COMPLIANCE].outcome.answer = NULL;
	sample_end_failed(r->calls[2], STAGE_COMPLIANCE, ERR_UPSTREAM_TIMEOUT);
	assert_ptr_equal(repeats_choose(r), r->calls[1]);
	repeat = written(r);
	assert_int_equal(json_integer_value(json_object_get(repeat, "ok")), 0);
	sample_expect(json_object_get(repeat, "score"),
		      "{'min':null,'median':null,'max':null}");
	repeats_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_shared),
		cmocka_unit_test(scores_and_counts),
		cmocka_unit_test(halves_and_thirds),
		cmocka_unit_test(nothing_judged),
		cmocka_unit_test(sections_by_number),
		cmocka_unit_test(which_one_counts),
	};

	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
