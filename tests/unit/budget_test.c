/* What a run may spend: reserved, settled, refused; by table, then by many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/sim_threads.h"

#include "llm/budget.c"

/* A token in costs 1, a token out 10: amounts that can be read off. */
#define PURSE(cost, most)                                           \
	{                                                           \
		.max_cost = (cost), .price_in = 1, .price_out = 10, \
		.max_requests = (most)                              \
	}

static bool same(double a, double b)
{
	return a - b < 1e-9 && b - a < 1e-9;
}

static void what_is_reserved(void **state)
{
	static const struct {
		size_t bytes;
		long max_tokens;
		double amount;
	} rows[] = {
		{ 0, 0, 0 },       { 1, 0, 1 },  { 3, 0, 1 },  { 4, 0, 2 },
		{ 3000, 0, 1000 }, { 0, 1, 10 }, { 6, 2, 22 }, { 7, 2, 23 },
	};
	static const struct budget_options options = PURSE(0, 0);

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct budget b;
		double amount = -1;

		budget_init(&b, &options);
		assert_int_equal(budget_reserve(&b, rows[i].bytes,
						rows[i].max_tokens, &amount),
				 BUDGET_GO);
		assert_true(same(amount, rows[i].amount));
		assert_true(same(b.reserved, amount));
		budget_release(&b);
	}
}

/* What a reply costs, by what it tells. */
static void what_is_settled(void **state)
{
	static const struct {
		struct usage usage;
		enum billing billing;
		double cost;
	} rows[] = {
		{ { .cost = 7, .cost_known = true }, BILLING_NONE, 7 },
		{ { .cost = 7, .cost_known = true }, BILLING_MAYBE, 7 },
		{ { .cost = 0, .cost_known = true }, BILLING_MAYBE, 0 },
		/* the endpoint's own word counts more than our prices */
		{ { .cost = 7, .cost_known = true, .tokens_in = 50 },
		  BILLING_NONE,
		  7 },
		{ { .tokens_in = 50, .tokens_out = 2 }, BILLING_NONE, 70 },
		{ { .tokens_in = 50 }, BILLING_MAYBE, 50 },
		{ { .tokens_out = 2 }, BILLING_NONE, 20 },
		/* nothing is told: lost with the money, or refused before */
		{ { .cost = 0 }, BILLING_MAYBE, 130 },
		{ { .cost = 0 }, BILLING_NONE, 0 },
		{ { .cost = 0 }, BILLING_UNSENT, 0 },
	};
	static const struct budget_options options = PURSE(1000, 0);

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct budget b;
		double amount;

		budget_init(&b, &options);
		assert_int_equal(budget_reserve(&b, 90, 10, &amount),
				 BUDGET_GO);
		assert_true(same(amount, 130));
		assert_true(budget_settle(&b, amount, &rows[i].usage,
					  rows[i].billing));
		assert_true(same(budget_spent(&b), rows[i].cost));
		assert_true(same(b.reserved, 0));
		budget_release(&b);
	}
}

/* One after the other: "+N" reserves N tokens, "=N" settles the oldest. */
static void one_after_the_other(void **state)
{
	static const struct {
		struct budget_options options;
		struct {
			size_t tokens;
			double cost;
			enum budget_answer answer;
			bool over;
		} steps[5];
	} rows[] = {
		/* to the last cent */
		{ PURSE(100, 0),
		  { { 50, 50, BUDGET_GO, false },
		    { 50, 50, BUDGET_GO, false },
		    { 1, 0, BUDGET_NO_MONEY, false } } },
		{ PURSE(100, 0), { { 101, 0, BUDGET_NO_MONEY, false } } },
		{ PURSE(100, 0),
		  { { 100, 1, BUDGET_GO, false },
		    { 99, 99, BUDGET_GO, false },
		    { 1, 0, BUDGET_NO_MONEY, false } } },
		/* what one cannot afford, a smaller one still can */
		{ PURSE(100, 0),
		  { { 90, 90, BUDGET_GO, false },
		    { 11, 0, BUDGET_NO_MONEY, false },
		    { 10, 10, BUDGET_GO, false } } },
		/* a dearer reply than reserved */
		{ PURSE(100, 0),
		  { { 50, 100, BUDGET_GO, false },
		    { 1, 0, BUDGET_NO_MONEY, false } } },
		{ PURSE(100, 0),
		  { { 50, 101, BUDGET_GO, true },
		    { 1, 0, BUDGET_NO_MONEY, false } } },
		/* free models */
		{ { .max_cost = 1 },
		  { { 1000000, 0, BUDGET_GO, false },
		    { 1000000, 0, BUDGET_GO, false } } },
		/* requests */
		{ PURSE(0, 2),
		  { { 1, 5, BUDGET_GO, false },
		    { 1, 5, BUDGET_GO, false },
		    { 1, 0, BUDGET_NO_REQUESTS, false } } },
		{ PURSE(1, 1),
		  { { 1, 1, BUDGET_GO, false },
		    { 1, 0, BUDGET_NO_REQUESTS, false } } },
		/* no limit at all */
		{ PURSE(0, 0),
		  { { 1000000, 1e9, BUDGET_GO, false },
		    { 1000000, 1e9, BUDGET_GO, false } } },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct budget b;

		budget_init(&b, &rows[i].options);
		for (size_t k = 0; k < 5 && rows[i].steps[k].tokens; k++) {
			struct usage u = { .cost = rows[i].steps[k].cost,
					   .cost_known = true };
			double amount;

			if (budget_reserve(&b, 3 * rows[i].steps[k].tokens, 0,
					   &amount) != rows[i].steps[k].answer)
				fail_msg("row %zu, step %zu", i, k);
			if (rows[i].steps[k].answer != BUDGET_GO)
				continue;
			assert_int_equal(
				budget_settle(&b, amount, &u, BILLING_NONE),
				!rows[i].steps[k].over);
		}
		budget_release(&b);
	}
}

/* Only what left counts: a connection that failed gives its number back. */
static void what_was_not_sent_does_not_count(void **state)
{
	static const struct budget_options options = PURSE(0, 2);
	const struct usage nothing = { .cost = 0 };
	struct budget b;
	double amount;

	(void)state;
	budget_init(&b, &options);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(budget_reserve(&b, 3, 0, &amount), BUDGET_GO);
		assert_true(
			budget_settle(&b, amount, &nothing,
				      i % 2 ? BILLING_NONE : BILLING_UNSENT));
	}
	assert_int_equal(b.sent, 2);
	assert_int_equal(budget_reserve(&b, 3, 0, &amount), BUDGET_NO_REQUESTS);
	budget_release(&b);
}

/* A thousand dimes are a hundred dollars, and not a dime more. */
static void sums_of_small_amounts(void **state)
{
	static const struct budget_options options = { .max_cost = 100,
						       .price_in = 0.1 };
	const struct usage dime = { .cost = 0.1, .cost_known = true };
	struct budget b;
	double amount;

	(void)state;
	budget_init(&b, &options);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(budget_reserve(&b, 3, 0, &amount), BUDGET_GO);
		assert_true(budget_settle(&b, amount, &dime, BILLING_NONE));
	}
	assert_int_equal(budget_reserve(&b, 3, 0, &amount), BUDGET_NO_MONEY);
	budget_release(&b);
}

/* ---- many at once ----------------------------------------------------- */

enum { BUYERS = 64, EACH = 10 };

struct shop {
	struct sim sim;
	struct budget budget;
	bool dear;     /* replies may cost more than was reserved */
	bool exceeded; /* spent was above the cap at some time */
	unsigned bought, refused, over, stopped;
	double billed, wanted; /* most that a refused one asked for */
};

static void buy(struct shop *shop)
{
	struct sim *sim = &shop->sim;
	struct usage u = { .cost_known = true };
	size_t bytes = sim_random(sim, 3000);
	bool lost = sim_random(sim, 10) == 0;
	double amount;

	switch (budget_reserve(&shop->budget, bytes, 50, &amount)) {
	case BUDGET_GO:
		break;
	case BUDGET_STOPPED:
		shop->stopped++;
		return;
	default:
		shop->refused++;
		/* refused only if what is spent leaves no room */
		if (budget_spent(&shop->budget) + amount <=
		    shop->budget.options.max_cost - 1e-6)
			shop->exceeded = true;
		return;
	}
	shop->bought++;
	sim->clock.sleep(sim, (int64_t)sim_random(sim, 50));
	u.cost = amount * (double)sim_random(sim, 1001) / 1000;
	if (shop->dear)
		u.cost *= 3;
	shop->billed += u.cost;
	if (lost)
		u = (struct usage){ .cost = 0 };
	if (!budget_settle(&shop->budget, amount, &u,
			   lost ? BILLING_MAYBE : BILLING_NONE))
		shop->over++;
	if (!shop->dear &&
	    budget_spent(&shop->budget) > shop->budget.options.max_cost + 1e-6)
		shop->exceeded = true;
}

static void buy_some(void *shop)
{
	for (int i = 0; i < EACH; i++)
		buy(shop);
}

static void shop_init(struct shop *shop, uint64_t seed, double max_cost)
{
	const struct budget_options options = PURSE(max_cost, 0);

	*shop = (struct shop){ .billed = 0 };
	sim_init(&shop->sim, seed);
	budget_init(&shop->budget, &options);
	for (int i = 0; i < BUYERS; i++)
		sim_add(&shop->sim, buy_some, shop);
}

static void shop_release(struct shop *shop)
{
	sim_release(&shop->sim);
	budget_release(&shop->budget);
}

static void never_above_and_never_too_few(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		double cap = (double)(seed * seed * 500);
		struct shop shop;

		shop_init(&shop, seed, cap);
		assert_int_equal(sim_run(&shop.sim), SIM_ALL_ENDED);
		assert_false(shop.exceeded);
		assert_int_equal(shop.over, 0);
		assert_true(shop.billed <= budget_spent(&shop.budget) + 1e-6);
		assert_int_equal(shop.bought + shop.refused, BUYERS * EACH);
		/* the dearest one would be 1500 */
		if (shop.refused > 0)
			assert_true(budget_spent(&shop.budget) > cap - 1500);
		assert_true(shop.budget.reserved < 1e-6);
		shop_release(&shop);
	}
}

/* Replies dearer than reserved: told each time, and nothing more is bought. */
static void an_overrun_is_told(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct shop shop;

		shop_init(&shop, seed, 20000);
		shop.dear = true;
		assert_int_equal(sim_run(&shop.sim), SIM_ALL_ENDED);
		assert_true(shop.over > 0);
		assert_true(shop.refused > 0);
		assert_true(budget_spent(&shop.budget) > 20000);
		shop_release(&shop);
	}
}

/*
 * Who asks for the last number while others are on their way with it waits
 * until it is known whether they were sent: never too many, never too few.
 */
static void send_some(void *arg)
{
	struct shop *shop = arg;
	const struct usage nothing = { .cost = 0 };
	double amount;

	for (int i = 0; i < EACH; i++) {
		bool sent = sim_random(&shop->sim, 2);

		if (budget_reserve(&shop->budget, 3, 0, &amount) != BUDGET_GO) {
			shop->exceeded |= shop->budget.sent != 50;
			shop->refused++;
			return;
		}
		shop->sim.clock.sleep(&shop->sim,
				      (int64_t)sim_random(&shop->sim, 50));
		shop->bought += sent;
		if (!budget_settle(&shop->budget, amount, &nothing,
				   sent ? BILLING_NONE : BILLING_UNSENT))
			shop->over++;
	}
}

static void so_many_are_sent(void **state)
{
	static const struct budget_options options = PURSE(0, 50);

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct shop shop = { .billed = 0 };

		sim_init(&shop.sim, seed);
		budget_init(&shop.budget, &options);
		for (int i = 0; i < BUYERS; i++)
			sim_add(&shop.sim, send_some, &shop);
		assert_int_equal(sim_run(&shop.sim), SIM_ALL_ENDED);
		assert_int_equal(shop.bought, 50);
		assert_true(shop.refused > 0);
		assert_false(shop.exceeded);
		shop_release(&shop);
	}
}

/* Everybody who waits for the money of others is told that it is over. */
static void stop(void *arg)
{
	struct shop *shop = arg;

	shop->sim.clock.sleep(&shop->sim, 20);
	budget_stop(&shop->budget);
}

static void a_stop_wakes_all(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct shop shop;

		shop_init(&shop, seed, 6000);
		sim_add(&shop.sim, stop, &shop);
		assert_int_equal(sim_run(&shop.sim), SIM_ALL_ENDED);
		assert_true(shop.stopped > 0);
		assert_false(shop.exceeded);
		shop_release(&shop);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_reserved),
		cmocka_unit_test(what_is_settled),
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(what_was_not_sent_does_not_count),
		cmocka_unit_test(sums_of_small_amounts),
		cmocka_unit_test(never_above_and_never_too_few),
		cmocka_unit_test(an_overrun_is_told),
		cmocka_unit_test(so_many_are_sent),
		cmocka_unit_test(a_stop_wakes_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
