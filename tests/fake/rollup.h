/* Makes a generated summary agree with the generated items beside it. */
#ifndef FAKE_ROLLUP_H
#define FAKE_ROLLUP_H

#include <jansson.h>

/*
 * If the object has a `summary` of lists and, beside it, an array of items
 * with a name (or skill) and a status (or rating), fills each list of the
 * summary that stands for a status with the names that have it, within the
 * list's maxItems (`properties` are those of the summary's schema). Any other
 * object is left alone.
 */
void rollup(json_t *object, const json_t *properties);

#endif
