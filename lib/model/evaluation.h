/*
 * What a model answers, one table a stage; and the words they share.
 */
#ifndef MODEL_EVALUATION_H
#define MODEL_EVALUATION_H

#include "data/schema.h"

extern const struct model classification_model;
extern const struct model script_deviation_model;
extern const struct model compliance_model;
extern const struct model communication_model;
extern const struct model deep_dive_model;

/* "Exceeded", "Met", "Missed", "N/A"; NULL-ended, as all of these. */
extern const char *const performance_ratings[];
/* "No Infraction", "Coaching Needed", "Violation", "N/A" */
extern const char *const compliance_statuses[];
/* "Critical", "High", "Medium", "Low" */
extern const char *const severities[];
extern const char *const call_outcomes[];

#endif
