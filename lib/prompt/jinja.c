/* The part of jinja2 that prompts need: tokens, tags, white space. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "prompt/jinja.h"

/* ---- white space ----------------------------------------------------- */

/* Bytes of the white space, as Python's str has it, at an offset; 0: none. */
static size_t space_at(const struct compiler *c, size_t offset)
{
	static const char *const wide[] = {
		"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
	};
	const char *s = c->t->source + offset;
	size_t left = c->t->len - offset;

	if (left == 0)
		return 0;
	if ((*s >= '\t' && *s <= '\r') || (*s >= 0x1c && *s <= ' '))
		return 1;
	/* U+2000 to U+200A */
	if (left >= 3 && memcmp(s, "\xe2\x80", 2) == 0 &&
	    (unsigned char)s[2] >= 0x80 && (unsigned char)s[2] <= 0x8a)
		return 3;
	for (size_t i = 0; i < LENGTH(wide); i++)
		if (left >= strlen(wide[i]) &&
		    memcmp(s, wide[i], strlen(wide[i])) == 0)
			return strlen(wide[i]);
	return 0;
}

static size_t skip_space(const struct compiler *c, size_t offset)
{
	size_t n;

	while ((n = space_at(c, offset)) > 0)
		offset += n;
	return offset;
}

/* The end of begin..end without its white space. */
static size_t trimmed_end(const struct compiler *c, size_t begin, size_t end)
{
	size_t last = begin, n;

	for (size_t at = begin; at < end; at += n ? n : 1) {
		n = space_at(c, at);
		if (n == 0)
			last = at + 1;
	}
	return last;
}

/*
 * jinja2 ends all lines with LF and drops the last one's: a CR becomes one in
 * our copy, or is left out of the text where an LF follows.
 */
static void normalise(struct template *t)
{
	char *s = t->source;

	if (t->len > 0 && s[t->len - 1] == '\n')
		t->len -= t->len > 1 && s[t->len - 2] == '\r' ? 2 : 1;
	else if (t->len > 0 && s[t->len - 1] == '\r')
		t->len--;
	for (size_t i = 0; i < t->len; i++)
		if (s[i] == '\r' && (i + 1 == t->len || s[i + 1] != '\n'))
			s[i] = '\n';
}

static void put_text(struct compiler *c, size_t begin, size_t end)
{
	for (size_t at = begin; at < end; at++) {
		if (c->t->source[at] != '\r')
			continue;
		segment_add(c->t, begin, at - begin, SEGMENT_LITERAL);
		begin = at + 1;
	}
	segment_add(c->t, begin, end - begin, SEGMENT_LITERAL);
}

/* ---- tokens ---------------------------------------------------------- */

/* Is this the end of the tag?  Then past it, and past what `-` eats. */
static bool read_closer(struct jinja *j)
{
	struct compiler *c = &j->c;
	bool block = j->closer[0] == '%';
	char sign = compile_byte(c, c->at);
	size_t skip = sign == '-' || (block && sign == '+') ? 1 : 0;

	if (compile_byte(c, c->at + skip) != j->closer[0] ||
	    compile_byte(c, c->at + skip + 1) != j->closer[1])
		return false;
	c->at += skip + 2;
	if (sign == '-')
		c->at = skip_space(c, c->at);
	return true;
}

/* The end of the string that begins at `begin`; 0 if there is none. */
static size_t string_end(const struct compiler *c, size_t begin)
{
	char quote = compile_byte(c, begin);

	for (size_t at = begin + 1; at < c->t->len; at++) {
		if (c->t->source[at] == '\\')
			at++;
		else if (c->t->source[at] == quote)
			return at + 1;
	}
	return 0;
}

static enum token_kind kind_of(char byte)
{
	if (byte >= '0' && byte <= '9')
		return TOKEN_NUMBER;
	if (is_name_byte(byte))
		return TOKEN_NAME;
	return byte == '"' || byte == '\'' ? TOKEN_TEXT : TOKEN_MARK;
}

int jinja_advance(struct jinja *j)
{
	struct compiler *c = &j->c;
	size_t begin = skip_space(c, c->at), end;
	char byte = compile_byte(c, begin);

	c->at = begin;
	j->token = (struct token){ TOKEN_END, begin, 0 };
	if (read_closer(j))
		return 0;
	if (begin >= c->t->len)
		return compile_fault(c, j->begin, "%s without %s",
				     j->closer[0] == '%' ? "{%" : "{{",
				     j->closer);
	j->token.kind = kind_of(byte);
	if (j->token.kind == TOKEN_TEXT)
		end = string_end(c, begin);
	else if (j->token.kind != TOKEN_MARK)
		end = compile_name_end(c, begin);
	else if ((byte == '=' || byte == '!') &&
		 compile_byte(c, begin + 1) == '=')
		end = begin + 2;
	else
		end = begin + 1;
	if (end == 0)
		return compile_fault(c, begin, "a text without its end");
	j->token.len = end - begin;
	c->at = end;
	return 0;
}

bool jinja_is(const struct jinja *j, const char *text)
{
	return j->token.kind != TOKEN_TEXT && j->token.len == strlen(text) &&
	       memcmp(j->c.t->source + j->token.offset, text, j->token.len) ==
		       0;
}

/* ---- statements ------------------------------------------------------ */

/* The test that still leads nowhere leads to what comes next. */
static void settle_test(struct jinja *j, struct open_if *open)
{
	if (open->test == SIZE_MAX)
		return;
	j->c.t->segments[open->test].target = j->c.t->count;
	open->test = SIZE_MAX;
}

/* A jump from here to where it ends; they wait in a chain of targets. */
static void add_jump(struct jinja *j, struct open_if *open)
{
	struct template *t = j->c.t;

	segment_add(t, j->begin, 0, SEGMENT_JUMP);
	t->segments[t->count - 1].target = open->jumps;
	open->jumps = t->count - 1;
}

static int add_test(struct jinja *j, struct open_if *open)
{
	struct template *t = j->c.t;
	size_t first;

	if (jinja_condition(j, &first) < 0)
		return -1;
	segment_add(t, j->begin, 0, SEGMENT_TEST);
	open->test = t->count - 1;
	t->segments[open->test].more = first;
	return 0;
}

static int begin_if(struct jinja *j)
{
	struct open_if *open = &j->open[j->depth];

	if (j->depth == LIMIT_TEMPLATE_DEPTH)
		return compile_fault(&j->c, j->begin,
				     "if nested deeper than %d",
				     LIMIT_TEMPLATE_DEPTH);
	*open = (struct open_if){ .begin = j->begin,
				  .test = SIZE_MAX,
				  .jumps = SIZE_MAX };
	j->depth++;
	return add_test(j, open);
}

static int begin_branch(struct jinja *j, bool is_else)
{
	struct open_if *open = &j->open[j->depth - 1];

	if (open->has_else)
		return compile_fault(&j->c, j->begin,
				     "nothing but endif can follow else");
	open->has_else = is_else;
	add_jump(j, open);
	settle_test(j, open);
	return is_else ? jinja_advance(j) : add_test(j, open);
}

static int end_if(struct jinja *j)
{
	struct open_if *open = &j->open[--j->depth];
	struct template *t = j->c.t;

	settle_test(j, open);
	while (open->jumps != SIZE_MAX) {
		struct segment *jump = &t->segments[open->jumps];

		open->jumps = jump->target;
		jump->target = t->count;
	}
	/* Ways meet here: what stands before and behind are no neighbours. */
	segment_add(t, j->begin, 0, SEGMENT_JUMP);
	t->segments[t->count - 1].target = t->count;
	return jinja_advance(j);
}

/* What stands between `{%` and `%}`. */
static int read_statement(struct jinja *j)
{
	bool is_if = jinja_is(j, "if");
	int rc;

	if (!is_if && !jinja_is(j, "elif") && !jinja_is(j, "else") &&
	    !jinja_is(j, "endif"))
		return compile_fault(
			&j->c, j->token.offset,
			"{%% %.*s %%}: only if, elif, else and "
			"endif can be used",
			(int)(j->token.len < 40 ? j->token.len : 40),
			j->c.t->source + j->token.offset);
	if (!is_if && j->depth == 0)
		return compile_fault(&j->c, j->begin, "{%% %.*s %%} without if",
				     (int)j->token.len,
				     j->c.t->source + j->token.offset);
	if (is_if)
		rc = begin_if(j);
	else if (jinja_is(j, "endif"))
		rc = end_if(j);
	else
		rc = begin_branch(j, jinja_is(j, "else"));
	j->c.conditional = j->depth > 0;
	return rc;
}

/* ---- tags ------------------------------------------------------------ */

static int skip_comment(struct jinja *j)
{
	struct compiler *c = &j->c;

	for (size_t at = c->at; at + 1 < c->t->len; at++) {
		bool trims = at > c->at && c->t->source[at - 1] == '-';

		if (memcmp(c->t->source + at, "#}", 2) != 0)
			continue;
		c->at = trims ? skip_space(c, at + 2) : at + 2;
		return 0;
	}
	return compile_fault(c, j->begin, "{# without #}");
}

/* Reads a `{{` or `{%` tag, from behind its opener to behind its closer. */
static int read_tag(struct jinja *j, char kind)
{
	j->closer = kind == '{' ? "}}" : "%}";
	if (jinja_advance(j) < 0)
		return -1;
	if ((kind == '{' ? jinja_output(j) : read_statement(j)) < 0)
		return -1;
	if (j->token.kind == TOKEN_END)
		return 0;
	return compile_fault(&j->c, j->token.offset,
			     "\"%.*s\" cannot be used here",
			     (int)(j->token.len < 40 ? j->token.len : 40),
			     j->c.t->source + j->token.offset);
}

/* The next `{{`, `{%` or `{#`, or the end. */
static size_t next_tag(const struct compiler *c, size_t at)
{
	while (at + 1 < c->t->len &&
	       (c->t->source[at] != '{' || c->t->source[at + 1] == '\0' ||
		!strchr("{%#", c->t->source[at + 1])))
		at++;
	return at + 1 < c->t->len ? at : c->t->len;
}

/* Text up to the next tag, and the tag. */
static int read_piece(struct jinja *j)
{
	struct compiler *c = &j->c;
	size_t begin = c->at, end = next_tag(c, begin);
	char kind, sign;

	if (end == c->t->len) {
		put_text(c, begin, end);
		c->at = end;
		return 0;
	}
	j->begin = end;
	kind = compile_byte(c, end + 1);
	sign = compile_byte(c, end + 2);
	put_text(c, begin, sign == '-' ? trimmed_end(c, begin, end) : end);
	c->at = end + 2 + (sign == '-' || sign == '+');
	return kind == '#' ? skip_comment(j) : read_tag(j, kind);
}

int compile_jinja2(struct compiler *c)
{
	struct jinja j = { .c = *c };

	normalise(c->t);
	while (j.c.at < c->t->len)
		if (read_piece(&j) < 0)
			return -1;
	if (j.depth > 0)
		return compile_fault(c, j.open[j.depth - 1].begin,
				     "if without endif");
	return 0;
}
