/* What every program does at its very beginning and at its end. */
#include "run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"

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
 * once needed; two serve the workers as well.  And it takes what was large and
 * is free for a sign that large blocks are wanted often, and keeps them too:
 * not if a size is named, here its own first one.
 */
static void limit_heap(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

void process_begin(const char *program)
{
	const struct rlimit no_core = { 0, 0 };

	fill_descriptors();
	limit_heap();
	/* keys and transcripts do not go into core files */
	setrlimit(RLIMIT_CORE, &no_core);
	log_setup(program, LOG_WARNING, false);
}

int process_refuse(const struct error *err)
{
	log_say(LOG_ERROR, "%s%s%s", err->where, *err->where ? ": " : "",
		err->text);
	return error_status(err->code);
}

int process_printed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	log_say(LOG_ERROR, "stdout: %s", strerror(errno));
	return EXIT_OUTPUT;
}

int process_end(int status)
{
	if (status > 128) { /* die as the signal would have it */
		signal(status - 128, SIG_DFL);
		raise(status - 128);
	}
	return status;
}
