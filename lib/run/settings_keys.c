/* Keys: where they are looked for, and who else may read them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "run/settings_read.h"
#include "run/settings_value.h"

/* A key on its way: from where to where. */
struct keyhole {
	struct settings *s;
	const struct setting *row;
	const char *credentials; /* $CREDENTIALS_DIRECTORY, or NULL */
};

/*
 * Takes the bytes of a key, less one line end.  Nothing of them is shown: not
 * even a wrong byte, which may well be part of a key.
 */
static int take_key(const struct keyhole *k, const char *data, size_t len,
		    const char *where, struct error *err)
{
	struct secret *secret = setting_member(k->s, k->row);

	if (len > 0 && data[len - 1] == '\n') {
		len--;
		if (len > 0 && data[len - 1] == '\r')
			len--;
	}
	if (len == 0)
		return error_set(err, ERR_CONFIG, where, "the key is empty");
	if (len > LIMIT_KEY_BYTES)
		return error_set(err, ERR_CONFIG, where,
				 "the key is longer than %d bytes",
				 LIMIT_KEY_BYTES);
	for (size_t i = 0; i < len; i++)
		if (data[i] <= ' ' || data[i] > '~')
			return error_set(err, ERR_CONFIG, where,
					 "byte %zu of the key is no printable "
					 "ASCII character",
					 i + 1);
	secret_release(secret);
	secret->text = xstrndup(data, len);
	secret->len = len;
	return 0;
}

static void set_origin(const struct keyhole *k, enum rank rank,
		       const char *kind, const char *name)
{
	struct origin *origin = setting_origin(k->s, k->row);

	free(origin->text);
	origin->rank = rank;
	origin->text = xjoin(kind, " ", name);
}

/*
 * Is the path one whose mode says nothing: a descriptor somebody opened for
 * us, or a credential, which systemd guards by its directory?
 */
static bool is_guarded(const struct keyhole *k, const char *path)
{
	size_t n = k->credentials ? strlen(k->credentials) : 0;

	if (strncmp(path, "/dev/fd/", 8) == 0)
		return true;
	while (n > 0 && k->credentials[n - 1] == '/')
		n--;
	return n > 0 && strncmp(path, k->credentials, n) == 0 &&
	       path[n] == '/' && !strstr(path + n, "/../");
}

/*
 * 0 if the file gave the key, 1 if there is no such file and it need not be,
 * -1 with *err.
 */
static int read_key_file(const struct keyhole *k, const char *path,
			 enum rank rank, bool must, struct error *err)
{
	struct buf data;
	struct stat st;
	int result;

	buf_init(&data, LIMIT_KEY_BYTES + 2); /* and the line end */
	/* its room at once: a buffer that grows leaves copies behind */
	buf_reserve(&data, data.limit);
	result = file_slurp(path, &data, &st);
	if (result < 0 && errno == ENOENT && !must)
		result = 1;
	else if (result < 0 && errno == EFBIG)
		result = error_set(err, ERR_CONFIG, path,
				   "the key is longer than %d bytes",
				   LIMIT_KEY_BYTES);
	else if (result < 0)
		result = error_set(err, ERR_CONFIG, path,
				   "the key cannot be read: %s",
				   strerror(errno));
	else if (S_ISREG(st.st_mode) && (st.st_mode & 066) &&
		 !is_guarded(k, path))
		result = error_set(err, ERR_CONFIG, path,
				   "others can read this key (mode %04o); "
				   "run: chmod 600 %s",
				   (unsigned)st.st_mode & 07777, path);
	else
		result = take_key(k, data.data, data.len, path, err);
	buf_wipe(&data);
	if (result == 0)
		set_origin(k, rank, "file", path);
	return result;
}

/* $CREDENTIALS_DIRECTORY/NAME, if there is one; as read_key_file(). */
static int read_credential(const struct keyhole *k, struct error *err)
{
	char *path;
	int result;

	/* systemd's is absolute; a relative one would be a file of this folder
	 */
	if (!k->credentials || *k->credentials != '/')
		return 1;
	path = xjoin(k->credentials, "/", k->row->name);
	result = read_key_file(k, path, RANK_ENVIRONMENT, false, err);
	free(path);
	return result;
}

/* The variable's value; as read_key_file(). */
static int read_key_variable(const struct keyhole *k, char *const *environment,
			     const char *name, enum rank rank,
			     struct error *err)
{
	const char *text = settings_variable(environment, name);

	if (!text)
		return 1;
	if (take_key(k, text, strlen(text), name, err))
		return -1;
	set_origin(k, rank, "environment", name);
	return 0;
}

static int read_key(const struct keyhole *k, char *const *environment,
		    struct error *err)
{
	char name[ENVIRONMENT_NAME_SIZE];
	const struct setting *file;
	const char *path;
	enum rank rank;
	int result;

	snprintf(name, sizeof(name), "%s-file", k->row->name);
	file = setting_find(name); /* settings_check() sees to it */
	path = *(char **)setting_member(k->s, file);
	rank = setting_origin(k->s, file)->rank;
	/* named for this run, by flag or variable */
	if (path && rank > RANK_USER_FILE)
		return read_key_file(k, path, rank, true, err);
	result = read_credential(k, err);
	if (result == 1 && path)
		result = read_key_file(k, path, rank, true, err);
	setting_environment_name(k->row, name);
	if (result == 1)
		result = read_key_variable(k, environment, name,
					   RANK_ENVIRONMENT, err);
	for (size_t i = 0; result == 1 && i < SEED_NAMES; i++)
		if (k->row->seed_names[i])
			result = read_key_variable(k, environment,
						   k->row->seed_names[i],
						   RANK_SEED_NAME, err);
	return result < 0 ? -1 : 0;
}

/* What is wrong with the key, for who wants to know of every one. */
static void keep_fault(const struct keyhole *k, const struct error *fault)
{
	struct secret *secret = setting_member(k->s, k->row);
	size_t size = strlen(fault->where) + 2 + strlen(fault->text) + 1;

	secret->fault = xmalloc(size);
	snprintf(secret->fault, size, "%s: %s", fault->where, fault->text);
}

int settings_read_keys(struct settings *s, char *const *environment,
		       bool (*needed)(const struct settings *s,
				      const struct setting *row),
		       struct error *err)
{
	const bool only_looks = s->action == ACTION_CHECK ||
				s->action == ACTION_SHOW_CONFIG;
	struct keyhole k = { .s = s };

	k.credentials = settings_variable(environment, "CREDENTIALS_DIRECTORY");
	for (size_t i = 0; i < settings_count; i++) {
		struct error fault = ERROR_INIT;

		k.row = &settings_rows[i];
		if (k.row->type != SETTING_SECRET)
			continue;
		if (!needed(s, k.row))
			set_origin(&k, RANK_DEFAULT, "not read:", "not needed");
		else if (read_key(&k, environment, &fault) == 0)
			continue;
		else if (only_looks)
			keep_fault(&k, &fault);
		else
			return error_set(err, fault.code, fault.where, "%s",
					 fault.text);
	}
	return 0;
}
