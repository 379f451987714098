/*
 * What goes out: report, error record, summary of a run; and all models by
 * name for --print-schema.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include "data/schema.h"

extern const struct model report_model;
extern const struct model error_record_model; /* named "error" */
extern const struct model summary_model;
extern const struct model record_model; /* one of report, error */

/* Every model that --print-schema knows, NULL-ended. */
extern const struct model *const all_models[];

/* The model of that name, or NULL. */
const struct model *model_by_name(const char *name);

#endif
