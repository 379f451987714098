/*
 * What the compilers of all formats share; private to template.c and them.
 */
#ifndef PROMPT_COMPILE_H
#define PROMPT_COMPILE_H

#include <stdbool.h>

#include "prompt/segment.h"

/* A template being compiled. */
struct compiler {
	const struct template_source *source;
	const struct template_names *names;
	struct template *t;
	size_t at;        /* next byte to look at */
	bool conditional; /* inside an `if` */
	struct error *err;
};

/* Fill c->t from its source; -1 with the error. */
int compile_plain(struct compiler *c) MUST_USE;
int compile_f_string(struct compiler *c) MUST_USE;
int compile_jinja2(struct compiler *c) MUST_USE;

/* Is it one of [A-Za-z0-9_]? */
bool is_name_byte(char byte);

/* The byte at an offset; NUL at the end, where no rule wants one. */
char compile_byte(const struct compiler *c, size_t offset);

/* The end of the run of name bytes that begins at `begin`. */
size_t compile_name_end(const struct compiler *c, size_t begin);

/* Sets the error with the place of that byte; -1. */
int compile_fault(const struct compiler *c, size_t offset, const char *format,
		  ...) PRINTF_LIKE(3, 4);

/*
 * The index of the name that stands at `name`; -1 with the error, which
 * points to `offset`, if it is none of those that are offered.
 */
int compile_find(const struct compiler *c, size_t offset, size_t name,
		 size_t len, size_t *index) MUST_USE;

/* Appends a placeholder of the source and the mention of its name. */
void compile_value(struct compiler *c, size_t begin, size_t end, size_t index);

#endif
