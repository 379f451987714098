/* The comparison as JUnit's XML, which CI systems read. */
#include <string.h>

#include "base/limits.h"
#include "compare/format.h"

/* What a case came to. */
enum outcome { PASSED, FAILURE, ERROR, SKIPPED };

struct output {
	const struct diff_page *p;
	FILE *out;
	struct buf b; /* of one case: its body */
};

/*
 * Text inside XML 1.0: what would be markup as a reference; control characters
 * that it cannot hold, not even as references, and U+FFFE and U+FFFF, as `?`.
 */
static void put_xml(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&' || c == '<' || c == '>' || c == '"')
			fprintf(out, "&#%d;", c);
		else if (c == '\n' || c == '\t')
			fputs(c == '\n' ? "&#10;" : "&#9;", out);
		else if (c < ' ')
			fputc('?', out);
		else if (strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
			 strncmp(text, "\xef\xbf\xbf", 3) == 0) {
			fputc('?', out);
			text += 2;
		} else
			fputc(c, out);
	}
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	put_xml(out, value);
	fputc('"', out);
}

/* A case; what went wrong stands in the body, which GitLab shows. */
static void put_case(struct output *o, const char *class_name, const char *name,
		     enum outcome outcome, const char *type,
		     const char *message)
{
	static const char *const elements[] = {
		[FAILURE] = "failure", [ERROR] = "error", [SKIPPED] = "skipped"
	};

	fputs("    <testcase", o->out);
	put_attribute(o->out, "classname", class_name);
	put_attribute(o->out, "name", name);
	fputs(" time=\"0\"", o->out);
	if (outcome == PASSED) {
		fputs("/>\n", o->out);
		return;
	}
	fprintf(o->out, ">\n      <%s", elements[outcome]);
	put_attribute(o->out, "message", message);
	if (outcome != SKIPPED)
		put_attribute(o->out, "type", type);
	if (outcome == SKIPPED) {
		fputs("/>\n    </testcase>\n", o->out);
		return;
	}
	fputc('>', o->out);
	put_xml(o->out, o->b.len ? o->b.data : message);
	fprintf(o->out, "</%s>\n    </testcase>\n", elements[outcome]);
}

/* One line of the body: `label: golden -> report`. */
static void put_line(struct output *o, const struct diff_unit *u)
{
	const struct diff *d = o->p->d;

	diff_put_label(&o->b, d, u);
	if (!diff_is_plain(d, u))
		buf_puts(&o->b, ": text differs");
	else
		buf_printf(&o->b, ": %s -> %s", diff_shown(d, u->value),
			   diff_shown(d, u->got));
	if (u->flips)
		buf_puts(&o->b, " (flips)");
	buf_putc(&o->b, '\n');
}

/*
 * The units of one field of a call, from `at` on; *next is the first beyond.
 * A difference that a threshold judges, or one that flips, is no failure.
 */
static enum outcome judge_field(struct output *o, const struct diff_call *call,
				size_t at, size_t *next)
{
	const struct diff *d = o->p->d;
	const struct diff_unit *units = d->units + call->first;
	size_t field = units[at].field, firm = 0, all = 0;

	buf_clear(&o->b);
	for (; at < call->count && units[at].field == field; at++) {
		if (!units[at].differs)
			continue;
		put_line(o, &units[at]);
		all++;
		firm += !units[at].flips;
	}
	*next = at;
	if (all == 0)
		return PASSED;
	return firm > 0 && !diff_has_threshold(d->rules, field) ? FAILURE
								: SKIPPED;
}

static void put_compared(struct output *o, const struct diff_call *call)
{
	const struct diff *d = o->p->d;
	struct buf name;
	size_t next;

	buf_init(&name, LIMIT_CONFIG_BYTES);
	for (size_t i = 0; i < call->count; i = next) {
		size_t field = d->units[call->first + i].field;
		enum outcome outcome = judge_field(o, call, i, &next);
		bool gate = diff_has_threshold(d->rules, field);

		buf_clear(&name);
		buf_printf(&name, "%s %s", pool_text(&d->ids, call->id),
			   diff_fields[field].name);
		put_case(o, o->p->golden, name.data, outcome, "differs",
			 outcome == FAILURE ? "differs from golden"
			 : gate             ? "differs; judged by a threshold"
					    : "differs; known to flip");
	}
	buf_release(&name);
}

static void put_call(struct output *o, const struct diff_call *call)
{
	const struct diff *d = o->p->d;
	const char *code = pool_text(&d->texts, call->code);
	char message[160];

	if (call->state == DIFF_COMPARED) {
		put_compared(o, call);
		return;
	}
	snprintf(message, sizeof(message), "%s%s%s%s%s",
		 diff_state_name(call->state), call->stage ? ": " : "",
		 pool_text(&d->texts, call->stage), *code ? ": " : "", code);
	buf_clear(&o->b);
	put_case(o, o->p->golden, pool_text(&d->ids, call->id),
		 call->state == DIFF_UNLABELLED ? SKIPPED : ERROR,
		 "not evaluated", message);
}

static void put_checks(struct output *o)
{
	const struct diff_verdict *v = o->p->v;
	char name[80];

	for (size_t i = 0; i < v->count; i++) {
		const struct diff_check *c = &v->checks[i];

		snprintf(name, sizeof(name), "%s %s", c->option,
			 c->field < DIFF_FIELDS ? diff_fields[c->field].name
						: "all");
		buf_clear(&o->b);
		diff_put_check(&o->b, c);
		/* each difference is a failure of its own already */
		if (strcmp(c->option, "differences") != 0)
			put_case(o, "gate", name, c->passed ? PASSED : FAILURE,
				 "threshold", "the threshold is not met");
	}
}

/* The cases' number and kinds, for the suite's attributes. */
static void count_cases(struct output *o, size_t counts[SKIPPED + 1])
{
	const struct diff *d = o->p->d;
	size_t next;

	for (size_t i = 0; i < d->count; i++) {
		const struct diff_call *call = &d->calls[i];

		if (call->state == DIFF_UNLABELLED)
			counts[SKIPPED]++;
		else if (call->state != DIFF_COMPARED)
			counts[ERROR]++;
		else
			for (size_t j = 0; j < call->count; j = next)
				counts[judge_field(o, call, j, &next)]++;
	}
	for (size_t i = 0; i < o->p->v->count; i++)
		if (strcmp(o->p->v->checks[i].option, "differences") != 0)
			counts[o->p->v->checks[i].passed ? PASSED : FAILURE]++;
}

static void put_totals(struct output *o, const size_t counts[SKIPPED + 1])
{
	fprintf(o->out,
		" name=\"callqa-diff\" tests=\"%zu\" failures=\"%zu\" "
		"errors=\"%zu\"",
		counts[PASSED] + counts[FAILURE] + counts[ERROR] +
			counts[SKIPPED],
		counts[FAILURE], counts[ERROR]);
}

void diff_print_junit(const struct diff_page *p, FILE *out)
{
	struct output o = { .p = p, .out = out };
	size_t counts[SKIPPED + 1] = { 0 };

	buf_init(&o.b, LIMIT_REPORT_BYTES);
	count_cases(&o, counts);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
	put_totals(&o, counts);
	fputs(" time=\"0\">\n  <testsuite", out);
	put_totals(&o, counts);
	fprintf(out, " skipped=\"%zu\" time=\"0\">\n", counts[SKIPPED]);
	for (size_t i = 0; i < p->d->count; i++)
		put_call(&o, &p->d->calls[i]);
	put_checks(&o);
	fputs("  </testsuite>\n</testsuites>\n", out);
	buf_release(&o.b);
}
