/* The tables of what goes out: report, error record, summary of a run. */
#include "model/record.h"

#include <string.h>

#include "model/evaluation.h"
#include "model/request.h"

static const char *const report_statuses[] = { "ok", "partial", NULL };
static const char *const error_statuses[] = { "failed", "skipped", NULL };
static const char *const stage_statuses[] = { "ok", "failed", "skipped",
					      "not_needed", NULL };
static const char *const engines[] = { "llm", "rules", NULL };

/* The codes of one record; those of the run never stand in a record. */
static const char *const record_codes[] = { "INVALID_JSON",
					    "INVALID_REQUEST",
					    "TOO_LARGE",
					    "DUPLICATE_ID",
					    "TOO_SHORT",
					    "TOO_LONG",
					    "EVALUATION_FAILED",
					    "REPLAY_MISS",
					    "BUDGET_REACHED",
					    "STOPPED",
					    "UPSTREAM_CONNECT",
					    "UPSTREAM_TLS",
					    "UPSTREAM_TIMEOUT",
					    "UPSTREAM_TRUNCATED",
					    "UPSTREAM_TOO_LARGE",
					    "UPSTREAM_STATUS",
					    "UPSTREAM_RATE_LIMIT",
					    "UPSTREAM_AUTH",
					    "UPSTREAM_CREDIT",
					    "UPSTREAM_REFUSED",
					    "UPSTREAM_LENGTH",
					    "UPSTREAM_SCHEMA",
					    NULL };

/* Lengths of what has one: a digest in hex, `eval_` and 32 hex digits. */
enum { SHA256_LENGTH = 64, CORRELATION_LENGTH = 37 };

/* clang-format off */
#define TEXT(field_name, more, text)                                          \
	{ .name = (field_name), .type = T_STRING,                             \
	  .flags = F_REQUIRED | (more), .help = (text) }
#define EXACTLY(field_name, length, text)                                     \
	{ .name = (field_name), .type = T_STRING, .flags = F_REQUIRED,        \
	  .min_length = (length), .max_length = (length), .help = (text) }
#define TIME_OR_NULL(field_name, text)                                        \
	{ .name = (field_name), .type = T_TIME,                               \
	  .flags = F_REQUIRED | F_NULLABLE, .help = (text) }
#define COUNT(field_name, text)                                               \
	{ .name = (field_name), .type = T_INTEGER,                            \
	  .flags = F_REQUIRED | F_MIN, .min = 0, .help = (text) }
#define COUNT_OR_NULL(field_name, text)                                       \
	{ .name = (field_name), .type = T_INTEGER,                            \
	  .flags = F_REQUIRED | F_NULLABLE | F_MIN, .min = 0, .help = (text) }
#define COUNT_IF_ANY(field_name, text)                                        \
	{ .name = (field_name), .type = T_INTEGER,                            \
	  .flags = F_OPTIONAL | F_MIN, .min = 0, .help = (text) }
#define COST(field_name)                                                      \
	{ .name = (field_name), .type = T_NUMBER,                             \
	  .flags = F_REQUIRED | F_NULLABLE | F_MIN, .min = 0,                 \
	  .help = "US dollars; null if no price is known" }
#define YES_IF_ANY(field_name, text)                                          \
	{ .name = (field_name), .type = T_BOOLEAN, .flags = F_OPTIONAL,       \
	  .help = (text) }
#define CHOICE(field_name, list, text)                                        \
	{ .name = (field_name), .type = T_CHOICE, .flags = F_REQUIRED,        \
	  .choices = (list), .help = (text) }
#define PART(field_name, part, text)                                          \
	{ .name = (field_name), .type = T_OBJECT, .flags = F_REQUIRED,        \
	  .model = (part), .help = (text) }
#define PART_IF_ANY(field_name, part, text)                                   \
	{ .name = (field_name), .type = T_OBJECT, .flags = F_OPTIONAL,        \
	  .model = (part), .help = (text) }
#define LIST(field_name, element, text)                                       \
	{ .name = (field_name), .type = T_ARRAY, .flags = F_REQUIRED,         \
	  .item = (element), .help = (text) }
#define MAP(field_name, more, value, text)                                    \
	{ .name = (field_name), .type = T_MAP, .flags = F_REQUIRED | (more),  \
	  .item = (value), .help = (text) }
#define MAP_IF_ANY(field_name, value, text)                                   \
	{ .name = (field_name), .type = T_MAP, .flags = F_OPTIONAL,           \
	  .item = (value), .help = (text) }
#define NUMBER(field_name, more, text)                                        \
	{ .name = (field_name), .type = T_NUMBER,                             \
	  .flags = F_REQUIRED | F_MIN | (more), .min = 0,                     \
	  .max = (more) & F_MAX ? 1 : 0, .help = (text) }
#define PART_OR_NULL(field_name, part, text)                                  \
	{ .name = (field_name), .type = T_OBJECT,                             \
	  .flags = F_REQUIRED | F_NULLABLE, .model = (part), .help = (text) }
#define SCORE_OR_NULL(field_name, text)                                       \
	{ .name = (field_name), .type = T_INTEGER,                            \
	  .flags = F_REQUIRED | F_NULLABLE | F_MIN | F_MAX, .min = 1,         \
	  .max = 100, .help = (text) }
#define END { .name = NULL }
#define MODEL(model_name, model_title, rows)                                  \
	{ .name = (model_name), .title = (model_title), .fields = (rows) }
/* clang-format on */

static const struct field any_text = { .type = T_STRING };
static const struct field any_count = {
	.type = T_INTEGER,
	.flags = F_MIN,
	.min = 0,
};
static const struct field any_score = {
	.type = T_INTEGER,
	.flags = F_MIN | F_MAX,
	.min = 1,
	.max = 100,
};

/* ---- meta: how the record came about --------------------------------- */

static const struct field prompt_fields[] = {
	TEXT("source", 0, "\"built-in\", or the file"),
	TEXT("version", 0, "as the file has it"),
	EXACTLY("sha256", SHA256_LENGTH, "of the file"),
	END,
};
static const struct model prompt_model = MODEL("prompt", "Prompt that was used",
					       prompt_fields);
static const struct field prompt_row = { .type = T_OBJECT,
					 .model = &prompt_model };

static const struct field tokens_fields[] = {
	COUNT("in", NULL),
	COUNT("out", NULL),
	COUNT("cached", "of those in, read from the provider's cache"),
	END,
};
static const struct model tokens_model = MODEL("tokens", "Tokens",
					       tokens_fields);

static const struct field stage_error_fields[] = {
	CHOICE("code", record_codes, NULL),
	TEXT("message", 0, NULL),
	END,
};
static const struct model stage_error_model = MODEL(
	"stage_error", "Why a stage failed", stage_error_fields);

static const struct field stage_fields[] = {
	CHOICE("status", stage_statuses, NULL),
	COUNT_IF_ANY("attempts", "requests, repeated ones included"),
	COUNT_IF_ANY("re_asks", "requests that asked for a better answer"),
	COUNT("latency_ms", NULL),
	PART("tokens", &tokens_model, NULL),
	COST("cost"),
	YES_IF_ANY("cached", "the answer was there already"),
	YES_IF_ANY("fence_stripped", "the answer came in a code fence"),
	PART_IF_ANY("error", &stage_error_model, NULL),
	END,
};
static const struct model stage_model = MODEL("stage", "Stage", stage_fields);
static const struct field stage_row = { .type = T_OBJECT,
					.model = &stage_model };

static const struct field reconciled_fields[] = {
	TEXT("stage", 0, NULL),
	TEXT("list", 0, "the list of its summary"),
	TEXT("entry", F_PRIVATE, "the entry that names no item"),
	END,
};
static const struct model reconciled_model = MODEL(
	"reconciled", "Summary entry left out", reconciled_fields);
static const struct field reconciled_row = { .type = T_OBJECT,
					     .model = &reconciled_model };

static const struct field meta_fields[] = {
	{ .name = "report_version",
	  .type = T_INTEGER,
	  .flags = F_REQUIRED | F_MIN | F_MAX,
	  .min = 1,
	  .max = 1,
	  .help = "of this format" },
	TEXT("callqa", 0, "version of the program"),
	CHOICE("engine", engines, NULL),
	TEXT("model", F_NULLABLE, "the model that answered"),
	EXACTLY("input_sha256", SHA256_LENGTH,
		"of the request, converted and redacted"),
	MAP("redacted", F_NULLABLE, &any_count,
	    "how many of each class were redacted; null with --no-redact"),
	TEXT("evaluation_version", 0, "a setting"),
	MAP("prompts", 0, &prompt_row, "by name"),
	MAP("stages", 0, &stage_row, "by name"),
	LIST("reconciled", &reconciled_row,
	     "entries of a model's summary that name no item"),
	LIST("warnings", &any_text, NULL),
	END,
};
static const struct model meta_model = MODEL(
	"meta", "How the record came about", meta_fields);

/* ---- report ---------------------------------------------------------- */

static const struct field evaluation_fields[] = {
	PART("classification", &classification_model, NULL),
	PART("script_deviation", &script_deviation_model, NULL),
	PART("compliance", &compliance_model, NULL),
	PART("communication", &communication_model, NULL),
	{ .name = "deep_dive",
	  .type = T_OBJECT,
	  .flags = F_REQUIRED | F_NULLABLE,
	  .model = &deep_dive_model,
	  .help = "null if none was needed, or if it failed" },
	END,
};
static const struct model evaluation_model = MODEL("evaluation", "Evaluation",
						   evaluation_fields);

static const struct field score_basis_fields[] = {
	COUNT_OR_NULL("violations", "15 points off for each"),
	COUNT_OR_NULL("coaching_needed", "5 points off for each"),
	COUNT_OR_NULL("missed", "3 points off for each"),
	COUNT_OR_NULL("exceeded", "2 points for each"),
	END,
};
static const struct model score_basis_model = MODEL(
	"score_basis", "What the score counts", score_basis_fields);

static const struct field report_summary_fields[] = {
	LIST("strengths", &any_text, NULL),
	LIST("areas_for_improvement", &any_text, NULL),
	LIST("critical_issues", &any_text, NULL),
	END,
};
static const struct model report_summary_model = MODEL(
	"report_summary", "Summary of a report", report_summary_fields);

static const struct field review_fields[] = {
	TEXT("code", 0, NULL),
	TEXT("message", 0, NULL),
	END,
};
static const struct model review_model = MODEL(
	"needs_review", "Why a person should look", review_fields);
static const struct field review_row = { .type = T_OBJECT,
					 .model = &review_model };

/* ---- several evaluations --------------------------------------------- */

static const struct field repeat_score_fields[] = {
	SCORE_OR_NULL("min", "null if no evaluation has a score"),
	{ .name = "median",
	  .type = T_NUMBER,
	  .flags = F_REQUIRED | F_NULLABLE | F_MIN | F_MAX,
	  .min = 1,
	  .max = 100,
	  .help = "likewise" },
	SCORE_OR_NULL("max", "likewise"),
	END,
};
static const struct model repeat_score_model = MODEL(
	"repeat_score", "Scores of several evaluations", repeat_score_fields);

static const struct field repeat_item_fields[] = {
	TEXT("path", 0, "where in the report it stands"),
	TEXT("name", F_NULLABLE, "of the item, or the section's number"),
	MAP("counts", 0, &any_count, "how many evaluations gave which value"),
	{ .name = "flip_rate",
	  .type = T_NUMBER,
	  .flags = F_REQUIRED | F_MIN | F_MAX,
	  .min = 0,
	  .max = 1,
	  .help = "1 - the share of the most frequent value" },
	END,
};
static const struct model repeat_item_model = MODEL(
	"repeat_item", "A value of several evaluations", repeat_item_fields);
static const struct field repeat_item_row = { .type = T_OBJECT,
					      .model = &repeat_item_model };

static const struct field repeat_fields[] = {
	COUNT("k", "evaluations"),
	COUNT("ok", "of those, of status ok"),
	PART("score", &repeat_score_model, NULL),
	LIST("items", &repeat_item_row, "all that are chosen from a list"),
	END,
};
static const struct model repeat_model = MODEL(
	"repeat", "Several evaluations of one record", repeat_fields);

/* ---- evidence -------------------------------------------------------- */

static const char *const evidence_classes[] = { "exact",  "normalised", "near",
						"absent", "too_short",  NULL };
static const char *const roles[] = { "agent", "customer", "other", "unknown",
				     NULL };

static const struct field evidence_counts_fields[] = {
	COUNT("exact", NULL),  COUNT("normalised", NULL), COUNT("near", NULL),
	COUNT("absent", NULL), COUNT("too_short", NULL),  END,
};
static const struct model evidence_counts_model = MODEL(
	"evidence_counts", "Quotes by class", evidence_counts_fields);

static const struct field quote_fields[] = {
	TEXT("path", 0, "the string of `evaluation` that holds the quote"),
	TEXT("quote", F_PRIVATE, "as the model wrote it"),
	TEXT("claimed", F_NULLABLE | F_PRIVATE,
	     "the label in front of it; null if there is none"),
	CHOICE("class", evidence_classes, NULL),
	COUNT_OR_NULL("distance", "words that differ"),
	{ .name = "turn",
	  .type = T_INTEGER,
	  .flags = F_REQUIRED | F_NULLABLE | F_MIN,
	  .min = 1,
	  .help = "the turn it stands in, from 1" },
	{ .name = "span",
	  .type = T_ARRAY,
	  .flags = F_REQUIRED | F_NULLABLE,
	  .item = &any_count,
	  .min_length = 2,
	  .max_length = 2,
	  .help = "the transcript's bytes: the first, and the one behind" },
	TEXT("speaker", F_NULLABLE | F_PRIVATE, "the label of who says it"),
	{ .name = "role",
	  .type = T_CHOICE,
	  .flags = F_REQUIRED | F_NULLABLE,
	  .choices = roles,
	  .help = "of who says it" },
	{ .name = "speaker_fits",
	  .type = T_BOOLEAN,
	  .flags = F_REQUIRED | F_NULLABLE,
	  .help = "is it who is claimed, the agent if nobody is?" },
	END,
};
static const struct model quote_model = MODEL("quote", "Quote", quote_fields);
static const struct field quote_row = { .type = T_OBJECT,
					.model = &quote_model };

static const struct field evidence_fields[] = {
	PART("counts", &evidence_counts_model, NULL),
	COUNT("wrong_speaker", "quotes of what weighs, said by another"),
	COUNT("omitted", "quotes that were not looked up"),
	LIST("unsupported", &any_text,
	     "what weighs and has absent quotes only, by path"),
	LIST("quotes", &quote_row, NULL),
	END,
};
static const struct model evidence_model = MODEL("evidence", "Evidence",
						 evidence_fields);

/* ---- metrics --------------------------------------------------------- */

static const char *const role_bases[] = { "labels", "script", "none", NULL };
static const struct field any_share = {
	.type = T_NUMBER,
	.flags = F_MIN | F_MAX,
	.min = 0,
	.max = 1,
};

static const struct field roles_fields[] = {
	CHOICE("basis", role_bases, "by what agent and customer are told"),
	NUMBER("confidence", F_MAX, "of the least certain one"),
	COUNT("speakers", "different labels"),
	END,
};
static const struct model roles_model = MODEL("roles", "Who is who",
					      roles_fields);

static const struct field role_counts_fields[] = {
	COUNT("agent", NULL),
	COUNT("customer", NULL),
	COUNT("other", NULL),
	COUNT("unknown", NULL),
	END,
};
static const struct model role_counts_model = MODEL(
	"role_counts", "Counts by role", role_counts_fields);

static const struct field role_shares_fields[] = {
	NUMBER("agent", F_MAX, NULL),
	NUMBER("customer", F_MAX, NULL),
	NUMBER("other", F_MAX, NULL),
	NUMBER("unknown", F_MAX, NULL),
	END,
};
static const struct model role_shares_model = MODEL(
	"role_shares", "Shares by role", role_shares_fields);

static const struct field monologue_fields[] = {
	CHOICE("role", roles, NULL),
	COUNT("words", NULL),
	COUNT("turn", "where it begins, from 1"),
	END,
};
static const struct model monologue_model = MODEL(
	"monologue", "Longest monologue", monologue_fields);

static const struct field silence_fields[] = {
	NUMBER("seconds", 0, "in all"),
	NUMBER("longest", 0, "seconds of the longest one"),
	END,
};
static const struct model silence_model = MODEL("silence", "Silence",
						silence_fields);

static const struct field pace_fields[] = {
	NUMBER("call", 0, "of the call's duration"),
	NUMBER("agent", F_NULLABLE, "of the agent's own speaking"),
	NUMBER("customer", F_NULLABLE, "likewise"),
	END,
};
static const struct model pace_model = MODEL("words_per_minute",
					     "Words per minute", pace_fields);

static const struct field coverage_fields[] = {
	NUMBER("all", F_MAX, "of all sections together"),
	MAP("sections", F_SECTION_KEYS, &any_share, "by number"),
	END,
};
static const struct model coverage_model = MODEL(
	"script_coverage", "Words of the script that were said",
	coverage_fields);

static const struct field metrics_fields[] = {
	PART("roles", &roles_model, NULL),
	PART("words", &role_counts_model, NULL),
	PART_OR_NULL("talk_share", &role_shares_model, "shares of the words"),
	PART_OR_NULL("turns", &role_counts_model, NULL),
	PART_OR_NULL("longest_monologue", &monologue_model, NULL),
	NUMBER("turns_per_minute", F_NULLABLE, NULL),
	COUNT_OR_NULL("agent_questions", NULL),
	PART("fillers", &role_counts_model, NULL),
	PART_OR_NULL("interruptions", &role_counts_model, "by who interrupts"),
	PART_OR_NULL("silence", &silence_model, NULL),
	PART("words_per_minute", &pace_model, NULL),
	PART_OR_NULL("script_coverage", &coverage_model, NULL),
	END,
};
static const struct model metrics_model = MODEL("metrics", "Metrics",
						metrics_fields);

/* ---- the report itself ----------------------------------------------- */

static const struct field report_fields[] = {
	TEXT("call_id", 0, NULL),
	TEXT("agent_id", 0, NULL),
	EXACTLY("correlation_id", CORRELATION_LENGTH,
		"eval_ and 32 hexadecimal digits"),
	TIME_OR_NULL("timestamp",
		     "when the evaluation ended; of the call, or null, under "
		     "--reproducible"),
	CHOICE("status", report_statuses, NULL),
	COUNT("processing_time_ms", NULL),
	PART("evaluation", &evaluation_model, NULL),
	SCORE_OR_NULL("overall_score",
		      "null if compliance or communication failed"),
	PART("score_basis", &score_basis_model, NULL),
	{ .name = "score_range",
	  .type = T_ARRAY,
	  .flags = F_OPTIONAL,
	  .item = &any_score,
	  .min_length = 2,
	  .max_length = 2,
	  .help = "least and greatest score that the failed stages allow" },
	SCORE_OR_NULL("score_supported",
		      "overall_score without what is in evidence.unsupported"),
	PART("summary", &report_summary_model, NULL),
	LIST("needs_review", &review_row, NULL),
	PART("evidence", &evidence_model,
	     "where the quotes stand in the transcript"),
	PART("metrics", &metrics_model, "what is measured without a model"),
	PART_IF_ANY("repeat", &repeat_model, "of several evaluations"),
	PART("meta", &meta_model, NULL),
	END,
};
const struct model report_model = MODEL("report", "Report", report_fields);

/* ---- error record ---------------------------------------------------- */

static const struct field detail_fields[] = {
	TEXT("path", 0, "where; \"\" is the document itself"),
	TEXT("message", 0, "what was expected there"),
	TEXT("got", F_NULLABLE, "what was found; null if nothing was"),
	END,
};
static const struct model detail_model = MODEL(
	"detail", "One fault of a request", detail_fields);
static const struct field detail_row = { .type = T_OBJECT,
					 .model = &detail_model };

static const struct field error_fields[] = {
	CHOICE("code", record_codes, NULL),
	TEXT("message", 0, NULL),
	TEXT("source", F_NULLABLE, "file and line, as calls.ndjson:812"),
	LIST("details", &detail_row, NULL),
	END,
};
static const struct model error_model = MODEL("error_body", "What went wrong",
					      error_fields);

static const struct field error_record_fields[] = {
	TEXT("call_id", F_NULLABLE, "null if it could not be read"),
	TEXT("agent_id", F_NULLABLE, "likewise"),
	EXACTLY("correlation_id", CORRELATION_LENGTH,
		"eval_ and 32 hexadecimal digits"),
	TIME_OR_NULL("timestamp", "null under --reproducible where the call "
				  "has none"),
	CHOICE("status", error_statuses, NULL),
	PART("error", &error_model, NULL),
	PART_IF_ANY("meta", &meta_model, "as a report's"),
	END,
};
const struct model error_record_model = MODEL("error", "Error record",
					      error_record_fields);

/* ---- summary of a run ------------------------------------------------ */

static const struct field spent_fields[] = {
	COUNT("requests", "sent upstream"),
	COUNT("re_asks", "of those, for a better answer"),
	PART("tokens", &tokens_model, NULL),
	COST("cost"),
	END,
};
static const struct model spent_model = MODEL("spent", "What a stage has cost",
					      spent_fields);
static const struct field spent_row = { .type = T_OBJECT,
					.model = &spent_model };

static const struct field summary_fields[] = {
	COUNT("total", "records read"),
	COUNT("successful", "status ok"),
	COUNT("partial", NULL),
	COUNT("failed", NULL),
	COUNT("skipped", NULL),
	COUNT("duration_ms", NULL),
	COUNT("exit", "the exit status"),
	COUNT_IF_ANY("requests", "sent upstream"),
	COUNT_IF_ANY("re_asks", "of those, for a better answer"),
	PART_IF_ANY("tokens", &tokens_model, NULL),
	COST("cost"),
	MAP_IF_ANY("stages", &spent_row, "the same by stage"),
	{ .name = "input_unread",
	  .type = T_BOOLEAN,
	  .flags = F_REQUIRED,
	  .help = "did the run stop before the end of its input?" },
	TIME_OR_NULL("started_at", "null under --reproducible"),
	TEXT("callqa", 0, "version of the program"),
	END,
};
const struct model summary_model = MODEL("summary", "Summary of a run",
					 summary_fields);

/* ---- all of them ----------------------------------------------------- */

static const struct model *const record_models[] = { &report_model,
						     &error_record_model,
						     NULL };
const struct model record_model = {
	.name = "record",
	.title = "A line of output",
	.one_of = record_models,
};

const struct model *const all_models[] = { &request_model,
					   &classification_model,
					   &script_deviation_model,
					   &compliance_model,
					   &communication_model,
					   &deep_dive_model,
					   &report_model,
					   &error_record_model,
					   &summary_model,
					   &record_model,
					   NULL };

const struct model *model_by_name(const char *name)
{
	for (const struct model *const *m = all_models; *m; m++) {
		if (strcmp((*m)->name, name) == 0)
			return *m;
	}
	return NULL;
}
