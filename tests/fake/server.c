/* Listens on loopback and gives every connection a thread. */
#include "server.h"

#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG      1024
#define STACK_BYTES  (2UL << 20)
#define LAST_SECONDS 2  /* for the connections to end */
#define CROWDED_MS   20 /* until accept() is tried again without descriptors */

/*
 * A byte in this pipe, which nobody reads, says to every thread that polls it
 * that the server ends. The handler may write to it.
 */
static int stop_pipe[2] = { -1, -1 };

/* How many connection threads there are. */
static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t threads_fewer = PTHREAD_COND_INITIALIZER;
static unsigned threads;

/* What a connection thread is given, and frees. */
struct guest {
	struct fake *fake;
	SSL_CTX *tls;
	struct wire wire;
};

static void stop(int signal)
{
	int kept = errno;
	ssize_t ignored = write(stop_pipe[1], "", 1);

	(void)signal;
	(void)ignored;
	errno = kept;
}

static void signals_init(void)
{
	struct sigaction ending = { .sa_handler = stop };
	struct sigaction ignoring = { .sa_handler = SIG_IGN };

	if (pipe(stop_pipe))
		die(EXIT_BROKEN, "pipe: %s", strerror(errno));
	for (int i = 0; i < 2; i++)
		fcntl(stop_pipe[i], F_SETFL, O_NONBLOCK);
	sigaction(SIGTERM, &ending, NULL);
	sigaction(SIGINT, &ending, NULL);
	sigaction(SIGPIPE, &ignoring, NULL);
}

/* Of the protocols the client offers, HTTP/1.1 or none. */
static int choose_protocol(SSL *ssl, const unsigned char **out,
			   unsigned char *length, const unsigned char *offered,
			   unsigned offered_length, void *context)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)context;
	if (SSL_select_next_proto(&chosen, length, ours, sizeof(ours) - 1,
				  offered,
				  offered_length) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *tls_new(const char *cert, const char *key)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (!tls)
		die(EXIT_BROKEN, "cannot set up TLS");
	if (SSL_CTX_use_certificate_chain_file(tls, cert) != 1)
		die(EXIT_USAGE, "%s: no certificate chain in PEM", cert);
	if (SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		die(EXIT_USAGE, "%s: not the certificate's key in PEM", key);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_alpn_select_cb(tls, choose_protocol, NULL);
	return tls;
}

void server_open(struct server *server, struct fake *fake, const char *cert,
		 const char *key)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	struct sockaddr *generic = (struct sockaddr *)&address;

	memset(server, 0, sizeof(*server));
	server->fake = fake;
	signals_init();
	if (cert)
		server->tls = tls_new(cert, key);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (server->listener < 0 || bind(server->listener, generic, size) ||
	    listen(server->listener, BACKLOG) ||
	    getsockname(server->listener, generic, &size))
		die(EXIT_BROKEN, "cannot listen: %s", strerror(errno));
	fcntl(server->listener, F_SETFL, O_NONBLOCK);
	server->port = ntohs(address.sin_port);
}

static void one_thread_fewer(void)
{
	pthread_mutex_lock(&threads_lock);
	threads--;
	pthread_cond_signal(&threads_fewer);
	pthread_mutex_unlock(&threads_lock);
}

static void *serve_guest(void *argument)
{
	struct guest *guest = argument;
	struct log *log = guest->fake->log;
	unsigned connection = log_connection(log);

	if (guest->tls && wire_handshake(&guest->wire, guest->tls) < 0) {
		log_bad_handshake(log);
		wire_close(&guest->wire);
	} else {
		serve(guest->fake, &guest->wire, connection);
	}
	free(guest);
	one_thread_fewer();
	return NULL;
}

/* Takes an accepted socket to a thread of its own. */
static void welcome(const struct server *server, int fd,
		    const pthread_attr_t *attributes)
{
	struct guest *guest = need(sizeof(*guest));
	pthread_t thread;

	guest->fake = server->fake;
	guest->tls = server->tls;
	wire_init(&guest->wire, fd, stop_pipe[0]);
	pthread_mutex_lock(&threads_lock);
	threads++;
	pthread_mutex_unlock(&threads_lock);
	if (!pthread_create(&thread, attributes, serve_guest, guest))
		return;
	wire_close(&guest->wire); /* as a crowded upstream does */
	free(guest);
	one_thread_fewer();
}

/* Waits for the threads to end; false if some did not. */
static bool farewell(void)
{
	struct timespec until;
	int late = 0;
	bool all;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LAST_SECONDS;
	pthread_mutex_lock(&threads_lock);
	while (threads && !late)
		late = pthread_cond_timedwait(&threads_fewer, &threads_lock,
					      &until);
	all = !threads;
	pthread_mutex_unlock(&threads_lock);
	return all;
}

bool server_run(struct server *server, double seconds)
{
	double end = now_seconds() + seconds;
	struct pollfd fds[2] = {
		{ .fd = server->listener, .events = POLLIN },
		{ .fd = stop_pipe[0], .events = POLLIN },
	};
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (!fds[1].revents && now_seconds() < end) {
		double left = (end - now_seconds()) * 1e3;
		int fd;

		if (poll(fds, 2, left > 60e3 ? 60000 : (int)left + 1) <= 0)
			continue;
		if (!fds[0].revents)
			continue;
		fd = accept(server->listener, NULL, NULL);
		if (fd >= 0)
			welcome(server, fd, &attributes);
		else if (errno == EMFILE || errno == ENFILE)
			poll(&fds[1], 1, CROWDED_MS);
	}
	pthread_attr_destroy(&attributes);
	stop(0);
	return farewell();
}

void server_close(struct server *server)
{
	close(server->listener);
	SSL_CTX_free(server->tls);
}
