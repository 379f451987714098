/* When may the next request to the host leave? */
#include "net/throttle.h"

#include <math.h>

enum {
	RETRY_COSTS = 10,      /* tenths: a first request pays one of them */
	FIRST_RETRIES = 10,    /* that a run may make in any case */
	FAULTS_FOR_DOWN = 5,   /* replies in a row, at most */
	REPLIES_PER_STEP = 10, /* good ones, for one more in flight */
	PROBE_FIRST_MS = 1000,
	PROBE_MOST_MS = 60000,
	LONGEST_NAP_MS = 1000, /* of a probe that may be needed no more */
	SPREAD_MOST_MS = 1000
};

/* A gate's answer: 0 open, else ms to wait, or until something changes. */
enum { OPEN = 0, UNTIL_CHANGE = -1 };

void throttle_init(struct throttle *t, const struct throttle_options *options)
{
	*t = (struct throttle){ .options = *options,
				.not_before = INT64_MIN,
				.limit = options->jobs,
				.retries = FIRST_RETRIES * RETRY_COSTS,
				.probe_wait = PROBE_FIRST_MS };
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->change, NULL);
}

void throttle_release(struct throttle *t)
{
	pthread_cond_destroy(&t->change);
	pthread_mutex_destroy(&t->lock);
}

void throttle_hold(struct throttle *t, int64_t not_before)
{
	pthread_mutex_lock(&t->lock);
	if (t->not_before < not_before)
		t->not_before = not_before;
	pthread_mutex_unlock(&t->lock);
}

unsigned throttle_in_flight(struct throttle *t)
{
	unsigned in_flight;

	pthread_mutex_lock(&t->lock);
	in_flight = t->in_flight;
	pthread_mutex_unlock(&t->lock);
	return in_flight;
}

void throttle_stop(struct throttle *t)
{
	pthread_mutex_lock(&t->lock);
	t->stopped = true;
	pthread_cond_broadcast(&t->change);
	pthread_mutex_unlock(&t->lock);
}

/* ---- the gates; the caller holds the lock ---------------------------- */

static unsigned row_of(const struct pass *pass)
{
	return pass->requests < THROTTLE_REQUESTS ? pass->requests
						  : THROTTLE_REQUESTS - 1;
}

/* Is somebody waiting whose stage has sent fewer requests? */
static bool fewer_waiting(const struct throttle *t, const struct pass *pass)
{
	for (unsigned i = 0; i < row_of(pass); i++)
		if (t->waiting[i] > 0)
			return true;
	return false;
}

static void queue(struct throttle *t, struct pass *pass)
{
	if (!pass->queued)
		t->waiting[row_of(pass)]++;
	pass->queued = true;
}

/* It takes its turn, or wants none any more. */
static void unqueue(struct throttle *t, struct pass *pass)
{
	if (!pass->queued)
		return;
	pass->queued = false;
	t->waiting[row_of(pass)]--;
	pthread_cond_broadcast(&t->change);
}

/* One at a time, at the probes' pace; the pass keeps its turn once taken. */
static int64_t gate_one_by_one(struct throttle *t, struct pass *pass,
			       int64_t now)
{
	if (!pass->slow) {
		if (t->probing || fewer_waiting(t, pass)) {
			queue(t, pass);
			return UNTIL_CHANGE;
		}
		t->probing = true;
		pass->slow = true;
		unqueue(t, pass);
	}
	return now < t->probe_at ? t->probe_at - now : OPEN;
}

static int64_t gate_outage(struct throttle *t, struct pass *pass, int64_t now)
{
	pass->probe = t->down;
	return t->down ? gate_one_by_one(t, pass, now) : OPEN;
}

static int64_t gate_hold(struct throttle *t, struct pass *pass, int64_t now)
{
	(void)pass;
	return now < t->not_before ? t->not_before - now : OPEN;
}

/*
 * Each takes its own place in the row, so that all wake once; who was kept
 * by another gate meanwhile still leaves no sooner after the one before.
 */
static int64_t gate_rate(struct throttle *t, struct pass *pass, int64_t now)
{
	double earliest;

	if (t->options.per_second <= 0)
		return OPEN;
	if (!pass->has_slot) {
		pass->slot = t->next_slot > (double)now ? t->next_slot
							: (double)now;
		pass->has_slot = true;
		t->next_slot = pass->slot + 1000 / t->options.per_second;
	}
	earliest = pass->slot > t->next_left ? pass->slot : t->next_left;
	return earliest > (double)now ? (int64_t)ceil(earliest) - now : OPEN;
}

static int64_t gate_concurrency(struct throttle *t, struct pass *pass,
				int64_t now)
{
	(void)pass;
	(void)now;
	return t->in_flight >= (unsigned)t->limit ? UNTIL_CHANGE : OPEN;
}

static int64_t gate_retries(struct throttle *t, struct pass *pass, int64_t now)
{
	if (!pass->retry || t->retries >= RETRY_COSTS)
		return OPEN;
	return gate_one_by_one(t, pass, now);
}

/* In this order; a request leaves once it finds all of them open. */
static int64_t (*const gates[])(struct throttle *t, struct pass *pass,
				int64_t now) = {
	gate_outage, gate_hold, gate_rate, gate_concurrency, gate_retries,
};

static int64_t ask_gates(struct throttle *t, struct pass *pass, int64_t now)
{
	int64_t wait = OPEN;

	for (size_t i = 0; i < LENGTH(gates) && wait == OPEN; i++)
		wait = gates[i](t, pass, now);
	return wait;
}

/* ---- entering -------------------------------------------------------- */

static void count_slot(struct throttle *t, const struct pass *pass, int64_t now)
{
	double interval = 1000 / t->options.per_second;
	double left = (double)now - pass->slot < interval ? pass->slot
							  : (double)now;

	t->next_left = (left > t->next_left ? left : t->next_left) + interval;
}

static void take_off(struct throttle *t, struct pass *pass, int64_t now)
{
	if (pass->has_slot)
		count_slot(t, pass, now);
	t->in_flight++;
	pass->epoch = t->epoch;
	if (pass->retry && !pass->slow)
		t->retries -= RETRY_COSTS;
	if (pass->requests == 0 && !pass->probe)
		t->retries++; /* a stage's first */
}

/* A turn that was taken and is not used goes to the next. */
static void give_turn_back(struct throttle *t, struct pass *pass)
{
	if (!pass->slow)
		return;
	pass->slow = false;
	t->probing = false;
	pthread_cond_broadcast(&t->change);
}

/* Sleeps without the lock; true if the run was stopped meanwhile. */
static bool sleep_unlocked(struct throttle *t, const struct clock *clock,
			   int64_t now, int64_t wait)
{
	int64_t most = wait / 10 < SPREAD_MOST_MS ? wait / 10 : SPREAD_MOST_MS;
	bool held = now < t->not_before, stopped;

	pthread_mutex_unlock(&t->lock);
	if (held) /* not all workers in the same millisecond */
		wait += (int64_t)(clock->chance(clock->ctx) * (double)most);
	stopped = clock->sleep(clock->ctx, wait);
	pthread_mutex_lock(&t->lock);
	return stopped;
}

/* Milliseconds until the outage is too long. */
static int64_t patience(const struct throttle *t, int64_t now)
{
	return t->down ? t->down_since + t->options.max_outage_ms - now
		       : INT64_MAX;
}

/*
 * How long to sleep at a time: not beyond the outage's limit, and who has the
 * turn to probe looks up now and then, for others' replies may reopen the gate.
 */
static int64_t nap(const struct throttle *t, const struct pass *pass,
		   int64_t now, int64_t wait)
{
	if (wait > patience(t, now))
		wait = patience(t, now);
	return pass->slow && wait > LONGEST_NAP_MS ? LONGEST_NAP_MS : wait;
}

/* The caller holds the lock. */
static enum entry wait_for_gates(struct throttle *t, const struct clock *clock,
				 struct pass *pass)
{
	int64_t now, wait;

	for (;;) {
		now = clock->now(clock->ctx);
		if (t->stopped)
			return ENTRY_STOPPED;
		if (patience(t, now) <= 0)
			return ENTRY_OUTAGE;
		wait = ask_gates(t, pass, now);
		if (wait == OPEN) {
			take_off(t, pass, now);
			return ENTRY_GO;
		}
		if (wait == UNTIL_CHANGE)
			pthread_cond_wait(&t->change, &t->lock);
		else if (sleep_unlocked(t, clock, now, nap(t, pass, now, wait)))
			return ENTRY_STOPPED;
	}
}

enum entry throttle_enter(struct throttle *t, const struct clock *clock,
			  struct pass *pass)
{
	enum entry entry;

	pass->probe = pass->slow = pass->queued = pass->has_slot = false;
	pthread_mutex_lock(&t->lock);
	entry = wait_for_gates(t, clock, pass);
	unqueue(t, pass);
	if (entry != ENTRY_GO)
		give_turn_back(t, pass);
	pthread_mutex_unlock(&t->lock);
	return entry;
}

/* ---- leaving; the caller holds the lock ------------------------------ */

/* A 429: half as many; once for all that were in flight together. */
static void shrink(struct throttle *t, const struct pass *pass)
{
	if (pass->epoch != t->epoch)
		return;
	t->epoch++;
	t->good_replies = 0;
	t->limit = t->limit / 2 < 1 ? 1 : t->limit / 2;
}

static void grow(struct throttle *t)
{
	if (t->limit >= t->options.jobs)
		return;
	if (++t->good_replies % REPLIES_PER_STEP == 0)
		t->limit = t->limit + 1 < t->options.jobs ? t->limit + 1
							  : t->options.jobs;
}

/* The host answers: those that leave one by one go on at the first pace. */
static void note_life(struct throttle *t, int64_t now, bool slow)
{
	t->faults_in_row = 0;
	t->proven = false;
	t->reached = true;
	if (slow || t->down) {
		t->probe_wait = PROBE_FIRST_MS;
		t->probe_at = now + PROBE_FIRST_MS;
	}
	if (!t->down)
		return;
	t->down = false; /* again, but carefully */
	t->limit = 1;
	t->epoch++;
	t->good_replies = 0;
}

/* Are they that many, and does somebody lose by them? */
static bool are_grave(const struct throttle *t, bool last)
{
	unsigned attempts = t->options.attempts;
	unsigned enough = attempts < FAULTS_FOR_DOWN ? attempts
						     : FAULTS_FOR_DOWN;

	if (t->retries < RETRY_COSTS && t->faults_in_row >= FAULTS_FOR_DOWN)
		return true;
	return last && t->faults_in_row >= enough;
}

static void note_down(struct throttle *t, int64_t now, bool slow)
{
	t->down = true;
	t->down_since = now;
	if (!slow) {
		t->probe_at = now + PROBE_FIRST_MS;
		t->probe_wait = 2 * PROBE_FIRST_MS;
	}
}

static enum host note_fault(struct throttle *t, int64_t now,
			    const struct pass *pass, bool connected, bool last)
{
	if (t->faults_in_row++ == 0)
		t->witness = pass->call;
	t->proven = t->proven || !connected || t->witness != pass->call;
	t->reached = t->reached || connected;
	if (pass->slow) {
		t->probe_at = now + t->probe_wait;
		t->probe_wait = 2 * t->probe_wait < PROBE_MOST_MS
					? 2 * t->probe_wait
					: PROBE_MOST_MS;
	}
	if (!t->down && are_grave(t, last)) {
		if (!t->reached)
			return HOST_UNREACHABLE;
		if (t->proven && t->options.attempts > 1)
			note_down(t, now, pass->slow);
	}
	return t->down ? HOST_DOWN : HOST_UP;
}

enum host throttle_leave(struct throttle *t, const struct clock *clock,
			 const struct pass *pass, enum reply_kind kind,
			 bool last)
{
	int64_t now = clock->now(clock->ctx);
	enum host host;

	pthread_mutex_lock(&t->lock);
	host = t->down ? HOST_DOWN : HOST_UP;
	t->in_flight--;
	if (kind == REPLY_FAULT || kind == REPLY_UNREACHED) {
		host = note_fault(t, now, pass, kind == REPLY_FAULT, last);
	} else if (kind == REPLY_CROWDED) {
		shrink(t, pass);
		if (pass->slow) /* as good as not probed: not at once again */
			t->probe_at = now + PROBE_FIRST_MS;
	} else if (kind != REPLY_NONE) {
		note_life(t, now, pass->slow);
		host = HOST_UP;
		if (kind == REPLY_LIMITED)
			shrink(t, pass);
		else
			grow(t);
	}
	if (pass->slow)
		t->probing = false;
	pthread_cond_broadcast(&t->change);
	pthread_mutex_unlock(&t->lock);
	return host;
}
