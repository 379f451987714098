/*
 * Any JSON as two streams of reports: a line that begins with G is golden's,
 * one that begins with R a report.
 *
 * Whatever they are: sums add up; every form can be printed; what the gate
 * says follows from the sums; and golden compared with itself never differs.
 */
#include <string.h>

#include "compare/format.h"
#include "data/json.h"
#include "fuzz.h"

static const char *const fields =
	"overall_score,compliance,classification,deep_dive,communication,"
	"sections,meta,script_adherence_preview,sections_completed,red_flags,"
	"compliance_details,root_cause,urgent_actions,score_basis,"
	"early_termination_justified";

/* Hands over each line that begins so; 0, or how many were refused. */
static size_t add_lines(struct diff *d, const char *text, size_t len,
			char first, int golden)
{
	size_t line = 0, refused = 0;

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		json_t *record = NULL;
		struct error err = ERROR_INIT;

		line++;
		if (n > 1 && *text == first)
			record = json_read(text + 1, n - 1,
					   &json_default_limits, NULL);
		if (record && (golden ? diff_add_golden(d, record, line, &err)
				      : diff_add_report(d, record, &err))) {
			MUST(err.code == ERR_INPUT && err.text[0]);
			refused++;
		}
		json_decref(record);
		n += end != NULL;
		text += n;
		len -= n;
	}
	return refused;
}

static void check_sums(const struct diff *d)
{
	size_t states = 0, compared = 0, differing = 0;

	for (int s = 0; s < DIFF_STATES; s++)
		states += d->states[s];
	MUST(states == d->count);
	for (size_t i = 0; i < DIFF_FIELDS; i++) {
		compared += d->fields[i].compared;
		differing += d->fields[i].differing;
	}
	MUST(compared == d->total.compared && differing == d->total.differing);
	MUST(d->total.differing + d->total.flipping <= d->total.compared);
	MUST(d->total.absent <= d->total.differing + d->total.flipping);
}

static void check_verdict(const struct diff *d, const struct diff_verdict *v)
{
	MUST(v->failed == (d->total.differing > 0));
	MUST((v->status == 1) == v->failed);
	MUST(v->status != 0 || (!v->incomplete && !v->nothing));
	MUST(v->status == 0 || v->status == 1 || v->status == 3 ||
	     v->status == 7);
}

static void print_all(const struct diff_page *p)
{
	static void (*const forms[])(const struct diff_page *, FILE *) = {
		diff_print_text,  diff_print_markdown, diff_print_json,
		diff_print_junit, diff_print_github,   diff_print_github_summary
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);
		json_t *value;

		MUST(out);
		forms[i](p, out);
		MUST(fclose(out) == 0 && len > 0);
		if (forms[i] == diff_print_json) {
			value = json_loadb(text, len, JSON_REJECT_DUPLICATES,
					   NULL);
			MUST(value);
			json_decref(value);
		}
		free(text);
	}
}

static void compare(const char *text, size_t size,
		    const struct diff_rules *rules, char reports)
{
	static struct agreement a;
	static struct diff_verdict v;
	struct diff_page p = { .a = &a,
			       .v = &v,
			       .golden = "golden",
			       .agreement = true,
			       .words = true,
			       .show = 5 };
	struct diff d;
	size_t refused;

	diff_init(&d, rules, true);
	p.d = &d;
	refused = add_lines(&d, text, size, 'G', 1);
	refused += add_lines(&d, text, size, reports, 0);
	diff_finish(&d);
	agreement_measure(&a, &d, 3, 1);
	diff_judge(&v, &d, &a);
	check_sums(&d);
	check_verdict(&d, &v);
	if (reports == 'G' && refused == 0)
		MUST(d.total.differing == 0 && d.total.flipping == 0);
	print_all(&p);
	diff_release(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct diff_options options = { .fields = fields };
	struct diff_rules rules = { .flip_rate = 0 };
	const char *text = (const char *)data;
	static int ready;

	if (!ready)
		json_setup();
	ready = 1;
	if (size > 8192)
		return 0;
	MUST(diff_rules_read(&rules, &options, NULL) == 0);
	for (int free_names = 0; free_names < 2; free_names++) {
		rules.free_names = free_names;
		compare(text, size, &rules, 'R');
		compare(text, size, &rules, 'G');
	}
	return 0;
}
