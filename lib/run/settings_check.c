/* Do the tables of settings hold together?  Asked by tests, at no run. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/limits.h"
#include "run/settings_table.h"
#include "run/settings_value.h"

static int check_name(const struct setting *row, struct error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz-";

	if (!row->name || !row->name[0] ||
	    row->name[strspn(row->name, allowed)] != '\0')
		return error_set(err, ERR_INTERNAL, row->name,
				 "a name is made of a-z and -");
	if (strncmp(row->name, "no-", 3) == 0)
		return error_set(err, ERR_INTERNAL, row->name,
				 "no- is for switching off");
	if (sizeof(ENVIRONMENT_PREFIX) + strlen(row->name) >
	    ENVIRONMENT_NAME_SIZE)
		return error_set(err, ERR_INTERNAL, row->name,
				 "the name is too long");
	return 0;
}

static int check_type(const struct setting *row, struct error *err)
{
	static const char holds[] = {
		[SETTING_BOOL] = HOLDS_BOOL,
		[SETTING_INT] = HOLDS_INT,
		[SETTING_LONG] = HOLDS_LONG,
		[SETTING_BYTES] = HOLDS_LONG,
		[SETTING_REAL] = HOLDS_REAL,
		[SETTING_CHOICE] = HOLDS_INT,
		[SETTING_STRING] = HOLDS_TEXT,
		[SETTING_URL] = HOLDS_TEXT,
		[SETTING_PATH] = HOLDS_TEXT,
		[SETTING_PROMPTS] = HOLDS_TEXT,
		[SETTING_RATE] = HOLDS_TEXT,
		[SETTING_DOLLARS] = HOLDS_TEXT,
		[SETTING_FAILURES] = HOLDS_TEXT,
		[SETTING_CLASSES] = HOLDS_TEXT,
		[SETTING_LIST] = HOLDS_TEXT,
		[SETTING_SECRET] = HOLDS_SECRET,
	};
	bool number = row->type == SETTING_INT || row->type == SETTING_LONG ||
		      row->type == SETTING_BYTES || row->type == SETTING_REAL;

	if (holds[row->type] != row->holds)
		return error_set(err, ERR_INTERNAL, row->name,
				 "the member is of another type");
	if (number != (row->min < row->max))
		return error_set(err, ERR_INTERNAL, row->name,
				 "a number, and nothing else, has a range");
	if ((row->type == SETTING_CHOICE) != (row->choices != NULL))
		return error_set(err, ERR_INTERNAL, row->name,
				 "a choice, and nothing else, has choices");
	if ((row->type == SETTING_BOOL) != (row->unit == NULL))
		return error_set(err, ERR_INTERNAL, row->name,
				 "all but a bool have a unit");
	return 0;
}

static int check_words(const struct setting *row, struct error *err)
{
	size_t len = row->help ? strlen(row->help) : 0;
	bool unset = row->holds == HOLDS_TEXT;

	if (len == 0 || isupper((unsigned char)row->help[0]) ||
	    row->help[len - 1] == '.')
		return error_set(err, ERR_INTERNAL, row->name,
				 "help is a line without capital and stop");
	if (row->type == SETTING_SECRET)
		return row->fallback || row->example
			       ? error_set(err, ERR_INTERNAL, row->name,
					   "a secret has no default")
			       : 0;
	if (!row->fallback && !unset)
		return error_set(err, ERR_INTERNAL, row->name,
				 "only text and paths can be unset");
	if (!row->fallback == !row->example)
		return error_set(err, ERR_INTERNAL, row->name,
				 "either a default or an example");
	return setting_test(row, row->fallback ? row->fallback : row->example,
			    err);
}

/* Does the environment name belong to `row` (one of its two kinds)? */
static bool has_variable(const struct setting *row, const char *name)
{
	char own[ENVIRONMENT_NAME_SIZE];

	setting_environment_name(row, own);
	if (strcmp(own, name) == 0)
		return true;
	for (size_t i = 0; i < SEED_NAMES && row->seed_names[i]; i++)
		if (strcmp(row->seed_names[i], name) == 0)
			return true;
	return false;
}

static int check_pair(const struct setting *a, const struct setting *b,
		      struct error *err)
{
	char variable[ENVIRONMENT_NAME_SIZE];

	setting_environment_name(a, variable);
	if (strcmp(a->name, b->name) == 0)
		return error_set(err, ERR_INTERNAL, a->name, "twice");
	if (a->letter && a->letter == b->letter)
		return error_set(err, ERR_INTERNAL, a->name,
				 "-%c is taken by %s", a->letter, b->name);
	if (a->offset == b->offset)
		return error_set(err, ERR_INTERNAL, a->name,
				 "the member is that of %s", b->name);
	if (has_variable(b, variable))
		return error_set(err, ERR_INTERNAL, a->name,
				 "%s is taken by %s", variable, b->name);
	for (size_t i = 0; i < SEED_NAMES && a->seed_names[i]; i++)
		if (has_variable(b, a->seed_names[i]))
			return error_set(err, ERR_INTERNAL, a->name,
					 "%s is taken by %s", a->seed_names[i],
					 b->name);
	return 0;
}

/* A setting must not be spelled as a flag that is none. */
static int check_flags(const struct setting *row, struct error *err)
{
	for (size_t i = 0; i < settings_flag_count; i++) {
		const struct flag *flag = &settings_flags[i];

		if (flag->name && strcmp(flag->name, row->name) == 0)
			return error_set(err, ERR_INTERNAL, row->name,
					 "is a flag's name");
		if (row->letter && flag->letter == row->letter)
			return error_set(err, ERR_INTERNAL, row->name,
					 "-%c is taken by a flag", row->letter);
	}
	return 0;
}

/* A secret comes out of the file that the row "NAME-file" names. */
static int check_secret(const struct setting *rows, size_t count,
			const struct setting *row, struct error *err)
{
	char name[ENVIRONMENT_NAME_SIZE];

	if (row->type != SETTING_SECRET)
		return 0;
	snprintf(name, sizeof(name), "%s-file", row->name);
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, name) == 0 &&
		    rows[i].type == SETTING_PATH)
			return 0;
	return error_set(err, ERR_INTERNAL, row->name, "no row %s", name);
}

int settings_check_rows(const struct setting *rows, size_t count,
			struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (check_name(&rows[i], err) || check_type(&rows[i], err) ||
		    check_words(&rows[i], err) || check_flags(&rows[i], err) ||
		    check_secret(rows, count, &rows[i], err))
			return -1;
		if (i > 0 && rows[i].group < rows[i - 1].group)
			return error_set(err, ERR_INTERNAL, rows[i].name,
					 "is not with its group");
		for (size_t j = 0; j < i; j++)
			if (check_pair(&rows[i], &rows[j], err))
				return -1;
	}
	return 0;
}

int settings_check(struct error *err)
{
	for (size_t i = 0; i < settings_flag_count; i++) {
		const struct flag *flag = &settings_flags[i];

		if (flag->effect == FLAG_SHORT &&
		    (!setting_find(flag->setting) ||
		     setting_test(setting_find(flag->setting), flag->value,
				  err)))
			return error_set(err, ERR_INTERNAL, flag->setting,
					 "-%c does not fit", flag->letter);
	}
	return settings_check_rows(settings_rows, settings_count, err);
}
