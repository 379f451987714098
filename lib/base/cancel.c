/* One flag that ends a run: sleepers wake, readers see a readable fd. */
#include "base/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"

int cancel_init(struct cancel *c, struct error *err)
{
	memset(c, 0, sizeof(*c));
	if (pipe(c->pipe) < 0)
		return error_set(err, ERR_INTERNAL, NULL, "pipe: %s",
				 strerror(errno));
	for (int i = 0; i < 2; i++) {
		fcntl(c->pipe[i], F_SETFD, FD_CLOEXEC);
		fcntl(c->pipe[i], F_SETFL, O_NONBLOCK);
	}
	atomic_init(&c->stopped, false);
	atomic_init(&c->abandoned, false);
	pthread_mutex_init(&c->calling, NULL);
	pthread_mutex_init(&c->lock, NULL);
	deadline_cond_init(&c->wake);
	return 0;
}

void cancel_release(struct cancel *c)
{
	close(c->pipe[0]);
	close(c->pipe[1]);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->calling);
}

void cancel_detach(struct cancel *c)
{
	pthread_mutex_lock(&c->calling);
	c->notify = c->abandon = NULL;
	pthread_mutex_unlock(&c->calling);
}

/* The first who stops; the others find it done, or being done. */
static bool take_reason(struct cancel *c, const struct error *why)
{
	bool first;

	pthread_mutex_lock(&c->lock);
	first = !c->stopping;
	c->stopping = true;
	if (first)
		c->why = *why;
	pthread_mutex_unlock(&c->lock);
	return first;
}

void cancel_stop(struct cancel *c, const struct error *why)
{
	if (!take_reason(c, why))
		return;
	/* before anybody ends and makes room for one more to begin */
	pthread_mutex_lock(&c->calling);
	if (c->notify)
		c->notify(c->notify_ctx);
	pthread_mutex_unlock(&c->calling);
	pthread_mutex_lock(&c->lock);
	atomic_store_explicit(&c->stopped, true, memory_order_release);
	/* A full pipe is readable already: nothing to do about it. */
	while (write(c->pipe[1], "x", 1) < 0 && errno == EINTR)
		;
	pthread_cond_broadcast(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

void cancel_abandon(struct cancel *c)
{
	if (atomic_exchange(&c->abandoned, true))
		return;
	pthread_mutex_lock(&c->calling);
	if (c->abandon)
		c->abandon(c->notify_ctx);
	pthread_mutex_unlock(&c->calling);
}

bool cancel_why(struct cancel *c, struct error *why)
{
	bool stopped = cancel_stopped(c);

	if (stopped) {
		pthread_mutex_lock(&c->lock);
		*why = c->why;
		pthread_mutex_unlock(&c->lock);
	}
	return stopped;
}

bool cancel_sleep(struct cancel *c, int64_t ms)
{
	struct timespec end = deadline_in(ms);
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	while (!cancel_stopped(c) && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&c->wake, &c->lock, &end);
	pthread_mutex_unlock(&c->lock);
	return cancel_stopped(c);
}

int cancel_fd(const struct cancel *c)
{
	return c->pipe[0];
}
