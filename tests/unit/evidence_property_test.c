/*
 * Quotes of the golden calls, changed in known ways: precision and recall of
 * each class; and what 1 MB costs against 100 KB.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/file.h"
#include "support/samples.h"
#include "transcript/evidence.h"
#include "transcript/words.h"

enum { ROUNDS = 40, CALLS = 8, WORDS_MOST = 30 };

/* ---- numbers that only look random ----------------------------------- */

static uint64_t state_of_random = 20260105;

static size_t below(size_t n)
{
	state_of_random = state_of_random * UINT64_C(6364136223846793005) +
			  UINT64_C(1442695040888963407);
	return (size_t)(state_of_random >> 33) % n;
}

/* ---- passages -------------------------------------------------------- */

/* Some words of one turn, as they stand there. */
struct passage {
	struct text words[WORDS_MOST];
	size_t count;
	size_t turn;
	size_t speaker;
};

static bool take_passage(const struct turns *t, size_t least, struct passage *p)
{
	size_t turn = below(t->count), at = 0, all, from;
	struct text text = turns_words(t, turn);
	struct word word;

	all = words_count(text);
	if (all < least)
		return false;
	p->count = least + below(all - least + 1);
	if (p->count > WORDS_MOST)
		p->count = WORDS_MOST;
	from = below(all - p->count + 1);
	p->turn = turn;
	p->speaker = t->items[turn].speaker;
	for (size_t i = 0; i < from + p->count; i++) {
		assert_true(words_next(text, &at, &word));
		if (i >= from)
			p->words[i - from] = (struct text){
				text.data + word.begin, word.end - word.begin
			};
	}
	return true;
}

/* The bytes from the first to the last word. */
static struct text bytes_of(const struct passage *p)
{
	const struct text *last = &p->words[p->count - 1];

	return (struct text){ p->words[0].data,
			      (size_t)(last->data + last->len -
				       p->words[0].data) };
}

/* Words [from, to) with this between them. */
static void put_words(struct buf *out, const struct passage *p, size_t from,
		      size_t to, const char *between)
{
	for (size_t i = from; i < to; i++) {
		if (i > from)
			buf_puts(out, between);
		buf_put(out, p->words[i].data, p->words[i].len);
	}
}

/* ---- what is done to them -------------------------------------------- */

static void as_it_is(struct buf *out, const struct passage *p)
{
	struct text t = bytes_of(p);

	buf_put(out, t.data, t.len);
}

static void other_case(struct buf *out, const struct passage *p)
{
	struct text t = bytes_of(p);

	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		buf_putc(out, letter ? (char)(c ^ 0x20) : c);
	}
}

static void dashes(struct buf *out, const struct passage *p)
{
	put_words(out, p, 0, p->count, " \xe2\x80\x94 ");
}

static void no_punctuation(struct buf *out, const struct passage *p)
{
	put_words(out, p, 0, p->count, " ");
	buf_putc(out, '!');
}

static void white_space(struct buf *out, const struct passage *p)
{
	put_words(out, p, 0, p->count, "  \n");
}

static void left_out_with_ellipsis(struct buf *out, const struct passage *p)
{
	size_t first = p->count / 3, last = p->count - p->count / 3;

	put_words(out, p, 0, first, " ");
	buf_puts(out, below(2) ? " ... " : "\xe2\x80\xa6");
	put_words(out, p, last, p->count, " ");
}

static void one_word_changed(struct buf *out, const struct passage *p)
{
	size_t at = below(p->count);

	put_words(out, p, 0, at, " ");
	buf_puts(out, " zebra ");
	put_words(out, p, at + 1, p->count, " ");
}

static void one_word_left_out(struct buf *out, const struct passage *p)
{
	size_t at = 1 + below(p->count - 2);

	put_words(out, p, 0, at, " ");
	buf_putc(out, ' ');
	put_words(out, p, at + 1, p->count, " ");
}

static void one_word_put_in(struct buf *out, const struct passage *p)
{
	size_t at = 1 + below(p->count - 1);

	put_words(out, p, 0, at, " ");
	buf_puts(out, " truly ");
	put_words(out, p, at, p->count, " ");
}

/* Two words in five are others: no longer a quote. */
static void many_words_changed(struct buf *out, const struct passage *p)
{
	for (size_t i = 0; i < p->count; i++) {
		if (i % 5 == 1 || i % 5 == 3)
			buf_printf(out, "zebra%zu ", i);
		else
			buf_printf(out, "%.*s ", (int)p->words[i].len,
				   p->words[i].data);
	}
}

/* Backwards: words of the call, in an order that nobody said. */
static void backwards(struct buf *out, const struct passage *p)
{
	for (size_t i = p->count; i > 0; i--)
		buf_printf(out, "%.*s ", (int)p->words[i - 1].len,
			   p->words[i - 1].data);
}

static void fabricated(struct buf *out, const struct passage *p)
{
	static const char *const said[] = {
		"You are approved today without any check at all, believe me.",
		"If you hang up now this offer is gone forever, ma'am.",
		"I never told anybody that this line would be recorded.",
		"Give me the three digits on the back and we are done.",
		"Nobody reads the paperwork, just sign wherever it says sign.",
		"Your neighbors all took the bigger loan last summer.",
		"I would rather lie to you than lose this sale.",
		"There is no interest if you pay us in cash on Fridays.",
	};

	buf_puts(out, said[p->turn % LENGTH(said)]);
}

static void two_words(struct buf *out, const struct passage *p)
{
	put_words(out, p, 0, 2, " ");
}

static const struct mutation {
	void (*make)(struct buf *out, const struct passage *p);
	const char *name;
	enum evidence_class wanted;
	size_t least; /* words of the passage */
} mutations[] = {
	{ as_it_is, "as it is", EVIDENCE_EXACT, 3 },
	{ other_case, "case", EVIDENCE_NORMALISED, 5 },
	{ dashes, "dashes", EVIDENCE_NORMALISED, 3 },
	{ no_punctuation, "punctuation", EVIDENCE_NORMALISED, 3 },
	{ white_space, "white space", EVIDENCE_NORMALISED, 3 },
	{ left_out_with_ellipsis, "ellipsis", EVIDENCE_NORMALISED, 8 },
	{ one_word_changed, "word changed", EVIDENCE_NEAR, 4 },
	{ one_word_left_out, "word left out", EVIDENCE_NEAR, 6 },
	{ one_word_put_in, "word put in", EVIDENCE_NEAR, 4 },
	{ many_words_changed, "many words changed", EVIDENCE_ABSENT, 5 },
	{ backwards, "backwards", EVIDENCE_ABSENT, 8 },
	{ fabricated, "fabricated", EVIDENCE_ABSENT, 3 },
	{ two_words, "two words", EVIDENCE_TOO_SHORT, 3 },
};

/* ---- the test -------------------------------------------------------- */

static size_t found[EVIDENCE_CLASSES][EVIDENCE_CLASSES];
/* with a known speaker on both sides: who fits, who does not */
static size_t right_said, right_all, other_said, other_all;
static size_t misplaced;

static void look_up(struct evidence_index *index, const struct turns *t,
		    const struct mutation *m, const struct passage *p)
{
	struct claim claim = { p->speaker, ROLE_UNKNOWN };
	struct evidence e;
	struct buf quote;

	buf_init(&quote, 1 << 16);
	m->make(&quote, p);
	evidence_find(index, (struct text){ quote.data, quote.len }, &claim,
		      &e);
	found[m->wanted][e.class]++;
	if (e.class != m->wanted)
		print_message("  %s: %s: %s\n", m->name,
			      evidence_class_name(e.class), quote.data);
	if (e.class < EVIDENCE_ABSENT && p->speaker != SPEAKER_NONE) {
		size_t end = t->items[p->turn].whole.end;

		misplaced += e.turn == p->turn && e.span.end > end;
		right_all++;
		right_said += evidence_fits(index, &e, &claim) == 1;
		/* the same words, said to be the other speaker's */
		claim.speaker = 1 - p->speaker;
		evidence_find(index, (struct text){ quote.data, quote.len },
			      &claim, &e);
		other_all++;
		other_said += evidence_fits(index, &e, &claim) == 0;
	}
	buf_release(&quote);
}

static void mutate_call(struct text transcript)
{
	struct evidence_index *index;
	struct turns turns;

	turns_init(&turns, transcript, (struct text){ "", 0 });
	index = evidence_index_new(&turns);
	for (size_t i = 0; i < LENGTH(mutations); i++) {
		for (int round = 0; round < ROUNDS;) {
			struct passage passage;

			if (!take_passage(&turns, mutations[i].least, &passage))
				continue;
			look_up(index, &turns, &mutations[i], &passage);
			round++;
		}
	}
	evidence_index_free(index);
	turns_release(&turns);
}

static void read_calls(struct buf *file, json_t *calls[CALLS])
{
	struct error err = ERROR_INIT;
	char *line;
	size_t n = 0;

	buf_init(file, 1 << 22);
	assert_int_equal(file_read(SOURCE_DIR "/tests/golden/calls.ndjson",
				   file, ERR_CONFIG, &err),
			 0);
	for (line = file->data; line && *line && n < CALLS; n++) {
		char *end = strchr(line, '\n');

		*end = '\0';
		calls[n] = json_loads(line, 0, NULL);
		assert_non_null(calls[n]);
		line = end + 1;
	}
	assert_int_equal(n, CALLS);
}

static struct text transcript_of(const json_t *call)
{
	const json_t *t = json_object_get(json_object_get(call, "transcript"),
					  "transcript");

	return (struct text){ json_string_value(t), json_string_length(t) };
}

static void print_figures(void)
{
	for (int c = 0; c < EVIDENCE_CLASSES; c++) {
		size_t wanted = 0, got = 0;

		for (int k = 0; k < EVIDENCE_CLASSES; k++) {
			wanted += found[c][k];
			got += found[k][c];
		}
		print_message("%-10s precision %zu/%zu recall %zu/%zu\n",
			      evidence_class_name((enum evidence_class)c),
			      found[c][c], got, found[c][c], wanted);
		/* the floor: 98 of 100 */
		assert_true(found[c][c] * 100 >= got * 98);
		assert_true(found[c][c] * 100 >= wanted * 98);
	}
	print_message("speaker    right %zu/%zu, other %zu/%zu\n", right_said,
		      right_all, other_said, other_all);
	assert_true(right_said * 100 >= right_all * 98);
	assert_true(other_said * 100 >= other_all * 98);
	assert_int_equal(misplaced, 0);
}

static void changed_quotes(void **state)
{
	json_t *calls[CALLS];
	struct buf file;

	(void)state;
	read_calls(&file, calls);
	for (size_t i = 0; i < CALLS; i++)
		mutate_call(transcript_of(calls[i]));
	for (size_t i = 0; i < CALLS; i++)
		json_decref(calls[i]);
	buf_release(&file);
	print_figures();
}

/* ---- what size costs ------------------------------------------------- */

static double cpu_seconds(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* CPU of turns, index and 40 quotes, for a transcript of so many bytes. */
static double cost_of(struct text transcript, size_t bytes)
{
	const struct claim nobody = { SPEAKER_NONE, ROLE_UNKNOWN };
	struct evidence_index *index;
	struct evidence e;
	struct turns turns;
	struct buf text;
	double begin;

	buf_init(&text, (size_t)4 << 20);
	while (text.len < bytes) {
		buf_put(&text, transcript.data, transcript.len);
		buf_putc(&text, '\n');
	}
	begin = cpu_seconds();
	turns_init(&turns, (struct text){ text.data, text.len },
		   (struct text){ "", 0 });
	index = evidence_index_new(&turns);
	for (size_t i = 0; i < 40;) {
		const struct mutation *m = &mutations[i % LENGTH(mutations)];
		struct passage passage;
		struct buf quote;

		if (!take_passage(&turns, m->least, &passage))
			continue;
		buf_init(&quote, 1 << 16);
		m->make(&quote, &passage);
		evidence_find(index, (struct text){ quote.data, quote.len },
			      &nobody, &e);
		buf_release(&quote);
		i++;
	}
	evidence_index_free(index);
	turns_release(&turns);
	buf_release(&text);
	return cpu_seconds() - begin;
}

/* Printed, not asserted: seconds are the machine's. */
static void size_and_cost(void **state)
{
	json_t *calls[CALLS];
	struct buf file;
	double small = 0, large = 0;

	(void)state;
	read_calls(&file, calls);
	for (int i = 0; i < 5; i++) {
		small += cost_of(transcript_of(calls[0]), 100000);
		large += cost_of(transcript_of(calls[0]), 1000000);
	}
	print_message("turns, index and 40 quotes: 100 KB %.2f ms, 1 MB %.2f "
		      "ms, ratio %.1f\n",
		      small * 200, large * 200, large / small);
	for (size_t i = 0; i < CALLS; i++)
		json_decref(calls[i]);
	buf_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_quotes),
		cmocka_unit_test(size_and_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
