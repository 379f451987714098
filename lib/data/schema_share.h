/*
 * A JSON Schema said shorter: what occurs more than once stands in $defs.
 * Used by the schema engine alone.
 */
#ifndef DATA_SCHEMA_SHARE_H
#define DATA_SCHEMA_SHARE_H

#include <jansson.h>

/*
 * Moves repeated subschemas to `$defs`, named `a`, `b` and so on, each time
 * the one that saves most bytes of compact JSON, until none saves any.
 */
void schema_share(json_t *root);

#endif
