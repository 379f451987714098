/* callqa: scores sales-call transcripts with a language model. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "run/check.h"
#include "run/forget.h"
#include "run/print_schema.h"
#include "run/prompt_side.h"
#include "run/run.h"
#include "run/settings.h"

/* Prints on stdout and checks the last write. */
static int print(void (*what)(const struct settings *s), struct settings *s)
{
	what(s);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	log_say(LOG_ERROR, "stdout: %s", strerror(errno));
	return EXIT_OUTPUT;
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

/*
 * A closed standard descriptor would be given to the next file or socket:
 * /dev/null takes its place, opened so that its use fails.
 */
static void fill_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", modes[fd]);
}

/*
 * glibc gives threads up to eight arenas a core, and each keeps what its calls
 * once needed; four serve the workers as well.
 */
static void limit_arenas(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 4);
#endif
}

int main(int argc, char **argv)
{
	const struct rlimit no_core = { 0, 0 };
	struct error err = ERROR_INIT;
	struct settings s;
	int status;

	fill_descriptors();
	limit_arenas();
	/* keys and transcripts do not go into core files */
	setrlimit(RLIMIT_CORE, &no_core);
	log_setup("callqa", LOG_WARNING, false);
	if (settings_load(&s, argc, argv, NULL, &err) < 0) {
		log_say(LOG_ERROR, "%s%s%s", err.where, *err.where ? ": " : "",
			err.text);
		settings_release(&s);
		return error_status(err.code);
	}
	log_setup("callqa", (enum log_level)s.log_level,
		  s.log_format == LOG_FORMAT_JSON);
	status = act(&s);
	settings_release(&s);
	if (status > 128) { /* die as the signal would have it */
		signal(status - 128, SIG_DFL);
		raise(status - 128);
	}
	return status;
}
