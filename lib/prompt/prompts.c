/* The prompts of a run: found, loaded all or none, and rendered. */
#include "prompt/prompts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/xalloc.h"
#include "prompt/builtin.h"
#include "prompt/prompt_file.h"
#include "prompt/segment.h"

static const char CONTEXT[] = "context";
static const char SUFFIX[] = ".yaml";

/* A rule book may lie among the prompts; it is read by others. */
static const char RULES[] = "rules.yaml";

/* The context's values, in the order of prompts_render_context(). */
static const struct offer context_offers[] = { { "transcript", NULL },
					       { "marker", NULL },
					       { NULL, NULL } };

/* ---- files ----------------------------------------------------------- */

/* Reads a whole file; 1, 0 if it is not there, or -1 with *err. */
static int read_file(const char *path, struct buf *out, struct error *err)
{
	struct stat st;

	/* a link to nowhere, too, was meant to be a file */
	if (lstat(path, &st) < 0 && errno == ENOENT)
		return 0;
	return file_read(path, out, ERR_PROMPT, err) < 0 ? -1 : 1;
}

/* What errors call a prompt's file: its path, or "built-in NAME.yaml".  New. */
static char *file_name(const char *directory, const char *name)
{
	const char *front = directory ? directory : "built-in ";
	size_t len = strlen(front);
	bool slash = directory && len > 0 && front[len - 1] != '/';
	size_t size = len + 1 + strlen(name) + sizeof(SUFFIX);
	char *path = xmalloc(size);

	snprintf(path, size, "%s%s%s%s", front, slash ? "/" : "", name, SUFFIX);
	return path;
}

/* The bytes of a built-in prompt; 1, or 0 if there is none. */
static int find_builtin(const char *name, struct text *bytes)
{
	for (const struct builtin_prompt *b = builtin_prompts; b->name; b++) {
		if (strcmp(b->name, name) != 0)
			continue;
		*bytes = (struct text){ b->data, b->len };
		return 1;
	}
	return 0;
}

/* Reads and checks one prompt; 1, 0 if it is not there, or -1 with *err. */
static int load_one(const char *directory, const struct prompt_rules *rules,
		    struct prompt *p, struct error *err)
{
	char *name = file_name(directory, rules->name);
	struct text bytes;
	struct buf file;
	int found;

	buf_init(&file, LIMIT_PROMPT_BYTES);
	if (directory) {
		found = read_file(name, &file, err);
		bytes = (struct text){ file.data, file.len };
	} else {
		found = find_builtin(rules->name, &bytes);
	}
	if (found > 0) {
		p->source = xstrdup(directory ? name : "built-in");
		if (prompt_read(p, rules, name, bytes, err) < 0)
			found = -1;
	}
	buf_release(&file);
	free(name);
	return found;
}

/* ---- the directory --------------------------------------------------- */

/* A file that looks like a prompt but is none of ours. */
static bool is_stray(const char *file, const struct prompt_spec *specs,
		     size_t count)
{
	size_t len = strlen(file), stem;

	if (file[0] == '.' || strcmp(file, RULES) == 0 ||
	    len < strlen(SUFFIX) ||
	    strcmp(file + len - strlen(SUFFIX), SUFFIX) != 0)
		return false;
	stem = len - strlen(SUFFIX);
	if (stem == strlen(CONTEXT) && memcmp(file, CONTEXT, stem) == 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (stem == strlen(specs[i].name) &&
		    memcmp(file, specs[i].name, stem) == 0)
			return false;
	return true;
}

static int fault_stray(const char *directory, const char *file,
		       const struct prompt_spec *specs, size_t count,
		       struct error *err)
{
	const char **known = xcalloc(count + 2, sizeof(*known));
	char *stem = xstrndup(file, strlen(file) - strlen(SUFFIX));
	char *where = file_name(directory, stem);
	char hint[NEAREST_HINT_SIZE];

	for (size_t i = 0; i < count; i++)
		known[i] = specs[i].name;
	known[count] = CONTEXT;
	nearest_hint(stem, known, hint);
	error_set(err, ERR_PROMPT, where, "no stage has a prompt \"%.100s\"%s",
		  stem, hint);
	free(where);
	free(stem);
	free(known);
	return -1;
}

/* Refuses stray files: the first by name, for readdir() has no order. */
static int check_directory(const char *directory,
			   const struct prompt_spec *specs, size_t count,
			   struct error *err)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	char *stray = NULL;

	if (!dir)
		return error_set(err, ERR_PROMPT, directory, "%s",
				 strerror(errno));
	while ((entry = readdir(dir))) {
		if (!is_stray(entry->d_name, specs, count) ||
		    (stray && strcmp(stray, entry->d_name) < 0))
			continue;
		free(stray);
		stray = xstrdup(entry->d_name);
	}
	closedir(dir);
	if (!stray)
		return 0;
	fault_stray(directory, stray, specs, count, err);
	free(stray);
	return -1;
}

/* ---- all of them ----------------------------------------------------- */

static int load_context(struct prompts *p, const char *directory,
			struct error *err)
{
	static const struct prompt_rules rules = {
		.name = CONTEXT,
		.offered = context_offers,
		.transcript = "transcript",
		.is_context = true,
	};
	int found;

	p->context = xcalloc(1, sizeof(*p->context));
	found = load_one(directory, &rules, p->context, err);
	if (found == 0) {
		free(p->context);
		p->context = NULL;
	}
	return found < 0 ? -1 : 0;
}

static struct prompt_rules rules_of(const struct prompts *p,
				    const struct prompt_spec *spec)
{
	return (struct prompt_rules){
		.name = spec->name,
		.offered = spec->offered,
		.transcript = spec->transcript_name,
		.needs_transcript = prompt_uses(p->context,
						CONTEXT_TRANSCRIPT) == 0,
	};
}

static int load_stage(struct prompts *p, const char *directory,
		      const struct prompt_spec *spec, struct error *err)
{
	struct prompt_rules rules = rules_of(p, spec);
	int found = load_one(directory, &rules, &p->stages[p->stage_count++],
			     err);

	if (found == 0)
		return error_set(err, ERR_PROMPT,
				 directory ? directory : "built-in prompts",
				 "the file %s%s is missing", spec->name,
				 SUFFIX);
	return found < 0 ? -1 : 0;
}

/* No prompts yet, with room for those of `count` stages. */
static struct prompts *prompts_new(size_t count)
{
	struct prompts *p = xcalloc(1, sizeof(*p));

	p->stages = xcalloc(count, sizeof(*p->stages));
	return p;
}

struct prompts *prompts_load(const char *directory,
			     const struct prompt_spec *specs, size_t count,
			     struct error *err)
{
	struct prompts *p = prompts_new(count);
	int result = 0;

	if (directory)
		result = check_directory(directory, specs, count, err);
	if (result == 0)
		result = load_context(p, directory, err);
	for (size_t i = 0; i < count && result == 0; i++)
		result = load_stage(p, directory, &specs[i], err);
	if (result == 0)
		return p;
	prompts_free(p);
	return NULL;
}

struct prompts *prompts_load_given(const struct prompt_given *given,
				   const char *source,
				   const struct prompt_spec *specs,
				   size_t count, struct error *err)
{
	struct prompts *p = prompts_new(count);

	for (size_t i = 0; i < count; i++) {
		struct prompt_rules rules = rules_of(p, &specs[i]);
		struct prompt *stage = &p->stages[p->stage_count++];

		stage->source = xstrdup(source);
		if (prompt_read(stage, &rules, given[i].where, given[i].file,
				err) == 0)
			continue;
		prompts_free(p);
		return NULL;
	}
	return p;
}

void prompts_free(struct prompts *p)
{
	if (!p)
		return;
	if (p->context)
		prompt_release(p->context);
	free(p->context);
	for (size_t i = 0; i < p->stage_count; i++)
		prompt_release(&p->stages[i]);
	free(p->stages);
	free(p);
}

/* ---- what is in them ------------------------------------------------ */

void prompts_variables(const struct prompt *p, const struct prompt_spec *spec,
		       void (*tell)(void *ctx, const char *name, bool used),
		       void *ctx)
{
	const struct offer *offered = spec ? spec->offered : context_offers;

	for (size_t i = 0; offered[i].name; i++)
		tell(ctx, offered[i].name, prompt_mentions(p, i) > 0);
	if (p->item_lines)
		tell(ctx, "items", prompt_mentions(p, p->offered) > 0);
}

size_t prompt_own_bytes(const struct prompt *p)
{
	size_t n = p->item_lines
			   ? strlen(p->item_lines) * prompt_uses(p, p->offered)
			   : 0;

	for (size_t i = 0; i < p->message_count; i++) {
		const struct template *t = p->messages[i].content;

		for (size_t k = 0; k < t->count; k++)
			if (t->segments[k].value == SEGMENT_LITERAL)
				n += t->segments[k].len;
	}
	return n;
}

/* ---- rendering ------------------------------------------------------- */

void messages_init(struct messages *m)
{
	*m = (struct messages){ 0 };
}

void messages_release(struct messages *m)
{
	for (size_t i = 0; i < m->count; i++)
		buf_release(&m->list[i].text);
	free(m->list);
	messages_init(m);
}

/* The text to append to: a new message's, or the last one's if it joins. */
static struct buf *open_message(struct messages *m, const char *role)
{
	struct message *last = m->count > 0 ? &m->list[m->count - 1] : NULL;

	if (last && strcmp(last->role, role) == 0) {
		bool ended = last->text.len > 0 &&
			     last->text.data[last->text.len - 1] == '\n';

		buf_puts(&last->text, ended ? "\n" : "\n\n");
		return &last->text;
	}
	m->list = xgrow(m->list, m->count * sizeof(*m->list),
			(m->count + 1) * sizeof(*m->list));
	last = &m->list[m->count++];
	last->role = role;
	buf_init(&last->text, LIMIT_BODY_BYTES);
	return &last->text;
}

static void render(const struct prompt *p, const struct text *values,
		   struct messages *out)
{
	for (size_t i = 0; i < p->message_count; i++)
		template_render(p->messages[i].content, values,
				open_message(out, p->messages[i].role));
}

void prompts_render_context(const struct prompts *p, struct text transcript,
			    const char *marker, struct messages *out)
{
	const struct text values[] = { transcript, { marker, strlen(marker) } };

	if (p->context)
		render(p->context, values, out);
}

void prompts_render_stage(const struct prompts *p, size_t stage,
			  const struct text *values, struct messages *out)
{
	const struct prompt *prompt = &p->stages[stage];
	const char *lines = prompt->item_lines ? prompt->item_lines : "";
	struct text *all = xcalloc(prompt->offered + 1, sizeof(*all));

	if (prompt->offered > 0)
		memcpy(all, values, prompt->offered * sizeof(*all));
	all[prompt->offered] = (struct text){ lines, strlen(lines) };
	render(prompt, all, out);
	free(all);
}
