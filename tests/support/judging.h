/* Replies handed to judge_reply(), and what must come of them. */
#ifndef SUPPORT_JUDGING_H
#define SUPPORT_JUDGING_H

#include <stdbool.h>
#include <stddef.h>

#include "llm/judge.h"

/* Text of a call that the upstream sends back and nobody may repeat. */
#define SECRET "my card is 4111 1111 1111 1111"

/* A reply; all zero is a complete one without status or body. */
struct given {
	enum http_fault fault;
	int status;
	const char *body; /* with ' for " */
	const char *type, *retry_after;
	bool later; /* some reply of the run was good before */
};

/* A reply and the verdict on it. */
struct judged {
	const char *what;
	struct given given;
	enum remedy remedy;
	enum error_code code, stop;
};

/* clang-format off */
#define BODY(text) { .status = 200, .body = (text) }
#define CHAT(choice) "{'model':'m','choices':[" choice "]}"
#define CHOICE(finish, message) \
	CHAT("{'finish_reason':" finish ",'message':" message "}")
#define GOOD CHOICE("'stop'", "{'content':'{}'}")

/* remedy, code, stop */
#define USABLE   REMEDY_NONE, ERR_NONE, ERR_NONE
#define RATE     REMEDY_RETRY, ERR_UPSTREAM_RATE_LIMIT, ERR_NONE
#define AGAIN    REMEDY_RETRY, ERR_UPSTREAM_STATUS, ERR_NONE
#define TORN     REMEDY_RETRY, ERR_UPSTREAM_TRUNCATED, ERR_NONE
#define LONGER   REMEDY_LONGER, ERR_UPSTREAM_LENGTH, ERR_NONE
#define ENOUGH   REMEDY_GIVE_UP, ERR_UPSTREAM_STATUS, ERR_NONE
#define REFUSED  REMEDY_GIVE_UP, ERR_UPSTREAM_REFUSED, ERR_NONE
#define NO_KEY   REMEDY_STOP, ERR_UPSTREAM_AUTH, ERR_UPSTREAM_AUTH
#define NO_MONEY REMEDY_STOP, ERR_UPSTREAM_CREDIT, ERR_UPSTREAM_CREDIT
/* clang-format on */

/* Judges the reply, its body as text with ' for ", or as these bytes. */
void judge(const struct given *given, struct verdict *verdict);
void judge_bytes(const struct given *given, const char *body, size_t len,
		 struct verdict *verdict);

/* Asserts what holds of every verdict, whatever it says. */
void judge_check_sound(const struct verdict *verdict);

/* Asserts that the verdict is the row's. */
void judge_check(const struct judged *row);

#endif
