/*
 * --print-schema: a record's JSON Schema, or what is sent to a model.
 */
#ifndef RUN_PRINT_SCHEMA_H
#define RUN_PRINT_SCHEMA_H

#include "run/settings.h"

/* Prints the schema that the settings name on stdout; the exit status. */
int run_print_schema(const struct settings *settings);

#endif
