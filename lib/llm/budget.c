/* What a run may spend: reserved before, settled after. */
#include "llm/budget.h"

enum { BYTES_PER_TOKEN = 3 };
/* Sums of many small amounts: what is less than this is no money. */
static const double DUST = 1e-9;

void budget_init(struct budget *b, const struct budget_options *options)
{
	*b = (struct budget){ .options = *options };
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->change, NULL);
}

void budget_release(struct budget *b)
{
	pthread_cond_destroy(&b->change);
	pthread_mutex_destroy(&b->lock);
}

static double price_of(const struct budget *b, double tokens_in,
		       double tokens_out)
{
	return tokens_in * b->options.price_in +
	       tokens_out * b->options.price_out;
}

/* The caller holds the lock. */
static enum budget_answer wait_for_room(struct budget *b, double amount)
{
	const struct budget_options *o = &b->options;

	for (;;) {
		if (b->stopped)
			return BUDGET_STOPPED;
		if (o->max_requests && b->requests >= o->max_requests)
			return BUDGET_NO_REQUESTS;
		if (o->max_cost <= 0 ||
		    b->spent + b->reserved + amount <= o->max_cost + DUST)
			return BUDGET_GO;
		/* would it fit if all the others cost nothing? */
		if (b->reserved <= DUST ||
		    b->spent + amount > o->max_cost + DUST)
			return BUDGET_NO_MONEY;
		pthread_cond_wait(&b->change, &b->lock);
	}
}

enum budget_answer budget_reserve(struct budget *b, size_t bytes,
				  long max_tokens, double *amount)
{
	double tokens_in = (double)((bytes + BYTES_PER_TOKEN - 1) /
				    BYTES_PER_TOKEN);
	enum budget_answer answer;

	*amount = price_of(b, tokens_in, (double)max_tokens);
	pthread_mutex_lock(&b->lock);
	answer = wait_for_room(b, *amount);
	if (answer == BUDGET_GO) {
		b->reserved += *amount;
		b->requests++;
	}
	pthread_mutex_unlock(&b->lock);
	return answer;
}

static double cost_of(const struct budget *b, double amount,
		      const struct usage *reply, bool possibly_billed)
{
	if (reply->cost_known)
		return reply->cost;
	if (reply->tokens_in > 0 || reply->tokens_out > 0)
		return price_of(b, (double)reply->tokens_in,
				(double)reply->tokens_out);
	return possibly_billed ? amount : 0;
}

bool budget_settle(struct budget *b, double amount, const struct usage *reply,
		   bool possibly_billed)
{
	double cost = cost_of(b, amount, reply, possibly_billed);
	bool within;

	pthread_mutex_lock(&b->lock);
	b->reserved -= amount;
	b->spent += cost;
	within = b->options.max_cost <= 0 ||
		 b->spent <= b->options.max_cost + DUST;
	pthread_cond_broadcast(&b->change);
	pthread_mutex_unlock(&b->lock);
	return within;
}

double budget_spent(struct budget *b)
{
	double spent;

	pthread_mutex_lock(&b->lock);
	spent = b->spent;
	pthread_mutex_unlock(&b->lock);
	return spent;
}

void budget_stop(struct budget *b)
{
	pthread_mutex_lock(&b->lock);
	b->stopped = true;
	pthread_cond_broadcast(&b->change);
	pthread_mutex_unlock(&b->lock);
}
