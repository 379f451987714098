/*
 * A list of the hashes that prompts must have, as sha256sum(1) writes it of
 * their files.
 */
#ifndef PROMPT_LOCK_H
#define PROMPT_LOCK_H

#include "base/compiler.h"
#include "base/error.h"
#include "prompt/prompts.h"

/*
 * Are the prompts, the context among them, those that the file lists: a line
 * `HASH  NAME` each, NAME being a path whose last part without ".yaml" is the
 * prompt's?  Blank lines and lines that begin with # do not count.  -1 with
 * *err (ERR_PROMPT, "file:line"): the file cannot be read, a line is no such
 * line, a hash differs, a prompt is not listed, or listed and not in use.
 */
int prompts_lock_check(const struct prompts *p, const char *path,
		       struct error *err) MUST_USE;

#endif
