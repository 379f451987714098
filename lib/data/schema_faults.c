/* What is wrong with one document: a list that knows its limit. */
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "data/schema.h"

/* The longest message: it may name every choice of its field. */
#define MESSAGE_BYTES ((size_t)16 << 10)

void faults_init(struct faults *f)
{
	*f = (struct faults){ .list = json_array(), .warnings = json_array() };
}

void faults_release(struct faults *f)
{
	json_decref(f->list);
	json_decref(f->warnings);
	*f = (struct faults){ .list = NULL };
}

/* The formatted text; what is beyond MESSAGE_BYTES is cut off whole. */
PRINTF_LIKE(1, 0)
static json_t *format_message(const char *format, va_list args)
{
	char text[MESSAGE_BYTES];
	int n = vsnprintf(text, sizeof(text), format, args);
	json_t *message = NULL;

	if (n >= 0 && (size_t)n < sizeof(text))
		message = json_stringn(text, (size_t)n);
	/* Too long, or no UTF-8: say that something was to be said. */
	return message ? message : json_string("a value that fits the schema");
}

void faults_add(struct faults *f, const char *path, const char *got,
		const char *format, ...)
{
	json_t *fault;
	va_list args;

	if (json_array_size(f->list) >= LIMIT_FAULTS) {
		f->omitted++;
		return;
	}
	fault = json_object();
	json_object_set_new(fault, "path", json_string(path));
	va_start(args, format);
	json_object_set_new(fault, "message", format_message(format, args));
	va_end(args);
	json_object_set_new(fault, "got", got ? json_string(got) : json_null());
	json_array_append_new(f->list, fault);
}

size_t faults_count(const struct faults *f)
{
	return json_array_size(f->list) + f->omitted;
}
