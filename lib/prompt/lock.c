/* A list of the hashes that prompts must have. */
#include "prompt/lock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/xalloc.h"

enum { HASH_LEN = SHA256_HEX_SIZE - 1 };

struct lock {
	const struct prompts *prompts;
	const char *path;
	unsigned line;
	bool *listed; /* by stage; the context is the last one */
	struct error *err;
};

static size_t prompt_count(const struct lock *l)
{
	return l->prompts->stage_count + (l->prompts->context ? 1 : 0);
}

static const struct prompt *prompt_at(const struct lock *l, size_t i)
{
	return i < l->prompts->stage_count ? &l->prompts->stages[i]
					   : l->prompts->context;
}

static int fault(const struct lock *l, const char *format, const char *name,
		 const char *more)
{
	char where[sizeof(l->err->where)];

	snprintf(where, sizeof(where), "%s:%u", l->path, l->line);
	if (l->line == 0)
		snprintf(where, sizeof(where), "%s", l->path);
	return error_set(l->err, ERR_PROMPT, where, "%s%s%s", name, format,
			 more);
}

/* The prompt's name in `dir/NAME.yaml`, cut out of *path in place. */
static char *name_in(char *path)
{
	char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name);

	if (len > 5 && strcmp(name + len - 5, ".yaml") == 0)
		name[len - 5] = '\0';
	return name;
}

static int check_hash(struct lock *l, const char *hash, const char *name)
{
	for (size_t i = 0; i < prompt_count(l); i++) {
		const struct prompt *p = prompt_at(l, i);

		if (strcmp(p->name, name) != 0)
			continue;
		l->listed[i] = true;
		return strncmp(p->sha256, hash, HASH_LEN) == 0
			       ? 0
			       : fault(l, " has changed: its SHA-256 is now ",
				       name, p->sha256);
	}
	return fault(l, " is listed, but no prompt in use", name, "");
}

/* One line, NUL-ended; it is changed. */
static int check_line(struct lock *l, char *line)
{
	size_t len = strlen(line);
	char *name = line + HASH_LEN;

	while (len > 0 && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	if (len == 0 || *line == '#')
		return 0;
	/* between the two sha256sum writes a space, and one more or a `*` */
	if (strspn(line, "0123456789abcdef") != HASH_LEN || name[0] != ' ' ||
	    !strchr(" *", name[1]) || !name[2])
		return fault(l, "", "expected `HASH  NAME`, as sha256sum ",
			     "writes it");
	return check_hash(l, line, name_in(name + 2));
}

static int check_lines(struct lock *l, char *text)
{
	while (text) {
		char *end = strchr(text, '\n');

		if (end)
			*end++ = '\0';
		l->line++;
		if (check_line(l, text) < 0)
			return -1;
		text = end;
	}
	l->line = 0;
	for (size_t i = 0; i < prompt_count(l); i++)
		if (!l->listed[i])
			return fault(l,
				     " is in use, but not listed; its "
				     "SHA-256 is ",
				     prompt_at(l, i)->name,
				     prompt_at(l, i)->sha256);
	return 0;
}

int prompts_lock_check(const struct prompts *p, const char *path,
		       struct error *err)
{
	struct lock l = { .prompts = p, .path = path, .err = err };
	struct buf file;
	int rc;

	buf_init(&file, LIMIT_CONFIG_BYTES);
	buf_puts(&file, "");
	rc = file_read(path, &file, ERR_PROMPT, err);
	l.listed = xcalloc(prompt_count(&l), sizeof(*l.listed));
	if (rc == 0)
		rc = check_lines(&l, file.data);
	free(l.listed);
	buf_release(&file);
	return rc;
}
