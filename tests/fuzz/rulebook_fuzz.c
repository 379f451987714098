/*
 * Any bytes as a rule book, and behind a NUL as a transcript: an error with a
 * place, or a book that listens, and whose evidence lies in the call.
 */
#include "fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "rules/listen.h"
#include "rules/rulebook.h"

static void check_ruling(const struct listening *l, size_t rule)
{
	struct ruling r = listening_judge(l, rule);
	const struct heard *h = r.evidence;
	struct buf quote;

	MUST(!r.silent || !h);
	MUST(r.verdict >= VERDICT_NONE && r.verdict < RULE_VERDICTS);
	if (!h)
		return;
	MUST(h->phrase < l->book->phrase_count);
	MUST(l->book->phrase_of[h->phrase].rule == rule);
	MUST(h->turn < l->turns.count);
	MUST(l->turns.items[h->turn].words.begin <= h->begin);
	MUST(h->begin < h->end);
	MUST(h->end <= l->turns.items[h->turn].words.end);
	buf_init(&quote, LIMIT_ANSWER_TEXT);
	listening_quote(l, h, &quote);
	MUST(quote.len > 2);
	buf_release(&quote);
}

static void listen_to(const struct rulebook *book, struct text call)
{
	struct listening l;

	listening_init(&l, book, call, call);
	for (size_t i = 0; i < book->count; i++)
		check_ruling(&l, i);
	listening_release(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rulebook *own;
	const char *text = (const char *)data;
	const char *nul = size ? memchr(text, '\0', size) : NULL;
	size_t len = nul ? (size_t)(nul - text) : size;
	struct text call = { text + len, size - len };
	struct error err = ERROR_INIT;
	struct rulebook *book = rulebook_read("b", text, len, &err);

	if (!own)
		own = rulebook_load(NULL, NULL);
	MUST(own);
	MUST(book || (err.code == ERR_PROMPT && err.text[0]));
	if (book)
		listen_to(book, call);
	listen_to(own, (struct text){ text, size });
	rulebook_free(book);
	return 0;
}
