/*
 * What the files that write a report share; private to pipeline/report*.c.
 */
#ifndef PIPELINE_REPORT_PARTS_H
#define PIPELINE_REPORT_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "pipeline/call.h"
#include "pipeline/report.h"

/* Appends s as a JSON string, or null if it is NULL. */
void report_put_string(struct buf *b, const char *s);

/* Appends `,"name":`. */
void report_put_key(struct buf *b, const char *name);

/* Appends `,"name":"value"`, or null for NULL. */
void report_put_member(struct buf *b, const char *name, const char *value);

/* Appends `,"name":` and the value on one line. */
void report_put_tree(struct buf *b, const char *name, const json_t *value);

/*
 * The error's text; how a transport failed depends on which connection was
 * reused, so in a reproducible report the code's phrase stands for it.
 */
const char *report_error_text(const struct error *e, bool reproducible);

/* Appends `,"meta":{...}` of a call. */
void report_put_meta(struct buf *b, const struct call *call,
		     const struct report_options *options);

#endif
