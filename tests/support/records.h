/* Lines of output as tests look at them. */
#ifndef SUPPORT_RECORDS_H
#define SUPPORT_RECORDS_H

#include <jansson.h>
#include <stddef.h>

#include "base/compiler.h"
#include "data/schema.h"

/*
 * Asserts that the bytes are one line (without its newline) of valid JSON
 * that fits the model; returns its value.  New.
 */
json_t *record_read(const char *line, size_t len,
		    const struct model *model) MUST_USE;

/* What stands at "meta.stages.compliance"; NULL for nothing.  Borrowed. */
const json_t *record_at(const json_t *value, const char *path);

/* Asserts that this is sample_json(text). */
void record_expect(const json_t *value, const char *path, const char *text);

#endif
