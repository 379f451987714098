/* signals: the first drains, one of the same blow is none, later ones end. */
#include "run/signals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/log.h"

enum { PATIENCE_MS = 20000, TICK_MS = 5 };

struct bench {
	struct signals signals;
	struct cancel cancel;
	struct signals_run run;
	atomic_int shown;
};

static void pause_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static unsigned in_flight(void *ctx)
{
	(void)ctx;
	return 2;
}

static void show(void *ctx)
{
	struct bench *b = ctx;

	atomic_fetch_add(&b->shown, 1);
}

static void begin(struct bench *b, int64_t grace_ms)
{
	memset(b, 0, sizeof(*b));
	log_setup("signals_test", LOG_ERROR, false);
	if (cancel_init(&b->cancel, NULL) < 0 ||
	    signals_start(&b->signals, NULL) < 0)
		abort();
	b->run = (struct signals_run){ .cancel = &b->cancel,
				       .grace_ms = grace_ms,
				       .in_flight = in_flight,
				       .show = show,
				       .ctx = b };
	signals_attach(&b->signals, &b->run);
}

static int end(struct bench *b)
{
	int caught = signals_stop(&b->signals);

	cancel_release(&b->cancel);
	return caught;
}

/* Waits for what a thread is about to do. */
#define EVENTUALLY(condition)                      \
	do {                                       \
		int left = PATIENCE_MS / TICK_MS;  \
                                                   \
		while (!(condition) && left-- > 0) \
			pause_ms(TICK_MS);         \
		assert_true(condition);            \
	} while (0)

static void the_first_drains(void **state)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	static const char *const words[] = { "stopped by SIGINT",
					     "stopped by SIGTERM",
					     "stopped by SIGHUP" };

	(void)state;
	for (size_t i = 0; i < LENGTH(numbers); i++) {
		struct error why = ERROR_INIT;
		struct bench b;

		begin(&b, 60000);
		assert_int_equal(signals_caught(&b.signals), 0);
		kill(getpid(), numbers[i]);
		EVENTUALLY(cancel_why(&b.cancel, &why));
		assert_int_equal(why.code, ERR_STOPPED);
		assert_string_equal(why.text, words[i]);
		assert_false(cancel_abandoned(&b.cancel));
		assert_int_equal(end(&b), numbers[i]);
	}
}

/* Some send two in one millisecond, and mean one. */
static void only_a_later_one_abandons(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 60000);
	kill(getpid(), SIGTERM);
	EVENTUALLY(cancel_stopped(&b.cancel));
	kill(getpid(), SIGINT);
	pause_ms(100);
	assert_false(cancel_abandoned(&b.cancel));
	pause_ms(1000);
	kill(getpid(), SIGINT);
	EVENTUALLY(cancel_abandoned(&b.cancel));
	assert_int_equal(end(&b), SIGTERM);
}

static void the_grace_period_ends(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 0);
	kill(getpid(), SIGTERM);
	EVENTUALLY(cancel_abandoned(&b.cancel));
	assert_int_equal(end(&b), SIGTERM);
}

static void usr1_is_answered(void **state)
{
	struct bench b;

	(void)state;
	signal(SIGUSR1, SIG_DFL); /* the one before has left it ignored */
	begin(&b, 0);
	kill(getpid(), SIGUSR1);
	EVENTUALLY(atomic_load(&b.shown) == 1);
	assert_false(cancel_stopped(&b.cancel));
	assert_int_equal(end(&b), 0);
}

/* What became of a child that did this. */
static int child_status(void (*what)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		what();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void die_before_there_is_a_run(void)
{
	struct signals s;

	if (signals_start(&s, NULL) < 0)
		_exit(1);
	kill(getpid(), SIGTERM);
	pause_ms(PATIENCE_MS);
}

static void die_of_the_third(void)
{
	struct bench b;

	begin(&b, 60000);
	for (int i = 0; i < 3; i++) {
		kill(getpid(), i ? SIGTERM : SIGINT);
		pause_ms(1100);
	}
	pause_ms(PATIENCE_MS);
}

/* The grace period is over; files that are written then are not lost. */
static void outlive_a_late_second(void)
{
	struct bench b;

	begin(&b, 0);
	kill(getpid(), SIGTERM);
	while (!cancel_abandoned(&b.cancel))
		pause_ms(TICK_MS);
	pause_ms(1100);
	kill(getpid(), SIGTERM);
	/* the next one is answered when that one was looked at */
	while (atomic_load(&b.shown) == 0) {
		kill(getpid(), SIGUSR1);
		pause_ms(TICK_MS);
	}
	_exit(end(&b) == SIGTERM ? 0 : 1);
}

/* Who asks how far it is does not give it more time. */
static void end_while_it_is_asked(void)
{
	struct bench b;

	begin(&b, 0);
	kill(getpid(), SIGTERM);
	for (int left = PATIENCE_MS / 50; left > 0; left--) {
		kill(getpid(), SIGUSR1);
		pause_ms(50);
		if (cancel_abandoned(&b.cancel))
			_exit(end(&b) == SIGTERM ? 0 : 1);
	}
	_exit(2);
}

static void keep_what_is_ignored(void)
{
	struct bench b;

	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	begin(&b, 0);
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGINT); /* after them */
	while (!cancel_stopped(&b.cancel))
		pause_ms(TICK_MS);
	_exit(atomic_load(&b.shown) == 0 && end(&b) == SIGINT ? 0 : 1);
}

static void outlive_a_late_usr1(void)
{
	struct bench b;

	begin(&b, 0);
	end(&b);
	kill(getpid(), SIGUSR1);
	_exit(0);
}

static void die_after_the_run(void)
{
	struct bench b;

	begin(&b, 0);
	end(&b);
	kill(getpid(), SIGTERM);
	pause_ms(PATIENCE_MS);
}

static void children(void **state)
{
	static const struct {
		void (*what)(void);
		int dies_of;
	} rows[] = { { die_before_there_is_a_run, SIGTERM },
		     { die_of_the_third, SIGINT },
		     { outlive_a_late_second, 0 },
		     { end_while_it_is_asked, 0 },
		     { keep_what_is_ignored, 0 },
		     { outlive_a_late_usr1, 0 },
		     { die_after_the_run, SIGTERM } };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int status = child_status(rows[i].what);

		if (rows[i].dies_of)
			assert_true(WIFSIGNALED(status) &&
				    WTERMSIG(status) == rows[i].dies_of);
		else
			assert_true(WIFEXITED(status) &&
				    WEXITSTATUS(status) == 0);
	}
}

/* Who started us may have blocked a signal for a reason. */
static void the_mask_is_restored(void **state)
{
	sigset_t before, after;
	struct bench b;

	(void)state;
	sigemptyset(&before);
	sigaddset(&before, SIGHUP);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	begin(&b, 0);
	kill(getpid(), SIGHUP);
	assert_int_equal(end(&b), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int n = 1; n < 32; n++)
		assert_int_equal(sigismember(&after, n),
				 sigismember(&before, n));
	signal(SIGHUP, SIG_IGN); /* the one that waits is forgotten */
	signal(SIGHUP, SIG_DFL);
	sigemptyset(&before);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children),
		cmocka_unit_test(the_first_drains),
		cmocka_unit_test(only_a_later_one_abandons),
		cmocka_unit_test(the_grace_period_ends),
		cmocka_unit_test(usr1_is_answered),
		cmocka_unit_test(the_mask_is_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
