/* One run of callqa-diff: two streams in, a verdict out. */
#ifndef RUN_DIFF_H
#define RUN_DIFF_H

#include "run/diff_settings.h"

/*
 * Does what the settings ask for and returns the exit status.  Speaks on
 * stdout, and on stderr when something is wrong.
 */
int diff_run(const struct diff_settings *s);

#endif
