/*
 * The conversion table, value by value: what callqa-report-format(5) tells.
 *
 * Compared with pydantic 2.14.3 (TypeAdapter.validate_python of int, float,
 * bool, str, datetime): rows marked `departs` are refused here on purpose
 * where it takes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/schema.h"
#include "data/schema_lax.h"
#include "support/schema_cases.h"

/* NULL after the conversion: refused. */
struct conversion {
	const char *from, *to;
};

static const struct conversion integers[] = {
	{ "300", "300" },
	{ "-300", "-300" },
	{ "0", "0" },
	{ "-0", "0" },
	{ "9007199254740992", "9007199254740992" }, /* 2^53 */
	{ "9007199254740993", "9007199254740993" },
	{ "9223372036854775807", "9223372036854775807" },
	{ "-9223372036854775808", "-9223372036854775808" },
	/* floats that are whole */
	{ "300.0", "300" },
	{ "1e3", "1000" },
	{ "-0.0", "0" },
	{ "9007199254740992.0", "9007199254740992" },
	{ "-9223372036854775808.0", "-9223372036854775808" },
	{ "9223372036854774784.0", "9223372036854774784" },
	{ "9223372036854775808.0", NULL }, /* 2^63 */
	{ "1e20", NULL },
	{ "300.5", NULL },
	{ "1e-3", NULL },
	/* text */
	{ "\"300\"", "300" },
	{ "\" 300 \"", "300" },
	{ "\"\\t300\\r\\n\"", "300" },
	{ "\"\\u00a0300\\u2003\"", "300" },
	{ "\"\\u0085\\u16803\\u3000\\u202f\"", "3" },
	{ "\"\\u200b3\"", NULL }, /* no white space to Unicode */
	{ "\"\\ufeff3\"", NULL },
	{ "\"\\u001c3\"", NULL },
	{ "\"+300\"", "300" },
	{ "\"-300\"", "-300" },
	{ "\"--3\"", NULL },
	{ "\"+-3\"", NULL },
	{ "\"- 300\"", NULL },
	{ "\"3_00\"", "300" },
	{ "\" 3_00 \"", "300" },
	{ "\"0_3\"", "3" },
	{ "\"3__00\"", NULL },
	{ "\"_300\"", NULL },
	{ "\"300_\"", NULL },
	{ "\"-_3\"", NULL },
	{ "\"0__3\"", NULL }, /* departs: it drops leading zeros first */
	{ "\"300.0\"", "300" },
	{ "\"300.00\"", "300" },
	{ "\"-3.0\"", "-3" },
	{ "\"3_0.0\"", "30" },
	{ "\"300.\"", NULL },
	{ "\".0\"", NULL },
	{ "\"300.5\"", NULL },
	{ "\"300.0_0\"", NULL },
	{ "\"3.0000000000000000000000000001\"", NULL },
	{ "\"0300\"", "300" },
	{ "\"000000000000000000000000300\"", "300" },
	{ "\"-0\"", "0" },
	{ "\"-0.0\"", "0" },
	{ "\"1e3\"", NULL },
	{ "\"0x10\"", NULL },
	{ "\"\"", NULL },
	{ "\"  \"", NULL },
	{ "\"+\"", NULL },
	{ "\"-\"", NULL },
	{ "\"3 0\"", NULL },
	{ "\"3,0\"", NULL },
	{ "\"3\\u0000\"", NULL },
	{ "\"\\uff13\"", NULL }, /* a wide 3 */
	{ "\"\\u0663\"", NULL }, /* an Arabic 3 */
	{ "\"NaN\"", NULL },
	{ "\"9223372036854775807\"", "9223372036854775807" },
	{ "\"-9223372036854775808\"", "-9223372036854775808" },
	{ "\"9223372036854775808\"", NULL },        /* departs */
	{ "\"-9223372036854775809\"", NULL },       /* departs */
	{ "\"99999999999999999999999999\"", NULL }, /* departs */
	/* other kinds */
	{ "true", NULL },  /* departs */
	{ "false", NULL }, /* departs */
	{ "null", NULL },
	{ "[300]", NULL },
	{ "{}", NULL },
};

static const struct conversion numbers[] = {
	{ "0.5", "0.5" },
	{ "-0.5", "-0.5" },
	{ "1", "1.0" },
	{ "0", "0.0" },
	{ "9007199254740993", "9007199254740992.0" },
	{ "\"0.5\"", "0.5" },
	{ "\" 0.5 \"", "0.5" },
	{ "\"\\u00a00.5\"", "0.5" },
	{ "\"1\"", "1.0" },
	{ "\"1e3\"", "1000.0" },
	{ "\"1E+3\"", "1000.0" },
	{ "\"1e-3\"", "0.001" },
	{ "\".5\"", "0.5" },
	{ "\"5.\"", "5.0" },
	{ "\"+.5\"", "0.5" },
	{ "\"50_000\"", "50000.0" },
	{ "\"1_0.5\"", "10.5" },
	{ "\"1._5\"", "1.5" },
	{ "\"1e1_0\"", "1e10" },
	{ "\"1__0\"", NULL },
	{ "\"_1\"", NULL },
	{ "\"1_\"", NULL },
	{ "\"_\"", NULL },
	{ "\"1e-400\"", "0.0" },
	{ "\"0x1p3\"", NULL },
	{ "\"1,5\"", NULL },
	{ "\"$5\"", NULL },
	{ "\"1e\"", NULL },
	{ "\"e5\"", NULL },
	{ "\".\"", NULL },
	{ "\"+\"", NULL },
	{ "\"1-2\"", NULL },
	{ "\"1 2\"", NULL },
	{ "\"\"", NULL },
	{ "\"  \"", NULL },
	{ "\"1\\u0000\"", NULL },
	{ "\"nan\"", NULL },       /* departs */
	{ "\"NaN\"", NULL },       /* departs */
	{ "\"inf\"", NULL },       /* departs */
	{ "\"-Infinity\"", NULL }, /* departs */
	{ "\"1e400\"", NULL },     /* departs */
	{ "true", NULL },          /* departs */
	{ "false", NULL },         /* departs */
	{ "null", NULL },
	{ "[]", NULL },
	{ "{}", NULL },
};

static const struct conversion booleans[] = {
	{ "true", "true" },
	{ "false", "false" },
	{ "1", "true" },
	{ "0", "false" },
	{ "-0", "false" },
	{ "1.0", "true" },
	{ "0.0", "false" },
	{ "-0.0", "false" },
	{ "2", NULL },
	{ "-1", NULL },
	{ "0.5", NULL },
	{ "\"1\"", "true" },
	{ "\"t\"", "true" },
	{ "\"y\"", "true" },
	{ "\"on\"", "true" },
	{ "\"yes\"", "true" },
	{ "\"true\"", "true" },
	{ "\"0\"", "false" },
	{ "\"f\"", "false" },
	{ "\"n\"", "false" },
	{ "\"no\"", "false" },
	{ "\"off\"", "false" },
	{ "\"false\"", "false" },
	{ "\"YES\"", "true" },
	{ "\"tRuE\"", "true" },
	{ "\"Off\"", "false" },
	{ "\"N\"", "false" },
	{ "\" true \"", NULL },
	{ "\"yes\\u0000\"", NULL },
	{ "\"ye\"", NULL },
	{ "\"2\"", NULL },
	{ "\"1.0\"", NULL },
	{ "\"\"", NULL },
	{ "null", NULL },
	{ "[true]", NULL },
	{ "{}", NULL },
};

#define HALF_PAST_TEN "\"2024-01-15T10:30:00.000Z\""

static const struct conversion times[] = {
	{ "\"2024-01-15T10:30:00Z\"", HALF_PAST_TEN },
	{ "\"2024-01-15t10:30:00z\"", HALF_PAST_TEN },
	{ "\"2024-01-15 10:30:00\"", HALF_PAST_TEN },
	{ "\"2024-01-15_10:30:00\"", HALF_PAST_TEN },
	{ "\"2024-01-15T10:30\"", HALF_PAST_TEN },
	{ "\"2024-01-15T10:30Z\"", HALF_PAST_TEN },
	{ "\"2024-01-15T12:30:00+02:00\"", HALF_PAST_TEN },
	{ "\"2024-01-15T12:30:00+0200\"", HALF_PAST_TEN },
	{ "\"2024-01-15T05:30:00-05:00\"", HALF_PAST_TEN },
	{ "\"2024-01-15T10:30:00-00:00\"", HALF_PAST_TEN },
	{ "\"2024-01-15T23:30:00+23:59\"", "\"2024-01-14T23:31:00.000Z\"" },
	{ "\"2024-01-15T10:30:00.5Z\"", "\"2024-01-15T10:30:00.500Z\"" },
	{ "\"2024-01-15T10:30:00,5Z\"", "\"2024-01-15T10:30:00.500Z\"" },
	{ "\"2024-01-15T10:30:00.1239Z\"", "\"2024-01-15T10:30:00.123Z\"" },
	{ "\"2024-01-15\"", "\"2024-01-15T00:00:00.000Z\"" },
	{ "\"2024-02-29\"", "\"2024-02-29T00:00:00.000Z\"" },
	{ "\"0001-01-01\"", "\"0001-01-01T00:00:00.000Z\"" },
	{ "\"9999-12-31T23:59:59.999Z\"", "\"9999-12-31T23:59:59.999Z\"" },
	/* since 1970: seconds, milliseconds beyond +-2e10 */
	{ "1705314600", HALF_PAST_TEN },
	{ "1705314600.5", "\"2024-01-15T10:30:00.500Z\"" },
	{ "1705314600000", HALF_PAST_TEN },
	{ "\"1705314600\"", HALF_PAST_TEN },
	{ "\"+1705314600\"", HALF_PAST_TEN },
	{ "\"1705314600000\"", HALF_PAST_TEN },
	{ "\"-1.5\"", "\"1969-12-31T23:59:58.500Z\"" },
	{ "0", "\"1970-01-01T00:00:00.000Z\"" },
	{ "-1", "\"1969-12-31T23:59:59.000Z\"" },
	{ "20000000000", "\"2603-10-11T11:33:20.000Z\"" },
	{ "20000000001", "\"1970-08-20T11:33:20.001Z\"" },
	{ "-20000000001", "\"1969-05-14T12:26:39.999Z\"" },
	{ "253402300799999", "\"9999-12-31T23:59:59.999Z\"" },
	{ "253402300800000", NULL },
	{ "1e20", NULL },
	{ "\"253402300800000\"", NULL },
	/* no times */
	{ "\"2023-02-29\"", NULL },
	{ "\"2024-02-30\"", NULL },
	{ "\"2024-13-01\"", NULL },
	{ "\"2024-1-5\"", NULL },
	{ "\"2024/01/15\"", NULL },
	{ "\"20240115T103000Z\"", NULL },
	{ "\"2024-01-15T\"", NULL },
	{ "\"2024-01-15T10\"", NULL },
	{ "\"2024-01-15Z\"", NULL },
	{ "\"2024-01-15T24:00:00Z\"", NULL },
	{ "\"2024-01-15T10:60:00Z\"", NULL },
	{ "\"2024-01-15T23:59:60Z\"", NULL },
	{ "\"2024-01-15T10:30:00.Z\"", NULL },
	{ "\"2024-01-15T10:30:00+24:00\"", NULL },
	{ "\"2024-01-15T10:30:00+02\"", NULL },
	{ "\"2024-01-15T10:30:00 +02:00\"", NULL },
	{ "\" 2024-01-15T10:30:00Z \"", NULL },
	{ "\" 1705314600 \"", NULL },
	{ "\"2024-01-15T10:30:00Z\\u0000\"", NULL },
	{ "\"1e9\"", NULL },
	{ "\"17_05\"", NULL },
	{ "\"now\"", NULL },
	{ "\"\"", NULL },
	/* what UTC cannot say between the years 1 and 9999 */
	{ "\"0001-01-01T00:00:00+05:00\"", NULL }, /* departs */
	{ "\"9999-12-31T23:59:59-05:00\"", NULL }, /* departs */
	/* a typographer's minus */
	{ "\"2024-01-15T10:30:00\\u221205:00\"", NULL }, /* departs */
	{ "true", NULL },
	{ "null", NULL },
	{ "[]", NULL },
	{ "{}", NULL },
};

static const struct conversion strings[] = {
	{ "\"\"", "\"\"" },
	{ "\" a \"", "\" a \"" },
	{ "\"300\"", "\"300\"" },
	{ "\"a\\u0000b\\u0000\"", "\"a\\ufffdb\\ufffd\"" },
	{ "\"\\u0000\"", "\"\\ufffd\"" },
	{ "300", NULL },
	{ "0.5", NULL },
	{ "true", NULL },
	{ "null", NULL },
	{ "[]", NULL },
	{ "{}", NULL },
};

static const char *const answers[] = { "No Infraction", "Coaching Needed",
				       "N/A", NULL };

static const struct conversion exact_choices[] = {
	{ "\"No Infraction\"", "\"No Infraction\"" },
	{ "\"N/A\"", "\"N/A\"" },
	{ "\"no infraction\"", NULL },
	{ "\"NA\"", NULL },
	{ "\" N/A\"", NULL },
	{ "\"N/A\\u0000\"", NULL },
	{ "\"\"", NULL },
	{ "0", NULL },
	{ "null", NULL },
	{ "[\"N/A\"]", NULL },
};

static const struct conversion reply_choices[] = {
	{ "\"No Infraction\"", "\"No Infraction\"" },
	{ "\"no infraction\"", "\"No Infraction\"" },
	{ "\"NO_INFRACTION\"", "\"No Infraction\"" },
	{ "\"NoInfraction\"", "\"No Infraction\"" },
	{ "\"no-infraction \"", "\"No Infraction\"" },
	{ "\"Coaching needed\"", "\"Coaching Needed\"" },
	{ "\"n/a\"", "\"N/A\"" },
	{ "\"NA\"", "\"N/A\"" },
	{ "\"n a\\n\"", "\"N/A\"" },
	{ "\"No Infractions\"", NULL },
	{ "\"No\"", NULL },
	{ "\"N.A.\"", NULL },
	{ "\"N/A\\u0000\"", NULL },
	{ "\"\"", NULL },
	{ "\"/\"", NULL },
	{ "1", NULL },
	{ "true", NULL },
	{ "null", NULL },
};

static const struct schema_context exact = { .exact = true };
static const struct schema_context reply = { .exact = false };

/* Converts each value as the one field of a document. */
static void convert_all(const struct field *field,
			const struct schema_context *context,
			const struct conversion *rows, size_t count)
{
	struct field fields[] = { *field, { .name = NULL } };
	const struct model model = { .name = "one", .fields = fields };

	fields[0].name = "value";
	fields[0].flags |= F_REQUIRED;
	for (size_t i = 0; i < count; i++) {
		json_t *document = json_pack("{so}", "value",
					     parse(rows[i].from));
		json_t *wanted = rows[i].to ? parse(rows[i].to) : NULL;
		struct faults faults;
		json_t *result;

		faults_init(&faults);
		result = schema_convert(&model, document, context, &faults);
		if (!result != !wanted ||
		    (wanted &&
		     !json_equal(json_object_get(result, "value"), wanted))) {
			char *text = dump(result);

			fail_msg("%s became %s", rows[i].from,
				 text ? text : "a fault");
		}
		assert_int_equal(faults_count(&faults), wanted ? 0 : 1);
		json_decref(result);
		json_decref(wanted);
		json_decref(document);
		faults_release(&faults);
	}
}

#define CONVERT(type_of_field, context, rows)                                  \
	convert_all(&(const struct field){ .type = (type_of_field) }, context, \
		    rows, LENGTH(rows))

static void test_integers(void **state)
{
	(void)state;
	CONVERT(T_INTEGER, &exact, integers);
	CONVERT(T_INTEGER, &reply, integers);
}

static void test_numbers(void **state)
{
	(void)state;
	CONVERT(T_NUMBER, &exact, numbers);
	CONVERT(T_NUMBER, &reply, numbers);
}

static void test_booleans(void **state)
{
	(void)state;
	CONVERT(T_BOOLEAN, &exact, booleans);
	CONVERT(T_BOOLEAN, &reply, booleans);
}

static void test_times(void **state)
{
	(void)state;
	CONVERT(T_TIME, &exact, times);
}

static void test_strings(void **state)
{
	(void)state;
	CONVERT(T_STRING, &exact, strings);
	CONVERT(T_STRING, &reply, strings);
}

static void test_choices(void **state)
{
	const struct field choice = { .type = T_CHOICE, .choices = answers };

	(void)state;
	convert_all(&choice, &exact, exact_choices, LENGTH(exact_choices));
	convert_all(&choice, &reply, reply_choices, LENGTH(reply_choices));
}

/* null is a value of a nullable field of any type, and of no other. */
static void test_null(void **state)
{
	static const enum field_type types[] = {
		T_STRING, T_INTEGER, T_NUMBER, T_BOOLEAN, T_TIME, T_CHOICE
	};
	static const struct conversion taken[] = { { "null", "null" } };
	static const struct conversion refused[] = { { "null", NULL } };

	(void)state;
	for (size_t i = 0; i < LENGTH(types); i++) {
		struct field f = { .type = types[i], .choices = answers };

		convert_all(&f, &exact, refused, 1);
		f.flags = F_NULLABLE;
		convert_all(&f, &exact, taken, 1);
	}
}

static void test_sections(void **state)
{
	static const struct {
		const char *text, *key;
	} rows[] = {
		{ "3", "3" },
		{ "0", "0" },
		{ "12", "12" },
		{ "03", "3" },
		{ "00", "0" },
		{ " 3 ", "3" },
		{ "3.", "3" },
		{ "3)", "3" },
		{ "3:", "3" },
		{ "3: Intro", "3" },
		{ "3. Intro", "3" },
		{ "3) Intro", "3" },
		{ "3 - Intro", "3" },
		{ "3:401k", "3" },
		{ "3 : 2 ways", "3" },
		{ "Section 3", "3" },
		{ "SECTION 3", "3" },
		{ "section3", "3" },
		{ "Section 3: Intro", "3" },
		{ "Section 3.", "3" },
		{ "999999999", "999999999" },
		{ "0000000000003", "3" },
		{ "1000000000", NULL },
		{ "", NULL },
		{ " ", NULL },
		{ "Intro", NULL },
		{ "Section", NULL },
		{ "Sect 3", NULL },
		{ "Sections 3", NULL },
		{ "three", NULL },
		{ "-3", NULL },
		{ "+3", NULL },
		{ "3.1", NULL },
		{ "3.0", NULL },
		{ "3-5", NULL },
		{ "3 - 5", NULL },
		{ "3)4", NULL },
		{ "3 and 4", NULL },
		{ "3, 4", NULL },
		{ "3a", NULL },
		{ "1e3", NULL },
		{ "\xef\xbc\x93", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char key[SECTION_KEY_SIZE] = "";
		bool ok = lax_section(rows[i].text, key);

		if (ok != (rows[i].key != NULL) ||
		    (ok && strcmp(key, rows[i].key) != 0))
			fail_msg("'%s' became '%s'", rows[i].text, key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
