/* The tables themselves: ours are sound, and each kind of defect is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "data/schema.h"
#include "model/record.h"

static const char *const two[] = { "a", "b", NULL };
static const char *const none[] = { NULL };
static const char *const alike[] = { "No Infraction", "no_infraction", NULL };
static const struct field text = { .type = T_STRING };
static const struct field number = { .type = T_INTEGER };
static const struct field named = { .name = "x", .type = T_STRING };
static const struct field provided = { .type = T_STRING, .fallback = "\"\"" };

static const struct field section_fields[] = {
	{ .name = "section", .type = T_STRING, .flags = F_REQUIRED },
	{ .name = NULL },
};
static const struct model section_model = { .name = "m",
					    .title = "M",
					    .fields = section_fields };
static const struct field section_row = { .type = T_OBJECT,
					  .model = &section_model };

/* One defective row each, in a table that is sound without it. */
static const struct {
	struct field field;
	const char *text;
} defects[] = {
	{ { .name = "bad name", .flags = F_REQUIRED }, "not a name" },
	{ { .name = "Bad", .flags = F_REQUIRED }, "not a name" },
	{ { .name = "", .flags = F_REQUIRED }, "not a name" },
	{ { .name = "3d", .flags = F_REQUIRED }, "not a name" },
	{ { .name = "first", .flags = F_REQUIRED }, "a name given twice" },
	{ { .name = "f", .type = T_CHOICE, .flags = F_REQUIRED },
	  "no choices" },
	{ { .name = "f",
	    .type = T_CHOICE,
	    .flags = F_REQUIRED,
	    .choices = none },
	  "an empty list of choices" },
	{ { .name = "f",
	    .type = T_CHOICE,
	    .flags = F_REQUIRED,
	    .choices = alike },
	  "two choices alike" },
	{ { .name = "f",
	    .type = T_INTEGER,
	    .flags = F_REQUIRED,
	    .choices = two },
	  "choices of what is no string" },
	{ { .name = "f", .flags = F_REQUIRED | F_MIN },
	  "a range of what is no number" },
	{ { .name = "f",
	    .type = T_INTEGER,
	    .flags = F_REQUIRED | F_MIN | F_ABOVE },
	  "two lower bounds" },
	{ { .name = "f",
	    .type = T_NUMBER,
	    .flags = F_REQUIRED | F_MIN | F_MAX,
	    .min = 2,
	    .max = 1 },
	  "min is beyond max" },
	{ { .name = "f",
	    .type = T_NUMBER,
	    .flags = F_REQUIRED | F_ABOVE | F_MAX,
	    .min = 1,
	    .max = 1 },
	  "min is beyond max" },
	{ { .name = "f", .type = T_INTEGER, .flags = F_REQUIRED, .max = 9 },
	  "a bound without its flag" },
	{ { .name = "f", .type = T_INTEGER, .flags = F_REQUIRED, .min = 9 },
	  "a bound without its flag" },
	{ { .name = "f",
	    .type = T_INTEGER,
	    .flags = F_REQUIRED,
	    .max_length = 9 },
	  "a length of what has none" },
	{ { .name = "f",
	    .flags = F_REQUIRED,
	    .min_length = 2,
	    .max_length = 1 },
	  "min_length is beyond max_length" },
	{ { .name = "f",
	    .type = T_ARRAY,
	    .flags = F_REQUIRED | F_SECTION_KEYS,
	    .item = &text },
	  "section keys of what is no map" },
	{ { .name = "f", .type = T_INTEGER, .flags = F_REQUIRED | F_ITEM_NAME },
	  "an item's name is a string and required" },
	{ { .name = "f", .flags = F_NULLABLE | F_ITEM_NAME },
	  "an item's name is a string and required" },
	{ { .name = "f", .flags = F_REQUIRED, .fallback = "\"\"" },
	  "required, yet provided for when missing" },
	{ { .name = "f", .flags = F_REQUIRED | F_OPTIONAL },
	  "required, yet provided for when missing" },
	{ { .name = "f", .flags = F_OPTIONAL, .fallback = "\"\"" },
	  "optional, yet with a fallback" },
	{ { .name = "f" }, "null if missing, but not nullable" },
	{ { .name = "f", .type = T_ARRAY, .flags = F_REQUIRED }, "no item" },
	{ { .name = "f", .type = T_MAP, .flags = F_REQUIRED }, "no item" },
	{ { .name = "f", .flags = F_REQUIRED, .item = &text },
	  "an item of a scalar" },
	{ { .name = "f", .type = T_ARRAY, .flags = F_REQUIRED, .item = &named },
	  "an item has neither name nor fallback" },
	{ { .name = "f",
	    .type = T_ARRAY,
	    .flags = F_REQUIRED,
	    .item = &provided },
	  "an item has neither name nor fallback" },
	{ { .name = "f",
	    .type = T_MAP,
	    .flags = F_REQUIRED | F_SECTION_KEYS,
	    .item = &section_row },
	  "a member named as the key of the wire form" },
	{ { .name = "f", .type = T_OBJECT, .flags = F_REQUIRED }, "no model" },
	{ { .name = "f", .flags = F_REQUIRED, .model = &section_model },
	  "a model of no object" },
	{ { .name = "f", .fallback = "" }, "the fallback is no JSON" },
	{ { .name = "f", .fallback = "x" }, "the fallback is no JSON" },
	{ { .name = "f", .fallback = "3" },
	  "the fallback does not fit its field" },
	{ { .name = "f", .type = T_INTEGER, .fallback = "\"3\"" },
	  "the fallback does not fit its field" },
	{ { .name = "f",
	    .type = T_CHOICE,
	    .choices = two,
	    .fallback = "\"A\"" },
	  "the fallback does not fit its field" },
	{ { .name = "f",
	    .type = T_INTEGER,
	    .flags = F_MIN,
	    .min = 1,
	    .fallback = "0" },
	  "the fallback does not fit its field" },
	{ { .name = "f",
	    .type = T_ARRAY,
	    .item = &number,
	    .fallback = "[\"\"]" },
	  "the fallback does not fit its field" },
};

static void test_ours(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	for (const struct model *const *m = all_models; *m; m++) {
		if (schema_check(*m, &err) < 0)
			fail_msg("%s", err.text);
	}
}

static void found(const struct model *model, const char *wanted)
{
	struct error err = ERROR_INIT;

	assert_int_equal(schema_check(model, &err), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
	assert_string_equal(err.text, wanted);
	assert_int_equal(schema_check(model, NULL), -1);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(defects); i++) {
		const struct field fields[] = {
			{ .name = "first", .flags = F_REQUIRED },
			defects[i].field,
			{ .name = NULL },
		};
		struct model model = { .name = "m",
				       .title = "M",
				       .fields = fields };
		char wanted[128];

		snprintf(wanted, sizeof(wanted), "m.%s: %s",
			 defects[i].field.name, defects[i].text);
		found(&model, wanted);
	}
}

static void test_models(void **state)
{
	static const struct model *const list[] = { &section_model, NULL };
	static const struct model choice = { .name = "c",
					     .title = "C",
					     .one_of = list };
	static const struct model *const nested_list[] = { &choice, NULL };
	static const struct field inside[] = {
		{ .name = "f",
		  .type = T_OBJECT,
		  .flags = F_REQUIRED,
		  .model = &choice },
		{ .name = NULL },
	};
	const struct model nameless = { .title = "M",
					.fields = section_fields };
	const struct model misnamed = { .name = "M m",
					.title = "M",
					.fields = section_fields };
	const struct model untitled = { .name = "m", .fields = section_fields };
	const struct model empty = { .name = "m", .title = "M" };
	const struct model both = { .name = "m",
				    .title = "M",
				    .fields = section_fields,
				    .one_of = list };
	const struct model nested = { .name = "m",
				      .title = "M",
				      .one_of = nested_list };
	const struct model holder = { .name = "m",
				      .title = "M",
				      .fields = inside };

	(void)state;
	assert_int_equal(schema_check(&choice, NULL), 0);
	found(&nameless, "?.*: the model has no good name");
	found(&misnamed, "M m.*: the model has no good name");
	found(&untitled, "m.*: no title");
	found(&empty, "m.*: either fields or one_of");
	found(&both, "m.*: either fields or one_of");
	found(&nested, "m.*: one_of within one_of");
	found(&holder, "c.*: one_of is for documents");
}

/* Ten levels are the most; a table that holds itself has no end. */
static void test_depth(void **state)
{
	struct field rows[SCHEMA_DEPTH + 1];
	struct field fields[] = {
		{ .name = "f", .type = T_ARRAY, .flags = F_REQUIRED },
		{ .name = NULL },
	};
	struct model model = { .name = "m", .title = "M", .fields = fields };

	(void)state;
	for (size_t i = 0; i <= SCHEMA_DEPTH; i++)
		rows[i] = (struct field){ .type = T_ARRAY,
					  .item = &rows[i + 1] };
	/* the document, its field, then one level a row: the last is text */
	rows[SCHEMA_DEPTH - 3] = (struct field){ .type = T_STRING };
	fields[0].item = &rows[0];
	assert_int_equal(schema_check(&model, NULL), 0);
	rows[SCHEMA_DEPTH - 3] = (struct field){
		.type = T_ARRAY, .item = &rows[SCHEMA_DEPTH - 2]
	};
	rows[SCHEMA_DEPTH - 2] = (struct field){ .type = T_STRING };
	found(&model, "m.f: nested too deep");

	fields[0] = (struct field){ .name = "f",
				    .type = T_OBJECT,
				    .flags = F_REQUIRED,
				    .model = &model };
	found(&model, "m.f: nested too deep");
}

static void test_width(void **state)
{
	static char names[SCHEMA_FIELDS + 1][16];
	struct field fields[SCHEMA_FIELDS + 2] = { { .name = NULL } };
	const struct model model = { .name = "m",
				     .title = "M",
				     .fields = fields };

	(void)state;
	for (int i = 0; i <= SCHEMA_FIELDS; i++) {
		snprintf(names[i], sizeof(names[i]), "f%d", i);
		fields[i] = (struct field){ .name = names[i],
					    .flags = F_REQUIRED };
	}
	found(&model, "m.f32: too many fields");
	fields[SCHEMA_FIELDS].name = NULL;
	assert_int_equal(schema_check(&model, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),   cmocka_unit_test(test_rows),
		cmocka_unit_test(test_models), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
