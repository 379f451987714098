/* The printed schemas: golden files, forms, and what a prompt pays for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/json.h"
#include "data/schema.h"
#include "model/evaluation.h"
#include "model/record.h"
#include "support/schema_cases.h"

#define SCHEMAS SOURCE_DIR "/tests/schemas/"

static const struct schema_context plain = { .exact = true };

static const char *const items[] = { "Recording Disclosure",
				     "Company and Agent Identification",
				     "Identity Verification",
				     "Credit Check Consent",
				     "No Guarantee of Approval",
				     "Loan Terms and Cost Disclosure",
				     "Truthful Statements",
				     "No Undue Pressure",
				     "Fair Lending",
				     "Debt Advice Limits",
				     "Sensitive Data Handling",
				     "Contact Preferences",
				     NULL };

static const char *const skills[] = { "Greeting and Rapport",
				      "Active Listening",
				      "Clarity",
				      "Empathy",
				      "Discovery Questions",
				      "Objection Handling",
				      "Professional Tone",
				      "Call Control",
				      "Closing and Next Steps",
				      NULL };

/* The schema as text; release it. */
static void print(const struct model *model, enum schema_form form,
		  const struct schema_context *context, enum json_style style,
		  struct buf *out)
{
	json_t *schema = schema_json(model, form, context);

	assert_non_null(schema);
	buf_init(out, LIMIT_CONFIG_BYTES);
	json_write(out, schema, style);
	assert_false(buf_failed(out));
	json_decref(schema);
}

static void read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "r");
	char block[4096];
	size_t n;

	if (!file)
		fail_msg("%s: cannot be read", path);
	buf_init(out, LIMIT_CONFIG_BYTES);
	buf_puts(out, "");
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_put(out, block, n);
	fclose(file);
}

/* UPDATE_GOLDEN=1 writes the file instead of comparing. */
static void compare(const struct model *model, enum schema_form form)
{
	const char *update = getenv("UPDATE_GOLDEN");
	struct buf found, wanted;
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), SCHEMAS "%s%s.json", model->name,
		 form == SCHEMA_WIRE ? ".wire" : "");
	print(model, form, &plain, JSON_STYLE_PAGE, &found);
	buf_putc(&found, '\n');
	if (update && strcmp(update, "1") == 0) {
		file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(found.data, 1, found.len, file),
				 found.len);
		assert_int_equal(fclose(file), 0);
	}
	read_file(path, &wanted);
	if (strcmp(found.data, wanted.data) != 0)
		fail_msg("%s differs; UPDATE_GOLDEN=1 writes it anew", path);
	buf_release(&found);
	buf_release(&wanted);
}

static void test_golden(void **state)
{
	size_t wires = 0;

	(void)state;
	for (const struct model *const *m = all_models; *m; m++) {
		compare(*m, SCHEMA_FULL);
		if (schema_has_wire(*m)) {
			compare(*m, SCHEMA_WIRE);
			wires++;
		} else {
			assert_null(schema_json(*m, SCHEMA_WIRE, &plain));
		}
	}
	assert_int_equal(wires, 5); /* what a model is sent: the stages */
}

/* Five stages of every call pay for their schema: it has a budget. */
static void test_prompt_budget(void **state)
{
	static const struct {
		const struct model *model;
		const char *const *names;
		size_t bytes;
	} rows[] = {
		{ &classification_model, NULL, 500 },
		{ &script_deviation_model, NULL, 420 },
		{ &compliance_model, items, 760 },
		{ &communication_model, skills, 560 },
		{ &deep_dive_model, NULL, 400 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct schema_context context = { .item_names = rows[i].names };
		struct buf text;

		print(rows[i].model, SCHEMA_PROMPT, &context, JSON_STYLE_LINE,
		      &text);
		print_message("%s: %zu bytes\n", rows[i].model->name, text.len);
		if (text.len > rows[i].bytes)
			fail_msg("%zu bytes: %s", text.len, text.data);
		buf_release(&text);
	}
}

static void prints(const struct model *model, enum schema_form form,
		   const struct schema_context *context, const char *wanted)
{
	struct buf text;

	print(model, form, context, JSON_STYLE_LINE, &text);
	assert_string_equal(text.data, wanted);
	buf_release(&text);
}

static const char *const letters[] = { "A", "B", NULL };
static const struct field letter = { .type = T_CHOICE, .choices = letters };
static const struct field row_fields[] = {
	{ .name = "name", .type = T_STRING, .flags = F_REQUIRED | F_ITEM_NAME },
	{ .name = "grade",
	  .type = T_CHOICE,
	  .flags = F_NULLABLE,
	  .choices = letters,
	  .help = "from A" },
	{ .name = NULL },
};
static const struct model row_model = { .name = "row",
					.title = "Row",
					.fields = row_fields };
static const struct field row = { .type = T_OBJECT, .model = &row_model };
static const struct field table_fields[] = {
	{ .name = "rows",
	  .type = T_ARRAY,
	  .item = &row,
	  .max_length = 9,
	  .fallback = "[]" },
	{ .name = "by_section",
	  .type = T_MAP,
	  .flags = F_SECTION_KEYS,
	  .item = &letter,
	  .fallback = "{}" },
	{ .name = NULL },
};
static const struct model table_model = { .name = "table",
					  .title = "Table",
					  .fields = table_fields };

static void test_forms(void **state)
{
	(void)state;
	prints(&table_model, SCHEMA_FULL, &plain,
	       "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
	       "\"title\":\"Table\",\"type\":\"object\",\"properties\":{"
	       "\"rows\":{\"type\":\"array\",\"items\":{\"title\":\"Row\","
	       "\"type\":\"object\",\"properties\":{\"name\":{\"type\":"
	       "\"string\"},\"grade\":{\"type\":[\"string\",\"null\"],"
	       "\"enum\":[\"A\",\"B\",null],\"description\":\"from A\","
	       "\"default\":null}},\"required\":[\"name\"],"
	       "\"additionalProperties\":false},\"maxItems\":9,"
	       "\"default\":[]},\"by_section\":{\"type\":\"object\","
	       "\"propertyNames\":{\"pattern\":\"^(0|[1-9][0-9]{0,8})$\"},"
	       "\"additionalProperties\":{\"type\":\"string\",\"enum\":[\"A\","
	       "\"B\"]},\"default\":{}}},\"additionalProperties\":false}");
	prints(&table_model, SCHEMA_WIRE, &plain,
	       "{\"type\":\"object\",\"properties\":{\"rows\":{\"type\":"
	       "\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
	       "\"name\":{\"type\":\"string\"},\"grade\":{\"type\":["
	       "\"string\",\"null\"],\"enum\":[\"A\",\"B\",null]}},"
	       "\"required\":[\"name\",\"grade\"],\"additionalProperties\":"
	       "false}},\"by_section\":{\"type\":\"array\",\"items\":{\"type\":"
	       "\"object\",\"properties\":{\"section\":{\"type\":\"string\"},"
	       "\"value\":{\"type\":\"string\",\"enum\":[\"A\",\"B\"]}},"
	       "\"required\":[\"section\",\"value\"],\"additionalProperties\":"
	       "false}}},\"required\":[\"rows\",\"by_section\"],"
	       "\"additionalProperties\":false}");
	prints(&table_model, SCHEMA_PROMPT, &plain,
	       "{\"properties\":{\"rows\":{\"type\":\"array\",\"items\":{"
	       "\"properties\":{\"name\":{\"type\":\"string\"},\"grade\":{"
	       "\"enum\":[\"A\",\"B\",null]}}}},\"by_section\":{\"type\":"
	       "\"object\",\"additionalProperties\":{\"enum\":[\"A\","
	       "\"B\"]}}}}");
}

/* A prompt's schema is silent where all are required, and only there. */
static void test_prompt_required(void **state)
{
	static const struct field some[] = {
		{ .name = "a", .type = T_BOOLEAN, .flags = F_REQUIRED },
		{ .name = "b", .type = T_BOOLEAN, .flags = F_OPTIONAL },
		{ .name = "c",
		  .type = T_OBJECT,
		  .flags = F_NULLABLE,
		  .model = &row_model },
		{ .name = NULL },
	};
	static const struct model model = { .name = "some",
					    .title = "Some",
					    .fields = some };

	(void)state;
	prints(&model, SCHEMA_PROMPT, &plain,
	       "{\"properties\":{\"a\":{\"type\":\"boolean\"},\"b\":{"
	       "\"type\":\"boolean\"},\"c\":{\"type\":[\"object\","
	       "\"null\"],\"properties\":{\"name\":{\"type\":\"string\"},"
	       "\"grade\":{\"enum\":[\"A\",\"B\",null]}}}},"
	       "\"required\":[\"a\",\"c\"]}");
}

/* Known names: an enum, a fixed number of rows, and no default for them. */
static void test_names(void **state)
{
	static const struct schema_context named = { .item_names = letters };

	(void)state;
	prints(&table_model, SCHEMA_FULL, &named,
	       "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
	       "\"title\":\"Table\",\"type\":\"object\",\"properties\":{"
	       "\"rows\":{\"type\":\"array\",\"items\":{\"title\":\"Row\","
	       "\"type\":\"object\",\"properties\":{\"name\":{\"type\":"
	       "\"string\",\"enum\":[\"A\",\"B\"]},\"grade\":{\"type\":["
	       "\"string\",\"null\"],\"enum\":[\"A\",\"B\",null],"
	       "\"description\":\"from A\",\"default\":null}},\"required\":["
	       "\"name\"],\"additionalProperties\":false},\"minItems\":2,"
	       "\"maxItems\":2},\"by_section\":{\"type\":\"object\","
	       "\"propertyNames\":{\"pattern\":\"^(0|[1-9][0-9]{0,8})$\"},"
	       "\"additionalProperties\":{\"type\":\"string\",\"enum\":[\"A\","
	       "\"B\"]},\"default\":{}}},\"required\":[\"rows\"],"
	       "\"additionalProperties\":false}");
	/* an enum of all and the least number: each once */
	prints(&table_model, SCHEMA_PROMPT, &named,
	       "{\"properties\":{\"rows\":{\"type\":\"array\",\"items\":{"
	       "\"properties\":{\"name\":{\"enum\":[\"A\",\"B\"]},"
	       "\"grade\":{\"enum\":[\"A\",\"B\",null]}}},\"minItems\":2},"
	       "\"by_section\":{\"type\":\"object\",\"additionalProperties\":"
	       "{\"enum\":[\"A\",\"B\"]}}}}");
}

/* Replaces every reference by what it refers to. */
static json_t *unshare(const json_t *schema, const json_t *defs)
{
	const char *reference, *key;
	json_t *copy, *member;
	size_t i;

	reference = json_string_value(json_object_get(schema, "$ref"));
	if (reference) {
		assert_int_equal(json_object_size(schema), 1);
		assert_int_equal(strncmp(reference, "#/$defs/", 8), 0);
		member = json_object_get(defs, reference + 8);
		assert_non_null(member);
		return unshare(member, defs);
	}
	if (json_is_array(schema)) {
		copy = json_array();
		json_array_foreach (schema, i, member)
			json_array_append_new(copy, unshare(member, defs));
		return copy;
	}
	if (!json_is_object(schema))
		return json_deep_copy(schema);
	copy = json_object();
	json_object_foreach ((json_t *)schema, key, member) {
		if (strcmp(key, "$defs") != 0)
			json_object_set_new(copy, key, unshare(member, defs));
	}
	return copy;
}

/* Without titles, help, bounds of text: what FULL says, all required. */
static void check_same(const struct model *model,
		       const struct schema_context *context)
{
	json_t *shared = schema_json(model, SCHEMA_PROMPT, context);
	json_t *whole = unshare(shared, json_object_get(shared, "$defs"));
	char *with = dump(shared), *without = dump(whole);

	assert_null(strstr(without, "$ref"));
	assert_null(strstr(without, "\"title\""));
	assert_null(strstr(without, "\"description\""));
	assert_null(strstr(without, "\"default\""));
	assert_true(strlen(with) <= strlen(without));
	if (json_object_get(shared, "$defs"))
		assert_true(strlen(with) < strlen(without));
	free(with);
	free(without);
	json_decref(whole);
	json_decref(shared);
}

static void test_sharing(void **state)
{
	static const struct field first[] = {
		{ .name = "a",
		  .type = T_OBJECT,
		  .flags = F_REQUIRED,
		  .model = &row_model },
		{ .name = "b",
		  .type = T_OBJECT,
		  .flags = F_REQUIRED,
		  .model = &row_model },
		{ .name = NULL },
	};
	static const struct model twice = { .name = "twice",
					    .title = "Twice",
					    .fields = first };
	json_t *shared, *whole;

	(void)state;
	for (const struct model *const *m = all_models; *m; m++)
		check_same(*m, &plain);
	/* exactly what was there before */
	prints(&twice, SCHEMA_PROMPT, &plain,
	       "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/a\"},\"b\":{"
	       "\"$ref\":\"#/$defs/a\"}},\"$defs\":{\"a\":{\"properties\":{"
	       "\"name\":{\"type\":\"string\"},\"grade\":{\"enum\":[\"A\","
	       "\"B\",null]}}}}}");
	shared = schema_json(&twice, SCHEMA_PROMPT, &plain);
	whole = unshare(shared, json_object_get(shared, "$defs"));
	assert_true(json_equal(
		json_object_get(json_object_get(whole, "properties"), "a"),
		json_object_get(json_object_get(whole, "properties"), "b")));
	json_decref(whole);
	json_decref(shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_prompt_budget),
		cmocka_unit_test(test_prompt_required),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_sharing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
