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

static int flag_code(size_t flag)
{
	return row_code(settings_count, false) + (int)flag;
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

static void options_init(struct options *o)
{
	size_t most = CODES_A_ROW * settings_count + settings_flag_count + 1;

	*o = (struct options){ .letters = ":" };
	o->list = xcalloc(most, sizeof(*o->list));
	o->names = xcalloc(most, sizeof(*o->names));
	o->negated = xcalloc(settings_count, sizeof(*o->negated));
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings_rows[i];
		size_t size = strlen(row->name) + sizeof("no-");

		if (!setting_is_public(row))
			continue;
		add(o, row->name, row->letter, row->type != SETTING_BOOL,
		    row_code(i, false));
		if (row->type != SETTING_BOOL)
			continue;
		o->negated[i] = xmalloc(size);
		snprintf(o->negated[i], size, "no-%s", row->name);
		add(o, o->negated[i], 0, false, row_code(i, true));
	}
	for (size_t i = 0; i < settings_flag_count; i++)
		add(o, settings_flags[i].name, settings_flags[i].letter,
		    settings_flags[i].unit != NULL, flag_code(i));
}

static void options_release(struct options *o)
{
	for (size_t i = 0; i < settings_count; i++)
		free(o->negated[i]);
	free(o->negated);
	free(o->names);
	free(o->list);
}

/* A letter's long option, so that the rest knows one kind of code only. */
static int code_of_letter(int letter)
{
	for (size_t i = 0; i < settings_count; i++)
		if (settings_rows[i].letter == letter)
			return row_code(i, false);
	for (size_t i = 0; i < settings_flag_count; i++)
		if (settings_flags[i].letter == letter)
			return flag_code(i);
	return 0;
}

/* ---- faults ---------------------------------------------------------- */

static int unknown_letter(int letter, struct error *err)
{
	if (letter > ' ' && letter < 0x7f)
		return error_set(err, ERR_USAGE, NULL,
				 "unknown option -%c; see callqa --help",
				 letter);
	return error_set(err, ERR_USAGE, NULL,
			 "unknown option letter; see callqa --help");
}

/* The name of `--name=value`: a value may be a key, which is not shown. */
static char *name_in(const char *element)
{
	return xstrndup(element + 2, strcspn(element + 2, "="));
}

/* near NULL: nothing is. */
static int unknown_name(const char *name, const char *near, struct error *err)
{
	struct buf quoted;

	if (setting_find(name) && !setting_is_public(setting_find(name)))
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
			  "unknown option %s; see callqa --help", quoted.data);
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
		result = unknown_name(name, full, err);
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
		return unknown_letter(optopt, err);
	if (optopt < 0 || strncmp(element, "--", 2) != 0)
		return unknown_letter(0, err);
	if (optopt > 0 && check_whole(o, element, optopt, err))
		return -1;
	name = name_in(element);
	if (optopt == 0)
		result = unknown_name(name, setting_meant(name, o->names), err);
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

static int put_row(struct settings *s, size_t i, bool no, const char *value,
		   struct error *err)
{
	const struct setting *row = &settings_rows[i];
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
	return setting_put(s, row, value, &from, err);
}

/* What an action is to be done with. */
static void put_operand(struct settings *s, const char *value)
{
	char **operand = s->action == ACTION_PRINT_SCHEMA ? &s->schema_name
							  : &s->pull_directory;

	free(*operand);
	*operand = xstrdup(value);
}

static int put_flag(struct settings *s, const struct flag *flag,
		    const char *value, const char **config, struct error *err)
{
	struct source from = { .rank = RANK_FLAG,
			       .code = ERR_USAGE,
			       .where = "" };
	char origin[16];

	switch (flag->effect) {
	case FLAG_ACTION:
		s->action = flag->action;
		if (flag->unit)
			put_operand(s, value);
		return 0;
	case FLAG_CONFIG:
		*config = value;
		if (!*value)
			return error_set(err, ERR_USAGE, NULL,
					 "--config needs a file or none");
		return 0;
	case FLAG_SHORT:
		snprintf(origin, sizeof(origin), "flag -%c", flag->letter);
		from.name = from.origin = origin;
		return setting_put(s, setting_find(flag->setting), flag->value,
				   &from, err);
	}
	return 0;
}

static int put_code(struct settings *s, int code, const char *value,
		    const char **config, struct error *err)
{
	size_t i = (size_t)(code - CODE_FIRST);

	if (code >= flag_code(0))
		return put_flag(s, &settings_flags[code - flag_code(0)], value,
				config, err);
	return put_row(s, i / CODES_A_ROW, i % CODES_A_ROW, value, err);
}

static int read_options(struct settings *s, const struct options *o, int argc,
			char **argv, const char **config, struct error *err)
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
			code = code_of_letter(code);
		if (put_code(s, code, optarg, config, err))
			return -1;
		if (s->action == ACTION_HELP || s->action == ACTION_VERSION)
			return 0;
	}
	return 0;
}

int settings_read_args(struct settings *s, int argc, char **argv,
		       const char **config, struct error *err)
{
	size_t begin, n = 0;
	struct options o;
	int result;

	options_init(&o);
	result = read_options(s, &o, argc, argv, config, err);
	options_release(&o);
	if (result)
		return -1;
	begin = (size_t)optind;
	if (argc > optind)
		n = (size_t)argc - begin;
	s->files = xcalloc(n + 1, sizeof(*s->files));
	for (size_t i = 0; i < n; i++)
		s->files[i] = xstrdup(argv[begin + i]);
	return 0;
}
