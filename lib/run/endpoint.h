/* The model's endpoint: whose it is, and the URLs below its base. */
#ifndef RUN_ENDPOINT_H
#define RUN_ENDPOINT_H

#include <stdbool.h>

#include "base/compiler.h"

/* Is the host OpenRouter's?  Others refuse fields that they do not know. */
bool is_openrouter(const char *url);

/*
 * The path behind the base: ".../v1" and ".../v1?api-version=x" become
 * ".../v1/chat/completions" and ".../v1/chat/completions?api-version=x".
 * New.
 */
char *endpoint_url(const char *base, const char *path) MUST_USE;

#endif
