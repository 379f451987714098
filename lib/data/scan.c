/* A JSON scanner that is fed bytes: a state machine and a stack of brackets. */
#include "data/scan.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

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

/* A limit is passed; scan_lift() has the byte looked at again without it. */
static bool too_large(struct scan *s, const char *reason, size_t limit)
{
	refuse(s, reason);
	s->code_of_fault = ERR_TOO_LARGE;
	s->limit_of_fault = limit;
	s->liftable = !s->lifted;
	return false;
}

/*
 * Something is wrong that does not hide where the value ends.  When lifted,
 * the byte is looked at again at the next step.
 */
static bool blemish(struct scan *s, enum step next, const char *reason)
{
	s->step = next;
	if (s->lifted)
		return false;
	s->liftable = true;
	return refuse(s, reason);
}

static void end_value(struct scan *s)
{
	s->step = s->depth > 0 ? AFTER_VALUE : END;
}

/* ---- numbers --------------------------------------------------------- */

/* The number has ended before this byte, which is looked at again. */
static bool end_number(struct scan *s)
{
	end_value(s);
	if (!s->real && !decimal_fits_int64(&s->number))
		return blemish(s, s->step, "an integer beyond 64 bits");
	if (s->real && !decimal_fits_double(&s->number))
		return blemish(s, s->step, "a number beyond a double");
	return false;
}

/* A number's first digit. */
static bool begin_digits(struct scan *s, char c)
{
	decimal_integer_digit(&s->number, c);
	s->step = c == '0' ? ZERO : INTEGER;
	return true;
}

static bool begin_number(struct scan *s, char c)
{
	decimal_init(&s->number, c == '-');
	s->real = false;
	if (c != '-')
		return begin_digits(s, c);
	s->step = MINUS;
	return true;
}

static bool step_minus(struct scan *s, unsigned char c)
{
	if (!is_digit(c))
		return refuse(s, "a minus sign without a digit");
	return begin_digits(s, (char)c);
}

/* After a digit before the point: another, point, exponent or the end. */
static bool step_integer(struct scan *s, unsigned char c)
{
	if (is_digit(c)) {
		if (s->step == ZERO)
			return refuse(s, "a number with a leading zero");
		decimal_integer_digit(&s->number, (char)c);
		return true;
	}
	if (c == '.')
		s->step = POINT;
	else if (c == 'e' || c == 'E')
		s->step = EXPONENT_SIGN;
	else
		return end_number(s);
	s->real = true;
	return true;
}

static bool step_fraction(struct scan *s, unsigned char c)
{
	if (is_digit(c)) {
		decimal_fraction_digit(&s->number, (char)c);
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
		decimal_exponent_digit(&s->number, (char)c);
		s->step = EXPONENT;
		return true;
	}
	if (s->step == EXPONENT)
		return end_number(s);
	if (s->step == EXPONENT_FIRST || (c != '+' && c != '-'))
		return refuse(s, "an exponent without a digit");
	decimal_exponent_sign(&s->number, c == '-');
	s->step = EXPONENT_FIRST;
	return true;
}

/* ---- strings --------------------------------------------------------- */

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
	if (c < 0xc2 || c > 0xf4) {
		blemish(s, STRING, "invalid UTF-8");
		return s->lifted;
	}
	s->count = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	/* nothing overlong, no surrogates, nothing beyond U+10FFFF */
	s->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	s->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	s->step = STRING_TAIL;
	return true;
}

/* A control character; only a new line hides where the string ends. */
static bool control(struct scan *s, unsigned char c)
{
	if (c == '\n')
		return refuse(s, "a line break in a string");
	blemish(s, STRING,
		c == '\r' ? "a line break in a string"
		: c       ? "a raw control character in a string"
			  : "a raw NUL in a string");
	return s->lifted;
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
	} else if (c < 0x20) {
		return control(s, c);
	} else if (c >= 0x80) {
		return begin_sequence(s, c);
	}
	return true;
}

static bool step_string_tail(struct scan *s, unsigned char c)
{
	if (c < s->low || c > s->high)
		return blemish(s, STRING, "invalid UTF-8");
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
		return blemish(s, STRING, "an unknown escape in a string");
	s->step = STRING;
	return true;
}

/*
 * The last of four digits is here.  The upper half of `code` holds the high
 * surrogate that came before them, or 0.
 */
static bool end_hex(struct scan *s)
{
	unsigned unit = s->code & 0xffff;
	bool high = unit >= 0xd800 && unit <= 0xdbff;
	bool low = unit >= 0xdc00 && unit <= 0xdfff;
	const char *reason = NULL;

	if (low != (s->code > 0xffff))
		reason = "half of a surrogate pair";
	else if (s->code == 0 && s->in_key)
		reason = "\\u0000 in a key";
	s->step = high ? PAIR_BACKSLASH : STRING;
	if (!reason)
		return true;
	blemish(s, STRING, reason);
	return s->lifted;
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
		return blemish(s, STRING,
			       "\\u without four hexadecimal digits");
	s->code = s->code << 4 | digit;
	return --s->count > 0 || end_hex(s);
}

static bool step_pair(struct scan *s, unsigned char c)
{
	bool first = s->step == PAIR_BACKSLASH;

	if (c != (first ? '\\' : 'u'))
		return blemish(s, first ? STRING : ESCAPE,
			       "half of a surrogate pair");
	if (first)
		s->step = PAIR_U;
	else
		begin_hex(s);
	return true;
}

/* ---- values, arrays, objects ----------------------------------------- */

/* The stack has one bit for each level: an array or not. */
static bool push(struct scan *s, bool array)
{
	unsigned char bit = (unsigned char)(1u << s->depth % 8);

	if (s->depth == s->limits.depth)
		return too_large(s, "nested too deeply", s->limits.depth);
	if (array)
		s->arrays[s->depth / 8] |= bit;
	else
		s->arrays[s->depth / 8] &= (unsigned char)~bit;
	s->depth++;
	s->step = array ? FIRST_VALUE : FIRST_KEY;
	return true;
}

static bool in_array(const struct scan *s)
{
	unsigned level = s->depth - 1;

	return s->arrays[level / 8] >> level % 8 & 1;
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
		return push(s, c == '[');
	else if (c == 't')
		return begin_literal(s, "true");
	else if (c == 'f')
		return begin_literal(s, "false");
	else if (c == 'n')
		return begin_literal(s, "null");
	else if (c == '-' || is_digit(c))
		return begin_number(s, (char)c);
	else if (c == '\0')
		return refuse(s, "a raw NUL");
	else
		return refuse(s, "no value where one has to be");
	return true;
}

static bool step_value(struct scan *s, unsigned char c)
{
	if (is_space(c))
		return true;
	if (c == ']' && s->step == FIRST_VALUE)
		return pop(s);
	if (s->step != BEGIN && s->values++ >= s->limits.values)
		return too_large(s, "too many values", s->limits.values);
	s->started = true;
	return begin_value(s, c);
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
	bool array = in_array(s);

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
	[BEGIN] = step_value,
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
	[ZERO] = step_integer,
	[INTEGER] = step_integer,
	[POINT] = step_fraction,
	[FRACTION] = step_fraction,
	[EXPONENT_SIGN] = step_exponent,
	[EXPONENT_FIRST] = step_exponent,
	[EXPONENT] = step_exponent,
};

/* Would this byte end a number at the top level, and so not be part of it? */
static bool ends_number(const struct scan *s, char c)
{
	return s->depth == 0 && s->step > MINUS && s->step < END &&
	       (c == '\0' || !strchr("0123456789+-.eE", c));
}

/* Reads on until the value has ended or a fault; returns the bytes taken. */
static size_t run(struct scan *s, const char *data, size_t len)
{
	size_t i = 0;

	while (i < len && s->step != END) {
		size_t room = s->limits.bytes - s->bytes, n = 0;

		if (s->step == STRING)
			n = plain_run(data + i,
				      len - i < room ? len - i : room);
		if (room == 0 && !ends_number(s, data[i]))
			too_large(s, "too long", s->limits.bytes);
		else if (n == 0)
			n = steps[s->step](s, (unsigned char)data[i]);
		if (s->fault)
			break;
		i += n;
		if (s->started)
			s->bytes += n;
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

bool scan_lift(struct scan *s)
{
	if (!s->fault || !s->liftable)
		return false;
	s->fault = NULL;
	s->liftable = false;
	s->lifted = true;
	s->limits.bytes = SIZE_MAX;
	s->limits.depth = SCAN_DEPTH_LIFTED;
	s->limits.values = SIZE_MAX;
	return true;
}

int scan_error(const struct scan *s, const char *where, struct error *err)
{
	if (s->code_of_fault == ERR_TOO_LARGE)
		return error_set(err, ERR_TOO_LARGE, NULL,
				 "%s (limit %zu) at %s", s->fault,
				 s->limit_of_fault, where);
	return error_set(err, s->code_of_fault, NULL, "%s at %s", s->fault,
			 where);
}

int scan_whole(const char *text, size_t len, const struct json_limits *limits,
	       size_t *offset, struct error *err)
{
	struct scan s;
	size_t used;
	char where[40];

	scan_init(&s, limits);
	scan_feed(&s, text, len, &used);
	if (scan_end(&s) == SCAN_MORE)
		refuse(&s, "no value");
	while (!s.fault && used < len && is_space(text[used]))
		used++;
	if (!s.fault && used < len)
		refuse(&s, "something after the value");
	if (!s.fault)
		return 0;
	if (offset)
		*offset = used;
	snprintf(where, sizeof(where), "byte %zu", used + 1);
	return scan_error(&s, where, err);
}
