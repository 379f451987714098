/* One record evaluated several times: which counts, and how far they agree. */
#include "pipeline/repeat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "data/schema.h"
#include "pipeline/score.h"

/* ---- the evaluations ------------------------------------------------- */

static struct call *again(const struct call *first, int repeat)
{
	struct call *call = call_new();

	call->number = first->number;
	call->started = first->started;
	call->repeat = repeat;
	memcpy(call->source, first->source, sizeof(call->source));
	memcpy(call->sha256, first->sha256, sizeof(call->sha256));
	memcpy(call->correlation_id, first->correlation_id,
	       sizeof(call->correlation_id));
	call->request = json_incref(first->request);
	redaction_copy(&call->redaction, &first->redaction);
	json_array_extend(call->warnings, first->warnings);
	return call;
}

struct repeats *repeats_new(struct call *call, int k)
{
	struct repeats *r = xcalloc(1, sizeof(*r));

	r->k = k;
	r->calls = xcalloc((size_t)k, sizeof(struct call *));
	r->calls[0] = call;
	for (int i = 1; i < k; i++)
		r->calls[i] = again(call, i);
	for (int i = 0; i < k; i++)
		r->calls[i]->repeats = r;
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void repeats_free(struct repeats *r)
{
	if (!r)
		return;
	for (int i = 0; i < r->k; i++)
		call_free(r->calls[i]);
	pthread_mutex_destroy(&r->lock);
	free(r->calls);
	free(r);
}

bool repeats_finished(struct repeats *r)
{
	bool last;

	pthread_mutex_lock(&r->lock);
	last = ++r->finished == r->k;
	pthread_mutex_unlock(&r->lock);
	return last;
}

const struct call *repeats_choose(const struct repeats *r)
{
	const struct call *best = r->calls[0];

	for (int i = 1; i < r->k; i++) /* the enum goes from best to worst */
		if (call_status(r->calls[i]) < call_status(best))
			best = r->calls[i];
	return best;
}

/* ---- scores ---------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* The stage's answer if it holds a judgement to score; else NULL. */
static const json_t *judged(const struct call *call, enum stage stage)
{
	return call->results[stage].outcome.judged_nothing
		       ? NULL
		       : call_answer(call, stage);
}

/* Fills scores[] in rising order; returns how many there are. */
static int collect_scores(const struct repeats *r, int *scores)
{
	int n = 0;

	for (int i = 0; i < r->k; i++) {
		struct score_basis basis = score_basis(
			judged(r->calls[i], STAGE_COMPLIANCE),
			judged(r->calls[i], STAGE_COMMUNICATION));

		if (score_known(&basis))
			scores[n++] = score_of(&basis);
	}
	qsort(scores, (size_t)n, sizeof(*scores), by_value);
	return n;
}

static void put_scores(struct buf *out, const struct repeats *r)
{
	int *scores = xcalloc((size_t)r->k, sizeof(*scores));
	int n = collect_scores(r, scores), sum;

	if (n == 0) {
		buf_puts(out, "{\"min\":null,\"median\":null,\"max\":null}");
	} else {
		sum = scores[(n - 1) / 2] + scores[n / 2];
		buf_printf(out, "{\"min\":%d,\"median\":%d%s,\"max\":%d}",
			   scores[0], sum / 2, sum % 2 ? ".5" : "",
			   scores[n - 1]);
	}
	free(scores);
}

/* ---- items ----------------------------------------------------------- */

struct count_walk {
	json_t *items; /* by path, newline, name: {value: how often} */
	struct buf path;
	const char *name; /* of the row around, or NULL */
};

static void count_value(struct count_walk *w, const char *value)
{
	struct buf key;
	json_t *counts;
	json_int_t n;

	buf_init(&key, LIMIT_PATH_BYTES);
	buf_put(&key, w->path.data, w->path.len);
	buf_putc(&key, '\n');
	buf_puts(&key, w->name ? w->name : "");
	counts = json_object_get(w->items, key.data);
	if (!counts) {
		counts = json_object();
		json_object_set_new(w->items, key.data, counts);
	}
	n = json_integer_value(json_object_get(counts, value));
	json_object_set_new(counts, value, json_integer(n + 1));
	buf_release(&key);
}

static void count_fields(struct count_walk *w, const struct field *fields,
			 const json_t *object);

/* A value, an object, or the entries of a map; lists are for count_rows(). */
static void count_one(struct count_walk *w, const struct field *f,
		      const json_t *value)
{
	if (f->type == T_CHOICE && json_is_string(value))
		count_value(w, json_string_value(value));
	else if (f->type == T_BOOLEAN && json_is_boolean(value))
		count_value(w, json_is_true(value) ? "true" : "false");
	else if (f->type == T_OBJECT && json_is_object(value))
		count_fields(w, f->model->fields, value);
}

/* The field that names a row; NULL: rows have no name, only a place. */
static const char *naming_field(const struct field *row)
{
	if (row->type != T_OBJECT)
		return NULL;
	for (const struct field *f = row->model->fields; f->name; f++)
		if (f->flags & F_ITEM_NAME)
			return f->name;
	return NULL;
}

/*
 * Entries of maps and rows of lists count by their name.  A list without
 * names cannot be compared: the third finding of one answer is not that of
 * another.
 */
static void count_field(struct count_walk *w, const struct field *f,
			const json_t *value)
{
	const char *outer = w->name, *naming, *key;
	const json_t *row;
	size_t i;

	if (f->type == T_MAP) {
		json_object_foreach ((json_t *)value, key, row) {
			w->name = key;
			count_one(w, f->item, row);
		}
	} else if (f->type == T_ARRAY) {
		naming = naming_field(f->item);
		if (!naming)
			return;
		json_array_foreach (value, i, row) {
			w->name = json_string_peek(row, naming);
			count_one(w, f->item, row);
		}
	} else {
		count_one(w, f, value);
	}
	w->name = outer;
}

/* Recursion as deep as the tables, which SCHEMA_DEPTH bounds. */
static void count_fields(struct count_walk *w, const struct field *fields,
			 const json_t *object)
{
	size_t len = w->path.len;

	for (const struct field *f = fields; f->name; f++) {
		buf_printf(&w->path, ".%s", f->name);
		count_field(w, f, json_object_get(object, f->name));
		w->path.len = len;
		w->path.data[len] = '\0';
	}
}

/* 1 - the share of the most frequent value, to four places. */
static double flip_rate(const json_t *counts)
{
	json_int_t most = 0, sum = 0, n;
	const char *value;
	json_t *count;

	json_object_foreach ((json_t *)counts, value, count) {
		n = json_integer_value(count);
		sum += n;
		if (n > most)
			most = n;
	}
	return nearbyint(1e4 * (double)(sum - most) / (double)sum) / 1e4;
}

static void put_item(struct buf *out, const char *key, const json_t *counts)
{
	const char *name = strchr(key, '\n') + 1;
	json_auto_t *rate = json_real(flip_rate(counts));

	buf_puts(out, "{\"path\":");
	buf_json_string(out, key, (size_t)(name - 1 - key));
	buf_puts(out, ",\"name\":");
	if (*name)
		buf_json_string(out, name, strlen(name));
	else
		buf_puts(out, "null");
	buf_puts(out, ",\"counts\":");
	json_write(out, counts, JSON_STYLE_LINE);
	buf_puts(out, ",\"flip_rate\":");
	json_write(out, rate, JSON_STYLE_LINE);
	buf_putc(out, '}');
}

static void put_items(struct buf *out, const struct repeats *r)
{
	struct count_walk w = { .items = json_object() };
	const char *key, *comma = "";
	json_t *counts;

	buf_init(&w.path, LIMIT_PATH_BYTES);
	for (int i = 0; i < r->k; i++) {
		for (int s = 0; s < STAGE_COUNT; s++) {
			const json_t *answer = call_answer(r->calls[i], s);

			if (!answer)
				continue;
			buf_clear(&w.path);
			buf_printf(&w.path, "evaluation.%s", stages[s].name);
			count_fields(&w, stages[s].prompt.reply->fields,
				     answer);
		}
	}
	json_object_foreach (w.items, key, counts) {
		buf_puts(out, comma);
		put_item(out, key, counts);
		comma = ",";
	}
	buf_release(&w.path);
	json_decref(w.items);
}

void repeats_write(struct buf *out, const struct repeats *r)
{
	int ok = 0;

	for (int i = 0; i < r->k; i++)
		ok += call_status(r->calls[i]) == CALL_OK;
	buf_printf(out, "{\"k\":%d,\"ok\":%d,\"score\":", r->k, ok);
	put_scores(out, r);
	buf_puts(out, ",\"items\":[");
	put_items(out, r);
	buf_puts(out, "]}");
}
