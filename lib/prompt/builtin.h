/* The prompts that are built into the program; made by embed.cmake. */
#ifndef PROMPT_BUILTIN_H
#define PROMPT_BUILTIN_H

#include <stddef.h>

struct builtin_prompt {
	const char *name; /* NULL ends the table; "context", "call_qa_..." */
	const char *data;
	size_t len;
};

extern const struct builtin_prompt builtin_prompts[];

#endif
