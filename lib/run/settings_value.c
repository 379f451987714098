/* The value of one setting: out of text, into struct settings, back to text. */
#include "run/settings_value.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "prompt/promptlayer.h"
#include "run/limits.h"
#include "transcript/redact.h"

enum { PATH_SIZE = 4096 };

/* A value on its way; which member holds it follows from the row. */
struct value {
	bool yes;
	long number;
	double real;
	char *text;
};

void secret_release(struct secret *secret)
{
	if (secret->text)
		wipe(secret->text, secret->len);
	free(secret->text);
	free(secret->fault);
	*secret = (struct secret){ 0 };
}

void *setting_member(struct settings *s, const struct setting *row)
{
	return (char *)s + row->offset;
}

const void *setting_member_peek(const struct settings *s,
				const struct setting *row)
{
	return (const char *)s + row->offset;
}

struct origin *setting_origin(const struct settings *s,
			      const struct setting *row)
{
	return &s->origins->rows[row - settings_rows];
}

/* ---- text to value --------------------------------------------------- */

static bool read_bool(const char *text, struct value *v)
{
	v->yes = strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0;
	return v->yes || strcasecmp(text, "false") == 0 ||
	       strcasecmp(text, "no") == 0;
}

/* Decimal digits, a minus allowed; for bytes K or M may follow. */
static bool read_whole(const struct setting *row, const char *text,
		       struct value *v)
{
	size_t digits = strspn(text + (*text == '-'), "0123456789");
	const char *tail = text + (*text == '-') + digits;
	long unit = 1;

	if (row->type == SETTING_BYTES && *tail) {
		unit = *tail == 'K' || *tail == 'k'   ? 1L << 10
		       : *tail == 'M' || *tail == 'm' ? 1L << 20
						      : 0;
		tail++;
	}
	if (digits == 0 || *tail || unit == 0)
		return false;
	errno = 0;
	v->number = strtol(text, NULL, 10);
	if (errno == ERANGE || (double)v->number < row->min / (double)unit ||
	    (double)v->number > row->max / (double)unit)
		return false;
	v->number *= unit;
	return true;
}

/* What strtod() takes, less its blanks, hexadecimals, NaN and infinities. */
static bool read_real(const struct setting *row, const char *text,
		      struct value *v)
{
	const char *first = text + (*text == '-');
	char *end;

	if (!strchr("0123456789.", *first) ||
	    text[strspn(text, "0123456789.eE+-")] != '\0')
		return false;
	v->real = strtod(text, &end);
	return end != text && !*end && v->real >= row->min &&
	       v->real <= row->max;
}

static bool read_choice(const struct setting *row, const char *text,
			struct value *v)
{
	for (size_t i = 0; row->choices[i]; i++) {
		v->number = (long)i;
		if (strcasecmp(row->choices[i], text) == 0)
			return true;
	}
	return false;
}

bool setting_is_path(const struct setting *row, const char *text)
{
	return row->type == SETTING_PATH ||
	       (row->type == SETTING_PROMPTS && !promptlayer_label(text));
}

/*
 * Text goes into JSON, which must be UTF-8, and into HTTP headers, which know
 * no control characters.
 */
static bool read_text(const struct setting *row, const char *text,
		      struct value *v)
{
	size_t len = strlen(text);
	json_auto_t *utf8 = json_string(text);

	if (!utf8)
		return false;
	for (size_t i = 0; !setting_is_path(row, text) && i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	if (row->type == SETTING_URL && len > 0 && text[len - 1] == '/')
		len--;
	if (len == 0)
		return false;
	v->text = xstrndup(text, len);
	return true;
}

/* What is kept as text and read where it is used: can it be read? */
static bool fits_text(const struct setting *row, const char *text)
{
	struct failure_rule rule;
	unsigned classes;
	double number;

	if (row->type == SETTING_CLASSES)
		return redact_read_classes(text, &classes);
	if (row->type == SETTING_RATE)
		return limits_read_rate(text, &number);
	if (row->type == SETTING_DOLLARS)
		return limits_read_dollars(text, &number);
	return limits_read_failures(text, &rule);
}

static bool read_value(const struct setting *row, const char *text,
		       struct value *v)
{
	switch (row->type) {
	case SETTING_BOOL:
		return read_bool(text, v);
	case SETTING_INT:
	case SETTING_LONG:
	case SETTING_BYTES:
		return read_whole(row, text, v);
	case SETTING_REAL:
		return read_real(row, text, v);
	case SETTING_CHOICE:
		return read_choice(row, text, v);
	case SETTING_STRING:
	case SETTING_URL:
	case SETTING_PATH:
	case SETTING_LIST:
		return read_text(row, text, v);
	case SETTING_PROMPTS:
		return strcmp(text, "promptlayer:") != 0 &&
		       read_text(row, text, v);
	case SETTING_RATE:
	case SETTING_DOLLARS:
	case SETTING_FAILURES:
	case SETTING_CLASSES:
		return fits_text(row, text) && read_text(row, text, v);
	case SETTING_SECRET: /* keys have rules of their own */
		break;
	}
	return false;
}

static void store(void *values, const struct setting *row,
		  const struct value *v)
{
	void *at = (char *)values + row->offset;

	switch (row->holds) {
	case HOLDS_BOOL:
		*(bool *)at = v->yes;
		break;
	case HOLDS_INT:
		*(int *)at = (int)v->number;
		break;
	case HOLDS_LONG:
		*(long *)at = v->number;
		break;
	case HOLDS_REAL:
		*(double *)at = v->real;
		break;
	default:
		free(*(char **)at);
		*(char **)at = v->text;
	}
}

/* ---- what a row takes ------------------------------------------------ */

/* A number of bytes in the greatest unit that divides it. */
static void put_bytes(struct buf *b, long n)
{
	if (n > 0 && n % (1L << 20) == 0)
		buf_printf(b, "%ldM", n >> 20);
	else if (n > 0 && n % (1L << 10) == 0)
		buf_printf(b, "%ldK", n >> 10);
	else
		buf_printf(b, "%ld", n);
}

static void put_choices(struct buf *b, const struct setting *row,
			const char *between)
{
	for (size_t i = 0; row->choices[i]; i++)
		buf_printf(b, "%s%s", i > 0 ? between : "", row->choices[i]);
}

void setting_range(struct buf *b, const struct setting *row)
{
	switch (row->type) {
	case SETTING_BOOL:
		buf_puts(b, "true|false");
		break;
	case SETTING_INT:
	case SETTING_LONG:
	case SETTING_REAL:
		buf_printf(b, "%.0f..%.0f", row->min, row->max);
		break;
	case SETTING_BYTES:
		put_bytes(b, (long)row->min);
		buf_puts(b, "..");
		put_bytes(b, (long)row->max);
		break;
	case SETTING_CHOICE:
		put_choices(b, row, "|");
		break;
	case SETTING_STRING:
	case SETTING_URL:
	case SETTING_SECRET:
		buf_puts(b, "text");
		break;
	case SETTING_PATH:
		buf_puts(b, "path");
		break;
	case SETTING_PROMPTS:
		buf_puts(b, "path|promptlayer|promptlayer:LABEL");
		break;
	case SETTING_RATE:
		buf_puts(b, "N/s|N/m");
		break;
	case SETTING_DOLLARS:
		buf_puts(b, "dollars");
		break;
	case SETTING_FAILURES:
		buf_puts(b, "N|P%");
		break;
	case SETTING_CLASSES:
		buf_puts(b, "phone|email|ip|dob|known|all|none");
		break;
	case SETTING_LIST:
		buf_puts(b, "list");
		break;
	}
}

static void put_expected(struct buf *b, const struct setting *row)
{
	switch (row->type) {
	case SETTING_BOOL:
		buf_puts(b, "true, false, yes or no");
		break;
	case SETTING_INT:
	case SETTING_LONG:
		buf_printf(b, "a whole number from %.0f to %.0f", row->min,
			   row->max);
		break;
	case SETTING_BYTES:
		buf_puts(b, "a number of bytes, such as 500, 64K or 8M, from ");
		put_bytes(b, (long)row->min);
		buf_puts(b, " to ");
		put_bytes(b, (long)row->max);
		break;
	case SETTING_REAL:
		buf_printf(b, "a number from %.0f to %.0f", row->min, row->max);
		break;
	case SETTING_CHOICE:
		buf_puts(b, "one of ");
		put_choices(b, row, ", ");
		break;
	case SETTING_STRING:
	case SETTING_URL:
	case SETTING_SECRET:
		buf_puts(b, "text without control characters");
		break;
	case SETTING_PATH:
		buf_puts(b, "a path");
		break;
	case SETTING_PROMPTS:
		buf_puts(b, "a path, promptlayer or promptlayer:LABEL");
		break;
	case SETTING_RATE:
		buf_puts(b, "a rate such as 20/s or 600/m");
		break;
	case SETTING_DOLLARS:
		buf_puts(b, "US dollars greater than 0, such as 2.50");
		break;
	case SETTING_FAILURES:
		buf_puts(b, "a number of records or a percentage, such as 50 "
			    "or 10%");
		break;
	case SETTING_CLASSES:
		buf_puts(b, "none, all, or some of phone, email, ip, dob, "
			    "known with commas between");
		break;
	case SETTING_LIST:
		buf_puts(b, "words with commas between");
		break;
	}
}

void setting_quote(struct buf *b, const char *text)
{
	size_t len = strlen(text);
	bool cut = len > LIMIT_GOT_BYTES;

	if (cut)
		len = LIMIT_GOT_BYTES;
	while (cut && len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	buf_putc(b, '"');
	buf_escape(b, text, len, ESCAPE_LOG);
	buf_puts(b, cut ? "\"..." : "\"");
}

/* ---- put ------------------------------------------------------------- */

static int refuse(const struct setting *row, const char *text,
		  const struct source *from, struct error *err)
{
	struct buf b;

	buf_init(&b, LIMIT_SETTING_TEXT);
	put_expected(&b, row);
	buf_puts(&b, ", got ");
	setting_quote(&b, text);
	error_set(err, from->code, from->where, "%s: expected %s", from->name,
		  b.data);
	buf_release(&b);
	return -1;
}

/* A list that its place gives piece by piece. */
static void add_to_list(char *const *list, struct value *v)
{
	char *both = xjoin(*list, ",", v->text);

	free(v->text);
	v->text = both;
}

int settings_target_put(const struct settings_target *to,
			const struct setting *row, const char *text,
			const struct source *from, struct error *err)
{
	struct origin *origin = &to->origins->rows[row - to->table->rows];
	struct value v = { 0 };

	if (!read_value(row, text, &v))
		return refuse(row, text, from, err);
	if (origin->rank > from->rank) {
		free(v.text);
		return 0;
	}
	if (row->type == SETTING_LIST && origin->rank == from->rank)
		add_to_list((void *)((char *)to->values + row->offset), &v);
	store(to->values, row, &v);
	free(origin->text);
	origin->rank = from->rank;
	origin->text = xstrdup(from->origin);
	return 0;
}

struct settings_target settings_target(struct settings *s)
{
	return (struct settings_target){ .table = &settings_of_callqa,
					 .values = s,
					 .origins = s->origins };
}

int setting_put(struct settings *s, const struct setting *row, const char *text,
		const struct source *from, struct error *err)
{
	const struct settings_target to = settings_target(s);

	return settings_target_put(&to, row, text, from, err);
}

int setting_test(const struct setting *row, const char *text, struct error *err)
{
	static const struct source table = { .code = ERR_INTERNAL,
					     .where = "",
					     .origin = "" };
	struct source from = table;
	struct value v = { 0 };

	from.name = row->name;
	if (!read_value(row, text, &v))
		return refuse(row, text, &from, err);
	free(v.text);
	return 0;
}

struct settings_target settings_target_new(const struct settings_table *table,
					   void *values)
{
	struct settings_target to = { .table = table, .values = values };

	to.origins = xcalloc(1, sizeof(*to.origins) +
					table->count *
						sizeof(to.origins->rows[0]));
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		struct value v = { 0 };

		to.origins->rows[i].text = xstrdup("default");
		/* settings_check() holds every default to its own row. */
		if (row->fallback && read_value(row, row->fallback, &v))
			store(values, row, &v);
	}
	return to;
}

void settings_target_release(struct settings_target *to)
{
	struct settings_origins *o = to->origins;

	for (size_t i = 0; i < to->table->count; i++) {
		const struct setting *row = &to->table->rows[i];
		void *at = (char *)to->values + row->offset;

		if (row->holds == HOLDS_SECRET)
			secret_release(at);
		else if (row->holds == HOLDS_TEXT)
			free(*(char **)at);
		if (o)
			free(o->rows[i].text);
	}
	for (size_t i = 0; o && i < o->file_count; i++)
		free(o->files[i]);
	if (o)
		free(o->files);
	free(o);
	to->origins = NULL;
}

/* ---- value to text --------------------------------------------------- */

static void put_real(struct buf *b, double value)
{
	char text[TEXT_REAL_SIZE];

	text_real(value, text);
	buf_puts(b, text);
}

static bool put_text(struct buf *b, const struct setting *row, const char *text)
{
	char folder[PATH_SIZE];

	if (!text)
		return false;
	buf_putc(b, '"');
	if (setting_is_path(row, text) && *text != '/' &&
	    getcwd(folder, sizeof(folder))) {
		buf_escape(b, folder, strlen(folder), ESCAPE_LOG);
		buf_putc(b, '/');
	}
	buf_escape(b, text, strlen(text), ESCAPE_LOG);
	buf_putc(b, '"');
	return true;
}

bool setting_write(struct buf *b, const struct settings *s,
		   const struct setting *row)
{
	const void *at = setting_member_peek(s, row);

	switch (row->type) {
	case SETTING_BOOL:
		buf_puts(b, *(const bool *)at ? "true" : "false");
		return true;
	case SETTING_INT:
		buf_printf(b, "%d", *(const int *)at);
		return true;
	case SETTING_LONG:
		buf_printf(b, "%ld", *(const long *)at);
		return true;
	case SETTING_BYTES:
		put_bytes(b, *(const long *)at);
		return true;
	case SETTING_REAL:
		put_real(b, *(const double *)at);
		return true;
	case SETTING_CHOICE:
		buf_puts(b, row->choices[*(const int *)at]);
		return true;
	case SETTING_STRING:
	case SETTING_URL:
	case SETTING_PATH:
	case SETTING_PROMPTS:
	case SETTING_RATE:
	case SETTING_DOLLARS:
	case SETTING_FAILURES:
	case SETTING_CLASSES:
	case SETTING_LIST:
		return put_text(b, row, *(char *const *)at);
	case SETTING_SECRET: /* has no way out */
		break;
	}
	return false;
}
