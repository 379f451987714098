/*
 * Any bytes as the body of an HTTP 200, and as the text that a model gave.
 *
 * Whatever they are: a verdict is whole and the same each time; an answer
 * fits its model, also when it is read again; what does not fit has a line of
 * reasons; lists that were rebuilt stay as they are; a score is a score.
 */
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "data/json.h"
#include "fuzz.h"
#include "llm/answer.h"
#include "llm/judge.h"
#include "pipeline/score.h"
#include "pipeline/stage.h"

static const char *const item_names[] = { "Fair Lending", "Clarity", NULL };

/* ---- the verdict ---------------------------------------------------------
 */

static void check_verdict(const struct verdict *v)
{
	json_t *text = json_string(v->error.text);

	MUST((v->remedy == REMEDY_NONE) == (v->content != NULL));
	MUST((v->remedy == REMEDY_NONE) == (v->error.code == ERR_NONE));
	MUST((v->remedy == REMEDY_STOP) == (v->stop != ERR_NONE));
	MUST(v->remedy == REMEDY_NONE || v->error.text[0]);
	MUST(text); /* UTF-8: it goes into a record */
	MUST(memchr(v->model, '\0', sizeof(v->model)));
	MUST(v->hint_ms >= -1);
	MUST(v->usage.tokens_in >= 0 && v->usage.tokens_out >= 0);
	MUST(isfinite(v->usage.cost) && v->usage.cost >= 0);
	json_decref(text);
}

static void judge(const char *text, size_t len, bool first, struct verdict *v)
{
	struct http_reply reply = { .fault = HTTP_OK, .status = 200 };

	buf_init(&reply.body, LIMIT_REPLY_BYTES);
	buf_put(&reply.body, text, len);
	judge_reply(&reply, first, 0, v);
	buf_release(&reply.body);
	check_verdict(v);
}

/* ---- the answer ----------------------------------------------------------
 */

static json_t *read_again(const struct model *model,
			  const struct schema_context *context,
			  const json_t *answer)
{
	struct schema_context as_map = *context;
	struct faults faults;
	json_t *again;

	as_map.wire = false;
	as_map.exact = true;
	faults_init(&faults);
	again = schema_convert(model, answer, &as_map, &faults);
	faults_release(&faults);
	return again;
}

static void check_rolled_up(enum stage stage, json_t *answer)
{
	const bool skills = stage == STAGE_COMMUNICATION;
	const struct roll_up *rule = stages[stage].roll_up;
	json_t *unmatched = json_array(), *before, *summary;
	struct score_basis basis;
	int low, high;

	roll_up_summary(rule, answer, unmatched);
	json_array_clear(unmatched);
	before = json_deep_copy(answer);
	MUST(!roll_up_summary(rule, answer, unmatched));
	MUST(json_array_size(unmatched) == 0);
	MUST(json_equal(before, answer));
	basis = score_basis(skills ? NULL : answer, skills ? answer : NULL);
	score_range(&basis, LIMIT_ANSWER_LIST, LIMIT_ANSWER_LIST, &low, &high);
	MUST(1 <= low && low <= high && high <= 100);
	summary = score_summary(skills ? NULL : answer, skills ? answer : NULL,
				NULL);
	MUST(json_array_size(json_object_get(summary, "critical_issues")) <= 3);
	json_decref(summary);
	json_decref(before);
	json_decref(unmatched);
}

static void check_answer(enum stage stage, const struct schema_context *context,
			 json_t *answer)
{
	const struct model *model = stages[stage].prompt.reply;
	json_t *again = read_again(model, context, answer), *read;
	struct buf text;

	MUST(again && json_equal(again, answer));
	buf_init(&text, LIMIT_BODY_BYTES);
	json_write(&text, answer, JSON_STYLE_LINE);
	read = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	MUST(read && json_equal(read, answer));
	if (stages[stage].roll_up)
		check_rolled_up(stage, answer);
	json_decref(read);
	json_decref(again);
	buf_release(&text);
}

static void check_faults(const struct buf *faults)
{
	MUST(faults->len > 3 && memcmp(faults->data, "- ", 2) == 0);
	MUST(faults->data[faults->len - 1] == '\n');
}

/* The same text in a fence is the same answer. */
static void check_fenced(const struct model *model,
			 const struct schema_context *context,
			 struct text content, const json_t *answer)
{
	struct buf text, faults;
	json_t *fenced;
	bool stripped;

	buf_init(&text, LIMIT_BODY_BYTES);
	buf_init(&faults, LIMIT_CONFIG_BYTES);
	buf_puts(&text, "```json\n");
	buf_put(&text, content.data, content.len);
	buf_puts(&text, "\n```\n");
	fenced = answer_read(model, context,
			     (struct text){ text.data, text.len }, &stripped,
			     &faults);
	MUST(fenced && stripped && json_equal(fenced, answer));
	json_decref(fenced);
	buf_release(&faults);
	buf_release(&text);
}

static void read_answer(enum stage stage, const struct schema_context *context,
			struct text content)
{
	const struct model *model = stages[stage].prompt.reply;
	struct buf faults;
	json_t *answer;
	bool stripped;

	buf_init(&faults, LIMIT_CONFIG_BYTES);
	answer = answer_read(model, context, content, &stripped, &faults);
	if (answer) {
		MUST(faults.len == 0);
		if (!stripped)
			check_fenced(model, context, content, answer);
		check_answer(stage, context, answer);
	} else {
		check_faults(&faults);
	}
	json_decref(answer);
	buf_release(&faults);
}

/* As every stage's, with maps and with pairs, names free and listed. */
static void read_answers(const char *text, size_t len)
{
	for (int s = 0; s < STAGE_COUNT; s++) {
		for (int way = 0; way < 4; way++) {
			const struct schema_context context = {
				.wire = way & 1,
				.item_names = way & 2 ? item_names : NULL,
			};

			read_answer(s, &context, (struct text){ text, len });
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct verdict first, later;

	if (size > 65536)
		return 0;
	judge(text, size, true, &first);
	judge(text, size, false, &later);
	/* only a page is another thing the first time than later */
	MUST(first.remedy == later.remedy || first.stop == ERR_TEMPORARY);
	MUST(first.error.code == later.error.code);
	if (first.content)
		read_answers(first.content, first.content_len);
	read_answers(text, size);
	verdict_release(&first);
	verdict_release(&later);
	return 0;
}
