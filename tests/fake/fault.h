/* The ways in which a reply can go wrong on its way to the client. */
#ifndef FAKE_FAULT_H
#define FAKE_FAULT_H

#include "reply.h"

enum {
	FAULT_SILENT = 1,     /* no status reaches the client */
	FAULT_SLOW = 2,       /* the request stays in flight while it is sent */
	FAULT_THEN_CLOSE = 4, /* the next one on the connection gets a FIN */
};

/*
 * A fault is a row and a function that sends the finished reply badly and
 * says what becomes of the connection.
 */
struct fault {
	const char *name;
	enum ending (*send)(const struct reply *reply, struct wire *wire);
	unsigned flags;
	const char *help;
};

/* Every fault; the last row has no name. */
extern const struct fault faults[];

/* The fault of that name, or NULL. */
const struct fault *fault_find(const char *name);

#endif
