/* What the fake remembers: counters, one log line per request, the bodies. */
#include "log.h"

#include "exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct log {
	/* read-only after start */
	int fd; /* -1: no log */
	const char *bodies;
	/* guarded by lock */
	pthread_mutex_t lock;
	unsigned last_n;
	unsigned last_connection;
	unsigned requests;
	unsigned connections;
	unsigned bad_handshakes;
	unsigned in_flight;
	unsigned max_in_flight;
	json_t *stages; /* name: number */
	json_t *statuses;
	json_t *faults;
};

/* The stages are in the counters from the start, so that 0 can be read. */
static void stages_clear(struct log *log)
{
	static const char *const names[] = { "classification",
					     "script_deviation", "compliance",
					     "communication", "deep_dive" };

	json_object_clear(log->stages);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_set_new(log->stages, names[i], json_integer(0));
}

struct log *log_new(const char *file, const char *bodies)
{
	struct log *log = need(sizeof(*log));

	memset(log, 0, sizeof(*log));
	pthread_mutex_init(&log->lock, NULL);
	log->stages = json_object();
	log->statuses = json_object();
	log->faults = json_object();
	log->bodies = bodies;
	stages_clear(log);
	log->fd = -1;
	if (file)
		log->fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND,
			       0600);
	if (file && log->fd < 0)
		die(EXIT_USAGE, "%s: %s", file, strerror(errno));
	if (bodies && access(bodies, W_OK | X_OK))
		die(EXIT_USAGE, "%s: %s", bodies, strerror(errno));
	return log;
}

unsigned log_connection(struct log *log)
{
	unsigned number;

	pthread_mutex_lock(&log->lock);
	log->connections++;
	number = ++log->last_connection;
	pthread_mutex_unlock(&log->lock);
	return number;
}

void log_bad_handshake(struct log *log)
{
	pthread_mutex_lock(&log->lock);
	log->bad_handshakes++;
	pthread_mutex_unlock(&log->lock);
}

/* Adds one to a counter in an object; the lock is held. */
static void count(json_t *counters, const char *name)
{
	json_int_t before = json_integer_value(json_object_get(counters, name));

	json_object_set_new(counters, name, json_integer(before + 1));
}

/* Writes everything; a log that cannot be written is no log. */
static void write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			die(EXIT_BROKEN, "cannot write: %s", strerror(errno));
		data += written;
		length -= (size_t)written;
	}
}

static void keep_body(const struct log *log, const struct exchange *exchange)
{
	const struct text *body = &exchange->request.body;
	struct text name = { 0 };
	int fd;

	text_addf(&name, "%s/%u.json", log->bodies, exchange->n);
	fd = open(name.data, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		die(EXIT_BROKEN, "%s: %s", name.data, strerror(errno));
	write_all(fd, body->data, body->length);
	close(fd);
	text_release(&name);
}

void log_begin(struct log *log, struct exchange *exchange)
{
	pthread_mutex_lock(&log->lock);
	exchange->n = ++log->last_n;
	exchange->in_flight = ++log->in_flight;
	if (log->in_flight > log->max_in_flight)
		log->max_in_flight = log->in_flight;
	log->requests++;
	if (exchange->stage)
		count(log->stages, exchange->stage);
	pthread_mutex_unlock(&log->lock);
	if (log->bodies)
		keep_body(log, exchange);
}

void log_leave(struct log *log, const struct exchange *exchange)
{
	char status[16];

	snprintf(status, sizeof(status), "%d", exchange->status);
	pthread_mutex_lock(&log->lock);
	log->in_flight--;
	if (exchange->status)
		count(log->statuses, status);
	if (exchange->fault)
		count(log->faults, exchange->fault);
	pthread_mutex_unlock(&log->lock);
}

static json_t *string_or_null(const char *string)
{
	return string ? http_string_new(string, strlen(string)) : json_null();
}

/* Seconds since start, to the microsecond. */
static json_t *seconds_new(const struct exchange *exchange, double when)
{
	return json_real(round((when - exchange->fake->start) * 1e6) / 1e6);
}

void log_end(struct log *log, const struct exchange *exchange)
{
	const struct request *request = &exchange->request;
	json_t *line;
	char *dump;
	struct text out = { 0 };

	if (log->fd < 0)
		return;
	line = json_pack(
		"{sIsIsososososososIsIsisosOsbsI}", "n",
		(json_int_t)exchange->n, "connection",
		(json_int_t)exchange->connection, "t_start",
		seconds_new(exchange, exchange->t_start), "t_end",
		seconds_new(exchange, exchange->t_end), "method",
		string_or_null(request->method), "path",
		string_or_null(request->path), "stage",
		string_or_null(exchange->stage), "call",
		string_or_null(exchange->call), "attempt",
		(json_int_t)exchange->attempt, "body_bytes",
		(json_int_t)request->body.length, "status", exchange->status,
		"fault", string_or_null(exchange->fault), "headers",
		request->headers, "client_gone", (int)exchange->client_gone,
		"in_flight", (json_int_t)exchange->in_flight);
	dump = line ? json_dumps(line, JSON_COMPACT) : NULL;
	if (!dump)
		die(EXIT_BROKEN, "cannot write a log line as JSON");
	text_addf(&out, "%s\n", dump);
	pthread_mutex_lock(&log->lock);
	write_all(log->fd, out.data, out.length);
	pthread_mutex_unlock(&log->lock);
	text_release(&out);
	free(dump);
	json_decref(line);
}

json_t *log_stats(struct log *log)
{
	json_t *stats;

	pthread_mutex_lock(&log->lock);
	stats = json_pack("{sIsosIsIsIsIsoso}", "requests",
			  (json_int_t)log->requests, "stages",
			  json_deep_copy(log->stages), "connections",
			  (json_int_t)log->connections, "bad_handshakes",
			  (json_int_t)log->bad_handshakes, "in_flight",
			  (json_int_t)log->in_flight, "max_in_flight",
			  (json_int_t)log->max_in_flight, "statuses",
			  json_deep_copy(log->statuses), "faults",
			  json_deep_copy(log->faults));
	pthread_mutex_unlock(&log->lock);
	return stats;
}

void log_reset(struct log *log)
{
	pthread_mutex_lock(&log->lock);
	log->requests = log->connections = log->bad_handshakes = 0;
	log->max_in_flight = log->in_flight;
	stages_clear(log);
	json_object_clear(log->statuses);
	json_object_clear(log->faults);
	pthread_mutex_unlock(&log->lock);
}

void log_free(struct log *log)
{
	if (!log)
		return;
	if (log->fd >= 0)
		close(log->fd);
	json_decref(log->stages);
	json_decref(log->statuses);
	json_decref(log->faults);
	pthread_mutex_destroy(&log->lock);
	free(log);
}
