/* Serves the requests of one connection, one after the other. */
#include "serve.h"

#include "chat.h"
#include "promptlayer.h"

#include <stdlib.h>
#include <string.h>

static void stats_respond(struct exchange *exchange)
{
	exchange->reply.document = log_stats(exchange->fake->log);
}

static void reset_respond(struct exchange *exchange)
{
	script_reset(exchange->fake->script);
	log_reset(exchange->fake->log);
	exchange->reply.document = json_object();
}

/* GET .../key: what OpenRouter says of the key that asks. */
static void key_respond(struct exchange *exchange)
{
	const char *key = request_header_peek(&exchange->request,
					      "authorization");

	if (!key || strncmp(key, "Bearer ", 7)) {
		reply_error(&exchange->reply, 401, "No auth credentials found");
		return;
	}
	exchange->reply.document = json_pack(
		"{s:{s:s, s:n, s:n, s:f, s:b}}", "data", "label", "fake",
		"limit", "limit_remaining", "usage", 1.25, "is_free_tier", 0);
}

static void not_found(struct exchange *exchange)
{
	reply_error(&exchange->reply, 404, "Nothing answers this path");
}

/* The first row that fits answers; the last one fits everything. */
static const struct route routes[] = {
	{ "POST", "/chat/completions", false, chat_identify, chat_respond },
	{ "GET", "/v1/key", false, NULL, key_respond },
	{ "GET", "/prompt-templates/", false, NULL, promptlayer_get },
	{ "POST", "/rest/prompt-templates/", false, NULL, promptlayer_post },
	{ "GET", "/stats", true, NULL, stats_respond },
	{ "POST", "/reset", true, NULL, reset_respond },
	{ NULL, "", false, NULL, not_found },
};

/* A control path is the whole path. */
static bool route_fits(const struct route *route, const struct request *request)
{
	size_t length = strlen(route->path);
	bool part = length > 0 && route->path[length - 1] == '/';

	return !strcmp(route->method, request->method) &&
	       (part ? strstr(request->path, route->path) != NULL
		     : request_path_ends(request, route->path)) &&
	       (!route->control ||
		strcspn(request->path, "?") == strlen(route->path));
}

static const struct route *route_find(const struct request *request)
{
	const struct route *route = routes;

	while (route->method && !route_fits(route, request))
		route++;
	return route;
}

/* Answers what the tests ask the fake about itself. */
static enum ending serve_control(struct exchange *exchange,
				 const struct route *route, struct wire *wire)
{
	reply_init(&exchange->reply, 200);
	exchange->reply.close = exchange->request.close;
	route->respond(exchange);
	reply_finish(&exchange->reply);
	return reply_send(&exchange->reply, wire);
}

/*
 * Fills the reply: `refused` is the status to refuse a broken request with,
 * or 0; a doomed connection gets none.
 */
static void make_reply(struct exchange *exchange, const struct route *route,
		       int refused, bool doomed)
{
	const struct subject subject = { &exchange->request, exchange->stage,
					 exchange->call, exchange->connection,
					 exchange->t_start };
	struct reply *reply = &exchange->reply;

	reply_init(reply, 200);
	exchange->rule = script_next(exchange->fake->script, &subject,
				     !refused && !doomed, &exchange->attempt,
				     &exchange->nth);
	if (refused)
		reply_error(reply, refused,
			    "The request is not HTTP as it "
			    "should be");
	else
		route->respond(exchange);
	if (exchange->rule)
		script_apply(exchange->rule, reply);
	reply->close = refused || exchange->request.close;
	reply_finish(reply);
}

/* Waits as long as the model takes, then sends the reply, or its fault. */
static enum ending send_reply(struct exchange *exchange, struct wire *wire)
{
	const struct reply *reply = &exchange->reply;
	const struct fault *fault = reply->fault;
	struct log *log = exchange->fake->log;
	enum ending ending;
	bool slow = fault && (fault->flags & FAULT_SLOW);

	if (wire_wait(wire, reply->delay_ms) < 0) {
		log_leave(log, exchange);
		return END_CLOSE;
	}
	if (fault)
		exchange->fault = fault->name;
	if (!fault || !(fault->flags & FAULT_SILENT))
		exchange->status = reply->status;
	/*
	 * Before the reply and not after it: a client that sends its next
	 * request on another connection at once never had two in flight.
	 */
	if (!slow)
		log_leave(log, exchange);
	ending = fault ? fault->send(reply, wire) : reply_send(reply, wire);
	if (slow)
		log_leave(log, exchange);
	return ending;
}

/* Answers a request that counts; `doomed` is the state of its connection. */
static enum ending serve_counted(struct exchange *exchange,
				 const struct route *route, int refused,
				 bool *doomed, struct wire *wire)
{
	struct log *log = exchange->fake->log;
	enum ending ending;

	if (!refused && route->identify)
		route->identify(exchange);
	log_begin(log, exchange);
	make_reply(exchange, route, refused, *doomed);
	if (*doomed) {
		exchange->fault = "close_idle";
		log_leave(log, exchange);
		ending = END_CLOSE;
	} else {
		ending = send_reply(exchange, wire);
	}
	if (refused && !wire->gone)
		wire_drain(wire);
	exchange->client_gone = wire->gone && ending != END_RESET && !refused;
	exchange->t_end = now_seconds();
	log_end(log, exchange);
	*doomed = exchange->reply.fault &&
		  (exchange->reply.fault->flags & FAULT_THEN_CLOSE);
	return ending;
}

static void exchange_release(struct exchange *exchange)
{
	request_release(&exchange->request);
	reply_release(&exchange->reply);
	json_decref(exchange->body);
	free(exchange->stage);
	free(exchange->call);
}

/* Reads one request and answers it. */
static enum ending serve_one(struct fake *fake, struct wire *wire,
			     unsigned connection, bool *doomed)
{
	struct exchange exchange = { .fake = fake, .connection = connection };
	const struct route *route = NULL;
	enum ending ending = END_CLOSE;
	int refused;

	if (wire_idle(wire) < 0)
		return END_CLOSE;
	exchange.t_start = now_seconds();
	refused = request_read(&exchange.request, wire);
	if (!refused)
		route = route_find(&exchange.request);
	if (route && route->control)
		ending = serve_control(&exchange, route, wire);
	else if (refused >= 0)
		ending = serve_counted(&exchange, route, refused, doomed, wire);
	exchange_release(&exchange);
	return ending;
}

void serve(struct fake *fake, struct wire *wire, unsigned connection)
{
	enum ending ending = END_KEEP;
	bool doomed = false;

	while (ending == END_KEEP)
		ending = serve_one(fake, wire, connection, &doomed);
	if (ending == END_RESET)
		wire_reset(wire);
	else
		wire_close(wire);
}
