/* The gates' rules once more, in a few lines and without waiting. */
#include "support/gate_model.h"

static const double EPSILON = 1e-6;

void gate_model_init(struct gate_model *m, const struct throttle_options *o)
{
	*m = (struct gate_model){ .limit = o->jobs,
				  .jobs = o->jobs,
				  .attempts = o->attempts,
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
	if (pass->retry && !pass->slow) {
		m->tokens -= 1;
		m->free_retries++;
	}
	if (pass->requests == 0 && !pass->probe) {
		m->tokens += 0.1;
		m->firsts++;
	}
	rule(m, m->free_retries <= 10 + 0.1 * m->firsts + EPSILON,
	     "the retry budget");
}

/* Sums of tenths: at the edge, both are right. */
static bool may_be_empty(const struct gate_model *m, bool told)
{
	return m->tokens < 1 - EPSILON || (m->tokens < 1 + EPSILON && told);
}

/* Long enough a row, by which something would be lost? */
static bool is_grave(const struct gate_model *m, bool last, bool told)
{
	unsigned row = m->faults_in_row;

	return (row >= 5 && may_be_empty(m, told)) ||
	       (last && (row >= 5 || row >= m->attempts));
}

static enum host fault(struct gate_model *m, const struct pass *pass,
		       bool connected, bool last, int64_t now, bool told)
{
	if (++m->faults_in_row == 1) {
		m->first_call = pass->call;
		m->two_calls = m->never_connected = false;
	}
	m->two_calls |= pass->call != m->first_call;
	m->never_connected |= !connected;
	m->ever_connected |= connected;
	if (pass->slow) {
		m->probe_at = now + m->probe_wait;
		m->probe_wait *= 2;
		if (m->probe_wait > 60000)
			m->probe_wait = 60000;
	}
	if (m->down)
		return HOST_DOWN;
	if (!is_grave(m, last, told))
		return HOST_UP;
	if (!m->ever_connected)
		return HOST_UNREACHABLE;
	if (m->attempts < 2 || !(m->two_calls || m->never_connected))
		return HOST_UP;
	m->down = true;
	m->down_since = now;
	if (!pass->slow) {
		m->probe_at = now + 1000;
		m->probe_wait = 2000;
	}
	return HOST_DOWN;
}

static void life(struct gate_model *m, const struct pass *pass,
		 enum reply_kind kind, int64_t now)
{
	m->faults_in_row = 0;
	m->ever_connected = true;
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
		      enum reply_kind kind, bool last, int64_t now,
		      enum host host)
{
	enum host mine;

	m->in_flight--;
	m->slow_out -= pass->slow;
	if (kind == REPLY_FAULT || kind == REPLY_UNREACHED) {
		mine = fault(m, pass, kind == REPLY_FAULT, last, now,
			     host != HOST_UP);
	} else {
		if (kind != REPLY_NONE && kind != REPLY_CROWDED)
			life(m, pass, kind, now);
		mine = m->down ? HOST_DOWN : HOST_UP;
	}
	rule(m, host == mine, "what is held of the host");
}
