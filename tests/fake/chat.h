/* POST .../chat/completions, as OpenRouter answers it. */
#ifndef FAKE_CHAT_H
#define FAKE_CHAT_H

#include "exchange.h"

/* Finds the stage and the call of a request, if it is one. */
void chat_identify(struct exchange *exchange);

/* Fills the reply, with what the exchange's rule makes the model say. */
void chat_respond(struct exchange *exchange);

#endif
