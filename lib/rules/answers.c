/* The answers of the five stages, out of what was heard in a call. */
#include "rules/answers.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "data/json.h"
#include "model/evaluation.h"
#include "rules/sections.h"

/* ---- sentences ------------------------------------------------------- */

/* What the rule says of a verdict, and the quote behind it.  New; or null. */
static json_t *sentence(const struct listening *l, const char *say,
			const struct heard *evidence)
{
	json_t *text;
	struct buf b;

	buf_init(&b, LIMIT_ANSWER_TEXT);
	if (say)
		buf_puts(&b, say);
	if (evidence) {
		if (say)
			buf_putc(&b, ' ');
		listening_quote(l, evidence, &b);
	}
	text = b.len > 0 ? json_stringn(b.data, b.len) : json_null();
	buf_release(&b);
	return text ? text : json_null();
}

/* ---- items and skills ------------------------------------------------ */

struct tally {
	int rules;  /* of this kind */
	int unsure; /* said, but not known by whom */
};

static const char *status_of(const struct rule *rule,
			     const struct ruling *ruling)
{
	return ruling->silent || ruling->unsure ? "N/A"
						: rule->status[ruling->verdict];
}

/*
 * Of a skill the answer wants a quote: what says that there is none would be
 * taken for one.
 */
static json_t *details_of(const struct listening *l, const struct rule *rule,
			  const struct ruling *ruling)
{
	const char *say = rule->say[ruling->verdict];

	if (ruling->silent)
		return rule->kind == RULE_SKILL ? json_null()
						: json_string(ruling->silent);
	if (ruling->unsure)
		return sentence(l, "Not judged, for who says it is not known:",
				ruling->evidence);
	if (!say && ruling->verdict == VERDICT_NONE && rule->kind != RULE_SKILL)
		say = "Nothing of it was heard.";
	return sentence(l, say, ruling->evidence);
}

/* One row for each rule of the kind, in the book's order. */
static json_t *rows(const struct listening *l, enum rule_kind kind,
		    const char *const keys[3], struct tally *tally)
{
	const struct rulebook *book = l->book;
	json_t *list = json_array();

	for (size_t i = 0; i < book->count; i++) {
		const struct rule *rule = &book->rules[i];
		struct ruling ruling;

		if (rule->kind != kind)
			continue;
		ruling = listening_judge(l, i);
		tally->rules++;
		tally->unsure += ruling.unsure;
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:o}", keys[0], rule->name,
					keys[1], status_of(rule, &ruling),
					keys[2], details_of(l, rule, &ruling)));
	}
	return list;
}

/* Is every item and skill N/A? */
static bool judges_nothing(const struct listening *l)
{
	for (size_t i = 0; i < l->book->count; i++) {
		const struct rule *rule = &l->book->rules[i];
		struct ruling ruling;

		if (rule->kind != RULE_COMPLIANCE && rule->kind != RULE_SKILL)
			continue;
		ruling = listening_judge(l, i);
		if (strcmp(status_of(rule, &ruling), "N/A") != 0)
			return false;
	}
	return true;
}

/* Says why no stage can judge this call; true if there is a reason. */
static bool tell_foreign(const struct listening *l, char *not_judged,
			 size_t size)
{
	if (!l->understood)
		snprintf(not_judged, size,
			 "anything: the call is not in %.40s, the rule book's "
			 "language",
			 l->book->language);
	text_mend(not_judged);
	return !l->understood;
}

static void tell_unsure(const struct listening *l, const struct tally *tally,
			char *not_judged, size_t size)
{
	if (tell_foreign(l, not_judged, size))
		return;
	if (tally->unsure > 0)
		snprintf(not_judged, size,
			 "%d of %d rules heard something of a speaker whose "
			 "role is not known",
			 tally->unsure, tally->rules);
}

/* The lists of its summary are rebuilt from the items by the pipeline. */
static json_t *compliance(const struct listening *l, char *not_judged,
			  size_t size)
{
	static const char *const keys[] = { "name", "status", "details" };
	struct tally tally = { 0, 0 };
	json_t *items = rows(l, RULE_COMPLIANCE, keys, &tally);

	tell_unsure(l, &tally, not_judged, size);
	return json_pack("{s:o, s:{s:[], s:[], s:[], s:[]}}", "items", items,
			 "summary", "no_infraction", "coaching_needed",
			 "violations", "not_applicable");
}

static json_t *communication(const struct listening *l, char *not_judged,
			     size_t size)
{
	static const char *const keys[] = { "skill", "rating", "example" };
	struct tally tally = { 0, 0 };
	json_t *skills = rows(l, RULE_SKILL, keys, &tally);

	tell_unsure(l, &tally, not_judged, size);
	return json_pack("{s:o, s:{s:[], s:[], s:[]}}", "skills", skills,
			 "summary", "exceeded", "met", "missed");
}

/* ---- classification -------------------------------------------------- */

static const char *progress_text(const struct call *call, const char *key)
{
	const json_t *client = json_object_get(call->request, "client_data");

	return json_string_peek(json_object_get(client, "script_progress"),
				key);
}

static const char *disposition(const struct call *call)
{
	const json_t *t = json_object_get(call->request, "transcript");

	return json_string_peek(json_object_get(t, "metadata"), "disposition");
}

static bool is_named(char *const *names, const char *word)
{
	for (; names && *names && word; names++)
		if (strcasecmp(*names, word) == 0)
			return true;
	return false;
}

/* The outcome that is recorded under this word, or NULL. */
static const char *recorded_outcome(const struct rulebook *book,
				    const char *word)
{
	for (size_t i = 0; i < book->count; i++)
		if (book->rules[i].kind == RULE_OUTCOME &&
		    is_named(book->rules[i].terminations, word))
			return book->rules[i].name;
	return NULL;
}

/* What is recorded; else the first outcome whose words are heard. */
static const char *call_outcome(const struct listening *l,
				const struct call *call)
{
	const char *name = recorded_outcome(
		l->book, progress_text(call, "termination_reason"));

	if (!name)
		name = recorded_outcome(l->book, disposition(call));
	for (size_t i = 0; i < l->book->count && !name; i++) {
		struct ruling ruling;

		if (l->book->rules[i].kind != RULE_OUTCOME)
			continue;
		ruling = listening_judge(l, i);
		if (ruling.evidence && ruling.verdict == VERDICT_GOOD &&
		    !ruling.unsure)
			name = l->book->rules[i].name;
	}
	return name ? name : "incomplete";
}

/* The flags that are up, each with the words that raise it. */
static json_t *red_flags(const struct listening *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->book->count; i++) {
		const struct rule *rule = &l->book->rules[i];
		struct ruling ruling;
		struct buf text;

		if (rule->kind != RULE_FLAG)
			continue;
		ruling = listening_judge(l, i);
		if (ruling.silent || ruling.unsure ||
		    ruling.verdict != VERDICT_BAD)
			continue;
		buf_init(&text, LIMIT_ANSWER_TEXT);
		buf_printf(&text, "%s: ", rule->name);
		listening_quote(l, ruling.evidence, &text);
		json_array_append_new(list, json_stringn(text.data, text.len));
		buf_release(&text);
	}
	return list;
}

/*
 * Sections were left open, the call's own end is no fault of the agent's, and
 * somebody knows why it ended.
 */
static bool justified(const struct call *call, const char *outcome,
		      const struct section_list *sections)
{
	const char *reason = progress_text(call, "termination_reason");

	return sections->attempted < sections->count && reason &&
	       strcasecmp(reason, "agent_error") != 0 &&
	       strcmp(outcome, "completed") != 0 &&
	       strcmp(outcome, "incomplete") != 0;
}

/* Is this a breach that a deep dive is about? */
static bool is_breach(const struct rule *rule, const struct ruling *ruling)
{
	if (ruling->silent || ruling->unsure)
		return false;
	if (rule->kind == RULE_FLAG)
		return ruling->verdict == VERDICT_BAD;
	return rule->kind == RULE_COMPLIANCE &&
	       strcmp(status_of(rule, ruling), "Violation") == 0;
}

static bool has_breach(const struct listening *l)
{
	for (size_t i = 0; i < l->book->count; i++) {
		struct ruling ruling = listening_judge(l, i);

		if (is_breach(&l->book->rules[i], &ruling))
			return true;
	}
	return false;
}

static json_t *classification(const struct listening *l,
			      const struct call *call, char *not_judged,
			      size_t size)
{
	const char *outcome = call_outcome(l, call);
	json_t *flags = red_flags(l), *preview = json_object();
	json_t *completed = json_array(), *attempted = json_array();
	struct section_list list;

	section_list_init(&list, l, call_script(call));
	for (size_t i = 0; i < list.count; i++) {
		const struct section *s = &list.items[i];
		char number[16];

		if (s->level == SECTION_SILENT)
			continue;
		json_array_append_new(attempted, json_integer(s->number));
		if (s->level >= SECTION_MEDIUM)
			json_array_append_new(completed,
					      json_integer(s->number));
		snprintf(number, sizeof(number), "%u", s->number);
		json_object_set_new(preview, number,
				    json_string(section_level_name(s->level)));
	}
	if (!tell_foreign(l, not_judged, size) && !list.measured)
		snprintf(not_judged, size,
			 "sections: the agent's words are not known apart");
	json_t *answer = json_pack(
		"{s:o, s:o, s:s, s:o, s:o, s:b, s:b}", "sections_completed",
		completed, "sections_attempted", attempted, "call_outcome",
		outcome, "script_adherence_preview", preview, "red_flags",
		flags, "requires_deep_dive", (int)has_breach(l),
		"early_termination_justified",
		(int)justified(call, outcome, &list));
	section_list_release(&list);
	return answer;
}

/* ---- script ---------------------------------------------------------- */

static json_t *section_row(const struct listening *l, const struct section *s)
{
	/*
	 * Words of the script that are heard show that a section was done; few
	 * of them show nothing, for scripts also tell agents what to do in
	 * words of their own.
	 */
	static const char *const ratings[] = { "N/A", "N/A", "Met", "Met" };
	json_t *quote = json_null();
	struct buf b;

	if (s->level >= SECTION_MEDIUM && s->turn != TURN_NONE) {
		buf_init(&b, LIMIT_ANSWER_TEXT);
		section_quote(l, s, &b);
		json_decref(quote);
		quote = json_stringn(b.data, b.len);
		buf_release(&b);
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:[], s:o}", "content_accuracy",
			 ratings[s->level], "sequence_adherence", "N/A",
			 "language_phrasing", "N/A", "customization", "N/A",
			 "critical_misses", "quote", quote);
}

/* Is the section among those that the dialler saw begun? */
static bool is_asked(const struct call *call, unsigned number)
{
	const json_t *client = json_object_get(call->request, "client_data");
	const json_t *list = json_object_get(
		json_object_get(client, "script_progress"),
		"sections_attempted");
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (json_integer_value(one) == (json_int_t)number)
			return true;
	return false;
}

static json_t *script_deviation(const struct listening *l,
				const struct call *call, char *not_judged,
				size_t size)
{
	json_t *sections = json_object();
	struct section_list list;

	section_list_init(&list, l, call_script(call));
	for (size_t i = 0;
	     i < list.count && json_object_size(sections) < LIMIT_ANSWER_LIST;
	     i++) {
		char number[16];

		if (!is_asked(call, list.items[i].number))
			continue;
		snprintf(number, sizeof(number), "%u", list.items[i].number);
		json_object_set_new(sections, number,
				    section_row(l, &list.items[i]));
	}
	if (!tell_foreign(l, not_judged, size))
		snprintf(not_judged, size, "%s",
			 list.measured ? "sections of which few words were "
					 "heard; order, phrasing, customization"
				       : "sections: the agent's words are not "
					 "known apart");
	section_list_release(&list);
	return json_pack("{s:o}", "sections", sections);
}

/* ---- deep dive ------------------------------------------------------- */

static json_t *finding(const struct listening *l, const struct rule *rule,
		       const struct ruling *ruling)
{
	const char *say = rule->say[ruling->verdict];
	json_t *evidence = sentence(l, NULL, ruling->evidence);
	char issue[2 * LIMIT_ANSWER_NAME + 4];

	if (json_is_null(evidence)) {
		json_decref(evidence);
		evidence = json_string("Nothing of it was heard.");
	}
	snprintf(issue, sizeof(issue), "%s%s%s", rule->name, say ? ": " : "",
		 say ? say : "");
	return json_pack("{s:s, s:s, s:o, s:s}", "issue", issue, "severity",
			 rule->severity ? rule->severity : "Medium", "evidence",
			 evidence, "recommendation",
			 rule->recommendation
				 ? rule->recommendation
				 : "Listen to the call and decide.");
}

static int severity_rank(const char *severity)
{
	int rank = 0;

	while (severities[rank] && strcmp(severities[rank], severity) != 0)
		rank++;
	return rank;
}

/* What was found worst: violations and red flags, with their words. */
static json_t *deep_dive(const struct listening *l)
{
	json_t *findings = json_array(), *actions = json_array();
	int worst = severity_rank("Low");
	char cause[160];
	size_t n;

	for (size_t i = 0; i < l->book->count; i++) {
		const struct rule *rule = &l->book->rules[i];
		struct ruling ruling = listening_judge(l, i);
		int rank = severity_rank(rule->severity ? rule->severity
							: "Medium");

		if (!is_breach(rule, &ruling))
			continue;
		json_array_append_new(findings, finding(l, rule, &ruling));
		if (rank == 0 && rule->recommendation)
			json_array_append_new(
				actions, json_string(rule->recommendation));
		if (rank < worst)
			worst = rank;
	}
	n = json_array_size(findings);
	snprintf(cause, sizeof(cause),
		 "Rules found %zu breach%s; why %s happened takes a person to "
		 "say.",
		 n, n == 1 ? "" : "es", n == 1 ? "it" : "they");
	return json_pack("{s:o, s:s, s:s, s:o}", "findings", findings,
			 "root_cause", cause, "customer_impact",
			 severities[worst], "urgent_actions", actions);
}

static void answer_items(const struct listening *l, enum stage stage,
			 struct outcome *outcome)
{
	size_t size = sizeof(outcome->not_judged);

	outcome->answer = stage == STAGE_COMPLIANCE
				  ? compliance(l, outcome->not_judged, size)
				  : communication(l, outcome->not_judged, size);
	outcome->judged_nothing = judges_nothing(l);
	if (outcome->judged_nothing && !outcome->not_judged[0])
		snprintf(outcome->not_judged, size,
			 "anything: no rule applies to what was said");
}

void answer_stage(const struct listening *l, const struct call *call,
		  enum stage stage, struct outcome *outcome)
{
	size_t size = sizeof(outcome->not_judged);
	char *not_judged = outcome->not_judged;

	switch (stage) {
	case STAGE_CLASSIFICATION:
		outcome->answer = classification(l, call, not_judged, size);
		break;
	case STAGE_SCRIPT_DEVIATION:
		outcome->answer = script_deviation(l, call, not_judged, size);
		break;
	case STAGE_COMPLIANCE:
	case STAGE_COMMUNICATION:
		answer_items(l, stage, outcome);
		break;
	default:
		outcome->answer = deep_dive(l);
	}
}
