/* A JSON scanner that is fed bytes: a state machine and a stack of brackets. */
#include "data/scan.h"

#include <string.h>

/*
 * What the next byte is.  A value is read at ANY_VALUE (before it is the white
 * space in front), and when it has ended, the step is AFTER_VALUE inside an
 * array or object and END outside.
 */
enum step {
	BEGIN,       /* white space before the value, or its first byte */
	ANY_VALUE,   /* of a member, or after a comma in an array */
	FIRST_VALUE, /* after [ */
	FIRST_KEY,   /* after { */
	ANY_KEY,     /* after a comma in an object */
	COLON,
	AFTER_VALUE,
	STRING,
	STRING_TAIL, /* continuation bytes of a UTF-8 sequence */
	ESCAPE,
	ESCAPE_HEX,
	PAIR_BACKSLASH, /* of the low surrogate that has to follow */
	PAIR_U,
	LITERAL,
	MINUS, /* the digit after it */
	ZERO,  /* after a leading 0 */
	INTEGER,
	POINT, /* the digit after it */
	FRACTION,
	EXPONENT_SIGN,
	EXPONENT_FIRST,
	EXPONENT,
	END,
	STEPS
};

/*
 * 19 digits fit into 64 bits, and tell which numbers are too great: all
 * doubles are below 1.797693134862315807e308.
 */
enum { DIGITS_KEPT = 19, GREATEST_MAGNITUDE = 308 };
static const uint64_t BEYOND_DOUBLE = 1797693134862315807;

/* More than any text has bytes, and far from an overflow. */
static const int64_t EXPONENT_CAP = INT64_MAX / 16;

static const uint64_t ONES = 0x0101010101010101;
static const uint64_t TOPS = 0x8080808080808080;

void scan_init(struct scan *s, const struct json_limits *limits)
{
	memset(s, 0, sizeof(*s));
	s->limits = *limits;
	if (s->limits.depth > LIMIT_JSON_DEPTH)
		s->limits.depth = LIMIT_JSON_DEPTH;
	s->step = BEGIN;
}

/* Notes the fault; false, as the byte is not taken. */
static bool refuse(struct scan *s, const char *reason)
{
	s->code_of_fault = ERR_INVALID_JSON;
	s->fault = reason;
	return false;
}

static bool too_large(struct scan *s, const char *reason, size_t limit)
{
	s->code_of_fault = ERR_TOO_LARGE;
	s->fault = reason;
	s->limit_of_fault = limit;
	return false;
}

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static void end_value(struct scan *s)
{
	s->step = s->depth > 0 ? AFTER_VALUE : END;
}

/* ---- numbers ------------------------------------------------------------- */

static void number_digit(struct scan *s, unsigned char c)
{
	if (s->significant == 0 && c == '0')
		return;
	if (s->significant < DIGITS_KEPT)
		s->digits = s->digits * 10 + (c - '0');
	if (s->significant <= DIGITS_KEPT)
		s->significant++;
}

static bool fits_integer(const struct scan *s)
{
	return s->significant <= DIGITS_KEPT &&
	       s->digits <= (uint64_t)INT64_MAX + s->negative;
}

static bool fits_double(const struct scan *s)
{
	int64_t magnitude = s->magnitude +
			    (s->down ? -s->exponent : s->exponent);
	uint64_t digits = s->digits;

	if (s->significant == 0 || magnitude < GREATEST_MAGNITUDE)
		return true;
	for (unsigned n = s->significant; n < DIGITS_KEPT; n++)
		digits *= 10;
	return magnitude == GREATEST_MAGNITUDE && digits < BEYOND_DOUBLE;
}

/* The number has ended before this byte, which is looked at again. */
static bool end_number(struct scan *s)
{
	if (!s->real && !fits_integer(s))
		return refuse(s, "an integer beyond 64 bits");
	if (s->real && !fits_double(s))
		return refuse(s, "a number beyond a double");
	end_value(s);
	return false;
}

static void begin_number(struct scan *s, unsigned char c)
{
	s->digits = 0;
	s->significant = 0;
	s->magnitude = 0;
	s->exponent = 0;
	s->negative = c == '-';
	s->down = false;
	s->real = false;
	if (c == '-')
		s->step = MINUS;
	else
		s->step = c == '0' ? ZERO : INTEGER;
	if (is_digit(c))
		number_digit(s, c);
}

static bool step_minus(struct scan *s, unsigned char c)
{
	if (!is_digit(c))
		return refuse(s, "a minus sign without a digit");
	number_digit(s, c);
	s->step = c == '0' ? ZERO : INTEGER;
	return true;
}

/* After the digits before the point: point, exponent or the end. */
static bool after_integer(struct scan *s, unsigned char c)
{
	if (c == '.')
		s->step = POINT;
	else if (c == 'e' || c == 'E')
		s->step = EXPONENT_SIGN;
	else
		return end_number(s);
	s->real = true;
	return true;
}

static bool step_zero(struct scan *s, unsigned char c)
{
	if (is_digit(c))
		return refuse(s, "a number with a leading zero");
	return after_integer(s, c);
}

static bool step_integer(struct scan *s, unsigned char c)
{
	if (!is_digit(c))
		return after_integer(s, c);
	number_digit(s, c);
	s->magnitude++;
	return true;
}

static bool step_fraction(struct scan *s, unsigned char c)
{
	if (is_digit(c)) {
		/* 0.001: each zero before the first digit costs a place */
		if (s->significant == 0)
			s->magnitude--;
		number_digit(s, c);
		s->step = FRACTION;
		return true;
	}
	if (s->step == POINT)
		return refuse(s, "a decimal point without a digit");
	if (c != 'e' && c != 'E')
		return end_number(s);
	s->step = EXPONENT_SIGN;
	return true;
}

static bool step_exponent(struct scan *s, unsigned char c)
{
	if (is_digit(c)) {
		if (s->exponent < EXPONENT_CAP / 10)
			s->exponent = s->exponent * 10 + (c - '0');
		s->step = EXPONENT;
		return true;
	}
	if (s->step == EXPONENT)
		return end_number(s);
	if (s->step == EXPONENT_FIRST || (c != '+' && c != '-'))
		return refuse(s, "an exponent without a digit");
	s->down = c == '-';
	s->step = EXPONENT_FIRST;
	return true;
}

/* ---- strings ------------------------------------------------------------- */

/*
 * Length of the run of plain ASCII at s: no quote, backslash, control or
 * byte beyond ASCII.  Eight at a time: subtracting from a byte borrows into
 * its top bit if it was smaller; which of the eight it was is then looked for
 * one by one, so a borrow that goes on into the next byte does no harm.
 */
static size_t plain_run(const char *s, size_t len)
{
	size_t i = 0;

	while (len - i >= sizeof(uint64_t)) {
		uint64_t w, quote, backslash;

		memcpy(&w, s + i, sizeof(w));
		quote = w ^ ONES * '"';
		backslash = w ^ ONES * '\\';
		if (((w - ONES * 0x20) | (quote - ONES) | (backslash - ONES) |
		     w) &
		    TOPS)
			break;
		i += sizeof(w);
	}
	while (i < len) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
			break;
		i++;
	}
	return i;
}

static void begin_string(struct scan *s, bool key)
{
	s->in_key = key;
	s->step = STRING;
}

/* The first byte of a sequence, and what may follow it (Unicode, 3.9). */
static bool begin_sequence(struct scan *s, unsigned char c)
{
	s->low = 0x80;
	s->high = 0xbf;
	if (c >= 0xc2 && c <= 0xdf) {
		s->count = 1;
	} else if (c >= 0xe0 && c <= 0xef) {
		s->count = 2;
		if (c == 0xe0)
			s->low = 0xa0; /* else overlong */
		if (c == 0xed)
			s->high = 0x9f; /* else a surrogate */
	} else if (c >= 0xf0 && c <= 0xf4) {
		s->count = 3;
		if (c == 0xf0)
			s->low = 0x90;
		if (c == 0xf4)
			s->high = 0x8f; /* else beyond U+10FFFF */
	} else {
		return refuse(s, "invalid UTF-8");
	}
	s->step = STRING_TAIL;
	return true;
}

static bool step_string(struct scan *s, unsigned char c)
{
	if (c == '\\') {
		s->step = ESCAPE;
	} else if (c == '"') {
		if (s->in_key)
			s->step = COLON;
		else
			end_value(s);
	} else if (c == '\0') {
		return refuse(s, "a raw NUL in a string");
	} else if (c < 0x20) {
		return refuse(s, "a raw control character in a string");
	} else if (c >= 0x80) {
		return begin_sequence(s, c);
	}
	return true;
}

static bool step_string_tail(struct scan *s, unsigned char c)
{
	if (c < s->low || c > s->high)
		return refuse(s, "invalid UTF-8");
	s->low = 0x80;
	s->high = 0xbf;
	if (--s->count == 0)
		s->step = STRING;
	return true;
}

static void begin_hex(struct scan *s)
{
	s->count = 4;
	s->step = ESCAPE_HEX;
}

static bool step_escape(struct scan *s, unsigned char c)
{
	if (c == 'u') {
		s->code = 0;
		begin_hex(s);
		return true;
	}
	if (c == '\0' || !strchr("\"\\/bfnrt", c))
		return refuse(s, "an unknown escape in a string");
	s->step = STRING;
	return true;
}

/*
 * Four digits have been read.  The upper half of `code` holds the high
 * surrogate that came before them, or 0.
 */
static bool end_hex(struct scan *s)
{
	unsigned unit = s->code & 0xffff;
	bool high = unit >= 0xd800 && unit <= 0xdbff;
	bool low = unit >= 0xdc00 && unit <= 0xdfff;

	if (low != (s->code > 0xffff))
		return refuse(s, "half of a surrogate pair");
	if (s->code == 0 && s->in_key)
		return refuse(s, "\\u0000 in a key");
	s->step = high ? PAIR_BACKSLASH : STRING;
	return true;
}

static bool step_escape_hex(struct scan *s, unsigned char c)
{
	unsigned digit;

	if (is_digit(c))
		digit = c - '0';
	else if (c >= 'a' && c <= 'f')
		digit = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		digit = c - 'A' + 10;
	else
		return refuse(s, "\\u without four hexadecimal digits");
	s->code = s->code << 4 | digit;
	return --s->count > 0 || end_hex(s);
}

static bool step_pair(struct scan *s, unsigned char c)
{
	if (c != (s->step == PAIR_BACKSLASH ? '\\' : 'u'))
		return refuse(s, "half of a surrogate pair");
	if (s->step == PAIR_BACKSLASH)
		s->step = PAIR_U;
	else
		begin_hex(s);
	return true;
}

/* ---- values, arrays, objects --------------------------------------------- */

static bool push(struct scan *s, unsigned char bracket)
{
	if (s->depth == s->limits.depth)
		return too_large(s, "nested too deeply", s->limits.depth);
	s->stack[s->depth++] = bracket;
	s->step = bracket == '[' ? FIRST_VALUE : FIRST_KEY;
	return true;
}

static bool pop(struct scan *s)
{
	s->depth--;
	end_value(s);
	return true;
}

static bool begin_literal(struct scan *s, const char *word)
{
	s->literal = word;
	s->code = 1;
	s->step = LITERAL;
	return true;
}

static bool step_literal(struct scan *s, unsigned char c)
{
	if ((unsigned char)s->literal[s->code] != c)
		return refuse(s, "a word that is not true, false or null");
	if (s->literal[++s->code] == '\0')
		end_value(s);
	return true;
}

static bool begin_value(struct scan *s, unsigned char c)
{
	if (c == '"')
		begin_string(s, false);
	else if (c == '{' || c == '[')
		return push(s, c);
	else if (c == 't')
		return begin_literal(s, "true");
	else if (c == 'f')
		return begin_literal(s, "false");
	else if (c == 'n')
		return begin_literal(s, "null");
	else if (c == '-' || is_digit(c))
		begin_number(s, c);
	else if (c == '\0')
		return refuse(s, "a raw NUL");
	else
		return refuse(s, "no value where one has to be");
	return true;
}

static bool step_begin(struct scan *s, unsigned char c)
{
	if (is_space(c))
		return true;
	s->started = true;
	return begin_value(s, c);
}

static bool step_value(struct scan *s, unsigned char c)
{
	if (is_space(c))
		return true;
	if (c == ']' && s->step == FIRST_VALUE)
		return pop(s);
	if (!begin_value(s, c))
		return false;
	if (++s->values > s->limits.values)
		return too_large(s, "too many values", s->limits.values);
	return true;
}

static bool step_key(struct scan *s, unsigned char c)
{
	if (is_space(c))
		return true;
	if (c == '}' && s->step == FIRST_KEY)
		return pop(s);
	if (c != '"')
		return refuse(s, s->step == FIRST_KEY
					 ? "neither a quoted key nor }"
					 : "no quoted key after a comma");
	begin_string(s, true);
	return true;
}

static bool step_colon(struct scan *s, unsigned char c)
{
	if (is_space(c))
		return true;
	if (c != ':')
		return refuse(s, "no colon after a key");
	s->step = ANY_VALUE;
	return true;
}

static bool step_after_value(struct scan *s, unsigned char c)
{
	bool array = s->stack[s->depth - 1] == '[';

	if (is_space(c))
		return true;
	if (c == (array ? ']' : '}'))
		return pop(s);
	if (c != ',')
		return refuse(s, array ? "neither a comma nor ] after a value"
				       : "neither a comma nor } after a value");
	s->step = array ? ANY_VALUE : ANY_KEY;
	return true;
}

/*
 * One function a step.  True: the byte was taken; false: it was not, because
 * of a fault or because it ended a number.
 */
static bool (*const steps[STEPS])(struct scan *s, unsigned char c) = {
	[BEGIN] = step_begin,
	[ANY_VALUE] = step_value,
	[FIRST_VALUE] = step_value,
	[FIRST_KEY] = step_key,
	[ANY_KEY] = step_key,
	[COLON] = step_colon,
	[AFTER_VALUE] = step_after_value,
	[STRING] = step_string,
	[STRING_TAIL] = step_string_tail,
	[ESCAPE] = step_escape,
	[ESCAPE_HEX] = step_escape_hex,
	[PAIR_BACKSLASH] = step_pair,
	[PAIR_U] = step_pair,
	[LITERAL] = step_literal,
	[MINUS] = step_minus,
	[ZERO] = step_zero,
	[INTEGER] = step_integer,
	[POINT] = step_fraction,
	[FRACTION] = step_fraction,
	[EXPONENT_SIGN] = step_exponent,
	[EXPONENT_FIRST] = step_exponent,
	[EXPONENT] = step_exponent,
};

/* Reads on until the value has ended or a fault; returns the bytes taken. */
static size_t run(struct scan *s, const char *data, size_t len)
{
	size_t i = 0;

	while (i < len && s->step != END) {
		size_t n = 0;

		if (s->step == STRING)
			n = plain_run(data + i, len - i);
		if (n == 0)
			n = steps[s->step](s, (unsigned char)data[i]);
		if (s->fault)
			break;
		i += n;
		if (s->started)
			s->bytes += n;
		if (s->bytes > s->limits.bytes) {
			i -= s->bytes - s->limits.bytes;
			too_large(s, "too long", s->limits.bytes);
			break;
		}
	}
	return i;
}

enum scan_state scan_feed(struct scan *s, const char *data, size_t len,
			  size_t *used)
{
	*used = s->fault ? 0 : run(s, data, len);
	if (s->fault)
		return SCAN_FAULT;
	return s->step == END ? SCAN_DONE : SCAN_MORE;
}

enum scan_state scan_end(struct scan *s)
{
	if (!s->fault && s->started && s->step != END) {
		/* A space ends a number and completes nothing else. */
		if (s->depth == 0 && s->step >= MINUS)
			steps[s->step](s, ' ');
		if (!s->fault && s->step != END)
			refuse(s, "the text ends within a value");
	}
	if (s->fault)
		return SCAN_FAULT;
	return s->step == END ? SCAN_DONE : SCAN_MORE;
}

int scan_error(const struct scan *s, size_t byte, struct error *err)
{
	if (s->code_of_fault == ERR_TOO_LARGE)
		return error_set(err, ERR_TOO_LARGE, NULL,
				 "%s (limit %zu) at byte %zu", s->fault,
				 s->limit_of_fault, byte);
	return error_set(err, s->code_of_fault, NULL, "%s at byte %zu",
			 s->fault, byte);
}

int scan_whole(const char *text, size_t len, const struct json_limits *limits,
	       size_t *offset, struct error *err)
{
	struct scan s;
	size_t used;

	scan_init(&s, limits);
	scan_feed(&s, text, len, &used);
	if (scan_end(&s) == SCAN_MORE)
		refuse(&s, "no value");
	while (!s.fault && used < len && is_space((unsigned char)text[used]))
		used++;
	if (!s.fault && used < len)
		refuse(&s, "something after the value");
	if (!s.fault)
		return 0;
	if (offset)
		*offset = used;
	return scan_error(&s, used + 1, err);
}
