/* callqa-store: stores reports of callqa in Supabase, and echoes them. */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "run/process.h"
#include "run/settings.h"
#include "run/store_run.h"

static int act(struct settings *s)
{
	switch (s->action) {
	case ACTION_HELP:
		settings_help_store(stdout);
		return process_printed();
	case ACTION_VERSION:
		puts("callqa-store " CALLQA_VERSION);
		return process_printed();
	case ACTION_SHOW_CONFIG:
		settings_show(s, stdout);
		return process_printed();
	case ACTION_PRINT_SQL:
		run_print_sql(s, stdout);
		return process_printed();
	default:
		break;
	}
	if (!s->files[0] && isatty(STDIN_FILENO)) {
		settings_usage_store(stderr);
		return EXIT_USAGE;
	}
	return run_store(s);
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct settings s;
	int status;

	process_begin("callqa-store");
	if (settings_load_store(&s, argc, argv, NULL, &err) < 0) {
		settings_release(&s);
		return process_refuse(&err);
	}
	log_setup("callqa-store", (enum log_level)s.log_level,
		  s.log_format == LOG_FORMAT_JSON);
	status = act(&s);
	settings_release(&s);
	return process_end(status);
}
