/* --help, the short usage and eavesly.conf.example, made from the table. */
#include <stdio.h>
#include <string.h>

#include "run/settings_value.h"

enum {
	WIDTH = 79,      /* columns used; the last one stays free */
	TEXT_COLUMN = 30 /* of --help, where an option's text begins */
};

/*
 * Appends words, breaking lines before WIDTH; a new line begins with `prefix`.
 * column: where the current line ends.
 */
static void put_words(struct buf *b, const char *text, size_t column,
		      const char *prefix)
{
	bool first = true;
	size_t n;

	for (; *text; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		if (!first && column + 1 + n > WIDTH) {
			buf_printf(b, "\n%s", prefix);
			column = strlen(prefix);
		} else if (!first) {
			buf_putc(b, ' ');
			column++;
		}
		buf_put(b, text, n);
		column += n;
		first = false;
	}
	buf_putc(b, '\n');
}

/* "1..1024; default 8": what --help says of the values, if anything. */
static void put_values(struct buf *b, const struct setting *row)
{
	bool free_text = row->type == SETTING_STRING ||
			 row->type == SETTING_URL ||
			 row->type == SETTING_PATH ||
			 row->type == SETTING_PROMPTS;

	if (row->type == SETTING_BOOL || (free_text && !row->fallback))
		return;
	buf_puts(b, " (");
	if (!free_text)
		setting_range(b, row);
	if (!free_text && row->fallback)
		buf_puts(b, "; ");
	if (row->fallback)
		buf_printf(b, "default %s", row->fallback);
	buf_putc(b, ')');
}

/* "  -j, --jobs N", then the text in its column. */
static void put_option(struct buf *b, char letter, const char *name,
		       const char *unit, bool negatable, const char *text)
{
	static const char prefix[] = "                              ";
	size_t begin = b->len, column;

	_Static_assert(sizeof(prefix) == TEXT_COLUMN + 1, "the same column");
	if (letter)
		buf_printf(b, "  -%c%s", letter, name ? ", " : "");
	else
		buf_puts(b, "      ");
	if (name)
		buf_printf(b, "--%s%s", negatable ? "[no-]" : "", name);
	if (unit)
		buf_printf(b, " %s", unit);
	column = b->len - begin;
	if (column + 2 > TEXT_COLUMN)
		buf_printf(b, "\n%s", prefix);
	else
		buf_printf(b, "%*s", (int)(TEXT_COLUMN - column), "");
	put_words(b, text, TEXT_COLUMN, prefix);
}

static void put_group(struct buf *b, const struct settings_table *t, int group)
{
	struct buf text;

	buf_init(&text, LIMIT_SETTING_TEXT);
	buf_printf(b, "\n%s\n", t->group_title(group));
	for (size_t i = 0; i < t->count; i++) {
		const struct setting *row = &t->rows[i];

		if (row->group != group || !setting_is_public(row))
			continue;
		buf_clear(&text);
		buf_puts(&text, row->help);
		put_values(&text, row);
		put_option(b, row->letter, row->name, row->unit,
			   row->type == SETTING_BOOL, text.data);
	}
	buf_release(&text);
}

static void put_flags(struct buf *b, const struct settings_table *t)
{
	buf_puts(b, "\nAsides\n");
	for (size_t i = 0; i < t->flag_count; i++) {
		const struct flag *flag = &t->flags[i];

		put_option(b, flag->letter, flag->name, flag->unit, false,
			   flag->help);
	}
}

static void put_environment(struct buf *b)
{
	char own[ENVIRONMENT_NAME_SIZE];

	buf_puts(b, "\nEnvironment\n"
		    "  Every --some-name is also CALLQA_SOME_NAME, and "
		    "`some-name:` in a file.\n"
		    "  These are read too, each weaker than the name after "
		    "it:\n");
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings_rows[i];

		setting_environment_name(row, own);
		for (size_t j = 0; j < SEED_NAMES && row->seed_names[j]; j++)
			buf_printf(b, "      %-*s%s\n", TEXT_COLUMN - 6,
				   row->seed_names[j], own);
	}
}

void settings_table_help(const struct settings_table *t, FILE *out)
{
	struct buf b;

	buf_init(&b, (size_t)16 * LIMIT_SETTING_TEXT);
	buf_puts(&b, t->head);
	for (int group = 0; group < t->groups; group++)
		put_group(&b, t, group);
	put_flags(&b, t);
	if (t == &settings_of_callqa) /* the others read no environment */
		put_environment(&b);
	buf_puts(&b, t->tail);
	fwrite(b.data, 1, b.len, out);
	buf_release(&b);
}

void settings_help(FILE *out)
{
	settings_table_help(&settings_of_callqa, out);
}

void settings_usage(FILE *out)
{
	fputs("Usage: callqa [options] [FILE...]\n"
	      "Scores sales-call transcripts: requests in, one report line out "
	      "for each.\n"
	      "  callqa --dry-run calls.ndjson           looks at them, asks "
	      "nothing\n"
	      "  callqa calls.ndjson > reports.ndjson    scores them\n"
	      "  callqa -                                reads what you type\n"
	      "All options: callqa --help.  The manual: man callqa.\n",
	      out);
}

/* ---- eavesly.conf.example -------------------------------------------- */

static void example_row(struct buf *b, const struct setting *row)
{
	buf_puts(b, "\n# ");
	put_words(b, row->help, 2, "# ");
	buf_puts(b, "# ");
	setting_range(b, row);
	if (row->fallback)
		buf_printf(b, "; default %s\n", row->fallback);
	else
		buf_puts(b, "; unset by default\n");
	buf_printf(b, "#%s: %s\n", row->name,
		   row->fallback ? row->fallback : row->example);
}

void settings_example(FILE *out)
{
	struct buf b;
	int group = -1;

	buf_init(&b, (size_t)16 * LIMIT_SETTING_TEXT);
	buf_puts(
		&b,
		"# Settings of callqa: copy to ~/.config/eavesly/eavesly.conf "
		"or to\n"
		"# " CALLQA_SYSCONFDIR "/eavesly/eavesly.conf and take away "
		"the # in front of what you set.\n"
		"# eavesly.conf(5) explains; callqa --show-config tells what "
		"holds and why.\n"
		"# A key is never written here: it has a file of its own, mode "
		"0600.\n");
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings_rows[i];

		if (!setting_is_public(row))
			continue;
		if (row->group != group)
			buf_printf(&b, "\n# ---- %s ----\n",
				   setting_group_title(row->group));
		group = row->group;
		example_row(&b, row);
	}
	fwrite(b.data, 1, b.len, out);
	buf_release(&b);
}
