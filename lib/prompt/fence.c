/* The fence around a transcript: its marker, and whether it stands. */
#include "prompt/fence.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "prompt/prompts.h"
#include "prompt/segment.h"

enum { MARKER_LEN = MARKER_SIZE - 1 };

/* ---- does it stand? -------------------------------------------------- */

/* Is the i-th segment fixed text with one line break, and that at `edge`? */
static bool is_line_edge(const struct template *t, size_t i, bool at_end)
{
	struct text text = segment_text(t, i);
	const char *edge = text.data + (at_end ? text.len - 1 : 0);

	return t->segments[i].value == SEGMENT_LITERAL &&
	       memchr(text.data, '\n', text.len) == edge &&
	       (at_end || !memchr(edge + 1, '\n', text.len - 1));
}

bool fence_stands(const struct template *t, size_t transcript, size_t marker,
		  size_t *offset)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->segments[i].value != transcript)
			continue;
		/* marker, rest of its line, transcript, line up to marker */
		if (i < 2 || i + 2 >= t->count ||
		    t->segments[i - 2].value != marker ||
		    !is_line_edge(t, i - 1, true) ||
		    !is_line_edge(t, i + 1, false) ||
		    t->segments[i + 2].value != marker) {
			*offset = t->segments[i].offset;
			return false;
		}
	}
	return true;
}

/* ---- the marker ------------------------------------------------------ */

/*
 * Horspool's search: a marker has 32 letters out of 16, so the text is mostly
 * passed over in steps of 32.
 */
static bool contains(struct text text, const char *marker)
{
	unsigned char skip[256];
	const unsigned char *s = (const unsigned char *)text.data;
	size_t at = 0;

	memset(skip, MARKER_LEN, sizeof(skip));
	for (unsigned char i = 0; i < MARKER_LEN - 1; i++)
		skip[(unsigned char)marker[i]] = MARKER_LEN - 1 - i;
	while (text.len - at >= MARKER_LEN) {
		if (memcmp(s + at, marker, MARKER_LEN) == 0)
			return true;
		at += skip[s[at + MARKER_LEN - 1]];
	}
	return false;
}

static void make_marker(unsigned long n, struct text transcript,
			char marker[MARKER_SIZE])
{
	char digits[32], hex[SHA256_HEX_SIZE];
	struct sha256 h;

	snprintf(digits, sizeof(digits), "%lu\n", n);
	sha256_init(&h);
	sha256_put(&h, digits, strlen(digits));
	sha256_put(&h, transcript.data, transcript.len);
	sha256_end_hex(&h, hex);
	memcpy(marker, hex, MARKER_LEN);
	marker[MARKER_LEN] = '\0';
}

void fence_marker(const struct text *texts, size_t count,
		  char marker[MARKER_SIZE])
{
	size_t i;

	/* Ends: the texts are finite, the markers are not. */
	for (unsigned long n = 0;; n++) {
		make_marker(n, texts[0], marker);
		for (i = 0; i < count && !contains(texts[i], marker); i++)
			;
		if (i == count)
			return;
	}
}
