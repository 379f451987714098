/* The replies' tables: what a model answers, stage by stage. */
#include "model/evaluation.h"

#include "base/limits.h"

const char *const performance_ratings[] = { "Exceeded", "Met", "Missed", "N/A",
					    NULL };
const char *const compliance_statuses[] = { "No Infraction", "Coaching Needed",
					    "Violation", "N/A", NULL };
const char *const severities[] = { "Critical", "High", "Medium", "Low", NULL };

const char *const call_outcomes[] = { "completed", "scheduled", "incomplete",
				      "lost", NULL };
static const char *const adherence_levels[] = { "high", "medium", "low", NULL };

/* Elements of lists: a sentence or two, an item's name, a section's number. */
static const struct field sentence = {
	.type = T_STRING,
	.flags = F_PRIVATE,
	.max_length = LIMIT_ANSWER_TEXT,
};
static const struct field sentence_with_quotes = {
	.type = T_STRING,
	.flags = F_PRIVATE | F_QUOTES,
	.max_length = LIMIT_ANSWER_TEXT,
};
static const struct field item_name = {
	.type = T_STRING,
	.max_length = LIMIT_ANSWER_NAME,
};
static const struct field section_number = { .type = T_INTEGER };

/* clang-format off */
#define SENTENCES(field_name, text)                                           \
	{ .name = (field_name), .type = T_ARRAY, .item = &sentence,           \
	  .max_length = LIMIT_ANSWER_LIST, .fallback = "[]", .help = (text) }
#define SENTENCES_WITH_QUOTES(field_name, text)                               \
	{ .name = (field_name), .type = T_ARRAY,                              \
	  .item = &sentence_with_quotes, .max_length = LIMIT_ANSWER_LIST,     \
	  .fallback = "[]", .help = (text) }
#define NAMES(field_name, text)                                               \
	{ .name = (field_name), .type = T_ARRAY, .item = &item_name,          \
	  .max_length = LIMIT_ANSWER_LIST, .fallback = "[]", .help = (text) }
#define SECTIONS(field_name, text)                                            \
	{ .name = (field_name), .type = T_ARRAY, .item = &section_number,     \
	  .max_length = LIMIT_ANSWER_LIST, .fallback = "[]", .help = (text) }
#define TEXT(field_name, text)                                                \
	{ .name = (field_name), .type = T_STRING,                             \
	  .flags = F_REQUIRED | F_PRIVATE,                                    \
	  .max_length = LIMIT_ANSWER_TEXT, .help = (text) }
#define QUOTE(field_name, text)                                               \
	{ .name = (field_name), .type = T_STRING,                             \
	  .flags = F_REQUIRED | F_PRIVATE | F_QUOTE,                          \
	  .max_length = LIMIT_ANSWER_TEXT, .help = (text) }
#define QUOTE_OR_NULL(field_name, text)                                       \
	{ .name = (field_name), .type = T_STRING,                             \
	  .flags = F_NULLABLE | F_PRIVATE | F_QUOTE,                          \
	  .max_length = LIMIT_ANSWER_TEXT, .help = (text) }
#define TEXT_WITH_QUOTES_OR_NULL(field_name, text)                            \
	{ .name = (field_name), .type = T_STRING,                             \
	  .flags = F_NULLABLE | F_PRIVATE | F_QUOTES,                         \
	  .max_length = LIMIT_ANSWER_TEXT, .help = (text) }
#define CHOICE(field_name, list, text)                                        \
	{ .name = (field_name), .type = T_CHOICE, .flags = F_REQUIRED,        \
	  .choices = (list), .help = (text) }
#define NO_UNLESS_SAID(field_name, text)                                      \
	{ .name = (field_name), .type = T_BOOLEAN, .fallback = "false",       \
	  .help = (text) }
#define NAME_OF_ITEM(field_name, text)                                        \
	{ .name = (field_name), .type = T_STRING,                             \
	  .flags = F_REQUIRED | F_ITEM_NAME,                                  \
	  .max_length = LIMIT_ANSWER_NAME, .help = (text) }
#define PART(field_name, part)                                                \
	{ .name = (field_name), .type = T_OBJECT, .flags = F_REQUIRED,        \
	  .model = (part) }
#define ROWS(field_name, row, text)                                           \
	{ .name = (field_name), .type = T_ARRAY, .item = (row),               \
	  .max_length = LIMIT_ANSWER_LIST, .fallback = "[]", .help = (text) }
#define SECTION_MAP(field_name, value, text)                                  \
	{ .name = (field_name), .type = T_MAP, .flags = F_SECTION_KEYS,       \
	  .item = (value), .max_length = LIMIT_ANSWER_LIST,                   \
	  .fallback = "{}", .help = (text) }
#define END { .name = NULL }
/* clang-format on */

static const struct field adherence_level = {
	.type = T_CHOICE,
	.choices = adherence_levels,
};

static const struct field classification_fields[] = {
	SECTIONS("sections_completed", "sections the agent went through"),
	SECTIONS("sections_attempted", "sections the agent began"),
	CHOICE("call_outcome", call_outcomes, "how the call ended"),
	SECTION_MAP("script_adherence_preview", &adherence_level,
		    "how closely each section was followed, by its number"),
	SENTENCES_WITH_QUOTES("red_flags", "what calls for a closer look"),
	NO_UNLESS_SAID("requires_deep_dive", "is a deep dive wanted?"),
	NO_UNLESS_SAID("early_termination_justified",
		       "was it right to end the call early?"),
	END,
};

const struct model classification_model = {
	.name = "classification",
	.title = "Call classification",
	.fields = classification_fields,
};

static const struct field section_fields[] = {
	CHOICE("content_accuracy", performance_ratings,
	       "was everything said that the script says?"),
	CHOICE("sequence_adherence", performance_ratings,
	       "in the script's order?"),
	CHOICE("language_phrasing", performance_ratings,
	       "in words as clear as the script's?"),
	CHOICE("customization", performance_ratings,
	       "fitted to this customer?"),
	SENTENCES("critical_misses", "what should have been said and was not"),
	QUOTE_OR_NULL("quote", "words of the transcript that show it"),
	END,
};

static const struct model section_model = {
	.name = "section_evaluation",
	.title = "Evaluation of one section",
	.fields = section_fields,
};

static const struct field section_row = {
	.type = T_OBJECT,
	.model = &section_model,
};

static const struct field script_deviation_fields[] = {
	SECTION_MAP("sections", &section_row,
		    "an evaluation of each section, by its number"),
	END,
};

const struct model script_deviation_model = {
	.name = "script_deviation",
	.title = "Script adherence",
	.fields = script_deviation_fields,
};

static const struct field compliance_item_fields[] = {
	NAME_OF_ITEM("name", "the item that was checked"),
	CHOICE("status", compliance_statuses, NULL),
	TEXT_WITH_QUOTES_OR_NULL("details", "what was said or left out"),
	END,
};

static const struct model compliance_item_model = {
	.name = "compliance_item",
	.title = "Compliance item",
	.fields = compliance_item_fields,
};

static const struct field compliance_item = {
	.type = T_OBJECT,
	.model = &compliance_item_model,
};

static const struct field compliance_summary_fields[] = {
	NAMES("no_infraction", "names of the items of this status"),
	NAMES("coaching_needed", "likewise"),
	NAMES("violations", "likewise"),
	NAMES("not_applicable", "likewise"),
	END,
};

static const struct model compliance_summary_model = {
	.name = "compliance_summary",
	.title = "Compliance summary",
	.fields = compliance_summary_fields,
};

static const struct field compliance_fields[] = {
	ROWS("items", &compliance_item, "one row for each item"),
	PART("summary", &compliance_summary_model),
	END,
};

const struct model compliance_model = {
	.name = "compliance",
	.title = "Compliance",
	.fields = compliance_fields,
};

static const struct field skill_fields[] = {
	NAME_OF_ITEM("skill", "the skill that was rated"),
	CHOICE("rating", performance_ratings, NULL),
	QUOTE_OR_NULL("example", "words of the transcript that show it"),
	END,
};

static const struct model skill_model = {
	.name = "communication_skill",
	.title = "Communication skill",
	.fields = skill_fields,
};

static const struct field skill_row = {
	.type = T_OBJECT,
	.model = &skill_model,
};

static const struct field communication_summary_fields[] = {
	NAMES("exceeded", "names of the skills of this rating"),
	NAMES("met", "likewise"),
	NAMES("missed", "likewise"),
	END,
};

static const struct model communication_summary_model = {
	.name = "communication_summary",
	.title = "Communication summary",
	.fields = communication_summary_fields,
};

static const struct field communication_fields[] = {
	ROWS("skills", &skill_row, "one row for each skill"),
	PART("summary", &communication_summary_model),
	END,
};

const struct model communication_model = {
	.name = "communication",
	.title = "Communication",
	.fields = communication_fields,
};

static const struct field finding_fields[] = {
	TEXT("issue", "what went wrong"),
	CHOICE("severity", severities, NULL),
	QUOTE("evidence", "words of the transcript that show it"),
	TEXT("recommendation", "what to do about it"),
	END,
};

static const struct model finding_model = {
	.name = "finding",
	.title = "Finding",
	.fields = finding_fields,
};

static const struct field finding_row = {
	.type = T_OBJECT,
	.model = &finding_model,
};

static const struct field deep_dive_fields[] = {
	ROWS("findings", &finding_row, NULL),
	TEXT("root_cause", "what lies behind the findings"),
	CHOICE("customer_impact", severities, NULL),
	SENTENCES("urgent_actions", "what cannot wait"),
	END,
};

const struct model deep_dive_model = {
	.name = "deep_dive",
	.title = "Deep dive",
	.fields = deep_dive_fields,
};
