/*
 * Where in a document we are, and how that place and its value are shown in a
 * fault.  Used by the schema engine alone.
 */
#ifndef DATA_SCHEMA_PLACE_H
#define DATA_SCHEMA_PLACE_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "data/schema.h"

/* One step down from `up`; the document itself has neither up nor name. */
struct place {
	const struct place *up;
	const char *name; /* member's name, or NULL: element .index */
	size_t index;
};

/* Initialises `out` with `client_data.sections[2]`; release it. */
void place_path(const struct place *at, struct buf *out);

/*
 * Initialises `out` with what a fault says it got: the short JSON text of a
 * scalar, or the name of the type of an object, an array and what is
 * private.  At most LIMIT_GOT_BYTES.  Release it.
 */
void place_got(const json_t *value, bool private, struct buf *out);

/*
 * Initialises `out` with what the field expects: `integer greater than 0 or
 * null`.  Release it.
 */
void place_expected(const struct field *f, const struct schema_context *context,
		    struct buf *out);

#endif
