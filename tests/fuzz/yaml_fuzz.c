/* Any bytes as YAML, and as a prompt: an error with a place, or sound nodes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "data/yaml.h"
#include "prompt/prompt_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct offer offered[] = { { "transcript", NULL },
					{ "marker", NULL },
					{ "goal", NULL },
					{ NULL, NULL } };

static void must(int ok)
{
	if (!ok)
		abort();
}

/* The byte of the file that stands at a place, as place_of() counts. */
static size_t offset_of(struct text file, struct place place)
{
	struct place at = { 1, 1 };
	size_t i = file.len >= 3 && memcmp(file.data, "\xef\xbb\xbf", 3) == 0
			   ? 3
			   : 0;

	while (i < file.len &&
	       (at.line < place.line ||
		(at.line == place.line && at.column < place.column)))
		place_step(&at, file, i++);
	while (i < file.len && (file.data[i] & 0xc0) == 0x80)
		i++; /* the rest of the character before */
	return i;
}

/* The last letter of a text is in the file where yaml_locate() says it is. */
static void check_text(struct text file, const struct yaml_node *node)
{
	size_t i = node->length;
	size_t at;

	must(strlen(node->text) == node->length);
	yaml_locate(file, node, node->length);
	while (i > 0 && !(node->text[i - 1] >= 'a' && node->text[i - 1] <= 'z'))
		i--;
	if (i == 0)
		return;
	at = offset_of(file, yaml_locate(file, node, i - 1));
	must(at < file.len);
	must(file.data[at] == node->text[i - 1] || file.data[at] == '\\');
}

static void check_node(struct text file, const struct yaml_node *node,
		       unsigned depth)
{
	size_t n = node->kind == YAML_MAPPING ? 2 * node->count : node->count;

	must(depth <= LIMIT_YAML_DEPTH + 1);
	must(node->line >= 1 && node->column >= 1 && node->start <= file.len);
	if (node->kind == YAML_SCALAR)
		check_text(file, node);
	for (size_t i = 0; i < n; i++)
		check_node(file, node->children[i], depth + 1);
	if (node->kind == YAML_MAPPING)
		for (size_t i = 0; i < node->count; i++)
			must(yaml_get(node, yaml_key(node, i)->text) ==
			     yaml_value(node, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct prompt_rules rules = {
		.name = "alpha",
		.offered = offered,
		.transcript = "transcript",
	};
	struct text file = { (const char *)data, size };
	struct error err = ERROR_INIT;
	struct yaml_node *root = yaml_parse("x", file.data, size, &err);
	struct prompt prompt = { 0 };

	must(!root == (err.code == ERR_CONFIG));
	if (!root)
		return 0;
	check_node(file, root, 1);
	yaml_node_free(root);
	if (prompt_read(&prompt, &rules, "x", file, &err) < 0)
		must(err.code == ERR_PROMPT && strchr(err.where, ':'));
	prompt_release(&prompt);
	return 0;
}
