/* The request's tables: what one call is, as it comes in. */
#include "model/request.h"

static const char *const call_contexts[] = { "First Call", "Follow-up Call",
					     NULL };

/* Others are as good; a warning tells of them. */
static const char *const termination_reasons[] = { "loan_approved",
						   "loan_denied",
						   "not_interested",
						   "callback_scheduled",
						   "agent_error",
						   "completed",
						   NULL };

static const char *const approval_statuses[] = { "approved", "denied",
						 "pending", NULL };

static const struct field metadata_fields[] = {
	{ .name = "duration",
	  .type = T_INTEGER,
	  .flags = F_REQUIRED | F_ABOVE,
	  .min = 0,
	  .help = "length of the call in seconds" },
	{ .name = "timestamp",
	  .type = T_TIME,
	  .flags = F_REQUIRED,
	  .help = "when the call began; UTC where it has no offset" },
	{ .name = "talk_time",
	  .type = T_INTEGER,
	  .flags = F_NULLABLE | F_ABOVE,
	  .min = 0,
	  .help = "seconds of the call in which somebody spoke" },
	{ .name = "disposition",
	  .type = T_STRING,
	  .flags = F_REQUIRED,
	  .min_length = 1,
	  .help = "the dialler's word for how the call ended" },
	{ .name = "campaign_name", .type = T_STRING, .flags = F_NULLABLE },
	{ .name = NULL },
};

static const struct model metadata_model = {
	.name = "metadata",
	.title = "Call metadata",
	.fields = metadata_fields,
	.open = true,
};

static const struct field transcript_fields[] = {
	{ .name = "transcript",
	  .type = T_STRING,
	  .flags = F_REQUIRED | F_PRIVATE,
	  .min_length = 1,
	  .help = "what was said, one turn a line, `Speaker: words`" },
	{ .name = "metadata",
	  .type = T_OBJECT,
	  .flags = F_REQUIRED,
	  .model = &metadata_model },
	{ .name = NULL },
};

static const struct model transcript_model = {
	.name = "transcript",
	.title = "Transcript",
	.fields = transcript_fields,
	.open = true,
};

static const struct field attempted_section = { .type = T_INTEGER };

static const struct field script_progress_fields[] = {
	{ .name = "sections_attempted",
	  .type = T_ARRAY,
	  .flags = F_REQUIRED,
	  .item = &attempted_section,
	  .min_length = 1,
	  .help = "numbers of the script's sections that the agent began" },
	{ .name = "last_completed_section",
	  .type = T_INTEGER,
	  .flags = F_REQUIRED | F_MIN,
	  .min = 0,
	  .help = "0 if none was completed" },
	{ .name = "termination_reason",
	  .type = T_STRING,
	  .flags = F_REQUIRED,
	  .choices = termination_reasons,
	  .min_length = 1,
	  .help = "why the call ended; a reason of your own is allowed" },
	{ .name = "pitch_outcome",
	  .type = T_STRING,
	  .flags = F_NULLABLE | F_PRIVATE },
	{ .name = NULL },
};

const struct model script_progress_model = {
	.name = "script_progress",
	.title = "Script progress",
	.fields = script_progress_fields,
	.open = true,
};

static const struct field financial_profile_fields[] = {
	{ .name = "annual_income",
	  .type = T_NUMBER,
	  .flags = F_NULLABLE | F_ABOVE | F_PRIVATE,
	  .min = 0,
	  .help = "dollars a year" },
	{ .name = "dti_ratio",
	  .type = T_NUMBER,
	  .flags = F_NULLABLE | F_MIN | F_MAX | F_PRIVATE,
	  .min = 0,
	  .max = 1,
	  .help = "debt to income, as a fraction" },
	{ .name = "loan_approval_status",
	  .type = T_CHOICE,
	  .flags = F_NULLABLE,
	  .choices = approval_statuses },
	{ .name = "has_existing_debt",
	  .type = T_BOOLEAN,
	  .flags = F_NULLABLE | F_PRIVATE },
	{ .name = NULL },
};

const struct model financial_profile_model = {
	.name = "financial_profile",
	.title = "Financial profile",
	.fields = financial_profile_fields,
	.open = true,
};

static const struct field client_data_fields[] = {
	{ .name = "lead_id",
	  .type = T_STRING,
	  .flags = F_NULLABLE | F_PRIVATE },
	{ .name = "campaign_id", .type = T_INTEGER, .flags = F_NULLABLE },
	{ .name = "script_progress",
	  .type = T_OBJECT,
	  .flags = F_REQUIRED,
	  .model = &script_progress_model },
	{ .name = "financial_profile",
	  .type = T_OBJECT,
	  .flags = F_NULLABLE,
	  .model = &financial_profile_model },
	{ .name = NULL },
};

const struct model client_data_model = {
	.name = "client_data",
	.title = "Client data",
	.fields = client_data_fields,
	.open = true,
};

static const struct field request_fields[] = {
	{ .name = "call_id",
	  .type = T_STRING,
	  .flags = F_REQUIRED | F_KEY,
	  .min_length = 1,
	  .help = "names the call in every record about it" },
	{ .name = "agent_id",
	  .type = T_STRING,
	  .flags = F_REQUIRED | F_KEY,
	  .min_length = 1 },
	{ .name = "call_context",
	  .type = T_CHOICE,
	  .flags = F_REQUIRED,
	  .choices = call_contexts },
	{ .name = "transcript",
	  .type = T_OBJECT,
	  .flags = F_REQUIRED,
	  .model = &transcript_model },
	{ .name = "ideal_script",
	  .type = T_STRING,
	  .flags = F_REQUIRED | F_PRIVATE,
	  .min_length = 1,
	  .help = "the script the agent was to follow, in numbered sections" },
	{ .name = "client_data",
	  .type = T_OBJECT,
	  .flags = F_REQUIRED,
	  .model = &client_data_model },
	{ .name = NULL },
};

const struct model request_model = {
	.name = "request",
	.title = "Request",
	.fields = request_fields,
	.open = true,
};
