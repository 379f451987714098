/* Repeated subschemas, said once: every prompt pays for its schema. */
#include "data/schema_share.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A letter names a definition. */
enum { MOST_SHARED = 26 };

#define REFERENCE_FORMAT "#/$defs/%c"
/* What a reference, a definition and the first one cost beside the text. */
#define REFERENCE_COST  strlen("{\"$ref\":\"#/$defs/a\"}")
#define DEFINITION_COST strlen("\"a\":,")
#define FIRST_COST      strlen(",\"$defs\":{}")

/* One pass over all subschemas: counts them, or puts references in. */
struct sharing {
	json_t *counts;     /* {text: how often}, or NULL in the second pass */
	const char *wanted; /* the text to be replaced */
	char name;
};

static void visit_all(struct sharing *s, json_t *schema);

static void visit(struct sharing *s, json_t *parent, const char *key)
{
	json_t *schema = json_object_get(parent, key), *n;
	char *text;

	if (!json_is_object(schema))
		return;
	text = json_dumps(schema, JSON_COMPACT);
	if (s->counts) {
		n = json_object_get(s->counts, text);
		json_object_set_new(s->counts, text,
				    json_integer(json_integer_value(n) + 1));
		visit_all(s, schema);
	} else if (strcmp(text, s->wanted) == 0) {
		json_object_set_new(
			parent, key,
			json_pack("{s:o}", "$ref",
				  json_sprintf(REFERENCE_FORMAT, s->name)));
	} else {
		visit_all(s, schema);
	}
	free(text);
}

static void visit_members(struct sharing *s, json_t *object)
{
	const char *key;
	json_t *member;

	json_object_foreach (object, key, member)
		visit(s, object, key);
}

/* The places of a schema that hold schemas; as deep as the tables. */
static void visit_all(struct sharing *s, json_t *schema)
{
	visit(s, schema, "items");
	visit(s, schema, "additionalProperties");
	visit_members(s, json_object_get(schema, "properties"));
	visit_members(s, json_object_get(schema, "$defs"));
}

/* Bytes saved by saying a text of this length once instead of n times. */
static long saving(const char *text, const json_t *n, bool first)
{
	long length = (long)strlen(text), times = (long)json_integer_value(n);

	return times * (length - (long)REFERENCE_COST) - length -
	       (long)DEFINITION_COST - (first ? (long)FIRST_COST : 0);
}

/* Shares the one subschema that saves most; false if none does. */
static bool share_one(json_t *root, char name)
{
	struct sharing s = { .counts = json_object(), .name = name };
	json_t *defs = json_object_get(root, "$defs"), *counts = s.counts, *n;
	const char *text;
	long best = 0;

	visit_all(&s, root);
	json_object_foreach (counts, text, n) {
		long saved = saving(text, n, !defs);

		if (saved > best) {
			best = saved;
			s.wanted = text;
		}
	}
	if (s.wanted) {
		char key[2] = { name, '\0' };

		s.counts = NULL;
		visit_all(&s, root);
		if (!defs) {
			defs = json_object();
			json_object_set_new(root, "$defs", defs);
		}
		json_object_set_new(defs, key, json_loads(s.wanted, 0, NULL));
	}
	json_decref(counts);
	return best > 0;
}

void schema_share(json_t *root)
{
	for (int i = 0; i < MOST_SHARED; i++) {
		if (!share_one(root, (char)('a' + i)))
			break;
	}
}
