/* callqa: scores sales-call transcripts with a language model. */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "run/check.h"
#include "run/forget.h"
#include "run/print_schema.h"
#include "run/process.h"
#include "run/prompt_side.h"
#include "run/run.h"
#include "run/settings.h"

static int print(void (*what)(const struct settings *s), struct settings *s)
{
	what(s);
	return process_printed();
}

static void help(const struct settings *s)
{
	(void)s;
	settings_help(stdout);
}

static void version(const struct settings *s)
{
	(void)s;
	puts("callqa " CALLQA_VERSION);
}

static void show(const struct settings *s)
{
	settings_show(s, stdout);
}

static int act(struct settings *s)
{
	if (s->action == ACTION_HELP)
		return print(help, s);
	if (s->action == ACTION_VERSION)
		return print(version, s);
	if (s->action == ACTION_SHOW_CONFIG)
		return print(show, s);
	if (s->action == ACTION_PRINT_SCHEMA)
		return run_print_schema(s);
	if (s->action == ACTION_CHECK)
		return check_services(s);
	if (s->action == ACTION_PULL_PROMPTS)
		return pull_prompts(s);
	if (s->action == ACTION_FORGET)
		return run_forget(s);
	if (!s->files[0] && isatty(STDIN_FILENO)) {
		settings_usage(stderr);
		return EXIT_USAGE;
	}
	return run(s);
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct settings s;
	int status;

	process_begin("callqa");
	if (settings_load(&s, argc, argv, NULL, &err) < 0) {
		settings_release(&s);
		return process_refuse(&err);
	}
	log_setup("callqa", (enum log_level)s.log_level,
		  s.log_format == LOG_FORMAT_JSON);
	status = act(&s);
	settings_release(&s);
	return process_end(status);
}
