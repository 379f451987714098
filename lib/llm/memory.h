/*
 * What was answered before: in a recording, in a state, or by another worker
 * just now.
 *
 * A question is entered, looked up, if need be asked and kept, and left; who
 * enters one that another worker has entered waits, and then finds its answer:
 * it is paid once.
 */
#ifndef LLM_MEMORY_H
#define LLM_MEMORY_H

#include <pthread.h>
#include <stdint.h>

#include "llm/question.h"
#include "llm/recording.h"
#include "llm/state.h"

struct memory {
	/* set before start, read-only; both borrowed */
	struct recording *recording; /* or NULL */
	struct state *state;         /* or NULL */
	/* guarded by lock */
	pthread_mutex_t lock;
	pthread_cond_t left;
	json_t *entered; /* keys of the questions that somebody has entered */
};

/* Either may be NULL. */
void memory_init(struct memory *m, struct recording *recording,
		 struct state *state);
void memory_release(struct memory *m);

/* Is there any? */
static inline bool memory_exists(const struct memory *m)
{
	return m->recording || m->state;
}

/* The question is the caller's alone until it leaves. */
void memory_enter(struct memory *m, const struct question_id *id);
void memory_leave(struct memory *m, const struct question_id *id);

enum memory_place { FOUND_NOWHERE, FOUND_RECORDING, FOUND_STATE };

/*
 * Looks in the recording, which people edit and which is believed first, then
 * in the state.  FOUND_NOWHERE: *outcome is untouched, but for `stop` if the
 * state cannot be read, so that the run has to end.  *due: when what was found
 * is durable.
 */
enum memory_place memory_find(struct memory *m, const struct question_id *id,
			      struct outcome *outcome, uint64_t *due) MUST_USE;

/* What was found there does not fit: it will be replaced. */
void memory_reject(struct memory *m, const struct question_id *id,
		   enum memory_place place);

/*
 * Keeps an answer that fits, of where it was found or of FOUND_NOWHERE: in the
 * recording if it is not there, in the state if it was asked now.  When it is
 * durable.
 */
uint64_t memory_keep(struct memory *m, const struct question_id *id,
		     const struct outcome *outcome,
		     enum memory_place place) MUST_USE;

#endif
