/* The table of what is compared, and a walk over a record's values of it. */
#include "compare/field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Scales, best first: so the later of two is the worse. */
static const char *const statuses[] = { "No Infraction", "Coaching Needed",
					"Violation", "N/A", NULL };
static const char *const ratings[] = { "Exceeded", "Met", "Missed", "N/A",
				       NULL };
static const char *const levels[] = { "high", "medium", "low", NULL };
static const char *const impacts[] = { "Low", "Medium", "High", "Critical",
				       NULL };
static const char *const outcomes[] = { "completed", "scheduled", "incomplete",
					"lost", NULL };
static const char *const truths[] = { "false", "true", NULL };

/* clang-format off: a row is read as a table's row */
#define CLASSIFICATION "evaluation.classification."
#define SECTIONS       "evaluation.script_deviation.sections"
#define ITEMS          "evaluation.compliance.items"
#define SKILLS         "evaluation.communication.skills"
#define DEEP_DIVE      "evaluation.deep_dive."
#define ONE(a_kind)    .shape = DIFF_ONE, .kind = (a_kind)
#define RATED(list)    .kind = DIFF_CHOICE, .choices = (list), .ordered = 3
#define TRUTH          ONE(DIFF_CHOICE), .choices = truths
#define SET            .shape = DIFF_SET, .kind = DIFF_TEXT, .asked = true
#define RATING(key)                                                  \
	"sections", SECTIONS, .shape = DIFF_MAP, .value_key = (key), \
			      .words_key = "quote", RATED(ratings)

const struct diff_field diff_fields[DIFF_FIELDS] = {
	{ "overall_score", "", "overall_score", ONE(DIFF_NUMBER),
	  .help = "1 to 100" },
	{ "compliance", "compliance", ITEMS, .shape = DIFF_ROWS,
	  .name_key = "name", .value_key = "status", .words_key = "details",
	  RATED(statuses), .help = "status of each item" },
	{ "call_outcome", "classification", CLASSIFICATION "call_outcome",
	  ONE(DIFF_CHOICE), .choices = outcomes, .help = "how the call ended" },
	{ "requires_deep_dive", "classification",
	  CLASSIFICATION "requires_deep_dive", TRUTH,
	  .help = "is a deep dive wanted?" },
	{ "findings", "deep_dive", DEEP_DIVE "findings", .shape = DIFF_COUNT,
	  .kind = DIFF_NUMBER, .value_key = "severity", .choices = impacts,
	  .help = "how many of each severity" },
	{ "customer_impact", "deep_dive", DEEP_DIVE "customer_impact",
	  ONE(DIFF_CHOICE), .choices = impacts, .ordered = 4,
	  .help = "of the deep dive" },
	{ "skills", "communication", SKILLS, .shape = DIFF_ROWS,
	  .name_key = "skill", .value_key = "rating", .words_key = "example",
	  RATED(ratings), .help = "rating of each skill" },
	{ "content_accuracy", RATING("content_accuracy"),
	  .help = "of each section" },
	{ "sequence_adherence", RATING("sequence_adherence"),
	  .help = "likewise" },
	{ "language_phrasing", RATING("language_phrasing"),
	  .help = "likewise" },
	{ "customization", RATING("customization"), .help = "likewise" },

	{ "early_termination_justified", "classification",
	  CLASSIFICATION "early_termination_justified", TRUTH, .asked = true,
	  .help = "was it right to end the call early?" },
	{ "script_adherence_preview", "classification",
	  CLASSIFICATION "script_adherence_preview", .shape = DIFF_MAP,
	  RATED(levels), .asked = true, .help = "level of each section" },
	{ "sections_completed", "classification",
	  CLASSIFICATION "sections_completed", SET, .help = "as a set" },
	{ "sections_attempted", "classification",
	  CLASSIFICATION "sections_attempted", SET, .help = "as a set" },
	{ "red_flags", "classification", CLASSIFICATION "red_flags", SET,
	  .help = "their words, as a set" },
	{ "compliance_details", "compliance", ITEMS, .shape = DIFF_ROWS,
	  .kind = DIFF_TEXT, .name_key = "name", .value_key = "details",
	  .asked = true, .help = "words of each item" },
	{ "skill_examples", "communication", SKILLS, .shape = DIFF_ROWS,
	  .kind = DIFF_TEXT, .name_key = "skill", .value_key = "example",
	  .asked = true, .help = "words of each skill" },
	{ "root_cause", "deep_dive", DEEP_DIVE "root_cause", ONE(DIFF_TEXT),
	  .asked = true, .help = "words" },
	{ "urgent_actions", "deep_dive", DEEP_DIVE "urgent_actions", SET,
	  .help = "their words, as a set" },
	{ "score_basis", "", "score_basis", .shape = DIFF_MAP,
	  .kind = DIFF_NUMBER, .asked = true,
	  .help = "the counts behind the score" },
	{ "agent_id", "meta", "agent_id", ONE(DIFF_TEXT), .asked = true,
	  .help = "whose call it is" },
	{ "correlation_id", "meta", "correlation_id", ONE(DIFF_TEXT),
	  .asked = true, .help = "of the evaluation" },
	{ "timestamp", "meta", "timestamp", ONE(DIFF_TEXT), .asked = true,
	  .help = "as text" },
	{ "processing_time_ms", "meta", "processing_time_ms", ONE(DIFF_NUMBER),
	  .asked = true, .help = "of the call" },
	{ "model", "meta", "meta.model", ONE(DIFF_TEXT), .asked = true,
	  .help = "that answered" },
	{ "cost", "meta", "meta.stages", .shape = DIFF_MAP, .kind = DIFF_NUMBER,
	  .value_key = "cost", .asked = true, .help = "of each stage" },
	{ "latency_ms", "meta", "meta.stages", .shape = DIFF_MAP,
	  .kind = DIFF_NUMBER, .value_key = "latency_ms", .asked = true,
	  .help = "of each stage" },
};
/* clang-format on */

size_t diff_field_find(const char *name)
{
	size_t i = 0;

	while (i < DIFF_FIELDS && strcmp(diff_fields[i].name, name) != 0)
		i++;
	return i;
}

size_t diff_choice(const struct diff_field *field, const char *text)
{
	for (size_t i = 0; field->choices[i]; i++)
		if (text_same_name(field->choices[i], text))
			return i;
	return DIFF_CHOICES;
}

/* Is a list's field counted by choice, if names are free? */
static bool is_countable(const struct diff_field *field)
{
	return field->shape == DIFF_ROWS && field->kind == DIFF_CHOICE;
}

enum diff_kind diff_kind_of(size_t field, bool counted)
{
	return counted && is_countable(&diff_fields[field])
		       ? DIFF_NUMBER
		       : diff_fields[field].kind;
}

/* ---- the walk -------------------------------------------------------- */

struct walk {
	const struct diff_field *field;
	size_t index; /* of the field */
	diff_visit_fn *fn;
	void *ctx;
	struct error *err;
};

/* What is at the field's path; NULL if anything on the way is absent. */
static const json_t *at_path(const json_t *value, const char *path)
{
	char key[LIMIT_ANSWER_NAME];

	while (value && *path) {
		size_t n = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		value = json_object_get(value, key);
		path += n + (path[n] == '.');
	}
	return json_is_null(value) ? NULL : value;
}

/* A value that cannot be: where, what was expected, and of what name. */
static int fault(const struct walk *w, const char *name, const char *expected)
{
	struct buf shown;

	buf_init(&shown, LIMIT_CONFIG_BYTES);
	if (name && *name) {
		buf_putc(&shown, '[');
		buf_escape(&shown, name, strnlen(name, LIMIT_GOT_BYTES),
			   ESCAPE_LOG);
		buf_putc(&shown, ']');
	}
	error_set(w->err, ERR_INPUT, NULL, "%s%s%s%s: expected %s",
		  w->field->path, shown.data ? shown.data : "",
		  w->field->value_key ? "." : "",
		  w->field->value_key ? w->field->value_key : "", expected);
	buf_release(&shown);
	return -1;
}

static int fault_choice(const struct walk *w, const char *name)
{
	char expected[160] = "one of ";
	size_t n = strlen(expected);

	for (size_t i = 0; w->field->choices[i]; i++) {
		int more = snprintf(expected + n, sizeof(expected) - n, "%s%s",
				    i > 0 ? ", " : "", w->field->choices[i]);

		n += (size_t)more;
	}
	return fault(w, name, expected);
}

/* The value of a choice, a text or a number, handed over; null is none. */
static int hand_over(const struct walk *w, const char *name,
		     const json_t *value, const json_t *around)
{
	const char *key = w->field->words_key;
	struct diff_value v = { .field = w->index, .name = name };
	char number[TEXT_REAL_SIZE];

	if (!value || json_is_null(value))
		return 0;
	v.words = key ? json_string_value(json_object_get(around, key)) : NULL;
	if (w->field->kind == DIFF_NUMBER) {
		if (!json_is_number(value))
			return fault(w, name, "a number");
		text_real(json_number_value(value), number);
		v.text = number;
	} else if (w->field->kind == DIFF_CHOICE) {
		const char *text = json_is_true(value) ? "true"
				   : json_is_false(value)
					   ? "false"
					   : json_string_value(value);
		size_t i = text ? diff_choice(w->field, text) : DIFF_CHOICES;

		if (i == DIFF_CHOICES)
			return fault_choice(w, name);
		v.text = w->field->choices[i];
	} else {
		v.text = json_string_value(value);
		if (!v.text)
			return fault(w, name, "a string");
	}
	w->fn(w->ctx, &v);
	return 0;
}

static int visit_rows(const struct walk *w, const json_t *rows)
{
	json_t *row;
	size_t i;

	if (!json_is_array(rows))
		return fault(w, NULL, "a list");
	json_array_foreach (rows, i, row) {
		const char *name = json_string_value(
			json_object_get(row, w->field->name_key));

		if (!name)
			return fault(w, NULL, "objects with a name");
		if (hand_over(w, name,
			      json_object_get(row, w->field->value_key), row))
			return -1;
	}
	return 0;
}

static int visit_map(const struct walk *w, const json_t *map)
{
	const char *key;
	json_t *value;

	if (!json_is_object(map))
		return fault(w, NULL, "an object");
	json_object_foreach ((json_t *)map, key, value) {
		const json_t *inner = w->field->value_key
					      ? json_object_get(
							value,
							w->field->value_key)
					      : value;

		if (hand_over(w, key, inner, value))
			return -1;
	}
	return 0;
}

static int visit_count(const struct walk *w, const json_t *rows)
{
	size_t counts[DIFF_CHOICES] = { 0 }, i;
	char number[TEXT_REAL_SIZE];
	json_t *row;

	if (!json_is_array(rows))
		return fault(w, NULL, "a list");
	json_array_foreach (rows, i, row) {
		const char *text = json_string_value(
			json_object_get(row, w->field->value_key));
		size_t choice = text ? diff_choice(w->field, text)
				     : DIFF_CHOICES;

		if (choice == DIFF_CHOICES)
			return fault_choice(w, NULL);
		counts[choice]++;
	}
	for (i = 0; w->field->choices[i]; i++) {
		struct diff_value v = { .field = w->index,
					.name = w->field->choices[i],
					.text = number };

		snprintf(number, sizeof(number), "%zu", counts[i]);
		w->fn(w->ctx, &v);
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The elements in the order of their text, as one. */
static int visit_set(const struct walk *w, const json_t *list)
{
	struct diff_value v = { .field = w->index, .name = "" };
	size_t n = json_array_size(list), i;
	char **texts;
	struct buf b;
	json_t *element;

	if (!json_is_array(list))
		return fault(w, NULL, "a list");
	texts = xcalloc(n, sizeof(*texts));
	json_array_foreach (list, i, element)
		texts[i] = json_dumps(element, JSON_ENCODE_ANY | JSON_COMPACT);
	qsort(texts, n, sizeof(*texts), by_text);
	buf_init(&b, LIMIT_REPORT_BYTES);
	buf_putc(&b, '[');
	for (i = 0; i < n; i++) {
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", texts[i]);
		free(texts[i]);
	}
	buf_putc(&b, ']');
	free(texts);
	v.text = b.data;
	w->fn(w->ctx, &v);
	buf_release(&b);
	return 0;
}

/* A call without a deep dive has no findings: that is a value too. */
static const json_t *field_at(const json_t *record,
			      const struct diff_field *field,
			      const json_t *none)
{
	const json_t *found = at_path(record, field->path), *evaluation;

	if (found || strncmp(field->path, DEEP_DIVE, strlen(DEEP_DIVE)) != 0 ||
	    field->shape != DIFF_COUNT)
		return found;
	evaluation = json_object_get(record, "evaluation");
	return json_is_null(json_object_get(evaluation, "deep_dive")) ? none
								      : NULL;
}

int diff_visit(const json_t *record, const bool wanted[DIFF_FIELDS],
	       bool counted, diff_visit_fn *fn, void *ctx, struct error *err)
{
	static int (*const visits[])(const struct walk *, const json_t *) = {
		[DIFF_ROWS] = visit_rows,
		[DIFF_MAP] = visit_map,
		[DIFF_COUNT] = visit_count,
		[DIFF_SET] = visit_set,
	};
	struct walk w = { .fn = fn, .ctx = ctx, .err = err };
	json_auto_t *none = json_array();
	int result = 0;

	for (size_t i = 0; result == 0 && i < DIFF_FIELDS; i++) {
		enum diff_shape shape = diff_fields[i].shape;
		const json_t *value;

		if (!wanted[i])
			continue;
		w.index = i;
		w.field = &diff_fields[i];
		value = field_at(record, w.field, none);
		if (counted && is_countable(w.field))
			shape = DIFF_COUNT;
		if (!value)
			continue;
		result = shape == DIFF_ONE ? hand_over(&w, "", value, record)
					   : visits[shape](&w, value);
	}
	return result;
}
