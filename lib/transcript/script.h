/*
 * The sections of an ideal script: numbers and titles one can join on.
 */
#ifndef TRANSCRIPT_SCRIPT_H
#define TRANSCRIPT_SCRIPT_H

#include "base/buf.h"
#include "base/text.h"

/*
 * Appends a line "N: title" for each section of the script, in its order.
 * Numbered sections ("Section 3: Intro", "3. Intro", "3) Intro", "## 3 Intro",
 * "SECTION 3 - INTRO") keep their numbers; else headings ("## Intro", a line
 * in capitals or ending in a colon) are counted; else paragraphs, titled by
 * their first words.  Titles are cut at 80 bytes, at a character's boundary.
 */
void script_sections(struct text script, struct buf *out);

#endif
