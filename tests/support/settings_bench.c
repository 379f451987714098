/* Settings loaded in a world of a test's own. */
#include "support/settings_bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"

static int make_folder(const struct bench *b, const char *name)
{
	char path[BENCH_PATH];

	snprintf(path, sizeof(path), "%s/%s", b->folder, name);
	return mkdir(path, 0700);
}

int bench_init(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));

	snprintf(b->folder, sizeof(b->folder), "/tmp/callqa-settings.XXXXXX");
	if (!mkdtemp(b->folder) || make_folder(b, "home") ||
	    make_folder(b, "home/.config") ||
	    make_folder(b, "home/.config/eavesly") || make_folder(b, "etc"))
		return -1;
	snprintf(b->user, sizeof(b->user),
		 "%s/home/.config/eavesly/eavesly.conf", b->folder);
	snprintf(b->common, sizeof(b->common), "%s/etc/eavesly.conf",
		 b->folder);
	snprintf(b->home, sizeof(b->home), "HOME=%s/home", b->folder);
	*state = b;
	return 0;
}

/* Removes a folder and what is in it; the bench makes at most four levels. */
static int remove_tree(const char *path, int levels)
{
	DIR *folder = levels > 0 ? opendir(path) : NULL;
	char name[4 * BENCH_PATH];
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path,
			     entry->d_name) >= (int)sizeof(name))
			break;
		if (remove(name) && remove_tree(name, levels - 1))
			break;
	}
	if (folder)
		closedir(folder);
	return remove(path);
}

int bench_release(void **state)
{
	struct bench *b = *state;
	int result = remove_tree(b->folder, 4);

	settings_release(&b->settings);
	free(b);
	return result;
}

static void write_bytes(const char *path, const char *data, size_t len,
			mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(fchmod(fd, mode), 0); /* whatever the umask */
	assert_int_equal(close(fd), 0);
}

void bench_write(const char *path, const char *text, mode_t mode)
{
	if (text)
		write_bytes(path, text, strlen(text), mode);
	else
		unlink(path);
}

const char *bench_file(struct bench *b, const char *name, const char *data,
		       size_t len, mode_t mode)
{
	static char path[BENCH_PATH];

	snprintf(path, sizeof(path), "%s/%s", b->folder, name);
	write_bytes(path, data, len, mode);
	return path;
}

int bench_load(struct bench *b, const char *const *environment,
	       const char *const *arguments)
{
	char *variables[BENCH_WORDS] = { b->home };
	char *argv[BENCH_WORDS] = { xstrdup("callqa") };
	char *owned[BENCH_WORDS];
	struct settings_world world = { .environment = variables,
					.system_config = b->common };
	int argc = 1, result;
	size_t n = 1;

	for (; environment && *environment; environment++)
		variables[n++] = xstrdup(*environment);
	for (; arguments && *arguments; arguments++)
		argv[argc++] = xstrdup(*arguments);
	memcpy(owned, argv, sizeof(argv)); /* getopt_long() moves them */
	settings_release(&b->settings);
	b->error = (struct error)ERROR_INIT;
	result = settings_load(&b->settings, argc, argv, &world, &b->error);
	/* nothing of the settings may point into what goes now */
	while (argc > 0)
		free(owned[--argc]);
	while (n > 1)
		free(variables[--n]);
	return result;
}

char *bench_show(struct bench *b)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	settings_show(&b->settings, out);
	fclose(out);
	return text;
}

void bench_expect(struct bench *b, const char *line)
{
	char *text = bench_show(b);
	size_t name = strcspn(line + 2, ":") + 3; /* maybe behind "# " */
	char *at = text;

	while (strncmp(at, line, name) != 0) {
		at = strchr(at, '\n');
		assert_non_null(at);
		at++;
	}
	at[strcspn(at, "\n")] = '\0';
	assert_string_equal(at, line);
	free(text);
}

char *bench_printed(void (*fn)(FILE *out))
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	fn(out);
	fclose(out);
	return text;
}
