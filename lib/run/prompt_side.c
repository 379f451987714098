/* The prompts of a run as its settings want them. */
#include "run/prompt_side.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "pipeline/stage.h"
#include "prompt/lock.h"
#include "prompt/promptlayer.h"
#include "run/endpoint.h"

/* PromptLayer's templates as prompt files, by stage. */
struct templates {
	struct buf files[STAGE_COUNT];
	char where[STAGE_COUNT][64]; /* what errors call them */
};

/* ---- PromptLayer ------------------------------------------------------- */

static const char *label_of(const struct settings *s)
{
	const char *label = promptlayer_label(s->prompts);

	return label ? label : "";
}

int prompt_side_connect(const struct settings *s, const struct clock *clock,
			struct transport **transport, struct http *http,
			struct promptlayer *p, struct error *err)
{
	const struct http_options options = {
		.max_requests = STAGE_COUNT,
		.connect_timeout_ms = (int64_t)s->connect_timeout * 1000,
		.cacert = s->cacert,
		.user_agent = "callqa/" CALLQA_VERSION,
	};

	if (!s->promptlayer_key.text)
		return error_set(err, ERR_CONFIG, NULL,
				 "no key of PromptLayer's: set "
				 "PROMPTLAYER_API_KEY or "
				 "--promptlayer-key-file FILE");
	*transport = transport_start(&options, err);
	if (!*transport)
		return -1;
	*http = transport_http(*transport);
	*p = (struct promptlayer){ .http = http,
				   .clock = clock,
				   .url = s->promptlayer_url,
				   .key = s->promptlayer_key.text,
				   .label = label_of(s),
				   .policy = retry_default_policy,
				   .timeout_ms = (int64_t)s->timeout * 1000 };
	p->policy.attempts = (unsigned)s->attempts;
	return 0;
}

static int convert(const struct settings *s, const struct http_reply *replies,
		   struct templates *t, struct error *err)
{
	const struct promptlayer_rules rules = {
		.take_model = s->promptlayer_model,
		.slugs = is_openrouter(s->openrouter_url),
	};
	const struct prompt_spec *specs = stage_prompts();

	for (int i = 0; i < STAGE_COUNT; i++) {
		const struct buf *body = &replies[i].body;

		snprintf(t->where[i], sizeof(t->where[i]), "promptlayer:%s",
			 specs[i].name);
		if (promptlayer_convert(&specs[i], &rules,
					(struct text){ body->data, body->len },
					&t->files[i], err) < 0)
			return -1;
	}
	return 0;
}

static int fetch(const struct settings *s, struct cancel *cancel,
		 struct templates *t, struct error *err)
{
	const struct clock clock = clock_system(cancel);
	struct http_reply replies[STAGE_COUNT];
	const char *names[STAGE_COUNT];
	struct transport *transport;
	struct promptlayer p;
	struct http http;
	int rc;

	if (prompt_side_connect(s, &clock, &transport, &http, &p, err) < 0)
		return -1;
	for (int i = 0; i < STAGE_COUNT; i++) {
		names[i] = stages[i].prompt.name;
		http_reply_init(&replies[i], LIMIT_REPLY_BYTES);
	}
	rc = promptlayer_fetch(&p, names, STAGE_COUNT, replies, err);
	if (rc == 0)
		rc = convert(s, replies, t, err);
	for (int i = 0; i < STAGE_COUNT; i++)
		http_reply_release(&replies[i]);
	transport_stop(transport);
	return rc;
}

static void templates_init(struct templates *t)
{
	for (int i = 0; i < STAGE_COUNT; i++)
		buf_init(&t->files[i], LIMIT_PROMPT_BYTES);
}

static void templates_release(struct templates *t)
{
	for (int i = 0; i < STAGE_COUNT; i++)
		buf_release(&t->files[i]);
}

/* Fetches into *t, and loads them from there. */
static struct prompts *load_templates(const struct settings *s,
				      struct cancel *cancel,
				      struct templates *t, struct error *err)
{
	struct prompt_given given[STAGE_COUNT];

	if (fetch(s, cancel, t, err) < 0)
		return NULL;
	for (int i = 0; i < STAGE_COUNT; i++)
		given[i] = (struct prompt_given){
			.file = { t->files[i].data, t->files[i].len },
			.where = t->where[i],
		};
	return prompts_load_given(given,
				  s->prompts ? s->prompts : "promptlayer",
				  stage_prompts(), STAGE_COUNT, err);
}

/* The prompts if they are those of the lock, if there is one; else NULL. */
static struct prompts *checked(const struct settings *s, struct prompts *p,
			       struct error *err)
{
	if (!p || !s->prompts_lock ||
	    prompts_lock_check(p, s->prompts_lock, err) == 0)
		return p;
	prompts_free(p);
	return NULL;
}

struct prompts *prompt_side_load(const struct settings *s,
				 struct cancel *cancel, struct error *err)
{
	struct templates t;
	struct prompts *p;

	if (!promptlayer_label(s->prompts))
		return checked(s,
			       prompts_load(s->prompts, stage_prompts(),
					    STAGE_COUNT, err),
			       err);
	templates_init(&t);
	p = checked(s, load_templates(s, cancel, &t, err), err);
	templates_release(&t);
	return p;
}

/* ---- --pull-prompts ------------------------------------------------------ */

static char *file_in(const char *directory, const char *name)
{
	struct buf b;

	buf_init(&b, LIMIT_CONFIG_BYTES);
	buf_printf(&b, "%s/%s.yaml", directory, name);
	return buf_take(&b);
}

/* A context would be put before the templates, which bring their own. */
static int prepare_directory(const char *directory, struct error *err)
{
	char *context = file_in(directory, "context");
	int rc = 0;

	if (mkdir(directory, 0777) < 0 && errno != EEXIST)
		rc = error_set(err, ERR_OUTPUT, directory, "%s",
			       strerror(errno));
	else if (access(context, F_OK) == 0)
		rc = error_set(err, ERR_OUTPUT, context,
			       "would be put before PromptLayer's templates; "
			       "save them in another directory");
	free(context);
	return rc;
}

static int write_file(const char *directory, const char *name,
		      const struct buf *text, struct error *err)
{
	char *path = file_in(directory, name);
	struct replacement file;
	int rc = replacement_begin(&file, path, 0644, err);

	if (rc == 0) {
		replacement_put(&file, text->data, text->len);
		rc = replacement_end(&file, err);
	}
	free(path);
	return rc;
}

/* All are checked before the first is written. */
static int pull(const struct settings *s, struct cancel *cancel,
		struct error *err)
{
	struct templates t;
	struct prompts *p;
	int rc = -1;

	templates_init(&t);
	p = checked(s, load_templates(s, cancel, &t, err), err);
	if (p)
		rc = prepare_directory(s->argument, err);
	for (int i = 0; i < STAGE_COUNT && rc == 0; i++)
		rc = write_file(s->argument, stages[i].prompt.name, &t.files[i],
				err);
	prompts_free(p);
	templates_release(&t);
	return rc;
}

int pull_prompts(const struct settings *s)
{
	struct error err = ERROR_INIT;
	struct cancel cancel;

	signal(SIGPIPE, SIG_IGN);
	json_setup();
	if (cancel_init(&cancel, &err) == 0) {
		pull(s, &cancel, &err);
		cancel_release(&cancel);
	}
	if (!error_is(&err))
		return EXIT_OK;
	log_say(LOG_ERROR, "%s%s%s", err.where, *err.where ? ": " : "",
		err.text);
	return error_status(err.code);
}
