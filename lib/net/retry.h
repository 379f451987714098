/*
 * Again, and when: decisions without clock, sleep or socket.
 */
#ifndef NET_RETRY_H
#define NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct retry_policy {
	unsigned attempts;    /* requests in all, the first included */
	int64_t base_ms;      /* 500 */
	int64_t cap_ms;       /* 10,000 */
	int64_t floor_429_ms; /* 1,000: least wait after a 429 without a hint */
	int64_t hint_max_ms;  /* 120,000: longer hints are not waited for */
};

extern const struct retry_policy retry_default_policy;

/* What the last attempt told. */
struct retry_outcome {
	bool retryable;
	bool rate_limited;
	int64_t hint_ms; /* what the server asks to wait; -1: nothing */
};

struct retry_decision {
	bool again;
	int64_t wait_ms; /* 0 if it need not wait */
};

/*
 * After attempt number `attempt` (from 1) failed: again, and after which wait?
 * Without a hint uniform(0, min(cap, base * 2^attempt)) with `chance` in
 * [0, 1): full jitter ("Exponential Backoff And Jitter", AWS Architecture
 * Blog, 2015).  A hint is obeyed, and so is the floor after a 429, with up to
 * a tenth of it, one second at most, on top, so that the waiting do not return
 * all at once.  A hint of 0 invites at once: own jitter, no floor.
 */
struct retry_decision retry_decide(const struct retry_policy *policy,
				   unsigned attempt,
				   const struct retry_outcome *outcome,
				   double chance);

/*
 * A server's hint in milliseconds, -1 for none or nonsense: `retry_after_ms`
 * (milliseconds), else `retry_after` (seconds, also 0.5, or an HTTP date
 * against `date`, the reply's own, or else wall_ms; 0 if that is over).
 * Strings may be "", not NULL.
 */
int64_t retry_hint(const char *retry_after_ms, const char *retry_after,
		   const char *date, int64_t wall_ms);

#endif
