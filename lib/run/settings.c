/* All settings of a run: read from every place, strongest wins, then checked.
 */
#include "run/settings.h"

#include <stdlib.h>
#include <string.h>

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

/* What cannot be had together. */
static int check_pairs(const struct settings *s, struct error *err)
{
	bool rules = s->engine == ENGINE_RULES;
	const struct {
		bool both;
		const char *a, *b;
	} pairs[] = {
		{ s->record && s->replay, "record", "replay" },
		{ s->state && s->replay, "state", "replay" },
		{ s->reproducible && s->unordered, "reproducible",
		  "unordered" },
		/* such reports do not tell when they were made */
		{ s->reproducible && s->store, "reproducible", "store" },
		/* a row holds one evaluation */
		{ s->repeat > 1 && s->store, "repeat", "store" },
		/* nothing is bought that could be kept */
		{ rules && s->record, "engine", "record" },
		{ rules && s->replay, "engine", "replay" },
		{ rules && s->state && s->action != ACTION_FORGET, "engine",
		  "state" },
		/* a row does not say by which engine it is */
		{ rules && s->store, "engine", "store" },
	};

	for (size_t i = 0; i < LENGTH(pairs); i++)
		if (check_pair(s, pairs[i].both, pairs[i].a, pairs[i].b, err))
			return -1;
	return 0;
}

static int check_together(const struct settings *s, struct error *err)
{
	if (http_check_url(s->openrouter_url, err) < 0 ||
	    check_promptlayer(s, err) < 0 || check_pairs(s, err) < 0 ||
	    check_prices(s, err) < 0)
		return -1;
	if (s->action == ACTION_FORGET && !s->state)
		return error_set(err, ERR_USAGE, NULL,
				 "--forget needs --state FILE");
	return 0;
}

static bool is_key(const struct setting *row, const char *name)
{
	return strcmp(row->name, name) == 0;
}

/* Whom does a run with these settings ask with the key of this row? */
static bool run_asks_with(const struct settings *s, const struct setting *row)
{
	if (is_key(row, "supabase-key"))
		return s->store;
	if (s->replay || s->engine == ENGINE_RULES)
		return false;
	return !is_key(row, "promptlayer-key") || promptlayer_label(s->prompts);
}

/* And whom does callqa, whatever it is to do? */
static bool run_needs_key(const struct settings *s, const struct setting *row)
{
	switch (s->action) {
	case ACTION_RUN:
		return run_asks_with(s, row);
	case ACTION_DRY_RUN:
	case ACTION_PRINT_PROMPTS: /* the templates are fetched all the same */
		return is_key(row, "promptlayer-key") && run_asks_with(s, row);
	case ACTION_PULL_PROMPTS:
		return is_key(row, "promptlayer-key");
	case ACTION_CHECK:
	case ACTION_SHOW_CONFIG: /* who only looks wants to see the project's */
		return run_asks_with(s, row) ||
		       (is_key(row, "supabase-key") && s->supabase_url);
	default:
		return false;
	}
}

/* And callqa-store, which asks for nothing but the store's? */
static bool store_needs_key(const struct settings *s, const struct setting *row)
{
	return is_key(row, "supabase-key") && s->action != ACTION_PRINT_SQL;
}

/* What programs with callqa's settings differ in. */
struct loader {
	const struct settings_table *table;
	/* Do the settings fit together?  NULL: any do. */
	int (*check)(const struct settings *s, struct error *err);
	bool (*needs_key)(const struct settings *s, const struct setting *row);
};

static int load(struct settings *s, const struct loader *loader, int argc,
		char **argv, const struct settings_world *world,
		struct error *err)
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
	to = settings_target_new(loader->table, s);
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
	    (loader->check && loader->check(s, err)))
		return -1;
	return settings_read_keys(s, world->environment, loader->needs_key,
				  err);
}

int settings_load(struct settings *s, int argc, char **argv,
		  const struct settings_world *world, struct error *err)
{
	static const struct loader callqa = { &settings_of_callqa,
					      check_together, run_needs_key };

	return load(s, &callqa, argc, argv, world, err);
}

int settings_load_store(struct settings *s, int argc, char **argv,
			const struct settings_world *world, struct error *err)
{
	static const struct loader store = { &settings_of_store, NULL,
					     store_needs_key };

	return load(s, &store, argc, argv, world, err);
}

void settings_release(struct settings *s)
{
	struct settings_target to = settings_target(s);

	settings_target_release(&to);
	settings_files_free(s->files);
	free(s->argument);
	*s = (struct settings){ .action = ACTION_RUN };
}
