/*
 * Time, waiting and chance, behind one seam: a test puts its own in.
 *
 * All values are milliseconds.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct cancel;

struct clock {
	/* Monotonic time, for deadlines and latencies. */
	int64_t (*now)(void *ctx);
	/* Time since 1970-01-01 UTC, for what people read. */
	int64_t (*wall)(void *ctx);
	/* Waits; true if the run was stopped meanwhile. */
	bool (*sleep)(void *ctx, int64_t ms);
	/* Uniform in [0, 1). */
	double (*chance)(void *ctx);
	void *ctx;
};

/* The real clock; its sleep ends when `cancel` (borrowed) is stopped. */
struct clock clock_system(struct cancel *cancel);

/* Longest text of clock_format() with its NUL. */
#define TIMESTAMP_SIZE 32

/* RFC 3339, UTC, milliseconds: "2026-01-15T10:30:00.000Z". */
void clock_format(int64_t wall_ms, char text[TIMESTAMP_SIZE]);

/*
 * Reads a date and time as pydantic 2 does in its lax mode: RFC 3339 with `T`,
 * `t`, `_` or a space, seconds and fraction optional (cut to milliseconds),
 * offset `Z`, `+hh:mm`, `+hhmm` or none (UTC), a date alone (midnight), or a
 * number of seconds since 1970, of milliseconds if beyond +-2e10.
 * False if it is no such thing or outside the years 1 to 9999.
 */
bool clock_parse(const char *text, size_t len, int64_t *wall_ms);

/* The same for a number. */
bool clock_from_number(double value, int64_t *wall_ms);

#endif
