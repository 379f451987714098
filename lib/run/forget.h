/* --forget CALL_ID: a call's answers leave the state. */
#ifndef RUN_FORGET_H
#define RUN_FORGET_H

#include "run/settings.h"

/* Deletes them, prints how many there were; the exit status. */
int run_forget(const struct settings *settings);

#endif
