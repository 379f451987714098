/* One prompt file: read, checked, its messages compiled. */
#include "prompt/prompt_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/xalloc.h"
#include "data/yaml.h"
#include "prompt/fence.h"
#include "prompt/items.h"
#include "prompt/segment.h"

enum { MAX_TOKENS = 1000000 };
#define MAX_TEMPERATURE 2.0

static const char ITEMS[] = "items";
static const char MARKER[] = "marker";

static const char *const roles[] = { "system", "user", "assistant", "developer",
				     NULL };

/* A file being read. */
struct reading {
	const struct prompt_rules *rules;
	const char *where;
	struct text file;
	struct yaml_node *root;    /* a mapping */
	const char **names;        /* of rules->offered, `items`, NULL */
	const struct field **json; /* likewise, with no NULL at the end */
	enum template_format format;
	struct prompt *p;
	struct error *err;
};

/* Faults at a node; expands to -1. */
#define FAULT(r, node, ...) \
	yaml_fault((r)->where, node, (r)->err, ERR_PROMPT, __VA_ARGS__)

/* A fault inside a message's content. */
static int fault_in(const struct reading *r, const struct yaml_node *content,
		    size_t offset, const char *format, ...) PRINTF_LIKE(4, 5);
static int fault_in(const struct reading *r, const struct yaml_node *content,
		    size_t offset, const char *format, ...)
{
	char text[sizeof(r->err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return place_fault(r->where, yaml_locate(r->file, content, offset),
			   r->err, ERR_PROMPT, "%s", text);
}

static size_t find(const char *const *names, const char *name)
{
	size_t i = 0;

	while (names[i] && strcmp(names[i], name) != 0)
		i++;
	return i;
}

/* ---- keys ------------------------------------------------------------ */

enum { REQUIRED = 1, NOT_IN_CONTEXT = 2 };

static const struct {
	const char *name;
	int flags;
} keys[] = {
	{ "name", REQUIRED },
	{ "version", REQUIRED },
	{ "format", REQUIRED },
	{ "variables", REQUIRED },
	{ "items", NOT_IN_CONTEXT },
	{ "temperature", NOT_IN_CONTEXT },
	{ "max_tokens", NOT_IN_CONTEXT },
	{ "model", NOT_IN_CONTEXT },
	{ "messages", REQUIRED },
};

static int check_key(const struct reading *r, const struct yaml_node *key)
{
	const char *known[LENGTH(keys) + 1] = { 0 };

	for (size_t i = 0; i < LENGTH(keys); i++) {
		known[i] = keys[i].name;
		if (strcmp(key->text, keys[i].name) != 0)
			continue;
		if (r->rules->is_context && keys[i].flags & NOT_IN_CONTEXT)
			return FAULT(r, key,
				     "\"%s\" is for a stage's prompt, not for "
				     "the context",
				     key->text);
		return 0;
	}
	return yaml_fault_unknown(r->where, key, r->err, ERR_PROMPT, "key",
				  known);
}

static int check_keys(const struct reading *r)
{
	if (r->root->kind != YAML_MAPPING)
		return FAULT(r, r->root, "a prompt is a mapping: name: ...");
	for (size_t i = 0; i < r->root->count; i++)
		if (check_key(r, yaml_key(r->root, i)) < 0)
			return -1;
	for (size_t i = 0; i < LENGTH(keys); i++)
		if (keys[i].flags & REQUIRED &&
		    !yaml_get(r->root, keys[i].name))
			return FAULT(r, r->root, "key \"%s\" is missing",
				     keys[i].name);
	return 0;
}

/* ---- single values --------------------------------------------------- */

static bool is_blank(const struct yaml_node *node)
{
	return strspn(node->text, " \t\n") == node->length;
}

static bool is_null(const struct yaml_node *node)
{
	static const char *const nulls[] = { "~", "null", "Null", "NULL",
					     NULL };

	return !node->quoted && nulls[find(nulls, node->text)];
}

/* The text of a node that must be one, of more than white space. */
static const char *text_of(const struct reading *r,
			   const struct yaml_node *node, const char *what)
{
	if (node->kind != YAML_SCALAR || is_null(node))
		FAULT(r, node, "\"%s\" must be a text", what);
	else if (is_blank(node))
		FAULT(r, node, "\"%s\" is empty", what);
	else
		return node->text;
	return NULL;
}

static int read_format(const struct reading *r, const struct yaml_node *node,
		       enum template_format *format)
{
	if (!text_of(r, node, "format"))
		return -1;
	*format = find(template_formats, node->text);
	return *format < TEMPLATE_FORMATS
		       ? 0
		       : yaml_fault_unknown(r->where, node, r->err, ERR_PROMPT,
					    "format", template_formats);
}

static int read_head(struct reading *r)
{
	const struct yaml_node *name = yaml_get(r->root, "name");
	const struct yaml_node *version = yaml_get(r->root, "version");

	if (!text_of(r, name, "name") || !text_of(r, version, "version") ||
	    read_format(r, yaml_get(r->root, "format"), &r->format) < 0)
		return -1;
	if (strcmp(name->text, r->rules->name) != 0)
		return FAULT(r, name,
			     "the name is \"%.100s\", the file's is \"%s\"",
			     name->text, r->rules->name);
	r->p->name = xstrdup(name->text);
	r->p->version = xstrdup(version->text);
	return 0;
}

/* A plain decimal number; strtod() alone would take "inf" and "0x1p3". */
static bool number_of(const struct yaml_node *node, double *value)
{
	char *end;

	if (node->kind != YAML_SCALAR || node->quoted || node->length == 0 ||
	    strspn(node->text, "+-.0123456789eE") != node->length)
		return false;
	*value = strtod(node->text, &end);
	return *end == '\0';
}

static int read_sampling(struct reading *r)
{
	const struct yaml_node *node = yaml_get(r->root, "temperature");
	double value;

	if (node) {
		if (!number_of(node, &value) || value < 0 ||
		    value > MAX_TEMPERATURE)
			return FAULT(r, node,
				     "\"temperature\" must be a number from 0 "
				     "to 2");
		r->p->has_temperature = true;
		r->p->temperature = value;
	}
	node = yaml_get(r->root, "max_tokens");
	if (node) {
		if (!number_of(node, &value) || value < 1 ||
		    value > MAX_TOKENS || value != (double)(long)value)
			return FAULT(r, node,
				     "\"max_tokens\" must be a whole number "
				     "from 1 to %d",
				     MAX_TOKENS);
		r->p->max_tokens = (long)value;
	}
	return 0;
}

static int read_model(struct reading *r)
{
	const struct yaml_node *node = yaml_get(r->root, "model");

	if (!node)
		return 0;
	if (!text_of(r, node, "model"))
		return -1;
	for (const char *s = node->text; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return FAULT(r, node, "\"model\" must be one line");
	r->p->model = xstrdup(node->text);
	return 0;
}

/* ---- variables ------------------------------------------------------- */

static void make_names(struct reading *r)
{
	const struct offer *offered = r->rules->offered;
	size_t n = 0;

	while (offered[n].name)
		n++;
	r->p->offered = n;
	r->names = xcalloc(n + 2, sizeof(*r->names));
	r->json = xcalloc(n + 1, sizeof(*r->json));
	for (size_t i = 0; i < n; i++) {
		r->names[i] = offered[i].name;
		r->json[i] = offered[i].json;
	}
	if (!r->rules->is_context)
		r->names[n] = ITEMS;
}

/* The element of `variables:` that is this name, the first; or NULL. */
static const struct yaml_node *declaration(const struct reading *r,
					   const char *name)
{
	const struct yaml_node *list = yaml_get(r->root, "variables");

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->children[i]->text, name) == 0)
			return list->children[i];
	return NULL;
}

static int check_variables(const struct reading *r)
{
	const struct yaml_node *list = yaml_get(r->root, "variables");

	if (list->kind != YAML_SEQUENCE)
		return FAULT(r, list, "\"variables\" must be a list of names");
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *node = list->children[i];

		if (node->kind != YAML_SCALAR)
			return FAULT(r, node,
				     "\"variables\" must be a list of names");
		if (!r->names[find(r->names, node->text)])
			return yaml_fault_unknown(r->where, node, r->err,
						  ERR_PROMPT, "variable",
						  r->names);
		if (declaration(r, node->text) != node)
			return FAULT(r, node, "variable \"%s\" is listed twice",
				     node->text);
		if (strcmp(node->text, ITEMS) == 0 && !r->p->item_lines)
			return FAULT(r, node,
				     "variable \"items\" without a list "
				     "\"items\"");
	}
	return 0;
}

static int check_uses(const struct reading *r)
{
	const struct yaml_node *list = yaml_get(r->root, "variables");

	for (size_t i = 0; i < list->count; i++) {
		size_t index = find(r->names, list->children[i]->text);

		if (prompt_mentions(r->p, index) == 0)
			return FAULT(r, list->children[i],
				     "variable \"%s\" is declared but not used",
				     list->children[i]->text);
	}
	return 0;
}

/* ---- messages -------------------------------------------------------- */

struct content {
	struct text file;
	const struct yaml_node *node;
};

static struct place locate(const void *ctx, size_t offset)
{
	const struct content *content = ctx;

	return yaml_locate(content->file, content->node, offset);
}

/* Is this name well used here?  fixed: where no variable may be. */
static int check_mention(const struct reading *r, const struct yaml_node *node,
			 bool fixed, const struct mention *m)
{
	const char *name = r->names[m->name];

	if (fixed)
		return fault_in(r, node, m->offset,
				"no variables in the context's system message");
	if (!declaration(r, name))
		return fault_in(r, node, m->offset,
				"variable \"%s\" is not in the list "
				"\"variables\"",
				name);
	if (m->inserted && m->conditional &&
	    strcmp(name, r->rules->transcript) == 0)
		return fault_in(r, node, m->offset,
				"the transcript must not depend on a "
				"condition");
	return 0;
}

static int check_content(const struct reading *r, const char *role,
			 const struct template *t, const struct yaml_node *node)
{
	bool fixed = r->rules->is_context && (strcmp(role, "system") == 0 ||
					      strcmp(role, "developer") == 0);
	size_t offset;

	for (size_t i = 0; i < t->mention_count; i++)
		if (check_mention(r, node, fixed, &t->mentions[i]) < 0)
			return -1;
	if (!fence_stands(t, find(r->names, r->rules->transcript),
			  find(r->names, MARKER), &offset))
		return fault_in(r, node, offset,
				"the transcript must stand alone on its line, "
				"between two lines with the variable %s",
				MARKER);
	return 0;
}

/* The message's own format, or the file's. */
static int message_format(const struct reading *r, const struct yaml_node *node,
			  enum template_format *format)
{
	const struct yaml_node *own = yaml_get(node, "format");

	*format = r->format;
	return own ? read_format(r, own, format) : 0;
}

static int read_message(struct reading *r, const struct yaml_node *node)
{
	static const char *const known[] = { "role", "content", "format",
					     NULL };
	const struct template_names names = { r->names, r->json };
	const struct yaml_node *role, *content;
	struct prompt_message *message;
	enum template_format format;

	if (node->kind != YAML_MAPPING)
		return FAULT(r, node, "a message is a mapping: role: ...");
	for (size_t i = 0; i < node->count; i++)
		if (!known[find(known, yaml_key(node, i)->text)])
			return yaml_fault_unknown(r->where, yaml_key(node, i),
						  r->err, ERR_PROMPT, "key",
						  known);
	role = yaml_get(node, "role");
	content = yaml_get(node, "content");
	if (!role || !content)
		return FAULT(r, node, "a message without \"%s\"",
			     role ? "content" : "role");
	if (!text_of(r, role, "role") || !text_of(r, content, "content"))
		return -1;
	if (!roles[find(roles, role->text)])
		return yaml_fault_unknown(r->where, role, r->err, ERR_PROMPT,
					  "role", roles);
	if (message_format(r, node, &format) < 0)
		return -1;
	message = &r->p->messages[r->p->message_count];
	message->content = template_compile(
		&(struct template_source){
			.name = r->where,
			.text = { content->text, content->length },
			.format = format,
			.locate = locate,
			.ctx = &(struct content){ r->file, content } },
		&names, r->err);
	if (!message->content)
		return -1;
	message->role = xstrdup(role->text);
	r->p->message_count++;
	return check_content(r, role->text, message->content, content);
}

static int read_messages(struct reading *r)
{
	const struct yaml_node *list = yaml_get(r->root, "messages");
	size_t transcript = find(r->names, r->rules->transcript);

	if (list->kind != YAML_SEQUENCE || list->count == 0)
		return FAULT(r, list, "\"messages\" must be a list");
	r->p->messages = xcalloc(list->count, sizeof(*r->p->messages));
	for (size_t i = 0; i < list->count; i++)
		if (read_message(r, list->children[i]) < 0)
			return -1;
	if (r->rules->needs_transcript && prompt_uses(r->p, transcript) == 0)
		return FAULT(r, list,
			     "the transcript is missing: neither the context "
			     "nor this prompt has {{%s}}",
			     r->rules->transcript);
	return 0;
}

/* ---- the file -------------------------------------------------------- */

static int read_items(struct reading *r)
{
	const struct yaml_node *list = yaml_get(r->root, "items");

	if (!list)
		return 0;
	return items_read(r->where, list, &r->p->item_names, &r->p->item_lines,
			  r->err);
}

/* In this order: each relies on what those before it found. */
static int read_sections(struct reading *r)
{
	if (check_keys(r) < 0 || read_head(r) < 0 || read_sampling(r) < 0 ||
	    read_model(r) < 0 || read_items(r) < 0 || check_variables(r) < 0 ||
	    read_messages(r) < 0 || check_uses(r) < 0)
		return -1;
	return 0;
}

int prompt_read(struct prompt *p, const struct prompt_rules *rules,
		const char *where, struct text file, struct error *err)
{
	struct error fault = ERROR_INIT;
	struct reading r = {
		.rules = rules, .where = where, .file = file, .p = p, .err = err
	};
	int result;

	r.root = yaml_parse(where, file.data, file.len, &fault);
	if (!r.root)
		return error_set(err, ERR_PROMPT, fault.where, "%s",
				 fault.text);
	sha256_hex(file.data, file.len, p->sha256);
	make_names(&r);
	result = read_sections(&r);
	free(r.names);
	free(r.json);
	yaml_node_free(r.root);
	return result;
}

size_t prompt_uses(const struct prompt *p, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; p && i < p->message_count; i++)
		n += template_uses(p->messages[i].content, index);
	return n;
}

size_t prompt_mentions(const struct prompt *p, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; p && i < p->message_count; i++)
		n += template_mentions(p->messages[i].content, index);
	return n;
}

void prompt_release(struct prompt *p)
{
	for (size_t i = 0; i < p->message_count; i++) {
		free(p->messages[i].role);
		template_free(p->messages[i].content);
	}
	free(p->messages);
	items_free(p->item_names);
	free(p->item_lines);
	free(p->name);
	free(p->source);
	free(p->version);
	free(p->model);
	*p = (struct prompt){ 0 };
}
