/*
 * Gives files to a fuzz target one by one, so that any compiler can replay a
 * corpus: driver FILE|FOLDER...
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { MAX_BYTES = 1 << 24 };

static int files;

static void replay_file(const char *path)
{
	static uint8_t data[MAX_BYTES];
	uint8_t *copy;
	FILE *in = fopen(path, "rb");
	size_t size;

	if (!in) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	size = fread(data, 1, sizeof(data), in);
	fclose(in);
	/* exactly as long, for a sanitizer to see what is read beyond */
	copy = malloc(size ? size : 1);
	if (!copy)
		exit(1);
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	files++;
}

static void replay(const char *path)
{
	struct dirent *entry;
	struct stat st;
	DIR *folder;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}
	folder = opendir(path);
	if (!folder) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	while ((entry = readdir(folder))) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		replay_file(name);
	}
	closedir(folder);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%d files\n", files);
	return files > 0 ? 0 : 1; /* an empty corpus proves nothing */
}
