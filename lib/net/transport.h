/*
 * The real `struct http`: one thread owns every libcurl handle, one pool of
 * connections and one parsed CA store; all other threads queue requests and
 * wait for the reply.
 */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include <stdint.h>

#include "base/error.h"
#include "net/http.h"

struct http_options {
	unsigned max_requests; /* in flight at once, at least 1 */
	int64_t connect_timeout_ms;
	/*
	 * PEM file of trusted CAs; NULL: what $SSL_CERT_FILE or $SSL_CERT_DIR
	 * name, else the bundle libcurl was built with
	 */
	const char *cacert;
	const char *user_agent; /* or NULL */
};

struct transport;

/*
 * Starts the transport thread.  Also the place of curl_global_init(): call it
 * before other threads start.  Raises the limit of open files if that many
 * requests need more.  options is copied.  NULL with *err: ERR_CONFIG if the
 * CA file cannot be read, ERR_INTERNAL if this libcurl or the system will not
 * do.
 */
struct transport *transport_start(const struct http_options *options,
				  struct error *err) MUST_USE;

/*
 * The seam in front of it; valid until transport_stop().  A request beyond
 * max_requests waits in line first, and that time is not in its timeout_ms.
 */
struct http transport_http(struct transport *t);

/*
 * Gives requests in flight until `grace_ms` from now, then ends them as
 * HTTP_STOPPED; those in line and new ones end so at once.  From any thread;
 * a second call can only make the time shorter.
 */
void transport_drain(struct transport *t, int64_t grace_ms);

/* Ends the thread; no request may be in flight.  NULL allowed. */
void transport_stop(struct transport *t);

#endif
