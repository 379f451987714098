/*
 * Every setting of callqa: one row each, from which come the flags, the
 * environment names, the keys of the file, --help, --show-config,
 * eavesly.conf.example and a check of the manual.
 */
#ifndef RUN_SETTINGS_H
#define RUN_SETTINGS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/log.h"

enum engine_name { ENGINE_LLM, ENGINE_RULES };
enum response_format { FORMAT_JSON_OBJECT, FORMAT_JSON_SCHEMA };
enum provider_data { PROVIDER_DENY, PROVIDER_ZDR, PROVIDER_ALLOW };
enum limit_field { LIMIT_MAX_TOKENS, LIMIT_MAX_COMPLETION_TOKENS };
enum cache_control { CACHE_AUTO, CACHE_OFF, CACHE_5M, CACHE_1H };
enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* A secret: never printed; wiped by settings_release(). */
struct secret {
	char *text; /* NULL: not set, or not read */
	size_t len;
	char *fault; /* why it cannot be used; NULL but for who only looks */
};

/* What the command line asks for instead of, or beside, a run. */
enum action {
	ACTION_RUN,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_SHOW_CONFIG,
	ACTION_PRINT_SCHEMA,  /* --print-schema NAME: settings.argument */
	ACTION_PRINT_PROMPTS, /* reads requests, prints messages */
	ACTION_PULL_PROMPTS,  /* --pull-prompts DIR: settings.argument */
	ACTION_CHECK,         /* asks the services whether they answer */
	ACTION_FORGET,        /* --forget CALL_ID: settings.argument */
	ACTION_DRY_RUN,       /* -n */
	ACTION_PRINT_SQL      /* callqa-store --print-sql */
};

struct settings {
	enum action action;
	char *argument; /* of the action: a name, a call_id; or NULL */
	char **files;   /* operands, NULL-ended; none: stdin */

	/* the model, or what evaluates in its place */
	int engine;  /* enum engine_name */
	char *rules; /* file; NULL: built in */
	char *model;
	char *openrouter_url;
	struct secret openrouter_key;
	char *openrouter_key_file;
	double temperature;
	int max_tokens;
	int response_format; /* enum response_format */
	int provider_data;   /* enum provider_data */
	char *models;        /* "a,b" or NULL */
	int limit_field;     /* enum limit_field */
	bool send_temperature;
	int cache_control; /* enum cache_control */
	char *http_referer, *x_title;
	char *cacert;

	/* how it is asked */
	int jobs;
	int attempts;
	int re_asks;
	int timeout;         /* s */
	int connect_timeout; /* s */
	int grace;           /* s */
	char *rate;          /* limits_read_rate(), or NULL */
	int max_outage;      /* s */

	/* what it may take; texts as run/limits.h reads them, or NULL */
	char *max_cost, *price_input, *price_output;
	long max_requests; /* 0: no limit */
	int max_time;      /* s; 0: no limit */
	char *max_failures;

	/* prompts and records */
	char *prompts; /* directory, promptlayer[:LABEL]; NULL: built in */
	char *prompts_lock;
	char *promptlayer_url;
	struct secret promptlayer_key;
	char *promptlayer_key_file;
	bool promptlayer_model;
	char *evaluation_version;
	char *record, *replay;
	char *state;
	int wait_lock;  /* s */
	int state_keep; /* days; 0: for ever */
	int repeat;     /* evaluations of each record */

	/* input */
	long max_request; /* bytes */
	int max_depth;
	long max_values;
	int min_words;
	long context_tokens; /* 0: unset */
	bool allow_empty;
	char *redact; /* as redact_read_classes() takes it, NULL included */

	/* output */
	bool reproducible;
	bool unordered;
	bool score_fallbacks;
	char *summary;
	int progress;   /* enum progress_when */
	int log_level;  /* enum log_level */
	int log_format; /* enum log_format */

	/* the store */
	bool store;
	char *supabase_url; /* NULL: unset */
	struct secret supabase_key;
	char *supabase_key_file;
	char *store_schema;   /* NULL: the project's first */
	int store_batch;      /* rows */
	long store_bytes;     /* of a batch */
	long store_queue;     /* bytes */
	int store_max_outage; /* s */

	/* private: where each value came from */
	struct settings_origins *origins;
};

/* What settings are read from beside the command line. */
struct settings_world {
	char *const *environment;  /* "NAME=value", NULL-ended, as environ */
	const char *system_config; /* path of the system's file */
};

/*
 * Reads command line, environment and files.  Precedence: flag > CALLQA_NAME >
 * the seed's environment names > file (--config FILE, or the user's) >
 * the system's file > default.  world NULL: this process's environment and
 * /etc/eavesly/eavesly.conf.  argv is reordered, options first.  After
 * --help, --version or --print-schema neither environment nor files are read.
 * A key is read only if whom it is for is asked; one that is set nowhere is no
 * error.  One that cannot be used is, but for --check and --show-config, which
 * find its `fault` in its place.  -1 with *err (ERR_USAGE: the command line, or
 * settings that exclude each other; ERR_CONFIG: environment, files, keys; where
 * is "file:line:column", or "file"); *s is to be released in any case.
 */
int settings_load(struct settings *s, int argc, char **argv,
		  const struct settings_world *world,
		  struct error *err) MUST_USE;

/*
 * The same for callqa-store, whose flags are some of callqa's and whose key is
 * the store's alone.
 */
int settings_load_store(struct settings *s, int argc, char **argv,
			const struct settings_world *world,
			struct error *err) MUST_USE;

/* Frees all, wipes secrets; *s was settings_load()ed or is all zero. */
void settings_release(struct settings *s);

/*
 * The effective settings, each with the place it came from, as YAML that can
 * serve as a configuration file.  Of a key only its length is shown.
 */
void settings_show(const struct settings *s, FILE *out);

/* --help of callqa and of callqa-store, made from the table. */
void settings_help(FILE *out);
void settings_help_store(FILE *out);

/* The lines shown when stdin is a terminal and there is no operand. */
void settings_usage(FILE *out);
void settings_usage_store(FILE *out);

/* eavesly.conf.example, made from the table. */
void settings_example(FILE *out);

/* Checks the table itself; for tests. */
int settings_check(struct error *err) MUST_USE;

#endif
