/* The transport as most tests use it: one POST, one reply. */
#ifndef SUPPORT_CLIENT_H
#define SUPPORT_CLIENT_H

#include "net/transport.h"
#include "support/socket_server.h"

/* Room for any reply that a test does not mean to be too big. */
#define CLIENT_REPLY_LIMIT ((size_t)1 << 20)

/* A key that no message may repeat, sent by client_request(). */
#define CLIENT_KEY "sk-never-show-this"

/*
 * Starts a transport for `max` requests at once and 5 s to connect; fails the
 * test if it cannot.  cacert may be NULL.
 */
struct transport *client_start(unsigned max, const char *cacert);

/* "scheme://127.0.0.1:port/answer" in a static buffer per thread. */
const char *client_url(const char *scheme, unsigned port);

/* A POST of "{}" with a key in its header; 5 s, CLIENT_REPLY_LIMIT. */
struct http_request client_request(const char *url);

/* Performs it; *reply is initialised here, the caller releases it. */
void client_perform(struct transport *t, const struct http_request *request,
		    struct http_reply *reply);

/* Removes everything from the environment that libcurl or we would obey. */
void client_clean_environment(void);

#endif
