/*
 * One answer as the state's file has it: a row, and the statements that read
 * and write one.  Private to llm/state.c.
 */
#ifndef LLM_STATE_ROW_H
#define LLM_STATE_ROW_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "pipeline/engine.h"

/* Texts are NUL-ended, and somebody else's. */
struct state_row {
	const char *call_id, *model;
	struct text answer; /* JSON */
	int64_t tokens_in, tokens_out, tokens_cached, latency_ms;
	double cost;
	bool cost_known, fence_stripped, context_cut;
	int64_t created, last_used; /* ms since 1970 */
};

/*
 * The row of key ?1, that of call_id ?2 before all others; an answer in the
 * place of one with its key and call_id; a new last_used.
 */
extern const char state_row_find_sql[];
extern const char state_row_put_sql[];
extern const char state_row_touch_sql[];

/* Binds a text that stays until the statement is reset. */
void state_row_bind(sqlite3_stmt *s, int at, const char *text);

/* The row that the find is at; its texts live until the next step. */
void state_row_read(sqlite3_stmt *s, struct state_row *row);

/* Run the put and the touch; SQLite's result. */
int state_row_put(sqlite3_stmt *s, const char *key, enum stage stage,
		  int repeat, const struct state_row *row);
int state_row_touch(sqlite3_stmt *s, const char *key,
		    const struct state_row *row);

/*
 * What of an outcome is kept, but for call_id and answer; times in ms since
 * 1970; the model's name is borrowed from it.
 */
struct state_row state_row_of(const struct outcome *outcome, int64_t now);

/* Back to an outcome; its answer stays NULL if the row's is no JSON. */
void state_row_fill(const struct state_row *row, struct outcome *outcome);

#endif
