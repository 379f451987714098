/* What can be counted of a conversation, without a model. */
#include "transcript/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/compiler.h"
#include "base/xalloc.h"
#include "transcript/evidence_index.h"
#include "transcript/similarity.h"
#include "transcript/words.h"

/* ---- words ----------------------------------------------------------- */

/* Sounds that hold the floor; the manual lists them. */
static const char *const filler_words[] = { "um",  "umm", "uh",  "uhm",
					    "uhh", "er",  "erm", "hm",
					    "hmm", "mm",  "mmm", "ehm" };

/* What one pass over the words of a turn tells. */
struct said {
	size_t words, fillers, questions, marks;
};

/* Bytes of the question mark or full stop at s; *question: which it is. */
static size_t mark_at(const char *s, size_t len, bool *question)
{
	static const struct {
		const char *mark;
		bool question;
	} wide[] = {
		{ "\xef\xbc\x9f", true },  /* full width */
		{ "\xd8\x9f", true },      /* Arabic */
		{ "\xe3\x80\x82", false }, /* ideographic full stop */
		{ "\xef\xbc\x81", false },
	};

	*question = s[0] == '?';
	if (s[0] == '?' || s[0] == '.' || s[0] == '!')
		return 1;
	if (!is_high(s[0]))
		return 0;
	for (size_t i = 0; i < LENGTH(wide); i++) {
		size_t n = strlen(wide[i].mark);

		if (len < n || memcmp(s, wide[i].mark, n) != 0)
			continue;
		*question = wide[i].question;
		return n;
	}
	return 0;
}

/* Letters and spaces: most of a text. */
static bool is_plain(char c)
{
	return c == ' ' || is_letter(c);
}

/* Marks in a row, such as "?!", are one; a question if one of them asks. */
static void count_marks(struct text text, struct said *said)
{
	size_t i = 0;

	while (i < text.len) {
		bool asks = false, question;
		size_t n;

		if (is_plain(text.data[i])) {
			i++;
			continue;
		}
		n = mark_at(text.data + i, text.len - i, &question);
		if (n == 0) {
			i++;
			continue;
		}
		for (; n > 0; n = i < text.len
					  ? mark_at(text.data + i, text.len - i,
						    &question)
					  : 0) {
			asks |= question;
			i += n;
		}
		said->marks++;
		said->questions += asks;
	}
}

/* ---- turns ----------------------------------------------------------- */

/* What is known of each turn for the measures that follow. */
struct tally {
	const struct turns *turns;
	struct said *said;     /* by turn */
	struct word_set agent; /* the words of the agent */
};

/* Which numbers the index has for fillers. */
static void find_fillers(const struct evidence_index *index, bool *fillers)
{
	for (size_t i = 0; i < LENGTH(filler_words); i++) {
		uint32_t id = index_word(index, words_hash(filler_words[i]));

		if (id != WORD_UNKNOWN)
			fillers[id] = true;
	}
}

static void count_words(struct metrics *m, struct tally *t,
			const struct evidence_index *index)
{
	bool *fillers = xcalloc(index->word_count, sizeof(*fillers));

	find_fillers(index, fillers);
	for (size_t i = 0; i < index->count; i++) {
		const struct place *place = &index->places[i];
		const struct entry_word *word = &index->words[place->id];

		t->said[place->turn].words++;
		t->said[place->turn].fillers += fillers[place->id];
		if (word->carries &&
		    turns_role(t->turns, place->turn) == ROLE_AGENT)
			word_set_add(&t->agent, word->hash);
	}
	free(fillers);
	for (size_t i = 0; i < t->turns->count; i++) {
		enum role role = turns_role(t->turns, i);

		count_marks(turns_words(t->turns, i), &t->said[i]);
		m->words[role] += t->said[i].words;
		m->fillers[role] += t->said[i].fillers;
	}
}

static bool is_conversation(const struct tally *t)
{
	size_t first = SPEAKER_NONE;

	for (size_t i = 0; i < t->turns->count; i++) {
		size_t speaker = t->turns->items[i].speaker;

		if (speaker == SPEAKER_NONE || t->said[i].words == 0)
			continue;
		if (first != SPEAKER_NONE && speaker != first)
			return true;
		first = speaker;
	}
	return false;
}

/* Turns of one speaker in a row are one; those without words are none. */
static void count_turns(struct metrics *m, const struct tally *t)
{
	size_t last = SPEAKER_NONE, words = 0, begin = 0;

	for (size_t i = 0; i < t->turns->count; i++) {
		size_t speaker = t->turns->items[i].speaker;
		enum role role = turns_role(t->turns, i);

		if (t->said[i].words == 0)
			continue;
		if (speaker == SPEAKER_NONE || speaker != last) {
			m->turns[role]++;
			m->turn_count++;
			words = 0;
			begin = i;
		}
		last = speaker;
		words += t->said[i].words;
		if (words <= m->monologue.words)
			continue;
		m->monologue.role = role;
		m->monologue.words = words;
		m->monologue.turn = begin;
	}
}

static void count_questions(struct metrics *m, const struct tally *t)
{
	size_t words = 0, marks = 0, questions = 0;

	for (size_t i = 0; i < t->turns->count; i++) {
		words += t->said[i].words;
		marks += t->said[i].marks;
		if (turns_role(t->turns, i) == ROLE_AGENT)
			questions += t->said[i].questions;
	}
	m->questions = m->words[ROLE_AGENT] == 0 ||
				       marks * WORDS_PER_MARK < words
			       ? -1
			       : (long)questions;
}

/* ---- times ----------------------------------------------------------- */

static bool has_times(const struct turn *turn)
{
	return turn->start >= 0 && turn->end >= turn->start;
}

static void add_spoken(struct metrics *m, const struct tally *t)
{
	m->timed = false;
	for (size_t i = 0; i < t->turns->count; i++) {
		const struct turn *turn = &t->turns->items[i];
		double *spoken = &m->spoken[turns_role(t->turns, i)];

		if (t->said[i].words == 0)
			continue;
		if (!has_times(turn))
			*spoken = -1;
		else if (*spoken >= 0)
			*spoken += (double)(turn->end - turn->start) / 1000;
	}
	for (int r = 0; r < ROLE_COUNT; r++) {
		if (m->spoken[r] < 0) {
			m->timed = false;
			return;
		}
		m->timed |= m->spoken[r] > 0;
	}
}

/* A turn with words, in the order of time. */
struct moment {
	int64_t start, end;
	size_t speaker, words;
	enum role role;
};

static int by_start(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

static size_t take_moments(const struct tally *t, struct moment *moments)
{
	size_t count = 0;

	for (size_t i = 0; i < t->turns->count; i++) {
		const struct turn *turn = &t->turns->items[i];

		if (t->said[i].words > 0)
			moments[count++] = (struct moment){
				turn->start, turn->end, turn->speaker,
				t->said[i].words, turns_role(t->turns, i)
			};
	}
	qsort(moments, count, sizeof(*moments), by_start);
	return count;
}

/* Time in which nobody speaks, from the first word to the last. */
static void add_silence(struct metrics *m, const struct moment *moments,
			size_t count)
{
	int64_t heard = moments[0].end;

	for (size_t i = 1; i < count; i++) {
		double gap = (double)(moments[i].start - heard) / 1000;

		if (gap > 0) {
			m->silence += gap;
			if (gap > m->longest_silence)
				m->longest_silence = gap;
		}
		if (moments[i].end > heard)
			heard = moments[i].end;
	}
}

/*
 * Who begins while another speaker goes on.  It is enough to know the two
 * speakers that go on longest: one of them is another one.
 */
static void count_interruptions(struct metrics *m, const struct moment *moments,
				size_t count)
{
	struct moment longest = { .end = -1, .speaker = SPEAKER_NONE };
	struct moment other = longest;

	for (size_t i = 0; i < count; i++) {
		const struct moment *now = &moments[i];
		int64_t end = longest.speaker != now->speaker ? longest.end
							      : other.end;

		if (end - now->start >= INTERRUPTION_MS &&
		    now->words >= INTERRUPTION_WORDS)
			m->interruptions[now->role]++;
		if (now->speaker == longest.speaker || now->end > longest.end) {
			if (now->speaker != longest.speaker)
				other = longest;
			if (now->end > longest.end)
				longest = *now;
		} else if (now->end > other.end) {
			other = *now;
		}
	}
}

static void measure_times(struct metrics *m, const struct tally *t)
{
	struct moment *moments;
	size_t count;

	add_spoken(m, t);
	if (!m->timed)
		return;
	moments = xcalloc(t->turns->count, sizeof(*moments));
	count = take_moments(t, moments);
	add_silence(m, moments, count);
	if (m->conversation)
		count_interruptions(m, moments, count);
	free(moments);
}

/* ---- script ---------------------------------------------------------- */

static void cover_script(struct metrics *m, const struct tally *t,
			 struct text script)
{
	struct script_section *sections;
	struct containment all = { 0, 0 };
	struct similarity *similarity;
	struct text *texts;

	m->coverage = -1;
	if (m->words[ROLE_AGENT] == 0)
		return;
	sections = xcalloc(SCRIPT_SECTIONS, sizeof(*sections));
	m->section_count = script_split(script, sections, SCRIPT_SECTIONS);
	texts = xcalloc(m->section_count, sizeof(*texts));
	m->sections = xcalloc(m->section_count, sizeof(*m->sections));
	for (size_t i = 0; i < m->section_count; i++)
		texts[i] = sections[i].text;
	similarity = similarity_new(texts, m->section_count);
	for (size_t i = 0; i < m->section_count; i++) {
		struct containment c = similarity_contained(similarity, i,
							    &t->agent);

		m->sections[i].number = sections[i].number;
		m->sections[i].share = c.all > 0 ? c.said / c.all : -1;
		all.said += c.said;
		all.all += c.all;
	}
	if (all.all > 0)
		m->coverage = all.said / all.all;
	similarity_free(similarity);
	free(texts);
	free(sections);
}

/* ---- all of it ------------------------------------------------------- */

void metrics_init(struct metrics *m, const struct evidence_index *index,
		  struct text script)
{
	const struct turns *turns = index->turns;
	struct tally tally = { .turns = turns };

	*m = (struct metrics){ .questions = -1 };
	tally.said = xcalloc(turns->count, sizeof(*tally.said));
	word_set_init(&tally.agent);
	count_words(m, &tally, index);
	m->conversation = is_conversation(&tally);
	if (m->conversation)
		count_turns(m, &tally);
	count_questions(m, &tally);
	measure_times(m, &tally);
	cover_script(m, &tally, script);
	word_set_release(&tally.agent);
	free(tally.said);
}

void metrics_release(struct metrics *m)
{
	free(m->sections);
	*m = (struct metrics){ .questions = -1 };
}
