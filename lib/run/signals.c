/* The thread that waits for signals, and what each of them does. */
#include "run/signals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/compiler.h"
#include "base/log.h"

enum {
	AGAIN_MS = 1000, /* sooner, it is the same blow: some send two */
	SLICE_MS = 250,
	LATE_MS = 500 /* beyond the grace period; then nobody is waited for */
};

static const struct {
	int number;
	const char *name;
} enders[] = { { SIGINT, "SIGINT" },
	       { SIGTERM, "SIGTERM" },
	       { SIGHUP, "SIGHUP" } };

static const char *name_of(int number)
{
	for (size_t i = 0; i < LENGTH(enders); i++)
		if (enders[i].number == number)
			return enders[i].name;
	return "a signal";
}

/* ---- the thread ------------------------------------------------------ */

/* The process ends, as the signal would have it. */
static void die(const struct signals *s, int number)
{
	signal(number, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
	raise(number);
}

/* Tells one who watches; the next signal does not wait for that. */
static void announce(int number, unsigned in_flight, int64_t grace_ms)
{
	bool one = in_flight == 1;
	char text[160];

	if (in_flight == 0 || !log_wanted(LOG_WARNING))
		return;
	snprintf(text, sizeof(text),
		 "%s: stopping; %u request%s in flight may take %lld s, "
		 "a second signal abandons %s",
		 name_of(number), in_flight, one ? "" : "s",
		 (long long)grace_ms / 1000, one ? "it" : "them");
	log_show(LOG_WARNING, "message", text);
}

/* The caller of these four holds the lock: the run stays what it is. */
static void begin_end(struct signals *s, int number)
{
	const struct signals_run *run = s->run;
	unsigned in_flight = run->in_flight ? run->in_flight(run->ctx) : 0;
	struct error why = ERROR_INIT;

	atomic_store(&s->caught, number);
	error_set(&why, ERR_STOPPED, NULL, "stopped by %s", name_of(number));
	cancel_stop(run->cancel, &why);
	announce(number, in_flight, run->grace_ms);
}

/* Neither for an answer, nor for a reader of stderr or stdout. */
static void abandon(const struct signals *s)
{
	cancel_abandon(s->run->cancel);
	log_hurry();
}

static void on_ender(struct signals *s, int number)
{
	int64_t now = s->clock.now(s->clock.ctx);

	if (!s->run) {
		die(s, number);
		return;
	}
	if (atomic_load(&s->caught) && now - s->counted_at < AGAIN_MS)
		return;
	s->counted_at = now;
	if (!atomic_load(&s->caught)) {
		s->looked_at = now;
		begin_end(s, number);
	} else if (!s->again) {
		/* the end of the grace period may have been before it */
		s->again = true;
		abandon(s);
	} else {
		die(s, atomic_load(&s->caught));
	}
}

/*
 * The drain has its time, whoever does not keep to it.  Between two looks no
 * more than a slice counts: time in which we were stopped ourselves is none.
 */
static void count_drain(struct signals *s)
{
	int64_t now = s->clock.now(s->clock.ctx), ms = now - s->looked_at;

	if (!atomic_load(&s->caught))
		return;
	s->looked_at = now;
	s->drained_ms += ms < SLICE_MS ? ms : SLICE_MS;
	if (s->run && s->drained_ms >= s->run->grace_ms + LATE_MS)
		abandon(s);
}

/* The next signal, or 0 after a slice of time while the run drains. */
static int next_signal(struct signals *s)
{
	const struct timespec slice = { .tv_nsec = SLICE_MS * 1000000L };
	int number;

	do {
		if (atomic_load(&s->caught))
			number = sigtimedwait(&s->waited_for, NULL, &slice);
		else
			number = sigwaitinfo(&s->waited_for, NULL);
	} while (number < 0 && errno == EINTR);
	return number < 0 ? 0 : number;
}

static void *wait_for_signals(void *signals)
{
	struct signals *s = signals;
	int number;

	for (;;) {
		number = next_signal(s);
		/* SIGUSR1 also wakes the thread to its own end */
		if (atomic_load(&s->ending))
			return NULL;
		pthread_mutex_lock(&s->lock);
		count_drain(s);
		if (number == SIGUSR1 && s->show_wanted && s->run &&
		    s->run->show)
			s->run->show(s->run->ctx);
		else if (number != 0 && number != SIGUSR1)
			on_ender(s, number);
		pthread_mutex_unlock(&s->lock);
	}
}

/* ---- everybody else's ------------------------------------------------ */

/* Is it neither ignored nor blocked?  nohup(1) and shells rely on it. */
static bool is_open(const struct signals *s, int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 &&
	       action.sa_handler != SIG_IGN && !sigismember(&s->before, number);
}

static void choose(struct signals *s)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	pthread_sigmask(SIG_SETMASK, NULL, &s->before);
	sigemptyset(&s->waited_for);
	for (size_t i = 0; i < LENGTH(enders); i++)
		if (is_open(s, enders[i].number))
			sigaddset(&s->waited_for, enders[i].number);
	s->show_wanted = is_open(s, SIGUSR1);
	sigaddset(&s->waited_for, SIGUSR1);
	/* blocked before it may kill; ignored it would wake nobody */
	pthread_sigmask(SIG_BLOCK, &s->waited_for, NULL);
	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
}

int signals_start(struct signals *s, struct error *err)
{
	int rc;

	memset(s, 0, sizeof(*s));
	s->clock = clock_system(NULL);
	atomic_init(&s->caught, 0);
	atomic_init(&s->ending, false);
	pthread_mutex_init(&s->lock, NULL);
	choose(s);
	rc = pthread_create(&s->thread, NULL, wait_for_signals, s);
	if (rc == 0)
		return 0;
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
	pthread_mutex_destroy(&s->lock);
	return error_set(err, ERR_TEMPORARY, NULL,
			 "no thread can be started: %s", strerror(rc));
}

void signals_attach(struct signals *s, const struct signals_run *run)
{
	pthread_mutex_lock(&s->lock);
	s->run = run;
	pthread_mutex_unlock(&s->lock);
}

int signals_caught(struct signals *s)
{
	return atomic_load(&s->caught);
}

int signals_stop(struct signals *s)
{
	atomic_store(&s->ending, true);
	pthread_kill(s->thread, SIGUSR1);
	pthread_join(s->thread, NULL);
	signal(SIGUSR1, SIG_IGN); /* one that waits must not kill */
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
	pthread_mutex_destroy(&s->lock);
	return signals_caught(s);
}
