/* Accepted answers in a file: bought once, replayed without a network. */
#include "llm/recording.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "data/json.h"

/* One line of the file. */
struct entry {
	json_t *line;              /* owned */
	const char *call_id, *key; /* borrowed from line */
	enum stage stage;
	int repeat;
	bool wanted; /* a record of this run asked for it */
	bool dead;   /* read, and of no use */
};

struct recording {
	/* set before start, read-only */
	char *path;
	bool replay;
	size_t read; /* entries[0..read) come from the file, sorted */
	/* guarded by lock */
	pthread_mutex_t lock;
	struct entry *entries;
	size_t count, size;
	/* "key call_id" to the entry's index */
	json_t *index;
};

/* ---- entries --------------------------------------------------------- */

static int compare_ids(const struct entry *a, const struct entry *b)
{
	int order = strcmp(a->call_id, b->call_id);

	if (order != 0)
		return order;
	if (a->stage != b->stage)
		return a->stage < b->stage ? -1 : 1;
	return (a->repeat > b->repeat) - (a->repeat < b->repeat);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = compare_ids(x, y);

	return order ? order : strcmp(x->key, y->key);
}

static void sort_entries(struct recording *r)
{
	if (r->count > 0) /* qsort() wants an array even to sort nothing */
		qsort(r->entries, r->count, sizeof(*r->entries),
		      compare_entries);
}

/* What the index knows a question by.  New. */
static char *index_key(const struct entry *e)
{
	struct buf b;

	buf_init(&b, LIMIT_RECORDING_LINE);
	buf_printf(&b, "%s %d %d ", e->key, (int)e->stage, e->repeat);
	buf_puts(&b, e->call_id);
	return buf_take(&b);
}

static void set_index(struct recording *r, const struct entry *e,
		      json_int_t value)
{
	char *text = index_key(e);

	json_object_set_new(r->index, text, json_integer(value));
	free(text);
}

/* The entry that the index names, or NULL; until the next append. */
static struct entry *get_entry(const struct recording *r, const struct entry *e)
{
	char *text = index_key(e);
	const json_t *at = json_object_get(r->index, text);

	free(text);
	return at ? &r->entries[json_integer_value(at)] : NULL;
}

static void append(struct recording *r, const struct entry *e)
{
	r->entries = xroom(r->entries, r->count, &r->size, sizeof(*e));
	r->entries[r->count++] = *e;
}

static bool stage_by_name(const char *name, enum stage *stage)
{
	for (int s = 0; name && s < STAGE_COUNT; s++) {
		if (strcmp(stages[s].name, name) == 0) {
			*stage = s;
			return true;
		}
	}
	return false;
}

/* Takes the line's reference, also on failure. */
static int take_line(struct recording *r, json_t *line, const char *where,
		     struct error *err)
{
	static const char *const texts[] = { "call_id", "stage",  "key",
					     "prompt",  "schema", "parameters",
					     "model" };
	struct entry e = { .line = line };

	for (size_t i = 0; i < LENGTH(texts); i++) {
		if (json_string_peek(line, texts[i]))
			continue;
		json_decref(line);
		return error_set(err, ERR_CONFIG, where,
				 "a recorded answer needs a text `%s`",
				 texts[i]);
	}
	if (!stage_by_name(json_string_peek(line, "stage"), &e.stage) ||
	    !json_is_integer(json_object_get(line, "repeat")) ||
	    !json_is_object(json_object_get(line, "answer")) ||
	    !json_is_object(json_object_get(line, "usage"))) {
		json_decref(line);
		return error_set(err, ERR_CONFIG, where,
				 "a recorded answer needs a known `stage`, an "
				 "integer `repeat`, objects `answer` and "
				 "`usage`");
	}
	e.call_id = json_string_peek(line, "call_id");
	e.key = json_string_peek(line, "key");
	e.repeat = (int)json_integer_value(json_object_get(line, "repeat"));
	append(r, &e);
	return 0;
}

/* ---- reading --------------------------------------------------------- */

static const struct json_limits line_limits = {
	.bytes = LIMIT_RECORDING_LINE,
	.depth = LIMIT_JSON_DEPTH,
	.values = LIMIT_JSON_VALUES,
};

static int read_lines(struct recording *r, FILE *file, struct error *err)
{
	struct error fault = ERROR_INIT;
	char *text = NULL, where[512];
	size_t size = 0, number = 0;
	ssize_t len;
	int rc = 0;

	while (rc == 0 && (len = getline(&text, &size, file)) >= 0) {
		json_t *line;

		snprintf(where, sizeof(where), "%s:%zu", r->path, ++number);
		if (strspn(text, " \t\r\n") == (size_t)len)
			continue;
		line = json_read(text, (size_t)len, &line_limits, &fault);
		if (line)
			rc = take_line(r, line, where, err);
		else
			rc = error_set(err, ERR_CONFIG, where, "%s",
				       fault.text);
	}
	free(text);
	if (rc == 0 && ferror(file))
		rc = error_set(err, ERR_CONFIG, r->path, "cannot be read: %s",
			       strerror(errno));
	return rc;
}

void recording_abandon(struct recording *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		json_decref(r->entries[i].line);
	free(r->entries);
	free(r->path);
	json_decref(r->index);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

struct recording *recording_open(const char *path, bool replay,
				 struct error *err)
{
	struct recording *r = xcalloc(1, sizeof(*r));
	FILE *file = fopen(path, "re");
	int rc = 0;

	r->path = xstrdup(path);
	r->replay = replay;
	r->index = json_object();
	pthread_mutex_init(&r->lock, NULL);
	if (file) {
		rc = read_lines(r, file, err);
		fclose(file);
	} else if (replay || errno != ENOENT) {
		rc = error_set(err, ERR_CONFIG, path, "cannot be read: %s",
			       strerror(errno));
	}
	if (rc < 0) {
		recording_abandon(r);
		return NULL;
	}
	sort_entries(r);
	r->read = r->count;
	for (size_t i = 0; i < r->count; i++)
		set_index(r, &r->entries[i], (json_int_t)i);
	return r;
}

/* ---- looking up ------------------------------------------------------ */

/* The first entry read with this id (any key); r->read if there is none. */
static size_t first_of(const struct recording *r, const struct entry *id)
{
	size_t low = 0, high = r->read;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_ids(&r->entries[middle], id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->read && compare_ids(&r->entries[low], id) == 0
		       ? low
		       : r->read;
}

static struct entry entry_of(const struct question_id *id)
{
	return (struct entry){ .call_id = id->call_id,
			       .stage = id->stage,
			       .repeat = id->repeat,
			       .key = id->key };
}

static int64_t usage_count(const json_t *usage, const char *name)
{
	return json_integer_value(json_object_get(usage, name));
}

static void fill(const struct entry *e, struct outcome *outcome)
{
	const json_t *usage = json_object_get(e->line, "usage");
	const json_t *cost = json_object_get(usage, "cost");
	const char *model = json_string_peek(e->line, "model");
	struct usage *u = &outcome->usage;

	outcome->answer = json_deep_copy(json_object_get(e->line, "answer"));
	outcome->fence_stripped = json_is_true(
		json_object_get(e->line, "fence_stripped"));
	outcome->context_cut = json_is_true(
		json_object_get(e->line, "context_cut"));
	snprintf(
		outcome->model, sizeof(outcome->model), "%.*s",
		(int)text_cut(model, strlen(model), sizeof(outcome->model) - 1),
		model);
	u->tokens_in = usage_count(usage, "prompt_tokens");
	u->tokens_out = usage_count(usage, "completion_tokens");
	u->tokens_cached = usage_count(usage, "cached_tokens");
	u->cost = json_number_value(cost);
	u->cost_known = json_is_number(cost);
	outcome->cached = true;
}

bool recording_find(struct recording *r, const struct question_id *id,
		    struct outcome *outcome)
{
	const struct entry wanted = entry_of(id);
	struct entry *e;

	pthread_mutex_lock(&r->lock);
	e = get_entry(r, &wanted);
	if (e) {
		e->wanted = true;
		fill(e, outcome);
	}
	pthread_mutex_unlock(&r->lock);
	return e != NULL;
}

void recording_reject(struct recording *r, const struct question_id *id)
{
	const struct entry wanted = entry_of(id);
	char *text = index_key(&wanted);
	struct entry *e;

	pthread_mutex_lock(&r->lock);
	e = get_entry(r, &wanted);
	if (e)
		e->dead = true;
	json_object_del(r->index, text);
	pthread_mutex_unlock(&r->lock);
	free(text);
}

static bool differs(const struct entry *e, const char *name, const char *hash)
{
	return strcmp(json_string_peek(e->line, name), hash) != 0;
}

void recording_explain(struct recording *r, const struct question_id *id,
		       struct error *err)
{
	const struct entry wanted = entry_of(id);
	const struct entry *e;
	const char *part = "the call's own text (transcript, script, client "
			   "data, or an earlier stage's answer)";
	size_t at = first_of(r, &wanted);

	if (at == r->read) {
		error_set(err, ERR_REPLAY_MISS, NULL,
			  "%s has no %s answer for this call_id", r->path,
			  stages[id->stage].name);
		return;
	}
	e = &r->entries[at];
	if (differs(e, "prompt", id->hashes->prompt_sha256))
		part = stages[id->stage].prompt.name;
	else if (differs(e, "schema", id->hashes->schema_sha256))
		part = "the schema or its item names";
	else if (differs(e, "parameters", id->hashes->parameters_sha256))
		part = "a parameter (model, temperature, max-tokens, "
		       "response-format)";
	error_set(err, ERR_REPLAY_MISS, NULL,
		  "%s was recorded with another question; what differs: %s%s",
		  stages[id->stage].name,
		  differs(e, "prompt", id->hashes->prompt_sha256)
			  ? "the prompt "
			  : "",
		  part);
}

/* ---- adding and writing ---------------------------------------------- */

void recording_add(struct recording *r, const struct question_id *id,
		   const struct outcome *outcome)
{
	const struct usage *u = &outcome->usage;
	json_t *usage = json_pack("{s:I, s:I, s:I, s:o}", "prompt_tokens",
				  (json_int_t)u->tokens_in, "completion_tokens",
				  (json_int_t)u->tokens_out, "cached_tokens",
				  (json_int_t)u->tokens_cached, "cost",
				  u->cost_known ? json_real(u->cost)
						: json_null());
	struct entry e = entry_of(id);

	e.wanted = true;
	e.line = json_pack(
		"{s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "call_id",
		id->call_id, "stage", stages[id->stage].name, "repeat",
		id->repeat, "key", id->key, "prompt", id->hashes->prompt_sha256,
		"schema", id->hashes->schema_sha256, "parameters",
		id->hashes->parameters_sha256, "model", outcome->model,
		"answer", json_deep_copy(outcome->answer), "usage", usage);
	if (outcome->fence_stripped)
		json_object_set_new(e.line, "fence_stripped", json_true());
	if (outcome->context_cut)
		json_object_set_new(e.line, "context_cut", json_true());
	e.call_id = json_string_peek(e.line, "call_id");
	e.key = json_string_peek(e.line, "key");
	pthread_mutex_lock(&r->lock);
	append(r, &e);
	set_index(r, &e, (json_int_t)r->count - 1);
	pthread_mutex_unlock(&r->lock);
}

/* Writes the entries that stay, sorted; how many were too large? */
static size_t put_entries(struct recording *r, struct replacement *file,
			  bool complete)
{
	size_t too_large = 0;
	struct buf line;

	sort_entries(r);
	buf_init(&line, LIMIT_RECORDING_LINE);
	for (size_t i = 0; i < r->count; i++) {
		const struct entry *e = &r->entries[i];

		if (e->dead || (complete && !e->wanted))
			continue;
		buf_clear(&line);
		json_write(&line, e->line, JSON_STYLE_LINE);
		buf_putc(&line, '\n');
		if (buf_failed(&line))
			too_large++;
		else
			replacement_put(file, line.data, line.len);
	}
	buf_release(&line);
	return too_large;
}

static int replace_file(struct recording *r, bool complete, struct error *err)
{
	struct replacement file;
	size_t too_large;

	if (replacement_begin(&file, r->path, 0, err) < 0)
		return -1;
	too_large = put_entries(r, &file, complete);
	if (replacement_end(&file, err) < 0)
		return -1;
	if (too_large > 0)
		return error_set(err, ERR_OUTPUT, r->path,
				 "%zu answers are too large for a line of %zu "
				 "bytes and were left out",
				 too_large, LIMIT_RECORDING_LINE);
	return 0;
}

int recording_close(struct recording *r, bool complete, struct error *err)
{
	int rc = 0;

	if (!r)
		return 0;
	if (!r->replay)
		rc = replace_file(r, complete, err);
	recording_abandon(r);
	return rc;
}
