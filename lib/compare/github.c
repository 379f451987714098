/* The comparison as GitHub's annotations and as a job's summary. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "compare/format.h"

/*
 * GitHub shows ten errors and ten warnings of a step, and drops the others:
 * the last of each tells how many calls are not named.
 */
enum { ANNOTATIONS = 10, VALUES = 8 };

/* In a property `:` and `,` would end it. */
static void put_escaped(FILE *out, const char *text, bool property)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '%' || c < ' ' || (property && (c == ':' || c == ',')))
			fprintf(out, "%%%02X", c);
		else
			fputc(c, out);
	}
}

static void put_annotation(const struct diff_page *p, FILE *out,
			   const char *kind, size_t line, const char *title,
			   const char *text)
{
	fprintf(out, "::%s ", kind);
	if (line > 0) {
		fputs("file=", out);
		put_escaped(out, p->golden, true);
		fprintf(out, ",line=%zu,", line);
	}
	fputs("title=", out);
	put_escaped(out, title, true);
	fputs("::", out);
	put_escaped(out, text, false);
	fputc('\n', out);
}

/* "compliance [X]: A -> B; ...": ids and choices, never words of a call. */
static void put_values(struct buf *b, const struct diff *d,
		       const struct diff_call *call)
{
	size_t all = call->differing + call->flipping, n = 0;

	for (size_t i = 0; i < call->count && n < VALUES; i++) {
		const struct diff_unit *u = &d->units[call->first + i];

		if (!u->differs)
			continue;
		buf_puts(b, n++ > 0 ? "; " : "");
		diff_put_label(b, d, u);
		if (diff_is_plain(d, u))
			buf_printf(b, ": %s -> %s", diff_shown(d, u->value),
				   diff_shown(d, u->got));
		else
			buf_puts(b, ": text differs");
		if (u->flips)
			buf_puts(b, " (flips)");
	}
	if (n < all)
		buf_printf(b, "; and %zu more", all - n);
}

static void put_differing(const struct diff_page *p, FILE *out, size_t most)
{
	const char *kind = p->v->failed ? "error" : "warning";
	const struct diff *d = p->d;
	size_t n = 0, shown;
	struct buf b;

	while (n < d->count && d->order[n]->differing > 0)
		n++;
	shown = n > most ? most - 1 : n;
	buf_init(&b, LIMIT_REPORT_BYTES);
	for (size_t i = 0; i < shown; i++) {
		const struct diff_call *call = d->order[i];

		buf_clear(&b);
		put_values(&b, d, call);
		put_annotation(p, out, kind, call->line,
			       pool_text(&d->ids, call->id), b.data);
	}
	buf_clear(&b);
	buf_printf(&b, "%zu more calls differ; see the job's summary",
		   n - shown);
	if (shown < n)
		put_annotation(p, out, kind, 0, "callqa-diff", b.data);
	buf_release(&b);
}

/* A run that was broken is no fault of the quality: a warning. */
static void put_without(const struct diff_page *p, FILE *out, size_t most)
{
	const struct diff *d = p->d;
	size_t all = diff_without_verdict(d), n = 0;
	size_t shown = all > most ? most - 1 : all;
	char text[200];

	for (size_t i = 0; i < d->count && n < shown; i++) {
		const struct diff_call *c = &d->calls[i];

		if (c->state == DIFF_COMPARED || c->state == DIFF_UNLABELLED)
			continue;
		n++;
		snprintf(text, sizeof(text), "not evaluated: %s%s%s%s%s",
			 diff_state_name(c->state), c->stage ? ", " : "",
			 pool_text(&d->texts, c->stage), c->code ? ", " : "",
			 pool_text(&d->texts, c->code));
		put_annotation(p, out, "warning", c->line,
			       pool_text(&d->ids, c->id), text);
	}
	snprintf(text, sizeof(text), "%zu more calls were not evaluated",
		 all - shown);
	if (shown < all)
		put_annotation(p, out, "warning", 0, "callqa-diff", text);
}

void diff_print_github(const struct diff_page *p, FILE *out)
{
	const struct diff *d = p->d;
	/* where the gate passes, differing calls are warnings as well */
	size_t most = p->v->failed ? ANNOTATIONS : ANNOTATIONS / 2;

	put_differing(p, out, most);
	put_without(p, out, most);
	fprintf(out,
		"callqa-diff: %zu compared, %zu values differ, %zu "
		"without verdict, exit %d\n",
		d->states[DIFF_COMPARED], d->total.differing,
		diff_without_verdict(d), p->v->status);
}

void diff_print_github_summary(const struct diff_page *p, FILE *out)
{
	struct diff_page page = *p;
	char *text = NULL, *end;
	size_t len = 0;
	FILE *memory;

	page.words = false;
	memory = open_memstream(&text, &len);
	if (!memory)
		return;
	diff_print_markdown(&page, memory);
	if (fclose(memory) == 0) {
		end = text +
		      (len < GITHUB_SUMMARY_BYTES ? len : GITHUB_SUMMARY_BYTES);
		while (len >= GITHUB_SUMMARY_BYTES && end > text &&
		       end[-1] != '\n')
			end--;
		fwrite(text, 1, (size_t)(end - text), out);
	}
	free(text);
}
