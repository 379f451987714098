/* One answer as the state's file has it. */
#include "llm/state_row.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "data/json.h"

#define COLUMNS                                                         \
	"call_id, model, answer, tokens_in, tokens_out, tokens_cached," \
	" latency_ms, cost, fence_stripped, context_cut, created, last_used"

/* The call's own, or any: a thousand calls may share one content. */
const char state_row_find_sql[] =
	"SELECT " COLUMNS " FROM answers WHERE key = ?1 AND call_id = ?2"
	" UNION ALL SELECT " COLUMNS " FROM answers WHERE key = ?1 LIMIT 1";

const char state_row_put_sql[] =
	"INSERT OR REPLACE INTO answers (key, call_id, stage, repeat, model,"
	" answer, tokens_in, tokens_out, tokens_cached, latency_ms, cost,"
	" fence_stripped, context_cut, created, last_used)"
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
	" ?15)";

const char state_row_touch_sql[] =
	"UPDATE answers SET last_used = ?3 WHERE key = ?1 AND call_id = ?2";

void state_row_bind(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static const char *column_text(sqlite3_stmt *s, int at)
{
	const char *text = (const char *)sqlite3_column_text(s, at);

	return text ? text : "";
}

void state_row_read(sqlite3_stmt *s, struct state_row *row)
{
	*row = (struct state_row){
		.call_id = column_text(s, 0),
		.model = column_text(s, 1),
		.answer.data = column_text(s, 2),
		.answer.len = (size_t)sqlite3_column_bytes(s, 2),
		.tokens_in = sqlite3_column_int64(s, 3),
		.tokens_out = sqlite3_column_int64(s, 4),
		.tokens_cached = sqlite3_column_int64(s, 5),
		.latency_ms = sqlite3_column_int64(s, 6),
		.cost = sqlite3_column_double(s, 7),
		.cost_known = sqlite3_column_type(s, 7) != SQLITE_NULL,
		.fence_stripped = sqlite3_column_int(s, 8),
		.context_cut = sqlite3_column_int(s, 9),
		.created = sqlite3_column_int64(s, 10),
		.last_used = sqlite3_column_int64(s, 11),
	};
}

int state_row_put(sqlite3_stmt *s, const char *key, enum stage stage,
		  int repeat, const struct state_row *row)
{
	state_row_bind(s, 1, key);
	state_row_bind(s, 2, row->call_id);
	state_row_bind(s, 3, stages[stage].name);
	sqlite3_bind_int(s, 4, repeat);
	state_row_bind(s, 5, row->model);
	sqlite3_bind_text64(s, 6, row->answer.data, row->answer.len,
			    SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_int64(s, 7, row->tokens_in);
	sqlite3_bind_int64(s, 8, row->tokens_out);
	sqlite3_bind_int64(s, 9, row->tokens_cached);
	sqlite3_bind_int64(s, 10, row->latency_ms);
	if (row->cost_known)
		sqlite3_bind_double(s, 11, row->cost);
	else
		sqlite3_bind_null(s, 11);
	sqlite3_bind_int(s, 12, row->fence_stripped);
	sqlite3_bind_int(s, 13, row->context_cut);
	sqlite3_bind_int64(s, 14, row->created);
	sqlite3_bind_int64(s, 15, row->last_used);
	sqlite3_step(s);
	return sqlite3_reset(s);
}

int state_row_touch(sqlite3_stmt *s, const char *key,
		    const struct state_row *row)
{
	state_row_bind(s, 1, key);
	state_row_bind(s, 2, row->call_id);
	sqlite3_bind_int64(s, 3, row->last_used);
	sqlite3_step(s);
	return sqlite3_reset(s);
}

/* ---- rows to answers and back ---------------------------------------- */

struct state_row state_row_of(const struct outcome *outcome, int64_t now)
{
	const struct usage *u = &outcome->usage;

	return (struct state_row){ .model = outcome->model,
				   .tokens_in = u->tokens_in,
				   .tokens_out = u->tokens_out,
				   .tokens_cached = u->tokens_cached,
				   .latency_ms = u->latency_ms,
				   .cost = u->cost,
				   .cost_known = u->cost_known,
				   .fence_stripped = outcome->fence_stripped,
				   .context_cut = outcome->context_cut,
				   .created = now,
				   .last_used = now };
}

/* Attempts stay 0: nothing was sent for it now. */
void state_row_fill(const struct state_row *row, struct outcome *outcome)
{
	static const struct json_limits limits = {
		.bytes = LIMIT_REPORT_BYTES,
		.depth = LIMIT_JSON_DEPTH,
		.values = LIMIT_JSON_VALUES,
	};

	outcome->answer = json_read(row->answer.data, row->answer.len, &limits,
				    NULL);
	if (!outcome->answer)
		return; /* damaged: as if it were not there */
	outcome->usage = (struct usage){ .latency_ms = row->latency_ms,
					 .tokens_in = row->tokens_in,
					 .tokens_out = row->tokens_out,
					 .tokens_cached = row->tokens_cached,
					 .cost = row->cost,
					 .cost_known = row->cost_known };
	outcome->fence_stripped = row->fence_stripped;
	outcome->context_cut = row->context_cut;
	outcome->cached = true;
	snprintf(outcome->model, sizeof(outcome->model), "%.*s",
		 (int)text_cut(row->model, strlen(row->model),
			       sizeof(outcome->model) - 1),
		 row->model);
}
