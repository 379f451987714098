/*
 * The prompts of a run: context.yaml and one file a stage, from a directory
 * or the copy that is built in.  All are loaded and checked before the first
 * request: a run never begins with four of five.
 */
#ifndef PROMPT_PROMPTS_H
#define PROMPT_PROMPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "data/schema.h"
#include "prompt/template.h"

/* A value that is offered to a prompt. */
struct offer {
	const char *name; /* NULL ends a list */
	/* what its JSON text is, for jinja2; NULL: it is a mere text */
	const struct field *json;
};

/* What a stage has to offer to its prompt; rows of pipeline/stage.c. */
struct prompt_spec {
	const char *name; /* "call_qa_compliance" */
	/*
	 * The values that prompts_render_stage() is given, in that order:
	 * `transcript_name` is one of them, and "marker", for prompts that
	 * bring their own fence.
	 */
	const struct offer *offered;
	const char *transcript_name; /* "transcript", "actual_transcript" */
	const struct model *reply;   /* for the lint */
};

struct prompt_message {
	char *role; /* "system", "user", "assistant", "developer" */
	struct template *content;
};

struct prompt {
	char *name;
	char *source;                 /* "built-in", or the file's path */
	char *version;                /* as the file has it, "1" */
	char sha256[SHA256_HEX_SIZE]; /* of the file's bytes */
	struct prompt_message *messages;
	size_t message_count;
	bool has_temperature;
	double temperature;
	long max_tokens;   /* 0: the setting holds */
	char *model;       /* NULL: the setting holds */
	char **item_names; /* NULL-ended, or NULL without `items:` */
	char *item_lines;  /* what {{items}} stands for; NULL likewise */
	size_t offered;    /* how many values its templates are given */
};

struct prompts {
	struct prompt *context; /* NULL: there is no context.yaml */
	struct prompt *stages;  /* one a spec, in their order */
	size_t stage_count;
};

/*
 * Loads and checks all of them; directory NULL: the built-in ones.  A
 * directory must hold every stage's file, context.yaml may be absent; other
 * files are an error only if they end in .yaml (and do not begin with a dot,
 * as editors' files do).  Errors (ERR_PROMPT) name file:line:column: unknown
 * or missing key, wrong type, unknown format, what template_compile() refuses,
 * a transcript under a condition, name that is not the file's, role unknown,
 * placeholder not offered or not declared, declared but not offered or not
 * used, no transcript (in the context or the prompt), transcript not fenced by
 * two lines with the marker, variable in the context's system message, item
 * without name or definition or twice, items or sampling parameters in the
 * context, file larger than LIMIT_PROMPT_BYTES.  NULL with *err.  New.
 *
 * The placeholders of context.yaml are `transcript` and `marker`; of a stage's
 * file those that are offered and, where it has `items:`, `items`: a line
 * `- NAME: DEFINITION` for each.  `variables:` lists exactly those used.
 */
struct prompts *prompts_load(const char *directory,
			     const struct prompt_spec *specs, size_t count,
			     struct error *err) MUST_USE;
void prompts_free(struct prompts *p);

/* The bytes of a stage's prompt file that came from elsewhere. */
struct prompt_given {
	struct text file;
	const char *where; /* what errors call it */
};

/*
 * The same with one given file for each spec, and no context; `source` is
 * what reports say of all of them.
 */
struct prompts *prompts_load_given(const struct prompt_given *given,
				   const char *source,
				   const struct prompt_spec *specs,
				   size_t count, struct error *err) MUST_USE;

/* One message of a request, rendered. */
struct message {
	const char *role; /* borrowed from the prompts */
	struct buf text;
};

/* Messages in order; grows. */
struct messages {
	struct message *list;
	size_t count;
};

/* No messages yet. */
void messages_init(struct messages *m);
/* Frees all texts; *m is empty again. */
void messages_release(struct messages *m);

/*
 * Appends the context's messages: the beginning that all stages of a call
 * share.  Appends nothing without a context.  Values are copied.
 */
void prompts_render_context(const struct prompts *p, struct text transcript,
			    const char *marker, struct messages *out);

/*
 * Appends the stage's messages; values as spec.offered names them, copied.  A
 * message of the same role as the one before it in *out is joined to it by a
 * blank line: some chat templates insist on alternating roles.
 *
 * A message that would pass LIMIT_BODY_BYTES has buf_failed(&text).
 */
void prompts_render_stage(const struct prompts *p, size_t stage,
			  const struct text *values, struct messages *out);

/*
 * What a careful author would want to know of a loaded prompt although it can
 * be used: a top-level field or an enum value of the stage's reply that
 * neither it nor the context mentions (by itself, spelt as in the table); the
 * transcript sent twice.  Calls tell(ctx, prompt's name, sentence) for each.
 */
void prompts_lint(const struct prompts *p, const struct prompt_spec *specs,
		  void (*tell)(void *ctx, const char *name, const char *text),
		  void *ctx);

/*
 * The offered names that the prompt uses, `items` among them, and all that
 * are; spec NULL: of the context.  Calls tell(ctx, name, used) for each.
 */
void prompts_variables(const struct prompt *p, const struct prompt_spec *spec,
		       void (*tell)(void *ctx, const char *name, bool used),
		       void *ctx);

/* Bytes of its own words: all that it sends beside the values. */
size_t prompt_own_bytes(const struct prompt *p);

#define MARKER_SIZE 33

/*
 * The fence's marker: the first 32 hexadecimal digits of SHA-256 over the
 * decimal digits of n, a newline and texts[0] (the transcript), n being the
 * smallest number from 0 for which they occur in none of the texts.
 */
void fence_marker(const struct text *texts, size_t count,
		  char marker[MARKER_SIZE]);

#endif
