/* Words: what is one, and which spellings are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "transcript/words.h"

/* The words of a text, a bar between each two. */
static void join(const char *text, char *out, size_t size)
{
	struct text t = { text, strlen(text) };
	struct word word;
	size_t at = 0, used = 0;

	out[0] = '\0';
	while (words_next(t, &at, &word)) {
		assert_true(word.begin < word.end && word.end <= t.len);
		assert_int_not_equal(word.hash, 0);
		assert_true(at >= word.end);
		used += (size_t)snprintf(
			out + used, size - used, "%s%.*s", used ? "|" : "",
			(int)(word.end - word.begin), text + word.begin);
		assert_true(used < size);
	}
}

static void what_is_a_word(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "", "" },
		{ " ,.;!? \xe2\x80\x94 \xf0\x9f\x99\x82 ", "" },
		{ "Hello, world.", "Hello|world" },
		{ "don't don\xe2\x80\x99t 'so'", "don't|don\xe2\x80\x99t|so" },
		{ "twenty-two well\xe2\x80\x94yes", "twenty|two|well|yes" },
		{ "18.5% of $12,000.00", "18.5|of|12,000.00" },
		{ "3,4 and 1,2345 and 1,234,567.",
		  "3|4|and|1|2345|and|1,234,567" },
		{ "at 4:30.", "at|4|30" },
		{ "[CARD_1] and _so_ __x__", "CARD_1|and|so|x" },
		{ "[PII] is", "PII|is" },
		{ "[noise] a <unk> b (laughs) c [background music] d",
		  "a|b|c|d" },
		{ "[noise a", "noise|a" },
		{ "(maybe) <offer>", "maybe|offer" },
		{ "\xc3\x9c"
		  "ber caf\xc3\xa9",
		  "\xc3\x9c"
		  "ber|caf\xc3\xa9" },
		{ "\xe6\x82\xa8\xe5\xa5\xbd\xef\xbc\x8c\xe8\xaf\xb7",
		  "\xe6\x82\xa8|\xe5\xa5\xbd|\xe8\xaf\xb7" },
		{ "soft\xc2\xadly", "soft\xc2\xadly" },
		{ "a\xff"
		  "b\xc3",
		  "a|b" },
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		join(rows[i].text, out, sizeof(out));
		assert_string_equal(out, rows[i].words);
	}
}

static void spellings_of_one_word(void **state)
{
	static const struct {
		const char *one, *other;
		int same;
	} rows[] = {
		{ "Hello", "hELLO", 1 },
		{ "don't", "don\xe2\x80\x99t", 1 },
		{ "don't", "dont", 1 },
		{ "12,000", "12000", 1 },
		{ "18.5", "185", 0 },
		{ "CARD_1", "card_1", 1 },
		{ "CARD_1", "CARD_2", 0 },
		{ "\xc3\x89t\xc3\xa9", "\xc3\xa9t\xc3\xa9", 1 },
		{ "\xc5\x81\xc3\xb3"
		  "d\xc5\xba",
		  "\xc5\x82\xc3\xb3"
		  "d\xc5\xba",
		  1 },
		{ "\xce\x91\xce\xa9", "\xce\xb1\xcf\x89", 1 },
		{ "\xd0\x96\xd0\x81", "\xd0\xb6\xd1\x91", 1 },
		{ "soft\xc2\xadly", "softly", 1 },
		{ "approved", "denied", 0 },
		{ "ab", "ba", 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(words_hash(rows[i].one) ==
					 words_hash(rows[i].other),
				 rows[i].same);
	assert_int_equal(words_hash("..."), 0);
	assert_int_equal(words_count((struct text){ "a b-c d's", 9 }), 4);
}

static void counts_up_to_enough(void **state)
{
	const struct text four = { "a b-c d's", 9 };

	(void)state;
	assert_int_equal(words_count_to(four, 0), 0);
	assert_int_equal(words_count_to(four, 3), 3);
	assert_int_equal(words_count_to(four, 4), 4);
	assert_int_equal(words_count_to(four, 5), 4);
	assert_int_equal(words_count_to((struct text){ NULL, 0 }, 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_word),
		cmocka_unit_test(spellings_of_one_word),
		cmocka_unit_test(counts_up_to_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
