/* One run of callqa-diff: two streams in, a verdict out. */
#include "run/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "compare/format.h"
#include "data/json.h"
#include "run/input.h"

/* Broken records that are told one by one. */
enum { TOLD = 5 };

/* A report holds answers and evidence: it is longer than its request. */
static const struct json_limits limits = { .bytes = LIMIT_REPORT_BYTES,
					   .depth = LIMIT_JSON_DEPTH,
					   .values = LIMIT_JSON_VALUES };

static void (*const formats[])(const struct diff_page *p, FILE *out) = {
	[DIFF_FORMAT_TEXT] = diff_print_text,
	[DIFF_FORMAT_JSON] = diff_print_json,
	[DIFF_FORMAT_JUNIT] = diff_print_junit,
	[DIFF_FORMAT_GITHUB] = diff_print_github,
	[DIFF_FORMAT_MARKDOWN] = diff_print_markdown,
};

/* What is done with each record of a stream. */
typedef int take_fn(struct diff *d, const struct input_record *r,
		    struct error *err);

/* The line of "golden.ndjson:12". */
static size_t line_of(const struct input_record *r)
{
	const char *colon = strrchr(r->source, ':');

	return colon ? (size_t)strtoul(colon + 1, NULL, 10) : 0;
}

static int take_golden(struct diff *d, const struct input_record *r,
		       struct error *err)
{
	return diff_add_golden(d, r->value, line_of(r), err);
}

static int take_report(struct diff *d, const struct input_record *r,
		       struct error *err)
{
	return diff_add_report(d, r->value, err);
}

static int take_words(struct diff *d, const struct input_record *r,
		      struct error *err)
{
	(void)err;
	diff_add_golden_words(d, r->value);
	return 0;
}

static void tell(const struct error *err)
{
	log_say(LOG_ERROR, "%s%s%s", err->where, *err->where ? ": " : "",
		err->text);
}

/* Hands over one record, or tells why it cannot be used. */
static void take(struct diff *d, take_fn *fn, const struct input_record *r,
		 size_t *broken)
{
	struct error err = r->error;

	if (r->value && !fn(d, r, &err))
		return;
	if (!*err.where)
		snprintf(err.where, sizeof(err.where), "%s", r->source);
	if (++*broken <= TOLD)
		tell(&err);
}

/* Reads a whole file; the status, 0 or 2. */
static int read_stream(struct diff *d, char *file, take_fn *fn)
{
	char *const files[] = { file, NULL };
	struct error err = ERROR_INIT;
	enum input_result result = INPUT_END;
	struct input_record record;
	struct cancel cancel;
	struct input *in = NULL;
	size_t broken = 0;

	if (cancel_init(&cancel, &err) == 0) {
		in = input_new(files, &limits, &cancel, &err);
		while (in && (result = input_next(in, &record, &err)) ==
				     INPUT_RECORD) {
			take(d, fn, &record, &broken);
			input_record_release(&record);
		}
		input_free(in);
		cancel_release(&cancel);
	}
	if (error_is(&err))
		tell(&err);
	if (broken > TOLD)
		log_say(LOG_ERROR, "%zu more records cannot be used",
			broken - TOLD);
	return broken > 0 || error_is(&err) ? EXIT_USAGE : EXIT_OK;
}

/* Golden's words are read in a second pass, if that is possible. */
static int read_words(struct diff *d, char *golden)
{
	struct stat st;

	if (strcmp(golden, "-") == 0 || stat(golden, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return EXIT_OK;
	return read_stream(d, golden, take_words);
}

/*
 * Under --format github the page for people goes where GitHub looks for it.
 * The file belongs to the step: it is added to.
 */
static int write_summary(const struct diff_page *page)
{
	const char *path = getenv("GITHUB_STEP_SUMMARY");
	FILE *out;
	bool failed;

	if (!path || !*path)
		return EXIT_OK;
	out = fopen(path, "ae");
	if (out) {
		diff_print_github_summary(page, out);
		failed = ferror(out) != 0;
		if (fclose(out) == 0 && !failed)
			return EXIT_OK;
	}
	log_say(LOG_ERROR, "%s: %s", path, strerror(errno));
	return EXIT_OUTPUT;
}

static int print(const struct diff_settings *s, const struct diff_page *page)
{
	int status = EXIT_OK;

	formats[s->format](page, stdout);
	if (s->format == DIFF_FORMAT_GITHUB)
		status = write_summary(page);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_say(LOG_ERROR, "stdout: %s", strerror(errno));
	return EXIT_OUTPUT;
}

static int read_rules(struct diff_rules *rules, const struct diff_settings *s,
		      struct error *err)
{
	const struct diff_options options = {
		.fields = s->fields,
		.ignore = s->ignore,
		.tolerance = s->tolerance,
		.min_agree = s->min_agree,
		.min_kappa = s->min_kappa,
		.max_score_delta = s->max_score_delta,
	};

	*rules = (struct diff_rules){ .flip_rate = s->flip_rate,
				      .allow_missing = s->allow_missing,
				      .free_names = s->free_names };
	return diff_rules_read(rules, &options, err);
}

static int compare(struct diff *d, const struct diff_settings *s)
{
	char dash[] = "-", *golden = s->files[0];
	char *reports = s->files[1] ? s->files[1] : dash;
	struct diff_page page = { .d = d,
				  .golden = golden,
				  .agreement = s->agreement,
				  .words = true };
	struct agreement *a;
	struct diff_verdict *v;
	int status;

	if (read_stream(d, golden, take_golden) ||
	    read_stream(d, reports, take_report))
		return EXIT_USAGE;
	diff_finish(d);
	if (d->keep_words && read_words(d, golden))
		return EXIT_USAGE;
	a = xcalloc(1, sizeof(*a));
	v = xcalloc(1, sizeof(*v));
	agreement_measure(a, d, s->agreement ? s->bootstrap : 0,
			  (uint64_t)s->seed);
	diff_judge(v, d, a);
	page.a = a;
	page.v = v;
	page.show = s->show > 0 ? (size_t)s->show : SIZE_MAX;
	status = print(s, &page);
	if (status == EXIT_OK)
		status = v->status;
	free(v);
	free(a);
	return status;
}

int diff_run(const struct diff_settings *s)
{
	struct error err = ERROR_INIT;
	struct diff_rules rules;
	struct diff d;
	int status;

	json_setup();
	if (read_rules(&rules, s, &err)) {
		tell(&err);
		return EXIT_USAGE;
	}
	if (s->files[1] && strcmp(s->files[0], "-") == 0 &&
	    strcmp(s->files[1], "-") == 0) {
		log_say(LOG_ERROR, "GOLDEN and REPORTS cannot both be stdin");
		return EXIT_USAGE;
	}
	diff_init(&d, &rules, s->agreement);
	status = compare(&d, s);
	diff_release(&d);
	return status;
}
