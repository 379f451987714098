/*
 * Where in a document we are, and how that place and its value are shown in a
 * fault.  Used by the schema engine alone.
 */
#ifndef DATA_SCHEMA_SPOT_H
#define DATA_SCHEMA_SPOT_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "data/schema.h"

/* One step down from `up`; the document itself has neither up nor name. */
struct spot {
	const struct spot *up;
	const char *name; /* member's name, or NULL: element .index */
	size_t index;
};

/* Initialises `out` with `client_data.sections[2]`; release it. */
void spot_path(const struct spot *at, struct buf *out);

/*
 * Initialises `out` with what a fault says it got: the short JSON text of a
 * scalar, or the name of the type of an object, an array and what is
 * private.  At most LIMIT_GOT_BYTES.  Release it.
 */
void spot_got(const json_t *value, bool private, struct buf *out);

/*
 * Initialises `out` with what the field expects: `integer greater than 0 or
 * null`.  Release it.
 */
void spot_expected(const struct field *f, const struct schema_context *context,
		   struct buf *out);

#endif
