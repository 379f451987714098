/*
 * Records out of files: NDJSON, an array, or a stream of values as jq prints
 * them, decided per file; a bad record costs only itself.
 */
#ifndef RUN_INPUT_H
#define RUN_INPUT_H

#include <jansson.h>
#include <stddef.h>

#include "base/cancel.h"
#include "base/error.h"
#include "data/scan.h"

struct input_record {
	/* "calls.ndjson:812"; "batch.json:1[3]" for an array's element */
	char source[256];
	json_t *value;      /* owned; NULL: see error */
	struct error error; /* INVALID_JSON or TOO_LARGE; where is source */
};

/* Drops the value. */
void input_record_release(struct input_record *r);

struct input;

/*
 * Reads the files in turn (NULL-ended; "-" and an empty list: stdin, named
 * "stdin").  All are looked at before the first is read, and opened when their
 * turn comes, as there may be thousands.  NULL with *err (ERR_USAGE: missing,
 * a directory, unreadable).  When `cancel` is stopped, input_next() ends.
 * Borrowed: files, cancel.
 */
struct input *input_new(char *const *files, const struct json_limits *limits,
			struct cancel *cancel, struct error *err) MUST_USE;
void input_free(struct input *in);

enum input_result {
	INPUT_RECORD,  /* *record is filled; it may hold an error */
	INPUT_END,     /* all files were read */
	INPUT_STOPPED, /* the run was stopped before that */
	INPUT_BROKEN   /* read error: *err; after it nothing more is read */
};

/*
 * The next record; blocks until there is one.  *record is overwritten, not
 * released, and filled only with INPUT_RECORD.
 */
enum input_result input_next(struct input *in, struct input_record *record,
			     struct error *err) MUST_USE;

/*
 * How much of the files was read into records, 0 to 1, by their bytes; -1 if
 * one of them is no regular file, or all are empty.  From any thread.
 */
double input_fraction(struct input *in);

#endif
