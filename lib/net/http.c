/* What requests and replies are made of: URLs, header lines, the reply. */
#include "net/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/xalloc.h"

static const char *const header_names[] = {
	[HEADER_CONTENT_TYPE] = "content-type",
	[HEADER_DATE] = "date",
	[HEADER_RETRY_AFTER] = "retry-after",
	[HEADER_RETRY_AFTER_MS] = "retry-after-ms",
	[HEADER_PREFERENCE_APPLIED] = "preference-applied",
};
_Static_assert(LENGTH(header_names) == HEADER_COUNT, "one name per header");

void http_reply_init(struct http_reply *reply, size_t limit)
{
	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->body, limit);
}

void http_reply_clear(struct http_reply *reply)
{
	struct buf body = reply->body;

	buf_clear(&body);
	memset(reply, 0, sizeof(*reply));
	reply->body = body;
}

void http_reply_release(struct http_reply *reply)
{
	buf_release(&reply->body);
}

void http_reply_fail(struct http_reply *reply, enum http_fault fault,
		     const char *format, ...)
{
	va_list args;

	reply->fault = fault;
	va_start(args, format);
	vsnprintf(reply->message, sizeof(reply->message), format, args);
	va_end(args);
}

void http_reply_header(struct http_reply *reply, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	const char *value, *end = line + len;
	size_t name_len, i;

	if (!colon)
		return;
	name_len = (size_t)(colon - line);
	for (i = 0; i < HEADER_COUNT; i++)
		if (strlen(header_names[i]) == name_len &&
		    strncasecmp(header_names[i], line, name_len) == 0)
			break;
	if (i == HEADER_COUNT || reply->headers[i][0])
		return;
	for (value = colon + 1; value < end && is_space(*value);)
		value++;
	while (end > value && is_space(end[-1]))
		end--;
	len = (size_t)(end - value);
	if (len >= HTTP_HEADER_SIZE)
		len = HTTP_HEADER_SIZE - 1;
	memcpy(reply->headers[i], value, len);
	reply->headers[i][len] = '\0';
}

bool http_header_valid(const char *line)
{
	size_t name_len = strcspn(line, ":");

	if (name_len == 0 || line[name_len] != ':')
		return false;
	for (const unsigned char *s = (const unsigned char *)line; *s; s++) {
		if (s < (const unsigned char *)line + name_len && *s <= ' ')
			return false;
		if ((*s < ' ' && *s != '\t') || *s == 0x7f)
			return false;
	}
	return true;
}

/* Where the next line goes. */
static char **free_line(struct http_headers *h)
{
	for (size_t i = 0; i < HTTP_REQUEST_HEADERS; i++)
		if (!h->lines[i])
			return &h->lines[i];
	abort();
}

void http_headers_add(struct http_headers *h, const char *name,
		      const char *value)
{
	*free_line(h) = xjoin(name, ": ", value);
}

void http_headers_add_bearer(struct http_headers *h, const char *key)
{
	*free_line(h) = xjoin("Authorization: Bearer ", key, "");
}

void http_headers_release(struct http_headers *h)
{
	for (char **line = h->lines; *line; line++) {
		wipe(*line, strlen(*line));
		free(*line);
		*line = NULL;
	}
}

/* One part of a parsed URL; libcurl's memory is freed by free_part(). */
static char *get_part(CURLU *u, CURLUPart what)
{
	char *part = NULL;

	if (curl_url_get(u, what, &part, 0) != CURLUE_OK)
		return NULL;
	return part;
}

static void free_part(char **part)
{
	curl_free(*part);
}

static void free_url(CURLU **u)
{
	curl_url_cleanup(*u);
}

/* As CURLU writes hosts: numeric ones are normal, IPv6 is in brackets. */
static bool is_loopback(const char *host)
{
	struct in_addr four;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &four) == 1 &&
	       ntohl(four.s_addr) >> 24 == 127;
}

static int check_parts(CURLU *u, struct http_target *target, struct error *err)
{
	char *scheme CLEANUP(free_part) = get_part(u, CURLUPART_SCHEME);
	char *host CLEANUP(free_part) = get_part(u, CURLUPART_HOST);
	char *user CLEANUP(free_part) = get_part(u, CURLUPART_USER);
	char *password CLEANUP(free_part) = get_part(u, CURLUPART_PASSWORD);

	if (!scheme || !host || strlen(host) >= sizeof(target->host))
		return error_set(err, ERR_CONFIG, NULL,
				 "a URL needs a scheme and a host");
	if (user || password)
		return error_set(err, ERR_CONFIG, NULL,
				 "a URL must not hold a user or a password");
	snprintf(target->host, sizeof(target->host), "%s", host);
	target->secure = strcasecmp(scheme, "https") == 0;
	if (target->secure)
		return 0;
	if (strcasecmp(scheme, "http") != 0)
		return error_set(err, ERR_CONFIG, NULL,
				 "%s: only https URLs can be used", host);
	if (!is_loopback(host))
		return error_set(err, ERR_CONFIG, NULL,
				 "%s: http would send the key and the call in "
				 "the clear; it is for loopback only, use "
				 "https",
				 host);
	return 0;
}

int http_parse_url(const char *url, struct http_target *target,
		   struct error *err)
{
	CURLU *u CLEANUP(free_url) = curl_url();
	const char *colon = strchr(url, ':');
	CURLUcode code;

	if (!u)
		return error_set(err, ERR_INTERNAL, NULL, "out of memory");
	if (strchr(url, '#'))
		return error_set(err, ERR_CONFIG, NULL,
				 "a URL to send to has no fragment (#)");
	/* libcurl would take the path's first part for the host */
	if (colon && strncmp(colon, ":///", 4) == 0)
		return error_set(err, ERR_CONFIG, NULL, "a URL needs a host");
	/* a scheme that libcurl does not know shall get our words for it */
	code = curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
	if (code != CURLUE_OK)
		return error_set(err, ERR_CONFIG, NULL, "not a URL: %s",
				 curl_url_strerror(code));
	return check_parts(u, target, err);
}

int http_check_url(const char *url, struct error *err)
{
	struct http_target target;

	return http_parse_url(url, &target, err);
}

void http_put_percent(struct buf *url, const char *data, size_t len)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (size_t i = 0; i < len; i++)
		if (memchr(plain, data[i], sizeof(plain) - 1))
			buf_putc(url, data[i]);
		else
			buf_printf(url, "%%%02X", (unsigned char)data[i]);
}

bool http2_trusted(unsigned version_num)
{
	return version_num >= 0x080000;
}
