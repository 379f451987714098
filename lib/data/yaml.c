/* A small YAML: libyaml's events, made into nodes that know their place. */
#include "data/yaml.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/xalloc.h"

/* A mapping or sequence whose end has not come. */
struct frame {
	struct yaml_node *node;
	struct yaml_node *key; /* mapping: waits for its value; owned */
};

struct reader {
	const char *name;
	struct text file; /* all of it */
	size_t body;      /* offset behind the byte order mark */
	/* where the last node began; libyaml's marks count characters */
	size_t offset, character;
	struct place place;
	struct frame open[LIMIT_YAML_DEPTH];
	unsigned depth;
	struct yaml_node *root; /* owns all nodes but the waiting keys */
	bool begun;             /* the one document has */
	struct error *err;
};

/* ---- faults ---------------------------------------------------------- */

int yaml_fault(const char *name, const struct yaml_node *at, struct error *err,
	       enum error_code code, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return place_fault(name, (struct place){ at->line, at->column }, err,
			   code, "%s", text);
}

int yaml_fault_unknown(const char *name, const struct yaml_node *at,
		       struct error *err, enum error_code code,
		       const char *what, const char *const *known)
{
	char hint[NEAREST_HINT_SIZE];

	nearest_hint(at->text, known, hint);
	return yaml_fault(name, at, err, code, "unknown %s \"%.100s\"%s", what,
			  at->text, hint);
}

/* The offset in the file of the n-th character behind the mark. */
static size_t offset_of(const struct reader *r, size_t n)
{
	size_t i = r->body;

	while (i < r->file.len && (n > 0 || (r->file.data[i] & 0xc0) == 0x80))
		if ((r->file.data[i++] & 0xc0) != 0x80)
			n--;
	return i;
}

static int fault_at(const struct reader *r, size_t offset, const char *text)
{
	return place_fault(r->name, place_of(r->file, offset), r->err,
			   ERR_CONFIG, "%s", text);
}

/* Passes on what libyaml has to say, with its place. */
static int parser_fault(const struct reader *r, const yaml_parser_t *p)
{
	const char *context = p->context ? p->context : "";
	const char *hint = "";
	struct place begin;
	size_t at;

	if (p->error == YAML_MEMORY_ERROR)
		oom();
	if (p->error == YAML_READER_ERROR)
		return fault_at(r, r->body + p->problem_offset, p->problem);
	at = offset_of(r, p->problem_mark.index);
	if (at < r->file.len && r->file.data[at] == '\t')
		hint = " (a tab: YAML indents by spaces)";
	begin = place_of(r->file, offset_of(r, p->context_mark.index));
	if (p->context && p->context_mark.index != p->problem_mark.index)
		return place_fault(r->name, place_of(r->file, at), r->err,
				   ERR_CONFIG, "%s%s, %s that begins at %u:%u",
				   p->problem, hint, context, begin.line,
				   begin.column);
	return place_fault(r->name, place_of(r->file, at), r->err, ERR_CONFIG,
			   "%s%s%s%s", p->problem, hint, *context ? ", " : "",
			   context);
}

/* ---- nodes ----------------------------------------------------------- */

void yaml_node_free(struct yaml_node *node)
{
	size_t n;

	if (!node)
		return;
	n = node->kind == YAML_MAPPING ? 2 * node->count : node->count;
	for (size_t i = 0; i < n; i++)
		yaml_node_free(node->children[i]); /* LIMIT_YAML_DEPTH deep */
	free(node->children);
	free(node->text);
	free(node);
}

const struct yaml_node *yaml_key(const struct yaml_node *map, size_t i)
{
	return map->children[2 * i];
}

const struct yaml_node *yaml_value(const struct yaml_node *map, size_t i)
{
	return map->children[2 * i + 1];
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(yaml_key(map, i)->text, key) == 0)
			return yaml_value(map, i);
	return NULL;
}

static struct yaml_node *node_new(struct reader *r, enum yaml_kind kind,
				  const yaml_mark_t *mark)
{
	struct yaml_node *node = xcalloc(1, sizeof(*node));
	const struct text *file = &r->file;

	/* Events come in the order of the file: one walk finds all places. */
	while (r->offset < file->len &&
	       (r->character < mark->index ||
		(file->data[r->offset] & 0xc0) == 0x80)) {
		if ((file->data[r->offset] & 0xc0) != 0x80)
			r->character++;
		place_step(&r->place, *file, r->offset++);
	}
	node->kind = kind;
	node->start = r->offset;
	node->line = r->place.line;
	node->column = r->place.column;
	return node;
}

/* Appends one element, or a key and its value; the list doubles when full. */
static void append(struct yaml_node *parent, struct yaml_node *key,
		   struct yaml_node *node)
{
	size_t width = key ? 2 : 1;

	if ((parent->count & (parent->count - 1)) == 0) {
		size_t room = parent->count ? 2 * parent->count : 1;

		parent->children = xrealloc(parent->children,
					    room * width *
						    sizeof(*parent->children));
	}
	if (key)
		parent->children[2 * parent->count] = key;
	parent->children[width * parent->count + width - 1] = node;
	parent->count++;
}

/* Gives a new node its place in the tree, which owns it from here on. */
static int attach(struct reader *r, struct yaml_node *node)
{
	struct frame *top = r->depth > 0 ? &r->open[r->depth - 1] : NULL;

	if (!top) {
		r->root = node;
		return 0;
	}
	if (top->node->kind == YAML_SEQUENCE) {
		append(top->node, NULL, node);
		return 0;
	}
	if (top->key) {
		append(top->node, top->key, node);
		top->key = NULL;
		return 0;
	}
	top->key = node;
	if (node->kind != YAML_SCALAR)
		return yaml_fault(r->name, node, r->err, ERR_CONFIG,
				  "a key must be a single text");
	if (!node->quoted && strcmp(node->text, "<<") == 0)
		return yaml_fault(r->name, node, r->err, ERR_CONFIG,
				  "merge keys (<<) are not supported");
	return 0;
}

/* ---- repeated keys --------------------------------------------------- */

static int order_keys(const void *a, const void *b)
{
	const struct yaml_node *x = *(struct yaml_node *const *)a;
	const struct yaml_node *y = *(struct yaml_node *const *)b;
	int order = strcmp(x->text, y->text);

	if (order != 0)
		return order;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* Sorted, for a file may hold a hundred thousand keys. */
static int check_keys(const struct reader *r, const struct yaml_node *map)
{
	struct yaml_node **keys = xcalloc(map->count,
					  sizeof(struct yaml_node *));
	const struct yaml_node *again = NULL, *before = NULL;

	for (size_t i = 0; i < map->count; i++)
		keys[i] = map->children[2 * i];
	qsort(keys, map->count, sizeof(struct yaml_node *), order_keys);
	for (size_t i = 1; i < map->count; i++) {
		if (strcmp(keys[i - 1]->text, keys[i]->text) != 0 ||
		    (again && again->start < keys[i]->start))
			continue;
		before = keys[i - 1];
		again = keys[i];
	}
	free(keys);
	if (!again)
		return 0;
	return yaml_fault(r->name, again, r->err, ERR_CONFIG,
			  "key \"%s\" again, after line %u", again->text,
			  before->line);
}

/* ---- events ---------------------------------------------------------- */

/* Refuses what stands before a node: `&name` and `!tag`. */
static int check_properties(const struct reader *r,
			    const struct yaml_node *node,
			    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		return yaml_fault(r->name, node, r->err, ERR_CONFIG,
				  "anchors (&%s) are not supported", anchor);
	/* A lone `!` is in the file but not in the event. */
	if (tag ||
	    (node->start < r->file.len && r->file.data[node->start] == '!'))
		return yaml_fault(r->name, node, r->err, ERR_CONFIG,
				  "tags (%s) are not supported",
				  tag ? (const char *)tag : "!");
	return 0;
}

static int take_scalar(struct reader *r, const yaml_event_t *e)
{
	struct yaml_node *node = node_new(r, YAML_SCALAR, &e->start_mark);
	const char *text = (const char *)e->data.scalar.value;

	node->length = e->data.scalar.length;
	node->text = xstrndup(text, node->length);
	node->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (attach(r, node) < 0 ||
	    check_properties(r, node, e->data.scalar.anchor,
			     e->data.scalar.tag) < 0)
		return -1;
	if (memchr(text, '\0', node->length))
		return yaml_fault(r->name, node, r->err, ERR_CONFIG,
				  "a text cannot hold the character NUL");
	return 0;
}

static int take_start(struct reader *r, enum yaml_kind kind,
		      const yaml_event_t *e)
{
	struct yaml_node *node = node_new(r, kind, &e->start_mark);
	/* The two events have the same members in front. */
	const yaml_char_t *anchor = kind == YAML_MAPPING
					    ? e->data.mapping_start.anchor
					    : e->data.sequence_start.anchor;
	const yaml_char_t *tag = kind == YAML_MAPPING
					 ? e->data.mapping_start.tag
					 : e->data.sequence_start.tag;

	if (attach(r, node) < 0 || check_properties(r, node, anchor, tag) < 0)
		return -1;
	if (r->depth == LIMIT_YAML_DEPTH)
		return yaml_fault(r->name, node, r->err, ERR_CONFIG,
				  "nested deeper than %d levels",
				  LIMIT_YAML_DEPTH);
	r->open[r->depth++] = (struct frame){ .node = node };
	return 0;
}

static int take_event(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->begun)
			return fault_at(r, offset_of(r, e->start_mark.index),
					"a second document");
		r->begun = true;
		return 0;
	case YAML_ALIAS_EVENT:
		return fault_at(r, offset_of(r, e->start_mark.index),
				"aliases (*name) are not supported");
	case YAML_SCALAR_EVENT:
		return take_scalar(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return take_start(r, YAML_SEQUENCE, e);
	case YAML_MAPPING_START_EVENT:
		return take_start(r, YAML_MAPPING, e);
	case YAML_SEQUENCE_END_EVENT:
		r->depth--;
		return 0;
	case YAML_MAPPING_END_EVENT:
		return check_keys(r, r->open[--r->depth].node);
	default: /* begin and end of the stream, end of the document */
		return 0;
	}
}

/* ---- the file -------------------------------------------------------- */

/* Bytes of the line break at an offset, as YAML 1.1 has them, or 0. */
static size_t break_length(struct text file, size_t at)
{
	static const char *const breaks[] = { "\n", "\r", "\xc2\x85",
					      "\xe2\x80\xa8", "\xe2\x80\xa9" };

	for (size_t i = 0; i < LENGTH(breaks); i++) {
		size_t n = strlen(breaks[i]);

		if (file.len - at >= n &&
		    memcmp(file.data + at, breaks[i], n) == 0)
			return n;
	}
	return 0;
}

/* Does a line begin there? */
static bool after_break(struct text file, size_t at)
{
	for (size_t n = 1; n <= 3 && n <= at; n++)
		if (break_length(file, at - n) == n)
			return true;
	return at == 0;
}

/*
 * What libyaml must not see.  Its own check of repeated %TAG lines is
 * quadratic, and nothing here could use a directive.
 */
static int check_file(struct reader *r)
{
	const char *at = r->file.data;

	if (r->file.len > LIMIT_CONFIG_BYTES)
		return error_set(r->err, ERR_CONFIG, r->name,
				 "larger than %zu bytes", LIMIT_CONFIG_BYTES);
	if (r->file.len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		r->body = r->offset = 3;
	for (size_t i = r->body; i < r->file.len; i++)
		if (at[i] == '%' && (i == r->body || after_break(r->file, i)))
			return fault_at(r, i,
					"a line cannot begin with % "
					"(directives are not supported)");
	return 0;
}

static int read_events(struct reader *r)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = true;
	int result = 0;

	if (!yaml_parser_initialize(&parser))
		oom();
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&parser, (const unsigned char *)r->file.data + r->body,
		r->file.len - r->body);
	while (more && result == 0) {
		if (!yaml_parser_parse(&parser, &event)) {
			result = parser_fault(r, &parser);
			break;
		}
		more = event.type != YAML_STREAM_END_EVENT;
		result = take_event(r, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return result;
}

struct yaml_node *yaml_parse(const char *name, const char *text, size_t len,
			     struct error *err)
{
	struct reader r = { .name = name,
			    .file = { text ? text : "", len },
			    .place = { 1, 1 },
			    .err = err };

	if (check_file(&r) < 0)
		return NULL;
	if (read_events(&r) < 0) {
		for (unsigned i = 0; i < r.depth; i++)
			yaml_node_free(r.open[i].key);
		yaml_node_free(r.root);
		return NULL;
	}
	if (r.root && (r.root->kind != YAML_SCALAR || r.root->quoted ||
		       r.root->length > 0))
		return r.root;
	yaml_node_free(r.root); /* `---` alone is as empty as nothing */
	return node_new(&r, YAML_MAPPING, &(yaml_mark_t){ 0 });
}

/* ---- places inside a scalar ------------------------------------------ */

/* Bytes that a code point's UTF-8 has and that are not white space. */
static size_t visible(unsigned long code)
{
	if (code < 0x80)
		return !is_space((char)code);
	return code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/* The length of an escape in double quotes; *yields: visible bytes of it. */
static size_t escape_length(const char *s, size_t left, size_t *yields)
{
	size_t digits = s[1] == 'x' ? 2 : s[1] == 'u' ? 4 : 8;
	size_t line_end = break_length((struct text){ s, left }, 1);
	char hex[9] = "";

	*yields = 0;
	if (line_end > 0)
		return 1 + line_end;
	switch (s[1]) {
	case 'x':
	case 'u':
	case 'U':
		memcpy(hex, s + 2, left - 2 < digits ? left - 2 : digits);
		*yields = visible(strtoul(hex, NULL, 16));
		return 2 + digits;
	case 'N': /* next line */
	case '_': /* no-break space */
		*yields = 2;
		return 2;
	case 'L': /* line separator, paragraph separator */
	case 'P':
		*yields = 3;
		return 2;
	case 't':
	case 'n':
	case 'r':
	case ' ':
	case '\t':
		return 2;
	default:
		*yields = 1;
		return 2;
	}
}

/* The length of the piece at s; *yields: visible bytes it puts in the text. */
static size_t piece_length(const char *s, size_t left, char style,
			   size_t *yields)
{
	*yields = 0;
	if (is_space(*s))
		return 1;
	if (left >= 2 && memcmp(s, "\xc2\x85", 2) == 0)
		return 2; /* to YAML 1.1 a line's end, read as LF */
	if (style == '"' && *s == '\\' && left >= 2)
		return escape_length(s, left, yields);
	*yields = 1;
	return style == '\'' && *s == '\'' ? 2 : 1;
}

/* Where the line after that of `at` begins. */
static size_t next_line(struct text file, size_t at)
{
	while (at < file.len && break_length(file, at) == 0)
		at++;
	return at < file.len ? at + break_length(file, at) : at;
}

struct place yaml_locate(struct text file, const struct yaml_node *scalar,
			 size_t offset)
{
	size_t before = 0, at = scalar->start, yields, length;
	char style = at < file.len ? file.data[at] : '\0';

	/*
	 * Quotes, escapes, folding and indentation move white space about but
	 * keep all other bytes in order: so count those.
	 */
	for (size_t i = 0; i < offset && i < scalar->length; i++)
		before += !is_space(scalar->text[i]);
	if (style == '"' || style == '\'')
		at++;
	else if (scalar->quoted) /* | or > */
		at = next_line(file, at);
	else
		style = '\0';
	while (at < file.len) {
		length = piece_length(file.data + at, file.len - at, style,
				      &yields);
		if (yields > before)
			break;
		before -= yields;
		at += length;
	}
	/* A text that ends early (a white space asked for) cannot mislead. */
	return place_of(file, at < file.len ? at : file.len);
}
