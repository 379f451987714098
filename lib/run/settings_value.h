/*
 * The value of one setting: out of text, into struct settings, back to text;
 * and where it came from.  Private to settings*.c.
 */
#ifndef RUN_SETTINGS_VALUE_H
#define RUN_SETTINGS_VALUE_H

#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/xalloc.h"
#include "run/settings_table.h"

/* Longest text that describes a value: a range, what was expected. */
enum { LIMIT_SETTING_TEXT = 4096 };

/* Where a value can come from, weakest first. */
enum rank {
	RANK_DEFAULT,
	RANK_SYSTEM_FILE,
	RANK_USER_FILE,
	RANK_SEED_NAME,
	RANK_ENVIRONMENT,
	RANK_FLAG
};

/* Where a setting's value came from: "flag --jobs", "/x/eavesly.conf:3". */
struct origin {
	enum rank rank;
	char *text;
};

struct settings_origins {
	char **files; /* the configuration files that were read */
	size_t file_count;
	struct origin rows[]; /* one a row of the table */
};

/* A place that gives a value. */
struct source {
	enum rank rank;
	enum error_code code; /* of a value that does not fit */
	const char *where;    /* of the error; "" if name says it all */
	const char *name;     /* as the user wrote it: "--jobs" */
	const char *origin;   /* for --show-config */
};

/* A program's settings: what its table's rows are about. */
struct settings_target {
	const struct settings_table *table;
	void *values; /* the struct that the rows' offsets are in */
	struct settings_origins *origins;
};

/* Sets every row's default, and allocates the origins. */
struct settings_target settings_target_new(const struct settings_table *table,
					   void *values);

/* Frees what the values own, wipes secrets, frees the origins. */
void settings_target_release(struct settings_target *to);

/*
 * Reads the text and stores it unless a stronger place gave a value already;
 * the text is checked in any case.  A list is added to what an equally strong
 * place gave.  -1 with *err "name: expected ..., got ...".
 */
int settings_target_put(const struct settings_target *to,
			const struct setting *row, const char *text,
			const struct source *from, struct error *err) MUST_USE;

/* The same for callqa's settings. */
int setting_put(struct settings *s, const struct setting *row, const char *text,
		const struct source *from, struct error *err) MUST_USE;

/* Where the row's value came from. */
struct origin *setting_origin(const struct settings *s,
			      const struct setting *row);

/* callqa's settings as a target. */
struct settings_target settings_target(struct settings *s);

/* A program's --help, made from its table. */
void settings_table_help(const struct settings_table *t, FILE *out);

/* The member of *s that the row is about; its type is row->holds. */
void *setting_member(struct settings *s, const struct setting *row);
const void *setting_member_peek(const struct settings *s,
				const struct setting *row);

/* Does the text fit the row?  -1 with *err; nothing is stored. */
int setting_test(const struct setting *row, const char *text,
		 struct error *err) MUST_USE;

/*
 * Appends the value that s holds as YAML, a path as an absolute one; false if
 * it is unset.
 */
bool setting_write(struct buf *b, const struct settings *s,
		   const struct setting *row);

/* Appends what values the row takes: "1..1024", "json_object|json_schema". */
void setting_range(struct buf *b, const struct setting *row);

/* Appends text in double quotes, escaped, cut to LIMIT_GOT_BYTES. */
void setting_quote(struct buf *b, const char *text);

/* Is the text, a value of that row, a path and not a word? */
bool setting_is_path(const struct setting *row, const char *text);

/* Wipes and frees a secret; it is unset then. */
void secret_release(struct secret *secret);

#endif
