/* Accepted answers in an SQLite file: one thread writes, several look up. */
#include "llm/state.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "llm/state_file.h"
#include "llm/state_row.h"

enum { READERS = 4 };

/* Its use is noted once an hour: a resumed run then writes nothing. */
#define NOTE_MS ((int64_t)60 * 60 * 1000)
#define DAY_MS  (24 * NOTE_MS)

/* A row on its way into the file; read-only from then on. */
struct entry {
	struct entry *next;
	uint64_t number;
	char key[SHA256_HEX_SIZE];
	enum stage stage;
	int repeat;
	bool paid; /* in this run: to be waited for */
	char *call_id, *model, *answer;
	struct state_row row; /* answer.data NULL: only last_used is new */
};

struct reader {
	sqlite3 *db;
	sqlite3_stmt *find;
};

struct state {
	/* set before start, read-only */
	struct state_options options;
	struct state_file file;
	pthread_t thread;
	/* the thread's own; the owner's again when it has been joined */
	sqlite3 *db;
	sqlite3_stmt *put, *touch;
	struct error why; /* it cannot be written */
	/* guarded by lock */
	pthread_mutex_t lock;
	pthread_cond_t work;         /* the queue has grown, or `ending` */
	pthread_cond_t progress;     /* `durable` has grown, or `failed` */
	struct entry *first, **last; /* not durable yet, in their order */
	uint64_t queued, durable;    /* numbers of the last entries */
	bool ending, failed;
	/* guarded by reader_lock */
	pthread_mutex_t reader_lock;
	pthread_cond_t reader_free;
	struct reader readers[READERS];
	struct reader *idle[READERS];
	size_t idle_count;
};

/* ---- the queue ------------------------------------------------------- */

/* Copies the row with its texts; answer NULL: only its use is noted. */
static struct entry *entry_new(const struct question_id *id,
			       const struct state_row *row, bool paid)
{
	struct entry *e = xcalloc(1, sizeof(*e));

	memcpy(e->key, id->key, sizeof(e->key));
	e->stage = id->stage;
	e->repeat = id->repeat;
	e->paid = paid;
	e->row = *row;
	e->row.call_id = e->call_id = xstrdup(id->call_id);
	e->row.model = e->model = xstrdup(row->model);
	if (row->answer.data)
		e->answer = xstrndup(row->answer.data, row->answer.len);
	e->row.answer.data = e->answer;
	return e;
}

static void entry_free(struct entry *e)
{
	free(e->call_id);
	free(e->model);
	free(e->answer);
	free(e);
}

/* Its number. */
static uint64_t append(struct state *s, struct entry *e)
{
	uint64_t number;

	pthread_mutex_lock(&s->lock);
	/* workers outrun a disk that is stuck: let them wait for it */
	while (s->queued - s->durable >= LIMIT_STATE_QUEUE && !s->failed)
		pthread_cond_wait(&s->progress, &s->lock);
	number = e->number = ++s->queued;
	*s->last = e;
	s->last = &e->next;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	return number;
}

/* The newest answer with this key that is not durable yet, or NULL. */
static const struct entry *find_queued(const struct state *s, const char *key)
{
	const struct entry *found = NULL;

	for (const struct entry *e = s->first; e; e = e->next)
		if (e->answer && strcmp(e->key, key) == 0)
			found = e;
	return found;
}

/* ---- the thread that writes ------------------------------------------ */

/* SQLite's result. */
static int write_entry(struct state *s, const struct entry *e)
{
	const struct state_row *row = &e->row;

	return e->answer
		       ? state_row_put(s->put, e->key, e->stage, e->repeat, row)
		       : state_row_touch(s->touch, e->key, row);
}

/* Everything up to the entry `last`, in one transaction. */
static int commit(struct state *s, const struct entry *first,
		  const struct entry *last, struct error *err)
{
	const char *path = s->file.path;
	int rc = state_file_run(s->db, path, "BEGIN IMMEDIATE", err);

	for (const struct entry *e = first; rc == 0; e = e->next) {
		if (write_entry(s, e) != SQLITE_OK)
			rc = state_file_error(s->db, path, err);
		if (e == last)
			break;
	}
	if (rc == 0)
		rc = state_file_run(s->db, path, "COMMIT", err);
	if (rc == 0)
		return state_file_verify(&s->file, err);
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* Drops all entries up to `last`; the caller holds the lock. */
static void drop(struct state *s, const struct entry *last)
{
	struct entry *e;
	bool end = false;

	while (!end && (e = s->first)) {
		end = e == last;
		s->durable = e->number;
		s->first = e->next;
		entry_free(e);
	}
	if (!s->first)
		s->last = &s->first;
}

/*
 * A second try could seem to succeed while the kernel has dropped the pages
 * that it could not write: nothing more is written, also not at the end.
 */
static void give_up(struct state *s)
{
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	cancel_stop(s->options.cancel, &s->why);
	pthread_mutex_lock(&s->lock);
	s->failed = true;
	pthread_cond_broadcast(&s->progress);
	pthread_mutex_unlock(&s->lock);
}

static void *write_entries(void *state)
{
	struct state *s = state;

	pthread_mutex_lock(&s->lock);
	while (s->first || !s->ending) {
		struct entry *first = s->first, *last = first;

		if (!first) {
			pthread_cond_wait(&s->work, &s->lock);
			continue;
		}
		while (last->next)
			last = last->next;
		pthread_mutex_unlock(&s->lock);
		if (commit(s, first, last, &s->why) < 0) {
			give_up(s);
			return NULL;
		}
		pthread_mutex_lock(&s->lock);
		drop(s, last);
		pthread_cond_broadcast(&s->progress);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* ---- looking up ------------------------------------------------------ */

static struct reader *take_reader(struct state *s)
{
	struct reader *r;

	pthread_mutex_lock(&s->reader_lock);
	while (s->idle_count == 0)
		pthread_cond_wait(&s->reader_free, &s->reader_lock);
	r = s->idle[--s->idle_count];
	pthread_mutex_unlock(&s->reader_lock);
	return r;
}

static void give_reader(struct state *s, struct reader *r)
{
	pthread_mutex_lock(&s->reader_lock);
	s->idle[s->idle_count++] = r;
	pthread_cond_signal(&s->reader_free);
	pthread_mutex_unlock(&s->reader_lock);
}

/*
 * It is wanted for longer, and by this call: when the call is to be forgotten,
 * what it was answered with must be found.
 */
static void note_use(struct state *s, const struct question_id *id,
		     struct state_row *row)
{
	int64_t now = s->options.clock->wall(s->options.clock->ctx);
	bool same = strcmp(row->call_id, id->call_id) == 0;

	if (same && now - row->last_used < NOTE_MS)
		return;
	row->last_used = now;
	if (same)
		row->answer.data = NULL;
	(void)append(s, entry_new(id, row, false));
}

static int find_stored(struct state *s, const struct question_id *id,
		       struct outcome *outcome, struct error *err)
{
	struct reader *r = take_reader(s);
	struct state_row row;
	int rc;

	state_row_bind(r->find, 1, id->key);
	state_row_bind(r->find, 2, id->call_id);
	rc = sqlite3_step(r->find);
	if (rc == SQLITE_ROW) {
		state_row_read(r->find, &row);
		state_row_fill(&row, outcome);
		if (outcome->answer)
			note_use(s, id, &row);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		rc = state_file_error(r->db, s->file.path, err);
	else
		rc = 0;
	sqlite3_reset(r->find);
	give_reader(s, r);
	return rc;
}

/* The same among what is not durable yet; *copy: for this call_id, or NULL. */
static void find_on_its_way(struct state *s, const struct question_id *id,
			    struct outcome *outcome, uint64_t *due,
			    struct entry **copy)
{
	const struct entry *e;

	pthread_mutex_lock(&s->lock);
	e = find_queued(s, id->key);
	if (e) {
		state_row_fill(&e->row, outcome);
		*due = e->number;
		if (strcmp(e->row.call_id, id->call_id) != 0)
			*copy = entry_new(id, &e->row, false);
	}
	pthread_mutex_unlock(&s->lock);
}

int state_find(struct state *s, const struct question_id *id,
	       struct outcome *outcome, uint64_t *due, struct error *err)
{
	struct entry *copy = NULL;

	find_on_its_way(s, id, outcome, due, &copy);
	if (copy)
		(void)append(s, copy);
	return outcome->answer ? 0 : find_stored(s, id, outcome, err);
}

uint64_t state_put(struct state *s, const struct question_id *id,
		   const struct outcome *outcome)
{
	const struct clock *clock = s->options.clock;
	struct state_row row = state_row_of(outcome, clock->wall(clock->ctx));
	struct buf text;
	uint64_t number;

	buf_init(&text, LIMIT_REPORT_BYTES);
	json_write(&text, outcome->answer, JSON_STYLE_LINE);
	/* it came in a reply that is far smaller */
	assert(!buf_failed(&text));
	row.answer = (struct text){ text.data, text.len };
	number = append(s, entry_new(id, &row, true));
	buf_release(&text);
	return number;
}

void state_wait(struct state *s, uint64_t due)
{
	pthread_mutex_lock(&s->lock);
	while (s->durable < due && !s->failed)
		pthread_cond_wait(&s->progress, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

/* ---- beginning and end ----------------------------------------------- */

static int open_connections(struct state *s, struct error *err)
{
	const char *path = s->file.path;

	s->db = state_file_connect(&s->file, true, err);
	if (!s->db)
		return -1;
	s->put = state_file_prepare(s->db, path, state_row_put_sql, err);
	s->touch = state_file_prepare(s->db, path, state_row_touch_sql, err);
	if (!s->put || !s->touch)
		return -1;
	for (size_t i = 0; i < READERS; i++) {
		struct reader *r = &s->readers[i];

		r->db = state_file_connect(&s->file, false, err);
		if (!r->db)
			return -1;
		r->find = state_file_prepare(r->db, path, state_row_find_sql,
					     err);
		if (!r->find)
			return -1;
		s->idle[s->idle_count++] = r;
	}
	return 0;
}

/* The lock goes last. */
static void free_state(struct state *s)
{
	struct entry *e;

	for (size_t i = 0; i < READERS; i++) {
		sqlite3_finalize(s->readers[i].find);
		sqlite3_close(s->readers[i].db);
	}
	sqlite3_finalize(s->put);
	sqlite3_finalize(s->touch);
	sqlite3_close(s->db);
	state_file_release(&s->file);
	while ((e = s->first)) {
		s->first = e->next;
		entry_free(e);
	}
	pthread_cond_destroy(&s->reader_free);
	pthread_mutex_destroy(&s->reader_lock);
	pthread_cond_destroy(&s->progress);
	pthread_cond_destroy(&s->work);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct state *state_open(const struct state_options *options, struct error *err)
{
	struct state *s = xcalloc(1, sizeof(*s));
	int rc;

	s->options = *options;
	if (state_file_open(&s->file, options->path, true,
			    options->wait_lock_ms, options->clock, err) < 0) {
		free(s);
		return NULL;
	}
	s->last = &s->first;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->work, NULL);
	pthread_cond_init(&s->progress, NULL);
	pthread_mutex_init(&s->reader_lock, NULL);
	pthread_cond_init(&s->reader_free, NULL);
	rc = open_connections(s, err);
	if (rc == 0) {
		rc = pthread_create(&s->thread, NULL, write_entries, s);
		if (rc != 0)
			error_set(err, ERR_TEMPORARY, NULL,
				  "no thread can be started: %s", strerror(rc));
	}
	if (rc == 0)
		return s;
	free_state(s);
	return NULL;
}

static void end_thread(struct state *s)
{
	pthread_mutex_lock(&s->lock);
	s->ending = true;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
}

/*
 * What nobody asked for in keep_days goes; the last use may be later than it
 * is noted.
 */
static int drop_unused(struct state *s, struct error *err)
{
	const struct clock *clock = s->options.clock;
	int64_t since = clock->wall(clock->ctx) -
			s->options.keep_days * DAY_MS - NOTE_MS;
	sqlite3_stmt *drop_old;
	int rc = 0;

	if (s->options.keep_days == 0)
		return 0;
	drop_old = state_file_prepare(
		s->db, s->file.path, "DELETE FROM answers WHERE last_used < ?1",
		err);
	if (!drop_old)
		return -1;
	sqlite3_bind_int64(drop_old, 1, since);
	if (sqlite3_step(drop_old) != SQLITE_DONE)
		rc = state_file_error(s->db, s->file.path, err);
	sqlite3_finalize(drop_old);
	return rc;
}

/* Answers that were paid for and are not in the file. */
static size_t count_lost(const struct state *s)
{
	size_t lost = 0;

	for (const struct entry *e = s->first; e; e = e->next)
		lost += e->paid;
	return lost;
}

/* The run has told why, unless something else had ended it before. */
static int tell_failure(const struct state *s, struct error *err)
{
	size_t lost = count_lost(s);
	struct error ended = ERROR_INIT;
	bool told = cancel_why(s->options.cancel, &ended) &&
		    ended.code == ERR_STATE_FILE;
	const char *colon = told ? "" : ": ", *why = told ? "" : s->why.text;

	if (lost == 0)
		return error_set(err, ERR_STATE_FILE, s->file.path,
				 "could not be written; no answer is lost%s%s",
				 colon, why);
	return error_set(err, ERR_STATE_FILE, s->file.path,
			 "answers that were paid for and are not in it: %zu; "
			 "the next run asks again%s%s",
			 lost, colon, why);
}

int state_close(struct state *s, struct error *err)
{
	int rc;

	end_thread(s);
	rc = s->failed ? tell_failure(s, err) : drop_unused(s, err);
	free_state(s);
	return rc;
}

void state_abandon(struct state *s)
{
	if (!s)
		return;
	end_thread(s);
	free_state(s);
}

/* ---- forgetting ------------------------------------------------------ */

/*
 * Deleted rows are overwritten in the file, and their older copies in the log
 * go with the log.
 */
static int forget(sqlite3 *db, const char *path, const char *call_id,
		  int64_t *count, struct error *err)
{
	sqlite3_stmt *delete = state_file_prepare(
		db, path,
		"DELETE FROM answers WHERE key IN"
		" (SELECT key FROM answers WHERE call_id = ?1)",
		err);
	int rc = 0;

	if (!delete)
		return -1;
	state_row_bind(delete, 1, call_id);
	if (sqlite3_step(delete) != SQLITE_DONE)
		rc = state_file_error(db, path, err);
	sqlite3_finalize(delete);
	if (rc < 0)
		return -1;
	*count = sqlite3_changes64(db);
	if (sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
				      NULL, NULL) != SQLITE_OK)
		return state_file_error(db, path, err);
	return 0;
}

int state_forget(const struct state_options *options, const char *call_id,
		 int64_t *count, struct error *err)
{
	struct state_file file;
	sqlite3 *db;
	int rc = -1;

	if (state_file_open(&file, options->path, false, options->wait_lock_ms,
			    options->clock, err) < 0)
		return -1;
	db = state_file_connect(&file, true, err);
	if (db)
		rc = forget(db, file.path, call_id, count, err);
	sqlite3_close(db);
	state_file_release(&file);
	return rc;
}
