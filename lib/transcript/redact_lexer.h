/*
 * A transcript as redaction reads it: numbers, written or spoken, and words
 * that mean something near a number.  Private to redaction.
 */
#ifndef TRANSCRIPT_REDACT_LEXER_H
#define TRANSCRIPT_REDACT_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "transcript/redact.h"

/* ---- words ----------------------------------------------------------- */

/* What a number near the word may be. */
enum topic {
	TOPIC_CARD,
	TOPIC_CVV,
	TOPIC_PIN,
	TOPIC_SSN,
	TOPIC_SSN_TAIL,       /* "last four of your social" */
	TOPIC_ACCOUNT,        /* "account" */
	TOPIC_ACCOUNT_NUMBER, /* "account number" */
	TOPIC_ROUTING,
	TOPIC_PHONE,
	TOPIC_BIRTH,
	TOPIC_OTHER, /* "order number", "zip code": no secret */
	TOPICS
};

enum word_kind {
	WORD_PLAIN,
	WORD_FILLER, /* may stand between the digits of one number */
	WORD_NUMBER, /* "number", "#"; else a filler */
	WORD_LAST,   /* "last"; else a filler */
	WORD_NEXT,   /* "next four": a number of digits; else a filler */
	WORD_DIGIT,  /* value 0..9 */
	WORD_OH,     /* zero, next to other digits */
	WORD_TEEN,   /* value 10..19 */
	WORD_TENS,   /* value 20, 30 .. 90 */
	WORD_TIMES,  /* "double", "triple": value 2, 3 */
	WORD_AMOUNT, /* "dollars", "months": what stands before was counted */
	WORD_TOPIC,  /* value: a topic */
	WORD_OTHER,  /* "order": TOPIC_OTHER if "number" or digits follow */
	WORD_SECURITY,
	WORD_CODE,
	WORD_BACK,
	WORD_TAX,
	WORD_ID,
	WORD_MONTH, /* value 1..12 */
	WORD_LINK   /* "is", "my": may stand between a number and its name;
		     * else a filler */
};

struct word {
	const char *text;
	size_t len;
	enum word_kind kind;
	int value;
};

/* The row of the word, ASCII, any case; NULL: it is plain. */
const struct word *word_find(const char *s, size_t len);

/* Does word_find() find every row?  For tests. */
bool words_check(void);

/* May the word stand between two digits of one number? */
bool word_is_filler(const struct word *word);

/* ---- characters ------------------------------------------------------ */

enum char_kind {
	CHAR_LETTER,
	CHAR_DIGIT,
	CHAR_SPACE,
	CHAR_NEWLINE,
	CHAR_NOTHING, /* zero width */
	CHAR_DASH,
	CHAR_DOT,
	CHAR_NEUTRAL, /* may stand within a number */
	CHAR_MONEY,
	CHAR_BREAK /* may not */
};

/* One character of a text: what it is, its bytes, a digit's value. */
struct character {
	enum char_kind kind;
	uint8_t bytes; /* 1 where the bytes are no UTF-8 */
	uint8_t value;
};

/* The character at `at` < text.len. */
struct character character_at(struct text text, size_t at);

/*
 * The bytes of the placeholder at `at`, 0 if there is none; *class is the one
 * that it names.
 */
size_t placeholder_at(struct text text, size_t at, enum redact_class *class);

/* ---- tokens ---------------------------------------------------------- */

enum token_type {
	TOKEN_END,
	TOKEN_NUMBER,
	TOKEN_WORD,
	TOKEN_BREAK,      /* a character that ends a number; see `mark` */
	TOKEN_PLACEHOLDER /* there already, or found by others */
};

/* What lies between a token and the one before it. */
enum gap {
	GAP_NONE,
	GAP_TIGHT, /* one blank, dash or dot */
	GAP_LOOSE, /* more of them, commas, brackets */
	GAP_WIDE   /* a line's end */
};

/* The most digits of a number that are kept: a card's. */
enum { NUMBER_DIGITS = 19 };

struct token {
	enum token_type type;
	size_t begin, end;
	enum gap gap;
	char sep;      /* of GAP_TIGHT: ' ', '-' or '.' */
	bool in_label; /* in "Agent:" at a line's beginning */
	/* TOKEN_WORD; NULL: plain */
	const struct word *word;
	/* TOKEN_NUMBER */
	bool spoken, plus;
	bool maybe;    /* "oh" behind a digit and before a word */
	uint8_t count; /* digits; more than kept: too many */
	char digits[NUMBER_DIGITS];
	char mark;               /* TOKEN_BREAK: '%', ... or 0 */
	enum redact_class class; /* TOKEN_PLACEHOLDER */
};

/* A stretch of text that another detector has found. */
struct found {
	size_t begin, end;
	size_t value; /* index into the call's values */
	enum redact_class class;
};

struct lexer {
	struct text text;
	size_t pos;
	/* stretches to pass over as placeholders, in order */
	const struct found *found;
	size_t found_count;
	/* of the line at pos */
	bool line_begins;
	size_t label_end;
	uint32_t speaker; /* who speaks: a hash of the label's name; 0: nobody
			   * was named yet */
	const struct word *word; /* of the last token, if that was a word */
};

/* Starts at the text's beginning; all borrowed. */
void lexer_init(struct lexer *s, struct text text, const struct found *found,
		size_t found_count);

/*
 * The next token.  Times and names at the beginning of a line are labels: the
 * times are passed over, the words and numbers of the name are marked.
 */
void lexer_next(struct lexer *s, struct token *token);

#endif
