/* Who of a transcript's speakers is agent and who customer. */
#include "transcript/turns_role.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "transcript/words.h"

/* Of a role that follows from the label of the other side. */
#define INFERRED 0.9
/* Least confidence of a role found by the script; below it is not given. */
#define ENOUGH 0.35
enum {
	CONTENT_LETTERS = 4, /* of a word that a pair needs */
	LEAST_PAIRS = 4,     /* of the script, by the agent */
	SMOOTH_PAIRS = 4,    /* pairs that make half of the confidence */
	SMOOTH_WORDS = 40,   /* added to each speaker's words */
	SPEAKERS_MOST = 64   /* bits of a pair's mask */
};

/* What agents of all trades say, as a script of its own. */
static const char phrases[] =
	"Thank you for calling. How can I help you today? How may I help you? "
	"How may I assist you today? How can I assist you? My name is. This "
	"call is being recorded, this call may be recorded for quality. I am "
	"calling from, I'm calling about. Is there anything else I can help "
	"you with today? Anything else I can do for you? May I have your full "
	"name, please? Can I have your name? Could you please provide your "
	"account number? Can you confirm your date of birth? Could you "
	"confirm, can you please confirm. For verification purposes. I can "
	"help you with that. I'd be happy to help, happy to assist you. I "
	"understand how frustrating. Let me check that for you. One moment "
	"please, please hold on. Thank you for providing that information. I "
	"see here that. Have a great day, have a wonderful day. Thank you for "
	"your patience. Thank you for choosing us. We have received your "
	"request. What can I do for you?";

/* ---- by labels ------------------------------------------------------- */

static void set_role(struct speaker *s, enum role role, enum role_basis basis,
		     double confidence)
{
	s->role = role;
	s->basis = basis;
	s->confidence = confidence;
}

static size_t count_roles(const struct turns *t, enum role role)
{
	size_t n = 0;

	for (size_t i = 0; i < t->speaker_count; i++)
		n += t->speakers[i].role == role;
	return n;
}

static size_t count_words(const struct turns *t, const enum label_word *words,
			  enum label_word word)
{
	size_t n = 0;

	for (size_t i = 0; i < t->speaker_count; i++)
		n += words[i] == word;
	return n;
}

static void by_words(struct turns *t, const enum label_word *words)
{
	for (size_t i = 0; i < t->speaker_count; i++) {
		if (words[i] == WORD_AGENT)
			set_role(&t->speakers[i], ROLE_AGENT, BASIS_LABELS, 1);
		else if (words[i] == WORD_CUSTOMER)
			set_role(&t->speakers[i], ROLE_CUSTOMER, BASIS_LABELS,
				 1);
		else if (words[i] == WORD_OTHER)
			set_role(&t->speakers[i], ROLE_OTHER, BASIS_LABELS, 1);
	}
}

static void set_all(struct turns *t, const enum label_word *words,
		    enum label_word word, enum role role, double confidence)
{
	for (size_t i = 0; i < t->speaker_count; i++)
		if (words[i] == word)
			set_role(&t->speakers[i], role, BASIS_LABELS,
				 confidence);
}

/* "Caller" beside "Agent" is the customer, beside "Customer" the agent. */
static void by_other_side(struct turns *t, const enum label_word *words)
{
	bool agent = count_roles(t, ROLE_AGENT) > 0;
	bool customer = count_roles(t, ROLE_CUSTOMER) > 0;
	bool callers = count_words(t, words, WORD_CALLER) > 0;

	if (agent) {
		set_all(t, words, WORD_CALLER, ROLE_CUSTOMER, 1);
		set_all(t, words, WORD_CALLEE, ROLE_CUSTOMER, 1);
		set_all(t, words, WORD_OPERATOR, ROLE_OTHER, INFERRED);
	} else if (customer) {
		if (callers)
			set_all(t, words, WORD_CALLER, ROLE_AGENT, INFERRED);
		else
			set_all(t, words, WORD_OPERATOR, ROLE_AGENT, INFERRED);
	} else if (callers && count_words(t, words, WORD_OPERATOR) > 0 &&
		   count_words(t, words, WORD_CALLEE) == 0) {
		set_all(t, words, WORD_CALLER, ROLE_CUSTOMER, INFERRED);
		set_all(t, words, WORD_OPERATOR, ROLE_AGENT, INFERRED);
	}
}

/* Two sides to a call: if one is known, so is the other. */
static void by_rest(struct turns *t)
{
	struct speaker *unknown = NULL;

	if (t->speaker_count - count_roles(t, ROLE_OTHER) != 2)
		return;
	for (size_t i = 0; i < t->speaker_count; i++)
		if (t->speakers[i].role == ROLE_UNKNOWN)
			unknown = &t->speakers[i];
	if (!unknown || count_roles(t, ROLE_UNKNOWN) != 1)
		return;
	set_role(unknown,
		 count_roles(t, ROLE_AGENT) ? ROLE_CUSTOMER : ROLE_AGENT,
		 BASIS_LABELS, INFERRED);
}

/* ---- by the script --------------------------------------------------- */

/* A pair of neighbouring words of the script, and who said it. */
struct pair {
	uint64_t key; /* 0: free */
	uint64_t said_by;
};

struct pairs {
	struct pair *slots;
	size_t mask;
};

/* What a speaker says of the script. */
struct share {
	size_t words, pairs;
};

static struct pair *find_pair(const struct pairs *set, uint64_t key)
{
	size_t slot = (size_t)key & set->mask;

	while (set->slots[slot].key != 0 && set->slots[slot].key != key)
		slot = (slot + 1) & set->mask;
	return &set->slots[slot];
}

/* The key of two words in a row; 0 if both are little words. */
static uint64_t pair_key(const struct word *a, const struct word *b)
{
	uint64_t key;

	if (a->letters < CONTENT_LETTERS && b->letters < CONTENT_LETTERS)
		return 0;
	key = (a->hash ^ (b->hash << 7 | b->hash >> 57)) *
	      UINT64_C(0x9e3779b97f4a7c15);
	key ^= key >> 29;
	return key ? key : 1;
}

static void add_pairs(struct pairs *set, struct text text)
{
	struct word before = { .letters = 0 }, word;
	size_t at = 0;

	for (; words_next(text, &at, &word); before = word) {
		uint64_t key = before.hash ? pair_key(&before, &word) : 0;

		if (key != 0)
			find_pair(set, key)->key = key;
	}
}

/* The usual phrases tell two sides apart, but not who of many is the agent. */
static void pairs_init(struct pairs *set, struct text script, bool both)
{
	struct text usual = { phrases, sizeof(phrases) - 1 };
	size_t words = words_count(script) + words_count(usual), size = 64;

	while (size < 2 * words)
		size *= 2;
	set->slots = xcalloc(size, sizeof(*set->slots));
	set->mask = size - 1;
	if (both)
		add_pairs(set, usual);
	add_pairs(set, script);
}

/* Counts each pair once for each speaker. */
static void count_turn(const struct pairs *set, struct text words,
		       size_t speaker, struct share *share)
{
	struct word before = { .letters = 0 }, word;
	uint64_t bit = UINT64_C(1) << speaker;
	size_t at = 0;

	for (; words_next(words, &at, &word); before = word) {
		uint64_t key = before.hash ? pair_key(&before, &word) : 0;
		struct pair *pair;

		share->words++;
		if (key == 0)
			continue;
		pair = find_pair(set, key);
		if (pair->key == 0 || (pair->said_by & bit))
			continue;
		pair->said_by |= bit;
		share->pairs++;
	}
}

static double rate(const struct share *s)
{
	return (double)s->pairs / (double)(s->words + SMOOTH_WORDS);
}

/*
 * How much more often the best speaks like the script than the second best,
 * (r1 - r2) / (r1 + r2), less if it rests on few pairs.
 */
static double confidence(const struct share *best, const struct share *second)
{
	double r1 = rate(best), r2 = rate(second);
	double pairs = (double)best->pairs;

	if (best->pairs < LEAST_PAIRS)
		return 0;
	return (r1 - r2) / (r1 + r2) * pairs / (pairs + SMOOTH_PAIRS);
}

/* Sets who spoke like an agent, and of two speakers the other. */
static void judge_shares(struct turns *t, const struct share *shares)
{
	size_t best = SPEAKER_NONE, second = SPEAKER_NONE, sides = 0;
	double sure;

	for (size_t i = 0; i < t->speaker_count; i++) {
		if (t->speakers[i].role == ROLE_OTHER)
			continue;
		sides++;
		if (best == SPEAKER_NONE ||
		    rate(&shares[i]) > rate(&shares[best])) {
			second = best;
			best = i;
		} else if (second == SPEAKER_NONE ||
			   rate(&shares[i]) > rate(&shares[second])) {
			second = i;
		}
	}
	if (sides < 2)
		return;
	sure = confidence(&shares[best], &shares[second]);
	if (sure < ENOUGH)
		return;
	set_role(&t->speakers[best], ROLE_AGENT, BASIS_SCRIPT, sure);
	if (sides == 2)
		set_role(&t->speakers[second], ROLE_CUSTOMER, BASIS_SCRIPT,
			 sure);
}

static void by_script(struct turns *t, struct text script)
{
	struct share shares[SPEAKERS_MOST] = { { 0, 0 } };
	struct pairs set;

	if (t->speaker_count < 2 || t->speaker_count > SPEAKERS_MOST)
		return;
	pairs_init(&set, script,
		   t->speaker_count - count_roles(t, ROLE_OTHER) == 2);
	for (size_t i = 0; i < t->count; i++) {
		size_t s = t->items[i].speaker;

		if (s != SPEAKER_NONE)
			count_turn(&set, turns_words(t, i), s, &shares[s]);
	}
	free(set.slots);
	judge_shares(t, shares);
}

/* ---- all of it ------------------------------------------------------- */

void turns_find_roles(struct turns *turns, const enum label_word *words,
		      struct text script)
{
	by_words(turns, words);
	by_other_side(turns, words);
	if (count_roles(turns, ROLE_AGENT) == 0 &&
	    count_roles(turns, ROLE_CUSTOMER) == 0)
		by_script(turns, script);
	else
		by_rest(turns);
	turns->basis = BASIS_NONE;
	turns->confidence = 0;
	for (size_t i = 0; i < turns->speaker_count; i++) {
		const struct speaker *s = &turns->speakers[i];

		if (s->role != ROLE_AGENT && s->role != ROLE_CUSTOMER)
			continue;
		if (turns->basis == BASIS_NONE ||
		    s->confidence < turns->confidence)
			turns->confidence = s->confidence;
		if (turns->basis == BASIS_NONE || s->basis > turns->basis)
			turns->basis = s->basis;
	}
}

/* ---- looking at turns ------------------------------------------------ */

enum role turns_role(const struct turns *turns, size_t turn)
{
	size_t speaker = turns->items[turn].speaker;

	return speaker == SPEAKER_NONE ? ROLE_UNKNOWN
				       : turns->speakers[speaker].role;
}

struct text turns_words(const struct turns *turns, size_t turn)
{
	const struct span *words = &turns->items[turn].words;

	return (struct text){ turns->text.data + words->begin,
			      words->end - words->begin };
}

size_t turns_at(const struct turns *turns, size_t byte)
{
	size_t low = 0, high = turns->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (turns->items[mid].whole.end <= byte)
			low = mid + 1;
		else
			high = mid;
	}
	return low < turns->count && turns->items[low].whole.begin <= byte
		       ? low
		       : TURN_NONE;
}

const char *role_name(enum role role)
{
	static const char *const names[ROLE_COUNT] = { "agent", "customer",
						       "other", "unknown" };

	return names[role];
}

const char *role_basis_name(enum role_basis basis)
{
	static const char *const names[] = { "labels", "script", "none" };

	return names[basis];
}
