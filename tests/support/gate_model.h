/*
 * The gates' rules once more, in a few lines and without waiting: told of
 * every request that leaves and of every reply, it says what breaks a rule.
 */
#ifndef SUPPORT_GATE_MODEL_H
#define SUPPORT_GATE_MODEL_H

#include "net/throttle.h"

struct gate_model {
	double limit, tokens;
	unsigned jobs, attempts, in_flight, slow_out, epoch, good;
	unsigned faults_in_row;
	uint64_t first_call; /* of the row */
	bool two_calls, never_connected;
	unsigned firsts, free_retries; /* sent in all */
	bool down, ever_connected;
	int64_t not_before, probe_at, probe_wait, down_since;
	const char *broken; /* the first rule that was broken, or NULL */
};

void gate_model_init(struct gate_model *m, const struct throttle_options *o);

/* The pass has just been let through at that time. */
void gate_model_go(struct gate_model *m, const struct pass *pass, int64_t now);

/* It has just left again; `host` is what throttle_leave() returned. */
void gate_model_reply(struct gate_model *m, const struct pass *pass,
		      enum reply_kind kind, bool last, int64_t now,
		      enum host host);

#endif
