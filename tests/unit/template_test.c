/* Templates: what is a placeholder, what an error, what comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "prompt/segment.h"
#include "prompt/template.h"

static const char *const names[] = { "transcript", "marker", "call_context",
				     "clientData", NULL };
static const struct template_names offered = { .list = names };
enum { TRANSCRIPT, MARKER, CALL_CONTEXT, CLIENT_DATA, NAMES };

#define TEXT(s)                  \
	{                        \
		s, sizeof(s) - 1 \
	}

static struct text text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

static struct template *compile(struct text text, struct error *err)
{
	struct template_source source = { .name = "x.yaml", .text = text };

	return template_compile(&source, &offered, err);
}

static void renders(void **state)
{
	static const struct text values[NAMES] = { TEXT("T"), TEXT("M"),
						   TEXT(""),
						   TEXT("{{marker}}") };
	static const struct {
		const char *source, *out;
	} rows[] = {
		{ "", "" },
		{ "nothing", "nothing" },
		{ "{{transcript}}", "T" },
		{ "{{ transcript }}", "T" },
		{ "{{   transcript}}{{marker  }}", "TM" },
		{ "a{{transcript}}b{{transcript}}c", "aTbTc" },
		{ "[{{call_context}}]", "[]" },
		{ "{{clientData}}", "{{marker}}" },
		{ "{ {transcript}}", "{ {transcript}}" },
		{ "{transcript}", "{transcript}" },
		{ "}} {{marker}}", "}} M" },
		{ "{\"a\": {\"b\": 1}}", "{\"a\": {\"b\": 1}}" },
		/* as the seed's search and replace has it */
		{ "{{{marker}}}", "{M}" },
		{ "{{{{marker}}}}", "{{M}}" },
		{ "{", "{" },
		{ "a {", "a {" },
		{ "{{marker}}{", "M{" },
		{ "{%x%} ${y} %s \\n", "{%x%} ${y} %s \\n" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct error err = ERROR_INIT;
		struct template *t = compile(text_of(rows[i].source), &err);
		struct buf out;

		buf_init(&out, 4096);
		buf_puts(&out, ">");
		assert_non_null(t);
		template_render(t, values, &out);
		assert_string_equal(out.data + 1, rows[i].out);
		buf_release(&out);
		template_free(t);
	}
}

static void refuses(void **state)
{
	static const struct {
		const char *source, *where, *why;
	} rows[] = {
		{ "\n  {{transkript}}", "x.yaml:2:3",
		  "unknown variable \"transkript\", did you mean "
		  "\"transcript\"?" },
		{ "{{client_data}}", "x.yaml:1:1",
		  "unknown variable \"client_data\", did you mean "
		  "\"clientData\"?" },
		{ "{{marker}} \xc3\xa9 {{a}}", "x.yaml:1:14",
		  "unknown variable \"a\"; known: transcript, marker, "
		  "call_context, clientData" },
		{ "{{}}", "x.yaml:1:1",
		  "{{ without a variable's name after it" },
		{ "{{ }}", "x.yaml:1:1",
		  "{{ without a variable's name after it" },
		{ "{{", "x.yaml:1:1", "{{ without a variable's name after it" },
		{ "{{\nmarker}}", "x.yaml:1:1",
		  "{{ without a variable's name after it" },
		{ "{\"a\":{{\"b\":1}}}", "x.yaml:1:6",
		  "{{ without a variable's name after it" },
		{ "{{{{{", "x.yaml:1:4",
		  "{{ without a variable's name after it" },
		{ "a\r\nb {{marker", "x.yaml:2:3",
		  "{{ and a name without }} after them" },
		{ "{{marker}", "x.yaml:1:1",
		  "{{ and a name without }} after them" },
		{ "{{marker }x}", "x.yaml:1:1",
		  "{{ and a name without }} after them" },
		{ "{{marker.x}}", "x.yaml:1:1",
		  "{{ and a name without }} after them" },
		{ "{{marker|upper}}", "x.yaml:1:1",
		  "{{ and a name without }} after them" },
		{ "{{call context}}", "x.yaml:1:1",
		  "{{ and a name without }} after them" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct error err = ERROR_INIT;

		assert_null(compile(text_of(rows[i].source), &err));
		assert_string_equal(err.text, rows[i].why);
		assert_string_equal(err.where, rows[i].where);
		assert_int_equal(err.code, ERR_PROMPT);
		assert_null(compile(text_of(rows[i].source), NULL));
	}
}

static struct place elsewhere(const void *ctx, size_t offset)
{
	return (struct place){ *(const unsigned *)ctx, (unsigned)offset };
}

static void asks_for_places(void **state)
{
	unsigned line = 40;
	struct template_source source = { .name = "y.yaml",
					  .text = TEXT("abc {{x}}"),
					  .locate = elsewhere,
					  .ctx = &line };
	struct error err = ERROR_INIT;

	(void)state;
	assert_null(template_compile(&source, &offered, &err));
	assert_string_equal(err.where, "y.yaml:40:4");
}

static void a_long_name_does_not_hide_the_fault(void **state)
{
	char source[1000];
	struct error err = ERROR_INIT;

	(void)state;
	memset(source, 'n', sizeof(source));
	memcpy(source, "{{", 2);
	memcpy(source + sizeof(source) - 2, "}}", 2);
	assert_null(compile((struct text){ source, sizeof(source) }, &err));
	assert_memory_equal(err.text, "unknown variable \"nnn", 20);
	assert_non_null(strstr(err.text, "\"; known: transcript"));
}

static void counts_uses(void **state)
{
	struct error err = ERROR_INIT;
	struct template *t = compile(
		text_of("{{marker}} {{transcript}} {{marker}}"), &err);

	(void)state;
	assert_int_equal(template_uses(t, TRANSCRIPT), 1);
	assert_int_equal(template_uses(t, MARKER), 2);
	assert_int_equal(template_uses(t, CALL_CONTEXT), 0);
	assert_int_equal(template_uses(t, NAMES), 0);
	template_free(t);
	template_free(NULL);
}

/* The source need not outlive the template; bytes are bytes. */
static void keeps_a_copy_of_all_bytes(void **state)
{
	char source[] = "a\0b{{marker}}c\0{{marker}}";
	struct text values[NAMES] = { TEXT(""), TEXT("\0{{transcript}}\0") };
	static const char want[] = "a\0b\0{{transcript}}\0c\0\0"
				   "{{transcript}}\0";
	struct error err = ERROR_INIT;
	struct template *t = compile(
		(struct text){ source, sizeof(source) - 1 }, &err);
	struct buf out;

	(void)state;
	assert_non_null(t);
	memset(source, 'x', sizeof(source));
	buf_init(&out, 4096);
	template_render(t, values, &out);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.data, want, sizeof(want) - 1);
	buf_release(&out);
	template_free(t);
}

static void respects_the_limit(void **state)
{
	struct text values[NAMES] = { TEXT("0123456789") };
	struct error err = ERROR_INIT;
	struct template *t = compile(text_of("{{transcript}}{{transcript}}"),
				     &err);
	struct buf out;

	(void)state;
	buf_init(&out, 19);
	template_render(t, values, &out);
	assert_true(buf_failed(&out));
	assert_int_equal(out.len, 0);
	buf_release(&out);
	buf_init(&out, 20);
	template_render(t, values, &out);
	assert_false(buf_failed(&out));
	assert_string_equal(out.data, "01234567890123456789");
	buf_release(&out);
	template_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renders),
		cmocka_unit_test(refuses),
		cmocka_unit_test(asks_for_places),
		cmocka_unit_test(a_long_name_does_not_hide_the_fault),
		cmocka_unit_test(counts_uses),
		cmocka_unit_test(keeps_a_copy_of_all_bytes),
		cmocka_unit_test(respects_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
