/* Serves the requests of one connection, one after the other. */
#ifndef FAKE_SERVE_H
#define FAKE_SERVE_H

#include "exchange.h"

/* Reads and answers requests until the connection is over, and ends it. */
void serve(struct fake *fake, struct wire *wire, unsigned connection);

#endif
