/* The secrets of a call, each once, and where a text holds them. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/xalloc.h"
#include "transcript/redact_parts.h"

enum { FIRST_SLOTS = 64, FIRST_KEYS = 256 };

/* Numbers are told apart by their digits, what is short also by its class. */
static unsigned kind_of(enum redact_class class, const char *key, size_t len)
{
	if (len < DISTINCT_DIGITS)
		return (unsigned)class;
	for (size_t i = 0; i < len; i++)
		if (!is_digit(key[i]))
			return (unsigned)class;
	return REDACT_CLASSES;
}

static size_t hash_key(unsigned kind, const char *key, size_t len)
{
	return fnv1a_fold(fnv1a_put(FNV1A_START ^ kind, key, len));
}

/* The slot of the value, or the empty one where it would be. */
static size_t *find_slot(const struct values *v, unsigned kind, const char *key,
			 size_t len)
{
	size_t at = hash_key(kind, key, len) % v->slot_count;

	for (; v->slots[at]; at = (at + 1) % v->slot_count) {
		const struct value *value = &v->list[v->slots[at] - 1];

		if (value->key_len == len &&
		    kind_of(value->class, v->keys + value->key, len) == kind &&
		    memcmp(v->keys + value->key, key, len) == 0)
			break;
	}
	return &v->slots[at];
}

static void grow_slots(struct values *v)
{
	free(v->slots);
	v->slot_count = v->slot_count ? v->slot_count * 2 : FIRST_SLOTS;
	v->slots = xcalloc(v->slot_count, sizeof(*v->slots));
	for (size_t i = 0; i < v->count; i++) {
		const struct value *value = &v->list[i];

		*find_slot(v,
			   kind_of(value->class, v->keys + value->key,
				   value->key_len),
			   v->keys + value->key, value->key_len) = i + 1;
	}
}

static size_t put_key(struct values *v, const char *key, size_t len)
{
	size_t at = v->keys_len;

	if (v->keys_len + len > v->keys_size) {
		v->keys_size = (v->keys_len + len) * 2 + FIRST_KEYS;
		v->keys = xgrow(v->keys, v->keys_len, v->keys_size);
	}
	memcpy(v->keys + at, key, len);
	v->keys_len += len;
	return at;
}

size_t values_add(struct values *v, enum redact_class class, const char *key,
		  size_t len)
{
	size_t *slot;

	if (v->count * 2 >= v->slot_count)
		grow_slots(v);
	slot = find_slot(v, kind_of(class, key, len), key, len);
	if (*slot)
		return *slot - 1;
	v->list = xroom(v->list, v->count, &v->size, sizeof(*v->list));
	v->list[v->count] = (struct value){ .class = class,
					    .number = ++v->numbers[class],
					    .key = put_key(v, key, len),
					    .key_len = len };
	if (kind_of(class, key, len) == REDACT_CLASSES && len > v->longest)
		v->longest = len;
	*slot = ++v->count;
	return v->count - 1;
}

size_t values_find_digits(const struct values *v, const char *digits,
			  size_t len)
{
	if (v->slot_count == 0 || len < DISTINCT_DIGITS || len > v->longest)
		return NO_VALUE;
	/* an empty slot holds 0, and 0 - 1 is NO_VALUE */
	return *find_slot(v, REDACT_CLASSES, digits, len) - 1;
}

void values_release(struct values *v)
{
	free(v->list);
	free(v->keys);
	free(v->slots);
	*v = (struct values){ 0 };
}

/* ---- what was found -------------------------------------------------- */

void founds_add(struct founds *f, const struct found *found)
{
	f->list = xroom(f->list, f->count, &f->size, sizeof(*f->list));
	f->list[f->count++] = *found;
}

static int compare(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return 0;
}

void founds_settle(struct founds *f)
{
	size_t kept = 0;

	if (f->count > 0)
		qsort(f->list, f->count, sizeof(*f->list), compare);
	for (size_t i = 0; i < f->count; i++) {
		struct found *last = kept > 0 ? &f->list[kept - 1] : NULL;

		if (!last || f->list[i].begin >= last->end)
			f->list[kept++] = f->list[i];
		else if (f->list[i].end > last->end)
			last->end = f->list[i].end;
	}
	f->count = kept;
}
