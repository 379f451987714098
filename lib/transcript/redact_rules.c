/* Which digits of a stretch are a secret, by shape, checksum and context. */
#include <string.h>

#include "base/compiler.h"
#include "transcript/redact_digits.h"
#include "transcript/redact_parts.h"

enum {
	CARD_REACH = 40, /* words from "card" to digits in any grouping */
	SAFE_REACH = 6,  /* from "account number" to what looks as a phone */
	ROUNDS = 8,      /* of judging what is left between secrets */
	SPEAKERS = 4     /* heard out one by one within a stretch */
};

/* Some atoms of a stretch, in order. */
struct pick {
	size_t count;
	size_t at[STRETCH_ATOMS];
};

/* The digits of atoms, side by side. */
struct digits {
	size_t count;
	char d[NUMBER_DIGITS + 1];
};

static const struct atom *atom_of(const struct stretch *s, const struct pick *p,
				  size_t i)
{
	return &s->atoms[p->at[i]];
}

/* Adds an atom's digits; false if they are more than any secret has. */
static bool add_digits(struct digits *d, const struct atom *a)
{
	if (d->count + a->count > NUMBER_DIGITS)
		return false;
	memcpy(d->d + d->count, a->digits, a->count);
	d->count += a->count;
	return true;
}

/* The digits of picks from..to; false if they are too many. */
static bool join(const struct stretch *s, const struct pick *p, size_t from,
		 size_t to, struct digits *d)
{
	d->count = 0;
	for (; from < to; from++)
		if (!add_digits(d, atom_of(s, p, from)))
			return false;
	return true;
}

/* Picks from..to are a secret. */
static void mark(struct redactor *r, struct stretch *s, const struct pick *p,
		 size_t from, size_t to, enum redact_class class)
{
	struct digits d;
	size_t value;

	if (!join(s, p, from, to, &d))
		return;
	value = values_add(&r->values, class, d.d, d.count);
	s->hits++;
	r->hits++;
	r->counts[r->values.list[value].class] += r->applying;
	for (; from < to; from++) {
		s->atoms[p->at[from]].hit = s->hits;
		s->atoms[p->at[from]].value = value;
	}
}

/* ---- shapes: no context needed --------------------------------------- */

/* Are picks from+1..to written, each tight behind the last, alike? */
static bool is_tight(const struct stretch *s, const struct pick *p, size_t from,
		     size_t to)
{
	char sep = from + 1 < to ? atom_of(s, p, from + 1)->sep : '\0';

	for (size_t i = from; i < to; i++) {
		const struct atom *a = atom_of(s, p, i);

		if (a->spoken ||
		    (i > from && (a->gap != GAP_TIGHT || a->sep != sep ||
				  p->at[i] != p->at[i - 1] + 1)))
			return false;
	}
	return true;
}

/* The atoms' lengths, ended by 0. */
static size_t fits_shape(const struct stretch *s, const struct pick *p,
			 size_t from, const char *shape)
{
	size_t n = strlen(shape);

	if (from + n > p->count)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (atom_of(s, p, from + i)->count != shape[i] - '0')
			return 0;
	return is_tight(s, p, from, from + n) ? n : 0;
}

/* Is pick i written on behind the one before, with this sign between? */
static bool goes_on(const struct stretch *s, const struct pick *p, size_t i,
		    char sep)
{
	const struct atom *a;

	if (i == 0 || i >= p->count)
		return false;
	a = atom_of(s, p, i);
	return p->at[i] == p->at[i - 1] + 1 && a->gap == GAP_TIGHT &&
	       a->sep == sep;
}

static size_t social_at(const struct stretch *s, const struct pick *p, size_t i,
			enum redact_class *class)
{
	size_t n = fits_shape(s, p, i, "324");
	struct digits d;
	char sep;

	if (n == 0)
		return 0;
	sep = atom_of(s, p, i + 1)->sep;
	if (sep == ',' || goes_on(s, p, i, sep) || goes_on(s, p, i + n, sep) ||
	    !join(s, p, i, i + n, &d))
		return 0;
	*class = digits_itin(d.d, d.count) ? REDACT_ITIN : REDACT_SSN;
	return *class == REDACT_ITIN || digits_ssn(d.d, d.count) ? n : 0;
}

/*
 * The picks from i that are told in one breath: all written or all spoken,
 * with no more than `most` between.  0 where such a run does not begin.
 */
static size_t run_at(const struct stretch *s, const struct pick *p, size_t i,
		     enum gap most)
{
	bool spoken = atom_of(s, p, i)->spoken;
	size_t to = i;

	if (i > 0 && atom_of(s, p, i)->gap <= most &&
	    atom_of(s, p, i - 1)->spoken == spoken)
		return 0;
	do {
		/* a list of small numbers is no card read in groups */
		if (most > GAP_TIGHT && !spoken && atom_of(s, p, to)->count < 3)
			return 0;
		to++;
	} while (to < p->count && to - i < NUMBER_DIGITS &&
		 atom_of(s, p, to)->spoken == spoken &&
		 atom_of(s, p, to)->gap <= most);
	return to - i;
}

static bool is_card(const struct stretch *s, const struct pick *p, size_t from,
		    size_t to)
{
	struct digits d;

	return join(s, p, from, to, &d) && digits_card(d.d, d.count);
}

static size_t card_at(const struct stretch *s, const struct pick *p, size_t i)
{
	static const char *const shapes[] = { "44443", "4444", "465",
					      "464",   "88",   "4441" };
	size_t n;

	if (!atom_of(s, p, i)->spoken && is_card(s, p, i, i + 1))
		return 1;
	for (size_t k = 0; k < LENGTH(shapes); k++) {
		n = fits_shape(s, p, i, shapes[k]);
		if (n > 0 && is_card(s, p, i, i + n))
			return n;
	}
	for (enum gap most = GAP_TIGHT; most <= GAP_LOOSE; most++) {
		n = run_at(s, p, i, most);
		if (n > 0 && is_card(s, p, i, i + n))
			return n;
	}
	return 0;
}

/* 3-3-4, or 1-3-3-4; brackets around the area are as good as a blank. */
static size_t phone_at(const struct stretch *s, const struct pick *p, size_t i)
{
	static const size_t lengths[] = { 3, 3, 4 };
	bool country = atom_of(s, p, i)->count == 1;
	size_t n = country ? 4 : 3;
	struct digits d;

	if (atom_of(s, p, i)->plus && atom_of(s, p, i)->count >= 8)
		return 1;
	if (i + n > p->count)
		return 0;
	for (size_t k = 0; k < n; k++) {
		const struct atom *a = atom_of(s, p, i + k);

		if (a->spoken || (k > 0 && a->gap > GAP_LOOSE) ||
		    (k >= n - 3 && a->count != lengths[k + 3 - n]))
			return 0;
	}
	return join(s, p, i, i + n, &d) && digits_phone(d.d, d.count) ? n : 0;
}

/* One pass over the pick for what its shape gives away. */
static void judge_shapes(struct redactor *r, struct stretch *s,
			 const struct pick *p)
{
	for (size_t i = 0; i < p->count;) {
		enum redact_class class = REDACT_CARD;
		size_t n = card_at(s, p, i);

		if (n == 0)
			n = social_at(s, p, i, &class);
		if (n == 0 && wants(r, REDACT_PHONE)) {
			n = phone_at(s, p, i);
			class = REDACT_PHONE;
		}
		if (n > 0 && wants(r, class))
			mark(r, s, p, i, i + n, class);
		i += n > 0 ? n : 1;
	}
}

/* ---- cards in any grouping ------------------------------------------- */

static bool near(const struct stretch *s, enum topic topic, size_t reach)
{
	return s->context.topics[topic] > 0 &&
	       context_since(&s->context, topic) <= reach;
}

/* Told in one manner, with nobody else's words between? */
static bool is_even(const struct stretch *s, const struct pick *p, size_t from,
		    size_t to)
{
	for (size_t i = from; i < to; i++)
		if (atom_of(s, p, i)->spoken != atom_of(s, p, from)->spoken ||
		    (i > from && atom_of(s, p, i)->far))
			return false;
	return true;
}

/* Is all of it a card?  Without "card" it must be told in one manner. */
static bool judge_whole(struct redactor *r, struct stretch *s,
			const struct pick *p, size_t from, size_t to)
{
	if (!wants(r, REDACT_CARD) || !is_card(s, p, from, to) ||
	    !(near(s, TOPIC_CARD, CARD_REACH) || s->after == TOPIC_CARD ||
	      is_even(s, p, from, to)))
		return false;
	mark(r, s, p, from, to, REDACT_CARD);
	return true;
}

/* All but the first lines, or but the last: they were about something else. */
static bool judge_lines(struct redactor *r, struct stretch *s,
			const struct pick *p)
{
	for (size_t i = 1; i < p->count; i++)
		if (atom_of(s, p, i)->gap == GAP_WIDE &&
		    judge_whole(r, s, p, i, p->count))
			return true;
	for (size_t i = p->count - 1; i > 0; i--)
		if (atom_of(s, p, i)->gap == GAP_WIDE &&
		    judge_whole(r, s, p, 0, i))
			return true;
	return false;
}

/* The most picks from i that are a card, or were a secret elsewhere. */
static size_t longest_at(const struct redactor *r, const struct stretch *s,
			 const struct pick *p, size_t i, bool card,
			 enum redact_class *class)
{
	struct digits d = { 0 };
	size_t best = 0;

	for (size_t to = i; to < p->count && add_digits(&d, atom_of(s, p, to));
	     to++) {
		size_t value = values_find_digits(&r->values, d.d, d.count);

		if (value == NO_VALUE && !(card && digits_card(d.d, d.count)))
			continue;
		*class = value == NO_VALUE ? REDACT_CARD
					   : r->values.list[value].class;
		best = to + 1 - i;
	}
	return best;
}

static bool judge_windows(struct redactor *r, struct stretch *s,
			  const struct pick *p)
{
	bool card = wants(r, REDACT_CARD) && near(s, TOPIC_CARD, CARD_REACH);
	enum redact_class class = REDACT_CARD;
	bool any = false;

	if (!card && r->values.longest < DISTINCT_DIGITS)
		return false;
	for (size_t i = 0; i < p->count;) {
		size_t n = longest_at(r, s, p, i, card, &class);

		if (n > 0)
			mark(r, s, p, i, i + n, class);
		any = any || n > 0;
		i += n > 0 ? n : 1;
	}
	return any;
}

/* ---- context --------------------------------------------------------- */

/* Of so many digits, near enough to the topic, if they fit. */
static const struct rule {
	enum redact_class class;
	enum topic topic;
	size_t fewest, most, reach;
	bool (*fits)(const char *d, size_t n); /* NULL: any digits */
} rules[] = {
	{ REDACT_CVV, TOPIC_CVV, 3, 4, 15, NULL },
	{ REDACT_PIN, TOPIC_PIN, 4, 6, 10, NULL },
	{ REDACT_SSN, TOPIC_SSN, 9, 9, 25, digits_ssn },
	{ REDACT_ITIN, TOPIC_SSN, 9, 9, 25, digits_itin },
	{ REDACT_SSN, TOPIC_SSN_TAIL, 4, 4, 12, NULL },
	{ REDACT_ROUTING, TOPIC_ROUTING, 9, 9, 20, digits_routing },
	{ REDACT_DOB, TOPIC_BIRTH, 6, 8, 12, digits_date },
	{ REDACT_PHONE, TOPIC_PHONE, 7, 7, 12, NULL },
	{ REDACT_PHONE, TOPIC_PHONE, 10, 11, 25, digits_phone },
	{ REDACT_ACCOUNT, TOPIC_ACCOUNT_NUMBER, 6, 17, 20, NULL },
	{ REDACT_ACCOUNT, TOPIC_ACCOUNT, 8, 17, 8, NULL },
	/* misheard, as the checksum is wrong, but a card all the same */
	{ REDACT_CARD, TOPIC_CARD, CARD_MIN, CARD_MAX, 15, digits_issuer },
};

/* "1,250,000", "1250.75" and "1,250.75" are counted, not told. */
static bool has_amount_shape(const struct stretch *s, const struct pick *p,
			     size_t from, size_t to)
{
	const struct atom *last = atom_of(s, p, to - 1);
	bool decimal = to - from > 1 && last->gap == GAP_TIGHT &&
		       last->sep == '.' && last->count <= 2;

	for (size_t i = from + 1; i < to - decimal; i++) {
		const struct atom *a = atom_of(s, p, i);

		if (a->gap != GAP_TIGHT || a->sep != ',' || a->count != 3)
			return false;
	}
	return to - from > 1;
}

/* Is it money, time, or part of a date, by what stands around it? */
static bool is_amount(const struct stretch *s, const struct pick *p,
		      size_t from, size_t to, size_t digits)
{
	return (p->at[from] == 0 && s->money) ||
	       (p->at[to - 1] == s->count - 1 && s->amount) ||
	       (s->slashed && digits <= 4) || has_amount_shape(s, p, from, to);
}

static bool rule_fits(const struct rule *rule, const struct stretch *s,
		      const struct digits *d, size_t since)
{
	size_t other = s->context.topics[TOPIC_OTHER];

	if (d->count < rule->fewest || d->count > rule->most ||
	    since > rule->reach || (rule->fits && !rule->fits(d->d, d->count)))
		return false;
	/* "order number" stands nearer */
	if (since > 0 && other > 0 && other > s->context.topics[rule->topic])
		return false;
	return true;
}

/* The rule whose topic is nearest, or NULL. */
static const struct rule *nearest_rule(const struct stretch *s,
				       const struct digits *d, bool last)
{
	const struct rule *best = NULL;
	size_t least = 0;

	for (size_t i = 0; i < LENGTH(rules); i++) {
		const struct rule *rule = &rules[i];
		size_t since = last && rule->topic == s->after
				       ? 0
				       : context_since(&s->context,
						       rule->topic);

		if ((best && since >= least) || !rule_fits(rule, s, d, since))
			continue;
		best = rule;
		least = since;
	}
	return best;
}

/*
 * Accounts have no form of their own: not two people's numbers, not what looks
 * as a phone, and after "account" alone only what is told in one breath.
 */
static bool is_account(const struct stretch *s, const struct pick *p,
		       size_t from, size_t to, enum topic topic)
{
	for (size_t i = from + 1; i < to && topic == TOPIC_ACCOUNT; i++)
		if (atom_of(s, p, i)->gap > GAP_TIGHT)
			return false;
	return is_even(s, p, from, to) &&
	       !(to - from == 3 && phone_at(s, p, from) == 3 &&
		 context_since(&s->context, TOPIC_ACCOUNT_NUMBER) > SAFE_REACH);
}

static bool judge_context(struct redactor *r, struct stretch *s,
			  const struct pick *p, size_t from, size_t to)
{
	bool last = p->at[to - 1] == s->count - 1;
	const struct rule *rule;
	struct digits d;

	if (!join(s, p, from, to, &d) || is_amount(s, p, from, to, d.count))
		return false;
	for (size_t i = from + 1; i < to; i++)
		if (atom_of(s, p, i)->gap == GAP_WIDE &&
		    atom_of(s, p, i)->spoken != atom_of(s, p, from)->spoken)
			return false;
	rule = nearest_rule(s, &d, last);
	if (!rule || !wants(r, rule->class))
		return false;
	if (rule->class == REDACT_ACCOUNT &&
	    !is_account(s, p, from, to, rule->topic))
		return false;
	mark(r, s, p, from, to, rule->class);
	return true;
}

static bool follows_card(const struct redactor *r, const struct stretch *s,
			 const struct pick *p)
{
	const struct atom *before;

	if (p->at[0] == 0)
		return s->card_before;
	before = &s->atoms[p->at[0] - 1];
	return before->hit &&
	       r->values.list[before->value].class == REDACT_CARD;
}

/* Behind a card: its code, with or without MMYY before it. */
static bool judge_code(struct redactor *r, struct stretch *s,
		       const struct pick *p)
{
	size_t from = p->count, code = 0;
	struct digits d;

	if (!wants(r, REDACT_CVV) || !follows_card(r, s, p) ||
	    !join(s, p, 0, p->count, &d) || (d.count != 3 && d.count != 7))
		return false;
	if (d.count == 7 && (d.d[0] > '1' || (d.d[0] == '1' && d.d[1] > '2')))
		return false;
	while (from > 0 && code < 3)
		code += atom_of(s, p, --from)->count;
	if (code != 3)
		return false;
	mark(r, s, p, from, p->count, REDACT_CVV);
	return true;
}

/* All of it; else the parts between lines and words; else tight groups. */
static bool judge_parts(struct redactor *r, struct stretch *s,
			const struct pick *p)
{
	bool any = judge_code(r, s, p) || judge_context(r, s, p, 0, p->count);

	for (enum gap most = GAP_LOOSE; !any && most >= GAP_TIGHT; most--) {
		size_t from = 0;

		for (size_t i = 1; i <= p->count; i++) {
			if (i < p->count && atom_of(s, p, i)->gap <= most)
				continue;
			if (i - from < p->count)
				any = judge_context(r, s, p, from, i) || any;
			from = i;
		}
	}
	return any;
}

/* ---- the order of it all --------------------------------------------- */

/* A whole number of ten digits that was spoken needs no "call me". */
static bool judge_spoken_phone(struct redactor *r, struct stretch *s,
			       const struct pick *p)
{
	struct digits d;

	if (!wants(r, REDACT_PHONE) || !atom_of(s, p, 0)->spoken ||
	    !join(s, p, 0, p->count, &d) || !digits_phone(d.d, d.count))
		return false;
	mark(r, s, p, 0, p->count, REDACT_PHONE);
	return true;
}

static bool judge_pick(struct redactor *r, struct stretch *s,
		       const struct pick *p)
{
	return judge_whole(r, s, p, 0, p->count) || judge_lines(r, s, p) ||
	       judge_windows(r, s, p) || judge_parts(r, s, p) ||
	       judge_spoken_phone(r, s, p);
}

/* Each speaker's own atoms of the range: who repeats mixes the digits up. */
static bool judge_speakers(struct redactor *r, struct stretch *s, size_t from,
			   size_t to)
{
	uint32_t heard[SPEAKERS];
	size_t count = 0;
	bool any = false;

	for (size_t i = from; i < to && count < SPEAKERS; i++) {
		struct pick own;
		bool new = true;

		for (size_t k = 0; k < count; k++)
			new = new &&heard[k] != s->atoms[i].speaker;
		if (!new)
			continue;
		heard[count++] = s->atoms[i].speaker;
		own.count = 0;
		for (size_t k = i; k < to; k++)
			if (s->atoms[k].speaker == s->atoms[i].speaker)
				own.at[own.count++] = k;
		if (own.count < to - from)
			any = judge_pick(r, s, &own) || any;
	}
	return any;
}

/* The range holds no secret yet; does it now? */
static bool judge_range(struct redactor *r, struct stretch *s, size_t from,
			size_t to)
{
	size_t hits = s->hits;
	struct pick all;

	all.count = 0;
	for (size_t i = from; i < to; i++)
		all.at[all.count++] = i;
	judge_shapes(r, s, &all);
	if (s->hits == hits && !judge_whole(r, s, &all, 0, all.count) &&
	    !judge_speakers(r, s, from, to))
		judge_pick(r, s, &all);
	return s->hits > hits;
}

/* "One two oh, and": with the zero, or else without. */
static bool judge_either(struct redactor *r, struct stretch *s, size_t from,
			 size_t to)
{
	return judge_range(r, s, from, to) ||
	       (to - from > 1 && s->atoms[to - 1].maybe &&
		judge_range(r, s, from, to - 1));
}

void stretch_judge(struct redactor *r, struct stretch *s)
{
	bool any = true;

	for (int round = 0; any && round < ROUNDS; round++) {
		size_t from = 0;

		any = false;
		for (size_t i = 0; i <= s->count; i++) {
			if (i < s->count && !s->atoms[i].hit)
				continue;
			if (i > from)
				any = judge_either(r, s, from, i) || any;
			from = i + 1;
		}
	}
}
