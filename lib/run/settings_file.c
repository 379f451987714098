/* Environment and configuration files: where they are, what they may hold. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "data/yaml.h"
#include "run/settings_read.h"
#include "run/settings_value.h"

/* ---- environment ----------------------------------------------------- */

const char *settings_variable(char *const *environment, const char *name)
{
	size_t n = strlen(name);

	for (; environment && *environment; environment++)
		if (strncmp(*environment, name, n) == 0 &&
		    (*environment)[n] == '=')
			return (*environment)[n + 1] ? *environment + n + 1
						     : NULL;
	return NULL;
}

/* Refuses a CALLQA_ name that no row has. */
static int check_variable(const char *entry, struct error *err)
{
	char own[LIMIT_SETTINGS][ENVIRONMENT_NAME_SIZE];
	const char *names[LIMIT_SETTINGS + 2] = { CONFIG_VARIABLE }, *near;
	char *name = xstrndup(entry, strcspn(entry, "="));
	int result = 0;

	for (size_t i = 0; i < settings_count; i++) {
		setting_environment_name(&settings_rows[i], own[i]);
		names[i + 1] = own[i];
	}
	near = setting_meant(name, names);
	if (!near)
		result = error_set(err, ERR_CONFIG, NULL,
				   "unknown environment variable %s", name);
	else if (strcmp(near, name) != 0)
		result = error_set(err, ERR_CONFIG, NULL,
				   "unknown environment variable %s; "
				   "nearest is %s",
				   name, near);
	free(name);
	return result;
}

static int put_variable(struct settings *s, const struct setting *row,
			char *const *environment, const char *name,
			enum rank rank, struct error *err)
{
	const char *text = settings_variable(environment, name);
	char origin[ENVIRONMENT_NAME_SIZE + 16];
	struct source from = { .rank = rank,
			       .code = ERR_CONFIG,
			       .where = "",
			       .name = name,
			       .origin = origin };

	if (!text)
		return 0;
	/* The seed's names are common words: another program's may be set. */
	if (rank == RANK_SEED_NAME && setting_origin(s, row)->rank > rank)
		return 0;
	snprintf(origin, sizeof(origin), "environment %s", name);
	return setting_put(s, row, text, &from, err);
}

int settings_read_environment(struct settings *s, char *const *environment,
			      struct error *err)
{
	char own[ENVIRONMENT_NAME_SIZE];

	for (char *const *e = environment; e && *e; e++)
		if (strncmp(*e, ENVIRONMENT_PREFIX,
			    sizeof(ENVIRONMENT_PREFIX) - 1) == 0 &&
		    check_variable(*e, err))
			return -1;
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings_rows[i];

		if (!setting_is_public(row))
			continue;
		setting_environment_name(row, own);
		if (put_variable(s, row, environment, own, RANK_ENVIRONMENT,
				 err))
			return -1;
		for (size_t j = 0; j < SEED_NAMES && row->seed_names[j]; j++)
			if (put_variable(s, row, environment,
					 row->seed_names[j], RANK_SEED_NAME,
					 err))
				return -1;
	}
	return 0;
}

/* ---- what a file holds ----------------------------------------------- */

/* One configuration file's text; `base` is where relative paths begin. */
struct config_file {
	const char *path;
	const char *base; /* directory, or NULL: the current one */
	const char *home; /* for "~/", or NULL */
	enum rank rank;
};

static int unknown_key(const struct config_file *file,
		       const struct yaml_node *key, struct error *err)
{
	const struct setting *row = setting_find(key->text);
	const char *names[LIMIT_SETTINGS + 1] = { NULL }, *near;
	struct buf quoted;
	size_t n = 0;

	if (row) /* a secret */
		return yaml_fault(file->path, key, err, ERR_CONFIG,
				  "a key does not belong in this file; put it "
				  "in one of its own and name that: %s-file",
				  row->name);
	for (size_t i = 0; i < settings_count; i++)
		if (setting_is_public(&settings_rows[i]))
			names[n++] = settings_rows[i].name;
	near = setting_meant(key->text, names);
	buf_init(&quoted, LIMIT_SETTING_TEXT);
	setting_quote(&quoted, key->text);
	yaml_fault(file->path, key, err, ERR_CONFIG, "unknown key %s%s%s",
		   quoted.data, near ? "; nearest is " : "", near ? near : "");
	buf_release(&quoted);
	return -1;
}

/* A path in a file begins where the file is, or at home. */
static char *resolve(const struct config_file *file, const char *path)
{
	const char *base = file->base, *rest = path;

	if (strncmp(path, "~/", 2) == 0 && file->home) {
		base = file->home;
		rest = path + 2;
	}
	if (!base || *rest == '/' || !*rest)
		return xstrdup(rest);
	return xjoin(base, "/", rest);
}

static int check_kind(const struct config_file *file, const struct setting *row,
		      const struct yaml_node *value, struct error *err)
{
	bool text = row->holds == HOLDS_TEXT || row->type == SETTING_CHOICE;

	if (value->kind != YAML_SCALAR)
		return yaml_fault(file->path, value, err, ERR_CONFIG,
				  "%s: expected one value, got a %s", row->name,
				  value->kind == YAML_MAPPING ? "mapping"
							      : "list");
	if (value->quoted && !text)
		return yaml_fault(file->path, value, err, ERR_CONFIG,
				  "%s: takes no quotes", row->name);
	if (!value->quoted &&
	    (!value->text[0] || strcmp(value->text, "~") == 0 ||
	     strcmp(value->text, "null") == 0))
		return yaml_fault(file->path, value, err, ERR_CONFIG,
				  "%s: has no value", row->name);
	return 0;
}

static int put_pair(struct settings *s, const struct config_file *file,
		    const struct yaml_node *key, const struct yaml_node *value,
		    struct error *err)
{
	const struct setting *row = setting_find(key->text);
	char where[sizeof(err->where)];
	char *origin, *text;
	size_t size = strlen(file->path) + 16;
	struct source from = { .rank = file->rank,
			       .code = ERR_CONFIG,
			       .where = where };
	int result;

	if (!row || !setting_is_public(row))
		return unknown_key(file, key, err);
	if (check_kind(file, row, value, err))
		return -1;
	snprintf(where, sizeof(where), "%s:%u:%u", file->path, value->line,
		 value->column);
	origin = xmalloc(size);
	snprintf(origin, size, "%s:%u", file->path, key->line);
	text = setting_is_path(row, value->text) ? resolve(file, value->text)
						 : xstrdup(value->text);
	from.name = row->name;
	from.origin = origin;
	result = setting_put(s, row, text, &from, err);
	free(text);
	free(origin);
	return result;
}

/* The text's settings, each unless a stronger place gave it. */
static int read_text(struct settings *s, const struct config_file *file,
		     const char *text, size_t len, struct error *err)
{
	struct yaml_node *root = yaml_parse(file->path, text, len, err);
	int result = 0;

	if (!root)
		return -1;
	if (root->kind != YAML_MAPPING)
		result = yaml_fault(file->path, root, err, ERR_CONFIG,
				    "expected lines of `name: value`");
	for (size_t i = 0; result == 0 && i < root->count; i++)
		result = put_pair(s, file, yaml_key(root, i),
				  yaml_value(root, i), err);
	yaml_node_free(root);
	return result;
}

/* ---- files ----------------------------------------------------------- */

static void remember(struct settings_origins *o, const char *path)
{
	o->files = xrealloc(o->files, (o->file_count + 1) * sizeof(*o->files));
	o->files[o->file_count++] = xstrdup(path);
}

/* Everything before the last slash: "" for "/x", NULL for "x". */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, (size_t)(slash - path)) : NULL;
}

static int read_file(struct settings *s, const char *path, enum rank rank,
		     bool must, const struct settings_world *world,
		     struct error *err)
{
	struct config_file file = { .path = path,
				    .home = settings_variable(
					    world->environment, "HOME"),
				    .rank = rank };
	char *base = NULL;
	struct buf text;
	struct stat st;
	int result;

	buf_init(&text, LIMIT_CONFIG_BYTES);
	result = file_slurp(path, &text, &st);
	if (result < 0 && !must && (errno == ENOENT || errno == ENOTDIR)) {
		result = 0;
	} else if (result < 0 && errno == EFBIG) {
		result = error_set(err, ERR_CONFIG, path,
				   "larger than %zu bytes", LIMIT_CONFIG_BYTES);
	} else if (result < 0) {
		result = error_set(err, ERR_CONFIG, path, "cannot be read: %s",
				   strerror(errno));
	} else if (S_ISREG(st.st_mode) && (st.st_mode & 022)) {
		result = error_set(err, ERR_CONFIG, path,
				   "others can change this file (mode %04o); "
				   "run: chmod go-w %s",
				   (unsigned)st.st_mode & 07777, path);
	} else {
		if (S_ISREG(st.st_mode)) /* what a pipe says is about here */
			base = directory_of(path);
		file.base = base;
		remember(s->origins, path);
		result = read_text(s, &file, text.data, text.len, err);
	}
	free(base);
	buf_release(&text);
	return result;
}

/* ${XDG_CONFIG_HOME:-~/.config}/eavesly/eavesly.conf, or NULL; new. */
static char *user_file(char *const *environment)
{
	static const char name[] = "eavesly/eavesly.conf";
	const char *xdg = settings_variable(environment, "XDG_CONFIG_HOME");
	const char *home = settings_variable(environment, "HOME");
	bool own = xdg && *xdg == '/'; /* a relative one counts as unset */
	const char *top = own ? xdg : home;

	/* never a file in the current folder */
	if (!top || *top != '/')
		return NULL;
	return xjoin(top, own ? "/" : "/.config/", name);
}

int settings_read_files(struct settings *s, const char *config,
			const struct settings_world *world, struct error *err)
{
	char *user = NULL;
	int result = 0;

	if (!config)
		config = settings_variable(world->environment, CONFIG_VARIABLE);
	if (config && strcmp(config, "none") == 0)
		return 0;
	if (!config)
		user = user_file(world->environment);
	if (config || user)
		result = read_file(s, config ? config : user, RANK_USER_FILE,
				   config != NULL, world, err);
	if (result == 0)
		result = read_file(s, world->system_config, RANK_SYSTEM_FILE,
				   false, world, err);
	free(user);
	return result;
}
