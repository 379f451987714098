/* Rules out of the texts of options. */
#include "compare/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/xalloc.h"

/* One option on its way: NAME or NAME=N, or N where `bare` allows it. */
struct reading {
	const char *option; /* as "--tolerance" */
	double min, max;
	bool bare;
	bool numbers_only, choices_only; /* fields that it is about */
};

static bool is_field_or_group(size_t field, const char *name)
{
	return strcmp(diff_fields[field].name, name) == 0 ||
	       (*name && strcmp(diff_fields[field].group, name) == 0);
}

static bool is_among(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* Names that an option may hold, for the hint after a wrong one. */
static int unknown(const struct reading *r, const char *name, struct error *err)
{
	const char *names[2 * DIFF_FIELDS + 1] = { NULL };
	char hint[NEAREST_HINT_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < DIFF_FIELDS; i++)
		names[n++] = diff_fields[i].name;
	for (size_t i = 0; i < DIFF_FIELDS; i++)
		if (*diff_fields[i].group &&
		    !is_among(names, diff_fields[i].group))
			names[n++] = diff_fields[i].group;
	nearest_hint(name, names, hint);
	return error_set(err, ERR_USAGE, NULL, "%s: unknown field \"%.*s\"%s",
			 r->option, LIMIT_GOT_BYTES, name, hint);
}

/* What strtod() takes, whole and within the option's range. */
static int read_number(const struct reading *r, const char *text,
		       double *number, struct error *err)
{
	char *end;

	if (*text && !text[strspn(text, "0123456789.-")]) {
		*number = strtod(text, &end);
		if (!*end && *number >= r->min && *number <= r->max)
			return 0;
	}
	return error_set(err, ERR_USAGE, NULL,
			 "%s: expected a number from %g to %g, got \"%.*s\"",
			 r->option, r->min, r->max, LIMIT_GOT_BYTES, text);
}

/* The next of the texts between commas, without blanks around; new. */
static char *next_part(const char **list)
{
	size_t n = strcspn(*list, ","), begin = 0, end = n;
	char *part;

	while (begin < end && (*list)[begin] == ' ')
		begin++;
	while (end > begin && (*list)[end - 1] == ' ')
		end--;
	part = xstrndup(*list + begin, end - begin);
	*list += n + ((*list)[n] == ',');
	return part;
}

/* ---- --fields and --ignore ------------------------------------------- */

static int name_fields(const char *option, const char *list, bool value,
		       bool wanted[DIFF_FIELDS], struct error *err)
{
	const struct reading r = { .option = option };
	int result = 0;

	while (result == 0 && list && *list) {
		char *name = next_part(&list);
		bool found = false;

		for (size_t i = 0; i < DIFF_FIELDS; i++) {
			bool itself = strcmp(diff_fields[i].name, name) == 0;

			/* a group's words and costs are asked for one by one,
			 * unless it has nothing else */
			if (!is_field_or_group(i, name) ||
			    (value && !itself && diff_fields[i].asked &&
			     strcmp(name, "meta") != 0))
				continue;
			wanted[i] = value;
			found = true;
		}
		if (!found)
			result = unknown(&r, name, err);
		free(name);
	}
	return result;
}

/* ---- FIELD=N --------------------------------------------------------- */

/* Does the option make sense for the field? */
static bool is_about(const struct reading *r, const struct diff_rules *rules,
		     size_t field)
{
	const struct diff_field *f = &diff_fields[field];
	enum diff_kind kind = diff_kind_of(field, rules->free_names);

	if (r->choices_only)
		return kind == DIFF_CHOICE;
	if (r->numbers_only)
		return kind == DIFF_NUMBER ||
		       (kind == DIFF_CHOICE && f->ordered > 0);
	return true;
}

/* Sets the double at `offset` of every rule that the name is about. */
static int put_named(struct diff_rules *rules, const struct reading *r,
		     const char *name, size_t offset, double number,
		     struct error *err)
{
	bool known = false, fits = false;

	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		if (!is_field_or_group(i, name))
			continue;
		known = true;
		if (!is_about(r, rules, i) || !rules->wanted[i])
			continue;
		fits = true;
		*(double *)((char *)&rules->fields[i] + offset) = number;
	}
	if (!known)
		return unknown(r, name, err);
	if (!fits)
		return error_set(err, ERR_USAGE, NULL,
				 "%s: %s is not compared%s", r->option, name,
				 r->choices_only   ? ", or has no categories"
				 : r->numbers_only ? ", or has no distances"
						   : "");
	return 0;
}

/* A list of FIELD=N; a bare N goes to *all. */
static int read_list(struct diff_rules *rules, const struct reading *r,
		     const char *list, size_t offset, double *all,
		     struct error *err)
{
	int result = 0;

	while (result == 0 && list && *list) {
		char *part = next_part(&list);
		char *equals = strchr(part, '=');
		double number = 0;

		if (equals)
			*equals = '\0';
		if (!equals && !r->bare)
			result = error_set(err, ERR_USAGE, NULL,
					   "%s: expected FIELD=N, got "
					   "\"%.*s\"",
					   r->option, LIMIT_GOT_BYTES, part);
		else
			result = read_number(r, equals ? equals + 1 : part,
					     &number, err);
		if (result == 0 && equals)
			result = put_named(rules, r, part, offset, number, err);
		else if (result == 0)
			*all = number;
		free(part);
	}
	return result;
}

static const struct reading tolerance = { .option = "--tolerance",
					  .max = 1e9,
					  .numbers_only = true };
static const struct reading min_agree = { .option = "--min-agree",
					  .max = 100,
					  .bare = true };
static const struct reading min_kappa = { .option = "--min-kappa",
					  .min = -1,
					  .max = 1,
					  .bare = true,
					  .choices_only = true };
static const struct reading max_delta = { .option = "--max-score-delta",
					  .max = 100 };

int diff_rules_read(struct diff_rules *rules, const struct diff_options *o,
		    struct error *err)
{
	rules->min_agree = rules->max_score_delta = -1;
	rules->min_kappa = DIFF_NO_KAPPA;
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		rules->wanted[i] = !o->fields && !diff_fields[i].asked;
		rules->fields[i] = (struct diff_rule){
			.min_agree = -1, .min_kappa = DIFF_NO_KAPPA
		};
	}
	if (name_fields("--fields", o->fields, true, rules->wanted, err) ||
	    name_fields("--ignore", o->ignore, false, rules->wanted, err) ||
	    read_list(rules, &tolerance, o->tolerance,
		      offsetof(struct diff_rule, tolerance), NULL, err) ||
	    read_list(rules, &min_agree, o->min_agree,
		      offsetof(struct diff_rule, min_agree), &rules->min_agree,
		      err) ||
	    read_list(rules, &min_kappa, o->min_kappa,
		      offsetof(struct diff_rule, min_kappa), &rules->min_kappa,
		      err))
		return -1;
	if (o->max_score_delta && !rules->wanted[0])
		return error_set(err, ERR_USAGE, NULL,
				 "--max-score-delta: overall_score is not "
				 "compared");
	return o->max_score_delta ? read_number(&max_delta, o->max_score_delta,
						&rules->max_score_delta, err)
				  : 0;
}

bool diff_has_threshold(const struct diff_rules *rules, size_t field)
{
	const struct diff_rule *rule = &rules->fields[field];

	if (rules->min_agree >= 0 || rule->min_agree >= 0 ||
	    rule->min_kappa > DIFF_NO_KAPPA)
		return true;
	if (rules->min_kappa > DIFF_NO_KAPPA &&
	    diff_kind_of(field, rules->free_names) == DIFF_CHOICE)
		return true;
	return rules->max_score_delta >= 0 &&
	       strcmp(diff_fields[field].name, "overall_score") == 0;
}
