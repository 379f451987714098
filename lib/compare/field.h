/*
 * What two reports are compared by: one row a field, with its place, its
 * scale, and whether it counts unless asked.
 */
#ifndef COMPARE_FIELD_H
#define COMPARE_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* How values of a field are compared. */
enum diff_kind {
	DIFF_NUMBER, /* by their difference */
	DIFF_CHOICE, /* one of `choices` */
	DIFF_TEXT    /* equal or not */
};

/* How many values a record has of it, and what they are called. */
enum diff_shape {
	DIFF_ONE,   /* one, without a name */
	DIFF_ROWS,  /* a list of objects: member name_key is the name */
	DIFF_MAP,   /* an object: its keys are the names */
	DIFF_COUNT, /* a list of objects: how many have each choice */
	DIFF_SET    /* a list without order, as one text */
};

struct diff_field {
	const char *name;  /* as options and output call it */
	const char *group; /* a name for several of them */
	const char *path;  /* in a report, with dots */
	enum diff_shape shape;
	enum diff_kind kind;
	const char *name_key; /* of ROWS */
	const char
		*value_key; /* of ROWS, MAP (NULL: the value itself), COUNT */
	const char *words_key; /* beside the value: the evidence, or NULL */
	const char *const *choices; /* NULL-ended */
	size_t ordered; /* the first of them are a scale, best first */
	bool asked;     /* compared only if --fields names it */
	const char *help;
};

/* Rows of the table, and choices of a field, at most. */
enum { DIFF_FIELDS = 28, DIFF_CHOICES = 4, DIFF_NO_FIELD = DIFF_FIELDS };

extern const struct diff_field diff_fields[DIFF_FIELDS];

/* The field of that name; DIFF_NO_FIELD for none. */
size_t diff_field_find(const char *name);

/* The place of a text in the field's choices, however it is spaced and
 * capitalised; DIFF_CHOICES if it is none of them. */
size_t diff_choice(const struct diff_field *field, const char *text);

/* How the field is compared; counted: as diff_visit() has it. */
enum diff_kind diff_kind_of(size_t field, bool counted);

/* One value of a record. */
struct diff_value {
	size_t field;
	const char *name;  /* "" if the field has one value only */
	const char *text;  /* a choice in its own spelling, a number as text */
	const char *words; /* the evidence beside it, or NULL */
};

/* Takes a value; all of it is valid during the call only. */
typedef void diff_visit_fn(void *ctx, const struct diff_value *value);

/*
 * Hands over the record's values of the fields in wanted[], row by row of the
 * table.  What is absent or null is passed over.  counted: fields of named
 * choices are counted by choice instead.  -1 with *err (ERR_INPUT; text
 * begins with the path) if something has a wrong type or is no choice.
 */
int diff_visit(const json_t *record, const bool wanted[DIFF_FIELDS],
	       bool counted, diff_visit_fn *fn, void *ctx,
	       struct error *err) MUST_USE;

#endif
