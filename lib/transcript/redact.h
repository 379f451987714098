/*
 * Redaction: secrets of one call out of all its texts, before anybody sees
 * them.
 *
 * Cards, codes and account numbers are found as digits or spoken words, in one
 * piece or in many, across lines and turns; each gives way to a placeholder,
 * `[CARD_1]`, the same for the same value in every text of the call.  Two
 * passes: all texts are learned, then each is rewritten, so that a number
 * whose meaning is clear in one place goes everywhere.  Both take linear time.
 */
#ifndef TRANSCRIPT_REDACT_H
#define TRANSCRIPT_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/text.h"

enum redact_class {
	REDACT_CARD,    /* payment card: issuer's prefix and length, Luhn */
	REDACT_CVV,     /* its security code: context */
	REDACT_PIN,     /* context */
	REDACT_SSN,     /* social security number: valid area, group, serial */
	REDACT_ITIN,    /* taxpayer number: 9xx, valid group */
	REDACT_ACCOUNT, /* account number: context */
	REDACT_ROUTING, /* ABA routing number: checksum and context */
	REDACT_PHONE,
	REDACT_EMAIL,
	REDACT_IP,
	REDACT_DOB,   /* date of birth: context */
	REDACT_KNOWN, /* a value that redactor_know() was told */
	REDACT_CLASSES
};

#define REDACT_BIT(class) (1u << (class))
/* What is redacted unless somebody says otherwise: cards to routing numbers */
#define REDACT_DEFAULT (REDACT_BIT(REDACT_PHONE) - 1u)

/* "CARD", as in a placeholder and in reports. */
const char *redact_class_name(enum redact_class class);

/*
 * The classes that a setting means, as bits: REDACT_DEFAULT and those that the
 * text names ("phone,email"; email, ip, dob, known or all); 0 for "none".
 * NULL: REDACT_DEFAULT.  False for anything else.
 */
bool redact_read_classes(const char *text, unsigned *classes) MUST_USE;

/* ---- where it was ---------------------------------------------------- */

/* Bytes begin..end of the redacted text stand for from..to of the original. */
struct redact_span {
	size_t begin, end, from, to;
};

/* The spans of one text, in order, disjoint.  All zero: nothing redacted. */
struct redact_map {
	struct redact_span *spans; /* owned */
	size_t count, size;
};

/* Frees the spans; the map is empty then. */
void redact_map_release(struct redact_map *map);

/*
 * The bytes of the original that begin..end of the redacted text stand for; a
 * placeholder counts whole, however little of it is inside.  O(log spans).
 */
void redact_map_to_original(const struct redact_map *map, size_t begin,
			    size_t end, size_t *from, size_t *to);

/* The other way: a secret that is touched counts as its placeholder. */
void redact_map_to_redacted(const struct redact_map *map, size_t from,
			    size_t to, size_t *begin, size_t *end);

/* What redaction did to one call, for its report and its evidence. */
struct redaction {
	bool on; /* it was looked for secrets */
	size_t counts[REDACT_CLASSES];
	struct redact_map transcript;
};

/* A copy of its own; *copy holds nothing before. */
void redaction_copy(struct redaction *copy, const struct redaction *redaction);

/* Frees the map; all zero then. */
void redaction_release(struct redaction *redaction);

/* ---- the work -------------------------------------------------------- */

struct redactor;

/* For the texts of one call; classes as bits. */
struct redactor *redactor_new(unsigned classes) MUST_USE;
void redactor_free(struct redactor *r);

/*
 * A value of the client's, such as a name or an address, to be redacted
 * wherever it stands as whole words, without regard to case and white space;
 * digits also when written apart or spoken.  Values of less than 3 bytes, and
 * those past LIMIT_REDACT_KNOWN, are left alone.
 */
void redactor_know(struct redactor *r, struct text value);

/*
 * First pass, for every text of the call: finds values and numbers them, from
 * behind the placeholders that the texts so far held already.
 */
void redactor_learn(struct redactor *r, struct text text);

/* Did the first pass find anything?  If not, the second changes nothing. */
bool redactor_found(const struct redactor *r);

/*
 * Second pass: appends the text with placeholders to `out` (its limit is the
 * caller's) and fills *map, which may be NULL, else was empty.  Returns the
 * number of secrets replaced.  What was valid UTF-8 stays so.
 */
size_t redactor_apply(struct redactor *r, struct text text, struct buf *out,
		      struct redact_map *map);

/* How many secrets of the class the second pass replaced, in all texts. */
size_t redactor_count(const struct redactor *r, enum redact_class class);

/* Both passes over one text that stands alone; returns as redactor_apply(). */
size_t redact_text(unsigned classes, struct text text, struct buf *out,
		   struct redact_map *map);

#endif
