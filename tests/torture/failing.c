/*
 * A library to be preloaded: the N-th call that a program makes to the kernel
 * about its files is its last, or fails, or does less than it was asked to.
 *
 * strace can inject such faults too, but counts for each thread apart; here
 * one counter sees all threads, so that N from 1 to the end is each call once.
 *
 *	FAILING_AT=N         which call; 0: none
 *	FAILING_HOW=HOW      kill, EIO, ENOSPC, EINTR or short
 *	FAILING_PATH=WORD    only files with WORD in their path; unset: all
 *	                     regular files, stdin and stdout
 *	FAILING_COUNT=FILE   writes there, at the end, how many calls there
 *were, and what became of the N-th
 *
 * What counts: open, read, write, fsync, ftruncate, rename, unlink and their
 * kin.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum how { HOW_NONE, HOW_KILL, HOW_ERROR, HOW_SHORT };
enum { FILES = 1024 };

static long at;
static enum how how;
static int error_number;
static const char *word, *count_file;
static atomic_long count;
static const char *_Atomic done = "nothing";
static atomic_bool concerned[FILES]; /* by descriptor */

static const struct {
	const char *name;
	enum how how;
	int number;
} hows[] = { { "kill", HOW_KILL, 0 },
	     { "EIO", HOW_ERROR, EIO },
	     { "ENOSPC", HOW_ERROR, ENOSPC },
	     { "EINTR", HOW_ERROR, EINTR },
	     { "short", HOW_SHORT, 0 } };

__attribute__((constructor)) static void begin(void)
{
	const char *number = getenv("FAILING_AT"),
		   *name = getenv("FAILING_HOW");

	at = number ? strtol(number, NULL, 10) : 0;
	word = getenv("FAILING_PATH");
	count_file = getenv("FAILING_COUNT");
	for (size_t i = 0; name && i < sizeof(hows) / sizeof(hows[0]); i++) {
		if (strcmp(hows[i].name, name) == 0) {
			how = hows[i].how;
			error_number = hows[i].number;
		}
	}
	if (!word)
		concerned[0] = concerned[1] = true;
}

__attribute__((destructor)) static void end(void)
{
	FILE *out = count_file ? fopen(count_file, "w") : NULL;

	if (!out)
		return;
	fprintf(out, "%ld %s\n", (long)count, done);
	fclose(out);
}

/* Makes f the real function of that name; as POSIX spells it. */
#define FIND(f, name) (*(void **)&(f) = dlsym(RTLD_NEXT, name))

/* Is it this call's turn?  Does not return if that is its end. */
static bool turn(const char *what)
{
	if (atomic_fetch_add(&count, 1) + 1 != at)
		return false;
	done = what;
	if (how == HOW_KILL)
		kill(getpid(), SIGKILL);
	return true;
}

/* The same for one that can fail, but not do less. */
static bool fails(const char *what)
{
	if (!turn(what) || how != HOW_ERROR)
		return false;
	errno = error_number;
	return true;
}

static bool concerns(int fd)
{
	return fd >= 0 && fd < FILES && concerned[fd];
}

static bool path_concerns(const char *path)
{
	return !word || strstr(path, word);
}

/* What was opened concerns us if it is a file of that name. */
static int opened(int fd, const char *path)
{
	struct stat st;

	if (fd >= 0 && fd < FILES)
		concerned[fd] = path_concerns(path) && fstat(fd, &st) == 0 &&
				S_ISREG(st.st_mode);
	return fd;
}

/* ---- opening and closing --------------------------------------------- */

#define MODE_OF(flags, mode)                                                \
	do {                                                                \
		va_list args;                                               \
		va_start(args, flags);                                      \
		mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) \
						     : 0;                   \
		va_end(args);                                               \
	} while (0)

static int open_by(const char *name, const char *path, int flags, mode_t mode)
{
	int (*f)(const char *, int, ...);

	FIND(f, name);
	if (path_concerns(path) && fails("open"))
		return -1;
	return opened(f(path, flags, mode), path);
}

int open(const char *path, int flags, ...)
{
	mode_t mode;

	MODE_OF(flags, mode);
	return open_by("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode;

	MODE_OF(flags, mode);
	return open_by("open64", path, flags, mode);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open_by("open", path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
	return open_by("open64", path, flags, 0);
}

static int make_by(const char *name, char *path)
{
	int (*f)(char *);

	FIND(f, name);
	if (path_concerns(path) && fails("mkstemp"))
		return -1;
	return opened(f(path), path);
}

int mkstemp(char *path)
{
	return make_by("mkstemp", path);
}

int mkstemp64(char *path)
{
	return make_by("mkstemp64", path);
}

int close(int fd)
{
	int (*f)(int);

	FIND(f, "close");
	if (fd > 2 && fd < FILES)
		concerned[fd] = false;
	return f(fd);
}

/* ---- reading and writing --------------------------------------------- */

/* True: *n is what comes of it; else *len may have become less. */
static bool cut(int fd, const char *what, size_t *len, ssize_t *n)
{
	*n = -1;
	if (!concerns(fd) || !turn(what))
		return false;
	if (how == HOW_SHORT && *len > 1)
		*len = *len / 2;
	if (how != HOW_ERROR)
		return false;
	errno = error_number;
	return true;
}

ssize_t read(int fd, void *data, size_t len)
{
	ssize_t (*f)(int, void *, size_t), n;

	FIND(f, "read");
	return cut(fd, "read", &len, &n) ? n : f(fd, data, len);
}

ssize_t __read_chk(int fd, void *data, size_t len, size_t size);
ssize_t __read_chk(int fd, void *data, size_t len, size_t size)
{
	if (len > size)
		abort();
	return read(fd, data, len);
}

ssize_t write(int fd, const void *data, size_t len)
{
	ssize_t (*f)(int, const void *, size_t), n;

	FIND(f, "write");
	return cut(fd, "write", &len, &n) ? n : f(fd, data, len);
}

#define AT_PLACE(name, data_type, what, offset)                               \
	ssize_t name(int fd, data_type data, size_t len, offset place)        \
	{                                                                     \
		ssize_t (*f)(int, data_type, size_t, offset), n;              \
                                                                              \
		FIND(f, #name);                                               \
		return cut(fd, what, &len, &n) ? n : f(fd, data, len, place); \
	}

AT_PLACE(pread, void *, "pread", off_t)
AT_PLACE(pread64, void *, "pread", off64_t)
AT_PLACE(pwrite, const void *, "pwrite", off_t)
AT_PLACE(pwrite64, const void *, "pwrite", off64_t)

/* ---- the rest --------------------------------------------------------- */

#define ON_FILE(name, what)                                      \
	int name(int fd)                                         \
	{                                                        \
		int (*f)(int);                                   \
                                                                 \
		FIND(f, #name);                                  \
                                                                 \
		return concerns(fd) && fails(what) ? -1 : f(fd); \
	}

ON_FILE(fsync, "fsync")
ON_FILE(fdatasync, "fdatasync")

#define TO_LENGTH(name, offset)                                              \
	int name(int fd, offset len)                                         \
	{                                                                    \
		int (*f)(int, offset);                                       \
                                                                             \
		FIND(f, #name);                                              \
                                                                             \
		return concerns(fd) && fails("ftruncate") ? -1 : f(fd, len); \
	}

TO_LENGTH(ftruncate, off_t)
TO_LENGTH(ftruncate64, off64_t)

int rename(const char *from, const char *to)
{
	int (*f)(const char *, const char *);

	FIND(f, "rename");
	return path_concerns(to) && fails("rename") ? -1 : f(from, to);
}

int unlink(const char *path)
{
	int (*f)(const char *);

	FIND(f, "unlink");
	return path_concerns(path) && fails("unlink") ? -1 : f(path);
}
