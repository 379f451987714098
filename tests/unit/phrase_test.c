/* Phrases: what the language says, by table; and against trying everything. */
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
#include "transcript/phrase.h"

/* Collects "id:quote;" of each match. */
struct collector {
	const char *text;
	struct buf out;
};

static void collect(void *ctx, const struct phrase_match *m)
{
	struct collector *c = ctx;

	assert_true(m->begin < m->end && m->first_word < m->behind_word);
	buf_printf(&c->out, "%zu:%.*s;", m->id, (int)(m->end - m->begin),
		   c->text + m->begin);
}

static void expect(const struct phrases *p, const char *text,
		   const char *expected)
{
	struct collector c = { .text = text };

	buf_init(&c.out, LIMIT_REPORT_BYTES);
	buf_puts(&c.out, "");
	phrases_find(p, (struct text){ text, strlen(text) }, collect, &c);
	assert_string_equal(c.out.data ? c.out.data : "", expected);
	buf_release(&c.out);
}

static void add(struct phrases *p, const char *pattern, size_t id)
{
	struct error err = ERROR_INIT;

	if (phrases_add(p, pattern, id, &err) < 0)
		fail_msg("%s", err.text);
}

static void one_phrase(void **state)
{
	static const struct {
		const char *pattern, *text, *found;
	} rows[] = {
		{ "recorded line", "On a Recorded  LINE, sir.",
		  "0:Recorded  LINE;" },
		{ "recorded line", "recorded and line", "" },
		{ "don't", "I don\xe2\x80\x99t know", "0:don\xe2\x80\x99t;" },
		{ "e-mail", "an e mail, an e-mail", "0:e mail;0:e-mail;" },
		{ "(a|b c) d", "a d, b c d, c d", "0:a d;0:b c d;" },
		{ "no guarantee? of", "no of, no guarantee of",
		  "0:no of;0:no guarantee of;" },
		{ "a (b|c)? d", "a d a b d a c d a b c d",
		  "0:a d;0:a b d;0:a c d;" },
		{ "ignore ...2 rules", "ignore rules", "0:ignore rules;" },
		{ "ignore ...2 rules", "ignore all the rules",
		  "0:ignore all the rules;" },
		{ "ignore ...2 rules", "ignore all of the rules", "" },
		/* the shortest: what began last */
		{ "ignore ...2 rules", "ignore, ignore the rules",
		  "0:ignore the rules;" },
		/* no overlap, and on it goes */
		{ "a a", "a a a a a", "0:a a;0:a a;" },
		{ "(a|a b) c", "a b c a c", "0:a b c;0:a c;" },
		{ "x ... y", "x 1 2 3 4 5 6 7 8 y", "0:x 1 2 3 4 5 6 7 8 y;" },
		{ "x ... y", "x 1 2 3 4 5 6 7 8 9 y", "" },
		{ "(a|b) c? (d|e f)? g", "b c e f g", "0:b c e f g;" },
		{ "a? b", "a b", "0:b;" }, /* the shortest */
		{ "a", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct phrases *p = phrases_new();

		add(p, rows[i].pattern, 0);
		expect(p, rows[i].text, rows[i].found);
		phrases_free(p);
	}
}

static void many_phrases(void **state)
{
	struct phrases *p = phrases_new();
	char pattern[32];

	(void)state;
	expect(p, "nothing to find", "");
	for (size_t i = 0; i < 300; i++) {
		snprintf(pattern, sizeof(pattern), "begin w%zu", i);
		add(p, pattern, i);
	}
	add(p, "begin w7 ...2 end", 1000);
	add(p, "other words", 7);
	expect(p, "begin w7 x end. Other words! begin w299",
	       "7:begin w7;1000:begin w7 x end;7:Other words;"
	       "299:begin w299;");
	phrases_free(p);
	phrases_free(NULL);
}

static void faults(void **state)
{
	static const struct {
		const char *pattern, *told;
	} rows[] = {
		{ "", "character 1: a word was expected" },
		{ "a |", "character 4: a word was expected" },
		{ "(a", "character 3: a `)` was expected" },
		{ "a)", "character 2: a `)` without its `(`" },
		{ "a?", "character 3: it would match where nothing is said" },
		{ "... a", "it begins with a gap" },
		{ "a? ... b", "it begins with a gap" },
		{ "a ...", "it ends with a gap" },
		{ "a ...9 b", "a gap has 1 to 8 words" },
		{ "a ...0 b", "a gap has 1 to 8 words" },
		{ "?", "a word was expected" },
		{ "a ! b", "character 3: a word was expected" },
		{ "((((((((((((((((((a))))))))))))))))))",
		  "parentheses are nested too deeply" },
		{ "a ... b ... c ... d ... e ... f ... g ... h ... i",
		  "more than 64 words, gaps included" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct phrases *p = phrases_new();
		struct error err = ERROR_INIT;

		assert_int_equal(phrases_add(p, rows[i].pattern, 0, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		if (!strstr(err.text, rows[i].told))
			fail_msg("%s: %s", rows[i].pattern, err.text);
		expect(p, "a b c", "");
		phrases_free(p);
	}
}

/* ---- against trying everything --------------------------------------- */

/* A pattern as a tree: 'w' word, 'g' gap, 's' sequence, 'c' choice, '?'. */
struct node {
	char kind;
	int value; /* word's number, gap's length */
	struct node *a, *b;
};

static unsigned random_state;

static int random_below(int n)
{
	random_state = random_state * 1103515245u + 12345u;
	return (int)(random_state >> 16 & 0x7fff) % n;
}

static struct node *node(char kind, int value, struct node *a, struct node *b)
{
	struct node *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	*n = (struct node){ kind, value, a, b };
	return n;
}

static struct node *random_node(int depth)
{
	switch (depth > 0 ? random_below(6) : 0) {
	case 1:
	case 2:
		return node('s', 0, random_node(depth - 1),
			    random_node(depth - 1));
	case 3:
		return node('c', 0, random_node(depth - 1),
			    random_node(depth - 1));
	case 4:
		return node('?', 0, random_node(depth - 1), NULL);
	case 5:
		return node('g', 1 + random_below(2), NULL, NULL);
	default:
		return node('w', random_below(3), NULL, NULL);
	}
}

static void free_node(struct node *n)
{
	if (!n)
		return;
	free_node(n->a);
	free_node(n->b);
	free(n);
}

static void print_node(struct buf *out, const struct node *n)
{
	switch (n->kind) {
	case 'w':
		buf_putc(out, (char)('a' + n->value));
		break;
	case 'g':
		buf_printf(out, "...%d", n->value);
		break;
	case '?':
		buf_putc(out, '(');
		print_node(out, n->a);
		buf_puts(out, ")?");
		break;
	default:
		buf_putc(out, '(');
		print_node(out, n->a);
		buf_puts(out, n->kind == 's' ? " " : "|");
		print_node(out, n->b);
		buf_putc(out, ')');
	}
}

/* The set of ends (bits) that a match of n from the ends in `from` can have. */
static unsigned ends(const struct node *n, const char *words, unsigned from)
{
	unsigned out = 0, len = (unsigned)strlen(words);

	switch (n->kind) {
	case 'w':
		for (unsigned i = 0; i < len; i++)
			if (from >> i & 1 && words[i] == 'a' + n->value)
				out |= 1u << (i + 1);
		return out;
	case 'g':
		for (unsigned i = 0; i <= len; i++)
			for (unsigned k = 0;
			     from >> i & 1 && k <= (unsigned)n->value &&
			     i + k <= len;
			     k++)
				out |= 1u << (i + k);
		return out;
	case 's':
		return ends(n->b, words, ends(n->a, words, from));
	case 'c':
		return ends(n->a, words, from) | ends(n->b, words, from);
	default:
		return from | ends(n->a, words, from);
	}
}

/* Word by word: the youngest beginning behind the last match that ends here. */
static void expected_matches(const struct node *n, const char *words,
			     struct buf *out)
{
	int len = (int)strlen(words), behind = 0;

	for (int end = 1; end <= len; end++) {
		for (int from = end - 1; from >= behind; from--) {
			if (!(ends(n, words, 1u << from) >> end & 1))
				continue;
			buf_printf(out, "%d-%d;", from, end);
			behind = end;
			break;
		}
	}
}

static void put_match(void *ctx, const struct phrase_match *m)
{
	buf_printf(ctx, "%zu-%zu;", m->first_word, m->behind_word);
}

static void compare_once(const struct node *n, struct phrases *p)
{
	char words[13] = "", text[64] = "";
	int len = random_below(12);
	struct buf want, got;

	for (int i = 0; i < len; i++) {
		words[i] = (char)('a' + random_below(4));
		text[2 * i] = words[i];
		text[2 * i + 1] = ' ';
	}
	buf_init(&want, LIMIT_REPORT_BYTES);
	buf_init(&got, LIMIT_REPORT_BYTES);
	buf_puts(&want, "|");
	buf_puts(&got, "|");
	expected_matches(n, words, &want);
	phrases_find(p, (struct text){ text, strlen(text) }, put_match, &got);
	assert_string_equal(got.data, want.data);
	buf_release(&want);
	buf_release(&got);
}

static void against_trying_everything(void **state)
{
	int compared = 0;

	(void)state;
	random_state = 20261122;
	for (int i = 0; i < 3000; i++) {
		struct node *n = random_node(4);
		struct phrases *p = phrases_new();
		struct buf pattern;

		buf_init(&pattern, LIMIT_REPORT_BYTES);
		print_node(&pattern, n);
		if (phrases_add(p, pattern.data, 0, NULL) == 0) {
			for (int k = 0; k < 20; k++)
				compare_once(n, p);
			compared++;
		}
		buf_release(&pattern);
		phrases_free(p);
		free_node(n);
	}
	assert_in_range(compared, 500, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_phrase),
		cmocka_unit_test(many_phrases),
		cmocka_unit_test(faults),
		cmocka_unit_test(against_trying_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
