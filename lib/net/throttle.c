/* When may the next request to the host leave? */
#include "net/throttle.h"

#include "base/compiler.h"

/*
 * A gate says how many milliseconds to wait from `now`, 0 if it is open.
 * It is asked under the lock, and again after the wait: meanwhile it may have
 * been shut anew.
 */
typedef int64_t gate(struct throttle *t, int64_t now);

static int64_t gate_hold(struct throttle *t, int64_t now)
{
	return now < t->not_before ? t->not_before - now : 0;
}

/* In this order; a request leaves once it finds all of them open. */
static gate *const gates[] = { gate_hold };

/* What the first shut gate asks for, 0 if all are open. */
static int64_t ask_gates(struct throttle *t, int64_t now)
{
	int64_t wait = 0;

	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < LENGTH(gates) && wait == 0; i++)
		wait = gates[i](t, now);
	pthread_mutex_unlock(&t->lock);
	return wait;
}

void throttle_init(struct throttle *t)
{
	pthread_mutex_init(&t->lock, NULL);
	t->not_before = INT64_MIN;
}

void throttle_release(struct throttle *t)
{
	pthread_mutex_destroy(&t->lock);
}

void throttle_hold(struct throttle *t, int64_t not_before)
{
	pthread_mutex_lock(&t->lock);
	if (t->not_before < not_before)
		t->not_before = not_before;
	pthread_mutex_unlock(&t->lock);
}

bool throttle_wait(struct throttle *t, const struct clock *clock)
{
	int64_t wait, most;

	for (;;) {
		wait = ask_gates(t, clock->now(clock->ctx));
		if (wait == 0)
			return false;
		/* not all waiting workers in the same millisecond */
		most = wait / 10 < 1000 ? wait / 10 : 1000;
		wait += (int64_t)(clock->chance(clock->ctx) * (double)most);
		if (clock->sleep(clock->ctx, wait))
			return true;
	}
}
