/* The gates' rules once more, in a few lines and without waiting. */
#include "support/gate_model.h"

static const double EPSILON = 1e-6;

void gate_model_init(struct gate_model *m, unsigned jobs)
{
	*m = (struct gate_model){ .limit = jobs,
				  .jobs = jobs,
				  .tokens = 10,
				  .probe_wait = 1000,
				  .not_before = INT64_MIN,
				  .probe_at = INT64_MIN };
}

static void rule(struct gate_model *m, bool kept, const char *what)
{
	if (!kept && !m->broken)
		m->broken = what;
}

void gate_model_go(struct gate_model *m, const struct pass *pass, int64_t now)
{
	bool paced = m->down || (pass->retry && m->tokens < 1 - EPSILON);

	rule(m, now >= m->not_before, "the host's own time");
	rule(m, m->in_flight < (unsigned)m->limit, "the limit in flight");
	rule(m, pass->probe == m->down, "only probes while down");
	rule(m, !paced || pass->slow, "one by one");
	rule(m, !paced || now >= m->probe_at, "the pace of probes");
	rule(m, !pass->slow || m->slow_out == 0, "one probe at a time");
	m->in_flight++;
	m->slow_out += pass->slow;
	if (!pass->retry) {
		m->tokens += 0.1;
		m->firsts++;
	} else if (!pass->slow) {
		m->tokens -= 1;
		m->free_retries++;
	}
	rule(m, m->free_retries <= 10 + 0.1 * m->firsts + EPSILON,
	     "the retry budget");
}

/* Sums of tenths: at the edge, both are right. */
static bool may_be_empty(const struct gate_model *m, bool told)
{
	return m->tokens < 1 - EPSILON || (m->tokens < 1 + EPSILON && told);
}

static void fault(struct gate_model *m, const struct pass *pass, bool last,
		  int64_t now, bool told)
{
	m->faults_in_row++;
	if (pass->slow) {
		m->probe_at = now + m->probe_wait;
		m->probe_wait *= 2;
		if (m->probe_wait > 60000)
			m->probe_wait = 60000;
	}
	if (m->down || m->faults_in_row < 5 ||
	    !((last && m->seen_life) || may_be_empty(m, told)))
		return;
	m->down = true;
	m->down_since = now;
	if (!pass->slow) {
		m->probe_at = now + 1000;
		m->probe_wait = 2000;
	}
}

static void life(struct gate_model *m, const struct pass *pass,
		 enum reply_kind kind, int64_t now)
{
	m->faults_in_row = 0;
	m->seen_life = true;
	if (pass->slow || m->down) {
		m->probe_wait = 1000;
		m->probe_at = now + 1000;
	}
	if (m->down) {
		m->down = false;
		m->limit = 1;
		m->good = 0;
		m->epoch++;
	}
	if (kind == REPLY_LIMITED && pass->epoch == m->epoch) {
		m->limit = m->limit < 2 ? 1 : m->limit / 2;
		m->good = 0;
		m->epoch++;
	} else if (kind == REPLY_GOOD && m->limit < m->jobs &&
		   ++m->good % 10 == 0) {
		m->limit = m->limit + 1 < m->jobs ? m->limit + 1 : m->jobs;
	}
}

void gate_model_reply(struct gate_model *m, const struct pass *pass,
		      enum reply_kind kind, bool last, int64_t now, bool down)
{
	m->in_flight--;
	m->slow_out -= pass->slow;
	if (kind == REPLY_FAULT)
		fault(m, pass, last, now, down);
	else if (kind != REPLY_NONE)
		life(m, pass, kind, now);
	rule(m, down == m->down, "is the host down?");
}
