/* Any bytes as a template: compiles or not, and renders nothing twice. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "prompt/fence.h"
#include "prompt/segment.h"
#include "prompt/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VALUE "{{marker}} {{{items}}} }}"

static const char *const names[] = { "transcript", "marker", "items", NULL };
static const struct text values[] = {
	{ VALUE, sizeof(VALUE) - 1 },
	{ "", 0 },
	{ VALUE, sizeof(VALUE) - 1 },
};

/* The segments cover the source without gaps, values not counted. */
static void check_segments(const struct template *t)
{
	size_t at = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (t->segments[i].offset != at || t->segments[i].len == 0)
			abort();
		at += t->segments[i].len;
	}
	if (at != t->len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct template_source source = {
		.name = "x",
		.text = { (const char *)data, size },
	};
	struct error err = ERROR_INIT;
	struct template *t = template_compile(&source, names, &err);
	size_t literal = size, offset = 0, uses;
	struct buf out;

	if (!t != (err.code == ERR_PROMPT))
		abort();
	if (!t)
		return 0;
	check_segments(t);
	for (size_t i = 0; i < t->count; i++)
		if (t->segments[i].value != SEGMENT_LITERAL)
			literal -= t->segments[i].len;
	uses = template_uses(t, 0) + template_uses(t, 2);
	buf_init(&out, SIZE_MAX - 1);
	template_render(t, values, &out);
	if (out.len != literal + uses * (sizeof(VALUE) - 1))
		abort();
	buf_release(&out);
	if (!fence_stands(t, 0, 1, &offset) &&
	    memcmp(data + offset, "{{", 2) != 0)
		abort();
	template_free(t);
	return 0;
}
