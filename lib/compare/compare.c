/* Two streams of reports joined by call_id. */
#include "compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "compare/repeat.h"
#include "data/json.h"

/* Words kept beside one value, and beside all of them. */
#define LIMIT_WORDS     ((size_t)400)
#define LIMIT_ALL_WORDS ((size_t)64 << 20)

void diff_init(struct diff *d, const struct diff_rules *rules, bool keep_words)
{
	*d = (struct diff){ .rules = rules, .keep_words = keep_words };
}

void diff_release(struct diff *d)
{
	for (size_t i = 0; i < d->word_count; i++) {
		free(d->words[i].golden);
		free(d->words[i].report);
	}
	free(d->words);
	free(d->flips);
	free(d->order);
	free(d->units);
	free(d->calls);
	free(d->scratch);
	free(d->scratch_flips);
	pool_release(&d->ids);
	pool_release(&d->texts);
}

double diff_number(const struct diff *d, uint32_t value)
{
	return strtod(pool_text(&d->texts, value), NULL);
}

enum diff_kind diff_unit_kind(const struct diff *d, const struct diff_unit *u)
{
	return diff_kind_of(u->field, d->rules->free_names);
}

/* ---- values of a record ---------------------------------------------- */

/* A record being read, golden or report. */
struct taking {
	struct diff *d;
	struct diff_call *call;
	size_t near; /* the call's unit after the one found last */
};

/*
 * Of two values under one name the worse counts, as in the roll-up; what is
 * not on the scale is the least.
 */
static uint32_t worse(const struct diff *d, size_t field, uint32_t a,
		      uint32_t b)
{
	const struct diff_field *f = &diff_fields[field];
	size_t i, j;

	if (f->kind != DIFF_CHOICE)
		return a;
	i = diff_choice(f, pool_text(&d->texts, a));
	j = diff_choice(f, pool_text(&d->texts, b));
	if (j >= f->ordered)
		return a;
	return i >= f->ordered || j > i ? b : a;
}

/* The call's unit of that field and name, by its place in the call. */
static bool find_unit(struct taking *t, const struct diff_value *v, size_t *at)
{
	bool exact = diff_fields[v->field].shape != DIFF_ROWS;
	const struct diff_unit *units;

	if (t->call->count == 0)
		return false;
	units = t->d->units + t->call->first;
	/* records list their values in much the same order */
	for (size_t n = 0; n < t->call->count; n++) {
		size_t i = (t->near + n) % t->call->count;
		const char *name;

		if (units[i].field != v->field)
			continue;
		name = pool_text(&t->d->texts, units[i].name);
		if (exact ? strcmp(name, v->name) != 0
			  : !text_same_name(name, v->name))
			continue;
		t->near = i + 1;
		*at = i;
		return true;
	}
	return false;
}

static void take_golden(void *ctx, const struct diff_value *v)
{
	struct taking *t = ctx;
	struct diff *d = t->d;
	uint32_t value = pool_add(&d->texts, v->text);
	struct diff_unit *u;
	size_t i;

	if (find_unit(t, v, &i)) {
		u = &d->units[t->call->first + i];
		u->value = worse(d, v->field, u->value, value);
		return;
	}
	d->units = xroom(d->units, d->unit_count, &d->unit_room,
			 sizeof(*d->units));
	d->units[d->unit_count++] = (struct diff_unit){
		.name = pool_add(&d->texts, v->name),
		.value = value,
		.field = (uint8_t)v->field
	};
	t->call->count++;
}

static void take_report(void *ctx, const struct diff_value *v)
{
	struct taking *t = ctx;
	uint32_t *place, value;
	size_t i;

	if (!find_unit(t, v, &i))
		return; /* golden says nothing of it */
	place = &t->d->scratch[i];
	value = pool_add(&t->d->texts, v->text);
	*place = *place ? worse(t->d, v->field, *place, value) : value;
}

/* ---- what a record is ------------------------------------------------- */

static uint32_t keep_text(struct diff *d, const json_t *object, const char *key)
{
	const char *text = json_string_peek(object, key);

	return text ? pool_add(&d->texts, text) : POOL_NONE;
}

/* The first stage that failed, with its code and message. */
static void note_stage(struct diff *d, struct diff_call *call,
		       const json_t *record)
{
	const json_t *meta = json_object_get(record, "meta"), *error;
	const char *name;
	json_t *stage;

	json_object_foreach (json_object_get(meta, "stages"), name, stage) {
		error = json_object_get(stage, "error");
		if (!error)
			continue;
		call->stage = pool_add(&d->texts, name);
		call->code = keep_text(d, error, "code");
		call->message = keep_text(d, error, "message");
		return;
	}
}

/* A record without a status is somebody's labels, and whole. */
static enum diff_state record_state(const json_t *record)
{
	const char *status = json_string_peek(record, "status");

	if (!status || strcmp(status, "ok") == 0)
		return DIFF_COMPARED;
	if (strcmp(status, "partial") == 0)
		return DIFF_PARTIAL;
	return strcmp(status, "skipped") == 0 ? DIFF_SKIPPED : DIFF_FAILED;
}

static void note_reason(struct diff *d, struct diff_call *call,
			const json_t *record)
{
	const json_t *error = json_object_get(record, "error");

	if (!error) {
		note_stage(d, call, record);
		return;
	}
	call->code = keep_text(d, error, "code");
	call->message = keep_text(d, error, "message");
}

/* ---- golden ----------------------------------------------------------- */

int diff_add_golden(struct diff *d, const json_t *record, size_t line,
		    struct error *err)
{
	const char *id = json_string_peek(record, "call_id");
	struct taking t = { .d = d };
	struct diff_call *call;

	if (!id)
		return error_set(err, ERR_INPUT, NULL, "has no call_id");
	if (pool_find(&d->ids, id))
		return error_set(
			err, ERR_INPUT, NULL,
			"call_id stands in line %u already",
			(unsigned)d->calls[pool_find(&d->ids, id) - 1].line);
	d->calls = xroom(d->calls, d->count, &d->room, sizeof(*d->calls));
	call = &d->calls[d->count++];
	*call = (struct diff_call){ .id = pool_add(&d->ids, id),
				    .line = (uint32_t)line,
				    .first = d->unit_count,
				    .state = DIFF_MISSING };
	if (record_state(record) != DIFF_COMPARED) {
		call->state = DIFF_UNUSABLE;
		note_reason(d, call, record);
		return 0;
	}
	t.call = call;
	if (diff_visit(record, d->rules->wanted, d->rules->free_names,
		       take_golden, &t, err))
		return -1;
	repeat_apply_golden(d, call, record);
	if (call->count == 0)
		call->state = DIFF_UNLABELLED;
	return 0;
}

/* ---- reports ---------------------------------------------------------- */

/* Are the values further apart than the field's tolerance? */
static bool is_apart(const struct diff *d, const struct diff_unit *u)
{
	const struct diff_field *f = &diff_fields[u->field];
	double tolerance = d->rules->fields[u->field].tolerance;
	size_t i, j;

	if (u->got == u->value)
		return false;
	if (u->got == POOL_NONE)
		return true;
	switch (diff_unit_kind(d, u)) {
	case DIFF_NUMBER: /* sums of decimals have noise in the last bits */
		return fabs(diff_number(d, u->got) - diff_number(d, u->value)) >
		       tolerance * (1 + 1e-12);
	case DIFF_CHOICE:
		i = diff_choice(f, pool_text(&d->texts, u->value));
		j = diff_choice(f, pool_text(&d->texts, u->got));
		if (i >= f->ordered || j >= f->ordered)
			return true;
		return (i > j ? i - j : j - i) > tolerance;
	default:
		return true;
	}
}

static struct diff_words *add_words(struct diff *d, size_t unit)
{
	d->words = xroom(d->words, d->word_count, &d->word_room,
			 sizeof(*d->words));
	d->words[d->word_count] = (struct diff_words){ .unit = unit };
	return &d->words[d->word_count++];
}

/* A copy, cut; NULL once all words together are too long. */
static char *copy_words(struct diff *d, const char *words)
{
	size_t len = strlen(words);

	if (d->word_bytes > LIMIT_ALL_WORDS) {
		d->words_left_out++;
		return NULL;
	}
	len = text_cut(words, len, LIMIT_WORDS);
	d->word_bytes += len;
	return xstrndup(words, len);
}

static void take_report_words(void *ctx, const struct diff_value *v)
{
	struct taking *t = ctx;
	size_t i;

	if (v->words && find_unit(t, v, &i) &&
	    t->d->units[t->call->first + i].differs)
		add_words(t->d, t->call->first + i)->report = copy_words(
			t->d, v->words);
}

/* The scratch values become the call's. */
static void settle(struct diff *d, struct diff_call *call)
{
	for (size_t i = 0; i < call->count; i++) {
		struct diff_unit *u = &d->units[call->first + i];

		u->got = d->scratch[i];
		u->flips |= d->scratch_flips[i];
		u->differs = is_apart(d, u);
		if (u->differs && u->flips)
			call->flipping++;
		else if (u->differs)
			call->differing++;
		if (strcmp(diff_fields[u->field].name, "overall_score") == 0 &&
		    u->got)
			call->delta = diff_number(d, u->got) -
				      diff_number(d, u->value);
	}
}

/* The same call again: harmless if it says the same. */
static void take_again(struct diff *d, struct diff_call *call,
		       enum diff_state state)
{
	d->duplicates++;
	if (call->state != state)
		call->state = DIFF_AMBIGUOUS;
	for (size_t i = 0; state == DIFF_COMPARED && i < call->count; i++)
		if (d->units[call->first + i].got != d->scratch[i])
			call->state = DIFF_AMBIGUOUS;
}

static void clear_scratch(struct diff *d, size_t count)
{
	if (count > d->scratch_room) {
		d->scratch_room = count;
		d->scratch = xrealloc(d->scratch, count * sizeof(*d->scratch));
		d->scratch_flips = xrealloc(d->scratch_flips,
					    count * sizeof(*d->scratch_flips));
	}
	for (size_t i = 0; i < count; i++) {
		d->scratch[i] = POOL_NONE;
		d->scratch_flips[i] = false;
	}
}

/* A report of a call that golden has. */
static int take_call(struct diff *d, struct diff_call *call,
		     const json_t *record, struct error *err)
{
	enum diff_state state = record_state(record);
	struct taking t = { .d = d, .call = call };
	bool first = call->state == DIFF_MISSING;

	clear_scratch(d, call->count);
	if (state == DIFF_COMPARED &&
	    diff_visit(record, d->rules->wanted, d->rules->free_names,
		       take_report, &t, err))
		return -1;
	if (state == DIFF_COMPARED)
		repeat_apply_report(d, call, record, first);
	if (!first) {
		take_again(d, call, state);
		return 0;
	}
	call->state = state;
	if (state != DIFF_COMPARED) {
		note_reason(d, call, record);
		return 0;
	}
	settle(d, call);
	t.near = 0;
	if (d->keep_words && call->differing + call->flipping > 0)
		return diff_visit(record, d->rules->wanted,
				  d->rules->free_names, take_report_words, &t,
				  err);
	return 0;
}

int diff_add_report(struct diff *d, const json_t *record, struct error *err)
{
	const json_t *value = json_object_get(record, "call_id");
	const char *id = json_string_value(value);
	uint32_t number;

	d->reports++;
	if (!json_is_object(record) || (value && !json_is_null(value) && !id))
		return error_set(err, ERR_INPUT, NULL,
				 "is no report: an object with a call_id");
	if (!id) { /* of a request that could not be read */
		d->nameless++;
		return 0;
	}
	number = pool_find(&d->ids, id);
	if (!number) {
		d->strangers++;
		return 0;
	}
	if (d->calls[number - 1].state == DIFF_UNUSABLE ||
	    d->calls[number - 1].state == DIFF_UNLABELLED)
		return 0;
	return take_call(d, &d->calls[number - 1], record, err);
}

/* ---- words of golden --------------------------------------------------- */

static void take_golden_words(void *ctx, const struct diff_value *v)
{
	struct taking *t = ctx;
	struct diff_words *words;
	size_t i;

	if (!v->words || !find_unit(t, v, &i))
		return;
	words = (struct diff_words *)diff_words_of(t->d, t->call->first + i);
	if (words && !words->golden)
		words->golden = copy_words(t->d, v->words);
}

void diff_add_golden_words(struct diff *d, const json_t *record)
{
	const char *id = json_string_peek(record, "call_id");
	uint32_t number = id ? pool_find(&d->ids, id) : POOL_NONE;
	struct taking t = { .d = d };

	if (!number)
		return;
	t.call = &d->calls[number - 1];
	if (t.call->state != DIFF_COMPARED ||
	    t.call->differing + t.call->flipping == 0)
		return;
	/* what was read once without fault has none now */
	if (diff_visit(record, d->rules->wanted, d->rules->free_names,
		       take_golden_words, &t, NULL))
		return;
}

static int by_unit(const void *a, const void *b)
{
	const struct diff_words *x = a, *y = b;

	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

const struct diff_words *diff_words_of(const struct diff *d, size_t unit)
{
	const struct diff_words key = { .unit = unit };

	return d->word_count ? bsearch(&key, d->words, d->word_count,
				       sizeof(*d->words), by_unit)
			     : NULL;
}

/* ---- sums -------------------------------------------------------------- */

static void tally(struct diff_tally *t, const struct diff_unit *u)
{
	t->compared++;
	t->differing += u->differs && !u->flips;
	t->flipping += u->differs && u->flips;
	t->absent += u->got == POOL_NONE;
}

static void sort_words(struct diff *d)
{
	if (d->word_count > 0)
		qsort(d->words, d->word_count, sizeof(*d->words), by_unit);
}

/* A place for golden's words beside every unit that differs. */
static void complete_words(struct diff *d)
{
	size_t had = d->word_count;

	sort_words(d);
	for (size_t i = 0; i < d->unit_count; i++) {
		const struct diff_words key = { .unit = i };

		if (!d->units[i].differs ||
		    !diff_fields[d->units[i].field].words_key)
			continue;
		if (had == 0 ||
		    !bsearch(&key, d->words, had, sizeof(*d->words), by_unit))
			add_words(d, i);
	}
	sort_words(d);
}

/* Largest difference of scores first, then most values, then golden's order. */
static int by_worst(const void *a, const void *b)
{
	const struct diff_call *x = *(const struct diff_call *const *)a;
	const struct diff_call *y = *(const struct diff_call *const *)b;
	double dx = fabs(x->delta), dy = fabs(y->delta);

	if (!x->differing != !y->differing)
		return x->differing ? -1 : 1;
	if (dx != dy)
		return dx > dy ? -1 : 1;
	if (x->differing != y->differing)
		return x->differing > y->differing ? -1 : 1;
	if (x->flipping != y->flipping)
		return x->flipping > y->flipping ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int by_rate(const void *a, const void *b)
{
	const struct diff_unit *x = ((const struct diff_flip *)a)->unit;
	const struct diff_unit *y = ((const struct diff_flip *)b)->unit;

	if (x->rate != y->rate)
		return x->rate > y->rate ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void list_flips(struct diff *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->unit_count; i++)
		n += d->units[i].rate > 0;
	d->flips = xcalloc(n, sizeof(*d->flips));
	for (size_t i = 0; i < d->count; i++) {
		const struct diff_call *call = &d->calls[i];

		for (size_t j = 0; j < call->count; j++)
			if (d->units[call->first + j].rate > 0)
				d->flips[d->flip_count++] = (struct diff_flip){
					call, &d->units[call->first + j]
				};
	}
	qsort(d->flips, d->flip_count, sizeof(*d->flips), by_rate);
}

/* Nothing is said of a call without verdict. */
static void forget(struct diff *d, struct diff_call *call)
{
	call->differing = call->flipping = 0;
	call->delta = 0;
	for (size_t j = 0; j < call->count; j++) {
		d->units[call->first + j].differs = false;
		d->units[call->first + j].got = POOL_NONE;
		d->units[call->first + j].rate = 0;
	}
}

void diff_finish(struct diff *d)
{
	d->order = xcalloc(d->count, sizeof(*d->order));
	for (size_t i = 0; i < d->count; i++) {
		struct diff_call *call = &d->calls[i];

		d->order[i] = call;
		d->states[call->state]++;
		if (call->state != DIFF_COMPARED) {
			forget(d, call);
			continue;
		}
		for (size_t j = 0; j < call->count; j++) {
			const struct diff_unit *u = &d->units[call->first + j];

			tally(&d->total, u);
			tally(&d->fields[u->field], u);
		}
	}
	if (d->keep_words)
		complete_words(d);
	qsort(d->order, d->count, sizeof(*d->order), by_worst);
	list_flips(d);
}

const char *diff_state_name(enum diff_state state)
{
	static const char *const names[] = {
		[DIFF_MISSING] = "missing",   [DIFF_COMPARED] = "compared",
		[DIFF_FAILED] = "failed",     [DIFF_SKIPPED] = "skipped",
		[DIFF_PARTIAL] = "partial",   [DIFF_AMBIGUOUS] = "ambiguous",
		[DIFF_UNUSABLE] = "unusable", [DIFF_UNLABELLED] = "unlabelled",
	};

	return names[state];
}

size_t diff_without_verdict(const struct diff *d)
{
	return d->count - d->states[DIFF_COMPARED] - d->states[DIFF_UNLABELLED];
}
