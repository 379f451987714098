/* The comparison for people: as text with aligned columns, or as Markdown. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "compare/format.h"
#include "compare/page.h"

/* Bytes of a value in a column, and of words below one. */
enum { VALUE_SHOWN = 48, ID_SHOWN = 80, WORDS_SHOWN = 300 };

void page_heading(const struct page *s, const char *text)
{
	if (s->markdown)
		fprintf(s->out, "### %s\n\n", text);
	else
		fprintf(s->out, "\n%s\n", text);
}

void page_table(const struct page *s, struct table *t)
{
	if (s->markdown)
		table_print_markdown(t, s->out);
	else
		table_print(t, s->out, "  ");
	table_release(t);
}

void page_row(struct table *t, const char *const *words)
{
	for (; *words; words++)
		table_put(t, "%s", *words);
}

/* ---- head and verdict -------------------------------------------------- */

static size_t differing_calls(const struct diff *d)
{
	size_t n = 0;

	while (n < d->states[DIFF_COMPARED] && d->order[n]->differing > 0)
		n++;
	return n;
}

static void put_number(const struct page *s, size_t n, const char *words)
{
	if (n > 0)
		fprintf(s->out, ", %zu %s", n, words);
}

static void put_head(const struct page *s)
{
	const struct diff *d = s->p->d;
	size_t differing = differing_calls(d);

	fprintf(s->out, "%zu golden call%s: %zu compared", d->count,
		d->count == 1 ? "" : "s", d->states[DIFF_COMPARED]);
	if (d->total.compared > 0 && differing == 0)
		fputs(", none differs", s->out);
	put_number(s, differing, differing == 1 ? "differs" : "differ");
	put_number(s, diff_without_verdict(d), "without verdict");
	put_number(s, d->states[DIFF_UNLABELLED], "without a compared field");
	put_number(s, d->strangers, "reports not in golden");
	put_number(s, d->nameless, "reports without call_id");
	put_number(s, d->duplicates, "reports repeated");
	fputc('\n', s->out);
	if (s->markdown)
		fputc('\n', s->out);
}

static void put_line(const struct page *s, const char *word, const char *text)
{
	if (s->markdown) {
		fprintf(s->out, "- **%s:** ", word);
		markdown_text(s->out, text);
	} else {
		fprintf(s->out, "%s: %s", word, text);
	}
	fputc('\n', s->out);
}

static void put_verdict(const struct page *s)
{
	const struct diff_verdict *v = s->p->v;
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES);
	if (!s->markdown)
		fputc('\n', s->out);
	for (size_t i = 0; i < v->count; i++) {
		buf_clear(&b);
		diff_put_check(&b, &v->checks[i]);
		put_line(s, v->checks[i].passed ? "passed" : "FAILED", b.data);
	}
	if (v->incomplete) {
		buf_clear(&b);
		buf_printf(&b,
			   "%zu of %zu golden calls without verdict, %ld "
			   "allowed",
			   v->without_verdict, s->p->d->count,
			   s->p->d->rules->allow_missing);
		put_line(s, "INCOMPLETE", b.data);
	}
	if (v->nothing)
		put_line(s, "INCOMPLETE", "nothing was compared");
	if (s->markdown)
		fputc('\n', s->out);
	buf_release(&b);
}

/* ---- calls that differ --------------------------------------------------- */

static void put_unit(struct table *t, const struct diff *d, size_t i)
{
	const struct diff_unit *u = &d->units[i];
	struct buf label;

	buf_init(&label, LIMIT_CONFIG_BYTES);
	diff_put_label(&label, d, u);
	table_put_text(t, label.data, ID_SHOWN);
	buf_release(&label);
	table_put_text(t, diff_shown(d, u->value), VALUE_SHOWN);
	table_put(t, "->");
	table_put_text(t, diff_shown(d, u->got), VALUE_SHOWN);
	if (u->flips && u->rate > 0)
		table_put(t, "flips, %.0f %%", 100 * (double)u->rate);
	else if (u->flips)
		table_put(t, "within its repetitions");
	else
		table_skip(t);
}

static void put_call_head(const struct page *s, const struct diff_call *call)
{
	const struct diff *d = s->p->d;
	uint32_t n = call->differing + call->flipping;
	struct table id;

	table_init(&id, "l");
	table_put_text(&id, pool_text(&d->ids, call->id), ID_SHOWN);
	if (s->markdown) {
		fputs("**", s->out);
		markdown_text(s->out, id.cells[0]);
		fputs("**", s->out);
	} else {
		fprintf(s->out, "\n%s", id.cells[0]);
	}
	table_release(&id);
	fprintf(s->out, "  %u of %u values differ%s", (unsigned)n,
		(unsigned)call->count, n == 1 ? "s" : "");
	if (call->delta != 0)
		fprintf(s->out, ", score %+g", call->delta);
	fputs(s->markdown ? "\n\n" : "\n", s->out);
}

static void put_quote(const struct page *s, const char *who, const char *words)
{
	struct table t;

	if (!words)
		return;
	table_init(&t, "l");
	table_put_text(&t, words, WORDS_SHOWN);
	if (s->markdown) {
		fprintf(s->out, "> %s: ", who);
		markdown_text(s->out, t.cells[0]);
		fputs("\n\n", s->out);
	} else {
		fprintf(s->out, "      %s: %s\n", who, t.cells[0]);
	}
	table_release(&t);
}

/* The value that words below are about. */
static void put_label(const struct page *s, const struct diff_unit *u)
{
	struct buf label, clean;

	buf_init(&label, LIMIT_CONFIG_BYTES);
	buf_init(&clean, LIMIT_CONFIG_BYTES);
	diff_put_label(&label, s->p->d, u);
	buf_escape(&clean, label.data, label.len, ESCAPE_TERMINAL);
	if (s->markdown)
		markdown_text(s->out, clean.data);
	else
		fprintf(s->out, "    %s", clean.data);
	fputs(s->markdown ? "\n\n" : "\n", s->out);
	buf_release(&clean);
	buf_release(&label);
}

/* What each side said of a value that differs. */
static void put_words(const struct page *s, const struct diff_call *call)
{
	const struct diff *d = s->p->d;

	for (size_t i = call->first; i < call->first + call->count; i++) {
		const struct diff_words *words = diff_words_of(d, i);

		if (!words || (!words->golden && !words->report))
			continue;
		put_label(s, &d->units[i]);
		put_quote(s, "golden", words->golden);
		put_quote(s, "report", words->report);
	}
}

static void put_call(const struct page *s, const struct diff_call *call)
{
	const struct diff *d = s->p->d;
	struct table t;

	put_call_head(s, call);
	table_init(&t, "llll"
		       "l");
	if (s->markdown)
		page_row(&t, (const char *const[]){ "value", "golden", "",
						    "report", "", NULL });
	for (size_t i = call->first; i < call->first + call->count; i++)
		if (d->units[i].differs &&
		    (s->p->words || diff_is_plain(d, &d->units[i])))
			put_unit(&t, d, i);
	page_table(s, &t);
	if (s->p->words && s->p->agreement)
		put_words(s, call);
}

static void put_calls(const struct page *s)
{
	const struct diff *d = s->p->d;
	size_t n = 0;

	while (n < d->states[DIFF_COMPARED] &&
	       d->order[n]->differing + d->order[n]->flipping > 0)
		n++;
	if (n > 0 && s->markdown)
		page_heading(s, "Calls that differ, the worst first");
	for (size_t i = 0; i < n && i < s->p->show; i++)
		put_call(s, d->order[i]);
	if (n > s->p->show)
		fprintf(s->out,
			"\n... and %zu more calls (--show 0 lists all)\n",
			n - s->p->show);
}

/* ---- calls without verdict, fields, transitions, flips --------------------
 */

/* A reason to have no verdict, and the calls that share it. */
struct reason {
	const struct diff_call *first;
	size_t count;
	struct buf names; /* of the first few */
};

enum { REASONS = 20, NAMES_SHOWN = 3 };

static bool same_reason(const struct diff_call *a, const struct diff_call *b)
{
	return a->state == b->state && a->stage == b->stage &&
	       a->code == b->code && a->message == b->message;
}

/* The reasons in the order of their coming; those beyond the room are lost. */
static size_t find_reasons(const struct diff *d, struct reason reasons[REASONS])
{
	size_t n = 0, i, j;

	for (i = 0; i < d->count; i++) {
		const struct diff_call *c = &d->calls[i];
		struct reason *r = reasons;

		if (c->state == DIFF_COMPARED || c->state == DIFF_UNLABELLED)
			continue;
		for (j = 0; j < n && !same_reason(reasons[j].first, c); j++)
			;
		if (j == REASONS)
			continue;
		r += j;
		if (j == n) {
			n++;
			r->first = c;
			buf_init(&r->names, LIMIT_CONFIG_BYTES);
		}
		if (r->count++ < NAMES_SHOWN)
			buf_printf(&r->names, "%s%s", r->count > 1 ? ", " : "",
				   pool_text(&d->ids, c->id));
	}
	return n;
}

static void put_reason(const struct page *s, struct table *t,
		       const struct reason *r)
{
	const struct diff *d = s->p->d;
	const struct diff_call *c = r->first;
	struct buf why;

	table_put(t, "%zu", r->count);
	table_put(t, "%s", diff_state_name(c->state));
	table_put_text(t, pool_text(&d->texts, c->stage), ID_SHOWN);
	buf_init(&why, LIMIT_CONFIG_BYTES);
	buf_puts(&why, pool_text(&d->texts, c->code)); /* maybe "" */
	if (s->p->words && c->message)
		buf_printf(&why, ": %s", pool_text(&d->texts, c->message));
	table_put_text(t, why.data, WORDS_SHOWN);
	buf_release(&why);
}

/* Which calls; in text on a line of their own, for the reason is long. */
static void put_names(const struct page *s, struct table *t, struct reason *r)
{
	if (r->count > NAMES_SHOWN)
		buf_printf(&r->names, " and %zu more", r->count - NAMES_SHOWN);
	if (!s->markdown)
		page_row(t, (const char *const[]){ "", "", "", NULL });
	table_put_text(t, r->names.data, (size_t)NAMES_SHOWN * ID_SHOWN);
	buf_release(&r->names);
}

static void put_without(const struct page *s)
{
	struct reason reasons[REASONS] = { { .count = 0 } };
	size_t n = find_reasons(s->p->d, reasons), told = 0;
	struct table t;

	if (n == 0)
		return;
	page_heading(s, "without verdict");
	table_init(&t, s->markdown ? "rllll" : "rlll");
	if (s->markdown)
		page_row(&t, (const char *const[]){ "calls", "state", "stage",
						    "why", "which", NULL });
	for (size_t i = 0; i < n; i++) {
		told += reasons[i].count;
		put_reason(s, &t, &reasons[i]);
		put_names(s, &t, &reasons[i]);
	}
	page_table(s, &t);
	if (told < diff_without_verdict(s->p->d))
		fprintf(s->out, "  and %zu more, of other reasons\n",
			diff_without_verdict(s->p->d) - told);
}

static void put_fields(const struct page *s)
{
	const struct diff *d = s->p->d;
	struct table t;

	page_heading(s, "by field");
	table_init(&t, "lrrrr");
	page_row(&t, (const char *const[]){ "field", "compared", "differ",
					    "flip", "agree", NULL });
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		const struct diff_tally *f = &d->fields[i];

		if (f->compared == 0)
			continue;
		table_put(&t, "%s", diff_fields[i].name);
		table_put(&t, "%zu", f->compared);
		table_put(&t, "%zu", f->differing);
		table_put(&t, "%zu", f->flipping);
		table_put(
			&t, "%.1f %%",
			100 * s->p->a->fields[i].measures[MEASURE_AGREE].value);
	}
	page_table(s, &t);
}

static void put_transitions(const struct page *s)
{
	size_t count;
	struct diff_transition *all = diff_transitions(s->p->d, &count);
	struct table t;

	if (count > 0)
		page_heading(s, "what became what");
	table_init(&t, "rllll");
	if (s->markdown)
		page_row(&t, (const char *const[]){ "times", "field", "golden",
						    "", "report", NULL });
	for (size_t i = 0; i < count; i++) {
		const struct diff_field *f = &diff_fields[all[i].field];

		table_put(&t, "%zu", all[i].count);
		table_put(&t, "%s", f->name);
		table_put(&t, "%s", f->choices[all[i].from]);
		table_put(&t, "->");
		table_put(&t, "%s",
			  all[i].to < DIFF_CHOICES ? f->choices[all[i].to]
						   : "absent");
	}
	if (count > 0)
		page_table(s, &t);
	else
		table_release(&t);
	free(all);
}

static void put_flips(const struct page *s)
{
	const struct diff *d = s->p->d;
	struct table t;

	if (d->flip_count == 0)
		return;
	page_heading(s, "items that flip");
	table_init(&t, "lllr");
	if (s->markdown)
		page_row(&t, (const char *const[]){ "call", "value", "majority",
						    "flip rate", NULL });
	for (size_t i = 0; i < d->flip_count && i < s->p->show; i++) {
		const struct diff_unit *u = d->flips[i].unit;
		struct buf label;

		buf_init(&label, LIMIT_CONFIG_BYTES);
		diff_put_label(&label, d, u);
		table_put_text(&t, pool_text(&d->ids, d->flips[i].call->id),
			       ID_SHOWN);
		table_put_text(&t, label.data, ID_SHOWN);
		table_put_text(&t, diff_shown(d, u->got), VALUE_SHOWN);
		table_put(&t, "%.0f %%", 100 * (double)u->rate);
		buf_release(&label);
	}
	page_table(s, &t);
	if (d->flip_count > s->p->show)
		fprintf(s->out, "  ... and %zu more\n",
			d->flip_count - s->p->show);
}

/* ---- the pages -------------------------------------------------------------
 */

/* Everything below head and verdict. */
static void put_body(const struct page *s)
{
	const struct diff *d = s->p->d;

	put_calls(s);
	put_without(s);
	put_flips(s);
	if (d->total.differing + d->total.flipping > 0) {
		put_transitions(s);
		put_fields(s);
	}
	if (s->p->agreement)
		page_agreement(s);
}

void diff_print_text(const struct diff_page *p, FILE *out)
{
	const struct page s = { .p = p, .out = out };

	put_head(&s);
	put_body(&s);
	put_verdict(&s);
}

void diff_print_markdown(const struct diff_page *p, FILE *out)
{
	const struct page s = { .p = p, .out = out, .markdown = true };

	fputs("## callqa-diff\n\n", out);
	put_head(&s);
	put_verdict(&s);
	put_body(&s);
}
