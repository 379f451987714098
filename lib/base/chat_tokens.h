/*
 * Words that chat models take for control: `<|im_start|>`, `[INST]`, `</s>`.
 *
 * Servers that tokenise a prompt as one text read them as the end of a message
 * wherever they stand, in a transcript too.  In what is inserted into a prompt
 * a space breaks them: `< |im_start|>`.
 */
#ifndef BASE_CHAT_TOKENS_H
#define BASE_CHAT_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/text.h"

/*
 * Finds the first token at or behind byte *at: its bytes are [*at, *end).
 * False if there is none.  Linear time over all calls on one text.
 */
bool chat_token_next(struct text text, size_t *at, size_t *end);

/* Appends the text with each token broken by a space behind its first byte. */
void chat_tokens_put(struct buf *out, struct text text);

#endif
