/* --show-config: what holds now, and why. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "run/settings_value.h"

/* Text inside a comment, with nothing that would end the line. */
static void put_comment(struct buf *b, const char *text)
{
	buf_escape(b, text, strlen(text), ESCAPE_LOG);
}

/* A key's length and source; as a comment, for no file may hold a key. */
static void show_secret(struct buf *b, const struct settings *s,
			const struct setting *row)
{
	const struct secret *secret = setting_member_peek(s, row);

	buf_printf(b, "# %s: ", row->name);
	if (secret->text) {
		buf_printf(b, "(set, %zu bytes, from ", secret->len);
		put_comment(b, setting_origin(s, row)->text);
		buf_puts(b, ")");
	} else if (secret->fault) {
		buf_puts(b, "(not usable: ");
		put_comment(b, secret->fault);
		buf_puts(b, ")");
	} else if (strcmp(setting_origin(s, row)->text, "default") == 0) {
		buf_puts(b, "(not set)");
	} else {
		buf_printf(b, "(%s)", setting_origin(s, row)->text);
	}
}

static void show_public(struct buf *b, const struct settings *s,
			const struct setting *row)
{
	struct buf value;

	buf_init(&value, LIMIT_CONFIG_BYTES);
	if (setting_write(&value, s, row))
		buf_printf(b, "%s: %s  # ", row->name, value.data);
	else
		buf_printf(b, "# %s: unset  # ", row->name);
	put_comment(b, setting_origin(s, row)->text);
	buf_release(&value);
}

void settings_show(const struct settings *s, FILE *out)
{
	const struct settings_origins *o = s->origins;
	struct buf line;

	buf_init(&line, LIMIT_CONFIG_BYTES);
	for (size_t i = 0; i < o->file_count; i++) {
		buf_puts(&line, "# read: ");
		put_comment(&line, o->files[i]);
		buf_putc(&line, '\n');
	}
	for (size_t i = 0; i < settings_count; i++) {
		if (setting_is_public(&settings_rows[i]))
			show_public(&line, s, &settings_rows[i]);
		else
			show_secret(&line, s, &settings_rows[i]);
		buf_putc(&line, '\n');
		fwrite(line.data, 1, line.len, out);
		buf_clear(&line);
	}
	buf_release(&line);
}
