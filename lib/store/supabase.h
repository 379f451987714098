/*
 * One Supabase project, or any PostgREST: addresses, header lines, kinds of
 * keys.
 */
#ifndef STORE_SUPABASE_H
#define STORE_SUPABASE_H

#include <stdint.h>

#include "base/error.h"
#include "net/http.h"
#include "store/row.h"

struct supabase_options {
	const char *url; /* the project's, with or without /rest/v1 */
	const char *key;
	const char *schema; /* NULL: the project's first */
};

/* Read-only once made; its strings are owned. */
struct supabase {
	char *write_urls[ROW_KINDS]; /* where rows of the kind are POSTed */
	char *read_url;              /* results, up to `?` and their columns */
	/* of a POST and of the rest; the key is in them */
	struct http_headers write_headers[ROW_KINDS], read_headers;
};

/*
 * Makes addresses and headers.  -1 with *err (ERR_CONFIG; never a part of the
 * key): the URL is none to send a key to, or the key is of a kind that may not
 * write.  A key `sb_secret_...` goes into `apikey` alone; a JWT also into
 * Authorization, for PostgREST takes the role from there.
 */
int supabase_init(struct supabase *db, const struct supabase_options *options,
		  struct error *err) MUST_USE;

/* Wipes the key; all zero is fine. */
void supabase_release(struct supabase *db);

/*
 * Could rows be written now?  POSTs no rows to both tables: the statements are
 * planned and the grants checked, nothing is written.  -1 with *err
 * (ERR_STORE) that says what to do about it.
 */
int supabase_check(const struct supabase *db, const struct http *http,
		   int64_t timeout_ms, struct error *err) MUST_USE;

#endif
