/* The rules engine through the whole pipeline, from request to report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cancel.h"
#include "base/limits.h"
#include "model/record.h"
#include "pipeline/pipeline.h"
#include "pipeline/report.h"
#include "rules/engine.h"
#include "support/fake_clock.h"
#include "support/records.h"
#include "support/samples.h"

struct fixture {
	struct rulebook *book;
	struct fake_clock clock;
	struct cancel cancel;
	struct buf line;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->book = rulebook_load(NULL, NULL);
	assert_non_null(f->book);
	fake_clock_init(&f->clock);
	assert_int_equal(cancel_init(&f->cancel, NULL), 0);
	buf_init(&f->line, LIMIT_REPORT_BYTES);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	buf_release(&f->line);
	cancel_release(&f->cancel);
	fake_clock_release(&f->clock);
	rulebook_free(f->book);
	free(f);
	return 0;
}

static void take_report(void *ctx, struct call *call)
{
	const struct report_options options = { .engine = "rules",
						.evaluation_version = "v1",
						.reproducible = true,
						.max_items = 12,
						.max_skills = 9 };
	struct report_facts facts;
	struct fixture *f = ctx;

	buf_clear(&f->line);
	report_write(&f->line, call, &options, 0, 0, &facts);
	call_free(call);
}

/* The report on a call with this transcript; it fits its schema.  New. */
static json_t *evaluate(struct fixture *f, const char *transcript,
			const char *script, const char *termination)
{
	struct engine engine = rules_engine(f->book);
	json_t *request = sample_request(), *client;
	struct pipeline pipeline;

	json_object_set_new(json_object_get(request, "transcript"),
			    "transcript", json_string(transcript));
	json_object_set_new(request, "ideal_script", json_string(script));
	client = json_object_get(request, "client_data");
	json_object_set_new(json_object_get(client, "script_progress"),
			    "termination_reason", json_string(termination));
	json_object_set_new(
		json_object_get(json_object_get(request, "transcript"),
				"metadata"),
		"disposition", json_string("unknown"));
	pipeline_init(&pipeline, &engine, &f->clock.clock, &f->cancel,
		      take_report, f);
	pipeline_run_inline(&pipeline, sample_call_take(request));
	pipeline_release(&pipeline);
	return record_read(f->line.data, f->line.len, &report_model);
}

static json_t *at(const json_t *report, const char *a, const char *b)
{
	return json_object_get(json_object_get(report, a), b);
}

/* What a row says: its text, or "" for null. */
static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

static const json_t *row_of(const json_t *list, const char *key,
			    const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach (list, i, row)
		if (strcmp(text_of(row, key), name) == 0)
			return row;
	fail_msg("no row %s", name);
	return NULL;
}

static const char *status(const json_t *report, const char *item)
{
	const json_t *items = json_object_get(
		at(report, "evaluation", "compliance"), "items");

	return text_of(row_of(items, "name", item), "status");
}

static const char script[] =
	"Section 1: Opening\nRead: \"This call is recorded.\" Give your name "
	"and the lender's name.\nSection 2: Offer\nTell the APR, the term and "
	"the payment of the loan.";
static const char bad_call[] =
	"Agent: Good morning, this is Dana Reed with Harbor Lending, is this "
	"Mister Cole?\nCustomer: It is. Will I get the loan?\n"
	"Agent: With that income I guarantee it, you will have the money by "
	"tonight and can pay for the boat.\n"
	"Customer: And if not?\nAgent: Shut up and sign.\n"
	"Customer: No, I'm hanging up.";

static void violations(void **state)
{
	json_auto_t *report = evaluate(*state, bad_call, script,
				       "customer_disconnect");
	const json_t *dive = at(report, "evaluation", "deep_dive");
	const json_t *class = at(report, "evaluation", "classification");
	const json_t *finding;

	assert_string_equal(status(report, "Recording Disclosure"),
			    "Violation");
	assert_string_equal(status(report, "No Guarantee of Approval"),
			    "Violation");
	assert_string_equal(status(report, "Company and Agent Identification"),
			    "No Infraction");
	assert_string_equal(text_of(class, "call_outcome"), "lost");
	assert_int_equal(json_array_size(json_object_get(class, "red_flags")),
			 1);
	/* the flag, and both violations, with their words */
	assert_int_equal(json_array_size(json_object_get(dive, "findings")), 3);
	finding = json_array_get(json_object_get(dive, "findings"), 0);
	assert_string_equal(text_of(finding, "evidence"),
			    "Agent: \"Shut up and sign.\"");
	finding = json_array_get(json_object_get(dive, "findings"), 2);
	assert_string_equal(text_of(finding, "severity"), "High");
	assert_non_null(strstr(text_of(finding, "evidence"),
			       "With that income I guarantee it"));
	/* 100 - 2 x 15, and Missed for the tone */
	assert_int_equal(
		json_integer_value(json_object_get(report, "overall_score")),
		67);
	sample_expect(at(report, "score_basis", "violations"), "2");
	assert_string_equal(text_of(json_object_get(report, "meta"), "engine"),
			    "rules");
}

/* Who counts for nothing scores no 100. */
static void nothing_judged(void **state)
{
	static const char *const calls[] = {
		"Agente: hola, le habla Ana\nCliente: buenos dias, digame",
		("\xe5\xae\xa2\xe6\x9c\x8d: \xe6\x82\xa8\xe5\xa5\xbd\n"
		 "\xe5\xae\xa2\xe6\x88\xb7: \xe6\x88\x91\xe8\xa6\x81"),
		"This is an important message about your warranty. Press one.",
		"Customer: Hello. I am Tyler",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		json_auto_t *report = evaluate(*state, calls[i], script,
					       "unknown");
		const json_t *review = json_object_get(report, "needs_review");
		const json_t *row;
		size_t k, told = 0;

		assert_true(
			json_is_null(json_object_get(report, "overall_score")));
		sample_expect(json_object_get(report, "score_range"),
			      "[1,100]");
		assert_string_equal(text_of(report, "status"), "ok");
		json_array_foreach (review, k, row)
			told += strcmp(text_of(row, "code"), "NOT_JUDGED") == 0;
		assert_true(told >= 2);
		assert_true(
			json_is_null(at(report, "evaluation", "deep_dive")));
	}
}

static void outcomes(void **state)
{
	static const struct {
		const char *last, *reason, *outcome;
	} rows[] = {
		{ "Customer: I am not interested.", "x", "lost" },
		{ "Customer: I am not interested.", "COMPLETED", "completed" },
		{ "Agent: Is there anything else you want?", "x", "completed" },
		{ "Agent: I call you tomorrow at nine.", "x", "scheduled" },
		{ "Agent: I call you tomorrow.", "not_interested", "lost" },
		{ "Agent: I will not call you tomorrow.", "x", "incomplete" },
		{ "Customer: Is this the end", "agent_error", "incomplete" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_auto_t *report = NULL;
		struct buf call;

		buf_init(&call, 4096);
		buf_printf(&call,
			   "Agent: Hello you\nCustomer: Is this the "
			   "bank\n%s",
			   rows[i].last);
		report = evaluate(*state, call.data, script, rows[i].reason);
		assert_string_equal(
			text_of(at(report, "evaluation", "classification"),
				"call_outcome"),
			rows[i].outcome);
		buf_release(&call);
	}
}

/* What stands between the first and the last quotation mark of a text. */
static void check_quote(const char *transcript, const char *text)
{
	const char *first = strstr(text, ": \"");
	const char *last = strrchr(text, '"');
	struct buf quote;

	if (!first || last <= first + 2)
		return;
	buf_init(&quote, 1 << 16);
	buf_put(&quote, first + 3, (size_t)(last - first) - 3);
	if (!strstr(transcript, quote.data ? quote.data : ""))
		fail_msg("not in the call: %s", quote.data);
	buf_release(&quote);
}

/* Calls put together from lines that rules listen for, and others. */
static void quotes_are_verbatim(void **state)
{
	static const char *const lines[] = {
		"Agent: Hello, this is Dana with Harbor Lending.\n",
		"Customer: I am so worried about the loan. Is this it?\n",
		"Agent: \"I guarantee it\", said Bob.  So\n  he did.\n",
		"[00:01:02] Agent: what is your PIN, and the rest, \xc3\xa4?\n",
		"Speaker 9: are you going to have children with the loan\n",
		"hang up and I close\n",
		"Customer: stop calling me!!! \xf0\x9f\x98\x80\n",
		"Agent: have a great day\r\n",
		"Agent: you are approved for 5,000.50 dollars\n",
	};
	const size_t count = sizeof(lines) / sizeof(*lines);
	unsigned seed = 7;

	for (int i = 0; i < 300; i++) {
		json_auto_t *report = NULL;
		const json_t *list, *row;
		struct buf call;
		size_t k;

		buf_init(&call, 1 << 16);
		for (int n = 0; n < 1 + i % 12; n++) {
			seed = seed * 1103515245u + 12345u;
			buf_puts(&call, lines[(seed >> 16) % count]);
		}
		report = evaluate(*state, call.data, script, "completed");
		list = json_object_get(at(report, "evaluation", "compliance"),
				       "items");
		json_array_foreach (list, k, row)
			check_quote(call.data, text_of(row, "details"));
		list = json_object_get(
			at(report, "evaluation", "communication"), "skills");
		json_array_foreach (list, k, row)
			check_quote(call.data, text_of(row, "example"));
		buf_release(&call);
	}
}

static void sections(void **state)
{
	json_auto_t *report = evaluate(
		*state,
		"Agent: This call is recorded. My name is Dana, of the "
		"lender's office.\nCustomer: hello, is this the bank\n"
		"Agent: What colour is the boat?\nCustomer: The red one.",
		script, "customer_disconnect");

	sample_expect(at(report, "evaluation", "classification"),
		      "{'sections_completed':[1],'sections_attempted':[1],"
		      "'call_outcome':'incomplete','script_adherence_preview':"
		      "{'1':'high'},'red_flags':[],'requires_deep_dive':false,"
		      "'early_termination_justified':false}");
	/* few words of a section show nothing: never Missed */
	sample_expect(
		json_object_get(at(report, "evaluation", "script_deviation"),
				"sections"),
		"{'1':{'content_accuracy':'Met','sequence_adherence':'N/A',"
		"'language_phrasing':'N/A','customization':'N/A',"
		"'critical_misses':[],'quote':'Agent: \\\"This call is "
		"recorded. My name is Dana, of the lender\\u0027s office."
		"\\\"'},'2':{'content_accuracy':'N/A','sequence_adherence':"
		"'N/A','language_phrasing':'N/A','customization':'N/A',"
		"'critical_misses':[],'quote':null}}");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(violations),          TEST(nothing_judged), TEST(outcomes),
		TEST(quotes_are_verbatim), TEST(sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
