/* The fence around a transcript: does a template have it? */
#ifndef PROMPT_FENCE_H
#define PROMPT_FENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "prompt/template.h"

/*
 * Does every names[transcript] stand alone on its line, with names[marker] in
 * the line directly before and in the line directly after it, and no other
 * value in between?  If not, *offset is where in the source the first one is
 * that does not.
 */
bool fence_stands(const struct template *t, size_t transcript, size_t marker,
		  size_t *offset);

#endif
