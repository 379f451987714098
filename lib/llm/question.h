/*
 * What identifies one question to a model: its key, and whose it is.
 */
#ifndef LLM_QUESTION_H
#define LLM_QUESTION_H

#include "llm/chat.h"
#include "pipeline/stage.h"

/* All borrowed. */
struct question_id {
	const char *call_id;
	enum stage stage;
	int repeat;
	const char *key;                 /* of chat_key() */
	const struct chat_stage *hashes; /* that explain a miss of a replay */
};

#endif
