/* Tells which call a prompt is about, by the transcript that stands in it. */
#include "calls.h"

#include "values.h"

#include <stdlib.h>
#include <string.h>

/*
 * Rabin-Karp: the first WINDOW bytes of every transcript are hashed once; a
 * hash that rolls over the prompt finds the places where one may begin. So a
 * look-up costs one pass over the prompt however many calls are known.
 */
#define WINDOW  48
#define BUCKETS 4096
#define BASE    UINT64_C(0x100000001b3)

struct calls {
	struct call *buckets[BUCKETS];
	struct call *brief; /* shorter than the window */
	uint64_t lead;      /* BASE to the power of WINDOW - 1 */
};

static uint64_t window_hash(const char *bytes)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < WINDOW; i++)
		hash = hash * BASE + (unsigned char)bytes[i];
	return hash;
}

static size_t bucket_of(uint64_t hash)
{
	return (size_t)(hash_mix(hash) % BUCKETS);
}

/* Adds one request of the file. */
static void add_call(struct calls *calls, const json_t *request,
		     const struct values *values)
{
	const json_t *id = json_object_get(request, "call_id");
	const json_t *text = json_object_get(
		json_object_get(request, "transcript"), "transcript");
	struct call **end = &calls->brief;
	struct call *call;

	if (!json_is_string(id) || !json_is_string(text) ||
	    !json_string_length(text))
		die(EXIT_USAGE, "%s:%u: no call_id or transcript.transcript",
		    values->file, values->line);
	call = need(sizeof(*call));
	call->id = copy_bytes(json_string_value(id), json_string_length(id));
	call->length = json_string_length(text);
	call->transcript = copy_bytes(json_string_value(text), call->length);
	call->next = NULL;
	if (call->length >= WINDOW)
		end = &calls->buckets[bucket_of(window_hash(call->transcript))];
	while (*end)
		end = &(*end)->next;
	*end = call;
}

struct calls *calls_new(const char *file)
{
	struct calls *calls = need(sizeof(*calls));
	struct values values;
	json_t *request;

	memset(calls, 0, sizeof(*calls));
	calls->lead = 1;
	for (size_t i = 1; i < WINDOW; i++)
		calls->lead *= BASE;
	values_open(&values, file);
	while ((request = values_next(&values))) {
		add_call(calls, request, &values);
		json_decref(request);
	}
	values_close(&values);
	return calls;
}

/* The longer of `best` and the calls of a bucket that begin at `text`. */
static const struct call *longest(const struct call *best,
				  const struct call *bucket, const char *text,
				  size_t left)
{
	for (; bucket; bucket = bucket->next) {
		if (bucket->length > left ||
		    (best && bucket->length <= best->length))
			continue;
		if (!memcmp(text, bucket->transcript, bucket->length))
			best = bucket;
	}
	return best;
}

const struct call *calls_find(const struct calls *calls, const char *text,
			      size_t length)
{
	const struct call *best = NULL;
	uint64_t hash;

	if (length >= WINDOW) {
		hash = window_hash(text);
		for (size_t i = 0;; i++) {
			best = longest(best, calls->buckets[bucket_of(hash)],
				       text + i, length - i);
			if (i + WINDOW == length)
				break;
			hash -= calls->lead * (unsigned char)text[i];
			hash = hash * BASE + (unsigned char)text[i + WINDOW];
		}
	}
	if (best)
		return best;
	for (const struct call *call = calls->brief; call; call = call->next)
		if ((!best || call->length > best->length) &&
		    find_bytes(text, length, call->transcript, call->length))
			best = call;
	return best;
}

static void chain_free(struct call *call)
{
	while (call) {
		struct call *next = call->next;

		free(call->id);
		free(call->transcript);
		free(call);
		call = next;
	}
}

void calls_free(struct calls *calls)
{
	if (!calls)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		chain_free(calls->buckets[i]);
	chain_free(calls->brief);
	free(calls);
}
