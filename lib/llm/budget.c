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

/* ---- the caller holds the lock --------------------------------------- */

/* Is there money, whatever those on their way cost? */
static bool has_money(const struct budget *b, double amount)
{
	return b->options.max_cost <= 0 ||
	       b->spent + b->reserved + amount <= b->options.max_cost + DUST;
}

/* Is one more allowed, also if all on their way come to count? */
static bool has_number(const struct budget *b)
{
	return b->options.max_requests == 0 ||
	       b->sent + b->on_way < b->options.max_requests;
}

static enum budget_answer wait_for_room(struct budget *b, double amount)
{
	const struct budget_options *o = &b->options;

	for (;;) {
		if (b->stopped)
			return BUDGET_STOPPED;
		if (has_money(b, amount) && has_number(b))
			return BUDGET_GO;
		/* would it do if none of those on their way counted? */
		if (o->max_requests && b->sent >= o->max_requests)
			return BUDGET_NO_REQUESTS;
		if (!has_money(b, amount) &&
		    (b->reserved <= DUST ||
		     b->spent + amount > o->max_cost + DUST))
			return BUDGET_NO_MONEY;
		pthread_cond_wait(&b->change, &b->lock);
	}
}

/* ---------------------------------------------------------------------- */

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
		b->on_way++;
	}
	pthread_mutex_unlock(&b->lock);
	return answer;
}

static double cost_of(const struct budget *b, double amount,
		      const struct usage *reply, enum billing billing)
{
	if (reply->cost_known)
		return reply->cost;
	if (reply->tokens_in > 0 || reply->tokens_out > 0)
		return price_of(b, (double)reply->tokens_in,
				(double)reply->tokens_out);
	return billing == BILLING_MAYBE ? amount : 0;
}

bool budget_settle(struct budget *b, double amount, const struct usage *reply,
		   enum billing billing)
{
	double cost = cost_of(b, amount, reply, billing);
	bool within;

	pthread_mutex_lock(&b->lock);
	b->reserved -= amount;
	b->spent += cost;
	b->on_way--;
	b->sent += billing != BILLING_UNSENT;
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
