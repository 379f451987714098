/*
 * Each gate alone, and all of them in their order: who leaves when, in a time
 * of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/gates.h"
#include "support/sim_threads.h"

#include "net/throttle.c"

enum { ACTS = 12, LATER = 600000 };

/* What is there before the play. */
enum before {
	NOTHING,
	EMPTY,         /* no retry is free */
	DOWN,          /* since the play's start */
	FOUR_BAD,      /* faults in a row, and retries enough */
	HELD,          /* for 500 ms */
	DOWN_AND_HELD, /* for 5 s */
};

struct play {
	const char *what;
	struct throttle_options options;
	enum before before;
	struct request_act acts[ACTS];
	/* what must come of it, act by act; those without `takes` are none */
	int64_t left[ACTS];
};

static void prepare(struct gates *g, enum before before)
{
	if (before == EMPTY || before == DOWN || before == DOWN_AND_HELD)
		gates_empty_bucket(g);
	if (before == DOWN || before == DOWN_AND_HELD)
		gates_faults(g, 5);
	if (before == FOUR_BAD)
		gates_faults(g, 4);
	if (before == HELD)
		throttle_hold(&g->throttle, g->sim.now + 500);
	if (before == DOWN_AND_HELD)
		throttle_hold(&g->throttle, g->sim.now + 5000);
}

static size_t acts_in(const struct play *play)
{
	size_t n = 0;

	while (n < ACTS && play->acts[n].takes > 0)
		n++;
	return n;
}

static void check_plays(const struct play *plays, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct play play = plays[i];
		size_t n = acts_in(&play);
		struct gates g;

		gates_init(&g, &play.options, 0);
		prepare(&g, play.before);
		gates_play(&g, play.acts, n);
		for (size_t k = 0; k < n; k++)
			if (play.acts[k].left != play.left[k] ||
			    play.acts[k].entry != ENTRY_GO)
				fail_msg("%s: %zu: entry %d at %lld, not %lld",
					 play.what, k, (int)play.acts[k].entry,
					 (long long)play.acts[k].left,
					 (long long)play.left[k]);
		gates_release(&g);
	}
}

/* clang-format off */
#define JOBS(n) \
	{ .jobs = (n), .attempts = 3, .max_outage_ms = LATER }
#define RATE(n, rate) \
	{ .jobs = (n), .attempts = 3, .per_second = (rate), \
	  .max_outage_ms = LATER }
#define REPLY(when, long, what) \
	{ .at = (when), .takes = (long), .kind = (what) }
#define GOOD(when, long)    REPLY(when, long, REPLY_GOOD)
#define FAULT(when, long)   REPLY(when, long, REPLY_FAULT)
#define LIMITED(when, long) REPLY(when, long, REPLY_LIMITED)
#define AGAIN(when, long) \
	{ .at = (when), .takes = (long), .retry = true, .requests = 1 }
/* clang-format on */

/* ---- each gate alone -------------------------------------------------- */

static void concurrency(void **state)
{
	static const struct play plays[] = {
		{ "no more than jobs",
		  JOBS(2),
		  NOTHING,
		  { GOOD(0, 100), GOOD(0, 100), GOOD(0, 100), GOOD(0, 100),
		    GOOD(0, 100) },
		  { 0, 0, 100, 100, 200 } },
		{ "one job",
		  JOBS(1),
		  NOTHING,
		  { GOOD(0, 7), GOOD(0, 7), FAULT(0, 7), GOOD(100, 7) },
		  { 0, 7, 14, 100 } },
		{ "a 429 halves",
		  JOBS(4),
		  NOTHING,
		  { LIMITED(0, 100), GOOD(150, 100), GOOD(150, 100),
		    GOOD(150, 100), GOOD(150, 100), GOOD(150, 100) },
		  { 0, 150, 150, 250, 250, 350 } },
		{ "those of one time halve once",
		  JOBS(4),
		  NOTHING,
		  { LIMITED(0, 100), LIMITED(0, 101), LIMITED(0, 102),
		    LIMITED(0, 103), GOOD(200, 10), GOOD(200, 10),
		    GOOD(200, 10) },
		  { 0, 0, 0, 0, 200, 200, 210 } },
		{ "one that left after the first halves again",
		  JOBS(4),
		  NOTHING,
		  { LIMITED(0, 100), LIMITED(110, 50), GOOD(200, 10),
		    GOOD(200, 10), GOOD(200, 10) },
		  { 0, 110, 200, 210, 220 } },
		{ "never below one",
		  JOBS(2),
		  NOTHING,
		  { LIMITED(0, 10), LIMITED(20, 10), LIMITED(40, 10),
		    LIMITED(60, 10), GOOD(80, 10), GOOD(80, 10) },
		  { 0, 20, 40, 60, 80, 90 } },
		{ "a request that was not sent makes room",
		  JOBS(1),
		  NOTHING,
		  { { .takes = 10, .kind = REPLY_NONE }, GOOD(0, 10) },
		  { 0, 10 } },
	};

	(void)state;
	check_plays(plays, LENGTH(plays));
}

/* One more for every ten good replies, up to what it was. */
static void concurrency_comes_back(void **state)
{
	static const struct throttle_options options = JOBS(5);
	static const struct {
		unsigned good;
		unsigned limit;
	} rows[] = { { 0, 2 },  { 9, 2 },  { 10, 3 }, { 19, 3 },
		     { 20, 4 }, { 29, 4 }, { 30, 5 }, { 200, 5 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct pass pass = { .retry = false };
		struct gates g;

		gates_init(&g, &options, 0);
		for (unsigned k = 0; k <= rows[i].good; k++) {
			assert_int_equal(throttle_enter(&g.throttle,
							&g.sim.clock, &pass),
					 ENTRY_GO);
			throttle_leave(&g.throttle, &g.sim.clock, &pass,
				       k == 0 ? REPLY_LIMITED : REPLY_GOOD,
				       false);
		}
		assert_int_equal((unsigned)g.throttle.limit, rows[i].limit);
		gates_release(&g);
	}
}

static void rate(void **state)
{
	static const struct play plays[] = {
		{ "ten a second",
		  RATE(8, 10),
		  NOTHING,
		  { GOOD(0, 1), GOOD(0, 1), GOOD(0, 1), GOOD(0, 1) },
		  { 0, 100, 200, 300 } },
		{ "time without requests is not saved up",
		  RATE(8, 10),
		  NOTHING,
		  { GOOD(0, 1), GOOD(1000, 1), GOOD(1000, 1), GOOD(1000, 1) },
		  { 0, 1000, 1100, 1200 } },
		{ "one in two seconds",
		  RATE(8, 0.5),
		  NOTHING,
		  { GOOD(0, 1), GOOD(10, 1), GOOD(20, 1) },
		  { 0, 2000, 4000 } },
		{ "parts of a millisecond add up",
		  RATE(8, 400),
		  NOTHING,
		  { GOOD(0, 1), GOOD(0, 1), GOOD(0, 1), GOOD(0, 1), GOOD(0, 1),
		    GOOD(0, 1), GOOD(0, 1) },
		  { 0, 3, 5, 8, 10, 13, 15 } },
		{ "replies make it no faster",
		  RATE(1, 10),
		  NOTHING,
		  { FAULT(0, 5), LIMITED(0, 5), GOOD(0, 5) },
		  { 0, 100, 200 } },
	};

	(void)state;
	check_plays(plays, LENGTH(plays));
}

/* Ten in all; what is beyond leaves one by one, a second after the other. */
static void retries(void **state)
{
	static const struct throttle_options options = JOBS(64);
	static const int64_t left[] = { 0, 0, 0, 0, 0,    0,   0,
					0, 0, 0, 0, 1010, 2020 };
	struct request_act acts[LENGTH(left)];
	struct gates g;

	(void)state;
	for (size_t i = 0; i < LENGTH(left); i++)
		acts[i] = (struct request_act)AGAIN(0, 10);
	gates_init(&g, &options, 0);
	gates_play(&g, acts, LENGTH(left));
	for (size_t i = 0; i < LENGTH(left); i++) {
		assert_int_equal(acts[i].left, left[i]);
		assert_int_equal(acts[i].slow, i >= 10);
		assert_false(acts[i].probe);
	}
	gates_release(&g);
}

static void retries_one_by_one(void **state)
{
	static const struct play plays[] = {
		{ "first requests do not wait for retries",
		  JOBS(8),
		  EMPTY,
		  { AGAIN(0, 100), AGAIN(0, 100), GOOD(10, 10), GOOD(20, 10) },
		  { 0, 1100, 10, 20 } },
		{ "faults make the pace slower, and one that is none restores "
		  "it",
		  JOBS(8),
		  EMPTY,
		  { { .takes = 10, .retry = true, .kind = REPLY_FAULT },
		    { .at = 1,
		      .takes = 10,
		      .retry = true,
		      .kind = REPLY_FAULT },
		    { .at = 2, .takes = 10, .retry = true },
		    { .at = 1500, .takes = 10, .retry = true },
		    { .at = 1500, .takes = 10, .retry = true } },
		  { 0, 1010, 3020, 4030, 5040 } },
		{ "an own one is fast again after enough first requests",
		  JOBS(8),
		  EMPTY,
		  { AGAIN(0, 100), GOOD(1, 1), GOOD(1, 1), GOOD(1, 1),
		    GOOD(1, 1), GOOD(1, 1), GOOD(3, 1), GOOD(3, 1), GOOD(3, 1),
		    GOOD(3, 1), GOOD(3, 1), GOOD(3, 1) },
		  { 0, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3 } },
	};

	(void)state;
	check_plays(plays, LENGTH(plays));
}

/* ---- the host is down ------------------------------------------------- */

static void outage(void **state)
{
	static const struct play plays[] = {
		{ "the first probe after a second, then doubling to a minute",
		  JOBS(8),
		  DOWN,
		  { FAULT(0, 10), FAULT(1, 10), FAULT(2, 10), FAULT(3, 10),
		    FAULT(4, 10), FAULT(5, 10), FAULT(6, 10), FAULT(7, 10),
		    GOOD(8, 10) },
		  { 1000, 3010, 7020, 15030, 31040, 63050, 123060, 183070,
		    243080 } },
		{ "a good one reopens, at one in flight",
		  JOBS(8),
		  DOWN,
		  { GOOD(0, 10), GOOD(1, 10), GOOD(2, 10), GOOD(3, 10) },
		  { 1000, 1010, 1020, 1030 } },
		{ "so does a 429",
		  JOBS(8),
		  DOWN,
		  { LIMITED(0, 10), GOOD(1, 10), GOOD(2, 10) },
		  { 1000, 1010, 1020 } },
		{ "one that was not sent proves nothing",
		  JOBS(8),
		  DOWN,
		  { { .takes = 10, .kind = REPLY_NONE },
		    GOOD(1, 10),
		    GOOD(2, 10) },
		  { 1000, 1010, 1020 } },
		{ "one for which there was no socket is not tried at once",
		  JOBS(8),
		  DOWN,
		  { { .takes = 10, .kind = REPLY_CROWDED }, GOOD(1, 10) },
		  { 1000, 2010 } },
		{ "the pace starts anew with the next outage",
		  JOBS(8),
		  DOWN,
		  { FAULT(0, 10),
		    GOOD(1, 10),
		    FAULT(2, 10),
		    FAULT(3, 10),
		    FAULT(4, 10),
		    FAULT(5, 10),
		    { .at = 6, .takes = 10, .kind = REPLY_FAULT, .last = true },
		    GOOD(7, 10) },
		  { 1000, 3010, 3020, 3030, 3040, 3050, 3060, 4070 } },
		{ "who sent the fewest is the probe",
		  JOBS(8),
		  DOWN,
		  { { .takes = 10, .requests = 4, .kind = REPLY_FAULT },
		    { .at = 1,
		      .takes = 10,
		      .requests = 30,
		      .kind = REPLY_FAULT },
		    { .at = 2,
		      .takes = 10,
		      .requests = 20,
		      .kind = REPLY_FAULT },
		    { .at = 3,
		      .takes = 10,
		      .requests = 1,
		      .kind = REPLY_FAULT },
		    { .at = 4,
		      .takes = 10,
		      .requests = 0,
		      .kind = REPLY_FAULT } },
		  /* the first took its turn before the others came */
		  { 1000, 15030, 31040, 7020, 3010 } },
	};

	(void)state;
	check_plays(plays, LENGTH(plays));
}

/*
 * Replies in a row: f a fault, u one without a connection, F and U the same by
 * which a stage ends; g good, 4 a 429, n not sent.
 */
static struct request_act reply_act(char letter, size_t i, bool one_call)
{
	struct request_act act = { .takes = (int64_t)i + 1 };

	act.last = letter == 'F' || letter == 'U';
	act.call = one_call ? 7 : 0;
	switch (letter) {
	case 'f':
	case 'F':
		act.kind = REPLY_FAULT;
		break;
	case 'u':
	case 'U':
		act.kind = REPLY_UNREACHED;
		break;
	case '4':
		act.kind = REPLY_LIMITED;
		break;
	case 'n':
		act.kind = REPLY_NONE;
		break;
	default:
		act.kind = REPLY_GOOD;
	}
	return act;
}

struct verdict_row {
	const char *replies;
	bool empty;    /* no retry is free */
	bool one_call; /* all of them are one call's */
	enum host host;
};

static void check_verdicts(const struct throttle_options *options,
			   const struct verdict_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* all leave at once, and come back one by one */
		struct request_act acts[ACTS] = { 0 };
		size_t n = 0;
		struct gates g;

		for (const char *at = rows[i].replies; *at; at++, n++)
			acts[n] = reply_act(*at, n, rows[i].one_call);
		gates_init(&g, options, 0);
		if (rows[i].empty)
			g.throttle.retries = 0;
		gates_play(&g, acts, n);
		if (g.throttle.down != (rows[i].host == HOST_DOWN) ||
		    acts[n - 1].host != rows[i].host)
			fail_msg("%s: down %d, told %d", rows[i].replies,
				 g.throttle.down, (int)acts[n - 1].host);
		gates_release(&g);
	}
}

/* Enough faults in a row, somebody who loses by them, and a proof. */
static void what_takes_it_down(void **state)
{
	static const struct verdict_row rows[] = {
		/* five, and no retry is left */
		{ "fffff", true, false, HOST_DOWN },
		{ "ffff", true, false, HOST_UP },
		{ "fffff", false, false, HOST_UP },
		{ "fffffff", false, false, HOST_UP },
		{ "ffffgffff", true, false, HOST_UP },
		{ "ffff4ffff", true, false, HOST_UP },
		{ "ffffnf", true, false, HOST_DOWN },
		/* as many as attempts, and a stage would be lost */
		{ "ffF", false, false, HOST_DOWN },
		{ "gffF", false, false, HOST_DOWN },
		{ "fF", false, false, HOST_UP },
		{ "ffgF", false, false, HOST_UP },
		{ "FF", false, false, HOST_UP },
		{ "FFF", false, false, HOST_DOWN },
		{ "gffffffF", false, false, HOST_DOWN },
		/* one call's may be due to its content */
		{ "fffff", true, true, HOST_UP },
		{ "ffF", false, true, HOST_UP },
		{ "ffFffFffF", false, true, HOST_UP },
		/* but that there was no connection is not */
		{ "ffU", false, true, HOST_DOWN },
		{ "guuU", false, true, HOST_DOWN },
		{ "gfuF", false, true, HOST_DOWN },
		{ "fuuuu", true, true, HOST_DOWN },
		{ "ugffF", false, true, HOST_UP },
		/* what was reached never is not waited for */
		{ "uU", false, false, HOST_UP },
		{ "uuU", false, true, HOST_UNREACHABLE },
		{ "uuuuuuu", false, false, HOST_UP },
		{ "uuuu", true, false, HOST_UP },
		{ "uuuuu", true, false, HOST_UNREACHABLE },
		{ "fU", false, false, HOST_UP },
		{ "guU", false, false, HOST_UP },
		/* and up again */
		{ "fffffg", true, false, HOST_UP },
		{ "fffff4", true, false, HOST_UP },
		{ "fffffn", true, false, HOST_DOWN },
		{ "ffFf", false, false, HOST_DOWN },
	};
	static const struct verdict_row alone[] = {
		{ "FFFFFFFF", false, false, HOST_UP },
		{ "gUUUUUUU", false, false, HOST_UP },
		{ "U", false, false, HOST_UNREACHABLE },
	};
	static const struct verdict_row many[] = {
		{ "ffffF", false, false, HOST_DOWN },
		{ "fffF", false, false, HOST_UP },
		{ "ffffF", false, true, HOST_UP },
	};
	static const struct throttle_options options = JOBS(64);
	struct throttle_options other = options;

	(void)state;
	check_verdicts(&options, rows, LENGTH(rows));
	other.attempts = 1;
	check_verdicts(&other, alone, LENGTH(alone));
	other.attempts = 9;
	check_verdicts(&other, many, LENGTH(many));
}

static void probes_are_told(void **state)
{
	static const struct throttle_options options = JOBS(8);
	struct request_act acts[] = { FAULT(0, 10), GOOD(1, 10), GOOD(2, 10) };
	struct gates g;

	(void)state;
	gates_init(&g, &options, 0);
	prepare(&g, DOWN);
	gates_play(&g, acts, LENGTH(acts));
	for (size_t i = 0; i < LENGTH(acts); i++) {
		assert_int_equal(acts[i].probe, i < 2);
		assert_int_equal(acts[i].host, i == 0 ? HOST_DOWN : HOST_UP);
	}
	gates_release(&g);
}

/* Everybody is told, also who waits for a turn. */
static void an_outage_that_is_too_long(void **state)
{
	static const struct throttle_options options = {
		.jobs = 8, .attempts = 3, .max_outage_ms = 7000
	};
	struct request_act acts[] = { FAULT(0, 10),   FAULT(1, 10),
				      FAULT(1, 10),   GOOD(1, 10),
				      GOOD(5000, 10), GOOD(9000, 10) };
	struct gates g;

	(void)state;
	gates_init(&g, &options, 0);
	prepare(&g, DOWN);
	gates_play(&g, acts, LENGTH(acts));
	for (size_t i = 0; i < LENGTH(acts); i++)
		assert_int_equal(acts[i].entry,
				 i < 2 ? ENTRY_GO : ENTRY_OUTAGE);
	assert_in_range(acts[4].left, 7000, 8000);
	assert_int_equal(acts[5].left, 9000);
	gates_release(&g);
}

/* ---- the order -------------------------------------------------------- */

static void order(void **state)
{
	static const struct play plays[] = {
		{ "hold, then rate",
		  RATE(8, 10),
		  HELD,
		  { GOOD(0, 1), GOOD(0, 1), GOOD(0, 1) },
		  { 500, 600, 700 } },
		{ "hold, then concurrency",
		  JOBS(2),
		  HELD,
		  { GOOD(0, 50), GOOD(0, 50), GOOD(0, 50) },
		  { 500, 500, 550 } },
		{ "concurrency, then retries: no token is kept waiting",
		  JOBS(1),
		  NOTHING,
		  { GOOD(0, 50), AGAIN(0, 50), GOOD(1, 50) },
		  { 0, 50, 100 } },
		{ "a probe obeys the host's own time",
		  JOBS(8),
		  DOWN_AND_HELD,
		  { FAULT(0, 10), GOOD(1, 10) },
		  { 5000, 7010 } },
		{ "a probe keeps the rate",
		  RATE(8, 0.5),
		  DOWN,
		  { FAULT(20000, 10), FAULT(20001, 10), GOOD(20002, 10) },
		  { 20000, 22010, 26020 } },
		{ "a probe waits for those in flight",
		  JOBS(1),
		  EMPTY,
		  { FAULT(0, 1), FAULT(1, 1), FAULT(2, 1), FAULT(3, 1),
		    FAULT(4, 1), GOOD(5, 1) },
		  { 0, 1, 2, 3, 4, 1005 } },
		{ "all of them",
		  RATE(1, 10),
		  HELD,
		  { LIMITED(0, 200), GOOD(0, 200), AGAIN(0, 20) },
		  { 500, 700, 900 } },
	};

	(void)state;
	check_plays(plays, LENGTH(plays));
}

/* ---- found wanting ---------------------------------------------------- */

static void hold_later(void *arg)
{
	struct gates *g = arg;

	g->sim.clock.sleep(&g->sim, 500);
	throttle_hold(&g->throttle, g->start + 10000);
}

/* Who waited for another gate meanwhile does not leave all at once after. */
static void the_rate_holds_behind_other_gates(void **state)
{
	static const struct throttle_options one_a_second = RATE(8, 1);
	static const int64_t held_left[] = { 0, 10000, 11000, 12000 };
	static const struct play plays[] = {
		{ "behind concurrency",
		  RATE(2, 10),
		  NOTHING,
		  { GOOD(0, 1000), GOOD(0, 5000), GOOD(0, 1), GOOD(0, 1),
		    GOOD(0, 1) },
		  { 0, 100, 1000, 1100, 1200 } },
	};
	struct request_act acts[] = { GOOD(0, 1), GOOD(0, 1), GOOD(0, 1),
				      GOOD(0, 1) };
	struct gates g;

	(void)state;
	check_plays(plays, LENGTH(plays));
	gates_init(&g, &one_a_second, 0);
	sim_add(&g.sim, hold_later, &g);
	gates_play(&g, acts, LENGTH(acts));
	for (size_t i = 0; i < LENGTH(acts); i++)
		assert_int_equal(acts[i].left, held_left[i]);
	gates_release(&g);
}

/* Not with the next probe, which may be a minute later. */
static void max_outage_is_kept(void **state)
{
	static const struct throttle_options options = {
		.jobs = 8, .attempts = 3, .max_outage_ms = 5000
	};
	struct request_act acts[] = { FAULT(0, 10), FAULT(1, 10), FAULT(2, 10),
				      FAULT(3, 10) };
	struct gates g;

	(void)state;
	gates_init(&g, &options, 0);
	prepare(&g, DOWN);
	gates_play(&g, acts, LENGTH(acts));
	assert_int_equal(acts[3].entry, ENTRY_OUTAGE);
	assert_in_range(acts[3].left, 5000, 5100);
	gates_release(&g);
}

/* Who has the turn to probe does not sleep on when the gate is open again. */
static void the_prober_looks_up(void **state)
{
	static const struct throttle_options options = JOBS(8);
	struct request_act acts[] = {
		GOOD(0, 20000), FAULT(0, 1),    FAULT(0, 2),
		FAULT(0, 3),    FAULT(100, 10), FAULT(101, 10),
		FAULT(102, 10), FAULT(103, 10), GOOD(104, 10),
	};
	struct gates g;

	(void)state;
	acts[3].last = true;
	gates_init(&g, &options, 0);
	gates_play(&g, acts, LENGTH(acts));
	assert_true(acts[7].probe);
	assert_in_range(acts[7].left, 15000, 16000);
	assert_in_range(acts[8].left, 20000, 21000);
	gates_release(&g);
}

/* A tenth, ten times over, is one. */
static void ten_first_requests_pay_for_a_retry(void **state)
{
	static const struct throttle_options options = JOBS(64);
	struct request_act acts[11];
	struct gates g;

	(void)state;
	for (size_t i = 0; i < 10; i++)
		acts[i] = (struct request_act)GOOD(0, 1);
	acts[10] = (struct request_act)AGAIN(10, 1);
	gates_init(&g, &options, 0);
	gates_empty_bucket(&g);
	gates_play(&g, acts, LENGTH(acts));
	assert_false(acts[10].slow);
	gates_release(&g);
}

/* Re-asks cost no retry and pay for none, and neither do probes. */
static void only_first_requests_pay(void **state)
{
	static const struct throttle_options options = JOBS(64);
	struct request_act acts[11];
	struct gates g;

	(void)state;
	for (size_t i = 0; i < 10; i++)
		acts[i] = (struct request_act){ .takes = 1, .requests = 1 };
	acts[10] = (struct request_act)AGAIN(10, 1);
	gates_init(&g, &options, 0);
	gates_empty_bucket(&g);
	gates_play(&g, acts, LENGTH(acts));
	assert_true(acts[10].slow);
	assert_int_equal(g.throttle.retries, 0);
	gates_release(&g);
	gates_init(&g, &options, 0);
	prepare(&g, DOWN);
	acts[0] = (struct request_act)FAULT(0, 1);
	acts[1] = (struct request_act)GOOD(1, 1);
	gates_play(&g, acts, 2);
	assert_true(acts[0].probe && acts[1].probe);
	assert_int_equal(g.throttle.retries, 5); /* of before */
	gates_release(&g);
}

/* One that waits for something else does not stand in a retry's way. */
static void no_wake_up_is_lost(void **state)
{
	static const struct throttle_options options = RATE(8, 10);
	struct request_act acts[] = { GOOD(1000, 10), AGAIN(1001, 10),
				      GOOD(1002, 60000) };
	struct gates g;

	(void)state;
	gates_init(&g, &options, 0);
	prepare(&g, EMPTY);
	gates_play(&g, acts, LENGTH(acts));
	assert_int_equal(acts[2].left, 1200);
	assert_in_range(acts[1].left, 1100, 1200);
	gates_release(&g);
}

/* ---- the end of the run ----------------------------------------------- */

static void a_stop_leaves_nobody_behind(void **state)
{
	static const struct {
		const char *what;
		struct throttle_options options;
		enum before before;
		bool retry;
		unsigned go; /* how many get through before */
	} rows[] = {
		{ "hold", JOBS(8), HELD, false, 0 },
		{ "rate", RATE(8, 0.5), NOTHING, false, 1 },
		{ "concurrency", JOBS(2), NOTHING, false, 2 },
		{ "outage", JOBS(8), DOWN, false, 0 },
		{ "retries", JOBS(64), EMPTY, true, 1 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows) * 20; i++) {
		size_t r = i / 20;
		struct request_act acts[64];
		int64_t at = 50;
		unsigned go = 0;
		struct gates g;

		for (size_t k = 0; k < LENGTH(acts); k++)
			acts[k] = (struct request_act){
				.takes = 1000,
				.requests = k % 3,
				.retry = rows[r].retry
			};
		gates_init(&g, &rows[r].options, i % 20);
		prepare(&g, rows[r].before);
		gates_stop_at(&g, &at);
		gates_play(&g, acts, LENGTH(acts));
		for (size_t k = 0; k < LENGTH(acts); k++) {
			go += acts[k].entry == ENTRY_GO;
			assert_true(acts[k].entry == ENTRY_GO ||
				    acts[k].entry == ENTRY_STOPPED);
			assert_true(acts[k].left <= at);
		}
		if (go != rows[r].go)
			fail_msg("%s: %u got through", rows[r].what, go);
		gates_release(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(concurrency),
		cmocka_unit_test(concurrency_comes_back),
		cmocka_unit_test(rate),
		cmocka_unit_test(retries),
		cmocka_unit_test(retries_one_by_one),
		cmocka_unit_test(outage),
		cmocka_unit_test(what_takes_it_down),
		cmocka_unit_test(probes_are_told),
		cmocka_unit_test(an_outage_that_is_too_long),
		cmocka_unit_test(order),
		cmocka_unit_test(the_rate_holds_behind_other_gates),
		cmocka_unit_test(max_outage_is_kept),
		cmocka_unit_test(the_prober_looks_up),
		cmocka_unit_test(only_first_requests_pay),
		cmocka_unit_test(ten_first_requests_pay_for_a_retry),
		cmocka_unit_test(no_wake_up_is_lost),
		cmocka_unit_test(a_stop_leaves_nobody_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
