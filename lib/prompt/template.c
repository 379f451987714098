/* Templates: their segments, and rendering of all formats. */
#include "prompt/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/chat_tokens.h"
#include "base/xalloc.h"
#include "prompt/compile.h"

const char *const template_formats[] = {
	[TEMPLATE_PLAIN] = "plain",
	[TEMPLATE_F_STRING] = "f-string",
	[TEMPLATE_JINJA2] = "jinja2",
	[TEMPLATE_FORMATS] = NULL,
};

/* ---- lists ----------------------------------------------------------- */

/* A template of no segments with a copy of the source.  New. */
static struct template *template_new(struct text source)
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
	for (size_t i = 0; i < t->access_count; i++)
		access_release(&t->accesses[i]);
	for (size_t i = 0; i < t->atom_count; i++)
		atom_release(&t->atoms[i]);
	free(t->accesses);
	free(t->atoms);
	free(t->mentions);
	free(t->segments);
	free(t->source);
	free(t);
}

/* Room for one more behind `count` elements: doubled whenever it is full. */
static void *grown(void *list, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return list;
	return xrealloc(list, (count ? 2 * count : 1) * size);
}

void segment_add(struct template *t, size_t offset, size_t len, size_t value)
{
	if (value == SEGMENT_LITERAL && len == 0)
		return;
	t->segments = grown(t->segments, t->count, sizeof(*t->segments));
	t->segments[t->count++] = (struct segment){ .offset = offset,
						    .len = len,
						    .value = value };
}

void mention_add(struct template *t, const struct mention *mention)
{
	t->mentions = grown(t->mentions, t->mention_count,
			    sizeof(*t->mentions));
	t->mentions[t->mention_count++] = *mention;
}

void access_add_take(struct template *t, const struct access *access)
{
	t->accesses = grown(t->accesses, t->access_count, sizeof(*t->accesses));
	t->accesses[t->access_count++] = *access;
}

void atom_add_take(struct template *t, const struct atom *atom)
{
	t->atoms = grown(t->atoms, t->atom_count, sizeof(*t->atoms));
	t->atoms[t->atom_count++] = *atom;
}

size_t template_uses(const struct template *t, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; i < t->mention_count; i++)
		n += t->mentions[i].name == index && t->mentions[i].inserted;
	return n;
}

size_t template_mentions(const struct template *t, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; i < t->mention_count; i++)
		n += t->mentions[i].name == index;
	return n;
}

/* ---- rendering ------------------------------------------------------- */

/* Bytes that surely go out: what is the same for all values, and they. */
static size_t least_output(const struct template *t, const struct text *values)
{
	size_t total = 0;

	if (t->atom_count > 0 || t->access_count > 0)
		return 0; /* that depends */
	for (size_t i = 0; i < t->count; i++) {
		const struct segment *s = &t->segments[i];

		total += s->value == SEGMENT_LITERAL ? s->len
						     : values[s->value].len;
	}
	return total;
}

/* A part of a value, its control words broken like those of a whole one. */
static void put_access(const struct access *access, struct text value,
		       struct buf *out)
{
	struct buf piece;

	buf_init(&piece, out->limit);
	access_put(access, value, &piece);
	chat_tokens_put(out, (struct text){ piece.data, piece.len });
	out->failed = out->failed || buf_failed(&piece);
	buf_release(&piece);
}

/* Puts out the i-th segment; the index of the next one. */
static size_t render_segment(const struct template *t, size_t i,
			     const struct text *values, struct buf *out)
{
	const struct segment *s = &t->segments[i];

	if (s->value == SEGMENT_JUMP)
		return s->target;
	if (s->value == SEGMENT_TEST)
		return condition_holds(&t->atoms[s->more], values) ? i + 1
								   : s->target;
	if (s->value == SEGMENT_LITERAL)
		buf_put(out, t->source + s->offset, s->len);
	else if (s->more)
		put_access(&t->accesses[s->more - 1], values[s->value], out);
	else
		chat_tokens_put(out, values[s->value]);
	return i + 1;
}

void template_render(const struct template *t, const struct text *values,
		     struct buf *out)
{
	if (!buf_reserve(out, least_output(t, values)))
		return;
	/* ends: every target lies ahead */
	for (size_t i = 0; i < t->count;)
		i = render_segment(t, i, values, out);
}

/* ---- compiling ------------------------------------------------------- */

struct template *template_compile(const struct template_source *source,
				  const struct template_names *names,
				  struct error *err)
{
	static int (*const compilers[])(struct compiler * c) = {
		[TEMPLATE_PLAIN] = compile_plain,
		[TEMPLATE_F_STRING] = compile_f_string,
		[TEMPLATE_JINJA2] = compile_jinja2,
	};
	struct compiler c = { .source = source,
			      .names = names,
			      .t = template_new(source->text),
			      .err = err };

	if (compilers[source->format](&c) == 0)
		return c.t;
	template_free(c.t);
	return NULL;
}
