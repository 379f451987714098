/*
 * PromptLayer's templates, in both shapes that are known of them, as prompt
 * files of ours: what a run uses and what --pull-prompts saves are the same
 * bytes, so they render the same and have the same hash.
 */
#ifndef PROMPT_PROMPTLAYER_H
#define PROMPT_PROMPTLAYER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/text.h"
#include "prompt/prompts.h"

/*
 * The label in a text of the setting `prompts`: "prod" of "promptlayer:prod",
 * "" of "promptlayer", NULL where it names a directory.  Borrowed.
 */
const char *promptlayer_label(const char *prompts);

struct promptlayer_rules {
	bool take_model; /* the template's model is the stage's */
	bool slugs;      /* which then has to be "maker/name" */
};

/*
 * Reads the answer to a request for a template, and writes it as a prompt
 * file.  An answer with `prompt_template` is the API's, else the seed's; each
 * chat or completion.  A message's content is joined from its texts by a
 * blank line, blank messages are left out; a transcript without a fence gets
 * one.  Of the parameters only the temperature is read.
 *
 * -1 with *err (ERR_PROMPT, "promptlayer:NAME", or, inside a message,
 * "promptlayer:NAME, message N:line:column"): no such answer, a refusal, a
 * placeholder, function or tool message, a part that is no text, tools, an
 * unresolved snippet, no transcript, what template_compile() refuses; a
 * model's name that will not do, if it is to be taken.  *file is
 * buf_init()ed; nothing is to be done with it after -1 but to release it.
 */
int promptlayer_convert(const struct prompt_spec *spec,
			const struct promptlayer_rules *rules,
			struct text reply, struct buf *file,
			struct error *err) MUST_USE;

#endif
