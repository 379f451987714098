/* One flag that ends a run: the first reason, sleepers, the descriptor. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cancel.h"
#include "base/clock.h"

static const struct error first = { .code = ERR_OUTPUT, .text = "disk full" };
static const struct error second = { .code = ERR_UPSTREAM_AUTH, .text = "key" };

/* Longer than any test may take: a sleeper that wakes was woken. */
enum { FOREVER_MS = 600000, SLEEPERS = 8 };

static void count_call(void *ctx)
{
	(*(int *)ctx)++;
}

static bool readable(const struct cancel *c)
{
	struct pollfd p = { .fd = cancel_fd(c), .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

static void the_first_reason_counts(void **state)
{
	struct error why = { .code = ERR_INPUT, .text = "untouched" };
	struct cancel c;
	int calls = 0;

	(void)state;
	assert_int_equal(cancel_init(&c, NULL), 0);
	c.notify = count_call;
	c.notify_ctx = &calls;
	assert_false(cancel_stopped(&c));
	assert_false(cancel_why(&c, &why));
	assert_string_equal(why.text, "untouched");
	assert_false(readable(&c));
	cancel_stop(&c, &first);
	cancel_stop(&c, &second);
	assert_true(cancel_stopped(&c));
	assert_true(cancel_why(&c, &why));
	assert_int_equal(why.code, ERR_OUTPUT);
	assert_string_equal(why.text, "disk full");
	assert_true(readable(&c));
	assert_int_equal(calls, 1);
	cancel_release(&c);
}

static void given_up_once(void **state)
{
	struct cancel c;
	int calls = 0;

	(void)state;
	assert_int_equal(cancel_init(&c, NULL), 0);
	c.abandon = count_call;
	c.notify_ctx = &calls;
	cancel_stop(&c, &first);
	assert_false(cancel_abandoned(&c));
	cancel_abandon(&c);
	cancel_abandon(&c);
	assert_true(cancel_abandoned(&c));
	assert_int_equal(calls, 1);
	cancel_release(&c);
}

/* A signal may come when what it would have drained is gone. */
static void nobody_is_called_once_detached(void **state)
{
	struct cancel c;
	int calls = 0;

	(void)state;
	assert_int_equal(cancel_init(&c, NULL), 0);
	c.notify = c.abandon = count_call;
	c.notify_ctx = &calls;
	cancel_detach(&c);
	cancel_stop(&c, &first);
	cancel_abandon(&c);
	assert_true(cancel_stopped(&c));
	assert_true(cancel_abandoned(&c));
	assert_int_equal(calls, 0);
	cancel_release(&c);
}

static void a_sleep_ends_by_itself(void **state)
{
	struct cancel c;
	struct clock clock = clock_system(&c);
	int64_t start = clock.now(clock.ctx);

	(void)state;
	assert_int_equal(cancel_init(&c, NULL), 0);
	assert_false(cancel_sleep(&c, 0));
	assert_false(cancel_sleep(&c, 15));
	assert_true(clock.now(clock.ctx) - start >= 14);
	cancel_stop(&c, &first);
	assert_true(cancel_sleep(&c, 0));
	assert_true(cancel_sleep(&c, FOREVER_MS));
	cancel_release(&c);
}

struct sleeper {
	struct cancel *cancel;
	pthread_barrier_t *ready;
	bool stopped;
};

static void *sleep_long(void *ctx)
{
	struct sleeper *s = ctx;

	pthread_barrier_wait(s->ready);
	s->stopped = cancel_sleep(s->cancel, FOREVER_MS);
	return NULL;
}

/* Whether they sleep already or are about to. */
static void a_stop_wakes_all_sleepers(void **state)
{
	struct sleeper sleepers[SLEEPERS];
	pthread_t threads[SLEEPERS];
	pthread_barrier_t ready;
	struct cancel c;

	(void)state;
	assert_int_equal(cancel_init(&c, NULL), 0);
	pthread_barrier_init(&ready, NULL, SLEEPERS + 1);
	for (int i = 0; i < SLEEPERS; i++) {
		sleepers[i] = (struct sleeper){ &c, &ready, false };
		assert_int_equal(pthread_create(&threads[i], NULL, sleep_long,
						&sleepers[i]),
				 0);
	}
	pthread_barrier_wait(&ready);
	cancel_stop(&c, &first);
	for (int i = 0; i < SLEEPERS; i++) {
		pthread_join(threads[i], NULL);
		assert_true(sleepers[i].stopped);
	}
	pthread_barrier_destroy(&ready);
	cancel_release(&c);
}

struct stopper {
	struct cancel *cancel;
	pthread_barrier_t *ready;
	struct error why;
};

static void *stop_it(void *ctx)
{
	struct stopper *s = ctx;

	pthread_barrier_wait(s->ready);
	cancel_stop(s->cancel, &s->why);
	/* whoever asks after a stop hears one whole reason */
	if (!cancel_why(s->cancel, &s->why))
		s->why.code = ERR_INTERNAL;
	return NULL;
}

static void one_of_many_is_the_first(void **state)
{
	struct stopper stoppers[SLEEPERS];
	pthread_t threads[SLEEPERS];
	pthread_barrier_t ready;
	struct cancel c;
	int calls = 0;

	(void)state;
	assert_int_equal(cancel_init(&c, NULL), 0);
	c.notify = count_call;
	c.notify_ctx = &calls;
	pthread_barrier_init(&ready, NULL, SLEEPERS);
	for (int i = 0; i < SLEEPERS; i++) {
		stoppers[i] = (struct stopper){ &c, &ready,
						i % 2 ? first : second };
		assert_int_equal(pthread_create(&threads[i], NULL, stop_it,
						&stoppers[i]),
				 0);
	}
	for (int i = 0; i < SLEEPERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(calls, 1);
	for (int i = 0; i < SLEEPERS; i++) {
		assert_int_equal(stoppers[i].why.code, stoppers[0].why.code);
		assert_string_equal(stoppers[i].why.text,
				    stoppers[i].why.code == ERR_OUTPUT
					    ? first.text
					    : second.text);
	}
	pthread_barrier_destroy(&ready);
	cancel_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_reason_counts),
		cmocka_unit_test(given_up_once),
		cmocka_unit_test(nobody_is_called_once_detached),
		cmocka_unit_test(a_sleep_ends_by_itself),
		cmocka_unit_test(a_stop_wakes_all_sleepers),
		cmocka_unit_test(one_of_many_is_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
