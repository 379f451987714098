/* One accepted connection, plain or TLS: bytes in, bytes out, and its end. */
#ifndef FAKE_WIRE_H
#define FAKE_WIRE_H

#include "basics.h"

#include <openssl/ssl.h>

#define WIRE_BUFFER (16UL << 10)

/*
 * Owned by one thread. The socket does not block; every wait also ends when
 * `stop_fd` becomes readable, which means that the server is to end.
 */
struct wire {
	int fd;
	int stop_fd;
	SSL *ssl;
	bool gone; /* the client left, or the server is to end */
	size_t at;
	size_t end;
	char in[WIRE_BUFFER];
};

/* Takes over an accepted socket; stop_fd is borrowed. */
void wire_init(struct wire *wire, int fd, int stop_fd);

/* Serves TLS on the connection. -1: the handshake failed. */
int wire_handshake(struct wire *wire, SSL_CTX *context);

/* Waits for the first byte of a request. -1: the connection is over. */
int wire_idle(struct wire *wire);

/* Reads exactly `length` bytes and appends them. -1: connection over. */
int wire_read(struct wire *wire, struct text *text, size_t length);

/*
 * Appends bytes up to and including a newline, at most `limit` of them.
 * Returns 0, -1 if the connection is over, 1 if the line is longer.
 */
int wire_line(struct wire *wire, struct text *text, size_t limit);

/* Sends <data, length>. -1: the client is gone. */
int wire_send(struct wire *wire, const char *data, size_t length);

/*
 * Does nothing for that long. -1: the client left before the time was over
 * (a request sent ahead is kept and is no reason to end).
 */
int wire_wait(struct wire *wire, long milliseconds);

/* Reads and forgets what the client still sends, so that a FIN stays a FIN. */
void wire_drain(struct wire *wire);

/* Ends the connection politely: close_notify under TLS, FIN. */
void wire_close(struct wire *wire);

/* Ends the connection by RST. */
void wire_reset(struct wire *wire);

#endif
