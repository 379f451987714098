/*
 * Bodies of chat completion requests.
 *
 * The stages of a call share their beginning, system message and fenced
 * transcript, byte for byte, so that the provider's prompt cache can serve
 * it; here it is escaped once per call and spliced into every body.
 */
#ifndef LLM_CHAT_H
#define LLM_CHAT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "pipeline/call.h"
#include "prompt/prompts.h"

/*
 * Where the shared beginning ends, a mark can tell a provider that does not
 * look for one by itself what to keep; the content then travels in parts.
 */
enum chat_cache {
	CHAT_CACHE_NONE,
	/* for Anthropic's models at OpenRouter, unless a strict schema makes
	 * every stage's beginning another one */
	CHAT_CACHE_AUTO,
	CHAT_CACHE_5M, /* whatever the model */
	CHAT_CACHE_1H
};

/* What all requests of a run have in common; borrowed, read-only. */
struct chat_options {
	const char *model;
	double temperature;      /* where the prompt has none */
	long max_tokens;         /* likewise */
	bool json_schema;        /* strict schema beside, not in the prompt */
	bool openrouter;         /* send what only OpenRouter understands */
	const char *data_policy; /* "deny", "zdr", "allow"; see openrouter */
	const char *limit_field; /* "max_tokens" or what it is called there */
	bool send_temperature;
	const char *const
		*fallbacks; /* models OpenRouter tries next, or NULL */
	enum chat_cache cache;
};

/* The parts of a stage's requests that no call changes; made at start. */
struct chat_stage {
	char *head;         /* `{"model":...,"messages":[` */
	bool own_model;     /* so that it is not the prefix's */
	const char *mark;   /* `","cache_control":...}`, NULL: none */
	char *tail;         /* end of the last message: the schema; escaped */
	char *format;       /* `"response_format":...` */
	double temperature; /* of the prompt, or the run's */
	long max_tokens;
	char prompt_sha256[SHA256_HEX_SIZE];     /* context and prompt */
	char schema_sha256[SHA256_HEX_SIZE];     /* and response format */
	char parameters_sha256[SHA256_HEX_SIZE]; /* model, sampling */
};

struct chat {
	/* set before start, read-only */
	struct chat_options options;
	const struct prompts *prompts;
	struct chat_stage stages[STAGE_COUNT];
};

/* What is done for requests to this model: no longer AUTO. */
enum chat_cache chat_cache_of(const struct chat_options *options,
			      const char *model);

/* Prepares all stages; everything is borrowed until chat_release(). */
void chat_init(struct chat *chat, const struct chat_options *options,
	       const struct prompts *prompts);
void chat_release(struct chat *chat);

/* The beginning that the stages of one call share. */
struct chat_prefix {
	/* `{"model":...,"messages":[...` up to the open end of the last
	 * context message, or up to `[` without a context; escaped */
	struct buf body;
	size_t head_len;       /* of its bytes: up to that `[` */
	size_t opening;        /* offset of the open content's quote */
	const char *open_role; /* of the open message, NULL: none */
	/* tells OpenRouter which requests belong together; of the transcript */
	char session[SHA256_HEX_SIZE];
	char marker[MARKER_SIZE];
	bool failed;        /* larger than LIMIT_BODY_BYTES: not to be sent */
	struct sha256 hash; /* fed with body */
};

/* Renders and escapes it for one call; options and prompts as chat has them. */
void chat_prefix_init(struct chat_prefix *prefix, const struct chat *chat,
		      const struct call *call);
/* Frees its bytes and its hash. */
void chat_prefix_release(struct chat_prefix *prefix);

/* The model's last answer and what was wrong with it, for a re-ask. */
struct chat_correction {
	struct text answer; /* as the model gave it */
	struct text faults; /* lines */
};

enum { CHAT_PARTS = 9 };

/* One request: shared beginning, own end; and what marks their border. */
struct chat_body {
	struct text parts[CHAT_PARTS];
	size_t part_count;
	struct buf end;
	size_t messages_end; /* bytes of `end` up to the messages' `]` */
	/* larger than LIMIT_BODY_BYTES: no parts, not to be sent */
	bool failed;
};

/*
 * Builds a body; values as the stage's variables; correction NULL for a first
 * request; max_tokens 0 for the stage's own.  The prefix is borrowed by the
 * body.
 */
void chat_body_init(struct chat_body *body, const struct chat *chat,
		    const struct chat_prefix *prefix, enum stage stage,
		    const struct text *values,
		    const struct chat_correction *correction, long max_tokens);
void chat_body_release(struct chat_body *body);

/* Its bytes on the wire. */
size_t chat_body_size(const struct chat_body *body);

/*
 * What identifies a stage's question: SHA-256 over the format number of this
 * key, the messages of the first request, model, sampling parameters,
 * response format with schema, repeat index.  Not in it: URL, callqa's
 * version, anything that does not change what is asked.
 */
void chat_key(const struct chat *chat, const struct chat_prefix *prefix,
	      const struct chat_body *first, enum stage stage, int repeat,
	      char key[SHA256_HEX_SIZE]);

#endif
