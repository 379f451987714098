/*
 * A jinja2 template being compiled; joins jinja.c (tokens and tags) and
 * jinja_expression.c (what stands inside), and is private to them.
 */
#ifndef PROMPT_JINJA_H
#define PROMPT_JINJA_H

#include "base/limits.h"
#include "prompt/compile.h"

enum token_kind {
	TOKEN_END, /* of the tag */
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_TEXT, /* with its quotes */
	TOKEN_MARK  /* one character that is none of these; == and != */
};

struct token {
	enum token_kind kind;
	size_t offset, len;
};

/* An `if` whose end has not come; SIZE_MAX: none. */
struct open_if {
	size_t begin; /* of its tag */
	size_t test;  /* the segment that has to lead past this branch */
	size_t jumps; /* the last jump to its end; its target: the one before */
	bool has_else;
};

struct jinja {
	struct compiler c;
	size_t begin;       /* of the tag that is read */
	const char *closer; /* "}}" or "%}" */
	struct token token;
	struct open_if open[LIMIT_TEMPLATE_DEPTH];
	size_t depth;
};

/* Reads the next token of the tag; -1 with the error if there is no end. */
int jinja_advance(struct jinja *j) MUST_USE;

/* Is the token this name or mark? */
bool jinja_is(const struct jinja *j, const char *text);

/*
 * Read what stands between `{{` and `}}`, and the condition after `if` or
 * `elif`, from the current token (of a condition: the one after it) to one
 * that does not belong to it.  *first: the condition's first atom.
 */
int jinja_output(struct jinja *j) MUST_USE;
int jinja_condition(struct jinja *j, size_t *first) MUST_USE;

#endif
