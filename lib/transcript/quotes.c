/* The quotes in what a model writes. */
#include "transcript/quotes.h"

#include <string.h>

#include "base/ascii.h"
#include "base/compiler.h"
#include "transcript/label.h"

enum { LABEL_MOST = 60 };

/* ---- marks ----------------------------------------------------------- */

struct marks {
	const char *open, *close;
};

/* Straight ones first: what they are depends on what is around. */
static const struct marks marks[] = {
	{ "\"", "\"" },
	{ "\xe2\x80\x9c", "\xe2\x80\x9d" },
	{ "\xe2\x80\x9e", "\xe2\x80\x9c" },
	{ "\xc2\xab", "\xc2\xbb" },
};

static bool in_word(char c)
{
	return is_alnum(c) || is_high(c);
}

/* The kind of mark that opens at `at`, or NULL. */
static const struct marks *opens_at(struct text t, size_t at)
{
	for (size_t i = 0; i < LENGTH(marks); i++) {
		if (!text_begins(text_skip(t, at), marks[i].open))
			continue;
		if (i == 0 && at > 0 && in_word(t.data[at - 1]))
			continue; /* 6" */
		return &marks[i];
	}
	return NULL;
}

/* Where the mark closes that opened before `at`; t.len if nowhere. */
static size_t close_of(struct text t, size_t at, const struct marks *m)
{
	for (size_t i = at; i < t.len; i++) {
		size_t end = i + strlen(m->close);

		if (!text_begins(text_skip(t, i), m->close))
			continue;
		if (m == &marks[0] && end < t.len && in_word(t.data[end]) &&
		    i > at)
			continue; /* "the "big" one" */
		return i;
	}
	return t.len;
}

/* ---- labels ---------------------------------------------------------- */

/* What stands before a mark and ends in a colon, back to a sentence's end. */
static struct text label_before(struct text t, size_t mark)
{
	size_t end = mark, begin;

	while (end > 0 && is_space(t.data[end - 1]))
		end--;
	if (end == 0 || t.data[end - 1] != ':')
		return (struct text){ t.data, 0 };
	end--;
	for (begin = end; begin > 0 && end - begin < LABEL_MOST; begin--)
		if (strchr(".!?;:\"\n(", t.data[begin - 1]) ||
		    (begin > 1 && t.data[begin - 1] == '/' &&
		     is_space(t.data[begin - 2])))
			break;
	return text_trim((struct text){ t.data + begin, end - begin });
}

/* The speaker with this label, or SPEAKER_NONE. */
static size_t speaker_of(struct text label, const struct turns *turns)
{
	uint64_t key = label_key(label);

	for (size_t i = 0; key != 0 && i < turns->speaker_count; i++)
		if (label_key(turns->speakers[i].label) == key)
			return i;
	return SPEAKER_NONE;
}

static enum role role_of(struct text label)
{
	switch (label_word(label)) {
	case WORD_AGENT:
		return ROLE_AGENT;
	case WORD_CUSTOMER:
	case WORD_CALLER:
		return ROLE_CUSTOMER;
	case WORD_OTHER:
		return ROLE_OTHER;
	default:
		return ROLE_UNKNOWN;
	}
}

static struct text skip_word(struct text t)
{
	while (t.len > 0 && !is_space(t.data[0]))
		t = text_skip(t, 1);
	return text_trim(t);
}

struct claim quotes_claim(struct quote *quote, const struct turns *turns)
{
	struct claim claim = { SPEAKER_NONE, ROLE_UNKNOWN };

	for (struct text t = quote->label; t.len > 0; t = skip_word(t)) {
		claim.speaker = speaker_of(t, turns);
		if (claim.speaker == SPEAKER_NONE)
			continue;
		claim.role = turns->speakers[claim.speaker].role;
		quote->label = t;
		return claim;
	}
	for (struct text t = quote->label; t.len > 0; t = skip_word(t)) {
		claim.role = role_of(t);
		if (claim.role == ROLE_UNKNOWN)
			continue;
		quote->label = t;
		return claim;
	}
	return claim;
}

/* ---- quotes ---------------------------------------------------------- */

/* A string without marks: all of it, without the label in front. */
static struct quote whole_of(struct text string, const struct turns *turns)
{
	struct quote quote = { text_trim(string), { string.data, 0 } };
	struct head head = label_parse(quote.words);

	if (head.style == LABEL_NONE || head.style == LABEL_ALONE)
		return quote;
	if (head.word == WORD_NAME &&
	    speaker_of(head.label, turns) == SPEAKER_NONE)
		return quote;
	quote.label = head.label;
	quote.words = text_skip(quote.words, head.words);
	return quote;
}

size_t quotes_find(struct text string, bool whole, const struct turns *turns,
		   struct quote *quotes, size_t most)
{
	size_t count = 0, at = 0;

	while (at < string.len) {
		const struct marks *m = opens_at(string, at);
		size_t begin, end;

		if (!m) {
			at++;
			continue;
		}
		begin = at + strlen(m->open);
		end = close_of(string, begin, m);
		if (end > begin && count < most)
			quotes[count] = (struct quote){
				{ string.data + begin, end - begin },
				label_before(string, at)
			};
		count += end > begin;
		at = end + strlen(m->close);
	}
	if (count == 0 && whole && text_trim(string).len > 0 && most > 0) {
		quotes[0] = whole_of(string, turns);
		return 1;
	}
	return count;
}
