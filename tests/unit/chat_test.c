/* Request bodies: what all stages share, what is sent, what names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "llm/chat.h"
#include "support/samples.h"

static const struct chat_options plain = { .model = "acme/grader \"2\"",
					   .temperature = 0.3,
					   .max_tokens = 2000,
					   .data_policy = "deny",
					   .limit_field = "max_tokens",
					   .send_temperature = true };

static struct prompts *load_prompts(void)
{
	struct error err = ERROR_INIT;
	struct prompts *p = prompts_load(NULL, stage_prompts(), STAGE_COUNT,
					 &err);

	if (!p)
		fail_msg("%s: %s", err.where, err.text);
	return p;
}

/* A call that has been classified and checked, so that a dive can be asked. */
static struct call *make_call(void)
{
	struct call *call = sample_call(1);

	sample_end_ok_take(call, STAGE_CLASSIFICATION,
			   sample_json("{'red_flags':['one','two']}"));
	sample_end_ok_take(call, STAGE_COMPLIANCE,
			   sample_answer(STAGE_COMPLIANCE, NULL));
	return call;
}

/* One request as bytes, and its key. */
struct made {
	char *bytes;
	size_t len;
	char key[SHA256_HEX_SIZE];
};

static struct made make(const struct prompts *prompts,
			const struct chat_options *options, struct call *call,
			enum stage stage,
			const struct chat_correction *correction,
			long max_tokens, int repeat)
{
	struct chat_prefix prefix;
	struct chat_body body;
	struct made made;
	struct variables v;
	struct chat chat;
	struct buf all;

	chat_init(&chat, options, prompts);
	chat_prefix_init(&prefix, &chat, call);
	variables_fill(&v, call, stage, prefix.marker);
	chat_body_init(&body, &chat, &prefix, stage, v.values, correction,
		       max_tokens);
	chat_key(&chat, &prefix, &body, stage, repeat, made.key);
	buf_init(&all, LIMIT_BODY_BYTES);
	for (size_t i = 0; i < body.part_count; i++)
		buf_put(&all, body.parts[i].data, body.parts[i].len);
	made.len = all.len;
	made.bytes = buf_take(&all);
	chat_body_release(&body);
	variables_release(&v);
	chat_prefix_release(&prefix);
	chat_release(&chat);
	return made;
}

static json_t *body_of(const struct prompts *prompts,
		       const struct chat_options *options, enum stage stage,
		       const struct chat_correction *correction,
		       long max_tokens)
{
	struct call *call = make_call();
	struct made made = make(prompts, options, call, stage, correction,
				max_tokens, 0);
	json_t *body = json_loadb(made.bytes, made.len, JSON_REJECT_DUPLICATES,
				  NULL);

	assert_non_null(body);
	free(made.bytes);
	call_free(call);
	return body;
}

static const char *content_of(const json_t *body, size_t i, const char *role)
{
	const json_t *message = json_array_get(
		json_object_get(body, "messages"), i);

	assert_non_null(message);
	assert_string_equal(json_string_value(json_object_get(message, "role")),
			    role);
	return json_string_value(json_object_get(message, "content"));
}

/* ---- what is sent ---------------------------------------------------------
 */

static void the_parameters(void **state)
{
	static const char *const members = "model messages temperature "
					   "max_tokens response_format ";
	struct prompts *prompts = load_prompts();

	(void)state;
	for (int s = 0; s < STAGE_COUNT; s++) {
		json_auto_t *body = body_of(prompts, &plain, s, NULL, 0);
		char names[256] = "";
		const char *key;
		json_t *value;

		json_object_foreach (body, key, value) {
			strncat(names, key, 64);
			strncat(names, " ", 2);
		}
		assert_string_equal(names, members);
		sample_expect(json_object_get(body, "model"),
			      "'acme/grader \\\"2\\\"'");
		sample_expect(json_object_get(body, "temperature"), "0.3");
		sample_expect(json_object_get(body, "max_tokens"), "2000");
		sample_expect(json_object_get(body, "response_format"),
			      "{'type':'json_object'}");
	}
	prompts_free(prompts);
}

static void a_larger_limit_changes_nothing_else(void **state)
{
	struct prompts *prompts = load_prompts();
	json_auto_t *first = body_of(prompts, &plain, STAGE_COMPLIANCE, NULL,
				     0);
	json_auto_t *longer = body_of(prompts, &plain, STAGE_COMPLIANCE, NULL,
				      4000);

	(void)state;
	sample_expect(json_object_get(longer, "max_tokens"), "4000");
	json_object_set_new(longer, "max_tokens", json_integer(2000));
	assert_true(json_equal(first, longer));
	prompts_free(prompts);
}

/*
 * The system message and the fenced transcript come first, alternating roles;
 * the schema is the last thing the model reads.
 */
static void the_messages(void **state)
{
	struct prompts *prompts = load_prompts();

	(void)state;
	for (int s = 0; s < STAGE_COUNT; s++) {
		json_auto_t *body = body_of(prompts, &plain, s, NULL, 0);
		const char *user = content_of(body, 1, "user"), *tail;
		json_auto_t *schema = NULL;
		struct call *call = make_call();

		assert_int_equal(
			json_array_size(json_object_get(body, "messages")), 2);
		assert_non_null(
			strstr(content_of(body, 0, "system"), "transcript"));
		assert_non_null(strstr(user, call_transcript(call).data));
		tail = strrchr(user, '\n');
		assert_non_null(tail);
		schema = json_loads(tail, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(schema);
		assert_non_null(json_object_get(schema, "properties"));
		/* what the schema's short form leaves out stands before it */
		assert_null(json_object_get(schema, "required"));
		assert_non_null(strstr(user, "all its properties, no others"));
		call_free(call);
	}
	prompts_free(prompts);
}

static void item_names_stand_in_the_schema(void **state)
{
	struct prompts *prompts = load_prompts();
	char *const *names = prompts->stages[STAGE_COMPLIANCE].item_names;
	json_auto_t *body = body_of(prompts, &plain, STAGE_COMPLIANCE, NULL, 0);
	const char *schema = strrchr(content_of(body, 1, "user"), '\n');
	size_t count = 0;

	(void)state;
	assert_non_null(names);
	for (; *names; names++, count++)
		assert_non_null(strstr(schema, *names));
	assert_int_equal(count, 12);
	prompts_free(prompts);
}

static void a_correction(void **state)
{
	const struct chat_correction correction = {
		.answer = { "{\"a\":\"\xc3\xbc\n\"}", 11 },
		.faults = { "- a: b\n- c: d\n", 14 },
	};
	struct prompts *prompts = load_prompts();
	json_auto_t *body = body_of(prompts, &plain, STAGE_COMPLIANCE,
				    &correction, 0);
	json_auto_t *first = body_of(prompts, &plain, STAGE_COMPLIANCE, NULL,
				     0);
	const char *faults = content_of(body, 3, "user");

	(void)state;
	/* the model's own words, then what is wrong; before it all the same */
	assert_string_equal(content_of(body, 2, "assistant"),
			    "{\"a\":\"\xc3\xbc\n\"}");
	assert_non_null(strstr(faults, "- a: b\n- c: d\n"));
	assert_string_equal(content_of(body, 0, "system"),
			    content_of(first, 0, "system"));
	assert_string_equal(content_of(body, 1, "user"),
			    content_of(first, 1, "user"));
	assert_int_equal(json_array_size(json_object_get(body, "messages")), 4);
	prompts_free(prompts);
}

/* Others refuse what only OpenRouter understands: it is sent there alone. */
static void openrouter_only(void **state)
{
	static const struct {
		const char *policy, *provider;
	} rows[] = {
		{ "deny", "{'data_collection':'deny'}" },
		{ "zdr", "{'data_collection':'deny','zdr':true}" },
		{ "allow", NULL },
	};
	struct prompts *prompts = load_prompts();

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct chat_options options = plain;
		json_auto_t *body = NULL;
		const json_t *provider;

		options.openrouter = true;
		options.data_policy = rows[i].policy;
		body = body_of(prompts, &options, STAGE_COMMUNICATION, NULL, 0);
		provider = json_object_get(body, "provider");
		if (rows[i].provider)
			sample_expect(provider, rows[i].provider);
		else
			assert_null(provider);
		/* else the middle of a long transcript is dropped in silence */
		sample_expect(json_object_get(body, "plugins"),
			      "[{'id':'context-compression','enabled':false}]");
	}
	prompts_free(prompts);
}

static void strict_schemas(void **state)
{
	struct prompts *prompts = load_prompts();
	struct chat_options options = plain;

	(void)state;
	options.json_schema = true;
	for (int s = 0; s < STAGE_COUNT; s++) {
		json_auto_t *body = body_of(prompts, &options, s, NULL, 0);
		const json_t *format = json_object_get(body, "response_format");
		const json_t *strict = json_object_get(format, "json_schema");
		const json_t *schema = json_object_get(strict, "schema");
		json_auto_t *name = json_string(stages[s].name);

		sample_expect(json_object_get(format, "type"), "'json_schema'");
		sample_expect(json_object_get(strict, "strict"), "true");
		assert_true(json_equal(json_object_get(strict, "name"), name));
		sample_expect(json_object_get(schema, "additionalProperties"),
			      "false");
		assert_int_equal(
			json_array_size(json_object_get(schema, "required")),
			json_object_size(
				json_object_get(schema, "properties")));
		/* it stands beside the messages, not in them */
		assert_null(strstr(content_of(body, 1, "user"),
				   "\"additionalProperties\""));
	}
	prompts_free(prompts);
}

/* ---- what is shared -------------------------------------------------------
 */

/* Byte for byte up to the end of the transcript's message. */
static void all_stages_begin_alike(void **state)
{
	struct prompts *prompts = load_prompts();
	struct call *call = make_call();
	struct made made[STAGE_COUNT];
	const char *fence;

	(void)state;
	for (int s = 0; s < STAGE_COUNT; s++)
		made[s] = make(prompts, &plain, call, s, NULL, 0, 0);
	fence = strstr(made[0].bytes, "----- end transcript");
	assert_non_null(fence);
	for (int s = 1; s < STAGE_COUNT; s++)
		assert_memory_equal(made[s].bytes, made[0].bytes,
				    (size_t)(fence - made[0].bytes));
	for (int s = 0; s < STAGE_COUNT; s++)
		free(made[s].bytes);
	call_free(call);
	prompts_free(prompts);
}

/* Whoever wrote the call's text cannot write the line that ends its fence. */
static void the_fence_is_nowhere_in_the_call(void **state)
{
	struct prompts *prompts = load_prompts();
	struct chat_prefix prefix;
	json_t *request = sample_request();
	struct call *call;
	struct chat chat;
	char old[MARKER_SIZE];

	(void)state;
	chat_init(&chat, &plain, prompts);
	call = sample_call_take(json_deep_copy(request));
	chat_prefix_init(&prefix, &chat, call);
	memcpy(old, prefix.marker, sizeof(old));
	chat_prefix_release(&prefix);
	call_free(call);
	/* the script repeats the marker that this transcript would have */
	json_object_set_new(request, "ideal_script", json_string(old));
	call = sample_call_take(request);
	chat_prefix_init(&prefix, &chat, call);
	assert_string_not_equal(prefix.marker, old);
	chat_prefix_release(&prefix);
	call_free(call);
	chat_release(&chat);
	prompts_free(prompts);
}

/* ---- the key --------------------------------------------------------------
 */

static void expect_key(const char *key, const struct prompts *prompts,
		       const struct chat_options *options, struct call *call,
		       enum stage stage, int repeat, bool same)
{
	struct made made = make(prompts, options, call, stage, NULL, 0, repeat);

	assert_int_equal(strcmp(key, made.key) == 0, same);
	free(made.bytes);
}

static void what_changes_the_key(void **state)
{
	struct prompts *prompts = load_prompts();
	struct call *call = make_call(), *other = make_call();
	struct chat_options options = plain;
	struct made made = make(prompts, &plain, call, STAGE_COMPLIANCE, NULL,
				0, 0);
	const enum stage stage = STAGE_COMPLIANCE;
	json_t *transcript = json_object_get(other->request, "transcript");

	(void)state;
	expect_key(made.key, prompts, &plain, call, stage, 0, true);
	/* another call with the same words: the same question */
	expect_key(made.key, prompts, &plain, other, stage, 0, true);
	expect_key(made.key, prompts, &plain, call, stage, 1, false);
	expect_key(made.key, prompts, &plain, call, STAGE_COMMUNICATION, 0,
		   false);
	options.model = "acme/grader-3";
	expect_key(made.key, prompts, &options, call, stage, 0, false);
	options = plain;
	options.temperature = 0.30000000000000004;
	expect_key(made.key, prompts, &options, call, stage, 0, false);
	options = plain;
	options.max_tokens = 2001;
	expect_key(made.key, prompts, &options, call, stage, 0, false);
	options = plain;
	options.json_schema = true;
	expect_key(made.key, prompts, &options, call, stage, 0, false);
	/* one letter of the transcript */
	json_object_set_new(transcript, "transcript",
			    json_string("Agent: Hello, this is Anne of Acme."));
	expect_key(made.key, prompts, &plain, other, stage, 0, false);
	free(made.bytes);
	call_free(call);
	call_free(other);
	prompts_free(prompts);
}

/* One byte more in any message of the prompt, or another item. */
static void the_prompt_changes_the_key(void **state)
{
	struct prompts *prompts = load_prompts(), *other = load_prompts();
	struct call *call = make_call();
	struct made made = make(prompts, &plain, call, STAGE_COMPLIANCE, NULL,
				0, 0);
	char *name = other->stages[STAGE_COMPLIANCE].item_names[0];

	(void)state;
	expect_key(made.key, other, &plain, call, STAGE_COMPLIANCE, 0, true);
	name[0] = 'X'; /* of the schema's enum only */
	expect_key(made.key, other, &plain, call, STAGE_COMPLIANCE, 0, false);
	free(made.bytes);
	call_free(call);
	prompts_free(prompts);
	prompts_free(other);
}

/* A larger limit is the same question; 64 hexadecimal digits name it. */
static void a_larger_limit_keeps_the_key(void **state)
{
	struct prompts *prompts = load_prompts();
	struct call *call = make_call();
	struct made first = make(prompts, &plain, call, STAGE_COMPLIANCE, NULL,
				 0, 0);
	struct made longer = make(prompts, &plain, call, STAGE_COMPLIANCE, NULL,
				  4000, 0);

	(void)state;
	assert_string_equal(first.key, longer.key);
	assert_int_equal(strspn(first.key, "0123456789abcdef"), 64);
	free(first.bytes);
	free(longer.bytes);
	call_free(call);
	prompts_free(prompts);
}

/* ---- marks for the provider's cache ---------------------------------------
 */

/* What a content says, be it a string or parts; parts and marks are counted. */
static char *said(const json_t *content, size_t *parts, size_t *marks)
{
	struct buf all;
	json_t *part;
	size_t i;

	buf_init(&all, LIMIT_BODY_BYTES);
	*parts = *marks = 0;
	if (json_is_string(content))
		buf_puts(&all, json_string_value(content));
	json_array_foreach (content, i, part) {
		assert_string_equal(
			json_string_value(json_object_get(part, "type")),
			"text");
		buf_puts(&all,
			 json_string_value(json_object_get(part, "text")));
		*parts += 1;
		*marks += json_object_get(part, "cache_control") != NULL;
	}
	return buf_take(&all);
}

/* Marked or not, the model reads the same, and the question is the same. */
static void marks_change_no_word(void **state)
{
	const struct chat_correction correction = { { "{}", 2 },
						    { "- x\n", 4 } };
	struct prompts *prompts = load_prompts();
	struct chat_options marked = plain;

	(void)state;
	marked.cache = CHAT_CACHE_1H;
	for (int s = 0; s < STAGE_COUNT * 2; s++) {
		const struct chat_correction *c = s < STAGE_COUNT ? NULL
								  : &correction;
		enum stage stage = s % STAGE_COUNT;
		json_t *a = body_of(prompts, &plain, stage, c, 0);
		json_t *b = body_of(prompts, &marked, stage, c, 0);
		size_t n = json_array_size(json_object_get(a, "messages"));

		assert_int_equal(
			json_array_size(json_object_get(b, "messages")), n);
		for (size_t i = 0; i < n; i++) {
			json_t *x = json_array_get(
				json_object_get(a, "messages"), i);
			json_t *y = json_array_get(
				json_object_get(b, "messages"), i);
			size_t parts, marks, none;
			char *one = said(json_object_get(x, "content"), &none,
					 &none);
			char *two = said(json_object_get(y, "content"), &parts,
					 &marks);

			assert_string_equal(one, two);
			/* the transcript's message, and only that one */
			assert_int_equal(parts, i == 1 ? 2 : 0);
			assert_int_equal(marks, i == 1 ? 1 : 0);
			assert_true(json_equal(json_object_get(x, "role"),
					       json_object_get(y, "role")));
			free(one);
			free(two);
		}
		json_object_del(a, "messages");
		json_object_del(b, "messages");
		assert_true(json_equal(a, b));
		json_decref(a);
		json_decref(b);
	}
	prompts_free(prompts);
}

static void the_mark_ends_what_is_shared(void **state)
{
	struct prompts *prompts = load_prompts();
	struct chat_options marked = plain;
	struct call *call = make_call();
	struct made a, b;
	const char *mark;

	(void)state;
	marked.cache = CHAT_CACHE_5M;
	a = make(prompts, &marked, call, STAGE_COMPLIANCE, NULL, 0, 0);
	b = make(prompts, &marked, call, STAGE_DEEP_DIVE, NULL, 0, 0);
	mark = strstr(a.bytes, ",\"cache_control\":{\"type\":\"ephemeral\"}}");
	assert_non_null(mark);
	assert_memory_equal(a.bytes, b.bytes, (size_t)(mark - a.bytes) + 40);
	assert_null(strstr(mark + 10, "cache_control"));
	free(a.bytes);
	free(b.bytes);
	/* who bought an answer without marks need not buy it again */
	a = make(prompts, &plain, call, STAGE_COMPLIANCE, NULL, 0, 0);
	b = make(prompts, &marked, call, STAGE_COMPLIANCE, NULL, 0, 0);
	assert_string_equal(a.key, b.key);
	assert_string_not_equal(a.bytes, b.bytes);
	free(a.bytes);
	free(b.bytes);
	call_free(call);
	prompts_free(prompts);
}

static void who_is_marked(void **state)
{
	static const struct {
		const char *model;
		bool openrouter, strict;
		enum chat_cache want, got;
	} rows[] = {
		{ "anthropic/claude-x", true, false, CHAT_CACHE_AUTO,
		  CHAT_CACHE_5M },
		{ "anthropic/claude-x", true, true, CHAT_CACHE_AUTO,
		  CHAT_CACHE_NONE },
		{ "anthropic/claude-x", false, false, CHAT_CACHE_AUTO,
		  CHAT_CACHE_NONE },
		{ "openai/gpt-x", true, false, CHAT_CACHE_AUTO,
		  CHAT_CACHE_NONE },
		{ "anthropic/claude-x", true, false, CHAT_CACHE_NONE,
		  CHAT_CACHE_NONE },
		{ "openai/gpt-x", false, true, CHAT_CACHE_1H, CHAT_CACHE_1H },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct chat_options options = plain;

		options.openrouter = rows[i].openrouter;
		options.json_schema = rows[i].strict;
		options.cache = rows[i].want;
		assert_int_equal(chat_cache_of(&options, rows[i].model),
				 rows[i].got);
	}
}

/* The sessions of two calls differ, those of a call's stages do not. */
static void sessions(void **state)
{
	struct prompts *prompts = load_prompts();
	struct chat_options options = plain;
	struct call *one = make_call(), *two;
	json_t *request = sample_request();
	struct made made[3];
	const char *session[3];

	(void)state;
	json_object_set_new(json_object_get(request, "transcript"),
			    "transcript", json_string("Agent: Another."));
	two = sample_call_take(request);
	options.openrouter = true;
	made[0] = make(prompts, &options, one, STAGE_COMPLIANCE, NULL, 0, 0);
	made[1] = make(prompts, &options, one, STAGE_DEEP_DIVE, NULL, 0, 0);
	made[2] = make(prompts, &options, two, STAGE_COMPLIANCE, NULL, 0, 0);
	for (int i = 0; i < 3; i++) {
		session[i] = strstr(made[i].bytes, "\"session_id\":\"");
		assert_non_null(session[i]);
	}
	assert_memory_equal(session[0], session[1], 14 + 64 + 1);
	assert_memory_not_equal(session[0], session[2], 14 + 64 + 1);
	for (int i = 0; i < 3; i++)
		free(made[i].bytes);
	call_free(one);
	call_free(two);
	prompts_free(prompts);
}

/* ---- a stage's own model --------------------------------------------------
 */

static void a_model_of_its_own(void **state)
{
	struct prompts *prompts = load_prompts();
	struct call *call = make_call();
	struct chat_options other = plain;
	struct made own, all;

	(void)state;
	prompts->stages[STAGE_COMPLIANCE].model = strdup("acme/other");
	other.model = "acme/other";
	own = make(prompts, &plain, call, STAGE_COMPLIANCE, NULL, 0, 0);
	all = make(prompts, &other, call, STAGE_COMPLIANCE, NULL, 0, 0);
	/* the same request as of a run with that model, by the same key */
	assert_string_equal(own.bytes, all.bytes);
	assert_string_equal(own.key, all.key);
	free(own.bytes);
	free(all.bytes);
	own = make(prompts, &plain, call, STAGE_COMMUNICATION, NULL, 0, 0);
	all = make(prompts, &other, call, STAGE_COMMUNICATION, NULL, 0, 0);
	assert_string_not_equal(own.key, all.key);
	assert_non_null(strstr(own.bytes, "acme/grader"));
	free(own.bytes);
	free(all.bytes);
	call_free(call);
	prompts_free(prompts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parameters),
		cmocka_unit_test(a_larger_limit_changes_nothing_else),
		cmocka_unit_test(the_messages),
		cmocka_unit_test(item_names_stand_in_the_schema),
		cmocka_unit_test(a_correction),
		cmocka_unit_test(openrouter_only),
		cmocka_unit_test(strict_schemas),
		cmocka_unit_test(all_stages_begin_alike),
		cmocka_unit_test(the_fence_is_nowhere_in_the_call),
		cmocka_unit_test(what_changes_the_key),
		cmocka_unit_test(the_prompt_changes_the_key),
		cmocka_unit_test(a_larger_limit_keeps_the_key),
		cmocka_unit_test(marks_change_no_word),
		cmocka_unit_test(the_mark_ends_what_is_shared),
		cmocka_unit_test(who_is_marked),
		cmocka_unit_test(sessions),
		cmocka_unit_test(a_model_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
