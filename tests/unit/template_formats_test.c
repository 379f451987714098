/* f-string and jinja2: what is refused, in which words, at which place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "prompt/fence.h"
#include "prompt/segment.h"
#include "prompt/template.h"

/* ---- names: two texts, an object --------------------------------------- */

static const struct field inner_fields[] = {
	{ .name = "rate", .type = T_NUMBER },
	{ .name = "grades", .type = T_ARRAY },
	{ .name = NULL },
};
static const struct model inner = { .name = "inner", .fields = inner_fields };
static const struct field outer_fields[] = {
	{ .name = "profile", .type = T_OBJECT, .model = &inner },
	{ .name = "lead_id", .type = T_STRING },
	{ .name = NULL },
};
static const struct model outer = { .name = "outer", .fields = outer_fields };
static const struct field object = { .type = T_OBJECT, .model = &outer };

static const char *const list[] = { "transcript", "marker", "client", NULL };
static const struct field *const json[] = { NULL, NULL, &object };
static const struct template_names names = { list, json };
enum { TRANSCRIPT, MARKER, CLIENT, NAMES };

static struct template *compile(const char *text, enum template_format format,
				struct error *err)
{
	struct template_source source = { .name = "x.yaml",
					  .text = { text, strlen(text) },
					  .format = format };

	return template_compile(&source, &names, err);
}

struct refusal {
	const char *source, *where, *why;
};

static void check_refusals(const struct refusal *rows, size_t count,
			   enum template_format format)
{
	for (size_t i = 0; i < count; i++) {
		struct error err = ERROR_INIT;
		struct template *t = compile(rows[i].source, format, &err);

		if (t)
			fail_msg("%s is taken", rows[i].source);
		assert_string_equal(err.text, rows[i].why);
		assert_string_equal(err.where, rows[i].where);
		assert_int_equal(err.code, ERR_PROMPT);
		assert_null(compile(rows[i].source, format, NULL));
	}
}

/* ---- what is refused --------------------------------------------------- */

static void f_string_refuses(void **state)
{
	static const char name[] = "{ without a variable's name and } after "
				   "it; write {{ for a brace";
	static const char only[] = "only {name} can be used: no member, index, "
				   "conversion or width";
	const struct refusal rows[] = {
		{ "a\n {transkript}", "x.yaml:2:2",
		  "unknown variable \"transkript\", did you mean "
		  "\"transcript\"?" },
		{ "{0}", "x.yaml:1:1",
		  "unknown variable \"0\"; known: transcript, marker, client" },
		{ "{}", "x.yaml:1:1", name },
		{ "{", "x.yaml:1:1", name },
		{ "{{{", "x.yaml:1:3", name },
		{ "{ marker }", "x.yaml:1:1", name },
		{ "{marker", "x.yaml:1:1", name },
		{ "{marker }", "x.yaml:1:1", name },
		{ "{\"a\": 1}", "x.yaml:1:1", name },
		{ "\xc3\xa9{client.lead_id}", "x.yaml:1:2", only },
		{ "{client[lead_id]}", "x.yaml:1:1", only },
		{ "{marker!r}", "x.yaml:1:1", only },
		{ "{marker:>9}", "x.yaml:1:1", only },
		{ "a } b", "x.yaml:1:3", "} alone; write }} for a brace" },
		{ "{marker}}", "x.yaml:1:9", "} alone; write }} for a brace" },
	};

	(void)state;
	check_refusals(rows, LENGTH(rows), TEMPLATE_F_STRING);
}

static void jinja2_refuses(void **state)
{
	static const struct refusal rows[] = {
		{ "\n{{ transkript }}", "x.yaml:2:4",
		  "unknown variable \"transkript\", did you mean "
		  "\"transcript\"?" },
		{ "{{ marker", "x.yaml:1:1", "{{ without }}" },
		{ "a {% if marker", "x.yaml:1:3", "{% without %}" },
		{ "a\n b {# c", "x.yaml:2:4", "{# without #}" },
		{ "{{ }}", "x.yaml:1:4", "a variable's name must stand here" },
		{ "{{ 5 }}", "x.yaml:1:4",
		  "a variable's name must stand here" },
		{ "{{ marker client }}", "x.yaml:1:11",
		  "\"client\" cannot be used here" },
		{ "{{ marker ~ client }}", "x.yaml:1:11",
		  "\"~\" cannot be used here" },
		{ "{{ client['lead_id'] }}", "x.yaml:1:10",
		  "\"[\" cannot be used here" },
		{ "{{ marker|upper }}", "x.yaml:1:11",
		  "of filters only default can be used" },
		{ "{{ marker|default(5) }}", "x.yaml:1:19",
		  "default takes a text in quotes" },
		{ "{{ marker|default('a', maybe) }}", "x.yaml:1:24",
		  "\"true\" or \"false\" must stand here" },
		{ "{{ marker|default('a' }}", "x.yaml:1:23",
		  "\")\" must stand here" },
		{ "{{ marker|default('a\\x41') }}", "x.yaml:1:19",
		  "of escapes only \\n, \\t, \\\\, \\' and \\\" can be used" },
		{ "{{ 'a\\n' }}", "x.yaml:1:4",
		  "a text to write has no \\ and no CR" },
		{ "{{ 'a }}", "x.yaml:1:4", "a text without its end" },
		{ "{{ client.leadid }}", "x.yaml:1:11",
		  "no member \"leadid\" here, did you mean \"lead_id\"?" },
		{ "{{ client.profile.grade }}", "x.yaml:1:19",
		  "no member \"grade\" here, did you mean \"grades\"?" },
		{ "{{ client.lead_id.x }}", "x.yaml:1:19",
		  "this value has no members" },
		{ "{{ marker.x }}", "x.yaml:1:11",
		  "this value has no members" },
		{ "{% for a in client %}", "x.yaml:1:4",
		  "{% for %}: only if, elif, else and endif can be used" },
		{ "{% raw %}", "x.yaml:1:4",
		  "{% raw %}: only if, elif, else and endif can be used" },
		{ "{% else %}", "x.yaml:1:1", "{% else %} without if" },
		{ "{% endif %}", "x.yaml:1:1", "{% endif %} without if" },
		{ "x{% if marker %}{% if client %}{% endif %}", "x.yaml:1:2",
		  "if without endif" },
		{ "{% if marker %}{% else %}{% elif client %}{% endif %}",
		  "x.yaml:1:26", "nothing but endif can follow else" },
		{ "{% if %}", "x.yaml:1:7",
		  "a variable's name must stand here" },
		{ "{% if (marker) %}", "x.yaml:1:7",
		  "a variable's name must stand here" },
		{ "{% if marker and %}", "x.yaml:1:18",
		  "a variable's name must stand here" },
		{ "{% if marker is defined %}", "x.yaml:1:14",
		  "\"is\" cannot be used here" },
		{ "{% if marker == client %}", "x.yaml:1:17",
		  "a text in quotes or a number must stand here" },
		{ "{% if marker == 1.5 %}", "x.yaml:1:17",
		  "of numbers only whole decimal ones can be used" },
		{ "{% if marker == 0x5 %}", "x.yaml:1:17",
		  "of numbers only whole decimal ones can be used" },
		{ "{% if marker > 5 %}", "x.yaml:1:14",
		  "\">\" cannot be used here" },
	};

	(void)state;
	check_refusals(rows, LENGTH(rows), TEMPLATE_JINJA2);
}

static void nesting_has_a_limit(void **state)
{
	char text[4096] = "";
	struct error err = ERROR_INIT;
	struct template *t;

	(void)state;
	for (int i = 0; i < LIMIT_TEMPLATE_DEPTH; i++)
		strncat(text, "{% if marker %}", 16);
	for (int i = 0; i < LIMIT_TEMPLATE_DEPTH; i++)
		strncat(text, "{% endif %}", 12);
	t = compile(text, TEMPLATE_JINJA2, &err);
	assert_non_null(t);
	template_free(t);
	memmove(text + 15, text, strlen(text) + 1);
	assert_null(compile(text, TEMPLATE_JINJA2, &err));
	assert_string_equal(err.text, "if nested deeper than 16");
}

/* ---- what is mentioned -------------------------------------------------- */

static void counts_mentions(void **state)
{
	struct error err = ERROR_INIT;
	struct template *t = compile("{{ marker }}{% if marker %}"
				     "{{ client.lead_id }}{% elif transcript "
				     "%}{{ marker }}{% endif %}{{ 'marker' }}",
				     TEMPLATE_JINJA2, &err);

	(void)state;
	assert_non_null(t);
	assert_int_equal(template_uses(t, MARKER), 2);
	assert_int_equal(template_mentions(t, MARKER), 3);
	assert_int_equal(template_uses(t, CLIENT), 1);
	assert_int_equal(template_uses(t, TRANSCRIPT), 0);
	assert_int_equal(template_mentions(t, TRANSCRIPT), 1);
	assert_int_equal(t->mention_count, 5);
	assert_false(t->mentions[0].conditional);
	assert_false(t->mentions[1].conditional);
	assert_true(t->mentions[2].conditional);
	template_free(t);
}

/* ---- the fence ----------------------------------------------------------- */

/* A marker that may be left out is none, and where ways meet stands no fence.
 */
static void fences(void **state)
{
	static const struct {
		const char *source;
		bool stands;
	} rows[] = {
		{ "{{ marker }}\n{{ transcript }}\n{{ marker }}", true },
		{ "-- {{marker}} --\n{{- transcript }}\n{{marker}}", false },
		{ "{{ marker }}\n\n{{- transcript }}\n{{ marker }}", false },
		{ "{{ marker }} {#- x #}\n{{ transcript }}\n{{ marker }}",
		  true },
		{ "{% if client %}{{ marker }}\n{% endif %}"
		  "{{ transcript }}\n{{ marker }}",
		  false },
		{ "{{ marker }}\n{{ transcript }}\n{% if client %}"
		  "{{ marker }}{% endif %}",
		  false },
		{ "{% if client %}{{ marker }}\n{{ transcript }}\n"
		  "{{ marker }}{% endif %}",
		  true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct error err = ERROR_INIT;
		struct template *t = compile(rows[i].source, TEMPLATE_JINJA2,
					     &err);
		size_t offset;

		assert_non_null(t);
		if (fence_stands(t, TRANSCRIPT, MARKER, &offset) !=
		    rows[i].stands)
			fail_msg("%s", rows[i].source);
		template_free(t);
	}
}

/* ---- rendering ------------------------------------------------------------
 */

/* What python3-jinja2 cannot be asked about: NUL, broken JSON, a full buffer.
 */
static void renders_odd_values(void **state)
{
	static const struct text values[NAMES] = {
		{ "a\0b", 3 },
		{ "{{ transcript }}{transcript}", 28 },
		{ "{\"lead_id\": ", 12 },
	};
	static const char want[] = "[a\0b]{{ transcript }}{transcript}[none]";
	struct error err = ERROR_INIT;
	struct template *t = compile(
		"[{{ transcript }}]{{ marker }}"
		"[{{ client.lead_id | default('none') }}]{% if client %}x"
		"{% endif %}",
		TEMPLATE_JINJA2, &err);
	struct buf out;

	(void)state;
	assert_non_null(t);
	buf_init(&out, 4096);
	template_render(t, values, &out);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.data, want, sizeof(want) - 1);
	buf_release(&out);
	buf_init(&out, 10);
	template_render(t, values, &out);
	assert_true(buf_failed(&out));
	buf_release(&out);
	template_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(f_string_refuses),
		cmocka_unit_test(jinja2_refuses),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(counts_mentions),
		cmocka_unit_test(fences),
		cmocka_unit_test(renders_odd_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
