/* The file of a state: its lock, its checks, its connections. */
#include "llm/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/xalloc.h"

/*
 * What SQLite keeps for us in the file's header, both big-endian: whose file
 * it is ("cqas"), and which shape its table has.
 */
enum { APPLICATION_ID = 0x63716173, FORMAT = 1 };
enum { HEADER_BYTES = 100, FORMAT_AT = 60, APPLICATION_ID_AT = 68 };

enum { LOCK_POLL_MS = 100, BUSY_MS = 10000 };

static const char create_sql[] = "PRAGMA application_id = 1668374899;"
				 "PRAGMA user_version = 1;"
				 "CREATE TABLE answers ("
				 " key TEXT NOT NULL,"
				 " call_id TEXT NOT NULL,"
				 " stage TEXT NOT NULL,"
				 " repeat INTEGER NOT NULL,"
				 " model TEXT NOT NULL,"
				 " answer TEXT NOT NULL,"
				 " tokens_in INTEGER NOT NULL,"
				 " tokens_out INTEGER NOT NULL,"
				 " tokens_cached INTEGER NOT NULL,"
				 " cost REAL,"
				 " latency_ms INTEGER NOT NULL,"
				 " fence_stripped INTEGER NOT NULL,"
				 " context_cut INTEGER NOT NULL,"
				 " created INTEGER NOT NULL,"
				 " last_used INTEGER NOT NULL,"
				 " PRIMARY KEY (key, call_id));";

_Static_assert(APPLICATION_ID == 1668374899 && FORMAT == 1,
	       "create_sql has them as text");

/* ---- small pieces ---------------------------------------------------- */

int state_file_error(sqlite3 *db, const char *path, struct error *err)
{
	int kind = sqlite3_errcode(db) & 0xff, number = 0;

	if (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN)
		number = sqlite3_system_errno(db);
	return error_set(err, ERR_STATE_FILE, path, "%s%s%s",
			 sqlite3_errmsg(db), number ? ": " : "",
			 number ? strerror(number) : "");
}

int state_file_run(sqlite3 *db, const char *path, const char *sql,
		   struct error *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return state_file_error(db, path, err);
}

sqlite3_stmt *state_file_prepare(sqlite3 *db, const char *path, const char *sql,
				 struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT,
			       &statement, NULL) == SQLITE_OK)
		return statement;
	state_file_error(db, path, err);
	return NULL;
}

/* ---- the lock -------------------------------------------------------- */

static struct flock whole_file(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

/* Somebody has it: who? */
static int tell_holder(int fd, const char *path, struct error *err)
{
	struct flock lock = whole_file();

	/* a holder that this process cannot see has the number 0 */
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
	    lock.l_pid > 0)
		return error_set(err, ERR_TEMPORARY, path,
				 "in use by process %ld", (long)lock.l_pid);
	return error_set(err, ERR_TEMPORARY, path, "in use by another process");
}

/* Locks the descriptor, or says who has it when the time is over. */
static int lock_descriptor(int fd, const char *path, int64_t wait_ms,
			   const struct clock *clock, struct error *err)
{
	int64_t end = clock->now(clock->ctx) + wait_ms;
	struct flock lock = whole_file();

	while (fcntl(fd, F_SETLK, &lock) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EACCES && errno != EAGAIN)
			return error_set(err, ERR_STATE_FILE, path,
					 "cannot be locked: %s",
					 strerror(errno));
		if (clock->now(clock->ctx) >= end ||
		    clock->sleep(clock->ctx, LOCK_POLL_MS))
			return tell_holder(fd, path, err);
	}
	return 0;
}

/*
 * A file of its own: POSIX drops a process's locks on a file as soon as it
 * closes any descriptor of it, and SQLite opens and closes its own as it likes.
 * It stays when the run is over, for who removes a lock file may remove one
 * that another process has just taken.
 */
static int take_lock(struct state_file *file, int64_t wait_ms,
		     const struct clock *clock, struct error *err)
{
	char *name = xjoin(file->path, ".lock", "");

	file->lock = open(
		name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		S_IRUSR | S_IWUSR);
	free(name);
	if (file->lock < 0)
		return error_set(err, ERR_STATE_FILE, file->path,
				 "no lock can be made beside it: %s",
				 strerror(errno));
	/* the umask may have taken rights that the next run needs */
	fchmod(file->lock, S_IRUSR | S_IWUSR);
	return lock_descriptor(file->lock, file->path, wait_ms, clock, err);
}

/* ---- a file that is there -------------------------------------------- */

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* As much of the file's beginning as there is; -1 with errno. */
static ssize_t read_head(int fd, unsigned char head[HEADER_BYTES])
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, head + len, HEADER_BYTES - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < HEADER_BYTES) || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : (ssize_t)len;
}

/* The first bytes, read without SQLite, which would recover, and so write. */
static int check_header(const char *path, struct error *err)
{
	static const char magic[] = "SQLite format 3";
	unsigned char head[HEADER_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), reason;
	ssize_t n;

	if (fd < 0)
		return error_set(err, ERR_STATE_FILE, path, "%s",
				 strerror(errno));
	n = read_head(fd, head);
	reason = errno;
	close(fd);
	if (n < 0)
		return error_set(err, ERR_STATE_FILE, path,
				 "cannot be read: %s", strerror(reason));
	if (n < HEADER_BYTES || memcmp(head, magic, sizeof(magic)) != 0)
		return error_set(err, ERR_STATE_FILE, path,
				 "is no state of callqa; nothing was changed");
	if (big_endian(head + APPLICATION_ID_AT) != APPLICATION_ID)
		return error_set(err, ERR_STATE_FILE, path,
				 "is a database of another program; nothing "
				 "was changed");
	if (big_endian(head + FORMAT_AT) > FORMAT)
		return error_set(err, ERR_STATE_FILE, path,
				 "was made by a newer callqa (its format is "
				 "%lu, this one's %d); nothing was changed",
				 (unsigned long)big_endian(head + FORMAT_AT),
				 FORMAT);
	return 0;
}

/* Which database it is stands in a line before the fault. */
static const char *last_line(const char *text)
{
	const char *newline = strrchr(text, '\n');

	return newline ? newline + 1 : text;
}

static int check_pages(sqlite3 *db, const char *path, struct error *err)
{
	sqlite3_stmt *check = state_file_prepare(db, path,
						 "PRAGMA quick_check(1)", err);
	const char *says;
	int rc = 0;

	if (!check)
		return -1;
	if (sqlite3_step(check) != SQLITE_ROW) {
		rc = state_file_error(db, path, err);
	} else {
		says = (const char *)sqlite3_column_text(check, 0);
		if (!says || strcmp(says, "ok") != 0)
			rc = error_set(err, ERR_STATE_FILE, path, "%s",
				       says ? last_line(says) : "no memory");
	}
	sqlite3_finalize(check);
	return rc;
}

/* Opens it and keeps a close from writing, until it has been believed. */
static sqlite3 *open_untouched(const struct state_file *file, bool writable,
			       struct error *err)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	sqlite3 *db = NULL;

	flags |= writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	if (sqlite3_open_v2(file->path, &db, flags, NULL) == SQLITE_OK) {
		sqlite3_extended_result_codes(db, 1);
		sqlite3_busy_timeout(db, BUSY_MS);
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
				  NULL);
		sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		return db;
	}
	state_file_error(db, file->path, err);
	sqlite3_close(db);
	return NULL;
}

/* Whole, of the right shape, and open to writing? */
static int check_content(const struct state_file *file, struct error *err)
{
	static const char all_columns[] =
		"SELECT key, call_id, stage, repeat, model, answer, tokens_in,"
		" tokens_out, tokens_cached, cost, latency_ms, fence_stripped,"
		" context_cut, created, last_used FROM answers";
	struct error why = ERROR_INIT;
	sqlite3_stmt *statement;
	sqlite3 *db = open_untouched(file, true, err);
	int rc;

	if (!db)
		return -1;
	rc = check_pages(db, file->path, &why);
	statement = rc == 0 ? state_file_prepare(db, file->path, all_columns,
						 &why)
			    : NULL;
	sqlite3_finalize(statement);
	if (!statement)
		rc = error_set(err, ERR_STATE_FILE, file->path,
			       "is damaged or cannot be read; nothing was "
			       "changed: %s",
			       why.text);
	else if (sqlite3_db_readonly(db, "main"))
		rc = error_set(err, ERR_STATE_FILE, file->path,
			       "cannot be written");
	sqlite3_close(db);
	return rc;
}

/* ---- a file that is not there ---------------------------------------- */

/* The bytes of an empty state; freed by sqlite3_free(). */
static unsigned char *make_image(const char *path, sqlite3_int64 *size,
				 struct error *err)
{
	unsigned char *image = NULL;
	sqlite3 *db = NULL;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	    sqlite3_exec(db, create_sql, NULL, NULL, NULL) != SQLITE_OK)
		state_file_error(db, path, err);
	else
		image = sqlite3_serialize(db, "main", size, 0);
	sqlite3_close(db);
	if (!image)
		error_set(err, ERR_STATE_FILE, path, "no memory");
	return image;
}

/*
 * A log without its file holds answers that were paid for, and SQLite would
 * lay it over any other file of that name.
 */
static int check_leftovers(const char *path, struct error *err)
{
	static const char *const suffixes[] = { "-wal", "-journal" };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < LENGTH(suffixes); i++) {
		char *name = xjoin(path, suffixes[i], "");
		struct stat st;

		if (stat(name, &st) == 0 && st.st_size > 0)
			rc = error_set(err, ERR_STATE_FILE, path,
				       "is missing, but its %s is there: put "
				       "the file back, or remove that too",
				       suffixes[i]);
		free(name);
	}
	return rc;
}

/* Whole from the first moment: a temporary file that is renamed. */
static int make_file(const char *path, struct error *err)
{
	struct error why = ERROR_INIT;
	struct replacement file;
	unsigned char *image;
	sqlite3_int64 size;
	int rc;

	if (check_leftovers(path, err) < 0)
		return -1;
	image = make_image(path, &size, err);
	if (!image)
		return -1;
	rc = replacement_begin(&file, path, S_IRUSR | S_IWUSR, &why);
	if (rc == 0) {
		replacement_put(&file, (const char *)image, (size_t)size);
		rc = replacement_end(&file, &why);
	}
	sqlite3_free(image);
	return rc == 0 ? 0
		       : error_set(err, ERR_STATE_FILE, path,
				   "cannot be made: %s", why.text);
}

/* ---- opening --------------------------------------------------------- */

/* The path with links followed; the file itself may be missing.  New. */
static char *resolve(const char *path, struct error *err)
{
	char *target = realpath(path, NULL), *folder, *full;
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (target)
		return target;
	if (errno != ENOENT || lstat(path, &st) == 0) {
		error_set(err, ERR_STATE_FILE, path, "%s", strerror(errno));
		return NULL;
	}
	folder = slash ? xstrndup(path, (size_t)(slash - path) + 1)
		       : xstrdup(".");
	target = realpath(folder, NULL);
	free(folder);
	if (!target) {
		error_set(err, ERR_STATE_FILE, path, "its folder: %s",
			  strerror(errno));
		return NULL;
	}
	full = xjoin(target, "/", slash ? slash + 1 : path);
	free(target);
	return full;
}

/* May something of this kind be a state? */
static int check_kind(const char *path, const struct stat *st,
		      struct error *err)
{
	if (S_ISDIR(st->st_mode))
		return error_set(err, ERR_STATE_FILE, path, "is a directory");
	if (!S_ISREG(st->st_mode))
		return error_set(err, ERR_STATE_FILE, path,
				 "is no regular file");
	/* under its other name another run could have another lock */
	if (st->st_nlink > 1)
		return error_set(err, ERR_STATE_FILE, path,
				 "has another name (hard link); a state must "
				 "have one only");
	return 0;
}

/* What is there, if anything, may be a state; *missing: there is nothing. */
static int check_place(const char *path, bool make, bool *missing,
		       struct error *err)
{
	struct stat st;
	bool there = stat(path, &st) == 0;

	if (!there && (errno != ENOENT || !make))
		return error_set(err, ERR_STATE_FILE, path, "%s",
				 strerror(errno));
	if (there && check_kind(path, &st, err) < 0)
		return -1;
	*missing = make && (!there || st.st_size == 0);
	return *missing ? 0 : check_header(path, err);
}

/* With the lock held: there, sound and ours, or made. */
static int check_or_make(struct state_file *file, bool make, struct error *err)
{
	struct stat st;
	bool missing;

	if (check_place(file->path, make, &missing, err) < 0 ||
	    (missing && make_file(file->path, err) < 0) ||
	    check_content(file, err) < 0)
		return -1;
	if (stat(file->path, &st) < 0)
		return error_set(err, ERR_STATE_FILE, file->path, "%s",
				 strerror(errno));
	file->device = st.st_dev;
	file->inode = st.st_ino;
	return 0;
}

int state_file_open(struct state_file *file, const char *path, bool make,
		    int64_t wait_ms, const struct clock *clock,
		    struct error *err)
{
	bool missing;

	*file = (struct state_file){ .lock = -1 };
	file->path = resolve(path, err);
	if (!file->path)
		return -1;
	/* looked at before, too: no lock is left beside another's file */
	if (check_place(file->path, make, &missing, err) < 0 ||
	    take_lock(file, wait_ms, clock, err) < 0 ||
	    check_or_make(file, make, err) < 0) {
		state_file_release(file);
		return -1;
	}
	return 0;
}

void state_file_release(struct state_file *file)
{
	if (file->lock >= 0)
		close(file->lock);
	free(file->path);
}

int state_file_verify(const struct state_file *file, struct error *err)
{
	struct stat st;

	if (stat(file->path, &st) == 0 && st.st_dev == file->device &&
	    st.st_ino == file->inode)
		return 0;
	return error_set(err, ERR_STATE_FILE, file->path,
			 "was removed or replaced while the run used it");
}

/* SQLite keeps to another journal, without an error, where it has to. */
static int use_log(sqlite3 *db, const char *path, struct error *err)
{
	sqlite3_stmt *set = state_file_prepare(
		db, path, "PRAGMA journal_mode = WAL", err);
	const char *mode;
	int rc = 0;

	if (!set)
		return -1;
	if (sqlite3_step(set) != SQLITE_ROW) {
		rc = state_file_error(db, path, err);
	} else {
		mode = (const char *)sqlite3_column_text(set, 0);
		if (!mode || strcmp(mode, "wal") != 0)
			rc = error_set(err, ERR_STATE_FILE, path,
				       "cannot have a write-ahead log: is it "
				       "on a network's file system?");
	}
	sqlite3_finalize(set);
	return rc;
}

sqlite3 *state_file_connect(const struct state_file *file, bool writable,
			    struct error *err)
{
	static const char for_writing[] = "PRAGMA synchronous = FULL;"
					  "PRAGMA secure_delete = ON;"
					  "PRAGMA temp_store = MEMORY;";
	static const char for_reading[] = "PRAGMA cache_size = -512;";
	sqlite3 *db = open_untouched(file, writable, err);

	if (!db)
		return NULL;
	if ((writable && use_log(db, file->path, err) < 0) ||
	    state_file_run(db, file->path, writable ? for_writing : for_reading,
			   err) < 0) {
		sqlite3_close(db);
		return NULL;
	}
	if (writable)
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
				  NULL);
	return db;
}
