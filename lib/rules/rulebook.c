/* A rule book: read from YAML, checked, its phrases compiled. */
#include "rules/rulebook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "data/yaml.h"
#include "model/evaluation.h"
#include "prompt/builtin.h"

enum { NUMBER_MAX = 1000000, WINDOW_MAX = 10 };

/* A book being read. */
struct reading {
	const char *where;
	struct rulebook *book;
	struct error *err;
};

/* Faults at a node; expands to -1. */
#define FAULT(r, node, ...) \
	yaml_fault((r)->where, node, (r)->err, ERR_PROMPT, __VA_ARGS__)

/* ---- values ---------------------------------------------------------- */

/* The words that a kind of rule can give as its status; NULL-ended. */
static const char *const *statuses_of(enum rule_kind kind)
{
	return kind == RULE_COMPLIANCE ? compliance_statuses
				       : performance_ratings;
}

static int read_text(const struct reading *r, const struct yaml_node *node,
		     char **text)
{
	if (node->kind != YAML_SCALAR ||
	    strspn(node->text, " \t\n") == node->length)
		return FAULT(r, node, "a text was expected");
	if (node->length > LIMIT_ANSWER_NAME)
		return FAULT(r, node, "longer than %d bytes",
			     LIMIT_ANSWER_NAME);
	free(*text);
	*text = xstrdup(node->text);
	return 0;
}

static int read_number(const struct reading *r, const struct yaml_node *node,
		       int max, int *number)
{
	char *end;
	long n;

	if (node->kind != YAML_SCALAR || !*node->text)
		return FAULT(r, node, "a number was expected");
	n = strtol(node->text, &end, 10);
	if (*end || n < 1 || n > max)
		return FAULT(r, node,
			     "a whole number from 1 to %d was expected", max);
	*number = (int)n;
	return 0;
}

/* One of a list, which the book then borrows. */
static int read_choice(const struct reading *r, const struct yaml_node *node,
		       const char *what, const char *const *choices,
		       const char **choice)
{
	if (node->kind != YAML_SCALAR)
		return FAULT(r, node, "a text was expected");
	for (size_t i = 0; choices[i]; i++) {
		if (strcmp(node->text, choices[i]) == 0) {
			*choice = choices[i];
			return 0;
		}
	}
	return yaml_fault_unknown(r->where, node, r->err, ERR_PROMPT, what,
				  choices);
}

static int read_flag(const struct reading *r, const struct yaml_node *node,
		     bool *flag)
{
	static const char *const words[] = { "false", "true", NULL };
	const char *word = NULL;

	if (read_choice(r, node, "value", words, &word) < 0)
		return -1;
	*flag = word == words[1];
	return 0;
}

static int read_speakers(const struct reading *r, const struct yaml_node *node,
			 unsigned *bits)
{
	static const char *const words[] = { "agent", "customer", "anyone",
					     NULL };
	static const unsigned meant[] = { 1u << ROLE_AGENT, 1u << ROLE_CUSTOMER,
					  ROLES_ALL };

	const char *word = NULL;

	if (read_choice(r, node, "speaker", words, &word) < 0)
		return -1;
	for (size_t i = 0; words[i]; i++)
		if (words[i] == word)
			*bits = meant[i];
	return 0;
}

/* A list of texts, each given to add(). */
static int each_text(const struct reading *r, const struct yaml_node *list,
		     int (*add)(const struct reading *r,
				const struct yaml_node *node, void *to),
		     void *to)
{
	if (list->kind != YAML_SEQUENCE || list->count == 0)
		return FAULT(r, list, "a list was expected");
	for (size_t i = 0; i < list->count; i++) {
		if (list->children[i]->kind != YAML_SCALAR)
			return FAULT(r, list->children[i],
				     "a text was expected");
		if (add(r, list->children[i], to) < 0)
			return -1;
	}
	return 0;
}

/* ---- phrases --------------------------------------------------------- */

static int add_phrase(const struct reading *r, const struct yaml_node *node,
		      void *owner)
{
	const struct rule_phrase *of = owner;
	struct rulebook *book = r->book;
	struct error err = ERROR_INIT;

	if (phrases_add(book->phrases, node->text, book->phrase_count, &err) <
	    0)
		return FAULT(r, node, "phrase %s", err.text);
	book->phrase_of = xrealloc(book->phrase_of,
				   (book->phrase_count + 1) *
					   sizeof(*book->phrase_of));
	book->phrase_of[book->phrase_count++] = *of;
	return 0;
}

/* To the phrases that are given; what they find is of no matter. */
static int add_word(const struct reading *r, const struct yaml_node *node,
		    void *phrases)
{
	struct error err = ERROR_INIT;

	if (phrases_add(phrases, node->text, 0, &err) < 0)
		return FAULT(r, node, "phrase %s", err.text);
	return 0;
}

static int add_termination(const struct reading *r,
			   const struct yaml_node *node, void *to)
{
	struct rule *rule = to;
	size_t n = 0;

	(void)r;
	while (rule->terminations && rule->terminations[n])
		n++;
	rule->terminations = xrealloc(rule->terminations,
				      (n + 2) * sizeof(*rule->terminations));
	rule->terminations[n] = xstrdup(node->text);
	rule->terminations[n + 1] = NULL;
	return 0;
}

/* ---- one rule -------------------------------------------------------- */

static const char *const group_names[RULE_GROUPS + 1] = { "script", "when",
							  "good",   "soft",
							  "bad",    NULL };
static const char *const verdict_names[RULE_VERDICTS + 1] = {
	"none", "good", "many", "late", "soft", "bad", NULL
};

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{ "when_words", offsetof(struct rule, when_words) },
	{ "due_words", offsetof(struct rule, due_words) },
	{ "late_words", offsetof(struct rule, late_words) },
	{ "last_turns", offsetof(struct rule, last_turns) },
	{ "many", offsetof(struct rule, many) },
};

/* All keys of a rule, for the hint; the rest are if_VERDICT, say_VERDICT. */
static const char *const rule_keys[] = {
	"name",         "script",    "when",       "when_by",
	"when_words",   "good",      "soft",       "bad",
	"by",           "due_words", "late_words", "last_turns",
	"many",         "negated",   "if_none",    "if_good",
	"if_many",      "if_late",   "if_soft",    "if_bad",
	"say_none",     "say_good",  "say_many",   "say_late",
	"say_soft",     "say_bad",   "severity",   "recommendation",
	"terminations", NULL
};

static size_t index_of(const char *const *names, const char *name)
{
	size_t i = 0;

	while (names[i] && strcmp(names[i], name) != 0)
		i++;
	return i;
}

/* Keys with a verdict's name behind the `_`. */
static int read_verdict_key(const struct reading *r, struct rule *rule,
			    const struct yaml_node *key,
			    const struct yaml_node *value)
{
	bool say = strncmp(key->text, "say_", 4) == 0;
	const char *name = strchr(key->text, '_');
	size_t verdict = name ? index_of(verdict_names, name + 1)
			      : RULE_VERDICTS;

	if (verdict == RULE_VERDICTS ||
	    (!say && strncmp(key->text, "if_", 3) != 0))
		return yaml_fault_unknown(r->where, key, r->err, ERR_PROMPT,
					  "key", rule_keys);
	if (say)
		return read_text(r, value, &rule->say[verdict]);
	return read_choice(r, value, "status", statuses_of(rule->kind),
			   &rule->status[verdict]);
}

static int read_group(const struct reading *r, struct rule *rule, size_t group,
		      const struct yaml_node *list)
{
	struct rule_phrase owner = { r->book->count, (enum rule_group)group };

	if (rule->speakers[group] == 0)
		rule->speakers[group] = group <= GROUP_WHEN ? ROLES_ALL
							    : 1u << ROLE_AGENT;
	return each_text(r, list, add_phrase, &owner);
}

/* The name; of an outcome one of those that a classification knows. */
static int read_name(const struct reading *r, const struct yaml_node *node,
		     struct rule *rule)
{
	const char *outcome;

	if (rule->kind == RULE_OUTCOME &&
	    read_choice(r, node, "outcome", call_outcomes, &outcome) < 0)
		return -1;
	return read_text(r, node, &rule->name);
}

static int read_rule_key(const struct reading *r, struct rule *rule,
			 const struct yaml_node *key,
			 const struct yaml_node *value)
{
	size_t group = index_of(group_names, key->text);

	if (group < RULE_GROUPS)
		return read_group(r, rule, group, value);
	for (size_t i = 0; i < LENGTH(numbers); i++)
		if (strcmp(key->text, numbers[i].name) == 0)
			return read_number(
				r, value, NUMBER_MAX,
				(int *)((char *)rule + numbers[i].offset));
	if (strcmp(key->text, "name") == 0)
		return read_name(r, value, rule);
	if (strcmp(key->text, "recommendation") == 0)
		return read_text(r, value, &rule->recommendation);
	if (strcmp(key->text, "severity") == 0)
		return read_choice(r, value, "severity", severities,
				   &rule->severity);
	if (strcmp(key->text, "negated") == 0)
		return read_flag(r, value, &rule->negated);
	if (strcmp(key->text, "terminations") == 0 &&
	    rule->kind != RULE_OUTCOME)
		return FAULT(r, key, "only outcomes have terminations");
	if (strcmp(key->text, "terminations") == 0)
		return each_text(r, value, add_termination, rule);
	if (strcmp(key->text, "by") == 0 || strcmp(key->text, "when_by") == 0)
		return 0; /* read before all others */
	return read_verdict_key(r, rule, key, value);
}

/* What a rule says unless it says otherwise. */
static void set_defaults(struct rule *rule)
{
	static const char *const compliance[RULE_VERDICTS] = {
		[VERDICT_NONE] = "N/A",
		[VERDICT_GOOD] = "No Infraction",
		[VERDICT_MANY] = "No Infraction",
		[VERDICT_LATE] = "Coaching Needed",
		[VERDICT_SOFT] = "Coaching Needed",
		[VERDICT_BAD] = "Violation",
	};
	static const char *const skill[RULE_VERDICTS] = {
		[VERDICT_NONE] = "N/A",      [VERDICT_GOOD] = "Met",
		[VERDICT_MANY] = "Exceeded", [VERDICT_LATE] = "Met",
		[VERDICT_SOFT] = "Met",      [VERDICT_BAD] = "Missed",
	};

	memcpy(rule->status, rule->kind == RULE_COMPLIANCE ? compliance : skill,
	       sizeof(rule->status));
}

static int read_by(const struct reading *r, const struct yaml_node *node,
		   struct rule *rule)
{
	const struct yaml_node *by = yaml_get(node, "by");
	const struct yaml_node *when_by = yaml_get(node, "when_by");

	if (by) {
		if (read_speakers(r, by, &rule->speakers[GROUP_GOOD]) < 0)
			return -1;
		rule->speakers[GROUP_SOFT] = rule->speakers[GROUP_BAD] =
			rule->speakers[GROUP_GOOD];
	}
	if (when_by)
		return read_speakers(r, when_by, &rule->speakers[GROUP_WHEN]);
	return 0;
}

static void rule_release(struct rule *rule)
{
	free(rule->name);
	free(rule->recommendation);
	for (int v = 0; v < RULE_VERDICTS; v++)
		free(rule->say[v]);
	for (char **t = rule->terminations; t && *t; t++)
		free(*t);
	free(rule->terminations);
}

/* A group without phrases listens to nobody. */
static void silence(const struct rulebook *book, struct rule *rule)
{
	bool has[RULE_GROUPS] = { false };

	for (size_t i = 0; i < book->phrase_count; i++)
		if (book->phrase_of[i].rule == book->count)
			has[book->phrase_of[i].group] = true;
	for (int g = 0; g < RULE_GROUPS; g++)
		if (!has[g])
			rule->speakers[g] = 0;
	rule->has_script = has[GROUP_SCRIPT];
}

static int check_rule(const struct reading *r, const struct yaml_node *node,
		      const struct rule *rule)
{
	if (!rule->name)
		return FAULT(r, node, "a rule without \"name\"");
	if (!rule->terminations && !rule->speakers[GROUP_GOOD] &&
	    !rule->speakers[GROUP_SOFT] && !rule->speakers[GROUP_BAD])
		return FAULT(r, node, "rule \"%s\" listens for nothing",
			     rule->name);
	for (size_t i = 0; i < r->book->count; i++)
		if (r->book->rules[i].kind == rule->kind &&
		    rule->kind != RULE_OUTCOME &&
		    strcmp(r->book->rules[i].name, rule->name) == 0)
			return FAULT(r, node, "rule \"%s\" is there already",
				     rule->name);
	return 0;
}

static int read_rule(const struct reading *r, const struct yaml_node *node,
		     enum rule_kind kind)
{
	struct rulebook *book = r->book;
	struct rule rule = { .kind = kind };
	int rc;

	if (node->kind != YAML_MAPPING)
		return FAULT(r, node, "a rule is a mapping: name: ...");
	set_defaults(&rule);
	rc = read_by(r, node, &rule);
	for (size_t i = 0; i < node->count && rc == 0; i++)
		rc = read_rule_key(r, &rule, yaml_key(node, i),
				   yaml_value(node, i));
	if (rc == 0) {
		silence(book, &rule);
		rc = check_rule(r, node, &rule);
	}
	if (rc < 0) {
		rule_release(&rule);
		return -1;
	}
	book->rules = xrealloc(book->rules,
			       (book->count + 1) * sizeof(*book->rules));
	book->rules[book->count++] = rule;
	return 0;
}

/* ---- the book -------------------------------------------------------- */

static const char *const parts[] = { "outcomes", "red_flags", "compliance",
				     "communication", NULL };
static const char *const book_keys[] = {
	"name",      "version",    "language",      "negations", "outcomes",
	"red_flags", "compliance", "communication", NULL
};

static int read_negations(const struct reading *r, const struct yaml_node *node)
{
	static const char *const known[] = { "words", "window", NULL };
	int rc = 0;

	if (node->kind != YAML_MAPPING)
		return FAULT(r, node, "a mapping of words and window");
	for (size_t i = 0; i < node->count && rc == 0; i++) {
		const struct yaml_node *key = yaml_key(node, i);
		const struct yaml_node *value = yaml_value(node, i);

		if (strcmp(key->text, "words") == 0)
			rc = each_text(r, value, add_word, r->book->negations);
		else if (strcmp(key->text, "window") == 0)
			rc = read_number(r, value, WINDOW_MAX,
					 &r->book->negation_window);
		else
			rc = yaml_fault_unknown(r->where, key, r->err,
						ERR_PROMPT, "key", known);
	}
	return rc;
}

static int read_language(const struct reading *r, const struct yaml_node *node)
{
	static const char *const known[] = { "name", "words", "least", NULL };
	struct rulebook *book = r->book;
	int rc = 0;

	if (node->kind != YAML_MAPPING)
		return FAULT(r, node, "a mapping of name, words and least");
	for (size_t i = 0; i < node->count && rc == 0; i++) {
		const struct yaml_node *key = yaml_key(node, i);
		const struct yaml_node *value = yaml_value(node, i);

		if (strcmp(key->text, "name") == 0)
			rc = read_text(r, value, &book->language);
		else if (strcmp(key->text, "words") == 0)
			rc = each_text(r, value, add_word,
				       book->language_words);
		else if (strcmp(key->text, "least") == 0)
			rc = read_number(r, value, 100, &book->language_least);
		else
			rc = yaml_fault_unknown(r->where, key, r->err,
						ERR_PROMPT, "key", known);
	}
	for (size_t i = 0; known[i] && rc == 0; i++)
		if (!yaml_get(node, known[i]))
			rc = FAULT(r, node, "key \"%s\" is missing", known[i]);
	return rc;
}

static int read_part(const struct reading *r, size_t part,
		     const struct yaml_node *list)
{
	if (list->kind != YAML_SEQUENCE)
		return FAULT(r, list, "\"%s\" must be a list", parts[part]);
	if (list->count > LIMIT_ANSWER_LIST)
		return FAULT(r, list, "more than %d rules", LIMIT_ANSWER_LIST);
	for (size_t i = 0; i < list->count; i++)
		if (read_rule(r, list->children[i], (enum rule_kind)part) < 0)
			return -1;
	return 0;
}

static int read_book_key(const struct reading *r, const struct yaml_node *key,
			 const struct yaml_node *value)
{
	size_t part = index_of(parts, key->text);
	char *name = NULL;
	int rc;

	if (part < RULE_KINDS)
		return read_part(r, part, value);
	if (strcmp(key->text, "version") == 0)
		return read_text(r, value, &r->book->version);
	if (strcmp(key->text, "language") == 0)
		return read_language(r, value);
	if (strcmp(key->text, "negations") == 0)
		return read_negations(r, value);
	if (strcmp(key->text, "name") != 0)
		return yaml_fault_unknown(r->where, key, r->err, ERR_PROMPT,
					  "key", book_keys);
	rc = read_text(r, value, &name);
	free(name);
	return rc;
}

static int read_book(const struct reading *r, const struct yaml_node *root)
{
	if (root->kind != YAML_MAPPING)
		return FAULT(r, root, "a rule book is a mapping: name: ...");
	for (size_t i = 0; i < root->count; i++)
		if (read_book_key(r, yaml_key(root, i), yaml_value(root, i)) <
		    0)
			return -1;
	for (size_t i = 0; book_keys[i]; i++)
		if (!yaml_get(root, book_keys[i]))
			return FAULT(r, root, "key \"%s\" is missing",
				     book_keys[i]);
	return 0;
}

struct rulebook *rulebook_read(const char *name, const char *text, size_t len,
			       struct error *err)
{
	struct rulebook *book = xcalloc(1, sizeof(*book));
	const struct reading r = { name, book, err };
	struct error fault = ERROR_INIT;
	struct yaml_node *root = yaml_parse(name, text, len, &fault);
	int rc = -1;

	book->source = xstrdup(name);
	book->phrases = phrases_new();
	book->negations = phrases_new();
	book->language_words = phrases_new();
	sha256_hex(text, len, book->sha256);
	if (root)
		rc = read_book(&r, root);
	else
		error_set(err, ERR_PROMPT, fault.where, "%s", fault.text);
	yaml_node_free(root);
	if (rc == 0)
		return book;
	rulebook_free(book);
	return NULL;
}

struct rulebook *rulebook_load(const char *file, struct error *err)
{
	struct rulebook *book = NULL;
	struct buf bytes;

	if (!file) {
		for (const struct builtin_prompt *b = builtin_prompts; b->name;
		     b++)
			if (strcmp(b->name, "rules") == 0)
				return rulebook_read("built-in", b->data,
						     b->len, err);
		error_set(err, ERR_PROMPT, NULL, "no rule book is built in");
		return NULL;
	}
	buf_init(&bytes, LIMIT_PROMPT_BYTES);
	if (file_read(file, &bytes, ERR_PROMPT, err) == 0)
		book = rulebook_read(file, bytes.data ? bytes.data : "",
				     bytes.len, err);
	buf_release(&bytes);
	return book;
}

void rulebook_free(struct rulebook *book)
{
	if (!book)
		return;
	for (size_t i = 0; i < book->count; i++)
		rule_release(&book->rules[i]);
	free(book->rules);
	free(book->source);
	free(book->version);
	phrases_free(book->phrases);
	phrases_free(book->negations);
	phrases_free(book->language_words);
	free(book->language);
	free(book->phrase_of);
	free(book);
}

int rulebook_size(const struct rulebook *book, enum rule_kind kind)
{
	int n = 0;

	for (size_t i = 0; i < book->count; i++)
		n += book->rules[i].kind == kind;
	return n;
}
