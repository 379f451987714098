/* Sections of scripts, as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "transcript/script.h"

#define DIGITS_40 "1234567890123456789012345678901234567890"

static const struct {
	const char *script, *sections;
} rows[] = {
	/* numbered by word or heading */
	{ "Section 1: Introduction...", "1: Introduction...\n" },
	{ "Section 1: Hello\nGreet.\nSection 2: Verify\nAsk.\n",
	  "1: Hello\n2: Verify\n" },
	{ "SECTION 3 - INTRO\nSECTION 12 \xe2\x80\x93 TERMS\n",
	  "3: INTRO\n12: TERMS\n" },
	{ "Section 2 Terms\nSection 4\n", "2: Terms\n4: Section 4\n" },
	{ "section #5: five\n[Section 6: Six]\n=== Section 7 ===\n"
	  "--- Section 8: Eight ---\n**Section 9: Nine**\n",
	  "5: five\n6: Six\n7: Section 7\n8: Eight\n9: Nine\n" },
	{ "# Script\n## 1 Hello\ntext\n## 2. Verify\n## 3 - Close ##\n",
	  "1: Hello\n2: Verify\n3: Close\n" },
	{ "## Section 2 - Title\n1. one\n2. two\n## Section 3: Other\n1. x\n",
	  "2: Title\n3: Other\n" },
	{ "Section 1: A\n- Section 2: in a list\nSection 8 vouchers are fine\n"
	  "Sections 3: many\nSection 3.5: half\nSection III: roman\n",
	  "1: A\n" },
	{ "Section 1: A\nSection 2: B\nSection 1: again\n", "1: A\n2: B\n" },
	{ "Section 01: A\nSection 1000: too many\nSection 999: last\n",
	  "1: A\n999: last\n" },
	{ "Section 3: C\nSection 1: A\n", "3: C\n1: A\n" },
	{ "Section 1: \xe4\xbd\xa0\xe5\xa5\xbd\nSection 2 \xe5\x86\x8d\n",
	  "1: \xe4\xbd\xa0\xe5\xa5\xbd\n2: \xe5\x86\x8d\n" },
	{ "Section 1: A\r\nx\r\nSection 2: B\r\n", "1: A\n2: B\n" },
	{ "Section 1: A\rSection 2: B", "1: A\n2: B\n" },
	/* numbered lines */
	{ "1. Hello\n2. Verify\n", "1: Hello\n2: Verify\n" },
	{ "1) Hello\n  text\n2) Verify\n", "1: Hello\n2: Verify\n" },
	{ "1: Hello\n2: Verify:\n", "1: Hello\n2: Verify\n" },
	{ "**1.** Hello\n**2. Verify**\n3.\n",
	  "1: Hello\n2: Verify\n3: Section 3\n" },
	{ "# The script\n\n1. Hello\n   1. Name\n   2. Firm\n2. Verify\n",
	  "1: Hello\n2: Verify\n" },
	{ "  1. Hello\n  2. Verify\n", "1: Hello\n2: Verify\n" },
	{ "1. Hello\n2. Verify\n1. Again\n", "1: Hello\n2: Verify\n" },
	{ "1. Hello\nSAY THIS\n2. Verify\nSAY THAT\n",
	  "1: Hello\n2: Verify\n" },
	{ "3.5% is the rate\n3:00 is the time\n3-4 days\n2024. That year\n",
	  "1: 3.5% is the rate\n" },
	{ "i. Hello\nii. Verify\n", "1: i. Hello\n" },
	/* headings */
	{ "## Hello\ntext\n\n## Verify\n- one:\n- TWO\n",
	  "1: Hello\n2: Verify\n" },
	{ "# Script\n## Hello\n### Sub\n## Verify\n### Sub\n",
	  "1: Hello\n2: Verify\n" },
	{ "# Script\n## Hello\n", "1: Script\n2: Hello\n" },
	{ "## Hello\n1. Name\n2. Firm\n## Close\nBye\n",
	  "1: Hello\n2: Close\n" },
	{ "## 24 hours\n## 7 days\n", "1: 24 hours\n2: 7 days\n" },
	{ "####### seven\n#tag\n", "1: seven\n" },
	{ "**Hello**\ntext\n**Verify**\n", "1: Hello\n2: Verify\n" },
	{ "HELLO\nSay it.\nNote this:\nVERIFY & CLOSE\nBYE NOW.\n",
	  "1: HELLO\n2: VERIFY & CLOSE\n" },
	{ "HELLO\n1. Name\n2. Firm\nVERIFY\n1. Date\n",
	  "1: HELLO\n2: VERIFY\n" },
	{ "Hello:\nSay it.\n\nVerify:\n* A list:\n\xe2\x80\xa2 B LIST\n",
	  "1: Hello\n2: Verify\n" },
	{ "HELLO\ntext\n\nVerify:\ntext\n", "1: HELLO\n2: Verify\n" },
	{ "\xc3\x89T\xc3\x89 ABC\n:\nA\n\xe4\xbd\xa0\xe5\xa5\xbd\n",
	  "1: \xc3\x89T\xc3\x89 ABC\n" },
	/* paragraphs */
	{ "", "" },
	{ " \n\t\n\r\n", "" },
	{ "Say hello.", "1: Say hello.\n" },
	{ "Say hello.\nBe kind.\n\n\nVerify.\n \nClose.",
	  "1: Say hello.\n2: Verify.\n3: Close.\n" },
	{ "Say hello.\r\nBe kind.\r\n\r\nVerify.\r\n",
	  "1: Say hello.\n2: Verify.\n" },
	{ "\n\n- one\n- two\n", "1: - one\n" },
	{ "Say " DIGITS_40 " 4567890123456789012345678901234 x\n",
	  "1: Say " DIGITS_40 " 4567890123456789012345678901234 x\n" },
	/* cut at 80 bytes: after a character, without the space there */
	{ DIGITS_40 DIGITS_40 "1", "1: " DIGITS_40 DIGITS_40 "\n" },
	{ DIGITS_40 "12345678901234567890123456789012345678\xe2\x82\xac",
	  "1: " DIGITS_40 "12345678901234567890123456789012345678\n" },
	{ DIGITS_40 "123456789012345678901234567890123456789 xyz",
	  "1: " DIGITS_40 "123456789012345678901234567890123456789\n" },
};

static void finds_the_sections(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct buf out;

		buf_init(&out, 1 << 20);
		buf_puts(&out, "");
		script_sections(
			(struct text){ rows[i].script, strlen(rows[i].script) },
			&out);
		assert_string_equal(out.data, rows[i].sections);
		buf_release(&out);
	}
}

static void bytes_of_all_kinds(void **state)
{
	static const char script[] = "Section 1: a\0b\n\0Section 2: c\n\0\n";
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 20);
	script_sections((struct text){ script, sizeof(script) - 1 }, &out);
	assert_int_equal(out.len, 7);
	assert_memory_equal(out.data, "1: a\0b\n", 7);
	buf_clear(&out);
	script_sections((struct text){ NULL, 0 }, &out);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

/* 200 KB of each, and twice that, in about twice the time. */
static void takes_linear_time(void **state)
{
	static const char *const units[] = {
		"a",     "#",  "# ", "1. a\n",         "1",        " ",    "\n",
		"a\n\n", "**", "A",  "Section 1: a\n", "Section ", "a:\n", "\r",
		"- ",    "--",
	};
	size_t len = (size_t)200 << 10;
	char *data = malloc(4 * len);
	struct buf out;

	(void)state;
	buf_init(&out, 64 << 20);
	for (size_t i = 0; i < LENGTH(units); i++) {
		clock_t times[2];

		for (size_t j = 0; j < 4 * len; j++)
			data[j] = units[i][j % strlen(units[i])];
		for (int big = 0; big < 2; big++) {
			clock_t begin = clock();

			script_sections(
				(struct text){ data, big ? 4 * len : len },
				&out);
			times[big] = clock() - begin;
			buf_clear(&out);
		}
		/* quadratic would be 16 times; a busy machine is allowed for */
		assert_true(times[1] < 10 * times[0] + CLOCKS_PER_SEC / 5);
	}
	buf_release(&out);
	free(data);
}

/* ---- sections with their text ---------------------------------------- */

static void split_into_texts(void **state)
{
	static const char script[] = "Before.\nSection 2: Terms\nSay it.\n"
				     "Section 7\nSection 3: Close\nBye.";
	static const struct {
		unsigned number;
		const char *text;
	} wanted[] = {
		{ 2, "Terms\nSay it.\n" },
		{ 7, "\n" },
		{ 3, "Close\nBye." },
	};
	struct script_section sections[3];
	struct text text = { script, strlen(script) };

	(void)state;
	assert_int_equal(script_split(text, sections, 3), 3);
	for (size_t i = 0; i < LENGTH(wanted); i++) {
		assert_int_equal(sections[i].number, wanted[i].number);
		assert_int_equal(sections[i].text.len, strlen(wanted[i].text));
		assert_memory_equal(sections[i].text.data, wanted[i].text,
				    sections[i].text.len);
	}
	/* the last that has room goes to the end */
	assert_int_equal(script_split(text, sections, 1), 1);
	assert_int_equal(script_split((struct text){ "", 0 }, sections, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_into_texts),
		cmocka_unit_test(finds_the_sections),
		cmocka_unit_test(bytes_of_all_kinds),
		cmocka_unit_test(takes_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
