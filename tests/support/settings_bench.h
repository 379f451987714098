/*
 * Settings loaded in a world of a test's own: a folder with the user's and
 * the system's file, an environment, a command line.
 */
#ifndef SUPPORT_SETTINGS_BENCH_H
#define SUPPORT_SETTINGS_BENCH_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "run/settings.h"

enum { BENCH_PATH = 256, BENCH_WORDS = 16 };

struct bench {
	char folder[BENCH_PATH / 4]; /* removed by bench_release() */
	char user[BENCH_PATH / 2], common[BENCH_PATH / 2];
	char home[BENCH_PATH / 2]; /* "HOME=..." */
	struct settings settings;
	struct error error;
};

/* cmocka's setup and teardown; *state is the bench. */
int bench_init(void **state);
int bench_release(void **state);

/* Writes a file (parents exist) of that mode; text NULL: removes it. */
void bench_write(const char *path, const char *text, mode_t mode);

/* Writes len bytes to folder/name and gives the path; static memory. */
const char *bench_file(struct bench *b, const char *name, const char *data,
		       size_t len, mode_t mode);

/*
 * Loads anew: environment ("NAME=value") and arguments (without argv[0]) are
 * NULL-ended, NULL for none.  0 or -1, settings and error in *b.
 */
int bench_load(struct bench *b, const char *const *environment,
	       const char *const *arguments);

/* What settings_show() prints; to be freed. */
char *bench_show(struct bench *b);

/* Asserts that show has the line "name: value  # origin" for that name. */
void bench_expect(struct bench *b, const char *line);

/* Text printed by fn; to be freed. */
char *bench_printed(void (*fn)(FILE *out));

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
