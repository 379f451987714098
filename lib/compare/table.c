/* A table of words, printed with aligned columns or as Markdown. */
#include "compare/table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/xalloc.h"

enum { COLUMNS = 16 };

void table_init(struct table *t, const char *columns)
{
	*t = (struct table){ .columns = columns };
}

void table_release(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){ .columns = t->columns };
}

static void add(struct table *t, char *cell)
{
	t->cells = xroom(t->cells, t->count, &t->room, sizeof(*t->cells));
	t->cells[t->count++] = cell;
}

void table_put(struct table *t, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add(t, xstrdup(text));
}

void table_skip(struct table *t)
{
	add(t, xstrdup(""));
}

void table_put_text(struct table *t, const char *text, size_t most)
{
	size_t len = strlen(text), cut = text_cut(text, len, most);
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES);
	buf_escape(&b, text, cut, ESCAPE_TERMINAL);
	if (cut < len)
		buf_puts(&b, "...");
	add(t, b.data ? buf_take(&b) : xstrdup(""));
}

/* Characters of UTF-8 text. */
static int width_of(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void table_print(const struct table *t, FILE *out, const char *indent)
{
	size_t columns = strlen(t->columns);
	int widths[COLUMNS] = { 0 };

	for (size_t i = 0; i < t->count; i++)
		if (width_of(t->cells[i]) > widths[i % columns])
			widths[i % columns] = width_of(t->cells[i]);
	for (size_t row = 0; row < t->count; row += columns) {
		int pending = 0; /* blanks that a later cell needs */

		fputs(indent, out);
		for (size_t j = 0; j < columns && row + j < t->count; j++) {
			const char *cell = t->cells[row + j];
			int fill = widths[j] - width_of(cell);
			bool right = t->columns[j] == 'r';

			/* no blanks at the end of a line */
			if (*cell)
				fprintf(out, "%*s%s",
					pending + (right ? fill : 0), "", cell);
			pending = 2 + (*cell ? 0 : pending + fill) +
				  (*cell && !right ? fill : 0);
		}
		fputc('\n', out);
	}
}

void markdown_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ') {
			fputc(' ', out);
			continue;
		}
		if (*text == '<') {
			fputs("&lt;", out);
			continue;
		}
		if (*text == '&') {
			fputs("&amp;", out);
			continue;
		}
		if (strchr("\\`*_[]|#@~", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

void table_print_markdown(const struct table *t, FILE *out)
{
	size_t columns = strlen(t->columns);

	for (size_t i = 0; i < t->count; i++) {
		fputs("| ", out);
		markdown_text(out, t->cells[i]);
		fputc(' ', out);
		if (i % columns != columns - 1)
			continue;
		fputs("|\n", out);
		for (size_t j = 0; i == columns - 1 && j < columns; j++)
			fputs(t->columns[j] == 'r' ? "|---:" : "|:---", out);
		if (i == columns - 1)
			fputs("|\n", out);
	}
	fputc('\n', out);
}
