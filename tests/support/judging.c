/* Replies handed to judge_reply(), and what must come of them. */
#include "support/judging.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "support/fake_clock.h"

void judge_bytes(const struct given *g, const char *body, size_t len,
		 struct verdict *v)
{
	struct http_reply reply = { .fault = g->fault, .status = g->status };

	buf_init(&reply.body, LIMIT_REPLY_BYTES);
	buf_put(&reply.body, body, len);
	if (g->fault != HTTP_OK)
		snprintf(reply.message, sizeof(reply.message), "fault %d",
			 (int)g->fault);
	snprintf(reply.headers[HEADER_CONTENT_TYPE], sizeof(reply.headers[0]),
		 "%s", g->type ? g->type : "application/json");
	snprintf(reply.headers[HEADER_RETRY_AFTER], sizeof(reply.headers[0]),
		 "%s", g->retry_after ? g->retry_after : "");
	judge_reply(&reply, !g->later, FAKE_WALL, v);
	buf_release(&reply.body);
}

void judge(const struct given *g, struct verdict *v)
{
	char body[2048];
	size_t len;

	len = (size_t)snprintf(body, sizeof(body), "%s",
			       g->body ? g->body : "");
	for (char *at = body; (at = strchr(at, '\'')); at++)
		*at = '"';
	judge_bytes(g, body, len, v);
}

/* What must hold of every verdict, whatever it says. */
void judge_check_sound(const struct verdict *v)
{
	const bool usable = v->remedy == REMEDY_NONE;

	assert_int_equal(usable, v->content != NULL);
	assert_int_equal(usable, v->error.code == ERR_NONE);
	assert_int_equal(v->remedy == REMEDY_STOP, v->stop != ERR_NONE);
	assert_null(strstr(v->error.text, SECRET));
	assert_true(strlen(v->error.text) < LIMIT_EXCERPT_BYTES + 40);
	assert_true(v->hint_ms >= -1);
	if (!usable)
		assert_true(v->error.text[0] != '\0');
}

void judge_check(const struct judged *row)
{
	struct verdict v;

	judge(&row->given, &v);
	judge_check_sound(&v);
	if (v.remedy != row->remedy || v.error.code != row->code ||
	    v.stop != row->stop)
		fail_msg("%s: remedy %d, not %d; %s, not %s; stop %s, not %s",
			 row->what, (int)v.remedy, (int)row->remedy,
			 error_name(v.error.code), error_name(row->code),
			 error_name(v.stop), error_name(row->stop));
	assert_int_equal(v.rate_limited, row->code == ERR_UPSTREAM_RATE_LIMIT);
	verdict_release(&v);
}
