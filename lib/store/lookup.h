/*
 * What the table has of these calls: so that rows which are there and equal
 * need not be written again.
 */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

#include "net/http.h"
#include "store/row.h"
#include "store/supabase.h"

/*
 * Sets the fate of results that the table has to ROW_SAME, of those that it
 * has newer to ROW_OLDER, and leaves the rest.  Only spares work: whatever
 * goes wrong here leaves the rows to be sent.  No two of one call.
 */
void lookup_rows(const struct supabase *db, const struct http *http,
		 int64_t timeout_ms, struct row **rows, size_t count);

#endif
