/* What the fake remembers: counters, one log line per request, the bodies. */
#ifndef FAKE_LOG_H
#define FAKE_LOG_H

#include <jansson.h>

struct exchange;
struct log;

/*
 * Counts from zero; appends lines to `file` and puts bodies into the directory
 * `bodies` (either may be NULL). Ends the process if it cannot.
 */
struct log *log_new(const char *file, const char *bodies);

/* Counts an accepted connection and returns its number, from 1. */
unsigned log_connection(struct log *log);

/* Counts a TLS handshake that failed. */
void log_bad_handshake(struct log *log);

/*
 * A request has arrived: counts it, keeps its body and fills the exchange's
 * n and in_flight.
 */
void log_begin(struct log *log, struct exchange *exchange);

/* It is no longer in flight; its status and fault are counted. */
void log_leave(struct log *log, const struct exchange *exchange);

/* It has ended: writes its line. */
void log_end(struct log *log, const struct exchange *exchange);

/* The counters as JSON: new reference. */
json_t *log_stats(struct log *log);

/* Sets all counters to zero, except what is in flight and the numbers n. */
void log_reset(struct log *log);

/* NULL is fine. */
void log_free(struct log *log);

#endif
