/* What the words before a number say about it. */
#include "transcript/redact_parts.h"

/* Words from "order" to its digits; from "last" to "social", either way. */
enum { NOUN_REACH = 3, LAST_REACH = 8, BACK_REACH = 60, FIRST_WORD = 1000 };

void context_init(struct context *c)
{
	*c = (struct context){ .now = FIRST_WORD };
}

size_t context_since(const struct context *c, enum topic topic)
{
	return c->now - c->topics[topic];
}

/* "last four of the social", "your social, just the last four" */
static void note_tail(struct context *c)
{
	size_t social = c->topics[TOPIC_SSN];
	size_t near = social > c->last ? social - c->last : c->last - social;

	if (social > 0 && c->last > 0 && near <= LAST_REACH)
		c->topics[TOPIC_SSN_TAIL] = c->now;
}

static void mention(struct context *c, enum topic topic)
{
	c->topics[topic] = c->now;
	c->other = 0; /* "loan account": an account */
	if (topic == TOPIC_SSN)
		note_tail(c);
}

/* "number", "#": makes the word before it a name of numbers. */
static void note_number(struct context *c)
{
	size_t account = c->topics[TOPIC_ACCOUNT];

	if (c->other > 0 && c->now - c->other <= 1)
		c->topics[TOPIC_OTHER] = c->now;
	else if (account > 0 && c->now - account <= 1)
		mention(c, TOPIC_ACCOUNT_NUMBER);
}

void context_word(struct context *c, const struct word *word)
{
	c->now++;
	if (!word)
		return;
	switch (word->kind) {
	case WORD_TOPIC:
		mention(c, (enum topic)word->value);
		break;
	case WORD_OTHER:
		c->other = c->now;
		break;
	case WORD_NUMBER:
		note_number(c);
		break;
	case WORD_LAST:
		c->last = c->now;
		note_tail(c);
		break;
	case WORD_SECURITY:
		c->security = c->now;
		break;
	case WORD_CODE:
		if (c->now - c->security == 1)
			mention(c, TOPIC_CVV);
		else
			c->other = c->now;
		break;
	case WORD_BACK:
		/* "the three digits on the back", talking of a card */
		if (context_since(c, TOPIC_CARD) <= BACK_REACH)
			mention(c, TOPIC_CVV);
		break;
	case WORD_TAX:
		c->tax = c->now;
		break;
	case WORD_ID:
		if (c->now - c->tax == 1)
			mention(c, TOPIC_SSN);
		else
			c->other = c->now;
		break;
	default:
		break;
	}
}

void context_line(struct context *c)
{
	c->other = 0;
}

void context_number(struct context *c)
{
	if (c->other > 0 && c->now - c->other <= NOUN_REACH)
		c->topics[TOPIC_OTHER] = c->other;
}
