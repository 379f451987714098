/* input: what becomes of files whole, broken, huge, slow. */
#include "run/input.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "data/json.h"

/* Small ones, so that cases beyond them stay readable. */
static const struct json_limits small = { .bytes = 60,
					  .depth = 4,
					  .values = 8 };

struct row {
	const char *name;
	const char *text; /* with ' for " */
	/* A line a record: its place, then the value or the error's name. */
	const char *records;
};

static const struct row rows[] = {
	{ "empty", "", "" },
	{ "blank", " \n\t\r\n\n", "" },
	{ "mark only", "\xef\xbb\xbf", "" },

	/* NDJSON */
	{ "lines", "{'a':1}\n{'a':2}\n{'a':3}\n",
	  "1 {'a':1}\n2 {'a':2}\n3 {'a':3}\n" },
	{ "no final newline", "{'a':1}\n{'a':2}", "1 {'a':1}\n2 {'a':2}\n" },
	{ "one line, no newline", "{'a':1}", "1 {'a':1}\n" },
	{ "CR LF, blank lines, spaces", "\r\n {'a':1} \r\n\r\n\t{'a':2}\r\n",
	  "2 {'a':1}\n4 {'a':2}\n" },
	{ "byte order mark", "\xef\xbb\xbf{'a':1}\n{'a':2}\n",
	  "1 {'a':1}\n2 {'a':2}\n" },
	{ "second mark", "{'a':1}\n\xef\xbb\xbf{'a':2}\n{'a':3}\n",
	  "1 {'a':1}\n2 INVALID_JSON\n3 {'a':3}\n" },
	{ "broken line", "{'a':1}\n{'a':\n{'a':3}\n",
	  "1 {'a':1}\n2 INVALID_JSON\n3 {'a':3}\n" },
	{ "broken string", "{'a':1}\n{'a':'x\n{'a':3}\n",
	  "1 {'a':1}\n2 INVALID_JSON\n3 {'a':3}\n" },
	{ "two values in a line", "{'a':1}\n{'a':2}{'b':2}\n{'a':3}\n",
	  "1 {'a':1}\n2 INVALID_JSON\n3 {'a':3}\n" },
	{ "trailing text", "{'a':1}\n{'a':2} x\n{'a':3}\n",
	  "1 {'a':1}\n2 INVALID_JSON\n3 {'a':3}\n" },
	{ "repeated key", "{'a':1}\n{'a':2,'a':3}\n{'a':3}\n",
	  "1 {'a':1}\n2 INVALID_JSON\n3 {'a':3}\n" },
	{ "bad UTF-8", "{'a':1}\n{'a':'\xff'}\n{'a':3}\n",
	  "1 {'a':1}\n2 INVALID_JSON\n3 {'a':3}\n" },
	{ "scalars and arrays", "{'a':1}\nnull\n42\n'x'\n[1,2]\ntrue\n",
	  "1 {'a':1}\n2 null\n3 42\n4 'x'\n5 [1,2]\n6 true\n" },
	{ "scalar first", "null\n{'a':1}\n", "1 null\n2 {'a':1}\n" },
	{ "number at the end", "{'a':1}\n42", "1 {'a':1}\n2 42\n" },
	{ "cut at the end", "{'a':1}\n{'a':", "1 {'a':1}\n2 INVALID_JSON\n" },
	{ "too long",
	  "{'a':1}\n{'a':'0123456789012345678901234567890123456789"
	  "01234567890123456789'}\n{'a':3}\n",
	  "1 {'a':1}\n2 TOO_LARGE\n3 {'a':3}\n" },
	{ "as long as allowed",
	  "{'a':'0123456789012345678901234567890123456789012345678901'}\n"
	  "{'a':3}\n",
	  "1 {'a':'0123456789012345678901234567890123456789012345678901'}\n"
	  "2 {'a':3}\n" },
	{ "white space is not counted",
	  "{'a':1}                                                         "
	  "                \n{'a':3}\n",
	  "1 {'a':1}\n2 {'a':3}\n" },
	{ "too deep", "{'a':1}\n[[[[[1]]]]]\n{'a':3}\n",
	  "1 {'a':1}\n2 TOO_LARGE\n3 {'a':3}\n" },
	{ "too many", "{'a':1}\n[1,2,3,4,5,6,7,8,9]\n{'a':3}\n",
	  "1 {'a':1}\n2 TOO_LARGE\n3 {'a':3}\n" },

	/* a bad first line */
	{ "broken first", "{'a':\n{'a':2}\n{'a':3}\n{'a':4}\n",
	  "1 INVALID_JSON\n2 {'a':2}\n3 {'a':3}\n4 {'a':4}\n" },
	{ "cut first", "{'a':1\n{'a':2}\n{'a':3}\n",
	  "1 INVALID_JSON\n2 {'a':2}\n3 {'a':3}\n" },
	{ "cut first, blank, then lines", "{'a':1\n\n{'a':2}\n{'a':3}{'b':3}\n",
	  "1 INVALID_JSON\n3 {'a':2}\n4 INVALID_JSON\n" },
	{ "text first", "call report\n{'a':2}\n{'a':3}\n",
	  "1 INVALID_JSON\n2 {'a':2}\n3 {'a':3}\n" },
	{ "bracketed text first", "[info] start\n{'a':2}\n{'a':3}\n",
	  "1[0] INVALID_JSON\n2 {'a':2}\n3 {'a':3}\n" },
	{ "only a broken one", "{'a':1", "1 INVALID_JSON\n" },
	{ "first with a comma", "{'a':1},\n{'a':2},\n",
	  "1 INVALID_JSON\n2 INVALID_JSON\n" },
	{ "long first",
	  "{'a':'0123456789012345678901234567890123456789"
	  "01234567890123456789'}\n{'a':3}\n",
	  "1 TOO_LARGE\n2 {'a':3}\n" },
	{ "long garbage first",
	  "xx0123456789012345678901234567890123456789"
	  "01234567890123456789'}\n{'a':3}\n",
	  "1 INVALID_JSON\n2 {'a':3}\n" },

	/* arrays */
	{ "array in a line", "[{'a':1},{'a':2}]\n",
	  "1[0] {'a':1}\n1[1] {'a':2}\n" },
	{ "empty array", "[ ]\n", "" },
	{ "as jq -s . prints",
	  "[\n  {\n    'a': 1\n  },\n  {\n    'a': 2\n  }\n]\n",
	  "2[0] {'a':1}\n5[1] {'a':2}\n" },
	{ "an element a line", "[{'a':1},\n {'a':2},\n {'a':3}]\n",
	  "1[0] {'a':1}\n2[1] {'a':2}\n3[2] {'a':3}\n" },
	{ "arrays as elements", "[[{'a':1}],null]",
	  "1[0] [{'a':1}]\n1[1] null\n" },
	{ "two arrays", "[{'a':1}]\n[{'a':2}]\n",
	  "1[0] {'a':1}\n2[0] {'a':2}\n" },
	{ "element torn in a line", "[{'a':1},{'a':tru},{'a':3}]\n",
	  "1[0] {'a':1}\n1[1] INVALID_JSON\n" },
	{ "repeated key in a line", "[{'a':1},{'a':2,'a':2},{'a':3}]\n",
	  "1[0] {'a':1}\n1[1] INVALID_JSON\n1[2] {'a':3}\n" },
	{ "numbers beyond range in a line",
	  "[{'a':1},{'a':9223372036854775808,'b':1e999},{'a':3}]\n",
	  "1[0] {'a':1}\n1[1] INVALID_JSON\n1[2] {'a':3}\n" },
	{ "bad text in a line",
	  "[{'a':'\\ud800'},{'a':'\xff\xc3'},{'a':'\\x\\u12','b':'\t'},"
	  "{'a':'\\ud800\\'','b':'\\ud800\\ud800'},{'a':3}]\n",
	  "1[0] INVALID_JSON\n1[1] INVALID_JSON\n1[2] INVALID_JSON\n"
	  "1[3] INVALID_JSON\n1[4] {'a':3}\n" },
	{ "too large ones in a line",
	  "[{'a':1},[[[[[1]]]]],[1,2,3,4,5,6,7,8,9],'01234567890123456789"
	  "0123456789012345678901234567890123456789',{'a':3}]\n",
	  "1[0] {'a':1}\n1[1] TOO_LARGE\n1[2] TOO_LARGE\n1[3] TOO_LARGE\n"
	  "1[4] {'a':3}\n" },
	{ "broken element on its line",
	  "[\n  {'a':1},\n  {'a':tru},\n  {'a':3}\n]\n",
	  "2[0] {'a':1}\n3[1] INVALID_JSON\n4 {'a':3}\n" },
	{ "broken among indented ones",
	  "[{'a':1},{'a':x},\n {'a':2},\n {'a':3}]\n",
	  "1[0] {'a':1}\n1[1] INVALID_JSON\n2 {'a':2}\n3 {'a':3}\n" },
	{ "broken in jq -s .",
	  "[\n  {\n    'a': 1\n  },\n  {\n    'a':\n  },\n  {\n    'a': {\n"
	  "      'b': 3\n    }\n  }\n]\n{'a':4}\n",
	  "2[0] {'a':1}\n5[1] INVALID_JSON\n8 {'a':{'b':3}}\n14 {'a':4}\n" },
	{ "missing comma", "[{'a':1} {'a':2},\n{'a':3}\n{'a':4}]\n",
	  "1[0] {'a':1}\n1[1] INVALID_JSON\n1 {'a':2}\n2 {'a':3}\n"
	  "3 {'a':4}\n" },
	{ "trailing comma", "[{'a':1},]\n",
	  "1[0] {'a':1}\n1[1] INVALID_JSON\n" },
	{ "trailing comma after a torn one",
	  "[{'a':x},\n{'a':2},\n]\n{'a':3}\n",
	  "1[0] INVALID_JSON\n2 {'a':2}\n4 {'a':3}\n" },
	{ "not closed", "[{'a':1},\n{'a':2}\n",
	  "1[0] {'a':1}\n2[1] {'a':2}\n3[2] INVALID_JSON\n" },
	{ "cut after a comma", "[{'a':1},\n",
	  "1[0] {'a':1}\n2[1] INVALID_JSON\n" },
	{ "cut in an element",
	  "[{'a':1},\n{'a':", "1[0] {'a':1}\n2[1] INVALID_JSON\n" },
	{ "only a bracket", "[", "1[0] INVALID_JSON\n" },
	{ "text after the array", "[{'a':1}] x\n{'a':2}\n",
	  "1[0] {'a':1}\n1 INVALID_JSON\n2 {'a':2}\n" },
	{ "torn array before another", "[{'a':1},{'a':tru}]\n[{'a':3}]\n",
	  "1[0] {'a':1}\n1[1] INVALID_JSON\n2[0] {'a':3}\n" },

	/* streams */
	{ "as jq prints", "{\n  'a': 1\n}\n{\n  'a': 2\n}\n",
	  "1 {'a':1}\n4 {'a':2}\n" },
	{ "in a line", "{'a':1}{'a':2} {'a':3}\n",
	  "1 {'a':1}\n1 {'a':2}\n1 {'a':3}\n" },
	{ "in a line without end", "{'a':1}{'a':2}", "1 {'a':1}\n1 {'a':2}\n" },
	{ "in a line and on", "{'a':1}{'a':\n2}{'a':3}\n",
	  "1 {'a':1}\n1 {'a':2}\n2 {'a':3}\n" },
	{ "a long line of them",
	  "{'a':'01234567890123456789'}{'a':'01234567890123456789'}"
	  "{'a':'01234567890123456789'}{'a':4}",
	  "1 {'a':'01234567890123456789'}\n1 {'a':'01234567890123456789'}\n"
	  "1 {'a':'01234567890123456789'}\n1 {'a':4}\n" },
	{ "arrays among them", "{\n'a':1}\n[{'a':2},\n{'a':3}]\n[]\n{'a':4}",
	  "1 {'a':1}\n3[0] {'a':2}\n4[1] {'a':3}\n6 {'a':4}\n" },
	{ "scalars among them", "{\n'a':1}\n1 2.5 null 'x'",
	  "1 {'a':1}\n3 1\n3 2.5\n3 null\n3 'x'\n" },
	{ "blank line within", "{\n\n'a':1}\n{'a':2}",
	  "1 {'a':1}\n4 {'a':2}\n" },
	{ "fault in a stream",
	  "{\n  'a': 1\n}\n{\n  'a': tru\n}\n{'a':3}\n{\n  'a': 4\n}\n",
	  "1 {'a':1}\n4 INVALID_JSON\n7 {'a':3}\n8 {'a':4}\n" },
	{ "writer died in one",
	  "{\n  'a': 1\n}\n{\n  'a':\n{\n  'a': 3\n}\n{\n  'a': 4\n}\n",
	  "1 {'a':1}\n4 INVALID_JSON\n6 {'a':3}\n9 {'a':4}\n" },
	{ "writer died in a string",
	  "{\n  'a': 1\n}\n{\n  'a': 'x\n{\n  'a': 3\n}\n",
	  "1 {'a':1}\n4 INVALID_JSON\n6 {'a':3}\n" },
	{ "what is deep in a torn one is not a record",
	  "{\n  'a': [\n    {'b':1},\n    {'b':2}\n  ]\n  'c': 1\n}\n{'a':3}\n",
	  "1 INVALID_JSON\n8 {'a':3}\n" },
	{ "whole line deeper than the torn one",
	  "{\n'a':1}\n{'a': tru\n  {'a':3}\n",
	  "1 {'a':1}\n3 INVALID_JSON\n4 {'a':3}\n" },
	{ "cut at the end of a stream", "{\n  'a': 1\n}\n{\n  'a': [\n    {}\n",
	  "1 {'a':1}\n4 INVALID_JSON\n" },
	{ "cut at the end of a deep line",
	  "{\n  'a': 1\n}\n{\n  'a': [\n    {}",
	  "1 {'a':1}\n4 INVALID_JSON\n" },
	{ "cut, and others swallowed", "{\n'a':1}\n{'a':[\n{'a':3},\n{'a':4}\n",
	  "1 {'a':1}\n3 INVALID_JSON\n4 {'a':3}\n4 INVALID_JSON\n"
	  "5 {'a':4}\n" },
	{ "torn twice", "{\n'a':1}\n{'a':[\n{'a':3},\n  {'a':4}\n;\n{'a':5}\n",
	  "1 {'a':1}\n3 INVALID_JSON\n4 {'a':3}\n4 INVALID_JSON\n"
	  "5 {'a':4}\n6 INVALID_JSON\n7 {'a':5}\n" },
	{ "too large, then others",
	  "{\n'a':1}\n{'a':\n'0123456789012345678901234567890123456789"
	  "01234567890123456789'}\n{'a':3}\n",
	  "1 {'a':1}\n3 TOO_LARGE\n5 {'a':3}\n" },
	{ "too large and torn",
	  "{\n'a':1}\n{'a':\n'0123456789012345678901234567890123456789"
	  "01234567890123456789'\n{'a':3}\n{'a':4}\n",
	  "1 {'a':1}\n3 TOO_LARGE\n5 {'a':3}\n6 {'a':4}\n" },
	{ "bad number, then a torn one",
	  "{\n'a':1}\n1e999\n{'a':\n{'a':2}\n{'a':3}\n",
	  "1 {'a':1}\n3 INVALID_JSON\n4 INVALID_JSON\n5 {'a':2}\n"
	  "6 {'a':3}\n" },
	{ "stray bracket", "{\n'a':1}\n}\n{'a':3}\n",
	  "1 {'a':1}\n3 INVALID_JSON\n4 {'a':3}\n" },
};

/* A copy with the other quotes; new. */
static char *quoted(const char *text)
{
	char *copy = xstrdup(text);

	for (char *s = copy; *s; s++)
		if (*s == '\'')
			*s = '"';
	return copy;
}

/* ---- feeding --------------------------------------------------------- */

/* What the other end of stdin writes, each piece one read(2). */
struct feed {
	int fd;
	const char *text;
	size_t len, piece, first;
};

static void *write_pieces(void *arg)
{
	struct feed *f = arg;
	size_t at = 0, n = f->first;

	while (at < f->len) {
		if (n == 0 || n > f->len - at)
			n = f->len - at;
		assert_int_equal(send(f->fd, f->text + at, n, MSG_NOSIGNAL), n);
		at += n;
		n = f->piece;
	}
	close(f->fd);
	return NULL;
}

/* The records of stdin, as in struct row; new. */
static char *read_all(void)
{
	struct cancel cancel;
	struct error err = ERROR_INIT;
	struct input_record record;
	enum input_result result;
	struct input *in;
	struct buf out;

	buf_init(&out, 1 << 20);
	buf_puts(&out, "");
	assert_int_equal(cancel_init(&cancel, &err), 0);
	in = input_new(NULL, &small, &cancel, &err);
	assert_non_null(in);
	while ((result = input_next(in, &record, &err)) == INPUT_RECORD) {
		assert_memory_equal(record.source, "stdin:", 6);
		buf_printf(&out, "%s ", record.source + 6);
		if (record.value) {
			assert_false(error_is(&record.error));
			json_write(&out, record.value, JSON_STYLE_LINE);
		} else {
			assert_string_equal(record.error.where, record.source);
			buf_puts(&out, error_name(record.error.code));
		}
		buf_putc(&out, '\n');
		input_record_release(&record);
	}
	assert_int_equal(result, INPUT_END);
	assert_int_equal(input_next(in, &record, &err), INPUT_END);
	input_free(in);
	cancel_release(&cancel);
	return buf_take(&out);
}

/* The same of a text that comes in pieces: the first, then others; 0: all. */
static char *records_of(const char *text, size_t len, size_t first,
			size_t piece)
{
	struct feed feed = {
		.text = text, .len = len, .first = first, .piece = piece
	};
	pthread_t writer;
	char *records;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	feed.fd = fds[1];
	assert_int_equal(pthread_create(&writer, NULL, write_pieces, &feed), 0);
	records = read_all();
	pthread_join(writer, NULL);
	return records;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *text = quoted(rows[i].text), *got;
		char *want = quoted(rows[i].records);
		size_t len = strlen(text);

		for (size_t first = 0; first <= len; first++) {
			got = records_of(text, len, first, 0);
			if (strcmp(got, want) != 0)
				fail_msg("%s, cut at %zu:\n%swanted:\n%s",
					 rows[i].name, first, got, want);
			free(got);
		}
		got = records_of(text, len, 1, 1);
		if (strcmp(got, want) != 0)
			fail_msg("%s, byte by byte:\n%s", rows[i].name, got);
		free(got);
		free(text);
		free(want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
