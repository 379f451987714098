/* The table of settings, and the flags that are none. */
#include "run/settings_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "run/settings_value.h"

/* The member, and what it is. */
#define AT(member) \
	.offset = offsetof(struct settings, member),       \
	.holds = _Generic(((struct settings *)NULL)->member, \
		bool: HOLDS_BOOL,                          \
		int: HOLDS_INT,                            \
		long: HOLDS_LONG,                          \
		double: HOLDS_REAL,                        \
		char *: HOLDS_TEXT,                        \
		struct secret: HOLDS_SECRET)

/* clang-format off: a row is read as a table's row */
static const char *const engines[] = {
	[ENGINE_LLM] = "llm", [ENGINE_RULES] = "rules", NULL
};
static const char *const response_formats[] = {
	[FORMAT_JSON_OBJECT] = "json_object",
	[FORMAT_JSON_SCHEMA] = "json_schema",
	NULL
};
static const char *const provider_datas[] = { [PROVIDER_DENY] = "deny",
					      [PROVIDER_ZDR] = "zdr",
					      [PROVIDER_ALLOW] = "allow",
					      NULL };
static const char *const limit_fields[] = {
	[LIMIT_MAX_TOKENS] = "max_tokens",
	[LIMIT_MAX_COMPLETION_TOKENS] = "max_completion_tokens",
	NULL
};
static const char *const cache_controls[] = { [CACHE_AUTO] = "auto",
					      [CACHE_OFF] = "off",
					      [CACHE_5M] = "5m",
					      [CACHE_1H] = "1h",
					      NULL };
static const char *const log_levels[] = { [LOG_ERROR] = "error",
					  [LOG_WARNING] = "warning",
					  [LOG_INFO] = "info",
					  [LOG_DEBUG] = "debug",
					  NULL };
static const char *const log_formats[] = {
	[LOG_FORMAT_TEXT] = "text", [LOG_FORMAT_JSON] = "json", NULL
};
static const char *const progresses[] = { [PROGRESS_AUTO] = "auto",
					  [PROGRESS_ALWAYS] = "always",
					  [PROGRESS_NEVER] = "never",
					  NULL };

const struct setting settings_rows[] = {
	{ "engine", 0, GROUP_MODEL, SETTING_CHOICE, AT(engine),
	  .choices = engines, .fallback = "llm", .unit = "NAME",
	  .help = "what evaluates: a language model, or the rule book, which "
		  "needs no key and no network" },
	{ "rules", 0, GROUP_MODEL, SETTING_PATH, AT(rules),
	  .example = "/etc/eavesly/rules.yaml", .unit = "FILE",
	  .help = "rule book, in the place of the one built in" },
	{ "model", 'm', GROUP_MODEL, SETTING_STRING, AT(model),
	  .fallback = "openai/gpt-4o-2024-08-06", .unit = "ID",
	  .seed_names = { "OPENROUTER_MODEL" },
	  .help = "model that is asked, as the endpoint names it" },
	{ "openrouter-url", 0, GROUP_MODEL, SETTING_URL, AT(openrouter_url),
	  .fallback = "https://openrouter.ai/api/v1", .unit = "URL",
	  .seed_names = { "OPENROUTER_BASE_URL" },
	  .help = "base URL of the endpoint, OpenRouter's or one that speaks "
		  "as OpenAI's does; plain http to this machine only" },
	{ "openrouter-key-file", 0, GROUP_MODEL, SETTING_PATH,
	  AT(openrouter_key_file), .example = "/etc/eavesly/openrouter-key",
	  .unit = "FILE",
	  .help = "file with the endpoint's key, for nobody else to read" },
	{ "openrouter-key", 0, GROUP_MODEL, SETTING_SECRET, AT(openrouter_key),
	  .unit = "KEY", .seed_names = { "OPENROUTER_API_KEY" },
	  .help = "the endpoint's key itself; in the environment only" },
	{ "temperature", 0, GROUP_MODEL, SETTING_REAL, AT(temperature),
	  .min = 0, .max = 2, .fallback = "0.3", .unit = "X",
	  .help = "sampling temperature, unless a prompt has its own" },
	{ "max-tokens", 0, GROUP_MODEL, SETTING_INT, AT(max_tokens), .min = 1,
	  .max = 1000000, .fallback = "2000", .unit = "N",
	  .help = "longest answer in tokens, unless a prompt has its own" },
	{ "response-format", 0, GROUP_MODEL, SETTING_CHOICE,
	  AT(response_format), .choices = response_formats,
	  .fallback = "json_object", .unit = "MODE",
	  .help = "how an answer is held to its schema: told in the prompt, "
		  "or enforced by the endpoint" },
	{ "provider-data", 0, GROUP_MODEL, SETTING_CHOICE, AT(provider_data),
	  .choices = provider_datas, .fallback = "deny", .unit = "RULE",
	  .help = "providers that OpenRouter may choose: none that collects "
		  "data, only those that retain nothing, or any" },
	{ "models", 0, GROUP_MODEL, SETTING_STRING, AT(models),
	  .example = "anthropic/claude-sonnet-4.6,google/gemini-2.5-pro",
	  .unit = "ID,ID",
	  .help = "models that OpenRouter tries next where "
		  "the first one fails; two at most" },
	{ "limit-field", 0, GROUP_MODEL, SETTING_CHOICE, AT(limit_field),
	  .choices = limit_fields, .fallback = "max_tokens", .unit = "NAME",
	  .help = "what the endpoint calls max-tokens; newer models of "
		  "OpenAI's want the second" },
	{ "send-temperature", 0, GROUP_MODEL, SETTING_BOOL,
	  AT(send_temperature), .fallback = "true",
	  .help = "send the temperature; some models refuse one" },
	{ "cache-control", 0, GROUP_MODEL, SETTING_CHOICE, AT(cache_control),
	  .choices = cache_controls, .fallback = "auto", .unit = "RULE",
	  .help = "mark what a call's stages share for the provider's cache: "
		  "where the model wants it, never, or to be kept so long" },
	{ "http-referer", 0, GROUP_MODEL, SETTING_STRING, AT(http_referer),
	  .example = "https://qa.example.com", .unit = "URL",
	  .help = "site named to OpenRouter; makes the account's use of it "
		  "public" },
	{ "x-title", 0, GROUP_MODEL, SETTING_STRING, AT(x_title),
	  .example = "Call QA", .unit = "TEXT",
	  .help = "title named to OpenRouter; public likewise" },
	{ "cacert", 0, GROUP_MODEL, SETTING_PATH, AT(cacert),
	  .example = "/etc/ssl/certs/ca-certificates.crt", .unit = "FILE",
	  .also_store = true,
	  .help = "certificate authorities to trust, PEM, in the place of the "
		  "system's" },

	{ "jobs", 'j', GROUP_REQUESTS, SETTING_INT, AT(jobs), .min = 1,
	  .max = 1024, .fallback = "8", .unit = "N",
	  .help = "requests in flight at the same time" },
	{ "attempts", 0, GROUP_REQUESTS, SETTING_INT, AT(attempts), .min = 1,
	  .max = 10, .fallback = "3", .unit = "N",
	  .seed_names = { "MAX_RETRIES" },
	  .help = "requests a stage may make until one gets through" },
	{ "re-asks", 0, GROUP_REQUESTS, SETTING_INT, AT(re_asks), .min = 0,
	  .max = 5, .fallback = "2", .unit = "N",
	  .help = "times a stage may ask again after an answer that does not "
		  "fit its schema" },
	{ "timeout", 0, GROUP_REQUESTS, SETTING_INT, AT(timeout), .min = 1,
	  .max = 3600, .fallback = "60", .unit = "SECONDS",
	  .seed_names = { "TIMEOUT_SECONDS" }, .also_store = true,
	  .help = "time for one request, from DNS to the last byte" },
	{ "connect-timeout", 0, GROUP_REQUESTS, SETTING_INT,
	  AT(connect_timeout), .min = 1, .max = 3600, .fallback = "10",
	  .unit = "SECONDS", .also_store = true,
	  .help = "the part of it that a connection may take" },
	{ "grace", 0, GROUP_REQUESTS, SETTING_INT, AT(grace), .min = 0,
	  .max = 3600, .fallback = "20", .unit = "SECONDS", .also_store = true,
	  .help = "time for requests in flight when the run is stopped" },

	{ "rate", 0, GROUP_REQUESTS, SETTING_RATE, AT(rate), .example = "20/s",
	  .unit = "RATE", .help = "most requests a second or a minute" },
	{ "max-outage", 0, GROUP_REQUESTS, SETTING_INT, AT(max_outage),
	  .min = 1, .max = 86400, .fallback = "600", .unit = "SECONDS",
	  .help = "time to wait for an endpoint that is down; then exit 75" },

	{ "max-cost", 0, GROUP_LIMITS, SETTING_DOLLARS, AT(max_cost),
	  .example = "20", .unit = "USD",
	  .help = "most that the run may spend; each request is reserved at "
		  "its prices before it is sent" },
	{ "price-input", 0, GROUP_LIMITS, SETTING_DOLLARS, AT(price_input),
	  .example = "2.50", .unit = "USD",
	  .help = "price of a million tokens read; unset: what the endpoint's "
		  "list of models says" },
	{ "price-output", 0, GROUP_LIMITS, SETTING_DOLLARS, AT(price_output),
	  .example = "10", .unit = "USD",
	  .help = "price of a million tokens written; likewise" },
	{ "max-requests", 0, GROUP_LIMITS, SETTING_LONG, AT(max_requests),
	  .min = 0, .max = 1000000000, .fallback = "0", .unit = "N",
	  .help = "most requests that the run may send; 0: no limit" },
	{ "max-time", 0, GROUP_LIMITS, SETTING_INT, AT(max_time), .min = 0,
	  .max = 604800, .fallback = "0", .unit = "SECONDS",
	  .help = "time after which nothing more is begun; 0: no limit" },
	{ "max-failures", 0, GROUP_LIMITS, SETTING_FAILURES, AT(max_failures),
	  .example = "10%", .unit = "N|P%",
	  .help = "records that may come out partial or failed; unset: the "
		  "run ends if none of the first 20 is ok" },

	{ "prompts", 'p', GROUP_PROMPTS, SETTING_PROMPTS, AT(prompts),
	  .example = "/etc/eavesly/prompts", .unit = "DIR",
	  .help = "directory of prompts, in the place of those built in; or "
		  "promptlayer[:LABEL], for PromptLayer's templates" },
	{ "prompts-lock", 0, GROUP_PROMPTS, SETTING_PATH, AT(prompts_lock),
	  .example = "/etc/eavesly/prompts.lock", .unit = "FILE",
	  .help = "refuse prompts whose hashes are not those in FILE" },
	{ "promptlayer-url", 0, GROUP_PROMPTS, SETTING_URL, AT(promptlayer_url),
	  .fallback = "https://api.promptlayer.com", .unit = "URL",
	  .seed_names = { "PROMPTLAYER_BASE_URL" },
	  .help = "base URL of PromptLayer; asked by POST if it ends in "
		  "/rest" },
	{ "promptlayer-key-file", 0, GROUP_PROMPTS, SETTING_PATH,
	  AT(promptlayer_key_file), .example = "/etc/eavesly/promptlayer-key",
	  .unit = "FILE",
	  .help = "file with PromptLayer's key, for nobody else to read" },
	{ "promptlayer-key", 0, GROUP_PROMPTS, SETTING_SECRET,
	  AT(promptlayer_key), .unit = "KEY",
	  .seed_names = { "PROMPTLAYER_API_KEY" },
	  .help = "the key of PromptLayer itself; in the environment only" },
	{ "promptlayer-model", 0, GROUP_PROMPTS, SETTING_BOOL,
	  AT(promptlayer_model), .fallback = "false",
	  .help = "take the model of a stage from its template" },
	{ "evaluation-version", 0, GROUP_PROMPTS, SETTING_STRING,
	  AT(evaluation_version), .fallback = "v1", .unit = "TEXT",
	  .help = "your name for this way of scoring; stands in reports" },
	{ "record", 0, GROUP_PROMPTS, SETTING_PATH, AT(record),
	  .example = "/srv/qa/answers.ndjson", .unit = "FILE",
	  .help = "write accepted answers there; answers it has already are "
		  "not bought again" },
	{ "replay", 0, GROUP_PROMPTS, SETTING_PATH, AT(replay),
	  .example = "/srv/qa/answers.ndjson", .unit = "FILE",
	  .help = "take answers from there; opens no connection, needs no "
		  "key" },
	{ "state", 0, GROUP_PROMPTS, SETTING_PATH, AT(state),
	  .example = "/var/lib/eavesly/state.db", .unit = "FILE",
	  .help = "keep each answer there as soon as it is accepted; what it "
		  "has is not asked again" },
	{ "wait-lock", 0, GROUP_PROMPTS, SETTING_INT, AT(wait_lock), .min = 0,
	  .max = 86400, .fallback = "0", .unit = "SECONDS",
	  .help = "time to wait for another run to leave the state; then exit "
		  "75" },
	{ "state-keep", 0, GROUP_PROMPTS, SETTING_INT, AT(state_keep), .min = 0,
	  .max = 36500, .fallback = "90", .unit = "DAYS",
	  .help = "time that the state keeps answers nobody asks for; 0: for "
		  "ever" },
	{ "repeat", 0, GROUP_PROMPTS, SETTING_INT, AT(repeat), .min = 1,
	  .max = 100, .fallback = "1", .unit = "K",
	  .help = "evaluate each record K times: how firm are its answers?" },

	{ "max-request", 0, GROUP_INPUT, SETTING_BYTES, AT(max_request),
	  .min = 1, .max = 64 << 20, .fallback = "8M", .unit = "BYTES",
	  .also_store = true, .help = "largest request that is read" },
	{ "max-depth", 0, GROUP_INPUT, SETTING_INT, AT(max_depth), .min = 1,
	  .max = LIMIT_JSON_DEPTH, .fallback = "64", .unit = "N",
	  .also_store = true, .help = "deepest nesting in a request" },
	{ "max-values", 0, GROUP_INPUT, SETTING_LONG, AT(max_values), .min = 1,
	  .max = 10000000, .fallback = "1000000", .unit = "N",
	  .also_store = true, .help = "most JSON values in a request" },
	{ "min-words", 0, GROUP_INPUT, SETTING_INT, AT(min_words), .min = 0,
	  .max = 1000000, .fallback = "1", .unit = "N",
	  .help = "skip transcripts of fewer words" },
	{ "context-tokens", 0, GROUP_INPUT, SETTING_LONG, AT(context_tokens),
	  .min = 0, .max = 100000000, .fallback = "0", .unit = "N",
	  .help = "skip transcripts of more tokens, by estimate; 0: skip "
		  "none" },
	{ "redact", 0, GROUP_INPUT, SETTING_CLASSES, AT(redact),
	  .example = "phone,email", .unit = "CLASS,...",
	  .help = "replace phone numbers, addresses and the like too; cards, "
		  "codes, social security and account numbers always are, "
		  "but for `none`" },
	{ "allow-empty", 0, GROUP_INPUT, SETTING_BOOL, AT(allow_empty),
	  .fallback = "false", .also_store = true,
	  .help = "exit 0, not 7, when there was no record" },

	{ "reproducible", 0, GROUP_OUTPUT, SETTING_BOOL, AT(reproducible),
	  .fallback = "false",
	  .help = "leave out of reports what differs from run to run" },
	{ "unordered", 0, GROUP_OUTPUT, SETTING_BOOL, AT(unordered),
	  .fallback = "false", .also_store = true,
	  .help = "print reports as they are done, not in input order" },
	{ "score-fallbacks", 0, GROUP_OUTPUT, SETTING_BOOL, AT(score_fallbacks),
	  .fallback = "false",
	  .help = "let the fallback of a failed stage count in the score" },
	{ "summary", 0, GROUP_OUTPUT, SETTING_PATH, AT(summary),
	  .example = "/var/lib/eavesly/summary.json", .unit = "FILE",
	  .also_store = true,
	  .help = "write the run's totals there; as Prometheus' text if its "
		  "name ends in .prom" },
	{ "progress", 0, GROUP_OUTPUT, SETTING_CHOICE, AT(progress),
	  .choices = progresses, .fallback = "auto", .unit = "WHEN",
	  .help = "tell how far the run is: on a terminal, elsewhere too "
		  "(once a minute), or not at all" },
	{ "log-level", 0, GROUP_OUTPUT, SETTING_CHOICE, AT(log_level),
	  .choices = log_levels, .fallback = "warning", .unit = "LEVEL",
	  .seed_names = { "LOG_LEVEL" }, .also_store = true,
	  .help = "least important message that is shown" },
	{ "log-format", 0, GROUP_OUTPUT, SETTING_CHOICE, AT(log_format),
	  .choices = log_formats, .fallback = "text", .unit = "FORMAT",
	  .also_store = true, .help = "form of messages on stderr" },

	{ "store", 0, GROUP_STORE, SETTING_BOOL, AT(store), .fallback = "false",
	  .help = "store reports whose status is ok in Supabase" },
	{ "supabase-url", 0, GROUP_STORE, SETTING_URL, AT(supabase_url),
	  .example = "https://abcdefghijkl.supabase.co", .unit = "URL",
	  .seed_names = { "SUPABASE_URL" }, .also_store = true,
	  .help = "the project; plain http to this machine only" },
	{ "supabase-key-file", 0, GROUP_STORE, SETTING_PATH,
	  AT(supabase_key_file), .example = "/etc/eavesly/supabase-key",
	  .unit = "FILE", .also_store = true,
	  .help = "file with the project's secret key, for nobody else to "
		  "read" },
	{ "supabase-key", 0, GROUP_STORE, SETTING_SECRET, AT(supabase_key),
	  .unit = "KEY", .seed_names = { "SUPABASE_SERVICE_ROLE_KEY" },
	  .help = "the project's secret key itself; in the environment only" },
	{ "store-schema", 0, GROUP_STORE, SETTING_STRING, AT(store_schema),
	  .example = "qa", .unit = "NAME", .also_store = true,
	  .help = "schema with the tables; unset: the first that the project "
		  "exposes, mostly public" },
	{ "store-batch", 0, GROUP_STORE, SETTING_INT, AT(store_batch), .min = 1,
	  .max = LIMIT_STORE_BATCH, .fallback = "100", .unit = "N",
	  .also_store = true, .help = "most rows in one request" },
	{ "store-bytes", 0, GROUP_STORE, SETTING_BYTES, AT(store_bytes),
	  .min = 1, .max = 64 << 20, .fallback = "1M", .unit = "BYTES",
	  .also_store = true,
	  .help = "most bytes in one request, unless one row has more" },
	{ "store-queue", 0, GROUP_STORE, SETTING_BYTES, AT(store_queue),
	  .min = 1, .max = 1 << 30, .fallback = "32M", .unit = "BYTES",
	  .also_store = true,
	  .help = "rows that may wait; with more, nothing further is read" },
	{ "store-max-outage", 0, GROUP_STORE, SETTING_INT, AT(store_max_outage),
	  .min = 1, .max = 86400, .fallback = "120", .unit = "SECONDS",
	  .also_store = true,
	  .help = "time to wait for a database that is down; then rows are "
		  "given up, and the run goes on" },
};
const size_t settings_count = LENGTH(settings_rows);
_Static_assert(LENGTH(settings_rows) <= LIMIT_SETTINGS, "raise the limit");

const struct flag settings_flags[] = {
	{ "dry-run", 'n', FLAG_ACTION, ACTION_DRY_RUN,
	  .help = "do everything but ask the model" },
	{ "print-prompts", 0, FLAG_ACTION, ACTION_PRINT_PROMPTS,
	  .help = "print the messages that each request would lead to" },
	{ "pull-prompts", 0, FLAG_ACTION, ACTION_PULL_PROMPTS, .unit = "DIR",
	  .help = "save PromptLayer's templates as prompt files in DIR" },
	{ "check", 0, FLAG_ACTION, ACTION_CHECK,
	  .help = "ask the services that a run needs whether they answer" },
	{ "print-schema", 0, FLAG_ACTION, ACTION_PRINT_SCHEMA, .unit = "NAME",
	  .help = "print the JSON Schema of a record or a stage's answer" },
	{ "forget", 0, FLAG_ACTION, ACTION_FORGET, .unit = "CALL_ID",
	  .help = "delete a call's answers from the state" },
	{ "show-config", 0, FLAG_ACTION, ACTION_SHOW_CONFIG,
	  .help = "print every setting and where it came from" },
	{ "config", 'c', FLAG_CONFIG, .unit = "FILE",
	  .help = "read FILE in the place of your own configuration; `none`: "
		  "read no file at all (also: CALLQA_CONFIG)" },
	{ NULL, 'v', FLAG_SHORT, .setting = "log-level", .value = "info",
	  .help = "short for --log-level info" },
	{ NULL, 'q', FLAG_SHORT, .setting = "log-level", .value = "error",
	  .help = "short for --log-level error" },
	{ "no-redact", 0, FLAG_SHORT, .setting = "redact", .value = "none",
	  .help = "send, hash and show everything as it came; short for "
		  "--redact none" },
	{ "help", 'h', FLAG_ACTION, ACTION_HELP, .help = "print this text" },
	{ "version", 'V', FLAG_ACTION, ACTION_VERSION,
	  .help = "print the version" },
};
const size_t settings_flag_count = LENGTH(settings_flags);
/* clang-format on */

void setting_environment_name(const struct setting *row,
			      char name[ENVIRONMENT_NAME_SIZE])
{
	snprintf(name, ENVIRONMENT_NAME_SIZE, ENVIRONMENT_PREFIX "%s",
		 row->name);
	for (; *name; name++)
		*name = *name == '-' ? '_' : (char)toupper(*name);
}

const struct setting *settings_row(const struct settings_table *table,
				   const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	return NULL;
}

const struct setting *setting_find(const char *name)
{
	return settings_row(&settings_of_callqa, name);
}

bool setting_is_public(const struct setting *row)
{
	return row->type != SETTING_SECRET;
}

bool settings_takes(const struct settings_table *table,
		    const struct setting *row)
{
	return setting_is_public(row) && (!table->takes || table->takes(row));
}

const char *setting_group_title(int group)
{
	static const char *const titles[] = {
		[GROUP_MODEL] = "The model",
		[GROUP_REQUESTS] = "How it is asked",
		[GROUP_LIMITS] = "What it may take",
		[GROUP_PROMPTS] = "Prompts and answers",
		[GROUP_INPUT] = "Input",
		[GROUP_OUTPUT] = "Output",
		[GROUP_STORE] = "The store",
	};
	_Static_assert(LENGTH(titles) == GROUP_COUNT, "a title per group");

	return titles[group];
}

const char *setting_meant(const char *wrong, const char *const *names)
{
	size_t len = strlen(wrong);
	const char *near = nearest_name(wrong, names);

	for (; !near && len >= 3 && *names; names++)
		if (strncmp(*names, wrong, len) == 0)
			near = *names;
	return near;
}

const struct settings_table settings_of_callqa = {
	.program = "callqa",
	.rows = settings_rows,
	.count = LENGTH(settings_rows),
	.flags = settings_flags,
	.flag_count = LENGTH(settings_flags),
	.group_title = setting_group_title,
	.groups = GROUP_COUNT,
	.head = "Usage: callqa [options] [FILE...]\n"
		"Scores sales-call transcripts with a language model: requests "
		"in, as JSON,\n"
		"from the FILEs or stdin (-); one line of JSON out for each.\n",
	.tail = "\nFiles, explained in eavesly.conf(5)\n"
		"  ~/.config/eavesly/eavesly.conf, or under $XDG_CONFIG_HOME\n"
		"  " CALLQA_SYSCONFDIR "/eavesly/eavesly.conf\n"
		"\nThe manual, with examples and exit statuses: callqa(1).\n",
};

static bool store_takes(const struct setting *row)
{
	return row->also_store;
}

const struct settings_table settings_of_store = {
	.program = "callqa-store",
	.rows = settings_rows,
	.count = LENGTH(settings_rows),
	.flags = settings_store_flags,
	.flag_count = SETTINGS_STORE_FLAGS,
	.group_title = setting_group_title,
	.groups = GROUP_COUNT,
	.head = "Usage: callqa-store [options] [REPORTS...]\n"
		"Stores reports of callqa in Supabase: reports in, from the "
		"files or stdin (-);\n"
		"each out again with `stored`: true or false.\n",
	.tail = "\nFiles, explained in eavesly.conf(5)\n"
		"  ~/.config/eavesly/eavesly.conf, or under $XDG_CONFIG_HOME\n"
		"  " CALLQA_SYSCONFDIR "/eavesly/eavesly.conf\n"
		"\nThe manual, with examples and exit statuses: "
		"callqa-store(1).\n",
	.takes = store_takes,
};
