/* What stands before the words of a line; private to redaction. */
#ifndef TRANSCRIPT_REDACT_LABEL_H
#define TRANSCRIPT_REDACT_LABEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Offsets into the text. */
struct line_label {
	size_t begin;     /* behind times and bullets: here the name begins */
	size_t end;       /* behind the name; as begin where there is none */
	uint32_t speaker; /* a hash of the name; 0: no name */
};

/*
 * Not label_parse() of label.h, which wants proof, and gets it by reading the
 * whole transcript first.  Here a line is read alone, and mistakes weigh
 * otherwise: a name that is missed would cut in two the number that is told
 * across it, one too many costs nothing, so a few words before a colon are
 * enough; but what is taken for a time is not looked at for secrets, so that
 * is as narrow as it can be: no four digits in a row.
 *
 * The label of the line that begins at `at`: `Agent:`, `[00:12] spk_0:`,
 * `**Agent:**`, `<v Agent>`, a cue's times, a subtitle's number.
 */
struct line_label label_find(struct text text, size_t at);

#endif
