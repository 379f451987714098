/* The fence around a transcript: does a template have it? */
#ifndef PROMPT_FENCE_H
#define PROMPT_FENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "prompt/template.h"

/*
 * Does every occurrence of names[transcript] stand alone on its line, the
 * lines directly before and after it holding names[marker], outside of which
 * they have only fixed text between the two?  If not, *offset is where in
 * the source the first one stands that does not.
 */
bool fence_stands(const struct template *t, size_t transcript, size_t marker,
		  size_t *offset);

#endif
