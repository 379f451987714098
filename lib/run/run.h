/*
 * The filter around the pipeline: sets up what a command asks for, feeds
 * records in, and ends with the exit status that is due.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "base/error.h"
#include "run/settings.h"

/*
 * Evaluates the records of the settings' files, or prints what would be sent
 * (ACTION_PRINT_PROMPTS), or checks everything but the network
 * (ACTION_DRY_RUN).  Returns the exit status; says on stderr what a person
 * must know.  128+N means: end by signal N.
 */
int run(const struct settings *settings);

#endif
