/* From a model's words to an answer, or to what the model is told is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "llm/answer.h"
#include "model/evaluation.h"
#include "support/samples.h"

static const char *const item_names[] = { "Credit Check Consent",
					  "Fair Lending", NULL };

/* content with ' for "; answer as sample_json() has it, NULL: see faults. */
struct row {
	const char *what;
	const struct model *model;
	const char *content, *answer;
	const char *faults; /* lines, with ' for " */
	int flags;
};

/* a fence was stripped; the names are free; maps come as pairs */
enum { FENCE = 1, FREE = 2, WIRE = 4 };

/* What then follows is the scanner's: its own test has it. */
#define NOT_JSON "- the answer is not one JSON object: "

static char *requote(const char *text)
{
	char *copy = malloc(strlen(text) + 1);

	assert_non_null(copy);
	memcpy(copy, text, strlen(text) + 1);
	for (char *at = copy; (at = strchr(at, '\'')); at++)
		*at = '"';
	return copy;
}

static void check_row(const struct row *row)
{
	const struct schema_context context = {
		.wire = row->flags & WIRE,
		.item_names = row->flags & FREE ? NULL : item_names,
	};
	char *content = requote(row->content);
	char *expected = requote(row->faults ? row->faults : "");
	json_auto_t *answer = NULL;
	struct buf faults;
	bool fence;

	buf_init(&faults, LIMIT_CONFIG_BYTES);
	buf_puts(&faults, "");
	answer = answer_read(row->model, &context,
			     (struct text){ content, strlen(content) }, &fence,
			     &faults);
	if (strcmp(expected, NOT_JSON) == 0 && faults.len > strlen(NOT_JSON))
		faults.data[strlen(NOT_JSON)] = '\0';
	if (strcmp(faults.data, expected) != 0)
		fail_msg("%s: %s", row->what, faults.data);
	if (row->answer)
		sample_expect(answer, row->answer);
	else
		assert_null(answer);
	assert_int_equal(fence, row->flags & FENCE ? 1 : 0);
	buf_release(&faults);
	free(expected);
	free(content);
}

/* ---- the text around the answer -------------------------------------------
 */

#define DIVE                                                       \
	"{'findings':[],'root_cause':'x','customer_impact':'Low'," \
	"'urgent_actions':[]}"

static const struct row shells[] = {
	{ "bare", &deep_dive_model, DIVE, DIVE, NULL, 0 },
	{ "white space around", &deep_dive_model, " \r\n\t" DIVE "\n\n", DIVE,
	  NULL, 0 },
	{ "a fence", &deep_dive_model, "```\n" DIVE "\n```", DIVE, NULL,
	  FENCE },
	{ "a fence that says json", &deep_dive_model, "```json\n" DIVE "\n```",
	  DIVE, NULL, FENCE },
	{ "white space around a fence", &deep_dive_model,
	  "\n\n ```JSON \r\n  " DIVE " \r\n``` \n", DIVE, NULL, FENCE },
	{ "a fence without a last newline", &deep_dive_model,
	  "```json\n" DIVE "```", DIVE, NULL, FENCE },
	{ "prose before", &deep_dive_model, "Sure! " DIVE, NULL, NOT_JSON, 0 },
	{ "prose after", &deep_dive_model, DIVE " Anything else?", NULL,
	  NOT_JSON, 0 },
	{ "prose before a fence", &deep_dive_model,
	  "Here:\n```json\n" DIVE "\n```", NULL, NOT_JSON, 0 },
	{ "prose after a fence", &deep_dive_model,
	  "```json\n" DIVE "\n```\nDone.", NULL, NOT_JSON, 0 },
	{ "two fences", &deep_dive_model,
	  "```json\n" DIVE "\n```\n```json\n" DIVE "\n```", NULL, NOT_JSON,
	  FENCE },
	{ "an empty fence", &deep_dive_model, "```\n```", NULL, NOT_JSON,
	  FENCE },
	{ "only a fence's marks", &deep_dive_model, "``````", NULL, NOT_JSON,
	  0 },
	{ "nothing", &deep_dive_model, "", NULL, NOT_JSON, 0 },
	{ "a trailing comma", &deep_dive_model,
	  "{'findings':[],'root_cause':'x','customer_impact':'Low',}", NULL,
	  NOT_JSON, 0 },
	{ "a comment", &deep_dive_model, "{/* none */}", NULL, NOT_JSON, 0 },
	{ "two objects", &deep_dive_model, DIVE DIVE, NULL, NOT_JSON, 0 },
	{ "cut off", &deep_dive_model, "{'findings':[", NULL, NOT_JSON, 0 },
	{ "a repeated key", &deep_dive_model,
	  "{'root_cause':'x','root_cause':'y','customer_impact':'Low'}", NULL,
	  NOT_JSON, 0 },
	{ "NaN", &deep_dive_model, "{'root_cause':NaN}", NULL, NOT_JSON, 0 },
	{ "an array around it", &deep_dive_model, "[" DIVE "]", NULL,
	  "- the answer: object; found array\n", 0 },
	{ "a string around it", &deep_dive_model, "'x'", NULL,
	  "- the answer: object; found 'x'\n", 0 },
	{ "null", &deep_dive_model, "null", NULL,
	  "- the answer: object; found null\n", 0 },
};

/* ---- what it says ---------------------------------------------------------
 */

static const struct row values[] = {
	{ "defaults are filled in", &classification_model,
	  "{'call_outcome':'lost'}",
	  "{'sections_completed':[],'sections_attempted':[],"
	  "'call_outcome':'lost','script_adherence_preview':{},"
	  "'red_flags':[],'requires_deep_dive':false,"
	  "'early_termination_justified':false}",
	  NULL, 0 },
	{ "members are put in order, choices spelt as they are",
	  &deep_dive_model,
	  "{'customer_impact':'  low','root_cause':'x','findings':["
	  "{'severity':'CRITICAL','recommendation':'r','issue':'i',"
	  "'evidence':'e'}]}",
	  "{'findings':[{'issue':'i','severity':'Critical','evidence':'e',"
	  "'recommendation':'r'}],'root_cause':'x','customer_impact':'Low',"
	  "'urgent_actions':[]}",
	  NULL, 0 },
	{ "numbers and booleans as text", &classification_model,
	  "{'call_outcome':'Completed','sections_completed':['1',2.0,' 3 '],"
	  "'requires_deep_dive':'yes','early_termination_justified':0}",
	  "{'sections_completed':[1,2,3],'sections_attempted':[],"
	  "'call_outcome':'completed','script_adherence_preview':{},"
	  "'red_flags':[],'requires_deep_dive':true,"
	  "'early_termination_justified':false}",
	  NULL, 0 },
	{ "section keys", &classification_model,
	  "{'call_outcome':'lost','script_adherence_preview':"
	  "{'Section 3':'HIGH','4.':'low','5: Closing':'Medium'}}",
	  "{'sections_completed':[],'sections_attempted':[],"
	  "'call_outcome':'lost','script_adherence_preview':"
	  "{'3':'high','4':'low','5':'medium'},"
	  "'red_flags':[],'requires_deep_dive':false,"
	  "'early_termination_justified':false}",
	  NULL, 0 },
	{ "item names and statuses by any spelling", &compliance_model,
	  "{'items':[{'name':'fair_lending','status':'no infraction'},"
	  "{'name':'CREDIT CHECK CONSENT','status':'coaching-needed',"
	  "'details':'d'}],'summary':{}}",
	  "{'items':[{'name':'Fair Lending','status':'No Infraction',"
	  "'details':null},{'name':'Credit Check Consent',"
	  "'status':'Coaching Needed','details':'d'}],'summary':"
	  "{'no_infraction':[],'coaching_needed':[],'violations':[],"
	  "'not_applicable':[]}}",
	  NULL, 0 },
	{ "free names without a list", &compliance_model,
	  "{'items':[{'name':'Mine','status':'n/a'}],'summary':{}}",
	  "{'items':[{'name':'Mine','status':'N/A','details':null}],"
	  "'summary':{'no_infraction':[],'coaching_needed':[],"
	  "'violations':[],'not_applicable':[]}}",
	  NULL, FREE },
	{ "pairs are folded back", &classification_model,
	  "{'sections_completed':[],'sections_attempted':[],"
	  "'call_outcome':'lost','script_adherence_preview':"
	  "[{'section':'Section 2','value':'high'},"
	  "{'section':'1','value':'low'}],'red_flags':[],"
	  "'requires_deep_dive':false,'early_termination_justified':false}",
	  "{'sections_completed':[],'sections_attempted':[],"
	  "'call_outcome':'lost','script_adherence_preview':"
	  "{'2':'high','1':'low'},'red_flags':[],"
	  "'requires_deep_dive':false,'early_termination_justified':false}",
	  NULL, WIRE },
	/* faults */
	{ "an unknown key", &deep_dive_model,
	  "{'root_cause':'x','customer_impact':'Low','urgent_action':[]}", NULL,
	  "- urgent_action: unknown field; nearest is urgent_actions; found "
	  "array\n",
	  0 },
	{ "missing keys", &deep_dive_model, "{}", NULL,
	  "- root_cause: required field is missing\n"
	  "- customer_impact: required field is missing\n",
	  0 },
	{ "no such choice", &deep_dive_model,
	  "{'root_cause':'x','customer_impact':'Severe'}", NULL,
	  "- customer_impact: one of 'Critical', 'High', 'Medium', 'Low'; "
	  "found 'Severe'\n",
	  0 },
	{ "null where nothing may be", &deep_dive_model,
	  "{'root_cause':null,'customer_impact':'Low'}", NULL,
	  "- root_cause: string; found null\n", 0 },
	{ "a number where text belongs", &deep_dive_model,
	  "{'root_cause':5,'customer_impact':'Low'}", NULL,
	  "- root_cause: string; a number is none: write it as a string; found "
	  "number\n",
	  0 },
	{ "half a section", &classification_model,
	  "{'call_outcome':'lost','sections_completed':[1.5,'two',true]}", NULL,
	  "- sections_completed[0]: integer; found 1.5\n"
	  "- sections_completed[1]: integer; found 'two'\n"
	  "- sections_completed[2]: integer; found true\n",
	  0 },
	{ "keys that are no section, or one twice", &classification_model,
	  "{'call_outcome':'lost','script_adherence_preview':"
	  "{'Opening':'high','3.1':'low','2':'high','Section 2':'low'}}",
	  NULL,
	  "- script_adherence_preview.Opening: a section number as the key; "
	  "found 'Opening'\n"
	  "- script_adherence_preview['3.1']: a section number as the key; "
	  "found '3.1'\n"
	  "- script_adherence_preview['Section 2']: each key once, not '2' "
	  "again\n",
	  0 },
	{ "a pair twice", &classification_model,
	  "{'sections_completed':[],'sections_attempted':[],"
	  "'call_outcome':'lost','script_adherence_preview':"
	  "[{'section':'2','value':'high'},{'section':'2','value':'low'}],"
	  "'red_flags':[],'requires_deep_dive':false,"
	  "'early_termination_justified':false}",
	  NULL,
	  "- script_adherence_preview[1].section: each key once, not '2' "
	  "again\n",
	  WIRE },
	{ "an item missing", &compliance_model,
	  "{'items':[{'name':'Fair Lending','status':'N/A'}],'summary':{}}",
	  NULL, "- items: 'Credit Check Consent' is missing\n", 0 },
	{ "an item twice, and one that is none", &compliance_model,
	  "{'items':[{'name':'Fair Lending','status':'N/A'},"
	  "{'name':'FAIR LENDING','status':'N/A'},"
	  "{'name':'Courtesy','status':'N/A'},"
	  "{'name':'Credit Check Consent','status':'N/A'}],'summary':{}}",
	  NULL,
	  "- items[1].name: each name once; entry 0 has it; found 'FAIR "
	  "LENDING'\n"
	  "- items[2].name: one of 'Credit Check Consent', 'Fair Lending'; "
	  "found 'Courtesy'\n",
	  0 },
	{ "no items at all", &compliance_model, "{'summary':{}}", NULL,
	  "- items: required field is missing\n", 0 },
	{ "several at once", &compliance_model,
	  "{'items':[{'name':'Fair Lending','status':'fine'},"
	  "{'name':'Credit Check Consent','note':'x'}],"
	  "'summary':{'violation':[]}}",
	  NULL,
	  "- items[0].status: one of 'No Infraction', 'Coaching Needed', "
	  "'Violation', 'N/A'; found 'fine'\n"
	  "- items[1].note: unknown field; found string\n"
	  "- items[1].status: required field is missing\n"
	  "- summary.violation: unknown field; nearest is violations; found "
	  "array\n",
	  0 },
};

static void the_text_around_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(shells); i++)
		check_row(&shells[i]);
}

static void what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(values); i++)
		check_row(&values[i]);
}

/* What does not fit into the list is left out by whole lines, and counted. */
static void a_long_list_of_faults_is_cut_between_lines(void **state)
{
	const struct schema_context context = { .item_names = item_names };
	json_t *items = json_array(), *summary = json_object();
	json_auto_t *value = json_pack("{s:o, s:o}", "items", items, "summary",
				       summary);
	struct buf faults;
	char *text;
	bool fence;

	(void)state;
	for (int i = 0; i < 40; i++)
		json_array_append_new(items,
				      json_pack("{s:s, s:s}", "name",
						"Courtesy", "status", "Fine"));
	text = json_dumps(value, 0);
	buf_init(&faults, 4000);
	assert_null(answer_read(&compliance_model, &context,
				(struct text){ text, strlen(text) }, &fence,
				&faults));
	assert_int_equal(faults.data[faults.len - 1], '\n');
	assert_non_null(strstr(faults.data, " more\n"));
	buf_release(&faults);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_around_it),
		cmocka_unit_test(what_it_says),
		cmocka_unit_test(a_long_list_of_faults_is_cut_between_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
