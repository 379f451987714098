/*
 * Limits that are written as text: `20/s`, `2.50`, `50`, `10%`; and the rule
 * by which a run that cannot work ends before it is paid for.
 */
#ifndef RUN_LIMITS_H
#define RUN_LIMITS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* "N/s" or "N/m", N > 0, to requests a second; false if it is neither. */
bool limits_read_rate(const char *text, double *per_second);

/* US dollars, > 0, at most 1e6; false if it is no such number. */
bool limits_read_dollars(const char *text, double *dollars);

struct failure_rule {
	bool set;      /* else: none of the first 20 */
	bool percent;  /* of the records sent, once there are 20 */
	double number; /* more than this many, or this percentage */
};

/* "N" or "P%"; false if it is neither. */
bool limits_read_failures(const char *text, struct failure_rule *rule);

/* Counts records that were sent, and which of them came out ok. */
struct failures {
	/* set before start, read-only */
	struct failure_rule rule;
	/* guarded by lock */
	pthread_mutex_t lock;
	size_t sent, ok;
};

/* Nothing sent yet; rule as limits_read_failures() filled it. */
void failures_init(struct failures *f, const struct failure_rule *rule);
/* Nobody counts any more. */
void failures_release(struct failures *f);

/* One more was sent.  -1 with *why (ERR_FAILURES) if that is one too many. */
int failures_count(struct failures *f, bool ok, struct error *why) MUST_USE;

#endif
