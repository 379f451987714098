/* Values that the client's record holds, wherever somebody says them. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "transcript/redact_parts.h"

/* Shorter values are words like others; between words stands so much. */
enum { SHORTEST = 3, BETWEEN = 3 };

/* ---- words of a text ------------------------------------------------- */

static bool in_word(struct text t, size_t at, uint8_t *bytes)
{
	struct character c = character_at(t, at);

	*bytes = c.bytes;
	return c.kind == CHAR_LETTER || c.kind == CHAR_DIGIT;
}

/* The end of the word that begins at `at`. */
static size_t word_end(struct text t, size_t at)
{
	uint8_t bytes;

	while (at < t.len && in_word(t, at, &bytes))
		at += bytes;
	return at;
}

/* Where the next word begins; placeholders hold none. */
static size_t word_begin(struct text t, size_t at)
{
	enum redact_class class;
	uint8_t bytes;

	while (at < t.len) {
		size_t n = placeholder_at(t, at, &class);

		if (n == 0 && in_word(t, at, &bytes))
			break;
		at += n > 0 ? n : bytes;
	}
	return at;
}

static uint64_t hash_word(const char *s, size_t len)
{
	uint64_t hash = FNV1A_START;

	for (size_t i = 0; i < len; i++)
		hash = fnv1a_add(hash, (unsigned char)to_lower(s[i]));
	return hash;
}

/* ---- what is known --------------------------------------------------- */

/* The value's words with one blank between; new. */
static char *fold_value(struct text value, size_t *len)
{
	char *folded = xmalloc(value.len + 1);
	size_t n = 0;

	for (size_t at = word_begin(value, 0); at < value.len;
	     at = word_begin(value, at)) {
		size_t end = word_end(value, at);

		if (n > 0)
			folded[n++] = ' ';
		for (; at < end; at++)
			folded[n++] = to_lower(value.data[at]);
	}
	*len = n;
	return folded;
}

/* Keeps the list sorted by hash. */
static void insert(struct redactor *r, const struct known *k)
{
	size_t at = r->known_count;

	r->known = xroom(r->known, r->known_count, &r->known_size,
			 sizeof(*r->known));
	for (; at > 0 && r->known[at - 1].hash > k->hash; at--)
		r->known[at] = r->known[at - 1];
	r->known[at] = *k;
	r->known_count++;
}

/* Digits and signs only: found by the numbers' rules, spoken ones too. */
static void know_digits(struct redactor *r, struct text value)
{
	char digits[NUMBER_DIGITS];
	size_t n = 0;

	for (size_t at = 0; at < value.len;) {
		struct character c = character_at(value, at);

		if (c.kind == CHAR_LETTER ||
		    (c.kind == CHAR_DIGIT && n == NUMBER_DIGITS))
			return;
		if (c.kind == CHAR_DIGIT)
			digits[n++] = (char)('0' + c.value);
		at += c.bytes;
	}
	if (n >= DISTINCT_DIGITS)
		values_add(&r->values, REDACT_KNOWN, digits, n);
}

void redactor_know(struct redactor *r, struct text value)
{
	struct known k = { 0 };
	size_t end;

	if (!wants(r, REDACT_KNOWN) || value.len < SHORTEST ||
	    value.len > LIMIT_REDACT_VALUE ||
	    r->known_count >= LIMIT_REDACT_KNOWN)
		return;
	know_digits(r, value);
	k.folded = fold_value(value, &k.len);
	if (k.len < SHORTEST) {
		free(k.folded);
		return;
	}
	end = word_end((struct text){ k.folded, k.len }, 0);
	k.hash = hash_word(k.folded, end);
	insert(r, &k);
}

void known_release(struct redactor *r)
{
	for (size_t i = 0; i < r->known_count; i++)
		free(r->known[i].folded);
	free(r->known);
}

/* ---- finding them ---------------------------------------------------- */

/* The end of the known value whose first word begins at `at`; 0: it is not. */
static size_t match(struct text t, size_t at, const struct known *k)
{
	for (size_t i = 0; i < k->len;) {
		size_t end, n = 0;

		if (i > 0) {
			size_t next = word_begin(t, at);

			if (next - at > BETWEEN)
				return 0;
			at = next;
			i++;
		}
		end = word_end(t, at);
		while (i + n < k->len && k->folded[i + n] != ' ')
			n++;
		if (end - at != n)
			return 0;
		for (size_t j = 0; j < n; j++)
			if (to_lower(t.data[at + j]) != k->folded[i + j])
				return 0;
		at = end;
		i += n;
	}
	return at;
}

/* The first known value of the hash, or their number. */
static size_t first_of(const struct redactor *r, uint64_t hash)
{
	size_t low = 0, high = r->known_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->known[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void redact_find_known(struct redactor *r)
{
	struct text t = r->text;

	if (r->known_count == 0)
		return;
	for (size_t at = word_begin(t, 0); at < t.len; at = word_begin(t, at)) {
		size_t end = word_end(t, at), most = 0;
		uint64_t hash = hash_word(t.data + at, end - at);
		const struct known *best = NULL;

		for (size_t i = first_of(r, hash);
		     i < r->known_count && r->known[i].hash == hash; i++) {
			size_t to = match(t, at, &r->known[i]);

			if (to > most) {
				most = to;
				best = &r->known[i];
			}
		}
		if (best)
			redactor_hit(r, REDACT_KNOWN, at, most, best->folded,
				     best->len);
		at = best ? most : end;
	}
}
