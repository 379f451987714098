/* All settings of a run: read from every place, strongest wins, then checked.
 */
#include "run/settings.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "net/http.h"
#include "prompt/promptlayer.h"
#include "run/settings_read.h"
#include "run/settings_value.h"

extern char **environ;

/* Two switches that cannot both be meant. */
static int check_pair(const struct settings *s, bool both, const char *a,
		      const char *b, struct error *err)
{
	if (!both)
		return 0;
	return error_set(err, ERR_USAGE, NULL,
			 "%s (%s) and %s (%s) exclude each other", a,
			 setting_origin(s, setting_find(a))->text, b,
			 setting_origin(s, setting_find(b))->text);
}

/* PromptLayer's side: its URL, and that it is not asked in a replay. */
static int check_promptlayer(const struct settings *s, struct error *err)
{
	struct error fault = ERROR_INIT;
	bool pulls = s->action == ACTION_PULL_PROMPTS;
	bool asked = pulls || promptlayer_label(s->prompts);

	if (asked && http_check_url(s->promptlayer_url, &fault) < 0)
		return error_set(err, fault.code, "promptlayer-url", "%s",
				 fault.text);
	if (pulls && s->prompts && !promptlayer_label(s->prompts))
		return error_set(err, ERR_USAGE, NULL,
				 "--pull-prompts saves PromptLayer's, but "
				 "prompts names another place");
	if (asked && s->replay)
		return error_set(err, ERR_USAGE, NULL,
				 "replay opens no connection: save the "
				 "templates by --pull-prompts DIR, then use "
				 "--prompts DIR");
	return 0;
}

/* One price alone would be a sum with half of it missing. */
static int check_prices(const struct settings *s, struct error *err)
{
	const char *there = "price-input", *missing = "price-output";

	if (!s->price_input == !s->price_output)
		return 0;
	if (s->price_output) {
		there = "price-output";
		missing = "price-input";
	}
	return error_set(err, ERR_CONFIG, NULL,
			 "%s is missing: %s (%s) is of no use alone", missing,
			 there, setting_origin(s, setting_find(there))->text);
}

static int check_together(const struct settings *s, struct error *err)
{
	if (http_check_url(s->openrouter_url, err) < 0 ||
	    check_promptlayer(s, err) < 0)
		return -1;
	if (check_pair(s, s->record && s->replay, "record", "replay", err))
		return -1;
	if (check_pair(s, s->engine == ENGINE_RULES && s->record, "engine",
		       "record", err) ||
	    check_pair(s, s->engine == ENGINE_RULES && s->replay, "engine",
		       "replay", err))
		return -1;
	if (check_prices(s, err))
		return -1;
	if (check_pair(s, s->state && s->replay, "state", "replay", err))
		return -1;
	if (s->action == ACTION_FORGET && !s->state)
		return error_set(err, ERR_USAGE, NULL,
				 "--forget needs --state FILE");
	return check_pair(s, s->reproducible && s->unordered, "reproducible",
			  "unordered", err);
}

int settings_load(struct settings *s, int argc, char **argv,
		  const struct settings_world *world, struct error *err)
{
	const struct settings_world own = { .environment = environ,
					    .system_config = CALLQA_SYSCONFDIR
					    "/eavesly/eavesly.conf" };
	struct settings_command line = { .action = ACTION_RUN };
	struct settings_target to;
	int result;

	if (!world)
		world = &own;
	*s = (struct settings){ .action = ACTION_RUN };
	to = settings_target_new(&settings_of_callqa, s);
	s->origins = to.origins;
	result = settings_read_args(&to, argc, argv, &line, err);
	s->action = line.action;
	s->argument = line.argument;
	s->files = line.files;
	if (result)
		return -1;
	/* A broken configuration must not keep the manual away. */
	if (s->action == ACTION_HELP || s->action == ACTION_VERSION ||
	    s->action == ACTION_PRINT_SCHEMA)
		return 0;
	if (settings_read_environment(s, world->environment, err) ||
	    settings_read_files(s, line.config, world, err) ||
	    check_together(s, err))
		return -1;
	/* These need no key, and must not fail for one. */
	if (s->replay || s->engine == ENGINE_RULES ||
	    s->action == ACTION_FORGET)
		return 0;
	return settings_read_keys(s, world->environment, err);
}

void settings_release(struct settings *s)
{
	struct settings_target to = settings_target(s);

	settings_target_release(&to);
	settings_files_free(s->files);
	free(s->argument);
	*s = (struct settings){ .action = ACTION_RUN };
}
