/* What a careful author would want to know of a prompt that can be used. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "prompt/prompt_file.h"
#include "prompt/segment.h"

enum { MODEL_DEPTH = 10, SEEN_MAX = 32, SENTENCE_SIZE = 256 };

struct lint {
	const struct prompts *prompts;
	const struct prompt *prompt;
	void (*tell)(void *ctx, const char *name, const char *text);
	void *ctx;
	/* lists of choices looked at: fields often share one */
	const char *const *seen[SEEN_MAX];
	size_t seen_count;
};

/* ---- is a word mentioned? -------------------------------------------- */

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/*
 * Does the word stand at s, for any white space where it has a space (a
 * line of the file may end there)?
 */
static bool word_at(const char *s, const char *end, const char *word)
{
	for (; *word; word++) {
		if (*word == ' ' && s < end && isspace((unsigned char)*s)) {
			while (s < end && isspace((unsigned char)*s))
				s++;
			continue;
		}
		if (s == end || *s != *word)
			return false;
		s++;
	}
	return s == end || !is_word_byte(*s);
}

static bool mentions(struct text text, const char *word)
{
	const char *begin = text.data, *end = begin + text.len, *s = begin;

	while (s < end && (s = memchr(s, *word, (size_t)(end - s)))) {
		if ((s == begin || !is_word_byte(s[-1])) &&
		    word_at(s, end, word))
			return true;
		s++;
	}
	return false;
}

/* In the prompt's own words: the names of variables do not count. */
static bool says(const struct prompt *p, const char *word)
{
	for (size_t i = 0; p && i < p->message_count; i++) {
		const struct template *t = p->messages[i].content;

		for (size_t j = 0; j < t->count; j++)
			if (t->segments[j].value == SEGMENT_LITERAL &&
			    mentions(segment_text(t, j), word))
				return true;
	}
	if (!p || !p->item_lines)
		return false;
	return mentions((struct text){ p->item_lines, strlen(p->item_lines) },
			word);
}

static bool mentioned(const struct lint *l, const char *word)
{
	return says(l->prompt, word) || says(l->prompts->context, word);
}

/* ---- the reply's model ----------------------------------------------- */

static bool seen(struct lint *l, const char *const *choices)
{
	for (size_t i = 0; i < l->seen_count; i++)
		if (l->seen[i] == choices)
			return true;
	if (l->seen_count < SEEN_MAX)
		l->seen[l->seen_count++] = choices;
	return false;
}

static void check_choices(struct lint *l, const struct field *f,
			  const char *name)
{
	char sentence[SENTENCE_SIZE];

	if (f->type != T_CHOICE || seen(l, f->choices))
		return;
	for (const char *const *choice = f->choices; *choice; choice++) {
		if (mentioned(l, *choice))
			continue;
		snprintf(sentence, sizeof(sentence),
			 "the value \"%s\" of \"%s\" is not mentioned", *choice,
			 name);
		l->tell(l->ctx, l->prompt->name, sentence);
	}
}

static void check_model(struct lint *l, const struct model *model,
			unsigned depth);

static void check_field(struct lint *l, const struct field *f, unsigned depth)
{
	const char *name = f->name;

	/* Elements have no name of their own. */
	while (f->item && (f->type == T_ARRAY || f->type == T_MAP))
		f = f->item;
	check_choices(l, f, name);
	if (f->type == T_OBJECT && f->model)
		check_model(l, f->model, depth + 1);
}

/* As deep as schema_check() lets a table be. */
static void check_model(struct lint *l, const struct model *model,
			unsigned depth)
{
	char sentence[SENTENCE_SIZE];

	if (depth > MODEL_DEPTH)
		return;
	for (size_t i = 0; model->one_of && model->one_of[i]; i++)
		check_model(l, model->one_of[i], depth);
	for (const struct field *f = model->fields; f && f->name; f++) {
		if (depth == 0 && !mentioned(l, f->name)) {
			snprintf(sentence, sizeof(sentence),
				 "the field \"%s\" is not mentioned", f->name);
			l->tell(l->ctx, l->prompt->name, sentence);
		}
		check_field(l, f, depth);
	}
}

/* ---- the transcript -------------------------------------------------- */

/* How often it is sent. */
static size_t transcripts(const struct lint *l, const struct prompt_spec *spec)
{
	size_t index = 0;

	while (spec->offered[index].name &&
	       strcmp(spec->offered[index].name, spec->transcript_name) != 0)
		index++;
	return prompt_uses(l->prompts->context, CONTEXT_TRANSCRIPT) +
	       prompt_uses(l->prompt, index);
}

void prompts_lint(const struct prompts *p, const struct prompt_spec *specs,
		  void (*tell)(void *ctx, const char *name, const char *text),
		  void *ctx)
{
	for (size_t i = 0; i < p->stage_count; i++) {
		struct lint l = { .prompts = p,
				  .prompt = &p->stages[i],
				  .tell = tell,
				  .ctx = ctx };

		check_model(&l, specs[i].reply, 0);
		if (transcripts(&l, &specs[i]) > 1)
			tell(ctx, l.prompt->name,
			     "the transcript is sent more than once");
	}
}
