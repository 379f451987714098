/* The command line: getopt_long() over the table, without its abbreviations. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "run/settings_read.h"
#include "run/settings_value.h"

/*
 * What getopt_long() returns for a long option, beyond any letter: a row's
 * pair of codes (--name, --no-name), then one code a flag.
 */
enum { CODE_FIRST = 256, CODES_A_ROW = 2, LETTERS = 128 };

/* getopt's view of the table. */
struct options {
	const struct settings_table *table;
	struct option *list;
	const char **names; /* of the list, NULL-ended */
	char **negated;     /* "no-unordered"; owned, one a row, or NULL */
	char letters[LETTERS];
	size_t count;
};

static int row_code(size_t row, bool no)
{
	return CODE_FIRST + (int)(CODES_A_ROW * row) + no;
}

static int flag_code(const struct settings_table *t, size_t flag)
{
	return row_code(t->count, false) + (int)flag;
}

static void add(struct options *o, const char *name, char letter, bool value,
		int code)
{
	size_t n = strlen(o->letters);

	if (name) {
		o->list[o->count] = (struct option){
			.name = name,
			.has_arg = value ? required_argument : no_argument,
			.val = code
		};
		o->names[o->count++] = name;
	}
	if (letter && n + 3 <= sizeof(o->letters)) {
		o->letters[n] = letter;
		o->letters[n + 1] = value ? ':' : '\0';
	}
}

static void options_init(struct options *o, const struct settings_table *t)
{
	size_t most = CODES_A_ROW * t->count + t->flag_count + 1;

	*o = (struct options){ .table = t, .letters = ":" };
	o->list = xcalloc(most, sizeof(*o->list));
	o->names = xcalloc(most, sizeof(*o->names));
	o->negated = xcalloc(t->count, sizeof(*o->negated));
	for (size_t i = 0; i < t->count; i++) {
		const struct setting *row = &t->rows[i];

		if (!settings_takes(t, row))
			continue;
		add(o, row->name, row->letter, row->type != SETTING_BOOL,
		    row_code(i, false));
		if (row->type != SETTING_BOOL)
			continue;
		o->negated[i] = xjoin("no-", row->name, "");
		add(o, o->negated[i], 0, false, row_code(i, true));
	}
	for (size_t i = 0; i < t->flag_count; i++)
		add(o, t->flags[i].name, t->flags[i].letter,
		    t->flags[i].unit != NULL, flag_code(t, i));
}

static void options_release(struct options *o)
{
	for (size_t i = 0; i < o->table->count; i++)
		free(o->negated[i]);
	free(o->negated);
	free(o->names);
	free(o->list);
}

/* A letter's long option, so that the rest knows one kind of code only. */
static int code_of_letter(const struct settings_table *t, int letter)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i].letter == letter)
			return row_code(i, false);
	for (size_t i = 0; i < t->flag_count; i++)
		if (t->flags[i].letter == letter)
			return flag_code(t, i);
	return 0;
}

/* ---- faults ---------------------------------------------------------- */

static int unknown_letter(const struct options *o, int letter,
			  struct error *err)
{
	if (letter > ' ' && letter < 0x7f)
		return error_set(err, ERR_USAGE, NULL,
				 "unknown option -%c; see %s --help", letter,
				 o->table->program);
	return error_set(err, ERR_USAGE, NULL,
			 "unknown option letter; see %s --help",
			 o->table->program);
}

/* The name of `--name=value`: a value may be a key, which is not shown. */
static char *name_in(const char *element)
{
	return xstrndup(element + 2, strcspn(element + 2, "="));
}

/* near NULL: nothing is. */
static int unknown_name(const struct options *o, const char *name,
			const char *near, struct error *err)
{
	const struct setting *row = settings_row(o->table, name);
	struct buf quoted;

	if (row && !setting_is_public(row))
		return error_set(err, ERR_USAGE, NULL,
				 "a key is never an argument: others can read "
				 "it there; use --%s-file FILE",
				 name);
	buf_init(&quoted, LIMIT_SETTING_TEXT);
	buf_puts(&quoted, "--");
	buf_escape(&quoted, name, strnlen(name, ENVIRONMENT_NAME_SIZE),
		   ESCAPE_LOG);
	if (near)
		error_set(err, ERR_USAGE, NULL,
			  "unknown option %s; nearest is --%s", quoted.data,
			  near);
	else
		error_set(err, ERR_USAGE, NULL,
			  "unknown option %s; see %s --help", quoted.data,
			  o->table->program);
	buf_release(&quoted);
	return -1;
}

/*
 * getopt_long() also takes the beginning of a name.  Then no option could ever
 * be added without breaking somebody's command, so it is refused here.
 */
static int check_whole(const struct options *o, const char *element, int code,
		       struct error *err)
{
	char *name = name_in(element);
	const char *full = NULL;
	int result = 0;

	for (size_t i = 0; i < o->count; i++)
		if (o->list[i].val == code)
			full = o->list[i].name;
	if (full && strcmp(name, full) != 0)
		result = unknown_name(o, name, full, err);
	free(name);
	return result;
}

/* getopt_long() gave '?' or ':'; optopt is a letter, a long one's code or 0. */
static int refuse(const struct options *o, int what, const char *element,
		  struct error *err)
{
	char *name;
	int result;

	if (optopt > 0 && optopt < CODE_FIRST && what == ':')
		return error_set(err, ERR_USAGE, NULL, "-%c needs a value",
				 optopt);
	if (optopt > 0 && optopt < CODE_FIRST)
		return unknown_letter(o, optopt, err);
	if (optopt < 0 || strncmp(element, "--", 2) != 0)
		return unknown_letter(o, 0, err);
	if (optopt > 0 && check_whole(o, element, optopt, err))
		return -1;
	name = name_in(element);
	if (optopt == 0)
		result = unknown_name(o, name, setting_meant(name, o->names),
				      err);
	else if (what == ':')
		result = error_set(err, ERR_USAGE, NULL, "--%s needs a value",
				   name);
	else
		result = error_set(err, ERR_USAGE, NULL, "--%s takes no value",
				   name);
	free(name);
	return result;
}

/* ---- effects --------------------------------------------------------- */

static int put_row(const struct settings_target *to, size_t i, bool no,
		   const char *value, struct error *err)
{
	const struct setting *row = &to->table->rows[i];
	char name[ENVIRONMENT_NAME_SIZE + 8], origin[sizeof(name) + 8];
	struct source from = { .rank = RANK_FLAG,
			       .code = ERR_USAGE,
			       .where = "",
			       .name = name,
			       .origin = origin };

	snprintf(name, sizeof(name), "--%s%s", no ? "no-" : "", row->name);
	snprintf(origin, sizeof(origin), "flag %s", name);
	if (row->type == SETTING_BOOL)
		value = no ? "false" : "true";
	return settings_target_put(to, row, value, &from, err);
}

static int put_flag(const struct settings_target *to, const struct flag *flag,
		    const char *value, struct settings_command *line,
		    struct error *err)
{
	struct source from = { .rank = RANK_FLAG,
			       .code = ERR_USAGE,
			       .where = "" };
	char origin[ENVIRONMENT_NAME_SIZE];

	switch (flag->effect) {
	case FLAG_ACTION:
		line->action = flag->action;
		if (!flag->unit)
			return 0;
		free(line->argument);
		line->argument = xstrdup(value);
		return 0;
	case FLAG_CONFIG:
		line->config = value;
		if (!*value)
			return error_set(err, ERR_USAGE, NULL,
					 "--config needs a file or none");
		return 0;
	case FLAG_SHORT:
		if (flag->letter)
			snprintf(origin, sizeof(origin), "flag -%c",
				 flag->letter);
		else
			snprintf(origin, sizeof(origin), "flag --%s",
				 flag->name);
		from.name = from.origin = origin;
		return settings_target_put(
			to, settings_row(to->table, flag->setting), flag->value,
			&from, err);
	}
	return 0;
}

static int put_code(const struct settings_target *to, int code,
		    const char *value, struct settings_command *line,
		    struct error *err)
{
	const struct settings_table *t = to->table;
	size_t i = (size_t)(code - CODE_FIRST);

	if (code >= flag_code(t, 0))
		return put_flag(to, &t->flags[code - flag_code(t, 0)], value,
				line, err);
	return put_row(to, i / CODES_A_ROW, i % CODES_A_ROW, value, err);
}

static int read_options(const struct settings_target *to,
			const struct options *o, int argc, char **argv,
			struct settings_command *line, struct error *err)
{
	int code;

	opterr = 0;
	optind = 0; /* start anew; 1 would not reset glibc's inside */
	while ((code = getopt_long(argc, argv, o->letters, o->list, NULL)) !=
	       -1) {
		/* a value of its own stands behind the option */
		const char *element = argv[optind - 1];

		if (code == '?' || code == ':')
			return refuse(o, code, element, err);
		if (code >= CODE_FIRST && optarg == element)
			element = argv[optind - 2];
		if (code >= CODE_FIRST && check_whole(o, element, code, err))
			return -1;
		if (code < CODE_FIRST)
			code = code_of_letter(o->table, code);
		if (put_code(to, code, optarg, line, err))
			return -1;
		if (line->action == ACTION_HELP ||
		    line->action == ACTION_VERSION)
			return 0;
	}
	return 0;
}

int settings_read_args(const struct settings_target *to, int argc, char **argv,
		       struct settings_command *line, struct error *err)
{
	size_t begin, n = 0;
	struct options o;
	int result;

	options_init(&o, to->table);
	result = read_options(to, &o, argc, argv, line, err);
	options_release(&o);
	if (result)
		return -1;
	begin = (size_t)optind;
	if (argc > optind)
		n = (size_t)argc - begin;
	line->files = xcalloc(n + 1, sizeof(*line->files));
	for (size_t i = 0; i < n; i++)
		line->files[i] = xstrdup(argv[begin + i]);
	return 0;
}

void settings_files_free(char **files)
{
	for (size_t i = 0; files && files[i]; i++)
		free(files[i]);
	free(files);
}
