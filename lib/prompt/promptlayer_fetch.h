/*
 * Templates fetched from PromptLayer, through the seam of net/http.h.
 */
#ifndef PROMPT_PROMPTLAYER_FETCH_H
#define PROMPT_PROMPTLAYER_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "base/error.h"
#include "net/http.h"
#include "net/retry.h"

/* Where, as whom and how; all borrowed. */
struct promptlayer {
	const struct http *http;
	const struct clock *clock;
	/*
	 * Base of the API.  One that ends in "/rest" is asked as the seed
	 * does, by POST.
	 */
	const char *url;
	const char *key;   /* never to be shown */
	const char *label; /* "": the latest; digits only: that version */
	struct retry_policy policy;
	int64_t timeout_ms; /* of one request */
};

/*
 * Asks for the template of each name, all at once, each as often as the policy
 * allows; the replies, in that order, were http_reply_init()ed and hold JSON
 * in the end.  -1 with *err, the first by order of names: ERR_UPSTREAM_AUTH,
 * ERR_UPSTREAM_CREDIT, ERR_PROMPT (no such template, a request that is
 * refused), ERR_CONFIG (no such host, a certificate or proxy that will not
 * do, a redirect), ERR_TEMPORARY.
 */
int promptlayer_fetch(const struct promptlayer *p, const char *const *names,
		      size_t count, struct http_reply *replies,
		      struct error *err) MUST_USE;

#endif
