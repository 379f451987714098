/* Majorities and flip rates of records that were made several times. */
#include "compare/repeat.h"

#include <string.h>

#include "base/text.h"
#include "data/json.h"

/* A record's `repeat`, being laid over a call's units. */
struct overlay {
	struct diff *d;
	struct diff_call *call;
	bool golden;
	bool note; /* keep the rates */
};

/* Is `whole` a, a dot and b? */
static bool is_joined(const char *whole, const char *a, const char *b)
{
	size_t n = strlen(a);

	return strncmp(whole, a, n) == 0 && whole[n] == '.' &&
	       strcmp(whole + n + 1, b) == 0;
}

/*
 * Does the item's path and name (maybe "") mean that unit?  The path ends with
 * the member that holds the value: `evaluation.compliance.items.status`.
 */
static bool is_unit(const struct diff *d, const struct diff_unit *u,
		    const char *path, const char *name)
{
	const struct diff_field *f = &diff_fields[u->field];
	const char *own = pool_text(&d->texts, u->name);

	if (f->shape != DIFF_ONE && f->value_key
		    ? !is_joined(path, f->path, f->value_key)
		    : strcmp(path, f->path) != 0)
		return false;
	switch (f->shape) {
	case DIFF_ONE:
		return !*name;
	case DIFF_ROWS:
		return text_same_name(own, name);
	case DIFF_MAP:
		return strcmp(own, name) == 0;
	default:
		return false;
	}
}

/* The value that most runs gave; NULL if two are equally frequent. */
static const char *majority(const json_t *counts)
{
	const char *value, *most = NULL;
	json_int_t best = 0;
	json_t *count;

	json_object_foreach ((json_t *)counts, value, count) {
		json_int_t n = json_integer_value(count);

		if (n == best)
			most = NULL;
		if (n > best) {
			best = n;
			most = value;
		}
	}
	return most;
}

/* The text as the field spells it; NULL if it is none of its choices. */
static const char *spelled(const struct diff *d, const struct diff_unit *u,
			   const char *text)
{
	const struct diff_field *f = &diff_fields[u->field];
	size_t i;

	if (diff_unit_kind(d, u) != DIFF_CHOICE)
		return text;
	i = diff_choice(f, text);
	return i < DIFF_CHOICES ? f->choices[i] : NULL;
}

static void lay_value(const struct overlay *o, size_t i, const char *text,
		      bool flips)
{
	struct diff_unit *u = &o->d->units[o->call->first + i];

	if (text && o->golden)
		u->value = pool_add(&o->d->texts, text);
	else if (text)
		o->d->scratch[i] = pool_add(&o->d->texts, text);
	if (o->golden)
		u->flips |= flips;
	else
		o->d->scratch_flips[i] |= flips;
}

static void lay_item(const struct overlay *o, const json_t *item)
{
	const char *path = json_string_peek(item, "path");
	const char *name = json_string_peek(item, "name");
	const char *most = majority(json_object_get(item, "counts"));
	double rate = json_number_value(json_object_get(item, "flip_rate"));

	for (size_t i = 0; path && i < o->call->count; i++) {
		struct diff_unit *u = &o->d->units[o->call->first + i];

		if (!is_unit(o->d, u, path, name ? name : ""))
			continue;
		lay_value(o, i, most ? spelled(o->d, u, most) : NULL,
			  rate > o->d->rules->flip_rate);
		if (o->note)
			u->rate = (float)rate;
		return;
	}
}

/*
 * The median stands for the score; its spread excuses a difference that it
 * covers.
 */
static void lay_score(const struct overlay *o, const json_t *score)
{
	double low = json_number_value(json_object_get(score, "min"));
	double high = json_number_value(json_object_get(score, "max"));
	const json_t *median = json_object_get(score, "median");
	size_t field = diff_field_find("overall_score");
	char text[TEXT_REAL_SIZE];

	if (!json_is_number(median))
		return;
	text_real(json_number_value(median), text);
	for (size_t i = 0; i < o->call->count; i++) {
		const struct diff_unit *u = &o->d->units[o->call->first + i];
		double tolerance = o->d->rules->fields[field].tolerance;
		double wanted = diff_number(o->d, u->value);

		if (u->field != field)
			continue;
		lay_value(o, i, text,
			  !o->golden && low < high &&
				  wanted >= low - tolerance &&
				  wanted <= high + tolerance);
		return;
	}
}

static void lay(const struct overlay *o, const json_t *record)
{
	const json_t *repeat = json_object_get(record, "repeat");
	json_t *item;
	size_t i;

	lay_score(o, json_object_get(repeat, "score"));
	json_array_foreach (json_object_get(repeat, "items"), i, item)
		lay_item(o, item);
}

void repeat_apply_golden(struct diff *d, struct diff_call *call,
			 const json_t *record)
{
	const struct overlay o = { .d = d, .call = call, .golden = true };

	lay(&o, record);
}

void repeat_apply_report(struct diff *d, struct diff_call *call,
			 const json_t *record, bool first)
{
	const struct overlay o = { .d = d, .call = call, .note = first };

	lay(&o, record);
}
