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

static int check_together(const struct settings *s, struct error *err)
{
	if (http_check_url(s->openrouter_url, err) < 0 ||
	    check_promptlayer(s, err) < 0)
		return -1;
	if (check_pair(s, s->record && s->replay, "record", "replay", err))
		return -1;
	return check_pair(s, s->reproducible && s->unordered, "reproducible",
			  "unordered", err);
}

int settings_load(struct settings *s, int argc, char **argv,
		  const struct settings_world *world, struct error *err)
{
	const struct settings_world own = { .environment = environ,
					    .system_config = CALLQA_SYSCONFDIR
					    "/eavesly/eavesly.conf" };
	const char *config = NULL;

	if (!world)
		world = &own;
	*s = (struct settings){ .action = ACTION_RUN };
	settings_set_defaults(s);
	if (settings_read_args(s, argc, argv, &config, err))
		return -1;
	/* A broken configuration must not keep the manual away. */
	if (s->action == ACTION_HELP || s->action == ACTION_VERSION ||
	    s->action == ACTION_PRINT_SCHEMA)
		return 0;
	if (settings_read_environment(s, world->environment, err) ||
	    settings_read_files(s, config, world, err) ||
	    check_together(s, err))
		return -1;
	return s->replay ? 0 : settings_read_keys(s, world->environment, err);
}

void settings_release(struct settings *s)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings_rows[i];

		if (row->holds == HOLDS_SECRET)
			secret_release(setting_member(s, row));
		else if (row->holds == HOLDS_TEXT)
			free(*(char **)setting_member(s, row));
		if (s->origins)
			free(s->origins->rows[i].text);
	}
	for (size_t i = 0; s->origins && i < s->origins->file_count; i++)
		free(s->origins->files[i]);
	if (s->origins)
		free(s->origins->files);
	free(s->origins);
	for (size_t i = 0; s->files && s->files[i]; i++)
		free(s->files[i]);
	free(s->files);
	free(s->schema_name);
	free(s->pull_directory);
	*s = (struct settings){ .action = ACTION_RUN };
}
