/*
 * Any bytes as what PostgREST, or what stands before it, answers to a batch:
 * replies one after the other with a NUL between them, each a status line,
 * header lines, an empty line and a body; one that begins with `!` is a fault
 * below HTTP, whose number is its next byte.  After the last nobody answers.
 *
 * Whatever they are: the batch comes to an end, each row has one fate, none
 * counts as stored without a reply that said so, and what went wrong has words.
 */
#include <string.h>

#include "base/limits.h"
#include "data/json.h"
#include "fuzz.h"
#include "store/batch.h"
#include "store/verdict.h"

enum { ROWS = 5, OUTAGE_MS = 20000, MOST_REQUESTS = 4000 };

/* The far end: its replies, and what it has been asked. */
struct server {
	const char *at, *end;
	size_t requests;
	bool wrote; /* a POST was answered as one that wrote */
	int64_t now;
};

/* ---- replies --------------------------------------------------------- */

/* The line's length with its end; *text without. */
static size_t take_line(const char *at, const char *end, struct text *text)
{
	const char *nl = memchr(at, '\n', (size_t)(end - at));
	size_t len = (size_t)((nl ? nl : end) - at);

	*text = (struct text){ at, len };
	if (len > 0 && at[len - 1] == '\r')
		text->len--;
	return len + (nl != NULL);
}

static void fail(struct http_reply *reply, const char *at, const char *end)
{
	unsigned byte = end - at > 1 ? (unsigned char)at[1] : HTTP_STOPPED;
	enum http_fault fault = 1 + byte % HTTP_BROKEN;

	http_reply_fail(reply, fault, "no reply %.*s", (int)(end - at), at);
	reply->possibly_billed = end - at > 2 && (at[2] & 1);
	reply->status = end - at > 3 ? (unsigned char)at[3] * 3 : 0;
}

static void fill(struct http_reply *reply, const char *at, const char *end)
{
	char status[16] = "";
	struct text line;
	const char *space;

	if (at == end || *at == '!') {
		fail(reply, at, end);
		return;
	}
	at += take_line(at, end, &line);
	space = memchr(line.data, ' ', line.len);
	if (space)
		snprintf(status, sizeof(status), "%.*s",
			 (int)(line.data + line.len - space - 1), space + 1);
	reply->status = (int)(strtoul(status, NULL, 10) % 1000);
	while (at < end) {
		const char *from = at;

		at += take_line(at, end, &line);
		if (line.len == 0)
			break;
		http_reply_header(reply, from, (size_t)(at - from));
	}
	buf_put(&reply->body, at, (size_t)(end - at));
}

static void perform(void *ctx, const struct http_request *request,
		    struct http_reply *reply)
{
	struct server *s = ctx;
	size_t left = (size_t)(s->end - s->at);
	const char *nul = left ? memchr(s->at, '\0', left) : NULL;
	const char *end = nul ? nul : s->end;

	s->requests++;
	MUST(s->requests < MOST_REQUESTS);
	s->now += 10;
	fill(reply, s->at, end);
	s->at = nul ? nul + 1 : end;
	if (strcmp(request->method, "POST") == 0 && reply->fault == HTTP_OK &&
	    (reply->status == 200 || reply->status == 201))
		s->wrote = true;
}

/* ---- a clock that only sleeps ---------------------------------------- */

static int64_t now(void *ctx)
{
	return ((struct server *)ctx)->now;
}

static bool pass(void *ctx, int64_t ms)
{
	MUST(ms >= 0);
	((struct server *)ctx)->now += ms;
	return false;
}

static double chance(void *ctx)
{
	(void)ctx;
	return 0.5;
}

/* ---- a batch --------------------------------------------------------- */

/* A row as a report of that time gives it; new. */
static struct row *make_row(enum row_kind kind, const char *id, int second)
{
	char timestamp[] = "2026-03-01T10:00:00Z";
	json_t *report;
	struct row *row;

	timestamp[18] = (char)('0' + second);
	report = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:i, s:i, "
		"s:{s:{}, s:{}, s:{}, s:{}, s:n}, s:{s:{}}}",
		"call_id", id, "agent_id", "a", "correlation_id", "eval_1",
		"status", kind == ROW_LOG ? "failed" : "ok", "timestamp",
		timestamp, "processing_time_ms", 0, "overall_score", 70,
		"evaluation", "classification", "script_deviation",
		"compliance", "communication", "deep_dive", "meta", "stages");
	row = kind == ROW_LOG ? row_of_failure(report)
			      : row_of_report(report, NULL);
	MUST(row);
	json_decref(report);
	return row;
}

static void store(enum row_kind kind, const uint8_t *data, size_t size,
		  enum row_fate fates[ROWS])
{
	static const char *const ids[ROWS] = { "a", "b\",(%)\\", "a",
					       "\xc3\xa9\x01", "c" };
	const struct supabase_options project = { .url = "http://127.0.0.1:1",
						  .key = "sb_secret_1" };
	struct server server = { .at = (const char *)data,
				 .end = (const char *)data + size };
	const struct http http = { perform, &server };
	const struct clock clock = { now, now, pass, chance, &server };
	struct row *rows[ROWS], *sorted[ROWS];
	struct supabase db;
	struct link link = { .db = &db,
			     .http = &http,
			     .clock = &clock,
			     .timeout_ms = 1000,
			     .max_outage_ms = OUTAGE_MS,
			     .compare = true };

	MUST(supabase_init(&db, &project, NULL) == 0);
	for (size_t i = 0; i < ROWS; i++) {
		rows[i] = sorted[i] = make_row(kind, ids[i], (int)i);
		rows[i]->order = i;
	}
	batch_store(&link, sorted, ROWS);
	for (size_t i = 0; i < ROWS; i++) {
		fates[i] = rows[i]->fate;
		MUST(fates[i] > ROW_WAITING && fates[i] <= ROW_FAILED);
		MUST(fates[i] != ROW_STORED || server.wrote);
		MUST(kind == ROW_RESULT || fates[i] == ROW_STORED ||
		     fates[i] == ROW_FAILED);
		row_free(rows[i]);
	}
	/* of two evaluations of one call the older is never the stored one */
	MUST(kind == ROW_LOG || fates[0] != ROW_STORED);
	MUST(kind == ROW_LOG || fates[2] != ROW_FAILED ||
	     fates[0] == ROW_FAILED);
	supabase_release(&db);
}

/* ---- one verdict ----------------------------------------------------- */

static void check_verdict(const struct store_verdict *v)
{
	json_t *text = json_string(v->error.text);

	MUST(v->remedy >= STORE_DONE && v->remedy <= STORE_STOP);
	MUST((v->remedy == STORE_DONE) == (v->error.code == ERR_NONE));
	MUST(v->remedy == STORE_DONE || v->error.code == ERR_STORE);
	MUST(v->remedy == STORE_DONE || v->error.text[0]);
	MUST(text); /* UTF-8: it goes into a log and an error */
	MUST(v->hint_ms >= -1);
	MUST(!v->slow || v->remedy == STORE_AGAIN);
	MUST(!v->limited || v->remedy == STORE_AGAIN);
	MUST(!v->unanswered || v->remedy == STORE_AGAIN);
	json_decref(text);
}

static void judge(const uint8_t *data, size_t size)
{
	struct http_reply reply;

	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	fill(&reply, (const char *)data, (const char *)data + size);
	for (int way = 0; way < 4; way++) {
		struct store_verdict v;

		store_judge(&reply, way & 1, way & 2, 0, &v);
		check_verdict(&v);
		MUST(v.remedy != STORE_DONE ||
		     (reply.fault == HTTP_OK &&
		      (reply.status == 200 || reply.status == 201)));
	}
	http_reply_release(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool set_up;
	enum row_fate first[ROWS], again[ROWS];

	if (!set_up)
		json_setup();
	set_up = true;
	judge(data, size);
	store(ROW_RESULT, data, size, first);
	store(ROW_RESULT, data, size, again);
	MUST(memcmp(first, again, sizeof(first)) == 0);
	store(ROW_LOG, data, size, first);
	return 0;
}
