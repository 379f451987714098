/* Words in a call that are meant for whoever grades it. */
#include "transcript/injection.h"

#include "base/chat_tokens.h"

/*
 * What people who sell and people who borrow have no reason to say.  Words
 * that a call about a loan may well hold ("disregard that letter", "a perfect
 * credit score", "the evaluation is complete") are asked for only beside a
 * word of the grader's world.
 */
static const char *const patterns[] = {
	/* new orders */
	"(ignore|disregard|forget|override|bypass|discard) ...4 "
	"(instruction|instructions|prompt|prompts|guidelines|directive|"
	"directives|programming)",
	"(ignore|disregard|forget|override|bypass) ...3 "
	"(rubric|rubrics|schema|checklist|criteria|grading|scoring)",
	"(ignore|disregard|forget) (everything|anything|all) ...3 "
	"(told|said|written|read) ...3 (before|above|so far)",
	"(new|updated|revised|real|actual|following) (instruction|instructions)"
	" ...4 (grader|evaluator|model|assistant|ai|transcript|call|score)",
	"system (prompt|message|instruction|instructions|override|directive)",
	"(developer|debug|admin|god) mode",
	"end of (the)? (system|user)? (prompt|instructions|context|input)",
	"(your|the) (only|new|real|true) (task|job|role|goal|purpose) "
	"(is|now) ...3 (to)? (score|grade|rate|mark|output|answer|respond)",
	/* to whom */
	"you are (an|a|the) ...2 "
	"(ai|llm|grader|evaluator|scorer|language model)",
	"you are (now|really|only) (an|a|the) ...2 (assistant|chatbot|bot)",
	"you are (an|a|the) helpful (assistant|chatbot|bot)",
	"you are (now|really) ...3 (unrestricted|unfiltered|jailbroken|dan)",
	"as (an|the|your) (ai|language model|llm|grader|evaluator|scorer)",
	"(dear|attention|hey|hello|hi|note|memo|message|instruction|"
	"instructions|notice|reminder) (to|for)? (the|any|all|our)? "
	"(ai|grader|grading|evaluator|scorer|scoring|llm|language|quality)"
	" (model|bot|system|engine|assistant|reviewer|software|tool)",
	"(note to|message to|message for|memo to|instructions for|"
	"speaking to) (the|any|our)? "
	"(ai|grader|evaluator|scorer|llm|qa bot|scoring bot|auditor bot)",
	"(dear|attention|hey|hi|hello) (the|any|our)? "
	"(grader|evaluator|scorer|llm|qa bot|scoring bot|auditor bot)",
	"(if you are|to whoever is|whoever is|whatever is|to the one) "
	"...2 (grading|scoring|evaluating|rating) (this|the)",
	"(qa|quality|scoring|grading|evaluation) "
	"(ai|bot|model|engine|algorithm|llm)",
	"(ai|automated|machine) (grader|evaluator|scorer|reviewer|auditor)",
	"(large)? language model",
	"prompt injection",
	"jailbreak",
	"do anything now",
	"pretend (that|to be|you are|youre) ...4 "
	"(ai|model|grader|evaluator|reviewer|assistant|agent passed)",
	/* what it should say */
	"(give|assign|award|return|output|report|set|grant|put|make) ...5 "
	"(score|rating|grade) (of|to|as|at|is)? "
	"(100|hundred|one hundred|a hundred|perfect|maximum|ten)",
	"(give|assign|award|mark|rate|grade|score) ...5 "
	"(perfect|maximum|full|highest|top) (score|rating|marks|grade|points)"
	" ...4 (call|agent|me|conversation|interaction|representative)",
	"(give|assign|award|mark|rate|grade|score) ...2 "
	"(call|agent|conversation|interaction|transcript|recording) ...4 "
	"(perfect|maximum|full|highest|top|100|hundred|exceeded|compliant|"
	"passed|pass|flawless)",
	"overall score",
	"(overall_score|no_infraction|coaching_needed|requires_deep_dive|"
	"critical_misses|red_flags)",
	"(score|rate|grade|mark) (this|the) "
	"(call|conversation|interaction|transcript) ...3 "
	"(as|at|with)? (100|hundred|perfect|exceeded|compliant|excellent)",
	"no infraction",
	"coaching needed",
	"requires? deep dive",
	"deep dive (is|should be)? (not|false|off|unnecessary)",
	"critical misses",
	"(red flags|violations|findings|critical misses) (list)? "
	"(is|are|as|should be|must be|to)? (empty|none|blank|zero|false)",
	"(mark|rate|set|record|list|label|classify|tag|report) ...6 "
	"(exceeded|no infraction|as met|as compliant|as passed|as completed)",
	"(all|every|each) (compliance|communication)? "
	"(item|items|skill|skills|section|sections|stage|stages|check|checks|"
	"category|categories) ...4 "
	"(met|exceeded|no infraction|passed|perfect|compliant|high)",
	"(do not|dont|never|without) "
	"(report|reporting|flag|flagging|list|listing|mention|mentioning|"
	"record|recording|output|score|count|note) ...4 "
	"(violation|violations|infraction|infractions|red flag|red flags|"
	"finding|findings|misses|issues in this call)",
	"(respond|reply|answer|output|return|write|print|emit) ...3 json",
	"(json|schema) (object|response|output|answer)",
	"(print|reveal|repeat|show|leak|recite|display|quote|send|email) ...4 "
	"(prompt|rubric|schema|api key|system message|hidden instructions|"
	"your instructions)",
	"(skip|stop|suspend|disable|abort|cancel|end) ...3 "
	"(grading|scoring|compliance (check|checks|review)|"
	"evaluation of this|quality (check|review) of this)",
	"(grading|scoring) ...4 "
	"(complete|finished|over|cancelled|suspended|void|disabled|already)",
	"(transcript|fence|fenced text|untrusted text|untrusted data) "
	"(ends|ended|is over|has ended|closed|stops)",
	"(end|close|exit|leave|escape) (of)? (the)? "
	"(transcript|fence|fenced text|untrusted (text|data|input))",
	"(above|previous|preceding|following|below) (text|transcript|part|"
	"lines) ...3 (is|was|are|were) ...3 "
	"(fake|test|sample|example|not the call|not part)",
	"(treat|consider|regard) (this|the) "
	"(call|transcript|agent|conversation) ...3 "
	"(compliant|perfect|passed|flawless|exceptional|as met)",
	/* other languages */
	"(ignora|ignore|olvida|ignorez|oubliez|ignoriere|ignorieren|vergiss|"
	"ignorar|dimentica) ...5 (instrucciones|consignes|anweisungen|"
	"anweisung|instrucoes|istruzioni|regeln|reglas)",
	"(puntuacion|calificacion|nota|pontuacao) (perfecta|maxima|perfeita)",
	"(perfekte|volle|maximale|hochste) (punktzahl|bewertung|note)",
	"(note|score) (maximale|parfaite|parfait)",
	"\xe5\xbf\xbd\xe7\x95\xa5 ...8 "
	"(\xe6\x8c\x87\xe4\xbb\xa4|\xe6\x8c\x87\xe7\xa4\xba|"
	"\xe8\xaf\xb4\xe6\x98\x8e|\xe8\xa6\x8f\xe5\x89\x87|"
	"\xe8\xa7\x84\xe5\x88\x99)",
	"\xe6\xbb\xa1\xe5\x88\x86",
};

struct phrases *injections_new(struct error *err)
{
	struct phrases *list = phrases_new();

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (phrases_add(list, patterns[i], i, err) < 0) {
			phrases_free(list);
			return NULL;
		}
	}
	return list;
}

static void count_one(void *ctx, const struct phrase_match *match)
{
	struct injections *found = ctx;

	if (found->count++ == 0 || match->begin < found->begin) {
		found->begin = match->begin;
		found->end = match->end;
	}
}

struct injections injections_find(const struct phrases *list, struct text text)
{
	struct injections found = { .count = 0 };

	phrases_find(list, text, count_one, &found);
	for (size_t at = 0, end; chat_token_next(text, &at, &end); at = end)
		count_one(&found,
			  &(struct phrase_match){ .begin = at, .end = end });
	return found;
}
