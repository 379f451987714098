/* URLs that may be sent to, header lines, the reply's parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "net/http.h"

static const struct {
	const char *url;
	const char *host; /* NULL: refused */
	bool secure;
} urls[] = {
	{ "https://openrouter.ai/api/v1/chat/completions", "openrouter.ai",
	  true },
	{ "HTTPS://openrouter.ai", "openrouter.ai", true },
	{ "https://x.openai.azure.com/a/b?api-version=2024-06-01",
	  "x.openai.azure.com", true },
	{ "https://example.com:8443/", "example.com", true },
	{ "https://192.0.2.1/", "192.0.2.1", true },
	{ "https://[2001:db8::1]/", "[2001:db8::1]", true },
	/* http: to this machine only */
	{ "http://localhost:8080/v1", "localhost", false },
	{ "http://LOCALHOST/", "LOCALHOST", false },
	{ "http://127.0.0.1:1/", "127.0.0.1", false },
	{ "http://127.255.255.254/", "127.255.255.254", false },
	{ "http://127.1/", "127.0.0.1", false },
	{ "http://2130706433/", "127.0.0.1", false },
	{ "http://[::1]:80/", "[::1]", false },
	{ "http://[0:0:0:0:0:0:0:1]/", "[::1]", false },
	{ "http://example.com/", NULL, false },
	{ "http://10.0.0.1/", NULL, false },
	{ "http://0.0.0.0/", NULL, false },
	{ "http://128.0.0.1/", NULL, false },
	{ "http://126.255.255.255/", NULL, false },
	{ "http://[::]/", NULL, false },
	{ "http://[2001:db8::1]/", NULL, false },
	{ "http://localhost.example.com/", NULL, false },
	{ "http://127.0.0.1.example.com/", NULL, false },
	{ "http://example.com/?x=http://localhost/", NULL, false },
	{ "http://localhost@example.com/", NULL, false },
	/* no secrets in a URL, nothing that is not sent */
	{ "https://user:password@example.com/", NULL, false },
	{ "https://user@example.com/", NULL, false },
	{ "https://:password@example.com/", NULL, false },
	{ "http://user:password@127.0.0.1/", NULL, false },
	{ "https://example.com/#part", NULL, false },
	{ "https://example.com/#", NULL, false },
	/* other schemes, other things */
	{ "ftp://example.com/", NULL, false },
	{ "file:///etc/passwd", NULL, false },
	{ "gopher://127.0.0.1/", NULL, false },
	{ "unix:/run/x", NULL, false },
	{ "javascript:alert(1)", NULL, false },
	{ "example.com/v1", NULL, false },
	{ "//example.com/v1", NULL, false },
	{ "/v1/chat", NULL, false },
	{ "https://", NULL, false },
	{ "https:///v1", NULL, false },
	{ "https://exa mple.com/", NULL, false },
	{ "https://example.com/a\r\nX: y", NULL, false },
	{ "https://example.com:99999/", NULL, false },
	{ "https://[::1/", NULL, false },
	{ "", NULL, false },
	{ " ", NULL, false },
};

static void judges_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(urls); i++) {
		struct error err = ERROR_INIT;
		struct http_target target;
		int rc = http_parse_url(urls[i].url, &target, &err);

		assert_int_equal(http_check_url(urls[i].url, NULL), rc);
		if ((rc == 0) != (urls[i].host != NULL))
			fail_msg("%s: %d %s", urls[i].url, rc, err.text);
		if (rc < 0) {
			assert_int_equal(err.code, ERR_CONFIG);
			assert_true(err.text[0] != '\0');
			assert_null(strstr(err.text, "password@"));
			continue;
		}
		if (urls[i].secure != target.secure ||
		    strcasecmp(urls[i].host, target.host) != 0)
			fail_msg("%s: host %s, secure %d", urls[i].url,
				 target.host, target.secure);
	}
}

static void refuses_a_long_host(void **state)
{
	struct http_target target;
	char url[400] = "https://";

	(void)state;
	memset(url + 8, 'a', 300);
	url[308] = '\0';
	assert_int_equal(http_parse_url(url, &target, NULL), -1);
}

static void checks_header_lines(void **state)
{
	static const struct {
		const char *line;
		bool valid;
	} rows[] = {
		{ "Content-Type: application/json", true },
		{ "Authorization: Bearer abc", true },
		{ "X-Title:callqa", true },
		{ "X-Empty:", true },
		{ "X-Tab: a\tb", true },
		{ "X-Utf8: \xc3\xa9", true },
		{ "X-Colon: a:b:c", true },
		{ "X: a\r\nY: b", false },
		{ "X: a\nY: b", false },
		{ "X: a\rY: b", false },
		{ "X: a\r\n", false },
		{ "X: a\x01", false },
		{ "X: a\x7f", false },
		{ "X\r\nY: b", false },
		{ "X Y: b", false },
		{ " X: b", false },
		{ "X\t: b", false },
		{ "X ", false },
		{ "X", false },
		{ ": b", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (http_header_valid(rows[i].line) != rows[i].valid)
			fail_msg("row %zu: %s", i, rows[i].line);
}

static void put_header(struct http_reply *reply, const char *line)
{
	http_reply_header(reply, line, strlen(line));
}

static void keeps_headers(void **state)
{
	char longer[400] = "Date: ";
	struct http_reply reply;

	(void)state;
	http_reply_init(&reply, 100);
	memset(longer + 6, 'x', 300);
	put_header(&reply, "Content-Type: application/json\r\n");
	put_header(&reply, "content-TYPE: text/html\r\n"); /* the second */
	put_header(&reply, "RETRY-AFTER:\t 7  \r\n");
	put_header(&reply, "retry-after-ms:700");
	put_header(&reply, "Preference-Applied: one\n");
	put_header(&reply, "Preference-Applied-Not: two\r\n");
	put_header(&reply, "Set-Cookie: a=b\r\n");
	put_header(&reply, longer);
	put_header(&reply, "\r\n");
	put_header(&reply, "");
	put_header(&reply, "no colon at all\r\n");
	assert_string_equal(reply.headers[HEADER_CONTENT_TYPE],
			    "application/json");
	assert_string_equal(reply.headers[HEADER_RETRY_AFTER], "7");
	assert_string_equal(reply.headers[HEADER_RETRY_AFTER_MS], "700");
	assert_string_equal(reply.headers[HEADER_PREFERENCE_APPLIED], "one");
	assert_int_equal(strlen(reply.headers[HEADER_DATE]),
			 HTTP_HEADER_SIZE - 1);

	buf_puts(&reply.body, "body");
	http_reply_fail(&reply, HTTP_CUT, "%s", longer);
	assert_int_equal(reply.fault, HTTP_CUT);
	assert_int_equal(strlen(reply.message), sizeof(reply.message) - 1);
	http_reply_clear(&reply);
	assert_int_equal(reply.fault, HTTP_OK);
	assert_int_equal(reply.body.len, 0);
	assert_int_equal(reply.body.limit, 100);
	assert_non_null(reply.body.data); /* its memory is kept */
	assert_string_equal(reply.message, "");
	assert_string_equal(reply.headers[HEADER_DATE], "");
	http_reply_release(&reply);
}

static void makes_header_lines(void **state)
{
	struct http_headers h = { .lines = { NULL } };
	const char *const *lines = http_headers_of(&h);

	(void)state;
	assert_null(lines[0]);
	http_headers_release(&h); /* of none */
	http_headers_add(&h, "Accept", "application/json");
	http_headers_add_bearer(&h, "KEY");
	http_headers_add(&h, "X-Title", "");
	assert_string_equal(lines[0], "Accept: application/json");
	assert_string_equal(lines[1], "Authorization: Bearer KEY");
	assert_string_equal(lines[2], "X-Title: ");
	assert_null(lines[3]);
	while (!lines[HTTP_REQUEST_HEADERS - 1])
		http_headers_add(&h, "A", "1");
	assert_null(lines[HTTP_REQUEST_HEADERS]);
	http_headers_release(&h);
	for (size_t i = 0; i <= HTTP_REQUEST_HEADERS; i++)
		assert_null(lines[i]);
}

/* Every byte: the 66 unreserved ones as they are, the rest as two digits. */
static void escapes_for_urls(void **state)
{
	static const char all[] = "a\xc3\xa4\0 /?#%+\"\\&=~\x7f\xff";
	struct buf b;
	size_t plain = 0;

	(void)state;
	buf_init(&b, 100);
	http_put_percent(&b, all, sizeof(all) - 1);
	assert_string_equal(b.data, "a%C3%A4%00%20%2F%3F%23%25%2B%22%5C%26%3D~"
				    "%7F%FF");
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		buf_clear(&b);
		http_put_percent(&b, &byte, 1);
		if (b.len == 1) {
			assert_int_equal(b.data[0], byte);
			plain++;
		} else {
			assert_int_equal(b.len, 3);
			assert_int_equal(strtol(b.data + 1, NULL, 16), c);
		}
	}
	assert_int_equal(plain, 26 + 26 + 10 + 4);
	buf_clear(&b);
	http_put_percent(&b, "AZaz09-._~", 10);
	assert_string_equal(b.data, "AZaz09-._~");
	buf_release(&b);
}

static void trusts_http2_from_8(void **state)
{
	(void)state;
	assert_false(http2_trusted(0x075801)); /* 7.88.1: Debian 12 */
	assert_false(http2_trusted(0x07ffff));
	assert_true(http2_trusted(0x080000));
	assert_true(http2_trusted(0x080e01));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_urls),
		cmocka_unit_test(refuses_a_long_host),
		cmocka_unit_test(checks_header_lines),
		cmocka_unit_test(keeps_headers),
		cmocka_unit_test(makes_header_lines),
		cmocka_unit_test(escapes_for_urls),
		cmocka_unit_test(trusts_http2_from_8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
