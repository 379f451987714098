/*
 * The floor: the least that a C program must do for the same requests.  Parses
 * each call with jansson, sends the bodies that callqa would send through one
 * curl_multi loop, parses each reply and the answer in it.  No pipeline, no
 * checks, no report: a yardstick for CPU and memory, not a program to use.
 *
 *   floor URL REQUESTS_IN_FLIGHT CALLS.ndjson BODIES.ndjson
 *   floor CALLS.ndjson     only parses: where no model is asked
 *
 * BODIES is what `callqa --print-prompts` prints for CALLS.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IN_FLIGHT = 1024 };

struct reply {
	char *data;
	size_t len, size;
};

struct slot {
	CURL *easy;
	char *line; /* of BODIES; the request's body is in it */
	size_t size;
	struct reply reply;
};

static struct slot slots[MOST_IN_FLIGHT];
static struct curl_slist *headers;
static const char *url;
static long answers;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static size_t on_data(char *data, size_t size, size_t count, void *ctx)
{
	struct reply *r = ctx;
	size_t n = size * count;

	if (r->len + n > r->size) {
		r->size = 2 * (r->len + n);
		r->data = realloc(r->data, r->size);
		if (!r->data)
			die("realloc");
	}
	memcpy(r->data + r->len, data, n);
	r->len += n;
	return n;
}

/* Parses the calls, as a filter must. */
static void parse_calls(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!file)
		die(path);
	while ((n = getline(&line, &size, file)) > 0)
		json_decref(json_loadb(line, (size_t)n, 0, NULL));
	free(line);
	fclose(file);
}

/* Starts the next request in the slot; false at the end of the bodies. */
static bool start(CURLM *multi, struct slot *s, FILE *bodies)
{
	static const char key[] = ",\"request\":";
	ssize_t n = getline(&s->line, &s->size, bodies);
	char *body;

	if (n <= 0)
		return false;
	body = strstr(s->line, key) + sizeof(key) - 1;
	curl_easy_reset(s->easy);
	curl_easy_setopt(s->easy, CURLOPT_URL, url);
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE,
			 (long)(s->line + n - 2 - body));
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, &s->reply);
	curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
	curl_multi_add_handle(multi, s->easy);
	return true;
}

static void take_reply(struct slot *s)
{
	json_t *root = json_loadb(s->reply.data, s->reply.len, 0, NULL);
	const char *content = NULL;
	json_t *answer;

	json_unpack(root, "{s:[{s:{s:s}}]}", "choices", "message", "content",
		    &content);
	answer = content ? json_loads(content, 0, NULL) : NULL;
	answers += answer != NULL;
	json_decref(answer);
	json_decref(root);
	s->reply.len = 0;
}

static void transfer(CURLM *multi, FILE *bodies, int in_flight)
{
	int running = 0, left;
	CURLMsg *message;

	for (int i = 0; i < in_flight; i++) {
		slots[i].easy = curl_easy_init();
		running += start(multi, &slots[i], bodies);
	}
	while (running > 0) {
		curl_multi_perform(multi, &left);
		while ((message = curl_multi_info_read(multi, &left))) {
			struct slot *s;

			curl_easy_getinfo(message->easy_handle,
					  CURLINFO_PRIVATE, (char **)&s);
			curl_multi_remove_handle(multi, s->easy);
			take_reply(s);
			running--;
			running += start(multi, s, bodies);
		}
		if (running > 0)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
}

int main(int argc, char **argv)
{
	CURLM *multi;
	FILE *bodies;
	int in_flight;

	if (argc == 2) {
		parse_calls(argv[1]);
		return 0;
	}
	if (argc != 5)
		return 2;
	url = argv[1];
	in_flight = (int)strtol(argv[2], NULL, 10);
	if (in_flight < 1 || in_flight > MOST_IN_FLIGHT)
		return 2;
	curl_global_init(CURL_GLOBAL_ALL);
	headers = curl_slist_append(NULL, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	multi = curl_multi_init();
	bodies = fopen(argv[4], "r");
	if (!bodies)
		die(argv[4]);
	parse_calls(argv[3]);
	transfer(multi, bodies, in_flight);
	printf("%ld\n", answers);
	return 0;
}
