/* Any bytes as a template: compiles or not, and renders nothing twice. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"
#include "prompt/fence.h"
#include "prompt/segment.h"
#include "prompt/template.h"

#define VALUE "{{marker}} {{{items}}} }}"
#define JSON  "{\"a\": {\"b\": [1]}}"

static const struct field inner_fields[] = {
	{ .name = "b", .type = T_ANY },
	{ .name = NULL },
};
static const struct model inner = { .name = "inner", .fields = inner_fields };
static const struct field outer_fields[] = {
	{ .name = "a", .type = T_OBJECT, .model = &inner },
	{ .name = NULL },
};
static const struct model outer = { .name = "outer", .fields = outer_fields };
static const struct field object = { .type = T_OBJECT, .model = &outer };

static const char *const names[] = { "transcript", "marker", "items", "json",
				     NULL };
static const struct field *const json[] = { NULL, NULL, NULL, &object };
static const struct template_names offered = { names, json };
static const struct text values[] = {
	{ VALUE, sizeof(VALUE) - 1 },
	{ "", 0 },
	{ VALUE, sizeof(VALUE) - 1 },
	{ JSON, sizeof(JSON) - 1 },
};

static struct template *compile(const uint8_t *data, size_t size,
				enum template_format format)
{
	struct template_source source = {
		.name = "x",
		.text = { (const char *)data, size },
		.format = format,
	};
	struct error err = ERROR_INIT;
	struct template *t = template_compile(&source, &offered, &err);

	MUST(!t == (err.code == ERR_PROMPT));
	return t;
}

/* Of `plain`, the segments cover the source without gaps. */
static void check_cover(const struct template *t)
{
	size_t at = 0;

	for (size_t i = 0; i < t->count; i++) {
		MUST(t->segments[i].offset == at && t->segments[i].len > 0);
		at += t->segments[i].len;
	}
	MUST(at == t->len);
}

/* Segments lie in the source, in its order, and lead on. */
static void check_segments(const struct template *t)
{
	size_t at = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct segment *s = &t->segments[i];

		MUST(s->offset >= at && s->len <= t->len - s->offset);
		at = s->offset;
		if (s->value == SEGMENT_TEST || s->value == SEGMENT_JUMP)
			MUST(s->target > i && s->target <= t->count);
		else
			MUST(s->value == SEGMENT_LITERAL || s->value < 4);
		if (s->value == SEGMENT_TEST)
			MUST(s->more < t->atom_count);
		else
			MUST(s->more <= t->access_count);
	}
	for (size_t i = 0; i < t->mention_count; i++)
		MUST(t->mentions[i].name < 4 && t->mentions[i].offset < t->len);
}

static void check_plain(const struct template *t, const uint8_t *data,
			size_t size)
{
	size_t literal = size, offset = 0, uses;
	struct buf out;

	check_cover(t);
	for (size_t i = 0; i < t->count; i++)
		if (t->segments[i].value != SEGMENT_LITERAL)
			literal -= t->segments[i].len;
	uses = template_uses(t, 0) + template_uses(t, 2);
	buf_init(&out, SIZE_MAX - 1);
	template_render(t, values, &out);
	MUST(out.len == literal + uses * (sizeof(VALUE) - 1) +
				template_uses(t, 3) * (sizeof(JSON) - 1));
	buf_release(&out);
	MUST(fence_stands(t, 0, 1, &offset) ||
	     memcmp(data + offset, "{{", 2) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int format = 0; format < TEMPLATE_FORMATS; format++) {
		struct template *t = compile(data, size, format);
		struct buf out;

		if (!t)
			continue;
		check_segments(t);
		buf_init(&out, size * sizeof(VALUE) + 1);
		template_render(t, values, &out);
		MUST(!buf_failed(&out));
		buf_release(&out);
		if (format == TEMPLATE_PLAIN)
			check_plain(t, data, size);
		template_free(t);
	}
	return 0;
}
