/* The store of a run as its settings want it. */
#include "run/store_side.h"

#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "data/json.h"
#include "store/builtin_sql.h"

/* A row waits so long for others to leave with. */
enum { BATCH_AGE_MS = 1000 };

bool store_configured(const struct settings *settings)
{
	return settings->supabase_url && settings->supabase_key.text;
}

static int open_project(struct supabase *db, const struct settings *s,
			struct error *err)
{
	const struct supabase_options options = { .url = s->supabase_url,
						  .key = s->supabase_key.text,
						  .schema = s->store_schema };

	if (!s->supabase_url)
		return error_set(err, ERR_CONFIG, NULL,
				 "no project to store in: set SUPABASE_URL or "
				 "--supabase-url");
	if (!s->supabase_key.text)
		return error_set(err, ERR_CONFIG, NULL,
				 "no key of the project: set "
				 "SUPABASE_SERVICE_ROLE_KEY or "
				 "--supabase-key-file FILE");
	return supabase_init(db, &options, err);
}

int store_side_start(struct store_side *side, const struct settings *s,
		     struct cancel *cancel, bool compare,
		     void (*done)(void *ctx, const struct row *row), void *ctx,
		     struct error *err)
{
	const struct store_options options = {
		.db = &side->db,
		.cacert = s->cacert,
		.connect_timeout_ms = (int64_t)s->connect_timeout * 1000,
		.timeout_ms = (int64_t)s->timeout * 1000,
		.max_outage_ms = (int64_t)s->store_max_outage * 1000,
		.batch_rows = (size_t)s->store_batch,
		.batch_bytes = (size_t)s->store_bytes,
		.batch_age_ms = BATCH_AGE_MS,
		.queue_bytes = (size_t)s->store_queue,
		.compare = compare,
		.done = done,
		.ctx = ctx,
	};

	*side = (struct store_side){ .cancel = cancel,
				     .grace_ms = (int64_t)s->grace * 1000 };
	if (open_project(&side->db, s, err) == 0)
		side->store = store_start(&options, err);
	if (side->store)
		return 0;
	supabase_release(&side->db);
	return -1;
}

void store_side_put(struct store_side *side, const struct buf *line)
{
	struct error err = ERROR_INIT;
	struct row *row = NULL;
	const char *status;

	if (!side->store)
		return;
	json_auto_t *record = json_load_scanned(line->data, line->len, &err);

	status = json_string_peek(record, "status");
	if (status && strcmp(status, "ok") == 0)
		row = row_of_report(record, &err);
	else if (record)
		row = row_of_failure(record);
	if (row)
		store_put(side->store, row);
	else if (error_is(&err)) /* our own line: it cannot be */
		store_reject(side->store, &err);
}

void store_side_wait(struct store_side *side)
{
	if (side->store)
		store_wait_room(side->store, side->cancel);
}

/* "12 of 30 reports are not stored (HTTP 401 ...); ..." */
static int tell_failed(const struct store_counts *c, const struct error *why,
		       struct error *err)
{
	size_t failed = c->by_fate[ROW_FAILED], all = failed;

	for (int fate = ROW_STORED; fate < ROW_FAILED; fate++)
		all += c->by_fate[fate];
	return error_set(err, ERR_STORE, NULL,
			 "%zu of %zu reports %s not stored%s%s%s; callqa-store "
			 "stores them from the reports",
			 failed, all, failed == 1 ? "is" : "are",
			 error_is(why) ? " (" : "", why->text,
			 error_is(why) ? ")" : "");
}

int store_side_finish(struct store_side *side, struct store_counts *counts,
		      struct error *err)
{
	struct error why = ERROR_INIT;

	*counts = (struct store_counts){ .logs = 0 };
	if (!side->store)
		return 0;
	store_finish(side->store, side->cancel, side->grace_ms, counts, &why);
	side->store = NULL;
	supabase_release(&side->db);
	if (counts->logs_failed > 0)
		log_say(LOG_WARNING, "%zu rows of %s are not stored",
			counts->logs_failed, STORE_LOGS);
	if (counts->by_fate[ROW_FAILED] == 0)
		return 0;
	return tell_failed(counts, &why, err);
}

void store_side_abandon(struct store_side *side)
{
	struct store_counts counts;

	if (store_side_finish(side, &counts, NULL) < 0)
		LOG(LOG_ERROR, "store_not_empty", NULL,
		    LOG_INT("rows", (int64_t)counts.by_fate[ROW_FAILED]));
}

int store_check(const struct settings *s, const struct http *http,
		struct error *err)
{
	struct supabase db = { .read_url = NULL };
	int rc = open_project(&db, s, err);

	if (rc == 0)
		rc = supabase_check(&db, http, (int64_t)s->timeout * 1000, err);
	supabase_release(&db);
	return rc;
}

/* An SQL name in its quotes. */
static void put_name(struct buf *out, const char *name)
{
	buf_putc(out, '"');
	for (; *name; name++) {
		if (*name == '"')
			buf_putc(out, '"');
		buf_putc(out, *name);
	}
	buf_putc(out, '"');
}

void store_print_sql(const struct settings *settings, struct buf *out)
{
	/* the only line of the file that names a schema */
	static const char standard[] = "set local search_path to public;\n";
	const char *sql = builtin_sql[0].data, *at;

	at = strstr(sql, standard);
	if (!settings->store_schema || !at) {
		buf_puts(out, sql);
		return;
	}
	buf_put(out, sql, (size_t)(at - sql));
	buf_puts(out, "create schema if not exists ");
	put_name(out, settings->store_schema);
	buf_puts(out, ";\nset local search_path to ");
	put_name(out, settings->store_schema);
	buf_puts(out, ";\n");
	buf_puts(out, at + sizeof(standard) - 1);
}
