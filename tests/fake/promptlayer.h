/* PromptLayer: one template, in the API's shape or the one the seed assumes. */
#ifndef FAKE_PROMPTLAYER_H
#define FAKE_PROMPTLAYER_H

#include "exchange.h"

/*
 * Reads a file of templates, NDJSON: name, version, optional labels,
 * prompt_template, optional metadata. A fault in it ends the process.
 */
json_t *templates_new(const char *file);

/* GET .../prompt-templates/NAME?label=L, or ?version=N: as the API has it. */
void promptlayer_get(struct exchange *exchange);

/* POST .../rest/prompt-templates/NAME: messages and parameters at the top. */
void promptlayer_post(struct exchange *exchange);

#endif
