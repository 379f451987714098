/* From a record that was read to a call, or to the reason why not. */
#include "run/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "data/schema_lax.h"
#include "model/request.h"
#include "run/redaction.h"
#include "transcript/words.h"

/* Ids of a large night, 1 MiB: what is not touched costs nothing. */
enum { BYTES_PER_TOKEN = 3, FIRST_SEEN = 1 << 17 };

long estimate_tokens(size_t bytes)
{
	return (long)((bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN);
}

/* ---- call_ids seen --------------------------------------------------- */

/* The first 64 bits; 0 marks an empty slot. */
static uint64_t short_hash(const char sha256[SHA256_HEX_SIZE])
{
	char hex[17] = "";

	memcpy(hex, sha256, sizeof(hex) - 1);
	return strtoull(hex, NULL, 16) | 1;
}

static uint64_t hash_id(const char *id)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(id, strlen(id), hex);
	return short_hash(hex);
}

/* Where the id is, or may be put. */
static size_t find_slot(const struct seen *seen, uint64_t id)
{
	size_t at = (id >> 1) % seen->size; /* bit 0 is always set */

	while (seen->ids[at] && seen->ids[at] != id)
		at = (at + 1) % seen->size;
	return at;
}

/* By a quarter: a table half empty would be most of what a long run keeps. */
static void seen_grow(struct seen *seen, bool compare)
{
	size_t first = seen->first ? seen->first : FIRST_SEEN;
	struct seen bigger = { .first = seen->first,
			       .size = seen->size ? seen->size / 4 * 5
						  : first };

	bigger.ids = xcalloc(bigger.size, sizeof(*bigger.ids));
	if (compare)
		bigger.contents = xcalloc(bigger.size,
					  sizeof(*bigger.contents));
	bigger.count = seen->count;
	for (size_t i = 0; i < seen->size; i++) {
		size_t to;

		if (!seen->ids[i])
			continue;
		to = find_slot(&bigger, seen->ids[i]);
		bigger.ids[to] = seen->ids[i];
		if (compare)
			bigger.contents[to] = seen->contents[i];
	}
	seen_release(seen);
	*seen = bigger;
}

enum sight { SEEN_NEVER, SEEN_BEFORE, SEEN_OTHER };

/* Adds the id; was it there?  compare: and with another content? */
static enum sight seen_add(struct seen *seen, const char *call_id,
			   const char content[SHA256_HEX_SIZE], bool compare)
{
	uint64_t id = hash_id(call_id);
	size_t at;

	if (seen->count >= seen->size / 8 * 7)
		seen_grow(seen, compare);
	at = find_slot(seen, id);
	if (seen->ids[at])
		return compare && seen->contents[at] != short_hash(content)
			       ? SEEN_OTHER
			       : SEEN_BEFORE;
	seen->ids[at] = id;
	if (compare)
		seen->contents[at] = short_hash(content);
	seen->count++;
	return SEEN_NEVER;
}

void seen_release(struct seen *seen)
{
	free(seen->ids);
	free(seen->contents);
	*seen = (struct seen){ 0 };
}

/* ---- checks ---------------------------------------------------------- */

/*
 * Random, or in a reproducible run a hash of the request's hash.  What is no
 * request has none, and its bytes may hold a card that their hash would give
 * away: it is known by its place and its call_id.
 */
static void make_correlation_id(struct intake *in,
				const struct input_record *record,
				bool reproducible)
{
	const char *basis = in->sha256[0] ? in->sha256 : record->source;
	const char *id = json_string_value(in->call_id);
	char hex[SHA256_HEX_SIZE];
	struct sha256 h;

	if (reproducible) {
		sha256_init(&h);
		sha256_put_part(&h, basis, strlen(basis));
		if (!in->sha256[0] && id)
			sha256_put_part(&h, id, strlen(id));
		sha256_end_hex(&h, hex);
	} else {
		random_hex(16, hex);
	}
	snprintf(in->correlation_id, sizeof(in->correlation_id), "eval_%.32s",
		 hex);
}

/* Of the request as it goes on from here: one line of JSON. */
static void hash_request(struct intake *in)
{
	struct buf line;

	buf_init(&line, LIMIT_BODY_BYTES);
	json_write(&line, in->request, JSON_STYLE_LINE);
	sha256_hex(line.data, line.len, in->sha256);
	buf_release(&line);
}

/* "path: message; found 17 (and 2 more)", for people; the list has all. */
static void set_invalid(struct intake *in)
{
	const json_t *first = json_array_get(in->faults.list, 0);
	const char *path = json_string_peek(first, "path");
	const char *got = json_string_peek(first, "got");
	size_t more = faults_count(&in->faults) - 1;
	char others[40] = "";

	if (more > 0)
		snprintf(others, sizeof(others), " (and %zu more)", more);
	error_set(&in->error, ERR_INVALID_REQUEST, NULL, "%s: %s%s%s%s",
		  *path ? path : "the request",
		  json_string_peek(first, "message"), got ? "; found " : "",
		  got ? got : "", others);
}

/* The user's own rules; the transcript is never silently cut. */
static void check_length(struct intake *in, const struct settings *settings)
{
	const json_t *string = json_object_get(
		json_object_get(in->request, "transcript"), "transcript");
	struct text t = { json_string_value(string),
			  json_string_length(string) };
	size_t least = (size_t)settings->min_words;
	size_t words = words_count_to(t, least);
	long tokens = estimate_tokens(t.len);

	if (words < least)
		error_set(&in->error, ERR_TOO_SHORT, NULL,
			  "%zu words; min-words is %zu", words, least);
	else if (settings->context_tokens && tokens > settings->context_tokens)
		error_set(&in->error, ERR_TOO_LONG, NULL,
			  "about %ld tokens; context-tokens is %ld", tokens,
			  settings->context_tokens);
	if (error_is(&in->error))
		in->status = CALL_SKIPPED;
}

/*
 * A call's row in the store is one: of two calls by the same name one would be
 * lost there without a word.
 */
static bool is_other_call(struct intake *in, enum sight sight)
{
	if (sight != SEEN_OTHER)
		return false;
	error_set(&in->error, ERR_DUPLICATE_ID, NULL,
		  "another call of this run has this call_id; the store keeps "
		  "one row for each");
	return true;
}

static void make_call(struct intake *in, const struct input_record *record,
		      enum sight sight)
{
	struct call *call = call_new();

	call->request = json_incref(in->request);
	memcpy(call->source, record->source, sizeof(call->source));
	memcpy(call->sha256, in->sha256, sizeof(call->sha256));
	call->redaction = in->redaction;
	in->redaction = (struct redaction){ .on = false };
	memcpy(call->correlation_id, in->correlation_id,
	       sizeof(call->correlation_id));
	json_array_extend(call->warnings, in->faults.warnings);
	if (sight != SEEN_NEVER)
		json_array_append_new(
			call->warnings,
			json_string("call_id occurred before in this run"));
	in->call = call;
}

/* The member if it is a string, as a valid request would have it.  New. */
static json_t *known_text(const json_t *value, const char *name)
{
	const json_t *text = json_object_get(value, name);
	bool replaced = false;

	return json_is_string(text) ? lax_text(text, &replaced) : NULL;
}

/* What is redacted; 0: nothing, which somebody must have asked for. */
static unsigned classes_of(const struct settings *settings)
{
	unsigned classes;

	if (!redact_read_classes(settings->redact, &classes))
		classes = REDACT_DEFAULT; /* settings let no such text in */
	return classes;
}

/* Everything after this sees the request without its secrets. */
static void prepare(struct intake *in, const struct input_record *record,
		    const struct settings *settings)
{
	unsigned classes = classes_of(settings);

	if (classes)
		redact_request(in->request, record->value, classes,
			       &in->redaction, in->faults.warnings);
	hash_request(in);
}

/* The request of the record's value, or NULL with in->faults. */
static json_t *convert(struct intake *in, const json_t *value,
		       const struct settings *settings)
{
	bool safe = classes_of(settings) != 0;
	struct redactor *r = safe ? redaction_for_faults(value) : NULL;
	const struct schema_context context = {
		.exact = true,
		.shown = safe ? redaction_shown : NULL,
		.shown_ctx = r,
	};
	json_t *request = schema_convert(&request_model, value, &context,
					 &in->faults);

	redactor_free(r);
	return request;
}

void intake_init(struct intake *in, const struct input_record *record,
		 const struct settings *settings, struct seen *seen)
{
	enum sight sight;

	*in = (struct intake){ .status = CALL_FAILED };
	faults_init(&in->faults);
	in->call_id = known_text(record->value, "call_id");
	in->agent_id = known_text(record->value, "agent_id");
	if (record->value)
		in->request = convert(in, record->value, settings);
	if (in->request)
		prepare(in, record, settings);
	make_correlation_id(in, record, settings->reproducible);
	if (!record->value)
		in->error = record->error;
	else if (!in->request)
		set_invalid(in);
	else
		check_length(in, settings);
	if (error_is(&in->error))
		return;
	sight = seen_add(seen, json_string_peek(in->request, "call_id"),
			 in->sha256, settings->store);
	if (!is_other_call(in, sight))
		make_call(in, record, sight);
}

void intake_release(struct intake *in)
{
	faults_release(&in->faults);
	redaction_release(&in->redaction);
	json_decref(in->request);
	json_decref(in->call_id);
	json_decref(in->agent_id);
}

struct rejection intake_rejection(const struct intake *in,
				  const struct input_record *record)
{
	const json_t *metadata = json_object_get(
		json_object_get(in->request, "transcript"), "metadata");

	return (struct rejection){
		.status = in->status,
		.error = &in->error,
		.source = record->source,
		.call_id = json_string_value(in->call_id),
		.agent_id = json_string_value(in->agent_id),
		.correlation_id = in->correlation_id,
		.timestamp = json_string_peek(metadata, "timestamp"),
		.details = in->faults.list,
		.omitted = in->faults.omitted,
	};
}
