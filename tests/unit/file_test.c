/* Files read within a limit, and replaced as a whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

struct folder {
	char name[64], path[96];
};

static int make_folder(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	snprintf(f->name, sizeof(f->name), "/tmp/file_test.XXXXXX");
	if (!mkdtemp(f->name))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/x", f->name);
	*state = f;
	return 0;
}

/* Also the proof that nothing was left beside it. */
static int remove_folder(void **state)
{
	struct folder *f = *state;
	int rc;

	unlink(f->path);
	rc = rmdir(f->name);
	free(f);
	return rc;
}

static void put_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void expect_content(const char *path, const char *text, size_t len)
{
	struct error err = ERROR_INIT;
	struct buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(path, &b, ERR_CONFIG, &err), 0);
	assert_false(error_is(&err));
	assert_int_equal(b.len, len);
	assert_memory_equal(b.data ? b.data : "", text, len);
	buf_release(&b);
}

static void reads_all_bytes(void **state)
{
	const struct folder *f = *state;
	size_t len = 200000;
	char *big = malloc(len);

	assert_non_null(big);
	for (size_t i = 0; i < len; i++)
		big[i] = (char)(i * 7);
	put_file(f->path, "", 0);
	expect_content(f->path, "", 0);
	put_file(f->path, "a\0b\n", 4);
	expect_content(f->path, "a\0b\n", 4);
	put_file(f->path, big, len);
	expect_content(f->path, big, len);
	free(big);
}

/* It is the caller's buffer: what stands in it stays in front. */
static void appends(void **state)
{
	const struct folder *f = *state;
	struct buf b;

	put_file(f->path, "two", 3);
	buf_init(&b, 100);
	buf_puts(&b, "one");
	assert_int_equal(file_read(f->path, &b, ERR_CONFIG, NULL), 0);
	assert_string_equal(b.data, "onetwo");
	buf_release(&b);
}

static void refuses_what_is_too_large(void **state)
{
	const struct folder *f = *state;
	struct error err = ERROR_INIT;
	struct buf b;

	put_file(f->path, "1234567890", 10);
	buf_init(&b, 9);
	assert_int_equal(file_read(f->path, &b, ERR_PROMPT, &err), -1);
	assert_int_equal(err.code, ERR_PROMPT);
	assert_string_equal(err.where, f->path);
	assert_non_null(strstr(err.text, "9 bytes"));
	buf_release(&b);
}

static void reads_what_just_fits(void **state)
{
	const struct folder *f = *state;
	struct error err = ERROR_INIT;
	struct buf b;

	put_file(f->path, "1234567890", 10);
	buf_init(&b, 10);
	assert_int_equal(file_read(f->path, &b, ERR_PROMPT, &err), 0);
	assert_int_equal(b.len, 10);
	buf_release(&b);
}

static void wake_up(int signal)
{
	(void)signal;
}

/* A pipe nobody writes to is refused, not waited for. */
static void does_not_wait_for_a_pipe(void **state)
{
	const struct sigaction wake = { .sa_handler = wake_up };
	const struct folder *f = *state;
	struct error err = ERROR_INIT;
	struct buf b;

	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(sigaction(SIGALRM, &wake, NULL), 0);
	buf_init(&b, 100);
	alarm(2); /* ends the wait of one that does */
	assert_int_equal(file_read(f->path, &b, ERR_CONFIG, &err), -1);
	alarm(0);
	assert_string_equal(err.text, "not a regular file");
	buf_release(&b);
}

static void refuses_what_is_no_file(void **state)
{
	const struct folder *f = *state;
	const char *const paths[] = { f->path, f->name, "/dev/null", "" };

	for (size_t i = 0; i < LENGTH(paths); i++) {
		struct error err = ERROR_INIT;
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(file_read(paths[i], &b, ERR_CONFIG, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_string_equal(err.where, paths[i]);
		assert_true(err.text[0] != '\0');
		buf_release(&b);
	}
}

static int replace(const char *path, mode_t mode, const char *text,
		   struct error *err)
{
	struct replacement r;

	if (replacement_begin(&r, path, mode, err) < 0)
		return -1;
	replacement_put(&r, text, strlen(text));
	replacement_put(&r, "", 0);
	replacement_put(&r, "!\n", 2);
	return replacement_end(&r, err);
}

/* What a shell's <(...) is, for one; the buffer stays where it was. */
static void slurps_what_is_no_file(void **state)
{
	char path[32], *before;
	struct stat st;
	struct buf b;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "sk-secret\n", 10), 10);
	close(ends[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	buf_init(&b, 10);
	assert_true(buf_reserve(&b, b.limit));
	before = b.data;
	assert_int_equal(file_slurp(path, &b, &st), 0);
	assert_string_equal(b.data, "sk-secret\n");
	assert_ptr_equal(b.data, before);
	assert_true(S_ISFIFO(st.st_mode));
	close(ends[0]);
	buf_release(&b);
}

static void says_by_errno_why_not(void **state)
{
	const struct folder *f = *state;
	struct stat st;
	struct buf b;

	buf_init(&b, 4);
	assert_int_equal(file_slurp(f->path, &b, &st), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(file_slurp(f->name, &b, &st), -1);
	assert_int_equal(errno, EISDIR);
	put_file(f->path, "four", 4);
	assert_int_equal(file_slurp(f->path, &b, &st), 0);
	assert_string_equal(b.data, "four");
	assert_true(S_ISREG(st.st_mode));
	buf_clear(&b);
	put_file(f->path, "fives", 5);
	assert_int_equal(file_slurp(f->path, &b, &st), -1);
	assert_int_equal(errno, EFBIG);
	buf_release(&b);
}

static void replaces_as_a_whole(void **state)
{
	const struct folder *f = *state;
	struct stat st;

	assert_int_equal(replace(f->path, 0, "new", NULL), 0);
	expect_content(f->path, "new!\n", 5);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* whatever mode the old one had */
	assert_int_equal(chmod(f->path, 0666), 0);
	assert_int_equal(replace(f->path, 0, "newer", NULL), 0);
	expect_content(f->path, "newer!\n", 7);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(replace(f->path, 0644, "newest", NULL), 0);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

/* Until the end the old one is there, whole. */
static void the_old_one_stays_until_then(void **state)
{
	const struct folder *f = *state;
	struct replacement r;

	put_file(f->path, "old", 3);
	assert_int_equal(replacement_begin(&r, f->path, 0, NULL), 0);
	replacement_put(&r, "new", 3);
	expect_content(f->path, "old", 3);
	assert_int_equal(replacement_end(&r, NULL), 0);
	expect_content(f->path, "new", 3);
}

static void a_failure_leaves_the_old_one(void **state)
{
	const struct folder *f = *state;
	struct error err = ERROR_INIT;
	struct replacement r;
	int full;

	put_file(f->path, "old", 3);
	assert_int_equal(replacement_begin(&r, f->path, 0, NULL), 0);
	/* a full disk, as far as the writer can see */
	full = open("/dev/full", O_WRONLY);
	assert_true(full >= 0);
	assert_true(dup2(full, r.fd) >= 0);
	close(full);
	replacement_put(&r, "new", 3);
	replacement_put(&r, "more", 4);
	assert_int_equal(replacement_end(&r, &err), -1);
	assert_int_equal(err.code, ERR_OUTPUT);
	assert_string_equal(err.where, f->path);
	expect_content(f->path, "old", 3);
}

static void no_folder_no_file(void **state)
{
	const struct folder *f = *state;
	struct error err = ERROR_INIT;
	char path[160];

	snprintf(path, sizeof(path), "%s/none/x", f->name);
	assert_int_equal(replace(path, 0, "new", &err), -1);
	assert_int_equal(err.code, ERR_OUTPUT);
	assert_string_equal(err.where, path);
}

/* A relative name has its folder, too. */
static void a_name_without_a_folder(void **state)
{
	const struct folder *f = *state;
	char old[4096];

	assert_non_null(getcwd(old, sizeof(old)));
	assert_int_equal(chdir(f->name), 0);
	assert_int_equal(replace("x", 0, "new", NULL), 0);
	assert_int_equal(chdir(old), 0);
	expect_content(f->path, "new!\n", 5);
}

/* Whatever it is called, there or to be made. */
static void one_file_by_several_names(void **state)
{
	const struct folder *f = *state;
	char other[96], link[96], near[96];

	snprintf(other, sizeof(other), "%s/./x", f->name);
	snprintf(link, sizeof(link), "%s/link", f->name);
	snprintf(near, sizeof(near), "%s/y", f->name);
	unlink(f->path);
	assert_true(file_same(f->path, f->path));
	assert_true(file_same(f->path, other));
	assert_false(file_same(f->path, near));
	assert_false(file_same(f->path, "/none/x"));
	assert_false(file_same("/none/x", "/none/./y"));
	assert_int_equal(replace(f->path, 0, "new", NULL), 0);
	assert_true(file_same(f->path, other));
	assert_false(file_same(f->path, near));
	assert_int_equal(symlink(f->path, link), 0);
	assert_true(file_same(link, other));
	unlink(link);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_all_bytes),
		TEST(appends),
		TEST(refuses_what_is_too_large),
		TEST(reads_what_just_fits),
		TEST(does_not_wait_for_a_pipe),
		TEST(refuses_what_is_no_file),
		TEST(slurps_what_is_no_file),
		TEST(says_by_errno_why_not),
		TEST(replaces_as_a_whole),
		TEST(the_old_one_stays_until_then),
		TEST(a_failure_leaves_the_old_one),
		TEST(no_folder_no_file),
		TEST(a_name_without_a_folder),
		TEST(one_file_by_several_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
