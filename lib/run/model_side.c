/* The engine of a run as its settings want it. */
#include "run/model_side.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/xalloc.h"

static const char *const data_policies[] = { [PROVIDER_DENY] = "deny",
					     [PROVIDER_ZDR] = "zdr",
					     [PROVIDER_ALLOW] = "allow" };

static char *format_line(const char *before, const char *text,
			 const char *after)
{
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES);
	buf_puts(&b, before);
	buf_puts(&b, text);
	buf_puts(&b, after);
	return buf_take(&b);
}

/* Is the host OpenRouter's?  Others refuse fields that they do not know. */
static bool is_openrouter(const char *url)
{
	static const char name[] = "openrouter.ai";
	const char *host = strstr(url, "://");
	size_t len;

	host = host ? host + 3 : url;
	len = strcspn(host, ":/?");
	if (len < sizeof(name) - 1)
		return false;
	host += len - (sizeof(name) - 1);
	return strncmp(host, name, sizeof(name) - 1) == 0 &&
	       (len == sizeof(name) - 1 || host[-1] == '.');
}

/* .../v1 and .../v1?api-version=x become .../v1/chat/completions... */
static char *endpoint(const char *url)
{
	static const char path[] = "/chat/completions";
	size_t stem = strcspn(url, "?");
	char *base = xstrndup(url, stem), *made;

	made = format_line(base, path, url + stem);
	free(base);
	return made;
}

static void add_header(struct model_side *m, const char *name,
		       const char *value)
{
	size_t i = 0;

	while (m->headers[i])
		i++;
	m->headers[i] = format_line(name, value, "");
}

static void make_headers(struct model_side *m)
{
	const struct settings *s = m->settings;

	add_header(m, "Content-Type: ", "application/json");
	add_header(m, "Accept: ", "application/json");
	if (s->openrouter_key.text)
		add_header(m, "Authorization: Bearer ", s->openrouter_key.text);
	if (s->http_referer && *s->http_referer)
		add_header(m, "HTTP-Referer: ", s->http_referer);
	if (s->x_title && *s->x_title)
		add_header(m, "X-Title: ", s->x_title);
}

static void wipe(char *text)
{
	volatile char *p = text;

	while (p && *p)
		*p++ = '\0';
	free(text);
}

static int start_network(struct model_side *m, struct error *err)
{
	const struct settings *s = m->settings;
	const struct http_options options = {
		.max_requests = (unsigned)s->jobs,
		.connect_timeout_ms = (int64_t)s->connect_timeout * 1000,
		.cacert = s->cacert,
		.user_agent = "callqa/" CALLQA_VERSION,
	};

	if (http_check_url(s->openrouter_url, err) < 0)
		return -1;
	if (!s->openrouter_key.text && is_openrouter(s->openrouter_url))
		return error_set(err, ERR_CONFIG, NULL,
				 "no key: set OPENROUTER_API_KEY or "
				 "--openrouter-key-file FILE");
	m->transport = transport_start(&options, err);
	if (!m->transport)
		return -1;
	m->http = transport_http(m->transport);
	return 0;
}

static void start_llm(struct model_side *m)
{
	const struct settings *s = m->settings;
	struct llm_options options = {
		.chat = { .model = s->model,
			  .temperature = s->temperature,
			  .max_tokens = s->max_tokens,
			  .json_schema = s->response_format ==
					 FORMAT_JSON_SCHEMA,
			  .openrouter = is_openrouter(s->openrouter_url),
			  .data_policy = data_policies[s->provider_data] },
		.prompts = m->prompts,
		.http = &m->http,
		.clock = &m->clock,
		.url = m->url,
		.headers = (const char *const *)m->headers,
		.policy = retry_default_policy,
		.re_asks = s->re_asks,
		.timeout_ms = (int64_t)s->timeout * 1000,
		.recording = m->recording,
		.replay = s->replay != NULL,
	};

	options.policy.attempts = (unsigned)s->attempts;
	llm_init(&m->llm, &options);
	m->engine = llm_engine(&m->llm);
}

static void drain(void *ctx)
{
	struct model_side *m = ctx;

	llm_stop(&m->llm);
	transport_drain(m->transport, (int64_t)m->settings->grace * 1000);
}

static int open_parts(struct model_side *m, bool offline, struct error *err)
{
	const struct settings *s = m->settings;
	const char *recording = s->replay ? s->replay : s->record;

	m->prompts = prompts_load(s->prompts, stage_prompts(), STAGE_COUNT,
				  err);
	if (!m->prompts)
		return -1;
	if (recording && !offline) {
		m->recording = recording_open(recording, s->replay, err);
		if (!m->recording)
			return -1;
	}
	return s->replay || offline ? 0 : start_network(m, err);
}

static void release_parts(struct model_side *m)
{
	transport_stop(m->transport);
	prompts_free(m->prompts);
	free(m->url);
	for (size_t i = 0; i < LENGTH(m->headers); i++)
		wipe(m->headers[i]);
}

int model_side_init(struct model_side *m, const struct settings *settings,
		    struct cancel *cancel, bool offline, struct error *err)
{
	*m = (struct model_side){ .settings = settings,
				  .clock = clock_system(cancel) };
	m->url = endpoint(settings->openrouter_url);
	make_headers(m);
	if (open_parts(m, offline, err) < 0) {
		recording_abandon(m->recording);
		release_parts(m);
		return -1;
	}
	start_llm(m);
	if (m->transport) {
		cancel->notify_ctx = m;
		cancel->notify = drain;
	}
	return 0;
}

int model_side_release(struct model_side *m, struct error *err)
{
	int rc = recording_close(m->recording, err);

	llm_release(&m->llm);
	release_parts(m);
	return rc;
}
