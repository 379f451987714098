/*
 * Roles against lines labelled by hand (tests/turns/labelled.txt): precision
 * and recall of each role, printed and held above a floor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "transcript/turns.h"

enum { PIECES_MOST = 2000, NOT_SAID = ROLE_COUNT, CLASSES };

/* A piece of a line, and whose it is. */
struct piece {
	size_t begin, end; /* of the transcript */
	int wanted;        /* enum role or NOT_SAID */
};

/* One transcript of the file. */
struct sample {
	struct buf text, script;
	struct piece pieces[PIECES_MOST];
	size_t count;
};

/* How often what is wanted [i] was found as [j]. */
static size_t found[CLASSES][CLASSES];
static size_t lines;

static int class_of(char letter)
{
	static const char letters[] = "ACOU-";
	const char *at = strchr(letters, letter);

	assert_non_null(at);
	return (int)(at - letters);
}

/* The end of the letters to find by, white space left out. */
static size_t last_byte(const struct sample *s, const struct piece *p)
{
	size_t end = p->end;

	while (end > p->begin + 1 && strchr(" \t\r\n", s->text.data[end - 1]))
		end--;
	return end - 1;
}

static void judge(struct sample *s)
{
	struct turns turns;

	turns_init(&turns, (struct text){ s->text.data, s->text.len },
		   (struct text){ s->script.data, s->script.len });
	for (size_t i = 0; i < s->count; i++) {
		size_t turn = turns_at(&turns, last_byte(s, &s->pieces[i]));
		int got = turn == TURN_NONE ? (int)NOT_SAID
					    : (int)turns_role(&turns, turn);

		found[s->pieces[i].wanted][got]++;
		if (got != s->pieces[i].wanted)
			print_message(
				"  %.*s: wanted %d, got %d\n",
				(int)(s->pieces[i].end - s->pieces[i].begin),
				s->text.data + s->pieces[i].begin,
				s->pieces[i].wanted, got);
	}
	turns_release(&turns);
	buf_clear(&s->text);
	buf_clear(&s->script);
	s->count = 0;
}

/* "A|||C\tAgent: hi |||Customer: hi": a line of two pieces. */
static void add_line(struct sample *s, const char *roles, const char *text)
{
	const char *end;

	for (; *roles; roles += roles[1] ? 4 : 1) {
		struct piece *p = &s->pieces[s->count++];

		assert_in_range(s->count, 1, PIECES_MOST);
		end = strstr(text, "|||");
		end = roles[1] && end ? end : text + strlen(text);
		*p = (struct piece){ .begin = s->text.len,
				     .wanted = class_of(*roles) };
		buf_put(&s->text, text, (size_t)(end - text));
		p->end = s->text.len;
		if (p->begin == p->end)
			s->count--;
		text = *end ? end + 3 : end;
	}
	buf_putc(&s->text, '\n');
	lines++;
}

static void take_line(struct sample *s, char *line)
{
	char *tab = strchr(line, '\t');

	if (line[0] == '=') {
		judge(s);
		return;
	}
	if (line[0] == '#' || !tab)
		return;
	*tab++ = '\0';
	if (strcmp(line, "s") == 0) {
		buf_puts(&s->script, tab);
		buf_putc(&s->script, '\n');
	} else {
		add_line(s, line, tab);
	}
}

static void print_figures(void)
{
	static const char *const names[CLASSES] = { "agent", "customer",
						    "other", "unknown",
						    "not said" };

	print_message("%zu lines\n", lines);
	for (int c = 0; c < CLASSES; c++) {
		size_t wanted = 0, got = 0;

		for (int k = 0; k < CLASSES; k++) {
			wanted += found[c][k];
			got += found[k][c];
		}
		print_message("%-8s precision %zu/%zu recall %zu/%zu\n",
			      names[c], found[c][c], got, found[c][c], wanted);
		/* the floor: 98 of 100 */
		assert_true(found[c][c] * 100 >= got * 98);
		assert_true(found[c][c] * 100 >= wanted * 98);
	}
}

static void roles_of_labelled_lines(void **state)
{
	struct sample *sample = calloc(1, sizeof(*sample));
	struct error err = ERROR_INIT;
	struct buf file;

	(void)state;
	assert_non_null(sample);
	buf_init(&file, 1 << 20);
	buf_init(&sample->text, 1 << 20);
	buf_init(&sample->script, 1 << 20);
	assert_int_equal(file_read(SOURCE_DIR "/tests/turns/labelled.txt",
				   &file, ERR_CONFIG, &err),
			 0);
	for (char *line = file.data, *end; line && *line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		take_line(sample, line);
	}
	judge(sample);
	buf_release(&file);
	buf_release(&sample->text);
	buf_release(&sample->script);
	free(sample);
	assert_true(lines >= 150);
	print_figures();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_of_labelled_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
