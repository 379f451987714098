/* The forms that a finished comparison is told in. */
#ifndef COMPARE_FORMAT_H
#define COMPARE_FORMAT_H

#include <stdio.h>

#include "base/buf.h"
#include "compare/verdict.h"

/* What there is to tell; all borrowed. */
struct diff_page {
	const struct diff *d;
	const struct agreement *a;
	const struct diff_verdict *v;
	const char *golden; /* the file's name */
	bool agreement;     /* measures of agreement are wanted */
	bool words;         /* evidence may be shown */
	size_t show;        /* calls in a list at most */
};

/* For people at a terminal: the worst calls first, the verdict last. */
void diff_print_text(const struct diff_page *p, FILE *out);

/* The same as Markdown, the verdict first. */
void diff_print_markdown(const struct diff_page *p, FILE *out);

/* One object, described in callqa-diff(1). */
void diff_print_json(const struct diff_page *p, FILE *out);

/*
 * JUnit's XML: a case for each call and field, one for each threshold; no
 * free text of a call.
 */
void diff_print_junit(const struct diff_page *p, FILE *out);

/*
 * Annotations for GitHub's log, ten of a kind at most; names and choices
 * only, no text of a call.
 */
void diff_print_github(const struct diff_page *p, FILE *out);

/* The most bytes that GitHub takes for a step's summary. */
#define GITHUB_SUMMARY_BYTES ((size_t)1 << 20)

/*
 * Markdown for GitHub's job summary, without text of a call; cut after a line
 * where it would be longer than GitHub takes.
 */
void diff_print_github_summary(const struct diff_page *p, FILE *out);

/* ---- what the forms share -------------------------------------------- */

/* "field" or "field [name]" of a unit. */
void diff_put_label(struct buf *b, const struct diff *d,
		    const struct diff_unit *u);

/* A value as all forms show it; "absent" for none. */
const char *diff_shown(const struct diff *d, uint32_t value);

/* May the value leave for a log that others read: no free text? */
bool diff_is_plain(const struct diff *d, const struct diff_unit *u);

/* Values that became others, and how often. */
struct diff_transition {
	size_t field, from, to; /* choices; to == DIFF_CHOICES: absent */
	size_t count;
};

/* The most frequent first; new, to be freed. */
struct diff_transition *diff_transitions(const struct diff *d, size_t *count);

/* What a check asked for and found, in words. */
void diff_put_check(struct buf *b, const struct diff_check *check);

#endif
