/* One easy handle: its options, its callbacks, and the request on it. */
#include "net/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/xalloc.h"

enum {
	IDLE_S = 60,       /* servers drop idle connections at about this */
	LIFETIME_S = 600,  /* then DNS and certificate are looked at anew */
	CA_CACHE_S = 86400 /* a parsed CA store is good for a day */
};

/* ---- callbacks ------------------------------------------------------- */

/*
 * There is no seek callback to go with this one: a dead kept connection then
 * ends the request, where libcurl would send the body, and somebody pay for
 * it, a second time.
 */
static size_t on_read(char *to, size_t size, size_t count, void *ctx)
{
	struct exchange *x = ctx;
	size_t room = size * count, done = 0, n;

	while (done < room && x->part < x->request->part_count) {
		const struct text *part = &x->request->parts[x->part];

		n = part->len - x->offset;
		if (n > room - done)
			n = room - done;
		if (n > 0)
			memcpy(to + done, part->data + x->offset, n);
		done += n;
		x->offset += n;
		if (x->offset == part->len) {
			x->part++;
			x->offset = 0;
		}
	}
	return done;
}

static size_t on_write(char *data, size_t size, size_t count, void *ctx)
{
	struct exchange *x = ctx;
	size_t len = size * count;

	if (len > x->limit - x->reply->body.len) {
		x->too_big = true;
		return 0; /* not len: that ends the transfer */
	}
	buf_put(&x->reply->body, data, len);
	return len;
}

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
	struct exchange *x = ctx;
	size_t len = size * count;

	x->answered = true;
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		/* what came before was a 1xx and its headers */
		memset(x->reply->headers, 0, sizeof(x->reply->headers));
		x->head_whole = false;
	} else if (line[0] == '\r' || line[0] == '\n') {
		x->head_whole = true;
	} else {
		http_reply_header(x->reply, line, len);
	}
	return len;
}

/* Makes the socket, to learn why it cannot and to keep it from children. */
static curl_socket_t on_socket(void *ctx, curlsocktype purpose,
			       struct curl_sockaddr *address)
{
	struct exchange *x = ctx;
	int fd = socket(address->family, address->socktype, address->protocol);

	(void)purpose;
	if (fd < 0) {
		/* another family may do; without files none does */
		if (errno != EAFNOSUPPORT)
			x->socket_errno = errno;
		return CURL_SOCKET_BAD;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* ---- options --------------------------------------------------------- */

/* Who may be talked to, and how sure we are of it. */
static int set_trust(CURL *easy, const struct exchange_options *o)
{
	int bad = 0;

	bad |= (int)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_SSLVERSION,
				     (long)CURL_SSLVERSION_TLSv1_2);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_NETRC,
				     (long)CURL_NETRC_IGNORED);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL,
				     1L);
	if (o->ca_file) {
		bad |= (int)curl_easy_setopt(easy, CURLOPT_CAINFO, o->ca_file);
		bad |= (int)curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO,
					     o->ca_file);
	}
	/*
	 * Debian's libcurl has a default here; with it the whole bundle is
	 * parsed for every connection, 25 ms each, instead of once.
	 */
	bad |= (int)curl_easy_setopt(easy, CURLOPT_CAPATH, o->ca_path);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, o->ca_path);
	/* a TLS library that keeps no store: slower, not wrong */
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, (long)CA_CACHE_S);
	return bad;
}

static int set_connection(CURL *easy, const struct exchange_options *o)
{
	int bad = 0;

	/* else a mute DNS server stops the whole transport for seconds */
	bad |= (int)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
				     (long)o->connect_timeout_ms);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_S);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN,
				     (long)LIFETIME_S);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS,
				     1L);
	if (o->http2) {
		curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
				 (long)CURL_HTTP_VERSION_2TLS);
		curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	} else {
		bad |= (int)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
					     (long)CURL_HTTP_VERSION_1_1);
	}
	return bad;
}

static int set_callbacks(struct exchange *x)
{
	CURL *easy = x->easy;
	int bad = 0;

	bad |= (int)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_READDATA, x);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
				     on_socket);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, x);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->detail);
	return bad;
}

static int make_handle(struct exchange *x)
{
	int bad = 0;

	x->easy = curl_easy_init();
	if (!x->easy)
		return -1;
	bad |= set_trust(x->easy, x->options);
	bad |= set_connection(x->easy, x->options);
	bad |= set_callbacks(x);
	bad |= (int)curl_easy_setopt(x->easy, CURLOPT_USERAGENT,
				     x->options->user_agent);
	bad |= (int)curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x->owner);
	if (bad)
		exchange_release(x);
	return bad ? -1 : 0;
}

int exchange_init(struct exchange *x, const struct exchange_options *options,
		  void *owner)
{
	memset(x, 0, sizeof(*x));
	x->options = options;
	x->owner = owner;
	return make_handle(x);
}

void exchange_release(struct exchange *x)
{
	curl_easy_cleanup(x->easy);
	free(x->url);
	x->easy = NULL;
	x->url = NULL;
}

/* ---- one request ----------------------------------------------------- */

int exchange_refuse(struct exchange *x, const char *why)
{
	const char *host = x->target.host;

	http_reply_fail(x->reply, HTTP_BROKEN, "%s%s%s", host,
			*host ? ": " : "", why);
	x->reply->unsent = true;
	return -1;
}

/*
 * After a kept connection that died on a request, and a new one that was
 * refused, libcurl 7.88.1 still means to rewind a body: it then fails the next
 * request of the handle before a byte of it is sent.  Connections are not the
 * handle's, and stay.
 */
static int renew(struct exchange *x)
{
	if (!x->spoiled)
		return 0;
	exchange_release(x);
	x->spoiled = make_handle(x) < 0;
	return x->spoiled ? exchange_refuse(x, "libcurl makes no handle") : 0;
}

/* A run asks one URL again and again: it is checked and set when it changes. */
static int set_url(struct exchange *x, const char *url)
{
	struct error err = ERROR_INIT;
	int bad = 0;

	if (x->url && strcmp(x->url, url) == 0)
		return 0;
	free(x->url);
	x->url = NULL;
	x->target.host[0] = '\0';
	if (http_parse_url(url, &x->target, &err) < 0) {
		x->target.host[0] = '\0';
		return exchange_refuse(x, err.text);
	}
	bad |= (int)curl_easy_setopt(x->easy, CURLOPT_URL, url);
	bad |= (int)curl_easy_setopt(x->easy, CURLOPT_PROTOCOLS_STR,
				     x->target.secure ? "https" : "http");
	/* a proxy would take what may not leave this machine off it */
	bad |= (int)curl_easy_setopt(x->easy, CURLOPT_PROXY,
				     x->target.secure ? NULL : "");
	if (bad)
		return exchange_refuse(x, "libcurl does not take the URL");
	x->url = xstrdup(url);
	return 0;
}

static int set_method(struct exchange *x, const char *method)
{
	static const char *const known[] = { "POST", "PUT", "PATCH", "DELETE" };
	const char *custom = NULL;
	size_t i;

	if (strcmp(method, "GET") == 0) {
		if (x->body_len > 0)
			return exchange_refuse(x, "GET sends no body");
		curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, NULL);
		curl_easy_setopt(x->easy, CURLOPT_HTTPGET, 1L);
		return 0;
	}
	for (i = 0; i < LENGTH(known); i++)
		if (strcmp(method, known[i]) == 0)
			break;
	if (i == LENGTH(known))
		return exchange_refuse(x, "unknown HTTP method");
	if (i > 0)
		custom = known[i];
	if (curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, custom))
		return exchange_refuse(x, "libcurl does not take the method");
	curl_easy_setopt(x->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)x->body_len);
	return 0;
}

/*
 * libcurl reads this list and never changes or frees it; so its nodes are
 * ours and point to the caller's lines, and nothing is copied.
 */
static int set_headers(struct exchange *x, const char *const *headers)
{
	size_t n = 0;

	for (; headers && headers[n]; n++) {
		if (n == HTTP_REQUEST_HEADERS)
			return exchange_refuse(x, "too many header lines");
		if (!http_header_valid(headers[n]))
			return exchange_refuse(
				x, "a header line that could be two");
		x->lines[n].data = (char *)headers[n];
		x->lines[n].next = &x->lines[n + 1];
	}
	/* no "100 Continue" first: one round trip less */
	x->lines[n] = (struct curl_slist){ (char *)"Expect:", NULL };
	curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->lines);
	return 0;
}

int exchange_begin(struct exchange *x, const struct http_request *request,
		   struct http_reply *reply)
{
	http_reply_clear(reply);
	x->request = request;
	x->reply = reply;
	x->limit = reply->body.limit;
	if (request->reply_limit < x->limit)
		x->limit = request->reply_limit;
	x->part = x->offset = x->body_len = 0;
	for (size_t i = 0; i < request->part_count; i++)
		x->body_len += request->parts[i].len;
	x->answered = x->head_whole = x->too_big = false;
	x->extra_ms = 0;
	x->socket_errno = 0;
	x->detail[0] = '\0';
	if (renew(x) < 0 || set_url(x, request->url) < 0 ||
	    set_method(x, request->method) < 0 ||
	    set_headers(x, request->headers) < 0)
		return -1;
	if (request->timeout_ms <= 0)
		return exchange_refuse(x, "no time for a request");
	curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS,
			 (long)request->timeout_ms);
	/* if the server tells; on_write() counts in any case */
	curl_easy_setopt(x->easy, CURLOPT_MAXFILESIZE_LARGE,
			 (curl_off_t)x->limit);
	return 0;
}

void exchange_extend(struct exchange *x, int64_t ms)
{
	/* libcurl reads its timeout anew whenever it looks at the clock */
	x->extra_ms += ms;
	curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS,
			 (long)(x->request->timeout_ms + x->extra_ms));
}
