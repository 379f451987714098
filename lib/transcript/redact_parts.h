/*
 * The parts of a redactor: what it knows of a call, and the detectors that
 * feed it.  Private to redaction.
 */
#ifndef TRANSCRIPT_REDACT_PARTS_H
#define TRANSCRIPT_REDACT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transcript/redact.h"
#include "transcript/redact_lexer.h"

/* ---- the values of a call -------------------------------------------- */

/* One secret: its class, its number in that, its bytes among `keys`. */
struct value {
	enum redact_class class;
	unsigned number;
	size_t key, key_len;
};

struct values {
	struct value *list;
	size_t count, size;
	char *keys; /* digits, or text without case; all after another */
	size_t keys_len, keys_size;
	size_t *slots; /* hash table of index + 1; 0: empty */
	size_t slot_count;
	unsigned numbers[REDACT_CLASSES]; /* given so far */
	size_t longest; /* most digits of a number that stands anywhere */
};

#define NO_VALUE ((size_t)-1)

/* Digits that are a secret wherever they stand again. */
enum { DISTINCT_DIGITS = 6 };

/*
 * The value's index; it is added if it is new.  Six digits and more are the
 * same value whatever the class that they were found as.
 */
size_t values_add(struct values *v, enum redact_class class, const char *key,
		  size_t len);

/* The index of DISTINCT_DIGITS or more digits, or NO_VALUE. */
size_t values_find_digits(const struct values *v, const char *digits,
			  size_t len);

/* Frees all. */
void values_release(struct values *v);

/* ---- what was found in a text ---------------------------------------- */

struct founds {
	struct found *list;
	size_t count, size;
};

/* Appends; begin < end. */
void founds_add(struct founds *f, const struct found *found);
/* Sorts by begin; those that overlap become one, of the first one's value. */
void founds_settle(struct founds *f);

/* ---- maps ------------------------------------------------------------ */

/* Appends a span behind all others. */
void redact_map_add(struct redact_map *map, const struct redact_span *span);

/*
 * `map` leads from a text to the original, `step` from a later text to that
 * text, and none of its spans touches one of `map`: makes `map` lead from the
 * later text to the original.  `step` is released.
 */
void redact_map_join(struct redact_map *map, struct redact_map *step);

/* ---- known values ---------------------------------------------------- */

/* A value of the client's, as words; sorted by the hash. */
struct known {
	uint64_t hash; /* of its first word */
	char *folded;  /* owned: lower case, one blank between words */
	size_t len;
};

/* Frees them. */
void known_release(struct redactor *r);

/* ---- the redactor ---------------------------------------------------- */

struct redactor {
	unsigned classes;
	struct values values;
	size_t counts[REDACT_CLASSES];
	struct known *known;
	size_t known_count, known_size;
	bool applying;  /* second pass: what is found is counted */
	size_t learned; /* secrets found in the first pass */
	/* of the text at hand */
	struct text text;
	struct founds founds;
	size_t hits; /* secrets found in it */
};

/* Is the class wanted? */
static inline bool wants(const struct redactor *r, enum redact_class class)
{
	return (r->classes & REDACT_BIT(class)) != 0;
}

/* Notes a secret of one piece: begin..end of the text, key as of values. */
void redactor_hit(struct redactor *r, enum redact_class class, size_t begin,
		  size_t end, const char *key, size_t key_len);

/* Detectors: what they find in r->text they note by redactor_hit(). */
void redact_find_known(struct redactor *r);
void redact_find_contacts(struct redactor *r); /* e-mail, IP addresses */
void redact_find_births(struct redactor *r);   /* dates near "birth" */

/*
 * Numbers: goes over what r->founds (settled) holds already, appends to it
 * pieces of numbers, counts whole ones in r->hits.
 */
void redact_find_numbers(struct redactor *r);

/* ---- context of a number --------------------------------------------- */

/* When a topic was last mentioned, in words read; 0: never. */
struct context {
	size_t now;
	size_t topics[TOPICS];
	size_t other, last, security, back, tax; /* single words, likewise */
};

/* Before the first word. */
void context_init(struct context *c);

/* One word was read; NULL: a plain one. */
void context_word(struct context *c, const struct word *word);

/* A line ended: a noun on the last one names no number on the next. */
void context_line(struct context *c);

/* A number begins here: "order 12345" needs no "number". */
void context_number(struct context *c);

/* Words since the topic was mentioned; huge if it never was. */
size_t context_since(const struct context *c, enum topic topic);

/* ---- numbers --------------------------------------------------------- */

/* One piece of a number: a run of digits, a spoken digit. */
struct atom {
	size_t begin, end;
	uint32_t speaker;
	enum gap gap; /* to the atom before; GAP_WIDE: words or lines between */
	char sep;
	bool maybe;             /* an "oh" that may be no zero */
	bool spoken, plus, far; /* far: somebody else's words between */
	uint8_t count;
	char digits[NUMBER_DIGITS];
	/* set by the rules */
	size_t hit; /* which secret of the stretch; 0: none */
	size_t value;
};

enum { STRETCH_ATOMS = 256 };

/*
 * Atoms with nothing but fillers between.  What follows the last one may have
 * a say: "... is my social".
 */
struct stretch {
	struct atom *atoms; /* room for STRETCH_ATOMS; `count` are there */
	size_t count;
	struct context context; /* at its first atom */
	enum topic after;       /* topic of the words behind, or TOPICS */
	bool money;             /* '$' before the first atom */
	bool amount;            /* "dollars" behind the last atom */
	bool slashed;           /* a `/` or the like touches it, as in dates */
	bool card_before;       /* a card is next to the first atom */
	size_t hits;
};

/* Marks atoms that are secrets: hit and value. */
void stretch_judge(struct redactor *r, struct stretch *s);

#endif
