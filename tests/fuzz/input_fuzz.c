/*
 * Any bytes as a file of records, and as JSON text for the scanner.
 *
 * Whatever they are: reading ends; a record has a value or an error; how the
 * bytes arrive makes no difference; a file whose first line is an object gives
 * one record a line, good exactly if the line alone is good JSON.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "data/json.h"
#include "fuzz.h"
#include "run/input.h"

static const struct json_limits limits = { .bytes = 120,
					   .depth = 4,
					   .values = 12 };

/* ---- the scanner ----------------------------------------------------- */

struct verdict {
	enum scan_state state;
	size_t used;
	const char *first; /* fault that was lifted, or NULL */
	struct scan scan;
};

/* Feeds the bytes in pieces, lifting what can be lifted. */
static void feed(struct verdict *v, const char *text, size_t len, size_t piece)
{
	size_t used, at = 0;

	*v = (struct verdict){ .state = SCAN_MORE };
	scan_init(&v->scan, &limits);
	while (v->state == SCAN_MORE && at < len) {
		size_t n = piece < len - at ? piece : len - at;

		v->state = scan_feed(&v->scan, text + at, n, &used);
		MUST(used <= n && (v->state != SCAN_MORE || used == n));
		at += used;
		if (v->state == SCAN_FAULT) {
			if (!v->first)
				v->first = v->scan.fault;
			if (scan_lift(&v->scan))
				v->state = SCAN_MORE;
		}
	}
	v->used = at;
}

static void check_scan(const char *text, size_t len)
{
	struct verdict whole, bytes;
	struct error err = ERROR_INIT;
	json_error_t fault;
	json_t *value;

	feed(&whole, text, len, len);
	feed(&bytes, text, len, 1);
	MUST(whole.state == bytes.state && whole.used == bytes.used);
	MUST(whole.first == bytes.first);
	MUST(whole.scan.bytes == bytes.scan.bytes);
	MUST(scan_end(&whole.scan) == scan_end(&bytes.scan));

	if (scan_whole(text, len, &limits, NULL, &err) < 0) {
		MUST(error_is(&err));
		return;
	}
	MUST(!whole.first);
	value = json_loadb(text, len,
			   JSON_DECODE_ANY | JSON_ALLOW_NUL |
				   JSON_REJECT_DUPLICATES,
			   &fault);
	MUST(value || json_error_code(&fault) == json_error_duplicate_key);
	json_decref(value);
}

/* ---- the records ----------------------------------------------------- */

static void check_record(const struct input_record *record)
{
	MUST(!record->value == error_is(&record->error));
	MUST(strchr(record->source, ':'));
	if (record->value)
		return;
	MUST(record->error.code == ERR_INVALID_JSON ||
	     record->error.code == ERR_TOO_LARGE);
	MUST(strcmp(record->error.where, record->source) == 0);
	MUST(record->error.text[0]);
}

/* One line a record: line number, then the value or the fault. */
static void read_records(const char *file, struct cancel *cancel, size_t len,
			 struct buf *out)
{
	char *const files[] = { (char *)file, NULL };
	struct error err = ERROR_INIT;
	struct input_record record;
	enum input_result result;
	struct input *in = input_new(files, &limits, cancel, &err);
	size_t records = 0;

	MUST(in);
	while ((result = input_next(in, &record, &err)) == INPUT_RECORD) {
		check_record(&record);
		buf_puts(out, strrchr(record.source, ':'));
		buf_puts(out, record.value ? " good " : " bad ");
		if (record.value)
			json_write(out, record.value, JSON_STYLE_LINE);
		else
			buf_puts(out, record.error.text);
		buf_putc(out, '\n');
		input_record_release(&record);
		MUST(++records <= len);
	}
	MUST(result == INPUT_END && !error_is(&err));
	input_free(in);
}

/* Puts the bytes where stdin is, to be read in at most 32 pieces. */
static void pieces_to_stdin(const char *text, size_t len)
{
	size_t piece = len / 32 + 1;
	int fds[2];

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	for (size_t at = 0; at < len; at += piece) {
		size_t n = piece < len - at ? piece : len - at;

		MUST(send(fds[1], text + at, n, MSG_DONTWAIT) == (ssize_t)n);
	}
	close(fds[1]);
	MUST(dup2(fds[0], STDIN_FILENO) == STDIN_FILENO);
	close(fds[0]);
}

static size_t skip_blank(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && strchr(" \t\r\n", s[n]) && s[n])
		n++;
	return n;
}

/* If the first line is an object, what the records have to be, else false. */
static int expect_lines(const char *text, size_t len, struct buf *out)
{
	size_t at = 0, lines = 0;
	int first = 1;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	for (; at < len; at++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;
		size_t blank = skip_blank(text + at, n);
		json_t *value;

		lines++;
		if (blank < n) {
			if (first &&
			    (text[at + blank] != '{' ||
			     scan_whole(text + at, n, &limits, NULL, NULL) < 0))
				return 0;
			first = 0;
			value = json_read(text + at, n, &limits, NULL);
			buf_printf(out, ":%zu %s\n", lines,
				   value ? "good" : "bad");
			json_decref(value);
		}
		at += n;
	}
	return !first;
}

/* Are those the lines and verdicts of the records? */
static void compare(const char *expected, const char *records)
{
	while (*expected) {
		size_t n = strcspn(expected, "\n");

		MUST(strncmp(expected, records, n) == 0);
		MUST(records[n] == ' ');
		expected += n + 1;
		records += strcspn(records, "\n") + 1;
	}
	MUST(!*records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	static char path[32];
	const char *text = (const char *)data;
	struct buf whole, pieces, lines;
	struct cancel cancel;

	if (size > 4096)
		return 0;
	if (file < 0) {
		char name[] = "/tmp/input_fuzz.XXXXXX";

		json_setup();
		file = mkstemp(name);
		MUST(file >= 0);
		unlink(name);
		snprintf(path, sizeof(path), "/dev/fd/%d", file);
	}
	check_scan(text, size);

	MUST(cancel_init(&cancel, NULL) == 0);
	buf_init(&whole, 1 << 24);
	buf_init(&pieces, 1 << 24);
	buf_init(&lines, 1 << 24);
	buf_puts(&whole, "");
	buf_puts(&pieces, "");
	MUST(ftruncate(file, 0) == 0);
	MUST(pwrite(file, text, size, 0) == (ssize_t)size);
	read_records(path, &cancel, size, &whole);
	pieces_to_stdin(text, size);
	read_records("-", &cancel, size, &pieces);
	MUST(strcmp(whole.data, pieces.data) == 0);
	if (expect_lines(text, size, &lines))
		compare(lines.data, whole.data);
	buf_release(&lines);
	buf_release(&pieces);
	buf_release(&whole);
	cancel_release(&cancel);
	return 0;
}
