/* The engine's walk: order of faults, paths, defaults, lists, maps, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "data/schema.h"
#include "support/schema_cases.h"

static const char *const colours[] = { "Red", "Sky Blue", NULL };
static const char *const usual[] = { "known", NULL };

static const struct field part_fields[] = {
	{ .name = "count",
	  .type = T_INTEGER,
	  .flags = F_REQUIRED | F_MIN | F_MAX,
	  .min = 1,
	  .max = 9 },
	{ .name = "colour",
	  .type = T_CHOICE,
	  .flags = F_NULLABLE,
	  .choices = colours },
	{ .name = NULL },
};
static const struct model part_model = { .name = "part",
					 .title = "Part",
					 .fields = part_fields };
static const struct field part_row = { .type = T_OBJECT, .model = &part_model };

static const struct field name_fields[] = {
	{ .name = "name", .type = T_STRING, .flags = F_REQUIRED | F_ITEM_NAME },
	{ .name = NULL },
};
static const struct model name_model = { .name = "row",
					 .title = "Row",
					 .fields = name_fields };
static const struct field name_row = { .type = T_OBJECT, .model = &name_model };

static const struct field a_number = { .type = T_INTEGER };

static const struct field whole_fields[] = {
	{ .name = "id",
	  .type = T_STRING,
	  .flags = F_REQUIRED,
	  .min_length = 1 },
	{ .name = "secret",
	  .type = T_STRING,
	  .flags = F_NULLABLE | F_PRIVATE,
	  .max_length = 3 },
	{ .name = "income",
	  .type = T_NUMBER,
	  .flags = F_NULLABLE | F_ABOVE | F_PRIVATE,
	  .min = 0 },
	{ .name = "reason",
	  .type = T_STRING,
	  .flags = F_NULLABLE,
	  .choices = usual },
	{ .name = "parts",
	  .type = T_ARRAY,
	  .item = &part_row,
	  .max_length = 4,
	  .fallback = "[]" },
	{ .name = "sizes",
	  .type = T_MAP,
	  .item = &a_number,
	  .max_length = 3,
	  .fallback = "{}" },
	{ .name = "sections",
	  .type = T_MAP,
	  .flags = F_SECTION_KEYS,
	  .item = &part_row,
	  .fallback = "{}" },
	{ .name = "rows",
	  .type = T_ARRAY,
	  .item = &name_row,
	  .max_length = 50,
	  .fallback = "[]" },
	{ .name = "note", .type = T_STRING, .flags = F_OPTIONAL },
	{ .name = "extra", .type = T_ANY, .flags = F_NULLABLE },
	{ .name = NULL },
};
static const struct model whole_model = { .name = "whole",
					  .title = "Whole",
					  .fields = whole_fields };

static const struct schema_context exact = { .exact = true };
static const struct schema_context wire = { .wire = true };

/* Converts text; the caller releases the faults.  New. */
static json_t *convert(const struct model *model, const char *text,
		       const struct schema_context *context,
		       struct faults *faults)
{
	json_t *document = parse(text), *result;

	faults_init(faults);
	result = schema_convert(model, document, context, faults);
	json_decref(document);
	return result;
}

/* The conversion gives exactly this text: members in this order. */
static void becomes(const struct model *model, const char *text,
		    const struct schema_context *context, const char *wanted)
{
	struct faults faults;
	json_t *result = convert(model, text, context, &faults);
	char *found = dump(result ? result : faults.list);

	assert_string_equal(found, wanted);
	free(found);
	json_decref(result);
	faults_release(&faults);
}

/* The faults are exactly these: lines `path: message (got)`. */
static void faulty(const struct model *model, const char *text,
		   const struct schema_context *context, const char *wanted)
{
	struct faults faults;
	json_t *result = convert(model, text, context, &faults), *fault;
	char found[4096] = "";
	size_t i, n = 0;

	assert_null(result);
	json_array_foreach (faults.list, i, fault) {
		const char *path, *message;
		json_t *got;

		assert_int_equal(json_unpack(fault, "{sssssO!}", "path", &path,
					     "message", &message, "got", &got),
				 0);
		n += (size_t)snprintf(found + n, sizeof(found) - n,
				      "%s: %s (%s)\n", path, message,
				      got && json_is_string(got)
					      ? json_string_value(got)
					      : "-");
		json_decref(got);
	}
	assert_string_equal(found, wanted);
	faults_release(&faults);
}

/* Table's order, defaults, null, optional absent, unknown keys' fate. */
static void test_defaults(void **state)
{
	(void)state;
	becomes(&whole_model, "{\"extra\":[1,{\"a\":null}],\"id\":\"x\"}",
		&exact,
		"{\"id\":\"x\",\"secret\":null,\"income\":null,\"reason\":null,"
		"\"parts\":[],\"sizes\":{},\"sections\":{},\"rows\":[],"
		"\"extra\":[1,{\"a\":null}]}");
	becomes(&whole_model,
		"{\"note\":\"n\",\"income\":3,\"id\":\"x\",\"sizes\":{\"b\":1,"
		"\"a\":\"2\"},\"parts\":[{\"colour\":\"Red\",\"count\":9}]}",
		&exact,
		"{\"id\":\"x\",\"secret\":null,\"income\":3.0,\"reason\":null,"
		"\"parts\":[{\"count\":9,\"colour\":\"Red\"}],"
		"\"sizes\":{\"b\":1,\"a\":2},\"sections\":{},\"rows\":[],"
		"\"note\":\"n\",\"extra\":null}");
}

static void test_faults_in_order(void **state)
{
	(void)state;
	faulty(&whole_model,
	       "{\"parts\":[{\"count\":1},{\"colour\":\"red\",\"cuont\":1},7,"
	       "{\"count\":10,\"colour\":3}],\"sizes\":{\"a b\":0.5,\"c\":[]},"
	       "\"reason\":4,\"secrt\":\"hush\",\"secret\":\"hush\","
	       "\"income\":-5,\"zzz\":{}}",
	       &exact,
	       "parts[1].colour: one of \"Red\", \"Sky Blue\" or null "
	       "(\"red\")\n"
	       "parts[1].cuont: unknown field; nearest is count (number)\n"
	       "parts[1].count: required field is missing (-)\n"
	       "parts[2]: object (7)\n"
	       "parts[3].count: integer from 1 to 9 (10)\n"
	       "parts[3].colour: one of \"Red\", \"Sky Blue\" or null (3)\n"
	       "sizes[\"a b\"]: integer (0.5)\n"
	       "sizes.c: integer (array)\n"
	       "reason: string; a number is none: write it as a string (4)\n"
	       "secrt: unknown field; nearest is secret (string)\n"
	       "secret: at most 3 characters (string)\n"
	       "income: number greater than 0 or null (number)\n"
	       "zzz: unknown field (object)\n"
	       "id: required field is missing (-)\n");
}

static void test_no_object(void **state)
{
	static const struct {
		const char *text, *fault;
	} rows[] = {
		{ "[]", ": object (array)\n" },
		{ "null", ": object (null)\n" },
		{ "3", ": object (3)\n" },
		{ "\"{}\"", ": object (\"{}\")\n" },
		{ "true", ": object (true)\n" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		faulty(&whole_model, rows[i].text, &exact, rows[i].fault);
}

/* A value shown is short, whole characters, and escaped. */
static void test_got(void **state)
{
	static const struct {
		const char *value, *got;
	} rows[] = {
		{ "\"a\\n\\\"b\"", "\"a\\n\\\"b\"" },
		{ "\"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij12345\"",
		  "\"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij12345"
		  "\"" },
		{ "\"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123456"
		  "\"",
		  "\"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij12345"
		  "\xe2\x80\xa6\"" },
		{ "\"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123"
		  "\xc3\xa4\xc3\xa4\"",
		  "\"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123"
		  "\xc3\xa4\xe2\x80\xa6\"" },
		{ "-12", "-12" },
		{ "0.1", "0.1" },
		{ "1e300", "1e+300" },
		{ "true", "true" },
		{ "[1]", "array" },
		{ "{}", "object" },
	};
	static const struct field fields[] = {
		{ .name = "v",
		  .type = T_CHOICE,
		  .flags = F_REQUIRED,
		  .choices = usual },
		{ .name = NULL },
	};
	static const struct model model = { .name = "m", .fields = fields };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct schema_case c = { .path = "v",
					 .value = rows[i].value,
					 .message = "\"known\"",
					 .got = rows[i].got };

		assert_true(strlen(rows[i].got) <= LIMIT_GOT_BYTES);
		run_cases(&model, &exact, "{\"v\":\"known\"}", &c, 1);
	}
}

static void test_lengths(void **state)
{
	static const struct schema_case cases[] = {
		{ .path = "id",
		  .value = "\"\"",
		  .message = "at least 1 character",
		  .got = "\"\"" },
		{ .path = "id", .value = "\" \"" },
		/* characters, not bytes */
		{ .path = "secret", .value = "\"\xf0\x9f\x98\x80\xc3\xa4z\"" },
		{ .path = "secret",
		  .value = "\"\xf0\x9f\x98\x80\xc3\xa4zz\"",
		  .message = "at most 3 characters",
		  .got = "string" },
		{ .path = "parts",
		  .value = "[{\"count\":1},{\"count\":1},{\"count\":1},"
			   "{\"count\":1}]",
		  .to = "[{\"count\":1,\"colour\":null},"
			"{\"count\":1,\"colour\":null},"
			"{\"count\":1,\"colour\":null},"
			"{\"count\":1,\"colour\":null}]" },
		/* what is too long is not looked into */
		{ .path = "parts",
		  .value = "[1,2,3,4,5]",
		  .message = "at most 4 items",
		  .got = "array" },
		{ .path = "sizes", .value = "{\"a\":1,\"b\":1,\"c\":1}" },
		{ .path = "sizes",
		  .value = "{\"a\":1,\"b\":1,\"c\":1,\"d\":1}",
		  .message = "at most 3 items",
		  .got = "object" },
	};

	(void)state;
	run_cases(&whole_model, &exact, "{\"id\":\"x\"}", cases, LENGTH(cases));
}

static void test_many_faults(void **state)
{
	static const struct field fields[] = {
		{ .name = "list",
		  .type = T_ARRAY,
		  .flags = F_REQUIRED,
		  .item = &a_number },
		{ .name = NULL },
	};
	static const struct model model = { .name = "m", .fields = fields };
	json_t *list = json_array(), *document;
	struct faults faults;

	(void)state;
	for (size_t i = 0; i < LIMIT_FAULTS + 7; i++)
		json_array_append_new(list, json_string("no"));
	document = json_pack("{so}", "list", list);
	faults_init(&faults);
	assert_null(schema_convert(&model, document, &exact, &faults));
	assert_int_equal(json_array_size(faults.list), LIMIT_FAULTS);
	assert_int_equal(faults.omitted, 7);
	assert_int_equal(faults_count(&faults), LIMIT_FAULTS + 7);
	faults_release(&faults);
	json_decref(document);
}

/* Warnings let a document through; strings without them are not copied. */
static void test_warnings(void **state)
{
	json_t *document = parse("{\"id\":\"a\\u0000b\",\"reason\":\"odd\","
				 "\"secret\":\"abc\"}");
	struct faults faults;
	json_t *result;
	char *text;

	(void)state;
	faults_init(&faults);
	result = schema_convert(&whole_model, document, &exact, &faults);
	text = dump(faults.warnings);
	assert_string_equal(text, "[\"id: U+0000 replaced by U+FFFD\","
				  "\"reason: \\\"odd\\\" is not one of the "
				  "usual values\"]");
	free(text);
	assert_string_equal(json_string_value(json_object_get(result, "id")),
			    "a\xef\xbf\xbd"
			    "b");
	assert_ptr_equal(json_object_get(result, "secret"),
			 json_object_get(document, "secret"));
	json_decref(result);
	json_decref(document);
	faults_release(&faults);
}

static void test_sections(void **state)
{
	(void)state;
	becomes(&part_model, "{\"count\":1}", &exact,
		"{\"count\":1,\"colour\":null}");
	faulty(&whole_model,
	       "{\"id\":\"x\",\"sections\":{\"Section 2: A\":{\"count\":1},"
	       "\"2.\":{\"count\":1},\"two\":{\"count\":0}}}",
	       &exact,
	       "sections[\"2.\"]: each key once, not \"2\" again (-)\n"
	       "sections.two.count: integer from 1 to 9 (0)\n"
	       "sections.two: a section number as the key (\"two\")\n");
	becomes(&whole_model,
		"{\"id\":\"x\",\"sections\":{\"Section 2: A\":{\"count\":1},"
		"\"01\":{\"count\":1}}}",
		&exact,
		"{\"id\":\"x\",\"secret\":null,\"income\":null,\"reason\":null,"
		"\"parts\":[],\"sizes\":{},\"sections\":{\"2\":{\"count\":1,"
		"\"colour\":null},\"1\":{\"count\":1,\"colour\":null}},"
		"\"rows\":[],\"extra\":null}");
}

static void test_wire(void **state)
{
	(void)state;
	becomes(&whole_model,
		"{\"id\":\"x\",\"sizes\":[{\"key\":\"b\",\"value\":1},"
		"{\"value\":\"2\",\"key\":\"a\"}],\"sections\":[{\"section\":"
		"\"Section 4\",\"count\":1,\"colour\":\"SKY-BLUE\"}]}",
		&wire,
		"{\"id\":\"x\",\"secret\":null,\"income\":null,\"reason\":null,"
		"\"parts\":[],\"sizes\":{\"b\":1,\"a\":2},\"sections\":{\"4\":{"
		"\"count\":1,\"colour\":\"Sky Blue\"}},\"rows\":[],"
		"\"extra\":null}");
	faulty(&whole_model,
	       "{\"id\":\"x\",\"sizes\":[{\"key\":\"b\",\"value\":1},"
	       "{\"key\":\"b\",\"value\":2},{\"key\":7,\"value\":\"q\"}],"
	       "\"sections\":[{\"section\":\"9\",\"count\":0,\"kolour\":1},3,"
	       "{\"count\":1},{\"section\":\"x\",\"count\":1}]}",
	       &wire,
	       "sizes[1].key: each key once, not \"b\" again (-)\n"
	       "sizes[2].value: integer (\"q\")\n"
	       "sizes[2].key: string (7)\n"
	       "sections[0].count: integer from 1 to 9 (0)\n"
	       "sections[0].kolour: unknown field; nearest is colour (number)\n"
	       "sections[1]: object (3)\n"
	       "sections[2].section: required field is missing (-)\n"
	       "sections[3].section: a section number as the key (\"x\")\n");
	faulty(&whole_model, "{\"id\":\"x\",\"sizes\":{\"b\":1}}", &wire,
	       "sizes: array of objects (object)\n");
	faulty(&whole_model,
	       "{\"id\":\"x\",\"sizes\":[{\"key\":\"b\"},{\"key\":\"c\\u0000"
	       "d\",\"value\":1,\"c\":1}]}",
	       &wire,
	       "sizes[0].value: required field is missing (-)\n"
	       "sizes[1].c: unknown field (number)\n"
	       "sizes[1].key: string (\"c\\u0000d\")\n");
}

static void test_item_names(void **state)
{
	static const char *const names[] = { "Call Control", "N/A", "Clarity",
					     NULL };
	static const struct schema_context named = { .item_names = names };

	(void)state;
	becomes(&name_model, "{\"name\":\"anything\"}", &exact,
		"{\"name\":\"anything\"}");
	/* the model's order stands, the table's spelling is written */
	becomes(&whole_model,
		"{\"id\":\"x\",\"rows\":[{\"name\":\"clarity\"},{\"name\":"
		"\"NA\"},{\"name\":\"call_control\"}]}",
		&named,
		"{\"id\":\"x\",\"secret\":null,\"income\":null,\"reason\":null,"
		"\"parts\":[],\"sizes\":{},\"sections\":{},\"rows\":[{\"name\":"
		"\"Clarity\"},{\"name\":\"N/A\"},{\"name\":\"Call Control\"}],"
		"\"extra\":null}");
	faulty(&whole_model,
	       "{\"id\":\"x\",\"rows\":[{\"name\":\"Clarity\"},{\"name\":"
	       "\"CLARITY\"},{\"name\":\"Klarity\"},{},{\"name\":4}]}",
	       &named,
	       "rows[1].name: each name once; entry 0 has it (\"CLARITY\")\n"
	       "rows[2].name: one of \"Call Control\", \"N/A\", \"Clarity\" "
	       "(\"Klarity\")\n"
	       "rows[3].name: required field is missing (-)\n"
	       "rows[4].name: string; a number is none: write it as a string "
	       "(4)\n"
	       "rows: \"Call Control\" is missing (-)\n"
	       "rows: \"N/A\" is missing (-)\n");
	/* no fallback for a list that is known */
	faulty(&whole_model, "{\"id\":\"x\"}", &named,
	       "rows: required field is missing (-)\n");
}

static void test_one_of(void **state)
{
	static const struct model *const both[] = { &name_model, &part_model,
						    NULL };
	static const struct model either = { .name = "either",
					     .title = "Either",
					     .one_of = both };

	(void)state;
	becomes(&either, "{\"name\":\"a\"}", &exact, "{\"name\":\"a\"}");
	becomes(&either, "{\"count\":\"3\"}", &exact,
		"{\"count\":3,\"colour\":null}");
	/* the faults of the one that fits better */
	faulty(&either, "{\"count\":30}", &exact,
	       "count: integer from 1 to 9 (30)\n");
	faulty(&either, "{\"name\":3}", &exact,
	       "name: string; a number is none: write it as a string (3)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_faults_in_order),
		cmocka_unit_test(test_no_object),
		cmocka_unit_test(test_got),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_many_faults),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_item_names),
		cmocka_unit_test(test_one_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
