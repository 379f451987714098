/* One Supabase project: addresses, header lines, kinds of keys. */
#include "store/supabase.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "data/json.h"
#include "store/verdict.h"

#define REST_PATH "/rest/v1"

/* ---- keys ------------------------------------------------------------ */

/* A base64url character's six bits; -1 for any other. */
static int six_bits(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static void put_decoded(struct buf *out, const char *text, size_t len)
{
	unsigned bits = 0, count = 0;

	for (size_t i = 0; i < len && six_bits(text[i]) >= 0; i++) {
		bits = (bits << 6 | (unsigned)six_bits(text[i])) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			buf_putc(out, (char)(bits >> count & 0xff));
		}
	}
}

static bool is_jwt(const char *key)
{
	size_t dots = 0;

	for (; *key; key++)
		dots += *key == '.';
	return dots == 2;
}

/* The claims of a JWT, unverified: whom it is for; NULL if unreadable.  New. */
static json_t *claims(const char *jwt)
{
	const char *payload = strchr(jwt, '.') + 1;
	json_t *value;
	struct buf b;

	buf_init(&b, LIMIT_KEY_BYTES);
	buf_puts(&b, "");
	put_decoded(&b, payload, strcspn(payload, "."));
	value = json_read(b.data, b.len, &json_default_limits, NULL);
	buf_wipe(&b);
	return value;
}

static bool role_may_write(const char *role)
{
	return strcmp(role, "anon") != 0 && strcmp(role, "authenticated") != 0;
}

static int check_key(const char *key, struct error *err)
{
	json_auto_t *told = NULL;
	const char *role;

	if (strncmp(key, "sb_publishable_", 15) == 0)
		return error_set(err, ERR_CONFIG, NULL,
				 "the Supabase key is a publishable one, which "
				 "may not write; take the secret one "
				 "(sb_secret_...)");
	if (strncmp(key, "sb_", 3) == 0)
		return 0;
	if (!is_jwt(key))
		return error_set(
			err, ERR_CONFIG, NULL,
			"the Supabase key is of no known kind: neither "
			"sb_secret_... nor a JWT (service_role)");
	told = claims(key);
	role = json_string_peek(told, "role");
	if (role && !role_may_write(role))
		return error_set(err, ERR_CONFIG, NULL,
				 "the Supabase key is that of the role %s, "
				 "which may not write; take the service_role "
				 "key",
				 role);
	return 0;
}

/* ---- addresses and headers ------------------------------------------- */

/* The project's URL with the path of its REST server; new. */
static char *rest_base(const char *url)
{
	size_t len = strlen(url), n = sizeof(REST_PATH) - 1;
	char *base;

	while (len > 0 && url[len - 1] == '/')
		len--;
	base = xstrndup(url, len);
	if (len < n || strcmp(base + len - n, REST_PATH) != 0) {
		char *whole = xjoin(base, REST_PATH, "");

		free(base);
		base = whole;
	}
	return base;
}

static void make_urls(struct supabase *db, const char *url)
{
	char *base = rest_base(url), *results, *logs;

	results = xjoin(base, "/", STORE_RESULTS);
	logs = xjoin(base, "/", STORE_LOGS);
	db->write_urls[ROW_RESULT] = xjoin(
		results, "?on_conflict=call_id&select=call_id&columns=",
		row_columns(ROW_RESULT));
	db->write_urls[ROW_LOG] = xjoin(logs,
					"?columns=", row_columns(ROW_LOG));
	db->read_url = xjoin(results, "?select=", row_columns(ROW_RESULT));
	free(base);
	free(results);
	free(logs);
}

static void add_common(struct http_headers *h, const struct supabase_options *o)
{
	http_headers_add(h, "Accept", "application/json");
	http_headers_add(h, "apikey", o->key);
	if (is_jwt(o->key))
		http_headers_add_bearer(h, o->key);
}

static void make_headers(struct supabase *db, const struct supabase_options *o)
{
	/*
	 * What was written is told by ids: a row that a trigger held back is
	 * not among them, and the whole rows need not travel back.
	 */
	static const char *const prefer[ROW_KINDS] = {
		[ROW_RESULT] = "resolution=merge-duplicates,"
			       "return=representation",
		[ROW_LOG] = "return=minimal",
	};

	for (int kind = 0; kind < ROW_KINDS; kind++) {
		struct http_headers *h = &db->write_headers[kind];

		add_common(h, o);
		http_headers_add(h, "Content-Type", "application/json");
		http_headers_add(h, "Prefer", prefer[kind]);
		if (o->schema)
			http_headers_add(h, "Content-Profile", o->schema);
	}
	add_common(&db->read_headers, o);
	if (o->schema)
		http_headers_add(&db->read_headers, "Accept-Profile",
				 o->schema);
}

int supabase_init(struct supabase *db, const struct supabase_options *options,
		  struct error *err)
{
	*db = (struct supabase){ .read_url = NULL };
	if (http_check_url(options->url, err) < 0 ||
	    check_key(options->key, err) < 0)
		return -1;
	if (strchr(options->url, '?'))
		return error_set(err, ERR_CONFIG, NULL,
				 "supabase-url has no query (?)");
	make_urls(db, options->url);
	make_headers(db, options);
	return 0;
}

void supabase_release(struct supabase *db)
{
	for (int kind = 0; kind < ROW_KINDS; kind++) {
		free(db->write_urls[kind]);
		http_headers_release(&db->write_headers[kind]);
	}
	free(db->read_url);
	http_headers_release(&db->read_headers);
	*db = (struct supabase){ .read_url = NULL };
}

int supabase_check(const struct supabase *db, const struct http *http,
		   int64_t timeout_ms, struct error *err)
{
	const struct text nothing = { "[]", 2 };
	struct store_verdict verdict = { .remedy = STORE_DONE };
	struct http_reply reply;

	http_reply_init(&reply, LIMIT_REPLY_BYTES);
	for (int kind = 0; kind < ROW_KINDS; kind++) {
		const struct http_request request = {
			.method = "POST",
			.url = db->write_urls[kind],
			.headers = http_headers_of(&db->write_headers[kind]),
			.parts = &nothing,
			.part_count = 1,
			.timeout_ms = timeout_ms,
			.reply_limit = LIMIT_REPLY_BYTES,
		};

		http_reply_clear(&reply);
		http->perform(http->ctx, &request, &reply);
		store_judge(&reply, kind == ROW_RESULT, true, 0, &verdict);
		if (verdict.remedy != STORE_DONE)
			break;
	}
	http_reply_release(&reply);
	if (verdict.remedy == STORE_DONE)
		return 0;
	return error_set(err, ERR_STORE, NULL, "%s", verdict.error.text);
}
