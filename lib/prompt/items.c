/* The `items:` of a prompt: the names its answer must hold, defined. */
#include "prompt/items.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/xalloc.h"

void items_free(char **names)
{
	for (char **name = names; name && *name; name++)
		free(*name);
	free(names);
}

/* A letter as answers are compared: without case; '\0' for space, `_`, `-`. */
static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return strchr(" \t_-", c) ? '\0' : c;
}

/* Would a model's spelling of one be taken for the other? */
static bool same_name(const char *a, const char *b)
{
	for (;;) {
		while (*a && !folded(*a))
			a++;
		while (*b && !folded(*b))
			b++;
		if (folded(*a) != folded(*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

/* The text under a key of an item; NULL with *err. */
static const struct yaml_node *member(const char *where,
				      const struct yaml_node *item,
				      const char *key, struct error *err)
{
	const struct yaml_node *node = yaml_get(item, key);

	if (!node)
		yaml_fault(where, item, err, ERR_PROMPT,
			   "an item without \"%s\"", key);
	else if (node->kind != YAML_SCALAR)
		yaml_fault(where, node, err, ERR_PROMPT,
			   "an item's \"%s\" must be a text", key);
	else if (strspn(node->text, " \t\n") == node->length)
		yaml_fault(where, node, err, ERR_PROMPT,
			   "an item's \"%s\" is empty", key);
	else
		return node;
	return NULL;
}

/* Appends a definition on one line, however the file breaks it. */
static void put_definition(struct buf *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, " \t\n");

		buf_put(out, text, n);
		text += n;
		text += strspn(text, " \t\n");
		if (n > 0 && *text)
			buf_putc(out, ' ');
	}
}

static int check_name(const char *where, const struct yaml_node *name,
		      char **names, struct error *err)
{
	if (name->length > LIMIT_ANSWER_NAME)
		return yaml_fault(where, name, err, ERR_PROMPT,
				  "an item's name is longer than %d bytes",
				  LIMIT_ANSWER_NAME);
	for (const char *s = name->text; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return yaml_fault(where, name, err, ERR_PROMPT,
					  "an item's name must be one line");
	for (; *names; names++)
		if (same_name(*names, name->text))
			return yaml_fault(where, name, err, ERR_PROMPT,
					  "item \"%s\" is there already, as "
					  "\"%s\"",
					  name->text, *names);
	return 0;
}

static int read_item(const char *where, const struct yaml_node *item,
		     char **names, struct buf *lines, struct error *err)
{
	static const char *const known[] = { "name", "definition", NULL };
	const struct yaml_node *name, *definition;
	size_t n = 0;

	if (item->kind != YAML_MAPPING)
		return yaml_fault(where, item, err, ERR_PROMPT,
				  "an item is a mapping: name: ...");
	for (size_t i = 0; i < item->count; i++) {
		const struct yaml_node *key = yaml_key(item, i);

		if (strcmp(key->text, known[0]) == 0 ||
		    strcmp(key->text, known[1]) == 0)
			continue;
		return yaml_fault_unknown(where, key, err, ERR_PROMPT, "key",
					  known);
	}
	name = member(where, item, "name", err);
	definition = name ? member(where, item, "definition", err) : NULL;
	if (!definition || check_name(where, name, names, err) < 0)
		return -1;
	while (names[n])
		n++;
	names[n] = xstrdup(name->text);
	if (n > 0)
		buf_putc(lines, '\n');
	buf_printf(lines, "- %s: ", name->text);
	put_definition(lines, definition->text);
	return 0;
}

int items_read(const char *where, const struct yaml_node *list, char ***names,
	       char **lines, struct error *err)
{
	struct buf text;
	char **found;

	if (list->kind != YAML_SEQUENCE || list->count == 0)
		return yaml_fault(where, list, err, ERR_PROMPT,
				  "\"items\" must be a list");
	if (list->count > LIMIT_ANSWER_LIST)
		return yaml_fault(where, list, err, ERR_PROMPT,
				  "more than %d items", LIMIT_ANSWER_LIST);
	found = xcalloc(list->count + 1, sizeof(*found));
	buf_init(&text, LIMIT_PROMPT_BYTES);
	for (size_t i = 0; i < list->count; i++) {
		if (read_item(where, list->children[i], found, &text, err) <
		    0) {
			items_free(found);
			buf_release(&text);
			return -1;
		}
	}
	*names = found;
	*lines = buf_take(&text);
	return 0;
}
