/* What the table has of these calls. */
#include "store/lookup.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "data/json.h"
#include "store/verdict.h"

/*
 * Appends the id as an element of PostgREST's in.(...), escaped for it and for
 * a URL.
 */
static void put_id(struct buf *url, const char *call_id)
{
	buf_puts(url, "%22");
	for (; *call_id; call_id++) {
		if (*call_id == '"' || *call_id == '\\')
			buf_puts(url, "%5C");
		http_put_percent(url, call_id, 1);
	}
	buf_puts(url, "%22");
}

/* The rows that the table printed, by call_id; NULL if it did not.  New. */
static json_t *fetch(const struct supabase *db, const struct http *http,
		     int64_t timeout_ms, const char *url)
{
	const struct http_request request = {
		.method = "GET",
		.url = url,
		.headers = http_headers_of(&db->read_headers),
		.timeout_ms = timeout_ms,
		.reply_limit = LIMIT_STORE_LOOKUP,
	};
	const struct json_limits limits = { .bytes = LIMIT_STORE_LOOKUP,
					    .depth = LIMIT_JSON_DEPTH,
					    .values = LIMIT_STORE_VALUES };
	json_auto_t *list = NULL;
	json_t *found = NULL, *row;
	struct http_reply reply;
	size_t i;

	http_reply_init(&reply, LIMIT_STORE_LOOKUP);
	http->perform(http->ctx, &request, &reply);
	if (reply.fault == HTTP_OK && reply.status == 200 && reply.body.data)
		list = json_read(reply.body.data, reply.body.len, &limits,
				 NULL);
	if (json_is_array(list)) {
		found = json_object();
		json_array_foreach (list, i, row) {
			const char *id = json_string_peek(row, "call_id");

			if (id)
				json_object_set(found, id, row);
		}
	}
	http_reply_release(&reply);
	return found;
}

static void take_found(const json_t *found, struct row **rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *stored = json_object_get(found, rows[i]->call_id);
		bool newer;

		if (!stored)
			continue;
		if (row_equals(rows[i], stored, &newer))
			rows[i]->fate = ROW_SAME;
		else if (newer)
			rows[i]->fate = ROW_OLDER;
	}
}

/* How many of the rows fit into one address; it is appended to *url. */
static size_t put_ids(struct buf *url, struct row *const *rows, size_t count)
{
	size_t n = 0;

	while (n < count) {
		size_t before = url->len;

		if (n > 0)
			buf_putc(url, ',');
		put_id(url, rows[n]->call_id);
		if (!buf_failed(url) && url->len < url->limit) {
			n++;
			continue;
		}
		url->failed = false;
		url->len = before;
		url->data[before] = '\0';
		break;
	}
	return n;
}

void lookup_rows(const struct supabase *db, const struct http *http,
		 int64_t timeout_ms, struct row **rows, size_t count)
{
	struct buf url;
	size_t n;

	buf_init(&url, LIMIT_STORE_URL);
	while (count > 0) {
		buf_clear(&url);
		buf_puts(&url, db->read_url);
		buf_puts(&url, "&call_id=in.(");
		n = put_ids(&url, rows, count);
		buf_putc(&url, ')');
		if (n > 0) {
			json_auto_t *found = fetch(db, http, timeout_ms,
						   url.data);

			if (!found)
				break; /* the write will say what is wrong */
			take_found(found, rows, n);
		} else {
			n = 1; /* an id too long to ask for */
		}
		rows += n;
		count -= n;
	}
	buf_release(&url);
}
