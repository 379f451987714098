/* One accepted connection, plain or TLS: bytes in, bytes out, and its end. */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long, and how much, wire_drain() reads at most. */
#define DRAIN_MS    1000
#define DRAIN_BYTES (64UL << 20)

/* What one attempt to move bytes came to. */
enum pull { PULL_OVER = 0, PULL_READ = -1, PULL_WRITE = -2 };

void wire_init(struct wire *wire, int fd, int stop_fd)
{
	int on = 1;

	wire->fd = fd;
	wire->stop_fd = stop_fd;
	wire->ssl = NULL;
	wire->gone = false;
	wire->at = wire->end = 0;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Waits for events on the socket: 1 there, 0 time over, -1 gone. */
static int wire_poll(struct wire *wire, short events, int timeout_ms)
{
	struct pollfd fds[2] = {
		{ .fd = wire->fd, .events = events },
		{ .fd = wire->stop_fd, .events = POLLIN },
	};
	int ready;

	if (wire->gone)
		return -1;
	ready = poll(fds, 2, timeout_ms);
	if (ready < 0 && errno != EINTR)
		wire->gone = true;
	if (ready > 0 && fds[1].revents)
		wire->gone = true;
	if (wire->gone)
		return -1;
	return ready > 0;
}

/* What to wait for after OpenSSL did nothing, or PULL_OVER. */
static int ssl_wish(const struct wire *wire, int result)
{
	switch (SSL_get_error(wire->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return PULL_READ;
	case SSL_ERROR_WANT_WRITE:
		return PULL_WRITE;
	default:
		return PULL_OVER;
	}
}

/* The same for a plain socket. */
static int socket_wish(ssize_t result, enum pull wish)
{
	if (result < 0 && (errno == EAGAIN || errno == EINTR))
		return (int)wish;
	return PULL_OVER;
}

/* Reads what is there into the empty buffer: bytes, or an enum pull. */
static int wire_pull(struct wire *wire)
{
	ssize_t got;
	int wish;

	if (wire->ssl) {
		ERR_clear_error();
		got = SSL_read(wire->ssl, wire->in, sizeof(wire->in));
		wish = got > 0 ? 0 : ssl_wish(wire, (int)got);
	} else {
		got = recv(wire->fd, wire->in, sizeof(wire->in), 0);
		wish = got > 0 ? 0 : socket_wish(got, PULL_READ);
	}
	if (got > 0) {
		wire->at = 0;
		wire->end = (size_t)got;
		return (int)got;
	}
	if (wish == PULL_OVER)
		wire->gone = true;
	return wish;
}

/* Waits as wished; -1 if there is nothing to wait for any more. */
static int wire_grant(struct wire *wire, int wish, int timeout_ms)
{
	short events = wish == PULL_WRITE ? POLLOUT : POLLIN;

	if (wish == PULL_OVER)
		return -1;
	return wire_poll(wire, events, timeout_ms);
}

int wire_handshake(struct wire *wire, SSL_CTX *context)
{
	int result;

	wire->ssl = SSL_new(context);
	if (!wire->ssl || SSL_set_fd(wire->ssl, wire->fd) != 1)
		die(EXIT_BROKEN, "cannot set up TLS for a connection");
	for (;;) {
		ERR_clear_error();
		result = SSL_accept(wire->ssl);
		if (result == 1)
			return 0;
		if (wire_grant(wire, ssl_wish(wire, result), -1) < 0) {
			wire->gone = true;
			return -1;
		}
	}
}

int wire_idle(struct wire *wire)
{
	while (wire->at == wire->end) {
		int got = wire_pull(wire);

		if (got <= 0 && wire_grant(wire, got, -1) < 0)
			return -1;
	}
	return 0;
}

int wire_read(struct wire *wire, struct text *text, size_t length)
{
	while (length) {
		size_t take;

		if (wire_idle(wire) < 0)
			return -1;
		take = wire->end - wire->at;
		if (take > length)
			take = length;
		text_add(text, wire->in + wire->at, take);
		wire->at += take;
		length -= take;
	}
	return 0;
}

int wire_line(struct wire *wire, struct text *text, size_t limit)
{
	for (;;) {
		const char *newline;
		size_t take;

		if (wire_idle(wire) < 0)
			return -1;
		take = wire->end - wire->at;
		newline = memchr(wire->in + wire->at, '\n', take);
		if (newline)
			take = (size_t)(newline - wire->in) - wire->at + 1;
		if (take > limit)
			return 1;
		text_add(text, wire->in + wire->at, take);
		wire->at += take;
		limit -= take;
		if (newline)
			return 0;
	}
}

int wire_send(struct wire *wire, const char *data, size_t length)
{
	while (length) {
		ssize_t sent;
		int wish;

		if (wire->gone)
			return -1;
		if (wire->ssl) {
			int most = length > INT_MAX ? INT_MAX : (int)length;

			ERR_clear_error();
			sent = SSL_write(wire->ssl, data, most);
			wish = sent > 0 ? 0 : ssl_wish(wire, (int)sent);
		} else {
			sent = send(wire->fd, data, length, MSG_NOSIGNAL);
			wish = sent > 0 ? 0 : socket_wish(sent, PULL_WRITE);
		}
		if (sent > 0) {
			data += sent;
			length -= (size_t)sent;
		} else if (wire_grant(wire, wish, -1) < 0) {
			wire->gone = true;
		}
	}
	return wire->gone ? -1 : 0;
}

int wire_wait(struct wire *wire, long milliseconds)
{
	double end = now_seconds() + (double)milliseconds / 1e3;

	for (;;) {
		double left = (end - now_seconds()) * 1e3;
		bool watch = wire->at == wire->end;
		int slice = left > 60e3 ? 60000 : (int)left + 1;
		int ready;

		if (wire->gone)
			return -1;
		if (left <= 0)
			return 0;
		ready = wire_poll(wire, watch ? POLLIN : 0, slice);
		if (ready > 0 && watch)
			wire_pull(wire);
		else if (ready > 0)
			wire->gone = true; /* events 0: only an error wakes */
	}
}

void wire_drain(struct wire *wire)
{
	double end = now_seconds() + DRAIN_MS / 1e3;
	size_t total = 0;

	if (!wire->ssl)
		shutdown(wire->fd, SHUT_WR);
	while (total < DRAIN_BYTES && now_seconds() < end) {
		int got = wire_pull(wire);

		if (got > 0)
			total += (size_t)got;
		else if (wire_grant(wire, got, DRAIN_MS) <= 0)
			return;
	}
}

void wire_close(struct wire *wire)
{
	if (wire->ssl) {
		ERR_clear_error();
		if (!wire->gone)
			SSL_shutdown(wire->ssl);
		SSL_free(wire->ssl);
	}
	close(wire->fd);
}

void wire_reset(struct wire *wire)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	SSL_free(wire->ssl);
	close(wire->fd);
}
