/* Timed waits for conditions, by the clock that nobody sets. */
#include "base/deadline.h"

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

void deadline_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

struct timespec deadline_at(int64_t ms)
{
	return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
				  .tv_nsec = (long)(ms % 1000) * NS_PER_MS };
}

struct timespec deadline_in(int64_t ms)
{
	struct timespec end, more = deadline_at(ms > 0 ? ms : 0);

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += more.tv_sec;
	end.tv_nsec += more.tv_nsec;
	if (end.tv_nsec >= NS_PER_S) {
		end.tv_sec++;
		end.tv_nsec -= NS_PER_S;
	}
	return end;
}
