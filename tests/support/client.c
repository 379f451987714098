/* The transport as most tests use it: one POST, one reply. */
#include "support/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* last: it needs the three before */
#include <cmocka.h>

struct transport *client_start(unsigned max, const char *cacert)
{
	const struct http_options options = {
		.max_requests = max,
		.connect_timeout_ms = 5000,
		.cacert = cacert,
		.user_agent = "callqa-test",
	};
	struct error err = ERROR_INIT;
	struct transport *t = transport_start(&options, &err);

	if (!t)
		fail_msg("%s", err.text);
	return t;
}

const char *client_url(const char *scheme, unsigned port)
{
	static _Thread_local char url[128];

	snprintf(url, sizeof(url), "%s://127.0.0.1:%u/answer", scheme, port);
	return url;
}

struct http_request client_request(const char *url)
{
	static const char *const headers[] = {
		"Content-Type: application/json",
		"Authorization: Bearer " CLIENT_KEY,
		NULL,
	};
	static const struct text body = { "{}", 2 };

	return (struct http_request){
		.method = "POST",
		.url = url,
		.headers = headers,
		.parts = &body,
		.part_count = 1,
		.timeout_ms = 5000,
		.reply_limit = CLIENT_REPLY_LIMIT,
	};
}

void client_perform(struct transport *t, const struct http_request *request,
		    struct http_reply *reply)
{
	struct http http = transport_http(t);

	http_reply_init(reply, CLIENT_REPLY_LIMIT);
	http.perform(http.ctx, request, reply);
}

void client_clean_environment(void)
{
	static const char *const names[] = {
		"http_proxy", "https_proxy",   "HTTPS_PROXY",
		"all_proxy",  "ALL_PROXY",     "no_proxy",
		"NO_PROXY",   "SSL_CERT_FILE", "SSL_CERT_DIR",
	};

	for (size_t i = 0; i < LENGTH(names); i++)
		unsetenv(names[i]);
}
