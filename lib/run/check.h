/* --check: do the services answer that a run needs? */
#ifndef RUN_CHECK_H
#define RUN_CHECK_H

#include "base/error.h"
#include "net/http.h"
#include "run/settings.h"

/*
 * Asks each once, and prints one JSON object: `status` healthy, degraded
 * (only the store does not answer) or unhealthy, `timestamp`, `dependencies`
 * and `latency_ms` by service, `error` if there is one.  Returns the exit
 * status: that of the worst error.
 */
int check_services(const struct settings *s);

/*
 * What the reply to OpenRouter's GET /key, or another server's GET /models,
 * says: 0, or -1 with *err, which quotes nothing of it.  A server that is not
 * OpenRouter's need not have that list: its 404 is an answer.
 */
int check_judge(const struct http_reply *reply, bool openrouter,
		struct error *err) MUST_USE;

#endif
