/* The thread behind the seam: many at once, kept connections, TLS, the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "net/transport.h"
#include "support/client.h"
#include "support/socket_server.h"
#include "support/test_ca.h"

static const char reply_ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/* One CA for all tests: keys take their time. */
static struct test_ca ca;
static SSL_CTX *tls;

static enum after answer_ok(struct peer *peer, const struct seen *seen,
			    void *ctx)
{
	(void)seen;
	(void)ctx;
	peer_puts(peer, reply_ok);
	return KEEP;
}

/* A request on a thread of its own. */
struct asker {
	pthread_t thread;
	struct transport *t;
	struct http_request request;
	struct http_reply reply;
	unsigned again; /* requests it performs, one after the other */
	unsigned good;  /* of these, replied to with "{}" */
	/* set when the last one has its reply */
	atomic_bool done;
};

static void *ask(void *arg)
{
	struct asker *a = arg;

	for (unsigned i = 0; i < a->again; i++) {
		if (i > 0)
			http_reply_release(&a->reply);
		client_perform(a->t, &a->request, &a->reply);
		if (a->reply.fault == HTTP_OK && a->reply.body.len == 2 &&
		    memcmp(a->reply.body.data, "{}", 2) == 0)
			a->good++;
	}
	atomic_store(&a->done, true);
	return NULL;
}

static void start_asker(struct asker *a, struct transport *t, const char *url,
			unsigned again)
{
	*a = (struct asker){ .t = t,
			     .request = client_request(url),
			     .again = again };
	assert_int_equal(pthread_create(&a->thread, NULL, ask, a), 0);
}

static void join_asker(struct asker *a)
{
	pthread_join(a->thread, NULL);
	http_reply_release(&a->reply);
}

/* ---- kept connections ------------------------------------------------ */

static void reuses_one_connection(const char *scheme, SSL_CTX *ctx,
				  const char *cacert)
{
	const struct server_script script = { .answer = answer_ok, .tls = ctx };
	struct socket_server *s = server_start(&script);
	struct transport *t = client_start(4, cacert);
	struct http_request request = client_request(
		client_url(scheme, server_port(s)));

	for (unsigned i = 1; i <= 50; i++) {
		struct http_reply reply;

		client_perform(t, &request, &reply);
		if (reply.fault != HTTP_OK)
			fail_msg("%s", reply.message);
		assert_int_equal(reply.status, 200);
		assert_string_equal(reply.body.data, "{}");
		assert_false(reply.possibly_billed);
		http_reply_release(&reply);
		assert_int_equal(server_requests(s), i);
	}
	assert_int_equal(server_connections(s), 1);
	transport_stop(t);
	server_stop(s);
}

static void keeps_a_connection(void **state)
{
	(void)state;
	reuses_one_connection("http", NULL, NULL);
}

static void keeps_a_secure_connection(void **state)
{
	(void)state;
	reuses_one_connection("https", tls, ca.file);
}

/* The second request of a connection is read whole and not answered. */
static enum after answer_once(struct peer *peer, const struct seen *seen,
			      void *ctx)
{
	const enum after *after = ctx;

	if (seen->on_connection > 1)
		return *after;
	peer_puts(peer, reply_ok);
	return KEEP;
}

/*
 * libcurl would send such a request again by itself, and the caller would not
 * know that it was paid for twice.
 */
static void sends_no_body_twice(enum after after, SSL_CTX *ctx, size_t len)
{
	const struct server_script script = { .answer = answer_once,
					      .ctx = &after,
					      .tls = ctx };
	static char bytes[200000];
	const struct text body = { bytes, len };
	struct socket_server *s = server_start(&script);
	struct transport *t = client_start(1, ca.file);
	struct http_request request = client_request(
		client_url(ctx ? "https" : "http", server_port(s)));
	static const enum http_fault faults[] = { HTTP_OK, HTTP_STALE, HTTP_OK,
						  HTTP_STALE };

	request.parts = &body;
	for (unsigned i = 0; i < LENGTH(faults); i++) {
		struct http_reply reply;

		client_perform(t, &request, &reply);
		if (reply.fault != faults[i])
			fail_msg("request %u: fault %d: %s", i, reply.fault,
				 reply.message);
		assert_int_equal(reply.possibly_billed, i % 2);
		assert_int_equal(server_requests(s), i + 1);
		http_reply_release(&reply);
	}
	transport_stop(t);
	server_stop(s);
}

static void sends_once_when_closed(void **state)
{
	(void)state;
	sends_no_body_twice(CLOSE, NULL, 2);
	sends_no_body_twice(CLOSE, NULL, 200000);
	sends_no_body_twice(CLOSE, tls, 20000);
}

static void sends_once_when_reset(void **state)
{
	(void)state;
	sends_no_body_twice(RESET, NULL, 2);
	sends_no_body_twice(RESET, NULL, 200000);
	sends_no_body_twice(RESET, tls, 20000);
}

/* ---- many at once ---------------------------------------------------- */

/* Answers when `party` requests are there at the same time; counts them. */
struct gathering {
	pthread_barrier_t party;
	atomic_uint present, most;
};

static enum after answer_gathering(struct peer *peer, const struct seen *seen,
				   void *ctx)
{
	struct gathering *g = ctx;
	unsigned present = atomic_fetch_add(&g->present, 1) + 1;
	unsigned most = atomic_load(&g->most);

	while (present > most &&
	       !atomic_compare_exchange_weak(&g->most, &most, present))
		;
	pthread_barrier_wait(&g->party);
	atomic_fetch_sub(&g->present, 1);
	return answer_ok(peer, seen, NULL);
}

/*
 * `count` threads ask `again` times, and `party` of them are met at once; one
 * thread is never the last that asks, unless it needs no company.
 */
static void gather(unsigned count, unsigned again, unsigned max, unsigned party,
		   SSL_CTX *ctx)
{
	struct gathering g = { .present = 0 };
	const struct server_script script = { .answer = answer_gathering,
					      .ctx = &g,
					      .tls = ctx };
	struct asker askers[32];
	struct socket_server *s;
	struct transport *t = client_start(max, ca.file);
	const char *url;

	assert_true(count <= LENGTH(askers));
	pthread_barrier_init(&g.party, NULL, party);
	s = server_start(&script);
	url = client_url(ctx ? "https" : "http", server_port(s));
	for (unsigned i = 0; i < count; i++)
		start_asker(&askers[i], t, url, again);
	for (unsigned i = 0; i < count; i++) {
		join_asker(&askers[i]);
		assert_int_equal(askers[i].good, again);
	}
	assert_int_equal(server_requests(s), count * again);
	assert_true(server_connections(s) <= max);
	assert_true(atomic_load(&g.most) <= max);
	transport_stop(t);
	server_stop(s);
	pthread_barrier_destroy(&g.party);
}

static void serves_32_at_once(void **state)
{
	(void)state;
	gather(32, 5, 32, 32, NULL);
}

static void serves_32_at_once_securely(void **state)
{
	(void)state;
	gather(32, 2, 32, 32, tls);
}

/* More threads than max_requests: the rest waits in line. */
static void keeps_to_its_number(void **state)
{
	(void)state;
	gather(32, 1, 2, 2, NULL);
	gather(8, 5, 1, 1, NULL);
}

/* ---- who is trusted -------------------------------------------------- */

static void check_trust(const char *names, const char *cacert,
			enum http_fault fault)
{
	SSL_CTX *ctx = test_ca_server(&ca, names);
	const struct server_script script = { .answer = answer_ok, .tls = ctx };
	struct socket_server *s = server_start(&script);
	struct transport *t = client_start(1, cacert);
	struct http_request request = client_request(
		client_url("https", server_port(s)));
	struct http_reply reply;

	client_perform(t, &request, &reply);
	if (reply.fault != fault)
		fail_msg("fault %d: %s", reply.fault, reply.message);
	if (fault == HTTP_CERT) {
		assert_non_null(strstr(reply.message, "127.0.0.1"));
		assert_non_null(strstr(reply.message, "cacert"));
		assert_false(reply.possibly_billed);
		assert_int_equal(server_requests(s), 0);
	}
	http_reply_release(&reply);
	transport_stop(t);
	server_stop(s);
	SSL_CTX_free(ctx);
}

static void trusts_whom_it_should(void **state)
{
	struct test_ca other;

	(void)state;
	test_ca_init(&other, "Another CA");
	check_trust("IP:127.0.0.1", ca.file, HTTP_OK);
	check_trust("IP:127.0.0.2", ca.file, HTTP_CERT);
	check_trust("DNS:localhost,DNS:*", ca.file, HTTP_CERT);
	check_trust("IP:127.0.0.1", other.file, HTTP_CERT);
	check_trust("IP:127.0.0.1", NULL, HTTP_CERT);
	test_ca_release(&other);
}

static void obeys_the_environment(void **state)
{
	struct test_ca other;

	(void)state;
	test_ca_init(&other, "Another CA");
	setenv("SSL_CERT_FILE", ca.file, 1);
	check_trust("IP:127.0.0.1", NULL, HTTP_OK);
	check_trust("IP:127.0.0.1", other.file, HTTP_CERT);
	setenv("SSL_CERT_FILE", other.file, 1);
	setenv("SSL_CERT_DIR", ca.folder, 1);
	check_trust("IP:127.0.0.1", NULL, HTTP_CERT);
	check_trust("IP:127.0.0.1", ca.file, HTTP_OK);
	unsetenv("SSL_CERT_FILE");
	check_trust("IP:127.0.0.1", NULL, HTTP_OK);
	setenv("SSL_CERT_DIR", other.folder, 1);
	check_trust("IP:127.0.0.1", NULL, HTTP_CERT);
	setenv("SSL_CERT_DIR", "", 1);
	setenv("SSL_CERT_FILE", "", 1);
	check_trust("IP:127.0.0.1", NULL, HTTP_CERT);
	client_clean_environment();
	test_ca_release(&other);
}

static void wants_a_ca_file_that_is_there(void **state)
{
	const struct http_options options = { .max_requests = 1,
					      .connect_timeout_ms = 1000,
					      .cacert = "/nowhere/ca.pem" };
	struct error err = ERROR_INIT;

	(void)state;
	assert_null(transport_start(&options, &err));
	assert_int_equal(err.code, ERR_CONFIG);
	assert_string_equal(err.where, "/nowhere/ca.pem");
}

/* ---- proxies --------------------------------------------------------- */

static enum after answer_407(struct peer *peer, const struct seen *seen,
			     void *ctx)
{
	(void)seen;
	(void)ctx;
	peer_puts(peer, "HTTP/1.1 407 Who are you?\r\n"
			"Proxy-Authenticate: Basic realm=\"x\"\r\n"
			"Content-Length: 0\r\n\r\n");
	return CLOSE;
}

static enum after answer_502(struct peer *peer, const struct seen *seen,
			     void *ctx)
{
	(void)seen;
	(void)ctx;
	peer_puts(peer, "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n");
	return CLOSE;
}

static void check_proxy(answer_fn *answer, enum http_fault fault)
{
	const struct server_script script = { .answer = answer };
	struct socket_server *s = server_start(&script);
	struct transport *t;
	struct http_request request = client_request(
		"https://upstream.invalid/v1");
	struct http_reply reply;

	setenv("https_proxy", client_url("http", server_port(s)), 1);
	t = client_start(1, NULL);
	client_perform(t, &request, &reply);
	if (reply.fault != fault)
		fail_msg("fault %d: %s", reply.fault, reply.message);
	assert_non_null(strstr(reply.message, "upstream.invalid"));
	assert_int_equal(server_requests(s), 1);
	assert_false(reply.possibly_billed);
	http_reply_release(&reply);
	transport_stop(t);
	server_stop(s);
	client_clean_environment();
}

static void uses_a_proxy(void **state)
{
	(void)state;
	check_proxy(answer_407, HTTP_PROXY);
	check_proxy(answer_502, HTTP_CONNECT);
}

/* Plain http goes to loopback, and a proxy would carry it elsewhere. */
static void keeps_loopback_from_proxies(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("all_proxy", "http://127.0.0.1:1/", 1);
	reuses_one_connection("http", NULL, NULL);
	client_clean_environment();
}

/* ---- the end --------------------------------------------------------- */

static enum after answer_never(struct peer *peer, const struct seen *seen,
			       void *ctx)
{
	(void)seen;
	(void)ctx;
	peer_ignore(peer);
	return CLOSE;
}

static void check_stopped(const struct http_reply *reply, bool billed)
{
	assert_int_equal(reply->fault, HTTP_STOPPED);
	assert_non_null(strstr(reply->message, "stopped"));
	assert_int_equal(reply->possibly_billed, billed);
}

/*
 * In line and new: end at once.  In flight: in time, and a second call makes
 * that shorter.  All say whether the body was sent.
 */
static void drains_what_hangs(void **state)
{
	const struct server_script script = { .answer = answer_never };
	struct socket_server *s = server_start(&script);
	struct transport *t = client_start(1, NULL);
	const char *url = client_url("http", server_port(s));
	struct asker first, second;
	struct http_request request = client_request(url);
	struct http_reply reply;

	(void)state;
	start_asker(&first, t, url, 1);
	server_await(s, 1); /* on its way; max_requests is 1 */
	start_asker(&second, t, url, 1);
	transport_drain(t, 60000);
	pthread_join(second.thread, NULL);
	check_stopped(&second.reply, false);
	client_perform(t, &request, &reply);
	check_stopped(&reply, false);
	assert_false(atomic_load(&first.done)); /* it has its grace */
	transport_drain(t, 50);
	pthread_join(first.thread, NULL);
	check_stopped(&first.reply, true);
	assert_in_range(first.reply.total_ms, 50, 5000 - 1);
	assert_int_equal(server_requests(s), 1);
	http_reply_release(&first.reply);
	http_reply_release(&second.reply);
	http_reply_release(&reply);
	transport_stop(t);
	server_stop(s);
}

/* A further call makes the time never longer. */
static void hurries(void **state)
{
	const struct server_script script = { .answer = answer_never };
	struct socket_server *s = server_start(&script);
	struct transport *t = client_start(1, NULL);
	struct asker asker;

	(void)state;
	start_asker(&asker, t, client_url("http", server_port(s)), 1);
	server_await(s, 1);
	transport_drain(t, 60000);
	transport_drain(t, 0);
	transport_drain(t, 60000);
	pthread_join(asker.thread, NULL);
	check_stopped(&asker.reply, true);
	assert_in_range(asker.reply.total_ms, 0, 1000);
	http_reply_release(&asker.reply);
	transport_stop(t);
	server_stop(s);
}

/* Answers as soon as the test has written a byte to the pipe. */
static enum after answer_released(struct peer *peer, const struct seen *seen,
				  void *ctx)
{
	const int *release = ctx;
	char byte;

	if (read(*release, &byte, 1) != 1)
		return CLOSE;
	return answer_ok(peer, seen, NULL);
}

static void lets_flights_land(void **state)
{
	int release[2];
	struct server_script script = { .answer = answer_released };
	struct socket_server *s;
	struct transport *t = client_start(1, NULL);
	struct asker asker;

	(void)state;
	assert_int_equal(pipe(release), 0);
	script.ctx = &release[0];
	s = server_start(&script);
	start_asker(&asker, t, client_url("http", server_port(s)), 1);
	server_await(s, 1);
	transport_drain(t, 60000);
	assert_int_equal(write(release[1], "x", 1), 1);
	join_asker(&asker);
	assert_int_equal(asker.good, 1);
	transport_stop(t);
	server_stop(s);
	close(release[0]);
	close(release[1]);
}

static void stops_and_starts(void **state)
{
	(void)state;
	transport_stop(NULL);
	for (int i = 0; i < 20; i++)
		transport_stop(client_start(4, NULL));
}

static void raises_the_file_limit(void **state)
{
	struct rlimit before, low, now;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	transport_stop(client_start(4, NULL));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	assert_int_equal(now.rlim_cur, 64); /* enough */
	transport_stop(client_start(200, NULL));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	assert_true(now.rlim_cur >= 232 || now.rlim_cur == before.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static int setup(void **state)
{
	(void)state;
	client_clean_environment();
	test_ca_init(&ca, "Test CA");
	tls = test_ca_server(&ca, "IP:127.0.0.1,DNS:localhost");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	SSL_CTX_free(tls);
	test_ca_release(&ca);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_a_connection),
		cmocka_unit_test(keeps_a_secure_connection),
		cmocka_unit_test(sends_once_when_closed),
		cmocka_unit_test(sends_once_when_reset),
		cmocka_unit_test(serves_32_at_once),
		cmocka_unit_test(serves_32_at_once_securely),
		cmocka_unit_test(keeps_to_its_number),
		cmocka_unit_test(trusts_whom_it_should),
		cmocka_unit_test(obeys_the_environment),
		cmocka_unit_test(wants_a_ca_file_that_is_there),
		cmocka_unit_test(uses_a_proxy),
		cmocka_unit_test(keeps_loopback_from_proxies),
		cmocka_unit_test(drains_what_hangs),
		cmocka_unit_test(hurries),
		cmocka_unit_test(lets_flights_land),
		cmocka_unit_test(stops_and_starts),
		cmocka_unit_test(raises_the_file_limit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
