/* The options of callqa-diff: a table of rows for the settings' engine. */
#include "run/diff_settings.h"

#include "base/compiler.h"
#include "run/settings_read.h"
#include "run/settings_table.h"
#include "run/settings_value.h"

enum diff_group { GROUP_COMPARE, GROUP_GATE, GROUP_PRINT, DIFF_GROUPS };

/* The member, and what it is. */
#define AT(member) \
	.offset = offsetof(struct diff_settings, member),       \
	.holds = _Generic(((struct diff_settings *)NULL)->member, \
		bool: HOLDS_BOOL,                               \
		int: HOLDS_INT,                                 \
		long: HOLDS_LONG,                               \
		double: HOLDS_REAL,                             \
		char *: HOLDS_TEXT)

/* clang-format off: a row is read as a table's row */
static const char *const formats[] = {
	[DIFF_FORMAT_TEXT] = "text",         [DIFF_FORMAT_JSON] = "json",
	[DIFF_FORMAT_JUNIT] = "junit",       [DIFF_FORMAT_GITHUB] = "github",
	[DIFF_FORMAT_MARKDOWN] = "markdown", NULL
};

static const struct setting rows[] = {
	{ "fields", 0, GROUP_COMPARE, SETTING_LIST, AT(fields),
	  .example = "overall_score,compliance", .unit = "LIST",
	  .help = "compare these fields and no other" },
	{ "ignore", 0, GROUP_COMPARE, SETTING_LIST, AT(ignore),
	  .example = "sections", .unit = "LIST",
	  .help = "do not compare these fields" },
	{ "tolerance", 0, GROUP_COMPARE, SETTING_LIST, AT(tolerance),
	  .example = "overall_score=5,skills=1", .unit = "FIELD=N",
	  .help = "numbers that differ by N at most, and ratings that are N "
		  "steps apart at most, agree" },
	{ "free-names", 0, GROUP_COMPARE, SETTING_BOOL, AT(free_names),
	  .fallback = "false",
	  .help = "items and skills have no fixed names: count them by "
		  "status" },
	{ "flip-rate", 0, GROUP_COMPARE, SETTING_REAL, AT(flip_rate), .min = 0,
	  .max = 1, .fallback = "0", .unit = "RATE",
	  .help = "of repeated reports: an item that flips more often fails no "
		  "gate by itself" },

	{ "min-agree", 0, GROUP_GATE, SETTING_LIST, AT(min_agree),
	  .example = "95,compliance=98", .unit = "[FIELD=]PCT",
	  .help = "let values differ, but this percentage of all values, or "
		  "of a field's, has to agree" },
	{ "min-kappa", 0, GROUP_GATE, SETTING_LIST, AT(min_kappa),
	  .example = "0.8,compliance=0.9", .unit = "[FIELD=]KAPPA",
	  .help = "likewise, Cohen's kappa of each field, or of one, has to "
		  "reach this" },
	{ "max-score-delta", 0, GROUP_GATE, SETTING_STRING, AT(max_score_delta),
	  .example = "10", .unit = "N",
	  .help = "likewise, no two scores may be further apart" },
	{ "allow-missing", 0, GROUP_GATE, SETTING_LONG, AT(allow_missing),
	  .min = 0, .max = 1000000000, .fallback = "0", .unit = "N",
	  .help = "golden records that may be without a verdict" },

	{ "agreement", 'a', GROUP_PRINT, SETTING_BOOL, AT(agreement),
	  .fallback = "false",
	  .help = "measure agreement, and show the evidence of both sides" },
	{ "bootstrap", 0, GROUP_PRINT, SETTING_INT, AT(bootstrap), .min = 0,
	  .max = 100000, .fallback = "1000", .unit = "N",
	  .help = "samples for its intervals; 0: none" },
	{ "seed", 0, GROUP_PRINT, SETTING_LONG, AT(seed), .min = 0,
	  .max = 1000000000, .fallback = "1", .unit = "N",
	  .help = "where their chance begins; the same seed gives the same "
		  "intervals" },
	{ "format", 'f', GROUP_PRINT, SETTING_CHOICE, AT(format),
	  .choices = formats, .fallback = "text", .unit = "FORM",
	  .help = "form of what is printed" },
	{ "show", 0, GROUP_PRINT, SETTING_LONG, AT(show), .min = 0,
	  .max = 1000000000, .fallback = "20", .unit = "N",
	  .help = "calls in a list at most; 0: all" },
};

static const struct flag flags[] = {
	{ "help", 'h', FLAG_ACTION, ACTION_HELP, .help = "print this text" },
	{ "version", 'V', FLAG_ACTION, ACTION_VERSION,
	  .help = "print the version" },
};
/* clang-format on */

static const char *group_title(int group)
{
	static const char *const titles[] = {
		[GROUP_COMPARE] = "What is compared",
		[GROUP_GATE] = "What the gate asks for",
		[GROUP_PRINT] = "What is printed",
	};
	_Static_assert(LENGTH(titles) == DIFF_GROUPS, "a title per group");

	return titles[group];
}

const struct settings_table settings_of_diff = {
	.program = "callqa-diff",
	.rows = rows,
	.count = LENGTH(rows),
	.flags = flags,
	.flag_count = LENGTH(flags),
	.group_title = group_title,
	.groups = DIFF_GROUPS,
	.head = "Usage: callqa-diff [options] GOLDEN [REPORTS]\n"
		"Compares reports of callqa, from REPORTS or stdin (-), with "
		"those in GOLDEN, by\ncall_id; exits with 0 if they agree.\n",
	.tail = "\nExit status\n"
		"  0  all that was asked for is so\n"
		"  1  it is not: the gate failed\n"
		"  2  wrong usage, or input that cannot be read\n"
		"  3  what was compared is so, but golden records are without "
		"a verdict\n"
		"  7  there was nothing to compare\n"
		"\nThe fields, and how they are compared: callqa-diff(1).  How "
		"to build golden\ntranscripts of your own: callqa-golden(7).\n",
};

static struct settings_target target(struct diff_settings *s)
{
	return (struct settings_target){ .table = &settings_of_diff,
					 .values = s,
					 .origins = s->origins };
}

int diff_settings_load(struct diff_settings *s, int argc, char **argv,
		       struct error *err)
{
	struct settings_command line = { .action = ACTION_RUN };
	struct settings_target to;
	size_t n = 0;
	int result;

	*s = (struct diff_settings){ .action = ACTION_RUN };
	to = settings_target_new(&settings_of_diff, s);
	s->origins = to.origins;
	result = settings_read_args(&to, argc, argv, &line, err);
	s->action = line.action;
	s->files = line.files;
	while (s->files && s->files[n])
		n++;
	if (result == 0 && s->action == ACTION_RUN && n > 2)
		return error_set(err, ERR_USAGE, NULL,
				 "expected GOLDEN and one REPORTS, got %zu "
				 "files",
				 n);
	return result;
}

void diff_settings_release(struct diff_settings *s)
{
	struct settings_target to = target(s);

	settings_target_release(&to);
	settings_files_free(s->files);
	*s = (struct diff_settings){ .action = ACTION_RUN };
}

void diff_settings_help(FILE *out)
{
	settings_table_help(&settings_of_diff, out);
}

void diff_settings_usage(FILE *out)
{
	fputs("Usage: callqa-diff [options] GOLDEN [REPORTS]\n"
	      "Compares reports of callqa with golden ones: does the quality "
	      "hold?\n"
	      "  callqa calls.ndjson | callqa-diff golden.ndjson\n"
	      "  callqa-diff --agreement labels.ndjson reports.ndjson\n"
	      "  callqa-diff golden.ndjson -     reads what you type\n"
	      "All options: callqa-diff --help.  The manual: man "
	      "callqa-diff.\n",
	      out);
}
