/* --check: do the services answer that a run needs? */
#include "run/check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "data/json.h"
#include "net/transport.h"
#include "pipeline/stage.h"
#include "prompt/promptlayer.h"
#include "run/endpoint.h"
#include "run/prompt_side.h"
#include "run/store_side.h"

enum health { NOT_CONFIGURED, HEALTHY, UNHEALTHY };

/* What one service came to. */
struct finding {
	enum health health;
	int64_t latency_ms; /* of its request; -1: none was sent */
	struct error error;
};

/* What is asked with. */
struct check {
	const struct settings *settings;
	struct clock clock;
};

/* A transport for one request; NULL with the finding's error. */
static struct transport *connect_to(const struct check *c, struct finding *f)
{
	const struct settings *s = c->settings;
	const struct http_options options = {
		.max_requests = 1,
		.connect_timeout_ms = (int64_t)s->connect_timeout * 1000,
		.cacert = s->cacert,
		.user_agent = "callqa/" CALLQA_VERSION,
	};

	return transport_start(&options, &f->error);
}

/* A key that cannot be used: with it no run would begin. */
static bool is_faulty(const struct secret *key, struct finding *f)
{
	if (!key->fault)
		return false;
	f->health = UNHEALTHY;
	error_set(&f->error, ERR_CONFIG, NULL, "%s", key->fault);
	return true;
}

/* ---- the store ----------------------------------------------------------- */

static void ask_store(const struct check *c, struct finding *f)
{
	const struct clock *clock = &c->clock;
	struct transport *transport;
	struct http http;
	int64_t begun;

	f->health = NOT_CONFIGURED;
	if (is_faulty(&c->settings->supabase_key, f))
		return;
	if (!c->settings->store && !store_configured(c->settings))
		return;
	f->health = UNHEALTHY;
	transport = connect_to(c, f);
	if (!transport)
		return;
	http = transport_http(transport);
	begun = clock->now(clock->ctx);
	if (store_check(c->settings, &http, &f->error) == 0)
		f->health = HEALTHY;
	f->latency_ms = clock->now(clock->ctx) - begun;
	transport_stop(transport);
}

/* ---- PromptLayer ----------------------------------------------------- */

/* Fetches one template, as a run would, but once. */
static int fetch_template(const struct check *c, struct finding *f)
{
	const char *const names[] = { stages[0].prompt.name };
	struct transport *transport;
	struct promptlayer p;
	struct http_reply reply;
	struct http http;
	int rc;

	if (prompt_side_connect(c->settings, &c->clock, &transport, &http, &p,
				&f->error) < 0)
		return -1;
	p.policy.attempts = 1;
	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	rc = promptlayer_fetch(&p, names, 1, &reply, &f->error);
	f->latency_ms = reply.total_ms;
	http_reply_release(&reply);
	transport_stop(transport);
	return rc;
}

/* Does a run with these settings ask a model? */
static bool asks_model(const struct settings *s)
{
	return s->engine != ENGINE_RULES && !s->replay;
}

static void ask_promptlayer(const struct check *c, struct finding *f)
{
	if (!asks_model(c->settings) ||
	    !promptlayer_label(c->settings->prompts))
		f->health = NOT_CONFIGURED;
	else if (!is_faulty(&c->settings->promptlayer_key, f))
		f->health = fetch_template(c, f) == 0 ? HEALTHY : UNHEALTHY;
}

/* ---- the model's endpoint -------------------------------------------- */

static int fault_of(const struct http_reply *r, struct error *err)
{
	bool ours = r->fault == HTTP_RESOLVE || r->fault == HTTP_CERT ||
		    r->fault == HTTP_PROXY || r->fault == HTTP_REDIRECT;

	return error_set(err, ours ? ERR_CONFIG : ERR_TEMPORARY, NULL, "%s",
			 r->message);
}

/* Is there credit left, as GET /key tells it?  null is no limit. */
static int judge_key(const struct http_reply *r, struct error *err)
{
	json_auto_t *root = json_read(r->body.data ? r->body.data : "",
				      r->body.len, &json_default_limits, NULL);
	const json_t *data = json_object_get(root, "data");
	const json_t *left = json_object_get(data, "limit_remaining");

	if (!json_is_object(data))
		return error_set(err, ERR_TEMPORARY, NULL,
				 "the answer does not tell of a key");
	if (json_is_number(left) && json_number_value(left) <= 0)
		return error_set(err, ERR_UPSTREAM_CREDIT, NULL,
				 "the key's limit is used up");
	return 0;
}

int check_judge(const struct http_reply *r, bool openrouter, struct error *err)
{
	if (r->fault != HTTP_OK)
		return fault_of(r, err);
	if (r->status == 401 || r->status == 403)
		return error_set(err, ERR_UPSTREAM_AUTH, NULL,
				 "HTTP %d: the key is refused", r->status);
	if (r->status == 402)
		return error_set(err, ERR_UPSTREAM_CREDIT, NULL,
				 "HTTP 402: no credit");
	if (r->status == 200)
		return openrouter ? judge_key(r, err) : 0;
	/* other servers need not have a list of models */
	if (!openrouter && (r->status == 404 || r->status == 405))
		return 0;
	return error_set(err, ERR_TEMPORARY, NULL, "HTTP %d", r->status);
}

static int get(const struct check *c, struct http *http, bool openrouter,
	       struct finding *f)
{
	const struct settings *s = c->settings;
	char *url = endpoint_url(s->openrouter_url,
				 openrouter ? "/key" : "/models");
	struct http_headers headers = { .lines = { NULL } };
	const struct http_request request = {
		.method = "GET",
		.url = url,
		.headers = http_headers_of(&headers),
		.timeout_ms = (int64_t)s->timeout * 1000,
		.reply_limit = LIMIT_REPLY_BYTES,
	};
	struct http_reply reply;
	int rc;

	http_headers_add(&headers, "Accept", "application/json");
	if (s->openrouter_key.text)
		http_headers_add_bearer(&headers, s->openrouter_key.text);
	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	http->perform(http->ctx, &request, &reply);
	f->latency_ms = reply.total_ms;
	rc = check_judge(&reply, openrouter, &f->error);
	http_reply_release(&reply);
	http_headers_release(&headers);
	free(url);
	return rc;
}

static void ask_openrouter(const struct check *c, struct finding *f)
{
	const struct settings *s = c->settings;
	bool openrouter = is_openrouter(s->openrouter_url);
	struct transport *transport;
	struct http http;

	f->health = NOT_CONFIGURED;
	if (!asks_model(s) || is_faulty(&s->openrouter_key, f))
		return;
	if (openrouter && !s->openrouter_key.text) {
		error_set(&f->error, ERR_CONFIG, NULL,
			  "no key: set OPENROUTER_API_KEY or "
			  "--openrouter-key-file FILE");
		return;
	}
	f->health = UNHEALTHY;
	transport = connect_to(c, f);
	if (!transport)
		return;
	http = transport_http(transport);
	if (get(c, &http, openrouter, f) == 0)
		f->health = HEALTHY;
	transport_stop(transport);
}

/* ---- all of them ----------------------------------------------------- */

/* One row a service; without one that `degrades`, a run still works. */
static const struct {
	const char *name;
	void (*ask)(const struct check *c, struct finding *f);
	bool degrades;
} services[] = {
	{ "supabase", ask_store, true },
	{ "promptLayer", ask_promptlayer, false },
	{ "openRouter", ask_openrouter, false },
};

/* Would a run begin without the service, as it was found? */
static bool only_degrades(const struct check *c, size_t i,
			  const struct finding *f)
{
	bool refused = c->settings->store && f->error.code == ERR_CONFIG;

	return services[i].degrades && !refused;
}

static const char *status_of(const struct check *c,
			     const struct finding *findings)
{
	const char *status = "healthy";

	for (size_t i = 0; i < LENGTH(services); i++) {
		if (!error_is(&findings[i].error))
			continue;
		if (!only_degrades(c, i, &findings[i]))
			return "unhealthy";
		status = "degraded";
	}
	return status;
}

/* The object that is printed. */
static json_t *describe(const struct check *c, const struct finding *findings)
{
	static const char *const words[] = {
		[NOT_CONFIGURED] = "not configured",
		[HEALTHY] = "healthy",
		[UNHEALTHY] = "unhealthy"
	};
	json_t *dependencies = json_object(), *latency = json_object();
	char timestamp[TIMESTAMP_SIZE], error[sizeof(findings->error)] = "";

	clock_format(c->clock.wall(c->clock.ctx), timestamp);
	for (size_t i = 0; i < LENGTH(services); i++) {
		const struct finding *f = &findings[i];

		json_object_set_new(dependencies, services[i].name,
				    json_string(words[f->health]));
		if (f->latency_ms >= 0)
			json_object_set_new(latency, services[i].name,
					    json_integer(f->latency_ms));
		if (error_is(&f->error) && !*error)
			snprintf(error, sizeof(error), "%s: %s",
				 services[i].name, f->error.text);
	}
	return json_pack("{s:s, s:s, s:o, s:o, s:s*}", "status",
			 status_of(c, findings), "timestamp", timestamp,
			 "dependencies", dependencies, "latency_ms", latency,
			 "error", *error ? error : NULL);
}

static int print(const json_t *value)
{
	struct buf b;

	buf_init(&b, LIMIT_REPORT_BYTES);
	json_write(&b, value, JSON_STYLE_LINE);
	puts(b.data);
	buf_release(&b);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	log_say(LOG_ERROR, "stdout: %s", strerror(errno));
	return EXIT_OUTPUT;
}

int check_services(const struct settings *s)
{
	struct check c = { .settings = s, .clock = clock_system(NULL) };
	struct finding findings[LENGTH(services)];
	json_auto_t *value = NULL;
	int status = EXIT_OK;

	signal(SIGPIPE, SIG_IGN);
	json_setup();
	for (size_t i = 0; i < LENGTH(services); i++) {
		struct finding *f = &findings[i];

		*f = (struct finding){ .latency_ms = -1 };
		services[i].ask(&c, f);
		if (!error_is(&f->error))
			continue;
		log_say(LOG_ERROR, "%s: %s", services[i].name, f->error.text);
		status = status_worse(status,
				      only_degrades(&c, i, f)
					      ? EXIT_OUTPUT
					      : error_status(f->error.code));
	}
	value = describe(&c, findings);
	return status_worse(status, print(value));
}
