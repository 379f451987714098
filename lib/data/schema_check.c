/* The tables checked as data: a wrong table is a defect that a test finds. */
#include <string.h>

#include "data/schema.h"
#include "data/schema_lax.h"
#include "data/schema_table.h"

/* The row being checked: names of the model and the field, for messages. */
struct row {
	const char *model, *field;
	struct error *err;
};

static int check_model(const struct model *model, unsigned depth,
		       struct error *err);

/* Reports a defect.  Returns -1. */
static int defect(const struct row *at, const char *text)
{
	return error_set(at->err, ERR_INTERNAL, NULL, "%s.%s: %s", at->model,
			 at->field, text);
}

static bool good_name(const char *name)
{
	return name && *name && strlen(name) <= 64 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") ==
		       strlen(name) &&
	       !(*name >= '0' && *name <= '9');
}

/* Choices that look the same to lax_choice() would make it guess. */
static int check_choices(const struct field *f, const struct row *at)
{
	const char *const *list = f->choices;

	if (!list)
		return f->type == T_CHOICE ? defect(at, "no choices") : 0;
	if (f->type != T_CHOICE && f->type != T_STRING)
		return defect(at, "choices of what is no string");
	if (!list[0])
		return defect(at, "an empty list of choices");
	for (size_t i = 0; list[i]; i++) {
		for (size_t j = 0; j < i; j++) {
			if (lax_same(list[i], list[j]))
				return defect(at, "two choices alike");
		}
	}
	return 0;
}

static int check_range(const struct field *f, const struct row *at)
{
	bool from = f->flags & (F_MIN | F_ABOVE), to = f->flags & F_MAX;

	if ((from || to) && f->type != T_INTEGER && f->type != T_NUMBER)
		return defect(at, "a range of what is no number");
	if (f->flags & F_MIN && f->flags & F_ABOVE)
		return defect(at, "two lower bounds");
	if ((!from && f->min != 0) || (!to && f->max != 0))
		return defect(at, "a bound without its flag");
	if (from && to &&
	    (f->min > f->max || (f->flags & F_ABOVE && f->min == f->max)))
		return defect(at, "min is beyond max");
	return 0;
}

static int check_length(const struct field *f, const struct row *at)
{
	bool sized = f->type == T_STRING || f->type == T_ARRAY ||
		     f->type == T_MAP;

	if ((f->min_length || f->max_length) && !sized)
		return defect(at, "a length of what has none");
	if (f->max_length && f->min_length > f->max_length)
		return defect(at, "min_length is beyond max_length");
	return 0;
}

static int check_flags(const struct field *f, const struct row *at)
{
	if (f->flags & F_SECTION_KEYS && f->type != T_MAP)
		return defect(at, "section keys of what is no map");
	if (f->flags & F_ITEM_NAME &&
	    (f->type != T_STRING || !(f->flags & F_REQUIRED)))
		return defect(at, "an item's name is a string and required");
	if (!f->name) /* an element is always there */
		return 0;
	if (f->flags & F_REQUIRED && (f->flags & F_OPTIONAL || f->fallback))
		return defect(at, "required, yet provided for when missing");
	if (f->flags & F_OPTIONAL && f->fallback)
		return defect(at, "optional, yet with a fallback");
	if (!(f->flags & (F_REQUIRED | F_OPTIONAL | F_NULLABLE)) &&
	    !f->fallback)
		return defect(at, "null if missing, but not nullable");
	return 0;
}

/* The fallback, given as a value, must come back as it is. */
static int check_fallback(const struct field *f, const struct row *at)
{
	const struct schema_context context = { .exact = true };
	struct field rows[] = { *f, { .name = NULL } };
	const struct model alone = { .name = "fallback", .fields = rows };
	json_auto_t *value = NULL, *document = NULL, *converted = NULL;
	struct faults faults;

	if (!f->fallback)
		return 0;
	value = json_loads(f->fallback, JSON_DECODE_ANY, NULL);
	if (!value)
		return defect(at, "the fallback is no JSON");
	document = json_pack("{sO}", f->name, value);
	faults_init(&faults);
	converted = schema_convert(&alone, document, &context, &faults);
	faults_release(&faults);
	if (!converted || !json_equal(converted, document))
		return defect(at, "the fallback does not fit its field");
	return 0;
}

static int check_field(const struct field *f, const struct row *at,
		       unsigned depth);

/* The parts of an array, a map, an object. */
static int check_parts(const struct field *f, const struct row *at,
		       unsigned depth)
{
	bool listed = f->type == T_ARRAY || f->type == T_MAP;

	if (listed != (f->item != NULL))
		return defect(at, listed ? "no item" : "an item of a scalar");
	if ((f->type == T_OBJECT) != (f->model != NULL))
		return defect(at,
			      f->model ? "a model of no object" : "no model");
	if (f->type == T_OBJECT)
		return check_model(f->model, depth, at->err);
	if (!listed)
		return 0;
	if (f->item->name || f->item->fallback)
		return defect(at, "an item has neither name nor fallback");
	if (f->type == T_MAP && f->item->type == T_OBJECT && f->item->model &&
	    f->item->model->fields &&
	    schema_find(f->item->model, schema_key_name(f)))
		return defect(at, "a member named as the key of the wire form");
	return check_field(f->item, at, depth + 1);
}

static int check_field(const struct field *f, const struct row *at,
		       unsigned depth)
{
	if (depth > SCHEMA_DEPTH)
		return defect(at, "nested too deep");
	if (check_choices(f, at) < 0 || check_range(f, at) < 0 ||
	    check_length(f, at) < 0 || check_flags(f, at) < 0 ||
	    check_parts(f, at, depth) < 0)
		return -1;
	return check_fallback(f, at);
}

static int check_fields(const struct model *model, unsigned depth,
			struct error *err)
{
	size_t n = 0;

	for (const struct field *f = model->fields; f->name; f++) {
		struct row at = { model->name, f->name, err };

		if (++n > SCHEMA_FIELDS)
			return defect(&at, "too many fields");
		if (!good_name(f->name))
			return defect(&at, "not a name");
		if (schema_find(model, f->name) != f)
			return defect(&at, "a name given twice");
		if (check_field(f, &at, depth + 1) < 0)
			return -1;
	}
	return 0;
}

/* `depth` is the level of the model's objects; the document is level 1. */
static int check_model(const struct model *model, unsigned depth,
		       struct error *err)
{
	struct row at = { model->name ? model->name : "?", "*", err };

	if (!good_name(model->name))
		return defect(&at, "the model has no good name");
	if (!model->title)
		return defect(&at, "no title");
	if (!model->fields == !model->one_of)
		return defect(&at, "either fields or one_of");
	if (model->fields)
		return check_fields(model, depth, err);
	if (depth > 1)
		return defect(&at, "one_of is for documents");
	for (size_t i = 0; model->one_of[i]; i++) {
		if (!model->one_of[i]->fields)
			return defect(&at, "one_of within one_of");
		if (check_model(model->one_of[i], depth, err) < 0)
			return -1;
	}
	return 0;
}

int schema_check(const struct model *model, struct error *err)
{
	return check_model(model, 1, err);
}
