/* Tells which call a prompt is about, by the transcript that stands in it. */
#ifndef FAKE_CALLS_H
#define FAKE_CALLS_H

#include "basics.h"

/* One known call; read-only once loaded. */
struct call {
	char *id;
	char *transcript;
	size_t length;
	struct call *next; /* another one whose transcript begins alike */
};

struct calls;

/*
 * Loads requests (call_id, transcript.transcript; one a line); a fault in the
 * file ends the process with EXIT_USAGE. Of two calls with the same transcript
 * the first is the one found.
 */
struct calls *calls_new(const char *file);

/* The call with the longest transcript that stands in the text, or NULL. */
const struct call *calls_find(const struct calls *calls, const char *text,
			      size_t length);

/* NULL is fine. */
void calls_free(struct calls *calls);

#endif
