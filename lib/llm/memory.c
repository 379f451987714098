/* What was answered before, wherever it was kept. */
#include "llm/memory.h"

void memory_init(struct memory *m, struct recording *recording,
		 struct state *state)
{
	*m = (struct memory){ .recording = recording, .state = state };
	m->entered = json_object();
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->left, NULL);
}

void memory_release(struct memory *m)
{
	pthread_cond_destroy(&m->left);
	pthread_mutex_destroy(&m->lock);
	json_decref(m->entered);
}

void memory_enter(struct memory *m, const struct question_id *id)
{
	pthread_mutex_lock(&m->lock);
	while (json_object_get(m->entered, id->key))
		pthread_cond_wait(&m->left, &m->lock);
	json_object_set_new(m->entered, id->key, json_true());
	pthread_mutex_unlock(&m->lock);
}

void memory_leave(struct memory *m, const struct question_id *id)
{
	pthread_mutex_lock(&m->lock);
	json_object_del(m->entered, id->key);
	pthread_cond_broadcast(&m->left);
	pthread_mutex_unlock(&m->lock);
}

/* Nothing is asked for what may have been paid for. */
static void stop(struct outcome *outcome, const struct error *why)
{
	outcome->stop = *why;
	error_set(&outcome->error, ERR_STOPPED, NULL,
		  "the state could not be read");
}

enum memory_place memory_find(struct memory *m, const struct question_id *id,
			      struct outcome *outcome, uint64_t *due)
{
	struct error err = ERROR_INIT;

	if (m->recording && recording_find(m->recording, id, outcome))
		return FOUND_RECORDING;
	if (m->state && state_find(m->state, id, outcome, due, &err) < 0)
		stop(outcome, &err);
	return outcome->answer ? FOUND_STATE : FOUND_NOWHERE;
}

void memory_reject(struct memory *m, const struct question_id *id,
		   enum memory_place place)
{
	if (place == FOUND_RECORDING)
		recording_reject(m->recording, id);
}

uint64_t memory_keep(struct memory *m, const struct question_id *id,
		     const struct outcome *outcome, enum memory_place place)
{
	if (m->recording && place != FOUND_RECORDING)
		recording_add(m->recording, id, outcome);
	if (m->state && place == FOUND_NOWHERE)
		return state_put(m->state, id, outcome);
	return 0;
}
