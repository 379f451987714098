/*
 * The places that settings are read from; private to settings*.c.
 */
#ifndef RUN_SETTINGS_READ_H
#define RUN_SETTINGS_READ_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/error.h"
#include "run/settings.h"

/*
 * The command line.  *config is set to what --config gave (borrowed from
 * argv), else left alone.  Stops at --help and --version.
 */
int settings_read_args(struct settings *s, int argc, char **argv,
		       const char **config, struct error *err) MUST_USE;

/* The value of a variable; NULL if unset or empty.  Borrowed. */
const char *settings_variable(char *const *environment, const char *name);

/* The environment's settings; an unknown CALLQA_ name is an error. */
int settings_read_environment(struct settings *s, char *const *environment,
			      struct error *err) MUST_USE;

/*
 * The configuration files: config (a path, "none", or NULL for the user's
 * file) and the system's.  Only a file that was named must exist.
 */
int settings_read_files(struct settings *s, const char *config,
			const struct settings_world *world,
			struct error *err) MUST_USE;

/* One configuration file's text; `base` is where relative paths begin. */
struct config_file {
	const char *path;
	const char *base; /* directory, or NULL: the current one */
	const char *home; /* for "~/", or NULL */
	int rank;         /* enum rank */
};

/*
 * The settings of one file's text, each unless a stronger place gave it.  -1
 * with *err (ERR_CONFIG, "path:line:column").
 */
int settings_read_text(struct settings *s, const struct config_file *file,
		       const char *text, size_t len,
		       struct error *err) MUST_USE;

/* The keys: out of files, credentials, environment, in this order. */
int settings_read_keys(struct settings *s, char *const *environment,
		       struct error *err) MUST_USE;

/*
 * Reads a whole file of at most `size` bytes into memory of the caller, who
 * can wipe it: file_read()'s buffer leaves copies behind as it grows.  Takes
 * what is no regular file: /dev/fd/3 of a shell's <(...).  The number of bytes,
 * or -1 with errno: EFBIG if there is more, EISDIR for a directory.  *st is of
 * the opened file.
 */
ssize_t settings_slurp(const char *path, char *data, size_t size,
		       struct stat *st);

#endif
