/*
 * A server in the test's own process that can be as rude as a test wants: it
 * reads requests, and a function of the test writes bytes.
 *
 * One thread accepts, one serves each connection.
 */
#ifndef SUPPORT_SOCKET_SERVER_H
#define SUPPORT_SOCKET_SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

struct peer; /* one connection, of the thread that serves it */

/* A request as it came. */
struct seen {
	unsigned number;        /* in this server, from 1 */
	unsigned on_connection; /* on this connection, from 1 */
	const char *head;       /* request line and headers, NUL-ended */
	const char *body;
	size_t body_len;
};

/* What becomes of the connection after an answer. */
enum after { KEEP, CLOSE, RESET };

/* Answers a request; runs on the connection's thread. */
typedef enum after answer_fn(struct peer *peer, const struct seen *seen,
			     void *ctx);

struct server_script {
	answer_fn *answer;
	void *ctx;
	SSL_CTX *tls; /* borrowed; NULL: plain TCP */
	bool blind;   /* answer at once, without reading a request */
};

/* On a free port of 127.0.0.1; fails the test if it cannot. */
struct socket_server *server_start(const struct server_script *script);

/* Breaks all connections, joins all threads, frees. */
void server_stop(struct socket_server *s);

unsigned server_port(const struct socket_server *s);

/* So far: whole requests read, connections accepted. */
unsigned server_requests(struct socket_server *s);
unsigned server_connections(struct socket_server *s);

/* Waits until `count` whole requests were read. */
void server_await(struct socket_server *s, unsigned count);

/* Sends; a client that is gone is no error. */
void peer_send(struct peer *peer, const char *data, size_t len);
void peer_puts(struct peer *peer, const char *text);

/*
 * Waits up to `ms` milliseconds (-1: for ever) until the client hangs up, or
 * the server is stopped; true if so.  A client that sends wakes it too.
 */
bool peer_gone(struct peer *peer, int ms);

/* Reads and forgets until the client hangs up or the server is stopped. */
void peer_ignore(struct peer *peer);

#endif
