/* Turns: pieces, times, speakers, and that no byte is lost or twice. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/file.h"
#include "support/samples.h"
#include "transcript/turns.h"

/* ---- helpers --------------------------------------------------------- */

static struct text text_of(const char *s)
{
	return (struct text){ s, strlen(s) };
}

/* "A:words|C:words (start-end)" of a transcript. */
static void describe(const char *text, const char *script, char *out,
		     size_t size)
{
	struct turns t;
	size_t used = 0;

	turns_init(&t, text_of(text), text_of(script));
	out[0] = '\0';
	for (size_t i = 0; i < t.count; i++) {
		struct text words = turns_words(&t, i);
		char times[64] = "";

		if (t.items[i].start >= 0)
			snprintf(times, sizeof(times), "(%lld,%lld)",
				 (long long)t.items[i].start,
				 (long long)t.items[i].end);
		used += (size_t)snprintf(out + used, size - used, "%s%c%s:%.*s",
					 used ? "|" : "",
					 "ACOU"[turns_role(&t, i)], times,
					 (int)words.len, words.data);
		assert_true(used < size);
	}
	turns_release(&t);
}

/*
 * Every byte is in one turn or in a gap, words lie inside of their turn, and
 * turns_at() finds each byte where it is.  Returns the bytes of gaps that
 * could have been said.
 */
static size_t check_partition(struct text text, const struct turns *t)
{
	size_t at = 0, gaps = 0;

	assert_ptr_equal(t->text.data, text.data);
	for (size_t i = 0; i <= t->count; i++) {
		size_t begin = i < t->count ? t->items[i].whole.begin
					    : text.len;

		assert_true(begin >= at);
		for (; at < begin; at++) {
			assert_int_equal(turns_at(t, at), TURN_NONE);
			gaps += !strchr(" \t\r\n", text.data[at]);
		}
		if (i == t->count)
			break;
		const struct turn *turn = &t->items[i];

		assert_true(turn->whole.begin < turn->whole.end);
		assert_true(turn->whole.end <= text.len);
		assert_true(turn->words.begin >= turn->whole.begin);
		assert_true(turn->words.end >= turn->words.begin);
		assert_true(turn->words.end <= turn->whole.end);
		assert_true(turn->speaker == SPEAKER_NONE ||
			    turn->speaker < t->speaker_count);
		for (; at < turn->whole.end; at++)
			assert_int_equal(turns_at(t, at), i);
	}
	assert_int_equal(turns_at(t, text.len), TURN_NONE);
	return gaps;
}

/* ---- pieces and times ------------------------------------------------ */

static void pieces(void **state)
{
	static const struct {
		const char *text, *turns;
	} rows[] = {
		{ "", "" },
		{ "\n \r\n", "" },
		{ "Agent: hi\nCustomer: yo\n", "A:hi|C:yo" },
		{ "Agent: one\n\n  two \r\nCustomer: x", "A:one\n\n  two|C:x" },
		{ "Agent: hi\nCustomer:\nAgent: bye", "A:hi|C:|A:bye" },
		{ "Agent:hi\nCustomer:yes", "A:hi|C:yes" },
		{ "[00:01] Agent: a\n[00:02.5] Agent: b",
		  "A(1000,-1):a|A(2500,-1):b" },
		{ "[1.5-2.25] agent: a\n[3-4] customer: b",
		  "A(1500,2250):a|C:b" },
		{ "Agent (1:02:03): a\nCustomer (1:02:05): b",
		  "A(0,-1):a|C(2000,-1):b" },
		{ "(0:01 - 0:03) Agent: a\n(0:03 - 0:04) Customer: b",
		  "A(1000,3000):a|C(3000,4000):b" },
		{ "[0:01]\nAgent: a\n[0:04]\nCustomer: b",
		  "A(1000,-1):a|C(4000,-1):b" },
		{ "[0:01] just words\n[0:02] and more",
		  "U(1000,-1):just words|U(2000,-1):and more" },
		{ "4:30 would be fine\nor 5:15",
		  "U:4:30 would be fine|U:or 5:15" },
		{ "WEBVTT\n\n7\n00:01.000 --> 00:02.000 align:left\nAgent: "
		  "a\nb\n"
		  "\n8\n00:02.000 --> 00:03.000\n<v Customer>c</v>\n",
		  "A(1000,2000):a\nb|C(2000,3000):c" },
		{ "Agent: see 00:01 --> 00:02 there\nCustomer: ok",
		  "A:see 00:01 --> 00:02 there|C:ok" },
		{ "\xef\xbb\xbf"
		  "Agent: a\nCustomer: b",
		  "A:a|C:b" },
		{ "Jo: a\nMo: b", "U:a|U:b" },
		{ "I said: a\nand then: b", "U:I said: a|U:and then: b" },
		{ "https://x.example\nmail me",
		  "U:https://x.example|U:mail me" },
	};
	char out[512];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		describe(rows[i].text, "", out, sizeof(out));
		assert_string_equal(out, rows[i].turns);
	}
}

/* ---- what labels say ------------------------------------------------- */

static void roles_by_labels(void **state)
{
	static const struct {
		const char *first, *second, *roles;
		int confidence; /* per cent, of all */
	} rows[] = {
		{ "Agent", "Customer", "AC", 100 },
		{ "AGENT", "caller", "AC", 100 },
		{ "Customer Service Representative", "Client", "AC", 100 },
		{ "Agent's supervisor", "Customer", "OC", 100 },
		{ "Agent", "Dana Whitfield", "AC", 90 },
		{ "Customer", "Dana Whitfield", "CA", 90 },
		{ "Seller", "Buyer", "AC", 100 },
		{ "human", "assistant", "CA", 100 },
		{ "Caller", "Callee", "UU", 0 },
		{ "Customer", "Caller", "CA", 90 },
		{ "Customer", "Bot", "CA", 90 },
		{ "Operator", "Caller", "AC", 90 },
		{ "Agent", "Operator", "AO", 100 },
		{ "spk_0", "spk_1", "UU", 0 },
		{ "Speaker A", "Speaker B", "UU", 0 },
		{ "Agent", "Speaker 2", "AC", 90 },
		{ "Agent", "System", "AO", 100 },
		{ "Asesora", "Clienta", "AC", 100 },
		{ "Vendeur", "Client", "AC", 100 },
		{ "Client Advisor", "Customer", "AC", 100 },
		{ "AI agent", "User", "AC", 100 },
		{ "Voicemail", "Agent", "OA", 100 },
		{ "+1 555 010 2345", "Agent", "CA", 90 },
		{ "Zoe", "Yan", "UU", 0 },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct turns t;

		snprintf(text, sizeof(text),
			 "%s: one\n%s: two\n%s: three\n%s: "
			 "four\n",
			 rows[i].first, rows[i].second, rows[i].first,
			 rows[i].second);
		turns_init(&t, text_of(text), text_of(""));
		if (t.count != 4)
			print_message("%s", text);
		assert_int_equal(t.count, 4);
		assert_int_equal(t.speaker_count, 2);
		for (size_t s = 0; s < 2; s++)
			assert_int_equal("ACOU"[t.speakers[s].role],
					 rows[i].roles[s]);
		assert_int_equal((int)(t.confidence * 100 + 0.5),
				 rows[i].confidence);
		assert_int_equal(t.basis, rows[i].confidence ? BASIS_LABELS
							     : BASIS_NONE);
		turns_release(&t);
	}
}

static void roles_by_script(void **state)
{
	static const char script[] =
		"Section 1: Opening\nThis call is recorded for training. Do "
		"you "
		"own your home or do you rent it?\nSection 2: Offer\nThe "
		"payment comes on the first day of each month.\n";
	static const char text[] =
		"spk_0: Yes hello, who is this?\nspk_1: This call is recorded "
		"for training. Do you own your home or do you rent it?\n"
		"spk_0: We rent, it is a small flat by the harbour.\nspk_1: "
		"The payment comes on the first day of each month.\n";
	struct turns t;

	(void)state;
	turns_init(&t, text_of(text), text_of(script));
	assert_int_equal(t.speakers[0].role, ROLE_CUSTOMER);
	assert_int_equal(t.speakers[1].role, ROLE_AGENT);
	assert_int_equal(t.basis, BASIS_SCRIPT);
	assert_true(t.confidence > 0.5 && t.confidence < 1);
	assert_int_not_equal(t.items[0].speaker, t.items[1].speaker);
	turns_release(&t);
	/* without the script there is nothing to tell by */
	turns_init(&t, text_of(text), text_of(""));
	assert_int_equal(t.basis, BASIS_NONE);
	turns_release(&t);
}

static void speakers_and_turns_in_a_row(void **state)
{
	struct turns t;

	(void)state;
	turns_init(&t,
		   text_of("Customer (turn 1): a\nCUSTOMER (turn 2): b\n"
			   "Agent: c\n"),
		   text_of(""));
	assert_int_equal(t.speaker_count, 2);
	assert_int_equal(t.items[0].speaker, t.items[1].speaker);
	assert_int_not_equal(t.items[1].speaker, t.items[2].speaker);
	assert_string_equal(role_name(turns_role(&t, 2)), "agent");
	turns_release(&t);
	turns_init(&t, text_of("a b\n\nc d\n"), text_of(""));
	assert_int_equal(t.count, 2);
	assert_true(t.items[0].speaker == SPEAKER_NONE &&
		    t.items[1].speaker == SPEAKER_NONE);
	turns_release(&t);
}

static void more_speakers_than_allowed(void **state)
{
	struct buf text;
	struct turns t;

	(void)state;
	buf_init(&text, 1 << 20);
	for (int i = 0; i < 3000; i++)
		buf_printf(&text, "Speaker %d: word %d\n", i % 1500, i);
	turns_init(&t, (struct text){ text.data, text.len }, text_of(""));
	assert_true(t.speaker_count <= 256);
	check_partition((struct text){ text.data, text.len }, &t);
	turns_release(&t);
	buf_release(&text);
}

/* ---- real and golden calls ------------------------------------------- */

/* The calls of a file of requests; how many there were. */
static size_t check_file(const char *path, size_t *gaps)
{
	struct error err = ERROR_INIT;
	struct buf file;
	size_t calls = 0;

	buf_init(&file, (size_t)64 << 20);
	assert_int_equal(file_read(path, &file, ERR_CONFIG, &err), 0);
	for (char *line = file.data, *end; line && *line; line = end, calls++) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		json_auto_t *request = json_loads(line, 0, NULL);
		const json_t *transcript = json_object_get(
			json_object_get(request, "transcript"), "transcript");
		struct text text = { json_string_value(transcript),
				     json_string_length(transcript) };
		struct turns t;

		assert_non_null(text.data);
		turns_init(&t, text, text_of(""));
		*gaps += check_partition(text, &t);
		turns_release(&t);
	}
	buf_release(&file);
	return calls;
}

/* CALLQA_CORPORA: a folder of *.ndjson files of requests, to be read too. */
static void no_byte_lost_or_twice(void **state)
{
	const char *corpora = getenv("CALLQA_CORPORA");
	DIR *dir = corpora ? opendir(corpora) : NULL;
	struct dirent *entry;
	size_t gaps = 0, calls;
	char path[1024];

	(void)state;
	assert_int_equal(
		check_file(SOURCE_DIR "/tests/golden/calls.ndjson", &gaps), 12);
	assert_int_equal(gaps, 0);
	while (dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".ndjson") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", corpora, entry->d_name);
		gaps = 0;
		calls = check_file(path, &gaps);
		print_message("%s: %zu calls, %zu bytes in gaps that are no "
			      "white space\n",
			      entry->d_name, calls, gaps);
	}
	if (dir)
		closedir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),
		cmocka_unit_test(roles_by_labels),
		cmocka_unit_test(roles_by_script),
		cmocka_unit_test(speakers_and_turns_in_a_row),
		cmocka_unit_test(more_speakers_than_allowed),
		cmocka_unit_test(no_byte_lost_or_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
