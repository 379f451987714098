/* Words that chat models take for control, found and broken. */
#include "base/chat_tokens.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The longest name between `<|` and `|>` that a model family has, and more. */
enum { NAME_MAX_BYTES = 48 };

/* U+FF5C, for which DeepSeek's tokens have no `|`. */
#define WIDE_BAR "\xef\xbd\x9c"

/* Of Llama 2, Mistral, Gemma, Qwen and others; compared without case. */
static const char *const tokens[] = {
	"[INST]",
	"[/INST]",
	"[SYSTEM_PROMPT]",
	"[/SYSTEM_PROMPT]",
	"[AVAILABLE_TOOLS]",
	"[/AVAILABLE_TOOLS]",
	"[TOOL_CALLS]",
	"[TOOL_RESULTS]",
	"[/TOOL_RESULTS]",
	"<<SYS>>",
	"<</SYS>>",
	"<s>",
	"</s>",
	"<bos>",
	"<eos>",
	"<start_of_turn>",
	"<end_of_turn>",
	"<think>",
	"</think>",
	"<thinking>",
	"</thinking>",
	"<tool_call>",
	"</tool_call>",
	"<tool_response>",
	"</tool_response>",
};

static bool begins(struct text t, const char *with)
{
	size_t len = strlen(with);

	return t.len >= len && strncasecmp(t.data, with, len) == 0;
}

/* The length of `<|name|>` at the text's beginning, with either bar; or 0. */
static size_t barred(struct text t, const char *bar)
{
	size_t bar_len = strlen(bar), len = 1 + bar_len;

	if (t.len < len || memcmp(t.data + 1, bar, bar_len) != 0)
		return 0;
	for (size_t n = 0; n < NAME_MAX_BYTES && len < t.len; n++, len++) {
		unsigned char c = (unsigned char)t.data[len];

		if (t.len - len > bar_len && t.data[len + bar_len] == '>' &&
		    memcmp(t.data + len, bar, bar_len) == 0)
			return n > 0 ? len + bar_len + 1 : 0;
		if (!isalnum(c) && c < 0x80 && !strchr("_- ./:", c))
			return 0;
	}
	return 0;
}

/* The length of the token at the text's beginning, or 0. */
static size_t token_length(struct text t)
{
	size_t len;

	if (t.data[0] == '<') {
		len = barred(t, "|");
		if (len == 0)
			len = barred(t, WIDE_BAR);
		if (len > 0)
			return len;
	}
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		if (begins(t, tokens[i]))
			return strlen(tokens[i]);
	return 0;
}

bool chat_token_next(struct text text, size_t *at, size_t *end)
{
	for (; *at < text.len; (*at)++) {
		struct text rest = { text.data + *at, text.len - *at };
		size_t len;

		if (*rest.data != '<' && *rest.data != '[')
			continue;
		len = token_length(rest);
		if (len > 0) {
			*end = *at + len;
			return true;
		}
	}
	return false;
}

void chat_tokens_put(struct buf *out, struct text text)
{
	size_t at = 0, done = 0, end;

	while (chat_token_next(text, &at, &end)) {
		buf_put(out, text.data + done, at + 1 - done);
		buf_putc(out, ' ');
		done = at = at + 1; /* the rest may hold another one */
	}
	if (text.len > done)
		buf_put(out, text.data + done, text.len - done);
}
