/* Listens on loopback and gives every connection a thread. */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

#include "exchange.h"

#include <openssl/ssl.h>

struct server {
	struct fake *fake;
	SSL_CTX *tls; /* NULL: plain */
	int listener;
	int port;
};

/*
 * Binds 127.0.0.1 at a free port; with cert and key (PEM files, both or
 * neither) as a TLS server. Ends the process if it cannot.
 */
void server_open(struct server *server, struct fake *fake, const char *cert,
		 const char *key);

/*
 * Serves until `seconds` are over or SIGTERM or SIGINT arrives, then ends all
 * connections. Returns false if one did not end in time.
 */
bool server_run(struct server *server, double seconds);

/* Frees what the server holds. */
void server_close(struct server *server);

#endif
