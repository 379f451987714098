/* Redaction: classes, the two passes, and how a text is rewritten. */
#include "transcript/redact.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/xalloc.h"
#include "transcript/redact_parts.h"

/* ---- classes --------------------------------------------------------- */

static const struct {
	const char *placeholder, *setting; /* setting NULL: always */
} class_names[] = {
	[REDACT_CARD] = { "CARD", NULL },
	[REDACT_CVV] = { "CVV", NULL },
	[REDACT_PIN] = { "PIN", NULL },
	[REDACT_SSN] = { "SSN", NULL },
	[REDACT_ITIN] = { "ITIN", NULL },
	[REDACT_ACCOUNT] = { "ACCOUNT", NULL },
	[REDACT_ROUTING] = { "ROUTING", NULL },
	[REDACT_PHONE] = { "PHONE", "phone" },
	[REDACT_EMAIL] = { "EMAIL", "email" },
	[REDACT_IP] = { "IP", "ip" },
	[REDACT_DOB] = { "DOB", "dob" },
	[REDACT_KNOWN] = { "KNOWN", "known" },
};
_Static_assert(LENGTH(class_names) == REDACT_CLASSES, "a name for each class");

const char *redact_class_name(enum redact_class class)
{
	return class_names[class].placeholder;
}

/* The bits of one name of the setting; 0: it is none. */
static unsigned read_class(const char *name, size_t len)
{
	for (int c = 0; c < REDACT_CLASSES; c++)
		if (class_names[c].setting &&
		    strlen(class_names[c].setting) == len &&
		    memcmp(class_names[c].setting, name, len) == 0)
			return REDACT_BIT(c);
	return len == 3 && memcmp(name, "all", 3) == 0
		       ? REDACT_BIT(REDACT_CLASSES) - 1u
		       : 0;
}

bool redact_read_classes(const char *text, unsigned *classes)
{
	*classes = REDACT_DEFAULT;
	if (!text)
		return true;
	if (strcmp(text, "none") == 0) {
		*classes = 0;
		return true;
	}
	for (;;) {
		size_t len = strcspn(text, ",");
		unsigned bits = read_class(text, len);

		if (!bits)
			return false;
		*classes |= bits;
		if (!text[len])
			return true;
		text += len + 1;
	}
}

/* ---- the redactor ---------------------------------------------------- */

/* Rewritings of a text; all but the last have changed something. */
enum { ROUNDS = 8 };

struct redactor *redactor_new(unsigned classes)
{
	struct redactor *r = xcalloc(1, sizeof(*r));

	r->classes = classes;
	return r;
}

void redactor_free(struct redactor *r)
{
	if (!r)
		return;
	values_release(&r->values);
	known_release(r);
	free(r->founds.list);
	free(r);
}

void redactor_hit(struct redactor *r, enum redact_class class, size_t begin,
		  size_t end, const char *key, size_t key_len)
{
	const struct found found = {
		.begin = begin,
		.end = end,
		.value = values_add(&r->values, class, key, key_len),
		.class = class,
	};

	r->hits++;
	r->counts[r->values.list[found.value].class] += r->applying;
	founds_add(&r->founds, &found);
}

/* What numbers are must not depend on the words of an address: those first. */
static void find(struct redactor *r, struct text text)
{
	r->text = text;
	r->founds.count = 0;
	r->hits = 0;
	if (text.len == 0)
		return;
	redact_find_known(r);
	redact_find_contacts(r);
	redact_find_births(r);
	founds_settle(&r->founds);
	redact_find_numbers(r);
	founds_settle(&r->founds);
}

/* Numbers that placeholders in the text have already are not given again. */
static void pass_over(struct redactor *r, struct text text)
{
	const char *at = text.data, *end = text.data + text.len;

	while (at < end && (at = memchr(at, '[', (size_t)(end - at)))) {
		enum redact_class class;
		unsigned number = 0;
		size_t n = placeholder_at(text, (size_t)(at - text.data),
					  &class);

		for (at++; n > 0 && *at != ']'; at++)
			if (is_digit(*at))
				number = number * 10 + (unsigned)(*at - '0');
		if (n > 0 && number > r->values.numbers[class])
			r->values.numbers[class] = number;
	}
}

void redactor_learn(struct redactor *r, struct text text)
{
	if (text.len > 0)
		pass_over(r, text);
	r->applying = false;
	find(r, text);
	r->learned += r->hits;
}

bool redactor_found(const struct redactor *r)
{
	return r->learned > 0;
}

size_t redactor_count(const struct redactor *r, enum redact_class class)
{
	return r->counts[class];
}

/* ---- rewriting ------------------------------------------------------- */

/* The text with placeholders for what was found; the spans go to *map. */
static void rewrite(const struct redactor *r, struct buf *out,
		    struct redact_map *map)
{
	size_t done = 0;

	for (size_t i = 0; i < r->founds.count; i++) {
		const struct found *f = &r->founds.list[i];
		const struct value *value = &r->values.list[f->value];
		struct redact_span span = { .from = f->begin, .to = f->end };

		buf_put(out, r->text.data + done, f->begin - done);
		span.begin = out->len;
		buf_printf(out, "[%s_%u]", redact_class_name(value->class),
			   value->number);
		span.end = out->len;
		redact_map_add(map, &span);
		done = f->end;
	}
	buf_put(out, r->text.data + done, r->text.len - done);
}

/*
 * Beside a placeholder what is left may look like another secret, so the text
 * is read again until it has none: who redacts it twice finds nothing.
 */
size_t redactor_apply(struct redactor *r, struct text text, struct buf *out,
		      struct redact_map *map)
{
	struct redact_map whole = { 0 };
	struct buf now, next;
	size_t hits = 0;

	r->applying = true;
	buf_init(&now, out->limit);
	for (int round = 0; round < ROUNDS; round++) {
		struct redact_map step = { 0 };

		find(r, text);
		hits += r->hits;
		if (r->founds.count == 0)
			break;
		buf_init(&next, out->limit);
		rewrite(r, &next, &step);
		redact_map_join(&whole, &step);
		buf_release(&now);
		now = next;
		text = (struct text){ now.data, now.len };
	}
	if (text.len > 0)
		buf_put(out, text.data, text.len);
	buf_release(&now);
	if (map)
		*map = whole;
	else
		redact_map_release(&whole);
	return hits;
}

size_t redact_text(unsigned classes, struct text text, struct buf *out,
		   struct redact_map *map)
{
	struct redactor *r = redactor_new(classes);
	size_t hits;

	redactor_learn(r, text);
	hits = redactor_apply(r, text, out, map);
	redactor_free(r);
	return hits;
}
