/*
 * The request: what comes in, one record a call.
 *
 * The tables are the contract; source: the product's request models.
 */
#ifndef MODEL_REQUEST_H
#define MODEL_REQUEST_H

#include "data/schema.h"

/* EvaluateCallRequest: call_id, agent_id, call_context, transcript,
 * ideal_script, client_data */
extern const struct model request_model;

/* client_data, and its script_progress and financial_profile */
extern const struct model client_data_model;
extern const struct model script_progress_model;
extern const struct model financial_profile_model;

#endif
