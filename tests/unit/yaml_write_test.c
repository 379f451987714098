/* Texts written as YAML are read again as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "data/yaml.h"

static void check(const char *text, size_t len)
{
	struct error err = ERROR_INIT;
	struct yaml_node *root;
	const struct yaml_node *first, *b;
	struct buf file;

	buf_init(&file, LIMIT_PROMPT_BYTES);
	buf_puts(&file, "list:\n  - a: ");
	yaml_write_text(&file, (struct text){ text, len }, 6);
	buf_puts(&file, "    b: end\n");
	root = yaml_parse("x", file.data, file.len, &err);
	if (!root)
		fail_msg("%s: %s in\n%s", err.where, err.text, file.data);
	first = yaml_get(root, "list")->children[0];
	b = yaml_get(first, "b");
	first = yaml_get(first, "a");
	if (first->length != len || memcmp(first->text, text, len) != 0 || !b ||
	    strcmp(b->text, "end") != 0)
		fail_msg("read as \"%s\" out of\n%s", first->text, file.data);
	yaml_node_free(root);
	buf_release(&file);
}

static void is_read_again(void **state)
{
	static const char *const texts[] = {
		"plain",
		"two\nlines",
		"end\n",
		"ends\n\n\n",
		"\n",
		"\n\n",
		"\nlater",
		" indented\nnot",
		"  \n x",
		"\ttab",
		"a\n\tb\n  c\n\n\n d ",
		"trailing  \n ",
		"- a\n# b\n--- c\n... d\n%e\n&f *g !h |\n: i\n'\"{}[]",
		"---",
		"# no comment",
		"\"quoted\"",
		"",
		"a\rb\r\nc",
		"esc \x1b[31m",
		"del \x7f",
		"\xc2\x80 \xc2\x85 \xc2\x9f \xc2\xa0",
		"\xe2\x80\xa8 \xe2\x80\xa9 \xef\xbb\xbf",
		"\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd",
		"\xed\x9f\xbf \xf0\x9f\x98\x80 \xc3\xa9",
		"back\\slash \\n \\x41 \x07",
		"{{ a }}\n{% if b %}\n  {# c #}\n{% endif %}\n",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++)
		check(texts[i], strlen(texts[i]));
}

/* All texts of up to five out of the characters that matter. */
static void short_texts_are_read_again(void **state)
{
	static const char letters[] = " \t\na:#-|\"\\\r";
	enum { LETTERS = sizeof(letters) - 1, LONGEST = 5 };
	char text[LONGEST];

	(void)state;
	for (size_t len = 1, count = LETTERS; len <= LONGEST;
	     len++, count *= LETTERS)
		for (size_t n = 0; n < count; n += len < LONGEST ? 1 : 7) {
			size_t rest = n;

			for (size_t i = 0; i < len; i++, rest /= LETTERS)
				text[i] = letters[rest % LETTERS];
			check(text, len);
		}
}

static void is_a_block_where_it_can_be(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	yaml_write_text(&b, (struct text){ "a\n\n b\n", 6 }, 4);
	yaml_write_text(&b, (struct text){ " a", 2 }, 2);
	yaml_write_text(&b, (struct text){ "a\rb\x7f", 4 }, 2);
	assert_string_equal(b.data, "|+\n    a\n\n     b\n"
				    "|2-\n   a\n"
				    "\"a\\rb\\x7F\"\n");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_read_again),
		cmocka_unit_test(short_texts_are_read_again),
		cmocka_unit_test(is_a_block_where_it_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
