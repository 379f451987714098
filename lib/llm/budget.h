/*
 * What a run may spend: reserved before a request leaves, settled when its
 * reply is there.
 *
 * A reservation is the most that the request can cost by its own size and
 * max_tokens: input bytes / 3 as tokens at the input price, max_tokens at the
 * output price.  As long as no reply is dearer than that, the sum of what is
 * spent and reserved never passes the limit.
 */
#ifndef LLM_BUDGET_H
#define LLM_BUDGET_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "pipeline/engine.h"

struct budget_options {
	double max_cost; /* USD; 0: none */
	double price_in; /* USD a token */
	double price_out;
	int64_t max_requests; /* 0: none */
};

struct budget {
	/* set before start, read-only */
	struct budget_options options;
	/* guarded by lock */
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool stopped;
	double spent, reserved; /* USD */
	int64_t sent, on_way;   /* requests: settled, not yet */
};

enum budget_answer {
	BUDGET_GO,
	BUDGET_STOPPED,     /* the run was stopped meanwhile */
	BUDGET_NO_MONEY,    /* max_cost does not allow it any more */
	BUDGET_NO_REQUESTS, /* max_requests were sent */
};

/* Nothing spent yet. */
void budget_init(struct budget *b, const struct budget_options *options);
/* Nobody may be waiting. */
void budget_release(struct budget *b);

/*
 * Reserves for a request of so many bytes and at most so many tokens of
 * answer; *amount is the reservation.  Waits while it does not fit beside
 * the reservations of others, but may once they are settled; also if their
 * number is the last that max_requests allows.  After BUDGET_GO,
 * budget_settle() must follow.
 */
enum budget_answer budget_reserve(struct budget *b, size_t bytes,
				  long max_tokens, double *amount) MUST_USE;

/* What became of a request. */
enum billing {
	BILLING_UNSENT, /* it never had a connection: it does not count */
	BILLING_NONE,   /* a fault of which nobody is billed */
	BILLING_MAYBE   /* answered, or lost after all was sent */
};

/*
 * The reply is there, or lost.  Cost is what the reply tells; else tokens at
 * their prices; else, if it may have been billed, all that was reserved.
 * Returns false if the limit is passed: the reply was dearer than reserved.
 */
bool budget_settle(struct budget *b, double amount, const struct usage *reply,
		   enum billing billing) MUST_USE;

/* What has been spent, in USD. */
double budget_spent(struct budget *b);

/* Wakes all who wait: BUDGET_STOPPED.  From any thread. */
void budget_stop(struct budget *b);

#endif
