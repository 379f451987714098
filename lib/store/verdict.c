/* What a reply of PostgREST, or of the gateway in front of it, means. */
#include "store/verdict.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "data/json.h"
#include "net/retry.h"

/* ---- rules by code --------------------------------------------------- */

struct rule {
	const char *code; /* `*` at its end: any that begins so */
	int status;       /* 0: with any */
	enum store_remedy remedy;
	bool slow;
	bool tell; /* the server's message names no value of a row */
	const char *advice;
};

#define WRONG_KEY                                                   \
	"the key is not accepted: is it this project's secret key " \
	"(sb_secret_... or service_role), not the anon or publishable one?"
#define NO_TABLE                                                   \
	"a table is missing: give the database what callqa-store " \
	"--print-sql prints"
#define NO_COLUMN                                                    \
	"a table lacks a column: compare it with what callqa-store " \
	"--print-sql prints"

/* clang-format off: a table's rows; the first that fits counts */
static const struct rule rules[] = {
	/* it passes */
	{ "57014", 0, STORE_AGAIN, true, false,
	  "the database broke the statement off: it took too long" },
	{ "08*", 0, STORE_AGAIN, false, false,
	  "the REST server has lost the database" },
	{ "40*", 0, STORE_AGAIN, false, false,
	  "others wrote to the same rows" },
	{ "53*", 0, STORE_AGAIN, false, false,
	  "the database has no memory, disk or connection left" },
	{ "55P03", 0, STORE_AGAIN, false, false, "a row is locked" },
	{ "57*", 0, STORE_AGAIN, false, false,
	  "the database is being restarted" },
	{ "58*", 0, STORE_AGAIN, false, false,
	  "the database cannot use its files" },
	{ "PGRST000", 0, STORE_AGAIN, false, false,
	  "the REST server does not reach the database" },
	{ "PGRST001", 0, STORE_AGAIN, false, false,
	  "the REST server does not reach the database" },
	{ "PGRST002", 0, STORE_AGAIN, false, false,
	  "the REST server is waiting for the database" },
	{ "PGRST003", 0, STORE_AGAIN, false, false,
	  "the REST server has no connection to the database left" },

	/* a person has to act */
	{ "42501", 401, STORE_STOP, false, false, WRONG_KEY },
	{ "42501", 0, STORE_STOP, false, true,
	  "the key's role has no grant: callqa-store --print-sql prints the "
	  "GRANT statements" },
	{ "22023", 401, STORE_STOP, false, false,
	  "the key names a role that the database does not have" },
	{ "25006", 0, STORE_STOP, false, false,
	  "the database is read-only: is its disk full, is it a replica?" },
	{ "28*", 0, STORE_STOP, false, false, WRONG_KEY },
	{ "3F000", 0, STORE_STOP, false, false,
	  "there is no such schema: see store-schema" },
	{ "42P01", 0, STORE_STOP, false, true, NO_TABLE },
	{ "PGRST205", 0, STORE_STOP, false, true, NO_TABLE },
	{ "42703", 0, STORE_STOP, false, true, NO_COLUMN },
	{ "PGRST204", 0, STORE_STOP, false, true, NO_COLUMN },
	{ "42P10", 0, STORE_STOP, false, false,
	  "call_id has no unique constraint: add one, as in what callqa-store "
	  "--print-sql prints" },
	{ "428C9", 0, STORE_STOP, false, true,
	  "a column cannot be written: compare the table with what "
	  "callqa-store --print-sql prints" },
	{ "42*", 0, STORE_STOP, false, false,
	  "the tables are not as they should be: compare them with what "
	  "callqa-store --print-sql prints" },
	{ "PGRST106", 0, STORE_STOP, false, false,
	  "the project does not expose this schema: see store-schema" },
	{ "PGRST125", 0, STORE_STOP, false, false,
	  "no such address: supabase-url is the project's URL, without a "
	  "path" },
	{ "PGRST303", 0, STORE_STOP, false, false,
	  "the key has expired: take a new one from the project's settings" },
	{ "PGRST30*", 0, STORE_STOP, false, false, WRONG_KEY },

	/* a row is to blame */
	{ "PGRST102", 0, STORE_HALVE, false, false,
	  "the server takes it for invalid JSON" },
	{ "21*", 0, STORE_HALVE, false, false, "a call_id stands twice" },
	{ "22*", 0, STORE_HALVE, false, false,
	  "a value does not fit its column" },
	{ "23*", 0, STORE_HALVE, false, true, "a constraint is against it" },
	{ "44*", 0, STORE_HALVE, false, false, "a view's check is against it" },
	{ "54*", 0, STORE_HALVE, false, false,
	  "it is larger than the database takes" },
	{ "P0*", 0, STORE_HALVE, false, false,
	  "a trigger of the table is against it" },
	{ "XX*", 0, STORE_HALVE, false, false,
	  "the database has an internal error" },
	{ "PGRST*", 0, STORE_STOP, false, false,
	  "the REST server does not take such requests" },
};

/* ---- rules by status ------------------------------------------------- */

static const struct {
	int first, last;
	enum store_remedy remedy;
	const char *advice;
} statuses[] = {
	{ 401, 401, STORE_STOP, WRONG_KEY },
	{ 403, 403, STORE_STOP, WRONG_KEY },
	{ 408, 408, STORE_AGAIN, "the server waited too long" },
	{ 413, 413, STORE_HALVE,
	  "the request is larger than the server takes" },
	{ 425, 425, STORE_AGAIN, "too early, says the server" },
	{ 429, 429, STORE_AGAIN, "too many requests, says the server" },
	{ 400, 400, STORE_HALVE, "a bad request, says the server" },
	{ 409, 409, STORE_HALVE, "a conflict, says the server" },
	{ 422, 422, STORE_HALVE, "the server cannot use it" },
	{ 300, 499, STORE_STOP,
	  "nothing answers there as Supabase would: see supabase-url" },
	{ 540, 540, STORE_STOP,
	  "the project is paused: wake it in Supabase's dashboard" },
	{ 500, 599, STORE_AGAIN, "the server has a fault" },
};

/* What has no reply; a fault that is not here passes. */
static const struct {
	enum http_fault fault;
	const char *advice;
} last_faults[] = {
	{ HTTP_CERT, "the server is not who it says it is" },
	{ HTTP_PROXY, "the proxy wants a password" },
	{ HTTP_REDIRECT,
	  "it leads elsewhere: supabase-url is the project's URL" },
	{ HTTP_TOO_BIG, "nothing answers there as Supabase would: see "
			"supabase-url" },
};
/* clang-format on */

const char *store_rule_code(size_t i)
{
	return i < LENGTH(rules) ? rules[i].code : NULL;
}

static bool fits(const struct rule *rule, const char *code, int status)
{
	size_t n = strcspn(rule->code, "*");

	if (rule->status && rule->status != status)
		return false;
	return rule->code[n] ? strncmp(rule->code, code, n) == 0
			     : strcmp(rule->code, code) == 0;
}

static const struct rule *find_rule(const char *code, int status)
{
	for (size_t i = 0; i < LENGTH(rules); i++)
		if (fits(&rules[i], code, status))
			return &rules[i];
	return NULL;
}

/* ---- replies --------------------------------------------------------- */

static void decide(struct store_verdict *v, enum store_remedy remedy,
		   const char *format, ...) PRINTF_LIKE(3, 4);
static void decide(struct store_verdict *v, enum store_remedy remedy,
		   const char *format, ...)
{
	char text[sizeof(v->error.text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	v->remedy = remedy;
	error_set(&v->error, ERR_STORE, NULL, "%s", text);
}

static void judge_fault(const struct http_reply *reply, bool first,
			struct store_verdict *v)
{
	for (size_t i = 0; i < LENGTH(last_faults); i++) {
		if (last_faults[i].fault == reply->fault) {
			decide(v, STORE_STOP, "%s (%s)", last_faults[i].advice,
			       reply->message);
			return;
		}
	}
	if (reply->fault == HTTP_RESOLVE && first) {
		decide(v, STORE_STOP,
		       "%s: see supabase-url; a project that was paused for "
		       "long or deleted has no name either",
		       reply->message);
		return;
	}
	v->unanswered = reply->possibly_billed;
	decide(v, STORE_AGAIN, "%s", reply->message);
}

/* Paused projects and gateways answer with a page for people. */
static bool is_page(const struct http_reply *reply)
{
	const char *type = reply->headers[HEADER_CONTENT_TYPE];
	const char *at = reply->body.data ? reply->body.data : "";

	at += strspn(at, " \t\r\n");
	return strncasecmp(type, "text/html", 9) == 0 || *at == '<';
}

static void judge_page(const struct http_reply *reply, struct store_verdict *v)
{
	bool passing = reply->status >= 500;

	decide(v, passing ? STORE_AGAIN : STORE_STOP,
	       "HTTP %d with a web page in the place of JSON: is the project "
	       "paused, is supabase-url the project's?",
	       reply->status);
}

/* HTTP 400, 23514: a constraint is against it (new row ... violates ...) */
static void judge_code(const struct http_reply *reply, const json_t *body,
		       const char *code, struct store_verdict *v)
{
	const struct rule *rule = find_rule(code, reply->status);
	const char *words = json_string_peek(body, "message");
	bool tell = rule && rule->tell && words;

	if (!rule) {
		decide(v, reply->status >= 500 ? STORE_AGAIN : STORE_HALVE,
		       "HTTP %d, %.12s: the database refuses it", reply->status,
		       code);
		return;
	}
	decide(v, rule->remedy, "HTTP %d, %s: %s%s%s%s", reply->status, code,
	       rule->advice, tell ? " (" : "", tell ? words : "",
	       tell ? ")" : "");
	v->slow = rule->slow;
}

static void judge_status(const struct http_reply *reply,
			 struct store_verdict *v)
{
	for (size_t i = 0; i < LENGTH(statuses); i++) {
		if (reply->status < statuses[i].first ||
		    reply->status > statuses[i].last)
			continue;
		decide(v, statuses[i].remedy, "HTTP %d: %s", reply->status,
		       statuses[i].advice);
		v->limited = reply->status == 429;
		return;
	}
	decide(v, STORE_STOP,
	       "HTTP %d: nothing answers there as Supabase would: see "
	       "supabase-url",
	       reply->status);
}

/* A server that does not know the preference has inserted, or done nothing. */
static bool says_merged(const struct http_reply *reply)
{
	return strstr(reply->headers[HEADER_PREFERENCE_APPLIED],
		      "resolution=merge-duplicates") != NULL;
}

void store_judge(const struct http_reply *reply, bool merges, bool first,
		 int64_t wall, struct store_verdict *v)
{
	json_auto_t *body = NULL;
	const char *code;

	*v = (struct store_verdict){ .hint_ms = -1 };
	if (reply->fault != HTTP_OK) {
		judge_fault(reply, first, v);
		return;
	}
	v->hint_ms = retry_hint("", reply->headers[HEADER_RETRY_AFTER],
				reply->headers[HEADER_DATE], wall);
	if (is_page(reply) && reply->status != 540) {
		judge_page(reply, v);
		return;
	}
	if (reply->status == 200 || reply->status == 201) {
		if (merges && !says_merged(reply))
			decide(v, STORE_STOP,
			       "HTTP %d without resolution=merge-duplicates: "
			       "the server does not say that it merged rows",
			       reply->status);
		return;
	}
	if (reply->body.len > 0)
		body = json_read(reply->body.data, reply->body.len,
				 &json_default_limits, NULL);
	code = json_string_peek(body, "code");
	if (code && *code)
		judge_code(reply, body, code, v);
	else
		judge_status(reply, v);
}
