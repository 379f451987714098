/*
 * The five stages: one row each.  The scheduler starts whatever has become
 * ready; an evaluator more is a row more (see ../README.md, How to add).
 */
#ifndef PIPELINE_STAGE_H
#define PIPELINE_STAGE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "pipeline/rollup.h"
#include "prompt/prompts.h"

struct call;

enum stage {
	STAGE_CLASSIFICATION,
	STAGE_SCRIPT_DEVIATION,
	STAGE_COMPLIANCE,
	STAGE_COMMUNICATION,
	STAGE_DEEP_DIVE,
	STAGE_COUNT
};

#define STAGE_BIT(stage) (1u << (stage))
#define STAGE_ALL        (STAGE_BIT(STAGE_COUNT) - 1)

enum { VARIABLES_MAX = 12 };

/* The values of a stage's variables, in the order of its `offered` names. */
struct variables {
	struct text values[VARIABLES_MAX];
	char *owned[VARIABLES_MAX]; /* what values[i] points to, or NULL */
	bool failed; /* one of them is larger than LIMIT_BODY_BYTES */
};

/*
 * Fills all values of the stage's prompt for this call; `marker`, which ends
 * every list of offered names, is borrowed, so is the call's text.
 */
void variables_fill(struct variables *v, const struct call *call,
		    enum stage stage, const char *marker);
void variables_release(struct variables *v);

struct stage_row {
	const char *name; /* in records: "compliance" */
	struct prompt_spec prompt;
	unsigned after; /* STAGE_BIT()s of those that must have ended */
	/* Does this call need it?  NULL: always.  Asked once `after` ended. */
	bool (*wanted)(const struct call *call);
	/* Fills the values but the marker's. */
	void (*variables)(const struct call *call, struct variables *v);
	/* How its summary is rebuilt from its items; NULL: it has none. */
	const struct roll_up *roll_up;
	/* JSON that stands in `evaluation` when it failed: shape, never facts
	 */
	const char *fallback;
};

extern const struct stage_row stages[STAGE_COUNT];

/* The rows' prompt_specs in order, for prompts_load(). */
const struct prompt_spec *stage_prompts(void);

/*
 * Checks the table: every `after` names earlier rows, offered names fit
 * VARIABLES_MAX, fallbacks fit their own model.  For tests.
 */
int stage_check(struct error *err) MUST_USE;

#endif
