/*
 * The prompts of a run as its settings want them: built in, a directory's or
 * PromptLayer's, and pinned.
 */
#ifndef RUN_PROMPT_SIDE_H
#define RUN_PROMPT_SIDE_H

#include "base/cancel.h"
#include "base/compiler.h"
#include "base/error.h"
#include "net/transport.h"
#include "prompt/promptlayer_fetch.h"
#include "prompt/prompts.h"
#include "run/settings.h"

/*
 * Loads and checks the prompts, against --prompts-lock too; PromptLayer's are
 * fetched, with nothing of any call.  NULL with *err.  New.
 */
struct prompts *prompt_side_load(const struct settings *s,
				 struct cancel *cancel,
				 struct error *err) MUST_USE;

/*
 * A connection to PromptLayer as the settings want it: starts a transport,
 * the caller's to stop.  -1 with *err (ERR_CONFIG): no key, no CA file.
 */
int prompt_side_connect(const struct settings *s, const struct clock *clock,
			struct transport **transport, struct http *http,
			struct promptlayer *p, struct error *err) MUST_USE;

/*
 * --pull-prompts: fetches, checks as for a run, and writes the files into a
 * directory, which is made if need be.  Returns the exit status; says on
 * stderr what was in the way.
 */
int pull_prompts(const struct settings *s);

#endif
