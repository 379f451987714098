/* What the model says: an answer given beforehand, or one made up. */
#include "answer.h"

#include "generate.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>

struct answers {
	json_t *by_name; /* "stage\ncall": content; read-only once loaded */
};

/* The name under which an answer is kept. */
static void answer_name(struct text *name, const char *call, const char *stage)
{
	text_addf(name, "%s\n%s", stage, call);
}

/* An answer as the model would say it: new string. */
static json_t *said_new(const json_t *answer)
{
	json_t *said;
	char *dump;

	if (json_is_string(answer))
		return json_deep_copy(answer);
	dump = json_dumps(answer, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!dump)
		die(EXIT_BROKEN, "cannot write an answer as JSON");
	said = json_string(dump);
	free(dump);
	return said;
}

struct answers *answers_new(const char *file)
{
	struct answers *answers = need(sizeof(*answers));
	struct values values;
	json_t *row;

	answers->by_name = json_object();
	values_open(&values, file);
	while ((row = values_next(&values))) {
		const json_t *call = json_object_get(row, "call_id");
		const json_t *stage = json_object_get(row, "stage");
		const json_t *answer = json_object_get(row, "answer");
		struct text name = { 0 };

		if (!json_is_string(call) || !json_is_string(stage) || !answer)
			die(EXIT_USAGE, "%s:%u: no call_id, stage or answer",
			    file, values.line);
		answer_name(&name, json_string_value(call),
			    json_string_value(stage));
		if (!json_object_get(answers->by_name, name.data))
			json_object_set_new(answers->by_name, name.data,
					    said_new(answer));
		text_release(&name);
		json_decref(row);
	}
	values_close(&values);
	return answers;
}

const char *answers_find(const struct answers *answers, const char *call,
			 const char *stage)
{
	struct text name = { 0 };
	const char *said;

	if (!answers)
		return NULL;
	answer_name(&name, call, stage);
	said = json_string_value(json_object_get(answers->by_name, name.data));
	text_release(&name);
	return said;
}

void answers_free(struct answers *answers)
{
	if (answers)
		json_decref(answers->by_name);
	free(answers);
}

char *answer_make(const json_t *schema, const char *call, const char *stage,
		  uint64_t seed)
{
	uint64_t of_call = hash_string(hash_mix(seed), call);
	json_t *answer;
	char *said;

	if (!schema)
		return copy_bytes("{}", 2);
	answer = generate(schema, of_call, hash_string(of_call, stage));
	said = json_dumps(answer, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!said)
		die(EXIT_BROKEN, "cannot write an answer as JSON");
	json_decref(answer);
	return said;
}
