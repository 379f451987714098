/*
 * What a model's tokens cost, as the endpoint's list of models says.
 */
#ifndef LLM_PRICES_H
#define LLM_PRICES_H

#include <stdint.h>

#include "base/error.h"
#include "net/http.h"

/* USD a token. */
struct prices {
	double in, out;
};

/*
 * Asks GET `url` (".../models") once, with the same headers as for chat, and
 * looks up each of the NULL-ended models; the dearest counts.  -1 with *err
 * (ERR_CONFIG) if there is no price for one of them: then nothing can be
 * reserved.
 */
int prices_fetch(const struct http *http, const char *url,
		 const char *const *headers, const char *const *models,
		 int64_t timeout_ms, struct prices *prices,
		 struct error *err) MUST_USE;

#endif
