/* Templates fetched from PromptLayer. */
#include "prompt/promptlayer_fetch.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"

/* One template on its way; of the thread that fetches it. */
struct fetch {
	const struct promptlayer *p;
	const char *name;
	struct http_reply *reply;
	struct error error;
	pthread_t thread;
	bool has_thread;
};

/* ---- the request -------------------------------------------------------- */

static bool is_seed_url(const char *url)
{
	size_t len = strlen(url);

	return len >= 5 && strcmp(url + len - 5, "/rest") == 0;
}

static bool is_version(const char *label)
{
	return *label && label[strspn(label, "0123456789")] == '\0';
}

static const char *label_key(const char *label)
{
	return is_version(label) ? "version" : "label";
}

static char *make_url(const struct fetch *f)
{
	const struct promptlayer *p = f->p;
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES);
	buf_printf(&b, "%s/prompt-templates/%s", p->url, f->name);
	if (*p->label && !is_seed_url(p->url)) {
		buf_printf(&b, "?%s=", label_key(p->label));
		http_put_percent(&b, p->label, strlen(p->label));
	}
	return buf_take(&b);
}

/* What is posted as the seed does: an object, empty for the latest. */
static char *make_body(const struct promptlayer *p)
{
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES);
	buf_putc(&b, '{');
	if (*p->label) {
		buf_printf(&b, "\"%s\":", label_key(p->label));
		if (is_version(p->label))
			buf_puts(&b, p->label);
		else
			buf_json_string(&b, p->label, strlen(p->label));
	}
	buf_putc(&b, '}');
	return buf_take(&b);
}

static void send(struct fetch *f, const char *url, const char *body,
		 const char *const *headers)
{
	const struct text part = { body, strlen(body) };
	bool post = is_seed_url(f->p->url);
	const struct http_request request = {
		.method = post ? "POST" : "GET",
		.url = url,
		.headers = headers,
		.parts = post ? &part : NULL,
		.part_count = post ? 1 : 0,
		.timeout_ms = f->p->timeout_ms,
		.reply_limit = LIMIT_REPLY_BYTES,
	};

	http_reply_clear(f->reply);
	f->p->http->perform(f->p->http->ctx, &request, f->reply);
}

/* ---- what a reply means -------------------------------------------------- */

static bool is_json(const struct buf *body)
{
	json_auto_t *value = json_read(body->data ? body->data : "", body->len,
				       &json_default_limits, NULL);

	return json_is_object(value);
}

/* PromptLayer's own words, if any, without the key. */
static void quote(const struct fetch *f, char words[LIMIT_EXCERPT_BYTES])
{
	static const char *const keys[] = { "message", "error", "detail" };
	const struct buf *body = &f->reply->body;
	json_auto_t *value = json_read(body->data ? body->data : "", body->len,
				       &json_default_limits, NULL);
	const char *text = NULL;
	char *at, *whole;

	for (size_t i = 0; !text && i < LENGTH(keys); i++)
		text = json_string_peek(value, keys[i]);
	whole = xstrdup(text ? text : "");
	at = whole;
	/* before it is cut, for half a key is one, too */
	while (f->p->key && *f->p->key && (at = strstr(at, f->p->key))) {
		memset(at, '*', strlen(f->p->key));
		at += strlen(f->p->key);
	}
	snprintf(words, LIMIT_EXCERPT_BYTES, "%s%s", text ? ": " : "", whole);
	text_mend(words);
	free(whole);
}

static enum error_code code_of_status(int status)
{
	if (status == 401 || status == 403)
		return ERR_UPSTREAM_AUTH;
	if (status == 402)
		return ERR_UPSTREAM_CREDIT;
	if (status == 408 || status == 425 || status == 429 || status >= 500)
		return ERR_TEMPORARY;
	return ERR_PROMPT;
}

static enum error_code code_of_fault(enum http_fault fault)
{
	switch (fault) {
	case HTTP_RESOLVE:
	case HTTP_CERT:
	case HTTP_PROXY:
	case HTTP_REDIRECT:
		return ERR_CONFIG;
	case HTTP_STOPPED:
		return ERR_STOPPED;
	default:
		return ERR_TEMPORARY;
	}
}

/* 0 if the reply is a template's, or -1 with f->error. */
static int judge(struct fetch *f)
{
	const struct http_reply *reply = f->reply;
	char words[LIMIT_EXCERPT_BYTES];

	f->error = (struct error)ERROR_INIT;
	if (reply->fault != HTTP_OK)
		return error_set(&f->error, code_of_fault(reply->fault),
				 "promptlayer", "%s", reply->message);
	if (reply->status == 200)
		return is_json(&reply->body)
			       ? 0
			       : error_set(&f->error, ERR_TEMPORARY,
					   "promptlayer",
					   "%s: the answer is not JSON",
					   f->name);
	quote(f, words);
	if (reply->status == 404 && !*f->p->label)
		return error_set(&f->error, ERR_PROMPT, "promptlayer",
				 "there is no template %s", f->name);
	if (reply->status == 404)
		return error_set(&f->error, ERR_PROMPT, "promptlayer",
				 "there is no template %s of the %s \"%.60s\"",
				 f->name, label_key(f->p->label), f->p->label);
	return error_set(&f->error, code_of_status(reply->status),
			 "promptlayer", "%s: HTTP %d%s", f->name, reply->status,
			 words);
}

/* Is it worth asking again, and has it been waited for that? */
static bool wait_again(const struct fetch *f, unsigned attempt)
{
	const struct promptlayer *p = f->p;
	const struct clock *clock = p->clock;
	const struct http_reply *r = f->reply;
	const struct retry_outcome last = {
		.retryable = f->error.code == ERR_TEMPORARY,
		.rate_limited = r->fault == HTTP_OK && r->status == 429,
		.hint_ms = retry_hint(r->headers[HEADER_RETRY_AFTER_MS],
				      r->headers[HEADER_RETRY_AFTER],
				      r->headers[HEADER_DATE],
				      clock->wall(clock->ctx)),
	};
	struct retry_decision d = retry_decide(&p->policy, attempt, &last,
					       clock->chance(clock->ctx));

	return d.again && !clock->sleep(clock->ctx, d.wait_ms);
}

static void *fetch_one(void *fetch)
{
	struct fetch *f = fetch;
	char *url = make_url(f), *body = make_body(f->p);
	struct http_headers headers = { .lines = { NULL } };

	http_headers_add(&headers, "X-API-KEY", f->p->key);
	http_headers_add(&headers, "Accept", "application/json");
	if (is_seed_url(f->p->url))
		http_headers_add(&headers, "Content-Type", "application/json");
	for (unsigned attempt = 1;; attempt++) {
		send(f, url, body, http_headers_of(&headers));
		if (judge(f) == 0 || !wait_again(f, attempt))
			break;
	}
	http_headers_release(&headers);
	free(body);
	free(url);
	return NULL;
}

/* ---- all of them ----------------------------------------------------------
 */

int promptlayer_fetch(const struct promptlayer *p, const char *const *names,
		      size_t count, struct http_reply *replies,
		      struct error *err)
{
	struct fetch *all = xcalloc(count, sizeof(*all));
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		struct fetch *f = &all[i];

		*f = (struct fetch){ .p = p,
				     .name = names[i],
				     .reply = &replies[i] };
		f->has_thread = pthread_create(&f->thread, NULL, fetch_one,
					       f) == 0;
	}
	for (size_t i = 0; i < count; i++) {
		struct fetch *f = &all[i];

		/* without a thread of its own, in this one */
		if (f->has_thread)
			pthread_join(f->thread, NULL);
		else
			fetch_one(f);
		if (error_is(&f->error) && rc == 0) {
			if (err && !error_is(err))
				*err = f->error;
			rc = -1;
		}
	}
	free(all);
	return rc;
}
