/*
 * Lines out: in the order of the records, by one thread; one write each, save
 * into a pipe, which takes long lines in parts.
 *
 * It also bounds the run: output_reserve() lets a record in only while fewer
 * than `window` records are between reading and writing.
 */
#ifndef RUN_OUTPUT_H
#define RUN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/error.h"

struct output;

/*
 * Starts the writer on a descriptor (not closed before output_finish()).
 * A failing write stops `cancel` (borrowed) with ERR_OUTPUT; further lines
 * are counted and dropped.  So are those that a pipe's reader leaves unread
 * when `cancel` is abandoned.
 */
struct output *output_start(int fd, size_t window, bool ordered,
			    struct cancel *cancel, struct error *err) MUST_USE;

/* Waits for room; returns the record's number, from 0 without gaps. */
size_t output_reserve(struct output *out);

/*
 * Hands over the record's line, without its newline; *line is taken and left
 * empty.  Once for each number, from any thread, never blocks.
 */
void output_put(struct output *out, size_t number, struct buf *line);

/*
 * Waits until all reserved records have come and are written, closes the
 * descriptor, frees.  -1 with *err (ERR_OUTPUT) if any byte was not written;
 * *broken_pipe (may be NULL) tells whether the reader had gone (EPIPE).
 */
int output_finish(struct output *out, bool *broken_pipe,
		  struct error *err) MUST_USE;

#endif
