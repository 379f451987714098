/* Reads a file of JSON values: NDJSON, a stream of values, or one array. */
#include "values.h"

#include <string.h>

/* Moves over white space and brings `line` up to where we are. */
static void skip_space(struct values *values)
{
	const struct text *text = &values->text;

	while (values->at < text->length &&
	       memchr(" \t\r\n", text->data[values->at], 4))
		values->at++;
	for (; values->counted < values->at; values->counted++)
		values->line += text->data[values->counted] == '\n';
}

/* True, and moved over it, if the given byte comes next. */
static bool skip_byte(struct values *values, char byte)
{
	skip_space(values);
	if (values->at >= values->text.length ||
	    values->text.data[values->at] != byte)
		return false;
	values->at++;
	return true;
}

static FAKE_NORETURN void refuse(const struct values *values, int lines,
				 const char *why)
{
	unsigned more = lines > 1 ? (unsigned)lines - 1 : 0;

	die(EXIT_USAGE, "%s:%u: %s", values->file, values->line + more, why);
}

void values_open(struct values *values, const char *file)
{
	memset(values, 0, sizeof(*values));
	values->file = file;
	values->line = 1;
	text_load(&values->text, file);
	values->array = skip_byte(values, '[');
}

/* Moves to the next element of the array; false behind the last one. */
static bool next_element(struct values *values)
{
	if (skip_byte(values, ']')) {
		values->array = false;
		skip_space(values);
		if (values->at < values->text.length)
			refuse(values, 0, "text after the array");
		return false;
	}
	if (values->at == values->text.length)
		refuse(values, 0, "the array has no end");
	if (values->begun && !skip_byte(values, ','))
		refuse(values, 0, "',' or ']' expected");
	values->begun = true;
	skip_space(values);
	return true;
}

json_t *values_next(struct values *values)
{
	struct text *text = &values->text;
	json_error_t error;
	json_t *value;

	skip_space(values);
	if (values->array && !next_element(values))
		return NULL;
	if (values->at == text->length && !values->array)
		return NULL;
	value = json_loadb(text->data + values->at, text->length - values->at,
			   JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY |
				   JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES,
			   &error);
	if (!value)
		refuse(values, error.line, error.text);
	values->at += (size_t)error.position;
	return value;
}

void values_close(struct values *values)
{
	text_release(&values->text);
}
