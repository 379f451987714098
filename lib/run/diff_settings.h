/* The settings of callqa-diff; from its command line only. */
#ifndef RUN_DIFF_SETTINGS_H
#define RUN_DIFF_SETTINGS_H

#include "base/error.h"
#include "run/settings.h"

enum diff_format {
	DIFF_FORMAT_TEXT,
	DIFF_FORMAT_JSON,
	DIFF_FORMAT_JUNIT,
	DIFF_FORMAT_GITHUB,
	DIFF_FORMAT_MARKDOWN
};

struct diff_settings {
	enum action action; /* RUN, HELP, VERSION */
	char **files;       /* GOLDEN and maybe REPORTS, NULL-ended */

	/* what is compared; texts as compare/rules.h reads them, or NULL */
	char *fields, *ignore, *tolerance;
	bool free_names;
	double flip_rate;

	/* what the gate asks for */
	char *min_agree, *min_kappa, *max_score_delta;
	long allow_missing;

	/* what is printed */
	bool agreement;
	int bootstrap;
	long seed;
	int format; /* enum diff_format */
	long show;  /* 0: all */

	/* private */
	struct settings_origins *origins;
};

extern const struct settings_table settings_of_diff;

/*
 * Reads the command line; as settings_load().  No environment and no file
 * changes what a gate asks for: the command that CI shows is all of it.
 */
int diff_settings_load(struct diff_settings *s, int argc, char **argv,
		       struct error *err) MUST_USE;
void diff_settings_release(struct diff_settings *s);

/* --help, and the lines shown when there is no operand. */
void diff_settings_help(FILE *out);
void diff_settings_usage(FILE *out);

#endif
