/*
 * The sections of an ideal script: numbers and titles one can join on.
 */
#ifndef TRANSCRIPT_SCRIPT_H
#define TRANSCRIPT_SCRIPT_H

#include "base/buf.h"
#include "base/text.h"

/*
 * Appends a line "N: title" for each section of the script, in its order.
 * What a section is, the first of these that the script has:
 *
 * - "Section 3: Intro", "SECTION 3 - INTRO" or a numbered heading, "## 3
 *   Intro": these numbers;
 * - "3. Intro", "3) Intro" or "3: Intro": these numbers, unless they are lists
 *   under headings (of "##" or "**", or any if a number comes again);
 * - headings ("## Intro", "**Intro**", a line in capitals, a line ending in a
 *   colon): counted, those of the first kind that occurs twice, else all;
 * - paragraphs: counted, titled by their first words.
 *
 * Lists with bullets never count.  Of a number that comes again the first
 * stays.  Numbers go to 999; titles are cut at 80 bytes, at a character's
 * boundary.
 */
void script_sections(struct text script, struct buf *out);

/* The greatest number of sections that a script can have. */
#define SCRIPT_SECTIONS 999

struct script_section {
	unsigned number;
	struct text text; /* its title and what is under it; borrowed */
};

/*
 * The same sections with their text, up to `most`: from the title of one to
 * the line that begins the next.  Returns how many there are.
 */
size_t script_split(struct text script, struct script_section *sections,
		    size_t most);

#endif
