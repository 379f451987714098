/* What every program does at its very beginning and at its end. */
#ifndef RUN_PROCESS_H
#define RUN_PROCESS_H

#include "base/error.h"

/*
 * Descriptors 0 to 2 are there, memory stays bounded, no core file holds keys
 * or transcripts, and messages begin with the program's name.
 */
void process_begin(const char *program);

/* Tells why the settings cannot be used; returns the exit status. */
int process_refuse(const struct error *err);

/*
 * Flushes what was printed on stdout; returns the exit status, EXIT_OUTPUT
 * (and says so) if that failed.
 */
int process_printed(void);

/* The status to return from main(); dies here if it is that of a signal. */
int process_end(int status);

#endif
