/* callqa-store: reports in, rows into the table, the reports out again. */
#include "run/store_run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "pipeline/report.h"
#include "run/input.h"
#include "run/output.h"
#include "run/signals.h"
#include "run/store_side.h"

/* Lines under way for each row of a batch, and some more. */
enum { WINDOW_PER_ROW = 2, WINDOW_MORE = 16 };

struct store_run {
	/* set before start, read-only */
	const struct settings *settings;
	struct clock clock;
	int64_t started, started_wall;
	/* thread-safe by themselves */
	struct cancel cancel;
	struct signals signals;
	struct signals_run stopping;
	struct output *output;
	struct store_side side;
	/* of the main thread */
	struct input *input;
	size_t total, not_ok, invalid;
	int status;
	bool input_unread;
};

/* A line that waits for its row's fate: all of it up to "stored". */
struct echo {
	size_t number;
	struct buf line;
};

static void complain(struct store_run *r, const struct error *err)
{
	log_say(LOG_ERROR, "%s%s%s", err->where, *err->where ? ": " : "",
		err->text);
	r->status = status_worse(r->status, error_status(err->code));
}

/* ---- lines out ------------------------------------------------------- */

/* The line of this number ends with its "stored". */
static void put_echo(struct store_run *r, size_t number, struct buf *line,
		     bool stored)
{
	buf_puts(line, stored ? "true}" : "false}");
	output_put(r->output, number, line);
}

/* In the store's thread. */
static void row_done(void *ctx, const struct row *row)
{
	struct store_run *r = ctx;
	struct echo *echo = row->owner;

	put_echo(r, echo->number, &echo->line,
		 row->fate == ROW_STORED || row->fate == ROW_SAME);
	free(echo);
}

/* Takes the object's closing brace off, and begins the member `stored`. */
static void open_line(struct buf *line)
{
	if (line->len > 0)
		line->data[--line->len] = '\0';
	buf_puts(line, line->len > 1 ? ",\"stored\":" : "\"stored\":");
}

/* The record again, but for what an earlier callqa-store said. */
static void write_record(struct buf *line, json_t *record)
{
	json_object_del(record, "stored");
	json_write(line, record, JSON_STYLE_LINE);
	open_line(line);
}

/* A line of input that is no record of callqa's. */
static void write_rejection(struct store_run *r, struct buf *line,
			    const struct input_record *record,
			    const struct error *error)
{
	const struct report_options plain = { .reproducible = false };
	char id[sizeof("eval_") + 32], hex[33];
	const struct rejection rejection = {
		.status = CALL_FAILED,
		.error = error,
		.source = record->source,
		.call_id = json_string_peek(record->value, "call_id"),
		.agent_id = json_string_peek(record->value, "agent_id"),
		.correlation_id = id,
	};

	random_hex(16, hex);
	snprintf(id, sizeof(id), "eval_%s", hex);
	buf_clear(line);
	rejection_write(line, &rejection, &plain, r->clock.wall(r->clock.ctx));
	open_line(line);
	log_say(LOG_WARNING, "%s: %s", record->source, error->text);
	r->invalid++;
}

/* ---- records in ------------------------------------------------------ */

/* The row to store, or NULL: *line then says all there is. */
static struct row *read_record(struct store_run *r, struct buf *line,
			       struct input_record *record)
{
	const char *status = json_string_peek(record->value, "status");
	struct error err = ERROR_INIT;
	struct row *row = NULL;

	if (!record->value)
		err = record->error;
	else if (!status)
		error_set(&err, ERR_INVALID_REQUEST, NULL,
			  "status: expected that of a report");
	else if (strcmp(status, "ok") == 0 && row_is_wanted(record->value))
		row = row_of_report(record->value, &err);
	else
		r->not_ok++;
	if (!error_is(&err))
		write_record(line, record->value);
	if (!error_is(&err) && buf_failed(line))
		error_set(&err, ERR_TOO_LARGE, NULL,
			  "its line would be larger than %zu bytes",
			  line->limit);
	if (!error_is(&err))
		return row;
	row_free(row);
	write_rejection(r, line, record, &err);
	return NULL;
}

static void take_record(struct store_run *r, struct input_record *record)
{
	struct buf line;
	struct echo *echo;
	struct row *row;

	r->total++;
	/* room for "false}", however long the rest is */
	buf_init(&line, LIMIT_REPORT_BYTES);
	row = read_record(r, &line, record);
	line.limit += 8;
	input_record_release(record);
	if (!row) {
		put_echo(r, output_reserve(r->output), &line, false);
		return;
	}
	store_side_wait(&r->side);
	echo = xcalloc(1, sizeof(*echo));
	echo->line = line;
	echo->number = output_reserve(r->output);
	row->owner = echo;
	store_put(r->side.store, row);
}

static void read_records(struct store_run *r)
{
	struct error err = ERROR_INIT;
	struct input_record record;
	enum input_result result;

	while ((result = input_next(r->input, &record, &err)) == INPUT_RECORD)
		take_record(r, &record);
	r->input_unread = result != INPUT_END;
	if (result == INPUT_BROKEN)
		complain(r, &err);
}

/* ---- beginning and end ----------------------------------------------- */

static int check_output(const struct settings *s, struct error *err)
{
	int mode = fcntl(STDOUT_FILENO, F_GETFL);

	if (mode < 0 || (mode & O_ACCMODE) == O_RDONLY)
		return error_set(err, ERR_OUTPUT, "stdout", "is closed");
	return s->summary ? replacement_check(s->summary, false, err) : 0;
}

static int start(struct store_run *r, struct error *err)
{
	const struct settings *s = r->settings;
	const struct json_limits limits = { .bytes = (size_t)s->max_request,
					    .depth = (unsigned)s->max_depth,
					    .values = (size_t)s->max_values };
	size_t window = (size_t)s->store_batch * WINDOW_PER_ROW + WINDOW_MORE;

	if (check_output(s, err) < 0)
		return -1;
	r->input = input_new(s->files, &limits, &r->cancel, err);
	if (!r->input || store_side_start(&r->side, s, &r->cancel, true,
					  row_done, r, err) < 0)
		return -1;
	r->output = output_start(STDOUT_FILENO, window, !s->unordered,
				 &r->cancel, err);
	return r->output ? 0 : -1;
}

static void write_summary(struct store_run *r, const struct store_counts *c)
{
	char started[TIMESTAMP_SIZE];
	struct error err = ERROR_INIT;
	struct replacement file;
	struct buf line;

	if (!r->settings->summary)
		return;
	clock_format(r->started_wall, started);
	buf_init(&line, LIMIT_REPORT_BYTES);
	buf_printf(&line,
		   "{\"callqa\":\"%s\",\"started_at\":\"%s\",\"total\":%zu,"
		   "\"stored\":%zu,\"unchanged\":%zu,\"superseded\":%zu,"
		   "\"not_ok\":%zu,\"invalid\":%zu,\"not_stored\":%zu,"
		   "\"duration_ms\":%lld,\"exit\":%d,\"input_unread\":%s}\n",
		   CALLQA_VERSION, started, r->total, c->by_fate[ROW_STORED],
		   c->by_fate[ROW_SAME], c->by_fate[ROW_OLDER], r->not_ok,
		   r->invalid, c->by_fate[ROW_FAILED],
		   (long long)(r->clock.now(r->clock.ctx) - r->started),
		   r->status, r->input_unread ? "true" : "false");
	if (replacement_begin(&file, r->settings->summary, 0644, &err) == 0) {
		replacement_put(&file, line.data, line.len);
		if (replacement_end(&file, &err) < 0)
			complain(r, &err);
	} else {
		complain(r, &err);
	}
	buf_release(&line);
}

/* As many lines out as records in, and each with one fate. */
static void check_counts(struct store_run *r, const struct store_counts *c)
{
	const struct error none = { .code = ERR_NO_INPUT,
				    .text = "no input records "
					    "(--allow-empty accepts that)" };
	const struct error lost = { .code = ERR_INTERNAL,
				    .text = "records in and rows do not add "
					    "up; please report this" };
	size_t sum = r->not_ok + r->invalid;

	for (int fate = ROW_STORED; fate <= ROW_FAILED; fate++)
		sum += c->by_fate[fate];
	if (sum != r->total)
		complain(r, &lost);
	if (r->invalid > 0)
		r->status = status_worse(r->status, EXIT_RECORDS);
	if (r->total == 0 && !r->settings->allow_empty && r->status == EXIT_OK)
		complain(r, &none);
}

/* The first signal that asked for an end. */
static void heed_signal(struct store_run *r)
{
	int number = signals_caught(&r->signals);

	if (number)
		r->status = status_worse(r->status, 128 + number);
}

static void finish(struct store_run *r)
{
	struct error err = ERROR_INIT, stop = ERROR_INIT;
	struct store_counts counts;
	bool broken_pipe = false;

	if (store_side_finish(&r->side, &counts, &err) < 0)
		complain(r, &err);
	err = (struct error)ERROR_INIT;
	if (output_finish(r->output, &broken_pipe, &err) < 0 && !broken_pipe)
		complain(r, &err);
	if (broken_pipe)
		r->status = status_worse(r->status, 128 + SIGPIPE);
	else if (signals_caught(&r->signals) && cancel_why(&r->cancel, &stop))
		log_say(LOG_ERROR, "%s", stop.text);
	heed_signal(r);
	check_counts(r, &counts);
	write_summary(r, &counts);
	LOG(LOG_INFO, "run_completed", NULL,
	    LOG_INT("total", (int64_t)r->total),
	    LOG_INT("stored", (int64_t)counts.by_fate[ROW_STORED]),
	    LOG_INT("unchanged", (int64_t)counts.by_fate[ROW_SAME]),
	    LOG_INT("superseded", (int64_t)counts.by_fate[ROW_OLDER]),
	    LOG_INT("not_stored", (int64_t)counts.by_fate[ROW_FAILED]));
}

int run_store(const struct settings *settings)
{
	struct store_run r = { .settings = settings, .status = EXIT_OK };
	struct error err = ERROR_INIT;

	signal(SIGPIPE, SIG_IGN); /* a failed write(2) says it better */
	signal(SIGXFSZ, SIG_IGN);
	json_setup();
	r.clock = clock_system(NULL);
	r.started = r.clock.now(r.clock.ctx);
	r.started_wall = r.clock.wall(r.clock.ctx);
	if (cancel_init(&r.cancel, &err) < 0 ||
	    signals_start(&r.signals, &err) < 0) {
		complain(&r, &err);
		return r.status;
	}
	if (start(&r, &err) == 0) {
		r.stopping = (struct signals_run){
			.cancel = &r.cancel,
			.grace_ms = (int64_t)settings->grace * 1000,
		};
		signals_attach(&r.signals, &r.stopping);
		read_records(&r);
		finish(&r);
	} else {
		complain(&r, &err);
		store_side_abandon(&r.side);
	}
	signals_stop(&r.signals);
	input_free(r.input);
	cancel_release(&r.cancel);
	return r.status;
}

void run_print_sql(const struct settings *settings, FILE *out)
{
	struct buf sql;

	buf_init(&sql, LIMIT_CONFIG_BYTES);
	store_print_sql(settings, &sql);
	fwrite(sql.data, 1, sql.len, out);
	buf_release(&sql);
}
