/* Templates: the plain format's compiler, and rendering of all formats. */
#include "prompt/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/xalloc.h"
#include "prompt/segment.h"

/* ---- segments -------------------------------------------------------- */

struct template *template_new(struct text source)
{
	struct template *t = xcalloc(1, sizeof(*t));

	t->source = xstrndup(source.data ? source.data : "", source.len);
	t->len = source.len;
	return t;
}

void template_free(struct template *t)
{
	if (!t)
		return;
	free(t->source);
	free(t->segments);
	free(t);
}

void segment_add(struct template *t, size_t offset, size_t len, size_t value)
{
	if (value == SEGMENT_LITERAL && len == 0)
		return;
	if ((t->count & (t->count - 1)) == 0) /* 0, or full: doubled */
		t->segments = xrealloc(t->segments,
				       (t->count ? 2 * t->count : 1) *
					       sizeof(*t->segments));
	t->segments[t->count++] = (struct segment){ offset, len, value };
}

size_t template_uses(const struct template *t, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += t->segments[i].value == index;
	return n;
}

/* The bytes that a segment puts out. */
static struct text segment_output(const struct template *t, size_t i,
				  const struct text *values)
{
	size_t value = t->segments[i].value;

	return value == SEGMENT_LITERAL ? segment_text(t, i) : values[value];
}

void template_render(const struct template *t, const struct text *values,
		     struct buf *out)
{
	size_t total = 0;

	for (size_t i = 0; i < t->count; i++)
		total += segment_output(t, i, values).len;
	if (!buf_reserve(out, total))
		return;
	for (size_t i = 0; i < t->count; i++) {
		struct text piece = segment_output(t, i, values);

		buf_put(out, piece.data, piece.len);
	}
}

/* ---- the plain format ------------------------------------------------ */

struct scanner {
	const struct template_source *source;
	struct template *t;
	size_t at; /* next byte to look at */
	struct error *err;
};

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* The byte at an offset; NUL at the end, where no rule wants one. */
static char byte_at(const struct scanner *s, size_t offset)
{
	return offset < s->t->len ? s->t->source[offset] : '\0';
}

static int fault_at(const struct scanner *s, size_t offset, const char *text)
{
	const struct template_source *from = s->source;
	struct place place = from->locate ? from->locate(from->ctx, offset)
					  : place_of(from->text, offset);

	return place_fault(from->name, place, s->err, ERR_PROMPT, "%s", text);
}

/* A name of `len` bytes at `name` in the source, its `{{` at `offset`. */
static int fault_unknown(const struct scanner *s, size_t offset, size_t name,
			 size_t len, const char *const *names)
{
	char hint[NEAREST_HINT_SIZE], text[sizeof(s->err->text)];
	char *copy = xstrndup(s->t->source + name, len);

	nearest_hint(copy, names, hint);
	/* Cut the name, if anything, and not the hint. */
	snprintf(text, sizeof(text), "unknown variable \"%.100s\"%s", copy,
		 hint);
	free(copy);
	return fault_at(s, offset, text);
}

static size_t find_name(const char *const *names, const char *name, size_t len)
{
	size_t i = 0;

	while (names[i] &&
	       (strlen(names[i]) != len || memcmp(names[i], name, len) != 0))
		i++;
	return i;
}

/* Reads the placeholder whose `{{` is at s->at. */
static int scan_placeholder(struct scanner *s, const char *const *names)
{
	size_t begin = s->at, name, end, index;

	for (name = begin + 2; byte_at(s, name) == ' ';)
		name++;
	for (end = name; is_name_byte(byte_at(s, end));)
		end++;
	if (end == name)
		return fault_at(s, begin,
				"{{ without a variable's name after it");
	s->at = end;
	while (byte_at(s, s->at) == ' ')
		s->at++;
	if (byte_at(s, s->at) != '}' || byte_at(s, s->at + 1) != '}')
		return fault_at(s, begin,
				"{{ and a name without }} after them");
	s->at += 2;
	index = find_name(names, s->t->source + name, end - name);
	if (!names[index])
		return fault_unknown(s, begin, name, end - name, names);
	segment_add(s->t, begin, s->at - begin, index);
	return 0;
}

struct template *template_compile(const struct template_source *source,
				  const char *const *names, struct error *err)
{
	struct scanner s = { source, template_new(source->text), 0, err };
	size_t literal = 0; /* where the one that runs began */

	while (s.at < s.t->len) {
		/* The last two of a run of braces open a placeholder. */
		if (byte_at(&s, s.at) != '{' || byte_at(&s, s.at + 1) != '{' ||
		    byte_at(&s, s.at + 2) == '{') {
			s.at++;
			continue;
		}
		segment_add(s.t, literal, s.at - literal, SEGMENT_LITERAL);
		if (scan_placeholder(&s, names) < 0) {
			template_free(s.t);
			return NULL;
		}
		literal = s.at;
	}
	segment_add(s.t, literal, s.t->len - literal, SEGMENT_LITERAL);
	return s.t;
}
