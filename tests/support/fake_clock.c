/* Time that passes only when somebody sleeps or the test says so. */
#include "support/fake_clock.h"

static int64_t fake_now(void *ctx)
{
	struct fake_clock *c = ctx;
	int64_t now;

	pthread_mutex_lock(&c->lock);
	now = c->now;
	pthread_mutex_unlock(&c->lock);
	return now;
}

static int64_t fake_wall(void *ctx)
{
	struct fake_clock *c = ctx;
	int64_t wall;

	pthread_mutex_lock(&c->lock);
	wall = c->wall;
	pthread_mutex_unlock(&c->lock);
	return wall;
}

static bool fake_sleep(void *ctx, int64_t ms)
{
	static const struct error why = { .code = ERR_OUTPUT,
					  .text = "the test says so" };
	struct fake_clock *c = ctx;
	bool stopped;

	pthread_mutex_lock(&c->lock);
	stopped = c->stop_at >= 0 && c->sleep_count >= (size_t)c->stop_at;
	if (c->sleep_count < FAKE_SLEEPS)
		c->sleeps[c->sleep_count] = ms;
	c->sleep_count++;
	pthread_mutex_unlock(&c->lock);
	if (!stopped)
		fake_clock_pass(c, ms);
	else if (c->cancel)
		cancel_stop(c->cancel, &why);
	return stopped;
}

static double fake_chance(void *ctx)
{
	return ((struct fake_clock *)ctx)->chance;
}

void fake_clock_init(struct fake_clock *c)
{
	*c = (struct fake_clock){
		.chance = 0.5, .stop_at = -1, .now = 1000000, .wall = FAKE_WALL
	};
	c->clock = (struct clock){ .now = fake_now,
				   .wall = fake_wall,
				   .sleep = fake_sleep,
				   .chance = fake_chance,
				   .ctx = c };
	pthread_mutex_init(&c->lock, NULL);
}

void fake_clock_release(struct fake_clock *c)
{
	pthread_mutex_destroy(&c->lock);
}

void fake_clock_pass(struct fake_clock *c, int64_t ms)
{
	pthread_mutex_lock(&c->lock);
	c->now += ms;
	c->wall += ms;
	pthread_mutex_unlock(&c->lock);
}
