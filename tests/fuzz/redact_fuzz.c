/*
 * Any bytes as a transcript: what is redacted stays UTF-8, leads back to where
 * it was, holds everything else, and holds nothing more to redact.
 */
#include <string.h>

#include "fuzz.h"
#include "transcript/redact.h"

#define ALL (REDACT_BIT(REDACT_CLASSES) - 1u)

/* Well-formed, by Unicode's table 3-7? */
static bool is_utf8(const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;

	for (size_t i = 0, n; i < len; i += n) {
		n = s[i] < 0x80   ? 1
		    : s[i] < 0xc2 ? 0
		    : s[i] < 0xe0 ? 2
		    : s[i] < 0xf0 ? 3
		    : s[i] < 0xf5 ? 4
				  : 0;
		if (n == 0 || n > len - i)
			return false;
		for (size_t k = 1; k < n; k++)
			if ((s[i + k] & 0xc0) != 0x80)
				return false;
		if ((s[i] == 0xe0 && s[i + 1] < 0xa0) ||
		    (s[i] == 0xed && s[i + 1] > 0x9f) ||
		    (s[i] == 0xf0 && s[i + 1] < 0x90) ||
		    (s[i] == 0xf4 && s[i + 1] > 0x8f))
			return false;
	}
	return true;
}

/* Bytes from..to of the text stand at begin..end. */
static void check_copy(struct text text, const struct buf *out, size_t from,
		       size_t to, size_t begin, size_t end)
{
	MUST(from <= to && to <= text.len && begin <= end && end <= out->len);
	MUST(to - from == end - begin);
	MUST(from == to ||
	     memcmp(text.data + from, out->data + begin, to - from) == 0);
}

static void check_span(const struct redact_map *map,
		       const struct redact_span *s)
{
	size_t a, b;

	MUST(s->from < s->to && s->begin + 4 < s->end);
	redact_map_to_original(map, s->begin, s->end, &a, &b);
	MUST(a == s->from && b == s->to);
	redact_map_to_original(map, s->begin + 1, s->begin + 2, &a, &b);
	MUST(a == s->from && b == s->to);
	redact_map_to_redacted(map, s->from, s->to, &a, &b);
	MUST(a == s->begin && b == s->end);
}

/* Between the spans both texts are the same, and positions lead there. */
static void check_map(struct text text, const struct buf *out,
		      const struct redact_map *map)
{
	size_t from = 0, begin = 0, a, b;

	for (size_t i = 0; i < map->count; i++) {
		const struct redact_span *s = &map->spans[i];

		check_copy(text, out, from, s->from, begin, s->begin);
		check_span(map, s);
		from = s->to;
		begin = s->end;
	}
	check_copy(text, out, from, text.len, begin, out->len);
	redact_map_to_original(map, 0, out->len, &a, &b);
	MUST(a == 0 && b == text.len);
	for (size_t at = 0; at < out->len; at += 7) {
		redact_map_to_original(map, at, at + 1, &a, &b);
		MUST(a < b && b <= text.len);
		redact_map_to_redacted(map, a, b, &a, &b);
		MUST(a <= at && at < b);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct redact_map map = { 0 };
	struct buf once, twice;
	struct text text;
	unsigned classes;
	size_t hits;

	if (size == 0)
		return 0;
	classes = data[0] % 2 ? ALL : REDACT_DEFAULT;
	text = (struct text){ (const char *)data + 1, size - 1 };
	buf_init(&once, SIZE_MAX - 1);
	buf_init(&twice, SIZE_MAX - 1);
	hits = redact_text(classes, text, &once, &map);
	MUST((hits == 0) == (map.count == 0));
	MUST(!is_utf8(text.data, text.len) || is_utf8(once.data, once.len));
	check_map(text, &once, &map);
	redact_text(classes, (struct text){ once.data, once.len }, &twice,
		    NULL);
	MUST(once.len == twice.len &&
	     (once.len == 0 || memcmp(once.data, twice.data, once.len) == 0));
	redact_map_release(&map);
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
