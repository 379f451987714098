/* A page for people on its way; private to page*.c. */
#ifndef COMPARE_PAGE_H
#define COMPARE_PAGE_H

#include <stdbool.h>

#include "compare/format.h"
#include "compare/table.h"

struct page {
	const struct diff_page *p;
	FILE *out;
	bool markdown;
};

/* A heading in the page's style. */
void page_heading(const struct page *s, const char *text);

/* Appends a NULL-ended row of words to a table. */
void page_row(struct table *t, const char *const *words);

/* Prints the table in the page's style, and frees it. */
void page_table(const struct page *s, struct table *t);

/* Measures, statuses, confusion tables; page_agreement.c. */
void page_agreement(const struct page *s);

#endif
