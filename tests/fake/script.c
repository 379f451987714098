/* The script: which reply does which request get instead of a good one? */
#include "script.h"

#include "values.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RULES_MAX 10000

struct script {
	/* read-only after start, but for each rule's `used` */
	struct rule *rules;
	size_t count;
	/* guarded by lock */
	pthread_mutex_t lock;
	json_t *attempts; /* "stage\ncall": number */
	unsigned nth;
	double first; /* when the first request began */
};

enum kind {
	KIND_STRING, /* const char * */
	KIND_NUMBER, /* json_int_t, at least `least` */
	KIND_SECONDS,
	KIND_FLAG,
	KIND_OBJECT,
	KIND_HEADERS,
	KIND_TEXT, /* const json_t *, a string */
	KIND_HEX,  /* likewise, two hexadecimal digits a byte */
	KIND_ANY,
	KIND_FAULT,
	KIND_FRAMING,
};

static const struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	int least;
	const char *help;
} keys[] = {
#define KEY(name, kind, member, least, help)                           \
	{                                                              \
		name, kind, offsetof(struct rule, member), least, help \
	}
	KEY("stage", KIND_STRING, stage, 0, "match: stage of the request"),
	KEY("call", KIND_STRING, call, 0, "match: call_id (see --calls)"),
	KEY("attempt", KIND_NUMBER, attempt, 1,
	    "match: n-th request of its stage and call"),
	KEY("nth", KIND_NUMBER, nth, 1, "match: n-th request of all"),
	KEY("connection", KIND_NUMBER, connection, 1,
	    "match: on the n-th connection"),
	KEY("percent", KIND_NUMBER, percent, 0,
	    "match: so many in 100, by call, stage and attempt"),
	KEY("after_s", KIND_SECONDS, after_s, 0,
	    "match: so long after the first request, or later"),
	KEY("before_s", KIND_SECONDS, before_s, 0, "match: earlier than that"),
	KEY("path", KIND_STRING, path, 0, "match: end of the path, no query"),
	KEY("method", KIND_STRING, method, 0, "match: GET, POST, ..."),
	KEY("times", KIND_NUMBER, times, 1,
	    "the rule applies so often (default for ever)"),
	KEY("status", KIND_NUMBER, status, 100,
	    "status; from 400 on with OpenRouter's error body"),
	KEY("headers", KIND_HEADERS, headers, 0,
	    "{name: value or [values]}, replacing the fake's own"),
	KEY("body", KIND_TEXT, body, 0, "the body, raw"),
	KEY("body_hex", KIND_HEX, body_hex, 0,
	    "the body, bytes in hexadecimal"),
	KEY("json", KIND_ANY, json, 0, "the body, a JSON value"),
	KEY("content", KIND_TEXT, content, 0, "what the model says, raw"),
	KEY("answer", KIND_OBJECT, answer, 0, "what the model says, as JSON"),
	KEY("fence", KIND_FLAG, fence, 0, "true: content in a ``` fence"),
	KEY("finish_reason", KIND_ANY, finish_reason, 0, "of the choice"),
	KEY("refusal", KIND_ANY, refusal, 0,
	    "of the message; its content is then null"),
	KEY("usage", KIND_ANY, usage, 0, "instead of the usage"),
	KEY("patch", KIND_OBJECT, patch, 0,
	    "laid over the JSON reply; arrays element by element"),
	KEY("delay_ms", KIND_NUMBER, delay_ms, 0, "instead of the latency"),
	KEY("framing", KIND_FRAMING, framing, 0,
	    "length (default), chunked or close"),
	KEY("fault", KIND_FAULT, fault, 0, "see below"),
	KEY("at", KIND_NUMBER, settings.at, 0, "for a fault: bytes"),
	KEY("bytes", KIND_NUMBER, settings.bytes, 0, "for a fault: size"),
	KEY("interval_ms", KIND_NUMBER, settings.interval_ms, 0,
	    "for a fault: time between two bytes"),
	KEY("seconds", KIND_SECONDS, settings.seconds, 0,
	    "for a fault: how long"),
#undef KEY
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const struct {
	const char *name;
	enum framing framing;
} framings[] = {
	{ "length", FRAMING_LENGTH },
	{ "chunked", FRAMING_CHUNKED },
	{ "close", FRAMING_CLOSE },
};

struct script *script_new(void)
{
	struct script *script = need(sizeof(*script));

	memset(script, 0, sizeof(*script));
	pthread_mutex_init(&script->lock, NULL);
	script->attempts = json_object();
	return script;
}

/* A header must have a value that can be sent. */
static bool are_headers(const json_t *headers)
{
	const char *name;
	json_t *value;
	json_t *each;
	size_t i;

	json_object_foreach ((json_t *)headers, name, value) {
		if (!json_is_string(value) && !json_is_array(value))
			return false;
		json_array_foreach (value, i, each)
			if (!json_is_string(each))
				return false;
	}
	return json_is_object(headers);
}

static bool is_hex(const json_t *value)
{
	const char *digits = json_string_value(value);

	return digits && json_string_length(value) % 2 == 0 &&
	       strspn(digits, "0123456789abcdefABCDEF") ==
		       json_string_length(value);
}

static bool set_framing(enum framing *framing, const json_t *value)
{
	const char *name = json_string_value(value);

	for (size_t i = 0; name && i < sizeof(framings) / sizeof(framings[0]);
	     i++) {
		if (!strcmp(framings[i].name, name)) {
			*framing = framings[i].framing;
			return true;
		}
	}
	return false;
}

/* Puts a value into its place in the rule; false if it does not fit. */
static bool set_key(struct rule *rule, const struct key *key,
		    const json_t *value)
{
	void *place = (char *)rule + key->offset;

	switch (key->kind) {
	case KIND_STRING:
		*(const char **)place = json_string_value(value);
		return json_is_string(value);
	case KIND_NUMBER:
		*(json_int_t *)place = json_integer_value(value);
		return json_is_integer(value) &&
		       json_integer_value(value) >= key->least;
	case KIND_SECONDS:
		*(double *)place = json_number_value(value);
		return json_is_number(value) && json_number_value(value) >= 0;
	case KIND_FLAG:
		*(bool *)place = json_is_true(value);
		return json_is_boolean(value);
	case KIND_FAULT:
		if (!json_is_string(value))
			return false;
		*(const struct fault **)place = fault_find(
			json_string_value(value));
		return *(const struct fault **)place != NULL;
	case KIND_FRAMING:
		return set_framing(place, value);
	case KIND_OBJECT:
	case KIND_HEADERS:
	case KIND_TEXT:
	case KIND_HEX:
	case KIND_ANY:
		*(const json_t **)place = value;
		break;
	}
	if (key->kind == KIND_OBJECT)
		return json_is_object(value);
	if (key->kind == KIND_HEADERS)
		return are_headers(value);
	if (key->kind == KIND_HEX)
		return is_hex(value);
	return key->kind == KIND_ANY || json_is_string(value);
}

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

/* Fills a rule from its JSON, which it keeps. */
static void rule_init_take(struct rule *rule, json_t *source,
			   const struct values *from)
{
	const char *name;
	json_t *value;

	memset(rule, 0, sizeof(*rule));
	rule->source = source;
	rule->attempt = rule->nth = rule->times = rule->connection = -1;
	rule->percent = -1;
	rule->after_s = rule->before_s = -1;
	rule->status = rule->delay_ms = -1;
	rule->settings.at = rule->settings.bytes = -1;
	rule->settings.interval_ms = -1;
	rule->settings.seconds = -1;
	if (!json_is_object(source))
		die(EXIT_USAGE, "%s:%u: a rule is an object", from->file,
		    from->line);
	json_object_foreach (source, name, value) {
		const struct key *key = key_find(name);

		if (!key)
			die(EXIT_USAGE, "%s:%u: unknown key \"%s\"", from->file,
			    from->line, name);
		if (!set_key(rule, key, value))
			die(EXIT_USAGE, "%s:%u: bad value for \"%s\"",
			    from->file, from->line, name);
	}
	if (rule->status > 999)
		die(EXIT_USAGE, "%s:%u: bad value for \"status\"", from->file,
		    from->line);
}

void script_load(struct script *script, const char *file)
{
	struct values values;
	json_t *source;

	values_open(&values, file);
	while ((source = values_next(&values))) {
		struct rule *rules;

		if (script->count == RULES_MAX)
			die(EXIT_USAGE, "%s:%u: more than %d rules", file,
			    values.line, RULES_MAX);
		rules = realloc(script->rules,
				(script->count + 1) * sizeof(*rules));
		if (!rules)
			die(EXIT_BROKEN, "out of memory");
		script->rules = rules;
		rule_init_take(&rules[script->count++], source, &values);
	}
	values_close(&values);
}

/* Counts the request among those of its stage and call. */
static unsigned count_attempt(struct script *script,
			      const struct subject *subject)
{
	struct text key = { 0 };
	json_int_t attempt;

	if (!subject->stage || !subject->call)
		return 0;
	text_addf(&key, "%s\n%s", subject->stage, subject->call);
	attempt = json_integer_value(
			  json_object_get(script->attempts, key.data)) +
		  1;
	json_object_set_new(script->attempts, key.data, json_integer(attempt));
	text_release(&key);
	return (unsigned)attempt;
}

static bool same(const char *wanted, const char *found)
{
	return !wanted || (found && !strcmp(wanted, found));
}

/* Is the request inside the rule's window of time?  The lock is held. */
static bool in_time(const struct script *script, const struct rule *rule,
		    const struct subject *subject)
{
	double since = subject->when - script->first;

	return (rule->after_s < 0 || since >= rule->after_s) &&
	       (rule->before_s < 0 || since < rule->before_s);
}

/* Is the request among the rule's share?  The same ones in every run. */
static bool in_share(const struct rule *rule, const struct subject *subject,
		     unsigned attempt)
{
	uint64_t hash = hash_mix(HASH_START ^ attempt);

	if (rule->percent < 0)
		return true;
	hash = hash_string(hash, subject->stage ? subject->stage : "");
	hash = hash_string(hash, subject->call ? subject->call : "");
	return hash_mix(hash) % 100 < (uint64_t)rule->percent;
}

static bool rule_matches(const struct rule *rule, const struct subject *subject,
			 unsigned attempt, unsigned nth)
{
	const struct request *request = subject->request;

	return same(rule->stage, subject->stage) &&
	       same(rule->call, subject->call) &&
	       same(rule->method, request->method) &&
	       (!rule->path || request_path_ends(request, rule->path)) &&
	       (rule->attempt < 0 || rule->attempt == attempt) &&
	       (rule->nth < 0 || rule->nth == nth) &&
	       (rule->connection < 0 ||
		rule->connection == subject->connection) &&
	       in_share(rule, subject, attempt) &&
	       (rule->times < 0 || rule->used < rule->times);
}

const struct rule *script_next(struct script *script,
			       const struct subject *subject, bool apply,
			       unsigned *attempt, unsigned *nth)
{
	const struct rule *found = NULL;

	pthread_mutex_lock(&script->lock);
	*attempt = count_attempt(script, subject);
	*nth = ++script->nth;
	if (*nth == 1)
		script->first = subject->when;
	for (size_t i = 0; apply && !found && i < script->count; i++) {
		struct rule *rule = &script->rules[i];

		if (rule_matches(rule, subject, *attempt, *nth) &&
		    in_time(script, rule, subject)) {
			rule->used++;
			found = rule;
		}
	}
	pthread_mutex_unlock(&script->lock);
	return found;
}

/* How deep a patch may be nested before it replaces instead of merging. */
#define PATCH_DEPTH_MAX 32

/* What `base` (may be NULL) becomes under the patch: new reference. */
static json_t *patched(json_t *base, const json_t *patch, int depth)
{
	json_t *merged;
	const char *name;
	json_t *value;
	size_t i;

	if (depth < PATCH_DEPTH_MAX && json_is_object(patch)) {
		merged = json_is_object(base) ? json_copy(base) : json_object();
		json_object_foreach ((json_t *)patch, name, value)
			json_object_set_new(merged, name,
					    patched(json_object_get(base, name),
						    value, depth + 1));
		return merged;
	}
	if (depth < PATCH_DEPTH_MAX && json_is_array(patch)) {
		merged = json_array();
		json_array_foreach (patch, i, value)
			json_array_append_new(merged,
					      patched(json_array_get(base, i),
						      value, depth + 1));
		return merged;
	}
	return json_deep_copy(patch);
}

static void add_hex(struct text *out, const char *digits)
{
	char pair[3] = "";
	char byte;

	for (; *digits; digits += 2) {
		memcpy(pair, digits, 2);
		byte = (char)strtoul(pair, NULL, 16);
		text_add(out, &byte, 1);
	}
}

/* The body that the rule gives, if it gives one. */
static void apply_body(const struct rule *rule, struct reply *reply)
{
	if (rule->status >= 400) {
		struct text message = { 0 };

		text_addf(&message, "%s (scripted)",
			  http_reason((int)rule->status));
		reply_error(reply, (int)rule->status, message.data);
		text_release(&message);
	}
	if (rule->patch) {
		json_t *base = reply->document;

		reply->document = patched(base, rule->patch, 0);
		json_decref(base);
	}
	if (rule->json) {
		json_decref(reply->document);
		reply->document = json_deep_copy(rule->json);
	}
	if (rule->body || rule->body_hex) {
		reply->body_given = true;
		reply->body.length = 0;
	}
	if (rule->body)
		text_add(&reply->body, json_string_value(rule->body),
			 json_string_length(rule->body));
	if (rule->body_hex)
		add_hex(&reply->body, json_string_value(rule->body_hex));
}

/* Removes a header of the reply, however it is spelled. */
static void drop_header(struct reply *reply, const char *name)
{
	const char *own;
	json_t *value;
	void *next;

	json_object_foreach_safe(reply->headers, next, own,
				 value) if (!strcasecmp(own, name))
		json_object_del(reply->headers, own);
}

/* Lays the rule's headers over those of the reply. */
static void apply_headers(const struct rule *rule, struct reply *reply)
{
	const char *name;
	json_t *value;

	if (!reply->headers)
		reply->headers = json_object();
	json_object_foreach ((json_t *)rule->headers, name, value) {
		drop_header(reply, name);
		json_object_set_new(reply->headers, name,
				    json_deep_copy(value));
	}
}

void script_apply(const struct rule *rule, struct reply *reply)
{
	if (rule->status >= 0)
		reply->status = (int)rule->status;
	apply_body(rule, reply);
	if (rule->headers)
		apply_headers(rule, reply);
	if (rule->delay_ms >= 0)
		reply->delay_ms = (long)rule->delay_ms;
	reply->framing = rule->framing;
	reply->fault = rule->fault;
	reply->settings = rule->settings;
}

void script_reset(struct script *script)
{
	pthread_mutex_lock(&script->lock);
	json_object_clear(script->attempts);
	script->nth = 0;
	for (size_t i = 0; i < script->count; i++)
		script->rules[i].used = 0;
	pthread_mutex_unlock(&script->lock);
}

void script_help(void)
{
	printf("\nKeys of a rule:\n");
	for (size_t i = 0; i < KEYS; i++)
		printf("  %-19s %s\n", keys[i].name, keys[i].help);
	printf("\nFaults:\n");
	for (const struct fault *fault = faults; fault->name; fault++)
		printf("  %-19s %s\n", fault->name, fault->help);
}

void script_free(struct script *script)
{
	if (!script)
		return;
	for (size_t i = 0; i < script->count; i++)
		json_decref(script->rules[i].source);
	free(script->rules);
	json_decref(script->attempts);
	pthread_mutex_destroy(&script->lock);
	free(script);
}
