/*
 * The places that settings are read from; private to settings*.c.
 */
#ifndef RUN_SETTINGS_READ_H
#define RUN_SETTINGS_READ_H

#include <stddef.h>

#include "base/error.h"
#include "run/settings.h"
#include "run/settings_value.h"

/* What a command line says beside settings. */
struct settings_command {
	enum action action;
	char *argument;     /* of the action, NULL for none; owned */
	char **files;       /* the operands, NULL-ended; owned */
	const char *config; /* of --config; borrowed from argv */
};

/*
 * A program's command line: its settings into *to, the rest into *line, which
 * is empty before and holds memory of the caller's after, also on failure.
 * Stops at --help and --version.
 */
int settings_read_args(const struct settings_target *to, int argc, char **argv,
		       struct settings_command *line,
		       struct error *err) MUST_USE;

/* Frees a NULL-ended list of strings; NULL is fine. */
void settings_files_free(char **files);

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

/*
 * The keys that are needed: out of files, credentials, environment, in this
 * order.  -1 with *err at the first that cannot be used; with --check and
 * --show-config its `fault` is set instead.
 */
int settings_read_keys(struct settings *s, char *const *environment,
		       bool (*needed)(const struct settings *s,
				      const struct setting *row),
		       struct error *err) MUST_USE;

#endif
