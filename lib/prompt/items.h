/* The `items:` of a prompt: the names its answer must hold, defined. */
#ifndef PROMPT_ITEMS_H
#define PROMPT_ITEMS_H

#include "base/compiler.h"
#include "base/error.h"
#include "data/yaml.h"

/*
 * Reads a list of {name, definition}; `where` is the file in errors
 * (ERR_PROMPT).  *names: NULL-ended, new, freed by items_free().  *lines: a
 * line `- NAME: DEFINITION` each, the last without its end; new.  Both stay
 * untouched on -1.
 */
int items_read(const char *where, const struct yaml_node *list, char ***names,
	       char **lines, struct error *err) MUST_USE;

/* Frees a NULL-ended list and its strings. */
void items_free(char **names);

#endif
