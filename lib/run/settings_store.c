/* Flags of callqa-store that are no settings, and what it prints of itself. */
#include <stdio.h>

#include "run/settings_table.h"
#include "run/settings_value.h"

/* clang-format off: a row is read as a table's row */
const struct flag settings_store_flags[SETTINGS_STORE_FLAGS] = {
	{ "print-sql", 0, FLAG_ACTION, ACTION_PRINT_SQL,
	  .help = "print the SQL that makes the tables" },
	{ "show-config", 0, FLAG_ACTION, ACTION_SHOW_CONFIG,
	  .help = "print every setting and where it came from" },
	{ "config", 'c', FLAG_CONFIG, .unit = "FILE",
	  .help = "read FILE in the place of your own configuration; `none`: "
		  "read no file at all (also: CALLQA_CONFIG)" },
	{ NULL, 'v', FLAG_SHORT, .setting = "log-level", .value = "info",
	  .help = "short for --log-level info" },
	{ NULL, 'q', FLAG_SHORT, .setting = "log-level", .value = "error",
	  .help = "short for --log-level error" },
	{ "help", 'h', FLAG_ACTION, ACTION_HELP, .help = "print this text" },
	{ "version", 'V', FLAG_ACTION, ACTION_VERSION,
	  .help = "print the version" },
};
/* clang-format on */

void settings_help_store(FILE *out)
{
	settings_table_help(&settings_of_store, out);
}

void settings_usage_store(FILE *out)
{
	fputs("Usage: callqa-store [options] [REPORTS...]\n"
	      "Stores reports in Supabase: reports in, the same out with "
	      "`stored`.\n"
	      "  callqa-store --print-sql                the SQL that makes "
	      "the tables\n"
	      "  callqa-store reports.ndjson > stored.ndjson\n"
	      "  callqa-store -                          reads what you type\n"
	      "All options: callqa-store --help.  The manual: man "
	      "callqa-store.\n",
	      out);
}
