/*
 * A transcript as turns: who said which bytes, and when.
 *
 * Every byte of a transcript belongs to exactly one turn or to a gap between
 * two (blank lines, titles, the bookkeeping of subtitle files).  What is not
 * known stays unknown: no role is given because one has to be.
 */
#ifndef TRANSCRIPT_TURNS_H
#define TRANSCRIPT_TURNS_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum role { ROLE_AGENT, ROLE_CUSTOMER, ROLE_OTHER, ROLE_UNKNOWN };
#define ROLE_COUNT 4

/* By what roles were found, from the strongest to the weakest. */
enum role_basis {
	BASIS_LABELS, /* words of the labels: "Agent", "Customer" */
	BASIS_SCRIPT, /* who speaks like the ideal script */
	BASIS_NONE    /* they were not: no labels, or nothing to tell by */
};

/* A run of bytes of the transcript: [begin, end). */
struct span {
	size_t begin, end;
};

/* Labels that differ only in case or in a "(turn 3)" are one speaker. */
struct speaker {
	struct text label; /* where it stands first; borrowed */
	enum role role;
	enum role_basis basis; /* BASIS_NONE with ROLE_UNKNOWN */
	double confidence;     /* of the role, 0 to 1 */
};

/* A turn of a transcript, or of a part of it, without labels. */
#define SPEAKER_NONE SIZE_MAX
/* No such turn. */
#define TURN_NONE SIZE_MAX

/*
 * What stands under one label or in one cue, continuation lines included.
 * One speaker may have several in a row.
 */
struct turn {
	size_t speaker;     /* in speakers[], or SPEAKER_NONE */
	struct span whole;  /* label, times, decoration and words */
	struct span words;  /* inside of whole; empty if nothing was said */
	int64_t start, end; /* ms from the call's beginning; -1: not told */
};

struct turns {
	struct text text;   /* the transcript; borrowed */
	struct turn *items; /* in order; they do not overlap */
	size_t count;
	struct speaker *speakers; /* in the order of their first turns */
	size_t speaker_count;
	/* the weakest of the roles given; BASIS_NONE and 0 if none is */
	enum role_basis basis;
	double confidence;
};

/*
 * Finds turns, speakers and roles, in time linear in both texts.  The script
 * is looked at only if the labels do not tell the roles; it may be empty.
 * The transcript must outlive the turns; the script need not.
 */
void turns_init(struct turns *turns, struct text transcript,
		struct text script);

/* Frees what turns_init() made. */
void turns_release(struct turns *turns);

/* The role of a turn's speaker; ROLE_UNKNOWN if it has none. */
enum role turns_role(const struct turns *turns, size_t turn);

/* The bytes of a turn's words; borrowed. */
struct text turns_words(const struct turns *turns, size_t turn);

/*
 * The turn that holds a byte, or TURN_NONE; by bisection.  Only tests ask: it
 * is the other way to the turn that evidence was said to stand in.
 */
size_t turns_at(const struct turns *turns, size_t byte);

/* "agent", "customer", "other", "unknown" */
const char *role_name(enum role role);

/* "labels", "script", "none" */
const char *role_basis_name(enum role_basis basis);

#endif
