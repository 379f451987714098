/*
 * A small YAML: mappings, sequences and scalars, each knowing where it stood.
 *
 * libyaml's events only, with our limits: it nests without one and is
 * quadratic in it.  Anchors, aliases, tags, merge keys and second documents
 * are errors; so are repeated keys.
 */
#ifndef DATA_YAML_H
#define DATA_YAML_H

#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/place.h"
#include "base/text.h"

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
	enum yaml_kind kind;
	unsigned line, column; /* from 1; of a block scalar: its `|` or `>` */
	size_t start;          /* the same place as an offset in the file */
	/* scalar: the text, NUL-ended (no NUL inside), and whether quoted */
	char *text;
	size_t length;
	int quoted; /* quoted or a block scalar: never null, bool or number */
	/* sequence: elements; mapping: keys and values in turn */
	struct yaml_node **children;
	size_t count; /* elements, or pairs */
};

/*
 * Reads one document of at most LIMIT_CONFIG_BYTES, in UTF-8, a BOM allowed.
 * `name` stands in errors as "name:line:column".  NULL with *err (ERR_CONFIG)
 * on any fault; an empty document is a mapping of no pairs.  New, freed by
 * yaml_node_free().
 */
struct yaml_node *yaml_parse(const char *name, const char *text, size_t len,
			     struct error *err) MUST_USE;
/* Frees it and all below it.  Not yaml_free(): libyaml exports that name. */
void yaml_node_free(struct yaml_node *node);

/* The i-th key (a scalar) and value of a mapping; borrowed. */
const struct yaml_node *yaml_key(const struct yaml_node *map, size_t i);
const struct yaml_node *yaml_value(const struct yaml_node *map, size_t i);

/* The value of that key, or NULL; borrowed. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/*
 * The place in the file of scalar->text[offset]: behind the block's header
 * and indentation, the quote, the escapes and folded lines before it.
 * `file` is the text that yaml_parse() read.  Exact for what is not white
 * space.
 */
struct place yaml_locate(struct text file, const struct yaml_node *scalar,
			 size_t offset);

/* Sets *err with "name:line:column" of the node in front; returns -1. */
int yaml_fault(const char *name, const struct yaml_node *at, struct error *err,
	       enum error_code code, const char *format, ...) PRINTF_LIKE(5, 6);

/*
 * The same for a scalar that is none of the words known there (NULL-ended):
 * `unknown WHAT "TEXT"` and what nearest_hint() says of it; returns -1.
 */
int yaml_fault_unknown(const char *name, const struct yaml_node *at,
		       struct error *err, enum error_code code,
		       const char *what, const char *const *known);

enum { YAML_STEP = 2 };

/*
 * Appends a scalar as the value of a key, and the end of its line: a block if
 * its characters can stand in one, its lines `indent` spaces deep and the key
 * YAML_STEP less, else in double quotes.  yaml_parse() reads the same text
 * again, unless it has U+0000, which is none to it, or is no UTF-8.
 */
void yaml_write_text(struct buf *b, struct text text, unsigned indent);

#endif
