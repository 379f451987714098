/*
 * callqa-fake, the fake upstream of callqa's tests: options and start.
 *
 * A raw-socket HTTP/1.1 server on loopback that answers as OpenRouter does,
 * and that can be told, request by request, to answer badly: no HTTP library
 * would send what is needed here. It says on stdout where it listens:
 *
 *	$ callqa-fake --calls calls.ndjson --script rules.ndjson --log log
 *	http://127.0.0.1:40123
 *
 * What it answers. The stage of a request is told by its response format or
 * by the schema in its text, the call by the transcript in it. The answer is
 * the one given for them by --answers; else it is made up from the schema,
 * the same one for the same call, stage and --seed, whatever came before.
 *
 * Rules. --script names a file of rules, one JSON object a line (or an array
 * of them). Each request but GET /stats and POST /reset takes the first rule
 * of which all match keys fit and which is not used up, and only that one:
 *
 *	{"stage":"compliance","attempt":1,"status":429,
 *	 "headers":{"Retry-After":"1"}}
 *	{"call":"c-17","stage":"deep_dive","times":2,"fault":"reset_body"}
 *	{"stage":"communication",
 *	 "patch":{"choices":[{"finish_reason":"length"}]}}
 *
 * Here the first compliance request of every call meets a 429, the first two
 * deep dives of c-17 break off, and no communication reply is ever complete;
 * all else is well. A reply is made in this order: what the model says
 * (content, answer, refusal, fence), the envelope (finish_reason, usage),
 * status from 400 on (an error body instead), patch, json, body, headers,
 * framing, and on the wire, after the delay, the fault. --help lists the
 * keys; an unknown one, or an unknown fault, is an error at start.
 *
 * Log. A line is written when its request has ended, and a client can have
 * its reply a moment before: end the fake (SIGTERM), then read the log. A
 * request is in flight from the end of its body to the first byte of its
 * reply, or to the end of a fault that takes time.
 *
 * To add an upstream: one row in the routes of serve.c, one file like chat.c.
 * To add a fault: one row and one function in fault.c. To add a key: one row
 * in script.c.
 */
#include "promptlayer.h"
#include "server.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIFETIME 120.0

struct options {
	const char *url_file;
	const char *cert;
	const char *key;
	const char *calls;
	const char *answers;
	const char *templates;
	const char *script;
	const char *log;
	const char *bodies;
	const char *model_name;
	double lifetime;
	long latency_ms;
	long jitter_ms;
	uint64_t seed;
};

enum kind {
	KIND_STRING,
	KIND_MS,
	KIND_SEED,
	KIND_SECONDS,
	KIND_TLS,
	KIND_HELP
};

static const struct row {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *argument;
	const char *help;
} rows[] = {
#define ROW(name, kind, member, argument, help)                              \
	{                                                                    \
		name, kind, offsetof(struct options, member), argument, help \
	}
	ROW("url-file", KIND_STRING, url_file, "FILE",
	    "write the URL there too, all at once"),
	ROW("lifetime", KIND_SECONDS, lifetime, "SECONDS",
	    "end after so long (120)"),
	ROW("tls", KIND_TLS, cert, "CERT KEY",
	    "serve TLS with these PEM files"),
	ROW("calls", KIND_STRING, calls, "FILE",
	    "requests, NDJSON: tell calls by their transcripts"),
	ROW("answers", KIND_STRING, answers, "FILE",
	    "NDJSON of call_id, stage, answer"),
	ROW("templates", KIND_STRING, templates, "FILE",
	    "PromptLayer's, NDJSON of name, version, prompt_template"),
	ROW("script", KIND_STRING, script, "FILE", "rules, see below"),
	ROW("seed", KIND_SEED, seed, "N", "for answers made up (0)"),
	ROW("model-name", KIND_STRING, model_name, "NAME",
	    "model of the replies (the request's)"),
	ROW("latency-ms", KIND_MS, latency_ms, "N", "of every reply (0)"),
	ROW("jitter-ms", KIND_MS, jitter_ms, "M",
	    "0 to M more, by call, stage and attempt (0)"),
	ROW("log", KIND_STRING, log, "FILE",
	    "one JSON line per request, headers and keys included"),
	ROW("bodies", KIND_STRING, bodies, "DIR",
	    "the body of request N to DIR/N.json"),
	ROW("help", KIND_HELP, seed, NULL, "this text"),
#undef ROW
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static FAKE_NORETURN void help(void)
{
	printf("Usage: callqa-fake [OPTION]...\n"
	       "A fake OpenRouter on 127.0.0.1, well-behaved or not.\n\n");
	for (size_t i = 0; i < ROWS; i++) {
		const char *argument = rows[i].argument ? rows[i].argument : "";
		int width = printf("  --%s %s", rows[i].name, argument);

		printf("%*s %s\n", width < 25 ? 25 - width : 0, "",
		       rows[i].help);
	}
	printf("\nPOST .../chat/completions is answered, and GET .../v1/key; "
	       "of PromptLayer\nGET .../prompt-templates/NAME and the seed's "
	       "POST .../rest/prompt-templates/NAME.\nGET /stats gives the "
	       "counters, POST /reset sets them and the rules' to zero;\nall "
	       "else is a 404.\n");
	script_help();
	exit(fflush(stdout) ? EXIT_BROKEN : 0);
}

/* A number that is written out to its end and not negative. */
static double number(const char *name, const char *text, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0) || value > most)
		die(EXIT_USAGE, "--%s: bad number \"%s\"", name, text);
	return value;
}

/* Takes one option. `argv[optind]` is what follows its argument. */
static void take(struct options *options, const struct row *row, char **argv)
{
	void *place = (char *)options + row->offset;

	switch (row->kind) {
	case KIND_STRING:
		*(const char **)place = optarg;
		return;
	case KIND_MS:
		*(long *)place = (long)number(row->name, optarg, 1e9);
		return;
	case KIND_SEED:
		*(uint64_t *)place = (uint64_t)number(row->name, optarg, 1e15);
		return;
	case KIND_SECONDS:
		*(double *)place = number(row->name, optarg, 1e6);
		return;
	case KIND_TLS:
		options->cert = optarg;
		options->key = argv[optind];
		if (!options->key)
			die(EXIT_USAGE, "--tls needs CERT and KEY");
		optind++;
		return;
	case KIND_HELP:
		help();
	}
}

static void options_parse(struct options *options, int argc, char **argv)
{
	struct option table[ROWS + 1] = { { 0 } };
	int found;
	int index;

	memset(options, 0, sizeof(*options));
	options->lifetime = LIFETIME;
	for (size_t i = 0; i < ROWS; i++) {
		table[i].name = rows[i].name;
		table[i].has_arg = rows[i].argument ? required_argument
						    : no_argument;
	}
	/* "+": the second word after --tls must not be moved to the end */
	while ((found = getopt_long(argc, argv, "+", table, &index)) == 0)
		take(options, &rows[index], argv);
	if (found != -1)
		exit(EXIT_USAGE);
	if (optind < argc)
		die(EXIT_USAGE, "\"%s\": no operands, please", argv[optind]);
}

/* Loads everything that the options name. */
static void fake_init(struct fake *fake, const struct options *options)
{
	memset(fake, 0, sizeof(*fake));
	fake->start = now_seconds();
	fake->seed = options->seed;
	fake->model_name = options->model_name;
	fake->latency_ms = options->latency_ms;
	fake->jitter_ms = options->jitter_ms;
	fake->script = script_new();
	if (options->script)
		script_load(fake->script, options->script);
	if (options->calls)
		fake->calls = calls_new(options->calls);
	if (options->answers)
		fake->answers = answers_new(options->answers);
	if (options->templates)
		fake->templates = templates_new(options->templates);
	fake->log = log_new(options->log, options->bodies);
}

static void fake_release(struct fake *fake)
{
	script_free(fake->script);
	calls_free(fake->calls);
	answers_free(fake->answers);
	json_decref(fake->templates);
	log_free(fake->log);
}

/* Whoever finds the file finds the whole URL in it. */
static void write_url(const char *file, const char *url)
{
	struct text draft = { 0 };
	FILE *out;

	text_addf(&draft, "%s.%ld", file, (long)getpid());
	out = fopen(draft.data, "w");
	if (!out || fprintf(out, "%s\n", url) < 0 || fclose(out) ||
	    rename(draft.data, file))
		die(EXIT_BROKEN, "%s: %s", file, strerror(errno));
	text_release(&draft);
}

/* Says that the server is ready, and where. */
static void announce(const struct server *server, const char *url_file)
{
	struct text url = { 0 };

	if (server->tls)
		text_addf(&url, "https://localhost:%d", server->port);
	else
		text_addf(&url, "http://127.0.0.1:%d", server->port);
	if (url_file)
		write_url(url_file, url.data);
	printf("%s\n", url.data);
	fflush(stdout);
	text_release(&url);
}

int main(int argc, char **argv)
{
	struct options options;
	struct server server;
	struct fake fake;

	json_set_alloc_funcs(need, free);
	json_object_seed(0);
	options_parse(&options, argc, argv);
	fake_init(&fake, &options);
	server_open(&server, &fake, options.cert, options.key);
	announce(&server, options.url_file);
	if (!server_run(&server, options.lifetime))
		_exit(0); /* a thread still uses what would be freed */
	server_close(&server);
	fake_release(&fake);
	return 0;
}
