/* A table of words, printed with aligned columns or as Markdown. */
#ifndef COMPARE_TABLE_H
#define COMPARE_TABLE_H

#include <stdio.h>

#include "base/compiler.h"

struct table {
	const char *columns; /* a letter each: l left, r right; borrowed */
	/* private */
	char **cells;
	size_t count, room;
};

/* An empty table. */
void table_init(struct table *t, const char *columns);
void table_release(struct table *t);

/* Appends a cell, row by row. */
void table_put(struct table *t, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends an empty cell. */
void table_skip(struct table *t);

/* Appends a cell from outside: controls escaped, cut to `most` bytes. */
void table_put_text(struct table *t, const char *text, size_t most);

/* Prints it in columns, each line after `indent`; widths are characters. */
void table_print(const struct table *t, FILE *out, const char *indent);

/* Prints it as Markdown, the first row as its heading. */
void table_print_markdown(const struct table *t, FILE *out);

/* Prints text for Markdown: on one line, its marks escaped. */
void markdown_text(FILE *out, const char *text);

#endif
