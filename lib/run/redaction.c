/* Which strings of a request are rewritten, and what is known of the client. */
#include "run/redaction.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "data/schema.h"
#include "model/request.h"

struct walk {
	struct redactor *r;
	bool applying;
	const json_t *transcript; /* the string that gets the map */
	struct redaction *out;
	json_t *warnings;
};

static struct text text_of(const json_t *string)
{
	return (struct text){ json_string_value(string),
			      json_string_length(string) };
}

/* ---- the strings of a request ---------------------------------------- */

/* The string with placeholders; new. */
static json_t *rewrite(struct walk *w, json_t *string)
{
	bool mapped = string == w->transcript;
	json_t *result;
	struct buf out;

	buf_init(&out, LIMIT_BODY_BYTES);
	if (redactor_apply(w->r, text_of(string), &out,
			   mapped ? &w->out->transcript : NULL) == 0)
		result = json_incref(string);
	else
		result = json_stringn(out.data, out.len);
	buf_release(&out);
	return result;
}

/* A key stands in every record about the call: it stays, and is told of. */
static void check_key(struct walk *w, const struct field *f,
		      const json_t *string)
{
	struct buf out;

	buf_init(&out, LIMIT_BODY_BYTES);
	if (!w->applying &&
	    redact_text(REDACT_DEFAULT, text_of(string), &out, NULL) > 0)
		json_array_append_new(
			w->warnings,
			json_sprintf("%s: looks as if it held the number of a "
				     "card or a person; a key is not redacted",
				     f->name));
	buf_release(&out);
}

/* What stands in the value's place; new.  As deep as the tables. */
static json_t *visit(struct walk *w, const struct field *f, json_t *value)
{
	const struct field *row;
	json_t *element;
	size_t i;

	if (f->type == T_STRING && json_is_string(value)) {
		if (f->flags & F_KEY)
			check_key(w, f, value);
		else if (w->applying)
			return rewrite(w, value);
		else
			redactor_learn(w->r, text_of(value));
	} else if (f->type == T_OBJECT && json_is_object(value)) {
		for (row = f->model->fields; row->name; row++) {
			element = json_object_get(value, row->name);
			if (element)
				json_object_set_new(value, row->name,
						    visit(w, row, element));
		}
	} else if (f->type == T_ARRAY && json_is_array(value)) {
		json_array_foreach (value, i, element)
			json_array_set_new(value, i,
					   visit(w, f->item, element));
	}
	return json_incref(value);
}

/* ---- what is known of the client ------------------------------------- */

static void know_words(struct redactor *r, struct text t)
{
	for (size_t at = 0; at < t.len;) {
		size_t end = at;

		while (end < t.len && t.data[end] != ' ')
			end++;
		redactor_know(r, (struct text){ t.data + at, end - at });
		at = end + 1;
	}
}

static bool is_name(const char *key)
{
	for (; *key; key++)
		if (strncasecmp(key, "name", 4) == 0)
			return true;
	return false;
}

static void know_number(struct redactor *r, const json_t *value)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%lld",
			 (long long)json_integer_value(value));

	redactor_know(r, (struct text){ text, (size_t)n });
}

/* Every scalar of a value that no table knows. */
static void know_all(struct redactor *r, const char *key, const json_t *value,
		     int depth)
{
	const char *name;
	json_t *member;
	size_t i;

	if (depth > LIMIT_JSON_DEPTH)
		return;
	if (json_is_string(value)) {
		redactor_know(r, text_of(value));
		if (is_name(key))
			know_words(r, text_of(value));
	} else if (json_is_integer(value)) {
		know_number(r, value);
	} else if (json_is_array(value)) {
		json_array_foreach (value, i, member)
			know_all(r, key, member, depth + 1);
	} else if (json_is_object(value)) {
		json_object_foreach ((json_t *)value, name, member)
			know_all(r, name, member, depth + 1);
	}
}

static const struct field *row_of(const struct model *model, const char *name)
{
	const struct field *f = model->fields;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	return f->name ? f : NULL;
}

/* Members that the table does not have, here and in objects that it has. */
static void know_unknown(struct redactor *r, const struct model *model,
			 const json_t *object)
{
	const char *name;
	json_t *member;

	json_object_foreach ((json_t *)object, name, member) {
		const struct field *f = row_of(model, name);

		if (!f)
			know_all(r, name, member, 0);
		else if (f->type == T_OBJECT)
			know_unknown(r, f->model, member);
	}
}

static void know_client(struct redactor *r, const json_t *raw)
{
	static const char name[] = "client_data";

	know_unknown(r, row_of(&request_model, name)->model,
		     json_object_get(raw, name));
}

/* ---- all of it ------------------------------------------------------- */

void redact_request(json_t *request, const json_t *raw, unsigned classes,
		    struct redaction *out, json_t *warnings)
{
	const struct field root = { .type = T_OBJECT, .model = &request_model };
	struct walk w = {
		.r = redactor_new(classes),
		.transcript = json_object_get(
			json_object_get(request, "transcript"), "transcript"),
		.out = out,
		.warnings = warnings,
	};

	out->on = true;
	if (classes & REDACT_BIT(REDACT_KNOWN))
		know_client(w.r, raw);
	json_decref(visit(&w, &root, request));
	w.applying = true;
	if (redactor_found(w.r))
		json_decref(visit(&w, &root, request));
	for (int c = 0; c < REDACT_CLASSES; c++)
		out->counts[c] = redactor_count(w.r, c);
	redactor_free(w.r);
}

struct redactor *redaction_for_faults(const json_t *raw)
{
	struct redactor *r = redactor_new(REDACT_BIT(REDACT_CLASSES) - 1u);

	know_client(r, raw);
	return r;
}

json_t *redaction_shown(void *ctx, const json_t *value)
{
	char number[400] = "";
	struct text text = { number, 0 };
	json_t *result;
	struct buf out;

	if (json_is_string(value))
		text = text_of(value);
	else if (json_is_integer(value))
		snprintf(number, sizeof(number), "%lld",
			 (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(number, sizeof(number), "%.0f",
			 json_real_value(value));
	if (text.data == number)
		text.len = strlen(number);
	buf_init(&out, LIMIT_BODY_BYTES);
	redactor_learn(ctx, text);
	if (redactor_apply(ctx, text, &out, NULL) > 0)
		result = json_stringn(out.data, out.len);
	else
		result = json_incref((json_t *)value);
	buf_release(&out);
	return result;
}
