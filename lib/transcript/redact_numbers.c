/* Reads a text's numbers, each with the words around it, and has them judged.
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "transcript/redact_parts.h"

enum {
	FOREIGN_WORDS = 15, /* that somebody else may say within a number */
	KEPT_ATOMS = 40,    /* of a full stretch, to go on with */
	FEWEST_DIGITS = 3   /* of a secret */
};

struct reader {
	struct redactor *r;
	struct lexer lexer;
	struct context context;
	struct stretch speech, label;
	struct founds pieces;
	/* since the last atom of speech */
	bool words;       /* fillers, or a line's label */
	bool far;         /* somebody else's words */
	unsigned foreign; /* how many of those */
	unsigned links;   /* "is", "my" */
	bool others;      /* fillers that are no links, or a line's end */
	/* since the last token */
	bool money, slash, card;
};

/* ---- what was judged ------------------------------------------------- */

static bool same_piece(const struct atom *a, const struct atom *b)
{
	return a->hit == b->hit && b->gap <= GAP_LOOSE;
}

/* The sign of a phone's country or area goes with its digits. */
static size_t piece_begin(const struct redactor *r, const struct atom *a)
{
	bool phone = r->values.list[a->value].class == REDACT_PHONE;
	char before = a->begin > 0 ? r->text.data[a->begin - 1] : ' ';

	return phone && (before == '+' || before == '(') ? a->begin - 1
							 : a->begin;
}

/* Neighbours of one secret become one piece; labels between stay. */
static void put_pieces(struct reader *rd, const struct stretch *s)
{
	const struct value *values = rd->r->values.list;

	for (size_t i = 0; i < s->count;) {
		const struct atom *first = &s->atoms[i], *last = first;

		for (i++; i < s->count && same_piece(last, &s->atoms[i]); i++)
			last = &s->atoms[i];
		if (first->hit)
			founds_add(&rd->pieces,
				   &(struct found){
					   .begin = piece_begin(rd->r, first),
					   .end = last->end,
					   .value = first->value,
					   .class = values[first->value].class,
				   });
	}
}

static void empty(struct stretch *s)
{
	s->count = 0;
	s->hits = 0;
	s->after = TOPICS;
	s->money = s->amount = s->slashed = s->card_before = false;
}

static void close_stretch(struct reader *rd, struct stretch *s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s->count && digits < FEWEST_DIGITS; i++)
		digits += s->atoms[i].count;
	if (digits >= FEWEST_DIGITS) {
		stretch_judge(rd->r, s);
		put_pieces(rd, s);
	}
	empty(s);
}

/* The topic of the word that ended the stretch, in "... is my social". */
static enum topic topic_after(const struct reader *rd, const struct word *word)
{
	if (!word || rd->links == 0 || rd->others)
		return TOPICS;
	switch (word->kind) {
	case WORD_TOPIC:
		return word->value == TOPIC_ACCOUNT ? TOPIC_ACCOUNT_NUMBER
						    : (enum topic)word->value;
	case WORD_SECURITY:
		return TOPIC_CVV;
	default:
		return TOPICS;
	}
}

/* A word or a mark that no number goes on over. */
static void end_speech(struct reader *rd, const struct word *word, char mark)
{
	struct stretch *s = &rd->speech;

	if (s->count > 0) {
		s->after = topic_after(rd, word);
		s->amount = mark == '%' ||
			    (word && word->kind == WORD_AMOUNT && !rd->words);
		close_stretch(rd, s);
	}
	rd->card = false;
}

/* A stretch that is full: what it ends with may be half a number. */
static void make_room(struct reader *rd, struct stretch *s)
{
	struct atom *kept = &s->atoms[s->count - KEPT_ATOMS];
	struct context context = s->context;
	size_t n = KEPT_ATOMS;

	stretch_judge(rd->r, s);
	put_pieces(rd, s);
	while (n > 0 && kept[KEPT_ATOMS - n].hit)
		n--;
	for (size_t i = KEPT_ATOMS - n; i < KEPT_ATOMS; i++)
		if (kept[i].hit)
			n = 0; /* a number in their midst: nothing to go on */
	memmove(s->atoms, kept + (KEPT_ATOMS - n), n * sizeof(*kept));
	empty(s);
	s->count = n;
	s->context = context;
}

/* ---- tokens ---------------------------------------------------------- */

static void add_atom(struct reader *rd, struct stretch *s,
		     const struct token *t, bool words, bool far)
{
	struct atom *a;

	if (s->count == STRETCH_ATOMS)
		make_room(rd, s);
	if (s->count == 0) {
		context_number(&rd->context);
		s->context = rd->context;
		s->money = rd->money;
		s->slashed = rd->slash;
		s->card_before = rd->card;
	}
	a = &s->atoms[s->count++];
	*a = (struct atom){ .begin = t->begin,
			    .end = t->end,
			    .speaker = rd->lexer.speaker,
			    .gap = words ? GAP_WIDE : t->gap,
			    .sep = t->sep,
			    .spoken = t->spoken,
			    .plus = t->plus,
			    .maybe = t->maybe,
			    .far = far,
			    .count = t->count };
	memcpy(a->digits, t->digits, sizeof(a->digits));
}

static void take_number(struct reader *rd, const struct token *t)
{
	if (t->count > NUMBER_DIGITS) { /* no secret is as long */
		if (t->in_label)
			close_stretch(rd, &rd->label);
		else
			end_speech(rd, NULL, 0);
		return;
	}
	if (t->in_label) {
		add_atom(rd, &rd->label, t, false, false);
		return;
	}
	/* a year at a line's end is no part of what the next line tells */
	if (rd->speech.slashed && (rd->words || t->gap == GAP_WIDE))
		end_speech(rd, NULL, 0);
	add_atom(rd, &rd->speech, t, rd->words, rd->far);
	rd->words = rd->far = rd->others = rd->card = false;
	rd->foreign = rd->links = 0;
}

/* May somebody else say this while a number is being read to them? */
static bool is_interjection(const struct reader *rd, const struct word *word)
{
	const struct stretch *s = &rd->speech;

	return s->count > 0 && (!word || word->kind == WORD_MONTH) &&
	       s->atoms[s->count - 1].speaker != 0 &&
	       s->atoms[s->count - 1].speaker != rd->lexer.speaker &&
	       rd->foreign < FOREIGN_WORDS;
}

static void take_word(struct reader *rd, const struct token *t)
{
	bool filler = word_is_filler(t->word);

	if (t->in_label) {
		if (!filler)
			close_stretch(rd, &rd->label);
		if (t->word && !filler) /* "Order ID:" is nobody's name */
			end_speech(rd, NULL, 0);
		rd->words = true;
	} else if (filler) {
		rd->words = true;
		rd->links += t->word->kind == WORD_LINK;
		rd->others = rd->others || t->word->kind != WORD_LINK;
	} else if (is_interjection(rd, t->word)) {
		rd->words = rd->far = true;
		rd->foreign++;
	} else {
		end_speech(rd, t->word, 0);
	}
	context_word(&rd->context, t->word);
}

static void take_token(struct reader *rd, const struct token *t)
{
	bool money = false, slash = false;

	/* a label ends where speech, or the next line, begins */
	if (rd->label.count > 0 && (!t->in_label || t->gap == GAP_WIDE))
		close_stretch(rd, &rd->label);
	rd->others = rd->others || t->gap == GAP_WIDE;
	if (t->gap == GAP_WIDE)
		context_line(&rd->context);
	switch (t->type) {
	case TOKEN_NUMBER:
		take_number(rd, t);
		break;
	case TOKEN_WORD:
		take_word(rd, t);
		break;
	case TOKEN_PLACEHOLDER:
		end_speech(rd, NULL, 0);
		rd->card = t->class == REDACT_CARD;
		break;
	case TOKEN_BREAK:
		slash = rd->speech.count > 0 && t->gap == GAP_NONE;
		rd->speech.slashed = rd->speech.slashed || slash;
		if (!t->in_label)
			end_speech(rd, NULL, t->mark);
		money = t->mark == '$';
		break;
	case TOKEN_END:
		end_speech(rd, NULL, 0);
		break;
	}
	rd->money = money;
	rd->slash = slash;
}

/* The atoms' memory is not cleared: most texts have few, if any. */
static void stretch_init(struct stretch *s)
{
	s->atoms = xmalloc(STRETCH_ATOMS * sizeof(*s->atoms));
	empty(s);
}

void redact_find_numbers(struct redactor *r)
{
	struct reader rd = { .r = r };
	struct token token;

	lexer_init(&rd.lexer, r->text, r->founds.list, r->founds.count);
	context_init(&rd.context);
	stretch_init(&rd.speech);
	stretch_init(&rd.label);
	do {
		lexer_next(&rd.lexer, &token);
		take_token(&rd, &token);
	} while (token.type != TOKEN_END);
	for (size_t i = 0; i < rd.pieces.count; i++)
		founds_add(&r->founds, &rd.pieces.list[i]);
	free(rd.pieces.list);
	free(rd.label.atoms);
	free(rd.speech.atoms);
}
