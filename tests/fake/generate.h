/* Makes up an instance of a JSON Schema, the same one for the same seed. */
#ifndef FAKE_GENERATE_H
#define FAKE_GENERATE_H

#include <jansson.h>
#include <stdint.h>

/* Objects and arrays are not nested deeper than this, whatever is asked. */
#define GENERATE_DEPTH_MAX 32

/*
 * An instance of the schema (new reference). `call` is the hash of the call,
 * which decides what all its stages must agree on (has it violations, is it
 * to be looked into); `seed` decides everything else.
 *
 * Understood: type, enum, const, properties, required, items, minItems,
 * maxItems, uniqueItems, minLength, maxLength, minimum, maximum and their
 * exclusive forms, additionalProperties, propertyNames, minProperties,
 * maxProperties, anyOf, oneOf, allOf (its first row), $ref within the schema.
 * Without `required` all properties are made.
 */
json_t *generate(const json_t *schema, uint64_t call, uint64_t seed);

#endif
