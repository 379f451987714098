/*
 * Any bytes as transcript and script (parted by a NUL): turns partition the
 * text, and words lie in order.
 */
#include "fuzz.h"

#include <string.h>

#include "transcript/turns.h"
#include "transcript/words.h"

static void check_words(struct text text)
{
	struct word word;
	size_t at = 0, before = 0;

	while (words_next(text, &at, &word)) {
		MUST(word.begin >= before && word.begin < word.end);
		MUST(word.end <= at && at <= text.len);
		MUST(word.hash != 0 && word.letters > 0);
		before = word.end;
	}
}

static void check_turns(const struct turns *t)
{
	size_t at = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct turn *turn = &t->items[i];

		MUST(turn->whole.begin >= at);
		MUST(turn->whole.begin < turn->whole.end);
		MUST(turn->whole.end <= t->text.len);
		MUST(turn->whole.begin <= turn->words.begin);
		MUST(turn->words.begin <= turn->words.end);
		MUST(turn->words.end <= turn->whole.end);
		MUST(turn->start >= -1 && turn->end >= -1);
		MUST(turn->speaker == SPEAKER_NONE ||
		     turn->speaker < t->speaker_count);
		MUST(turns_at(t, turn->whole.begin) == i);
		MUST(turns_at(t, turn->whole.end - 1) == i);
		at = turn->whole.end;
		check_words(turns_words(t, i));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *nul = size ? memchr(text, '\0', size) : NULL;
	struct text transcript = { text, nul ? (size_t)(nul - text) : size };
	struct text script = { text, 0 };
	struct turns turns;

	if (nul)
		script = (struct text){ nul + 1, size - transcript.len - 1 };
	check_words((struct text){ text, size });
	turns_init(&turns, transcript, script);
	check_turns(&turns);
	for (size_t i = 0; i < turns.speaker_count; i++) {
		const struct speaker *s = &turns.speakers[i];

		MUST(s->label.data >= text);
		MUST(s->label.data + s->label.len <= text + transcript.len);
		MUST(s->confidence >= 0 && s->confidence <= 1);
		MUST((s->basis == BASIS_NONE) == (s->role == ROLE_UNKNOWN));
	}
	turns_release(&turns);
	return 0;
}
