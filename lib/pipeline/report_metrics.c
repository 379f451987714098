/* The report's member `metrics`. */
#include "pipeline/report_metrics.h"

#include "transcript/metrics.h"

static void put_number(struct buf *b, const char *name, double value)
{
	if (value < 0)
		buf_printf(b, ",\"%s\":null", name);
	else
		buf_printf(b, ",\"%s\":%.3f", name, value);
}

/* `,"name":{"agent":...}`: counts by role. */
static void put_counts(struct buf *b, const char *name,
		       const size_t counts[ROLE_COUNT])
{
	buf_printf(b, ",\"%s\":", name);
	for (int r = 0; r < ROLE_COUNT; r++)
		buf_printf(b, "%c\"%s\":%zu", r ? ',' : '{',
			   role_name((enum role)r), counts[r]);
	buf_putc(b, '}');
}

static void put_null(struct buf *b, const char *name)
{
	buf_printf(b, ",\"%s\":null", name);
}

static size_t words_of_all(const struct metrics *m)
{
	size_t all = 0;

	for (int r = 0; r < ROLE_COUNT; r++)
		all += m->words[r];
	return all;
}

/* Shares of a talk of which nobody's role is known say nothing. */
static void put_talk_share(struct buf *b, const struct metrics *m)
{
	double all = (double)words_of_all(m);

	if (!m->conversation ||
	    m->words[ROLE_AGENT] + m->words[ROLE_CUSTOMER] == 0) {
		put_null(b, "talk_share");
		return;
	}
	buf_puts(b, ",\"talk_share\":");
	for (int r = 0; r < ROLE_COUNT; r++)
		buf_printf(b, "%c\"%s\":%.3f", r ? ',' : '{',
			   role_name((enum role)r), (double)m->words[r] / all);
	buf_putc(b, '}');
}

static void put_conversation(struct buf *b, const struct metrics *m,
			     double seconds)
{
	if (!m->conversation) {
		put_null(b, "turns");
		put_null(b, "longest_monologue");
		put_null(b, "turns_per_minute");
		return;
	}
	put_counts(b, "turns", m->turns);
	buf_printf(b,
		   ",\"longest_monologue\":{\"role\":\"%s\",\"words\":%zu,"
		   "\"turn\":%zu}",
		   role_name(m->monologue.role), m->monologue.words,
		   m->monologue.turn + 1);
	put_number(b, "turns_per_minute", (double)m->turn_count * 60 / seconds);
}

static void put_times(struct buf *b, const struct metrics *m)
{
	if (m->timed && m->conversation)
		put_counts(b, "interruptions", m->interruptions);
	else
		put_null(b, "interruptions");
	if (m->timed)
		buf_printf(b,
			   ",\"silence\":{\"seconds\":%.3f,"
			   "\"longest\":%.3f}",
			   m->silence, m->longest_silence);
	else
		put_null(b, "silence");
}

/* Words a minute of a role's own speaking; -1 where its times are not told. */
static double pace(const struct metrics *m, enum role role)
{
	return m->spoken[role] > 0
		       ? (double)m->words[role] * 60 / m->spoken[role]
		       : -1;
}

static void put_pace(struct buf *b, const struct metrics *m, double seconds)
{
	buf_printf(b, ",\"words_per_minute\":{\"call\":%.3f",
		   (double)words_of_all(m) * 60 / seconds);
	put_number(b, "agent", pace(m, ROLE_AGENT));
	put_number(b, "customer", pace(m, ROLE_CUSTOMER));
	buf_putc(b, '}');
}

static void put_coverage(struct buf *b, const struct metrics *m)
{
	bool first = true;

	if (m->coverage < 0) {
		put_null(b, "script_coverage");
		return;
	}
	buf_printf(b, ",\"script_coverage\":{\"all\":%.3f,\"sections\":{",
		   m->coverage);
	for (size_t i = 0; i < m->section_count; i++) {
		if (m->sections[i].share < 0)
			continue;
		buf_printf(b, "%s\"%u\":%.3f", first ? "" : ",",
			   m->sections[i].number, m->sections[i].share);
		first = false;
	}
	buf_puts(b, "}}");
}

void report_metrics(struct buf *out, const struct turns *turns,
		    const struct evidence_index *index, struct text script,
		    double seconds)
{
	struct metrics m;

	metrics_init(&m, index, script);
	buf_printf(out,
		   "{\"roles\":{\"basis\":\"%s\",\"confidence\":%.3f,"
		   "\"speakers\":%zu}",
		   role_basis_name(turns->basis), turns->confidence,
		   turns->speaker_count);
	put_counts(out, "words", m.words);
	put_talk_share(out, &m);
	put_conversation(out, &m, seconds);
	if (m.questions < 0)
		put_null(out, "agent_questions");
	else
		buf_printf(out, ",\"agent_questions\":%ld", m.questions);
	put_counts(out, "fillers", m.fillers);
	put_times(out, &m);
	put_pace(out, &m, seconds);
	put_coverage(out, &m);
	buf_putc(out, '}');
	metrics_release(&m);
}
