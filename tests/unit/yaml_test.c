/* The YAML reader: what it takes, what it refuses, and where things stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "data/yaml.h"

static struct yaml_node *parse(const char *text)
{
	struct error err = ERROR_INIT;
	struct yaml_node *root = yaml_parse("t", text, strlen(text), &err);

	if (!root)
		print_error("%s: %s\n", err.where, err.text);
	assert_non_null(root);
	return root;
}

/* Writes a node as {key:value}, [element], 'plain' or "quoted". */
static void show(const struct yaml_node *node, struct buf *out)
{
	switch (node->kind) {
	case YAML_SCALAR:
		buf_printf(out, node->quoted ? "\"%s\"" : "'%s'", node->text);
		return;
	case YAML_SEQUENCE:
		buf_putc(out, '[');
		for (size_t i = 0; i < node->count; i++)
			show(node->children[i], out);
		buf_putc(out, ']');
		return;
	case YAML_MAPPING:
		buf_putc(out, '{');
		for (size_t i = 0; i < node->count; i++) {
			show(yaml_key(node, i), out);
			buf_putc(out, ':');
			show(yaml_value(node, i), out);
		}
		buf_putc(out, '}');
	}
}

static void reads(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "", "{}" },
		{ "# nothing\n", "{}" },
		{ "---\n", "{}" },
		{ "--- # nothing\n...\n", "{}" },
		{ "{}", "{}" },
		{ "a: 1", "{'a':'1'}" },
		{ "\xef\xbb\xbf"
		  "a: 1\n",
		  "{'a':'1'}" },
		{ "a: 1\r\nb: 2\r\n", "{'a':'1''b':'2'}" },
		{ "a: '1'\nb: \"2\"\nc: |\n  x\n  y\n",
		  "{'a':\"1\"'b':\"2\"'c':\"x\ny\n\"}" },
		{ "a: |-\n  x\n\n  y\n\n", "{'a':\"x\n\ny\"}" },
		{ "a: >-\n  x\n  y\n\n  z\n", "{'a':\"x y\nz\"}" },
		{ "a:\nb: ~\n", "{'a':'''b':'~'}" },
		{ "a: [1, [2, 3], {b: c}]", "{'a':['1'['2''3']{'b':'c'}]}" },
		{ "- a\n- - b\n  - c\n", "['a'['b''c']]" },
		{ "'<<': 1", "{\"<<\":'1'}" },
		{ "a: \"\\u00e9\\n\"", "{'a':\"\xc3\xa9\n\"}" },
		{ "a: x%y # %\n", "{'a':'x%y'}" },
		{ "--- \na: 1\n...\n", "{'a':'1'}" },
		{ "plain", "'plain'" },
		{ "\"\"", "\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct yaml_node *root = parse(rows[i].text);
		struct buf out;

		buf_init(&out, 4096);
		show(root, &out);
		assert_string_equal(out.data, rows[i].shown);
		buf_release(&out);
		yaml_node_free(root);
	}
}

#define DEEP_8  "[[[[[[[["
#define DEEP_32 DEEP_8 DEEP_8 DEEP_8 DEEP_8

static void refuses(void **state)
{
	static const struct {
		const char *text, *where, *why;
	} rows[] = {
		{ "a: 1\nb: 2\na: 3\nb: 4\n", "t:3:1",
		  "key \"a\" again, after line 1" },
		{ "x:\n  - {a: 1, 'a': 2}", "t:2:12",
		  "key \"a\" again, after line 2" },
		{ "a: 1\na: 2\na: 3\n", "t:2:1",
		  "key \"a\" again, after line 1" },
		{ "a: &b 1\n", "t:1:4", "anchors (&b) are not supported" },
		{ "a: &b {}\n", "t:1:4", "anchors (&b) are not supported" },
		{ "&b a: 1\n", "t:1:1", "anchors (&b) are not supported" },
		{ "a: *b\n", "t:1:4", "aliases (*name) are not supported" },
		{ "*a : b\n", "t:1:1", "aliases (*name) are not supported" },
		{ "a: !!str 1\n", "t:1:4",
		  "tags (tag:yaml.org,2002:str) are not supported" },
		{ "a: !x [1]\n", "t:1:4", "tags (!x) are not supported" },
		{ "a: ! 1\n", "t:1:4", "tags (!) are not supported" },
		{ "a:\n  <<: {b: 1}\n", "t:2:3",
		  "merge keys (<<) are not supported" },
		{ "a: 1\n---\nb: 2\n", "t:2:1", "a second document" },
		{ "a: 1\n...\n---\n", "t:3:1", "a second document" },
		{ "? [a]\n: b\n", "t:1:3", "a key must be a single text" },
		{ "{a: {{b: c}: d}}", "t:1:6", "a key must be a single text" },
		{ "a: \"x\\0y\"\n", "t:1:4",
		  "a text cannot hold the character NUL" },
		{ "a: b\n%TAG ! x\n", "t:2:1",
		  "a line cannot begin with % (directives are not supported)" },
		{ "%YAML 1.1\n--- a\n", "t:1:1",
		  "a line cannot begin with % (directives are not supported)" },
		{ "a: \xff\n", "t:1:4", "invalid leading UTF-8 octet" },
		{ "a: 1\nb: x\xe2\x82", "t:2:5",
		  "incomplete UTF-8 octet sequence" },
		{ "a: \x01\n", "t:1:4", "control characters are not allowed" },
		{ "a:\n\tb: 1\n", "t:2:1",
		  "found character that cannot start any token (a tab: YAML "
		  "indents by spaces), while scanning for the next token" },
		{ "a: [1\nb: 2\n", "t:2:2",
		  "did not find expected ',' or ']', while parsing a flow "
		  "sequence that begins at 1:4" },
		{ "a: 1\n b: 2\n", "t:2:3",
		  "mapping values are not allowed in this context" },
		{ "a: \"x\n", "t:2:1",
		  "found unexpected end of stream, while scanning a quoted "
		  "scalar that begins at 1:4" },
		{ DEEP_32 "[", "t:1:33", "nested deeper than 32 levels" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct error err = ERROR_INIT;

		assert_null(yaml_parse("t", rows[i].text, strlen(rows[i].text),
				       &err));
		assert_string_equal(err.text, rows[i].why);
		assert_string_equal(err.where, rows[i].where);
		assert_int_equal(err.code, ERR_CONFIG);
	}
	assert_null(yaml_parse("t", "[", 1, NULL));
}

static void refuses_raw_nul(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_null(yaml_parse("t", "a: b\0c", 6, &err));
	assert_string_equal(err.where, "t:1:5");
	assert_string_equal(err.text, "control characters are not allowed");
}

static void depth_of_32_is_fine(void **state)
{
	struct yaml_node *root;

	(void)state;
	root = parse(DEEP_32 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	yaml_node_free(root);
}

/* What takes libyaml, or a careless reader of its events, quadratic time. */
static void floods_end_soon(void **state)
{
	static const char *const units[] = {
		"[",   "- ",  "{a: ",  "? ", "a: ", "%TAG !a! b\n",
		"*a ", "[a,", "- a\n", "\"", ": ",  "\n#x"
	};
	size_t len = LIMIT_CONFIG_BYTES;
	char *text = malloc(len + 1);

	(void)state;
	for (size_t i = 0; i < LENGTH(units); i++) {
		struct yaml_node *root;
		size_t unit = strlen(units[i]);

		for (size_t j = 0; j < len; j++)
			text[j] = units[i][j % unit];
		root = yaml_parse("t", text, len, NULL);
		yaml_node_free(root);
	}
	free(text);
}

static void many_keys_are_compared_in_time(void **state)
{
	struct error err = ERROR_INIT;
	struct yaml_node *root;
	struct buf text;

	(void)state;
	buf_init(&text, LIMIT_CONFIG_BYTES);
	for (unsigned i = 0; i < 100000; i++)
		buf_printf(&text, "k%u:\n", i);
	root = yaml_parse("t", text.data, text.len, &err);
	assert_non_null(root);
	assert_int_equal(root->count, 100000);
	yaml_node_free(root);
	buf_puts(&text, "k77: again\n");
	assert_null(yaml_parse("t", text.data, text.len, &err));
	assert_string_equal(err.where, "t:100001:1");
	assert_string_equal(err.text, "key \"k77\" again, after line 78");
	buf_release(&text);
}

static void knows_its_size(void **state)
{
	struct error err = ERROR_INIT;
	size_t len = LIMIT_CONFIG_BYTES + 1;
	char *text = malloc(len);
	struct yaml_node *root;

	(void)state;
	memset(text, '#', len);
	root = yaml_parse("t", text, len - 1, &err);
	assert_non_null(root);
	yaml_node_free(root);
	assert_null(yaml_parse("t", text, len, &err));
	assert_string_equal(err.where, "t");
	assert_string_equal(err.text, "larger than 1048576 bytes");
	free(text);
}

static void nodes_know_their_place(void **state)
{
	static const char text[] = "\xef\xbb\xbf\xc3\xa9: x\r\n"
				   "list:\n"
				   "  - one\n"
				   "  - \xf0\x9f\x98\x80 : {k: v}\n"
				   "text: |\n"
				   "  body\n";
	const struct yaml_node *node;
	struct error err = ERROR_INIT;
	struct yaml_node *root = parse(text);

	(void)state;
	node = yaml_get(root, "\xc3\xa9");
	assert_int_equal(node->line, 1);
	assert_int_equal(node->column, 4);
	assert_string_equal(text + node->start, strstr(text, "x\r\n"));
	node = yaml_get(root, "list")->children[1];
	assert_int_equal(node->line, 4);
	assert_int_equal(node->column, 5);
	node = yaml_get(yaml_value(node, 0), "k");
	assert_int_equal(node->line, 4);
	assert_int_equal(node->column, 13);
	assert_int_equal(text[node->start], 'v');
	node = yaml_get(root, "text");
	assert_int_equal(node->line, 5);
	assert_int_equal(node->column, 7);
	assert_null(yaml_get(root, "nothing"));
	assert_int_equal(
		yaml_fault("dir/f.yaml", node, &err, ERR_PROMPT, "no %d", 5),
		-1);
	assert_string_equal(err.where, "dir/f.yaml:5:7");
	assert_string_equal(err.text, "no 5");
	yaml_node_free(root);
}

static void unknown_words_have_a_hint(void **state)
{
	static const char *const known[] = { "name", "version", NULL };
	struct yaml_node *root = parse("a: 1\nb: {vresion: 2}\n");
	const struct yaml_node *key = yaml_key(yaml_value(root, 1), 0);
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(
		yaml_fault_unknown("f", key, &err, ERR_PROMPT, "key", known),
		-1);
	assert_int_equal(err.code, ERR_PROMPT);
	assert_string_equal(err.where, "f:2:5");
	assert_string_equal(err.text, "unknown key \"vresion\", did you mean "
				      "\"version\"?");
	err = (struct error)ERROR_INIT;
	yaml_fault_unknown("f", yaml_key(root, 0), &err, ERR_CONFIG, "word",
			   known);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_string_equal(err.text,
			    "unknown word \"a\"; known: name, version");
	yaml_node_free(root);
}

/* In each file X is both in the text and, once, in the file. */
static void text_has_places_too(void **state)
{
	static const char *const files[] = {
		"a: X",
		"a: one X two",
		"a: one\n  two\n\n   X\n",
		"a: |\n  one\n  two X\n",
		"a: |-   # note\n\n\n    one\n      two\n\n    X",
		"a: >+\n  one\n  two\n\n\n  X three\n\n",
		"a: 'it''s X'",
		"a: 'one\n  ''two''\n\n  X'",
		"a: \"X\"",
		"a: \"\\ttab \\\"q\\\" \\\\ \\n X\"",
		"a: \"\\x41\\u00e9\\U0001F600\\N\\_\\L\\P\\e X\"",
		"a: \"\\u0020\\x0a\\ one \\\n   two\n\n  X\"",
		"a: |\r\n  one\r\n  \xc3\xa9 X\r\n",
		"a: one\xc2\x85  two X\n",
		"a: \"\xe2\x80\xa8 one X\"",
		("\xef\xbb\xbf"
		 "a: \xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9 X"),
		"a: |2\n    indented\n  X\n",
		/* line ends of YAML 1.1, raw and escaped */
		"a: > \xe2\x80\xa8 X\n",
		"a: \"one\\\xc2\x85 two\\\xe2\x80\xa9 X\"",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(files); i++) {
		struct text file = { files[i], strlen(files[i]) };
		struct yaml_node *root = parse(files[i]);
		const struct yaml_node *node = yaml_get(root, "a");
		struct place got, want;

		got = yaml_locate(
			file, node,
			(size_t)(strchr(node->text, 'X') - node->text));
		want = place_of(file,
				(size_t)(strchr(files[i], 'X') - files[i]));
		assert_int_equal(got.line, want.line);
		assert_int_equal(got.column, want.column);
		/* the end, and beyond it, stay inside the file */
		yaml_locate(file, node, node->length);
		yaml_locate(file, node, node->length + 99);
		yaml_node_free(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_raw_nul),
		cmocka_unit_test(depth_of_32_is_fine),
		cmocka_unit_test(floods_end_soon),
		cmocka_unit_test(many_keys_are_compared_in_time),
		cmocka_unit_test(knows_its_size),
		cmocka_unit_test(nodes_know_their_place),
		cmocka_unit_test(unknown_words_have_a_hint),
		cmocka_unit_test(text_has_places_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
