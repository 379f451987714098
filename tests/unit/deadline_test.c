/* deadline: when a timed wait ends, and that it goes by the right clock. */
#include "base/deadline.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"

static int64_t ns_of(struct timespec t)
{
	assert_in_range(t.tv_nsec, 0, 999999999);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ns_of(t);
}

static void a_moment_of_the_clock(void **state)
{
	struct clock clock = clock_system(NULL);
	int64_t now = clock.now(clock.ctx);

	(void)state;
	assert_true(ns_of(deadline_at(0)) == 0);
	assert_true(ns_of(deadline_at(1999)) == 1999000000);
	assert_true(ns_of(deadline_at(now)) <= now_ns());
	assert_true(ns_of(deadline_at(now + 3600000)) > now_ns());
}

/* Whatever the fraction of the second is now, some of these carry. */
static void a_while_from_now(void **state)
{
	(void)state;
	for (int64_t ms = 0; ms < 3000; ms += 7) {
		int64_t before = now_ns(), end = ns_of(deadline_in(ms));

		assert_true(end >= before + ms * 1000000);
		assert_true(end <= now_ns() + ms * 1000000);
	}
	assert_true(ns_of(deadline_in(-5)) <= now_ns());
	assert_true(ns_of(deadline_in(INT64_MIN)) <= now_ns());
}

/* The wall clock is decades ahead of the other: by it this would not wait. */
static void waits_until_then(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct timespec end;
	pthread_cond_t cond;
	int rc = 0;

	(void)state;
	deadline_cond_init(&cond);
	pthread_mutex_lock(&lock);
	end = deadline_in(15);
	while (rc == 0)
		rc = pthread_cond_timedwait(&cond, &lock, &end);
	assert_int_equal(rc, ETIMEDOUT);
	assert_true(now_ns() >= ns_of(end));
	pthread_mutex_unlock(&lock);
	pthread_cond_destroy(&cond);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_of_the_clock),
		cmocka_unit_test(a_while_from_now),
		cmocka_unit_test(waits_until_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
