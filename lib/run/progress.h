/*
 * How far the run is: one line that is refreshed on a terminal, one a minute
 * elsewhere, or one when somebody asks.
 */
#ifndef RUN_PROGRESS_H
#define RUN_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

/* What is known at one moment. */
struct progress_view {
	size_t read;         /* records that came in */
	size_t by_status[4]; /* by enum call_status: those that are over */
	unsigned in_flight;  /* requests */
	double cost;         /* USD */
	bool cost_known;
	double fraction;   /* of the input that was read, 0..1; < 0: unknown */
	double per_second; /* records that end; < 0: unknown */
	int64_t left_ms;   /* until the end; < 0: unknown */
};

/*
 * Appends the line, without its newline.  width: columns there are, 0 for any
 * number; what matters least is left out if they are too few.
 */
void progress_format(const struct progress_view *v, size_t width,
		     struct buf *out);

/* The last moments: from them come the rate and the time that is left. */
enum { METER_MOMENTS = 32 };

struct meter {
	struct moment {
		int64_t at; /* ms */
		size_t over;
		double done; /* share of the whole input; < 0: unknown */
	} moments[METER_MOMENTS];
	size_t first, count;
};

/* Notes the moment, and fills in per_second and left_ms. */
void meter_note(struct meter *m, int64_t at, struct progress_view *v);

enum progress_mode {
	PROGRESS_SILENT, /* only progress_show() */
	PROGRESS_LINE,   /* a line that is refreshed; stderr is a terminal */
	PROGRESS_LOG     /* a line a minute */
};

struct progress {
	/* set before start, read-only */
	enum progress_mode mode;
	struct clock clock;
	void (*look)(void *ctx, struct progress_view *v);
	void *ctx;
	pthread_t thread;
	/* guarded by lock */
	pthread_mutex_t lock;
	pthread_cond_t wake; /* ending */
	struct meter meter;
	bool ending;
};

/*
 * Begins to show.  look() fills in what it knows, save rate and time; ctx is
 * borrowed.  -1 with *err when there is no thread.
 */
int progress_start(struct progress *p, enum progress_mode mode,
		   void (*look)(void *ctx, struct progress_view *v), void *ctx,
		   struct error *err) MUST_USE;

/* Tells once, on a line of its own; from any thread until progress_stop(). */
void progress_show(struct progress *p);

/* Takes the line away and ends. */
void progress_stop(struct progress *p);

#endif
