/* Files read whole within a limit, and files replaced as a whole. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { READ_BYTES = 65536 };

/* Is there a byte more?  1, 0 at the end, -1 with errno. */
static int read_byte(int fd)
{
	ssize_t n;
	char byte;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	return (int)n;
}

/* To the end, or -1 with errno: EFBIG if that lies beyond the limit. */
static int read_fd(int fd, struct buf *out)
{
	size_t room;
	ssize_t n;

	while ((room = out->limit - out->len) > 0) {
		if (room > READ_BYTES)
			room = READ_BYTES;
		if (!buf_reserve(out, room))
			break;
		n = read(fd, out->data + out->len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
	}
	n = read_byte(fd);
	if (n > 0)
		errno = EFBIG;
	return n == 0 ? 0 : -1;
}

int file_read(const char *path, struct buf *out, enum error_code code,
	      struct error *err)
{
	/* not blocked by a FIFO that nobody writes to */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;
	struct stat st;

	if (fd < 0)
		return error_set(err, code, path, "%s", strerror(errno));
	rc = fstat(fd, &st);
	if (rc == 0 && !S_ISREG(st.st_mode))
		rc = error_set(err, code, path, "not a regular file");
	if (rc == 0)
		rc = read_fd(fd, out);
	if (rc < 0 && errno == EFBIG)
		error_set(err, code, path, "larger than %zu bytes", out->limit);
	else if (rc < 0)
		error_set(err, code, path, "%s", strerror(errno));
	close(fd);
	return rc;
}

int file_slurp(const char *path, struct buf *out, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc, reason;

	if (fd < 0)
		return -1;
	rc = fstat(fd, st);
	if (rc == 0)
		rc = read_fd(fd, out);
	reason = errno;
	close(fd);
	errno = reason;
	return rc;
}

/* The file itself, where the path is a link to one.  New. */
static char *follow(const char *path)
{
	char *resolved = realpath(path, NULL);

	return resolved ? resolved : xstrdup(path);
}

static int open_beside(struct replacement *r, mode_t mode)
{
	r->temp = xjoin(r->path, ".XXXXXX", "");
	r->fd = mkstemp(r->temp);
	if (r->fd >= 0 && mode && fchmod(r->fd, mode) < 0)
		r->failed = errno;
	return r->fd;
}

int replacement_begin(struct replacement *r, const char *path, mode_t mode,
		      struct error *err)
{
	struct stat st;

	*r = (struct replacement){ .path = follow(path) };
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		r->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	else
		open_beside(r, mode);
	if (r->fd < 0) {
		error_set(err, ERR_OUTPUT, path, "%s", strerror(errno));
		free(r->temp);
		free(r->path);
		return -1;
	}
	fcntl(r->fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

/* The directory of a path.  New. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/")
			     : xstrndup(path, (size_t)(slash - path));
}

static bool same_inode(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool file_same(const char *a, const char *b)
{
	char *folder_a = directory_of(a), *folder_b = directory_of(b);
	bool same = strcmp(a, b) == 0 || same_inode(a, b) ||
		    (strcmp(last_part(a), last_part(b)) == 0 &&
		     same_inode(folder_a, folder_b));

	free(folder_a);
	free(folder_b);
	return same;
}

int replacement_check(const char *path, bool regular, struct error *err)
{
	char *target = follow(path), *directory = directory_of(target);
	struct stat st;
	int rc = 0;

	if (stat(target, &st) < 0 || S_ISREG(st.st_mode)) {
		if (access(directory, W_OK | X_OK) < 0)
			rc = error_set(err, ERR_OUTPUT, path,
				       "no file can be made there: %s",
				       strerror(errno));
	} else if (regular || S_ISDIR(st.st_mode)) {
		rc = error_set(err, ERR_CONFIG, path, "is no regular file");
	}
	free(directory);
	free(target);
	return rc;
}

void replacement_put(struct replacement *r, const char *data, size_t len)
{
	while (!r->failed && len > 0) {
		ssize_t n = write(r->fd, data, len);

		if (n < 0 && errno != EINTR)
			r->failed = errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
}

/* The directory's entry is durable only when the directory is. */
static int sync_directory(const char *path)
{
	char *directory = directory_of(path);
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	free(directory);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

/* Durable, and in its place; errno of the first failure, 0 for none. */
static int put_in_place(struct replacement *r)
{
	if (fsync(r->fd) < 0)
		return errno;
	if (rename(r->temp, r->path) < 0)
		return errno;
	return sync_directory(r->path) < 0 ? errno : 0;
}

int replacement_end(struct replacement *r, struct error *err)
{
	int rc = 0;

	if (!r->failed && r->temp)
		r->failed = put_in_place(r);
	if (close(r->fd) < 0 && !r->failed)
		r->failed = errno;
	if (r->failed)
		rc = error_set(err, ERR_OUTPUT, r->path,
			       "cannot be written: %s", strerror(r->failed));
	if (r->failed && r->temp)
		unlink(r->temp); /* gone already, if it was renamed */
	free(r->temp);
	free(r->path);
	return rc;
}

int file_unblocked(int fd)
{
	char path[32];
	struct stat st;
	int own = -1;

	if (fstat(fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	return own < 0 ? fd : own;
}
