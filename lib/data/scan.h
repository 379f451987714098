/*
 * A JSON scanner that is fed bytes: it finds where a value ends and refuses
 * what is not JSON or passes a limit, before the JSON library sees a byte.
 *
 * jansson takes a raw NUL after a number for the end of the text, needs 21
 * bytes for each byte of an array of small numbers, and parses 2,048 levels
 * deep; the scanner stands before it.  Its own memory is constant.
 */
#ifndef DATA_SCAN_H
#define DATA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "data/decimal.h"

struct json_limits {
	size_t bytes; /* of one value, white space around it not counted */
	unsigned
		depth; /* nested arrays and objects; at most LIMIT_JSON_DEPTH */
	size_t values; /* members and elements, at every level */
};

enum scan_state {
	SCAN_MORE, /* no value yet, or inside one */
	SCAN_DONE, /* one whole value has been read */
	SCAN_FAULT /* not JSON, or beyond a limit: see scan.fault */
};

/* Levels that are still followed when the limits are lifted. */
#define SCAN_DEPTH_LIFTED 512

struct scan {
	struct json_limits limits;
	/* private; scan.c explains them */
	unsigned char arrays[SCAN_DEPTH_LIFTED / 8];
	unsigned depth;
	unsigned step;
	unsigned code;           /* of an escape; place in a literal */
	unsigned count;          /* digits or bytes of a sequence to come */
	unsigned char low, high; /* bounds of a sequence's next byte */
	bool real, in_key, started, liftable, lifted;
	const char *literal;
	struct decimal number;
	size_t bytes, values;
	/* of a fault: ERR_INVALID_JSON or ERR_TOO_LARGE, and the reason */
	enum error_code code_of_fault;
	const char *fault;     /* static; NULL: none */
	size_t limit_of_fault; /* which was passed, ERR_TOO_LARGE only */
};

/* Ready for one value. */
void scan_init(struct scan *s, const struct json_limits *limits);

/*
 * Reads up to `len` bytes and sets *used to how many: all of them on
 * SCAN_MORE, those up to the value's last byte on SCAN_DONE, those before the
 * offending byte on SCAN_FAULT.  A number at the top level ends only at a
 * following byte or at scan_end().  White space before the value is skipped.
 * How the bytes are divided into calls makes no difference.  After DONE or
 * FAULT a further call uses nothing and says the same.
 * It refuses: anything RFC 8259 does, raw NUL, invalid UTF-8, lone surrogate
 * escapes, \u0000 in an object's key, integers outside int64, reals greater
 * than a double can be (one too small for a double is 0).  Repeated keys are
 * left to the JSON library.
 */
enum scan_state scan_feed(struct scan *s, const char *data, size_t len,
			  size_t *used);

/* The input ended here: SCAN_DONE, SCAN_FAULT, or SCAN_MORE for no value. */
enum scan_state scan_end(struct scan *s);

/*
 * After a fault that does not hide where the value ends (a limit, a number out
 * of range, text that is no UTF-8, a wrong escape): forgets it, and all limits
 * and such faults from here on, so that feeding may go on from the offending
 * byte and find the end.  False after any other fault, or none.
 */
bool scan_lift(struct scan *s);

/*
 * Sets *err to what went wrong: the reason, the limit if one was passed, and
 * where, in words such as "byte 12".  Never the text itself.  Returns -1.
 */
int scan_error(const struct scan *s, const char *where, struct error *err);

/*
 * Checks that the text is exactly one value, white space around it allowed.
 * -1 with *err and, if offset is not NULL, the byte where it went wrong.
 */
int scan_whole(const char *text, size_t len, const struct json_limits *limits,
	       size_t *offset, struct error *err) MUST_USE;

#endif
