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
 * The label of the line that begins at `at`: `Agent:`, `[00:12] spk_0:`,
 * `**Agent:**`, `<v Agent>`, a cue's times, a subtitle's number.
 */
struct line_label label_find(struct text text, size_t at);

#endif
