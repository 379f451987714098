/* callqa-store: reports in, rows into the table, the reports out again. */
#ifndef RUN_STORE_RUN_H
#define RUN_STORE_RUN_H

#include <stdio.h>

#include "run/settings.h"

/* Runs to the end; returns the exit status, 128 + N for a signal. */
int run_store(const struct settings *settings);

/* Prints the SQL that makes the tables. */
void run_print_sql(const struct settings *settings, FILE *out);

#endif
