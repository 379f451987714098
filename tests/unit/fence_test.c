/* The fence: markers that occur nowhere, and templates that have one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "prompt/fence.h"
#include "prompt/prompts.h"

#define TEXT(s)                  \
	{                        \
		s, sizeof(s) - 1 \
	}

/* The n-th marker, by the header's words. */
static void marker_by_hand(unsigned n, struct text transcript, char *marker)
{
	char hex[SHA256_HEX_SIZE];
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_printf(&b, "%u\n", n);
	buf_put(&b, transcript.data, transcript.len);
	sha256_hex(b.data, b.len, hex);
	buf_release(&b);
	memcpy(marker, hex, 32);
	marker[32] = '\0';
}

static void is_a_hash(void **state)
{
	static const struct text texts[] = {
		TEXT("Agent: Hello."), TEXT(""),
		TEXT("a\0b\0"),        TEXT("{{marker}} \xf0\x9f\x98\x80"),
		{ NULL, 0 },
	};
	char marker[MARKER_SIZE], want[MARKER_SIZE];

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		marker_by_hand(0, texts[i], want);
		fence_marker(&texts[i], 1, marker);
		assert_string_equal(marker, want);
	}
	/* SHA-256 of "0\n" */
	fence_marker(&texts[1], 1, marker);
	assert_string_equal(marker, "9a271f2a916b0b6ee6cecb2426f0b320");
}

/* Texts that hold the first markers, at their begin, middle and end. */
static void passes_over_what_occurs(void **state)
{
	struct text transcript = TEXT("Agent: Hello.");
	char first[MARKER_SIZE], second[MARKER_SIZE], third[MARKER_SIZE];
	char marker[MARKER_SIZE];
	struct buf holds;

	(void)state;
	marker_by_hand(0, transcript, first);
	marker_by_hand(1, transcript, second);
	marker_by_hand(2, transcript, third);
	buf_init(&holds, 1 << 20);
	for (int before = 0; before < 70; before++) {
		for (int after = 0; after < 2; after++) {
			struct text texts[3] = { transcript, TEXT("none") };

			buf_clear(&holds);
			for (int i = 0; i < before; i++)
				buf_putc(&holds, first[31 - i % 32]);
			buf_puts(&holds, first);
			buf_puts(&holds, after ? "\n" : "");
			texts[2] = (struct text){ holds.data, holds.len };
			fence_marker(texts, 3, marker);
			assert_string_equal(marker, second);

			buf_puts(&holds, second);
			texts[2] = (struct text){ holds.data, holds.len };
			fence_marker(texts, 3, marker);
			assert_string_equal(marker, third);
		}
	}
	buf_release(&holds);
}

/* Nearly a marker is none: cut short, changed, in other case. */
static void look_alikes_do_not_matter(void **state)
{
	struct text transcript = TEXT("Agent: Hello.");
	char first[MARKER_SIZE], like[MARKER_SIZE], marker[MARKER_SIZE];

	(void)state;
	marker_by_hand(0, transcript, first);
	for (size_t i = 0; i < 32; i++) {
		struct text texts[2] = { transcript, { like, 32 } };

		memcpy(like, first, sizeof(like));
		like[i] = like[i] == '0' ? '1' : '0';
		fence_marker(texts, 2, marker);
		assert_string_equal(marker, first);
		texts[1] = (struct text){ first + 1, i };
		fence_marker(texts, 2, marker);
		assert_string_equal(marker, first);
		texts[1] = (struct text){ first, i };
		fence_marker(texts, 2, marker);
		assert_string_equal(marker, first);
	}
}

static void long_texts_are_searched(void **state)
{
	struct text transcript = TEXT("x");
	char first[MARKER_SIZE], second[MARKER_SIZE], marker[MARKER_SIZE];
	size_t len = (size_t)8 << 20;
	char *data = malloc(len);
	struct text texts[2] = { transcript, { data, len } };

	(void)state;
	marker_by_hand(0, transcript, first);
	marker_by_hand(1, transcript, second);
	memset(data, first[31], len); /* the search's slowest steps */
	fence_marker(texts, 2, marker);
	assert_string_equal(marker, first);
	memcpy(data + len - 32, first, 32);
	fence_marker(texts, 2, marker);
	assert_string_equal(marker, second);
	free(data);
}

static void stands(void **state)
{
	static const char *const names[] = { "t", "m", "x", NULL };
	static const struct {
		const char *source;
		int at; /* of the fault; -1: it stands */
	} rows[] = {
		{ "no transcript, {{m}} or not", -1 },
		{ "{{m}}\n{{t}}\n{{m}}", -1 },
		{ "a\n-- {{m}} --\n{{t}}\n-- {{m}} --\nb", -1 },
		{ "{{m}}\n{{t}}\n{{m}}\n{{m}}\n{{t}}\n{{m}}", -1 },
		{ "{{t}}", 0 },
		{ "{{m}}{{t}}{{m}}", 5 },
		{ "{{m}}\n{{t}}", 6 },
		{ "{{m}}\n{{t}}\n", 6 },
		{ "{{t}}\n{{m}}", 0 },
		{ "{{m}}\n\n{{t}}\n{{m}}", 7 },
		{ "{{m}}\n{{t}}\n\n{{m}}", 6 },
		{ "{{m}}\n {{t}}\n{{m}}", 7 },
		{ "{{m}}\n{{t}} \n{{m}}", 6 },
		{ "{{m}}\n{{t}}\n{{x}}{{m}}", 6 },
		{ "{{m}}{{x}}\n{{t}}\n{{m}}", 11 },
		{ "{{x}}\n{{t}}\n{{m}}", 6 },
		{ "{{m}}\n{{t}}\n{{x}}", 6 },
		{ "{{m}}\n{{t}}\n{{m}}\n{{t}}", 18 },
		{ "marker\n{{t}}\nmarker", 7 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct template_source source = {
			.name = "x",
			.text = { rows[i].source, strlen(rows[i].source) },
		};
		struct template *t = template_compile(
			&source, &(struct template_names){ .list = names },
			NULL);
		size_t offset = 0;

		assert_non_null(t);
		assert_int_equal(fence_stands(t, 0, 1, &offset),
				 rows[i].at < 0);
		if (rows[i].at >= 0)
			assert_int_equal(offset, rows[i].at);
		template_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_a_hash),
		cmocka_unit_test(passes_over_what_occurs),
		cmocka_unit_test(look_alikes_do_not_matter),
		cmocka_unit_test(long_texts_are_searched),
		cmocka_unit_test(stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
