/* A server in the test's own process that can be as rude as a test wants. */
#include "support/socket_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
/* last: it needs some of those before */
#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"

#define REQUEST_LIMIT ((size_t)8 << 20)

struct peer {
	struct socket_server *server;
	struct peer *next;
	pthread_t thread;
	int fd; /* guarded by the server's lock; -1: closed */
	SSL *ssl;
	unsigned requests;
};

struct socket_server {
	/* set before start, read-only */
	struct server_script script;
	int listener;
	unsigned port;
	pthread_t thread;
	/* guarded by lock */
	pthread_mutex_t lock;
	pthread_cond_t arrival;
	struct peer *peers;
	unsigned requests, connections;
	bool stopping;
};

/* ---- one connection -------------------------------------------------- */

static ssize_t peer_recv(struct peer *peer, char *to, size_t size)
{
	if (peer->ssl)
		return SSL_read(peer->ssl, to, (int)size);
	return recv(peer->fd, to, size, 0);
}

void peer_send(struct peer *peer, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if (peer->ssl)
			n = SSL_write(peer->ssl, data, (int)len);
		else
			n = send(peer->fd, data, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

void peer_puts(struct peer *peer, const char *text)
{
	peer_send(peer, text, strlen(text));
}

bool peer_gone(struct peer *peer, int ms)
{
	struct pollfd p = { .fd = peer->fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

void peer_ignore(struct peer *peer)
{
	char chunk[4096];

	while (peer_recv(peer, chunk, sizeof(chunk)) > 0)
		;
}

/* The number after a header's name, 0 without one. */
static size_t content_length(const char *head)
{
	static const char name[] = "\r\ncontent-length:";

	for (const char *s = head; *s; s++)
		if (strncasecmp(s, name, sizeof(name) - 1) == 0)
			return strtoul(s + sizeof(name) - 1, NULL, 10);
	return 0;
}

/* Reads one whole request; false when the client is gone. */
static bool read_request(struct peer *peer, struct buf *b, struct seen *seen)
{
	char chunk[65536], *end = NULL;
	size_t head_len = 0, need = 0;
	ssize_t n;

	buf_clear(b);
	for (;;) {
		if (!head_len && b->data &&
		    (end = strstr(b->data, "\r\n\r\n"))) {
			*end = '\0';
			head_len = (size_t)(end + 4 - b->data);
			need = head_len + content_length(b->data);
		}
		if (head_len && b->len >= need)
			break;
		n = peer_recv(peer, chunk, sizeof(chunk));
		if (n <= 0)
			return false;
		buf_put(b, chunk, (size_t)n);
		if (buf_failed(b))
			return false;
	}
	seen->head = b->data;
	seen->body = b->data + head_len;
	seen->body_len = b->len - head_len;
	return true;
}

static void count_request(struct peer *peer, struct seen *seen)
{
	struct socket_server *s = peer->server;

	pthread_mutex_lock(&s->lock);
	seen->number = ++s->requests;
	seen->on_connection = ++peer->requests;
	pthread_cond_broadcast(&s->arrival);
	pthread_mutex_unlock(&s->lock);
}

static void peer_close(struct peer *peer, enum after how)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (how == RESET)
		setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	pthread_mutex_lock(&peer->server->lock);
	close(peer->fd);
	peer->fd = -1;
	pthread_mutex_unlock(&peer->server->lock);
}

static bool handshake(struct peer *peer)
{
	if (!peer->server->script.tls)
		return true;
	peer->ssl = SSL_new(peer->server->script.tls);
	SSL_set_fd(peer->ssl, peer->fd);
	return SSL_accept(peer->ssl) == 1;
}

static void *serve(void *arg)
{
	struct peer *peer = arg;
	const struct server_script *script = &peer->server->script;
	struct seen seen = { .head = "", .body = "" };
	struct buf b;
	enum after after = KEEP;

	buf_init(&b, REQUEST_LIMIT);
	if (handshake(peer)) {
		while (after == KEEP) {
			if (!script->blind && !read_request(peer, &b, &seen))
				break;
			count_request(peer, &seen);
			after = script->answer(peer, &seen, script->ctx);
		}
	}
	buf_release(&b);
	SSL_free(peer->ssl);
	peer_close(peer, after);
	return NULL;
}

/* ---- the server ------------------------------------------------------ */

static void add_peer(struct socket_server *s, int fd)
{
	struct peer *peer = xcalloc(1, sizeof(*peer));
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	peer->server = s;
	peer->fd = fd;
	pthread_mutex_lock(&s->lock);
	s->connections++;
	peer->next = s->peers;
	s->peers = peer;
	if (s->stopping)
		shutdown(fd, SHUT_RDWR);
	if (pthread_create(&peer->thread, NULL, serve, peer) != 0)
		abort();
	pthread_mutex_unlock(&s->lock);
}

static void *accept_all(void *arg)
{
	struct socket_server *s = arg;
	int fd;

	/* ends when server_stop() shuts the listener down */
	while ((fd = accept(s->listener, NULL, NULL)) >= 0)
		add_peer(s, fd);
	return NULL;
}

struct socket_server *server_start(const struct server_script *script)
{
	struct socket_server *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
	s->script = *script;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->arrival, NULL);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(s->listener >= 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&address, len),
			 0);
	assert_int_equal(listen(s->listener, 128), 0);
	assert_int_equal(
		getsockname(s->listener, (struct sockaddr *)&address, &len), 0);
	s->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, accept_all, s), 0);
	return s;
}

void server_stop(struct socket_server *s)
{
	struct peer *peer;

	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	for (peer = s->peers; peer; peer = peer->next)
		if (peer->fd >= 0)
			shutdown(peer->fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	while ((peer = s->peers)) {
		s->peers = peer->next;
		pthread_join(peer->thread, NULL);
		free(peer);
	}
	close(s->listener);
	pthread_cond_destroy(&s->arrival);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

unsigned server_port(const struct socket_server *s)
{
	return s->port;
}

unsigned server_requests(struct socket_server *s)
{
	unsigned n;

	pthread_mutex_lock(&s->lock);
	n = s->requests;
	pthread_mutex_unlock(&s->lock);
	return n;
}

unsigned server_connections(struct socket_server *s)
{
	unsigned n;

	pthread_mutex_lock(&s->lock);
	n = s->connections;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void server_await(struct socket_server *s, unsigned count)
{
	pthread_mutex_lock(&s->lock);
	while (s->requests < count)
		pthread_cond_wait(&s->arrival, &s->lock);
	pthread_mutex_unlock(&s->lock);
}
