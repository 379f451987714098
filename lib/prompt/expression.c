/* What jinja2's expressions come to, as Python has it. */
#include "prompt/expression.h"

#include <stdlib.h>
#include <string.h>

#include "data/json.h"

void access_release(struct access *access)
{
	free(access->path);
	free(access->fallback);
	*access = (struct access){ 0 };
}

void atom_release(struct atom *atom)
{
	access_release(&atom->access);
	free(atom->text);
	*atom = (struct atom){ 0 };
}

/* The value under the path, a text as a string; NULL: undefined.  New. */
static json_t *find(const struct access *a, struct text value)
{
	json_auto_t *root = NULL;
	json_t *at;

	if (!a->json)
		return json_stringn_nocheck(value.data ? value.data : "",
					    value.len);
	root = json_read(value.data, value.len, &json_default_limits, NULL);
	at = root;
	for (const char *name = a->path; at && name && *name;
	     name += strlen(name) + 1)
		at = json_object_get(at, name);
	return json_incref(at);
}

/* Python's bool(). */
static bool is_true(const json_t *value)
{
	if (json_is_number(value))
		return json_number_value(value) != 0;
	if (json_is_string(value))
		return json_string_length(value) > 0;
	return json_is_true(value) || json_object_size(value) > 0 ||
	       json_array_size(value) > 0;
}

/* Python's str(), but of lists and objects. */
static void put(struct buf *out, const json_t *value)
{
	if (json_is_string(value))
		buf_put(out, json_string_value(value),
			json_string_length(value));
	else if (json_is_boolean(value))
		buf_puts(out, json_is_true(value) ? "True" : "False");
	else if (json_is_null(value))
		buf_puts(out, "None");
	else if (value)
		json_write(out, value, JSON_STYLE_DUMP);
}

void access_put(const struct access *access, struct text value, struct buf *out)
{
	json_auto_t *found = find(access, value);

	if (access->fallback &&
	    (!found || (access->when_false && !is_true(found))))
		buf_put(out, access->fallback, access->fallback_len);
	else
		put(out, found);
}

/* Python's ==: True is 1, 5.0 is 5, and "5" is neither. */
static bool is_equal(const struct atom *atom, const json_t *value)
{
	if (atom->text)
		return json_is_string(value) &&
		       json_string_length(value) == atom->text_len &&
		       memcmp(json_string_value(value), atom->text,
			      atom->text_len) == 0;
	if (json_is_boolean(value))
		return json_is_true(value) == atom->number;
	if (json_is_integer(value))
		return json_integer_value(value) == atom->number;
	return json_is_real(value) &&
	       json_real_value(value) == (double)atom->number;
}

static bool atom_holds(const struct atom *atom, struct text value)
{
	json_auto_t *found = find(&atom->access, value);
	bool holds = atom->comparison == IS_TRUE ? is_true(found)
						 : is_equal(atom, found);

	if (atom->comparison == IS_UNEQUAL)
		holds = !holds;
	return holds != atom->negated;
}

bool condition_holds(const struct atom *first, const struct text *values)
{
	bool group = true;

	for (const struct atom *a = first;; a++) {
		group = group && atom_holds(a, values[a->access.name]);
		if (!a->ends_group)
			continue;
		if (group || a->ends_all)
			return group;
		group = true;
	}
}
