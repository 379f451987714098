/* What compilers share, and those of the two simple formats. */
#include "prompt/compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/xalloc.h"

bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

char compile_byte(const struct compiler *c, size_t offset)
{
	return offset < c->t->len ? c->t->source[offset] : '\0';
}

size_t compile_name_end(const struct compiler *c, size_t begin)
{
	while (is_name_byte(compile_byte(c, begin)))
		begin++;
	return begin;
}

int compile_fault(const struct compiler *c, size_t offset, const char *format,
		  ...)
{
	const struct template_source *from = c->source;
	struct place place = from->locate ? from->locate(from->ctx, offset)
					  : place_of(from->text, offset);
	char text[sizeof(c->err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return place_fault(from->name, place, c->err, ERR_PROMPT, "%s", text);
}

int compile_find(const struct compiler *c, size_t offset, size_t name,
		 size_t len, size_t *index)
{
	const char *const *names = c->names->list;
	char hint[NEAREST_HINT_SIZE];
	char *copy = xstrndup(c->t->source + name, len);

	for (*index = 0; names[*index]; ++*index)
		if (strcmp(names[*index], copy) == 0)
			break;
	if (!names[*index]) {
		nearest_hint(copy, names, hint);
		/* Cut the name, if anything, and not the hint. */
		compile_fault(c, offset, "unknown variable \"%.100s\"%s", copy,
			      hint);
	}
	free(copy);
	return names[*index] ? 0 : -1;
}

void compile_value(struct compiler *c, size_t begin, size_t end, size_t index)
{
	segment_add(c->t, begin, end - begin, index);
	mention_add(c->t, &(struct mention){ .name = index,
					     .offset = begin,
					     .inserted = true,
					     .conditional = c->conditional });
}

/* ---- the plain format ------------------------------------------------ */

/* Reads the placeholder whose `{{` is at c->at. */
static int plain_placeholder(struct compiler *c)
{
	size_t begin = c->at, name, end, index;

	for (name = begin + 2; compile_byte(c, name) == ' ';)
		name++;
	end = compile_name_end(c, name);
	if (end == name)
		return compile_fault(c, begin,
				     "{{ without a variable's name after it");
	c->at = end;
	while (compile_byte(c, c->at) == ' ')
		c->at++;
	if (compile_byte(c, c->at) != '}' || compile_byte(c, c->at + 1) != '}')
		return compile_fault(c, begin,
				     "{{ and a name without }} after them");
	c->at += 2;
	if (compile_find(c, begin, name, end - name, &index) < 0)
		return -1;
	compile_value(c, begin, c->at, index);
	return 0;
}

int compile_plain(struct compiler *c)
{
	size_t literal = 0; /* where the one that runs began */

	while (c->at < c->t->len) {
		/* The last two of a run of braces open a placeholder. */
		if (compile_byte(c, c->at) != '{' ||
		    compile_byte(c, c->at + 1) != '{' ||
		    compile_byte(c, c->at + 2) == '{') {
			c->at++;
			continue;
		}
		segment_add(c->t, literal, c->at - literal, SEGMENT_LITERAL);
		if (plain_placeholder(c) < 0)
			return -1;
		literal = c->at;
	}
	segment_add(c->t, literal, c->t->len - literal, SEGMENT_LITERAL);
	return 0;
}

/* ---- Python's str.format() -------------------------------------------- */

/* Reads the placeholder whose `{` is at c->at. */
static int f_string_placeholder(struct compiler *c)
{
	size_t begin = c->at, name = begin + 1, index;
	size_t end = compile_name_end(c, name);
	char next = compile_byte(c, end);

	if (end > name && next != '\0' && strchr(".[!:", next))
		return compile_fault(c, begin,
				     "only {name} can be used: no member, "
				     "index, conversion or width");
	if (end == name || next != '}')
		return compile_fault(c, begin,
				     "{ without a variable's name and } after "
				     "it; write {{ for a brace");
	if (compile_find(c, begin, name, end - name, &index) < 0)
		return -1;
	c->at = end + 1;
	compile_value(c, begin, c->at, index);
	return 0;
}

int compile_f_string(struct compiler *c)
{
	size_t literal = 0;

	while (c->at < c->t->len) {
		char byte = compile_byte(c, c->at);

		if (byte != '{' && byte != '}') {
			c->at++;
			continue;
		}
		if (compile_byte(c, c->at + 1) == byte) {
			/* the first of the two stands for both */
			segment_add(c->t, literal, c->at + 1 - literal,
				    SEGMENT_LITERAL);
			c->at += 2;
		} else if (byte == '}') {
			return compile_fault(c, c->at,
					     "} alone; write }} for a brace");
		} else {
			segment_add(c->t, literal, c->at - literal,
				    SEGMENT_LITERAL);
			if (f_string_placeholder(c) < 0)
				return -1;
		}
		literal = c->at;
	}
	segment_add(c->t, literal, c->t->len - literal, SEGMENT_LITERAL);
	return 0;
}
