/*
 * The transport thread: takes requests from a queue, drives them all at once,
 * and wakes who waits for them.
 */
#include "net/transport.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "net/exchange.h"

enum {
	POLL_MS = 1000,       /* longest sleep, whatever anybody forgot */
	OVERDUE_MS = 500,     /* past its deadline a request is ours to end */
	PAUSE_MS = 100,       /* after a poll that failed, lest we spin */
	GAP_MS = 1000,        /* overslept by more, we were not running */
	OWN_FILES = 32,       /* everything that is no connection */
	FEWEST_FILES = 12,    /* what that is at the least */
	FILES_PER_REQUEST = 3 /* a connection, and its name being resolved */
};

/* The oldest libcurl we can do with: it has CURLOPT_QUICK_EXIT. */
static const unsigned CURL_NEEDED = 0x075700;

/* A thread that waits for its reply; lives on that thread's stack. */
struct ticket {
	/* set before it is queued, read-only */
	const struct http_request *request;
	struct http_reply *reply;
	/* guarded by the transport's lock while queued */
	struct ticket *next;
	/* posted once, when *reply is complete */
	sem_t done;
};

/* A handle and whose request is on it. */
struct slot {
	struct exchange exchange;
	struct ticket *ticket;
	int64_t started;
	int64_t overdue; /* when we end it if libcurl has not */
	unsigned index;  /* in running */
};

struct transport {
	/* set before start, read-only */
	struct exchange_options options;
	char *cacert, *ca_path, *user_agent;
	unsigned max;
	struct clock clock;
	pthread_t thread;
	CURLM *multi; /* others only call curl_multi_wakeup() */

	/* guarded by lock */
	pthread_mutex_t lock;
	struct ticket *first, **last; /* the queue */
	bool asleep;                  /* polling: a wakeup is needed */
	bool draining, stopping;
	int64_t drain_at;

	/* owned by the transport thread */
	struct slot **running, **idle;
	unsigned running_count, idle_count;
	int64_t next_overdue; /* no request is overdue before */
	int64_t looked_at;    /* when it last asked how late it is */
};

static int64_t now_ms(const struct transport *t)
{
	return t->clock.now(t->clock.ctx);
}

/* ---- the waiting side ------------------------------------------------ */

/* Wakes the thread unless it is awake or was woken already.  Under the lock. */
static void wake_transport(struct transport *t)
{
	if (!t->asleep)
		return;
	t->asleep = false;
	curl_multi_wakeup(t->multi);
}

/* False if the transport takes nothing any more. */
static bool enqueue(struct transport *t, struct ticket *ticket)
{
	bool taken;

	pthread_mutex_lock(&t->lock);
	taken = !t->draining && !t->stopping;
	if (taken) {
		*t->last = ticket;
		t->last = &ticket->next;
		wake_transport(t);
	}
	pthread_mutex_unlock(&t->lock);
	return taken;
}

static void refuse_stopped(struct http_reply *reply)
{
	http_reply_clear(reply);
	http_reply_fail(reply, HTTP_STOPPED,
			"the run was stopped before the request was sent");
	reply->unsent = true;
}

static void transport_perform(void *ctx, const struct http_request *request,
			      struct http_reply *reply)
{
	struct transport *t = ctx;
	struct ticket ticket = { .request = request, .reply = reply };

	sem_init(&ticket.done, 0, 0);
	if (enqueue(t, &ticket)) {
		while (sem_wait(&ticket.done) < 0)
			; /* a signal's handler ran */
	} else {
		refuse_stopped(reply);
	}
	sem_destroy(&ticket.done);
	exchange_doubt_name(request->url, reply);
}

struct http transport_http(struct transport *t)
{
	return (struct http){ .perform = transport_perform, .ctx = t };
}

void transport_drain(struct transport *t, int64_t grace_ms)
{
	int64_t at = now_ms(t) + grace_ms;

	pthread_mutex_lock(&t->lock);
	t->draining = true;
	if (at < t->drain_at)
		t->drain_at = at;
	wake_transport(t);
	pthread_mutex_unlock(&t->lock);
}

/* ---- the transport thread -------------------------------------------- */

/* The reply is complete: the ticket is its owner's again. */
static void hand_back(struct ticket *ticket)
{
	sem_post(&ticket->done);
}

/* A handle to use, NULL if there cannot be one more. */
static struct slot *get_slot(struct transport *t)
{
	struct slot *slot;

	if (t->idle_count > 0)
		return t->idle[--t->idle_count];
	slot = xcalloc(1, sizeof(*slot));
	if (exchange_init(&slot->exchange, &t->options, slot) == 0)
		return slot;
	free(slot);
	return NULL;
}

static void free_slot(struct slot *slot)
{
	exchange_release(&slot->exchange);
	free(slot);
}

/* Puts the request on the slot's handle; -1 if it ended at once. */
static int launch(struct transport *t, struct slot *slot)
{
	if (exchange_begin(&slot->exchange, slot->ticket->request,
			   slot->ticket->reply) < 0)
		return -1;
	if (curl_multi_add_handle(t->multi, slot->exchange.easy) == CURLM_OK)
		return 0;
	return exchange_refuse(&slot->exchange, "libcurl takes no handle");
}

static void start(struct transport *t, struct ticket *ticket)
{
	struct slot *slot = get_slot(t);

	if (!slot) {
		http_reply_clear(ticket->reply);
		http_reply_fail(ticket->reply, HTTP_BROKEN,
				"libcurl gives no further handle");
		ticket->reply->unsent = true;
		hand_back(ticket);
		return;
	}
	slot->ticket = ticket;
	slot->started = now_ms(t);
	slot->overdue = slot->started + ticket->request->timeout_ms +
			OVERDUE_MS;
	if (launch(t, slot) < 0) {
		t->idle[t->idle_count++] = slot;
		hand_back(ticket);
		return;
	}
	if (slot->overdue < t->next_overdue)
		t->next_overdue = slot->overdue;
	slot->index = t->running_count;
	t->running[t->running_count++] = slot;
}

/* Takes the handle out of the multi handle; the request's end comes next. */
static void detach(struct transport *t, struct slot *slot)
{
	struct slot *moved = t->running[--t->running_count];

	curl_multi_remove_handle(t->multi, slot->exchange.easy);
	t->running[slot->index] = moved;
	moved->index = slot->index;
	t->idle[t->idle_count++] = slot;
}

static void finish(struct transport *t, struct slot *slot, CURLcode code)
{
	detach(t, slot);
	exchange_end(&slot->exchange, code);
	slot->ticket->reply->total_ms = now_ms(t) - slot->started;
	hand_back(slot->ticket);
}

static void abandon(struct transport *t, struct slot *slot,
		    enum http_fault fault)
{
	detach(t, slot);
	exchange_abandon(&slot->exchange, fault);
	slot->ticket->reply->total_ms = now_ms(t) - slot->started;
	hand_back(slot->ticket);
}

/* Hands back what libcurl has ended. */
static void collect(struct transport *t)
{
	struct slot *slot;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(t->multi, &left))) {
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
				  (char **)&slot);
		finish(t, slot, code); /* frees *message */
	}
}

/* Ends what libcurl should have ended; it never has had to, so far. */
static void end_overdue(struct transport *t, int64_t now)
{
	if (now < t->next_overdue)
		return;
	t->next_overdue = INT64_MAX;
	for (unsigned i = t->running_count; i-- > 0;) {
		struct slot *slot = t->running[i];

		if (slot->overdue <= now)
			abandon(t, slot, HTTP_TIMEOUT);
		else if (slot->overdue < t->next_overdue)
			t->next_overdue = slot->overdue;
	}
}

/* libcurl itself is broken: everything in flight ends, and we do not spin. */
static void end_broken(struct transport *t)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	while (t->running_count > 0)
		finish(t, t->running[0], CURLE_FAILED_INIT);
	nanosleep(&pause, NULL);
}

/*
 * Takes from the queue what there is room for: starts it, or refuses it while
 * draining.  False when it is time to end.
 */
static bool admit(struct transport *t)
{
	struct ticket *batch = NULL, **last = &batch, *ticket;
	unsigned room = t->max - t->running_count;
	int64_t drain_at;
	bool draining, stopping;

	pthread_mutex_lock(&t->lock);
	t->asleep = false;
	draining = t->draining || t->stopping;
	stopping = t->stopping;
	drain_at = t->drain_at;
	while (t->first && (room > 0 || draining)) {
		*last = t->first;
		last = &t->first->next;
		t->first = t->first->next;
		room -= room > 0;
	}
	*last = NULL;
	if (!t->first)
		t->last = &t->first;
	pthread_mutex_unlock(&t->lock);

	while ((ticket = batch)) {
		batch = ticket->next; /* the ticket is gone after its end */
		if (draining) {
			refuse_stopped(ticket->reply);
			hand_back(ticket);
		} else {
			start(t, ticket);
		}
	}
	if (stopping || (draining && now_ms(t) >= drain_at))
		while (t->running_count > 0)
			abandon(t, t->running[0], HTTP_STOPPED);
	return !stopping;
}

/*
 * How long to poll; 0 if there is something to do first.  From here on whoever
 * queues something wakes the poll, once.
 */
static int time_to_sleep(struct transport *t)
{
	int64_t until = t->next_overdue, now = now_ms(t);
	bool room = t->running_count < t->max;

	pthread_mutex_lock(&t->lock);
	if (t->stopping || (t->first && (room || t->draining)))
		until = now;
	else if (t->draining && t->drain_at < until && t->running_count > 0)
		until = t->drain_at;
	t->asleep = until > now;
	pthread_mutex_unlock(&t->lock);
	if (until <= now)
		return 0;
	return until - now < POLL_MS ? (int)(until - now) : POLL_MS;
}

/*
 * A process that was stopped (ctrl-Z, SIGSTOP, a frozen machine) has replies
 * waiting that came meanwhile.  They are paid for: that time does not count,
 * neither for requests nor for the grace period.
 */
static void forgive_gap(struct transport *t, int64_t slept_ms)
{
	int64_t now = now_ms(t), gap = now - t->looked_at - slept_ms;

	t->looked_at = now;
	if (gap <= GAP_MS)
		return;
	for (unsigned i = 0; i < t->running_count; i++) {
		t->running[i]->overdue += gap;
		exchange_extend(&t->running[i]->exchange, gap);
	}
	if (t->next_overdue != INT64_MAX)
		t->next_overdue += gap;
	pthread_mutex_lock(&t->lock);
	if (t->draining)
		t->drain_at += gap;
	pthread_mutex_unlock(&t->lock);
}

static void *transport_main(void *arg)
{
	struct transport *t = arg;
	CURLMcode code;
	int running, ms;

	t->looked_at = now_ms(t);
	while (admit(t)) {
		code = curl_multi_perform(t->multi, &running);
		collect(t);
		end_overdue(t, now_ms(t));
		ms = time_to_sleep(t);
		if (code == CURLM_OK && ms > 0)
			code = curl_multi_poll(t->multi, NULL, 0, ms, NULL);
		forgive_gap(t, ms);
		if (code != CURLM_OK)
			end_broken(t);
	}
	return NULL;
}

/* ---- start and stop -------------------------------------------------- */

static int check_libcurl(struct error *err)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	static const struct {
		int feature;
		const char *lack;
	} needed[] = {
		{ CURL_VERSION_SSL, "TLS" },
		{ CURL_VERSION_ASYNCHDNS, "a resolver that does not block" },
		{ CURL_VERSION_THREADSAFE, "thread-safe initialisation" },
	};

	if (v->version_num < CURL_NEEDED)
		return error_set(err, ERR_INTERNAL, NULL,
				 "libcurl %s is too old, 7.87.0 is needed",
				 v->version);
	for (size_t i = 0; i < LENGTH(needed); i++)
		if (!(v->features & needed[i].feature))
			return error_set(err, ERR_INTERNAL, NULL,
					 "this libcurl (%s) lacks %s",
					 v->version, needed[i].lack);
	return 0;
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/*
 * Who is trusted: the setting, else the variables that curl(1) obeys, else
 * what libcurl was built with.  A directory is only set if we must: it keeps
 * libcurl from parsing the CAs once for all connections.
 */
static int choose_cas(struct transport *t, const char *cacert,
		      struct error *err)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	const char *path = NULL;

	if (!cacert)
		cacert = environment("SSL_CERT_FILE");
	if (cacert && access(cacert, R_OK) != 0)
		return error_set(err, ERR_CONFIG, cacert,
				 "cannot read the CA file: %s",
				 strerror(errno));
	if (!cacert) {
		path = environment("SSL_CERT_DIR");
		cacert = v->cainfo;
		if (!path && !cacert)
			path = v->capath;
	}
	t->cacert = cacert ? xstrdup(cacert) : NULL;
	t->ca_path = path ? xstrdup(path) : NULL;
	return 0;
}

/*
 * Some files a request, and a few more: as many as we may have.  Returns how
 * many requests they suffice for, at least one.
 */
static unsigned raise_file_limit(unsigned max_requests)
{
	rlim_t need = (rlim_t)max_requests * FILES_PER_REQUEST + OWN_FILES;
	struct rlimit limit, higher;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= need)
		return max_requests;
	higher = limit;
	higher.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &higher) == 0)
		limit = higher;
	if (limit.rlim_cur >= need)
		return max_requests;
	if (limit.rlim_cur <= FEWEST_FILES + 1)
		return 1;
	need = (limit.rlim_cur - FEWEST_FILES) / 2;
	return need < max_requests ? (unsigned)need : max_requests;
}

static int make_multi(struct transport *t, struct error *err)
{
	t->multi = curl_multi_init();
	if (!t->multi)
		return error_set(err, ERR_INTERNAL, NULL,
				 "libcurl cannot start");
	/* without its pair of sockets a request could wait for a second */
	if (curl_multi_wakeup(t->multi) != CURLM_OK)
		return error_set(err, ERR_INTERNAL, NULL,
				 "libcurl cannot be woken: no file left?");
	/*
	 * As many connections are kept as can be busy.  Their number has no
	 * limit of its own: where libcurl makes a request wait, its time runs.
	 */
	curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, (long)t->max);
	return 0;
}

/* Signals are the main thread's: this one and its resolvers get none. */
static int start_thread(struct transport *t, struct error *err)
{
	static const int faults[] = { SIGSEGV, SIGBUS,  SIGFPE,
				      SIGILL,  SIGABRT, SIGTRAP };
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	for (size_t i = 0; i < LENGTH(faults); i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&t->thread, NULL, transport_main, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		return error_set(err, ERR_INTERNAL, NULL,
				 "no thread for the network: %s", strerror(rc));
	return 0;
}

static void release(struct transport *t)
{
	for (unsigned i = 0; i < t->idle_count; i++)
		free_slot(t->idle[i]);
	curl_multi_cleanup(t->multi);
	curl_global_cleanup();
	pthread_mutex_destroy(&t->lock);
	free(t->running);
	free(t->idle);
	free(t->cacert);
	free(t->ca_path);
	free(t->user_agent);
	free(t);
}

struct transport *transport_start(const struct http_options *options,
				  struct error *err)
{
	struct transport *t;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		error_set(err, ERR_INTERNAL, NULL, "libcurl cannot start");
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->max = options->max_requests ? options->max_requests : 1;
	t->running = xcalloc(t->max, sizeof(struct slot *));
	t->idle = xcalloc(t->max, sizeof(struct slot *));
	t->clock = clock_system(NULL);
	t->last = &t->first;
	t->drain_at = t->next_overdue = INT64_MAX;
	pthread_mutex_init(&t->lock, NULL);
	if (options->user_agent)
		t->user_agent = xstrdup(options->user_agent);
	if (check_libcurl(err) < 0 || choose_cas(t, options->cacert, err) < 0) {
		release(t);
		return NULL;
	}
	t->options = (struct exchange_options){
		.user_agent = t->user_agent,
		.ca_file = t->cacert,
		.ca_path = t->ca_path,
		.connect_timeout_ms = options->connect_timeout_ms,
		.http2 = http2_trusted(
			curl_version_info(CURLVERSION_NOW)->version_num),
	};
	t->max = raise_file_limit(t->max);
	if (make_multi(t, err) < 0 || start_thread(t, err) < 0) {
		release(t);
		return NULL;
	}
	return t;
}

void transport_stop(struct transport *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	wake_transport(t);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	release(t);
}
