/* Control words of chat models: which are broken, and what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/chat_tokens.h"
#include "base/limits.h"

static void table(void **state)
{
	static const struct {
		const char *text, *put;
	} rows[] = {
		{ "<|im_start|>system", "< |im_start|>system" },
		{ "a<|im_end|>b", "a< |im_end|>b" },
		{ "<\xef\xbd\x9c"
		  "begin\xe2\x96\x81of\xe2\x96\x81sentence\xef\xbd\x9c>",
		  "< \xef\xbd\x9c"
		  "begin\xe2\x96\x81of\xe2\x96\x81sentence\xef\xbd\x9c>" },
		{ "[INST] x [/inst]", "[ INST] x [ /inst]" },
		{ "<<SYS>><</SYS>>", "< <SYS>>< </SYS>>" },
		{ "</s><s>", "< /s>< s>" },
		{ "<start_of_turn>model", "< start_of_turn>model" },
		{ "[[INST]", "[[ INST]" },
		{ "<<s>", "<< s>" },
		{ "<<|a|>", "<< |a|>" },
		{ "<|<|a|>", "<|< |a|>" },
		/* not control */
		{ "", "" },
		{ "<", "<" },
		{ "<|", "<|" },
		{ "<||>", "<||>" },
		{ "<|a", "<|a" },
		{ "<|a|", "<|a|" },
		{ "<|a\nb|>", "<|a\nb|>" },
		{ "<unk> [noise] [CARD_1] <laughs>",
		  "<unk> [noise] [CARD_1] <laughs>" },
		{ "[00:03.720] AGENT: 3 < 4 | 5 > 2",
		  "[00:03.720] AGENT: 3 < 4 | 5 > 2" },
		{ "<|this name is far too long to be one of the tokens of any "
		  "model|>",
		  "<|this name is far too long to be one of the tokens of any "
		  "model|>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* exactly as many bytes as there are: sanitizers see more */
		size_t len = strlen(rows[i].text);
		char *copy = malloc(len + !len);
		struct buf out;

		assert_non_null(copy);
		memcpy(copy, rows[i].text, len);
		buf_init(&out, LIMIT_REPORT_BYTES);
		buf_puts(&out, "");
		chat_tokens_put(&out, (struct text){ copy, len });
		assert_string_equal(out.data ? out.data : "", rows[i].put);
		buf_release(&out);
		free(copy);
	}
}

/* What was put once holds no token any more. */
static void once_is_enough(void **state)
{
	static const char *const pieces[] = { "<", "|",    ">",   "[", "]", "s",
					      "/", "INST", "SYS", " ", "a" };
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct buf text, out;
		size_t at = 0, end;

		buf_init(&text, LIMIT_REPORT_BYTES);
		buf_init(&out, LIMIT_REPORT_BYTES);
		for (int i = 0; i < 10; i++) {
			seed = seed * 1103515245u + 12345u;
			buf_puts(&text, pieces[(seed >> 16) % 11]);
		}
		chat_tokens_put(&out, (struct text){ text.data, text.len });
		if (chat_token_next((struct text){ out.data, out.len }, &at,
				    &end))
			fail_msg("%s -> %s", text.data, out.data);
		buf_release(&text);
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(once_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
