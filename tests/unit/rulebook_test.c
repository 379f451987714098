/* Rule books: what is read, every fault at its place, and the built-in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "pipeline/stage.h"
#include "prompt/prompts.h"
#include "rules/rulebook.h"

/* What stands above the four parts: nine lines. */
#define HEAD                    \
	"name: rules\n"         \
	"version: 7\n"          \
	"language:\n"           \
	"  name: English\n"     \
	"  least: 12\n"         \
	"  words: [the, you]\n" \
	"negations:\n"          \
	"  window: 4\n"         \
	"  words: [not, never]\n"
#define NO_OUTCOMES "outcomes: []\n"
#define NO_FLAGS    "red_flags: []\n"
#define NO_SKILLS   "communication: []\n"
/* One compliance rule from line 12 on, its keys at column 5. */
#define ITEM(keys)                                             \
	HEAD NO_OUTCOMES NO_FLAGS "compliance:\n  - name: A\n" \
				  "    " keys "\n" NO_SKILLS

static struct rulebook *read_book(const char *text, struct error *err)
{
	return rulebook_read("b.yaml", text, strlen(text), err);
}

static void whole_rule(void **state)
{
	static const char text[] = HEAD
		"outcomes:\n"
		"  - name: lost\n"
		"    terminations: [not_interested, dnc]\n"
		"red_flags:\n"
		"  - name: Threat\n"
		"    severity: Critical\n"
		"    recommendation: Call back.\n"
		"    bad: [come after you]\n"
		"compliance:\n"
		"  - name: Item\n"
		"    by: anyone\n"
		"    script: [recorded]\n"
		"    when_by: customer\n"
		"    when_words: 80\n"
		"    when: [loan]\n"
		"    due_words: 25\n"
		"    late_words: 150\n"
		"    good: [recorded line, being recorded]\n"
		"    if_none: Violation\n"
		"    say_none: None was heard.\n"
		"communication:\n"
		"  - name: Skill\n"
		"    many: 3\n"
		"    last_turns: 9\n"
		"    negated: true\n"
		"    good: [thank you]\n";
	struct error err = ERROR_INIT;
	struct rulebook *book = read_book(text, &err);
	const struct rule *r;

	(void)state;
	if (!book)
		fail_msg("%s: %s", err.where, err.text);
	assert_int_equal(book->count, 4);
	assert_string_equal(book->version, "7");
	assert_string_equal(book->language, "English");
	assert_int_equal(book->language_least, 12);
	assert_int_equal(book->negation_window, 4);
	assert_string_equal(book->source, "b.yaml");
	assert_string_equal(book->rules[0].terminations[1], "dnc");
	assert_null(book->rules[0].terminations[2]);
	assert_string_equal(book->rules[1].severity, "Critical");
	assert_string_equal(book->rules[1].recommendation, "Call back.");
	assert_int_equal(book->rules[1].speakers[GROUP_BAD], 1u << ROLE_AGENT);
	assert_int_equal(book->rules[1].speakers[GROUP_GOOD], 0);
	r = &book->rules[2];
	assert_int_equal(r->speakers[GROUP_GOOD], ROLES_ALL);
	assert_int_equal(r->speakers[GROUP_WHEN], 1u << ROLE_CUSTOMER);
	assert_true(r->has_script);
	assert_int_equal(r->when_words, 80);
	assert_int_equal(r->due_words, 25);
	assert_int_equal(r->late_words, 150);
	assert_string_equal(r->status[VERDICT_NONE], "Violation");
	assert_string_equal(r->status[VERDICT_GOOD], "No Infraction");
	assert_string_equal(r->status[VERDICT_LATE], "Coaching Needed");
	assert_string_equal(r->say[VERDICT_NONE], "None was heard.");
	assert_null(r->say[VERDICT_GOOD]);
	r = &book->rules[3];
	assert_true(r->negated);
	assert_int_equal(r->many, 3);
	assert_int_equal(r->last_turns, 9);
	assert_string_equal(r->status[VERDICT_MANY], "Exceeded");
	assert_string_equal(r->status[VERDICT_BAD], "Missed");
	assert_int_equal(book->phrase_count, 6);
	assert_int_equal(rulebook_size(book, RULE_SKILL), 1);
	assert_int_equal(rulebook_size(book, RULE_COMPLIANCE), 1);
	rulebook_free(book);
	rulebook_free(NULL);
}

static const struct {
	const char *text, *where, *why;
} faults[] = {
	{ "", "b.yaml", "" },
	{ "name: [a\n", "b.yaml:2:1", "" },
	{ "name: a\nname: b\n", "b.yaml:2:1", "" },
	{ "- a\n", "b.yaml:1:1", "a rule book is a mapping" },
	{ "name: rules\nversion: 1\n", "b.yaml:1:1",
	  "key \"language\" is missing" },
	{ "nmae: rules\n", "b.yaml:1:1",
	  "unknown key \"nmae\", did you mean \"name\"?" },
	{ "name: ''\n", "b.yaml:1:7", "a text was expected" },
	{ "version: [1]\n", "b.yaml:1:10", "a text was expected" },
	{ "language: English\n", "b.yaml:1:11", "name, words and least" },
	{ "language: {name: English, least: 12}\n", "b.yaml:1:11",
	  "key \"words\" is missing" },
	{ "language: {naem: English}\n", "b.yaml:1:12",
	  "unknown key \"naem\", did you mean \"name\"?" },
	{ "language: {least: 101}\n", "b.yaml:1:19", "from 1 to 100" },
	{ "language: {words: the}\n", "b.yaml:1:19", "a list was expected" },
	{ "negations: [not]\n", "b.yaml:1:12", "words and window" },
	{ "negations: {wrods: [not]}\n", "b.yaml:1:13",
	  "unknown key \"wrods\", did you mean \"words\"?" },
	{ "negations: {window: 11}\n", "b.yaml:1:21", "from 1 to 10" },
	{ "negations: {window: x}\n", "b.yaml:1:21", "from 1 to 10" },
	{ "negations: {words: []}\n", "b.yaml:1:20", "a list was expected" },
	{ "negations: {words: [[not]]}\n", "b.yaml:1:21",
	  "a text was expected" },
	{ "negations: {words: ['(not']}\n", "b.yaml:1:21", "phrase" },
	{ "outcomes: x\n", "b.yaml:1:11", "\"outcomes\" must be a list" },
	{ "outcomes: [x]\n", "b.yaml:1:12", "a rule is a mapping" },
	{ "outcomes: [{name: won}]\n", "b.yaml:1:19",
	  "unknown outcome \"won\"" },
	{ "outcomes: [{name: [lost]}]\n", "b.yaml:1:19",
	  "a text was expected" },
	{ "outcomes: [{name: lost}]\n", "b.yaml:1:12", "listens for nothing" },
	{ "red_flags: [{bad: [x y]}]\n", "b.yaml:1:13", "without \"name\"" },
	{ ITEM("good: x"), "b.yaml:14:11", "a list was expected" },
	{ ITEM("good: []"), "b.yaml:14:11", "a list was expected" },
	{ ITEM("good: [[x]]"), "b.yaml:14:12", "a text was expected" },
	{ ITEM("good: ['(x']"), "b.yaml:14:12", "phrase" },
	{ ITEM("good: ['... x']"), "b.yaml:14:12", "phrase" },
	{ ITEM("goood: [x]"), "b.yaml:14:5",
	  "unknown key \"goood\", did you mean \"good\"?" },
	{ ITEM("when: [x]"), "b.yaml:13:5", "\"A\" listens for nothing" },
	{ ITEM("by: agnet"), "b.yaml:14:9",
	  "unknown speaker \"agnet\", did you mean \"agent\"?" },
	{ ITEM("by: [agent]"), "b.yaml:14:9", "a text was expected" },
	{ ITEM("when_by: nobody"), "b.yaml:14:14", "unknown speaker" },
	{ ITEM("due_words: 0"), "b.yaml:14:16", "from 1 to 1000000" },
	{ ITEM("due_words: 9 words"), "b.yaml:14:16", "from 1 to 1000000" },
	{ ITEM("late_words: [9]"), "b.yaml:14:17", "a number was expected" },
	{ ITEM("many: ''"), "b.yaml:14:11", "a number was expected" },
	{ ITEM("last_turns: 9999999"), "b.yaml:14:17", "from 1 to 1000000" },
	{ ITEM("when_words: -1"), "b.yaml:14:17", "from 1 to 1000000" },
	{ ITEM("negated: maybe"), "b.yaml:14:14", "unknown value \"maybe\"" },
	{ ITEM("severity: Hgih"), "b.yaml:14:15",
	  "unknown severity \"Hgih\", did you mean \"High\"?" },
	{ ITEM("severity: [High]"), "b.yaml:14:15", "a text was expected" },
	{ ITEM("if_none: Missed"), "b.yaml:14:14",
	  "unknown status \"Missed\"" },
	{ ITEM("if_never: N/A"), "b.yaml:14:5", "unknown key \"if_never\"" },
	{ ITEM("is_none: N/A"), "b.yaml:14:5", "unknown key \"is_none\"" },
	{ ITEM("say_none: ''"), "b.yaml:14:15", "a text was expected" },
	{ ITEM("recommendation: {a: b}"), "b.yaml:14:21",
	  "a text was expected" },
	{ ITEM("terminations: [x]"), "b.yaml:14:5",
	  "only outcomes have terminations" },
	{ ITEM("bad: [x]\n  - name: A\n    bad: [y]"), "b.yaml:15:5",
	  "rule \"A\" is there already" },
	{ "communication: [{name: S, good: [x], if_none: Violation}]\n",
	  "b.yaml:1:47", "unknown status \"Violation\"" },
};

static void every_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct error err = ERROR_INIT;
		struct rulebook *book = read_book(faults[i].text, &err);

		if (book)
			fail_msg("row %zu was taken", i);
		if (err.code != ERR_PROMPT ||
		    strncmp(err.where, faults[i].where,
			    strlen(faults[i].where)) != 0 ||
		    !strstr(err.text, faults[i].why))
			fail_msg("row %zu: %s: %s, not %s: %s", i, err.where,
				 err.text, faults[i].where, faults[i].why);
	}
}

static void too_many_rules(void **state)
{
	struct error err = ERROR_INIT;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_puts(&b, "compliance:\n");
	for (int i = 0; i <= 1000; i++)
		buf_printf(&b, "  - {name: r%d, bad: [x]}\n", i);
	assert_null(rulebook_read("b", b.data, b.len, &err));
	assert_non_null(strstr(err.text, "rules"));
	buf_release(&b);
}

static void no_file(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_null(rulebook_load("/nonexistent/rules.yaml", &err));
	assert_int_equal(err.code, ERR_PROMPT);
}

/* Names and order of the built-in book are those of the built-in prompts. */
static void same_names(const struct rulebook *book, enum rule_kind kind,
		       const struct prompt *prompt)
{
	size_t n = 0;

	for (size_t i = 0; i < book->count; i++) {
		if (book->rules[i].kind != kind)
			continue;
		assert_non_null(prompt->item_names[n]);
		assert_string_equal(book->rules[i].name,
				    prompt->item_names[n++]);
	}
	assert_null(prompt->item_names[n]);
}

static void built_in(void **state)
{
	struct error err = ERROR_INIT;
	struct rulebook *book = rulebook_load(NULL, &err);
	struct prompts *prompts = prompts_load(NULL, stage_prompts(),
					       STAGE_COUNT, &err);

	(void)state;
	if (!book)
		fail_msg("%s: %s", err.where, err.text);
	assert_string_equal(book->source, "built-in");
	same_names(book, RULE_COMPLIANCE, &prompts->stages[STAGE_COMPLIANCE]);
	same_names(book, RULE_SKILL, &prompts->stages[STAGE_COMMUNICATION]);
	for (size_t i = 0; i < book->count; i++)
		if (book->rules[i].kind == RULE_FLAG)
			assert_non_null(book->rules[i].recommendation);
	prompts_free(prompts);
	rulebook_free(book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_rule),     cmocka_unit_test(every_fault),
		cmocka_unit_test(too_many_rules), cmocka_unit_test(no_file),
		cmocka_unit_test(built_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
