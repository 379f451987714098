/* The engine of a run as its settings want it. */
#include "run/model_side.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "pipeline/report.h"
#include "rules/engine.h"
#include "run/endpoint.h"
#include "run/limits.h"
#include "run/prompt_side.h"
#include "run/settings_value.h"

static const char *const data_policies[] = { [PROVIDER_DENY] = "deny",
					     [PROVIDER_ZDR] = "zdr",
					     [PROVIDER_ALLOW] = "allow" };

static void make_headers(struct model_side *m)
{
	const struct settings *s = m->settings;
	struct http_headers *h = &m->headers;

	http_headers_add(h, "Content-Type", "application/json");
	http_headers_add(h, "Accept", "application/json");
	if (s->openrouter_key.text)
		http_headers_add_bearer(h, s->openrouter_key.text);
	if (s->http_referer && *s->http_referer)
		http_headers_add(h, "HTTP-Referer", s->http_referer);
	if (s->x_title && *s->x_title)
		http_headers_add(h, "X-Title", s->x_title);
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

enum { FALLBACKS_MOST = 2 };

/* "a,b" to names; OpenRouter takes three models in all. */
static int split_models(struct model_side *m, struct error *err)
{
	const char *at = m->settings->models;
	size_t count = 0, len;

	if (!at)
		return 0;
	if (!is_openrouter(m->settings->openrouter_url))
		return error_set(err, ERR_CONFIG, NULL,
				 "models: only OpenRouter takes a list");
	m->fallbacks = xcalloc(FALLBACKS_MOST + 1, sizeof(*m->fallbacks));
	for (;; at += len + 1) {
		len = strcspn(at, ",");
		if (len == 0 || count == FALLBACKS_MOST)
			return error_set(err, ERR_CONFIG, NULL,
					 "models: one or two names, separated "
					 "by a comma, without blanks");
		m->fallbacks[count++] = xstrndup(at, len);
		if (!at[len])
			return 0;
	}
}

/* Without prices nothing could be reserved: then the endpoint is asked. */
static int find_prices(struct model_side *m, struct error *err)
{
	const struct settings *s = m->settings;
	const char *models[FALLBACKS_MOST + STAGE_COUNT + 2] = { s->model };
	size_t count = 1;
	double in, out;
	char *url;
	int rc;

	if (!s->max_cost)
		return 0;
	if (s->price_input && /* settings let neither come alone */
	    limits_read_dollars(s->price_input, &in) &&
	    limits_read_dollars(s->price_output, &out)) {
		m->prices = (struct prices){ in / 1e6, out / 1e6 };
		return 0;
	}
	for (size_t i = 0; m->fallbacks && m->fallbacks[i]; i++)
		models[count++] = m->fallbacks[i];
	for (size_t i = 0; i < m->prompts->stage_count; i++)
		if (m->prompts->stages[i].model)
			models[count++] = m->prompts->stages[i].model;
	url = endpoint_url(s->openrouter_url, "/models");
	rc = prices_fetch(&m->http, url, http_headers_of(&m->headers), models,
			  (int64_t)s->timeout * 1000, &m->prices, err);
	free(url);
	return rc;
}

/* How much dearer than others a token is that the cache is to keep. */
static double cache_factor(const struct chat_options *options,
			   const char *model)
{
	static const double factors[] = {
		[CHAT_CACHE_NONE] = 1,
		[CHAT_CACHE_5M] = 1.25,
		[CHAT_CACHE_1H] = 2,
	};

	return factors[chat_cache_of(options, model)];
}

/* Reserved is what the dearest of the models may take. */
static struct budget_options budget_of(const struct model_side *m,
				       const struct chat_options *chat)
{
	const struct settings *s = m->settings;
	struct budget_options o = { .price_out = m->prices.out,
				    .max_requests = s->max_requests };
	double factor = cache_factor(chat, s->model);

	for (size_t i = 0; i < m->prompts->stage_count; i++) {
		const char *model = m->prompts->stages[i].model;

		if (model && cache_factor(chat, model) > factor)
			factor = cache_factor(chat, model);
	}
	o.price_in = m->prices.in * factor;
	if (s->max_cost && !limits_read_dollars(s->max_cost, &o.max_cost))
		o.max_cost = 0; /* settings let no such text in */
	return o;
}

static struct throttle_options throttle_of(const struct settings *s)
{
	struct throttle_options o = { .jobs = (unsigned)s->jobs,
				      .attempts = (unsigned)s->attempts,
				      .max_outage_ms = (int64_t)s->max_outage *
						       1000 };

	if (s->rate && !limits_read_rate(s->rate, &o.per_second))
		o.per_second = 0;
	return o;
}

static void start_llm(struct model_side *m)
{
	static const char *const limit_fields[] = {
		[LIMIT_MAX_TOKENS] = "max_tokens",
		[LIMIT_MAX_COMPLETION_TOKENS] = "max_completion_tokens",
	};
	static const enum chat_cache chat_caches[] = {
		[CACHE_AUTO] = CHAT_CACHE_AUTO,
		[CACHE_OFF] = CHAT_CACHE_NONE,
		[CACHE_5M] = CHAT_CACHE_5M,
		[CACHE_1H] = CHAT_CACHE_1H,
	};
	const struct settings *s = m->settings;
	struct llm_options options = {
		.chat = { .model = s->model,
			  .temperature = s->temperature,
			  .max_tokens = s->max_tokens,
			  .json_schema = s->response_format ==
					 FORMAT_JSON_SCHEMA,
			  .openrouter = is_openrouter(s->openrouter_url),
			  .data_policy = data_policies[s->provider_data],
			  .limit_field = limit_fields[s->limit_field],
			  .send_temperature = s->send_temperature,
			  .fallbacks = (const char *const *)m->fallbacks,
			  .cache = chat_caches[s->cache_control] },
		.prompts = m->prompts,
		.http = &m->http,
		.clock = &m->clock,
		.url = m->url,
		.headers = http_headers_of(&m->headers),
		.key = s->openrouter_key.text,
		.policy = retry_default_policy,
		.re_asks = s->re_asks,
		.timeout_ms = (int64_t)s->timeout * 1000,
		.throttle = throttle_of(s),
		.recording = m->recording,
		.state = m->state,
		.replay = s->replay != NULL,
	};

	options.policy.attempts = (unsigned)s->attempts;
	options.budget = budget_of(m, &options.chat);
	llm_init(&m->llm, &options);
	m->engine = llm_engine(&m->llm);
}

static void drain(void *ctx)
{
	struct model_side *m = ctx;

	llm_stop(&m->llm);
	transport_drain(m->transport, (int64_t)m->settings->grace * 1000);
}

static void abandon(void *ctx)
{
	struct model_side *m = ctx;

	transport_drain(m->transport, 0);
}

static int open_state(struct model_side *m, struct cancel *cancel,
		      struct error *err)
{
	const struct settings *s = m->settings;
	const struct state_options options = {
		.path = s->state,
		.keep_days = s->state_keep,
		.wait_lock_ms = (int64_t)s->wait_lock * 1000,
		.clock = &m->clock,
		.cancel = cancel,
	};

	m->state = state_open(&options, err);
	return m->state ? 0 : -1;
}

static int open_rules(struct model_side *m, struct error *err)
{
	const struct settings *s = m->settings;

	if (s->action == ACTION_PRINT_PROMPTS)
		return error_set(err, ERR_USAGE, NULL,
				 "engine rules has no prompts to print");
	m->rulebook = rulebook_load(s->rules, err);
	if (!m->rulebook)
		return -1;
	m->engine = rules_engine(m->rulebook);
	return 0;
}

static int open_parts(struct model_side *m, struct cancel *cancel, bool offline,
		      struct error *err)
{
	const struct settings *s = m->settings;
	const char *recording = s->replay ? s->replay : s->record;

	m->prompts = prompt_side_load(s, cancel, err);
	if (!m->prompts)
		return -1;
	if (s->record && replacement_check(s->record, true, err) < 0)
		return -1;
	if (recording && (!offline || s->replay)) {
		m->recording = recording_open(recording, s->replay, err);
		if (!m->recording)
			return -1;
	}
	if (split_models(m, err) < 0)
		return -1;
	if (s->replay || offline)
		return 0;
	if (start_network(m, err) < 0)
		return -1;
	if (s->state && open_state(m, cancel, err) < 0)
		return -1;
	return find_prices(m, err);
}

static void release_parts(struct model_side *m)
{
	transport_stop(m->transport);
	prompts_free(m->prompts);
	free(m->url);
	for (size_t i = 0; m->fallbacks && m->fallbacks[i]; i++)
		free(m->fallbacks[i]);
	free(m->fallbacks);
	http_headers_release(&m->headers);
}

int model_side_init(struct model_side *m, const struct settings *settings,
		    struct cancel *cancel, bool offline, struct error *err)
{
	*m = (struct model_side){ .settings = settings,
				  .cancel = cancel,
				  .clock = clock_system(cancel) };
	if (settings->engine == ENGINE_RULES)
		return open_rules(m, err);
	m->url = endpoint_url(settings->openrouter_url, "/chat/completions");
	make_headers(m);
	if (open_parts(m, cancel, offline, err) < 0) {
		recording_abandon(m->recording);
		state_abandon(m->state);
		release_parts(m);
		return -1;
	}
	start_llm(m);
	if (m->transport) {
		cancel->notify_ctx = m;
		cancel->notify = drain;
		cancel->abandon = abandon;
	}
	return 0;
}

int model_side_release(struct model_side *m, bool complete, struct error *err)
{
	int rc;

	if (m->rulebook) {
		cancel_detach(m->cancel);
		rulebook_free(m->rulebook);
		return 0;
	}
	rc = m->state ? state_close(m->state, err) : 0;
	if (recording_close(m->recording, complete, err) < 0)
		rc = -1;
	cancel_detach(m->cancel); /* a signal may come at any time */
	llm_release(&m->llm);
	release_parts(m);
	return rc;
}

char *model_side_prompts(const struct model_side *m)
{
	const struct rulebook *book = m->rulebook;
	json_auto_t *one = NULL;
	struct buf b;

	if (!book)
		return report_prompts(m->prompts);
	one = json_pack("{s:{s:s, s:s, s:s}}", "rules", "source", book->source,
			"version", book->version, "sha256", book->sha256);
	buf_init(&b, LIMIT_CONFIG_BYTES);
	json_write(&b, one, JSON_STYLE_LINE);
	return buf_take(&b);
}

int model_side_most_names(const struct model_side *m, enum stage stage)
{
	char *const *names;
	int n = 0;

	if (m->rulebook)
		return rulebook_size(m->rulebook, stage == STAGE_COMPLIANCE
							  ? RULE_COMPLIANCE
							  : RULE_SKILL);
	names = m->prompts->stages[stage].item_names;
	if (!names)
		return LIMIT_ANSWER_LIST;
	while (names[n])
		n++;
	return n;
}
