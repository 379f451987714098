/* Every limit of the program, in one place: nothing grows without one. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Input: defaults of the settings max-request, max-depth, max-values. */
#define LIMIT_REQUEST_BYTES ((size_t)8 << 20)
#define LIMIT_JSON_DEPTH    64
#define LIMIT_JSON_VALUES   1000000

/* One reply of the upstream, and one message of it that we show. */
#define LIMIT_REPLY_BYTES   ((size_t)8 << 20)
#define LIMIT_EXCERPT_BYTES 200

/* One file read whole: settings, prompts, keys, recordings' lines. */
#define LIMIT_CONFIG_BYTES   ((size_t)1 << 20)
#define LIMIT_PROMPT_BYTES   ((size_t)1 << 20)
#define LIMIT_KEY_BYTES      4096
#define LIMIT_STATE_QUEUE    4096 /* answers not yet durable */
#define LIMIT_RECORDING_LINE ((size_t)16 << 20)
#define LIMIT_YAML_DEPTH     32
#define LIMIT_TEMPLATE_DEPTH 16

/* One record we build: report line, request body. */
#define LIMIT_REPORT_BYTES ((size_t)64 << 20)
#define LIMIT_BODY_BYTES   ((size_t)64 << 20)

/* Faults told of one record, and bytes of a value shown in one. */
#define LIMIT_FAULTS    100
#define LIMIT_GOT_BYTES 60

/* Values of a client's record that redaction looks for, and bytes of one. */
#define LIMIT_REDACT_KNOWN 200
#define LIMIT_REDACT_VALUE 200

/* Where something stands in a document, and its name. */
#define LIMIT_PATH_BYTES 4096

/* Words that the gap of a phrase stands for at most. */
#define LIMIT_PHRASE_GAP 8

/* Lists and strings of a model's answer: the bounds in its schema. */
#define LIMIT_ANSWER_LIST 50
#define LIMIT_ANSWER_TEXT 4000
#define LIMIT_ANSWER_NAME 200

/* Speakers that one transcript can have; further labels are text. */
#define LIMIT_SPEAKERS 256

/* Quotes looked up of one string of an answer. */
#define LIMIT_QUOTES 16

#endif
