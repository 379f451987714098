/*
 * A schema is a table: one row a field.  From the one declaration come
 * validation of all faults with paths, conversion, defaults, the JSON Schemas
 * that --print-schema shows and a model is sent, and the manual's tables.
 */
#ifndef DATA_SCHEMA_H
#define DATA_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"

enum field_type {
	T_STRING,
	T_INTEGER,
	T_NUMBER,
	T_BOOLEAN,
	T_CHOICE, /* a string out of .choices */
	T_TIME,   /* becomes RFC 3339 UTC with milliseconds */
	T_OBJECT, /* fields of .model */
	T_ARRAY,  /* of .item */
	T_MAP,    /* object with free keys, its values as .item */
	T_ANY     /* whatever it is */
};

enum field_flag {
	F_REQUIRED = 1 << 0,
	F_NULLABLE = 1 << 1,
	F_MIN = 1 << 2,   /* T_INTEGER, T_NUMBER: value >= .min */
	F_ABOVE = 1 << 3, /* value > .min */
	F_MAX = 1 << 4,   /* value <= .max */
	/*
	 * T_MAP: the keys are section numbers as text; `Section 3`, `3.` and
	 * `3: Intro` become "3", anything else is a fault, so is a second 3.
	 */
	F_SECTION_KEYS = 1 << 5,
	/*
	 * T_STRING: where the context has item names, the value is one of
	 * them (matched as choices are); the array around it then holds each
	 * name exactly once.
	 */
	F_ITEM_NAME = 1 << 6,
	/* What a person said, earns or is: never shown in a fault. */
	F_PRIVATE = 1 << 7,
	/* May be absent, and then stays so: neither default nor null. */
	F_OPTIONAL = 1 << 8,
	/* T_STRING: names something elsewhere, so it stays as it is written. */
	F_KEY = 1 << 9,
	/* T_STRING: words of the transcript, perhaps in quotation marks. */
	F_QUOTE = 1 << 10,
	/* T_STRING: prose; what stands in quotation marks is quoted. */
	F_QUOTES = 1 << 11
};

/* The most rows of a table, and levels of a document one describes. */
#define SCHEMA_FIELDS 32
#define SCHEMA_DEPTH  10

struct model;

struct field {
	const char *name; /* NULL ends a table; NULL in an .item */
	enum field_type type;
	unsigned flags;
	/* T_CHOICE: the values; T_STRING: the usual ones, others are warned of
	 */
	const char *const *choices;
	const struct model *model;
	const struct field *item;
	double min, max;
	/* T_STRING: characters; T_ARRAY, T_MAP: elements.  max 0: no bound */
	size_t min_length, max_length;
	/* JSON text of the value where the field is missing; NULL: none */
	const char *fallback;
	const char *help;
};

struct model {
	const char *name; /* "compliance"; [a-z_]+ */
	const char *title;
	/* Rows, ended by a NULL name; NULL where .one_of is set */
	const struct field *fields;
	/* NULL-ended: the document is one of these */
	const struct model *const *one_of;
	/* Unknown keys are dropped in silence; else they are faults */
	bool open;
};

/* What one validation or one printed schema depends on beside the table. */
struct schema_context {
	/*
	 * The strict rules of a request: choices are matched exactly.  Else
	 * (a model's reply) without case, spaces, `_`, `-` and `/`, and
	 * written as the table spells them.
	 */
	bool exact;
	/*
	 * Maps are arrays to fold back: of {"section": KEY, fields of the
	 * value} where the value is an object, else {"section": KEY, "value":
	 * VALUE}.  Without F_SECTION_KEYS the name is "key", not "section".
	 */
	bool wire;
	/* NULL-ended names for F_ITEM_NAME, or NULL: names are free */
	const char *const *item_names;
	/*
	 * What a fault or a warning may show of a scalar that it found: the
	 * value itself or something in its place, new.  NULL: itself.
	 */
	json_t *(*shown)(void *ctx, const json_t *value);
	void *shown_ctx;
};

/*
 * All that is wrong with one document, in document order; what is missing in
 * an object comes after what is in it.  `list` holds {path, message, got}:
 * path as `client_data.sections[2]` or `sections["a b"].quote` ("" is the
 * document itself), message as what was expected there, got as short JSON
 * text, as a type's name (of objects, arrays, private text), or null where
 * nothing was.  `warnings` holds strings.  At most LIMIT_FAULTS of each are
 * kept, the rest of the faults counted.
 */
struct faults {
	json_t *list;
	json_t *warnings;
	size_t omitted;
};

/* No faults yet. */
void faults_init(struct faults *f);
/* Drops the lists; the struct may be initialised again. */
void faults_release(struct faults *f);
/* Appends a fault; text by format; got may be NULL. */
void faults_add(struct faults *f, const char *path, const char *got,
		const char *format, ...) PRINTF_LIKE(4, 5);
size_t faults_count(const struct faults *f);

/*
 * Checks and converts a document.  Returns the converted document: fields in
 * the table's order, defaults filled, nullable ones without default as null,
 * unknown keys gone, \u0000 in strings replaced by U+FFFD (with a warning;
 * not inside T_ANY); strings are shared with `value`, not copied.  NULL if
 * there is a fault; all faults are in *faults.  New.
 *
 * Where the context has item names, the array of rows that hold F_ITEM_NAME
 * must be there.  A model with .one_of is tried model by model; if none fits,
 * the faults are those of the one with the fewest.
 *
 * Conversions are those of pydantic 2's lax mode: "300", " 300 ", 300.0 and
 * "300.0" are the integer 300; "0.5" and 1 are numbers; yes/no/on/off/t/f/y/n/
 * true/false/1/0 (any case, string or number) are booleans; times as
 * clock_parse().  Departures: a boolean is no number, NaN and Infinity are
 * refused, an integer outside int64 is refused.
 */
json_t *schema_convert(const struct model *model, const json_t *value,
		       const struct schema_context *context,
		       struct faults *faults) MUST_USE;

enum schema_form {
	SCHEMA_FULL, /* draft 2020-12, all bounds, help as description */
	/*
	 * For a prompt, short.  It is sent with a sentence that all members
	 * are required and no others allowed, and does not say so itself; a
	 * list `required` stands only where some members may be left out.  No
	 * help, titles, defaults, patterns of keys, greatest lengths, all of
	 * which are enforced all the same; what repeats stands in $defs.
	 */
	SCHEMA_PROMPT,
	/*
	 * What OpenAI's and Anthropic's structured outputs both know: all
	 * members required, no bounds, maps as arrays.
	 */
	SCHEMA_WIRE
};

/*
 * Does the model have a wire form?  Not if it is open, one of several, or has
 * optional or arbitrary members: the strict subset cannot say these.
 */
bool schema_has_wire(const struct model *model);

/*
 * The model's JSON Schema.  NULL if SCHEMA_WIRE is asked for and there is
 * none.  New.
 */
json_t *schema_json(const struct model *model, enum schema_form form,
		    const struct schema_context *context) MUST_USE;

/*
 * Checks the table itself: names, choices present, fallbacks that fit their
 * own field, bounds in order, nesting at most SCHEMA_DEPTH.  For tests.
 */
int schema_check(const struct model *model, struct error *err) MUST_USE;

#endif
