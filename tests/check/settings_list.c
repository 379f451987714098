/*
 * The table of settings for settings_docs.py: `rows` as tab-separated lines,
 * `flags`, `idle`, or what the program itself prints: `example`, `help`,
 * `usage`.
 */
#include <stdio.h>
#include <string.h>

#include "run/settings_value.h"

/* What eavesly.conf(5) calls a value of the type. */
static const char *const type_words[] = {
	[SETTING_BOOL] = "Switch",
	[SETTING_INT] = "Whole number",
	[SETTING_LONG] = "Whole number",
	[SETTING_BYTES] = "Bytes",
	[SETTING_REAL] = "Number",
	[SETTING_CHOICE] = "One of these words",
	[SETTING_STRING] = "Text",
	[SETTING_URL] = "Text",
	[SETTING_PATH] = "Path",
	[SETTING_PROMPTS] = "Path or word",
	[SETTING_RATE] = "Rate",
	[SETTING_DOLLARS] = "Dollars",
	[SETTING_FAILURES] = "Number or percentage",
	[SETTING_CLASSES] = "Classes",
	[SETTING_LIST] = "List",
	[SETTING_SECRET] = "Key",
};

/* Environment names of other systems that mean nothing here. */
static const char *const idle_names[] = { "PORT", "ENVIRONMENT",
					  "INTERNAL_API_KEY",
					  "SUPABASE_ANON_KEY" };

/* name, letter, public?, group, type, values, default, environment names */
static void list_rows(void)
{
	char own[ENVIRONMENT_NAME_SIZE];
	struct buf values;

	buf_init(&values, LIMIT_SETTING_TEXT);
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings_rows[i];

		buf_clear(&values);
		setting_range(&values, row);
		setting_environment_name(row, own);
		printf("%s\t%c\t%d\t%s\t%s\t%s\t%s\t%s", row->name,
		       row->letter ? row->letter : '-', setting_is_public(row),
		       setting_group_title(row->group), type_words[row->type],
		       values.data, row->fallback ? row->fallback : "unset",
		       own);
		for (size_t j = 0; j < SEED_NAMES && row->seed_names[j]; j++)
			printf(" %s", row->seed_names[j]);
		putchar('\n');
	}
	buf_release(&values);
}

static void list_flags(void)
{
	for (size_t i = 0; i < settings_flag_count; i++)
		printf("%s\t%c\n",
		       settings_flags[i].name ? settings_flags[i].name : "-",
		       settings_flags[i].letter ? settings_flags[i].letter
						: '-');
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "rows") == 0)
		list_rows();
	else if (strcmp(what, "flags") == 0)
		list_flags();
	else if (strcmp(what, "idle") == 0)
		for (size_t i = 0; i < LENGTH(idle_names); i++)
			puts(idle_names[i]);
	else if (strcmp(what, "example") == 0)
		settings_example(stdout);
	else if (strcmp(what, "help") == 0)
		settings_help(stdout);
	else if (strcmp(what, "usage") == 0)
		settings_usage(stdout);
	else
		return 2;
	return fflush(stdout) == 0 ? 0 : 1;
}
