/* callqa-diff: compares reports with golden ones, by call_id. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "run/diff.h"

/* Prints on stdout and checks the last write. */
static int print(void (*what)(FILE *out))
{
	what(stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	log_say(LOG_ERROR, "stdout: %s", strerror(errno));
	return EXIT_OUTPUT;
}

static void version(FILE *out)
{
	fputs("callqa-diff " CALLQA_VERSION "\n", out);
}

static int act(const struct diff_settings *s)
{
	if (s->action == ACTION_HELP)
		return print(diff_settings_help);
	if (s->action == ACTION_VERSION)
		return print(version);
	if (!s->files[0] || (!s->files[1] && isatty(STDIN_FILENO))) {
		diff_settings_usage(stderr);
		return EXIT_USAGE;
	}
	return diff_run(s);
}

int main(int argc, char **argv)
{
	const struct rlimit no_core = { 0, 0 };
	struct error err = ERROR_INIT;
	struct diff_settings s;
	int status;

	/* reports quote callers, which does not go into core files */
	setrlimit(RLIMIT_CORE, &no_core);
	log_setup("callqa-diff", LOG_WARNING, false);
	if (diff_settings_load(&s, argc, argv, &err) < 0) {
		log_say(LOG_ERROR, "%s", err.text);
		status = EXIT_USAGE;
	} else {
		status = act(&s);
	}
	diff_settings_release(&s);
	return status;
}
