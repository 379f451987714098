/* The comparison as one JSON object. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "compare/format.h"

/* The object on its way: written piece by piece, for it may be long. */
struct output {
	const struct diff_page *p;
	FILE *out;
	struct buf b;
	bool first; /* nothing was written in this object or list */
};

static void flush(struct output *o)
{
	fwrite(o->b.data ? o->b.data : "", 1, o->b.len, o->out);
	buf_clear(&o->b);
}

/* What stands before a member or an element. */
static void comma(struct output *o)
{
	if (!o->first)
		buf_putc(&o->b, ',');
	o->first = false;
}

/* A member's name. */
static void key(struct output *o, const char *name)
{
	comma(o);
	buf_printf(&o->b, "\"%s\":", name);
}

static void begin(struct output *o, char bracket)
{
	buf_putc(&o->b, bracket);
	o->first = true;
}

static void end(struct output *o, char bracket)
{
	buf_putc(&o->b, bracket);
	o->first = false;
	flush(o);
}

static void text(struct output *o, const char *name, const char *value)
{
	key(o, name);
	if (value)
		buf_json_string(&o->b, value, strlen(value));
	else
		buf_puts(&o->b, "null");
}

static void count(struct output *o, const char *name, size_t n)
{
	key(o, name);
	buf_printf(&o->b, "%zu", n);
}

static void truth(struct output *o, const char *name, bool value)
{
	key(o, name);
	buf_puts(&o->b, value ? "true" : "false");
}

/* null for what is no number. */
static void put_real(struct output *o, double value)
{
	char digits[TEXT_REAL_SIZE] = "null";

	if (!isnan(value))
		text_real(value, digits);
	buf_puts(&o->b, digits);
}

static void real(struct output *o, const char *name, double value)
{
	key(o, name);
	put_real(o, value);
}

/* ---- verdict ----------------------------------------------------------- */

static void put_counts(struct output *o)
{
	const struct diff *d = o->p->d;

	count(o, "golden", d->count);
	key(o, "states");
	begin(o, '{');
	for (int s = 0; s < DIFF_STATES; s++)
		count(o, diff_state_name((enum diff_state)s), d->states[s]);
	end(o, '}');
	key(o, "reports");
	begin(o, '{');
	count(o, "read", d->reports);
	count(o, "not_in_golden", d->strangers);
	count(o, "without_call_id", d->nameless);
	count(o, "repeated", d->duplicates);
	end(o, '}');
}

static void put_verdict(struct output *o)
{
	const struct diff_verdict *v = o->p->v;

	key(o, "verdict");
	begin(o, '{');
	count(o, "exit", (size_t)v->status);
	truth(o, "gate_failed", v->failed);
	count(o, "without_verdict", v->without_verdict);
	count(o, "allowed", (size_t)o->p->d->rules->allow_missing);
	key(o, "checks");
	begin(o, '[');
	for (size_t i = 0; i < v->count; i++) {
		const struct diff_check *c = &v->checks[i];

		comma(o);
		begin(o, '{');
		text(o, "check", c->option);
		text(o, "field",
		     c->field < DIFF_FIELDS ? diff_fields[c->field].name
					    : NULL);
		real(o, "wanted", c->wanted);
		real(o, "got", c->got);
		truth(o, "passed", c->passed);
		end(o, '}');
	}
	end(o, ']');
	end(o, '}');
}

/* ---- what differs ---------------------------------------------------------
 */

static void put_name(struct output *o, const struct diff_unit *u)
{
	const char *name = pool_text(&o->p->d->texts, u->name);

	text(o, "field", diff_fields[u->field].name);
	text(o, "name", *name ? name : NULL);
}

static void put_value(struct output *o, const char *name,
		      const struct diff_unit *u, uint32_t value)
{
	const struct diff *d = o->p->d;

	if (value && diff_unit_kind(d, u) == DIFF_NUMBER)
		real(o, name, diff_number(d, value));
	else
		text(o, name, value ? pool_text(&d->texts, value) : NULL);
}

static void put_unit(struct output *o, size_t i)
{
	const struct diff_unit *u = &o->p->d->units[i];
	const struct diff_words *words = diff_words_of(o->p->d, i);

	comma(o);
	begin(o, '{');
	put_name(o, u);
	put_value(o, "golden", u, u->value);
	put_value(o, "report", u, u->got);
	truth(o, "flips", u->flips);
	if (words) {
		text(o, "golden_words", words->golden);
		text(o, "report_words", words->report);
	}
	end(o, '}');
}

static void put_head(struct output *o, const struct diff_call *call)
{
	text(o, "call_id", pool_text(&o->p->d->ids, call->id));
	count(o, "line", call->line);
}

static void put_differences(struct output *o)
{
	const struct diff *d = o->p->d;

	key(o, "differences");
	begin(o, '[');
	for (size_t i = 0; i < d->count && i < o->p->show; i++) {
		const struct diff_call *call = d->order[i];

		if (call->differing + call->flipping == 0)
			break;
		comma(o);
		begin(o, '{');
		put_head(o, call);
		real(o, "score_delta", call->delta);
		key(o, "values");
		begin(o, '[');
		for (size_t j = 0; j < call->count; j++)
			if (d->units[call->first + j].differs)
				put_unit(o, call->first + j);
		end(o, ']');
		end(o, '}');
	}
	end(o, ']');
}

static void put_without(struct output *o)
{
	const struct diff *d = o->p->d;
	size_t n = 0;

	key(o, "not_evaluated");
	begin(o, '[');
	for (size_t i = 0; i < d->count && n < o->p->show; i++) {
		const struct diff_call *c = &d->calls[i];

		if (c->state == DIFF_COMPARED || c->state == DIFF_UNLABELLED)
			continue;
		n++;
		comma(o);
		begin(o, '{');
		put_head(o, c);
		text(o, "state", diff_state_name(c->state));
		text(o, "stage",
		     c->stage ? pool_text(&d->texts, c->stage) : NULL);
		text(o, "code", c->code ? pool_text(&d->texts, c->code) : NULL);
		text(o, "message",
		     c->message ? pool_text(&d->texts, c->message) : NULL);
		end(o, '}');
	}
	end(o, ']');
}

static void put_flips(struct output *o)
{
	const struct diff *d = o->p->d;

	key(o, "flips");
	begin(o, '[');
	for (size_t i = 0; i < d->flip_count && i < o->p->show; i++) {
		const struct diff_unit *u = d->flips[i].unit;

		comma(o);
		begin(o, '{');
		text(o, "call_id", pool_text(&d->ids, d->flips[i].call->id));
		put_name(o, u);
		put_value(o, "majority", u, u->got);
		key(o, "flip_rate");
		buf_printf(&o->b, "%.6g", (double)u->rate);
		end(o, '}');
	}
	end(o, ']');
}

static void put_transitions(struct output *o)
{
	size_t n;
	struct diff_transition *all = diff_transitions(o->p->d, &n);

	key(o, "transitions");
	begin(o, '[');
	for (size_t i = 0; i < n; i++) {
		const struct diff_field *f = &diff_fields[all[i].field];

		comma(o);
		begin(o, '{');
		text(o, "field", f->name);
		text(o, "golden", f->choices[all[i].from]);
		text(o, "report",
		     all[i].to < DIFF_CHOICES ? f->choices[all[i].to] : NULL);
		count(o, "count", all[i].count);
		end(o, '}');
	}
	end(o, ']');
	free(all);
}

/* ---- fields and agreement
 * ---------------------------------------------------- */

static void put_estimate(struct output *o, const char *name,
			 const struct estimate *e)
{
	key(o, name);
	begin(o, '{');
	real(o, "value", e->value);
	real(o, "low", e->low);
	real(o, "high", e->high);
	end(o, '}');
}

static void put_table(struct output *o, const struct agreement_field *f,
		      size_t field)
{
	const struct diff_field *row = &diff_fields[field];
	size_t k = agreement_choices(field);

	key(o, "choices");
	begin(o, '{');
	for (size_t i = 0; i < k; i++) {
		key(o, row->choices[i]);
		begin(o, '{');
		real(o, "precision", agreement_precision(f, i));
		real(o, "recall", agreement_recall(f, i));
		key(o, "reported_as");
		begin(o, '{');
		for (size_t j = 0; j < k; j++)
			real(o, row->choices[j],
			     f->table[i * DIFF_CHOICES + j]);
		end(o, '}');
		end(o, '}');
	}
	end(o, '}');
}

static void put_agreement(struct output *o, size_t field)
{
	const struct agreement_field *f = &o->p->a->fields[field];
	enum diff_kind kind = diff_kind_of(field, o->p->d->rules->free_names);

	count(o, "pairs", f->pairs);
	for (int m = 0; m < MEASURES; m++)
		if (!isnan(f->measures[m].value))
			put_estimate(o,
				     agreement_measure_name(
					     (enum agreement_measure)m),
				     &f->measures[m]);
	if (f->pairs > 0 && kind != DIFF_TEXT) {
		key(o, "constant");
		begin(o, '{');
		if (kind == DIFF_CHOICE)
			text(o, "value",
			     diff_fields[field].choices[f->constant_choice]);
		else
			real(o, "value", f->constant_number);
		real(o, kind == DIFF_CHOICE ? "agree" : "mae",
		     f->constant_reaches);
		end(o, '}');
	}
	if (kind == DIFF_CHOICE)
		put_table(o, f, field);
}

static void put_fields(struct output *o)
{
	key(o, "fields");
	begin(o, '{');
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		const struct diff_tally *t = &o->p->d->fields[i];

		if (t->compared == 0)
			continue;
		key(o, diff_fields[i].name);
		begin(o, '{');
		count(o, "compared", t->compared);
		count(o, "differing", t->differing);
		count(o, "flipping", t->flipping);
		count(o, "absent", t->absent);
		if (o->p->agreement)
			put_agreement(o, i);
		end(o, '}');
	}
	end(o, '}');
}

void diff_print_json(const struct diff_page *p, FILE *out)
{
	struct output o = { .p = p, .out = out };

	buf_init(&o.b, LIMIT_REPORT_BYTES);
	begin(&o, '{');
	count(&o, "format", 1);
	put_verdict(&o);
	put_counts(&o);
	if (p->agreement) {
		put_estimate(&o, "agree", &p->a->overall);
		key(&o, "bootstrap");
		buf_printf(&o.b, "{\"samples\":%d,\"seed\":%llu}",
			   p->a->samples, (unsigned long long)p->a->seed);
	}
	put_fields(&o);
	put_transitions(&o);
	put_differences(&o);
	put_without(&o);
	put_flips(&o);
	end(&o, '}');
	fputc('\n', out);
	buf_release(&o.b);
}
