/* callqa-diff: compares reports with golden ones, by call_id. */
#include <stdio.h>
#include <unistd.h>

#include "run/diff.h"
#include "run/process.h"

static int act(const struct diff_settings *s)
{
	if (s->action == ACTION_HELP) {
		diff_settings_help(stdout);
		return process_printed();
	}
	if (s->action == ACTION_VERSION) {
		puts("callqa-diff " CALLQA_VERSION);
		return process_printed();
	}
	if (!s->files[0] || (!s->files[1] && isatty(STDIN_FILENO))) {
		diff_settings_usage(stderr);
		return EXIT_USAGE;
	}
	return diff_run(s);
}

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct diff_settings s;
	int status;

	process_begin("callqa-diff");
	if (diff_settings_load(&s, argc, argv, &err) < 0)
		status = process_refuse(&err);
	else
		status = act(&s);
	diff_settings_release(&s);
	return process_end(status);
}
