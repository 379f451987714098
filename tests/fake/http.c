/* Reads one HTTP/1.1 request, strictly: the client under test is ours. */
#include "http.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CHUNK_LINE_MAX 4096

/* Bytes that may stand in a header's name (RFC 9110, token). */
static bool is_token(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)bytes[i]) &&
		    !memchr("!#$%&'*+-.^_`|~", bytes[i], 15))
			return false;
	return length > 0;
}

json_t *http_string_new(const char *bytes, size_t length)
{
	json_t *string = json_stringn(bytes, length);
	char *copy;

	if (string)
		return string;
	copy = copy_bytes(bytes, length);
	for (size_t i = 0; i < length; i++)
		if (copy[i] & 0x80)
			copy[i] = '?';
	string = json_stringn(copy, length);
	free(copy);
	return string;
}

/* `METHOD TARGET HTTP/1.x`, without its line end. */
static int parse_request_line(struct request *request, const char *line,
			      size_t length)
{
	const char *end = line + length;
	const char *target = memchr(line, ' ', length);
	const char *version;

	if (!target || !is_token(line, (size_t)(target - line)))
		return 400;
	target++;
	version = memchr(target, ' ', (size_t)(end - target));
	if (!version || version == target || end - version != 9)
		return 400;
	if (memcmp(version + 1, "HTTP/1.", 7) ||
	    !isdigit((unsigned char)end[-1]))
		return 505;
	request->method = copy_bytes(line, (size_t)(target - line) - 1);
	request->path = copy_bytes(target, (size_t)(version - target));
	request->close = end[-1] == '0';
	return 0;
}

/* `Name: value`, without its line end. */
static int parse_header(struct request *request, const char *line,
			size_t length)
{
	const char *colon = memchr(line, ':', length);
	const char *value;
	const char *end = line + length;
	struct text joined = { 0 };
	const json_t *earlier;
	char *name;

	if (!colon || !is_token(line, (size_t)(colon - line)))
		return 400;
	name = copy_bytes(line, (size_t)(colon - line));
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	for (value = colon + 1; value < end && memchr(" \t", *value, 2);)
		value++;
	while (end > value && memchr(" \t", end[-1], 2))
		end--;
	earlier = json_object_get(request->headers, name);
	if (earlier) {
		text_add(&joined, json_string_value(earlier),
			 json_string_length(earlier));
		text_add(&joined, ", ", 2);
	}
	text_add(&joined, value, (size_t)(end - value));
	json_object_set_new(request->headers, name,
			    http_string_new(joined.data, joined.length));
	text_release(&joined);
	free(name);
	return 0;
}

/* Reads request line and headers. */
static int read_head(struct request *request, struct wire *wire)
{
	size_t left = HTTP_HEAD_MAX;
	struct text line = { 0 };
	int status = 0;

	request->headers = json_object();
	while (!status) {
		line.length = 0;
		status = wire_line(wire, &line, left);
		if (status) {
			status = status > 0 ? 431 : -1;
			break;
		}
		left -= line.length;
		if (line.length < 2 || line.data[line.length - 2] != '\r') {
			status = 400;
		} else if (line.length == 2) {
			if (request->method)
				break;
			/* an empty line before a request is to be ignored */
		} else if (!request->method) {
			status = parse_request_line(request, line.data,
						    line.length - 2);
		} else {
			status = parse_header(request, line.data,
					      line.length - 2);
		}
	}
	text_release(&line);
	return status;
}

/* A number of digits and nothing else, at most `limit`; else its status. */
static int parse_size(const char *digits, int base, size_t *size)
{
	const char *set = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
	size_t length = strspn(digits, set);

	if (!length || digits[length] != '\0')
		return 400;
	*size = length > 15 ? SIZE_MAX : strtoul(digits, NULL, base);
	return *size > HTTP_BODY_MAX ? 413 : 0;
}

/* One line of the chunked framing, without its line end. */
static int read_chunk_line(struct wire *wire, struct text *line)
{
	int status;

	line->length = 0;
	status = wire_line(wire, line, CHUNK_LINE_MAX);
	if (status)
		return status > 0 ? 400 : -1;
	if (line->length < 2 || line->data[line->length - 2] != '\r')
		return 400;
	line->length -= 2;
	line->data[line->length] = '\0';
	return 0;
}

/* Reads chunks until the last one, and its trailers. */
static int read_chunks(struct request *request, struct wire *wire)
{
	struct text line = { 0 };
	size_t size = 1;
	int status = 0;

	while (!status && size) {
		status = read_chunk_line(wire, &line);
		if (status)
			break;
		line.data[strcspn(line.data, "; \t")] = '\0';
		status = parse_size(line.data, 16, &size);
		if (!status && size > HTTP_BODY_MAX - request->body.length)
			status = 413;
		if (status || !size)
			break;
		status = wire_read(wire, &request->body, size);
		if (!status)
			status = read_chunk_line(wire, &line);
		if (!status && line.length)
			status = 400;
	}
	while (!status) {
		status = read_chunk_line(wire, &line);
		if (!status && !line.length)
			break;
	}
	text_release(&line);
	return status;
}

/* Sends 100 Continue if the client waits for it. */
static int allow_body(const struct request *request, struct wire *wire)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const char *expect = request_header_peek(request, "expect");

	if (!expect)
		return 0;
	if (strcasecmp(expect, "100-continue"))
		return 417;
	return wire_send(wire, go_on, sizeof(go_on) - 1);
}

static int read_body(struct request *request, struct wire *wire)
{
	const char *coding = request_header_peek(request, "transfer-encoding");
	const char *length = request_header_peek(request, "content-length");
	size_t size = 0;
	int status = 0;

	text_add(&request->body, "", 0);
	if (coding && length)
		return 400;
	if (coding && strcasecmp(coding, "chunked"))
		return 501;
	if (length)
		status = parse_size(length, 10, &size);
	if (!status)
		status = allow_body(request, wire);
	if (status)
		return status;
	if (coding)
		return read_chunks(request, wire);
	return wire_read(wire, &request->body, size);
}

int request_read(struct request *request, struct wire *wire)
{
	const char *connection;
	int status = read_head(request, wire);

	if (status)
		return status;
	connection = request_header_peek(request, "connection");
	if (connection && !strcasecmp(connection, "close"))
		request->close = true;
	if (connection && !strcasecmp(connection, "keep-alive"))
		request->close = false;
	return read_body(request, wire);
}

const char *request_header_peek(const struct request *request, const char *name)
{
	return json_string_value(json_object_get(request->headers, name));
}

bool request_path_ends(const struct request *request, const char *suffix)
{
	size_t path = strcspn(request->path, "?");
	size_t length = strlen(suffix);

	return path >= length &&
	       !memcmp(request->path + path - length, suffix, length);
}

void request_release(struct request *request)
{
	free(request->method);
	free(request->path);
	json_decref(request->headers);
	text_release(&request->body);
	memset(request, 0, sizeof(*request));
}

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 206, "Partial Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 307, "Temporary Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 402, "Payment Required" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 407, "Proxy Authentication Required" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 417, "Expectation Failed" },
		{ 422, "Unprocessable Content" },
		{ 425, "Too Early" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
		{ 529, "Site Is Overloaded" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unnamed";
}
